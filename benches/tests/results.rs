//! The committed figures keep what is promised: none is below its floor.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

type Floors = BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>;

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn accuracy_is_above_its_floors() {
    let results: Value = serde_json::from_str(&read("accuracy.json")).expect("results");
    let floors: Floors = toml::from_str(&read("floors.toml")).expect("floors");
    let mut below = Vec::new();
    for (section, rows) in &floors {
        for (row, figures) in rows {
            for (figure, floor) in figures {
                let value = results[section.as_str()][row.as_str()][figure.as_str()].as_f64();
                if value.is_none_or(|value| value < *floor) {
                    below.push(format!("{section}/{row} {figure}: {value:?}, floor {floor}"));
                }
            }
        }
    }
    assert!(below.is_empty(), "{below:#?}");
}

#[test]
fn binding_costs_no_more_than_parsing_and_grows_with_the_code() {
    let speed: Value = serde_json::from_str(&read("speed.json")).expect("results");
    let together = speed["resolving"]["together"].as_f64().expect("a ratio");
    assert!(together <= 1.0, "{together}");
    let growth = &speed["many_of_one_name"];
    assert!(growth["worst_growth"].as_f64() <= growth["worst_growth_target"].as_f64(), "{growth}");
}

#[test]
fn questions_are_answered_rightly_and_fast() {
    let questions: Value = serde_json::from_str(&read("questions.json")).expect("results");
    assert!(questions["rate"].as_f64() >= Some(0.94), "{}", questions["rate"]);
    assert!(questions["asked"].as_u64() >= Some(150), "{}", questions["asked"]);
    let ranking: Value = serde_json::from_str(&read("ranking.json")).expect("results");
    assert!(ranking["ndcg_at_10"].as_f64() >= Some(0.84), "{}", ranking["ndcg_at_10"]);
    let context = &ranking["context"];
    assert!(context["files"].as_f64() >= Some(0.8), "{context}");
    assert!(context["most_tokens"].as_u64() <= context["budget"].as_u64(), "{context}");
    let latency: Value = serde_json::from_str(&read("latency.json")).expect("results");
    assert!(latency["worst_p95"].as_f64() <= Some(20.0), "{}", latency["worst_p95"]);
    assert!(latency["cold"]["p95"].as_f64() <= Some(150.0), "{}", latency["cold"]);
}

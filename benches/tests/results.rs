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

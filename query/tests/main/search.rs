use crate::fixture::World;
use crate::world::world;
use qf_query::{Options, ask};

#[test]
fn prose_is_searched_tests_below() {
    let world = world();
    let answer = ask(&world.snapshot, "apply an entry to the ledger", &Options::default());
    assert_eq!(answer.intent, "search");
    let first = &answer.items[0];
    assert_eq!((first.qualified_name.as_str(), first.role.as_str()), ("Ledger.apply", "match"));
    assert_eq!(first.why, "applies an entry");
    assert!((first.score - 1.0).abs() < 1e-6);
    let scores: Vec<f32> = answer.items.iter().map(|item| item.score).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
}

#[test]
fn a_structural_question_about_nothing_known_becomes_a_search() {
    let world = world();
    let question = "functions that update the colour of refund buttons on dark pages";
    let answer = ask(&world.snapshot, question, &Options::default());
    assert_eq!(answer.intent, "search");
    assert!(answer.notes[0].starts_with("Read as a question about writers"), "{:?}", answer.notes);
}

#[test]
fn code_comes_before_documents_unless_those_are_asked_for() {
    let world = World::default()
        .file("app/config.yaml", "retry_policy: 3\n", &["setting retry_policy 1"])
        .file("app/docs.html", "<h1>retry policy</h1>\n", &["section retry_policy 1"])
        .file("app/policy.py", "def retry_policy(): 3\n", &["function retry_policy 1"])
        .open();
    let ask = |question: &str| ask(&world.snapshot, question, &Options::default());
    let answer = ask("how does the retry policy work");
    assert_eq!(answer.intent, "search");
    assert_eq!(answer.items[0].file, "policy.py");
    let others = |answer: &qf_query::Answer| {
        let other = answer.items.iter().filter(|item| item.file != "policy.py");
        other.map(|item| item.score).fold(0.0, f32::max)
    };
    let code = others(&answer);
    assert!(code < 0.8, "{:?}", answer.items);
    let answer = ask("retry policy in the yaml configuration");
    assert!(others(&answer) > code, "{:?}", answer.items);
}

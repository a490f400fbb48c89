//! What questions are answered with, over small worlds that are published and opened like a real
//! index. One module a question type.

mod callees;
mod callers;
mod communities;
mod depth;
mod fixture;
mod impact;
mod intents;
mod lines;
mod meanings;
mod more;
mod names;
mod newer;
mod path;
mod search;
mod shape;
mod sparql;
mod tests_of;
mod where_is;
mod world;
mod writers;

use qf_query::Answer;

/// `role qualified_name` of every item.
fn roles(answer: &Answer) -> Vec<String> {
    answer.items.iter().map(|item| format!("{} {}", item.role, item.qualified_name)).collect()
}

/// Qualified names of the items of a role.
fn of_role(answer: &Answer, role: &str) -> Vec<String> {
    let items = answer.items.iter().filter(|item| item.role == role);
    items.map(|item| item.qualified_name.clone()).collect()
}

/// The item with this qualified name.
fn item<'a>(answer: &'a Answer, name: &str) -> &'a qf_query::Item {
    answer
        .items
        .iter()
        .find(|item| item.qualified_name == name)
        .unwrap_or_else(|| panic!("no item {name} in {:#?}", roles(answer)))
}

/// Whether a note contains a text.
fn noted(answer: &Answer, text: &str) -> bool {
    answer.notes.iter().any(|note| note.contains(text))
}

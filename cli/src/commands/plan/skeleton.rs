//! A plan as the graph can write it: where the change begins, where it has to be followed, which
//! tests reach it; what the lines are to become is left to whoever fills it in.
//!
//! Every place is given as a block whose two halves are the line as it is now. Such a block is
//! something wrong with the plan, so that nobody approves it by accident.

use super::affected::{Affected, Tree, code};
use super::parts::parts;
use crate::error::CommandError;
use crate::output::format::{plural, shorten};
use qf_graph::SymbolId;
use std::collections::BTreeSet;

/// Most users, tests and contracts of a definition that are listed.
const MOST_LISTED: usize = 10;
/// Longest signature.
const SIGNATURE: usize = 160;

/// What the front matter says.
pub struct Header<'a> {
    /// The name of the plan.
    pub id: &'a str,
    /// What is to be reached.
    pub goal: &'a str,
    /// The commit that is checked out.
    pub base: Option<&'a str>,
    /// How tests are run.
    pub test: Option<&'a str>,
    /// Whether what changes was found by the words of the goal only.
    pub guessed: bool,
}

/// The text of a plan, and how many places it has to be filled in at.
pub fn write(
    tree: &Tree<'_>,
    header: &Header<'_>,
    affected: &[Affected],
) -> Result<(String, usize), CommandError> {
    let mut text = front_matter(tree, header)?;
    // A heading that begins so would be nearly that of a phase.
    let is_phase = header.goal.to_lowercase().starts_with("phase");
    let before = if is_phase { "Plan: " } else { "" };
    text += &format!("\n# {before}{}\n\n## What is affected\n", header.goal);
    if header.guessed {
        text += "\nThe goal names no definition. These fit its words; `qf plan new --symbol NAME` \
                 says which are meant.\n";
    }
    for one in affected {
        text += &described(tree, one);
    }
    let mut blanks = 0;
    for part in parts(tree, affected) {
        let (phase, blocks) = part.text(tree);
        text += &phase;
        blanks += blocks;
    }
    Ok((text, blanks))
}

fn front_matter(tree: &Tree<'_>, header: &Header<'_>) -> Result<String, CommandError> {
    let root = tree.root.to_str().ok_or_else(|| {
        CommandError::input(format!("{} cannot be written into a plan", tree.root.display()))
            .hint("its name is no UTF-8")
    })?;
    let mut text = String::from("+++\n");
    let mut line = |name: &str, value: &str| -> Result<(), CommandError> {
        // A text of JSON is one of TOML.
        text += &format!("{name} = {}\n", serde_json::to_string(value)?);
        Ok(())
    };
    line("id", header.id)?;
    line("goal", header.goal)?;
    line("tree", root)?;
    if let Some(base) = header.base {
        line("base", base)?;
    }
    if let Some(test) = header.test {
        line("test", test)?;
    }
    text += &format!("index = {}\n+++\n", tree.snapshot.generation());
    Ok(text)
}

/// The first of some lines as a list, and how many more there are of `all`.
pub fn list(lines: &[String], most: usize, all: usize) -> String {
    let mut text = String::from("\n");
    for line in lines.iter().take(most) {
        text += &format!("- {line}\n");
    }
    let more = all.saturating_sub(lines.len().min(most));
    if more > 0 {
        text += &format!("- and {more} more\n");
    }
    text
}

/// What is known of one definition.
fn described(tree: &Tree<'_>, one: &Affected) -> String {
    let snapshot = tree.snapshot;
    let mut text = format!(
        "\n### {}\n\n{} at {} ({}).\n",
        tree.name(one.symbol),
        code(&shorten(&snapshot.signature(one.symbol), SIGNATURE)),
        tree.definition(one.symbol),
        snapshot.kind(one.symbol).name(),
    );
    let callers = one.callers(tree);
    if callers.is_empty() {
        text += "\nNothing that is indexed uses it outside of tests.\n";
    } else {
        let users: BTreeSet<SymbolId> = callers.iter().map(|caller| caller.user).collect();
        text += &format!(
            "\nUsed by {} at {}:\n",
            plural(users.len() as u64, "definition"),
            plural(callers.len() as u64, "place")
        );
        let lines: Vec<String> = callers
            .iter()
            .take(MOST_LISTED)
            .map(|caller| {
                let at = tree.place(caller.file, caller.line);
                let (name, does) = (tree.name(caller.user), caller.does("it"));
                format!("{at} {name} {does} ({})", caller.tier.name())
            })
            .collect();
        text += &list(&lines, MOST_LISTED, callers.len());
    }
    if !one.contracts.is_empty() {
        text += "\nContracts:\n";
        text += &list(&one.contracts, MOST_LISTED, one.contracts.len());
    }
    if one.all_tests > 0 {
        text += &format!("\nReached by {}:\n", plural(one.all_tests as u64, "test"));
        let lines: Vec<String> = one
            .tests
            .iter()
            .take(MOST_LISTED)
            .map(|test| format!("{} {}", tree.place(test.file, test.line), code(&test.name)))
            .collect();
        text += &list(&lines, MOST_LISTED, one.all_tests);
    }
    if one.risks.is_empty() {
        text += "\nRisks: none that the index knows of.\n";
    } else {
        text += "\nRisks:\n";
        text += &list(&one.risks, usize::MAX, one.risks.len());
    }
    text
}

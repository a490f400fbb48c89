//! Plans as text.

use super::algebra::{Plan, Step, Way};
use crate::answer::Trace;
use std::fmt::Write;

/// One node with its parameters, without its inputs.
pub fn node(plan: &Plan) -> String {
    match plan {
        Plan::Named { text, .. } => format!("Named `{text}`"),
        Plan::Search { text, k } => format!("Search `{text}`, best {k}"),
        Plan::All(kinds) => {
            format!("All {}", join(kinds.iter().map(|kind| kind.name())))
        }
        Plan::In { repo, path, .. } => {
            let repo = repo.as_deref().unwrap_or("any repository");
            path.as_ref()
                .map_or_else(|| format!("In {repo}"), |path| format!("In {repo}, below {path}"))
        }
        Plan::Keep { kinds, name, tag, .. } => {
            let mut text = "Keep".to_owned();
            if !kinds.is_empty() {
                let _ = write!(text, " {}", join(kinds.iter().map(|kind| kind.name())));
            }
            if let Some(name) = name {
                let _ = write!(text, " named `{name}`");
            }
            if let Some(tag) = tag {
                let _ = write!(text, " {tag:?}");
            }
            text
        }
        Plan::Step { step: walk, .. } => format!("Step {}", step(walk)),
        Plan::Union(_) => "Union".to_owned(),
        Plan::Both(..) => "Both".to_owned(),
        Plan::Without(..) => "Without".to_owned(),
        Plan::Owned { .. } => "Owned".to_owned(),
        Plan::Paths { step: walk, .. } => format!("Paths {}", step(walk)),
        Plan::Rank(_, order) => format!("Rank by {order:?}"),
        Plan::Top(_, count) => format!("Top {count}"),
        Plan::GroupBy(_, group) => format!("GroupBy {group:?}"),
    }
}

fn step(step: &Step) -> String {
    let way = match step.way {
        Way::Out => "out",
        Way::In => "in",
        Way::Either => "either way",
    };
    let kinds = join(step.kinds.iter().map(|kind| kind.name()));
    let hops = match step.hops {
        1 => "1 hop".to_owned(),
        u32::MAX => "any number of hops".to_owned(),
        hops => format!("1..{hops} hops"),
    };
    let dispatch = if step.dispatch { ", through interfaces" } else { "" };
    format!("{kinds} {way}, {hops}, {} or better{dispatch}", step.tier.name())
}

fn join<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    parts.collect::<Vec<_>>().join("|")
}

/// A plan that was run, as an indented tree with rows and times.
pub fn tree(trace: &Trace) -> String {
    let mut lines = Vec::new();
    branch(trace, 0, &mut lines);
    let width = lines.iter().map(|(label, ..)| label.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (label, rows, microseconds) in lines {
        let _ = writeln!(out, "{label:<width$} {rows:>7} rows {microseconds:>8} µs");
    }
    out
}

fn branch(trace: &Trace, depth: usize, lines: &mut Vec<(String, usize, u64)>) {
    let label = format!("{:indent$}{}", "", trace.node, indent = depth * 2);
    lines.push((label, trace.rows, trace.microseconds));
    for input in &trace.inputs {
        branch(input, depth + 1, lines);
    }
}

//! A plan as a SPARQL 1.1 query that selects the same set.
//!
//! Sets and walks have a form each (`UNION`, `MINUS`, property paths). What SPARQL 1.1 cannot say
//! stands as `VALUES` of its result: what a search found and what a name means, the first few by hops
//! or score, shortest paths, and walks of many hops or of many steps, whose form would be longer than
//! anybody reads. A bounded walk is a chain of optional steps.

use super::terms::{repository_iri, symbol_iri};
use super::vocabulary::{Class, Property};
use crate::plan::{Group, Order, Plan, Step, Tag, Way};
use crate::run::run;
use qf_graph::facts::SymbolKind;
use qf_graph::{EdgeKind, Snapshot, SymbolId};
use std::fmt::Write;

/// The query; its solutions are the plan's symbols as `?symbol`, or groups with their counts.
pub fn select(snapshot: &Snapshot, plan: &Plan) -> String {
    let mut writer = Writer { snapshot, fresh: 0 };
    let (order, limit, inner) = tail(plan);
    if let Plan::GroupBy(_, Group::Hops) = inner {
        let rows = run(snapshot, inner).0;
        let rows: Vec<String> =
            rows.groups.iter().map(|(hops, count)| format!("({hops} {count})")).collect();
        return format!(
            "SELECT ?hops ?count WHERE {{ VALUES (?hops ?count) {{ {} }} }}\n",
            rows.join(" ")
        );
    }
    if let Plan::GroupBy(input, group) = inner {
        let body = writer.pattern(input, "symbol", 1);
        return match group {
            Group::Repository => format!(
                "SELECT ?repository (COUNT(DISTINCT ?symbol) AS ?count) WHERE {{\n{body}  ?symbol qf:repository ?repository .\n}} GROUP BY ?repository\n"
            ),
            Group::File => format!(
                "SELECT ?file (COUNT(DISTINCT ?symbol) AS ?count) WHERE {{\n{body}  ?symbol qf:file ?file .\n}} GROUP BY ?file\n"
            ),
            Group::Kind | Group::Hops => format!(
                "SELECT ?kind (COUNT(DISTINCT ?symbol) AS ?count) WHERE {{\n{body}  ?symbol a ?kind FILTER(?kind != qf:Symbol)\n}} GROUP BY ?kind\n"
            ),
        };
    }
    let body = writer.pattern(inner, "symbol", 1);
    let mut out = format!("SELECT DISTINCT ?symbol WHERE {{\n{body}");
    if order {
        out += "  ?symbol qf:ordinal ?ordinal .\n} ORDER BY ?ordinal";
    } else {
        out.push('}');
    }
    if let Some(limit) = limit {
        let _ = write!(out, " LIMIT {limit}");
    }
    out.push('\n');
    out
}

/// Takes orders and a limit off the end of a plan. Rows come in the order of symbols.
fn tail(plan: &Plan) -> (bool, Option<usize>, &Plan) {
    match plan {
        Plan::Rank(input, Order::Place) => {
            let (_, limit, inner) = tail(input);
            (true, limit, inner)
        }
        Plan::Top(input, count) if !is_cut_otherwise(input) => {
            let (_, limit, inner) = tail(input);
            (true, Some(limit.map_or(*count, |limit| limit.min(*count))), inner)
        }
        _ => (false, None, plan),
    }
}

/// Whether the first few of a plan are not the first by place.
fn is_cut_otherwise(plan: &Plan) -> bool {
    match plan {
        Plan::Rank(_, Order::Hops | Order::Score) | Plan::Search { .. } | Plan::Paths { .. } => {
            true
        }
        Plan::Rank(_, Order::Place) | Plan::Named { .. } | Plan::All(_) | Plan::Union(_) => false,
        Plan::In { input, .. }
        | Plan::Keep { input, .. }
        | Plan::Top(input, _)
        | Plan::GroupBy(input, _)
        | Plan::Both(input, _)
        | Plan::Without(input, _)
        | Plan::Owned { members: input, .. } => is_cut_otherwise(input),
        Plan::Step { .. } => false,
    }
}

/// Walks of more hops are written as what they reach.
const HOPS: u32 = 32;
/// Walks of more steps, each from what the last one reached, too.
const STEPS: usize = 4;

fn steps(plan: &Plan) -> usize {
    let inside = plan.inputs().into_iter().map(steps).max().unwrap_or(0);
    inside + usize::from(matches!(plan, Plan::Step { .. }))
}

struct Writer<'s> {
    snapshot: &'s Snapshot,
    fresh: usize,
}

impl Writer<'_> {
    /// Lines that bind `?variable` to the plan's symbols.
    fn pattern(&mut self, plan: &Plan, variable: &str, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let long = match plan {
            Plan::Step { step, .. } => {
                step.hops != u32::MAX && step.hops > HOPS || steps(plan) > STEPS
            }
            Plan::Top(input, _) => is_cut_otherwise(input),
            Plan::Paths { .. } => true,
            _ => false,
        };
        if long {
            return self.values(&run(self.snapshot, plan).0.symbols(), variable, &indent);
        }
        match plan {
            Plan::Named { symbols, .. } => self.values(symbols, variable, &indent),
            Plan::Search { text, k } => {
                let found: Vec<SymbolId> =
                    self.snapshot.search(text, *k, |_| true).iter().map(|hit| hit.symbol).collect();
                self.values(&found, variable, &indent)
            }
            Plan::All(kinds) => self.kinds(kinds, variable, &indent),
            Plan::In { input, repo, path } => {
                let mut out = self.pattern(input, variable, depth);
                if let Some(repo) = repo {
                    let known = self.snapshot.repository_named(repo);
                    let iri = known.map_or_else(
                        || "urn:qf:repository:".to_owned(),
                        |repository| repository_iri(self.snapshot, repository),
                    );
                    let _ = writeln!(out, "{indent}?{variable} qf:repository <{iri}> .");
                }
                if let Some(path) = path {
                    let file = self.fresh("file");
                    let _ = writeln!(
                        out,
                        "{indent}?{variable} qf:file ?{file} . ?{file} qf:path ?{file}Path FILTER(STRSTARTS(?{file}Path, {}))",
                        string(path)
                    );
                }
                out
            }
            Plan::Keep { input, kinds, name, tag } => {
                let mut out = self.pattern(input, variable, depth);
                if !kinds.is_empty() {
                    out += &self.kinds(kinds, variable, &indent);
                }
                if let Some(name) = name {
                    let fresh = self.fresh("name");
                    let lower = string(&name.to_lowercase());
                    let _ = writeln!(
                        out,
                        "{indent}?{variable} qf:name ?{fresh} FILTER(LCASE(?{fresh}) = {lower})"
                    );
                }
                match tag {
                    None => {}
                    Some(Tag::Endpoint) => {
                        let _ = writeln!(
                            out,
                            "{indent}FILTER EXISTS {{ ?{} qf:reachesMaybe ?{variable} }}",
                            self.fresh("client")
                        );
                    }
                    Some(tag) => {
                        let (property, value) = match tag {
                            Tag::Test => ("test", true),
                            Tag::NotTest => ("test", false),
                            Tag::Exported => ("exported", true),
                            Tag::Callable | Tag::Endpoint => ("callable", true),
                        };
                        let _ = writeln!(out, "{indent}?{variable} qf:{property} {value} .");
                    }
                }
                out
            }
            Plan::Step { input, step } => self.step(input, step, variable, depth),
            Plan::Union(inputs) => {
                if inputs.is_empty() {
                    return self.values(&[], variable, &indent);
                }
                let parts: Vec<String> =
                    inputs.iter().map(|input| self.group(input, variable, depth)).collect();
                format!("{indent}{}\n", parts.join(" UNION "))
            }
            Plan::Both(a, b) => {
                let a = self.group(a, variable, depth);
                let b = self.group(b, variable, depth);
                format!("{indent}{a}\n{indent}{b}\n")
            }
            Plan::Without(a, b) => {
                let a = self.group(a, variable, depth);
                let b = self.group(b, variable, depth);
                format!("{indent}{a}\n{indent}MINUS {b}\n")
            }
            Plan::Owned { members, owners } => {
                let owner = self.fresh("owner");
                let members = self.group(members, variable, depth);
                let owners = self.group(owners, &owner, depth);
                format!(
                    "{indent}{members}\n{indent}?{owner} qf:contains ?{variable} .\n{indent}{owners}\n"
                )
            }
            // Inside of a plan an order changes nothing; a limit is a query of its own.
            Plan::Rank(input, _) | Plan::GroupBy(input, _) | Plan::Paths { from: input, .. } => {
                self.pattern(input, variable, depth)
            }
            Plan::Top(input, count) => {
                let inner = self.pattern(input, variable, depth + 2);
                let ordinal = self.fresh("ordinal");
                format!(
                    "{indent}{{ SELECT DISTINCT ?{variable} WHERE {{\n{inner}{indent}    ?{variable} qf:ordinal ?{ordinal} .\n{indent}  }} ORDER BY ?{ordinal} LIMIT {count} }}\n"
                )
            }
        }
    }

    fn group(&mut self, plan: &Plan, variable: &str, depth: usize) -> String {
        let inner = self.pattern(plan, variable, depth + 1);
        format!("{{\n{inner}{}}}", "  ".repeat(depth))
    }

    fn step(&mut self, input: &Plan, step: &Step, variable: &str, depth: usize) -> String {
        let indent = "  ".repeat(depth);
        let start = self.fresh("from");
        let inner = self.group(input, &start, depth);
        let again = self.group(input, variable, depth);
        let path = path(step);
        // A walk never arrives where it began.
        format!("{indent}{inner}\n{indent}?{start} {path} ?{variable} .\n{indent}MINUS {again}\n")
    }

    fn kinds(&mut self, kinds: &[SymbolKind], variable: &str, indent: &str) -> String {
        match kinds {
            [kind] => format!("{indent}?{variable} a qf:{} .\n", Class::Kind(*kind).name()),
            kinds => {
                let fresh = self.fresh("kind");
                let names: Vec<String> =
                    kinds.iter().map(|kind| format!("qf:{}", Class::Kind(*kind).name())).collect();
                format!(
                    "{indent}VALUES ?{fresh} {{ {} }} ?{variable} a ?{fresh} .\n",
                    names.join(" ")
                )
            }
        }
    }

    fn values(&self, symbols: &[SymbolId], variable: &str, indent: &str) -> String {
        let mut out = format!("{indent}VALUES ?{variable} {{");
        for symbol in symbols {
            let _ = write!(out, " <{}>", symbol_iri(self.snapshot, *symbol));
        }
        out += " }\n";
        out
    }

    fn fresh(&mut self, name: &str) -> String {
        self.fresh += 1;
        format!("{name}{}", self.fresh)
    }
}

/// A step as a property path from where it starts to where it leads.
fn path(step: &Step) -> String {
    let mut properties: Vec<String> = Vec::new();
    for kind in &step.kinds {
        let tier = match kind {
            EdgeKind::Contains => qf_graph::Tier::Likely,
            _ => step.tier,
        };
        properties.push(format!("qf:{}", Property::Edge(*kind, tier).name()));
    }
    if step.dispatch && step.kinds.contains(&EdgeKind::Calls) {
        properties.push(format!("qf:{}", Property::Through(step.tier).name()));
    }
    let forward = properties.join("|");
    let back = properties.iter().map(|one| format!("^{one}")).collect::<Vec<_>>().join("|");
    let once = match step.way {
        Way::Out => format!("({forward})"),
        Way::In => format!("({back})"),
        Way::Either => format!("({forward}|{back})"),
    };
    match step.hops {
        u32::MAX => format!("{once}+"),
        0 | 1 => once,
        hops => format!("{once}{}", format!("/{once}?").repeat(hops as usize - 1)),
    }
}

/// A string literal.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

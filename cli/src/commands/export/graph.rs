//! The graph in the forms that other programs read: GraphML, DOT, Cypher, CSV and Parquet.
//!
//! Nodes are definitions; DOT draws what contains what as clusters of files instead of edges. Two calls from one function to another
//! are one edge with a count and the surest tier, as these programs draw and load it; who wants
//! every line takes `qf export edges`. Nodes are numbered in the order of the index. Everything is
//! written as it is read: nothing is held but the edges of one definition, or one group of rows.

use crate::context;
use crate::error::CommandError;
use qf_graph::facts::DefinitionFlags;
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, RepoId, Snapshot, SymbolId, Tier};
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

/// Which part of the graph.
pub struct Part<'s> {
    snapshot: &'s Snapshot,
    repositories: Vec<RepoId>,
    kinds: Vec<EdgeKind>,
    tier: Tier,
}

/// A definition with its columns.
pub struct Node<'s> {
    /// Its number.
    pub id: u32,
    /// Kind.
    pub kind: &'static str,
    /// Last name.
    pub name: &'s str,
    /// Qualified name.
    pub qualified_name: &'s str,
    /// Repository.
    pub repo: &'s str,
    /// Path below its root.
    pub file: &'s str,
    /// Line of the name.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Language.
    pub language: &'s str,
    /// Whether it is test code.
    pub test: bool,
    /// Whether it is visible outside its module.
    pub exported: bool,
}

/// An edge with its columns.
pub struct Arc {
    /// Source.
    pub from: u32,
    /// Target.
    pub to: u32,
    /// Kind.
    pub kind: EdgeKind,
    /// The surest tier.
    pub tier: Tier,
    /// How many references it stands for.
    pub count: u32,
    /// The first line that proves it, in the source's file.
    pub line: u32,
}

impl<'s> Part<'s> {
    /// One repository or all, edges of some kinds (none: all), as sure as a tier.
    pub fn new(
        snapshot: &'s Snapshot,
        repo: Option<&str>,
        kinds: &[EdgeKind],
        tier: Tier,
    ) -> Result<Self, CommandError> {
        let repositories = context::repositories(snapshot, repo)?;
        Ok(Self { snapshot, repositories, kinds: kinds.to_vec(), tier })
    }

    fn symbols(&self) -> impl Iterator<Item = SymbolId> + '_ {
        self.repositories.iter().flat_map(|repository| self.snapshot.symbols_of(*repository))
    }

    /// Whether there is anything.
    pub fn any(&self) -> bool {
        self.symbols().next().is_some()
    }

    /// The definitions.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'s>> + '_ {
        let snapshot = self.snapshot;
        self.symbols().map(move |symbol| {
            let file = snapshot.file(symbol);
            let (_, line, end_line) = snapshot.lines(symbol);
            let qualified = snapshot.qualified_name(symbol);
            Node {
                id: symbol.0,
                kind: snapshot.kind(symbol).name(),
                name: snapshot.name(symbol),
                qualified_name: if qualified.is_empty() {
                    snapshot.name(symbol)
                } else {
                    qualified
                },
                repo: snapshot.repository_name(snapshot.file_repository(file)),
                file: snapshot.path(file),
                line,
                end_line,
                language: snapshot.language(file),
                test: snapshot.is_test(symbol),
                exported: snapshot.flags(symbol).contains(DefinitionFlags::EXPORTED),
            }
        })
    }

    /// The edges; both ends are among the nodes.
    pub fn edges(&self) -> impl Iterator<Item = Arc> + '_ {
        let snapshot = self.snapshot;
        let wants = |kind: EdgeKind| match self.kinds.as_slice() {
            [] => true,
            kinds => kinds.contains(&kind),
        };
        self.symbols().flat_map(move |symbol| {
            let mut lines: BTreeMap<(SymbolId, EdgeKind), Arc> = BTreeMap::new();
            if wants(EdgeKind::Contains) {
                for child in snapshot.children(symbol) {
                    let (_, line, _) = snapshot.lines(child);
                    let (from, to) = (symbol.0, child.0);
                    let (kind, tier) = (EdgeKind::Contains, Tier::Exact);
                    lines.insert((child, kind), Arc { from, to, kind, tier, count: 1, line });
                }
            }
            for edge in snapshot.edges(symbol, Direction::Out) {
                let here = self.repositories.contains(&snapshot.repository_of(edge.to));
                if edge.tier > self.tier || !wants(edge.kind) || !here {
                    continue;
                }
                let (from, to) = (symbol.0, edge.to.0);
                let (kind, tier, line) = (edge.kind, edge.tier, edge.line);
                lines
                    .entry((edge.to, edge.kind))
                    .and_modify(|known| {
                        known.count += 1;
                        known.tier = known.tier.min(tier);
                        known.line = known.line.min(line);
                    })
                    .or_insert(Arc { from, to, kind, tier, count: 1, line });
            }
            lines.into_values()
        })
    }
}

/// [GraphML](http://graphml.graphdrawing.org/specification.html), which Gephi, yEd and NetworkX read.
pub fn graphml(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">"#)?;
    let keys: [(&str, &str, &str); 13] = [
        ("node", "kind", "string"),
        ("node", "name", "string"),
        ("node", "qualified_name", "string"),
        ("node", "repo", "string"),
        ("node", "file", "string"),
        ("node", "line", "int"),
        ("node", "language", "string"),
        ("node", "test", "boolean"),
        ("node", "exported", "boolean"),
        ("edge", "edge_kind", "string"),
        ("edge", "tier", "string"),
        ("edge", "count", "int"),
        ("edge", "edge_line", "int"),
    ];
    for (of, name, kind) in keys {
        writeln!(
            out,
            r#"  <key id="{name}" for="{of}" attr.name="{}" attr.type="{kind}"/>"#,
            name.trim_start_matches("edge_")
        )?;
    }
    writeln!(out, r#"  <graph id="qf" edgedefault="directed">"#)?;
    for node in part.nodes() {
        write!(out, r#"    <node id="n{}">"#, node.id)?;
        let line = node.line.to_string();
        let data: [(&str, &str); 9] = [
            ("kind", node.kind),
            ("name", node.name),
            ("qualified_name", node.qualified_name),
            ("repo", node.repo),
            ("file", node.file),
            ("line", &line),
            ("language", node.language),
            ("test", if node.test { "true" } else { "false" }),
            ("exported", if node.exported { "true" } else { "false" }),
        ];
        for (key, value) in data {
            write!(out, r#"<data key="{key}">{}</data>"#, xml(value))?;
        }
        writeln!(out, "</node>")?;
    }
    for (number, edge) in part.edges().enumerate() {
        writeln!(
            out,
            r#"    <edge id="e{number}" source="n{}" target="n{}"><data key="edge_kind">{}</data><data key="tier">{}</data><data key="count">{}</data><data key="edge_line">{}</data></edge>"#,
            edge.from,
            edge.to,
            edge.kind.name(),
            edge.tier.name(),
            edge.count,
            edge.line
        )?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

/// Text of an XML element. What XML 1.0 cannot say at all is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '\t' | '\n' | '\r' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// [DOT](https://graphviz.org/doc/info/lang.html), the language of Graphviz; files are clusters.
pub fn dot(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "digraph qf {{\n  rankdir=LR; node [shape=box];")?;
    let mut cluster: Option<(&str, &str)> = None;
    let mut number = 0;
    for node in part.nodes() {
        if cluster != Some((node.repo, node.file)) {
            if cluster.is_some() {
                writeln!(out, "  }}")?;
            }
            cluster = Some((node.repo, node.file));
            let label = quoted(&format!("{}/{}", node.repo, node.file));
            writeln!(out, "  subgraph cluster_{number} {{ label={label};")?;
            number += 1;
        }
        writeln!(out, "    n{} [label={}];", node.id, quoted(node.qualified_name))?;
    }
    if cluster.is_some() {
        writeln!(out, "  }}")?;
    }
    for edge in part.edges().filter(|edge| edge.kind != EdgeKind::Contains) {
        let style = match edge.tier {
            Tier::Compiler | Tier::Exact | Tier::Typed => "solid",
            Tier::Dispatch | Tier::Likely => "dashed",
            Tier::Maybe => "dotted",
        };
        let label = edge.kind.name();
        writeln!(out, "  n{} -> n{} [label={label}, style={style}];", edge.from, edge.to)?;
    }
    writeln!(out, "}}")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Cypher statements as Neo4j 4.4 and later reads them; a thousand rows a statement.
pub fn cypher(part: &Part<'_>, out: &mut impl Write) -> io::Result<()> {
    const ROWS: usize = 1000;
    writeln!(out, "CREATE INDEX symbol_id IF NOT EXISTS FOR (s:Symbol) ON (s.id);")?;
    let mut nodes = part.nodes().peekable();
    while nodes.peek().is_some() {
        writeln!(out, "UNWIND [")?;
        for (at, node) in nodes.by_ref().take(ROWS).enumerate() {
            let comma = if at > 0 { "," } else { " " };
            writeln!(
                out,
                " {comma}{{id: {}, kind: {}, name: {}, qualified_name: {}, repo: {}, file: {}, line: {}, end_line: {}, language: {}, test: {}, exported: {}}}",
                node.id,
                string(node.kind),
                string(node.name),
                string(node.qualified_name),
                string(node.repo),
                string(node.file),
                node.line,
                node.end_line,
                string(node.language),
                node.test,
                node.exported
            )?;
        }
        writeln!(out, "] AS row CREATE (s:Symbol) SET s = row;")?;
    }
    // A relationship's type cannot be a parameter: one statement a kind.
    for kind in EdgeKind::ALL {
        let mut edges = part.edges().filter(|edge| edge.kind == kind).peekable();
        while edges.peek().is_some() {
            writeln!(out, "UNWIND [")?;
            for (at, edge) in edges.by_ref().take(ROWS).enumerate() {
                let comma = if at > 0 { "," } else { " " };
                writeln!(
                    out,
                    " {comma}{{a: {}, b: {}, tier: {}, count: {}, line: {}}}",
                    edge.from,
                    edge.to,
                    string(edge.tier.name()),
                    edge.count,
                    edge.line
                )?;
            }
            writeln!(
                out,
                "] AS row MATCH (a:Symbol {{id: row.a}}), (b:Symbol {{id: row.b}}) CREATE (a)-[:{} {{tier: row.tier, count: row.count, line: row.line}}]->(b);",
                kind.name().to_uppercase()
            )?;
        }
    }
    Ok(())
}

/// A string of Cypher.
fn string(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out += "\\'",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            _ => out.push(c),
        }
    }
    out.push('\'');
    out
}

const NODE_COLUMNS: [&str; 11] = [
    "id",
    "kind",
    "name",
    "qualified_name",
    "repo",
    "file",
    "line",
    "end_line",
    "language",
    "test",
    "exported",
];
const EDGE_COLUMNS: [&str; 6] = ["from", "to", "kind", "tier", "count", "line"];

/// `symbols.csv` and `edges.csv` in a folder (RFC 4180, with a header line).
pub fn csv(part: &Part<'_>, folder: &Path) -> Result<(), CommandError> {
    let failed = |error: csv::Error| CommandError::input(error.to_string());
    let mut out = csv::Writer::from_writer(create(folder, "symbols.csv")?);
    out.write_record(NODE_COLUMNS).map_err(failed)?;
    for node in part.nodes() {
        out.write_record([
            &node.id.to_string(),
            node.kind,
            node.name,
            node.qualified_name,
            node.repo,
            node.file,
            &node.line.to_string(),
            &node.end_line.to_string(),
            node.language,
            &node.test.to_string(),
            &node.exported.to_string(),
        ])
        .map_err(failed)?;
    }
    out.flush()?;
    let mut out = csv::Writer::from_writer(create(folder, "edges.csv")?);
    out.write_record(EDGE_COLUMNS).map_err(failed)?;
    for edge in part.edges() {
        out.write_record([
            &edge.from.to_string(),
            &edge.to.to_string(),
            edge.kind.name(),
            edge.tier.name(),
            &edge.count.to_string(),
            &edge.line.to_string(),
        ])
        .map_err(failed)?;
    }
    Ok(out.flush()?)
}

/// A new file in a folder, which is made.
pub fn create(folder: &Path, name: &str) -> Result<io::BufWriter<std::fs::File>, CommandError> {
    let path = folder.join(name);
    let open = || {
        std::fs::create_dir_all(folder)?;
        std::fs::File::create(&path)
    };
    let file = open().map_err(|error| {
        CommandError::input(format!("cannot write {}: {error}", path.display()))
    })?;
    Ok(io::BufWriter::new(file))
}

#[cfg(test)]
mod tests {
    use super::{quoted, string, xml};

    #[test]
    fn names_with_marks_survive() {
        assert_eq!(xml("a<b>&\u{1}c"), "a&lt;b&gt;&amp;c");
        assert_eq!(quoted("operator\"\\\""), "\"operator\\\"\\\\\\\"\"");
        assert_eq!(string("it's\\"), "'it\\'s\\\\'");
    }
}

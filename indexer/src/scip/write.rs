//! A snapshot as a SCIP index, for other tools.
//!
//! Every symbol has its moniker as its name, every edge that stands on a name in the source is an
//! occurrence. What the format has no place for (tiers, rules, keys that join repositories) is left
//! out; only edges of tier `likely` and better are written, because a reader cannot see how sure
//! they are. The index is written document by document: parts of a message of this format that
//! follow each other are one message, so nothing has to be held twice.

use protobuf::{EnumOrUnknown, Message, MessageField};
use qf_graph::facts::{ReferenceFlags, SymbolKind};
use qf_graph::snapshot::{Direction, Edge};
use qf_graph::{Channel, EdgeKind, FileId, RepoId, Snapshot, SymbolId, Tier};
use rustc_hash::FxHashMap;
use scip::types::symbol_information::Kind;
use scip::types::{
    Document, Index, Metadata, Occurrence, PositionEncoding, Relationship, Signature,
    SymbolInformation, SymbolRole, TextEncoding, ToolInfo,
};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes an index of these repositories. Paths are below the repository's root when there is one,
/// and have the repository's name in front when there are several.
pub fn write(
    snapshot: &Snapshot,
    repositories: &[RepoId],
    version: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let root = match repositories {
        [one] => format!("file://{}", snapshot.entry(*one).root),
        _ => "file:///".to_owned(),
    };
    let tool =
        ToolInfo { name: "qf".to_owned(), version: version.to_owned(), ..ToolInfo::default() };
    let metadata = Metadata {
        tool_info: MessageField::some(tool),
        project_root: root,
        text_document_encoding: EnumOrUnknown::new(TextEncoding::UTF8),
        ..Metadata::default()
    };
    let head = Index { metadata: MessageField::some(metadata), ..Index::default() };
    out.write_all(&head.write_to_bytes().map_err(io::Error::other)?)?;
    let writer = Writer { snapshot, before: numbered(snapshot) };
    for repository in repositories {
        for file in snapshot.files().filter(|file| snapshot.file_repository(*file) == *repository) {
            let mut document = writer.document(file);
            if repositories.len() > 1 {
                let name = snapshot.repository_name(*repository);
                document.relative_path = format!("{name}/{}", document.relative_path);
            }
            let part = Index { documents: vec![document], ..Index::default() };
            out.write_all(&part.write_to_bytes().map_err(io::Error::other)?)?;
        }
    }
    Ok(())
}

/// How many functions of its name each function has before it in the same place.
fn numbered(snapshot: &Snapshot) -> Vec<u32> {
    let mut seen: FxHashMap<(SymbolId, &str), u32> = FxHashMap::default();
    snapshot
        .symbols()
        .map(|symbol| {
            let Some(parent) = snapshot.parent(symbol) else { return 0 };
            if !snapshot.kind(symbol).is_callable() {
                return 0;
            }
            let count = seen.entry((parent, snapshot.name(symbol))).or_default();
            *count += 1;
            *count - 1
        })
        .collect()
}

struct Writer<'s> {
    snapshot: &'s Snapshot,
    before: Vec<u32>,
}

impl Writer<'_> {
    fn moniker(&self, symbol: SymbolId) -> String {
        let before = |symbol: SymbolId| self.before.get(symbol.index()).copied().unwrap_or(0);
        self.snapshot.moniker_with(symbol, before)
    }

    fn document(&self, file: FileId) -> Document {
        let snapshot = self.snapshot;
        let text = snapshot.text(file);
        let lines = Lines::new(&text);
        let test = if snapshot.is_test_file(file) { SymbolRole::Test as i32 } else { 0 };
        // Of several edges of one place to one symbol the roles are joined.
        let mut places: BTreeMap<([i32; 4], String), (i32, Vec<i32>)> = BTreeMap::new();
        let mut symbols = Vec::new();
        for symbol in snapshot.symbols_of_file(file) {
            let moniker = self.moniker(symbol);
            let start = snapshot.name_start(symbol);
            let module = snapshot.kind(symbol) == SymbolKind::Module;
            let end = if module { start } else { start + snapshot.name(symbol).len() as u32 };
            let (first, last) = snapshot.bytes(symbol);
            if let (Some(range), Some(around)) = (lines.range(start, end), lines.range(first, last))
            {
                let role = SymbolRole::Definition as i32 | test;
                places.insert((range, moniker.clone()), (role, short(around)));
            }
            symbols.push(self.information(symbol, moniker));
            for edge in snapshot.edges(symbol, Direction::Out) {
                let Some(role) = role(&edge).filter(|_| edge.file == file) else { continue };
                let Some(range) = lines.range(edge.start, edge.start + edge.len) else { continue };
                let place = (range, self.moniker(edge.to));
                places.entry(place).or_default().0 |= role | test;
            }
        }
        Document {
            language: language(snapshot.language(file)).to_owned(),
            relative_path: snapshot.path(file).to_owned(),
            occurrences: places
                .into_iter()
                .map(|((range, symbol), (symbol_roles, enclosing_range))| Occurrence {
                    range: short(range),
                    symbol,
                    symbol_roles,
                    enclosing_range,
                    ..Occurrence::default()
                })
                .collect(),
            symbols,
            position_encoding: EnumOrUnknown::new(
                PositionEncoding::UTF8CodeUnitOffsetFromLineStart,
            ),
            ..Document::default()
        }
    }

    fn information(&self, symbol: SymbolId, moniker: String) -> SymbolInformation {
        let snapshot = self.snapshot;
        let mut relationships: Vec<Relationship> = Vec::new();
        for edge in snapshot.edges(symbol, Direction::Out) {
            let related = match edge.kind {
                EdgeKind::Overrides | EdgeKind::Implements | EdgeKind::Inherits => Relationship {
                    symbol: self.moniker(edge.to),
                    is_implementation: true,
                    is_reference: edge.kind == EdgeKind::Overrides,
                    ..Relationship::default()
                },
                _ => continue,
            };
            if edge.tier <= Tier::Likely && !relationships.contains(&related) {
                relationships.push(related);
            }
        }
        relationships.sort_by(|a, b| a.symbol.cmp(&b.symbol));
        let signature = Signature {
            language: language(snapshot.language(snapshot.file(symbol))).to_owned(),
            text: snapshot.signature(symbol),
            ..Signature::default()
        };
        let module = snapshot.kind(symbol) == SymbolKind::Module;
        SymbolInformation {
            symbol: moniker,
            documentation: snapshot.doc(symbol).map(str::to_owned).into_iter().collect(),
            relationships,
            kind: EnumOrUnknown::new(kind(snapshot.kind(symbol))),
            display_name: snapshot.name(symbol).to_owned(),
            signature_documentation: if module {
                MessageField::none()
            } else {
                MessageField::some(signature)
            },
            ..SymbolInformation::default()
        }
    }
}

/// The roles of an occurrence; `None` for edges that stand on no name.
fn role(edge: &Edge<'_>) -> Option<i32> {
    let named = edge.key.is_none_or(|(channel, _)| channel == Channel::Package);
    let structural = edge.rule.ends_with("/method-set");
    if edge.tier > Tier::Likely || edge.len == 0 || !named || structural {
        return None;
    }
    match edge.kind {
        EdgeKind::Imports => Some(SymbolRole::Import as i32),
        EdgeKind::Writes if edge.flags.contains(ReferenceFlags::AUGMENTED) => {
            Some(SymbolRole::WriteAccess as i32 | SymbolRole::ReadAccess as i32)
        }
        EdgeKind::Writes => Some(SymbolRole::WriteAccess as i32),
        EdgeKind::Reads => Some(SymbolRole::ReadAccess as i32),
        EdgeKind::Calls
        | EdgeKind::Inherits
        | EdgeKind::Implements
        | EdgeKind::Instantiates
        | EdgeKind::TypeOf
        | EdgeKind::References
        | EdgeKind::Expands => Some(0),
        _ => None,
    }
}

/// Ranges within one line have three numbers.
fn short([line, start, end_line, end]: [i32; 4]) -> Vec<i32> {
    if line == end_line { vec![line, start, end] } else { vec![line, start, end_line, end] }
}

/// Names of languages as the format lists them.
fn language(name: &str) -> &str {
    match name {
        "python" => "Python",
        "javascript" => "JavaScript",
        "typescript" => "TypeScript",
        "rust" => "Rust",
        "go" => "Go",
        "java" => "Java",
        "c" => "C",
        "cpp" => "CPP",
        "csharp" => "CSharp",
        "ruby" => "Ruby",
        "php" => "PHP",
        "kotlin" => "Kotlin",
        "scala" => "Scala",
        "swift" => "Swift",
        "dart" => "Dart",
        "sql" => "SQL",
        "proto" => "Protobuf",
        "markdown" => "Markdown",
        other => other,
    }
}

fn kind(kind: SymbolKind) -> Kind {
    match kind {
        SymbolKind::Module => Kind::File,
        SymbolKind::Namespace => Kind::Namespace,
        SymbolKind::Class => Kind::Class,
        SymbolKind::Struct => Kind::Struct,
        SymbolKind::Interface => Kind::Interface,
        SymbolKind::Enum => Kind::Enum,
        SymbolKind::EnumMember => Kind::EnumMember,
        SymbolKind::Function => Kind::Function,
        SymbolKind::Method | SymbolKind::Operation => Kind::Method,
        SymbolKind::Constructor => Kind::Constructor,
        SymbolKind::Field | SymbolKind::Column => Kind::Field,
        SymbolKind::Variable => Kind::Variable,
        SymbolKind::Constant => Kind::Constant,
        SymbolKind::TypeAlias => Kind::TypeAlias,
        SymbolKind::Macro => Kind::Macro,
        SymbolKind::Table => Kind::Object,
        SymbolKind::Section | SymbolKind::Setting => Kind::UnspecifiedKind,
    }
}

/// Lines and columns of byte offsets, from 0, columns in bytes.
struct Lines {
    starts: Vec<u32>,
    length: u32,
}

impl Lines {
    fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at as u32 + 1));
        Self { starts, length: text.len() as u32 }
    }

    fn position(&self, offset: u32) -> Option<(i32, i32)> {
        let line = self.starts.partition_point(|start| *start <= offset).checked_sub(1)?;
        let column = offset - self.starts.get(line)?;
        Some((i32::try_from(line).ok()?, i32::try_from(column).ok()?))
    }

    fn range(&self, start: u32, end: u32) -> Option<[i32; 4]> {
        if start > end || end > self.length {
            return None;
        }
        let ((line, column), (end_line, end_column)) = (self.position(start)?, self.position(end)?);
        Some([line, column, end_line, end_column])
    }
}

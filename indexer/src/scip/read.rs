//! From a SCIP file to what is kept of it.

use super::Imported;
use super::store::{CompilerFacts, CompilerFile, Occurrence, Symbols};
use protobuf::Message;
use scip::types::occurrence::Typed_range;
use scip::types::{Document, Index, PositionEncoding, SymbolRole};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a file cannot be imported.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no SCIP index.
    #[error("{} is no SCIP index: {what}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// It is about none of the repositories that are read in this run.
    #[error(
        "{} is an index of {root}, and none of the given repositories has its files", path.display()
    )]
    Elsewhere {
        /// The file.
        path: PathBuf,
        /// Where the compiler ran.
        root: String,
    },
}

/// A SCIP file in memory.
pub struct ScipIndex {
    path: PathBuf,
    index: Index,
}

/// A file of a repository as it is on disk in this run.
pub struct Source<'s> {
    /// BLAKE3 of its content.
    pub hash: [u8; 32],
    /// Its text.
    pub text: std::borrow::Cow<'s, str>,
}

impl ScipIndex {
    /// Reads a file.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let bytes = std::fs::read(path)
            .map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
        let wrong = |what: String| ReadError::Format { path: path.to_owned(), what };
        let index = Index::parse_from_bytes(&bytes).map_err(|error| wrong(error.to_string()))?;
        if index.documents.is_empty() {
            return Err(wrong("it has no documents".to_owned()));
        }
        Ok(Self { path: path.to_owned(), index })
    }

    /// The file it was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tool that made it.
    pub fn tool(&self) -> &str {
        match self.index.metadata.tool_info.name.as_str() {
            "" => "scip",
            name => name,
        }
    }

    /// The repository it is about, as a position in `roots`, and the folder below that repository's
    /// root where the compiler ran. A compiler that ran elsewhere (in a container) is recognised by
    /// its files.
    pub fn repository(&self, roots: &[&Path]) -> Result<(usize, String), ReadError> {
        let written = self.index.metadata.project_root.as_str();
        let folder = percent_decoded(written.strip_prefix("file://").unwrap_or(written));
        let ran = Path::new(folder.trim_end_matches('/'));
        let ran = ran.canonicalize().unwrap_or_else(|_| ran.to_owned());
        // Of repositories inside each other the inner one is meant.
        let around = roots.iter().enumerate().filter(|(_, root)| ran.starts_with(root));
        if let Some((position, root)) = around.max_by_key(|(_, root)| root.as_os_str().len()) {
            let below = ran.strip_prefix(root).unwrap_or(Path::new(""));
            return Ok((position, below.to_string_lossy().replace('\\', "/")));
        }
        let own = |document: &&Document| is_inside(&document.relative_path);
        let documents: Vec<&Document> =
            self.index.documents.iter().filter(own).take(1000).collect();
        let found = |root: &&Path| {
            documents.iter().filter(|document| root.join(&document.relative_path).is_file()).count()
        };
        let best = roots.iter().enumerate().map(|(at, root)| (found(root), at));
        match best.max_by_key(|(count, at)| (*count, usize::MAX - at)) {
            Some((count, at)) if count > 0 && 2 * count >= documents.len() => {
                Ok((at, String::new()))
            }
            _ => Err(ReadError::Elsewhere { path: self.path.clone(), root: written.to_owned() }),
        }
    }

    /// What it says of the files that `source` gives, by their path below the repository's root.
    pub fn facts<'s>(
        &self,
        below: &str,
        source: impl Fn(&str) -> Option<Source<'s>>,
    ) -> (CompilerFacts, Imported) {
        let mut imported = Imported {
            path: self.path.display().to_string(),
            tool: self.tool().to_owned(),
            ..Imported::default()
        };
        let mut symbols = Symbols::default();
        let mut files: BTreeMap<String, CompilerFile> = BTreeMap::new();
        for document in &self.index.documents {
            if !is_inside(&document.relative_path) {
                imported.missing += 1;
                continue;
            }
            let path = match below {
                "" => document.relative_path.clone(),
                below => format!("{below}/{}", document.relative_path),
            };
            let Some(source) = source(&path) else {
                imported.missing += 1;
                continue;
            };
            let Some(occurrences) = occurrences(document, &path, &source.text, &mut symbols) else {
                imported.stale += 1;
                continue;
            };
            imported.documents += 1;
            let mut implementations = Vec::new();
            for information in &document.symbols {
                let this = symbols.row(&global(&information.symbol, &path));
                for related in &information.relationships {
                    if related.is_implementation {
                        implementations.push((this, symbols.row(&global(&related.symbol, &path))));
                    }
                }
            }
            // A file may have several documents.
            let file = files.entry(path).or_insert_with_key(|path| CompilerFile {
                path: path.clone(),
                hash: source.hash,
                tool: self.tool().to_owned(),
                occurrences: Vec::new(),
                implementations: Vec::new(),
            });
            file.occurrences.extend(occurrences);
            file.implementations.extend(implementations);
        }
        let files: Vec<CompilerFile> = files.into_values().collect();
        (CompilerFacts::new(&symbols.names, files), imported)
    }
}

/// Whether a document's path stays inside its project.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

/// The places of a document in its file; `None` when they are not of this text.
fn occurrences(
    document: &Document,
    path: &str,
    text: &str,
    symbols: &mut Symbols,
) -> Option<Vec<Occurrence>> {
    if !document.text.is_empty() && document.text != text {
        return None;
    }
    let lines = Lines::new(text);
    let encoding = document.position_encoding.enum_value().unwrap_or_default();
    let mut found = Vec::with_capacity(document.occurrences.len());
    let (mut defined, mut used) = (Agreement::default(), Agreement::default());
    for occurrence in &document.occurrences {
        if occurrence.symbol.is_empty() {
            continue;
        }
        let role = |role: SymbolRole| occurrence.symbol_roles & role as i32 != 0;
        let agreement = if role(SymbolRole::Definition) { &mut defined } else { &mut used };
        let place = range(occurrence).and_then(|[from, to]| {
            let (start, end) = (lines.offset(from, encoding)?, lines.offset(to, encoding)?);
            Some((start, end, text.get(start as usize..end as usize)?))
        });
        let Some((start, end, written)) = place else {
            agreement.other += 1;
            continue;
        };
        // A place that does not hold the symbol's name proves nothing: it is an alias, an operator, or
        // this is not the text that was read. An import may be one place as a whole.
        match last_name(&occurrence.symbol) {
            Some(name) if written.contains(name) => agreement.named += 1,
            Some(_) if start < end => {
                agreement.other += 1;
                continue;
            }
            _ => {}
        }
        found.push(Occurrence {
            start,
            end,
            symbol: symbols.row(&global(&occurrence.symbol, path)),
            definition: role(SymbolRole::Definition),
            write: role(SymbolRole::WriteAccess),
        });
    }
    // Definitions stand at their names. Where there are none, most uses do.
    let evidence = if defined.count() > 0 { defined } else { used };
    (evidence.other <= evidence.named).then_some(found)
}

/// How many places hold the name of their symbol.
#[derive(Debug, Clone, Copy, Default)]
struct Agreement {
    named: usize,
    other: usize,
}

impl Agreement {
    fn count(self) -> usize {
        self.named + self.other
    }
}

/// A symbol under a name that is its own in all files of a repository: `local PATH N`.
fn global(symbol: &str, path: &str) -> String {
    match symbol.strip_prefix("local ") {
        Some(number) => format!("local {path} {number}"),
        None => symbol.to_owned(),
    }
}

/// The last name of a symbol that is called, read or written by that name.
fn last_name(symbol: &str) -> Option<&str> {
    if symbol.starts_with("local ") {
        return None;
    }
    let body = symbol.strip_suffix("().").or_else(|| symbol.strip_suffix('#'));
    let body = body.or_else(|| symbol.strip_suffix('.').filter(|body| !body.ends_with(')')))?;
    let name = match body.strip_suffix('`') {
        Some(quoted) => quoted.rsplit('`').next()?,
        None => body.rsplit(['/', '#', '.', ':', ' ', ')', ']']).next()?,
    };
    // `<constructor>`, `<get>name` and module names stand at no place of that name.
    (!name.is_empty() && !name.contains(['<', '/', '.'])).then_some(name)
}

/// Start and end as line and column, from 0.
fn range(occurrence: &scip::types::Occurrence) -> Option<[(usize, usize); 2]> {
    let at =
        |line: i32, column: i32| Some((usize::try_from(line).ok()?, usize::try_from(column).ok()?));
    match &occurrence.typed_range {
        Some(Typed_range::SingleLineRange(range)) => {
            Some([at(range.line, range.start_character)?, at(range.line, range.end_character)?])
        }
        Some(Typed_range::MultiLineRange(range)) => Some([
            at(range.start_line, range.start_character)?,
            at(range.end_line, range.end_character)?,
        ]),
        _ => match occurrence.range[..] {
            [line, start, end] => Some([at(line, start)?, at(line, end)?]),
            [line, start, end_line, end] => Some([at(line, start)?, at(end_line, end)?]),
            _ => None,
        },
    }
}

/// The lines of a text.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Whether all columns of all lines are bytes.
    ascii: bool,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { text, starts, ascii: text.is_ascii() }
    }

    /// The byte at a line and column. Indexers that leave their unit open count as their own
    /// language does; nearly all of those count in UTF-16.
    fn offset(&self, (line, column): (usize, usize), encoding: PositionEncoding) -> Option<u32> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end)?;
        let within = if self.ascii || encoding == PositionEncoding::UTF8CodeUnitOffsetFromLineStart
        {
            line.get(..column)?.len()
        } else {
            let unit = |c: char| match encoding {
                PositionEncoding::UTF32CodeUnitOffsetFromLineStart => 1,
                _ => c.len_utf16(),
            };
            let mut units = 0;
            let mut bytes = 0;
            for letter in line.chars() {
                if units >= column {
                    break;
                }
                units += unit(letter);
                bytes += letter.len_utf8();
            }
            if units < column {
                return None;
            }
            bytes
        };
        u32::try_from(start + within).ok()
    }
}

/// `%20` and its like as the letters they stand for.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(byte)) = (first, byte) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Lines, PositionEncoding, last_name, percent_decoded};

    #[test]
    fn the_last_name_of_a_symbol() {
        let python = "scip-python python shop 0.1 `shop.ledger`/Ledger#apply().";
        assert_eq!(last_name(python), Some("apply"));
        assert_eq!(last_name("scip-python python shop 0.1 `shop.ledger`/Ledger#"), Some("Ledger"));
        assert_eq!(last_name("scip-python python shop 0.1 `shop.ledger`/__init__:"), None);
        assert_eq!(last_name("scip-python python shop 0.1 `a.b`/f().(x)"), None);
        assert_eq!(last_name("scip-typescript npm a 1 src/`b.ts`/C#`<constructor>`()."), None);
        assert_eq!(last_name("local 3"), None);
    }

    #[test]
    fn columns_count_in_the_unit_of_the_indexer() {
        let lines = Lines::new("a\n\"é😀\" x\n");
        let utf8 = PositionEncoding::UTF8CodeUnitOffsetFromLineStart;
        let utf16 = PositionEncoding::UTF16CodeUnitOffsetFromLineStart;
        let utf32 = PositionEncoding::UTF32CodeUnitOffsetFromLineStart;
        let at = "a\n\"é😀\" ".len() as u32;
        assert_eq!(lines.offset((1, 9), utf8), Some(at));
        assert_eq!(lines.offset((1, 6), utf16), Some(at));
        assert_eq!(lines.offset((1, 5), utf32), Some(at));
        assert_eq!(lines.offset((1, 99), utf16), None);
        assert_eq!(lines.offset((7, 0), utf16), None);
    }

    #[test]
    fn addresses_are_decoded() {
        assert_eq!(percent_decoded("/code/a%20b/c%2"), "/code/a b/c%2");
    }
}

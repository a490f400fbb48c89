//! Word documents: a zip archive of XML.
//!
//! Paragraphs, headings, lists and tables are read from the main part, and notes and comments from
//! theirs. The XML is read as a stream. What is unpacked is counted, since a file of a few
//! kilobytes can become one of many gigabytes. Which paragraphs are headings is said by their
//! styles, whose names are English whatever language the program speaks; the ids that paragraphs
//! refer to are not.

use super::sections::Sections;
use super::{Problem, Read, Receiver, Stop, first_line};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// Megabytes that all that is read of a document may have when it is unpacked.
const MOST: u64 = 256;
/// How many times as large as its packed form a large part may be. Text is some ten times as large.
const MOST_RATIO: u64 = 500;
/// Bytes from which on that is looked at.
const LARGE: u64 = 16 << 20;
/// Bytes of one paragraph.
const LONG: usize = 256 << 10;

/// What is read after the main part, and what stands above it.
const NOTES: [(&str, &str); 3] = [
    ("word/footnotes.xml", "Footnotes"),
    ("word/endnotes.xml", "Endnotes"),
    ("word/comments.xml", "Comments"),
];

/// Reads a document.
pub fn read(path: &Path, take: &mut Receiver<'_>) -> Result<Read, Stop> {
    let file = File::open(path).map_err(Stop::File)?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(&error))?;
    let mut package = Package { archive, left: MOST * 1_000_000 };
    let main = package.main()?;
    let mut styles = Styles::default();
    package.each("word/styles.xml", &mut |event| {
        styles.event(event);
        Ok(())
    })?;
    let mut body = Body::new(Sections::new(take), styles.headings);
    package.each(&main, &mut |event| body.event(event))?;
    for (part, label) in NOTES {
        body.sections.label(label)?;
        package.each(part, &mut |event| body.event(event))?;
    }
    body.sections.end()
}

/// The archive, and how much may still be unpacked.
struct Package {
    archive: ZipArchive<BufReader<File>>,
    left: u64,
}

impl Package {
    fn has(&self, part: &str) -> bool {
        self.archive.index_for_name(part).is_some()
    }

    /// The name of the main part. Some programs number it.
    fn main(&self) -> Result<String, Stop> {
        const USUAL: &str = "word/document.xml";
        if self.has(USUAL) {
            return Ok(USUAL.to_owned());
        }
        let is_main = |name: &str| name.starts_with("word/document") && name.ends_with(".xml");
        let names = self.archive.file_names().flatten();
        let mut names: Vec<String> =
            names.filter(|name| is_main(name)).map(Cow::into_owned).collect();
        names.sort();
        names.into_iter().next().ok_or_else(|| Problem::Archive.into())
    }

    /// Says every event of a part, if there is such a part.
    fn each(
        &mut self,
        part: &str,
        say: &mut dyn FnMut(Event<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let entry = match self.archive.by_name(part) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(()),
            Err(error) => return Err(broken(&error)),
        };
        let (packed, unpacked) = (entry.compressed_size().max(1), entry.size());
        if unpacked > self.left || (unpacked > LARGE && unpacked / packed > MOST_RATIO) {
            return Err(Problem::Large { most: MOST }.into());
        }
        // The sizes are only what the archive says.
        let mut reader = Reader::from_reader(BufReader::new(entry.take(self.left)));
        reader.config_mut().expand_empty_elements = true;
        let mut buffer = Vec::new();
        let outcome = loop {
            match reader.read_event_into(&mut buffer) {
                Ok(Event::Eof) => break Ok(()),
                Ok(event) => {
                    if let Err(stop) = say(event) {
                        break Err(stop);
                    }
                }
                Err(error) => {
                    let reason = first_line(&error.to_string());
                    break Err(Problem::Damaged(format!("{part}: {reason}")).into());
                }
            }
            buffer.clear();
        };
        self.left = reader.into_inner().into_inner().limit();
        if self.left == 0 {
            return Err(Problem::Large { most: MOST }.into());
        }
        outcome
    }
}

fn broken(error: &ZipError) -> Stop {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            Problem::Encrypted.into()
        }
        error => Problem::Damaged(first_line(&error.to_string())).into(),
    }
}

/// The value of an attribute, whatever its prefix.
fn value(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes();
    attributes.with_checks(false);
    let mut attributes = attributes.map_while(Result::ok);
    let found = attributes.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
}

/// The ids of the styles of headings.
#[derive(Default)]
struct Styles {
    headings: BTreeSet<String>,
    /// The id of the style that is read.
    style: String,
}

impl Styles {
    fn event(&mut self, event: Event<'_>) {
        let Event::Start(tag) = event else { return };
        let is_heading = match tag.local_name().into_inner() {
            "style" => {
                self.style = value(&tag, "styleId").unwrap_or_default();
                false
            }
            "name" => value(&tag, "val").is_some_and(|name| {
                let name = name.to_ascii_lowercase();
                name == "title" || name.starts_with("heading ")
            }),
            "outlineLvl" => is_outline(&tag),
            _ => false,
        };
        if is_heading {
            self.headings.insert(self.style.clone());
        }
    }
}

/// Whether a level of an outline is one of a heading; 9 is that of a paragraph.
fn is_outline(tag: &BytesStart<'_>) -> bool {
    value(tag, "val").is_some_and(|level| level != "9")
}

/// The text of a part, as it is put together.
struct Body<'r> {
    sections: Sections<'r>,
    headings: BTreeSet<String>,
    /// The paragraph.
    line: String,
    is_heading: bool,
    is_item: bool,
    /// Whether it is inside the text of a run.
    in_text: bool,
    /// How many tables it is inside of, and the cells of the row of the outermost.
    tables: u32,
    cells: Vec<String>,
    /// How many elements deep it is inside of what is left out.
    skipped: u32,
}

impl<'r> Body<'r> {
    fn new(sections: Sections<'r>, headings: BTreeSet<String>) -> Self {
        Self {
            sections,
            headings,
            line: String::new(),
            is_heading: false,
            is_item: false,
            in_text: false,
            tables: 0,
            cells: Vec::new(),
            skipped: 0,
        }
    }

    fn event(&mut self, event: Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag.local_name().into_inner()),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = reference.resolve_char_ref().ok().flatten();
                if let Some(character) = character {
                    self.text(character.encode_utf8(&mut [0; 4]))
                } else {
                    self.text(resolve_predefined_entity(&reference).unwrap_or_default())
                }
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Stop> {
        if self.in_text && self.skipped == 0 {
            self.line += text;
        }
        // Nobody writes so much without a break.
        if self.line.len() > LONG { self.paragraph() } else { Ok(()) }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), Stop> {
        let name = tag.local_name().into_inner();
        // What older programs are to show instead is the same text again.
        if self.skipped > 0 || name == "Fallback" {
            self.skipped += 1;
            return Ok(());
        }
        match name {
            "p" => {
                // One inside of another, in a box of text.
                if !self.line.is_empty() {
                    self.paragraph()?;
                }
                (self.is_heading, self.is_item) = (false, false);
            }
            "pStyle" => {
                let style = value(tag, "val").unwrap_or_default();
                // What has no styles uses the ids that Word has in English.
                let usual =
                    self.headings.is_empty() && (style == "Title" || style.starts_with("Heading"));
                self.is_heading |= usual || self.headings.contains(&style);
            }
            "outlineLvl" => self.is_heading |= is_outline(tag),
            "numPr" => self.is_item = true,
            "t" => self.in_text = true,
            "tab" if !self.line.is_empty() => self.line.push('\t'),
            "br" | "cr" => self.line.push('\n'),
            "noBreakHyphen" => self.line.push('-'),
            "tbl" => self.tables += 1,
            "tr" if self.tables == 1 => self.cells.clear(),
            "tc" if self.tables == 1 => self.cells.push(String::new()),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), Stop> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Ok(());
        }
        match name {
            "t" => self.in_text = false,
            "p" => self.paragraph()?,
            "tr" if self.tables == 1 => {
                let cells = std::mem::take(&mut self.cells);
                self.sections.line(&cells.join(" | "))?;
            }
            "tbl" => {
                self.tables = self.tables.saturating_sub(1);
                if self.tables == 0 {
                    self.sections.line("")?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The paragraph is over.
    fn paragraph(&mut self) -> Result<(), Stop> {
        let line = std::mem::take(&mut self.line);
        let line = line.trim();
        if line.is_empty() {
            return Ok(());
        }
        if let Some(cell) = self.cells.last_mut().filter(|_| self.tables > 0) {
            if !cell.is_empty() {
                cell.push(' ');
            }
            cell.extend(line.chars().map(|c| if c == '\n' { ' ' } else { c }));
            return Ok(());
        }
        if self.is_heading {
            return self.sections.heading(&line.replace('\n', " "));
        }
        if self.is_item {
            return self.sections.line(&format!("- {line}"));
        }
        self.sections.line(line)?;
        self.sections.line("")
    }
}

//! Pages of the web.
//!
//! A browser's parser makes a tree of whatever is written, and that is laid out as lines. Lines are
//! not wrapped: a frame of a stack that goes on in the next line would be none. Headings carry a
//! mark that no text has, since a `#` in front could as well be a comment in a piece of code.

use super::sections::Sections;
use super::{Problem, Read, Receiver, Stop, first_line, whole};
use encoding_rs::{Encoding, WINDOWS_1252};
use html2text::config;
use html2text::render::TextDecorator;
use std::borrow::Cow;
use std::path::Path;

/// Megabytes that a page may have. Its tree takes some ten times as much.
const MOST: u64 = 64;
/// Columns that the text may have.
const WIDTH: usize = 4_000;
/// Stands before headings: a code point that is no character, and never will be.
const MARK: char = '\u{fdd0}';

/// Reads a page.
pub fn read(path: &Path, take: &mut Receiver<'_>) -> Result<Read, Stop> {
    let bytes = whole(path, MOST)?;
    let text = decoded(&bytes);
    let lines = config::with_decorator(Bare)
        .allow_width_overflow()
        .no_table_borders()
        .unicode_strikeout(false)
        .string_from_read(text.as_bytes(), WIDTH)
        .map_err(|error| Problem::Damaged(first_line(&error.to_string())))?;
    let mut sections = Sections::new(take);
    for line in lines.lines() {
        match line.split_once(MARK) {
            Some((_, heading)) => sections.heading(heading.replace(MARK, " ").trim())?,
            None => sections.line(&narrow(line))?,
        }
    }
    sections.end()
}

/// A page as text: in UTF-8 when it is that, else in what it says of itself, else in what the web
/// was written in before.
fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let label = head.split_once("charset=").map(|(_, rest)| {
        let name = rest.trim_start_matches(['"', '\'', ' ']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:".contains(c));
        name[..end.unwrap_or(name.len())].to_owned()
    });
    let encoding = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    encoding.unwrap_or(WINDOWS_1252).decode(bytes).0
}

/// A line whose columns are not further apart than two blanks: cells of tables are laid out below
/// each other, which costs a search and a reader nothing but room.
fn narrow(line: &str) -> String {
    let text = line.trim_start();
    let mut out = line[..line.len() - text.len()].to_owned();
    let mut blanks = 0;
    for c in text.chars() {
        blanks = if c == ' ' { blanks + 1 } else { 0 };
        if blanks <= 2 {
            out.push(c);
        }
    }
    out
}

/// Text without any signs of what it looked like, but for lists and quotations.
#[derive(Debug, Clone)]
struct Bare;

impl TextDecorator for Bare {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        String::new()
    }

    fn decorate_em_start(&self) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) -> Self::Annotation {}

    fn decorate_preformat_cont(&self) -> Self::Annotation {}

    fn decorate_image(&mut self, _src: &str, title: &str) -> (String, Self::Annotation) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        MARK.to_string()
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        Bare
    }

    fn decorate_superscript_start(&self) -> (String, Self::Annotation) {
        (String::new(), ())
    }

    fn decorate_superscript_end(&self) -> String {
        String::new()
    }
}

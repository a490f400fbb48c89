//! What a file is: by its first bytes, and where those are text by its name and its lines.
//!
//! What is not read is refused here, by name, instead of being searched as noise: archives, packed
//! files, pictures, programs.

use super::{Kind, Problem, ReadError};
use std::path::Path;

/// Bytes of the beginning that are looked at; more are ignored.
const LOOKED_AT: usize = 8 << 10;
/// Lines of the beginning that are looked at.
const MOST_LINES: usize = 60;
/// Bytes of a line in which a time stands, when it is a record of a log.
const STAMP: usize = 64;

/// What packs single files: first bytes, the program, what writes it out again.
const PACKED: [(&[u8], &str, &str); 4] = [
    (b"\x1f\x8b", "gzip", "zcat"),
    (b"\x28\xb5\x2f\xfd", "zstd", "zstdcat"),
    (b"BZh", "bzip2", "bzcat"),
    (b"\xfd7zXZ\0", "xz", "xzcat"),
];

/// What a file is, given its first bytes (up to 8 KiB) and its name.
pub fn kind(first: &[u8], path: &Path) -> Result<Kind, ReadError> {
    let first = &first[..first.len().min(LOOKED_AT)];
    known(first, path).map_err(|(kind, problem)| ReadError::Refused {
        path: path.to_owned(),
        kind,
        problem,
    })
}

fn known(first: &[u8], path: &Path) -> Result<Kind, (Option<Kind>, Problem)> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let extension = extension.to_ascii_lowercase();
    if first.starts_with(b"PK\x03\x04") {
        let named = extension == "docx" || extension == "docm";
        let inside = first.windows(5).any(|window| window == b"word/");
        return if named || inside { Ok(Kind::Docx) } else { Err((None, Problem::Archive)) };
    }
    if first.starts_with(b"\xd0\xcf\x11\xe0") {
        // A docx with a password is put into a file of the old format.
        return Err(match extension.as_str() {
            "docx" | "docm" => (Some(Kind::Docx), Problem::Encrypted),
            _ => (None, Problem::Office),
        });
    }
    for (magic, program, unpack) in PACKED {
        if first.starts_with(magic) && is_binary(first) {
            let (program, unpack) = (program.to_owned(), unpack.to_owned());
            return Err((None, Problem::Compressed { program, unpack }));
        }
    }
    if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") {
        return Err((Some(Kind::Text), Problem::Utf16));
    }
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    // Some have a few bytes before; of other files that is text about PDF.
    let within = || first.windows(5).take(1024).any(|window| window == b"%PDF-");
    if text.starts_with(b"%PDF-") || (extension == "pdf" && within()) {
        return Ok(Kind::Pdf);
    }
    if is_binary(first) {
        return Err((None, Problem::Binary));
    }
    if extension == "pdf" || extension == "docx" {
        let named = if extension == "pdf" { Kind::Pdf } else { Kind::Docx };
        let reason = format!("its content is not that of a {extension}");
        return Err((Some(named), Problem::Damaged(reason)));
    }
    Ok(of_text(text, &extension, path))
}

/// Which kind of text it is.
fn of_text(text: &[u8], extension: &str, path: &Path) -> Kind {
    if is_html(text) {
        return Kind::Html;
    }
    match extension {
        "html" | "htm" | "xhtml" => Kind::Html,
        "md" | "markdown" | "mdx" => Kind::Markdown,
        "log" | "out" | "err" | "jsonl" | "ndjson" => Kind::Log,
        _ if is_rotated(path) || is_log(text) => Kind::Log,
        _ => Kind::Text,
    }
}

/// Whether it is no text: it has a zero, or more control characters than a text with colours.
fn is_binary(first: &[u8]) -> bool {
    let control = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t'..=b'\r' | 0x1b);
    first.contains(&0) || first.iter().filter(|byte| control(byte)).count() > first.len() / 50
}

/// Whether a page of the web begins here, behind comments and what XML says of itself.
fn is_html(mut text: &[u8]) -> bool {
    loop {
        let end: &[u8] = if text.starts_with(b"<!--") {
            b"-->"
        } else if text.starts_with(b"<?xml") {
            b"?>"
        } else {
            break;
        };
        let Some(at) = text.windows(end.len()).position(|window| window == end) else {
            return false;
        };
        text = text[at + end.len()..].trim_ascii_start();
    }
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|t| t.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head>") || begins(b"<body")
}

/// Whether it is called like a log that was put away: `app.log.3`, `app.log-20240131`.
fn is_rotated(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.to_ascii_lowercase().rsplit_once(".log").is_some_and(|(_, rest)| {
        rest.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'))
    })
}

/// Whether at least half of the lines that begin at the margin are records of a log.
fn is_log(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().take(MOST_LINES);
    let at_margin = lines.filter(|line| line.starts_with(|c: char| !c.is_whitespace()));
    let (mut records, mut all) = (0, 0);
    for line in at_margin {
        all += 1;
        records += usize::from(is_record(line));
    }
    records > 0 && records * 2 >= all
}

/// Whether a line has what a log writes in front: a time, a level, or fields in braces.
fn is_record(line: &str) -> bool {
    const LEVELS: [&str; 8] =
        ["ERROR", "WARN", "WARNING", "INFO", "DEBUG", "TRACE", "FATAL", "CRITICAL"];
    let word = line.trim_start_matches(['[', '<', '(']);
    let end = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    if LEVELS.iter().any(|level| word[..end].eq_ignore_ascii_case(level)) {
        return true;
    }
    let fields = ["\"level\"", "\"time\"", "\"ts\"", "\"timestamp\"", "\"msg\""];
    if line.starts_with('{') && fields.iter().any(|field| line.contains(field)) {
        return true;
    }
    let front = &line.as_bytes()[..line.len().min(STAMP)];
    let shape = |shape: &[u8]| {
        front.windows(shape.len()).any(|window| {
            window.iter().zip(shape).all(|(byte, wanted)| match wanted {
                b'0' => byte.is_ascii_digit(),
                _ => byte == wanted,
            })
        })
    };
    shape(b"00:00:00") || shape(b"0000-00-00T") || shape(b"000000 00:00")
}

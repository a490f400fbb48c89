//! Texts into chunks, line by line, without holding more than the one that is being gathered.
//!
//! A chunk is what a question is compared with and what an answer shows, so it should be one thing:
//! of prose some paragraphs below one heading, of a log a record with the stack below it. Records of
//! one line are gathered, since a gigabyte has ten million of them; the line that answers is found
//! when the chunk is read. A chunk says where its bytes are, and has no text.

use super::read::Kind;

/// So many bytes are gathered.
const GATHERED: u64 = 2048;
/// No chunk is longer.
pub const LONGEST: u64 = 4096;
/// A record with more than this stands alone.
const ALONE: u64 = 512;
/// How far into a line a time of day is looked for.
const STAMP: usize = 64;

/// Where a chunk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// The number of its first line, from 1.
    pub line: u32,
    /// The heading that it stands below; empty when there is none.
    pub label: String,
    /// Whether it is one thing, and not lines that were gathered.
    pub whole: bool,
    /// Whether it is the beginning or the middle of a record, which goes on with the next chunk.
    pub goes_on: bool,
}

/// A piece of a line: lines that are too long come in several.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'t> {
    /// Its bytes, the end of the line among them.
    pub bytes: &'t [u8],
    /// Where the first is.
    pub at: u64,
    /// The number of the line, from 1.
    pub line: u32,
    /// Whether the line begins with it.
    pub begins: bool,
}

/// Cuts one text.
pub struct Cutter {
    log: bool,
    headings: bool,
    fenced: bool,
    label: String,
    /// Whether the line before was empty.
    blank: bool,
    /// Whether lines with a time have been seen: then others begin no record.
    stamped: bool,
    /// Whether the record at hand is a Python traceback, whose last line is not indented.
    traceback: bool,
    /// What is gathered.
    gathered: Option<Cut>,
    /// The record of a log that is at hand.
    record: Option<Cut>,
    /// Whether that goes on with the chunk before.
    tail: bool,
}

impl Cutter {
    /// For a kind of text. Pages of documents are prose.
    pub fn new(kind: Kind) -> Self {
        Self {
            log: matches!(kind, Kind::Log),
            headings: matches!(kind, Kind::Markdown),
            fenced: false,
            label: String::new(),
            blank: false,
            stamped: false,
            traceback: false,
            gathered: None,
            record: None,
            tail: false,
        }
    }

    /// What comes next stands below this heading, and in a chunk of its own.
    pub fn under(&mut self, label: &str, out: &mut Vec<Cut>) {
        self.finish(out);
        label.clone_into(&mut self.label);
    }

    /// Where the chunk begins that is being gathered; none when there is none.
    pub fn begun(&self) -> Option<u64> {
        self.gathered.as_ref().or(self.record.as_ref()).map(|cut| cut.start)
    }

    /// Takes the next piece of the text, and puts chunks that are complete into `out`.
    pub fn piece(&mut self, piece: Piece<'_>, out: &mut Vec<Cut>) {
        if self.log {
            self.log_piece(piece, out);
        } else {
            self.prose_piece(piece, out);
        }
    }

    /// The text is over.
    pub fn finish(&mut self, out: &mut Vec<Cut>) {
        self.settle(out);
        out.extend(self.gathered.take());
        self.blank = false;
        self.traceback = false;
    }

    fn cut(&self, piece: Piece<'_>) -> Cut {
        Cut {
            start: piece.at,
            end: piece.end(),
            line: piece.line,
            label: self.label.clone(),
            whole: !self.log,
            goes_on: false,
        }
    }

    fn prose_piece(&mut self, piece: Piece<'_>, out: &mut Vec<Cut>) {
        let line = piece.bytes.trim_ascii();
        if self.headings && piece.begins {
            if line.starts_with(b"```") || line.starts_with(b"~~~") {
                self.fenced = !self.fenced;
            } else if let Some(heading) = heading(line).filter(|_| !self.fenced) {
                self.under(&heading, out);
            }
        }
        if let Some(cut) = &self.gathered {
            let length = piece.end() - cut.start;
            let paragraph = self.blank && piece.begins && !line.is_empty();
            if length > LONGEST || paragraph && length > GATHERED {
                self.finish(out);
            }
        }
        self.blank = line.is_empty();
        match &mut self.gathered {
            Some(cut) => cut.end = piece.end(),
            // No chunk begins with empty lines.
            None if self.blank => {}
            None => self.gathered = Some(self.cut(piece)),
        }
    }

    fn log_piece(&mut self, piece: Piece<'_>, out: &mut Vec<Cut>) {
        let begins = piece.begins && self.begins_record(piece.bytes);
        match &mut self.record {
            Some(record) if !begins && piece.end() - record.start <= LONGEST => {
                record.end = piece.end();
            }
            _ => {
                let goes_on = !begins && self.record.is_some();
                if let Some(record) = &mut self.record {
                    record.goes_on = goes_on;
                }
                self.settle(out);
                self.tail = goes_on;
                self.record = Some(self.cut(piece));
            }
        }
    }

    /// The record at hand is complete, or as long as a chunk may be: it stands alone, or is
    /// gathered. What is a part of one stands alone, so that no other record is taken for its end.
    fn settle(&mut self, out: &mut Vec<Cut>) {
        let tail = std::mem::take(&mut self.tail);
        let Some(mut record) = self.record.take() else { return };
        if record.length() > ALONE || record.goes_on || tail {
            out.extend(self.gathered.take());
            record.whole = true;
            out.push(record);
            return;
        }
        match &mut self.gathered {
            Some(cut) if record.end - cut.start <= GATHERED => cut.end = record.end,
            _ => out.extend(self.gathered.replace(record)),
        }
    }

    /// Whether a line of a log begins a record, and does not go on with the one before.
    fn begins_record(&mut self, line: &[u8]) -> bool {
        if line.first().is_none_or(u8::is_ascii_whitespace) {
            return false;
        }
        if is_stamped(line) {
            self.stamped = true;
            self.traceback = false;
            return true;
        }
        if self.stamped {
            return false;
        }
        if line.starts_with(b"Traceback (most recent") {
            self.traceback = true;
            return true;
        }
        if self.traceback {
            self.traceback = false;
            return false;
        }
        let goes_on: [&[u8]; 5] = [b"Caused by", b"at ", b"}", b"]", b")"];
        !goes_on.iter().any(|mark| line.starts_with(mark))
    }
}

impl Cut {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.end - self.start
    }
}

impl Piece<'_> {
    fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

/// The text of a Markdown heading.
fn heading(line: &[u8]) -> Option<String> {
    let level = line.iter().take_while(|byte| **byte == b'#').count();
    let rest =
        line.get(level..).filter(|rest| (1..=6).contains(&level) && rest.starts_with(b" "))?;
    let text = String::from_utf8_lossy(rest);
    Some(text.trim().trim_end_matches('#').trim_end().chars().take(120).collect())
}

/// Whether a line of a log begins with a time, the level of a message, or an object of JSON.
pub fn is_stamped(line: &[u8]) -> bool {
    const LEVELS: [&[u8]; 9] = [
        b"TRACE",
        b"DEBUG",
        b"INFO",
        b"NOTICE",
        b"WARN",
        b"ERROR",
        b"FATAL",
        b"CRITICAL",
        b"PANIC",
    ];
    let head = &line[..line.len().min(STAMP)];
    let unwrapped = head.strip_prefix(b"[").unwrap_or(head);
    if head.starts_with(b"{\"") || LEVELS.iter().any(|level| unwrapped.starts_with(level)) {
        return true;
    }
    // `12:34:56`, or `2024-05-01` at the beginning.
    has_form(unwrapped.get(..10).unwrap_or_default(), b"0000-00-00")
        || head.windows(8).any(|part| has_form(part, b"00:00:00"))
}

/// Whether bytes have digits where a form has zeros, and are like it elsewhere.
fn has_form(bytes: &[u8], form: &[u8]) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit(),
        mark => byte == mark || *mark == b'-' && *byte == b'/',
    };
    bytes.len() == form.len() && bytes.iter().zip(form).all(fits)
}

#[cfg(test)]
mod tests {
    use super::{Cut, Cutter, GATHERED, LONGEST, Piece, is_stamped};
    use crate::session::read::Kind;

    fn cut(kind: Kind, text: &str) -> Vec<Cut> {
        let (mut cutter, mut out, mut at) = (Cutter::new(kind), Vec::new(), 0);
        for (number, line) in text.split_inclusive('\n').enumerate() {
            let bytes = line.as_bytes();
            let line = number as u32 + 1;
            cutter.piece(Piece { bytes, at, line, begins: true }, &mut out);
            at += bytes.len() as u64;
        }
        cutter.finish(&mut out);
        out
    }

    fn texts<'t>(text: &'t str, cuts: &[Cut]) -> Vec<&'t str> {
        cuts.iter().map(|cut| &text[cut.start as usize..cut.end as usize]).collect()
    }

    #[test]
    fn a_record_with_its_stack_stands_alone() {
        let stack = format!(
            "2024-05-01 12:00:01 ERROR boom\nTraceback (most recent call last):\n{}ValueError: x\n",
            "  File \"a/b.py\", line 3, in f\n    f()\n".repeat(20)
        );
        let before = "2024-05-01 12:00:00 INFO a\n2024-05-01 12:00:00 INFO b\n";
        let after = "2024-05-01 12:00:02 INFO c\n";
        let text = format!("{before}{stack}{after}");
        let cuts = cut(Kind::Log, &text);
        assert_eq!(texts(&text, &cuts), [before, stack.as_str(), after]);
        assert_eq!(cuts.iter().map(|cut| cut.whole).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(cuts.iter().map(|cut| cut.line).collect::<Vec<_>>(), [1, 3, 46]);
    }

    #[test]
    fn chunks_of_logs_cover_everything_and_are_short() {
        let text: String =
            (0..500).map(|n| format!("12:00:{:02} request {n} served\n", n % 60)).collect();
        let cuts = cut(Kind::Log, &text);
        assert!(cuts.len() > 5 && cuts.iter().all(|cut| cut.length() <= GATHERED));
        assert_eq!(texts(&text, &cuts).concat(), text);
        let long = format!("12:00:00 x\n{}", " y\n".repeat(5_000));
        let cuts = cut(Kind::Log, &long);
        assert!(cuts.iter().all(|cut| cut.length() <= LONGEST));
        assert_eq!(texts(&long, &cuts).concat(), long);
    }

    #[test]
    fn a_long_record_is_known_by_all_its_chunks() {
        let long = format!("12:00:00 x\n{}", " y\n".repeat(1_400));
        let text = format!("12:00:00 before\n{long}12:00:01 after\n");
        let cuts = cut(Kind::Log, &text);
        assert_eq!(texts(&text, &cuts[1..3]).concat(), long, "nothing else is in them");
        let goes_on: Vec<bool> = cuts.iter().map(|cut| cut.goes_on).collect();
        assert_eq!(goes_on, [false, true, false, false]);
    }

    #[test]
    fn prose_is_cut_at_headings_and_paragraphs() {
        let paragraph = "word ".repeat(300) + "\n\n";
        let text = format!("# One\n{paragraph}{paragraph}## Two\n```\n# no heading\n```\nend\n");
        let cuts = cut(Kind::Markdown, &text);
        let labels: Vec<&str> = cuts.iter().map(|cut| cut.label.as_str()).collect();
        assert_eq!(labels, ["One", "One", "Two"]);
        assert!(texts(&text, &cuts)[2].contains("# no heading"));
    }

    #[test]
    fn times_and_levels_begin_records() {
        for line in [
            "2024-05-01T12:00:00Z x",
            "[2024/05/01 12:00] x",
            "May  1 12:00:00 host sshd[1]: x",
            "127.0.0.1 - - [01/May/2024:12:00:00 +0000] \"GET /\"",
            "[ERROR] x",
            "{\"level\":\"info\"}",
        ] {
            assert!(is_stamped(line.as_bytes()), "{line}");
        }
        for line in ["ValueError: x", "Caused by: y", "goroutine 1 [running]:", ""] {
            assert!(!is_stamped(line.as_bytes()), "{line}");
        }
    }
}

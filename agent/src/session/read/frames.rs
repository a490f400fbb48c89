//! How pages go from one process to the other.
//!
//! Each message is its length and then itself. It is sent at once: the process that sends may be
//! ended in the middle of the next page, and what it read before should be known.

use super::{Page, Problem, Read as Outcome};
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind, Read, Write};

/// Bytes of text in one message; longer pages are sent as several.
const MOST_TEXT: usize = 1 << 20;
/// Bytes that a message can have.
const MOST: u32 = 4 << 20;

/// A message.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Frame {
    /// A page, or a part of one.
    Page(Page),
    /// It could not be read, or not to its end.
    Failure(Problem),
    /// It was read.
    End {
        /// How many pages it has.
        pages: u32,
        /// What was not read of it.
        warning: Option<String>,
    },
}

/// The side that reads documents.
pub struct Sender<'o> {
    out: &'o mut dyn Write,
}

impl<'o> Sender<'o> {
    /// Sends to `out`.
    pub fn new(out: &'o mut dyn Write) -> Self {
        Self { out }
    }

    /// Sends a page; nothing of one that is blank.
    pub fn page(&mut self, page: &Page) -> io::Result<()> {
        let text = clean(&page.text);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(cut(rest));
            rest = more;
            let piece = Page { label: page.label.clone(), text: piece.to_owned() };
            self.send(&Frame::Page(piece))?;
        }
        Ok(())
    }

    /// Sends why it ends before the end.
    pub fn failure(&mut self, problem: Problem) -> io::Result<()> {
        self.send(&Frame::Failure(problem))
    }

    /// Sends that it is at the end.
    pub fn end(&mut self, outcome: Outcome) -> io::Result<()> {
        self.send(&Frame::End { pages: outcome.pages, warning: outcome.warning })
    }

    fn send(&mut self, frame: &Frame) -> io::Result<()> {
        let bytes = postcard::to_stdvec(frame).map_err(io::Error::other)?;
        self.out.write_all(&(bytes.len() as u32).to_le_bytes())?;
        self.out.write_all(&bytes)?;
        self.out.flush()
    }
}

/// The next message; none where they end, be it in the middle of one.
pub fn receive(input: &mut impl Read) -> io::Result<Option<Frame>> {
    let mut length = [0; 4];
    let mut bytes = Vec::new();
    let mut read = || -> io::Result<()> {
        input.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > MOST {
            return Err(io::Error::new(ErrorKind::InvalidData, "a message is too long"));
        }
        bytes.resize(length as usize, 0);
        input.read_exact(&mut bytes)
    };
    match read() {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let frame = postcard::from_bytes(&bytes);
    frame.map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}

/// Text without what no line shows: control characters, blanks at the ends of lines, empty lines at
/// either end and more than one of them together.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            empty += 1;
            continue;
        }
        if empty > 0 && !out.is_empty() {
            out.push('\n');
        }
        empty = 0;
        out.extend(line.chars().filter(|c| *c == '\t' || !c.is_control()));
        out.push('\n');
    }
    out
}

/// Where the first piece of a text ends: at the end of a line, where there is one.
fn cut(text: &str) -> usize {
    if text.len() <= MOST_TEXT {
        return text.len();
    }
    let most = (0..=MOST_TEXT).rfind(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text[..most].rfind('\n').map_or(most, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(page: &Page) -> Vec<Frame> {
        let mut bytes = Vec::new();
        Sender::new(&mut bytes).page(page).expect("memory takes it");
        let mut input = bytes.as_slice();
        let next = || receive(&mut input).expect("it is whole");
        std::iter::from_fn(next).collect()
    }

    fn page(text: &str) -> Page {
        Page { label: "p. 1".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn pages_arrive_without_what_nobody_sees() {
        let frames = sent(&page("\n\n one \u{0}two\t \n\n\n\nthree\r\n\n"));
        assert_eq!(frames, [Frame::Page(page(" one two\n\nthree\n"))]);
        assert!(sent(&page(" \n\u{c}\n")).is_empty());
    }

    #[test]
    fn long_pages_arrive_in_pieces() {
        let line = "äöü 0123456789\n";
        let text = line.repeat(3 * MOST_TEXT / line.len());
        let mut whole = String::new();
        let frames = sent(&page(&text));
        assert!(frames.len() > 2);
        for frame in frames {
            let Frame::Page(page) = frame else { panic!("only pages were sent") };
            assert!(page.text.ends_with('\n') && page.text.len() <= MOST_TEXT);
            whole += &page.text;
        }
        assert_eq!(whole, text);
    }

    #[test]
    fn a_message_that_is_cut_off_is_the_end() {
        let mut bytes = Vec::new();
        let mut sender = Sender::new(&mut bytes);
        sender.failure(Problem::Encrypted).expect("memory takes it");
        sender.failure(Problem::Empty).expect("memory takes it");
        let mut input = &bytes[..bytes.len() - 1];
        let first = receive(&mut input).expect("the first is whole");
        assert_eq!(first, Some(Frame::Failure(Problem::Encrypted)));
        assert_eq!(receive(&mut input).expect("nothing is wrong with an end"), None);
    }
}

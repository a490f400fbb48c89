//! A document with headings, as pieces that each stand under one.

use super::{Page, Problem, Read, Receiver, Stop};

/// Bytes after which a piece is given away, though no heading follows.
const LONG: usize = 64 << 10;
/// Characters of a heading that are kept.
const MOST_LABEL: usize = 200;

/// Gathers paragraphs below headings.
pub struct Sections<'r> {
    take: &'r mut Receiver<'r>,
    label: String,
    text: String,
    /// Whether there is nothing in the text but the heading.
    bare: bool,
    pages: u32,
}

impl<'r> Sections<'r> {
    /// Gives the pieces to `take`.
    pub fn new(take: &'r mut Receiver<'r>) -> Self {
        Self { take, label: String::new(), text: String::new(), bare: true, pages: 0 }
    }

    /// What follows stands below another heading.
    pub fn heading(&mut self, heading: &str) -> Result<(), Stop> {
        // One that another follows at once is a title: they stand together.
        if !self.bare {
            self.give()?;
        }
        self.label = heading.chars().take(MOST_LABEL).collect();
        self.text += heading;
        self.text += "\n\n";
        self.bare = true;
        Ok(())
    }

    /// What follows stands below something that is no text of the document.
    pub fn label(&mut self, label: &str) -> Result<(), Stop> {
        self.give()?;
        label.clone_into(&mut self.label);
        Ok(())
    }

    /// A line of text, without its line end.
    pub fn line(&mut self, line: &str) -> Result<(), Stop> {
        self.text += line;
        self.text.push('\n');
        self.bare &= line.trim().is_empty();
        if self.text.len() > LONG { self.give() } else { Ok(()) }
    }

    fn give(&mut self) -> Result<(), Stop> {
        self.bare = true;
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return Ok(());
        }
        self.pages += 1;
        (self.take)(Page { label: self.label.clone(), text }).map_err(Stop::Page)
    }

    /// Gives the last piece away.
    pub fn end(mut self) -> Result<Read, Stop> {
        self.give()?;
        if self.pages == 0 {
            return Err(Problem::Empty.into());
        }
        Ok(Read { pages: self.pages, warning: None })
    }
}

//! PDF documents, page by page.
//!
//! The library reads a whole document, and panics at what it does not expect. So each page is read
//! by itself, by making a page tree of it alone: what goes wrong with one costs that page. Pictures
//! are thrown away while the file is loaded. They are most of what a PDF holds, and the library
//! would look for text in their pixels.
//!
//! The library gives up looking for pages where the tree has more of them than the file has objects:
//! a page may stand in it several times. How many there should be is said by the tree.

use super::{Page, Problem, Read, Receiver, Stop, first_line, panic_message};
use pdf_extract::{
    Dictionary, Document, Error, LoadOptions, Object, ObjectId, PlainTextOutput, output_doc,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Reads a document.
pub fn read(path: &Path, take: &mut Receiver<'_>) -> Result<Read, Stop> {
    let mut document = load(path)?;
    let pages: Vec<ObjectId> = document.page_iter().collect();
    if pages.is_empty() {
        return Err(Problem::Damaged("no page is found in it".to_owned()).into());
    }
    let stated = stated(&document);
    let tree = document.add_object(Object::Null);
    let catalog = document.catalog_mut().map_err(|error| damaged(&error))?;
    catalog.set("Pages", Object::Reference(tree));
    let mut found = Found::default();
    for (number, page) in (1..).zip(&pages) {
        document.objects.insert(tree, Object::Dictionary(tree_of(*page)));
        let (text, problem) = page_text(&document);
        found.note(number, &text, problem);
        take(Page { label: format!("p. {number}"), text }).map_err(Stop::Page)?;
    }
    found.outcome(pages.len() as u32, stated)
}

/// How many pages the document says it has; 0 when it does not.
fn stated(document: &Document) -> u32 {
    let tree = document.catalog().and_then(|catalog| catalog.get_deref(b"Pages", document));
    let count = tree
        .and_then(Object::as_dict)
        .and_then(|tree| tree.get_deref(b"Count", document))
        .and_then(Object::as_i64);
    count.ok().and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

fn load(path: &Path) -> Result<Document, Stop> {
    let options = LoadOptions::with_filter(|id, object| {
        without_picture(object);
        // What is returned is used of objects that are packed in streams, and no stream is. A copy
        // of one would be made for nothing.
        let kept = match object {
            Object::Stream(_) => Object::Null,
            other => other.clone(),
        };
        Some((id, kept))
    });
    let mut document = match Document::load_with_options(path, options) {
        Ok(document) => document,
        Err(Error::IO(source)) => return Err(Stop::File(source)),
        Err(
            Error::Decryption(_) | Error::InvalidPassword | Error::UnsupportedSecurityHandler(_),
        ) => return Err(Problem::Encrypted.into()),
        Err(error) => return Err(damaged(&error)),
    };
    // It is still there when the empty password does not open it.
    if document.trailer.get(b"Encrypt").is_ok() {
        return Err(Problem::Encrypted.into());
    }
    // Those of an encrypted document did not go through the filter.
    document.objects.values_mut().for_each(without_picture);
    Ok(document)
}

fn damaged(error: &Error) -> Stop {
    Problem::Damaged(first_line(&error.to_string())).into()
}

/// Takes the pixels out of a picture.
fn without_picture(object: &mut Object) {
    if let Object::Stream(stream) = object {
        let subtype = stream.dict.get(b"Subtype").and_then(Object::as_name);
        if subtype.is_ok_and(|name| name == b"Image") {
            stream.dict.remove(b"Filter");
            stream.content = Vec::new();
            // From here they would be read again.
            stream.start_position = None;
        }
    }
}

/// The root of a page tree that has one page.
fn tree_of(page: ObjectId) -> Dictionary {
    let mut tree = Dictionary::new();
    tree.set("Type", Object::Name(b"Pages".to_vec()));
    tree.set("Kids", Object::Array(vec![Object::Reference(page)]));
    tree.set("Count", Object::Integer(1));
    tree
}

/// The text of a document, as far as it can be read, and why not further.
fn page_text(document: &Document) -> (String, Option<String>) {
    let mut text = String::new();
    let read = catch_unwind(AssertUnwindSafe(|| {
        output_doc(document, &mut PlainTextOutput::new(&mut text))
    }));
    let problem = match read {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(first_line(&error.to_string())),
        Err(panic) => Some(panic_message(panic.as_ref())),
    };
    (text, problem)
}

/// What was found on the pages.
#[derive(Default)]
struct Found {
    /// Pages without text that could be read.
    blank: u32,
    with_text: u32,
    /// The first page that could not be read whole, and why.
    broken: Option<(u32, String)>,
    /// How many there are of those.
    broken_pages: u32,
}

impl Found {
    fn note(&mut self, number: u32, text: &str, problem: Option<String>) {
        let blank = text.trim().is_empty();
        self.with_text += u32::from(!blank);
        if let Some(problem) = problem {
            self.broken_pages += 1;
            self.broken.get_or_insert((number, problem));
        } else {
            self.blank += u32::from(blank);
        }
    }

    fn outcome(self, pages: u32, stated: u32) -> Result<Read, Stop> {
        if self.with_text == 0 {
            return Err(match self.broken {
                Some((_, problem)) => Problem::Damaged(problem).into(),
                None => Problem::Scanned { pages }.into(),
            });
        }
        let mut warnings = Vec::new();
        if pages < stated {
            warnings.push(format!("{pages} of {stated} pages were found"));
        }
        if let Some((number, problem)) = self.broken {
            let more = match self.broken_pages - 1 {
                0 => String::new(),
                more => format!(" and {more} more pages"),
            };
            warnings.push(format!("p. {number}{more} could not be read whole: {problem}"));
        }
        // Every book has some.
        if self.blank > pages / 5 {
            let blank = self.blank;
            warnings.push(format!("{blank} of {pages} pages have no text: they may be scanned"));
        }
        let warning = (!warnings.is_empty()).then(|| warnings.join("; "));
        Ok(Read { pages, warning })
    }
}

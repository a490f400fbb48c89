//! What a file is, and documents as text.
//!
//! Texts and logs are read where they are. A PDF, a page of HTML or a Word document has to be taken
//! apart first, by libraries that were written for well-formed files: a damaged one, or one that
//! was made for it, may bring them to panic, to loop, or to ask for all memory there is. So this is
//! done in a process of its own, this same program with a hidden command, which gives itself limits
//! of memory and time before it opens the file. It sends what it reads page by page, so that 5,000
//! pages need no more memory here than one, and so that the pages before a fault are not lost with
//! the process ([`frames`]). How it ended becomes a message that says what to do next.

mod child;
mod docx;
mod frames;
mod html;
mod kind;
mod pdf;
mod sections;

use serde::{Deserialize, Serialize};
use std::any::Any;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

pub use child::{limit, pages};
pub use kind::kind;

/// Bytes of memory that reading a document may take.
pub const MOST_MEMORY: u64 = 1 << 30;
/// Seconds of a processor that reading a document may take.
pub const MOST_SECONDS: u64 = 120;
/// Megabytes of text that are taken from a document. A small file may have the same page a million
/// times.
pub const MOST_TEXT: u64 = 256;
/// Seconds after which a document is given up, whoever spent them.
pub const MOST_WAIT: u64 = 600;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text without a form that is known.
    Text,
    /// Text with headings.
    Markdown,
    /// Records, one or more lines each.
    Log,
    /// A page of the web.
    Html,
    /// A document of Word or of what writes its format.
    Docx,
    /// A PDF document.
    Pdf,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] =
        [Kind::Text, Kind::Markdown, Kind::Log, Kind::Html, Kind::Docx, Kind::Pdf];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Markdown => "markdown",
            Kind::Log => "log",
            Kind::Html => "html",
            Kind::Docx => "docx",
            Kind::Pdf => "pdf",
        }
    }

    /// The kind with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether its text has to be taken out of it, by [`pages`].
    pub fn is_document(self) -> bool {
        matches!(self, Kind::Html | Kind::Docx | Kind::Pdf)
    }
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// `p. 12`, the heading that it stands under, or nothing.
    pub label: String,
    /// Its text, lines ended by `\n`.
    pub text: String,
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Pages of a PDF that were read, with or without text; of others the pieces with a heading.
    pub pages: u32,
    /// What was not read, and why.
    pub warning: Option<String>,
}

/// Why a file cannot be read; said after its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Problem {
    /// Its content is not what its kind asks for.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// It needs a password.
    #[error("is encrypted")]
    Encrypted,
    /// Its pages are pictures.
    #[error("has {pages} page{} but no text: it is scanned", if *pages == 1 { "" } else { "s" })]
    Scanned {
        /// How many there are.
        pages: u32,
    },
    /// There is no text in it.
    #[error("has no text")]
    Empty,
    /// Reading it ran into the limit of memory.
    #[error("takes more than {} GiB of memory to read", MOST_MEMORY >> 30)]
    Memory,
    /// Reading it ran into the limit of time.
    #[error("takes more than {} s to read", MOST_SECONDS)]
    Time,
    /// It is larger than what is read of its kind, or becomes that when it is unpacked.
    #[error("is more than {most} MB when it is unpacked")]
    Large {
        /// The limit.
        most: u64,
    },
    /// It is packed by a program.
    #[error("is compressed by {program}")]
    Compressed {
        /// The program that packed it.
        program: String,
        /// The program that writes it out unpacked.
        unpack: String,
    },
    /// A zip archive without a document in it.
    #[error("is a zip archive, and no docx")]
    Archive,
    /// The format of Office before 2007, and of documents with a password since.
    #[error("is a document of an old Office, or has a password")]
    Office,
    /// Text of two bytes a character.
    #[error("is text in UTF-16")]
    Utf16,
    /// It is no text.
    #[error("is binary")]
    Binary,
    /// It needs nobody to take it apart.
    #[error("is plain text, which is read as it is")]
    Plain,
    /// The system does not give it out.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// There is more text in it than is taken.
    #[error("has more than {} MB of text", MOST_TEXT)]
    Long,
    /// Reading it, and indexing what was read, took too long.
    #[error("takes more than {} s to be read and indexed", MOST_WAIT)]
    Wait,
}

/// A file that was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file cannot be opened or read.
    #[error("{}: {source}", called(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is none of what is read, or cannot be read as what it is.
    #[error("{} {problem}", called(path))]
    Refused {
        /// The file; `-` is standard input.
        path: PathBuf,
        /// What it is, as far as that is known.
        kind: Option<Kind>,
        /// What is wrong with it.
        problem: Problem,
    },
    /// The process that reads documents cannot be started or limited.
    #[error("documents cannot be read in a process of their own: {source}")]
    Program {
        /// What the system says.
        source: io::Error,
    },
    /// Whoever asked for the pages could not take one.
    #[error("what was read cannot be kept: {source}")]
    Kept {
        /// What they say.
        source: io::Error,
    },
}

impl ReadError {
    fn refused(path: &Path, kind: Kind, problem: Problem) -> Self {
        Self::Refused { path: path.to_owned(), kind: Some(kind), problem }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let ReadError::Refused { path, kind, problem } = self else { return None };
        let is_input = is_input(path);
        let file = if is_input { "FILE".to_owned() } else { quoted(path) };
        // Where a command needs a file.
        let command = |next: String| {
            if is_input { format!("save it to a file first: {next}") } else { next }
        };
        Some(match (problem, kind) {
            (Problem::Damaged(_), Some(Kind::Pdf)) => command(format!(
                "`qpdf {file} repaired.pdf` or `mutool clean {file} repaired.pdf` may help"
            )),
            (Problem::Damaged(_), Some(Kind::Docx)) => {
                "open it in an office program, which may repair it, and save it again".to_owned()
            }
            (Problem::Encrypted, Some(Kind::Pdf)) => command(format!(
                "remove the password: `qpdf --decrypt --password=… {file} open.pdf`"
            )),
            (Problem::Encrypted, _) => "save it without a password".to_owned(),
            (Problem::Scanned { .. }, _) => {
                command(format!("run an OCR first: `ocrmypdf {file} with-text.pdf`"))
            }
            (Problem::Memory | Problem::Time | Problem::Long | Problem::Wait, Some(Kind::Pdf)) => {
                command(format!("split it: `qpdf --split-pages=100 {file} part.pdf`"))
            }
            (
                Problem::Memory
                | Problem::Time
                | Problem::Large { .. }
                | Problem::Long
                | Problem::Wait,
                _,
            ) => "split it, or save it as text".to_owned(),
            (Problem::Compressed { unpack, .. }, _) => {
                command(format!("`{unpack} {file} | qf load -` loads what is in it"))
            }
            (Problem::Archive, _) => "unpack it, and load the files that are in it".to_owned(),
            (Problem::Office, _) => {
                "save it as docx or PDF without a password, and load that".to_owned()
            }
            (Problem::Utf16, _) => {
                command(format!("`iconv -f UTF-16 -t UTF-8 {file} | qf load -` loads it"))
            }
            (Problem::Binary, _) => "PDF, docx, HTML, Markdown, texts and logs are read".to_owned(),
            (Problem::Damaged(_) | Problem::Empty | Problem::Plain | Problem::Unreadable(_), _) => {
                return None;
            }
        })
    }
}

/// Whether a path stands for standard input.
fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What a file is called in messages.
fn called(path: &Path) -> String {
    if is_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// A file's name as a word of a shell. One that no shell can be shown is not said.
pub fn quoted(path: &Path) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,".contains(c);
    match path.to_str() {
        Some(name) if !name.is_empty() && name.chars().all(plain) => name.to_owned(),
        Some(name) if !name.chars().any(char::is_control) => {
            format!("'{}'", name.replace('\'', r"'\''"))
        }
        _ => "FILE".to_owned(),
    }
}

/// Who takes the pages.
type Receiver<'r> = dyn FnMut(Page) -> io::Result<()> + 'r;

/// Why a reader did not come to the end.
#[derive(Debug)]
enum Stop {
    /// Something is wrong with the file.
    Problem(Problem),
    /// The file could not be read.
    File(io::Error),
    /// A page was not taken.
    Page(io::Error),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Stop::Problem(problem)
    }
}

/// The side of the process that reads: writes what it finds to `out`, and last how it came out. The
/// limits are to be set before ([`limit`]).
pub fn serve(kind: Kind, path: &Path, out: &mut dyn Write) -> Result<(), ReadError> {
    let mut sender = frames::Sender::new(out);
    // The libraries say by a panic what they did not expect.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let take = &mut |page: Page| sender.page(&page);
        match kind {
            Kind::Html => html::read(path, take),
            Kind::Docx => docx::read(path, take),
            Kind::Pdf => pdf::read(path, take),
            Kind::Text | Kind::Markdown | Kind::Log => Err(Problem::Plain.into()),
        }
    }));
    let read = read.unwrap_or_else(|panic| {
        let reason = panic_message(panic.as_ref());
        Err(Problem::Damaged(reason).into())
    });
    let kept = |source| ReadError::Kept { source };
    match read {
        Ok(read) => sender.end(read).map_err(kept),
        Err(Stop::Problem(problem)) => {
            sender.failure(problem.clone()).map_err(kept)?;
            Err(ReadError::refused(path, kind, problem))
        }
        Err(Stop::File(source)) => {
            sender.failure(Problem::Unreadable(source.to_string())).map_err(kept)?;
            Err(ReadError::Io { path: path.to_owned(), source })
        }
        Err(Stop::Page(source)) => Err(kept(source)),
    }
}

/// What a panic said, in one line.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    first_line(text.unwrap_or("its content is not what it should be"))
}

/// The beginning of what a library said: it may quote a good part of the file.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

/// A file as a whole, of at most `most` megabytes.
fn whole(path: &Path, most: u64) -> Result<Vec<u8>, Stop> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).map_err(Stop::File)?;
    let mut bytes = Vec::new();
    file.take(most * 1_000_000 + 1).read_to_end(&mut bytes).map_err(Stop::File)?;
    if bytes.len() as u64 > most * 1_000_000 {
        return Err(Problem::Large { most }.into());
    }
    Ok(bytes)
}

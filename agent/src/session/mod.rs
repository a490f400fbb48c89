//! What is read for one session only: logs, documents, notes, and nothing of them for long.
//!
//! Whoever looks into a fault has a log of a gigabyte, a specification as PDF, a page of a wiki. The
//! answer to most questions about them is in the code, so they should be searched together with it;
//! but they are nobody's source, may hold secrets, and are of no use next week. So they never come
//! near the index. A session is a folder in the runtime directory of the user, which the system
//! empties when the user logs out, and which is dropped before that when its time is over
//! ([`store`]). What is loaded is cut into chunks ([`chunk`]), gathered in parts that each have an
//! index of words and one of meanings ([`part`]), and searched over all parts ([`search`]). Texts are
//! read as streams and never copied: a chunk says where its bytes are. Only of what had to be
//! extracted, a PDF or a page of HTML, the text is kept beside the parts ([`load`]).
//!
//! A text mentions code: frames of stacks, places in messages ([`mentions`]). Where that is in the
//! index is found when a question is asked, since the index changes and a log has more lines than
//! anybody will look at.

pub mod chunk;
pub mod error;
pub mod load;
pub mod mentions;
pub mod part;
pub mod read;
pub mod scan;
pub mod search;
pub mod source;
pub mod store;
pub mod terms;

use serde::{Deserialize, Serialize};
use source::Origin;

pub use error::{Result, SessionError};
pub use store::{Session, Sessions};

/// Version of the form of the manifest and of the parts.
pub const VERSION: u32 = 2;

/// The session that is meant when none is named.
pub const DEFAULT: &str = "default";

/// What a session holds; its manifest as it is on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this form.
    pub version: u32,
    /// Name of the session.
    pub name: String,
    /// When it was begun, in seconds since 1970.
    pub created: u64,
    /// When something was loaded last.
    pub loaded: u64,
    /// How long it is kept after that, in seconds.
    pub ttl: u64,
    /// The number that the next file in its folder gets.
    pub next: u64,
    /// What was loaded, in order.
    pub files: Vec<Loaded>,
}

impl Manifest {
    /// When it is dropped, in seconds since 1970.
    pub fn expires(&self) -> u64 {
        self.loaded.saturating_add(self.ttl)
    }
}

/// One file that was loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Its absolute path, or `standard input`.
    pub path: String,
    /// `text`, `markdown`, `log`, `html`, `docx` or `pdf`.
    pub kind: String,
    /// The file as it was.
    pub origin: Origin,
    /// The file in the session's folder that has its text; none where the text is read from `path`.
    pub text: Option<String>,
    /// The model whose vectors its parts have.
    pub model: String,
    /// Its parts, files in the session's folder.
    pub parts: Vec<String>,
    /// Pages of a document; 0 where it has none.
    pub pages: u32,
    /// Lines of its text.
    pub lines: u64,
    /// How many chunks it was cut into.
    pub chunks: u64,
    /// How many different places in code it names, as far as they were looked for; see
    /// [`load`].
    pub mentions: u64,
    /// What of it was not read, and why.
    pub warning: Option<String>,
}

impl Loaded {
    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

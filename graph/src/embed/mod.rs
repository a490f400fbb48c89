//! Texts to vectors.
//!
//! The default is a static table of word vectors compiled into the binary: no download, no
//! library, microseconds a text, and together with BM25 as good as a small transformer inside
//! repositories. Models that need more are separate implementations of [`Embedder`].

pub mod static_model;

/// Something that turns texts into unit vectors of one size.
pub trait Embedder: Send + Sync {
    /// Name and version, stored beside the vectors: vectors of different names are never mixed.
    fn name(&self) -> &str;
    /// Length of the vectors.
    fn dimensions(&self) -> usize;
    /// The vector of a question.
    fn query(&self, text: &str) -> Result<Vec<f32>, EmbedError>;
    /// The vectors of documents.
    fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why a text could not be embedded.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct EmbedError {
    /// What happened.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

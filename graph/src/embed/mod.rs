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

/// Scale of quantised vectors of a size. One scale serves all vectors of a model, so that whole
/// numbers order them just as floats do. Components of unit vectors shrink with the square root
/// of their number and seldom pass 5.7 times their mean square, which for 128 is one half.
pub fn scale(dimensions: usize) -> f32 {
    254.0 * (dimensions as f32 / 128.0).sqrt()
}

/// Appends a unit vector as bytes.
pub fn quantise(vector: &[f32], out: &mut Vec<i8>) {
    let scale = scale(vector.len());
    out.extend(vector.iter().map(|value| (value * scale).round().clamp(-127.0, 127.0) as i8));
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

#[cfg(test)]
mod tests {
    use super::{quantise, scale};

    #[test]
    fn one_scale_serves_all_sizes() {
        assert!((scale(128) - 254.0).abs() < f32::EPSILON);
        let mut bytes = Vec::new();
        quantise(&[0.5; 4], &mut bytes);
        assert_eq!(bytes, [22; 4]);
        quantise(&[f32::NAN, 9.0, -9.0], &mut bytes);
        assert_eq!(bytes[4..], [0, 127, -127]);
    }
}

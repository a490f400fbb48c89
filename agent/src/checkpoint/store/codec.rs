//! Values in files: a mark of the format, a checksum, and the value, compressed.
//!
//! A file is replaced as a whole and atomically, so it is the old one or the new one; the checksum
//! tells either from a damaged one.

use crate::checkpoint::error::{CheckpointError, Result};
use qf_graph::store::disk::write_atomically;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// Mark and version of every file.
const MAGIC: &[u8; 8] = b"qfckpt01";
const HEADER: usize = MAGIC.len() + 32;

/// A value as bytes.
///
/// # Panics
///
/// For types that have values without a form, of which the store has none.
pub fn encode(value: &impl Serialize) -> Vec<u8> {
    let plain = postcard::to_stdvec(value).expect("the types of the store have no failing form");
    let body = lz4_flex::compress_prepend_size(&plain);
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(blake3::hash(&body).as_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

/// A value of bytes; the error says what is wrong with them.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, &'static str> {
    if bytes.len() < HEADER || &bytes[..MAGIC.len()] != MAGIC {
        return Err("it is not in this qf's format");
    }
    let (header, body) = bytes.split_at(HEADER);
    if blake3::hash(body).as_bytes() != &header[MAGIC.len()..] {
        return Err("its checksum does not fit");
    }
    let plain =
        lz4_flex::decompress_size_prepended(body).map_err(|_| "it cannot be decompressed")?;
    postcard::from_bytes(&plain).map_err(|_| "it cannot be read")
}

/// Writes a value to a file.
pub fn write(path: &Path, value: &impl Serialize) -> Result<()> {
    Ok(write_atomically(path, &encode(value))?)
}

/// Reads a value from a file; none when there is no file.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(CheckpointError::io(path)(error)),
    };
    let damaged = |reason: &str| CheckpointError::Damaged {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    decode(&bytes).map(Some).map_err(damaged)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn every_flipped_byte_is_noticed() {
        let bytes = encode(&vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(decode::<Vec<String>>(&bytes), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode::<Vec<String>>(&damaged).is_err(), "byte {at}");
        }
        assert!(decode::<Vec<String>>(&bytes[..bytes.len() - 1]).is_err());
    }
}

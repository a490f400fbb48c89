//! Hashes, and bytes as hexadecimal digits.
//!
//! SHA-256, because whoever checks an exported log has it in every language.

use sha2::{Digest, Sha256};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The hash of nothing: what the first record follows.
pub const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The SHA-256 of bytes, as lower-case digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(bytes))
}

/// Bytes as lower-case digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

/// The digits of a hash, without an allocation.
pub fn digits(digest: &[u8; 32]) -> [u8; 64] {
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    out
}

/// Whether these are lower-case digits.
pub fn is_hex(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The bytes that lower-case digits stand for; none when they are not exactly so many.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N || !is_hex(text) {
        return None;
    }
    let value = |digit: u8| if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 };
    let mut out = [0; N];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = value(pair[0]) * 16 + value(pair[1]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{ZEROS, digits, hex, sha256, sha256_hex, unhex};

    #[test]
    fn there_and_back() {
        let hash = sha256(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(&hash), text);
        assert_eq!(sha256_hex(b"abc"), text);
        assert_eq!(digits(&hash), text.as_bytes());
        assert_eq!(unhex::<32>(text), Some(hash));
        assert_eq!(unhex::<32>(ZEROS), Some([0; 32]));
        for wrong in ["", "0", "BA", "zz", "000"] {
            assert_eq!(unhex::<1>(wrong), None, "{wrong}");
        }
    }
}

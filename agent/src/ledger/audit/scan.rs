//! Reads the line of a record as it is, without making a value of it.
//!
//! A log of millions of lines is verified in seconds only if a line is looked at once and nothing is
//! built from it. So the hash is not checked by writing the record again without its `hash`: that
//! member is cut out of the line, and what is left is hashed. That is the same bytes, because
//! [`scan`] has made sure of three things: the line is canonical JSON (each byte is the only one
//! that may be there), so that without one member and its comma it is the canonical JSON of the
//! rest; the member is one of the record itself and not of something within, because the scanner
//! counts where it is; and there is one only, because names must ascend. It is never the last one:
//! `previous` and `seq` come after it and must be there, so the comma to cut is the one behind it.
//!
//! The scanner takes less than RFC 8785 allows: names are small letters, digits and `_`, so that
//! their order is that of their bytes. Records have no other names.

use super::canonical::MOST;
use super::hash::{digits, is_hex};
use sha2::{Digest, Sha256};
use std::ops::Range;

/// What is wrong with a line.
pub type Fault = &'static str;

const NOT_JSON: Fault = "it is no JSON object in canonical form";
const NOT_CANONICAL: Fault = "it has a number or an escape that is not in canonical form";
const DEPTH: usize = 16;

/// What the line of a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned<'a> {
    /// Its number.
    pub seq: u64,
    /// What it says the hash of the line before it is: 64 digits.
    pub previous: &'a [u8],
    /// What it says its own hash is: 64 digits.
    pub hash: &'a [u8],
    /// What was done.
    pub action: &'a [u8],
    /// Where the member `hash` is, with the comma behind it.
    cut: Range<usize>,
}

/// A record whose own hash is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked<'a> {
    /// What its line says.
    pub record: Scanned<'a>,
    /// The hash of the whole line: what the next record calls `previous`.
    pub chain: [u8; 64],
}

impl Scanned<'_> {
    /// The hash as text.
    pub fn hash_text(&self) -> String {
        String::from_utf8_lossy(self.hash).into_owned()
    }
}

impl Checked<'_> {
    /// The hash of the whole line as text.
    pub fn chain_text(&self) -> String {
        String::from_utf8_lossy(&self.chain).into_owned()
    }
}

/// Reads a line, without its end, and checks its own hash.
pub fn check(line: &[u8]) -> Result<Checked<'_>, Fault> {
    let record = scan(line)?;
    // Both hashes begin with the same bytes: these are hashed once.
    let mut own = Sha256::new();
    own.update(&line[..record.cut.start]);
    let mut whole = own.clone();
    own.update(&line[record.cut.end..]);
    let own: [u8; 32] = own.finalize().into();
    if digits(&own) != record.hash {
        return Err("its hash is not that of its content");
    }
    whole.update(&line[record.cut.start..]);
    let whole: [u8; 32] = whole.finalize().into();
    Ok(Checked { record, chain: digits(&whole) })
}

/// Reads a line, without its end.
pub fn scan(line: &[u8]) -> Result<Scanned<'_>, Fault> {
    if std::str::from_utf8(line).is_err() {
        return Err("it is not UTF-8");
    }
    let mut scanner = Scanner { bytes: line, at: 0 };
    scanner.eat(b'{')?;
    let mut seq: Option<u64> = None;
    let mut previous: Option<&[u8]> = None;
    let mut hash: Option<&[u8]> = None;
    let mut action: Option<&[u8]> = None;
    let mut cut = 0..0;
    let mut name: &[u8] = b"";
    loop {
        let start = scanner.at;
        name = scanner.name(name)?;
        scanner.eat(b':')?;
        let from = scanner.at;
        scanner.value(DEPTH)?;
        let value = &line[from..scanner.at];
        let more = scanner.more(b'}')?;
        if name == b"action" {
            action = text(value);
        } else if name == b"hash" {
            hash = text(value).filter(|text| text.len() == 64 && is_hex(text));
            cut = start..scanner.at;
        } else if name == b"previous" {
            previous = text(value).filter(|text| text.len() == 64 && is_hex(text));
        } else if name == b"seq" {
            seq = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
        }
        if !more {
            break;
        }
    }
    if scanner.at != line.len() {
        return Err(NOT_JSON);
    }
    match (seq, previous, hash, action) {
        (Some(seq), Some(previous), Some(hash), Some(action)) => {
            Ok(Scanned { seq, previous, hash, action, cut })
        }
        _ => Err("it lacks what every record has"),
    }
}

/// What is between the quotes of a string.
fn text(value: &[u8]) -> Option<&[u8]> {
    value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The next byte; at the end a 0, which may be nowhere.
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn eat(&mut self, byte: u8) -> Result<(), Fault> {
        if self.peek() != byte {
            return Err(NOT_JSON);
        }
        self.at += 1;
        Ok(())
    }

    /// Whether there is another member or item, or the end.
    fn more(&mut self, end: u8) -> Result<bool, Fault> {
        let next = self.peek();
        if next != b',' && next != end {
            return Err(NOT_JSON);
        }
        self.at += 1;
        Ok(next == b',')
    }

    /// The name of a member, which comes after the one before it.
    fn name(&mut self, before: &[u8]) -> Result<&'a [u8], Fault> {
        let bytes = self.bytes;
        let start = self.at + 1;
        self.string()?;
        let name = &bytes[start..self.at - 1];
        let plain = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        if !name.iter().all(plain) {
            return Err("it has a name that no record has");
        }
        if name <= before {
            return Err("its members are not in order");
        }
        Ok(name)
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.eat(b'"')?;
        let bytes = self.bytes;
        loop {
            let rest = &bytes[self.at..];
            let special = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < 0x20;
            let plain = rest.iter().position(special).ok_or(NOT_JSON)?;
            self.at += plain + 1;
            match rest[plain] {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                _ => return Err(NOT_JSON),
            }
        }
    }

    /// What comes after a backslash: the short escapes, and `u00…` for what has none.
    fn escape(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes;
        match self.peek() {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => {
                self.at += 1;
                Ok(())
            }
            b'u' => {
                let code = bytes.get(self.at + 1..self.at + 5).ok_or(NOT_JSON)?;
                self.at += 5;
                match code {
                    [b'0', b'0', b'0', b'0'..=b'7' | b'b' | b'e' | b'f']
                    | [b'0', b'0', b'1', b'0'..=b'9' | b'a'..=b'f'] => Ok(()),
                    _ => Err(NOT_CANONICAL),
                }
            }
            _ => Err(NOT_CANONICAL),
        }
    }

    fn number(&mut self) -> Result<(), Fault> {
        let bytes = self.bytes;
        let negative = self.peek() == b'-';
        self.at += usize::from(negative);
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        let digits = &bytes[start..self.at];
        let value =
            || digits.iter().fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
        let canonical = match digits.first() {
            Some(b'0') => digits.len() == 1 && !negative,
            // Sixteen digits fit into the type.
            Some(_) => digits.len() <= 16 && value() <= MOST,
            None => false,
        };
        if canonical { Ok(()) } else { Err(NOT_CANONICAL) }
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(NOT_JSON);
        }
        self.at += word.len();
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        if depth == 0 {
            return Err("it is nested too deeply");
        }
        match self.peek() {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' => {
                self.at += 1;
                if self.peek() == b'}' {
                    self.at += 1;
                    return Ok(());
                }
                let mut name: &[u8] = b"";
                loop {
                    name = self.name(name)?;
                    self.eat(b':')?;
                    self.value(depth - 1)?;
                    if !self.more(b'}')? {
                        return Ok(());
                    }
                }
            }
            b'[' => {
                self.at += 1;
                if self.peek() == b']' {
                    self.at += 1;
                    return Ok(());
                }
                loop {
                    self.value(depth - 1)?;
                    if !self.more(b']')? {
                        return Ok(());
                    }
                }
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => Err(NOT_JSON),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check, scan};
    use crate::ledger::audit::canonical::canonical;
    use crate::ledger::audit::hash::{ZEROS, sha256_hex};
    use serde_json::{Value, json};

    fn record() -> (Value, Vec<u8>) {
        let mut value = json!({
            "action": "step.done",
            "detail": "tab\t quote\" slash\\ \u{1f} \u{7f} € ,\"hash\":\"0\" ünïcödé 😀",
            "files": [{ "path": "a", "size": 12 }, { "path": "b", "gone": true }, [], {}, null],
            "number": -9_007_199_254_740_991_i64,
            "previous": ZEROS,
            "seq": 7,
            "zero": 0,
        });
        let hash = sha256_hex(&canonical(&value).expect("a form"));
        value["hash"] = json!(hash);
        let line = canonical(&value).expect("a form");
        (value, line)
    }

    #[test]
    fn a_record_is_read() {
        let (value, line) = record();
        let checked = check(&line).expect("it is whole");
        assert_eq!(checked.record.seq, 7);
        assert_eq!(checked.record.action, b"step.done");
        assert_eq!(checked.record.previous, ZEROS.as_bytes());
        assert_eq!(json!(checked.record.hash_text()), value["hash"]);
        assert_eq!(checked.chain_text(), sha256_hex(&line));
    }

    /// What the scanner takes is what the canonical writer writes, and nothing else: after each
    /// change of one byte.
    #[test]
    fn as_the_writer_has_it() {
        let (_, line) = record();
        let mut taken = 0;
        for at in 0..line.len() {
            for byte in [0, b'\n', b' ', b'"', b',', b'0', b'1', b'\\', b'a', b'u', b'}', 0x80] {
                let mut changed = line.clone();
                changed[at] = byte;
                assert!(changed == line || check(&changed).is_err(), "{at} {byte}");
                let again = serde_json::from_slice::<Value>(&changed)
                    .ok()
                    .and_then(|value| canonical(&value).ok());
                if scan(&changed).is_ok() {
                    taken += 1;
                    assert_eq!(again, Some(changed), "{at} {byte}");
                }
            }
        }
        assert!(taken > 500, "{taken}");
    }

    #[test]
    fn other_forms_are_refused() {
        let whole =
            format!("{{\"action\":\"a\",\"hash\":\"{ZEROS}\",\"previous\":\"{ZEROS}\",\"seq\":1}}");
        assert!(scan(whole.as_bytes()).is_ok());
        for (from, to) in [
            (":1}", ": 1}"),
            (":1}", ":1.0}"),
            (":1}", ":1e0}"),
            (":1}", ":01}"),
            (":1}", ":-0}"),
            (":1}", ":1,}"),
            (":1}", ":1}\r"),
            (":1}", ":1}}"),
            (":1}", ":9007199254740992}"),
            (":1}", ":1"),
            (":1}", ":\"1\"}"),
            ("{\"action", "{ \"action"),
            ("\"a\"", "\"\\/\""),
            ("\"a\"", "\"\\u0041\""),
            ("\"a\"", "\"\\u000a\""),
            ("\"a\"", "\"\\u001F\""),
            ("\"a\"", "\"\\ud83d\""),
            ("\"a\"", "\"\u{1}\""),
            ("action", "z"),
            ("action", "Action"),
            ("\"seq\":1", "\"seq\":1,\"seq\":1"),
            ("\"seq\":1", "\"seq\":1,\"a\":1"),
            ("\"hash\"", "\"hasg\""),
        ] {
            let changed = whole.replacen(from, to, 1);
            assert_ne!(changed, whole, "{from} {to}");
            assert!(scan(changed.as_bytes()).is_err(), "{changed}");
        }
        for text in ["", "{", "{}", "[]", "null", "{\"a\"", "\"a\"", "{\"a\":{\"hash\":1}}"] {
            assert!(scan(text.as_bytes()).is_err(), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(scan(deep.as_bytes()).is_err());
    }
}

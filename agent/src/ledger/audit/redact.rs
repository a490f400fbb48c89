//! Secrets taken out of texts before they are written down.
//!
//! A log that cannot be changed must not hold a password: nobody could ever take it out again. What
//! looks like one is replaced by `[redacted:…]` with the first eight digits of its SHA-256, so that
//! two records about the same token can be seen to be that. Too much is taken rather than too
//! little; a variable (`$TOKEN`) is no secret and stays. It is a net and not a proof: a secret that
//! looks like a word goes through.

use super::hash::sha256_hex;
use crate::checkpoint::secrets;
use std::ops::Range;

/// How many bytes of a text are looked at. Some of the looks go far ahead, and nobody reads more.
pub const LOOKED_AT: usize = 16 << 10;

/// How many of them are not shown when there are more: a secret that begins there may be cut, and
/// not be known for one.
const MARGIN: usize = 512;

/// A text without what looked like a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// What is left.
    pub text: String,
    /// How many secrets were taken out.
    pub count: u64,
    /// Whether it is only the beginning.
    pub cut: bool,
}

/// A known form of token: how it begins, how long it goes on at least, and whether with dots.
struct Token(&'static [u8], usize, bool);

const TOKENS: [Token; 28] = [
    Token(b"ghp_", 16, false),
    Token(b"gho_", 16, false),
    Token(b"ghu_", 16, false),
    Token(b"ghs_", 16, false),
    Token(b"ghr_", 16, false),
    Token(b"github_pat_", 16, false),
    Token(b"glpat-", 16, false),
    Token(b"xoxa-", 10, false),
    Token(b"xoxb-", 10, false),
    Token(b"xoxe-", 10, false),
    Token(b"xoxo-", 10, false),
    Token(b"xoxp-", 10, false),
    Token(b"xoxr-", 10, false),
    Token(b"xoxs-", 10, false),
    Token(b"xapp-", 10, false),
    Token(b"AKIA", 16, false),
    Token(b"ASIA", 16, false),
    Token(b"AIza", 30, false),
    Token(b"sk-", 16, false),
    Token(b"sk_live_", 16, false),
    Token(b"sk_test_", 16, false),
    Token(b"rk_live_", 16, false),
    Token(b"npm_", 30, false),
    Token(b"hf_", 30, false),
    Token(b"pypi-", 30, false),
    Token(b"SG.", 30, true),
    Token(b"ya29.", 20, true),
    Token(b"eyJ", 30, true),
];

/// How a secret may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// Whatever follows is one.
    Certain,
    /// What follows is one when it looks like it.
    Likely,
    /// A header: a scheme may come before it.
    Header,
    /// A user and, behind a colon, a password.
    User,
}

/// Names that end so say where something is or how much of it, not what it is.
const HARMLESS: [&str; 11] =
    ["file", "path", "dir", "name", "length", "policy", "url", "id", "size", "type", "stdin"];

/// Takes out what looks like a secret. Of a long text only the beginning is left.
pub fn redact(text: &str) -> Redacted {
    let cut = text.len() > LOOKED_AT;
    let bytes = &text.as_bytes()[..text.len().min(LOOKED_AT)];
    let shown = if cut { LOOKED_AT - MARGIN } else { bytes.len() };
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut count = 0;
    let mut kept = 0;
    let mut at = 0;
    while at < shown {
        match secret(bytes, at).filter(|found| !found.is_empty()) {
            Some(found) => {
                out.extend_from_slice(&bytes[kept..found.start]);
                out.extend_from_slice(mask(&bytes[found.clone()]).as_bytes());
                kept = found.end;
                at = found.end;
                count += 1;
            }
            None => at += 1,
        }
    }
    out.extend_from_slice(bytes.get(kept..shown).unwrap_or_default());
    if secrets::by_content(&out) {
        // The other net, which has larger holes elsewhere, still has something in it.
        return Redacted { text: mask(text.as_bytes()), count: count + 1, cut };
    }
    let mut text = String::from_utf8_lossy(&out).into_owned();
    if cut {
        text.push_str(" [cut]");
    }
    Redacted { text, count, cut }
}

fn mask(secret: &[u8]) -> String {
    let mut hash = sha256_hex(secret);
    hash.truncate(8);
    format!("[redacted:{hash}]")
}

/// Where the secret is that is recognised by what begins here.
fn secret(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    match rest[0] {
        b'-' if rest.starts_with(b"-----BEGIN ") => block(bytes, at),
        b':' if rest.starts_with(b"://") => address(bytes, at + 3),
        _ if at > 0 && is_name(bytes[at - 1]) => None,
        first if is_name(first) => {
            token(bytes, at).or_else(|| bearer(bytes, at)).or_else(|| named(bytes, at))
        }
        _ => None,
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn is_quote(byte: u8) -> bool {
    byte == b'"' || byte == b'\''
}

/// Where a text is, at or after a place.
fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(what.len()).position(|window| window == what).map(|at| from + at)
}

/// The first place, at or after `from`, whose byte is none of these; the end when all are.
fn skip(bytes: &[u8], from: usize, are: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|byte| !are(*byte)).map_or(bytes.len(), |at| from + at)
}

/// A private key in its armour, to the end of that, or of the text.
fn block(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let begin = at + b"-----BEGIN ".len();
    let title = find(bytes, begin, b"-----").filter(|end| end - begin <= 60)?;
    find(&bytes[..title], begin, b"PRIVATE KEY")?;
    let end = find(bytes, title, b"-----END ")
        .and_then(|end| find(bytes, end + b"-----END ".len(), b"-----"))
        .map_or(bytes.len(), |end| end + 5);
    Some(at..end)
}

/// The password, or the token without a user, of an address.
fn address(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let outside = |byte: u8| byte.is_ascii_whitespace() || is_quote(byte) || b"`<>".contains(&byte);
    let whole = skip(bytes, from, |byte| !outside(byte));
    let host = skip(bytes, from, |byte| !outside(byte) && !b"/?#".contains(&byte));
    let at_sign = |end: usize| bytes[from..end].iter().rposition(|byte| *byte == b'@');
    let colon = bytes[from..host].iter().position(|byte| *byte == b':');
    let is_port = |colon: usize| bytes[from + colon + 1..host].iter().all(u8::is_ascii_digit);
    let end = match at_sign(host) {
        Some(at) => from + at,
        // A slash in a password that somebody forgot to write as %2F.
        None if colon.is_some_and(|colon| !is_port(colon)) => from + at_sign(whole)?,
        None => return None,
    };
    credentials(bytes, from..end)
}

/// The password of `user:password`; all of it when the user is a token.
fn credentials(bytes: &[u8], all: Range<usize>) -> Option<Range<usize>> {
    let colon = bytes[all.clone()].iter().position(|byte| *byte == b':');
    let name = all.start..colon.map_or(all.end, |colon| all.start + colon);
    if is_mask(&bytes[all.clone()]) {
        return None;
    }
    if looks_random(&bytes[name.clone()]) || token(bytes, name.start).is_some() {
        return Some(all);
    }
    let password = name.end + 1..all.end;
    let value = bytes.get(password.clone())?;
    (!value.is_empty() && !is_variable(value) && !is_mask(value)).then_some(password)
}

/// A token that is known by its beginning.
fn token(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &bytes[at..];
    let Token(begin, least, dots) = TOKENS.iter().find(|token| rest.starts_with(token.0))?;
    let from = at + begin.len();
    let end = skip(bytes, from, |byte| is_name(byte) || *dots && byte == b'.');
    let body = &bytes[from..end];
    let has = |wanted: fn(&u8) -> bool| body.iter().any(wanted);
    let fits = match *begin {
        b"sk-" => has(u8::is_ascii_digit),
        b"eyJ" => body.contains(&b'.'),
        _ => true,
    };
    (body.len() >= *least && fits).then_some(at..end)
}

/// What comes after the word `Bearer`.
fn bearer(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let word = bytes.get(at..at + 6)?;
    let from = skip(bytes, at + 6, is_space);
    if !word.eq_ignore_ascii_case(b"bearer") || from == at + 6 {
        return None;
    }
    let end = skip(bytes, from, |byte| is_name(byte) || b".~+/=".contains(&byte));
    let value = &bytes[from..end];
    let random = value.len() >= 8 && value.iter().any(u8::is_ascii_digit) || value.len() >= 20;
    random.then_some(from..end)
}

/// The value of what is called like a secret: `NAME=value`, `"name": "value"`, `--name value`.
fn named(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let mut next = skip(bytes, at, is_name);
    let called = &bytes[at..next];
    let kind = kind_of(called)?;
    // The quote behind a name, as in JSON, which may be escaped.
    let escaped = usize::from(bytes.get(next) == Some(&b'\\'));
    let quoted = bytes.get(next + escaped).is_some_and(|byte| is_quote(*byte));
    if quoted {
        next += escaped + 1;
    }
    let behind = skip(bytes, next, is_space);
    let is_sign = |byte: u8| byte == b'=' || byte == b':';
    // A path in a program.
    if bytes[behind..].starts_with(b"::") {
        return None;
    }
    next = match bytes.get(behind) {
        Some(sign) if is_sign(*sign) => {
            let value = skip(bytes, behind, |byte| is_sign(byte) || byte == b'>');
            skip(bytes, value, is_space)
        }
        Some(first) if called[0] == b'-' && behind > next && *first != b'-' => behind,
        _ => return None,
    };
    if kind == Name::Header {
        next = behind_scheme(bytes, next);
    }
    let (found, literal) = value(bytes, next);
    let value = &bytes[found.clone()];
    if value.is_empty() || is_mask(value) || !literal && is_variable(value) {
        return None;
    }
    match kind {
        Name::Certain | Name::Header => Some(found),
        Name::Likely => looks_random(value).then_some(found),
        Name::User => {
            // `1000:1000` is a user and a group.
            let numbers = value.iter().all(|byte| byte.is_ascii_digit() || *byte == b':');
            if numbers { None } else { credentials(bytes, found) }
        }
    }
}

/// Behind `Basic ` and the like, when something follows it.
fn behind_scheme(bytes: &[u8], from: usize) -> usize {
    let quote = usize::from(bytes.get(from).is_some_and(|byte| is_quote(*byte)));
    let word = skip(bytes, from + quote, |byte| byte.is_ascii_alphabetic());
    let behind = skip(bytes, word, is_space);
    let short = word > from + quote && word - from <= 12;
    let follows = bytes.get(behind).is_some_and(u8::is_ascii_graphic);
    if short && behind > word && follows { behind } else { from }
}

/// The value that begins here, without its quotes, and whether a shell takes it as it is.
fn value(bytes: &[u8], from: usize) -> (Range<usize>, bool) {
    let first = bytes.get(from).copied().unwrap_or(b' ');
    if first == b'\\' && bytes.get(from + 1).is_some_and(|byte| is_quote(*byte)) {
        let end = find(bytes, from + 2, &bytes[from..from + 2]).unwrap_or(bytes.len());
        return (from + 2..end, false);
    }
    if is_quote(first) {
        let mut end = from + 1;
        while end < bytes.len() && bytes[end] != first {
            end += if bytes[end] == b'\\' && first == b'"' { 2 } else { 1 };
        }
        return (from + 1..end.min(bytes.len()), first == b'\'');
    }
    let ends = |byte: u8| byte.is_ascii_whitespace() || b"\"'`;&|<>".contains(&byte);
    let mut end = from;
    while end < bytes.len() && !ends(bytes[end]) {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
        // A quoted part in the middle of a word belongs to it.
        let quote = bytes.get(end).copied().filter(|byte| is_quote(*byte));
        let inside = bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric);
        if let Some(quote) = quote.filter(|_| inside)
            && let Some(close) = find(bytes, end + 1, &[quote])
        {
            end = close + 1;
        }
    }
    (from..end.min(bytes.len()), false)
}

fn is_mask(value: &[u8]) -> bool {
    value.starts_with(b"[redacted:")
}

fn is_variable(value: &[u8]) -> bool {
    matches!(value, [b'$', b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'{' | b'(', ..])
}

fn kind_of(name: &[u8]) -> Option<Name> {
    if matches!(name, b"-u" | b"--user" | b"--proxy-user") {
        return Some(Name::User);
    }
    let as_written = std::str::from_utf8(name).ok()?.trim_start_matches('-');
    let name = as_written.to_ascii_lowercase();
    if HARMLESS.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    let ends = |parts: &[&str]| parts.iter().any(|part| name.ends_with(part));
    let folder = as_written == "PWD" || as_written == "OLDPWD";
    if name.ends_with("authorization") {
        Some(Name::Header)
    } else if has(&["password", "passwd", "passphrase", "secret"])
        || name.ends_with("pwd") && !folder
        || ends(&["_pass", "-pass"])
        || name == "pass"
    {
        Some(Name::Certain)
    } else if has(&["token", "credential"]) || ends(&["key", "auth"]) {
        Some(Name::Likely)
    } else {
        None
    }
}

/// Whether a value is more likely made by a machine than by a person: letters and digits mixed, or
/// long and with hardly a letter twice.
fn looks_random(value: &[u8]) -> bool {
    if value.len() < 8 {
        return false;
    }
    let mut counts = [0_u32; 256];
    for byte in value {
        counts[usize::from(*byte)] += 1;
    }
    let length = value.len() as f64;
    let entropy: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum();
    let any = |is: fn(&u8) -> bool| value.iter().any(is);
    let mixed = any(u8::is_ascii_digit) && any(u8::is_ascii_alphabetic);
    let cases = any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase);
    let joined = value.iter().all(u8::is_ascii_alphabetic);
    mixed && entropy >= 2.5 || value.len() >= 16 && entropy >= 3.5 && (cases || joined)
}

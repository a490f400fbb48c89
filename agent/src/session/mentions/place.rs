//! A path and a line, around the ending of a source file's name.

use std::ops::Range;

/// Endings of the names of source files, and of what is beside them in a repository.
const ENDINGS: [&str; 87] = [
    "astro", "bash", "bzl", "c", "cc", "cjs", "clj", "cljs", "cpp", "cs", "cshtml", "css", "cts",
    "cu", "cxx", "d", "dart", "erb", "erl", "ex", "exs", "f90", "feature", "fs", "fsx", "go",
    "gradle", "graphql", "groovy", "h", "haml", "hh", "hpp", "hrl", "hs", "htm", "html", "hxx",
    "ipynb", "java", "jl", "js", "json", "jsx", "kt", "kts", "less", "lua", "m", "md", "mjs", "ml",
    "mli", "mm", "mts", "nim", "php", "phtml", "pl", "pm", "proto", "ps1", "py", "pyi", "pyx", "r",
    "rake", "rb", "rs", "sass", "sbt", "scala", "scss", "sh", "sol", "sql", "svelte", "swift",
    "tf", "toml", "ts", "tsx", "vb", "vue", "yaml", "yml", "zig",
];
/// Bytes of the longest of them.
const LONGEST: usize = 7;
/// Bytes that a path may have.
const MOST_PATH: usize = 1024;
/// Bytes of what a server of modules adds to a path.
const MOST_QUERY: usize = 200;
/// Digits that a line may have.
const MOST_DIGITS: usize = 7;

/// A path and a line in a text.
#[derive(Debug, PartialEq)]
pub struct Place {
    /// From the path to the line.
    pub range: Range<usize>,
    /// The path.
    pub path: Range<usize>,
    /// The ending of its name, lower case.
    pub ending: &'static str,
    /// The line.
    pub line: u32,
}

/// The place whose file's name has the dot of its ending at `dot`. What is before `floor` belongs
/// to another one.
pub fn around(text: &str, dot: usize, floor: usize) -> Option<Place> {
    let bytes = text.as_bytes();
    let (ending, path_end) = ending(bytes, dot)?;
    let after = behind_query(bytes, path_end);
    let number = line_after(bytes, after)?;
    let start = match number.quote.and_then(|quote| quoted_start(bytes, dot, floor, quote)) {
        Some(start) => start,
        None => path_start(bytes, dot, floor)?,
    };
    let start = behind_host(bytes, start, dot)?;
    let name = text.get(start..dot)?.rsplit(['/', '\\']).next()?;
    if !name.contains(|c: char| c.is_alphanumeric() || "_])".contains(c)) {
        return None;
    }
    let (range, path) = (start..number.end, start..path_end);
    Some(Place { range, path, ending, line: number.line })
}

/// The ending behind a dot, and where it ends.
fn ending(bytes: &[u8], dot: usize) -> Option<(&'static str, usize)> {
    let rest = &bytes[dot + 1..];
    let part_of_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
    let length = rest.iter().take(LONGEST + 1).take_while(|byte| part_of_word(**byte)).count();
    let written = &rest[..length];
    let mut endings = ENDINGS.into_iter();
    let ending = endings.find(|ending| ending.as_bytes().eq_ignore_ascii_case(written))?;
    Some((ending, dot + 1 + length))
}

/// Where a path ends with what a server of modules wrote behind it: `a.ts?t=17` in
/// `a.ts?t=17:12:5`.
fn behind_query(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'?') {
        return at;
    }
    let rest = bytes[at..].iter().take(MOST_QUERY);
    let query = rest.take_while(|byte| !matches!(**byte, b':' | b'(' | b')' | b'"' | b'\'' | b'<'));
    let end = at + query.take_while(|byte| !byte.is_ascii_whitespace()).count();
    if bytes.get(end) == Some(&b':') { end } else { at }
}

/// A line that is named behind a path.
struct Number {
    line: u32,
    end: usize,
    /// The quotation mark between the path and the line.
    quote: Option<u8>,
}

/// `:12`, `:line 12`, `(12)`, `(12,5)`, `#L12`, `", line 12`, ` on line 12`, ` line 12`.
fn line_after(bytes: &[u8], at: usize) -> Option<Number> {
    let rest = bytes.get(at..)?;
    let number = |skip: usize, quote: Option<u8>| {
        let (line, end) = digits(bytes, at + skip)?;
        Some(Number { line, end, quote })
    };
    if rest.starts_with(b":line ") {
        return number(6, None);
    }
    match *rest.first()? {
        b':' => number(1, None),
        b'#' if rest.get(1) == Some(&b'L') => number(2, None),
        b'(' => {
            let found = number(1, None)?;
            let inside = bytes[found.end..].iter();
            let inside = inside
                .take(24)
                .take_while(|byte| byte.is_ascii_digit() || **byte == b',' || **byte == b' ');
            let close = found.end + inside.count();
            (bytes.get(close) == Some(&b')')).then_some(Number { end: close + 1, ..found })
        }
        quote @ (b'"' | b'\'') if rest[1..].starts_with(b", line ") => number(8, Some(quote)),
        b',' if rest.starts_with(b", line ") => number(7, None),
        b' ' if rest.starts_with(b" on line ") => number(9, None),
        b' ' if rest.starts_with(b" line ") => number(6, None),
        _ => None,
    }
}

/// A number that is no part of a word, and where it ends.
fn digits(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let rest = bytes.get(at..)?;
    let length = rest.iter().take(MOST_DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    let next = rest.get(length).copied().unwrap_or(b' ');
    if length > MOST_DIGITS || next.is_ascii_alphanumeric() || next == b'_' {
        return None;
    }
    let line: u32 = std::str::from_utf8(&rest[..length]).ok()?.parse().ok()?;
    (line > 0).then_some((line, at + length))
}

/// Where a path begins that stands in quotation marks, with whatever it has in it.
fn quoted_start(bytes: &[u8], dot: usize, floor: usize, quote: u8) -> Option<usize> {
    let low = floor.max(dot.saturating_sub(MOST_PATH));
    let before = bytes[low..dot].iter().rposition(|byte| *byte == quote || *byte == b'\n')?;
    (bytes[low + before] == quote).then_some(low + before + 1)
}

/// Where the path begins whose last dot is at `dot`: behind what no path has, or rather not here.
fn path_start(bytes: &[u8], dot: usize, floor: usize) -> Option<usize> {
    let low = floor.max(dot.saturating_sub(MOST_PATH));
    let mut at = dot;
    // Brackets that belong to the path are opened in it as well; a closing one that is not ends it.
    let mut open_before = Vec::new();
    while at > low {
        match bytes[at - 1] {
            b')' | b']' => open_before.push(at),
            b'(' | b'[' if open_before.pop().is_none() => {
                return Some(at);
            }
            b':' => {
                let drive = at >= low + 2
                    && bytes[at - 2].is_ascii_alphabetic()
                    && matches!(bytes[at], b'/' | b'\\')
                    && (at == low + 2 || !bytes[at - 3].is_ascii_alphanumeric());
                let start = if drive { at - 2 } else { at };
                return Some(open_before.first().copied().unwrap_or(start));
            }
            // Of a scope of packages; elsewhere something else is at the place.
            b'@' if at >= low + 2 && matches!(bytes[at - 2], b'/' | b'\\') => {}
            // Of a version of a module of Go; Firefox has a host or a scheme behind it.
            b'@' if bytes[at] == b'v' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => {}
            byte if byte.is_ascii_whitespace() || b"\"'`<>{}|,;=*!?&^@".contains(&byte) => {
                return Some(open_before.first().copied().unwrap_or(at));
            }
            _ => {}
        }
        at -= 1;
    }
    // It is longer than paths are.
    if low > floor && low > 0 {
        return None;
    }
    Some(open_before.first().copied().unwrap_or(at))
}

/// Where a path begins behind the host and the port that stand before it; none where there is but a
/// host. A path that was found begins behind a colon then: `//host/a.js`, `3000/a.js`.
fn behind_host(bytes: &[u8], start: usize, dot: usize) -> Option<usize> {
    let (before, path) = (&bytes[..start], &bytes[start..dot]);
    let slash = |from: usize| path[from..].iter().position(|byte| *byte == b'/');
    if before.ends_with(b"http:") || before.ends_with(b"https:") {
        if !path.starts_with(b"//") {
            return Some(start);
        }
        return slash(2).map(|at| start + 2 + at);
    }
    if before.ends_with(b":")
        && let Some(at) = slash(0)
        && at > 0
        && path[..at].iter().all(u8::is_ascii_digit)
    {
        return Some(start + at);
    }
    Some(start)
}

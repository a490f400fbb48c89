//! Scanning manifests that are programs: string literals and keyword arguments.

/// The contents of the string literals in a text, in order.
pub fn strings(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let quote = &rest[start..=start];
        let inner = &rest[start + 1..];
        let Some(end) = inner.find(quote) else { break };
        out.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    out
}

/// The text after `name =` where it stands as a keyword argument or assignment.
pub fn argument<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = text[from..].find(name) {
        let start = from + found;
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].trim_start();
        let whole = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '.'));
        if let Some(value) = after.strip_prefix('=').filter(|rest| !rest.starts_with('='))
            && whole
        {
            return Some(value.trim_start());
        }
        from = start + name.len();
    }
    None
}

/// The part of a text up to the bracket that closes the one it begins with; the first string
/// literal when it begins with none.
pub fn bracketed(text: &str) -> &str {
    let mut depth = 0usize;
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'[' | b'(' | b'{') => depth += 1,
            (None, b']' | b')' | b'}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return &text[..at];
                }
            }
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b',' | b'\n') if depth == 0 => return &text[..at],
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
    }
    text
}

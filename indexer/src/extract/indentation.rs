//! How deep blocks are nested by indentation.
//!
//! Grammars of languages with significant white space keep a stack of open blocks in their
//! scanner, and store it in a buffer of 1,024 bytes whose end some of them overstep. Text that is
//! nested deeper than the buffer holds must not reach them, so it is measured first. No hand-written
//! file comes near the limits (CPython itself refuses 100 levels).

/// Deepest nesting that the scanner of YAML can store, two entries a column.
pub const YAML: usize = 120;
/// Deepest nesting that the scanner of Python can store beside the quotes of nested f-strings.
pub const PYTHON: usize = 350;

/// Whether blocks are nested deeper than `limit`. With `indicators`, the `- `, `? ` and `: ` in
/// front of a line's text open blocks too.
pub fn deeper_than(text: &str, limit: usize, indicators: bool) -> bool {
    let mut open: Vec<usize> = Vec::new();
    for line in text.lines() {
        let bytes = line.as_bytes();
        let mut column = blanks(bytes, 0);
        if column == bytes.len() {
            continue;
        }
        while open.last().is_some_and(|last| *last >= column) {
            open.pop();
        }
        open.push(column);
        while indicators
            && matches!(bytes.get(column), Some(b'-' | b'?' | b':'))
            && matches!(bytes.get(column + 1), Some(b' ' | b'\t'))
        {
            column = blanks(bytes, column + 1);
            open.push(column);
        }
        if open.len() > limit {
            return true;
        }
    }
    false
}

/// The first byte that is no blank.
fn blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or(&[]);
    let count = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
    from + count.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::deeper_than;

    #[test]
    fn columns_and_indicators_count() {
        assert!(!deeper_than("a:\n  b:\n    c\nd:\n  e", 3, true));
        assert!(deeper_than("a:\n  b:\n    c\nd:\n  e", 2, true));
        assert!(deeper_than("- - - a", 3, true));
        assert!(!deeper_than("- - - a", 3, false));
        assert!(!deeper_than("- a\n- b\n- c\n\n- d", 2, true));
    }
}

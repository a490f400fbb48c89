//! Documentation comments without their marks.

/// Removes comment marks (`///`, `//!`, `//`, `/** … */`, `#`, `--`, leading `*`) from one comment
/// or from several joined by newlines, and trims each line.
pub fn strip_comment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut line = line.trim();
        for mark in ["/**", "/*!", "/*", "///", "//!", "//", "##", "#'", "#", "--"] {
            if let Some(rest) = line.strip_prefix(mark) {
                line = rest;
                break;
            }
        }
        line = line.strip_suffix("*/").unwrap_or(line).trim();
        if let Some(rest) = line.strip_prefix('*') {
            line = rest.trim();
        }
        if !line.is_empty() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
        }
    }
    out
}

/// Removes the quotes of a Python or Elixir docstring and the common indentation.
pub fn strip_docstring(text: &str) -> String {
    let text = text.trim_start_matches(['r', 'R', 'u', 'U', 'b', 'B', 'f', 'F']);
    let text = text.trim_matches(['"', '\'']);
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim();
        if !line.is_empty() {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{strip_comment, strip_docstring};

    #[test]
    fn marks_are_removed() {
        assert_eq!(strip_comment("/** Adds.\n * @param a first\n */"), "Adds.\n@param a first");
        assert_eq!(strip_comment("/// One\n/// two"), "One\ntwo");
        assert_eq!(strip_comment("# note"), "note");
    }

    #[test]
    fn docstrings_lose_quotes_and_indentation() {
        assert_eq!(strip_docstring("\"\"\"Adds.\n\n    More.\n    \"\"\""), "Adds.\nMore.");
    }
}

//! How many levels the text of a query has.
//!
//! The parser and the evaluator call themselves for each group, bracket and operator, and know no end of
//! it: on a text of some ten thousand levels they overflow the stack. So a text is looked through before
//! they see it. No query that a person or a plan writes comes near these numbers.

/// Most brackets inside each other.
const DEEPEST: usize = 100;
/// Most groups in braces: each `OPTIONAL` is a level, and so is each `UNION`.
const MOST_GROUPS: usize = 500;
/// Most operators: those of a chain are a level each.
const MOST_OPERATORS: usize = 2_000;

/// What a text has too much of; `None` when it may be read.
pub fn too_many(text: &str) -> Option<String> {
    let (mut depth, mut groups, mut operators) = (0_usize, 0_usize, 0_usize);
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let token = match letter {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' | '\'' => quoted(rest),
            '<' => iri(rest),
            _ => letter.len_utf8(),
        };
        rest = &rest[token..];
        match letter {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            '!' | '+' | '-' | '*' | '/' | '^' | '|' | '&' => operators += 1,
            _ => {}
        }
        groups += usize::from(letter == '{');
        if depth > DEEPEST {
            return Some(format!("more than {DEEPEST} brackets inside each other"));
        } else if groups > MOST_GROUPS {
            return Some(format!("more than {MOST_GROUPS} groups"));
        } else if operators > MOST_OPERATORS {
            return Some(format!("more than {MOST_OPERATORS} operators"));
        }
    }
    None
}

/// Bytes of the text in quotes that `rest` begins with.
fn quoted(rest: &str) -> usize {
    let quote = &rest[..1];
    let three = quote.repeat(3);
    let end = if rest.starts_with(&three) { three.as_str() } else { quote };
    let mut at = end.len();
    while let Some(letter) = rest[at..].chars().next() {
        if rest[at..].starts_with(end) {
            return at + end.len();
        }
        at += letter.len_utf8();
        if letter == '\\' {
            at += rest[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    at
}

/// Bytes of the IRI that `rest` begins with; 1 when it is another use of the mark.
fn iri(rest: &str) -> usize {
    let is_end = |c: char| c <= ' ' || "<>\"{}|^`\\".contains(c);
    match rest[1..].find(is_end).map(|at| at + 1) {
        Some(at) if rest[at..].starts_with('>') => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::too_many;

    #[test]
    fn levels_are_counted_outside_of_texts_names_and_comments() {
        let many = "{(!".repeat(5_000);
        for kept in [
            format!("ASK {{ ?a ?b \"{many}\\\"{many}\" }}"),
            format!("ASK {{ ?a ?b '''{many}'\n{many}''' }}"),
            format!("ASK {{ }} # {many}"),
            format!("ASK {{ ?a <urn:{}> ?b }}", "(!".repeat(5_000)),
            format!("ASK {{ VALUES ?a {{ {} }} }}", "<urn:a/b> ".repeat(50_000)),
            format!("ASK {{ VALUES (?a ?b) {{ {} }} }}", "(1 2)".repeat(50_000)),
        ] {
            assert_eq!(too_many(&kept), None, "{}", &kept[..40]);
        }
        for refused in ["{", "(", "[", "{}", "!", "1+", "?a < ?b && ", "'a", "{ #\n"] {
            let text = refused.repeat(6_000);
            let unended = refused == "'a";
            assert_eq!(too_many(&text).is_some(), !unended, "{refused}");
        }
    }
}

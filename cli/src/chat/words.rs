//! The words of a line, as a shell takes them: quotes, and backslashes.
//!
//! Nothing else of a shell is here, and in particular no comments: `#` begins the name of a private
//! member in some languages.

/// A quote that is never closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quote is not closed: {0}")]
pub struct Unclosed(char);

/// Splits a line into words.
pub fn split(text: &str) -> Result<Vec<String>, Unclosed> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                // Quotes with nothing in them are a word too.
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                // In double quotes it only stands before what means something there.
                let escapes = |next: &char| quote.is_none() || "\"\\$`".contains(*next);
                let next = chars.next_if(escapes).unwrap_or('\\');
                word.get_or_insert_default().push(next);
            }
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        return Err(Unclosed(open));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{Unclosed, split};

    #[track_caller]
    fn check(text: &str, words: &[&str]) {
        assert_eq!(split(text).expect("every quote is closed"), words);
    }

    #[test]
    fn words_are_split_as_in_a_shell() {
        check("", &[]);
        check("  a  b\tc ", &["a", "b", "c"]);
        check(r#"a "b c" d"#, &["a", "b c", "d"]);
        check("a'b c'd", &["ab cd"]);
        check(r#""" ''"#, &["", ""]);
        check(r"a\ b \\ \'", &["a b", "\\", "'"]);
        check(r#""a\"b" "c\d" '\e'"#, &["a\"b", "c\\d", "\\e"]);
        check("a \\", &["a", "\\"]);
        check("#balance --symbol 'Ünï x'", &["#balance", "--symbol", "Ünï x"]);
    }

    #[test]
    fn a_quote_that_is_open_is_named() {
        assert_eq!(split("it's"), Err(Unclosed('\'')));
        assert_eq!(split("a \"b"), Err(Unclosed('"')));
        assert_eq!(split("\"a\\\""), Err(Unclosed('"')));
    }
}

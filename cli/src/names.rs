//! From what a person typed to symbols, for commands that look at the graph itself: a qualified
//! name or the end of one, or a place.

use crate::context;
use crate::error::CommandError;
use qf_graph::{Snapshot, SymbolId};

/// The symbols that `text` may mean, never none.
pub fn symbols(snapshot: &Snapshot, text: &str) -> Result<Vec<SymbolId>, CommandError> {
    if let Some((path, line)) = text.rsplit_once(':')
        && let Ok(line) = line.parse::<u32>()
    {
        let file = context::file(snapshot, path)?;
        return snapshot
            .symbol_at(file, line)
            .map(|symbol| vec![symbol])
            .ok_or_else(|| CommandError::input(format!("nothing is defined at {text}")));
    }
    let normal = text.trim_end_matches("()").replace("::", ".").replace('#', ".");
    let normal = normal.replace("..", ".").trim_start_matches('.').to_owned();
    let last = normal.rsplit('.').next().unwrap_or(&normal);
    let fits = |symbol: &SymbolId| {
        let qualified = snapshot.qualified_name(*symbol).replace('#', "");
        let head = qualified
            .len()
            .checked_sub(normal.len())
            .filter(|at| qualified.is_char_boundary(*at))
            .filter(|at| qualified[*at..].eq_ignore_ascii_case(&normal))
            .map(|at| qualified[..at].to_owned());
        head.is_some_and(|head| head.is_empty() || head.ends_with('.'))
    };
    let named =
        |name: &str| -> Vec<SymbolId> { snapshot.named(name).into_iter().filter(fits).collect() };
    let mut found = named(last);
    if found.is_empty() {
        found = named(&format!("#{last}"));
    }
    if found.is_empty() {
        return Err(CommandError::input(format!("nothing is named `{text}`"))
            .hint(format!("`qf where {last}` shows what is near it")));
    }
    Ok(found)
}

/// `repository/path:line`.
pub fn place(snapshot: &Snapshot, symbol: SymbolId) -> String {
    let (_, line, _) = snapshot.lines(symbol);
    format!("{}:{line}", snapshot.display_path(snapshot.file(symbol)))
}

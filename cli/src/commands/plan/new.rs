//! `qf plan new`: a plan that the graph has begun.

use super::affected::{Affected, Tree, label};
use super::report;
use super::skeleton::{self, Header};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::names;
use clap::Args;
use qf_agent::plan::store::Plans;
use qf_graph::facts::SymbolKind;
use qf_graph::{Snapshot, SymbolId};
use qf_indexer::revision;
use qf_query::Options;
use std::path::{Path, PathBuf};

/// Arguments of `qf plan new`.
#[derive(Debug, Args)]
pub struct NewArguments {
    /// What is to be reached, in one sentence; names of code in it are looked up
    #[arg(required = true, value_name = "GOAL")]
    goal: Vec<String>,
    /// A folder of the work tree that changes
    #[arg(long = "in", value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// A definition that changes: a name (`apply`, `Ledger.apply`) or a place
    /// (`repository/path:line`); several may be given
    #[arg(long = "symbol", value_name = "NAME")]
    symbols: Vec<String>,
    /// The name of the plan [default: made of the goal]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// How tests are run, `{tests}` standing for which [default: by what is in the work tree]
    #[arg(long, value_name = "LINE")]
    test: Option<String>,
    /// Print the plan, and keep nothing
    #[arg(long)]
    print: bool,
}

/// More definitions than this are not what one name means.
const MOST_MEANT: usize = 12;
/// So many definitions that fit the words of a goal are taken for what it means.
const MOST_GUESSED: usize = 3;
/// Longest name that is made of a goal.
const LONGEST_ID: usize = 40;

/// Runs it.
pub fn run(
    context: &mut Context,
    plans: &Plans,
    arguments: &NewArguments,
) -> Result<Outcome, CommandError> {
    let goal = arguments.goal.join(" ").replace(char::is_control, " ");
    let goal = goal.split_whitespace().collect::<Vec<_>>().join(" ");
    if goal.is_empty() {
        return Err(CommandError::input("a plan needs a goal"));
    }
    if arguments.test.as_ref().is_some_and(|line| !line.contains("{tests}")) {
        return Err(CommandError::input("the line of `--test` has no `{tests}` in it")
            .hint("the tests that a change may break stand in its place"));
    }
    let root = root(&arguments.folder)?;
    let snapshot = context.asking()?;
    let tree = Tree::new(&snapshot, root);
    if tree.names().is_empty() {
        let root = tree.root.display();
        return Err(CommandError::input(format!("{root} is not indexed"))
            .hint(format!("`qf index {root}` reads it into the graph")));
    }
    let (symbols, guessed) = if arguments.symbols.is_empty() {
        meant(context, &tree, &goal)?
    } else {
        (named(&tree, &arguments.symbols)?, false)
    };
    let id = match &arguments.id {
        Some(id) => id.clone(),
        None => free(plans, &slug(&goal)),
    };
    let base = revision::resolve(&tree.root, "HEAD").ok();
    let test = arguments.test.clone().or_else(|| {
        let language =
            symbols.first().map_or("", |symbol| snapshot.language(snapshot.file(*symbol)));
        test_line(&tree.root, language).map(str::to_owned)
    });
    let affected: Vec<Affected> =
        symbols.iter().map(|symbol| Affected::new(&tree, *symbol)).collect();
    let header =
        Header { id: &id, goal: &goal, base: base.as_deref(), test: test.as_deref(), guessed };
    let (text, blanks) = skeleton::write(&tree, &header, &affected)?;
    if let Some(problem) = snapshot.take_search_problem() {
        context.messages.warning(problem);
    }
    for path in changed(&tree, &affected) {
        context.messages.warning(format_args!(
            "{path} has changed since it was indexed; `qf index` and a new plan know its lines"
        ));
    }
    if guessed {
        let names: Vec<&str> = symbols.iter().map(|symbol| label(&snapshot, *symbol)).collect();
        context.messages.hint(format_args!(
            "the goal names no definition; {} fit its words, `--symbol NAME` says which are meant",
            names.join(", ")
        ));
    }
    if arguments.print {
        context.out.bytes(text.as_bytes())?;
        return Ok(Outcome::Done);
    }
    plans.create(&id, &text)?;
    report::created(context, &id, &plans.path(&id), blanks)
}

/// The root of the git work tree that a folder is in.
fn root(folder: &Path) -> Result<PathBuf, CommandError> {
    let absolute = folder
        .canonicalize()
        .map_err(|error| CommandError::input(format!("{}: {error}", folder.display())))?;
    let root = absolute.ancestors().find(|above| above.join(".git").exists());
    root.map(Path::to_path_buf).ok_or_else(|| {
        CommandError::input(format!("{} is in no git work tree", folder.display()))
            .hint("give a folder of one with `--in DIR`")
    })
}

/// What a name may mean in the tree: no tests where there is anything else, a type without its
/// constructors.
fn here(tree: &Tree<'_>, mut symbols: Vec<SymbolId>) -> Vec<SymbolId> {
    let snapshot = tree.snapshot;
    symbols.retain(|symbol| tree.has(*symbol));
    if symbols.iter().any(|symbol| !snapshot.is_test(*symbol)) {
        symbols.retain(|symbol| !snapshot.is_test(*symbol));
    }
    let all = symbols.clone();
    symbols.retain(|symbol| {
        snapshot.kind(*symbol) != SymbolKind::Constructor
            || snapshot.parent(*symbol).is_none_or(|parent| !all.contains(&parent))
    });
    symbols
}

/// The definitions that were named.
fn named(tree: &Tree<'_>, wanted: &[String]) -> Result<Vec<SymbolId>, CommandError> {
    let snapshot = tree.snapshot;
    let places = |symbols: &[SymbolId]| {
        let shown: Vec<String> =
            symbols.iter().take(5).map(|symbol| names::place(snapshot, *symbol)).collect();
        shown.join(", ")
    };
    let mut found: Vec<SymbolId> = Vec::new();
    for name in wanted {
        let all = names::symbols(snapshot, name)?;
        let own = here(tree, all.clone());
        if own.is_empty() {
            let root = tree.root.display();
            return Err(CommandError::input(format!("`{name}` is not defined in {root}"))
                .hint(format!("it is at {}; `--in DIR` names another work tree", places(&all))));
        }
        if own.len() > MOST_MEANT {
            return Err(CommandError::input(format!("`{name}` may be {} definitions", own.len()))
                .hint(format!("give more of the name, or a place: {}", places(&own))));
        }
        for symbol in own {
            if !found.contains(&symbol) {
                found.push(symbol);
            }
        }
    }
    Ok(found)
}

/// The definitions that a goal means: those that it names, else what fits its words, which the
/// second says.
fn meant(
    context: &Context,
    tree: &Tree<'_>,
    goal: &str,
) -> Result<(Vec<SymbolId>, bool), CommandError> {
    let snapshot = tree.snapshot;
    let mut found: Vec<SymbolId> = Vec::new();
    for name in code_words(goal) {
        // A goal may also name what is not there yet.
        let Ok(all) = names::symbols(snapshot, &name) else { continue };
        let mut own = here(tree, all);
        own.retain(|symbol| is_code(snapshot, *symbol) && !found.contains(symbol));
        if own.len() > MOST_MEANT {
            context.messages.warning(format_args!(
                "`{name}` may be {} definitions and is passed over; `--symbol NAME` says which",
                own.len()
            ));
            continue;
        }
        found.extend(own);
    }
    if !found.is_empty() {
        return Ok((found, false));
    }
    let repo = match tree.names().as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    };
    let options = Options { repo, ..Options::default() };
    let answer = qf_query::ask(snapshot, goal, &options);
    for item in &answer.items {
        let file = snapshot
            .repository_named(&item.repo)
            .and_then(|repository| snapshot.file_named(repository, &item.file));
        let Some(file) = file else { continue };
        let symbol = snapshot.symbols_of_file(file).find(|symbol| {
            snapshot.lines(*symbol).1 == item.line
                && label(snapshot, *symbol) == item.qualified_name
        });
        let Some(symbol) = symbol else { continue };
        let fits = tree.has(symbol) && is_code(snapshot, symbol) && !snapshot.is_test(symbol);
        if fits && !found.contains(&symbol) {
            found.push(symbol);
        }
        if found.len() >= MOST_GUESSED {
            break;
        }
    }
    if found.is_empty() {
        let root = tree.root.display();
        return Err(CommandError::input(format!("the goal names nothing that is in {root}"))
            .hint("say what changes with `--symbol NAME`"));
    }
    Ok((found, true))
}

/// Whether a definition is one of code, and no file, heading or setting.
fn is_code(snapshot: &Snapshot, symbol: SymbolId) -> bool {
    !matches!(
        snapshot.kind(symbol),
        SymbolKind::Module | SymbolKind::Namespace | SymbolKind::Section | SymbolKind::Setting
    )
}

/// The words of a goal that are written as names of code are: what stands in backticks, else what
/// has a dot, an underscore or a capital letter inside.
fn code_words(goal: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |word: &str| {
        let word = word.trim_end_matches("()");
        if !word.is_empty() && !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    };
    // Every second part is quoted, but for one that is never closed.
    let parts: Vec<&str> = goal.split('`').collect();
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 1 && at + 1 < parts.len() {
            add(part.trim());
            continue;
        }
        for word in part.split_whitespace() {
            let word = word.trim_end_matches("'s");
            let edge = |letter: char| !(letter.is_alphanumeric() || letter == '_');
            let word = word.trim_matches(edge);
            if is_written_as_code(word) {
                add(word);
            }
        }
    }
    words
}

/// `Account.balance`, `ledger::apply`, `apply_all`, `applyAll`, `LedgerEntry`, `bank/ledger.py:30`.
fn is_written_as_code(word: &str) -> bool {
    if let Some((path, line)) = word.rsplit_once(':')
        && line.parse::<u32>().is_ok()
    {
        return !path.is_empty() && !path.ends_with(':');
    }
    let name = |part: &str| {
        part.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
            && part.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    let normal = word.replace("::", ".").replace('#', ".");
    // `e.g` and `i.e` are no names.
    if !normal.split('.').all(name) || normal.split('.').all(|part| part.len() == 1) {
        return false;
    }
    let joined = normal.contains('.') || normal.trim_matches('_').contains('_');
    let hump = normal
        .chars()
        .zip(normal.chars().skip(1))
        .any(|(before, after)| before.is_lowercase() && after.is_uppercase());
    joined || hump
}

/// A name for a plan, of the words of its goal.
fn slug(goal: &str) -> String {
    let mut slug = String::new();
    for letter in goal.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if letter != '\'' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    if slug.len() > LONGEST_ID {
        // A word that does not fit is left out, unless it is the only one.
        let whole = slug[..=LONGEST_ID].rfind('-').unwrap_or(LONGEST_ID);
        slug.truncate(whole);
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "plan".to_owned() } else { slug.to_owned() }
}

/// The name, or the first of `NAME-2`, `NAME-3`, … that no plan has.
fn free(plans: &Plans, slug: &str) -> String {
    let taken = |id: &str| plans.path(id).exists();
    if !taken(slug) {
        return slug.to_owned();
    }
    let mut number = 2_u32;
    loop {
        let id = format!("{slug}-{number}");
        if !taken(&id) {
            return id;
        }
        number += 1;
    }
}

/// How the tests of a tree are run: by the language that changes, else by what is there.
fn test_line(root: &Path, language: &str) -> Option<&'static str> {
    const RUNNERS: &[(&[&str], &[&str], &str)] = &[
        (
            &["python"],
            &["pyproject.toml", "setup.py", "setup.cfg", "pytest.ini", "tox.ini"],
            "python -m pytest -q {tests}",
        ),
        (&["rust"], &["Cargo.toml"], "cargo test {tests}"),
        (&["go"], &["go.mod"], "go test {tests}"),
        (&["javascript", "typescript", "vue", "svelte"], &["package.json"], "npx jest {tests}"),
    ];
    let there = |files: &[&str]| files.iter().any(|file| root.join(file).is_file());
    let own =
        RUNNERS.iter().find(|(languages, files, _)| languages.contains(&language) && there(files));
    let any = || RUNNERS.iter().find(|(_, files, _)| there(files));
    own.or_else(any).map(|(_, _, line)| *line)
}

/// The files of definitions and their uses whose text on disk is not what the plan was written from.
fn changed(tree: &Tree<'_>, affected: &[Affected]) -> Vec<String> {
    let snapshot = tree.snapshot;
    let mut files: Vec<_> = affected
        .iter()
        .flat_map(|one| {
            let uses = one.uses.iter().map(|place| place.file);
            std::iter::once(snapshot.file(one.symbol)).chain(uses)
        })
        .collect();
    files.sort_unstable();
    files.dedup();
    files
        .into_iter()
        .filter_map(|file| Some((file, tree.path(file)?)))
        .filter(|(file, path)| {
            let text = std::fs::read(tree.root.join(path)).unwrap_or_default();
            // Texts are kept as UTF-8; what is not is not compared.
            std::str::from_utf8(&text).is_ok_and(|text| text != &*snapshot.text(*file))
        })
        .map(|(_, path)| path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{code_words, slug};

    #[test]
    fn names_of_plans() {
        assert_eq!(slug("Rename Account.balance to funds"), "rename-account-balance-to-funds");
        assert_eq!(slug("Don't  panic!"), "dont-panic");
        assert_eq!(slug("…"), "plan");
        let long = slug("Let every caller of the ledger say who it is and why");
        assert_eq!(long, "let-every-caller-of-the-ledger-say-who");
        assert_eq!(slug(&"x".repeat(60)), "x".repeat(40));
    }

    #[test]
    fn names_in_goals() {
        assert_eq!(code_words("Rename Account.balance to funds"), ["Account.balance"]);
        assert_eq!(code_words("Let `apply` refuse, as applyAll() does."), ["apply", "applyAll"]);
        assert_eq!(code_words("(see bank/ledger.py:30)"), ["bank/ledger.py:30"]);
        assert_eq!(code_words("Ledger::apply_all's errors"), ["Ledger::apply_all"]);
        assert!(code_words("Make it faster, e.g. by 2.5 times").is_empty());
    }
}

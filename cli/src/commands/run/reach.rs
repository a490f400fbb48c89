//! What a plan changes and what uses that, as the graph has it: whether two plans have to do with
//! each other.
//!
//! An `edit` changes the definition that its lines stand in, a file that is new, or, where its lines
//! are not found, all of its file; a patch or a codemod changes whole files. What uses a changed
//! definition directly, here or in another repository, is what may have to be followed. What a
//! script, a tool or an agent changes says the plan (`touches`); where it does not, nobody knows.

use super::super::plan::USES;
use super::inside::codemod;
use qf_agent::orchestrate::Reach;
use qf_agent::plan::{Action, Plan, Replacement};
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, FileId, Snapshot, SymbolId, Tier};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What a plan reaches.
pub fn of(snapshot: Option<&Snapshot>, plan: &Plan) -> Reach {
    let mut work = Work { snapshot, tree: &plan.header.tree, reach: Reach::default() };
    let mut scripts = false;
    for step in plan.phases.iter().flat_map(|phase| &phase.steps) {
        match &step.action {
            Action::Edit { path, replacements } => work.edit(path, replacements),
            Action::Patch { text } => {
                for path in patched(text) {
                    work.file(path);
                }
            }
            Action::Codemod { rules, paths } => match codemod(work.tree, paths, rules) {
                Ok(files) => files.iter().for_each(|file| work.file(&file.path)),
                Err(reason) => work.reach.unknown = Some(reason),
            },
            Action::Run(_) | Action::Agent { .. } => scripts = true,
            Action::Mcp(call) => scripts |= !call.readonly,
            Action::Verify(_) | Action::Ask { .. } | Action::Notify { .. } => {}
        }
    }
    let touches = &plan.header.touches;
    for path in touches {
        work.below(path);
    }
    if scripts && touches.is_empty() {
        let id = &plan.header.id;
        let why = format!("nobody knows what the scripts of {id} change (it has no `touches`)");
        work.reach.unknown = Some(why);
    }
    work.reach
}

/// The files that a patch names, as git writes them.
fn patched(text: &str) -> BTreeSet<&str> {
    let names = text.lines().filter_map(|line| {
        let name = line.strip_prefix("--- ").or_else(|| line.strip_prefix("+++ "))?;
        let name = name.split('\t').next()?.trim_end();
        let name = name.strip_prefix("a/").or_else(|| name.strip_prefix("b/")).unwrap_or(name);
        (name != "/dev/null").then_some(name)
    });
    names.collect()
}

struct Work<'a> {
    snapshot: Option<&'a Snapshot>,
    tree: &'a Path,
    reach: Reach,
}

impl Work<'_> {
    fn at(&self, path: &str) -> PathBuf {
        // As it will be written: without `.` on the way.
        self.tree.join(path).components().collect()
    }

    /// The file of the index at a place on the disk.
    fn indexed(&self, at: &Path) -> Option<FileId> {
        let snapshot = self.snapshot?;
        snapshot.repositories().find_map(|repository| {
            let below = at.strip_prefix(&snapshot.entry(repository).root).ok()?;
            snapshot.file_named(repository, below.to_str()?)
        })
    }

    fn edit(&mut self, path: &str, replacements: &[Replacement]) {
        let at = self.at(path);
        let places = self.snapshot.zip(self.indexed(&at)).and_then(|(snapshot, file)| {
            let text = snapshot.text(file);
            let lines = replacements.iter().map(|one| {
                let start = text.find(&one.before).filter(|_| !one.before.is_empty())?;
                let first = 1 + text[..start].matches('\n').count() as u32;
                let lines = one.before.trim_end_matches('\n').matches('\n').count() as u32;
                Some((first, first + lines))
            });
            let ranges: Option<Vec<(u32, u32)>> = lines.collect();
            // Before the first definition of a file stands what holds for all of it.
            let mut symbols = BTreeSet::new();
            for (first, last) in ranges? {
                for line in first..=last {
                    symbols.insert(snapshot.symbol_at(file, line)?);
                }
            }
            Some(symbols)
        });
        match places {
            Some(symbols) => symbols.into_iter().for_each(|symbol| self.symbol(symbol)),
            None => self.file(path),
        }
    }

    /// All of a file.
    fn file(&mut self, path: &str) {
        let at = self.at(path);
        self.reach.paths.insert(at.clone(), path.to_owned());
        let Some((snapshot, file)) = self.snapshot.zip(self.indexed(&at)) else { return };
        for symbol in snapshot.symbols_of_file(file) {
            self.symbol(symbol);
        }
    }

    /// What is at a path or below it, or fits it.
    fn below(&mut self, path: &str) {
        let sure = path.split(['*', '?', '[', '{']).next().unwrap_or_default();
        let plain: PathBuf = self.at(sure);
        // A glob counts as the folder that it begins with.
        let is_whole = sure.len() == path.len() || sure.is_empty() || sure.ends_with('/');
        let folder = if is_whole { None } else { plain.parent() };
        let folder = folder.unwrap_or(&plain).to_owned();
        self.reach.paths.insert(folder, path.to_owned());
        let Some(snapshot) = self.snapshot else { return };
        let prefix = plain.display().to_string();
        for file in snapshot.files() {
            let root = Path::new(&snapshot.entry(snapshot.file_repository(file)).root);
            let at = root.join(snapshot.path(file));
            if at.starts_with(&plain) || at.display().to_string().starts_with(&prefix) {
                self.reach.paths.insert(at, path.to_owned());
                for symbol in snapshot.symbols_of_file(file) {
                    self.symbol(symbol);
                }
            }
        }
    }

    /// A definition that changes, and what uses it.
    fn symbol(&mut self, symbol: SymbolId) {
        let Some(snapshot) = self.snapshot else { return };
        let named = |symbol: SymbolId| {
            let file = snapshot.display_path(snapshot.file(symbol));
            let line = snapshot.lines(symbol).1;
            let name = snapshot.qualified_name(symbol);
            let name = if name.is_empty() { snapshot.name(symbol) } else { name };
            (format!("{file}\0{}", snapshot.moniker(symbol)), format!("{name} ({file}:{line})"))
        };
        let (key, shown) = named(symbol);
        self.reach.changes.insert(key, shown);
        snapshot.hop(symbol, Direction::In, |user, kind, tier| {
            // What imports it has to do with it only where it is used.
            let is_use = USES.contains(&kind) && kind != EdgeKind::Imports;
            if is_use && tier <= Tier::Likely && !snapshot.is_test(user) {
                let (key, shown) = named(user);
                self.reach.uses.insert(key, shown);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::patched;

    #[test]
    fn files_of_a_patch() {
        let text = "diff --git a/x.c b/y.c\n--- a/x.c\n+++ b/y.c\t2026-01-01\n@@ -1 +1 @@\n-a\n+b\n\
                    --- /dev/null\n+++ b/new.c\n";
        assert_eq!(patched(text).into_iter().collect::<Vec<_>>(), ["new.c", "x.c", "y.c"]);
    }
}

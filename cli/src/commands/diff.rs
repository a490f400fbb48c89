//! `qf diff A [B]`: what changed in the graph of a repository between two revisions, or since one.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use crate::output::Paint;
use crate::output::answer::tier_name;
use crate::output::format::{self, count, plural};
use clap::Args;
use qf_graph::Snapshot;
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::view::View;
use qf_indexer::revision::{self, RevisionError, Target};
use qf_indexer::run::{self, Options, Silent};
use qf_indexer::unchanged;
use qf_query::Place;
use qf_query::diff::{self, DefinitionChange, Diff, EdgeChange, State};
use std::path::{Path, PathBuf};

/// Most of each group on a terminal.
const LIMIT: usize = 20;
/// Longest text of a line.
const TEXT: usize = 72;

/// Arguments of `qf diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The older revision: a branch, a tag, a commit, `HEAD~3`
    #[arg(value_name = "OLD")]
    pub from: String,
    /// The newer one [default: what is indexed now]
    #[arg(value_name = "NEW")]
    pub to: Option<String>,
    /// The repository [default: the one that has the revisions, or in which you are]
    #[arg(long, value_name = "NAME")]
    pub repo: Option<String>,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
    /// Most of each group
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    pub limit: usize,
    /// No limit
    #[arg(long, conflicts_with = "limit")]
    pub all: bool,
    /// The least sure tier of an edge
    #[arg(long, value_name = "TIER", value_parser = crate::args::tier, default_value = "likely")]
    pub tier: qf_graph::Tier,
    /// Wait for another qf that is writing
    #[arg(long)]
    pub wait: bool,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &DiffArguments) -> Result<Outcome, CommandError> {
    let (name, root) = repository(context, arguments)?;
    if arguments.to.is_none() {
        context::repository(&context.snapshot()?, &name)
            .map_err(|error| error.hint("or give two revisions: `qf diff OLD NEW`"))?;
    }
    let target = (name, root);
    let from = view(context, &target, &arguments.from, arguments.wait)?;
    let to = match &arguments.to {
        Some(to) => Some(view(context, &target, to, arguments.wait)?),
        None => None,
    };
    let old = context.open_view(&from)?;
    let new = match &to {
        Some(view) => context.open_view(view)?,
        None => context.snapshot()?,
    };
    let limit = if arguments.all { usize::MAX } else { arguments.limit };
    let options = diff::Options { limit, tier: arguments.tier };
    let found = diff::diff(&old, &new, &target.0, options).ok_or_else(|| {
        CommandError::conflict(format!("what is stored of `{}` cannot be read", target.0))
            .hint("`qf check` lists what is damaged")
    })?;
    if arguments.json {
        context.out.json(&found)?;
    } else {
        print(context, &found, arguments.all)?;
    }
    Ok(Outcome::found(!found.is_empty()))
}

/// The repository that is meant: the one that is named; else of those that have all revisions the
/// only one, or the one around the current folder.
fn repository(context: &Context, arguments: &DiffArguments) -> Result<Target, CommandError> {
    let targets = revision::targets(&context.home);
    if let Some(name) = &arguments.repo {
        return targets.iter().find(|(known, _)| known == name).cloned().ok_or_else(|| {
            CommandError::input(format!("no repository is called `{name}`"))
                .hint("`qf repos` lists what is indexed")
        });
    }
    if targets.is_empty() {
        return Err(CommandError::input("no repository is indexed").hint("`qf index PATH`"));
    }
    let revisions: Vec<&String> = std::iter::once(&arguments.from).chain(&arguments.to).collect();
    let unknown = |root: &str| {
        revisions.iter().find_map(|revision| revision::resolve(Path::new(root), revision).err())
    };
    let (mut have, mut errors) = (Vec::new(), Vec::new());
    for target in targets {
        match unknown(&target.1) {
            None => have.push(target),
            Some(error) => errors.push(error),
        }
    }
    if let [one] = have.as_slice() {
        return Ok(one.clone());
    }
    if have.is_empty() {
        return Err(match errors.pop() {
            Some(error) if errors.is_empty() => error.into(),
            _ => {
                let names: Vec<String> = revisions.iter().map(|it| format!("`{it}`")).collect();
                CommandError::input(format!("no repository has {}", names.join(" and ")))
                    .hint("`qf repos` lists what is indexed")
            }
        });
    }
    let here = std::env::current_dir().and_then(|folder| folder.canonicalize()).unwrap_or_default();
    let around = have.iter().filter(|(_, root)| here.starts_with(root));
    if let Some(around) = around.max_by_key(|(_, root)| root.len()) {
        return Ok(around.clone());
    }
    let names: Vec<&str> = have.iter().map(|(name, _)| name.as_str()).collect();
    Err(CommandError::input(format!("{} have these revisions", names.join(", ")))
        .hint("say which with `--repo NAME`"))
}

/// The view of a revision. It is made where there is none, and where the rest of the workspace has
/// moved on since: both sides must see the same others.
fn view(
    context: &Context,
    (name, root): &Target,
    asked: &str,
    wait: bool,
) -> Result<View, CommandError> {
    let commit = match revision::resolve(Path::new(root), asked) {
        Ok(commit) => commit,
        // The clone may be gone, or the branch: what was indexed of it is there all the same.
        Err(error @ (RevisionError::Unknown { .. } | RevisionError::NotGit { .. })) => {
            return revision::find(&context.home, &format!("{name}@{asked}"))
                .map_err(|_| error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let view = View { repository: name.clone(), revision: commit, names: Vec::new() };
    let options = Options {
        revision: Some(asked.to_owned()),
        embedder: qf_models::from_environment()?,
        wait,
        ..Options::default()
    };
    let stored = Manifest::read_view(&context.home, &view.path(&context.home));
    if stored.is_ok_and(|stored| is_fresh(context, &stored, name, &options)) {
        return Ok(view);
    }
    let short = view.revision.get(..10).unwrap_or(&view.revision);
    context.messages.say(format_args!("indexing {name} at {asked} ({short})"));
    run::index(&context.home, &[PathBuf::from(root)], &options, &Silent)?;
    Ok(view)
}

/// Whether a view's files can be read, and it was made as what is published would be made now: by
/// this qf, with these options and rules, beside the same repositories, and after the same compilers.
fn is_fresh(context: &Context, view: &Manifest, name: &str, options: &Options) -> bool {
    type Entry = (String, Option<String>, Option<String>);
    let entries = |manifest: &Manifest| -> Vec<Entry> {
        let facts = |entry: &RepositoryEntry| (entry.name != name).then(|| entry.facts.clone());
        let all = manifest.repositories.iter();
        all.map(|entry| (entry.name.clone(), facts(entry), entry.compiler.clone())).collect()
    };
    let published = Manifest::read(&context.home).unwrap_or_default();
    let path = view.view.as_ref().map(|view| view.path(&context.home)).unwrap_or_default();
    let sound =
        || Snapshot::open_view(&context.home, &path).is_ok_and(|it| it.damaged().is_empty());
    let known = published.repositories.iter().any(|entry| entry.name == name);
    let mut expected = entries(&published);
    if !known {
        expected.extend(entries(view).into_iter().filter(|(own, _, _)| own == name));
        expected.sort();
    }
    let others = published.repositories.iter().filter(|entry| entry.name != name);
    let made = unchanged::made(options, others);
    view.made.as_ref() == Some(&made) && entries(view) == expected && sound()
}

fn print(context: &mut Context, found: &Diff, all: bool) -> Result<(), CommandError> {
    let paint = context.out.paint;
    context.out.line(format_args!(
        "{}: {} → {}",
        paint.bold(&found.repository),
        state(&found.from),
        state(&found.to)
    ))?;
    if found.is_empty() {
        context.out.line("Nothing changed in the graph.")?;
    }
    let mut printer = Printer { context, found, all };
    printer.definitions("api", "interface changed")?;
    printer.definitions("signature", "header changed")?;
    printer.definitions("removed", "removed")?;
    printer.definitions("kind", "of another kind")?;
    printer.definitions("renamed", "renamed")?;
    printer.definitions("moved", "moved")?;
    printer.files()?;
    printer.definitions("body", "changed inside")?;
    printer.definitions("added", "added")?;
    printer.edges("edges", &found.edges)?;
    printer.edges("links", &found.links)?;
    printer.keys()?;
    printer.tests()?;
    for note in &found.notes {
        context.out.line("")?;
        context.out.line(note)?;
    }
    Ok(())
}

/// `v2.0 (1a2b3c4d5e)`, `1a2b3c4d5e with what is not committed`.
fn state(state: &State) -> String {
    let commit = state.revision.as_deref().map(|id| id.get(..10).unwrap_or(id));
    let name = match (&state.branch, commit) {
        (Some(branch), Some(commit)) => format!("{branch} ({commit})"),
        (None, Some(commit)) => commit.to_owned(),
        (_, None) => "no commit".to_owned(),
    };
    if state.working_tree { format!("{name} as indexed from disk") } else { name }
}

struct Printer<'c> {
    context: &'c mut Context,
    found: &'c Diff,
    all: bool,
}

impl Printer<'_> {
    fn paint(&self) -> Paint {
        self.context.out.paint
    }

    fn heading(&mut self, title: &str, listed: usize, total: usize) -> Result<(), CommandError> {
        let paint = self.paint();
        let hint = if self.all { "" } else { ", --all" };
        let numbers = if listed < total {
            format!("{listed} of {} shown{hint}", count(total as u64))
        } else {
            count(total as u64)
        };
        self.context.out.line("")?;
        self.context.out.line(format_args!("{}, {numbers}", paint.bold(title)))?;
        Ok(())
    }

    /// Rows whose first two columns are as wide as their widest cell.
    fn rows(&mut self, rows: &[(String, String, String)]) -> Result<(), CommandError> {
        let paint = self.paint();
        let width = |cell: fn(&(String, String, String)) -> &String| {
            rows.iter().map(|row| cell(row).chars().count()).max().unwrap_or(0)
        };
        let (first, second) = (width(|row| &row.0), width(|row| &row.1));
        for (place, name, rest) in rows {
            let pad = first - place.chars().count();
            let line = format!("  {}{:pad$}  {name:second$}  {rest}", paint.cyan(place), "");
            self.context.out.line(line.trim_end())?;
        }
        Ok(())
    }

    fn definitions(&mut self, group: &str, title: &str) -> Result<(), CommandError> {
        let listed = self.found.definitions.iter().filter(|change| change.group() == group);
        let rows: Vec<_> = listed.map(|change| row(change, group == "api")).collect();
        if rows.is_empty() {
            return Ok(());
        }
        self.heading(title, rows.len(), self.found.total(group))?;
        self.rows(&rows)
    }

    fn files(&mut self) -> Result<(), CommandError> {
        let files = &self.found.moved_files;
        if files.is_empty() {
            return Ok(());
        }
        self.heading("files moved", files.len(), self.found.total("files moved"))?;
        for file in files {
            self.context.out.line(format_args!("  {} → {}", file.from, file.to))?;
        }
        Ok(())
    }

    fn edges(&mut self, what: &str, all: &[EdgeChange]) -> Result<(), CommandError> {
        for (change, title) in
            [("rerouted", "lead elsewhere"), ("removed", "removed"), ("added", "added")]
        {
            let group = format!("{what} {change}");
            let rows: Vec<_> =
                all.iter().filter(|edge| edge.group(what) == group).map(edge_row).collect();
            if !rows.is_empty() {
                let title = format!("{what} {title}");
                self.heading(&title, rows.len(), self.found.total(&group))?;
                let paint = self.paint();
                let named = |(place, text, tier)| (place, text, tier_name(paint, tier));
                let rows: Vec<_> = rows.into_iter().map(named).collect();
                self.rows(&rows)?;
            }
        }
        let with = |change: &str| self.found.total(&format!("{what} {change} with definitions"));
        let (came, went) = (with("added"), with("removed"));
        if came + went > 0 {
            let text = format!(
                "{what} that came with new definitions, {}; that went with removed ones, {}",
                count(came as u64),
                count(went as u64)
            );
            let text = self.paint().dim(text);
            self.context.out.line("")?;
            self.context.out.line(text)?;
        }
        Ok(())
    }

    fn keys(&mut self) -> Result<(), CommandError> {
        for (change, provided, required) in [
            ("removed", "no longer provided", "no longer required"),
            ("added", "newly provided", "newly required"),
        ] {
            let keys = self.found.keys.iter().filter(|key| key.change == change);
            let rows: Vec<_> = keys
                .map(|key| {
                    let side = if key.side == "provided" { provided } else { required };
                    let text = format!("{} {}", key.channel, key.key);
                    (place(&key.at), text, format!("{side} by {}", format::name(&key.at.name)))
                })
                .collect();
            if !rows.is_empty() {
                let total = self.found.total(&format!("keys {change}"));
                self.heading(&format!("keys {change}"), rows.len(), total)?;
                self.rows(&rows)?;
            }
        }
        Ok(())
    }

    fn tests(&mut self) -> Result<(), CommandError> {
        let tests = &self.found.tests;
        if tests.is_empty() {
            return Ok(());
        }
        self.heading("tests to run", tests.len(), self.found.total("tests"))?;
        let rows: Vec<_> = tests
            .iter()
            .map(|test| {
                let why = match (&test.through, test.hops) {
                    (Some(through), 0 | 1) => format!("→ {through}"),
                    (Some(through), hops) => {
                        format!("→ {through}, {}", plural(u64::from(hops), "step"))
                    }
                    (None, _) => test.why.clone(),
                };
                (place(&test.at), format::name(&test.at.name), why)
            })
            .collect();
        self.rows(&rows)
    }
}

fn place(place: &Place) -> String {
    format!("{}/{}:{}", place.repo, place.file, place.line)
}

/// Place, name and what happened.
fn row(change: &DefinitionChange, with_word: bool) -> (String, String, String) {
    let mut parts: Vec<String> = Vec::new();
    let has = |what: &str| change.changes.iter().any(|known| known == what);
    if has("removed") && with_word {
        parts.push("removed".to_owned());
    }
    if let (true, Some(now), Some(before)) =
        (has("signature"), &change.signature, &change.signature_was)
    {
        let (before, now) = (format::shorten(before, TEXT), format::shorten(now, TEXT));
        parts.push(format!("{before} → {now}"));
    }
    if let (true, Some(was)) = (has("kind"), &change.was) {
        parts.push(format!("was a {}", was.kind));
    }
    if let (true, Some(was)) = (has("renamed") || has("moved"), &change.was) {
        let word = if has("renamed") { "renamed" } else { "moved" };
        parts.push(format!("{word} from {}  {}", format::name(&was.name), place(was)));
    }
    if has("body") && change.changes.len() > 1 {
        parts.push("changed inside".to_owned());
    }
    if change.inside > 0 {
        parts.push(format!("with {} inside", plural(change.inside as u64, "definition")));
    }
    let name = match change.at.kind.as_str() {
        "function" | "method" => format::name(&change.at.name),
        kind => format!("{} {}", kind, format::name(&change.at.name)),
    };
    (place(&change.at), name, parts.join("; "))
}

/// Place of the proof, the edge in words, its tier.
fn edge_row(edge: &EdgeChange) -> (String, String, qf_graph::Tier) {
    let verb = edge.kind.replace('_', " ");
    let (from, to) = (format::name(&edge.from.name), format::name(&edge.to.name));
    let mut text = format!("{from} {verb} {to}");
    if let Some(key) = &edge.key
        && key.channel != "package"
    {
        text += &format!("  through {} {}", key.channel, key.key);
    }
    if let Some(was) = &edge.was {
        text += &format!("  {}, before {}", place(&edge.to), place(was));
    }
    (format!("{}:{}", edge.file, edge.line), text, edge.tier)
}

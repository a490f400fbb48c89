//! `qf watch`: keep the graph fresh while files change, in the foreground or as a service.
//!
//! One watcher a workspace: it holds a lock for as long as it lives, so that who watches is known
//! for certain, and says in `watch.json` what it does ([`state`]). In the background it is the same
//! program started again without a terminal ([`daemon`]); [`install`] writes the unit files with
//! which a system starts it.

mod daemon;
mod install;
mod state;

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{plural, shorten};
use crate::signals;
use clap::{Args, Subcommand};
use qf_graph::store::lock::WriterLock;
use qf_graph::store::manifest::Manifest;
use qf_graph::store::{Home, StoreError};
use qf_indexer::run::{IndexError, Options, Silent};
use qf_indexer::walk;
use qf_indexer::watch::{Refresh, Watch};
use state::State;
use std::path::{Path, PathBuf};

/// Arguments of `qf watch`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct WatchArguments {
    /// Start it with the system
    #[command(subcommand)]
    pub service: Option<Service>,
    /// What to watch and how
    #[command(flatten)]
    pub what: What,
    /// End after the first change was taken in
    #[arg(long, conflicts_with_all = ["daemon", "status", "stop"])]
    pub once: bool,
    /// Watch in the background; what it says goes to `watch.log` beside the index
    #[arg(long, conflicts_with_all = ["status", "stop"])]
    pub daemon: bool,
    /// Say who watches this workspace and what it did last; exit code 1 when nobody does
    #[arg(long, conflicts_with = "stop")]
    pub status: bool,
    /// End the watch of this workspace, after the run under way
    #[arg(long)]
    pub stop: bool,
    /// With --status, print it as JSON
    #[arg(long, requires = "status")]
    pub json: bool,
    /// Leave the terminal; `--daemon` starts the program again with it
    #[arg(long, hide = true)]
    pub detached: bool,
}

/// What to watch and how.
#[derive(Debug, Args)]
pub struct What {
    /// Repositories, or folders that hold repositories [default: all that are indexed]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Leave out the vectors that search by meaning
    #[arg(long)]
    pub no_vectors: bool,
    /// Worker threads; 0 takes all cores
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub threads: usize,
    /// List files every two seconds instead of asking the system for events
    #[arg(long)]
    pub poll: bool,
}

impl What {
    /// The same, for a command line.
    fn arguments(&self) -> Vec<String> {
        // A service has no working directory of its own.
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let mut all = Vec::new();
        if self.no_vectors {
            all.push("--no-vectors".to_owned());
        }
        if self.poll {
            all.push("--poll".to_owned());
        }
        if self.threads != 0 {
            all.push(format!("--threads={}", self.threads));
        }
        all.extend(self.paths.iter().map(|path| absolute(path).display().to_string()));
        all
    }
}

/// Services of the system.
#[derive(Debug, Subcommand)]
pub enum Service {
    /// Write a systemd user unit, or on macOS a launchd agent, that watches from login on
    Install(install::InstallArguments),
    /// Remove what `install` wrote
    Uninstall(install::UninstallArguments),
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &WatchArguments) -> Result<Outcome, CommandError> {
    match &arguments.service {
        Some(Service::Install(arguments)) => return install::install(context, arguments),
        Some(Service::Uninstall(arguments)) => return install::uninstall(context, arguments),
        None => {}
    }
    if arguments.status {
        return state::print(context, arguments.json);
    }
    if arguments.stop {
        return daemon::stop(context);
    }
    if arguments.daemon {
        return daemon::start(context, &arguments.what);
    }
    if arguments.detached {
        daemon::detach();
    }
    watch(context, arguments)
}

fn watch(context: &mut Context, arguments: &WatchArguments) -> Result<Outcome, CommandError> {
    let what = &arguments.what;
    let paths = if what.paths.is_empty() {
        let manifest = Manifest::read(&context.home)?;
        let all = manifest.repositories.iter().map(|entry| PathBuf::from(&entry.root));
        let (here, gone): (Vec<_>, Vec<_>) = all.partition(|path| !walk::is_away(path));
        for path in gone {
            context.messages.warning(format_args!(
                "{} is not there and is not watched; what is indexed of it stays",
                path.display()
            ));
        }
        if here.is_empty() {
            let message = "none of the indexed repositories is there to be watched";
            return Err(CommandError::input(message).hint("`qf watch PATH` watches a folder"));
        }
        here
    } else {
        // Nothing may be indexed yet; what is damaged is said by the run.
        let manifest = Manifest::read(&context.home).unwrap_or_default();
        what.paths.iter().flat_map(|path| meant(&manifest, path)).collect()
    };
    let _lock = lock(&context.home)?;
    let options = Options {
        without_vectors: what.no_vectors,
        threads: what.threads,
        wait: true,
        embedder: qf_models::from_environment()?,
        ..Options::default()
    };
    // Watching begins before the first run, so that nothing is missed between the two.
    let mut watch = if what.poll {
        Watch::polling(&paths, &context.home, "asked for")?
    } else {
        Watch::new(&paths, &context.home)?
    };
    let mut state = State::new(&paths, watch.polls_because());
    state.write(&context.home)?;
    // What is under way is finished first.
    let stop = watch.stop();
    let _listening = signals::on_end(move || stop.stop());
    let (report, _) = watch.run(&context.home, &options, &Silent)?;
    if let Some(why) = watch.polls_because() {
        context
            .messages
            .warning(format_args!("listing files every 2 s instead of watching: {why}"));
        if !what.poll {
            context.messages.hint(
                "raise the limit: `sudo sysctl fs.inotify.max_user_watches=1048576` \
                 (and fs.inotify.max_user_instances)",
            );
        }
    }
    let begun = format!(
        "Watching {} as of generation {}; Ctrl-C ends it",
        plural(report.repositories.len() as u64, "repository"),
        report.generation
    );
    context.out.line(&begun)?;
    context.out.flush()?;
    state.began(begun, report.generation);
    state.write(&context.home)?;
    let mut away: Vec<PathBuf> = Vec::new();
    while let Some(refresh) = watch.refresh(&context.home, &options, &Silent) {
        match refresh {
            Ok(refresh) => {
                let now: Vec<PathBuf> = watch.away().map(Path::to_owned).collect();
                for path in now.iter().filter(|path| !away.contains(path)) {
                    context.messages.warning(format_args!(
                        "{} is away; what is indexed of it stays as it is until it is back",
                        path.display()
                    ));
                }
                away = now;
                let line = describe(&refresh);
                context.out.line(&line)?;
                state.refreshed(line, refresh.report.generation);
            }
            // A file may vanish while it is read: the next change runs again.
            Err(error) => {
                let quiet = matches!(&error, IndexError::Away { .. }) && state.failed_with(&error);
                let message = CommandError::from(error).message;
                if !quiet {
                    context.messages.warning(&message);
                }
                state.failed(message);
            }
        }
        context.out.flush()?;
        // Who cannot say how it is can watch all the same.
        let _ = state.write(&context.home);
        if arguments.once {
            break;
        }
    }
    Ok(Outcome::Done)
}

/// The lock of the watcher.
fn lock(home: &Home) -> Result<WriterLock, CommandError> {
    WriterLock::acquire_watch(home).map_err(|error| match error {
        StoreError::Locked { owner } => {
            CommandError::conflict(format!("this workspace is watched already ({owner})"))
                .hint("`qf watch --status` says what it does, `qf watch --stop` ends it")
        }
        other => other.into(),
    })
}

fn describe(refresh: &Refresh) -> String {
    let report = &refresh.report;
    let parsed: u64 = report.repositories.iter().map(|repository| repository.parsed).sum();
    let what = refresh
        .changes
        .paths
        .first()
        .map(|path| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let more = refresh.changes.paths.len() - 1;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}: ", shorten(&name, 60))
        })
        .unwrap_or_default();
    if report.unchanged {
        return format!("{what}nothing new, {:.2} s", report.seconds);
    }
    let removed = if refresh.removed.is_empty() {
        String::new()
    } else {
        format!("{} taken out, ", refresh.removed.join(", "))
    };
    format!(
        "{what}{removed}{} read, {:.2} s, generation {}",
        plural(parsed, "changed file"),
        report.seconds,
        report.generation
    )
}

/// What a path means: itself, but where it is a folder of folders that were indexed one by one and
/// that nothing marks as repositories, those.
fn meant(manifest: &Manifest, path: &Path) -> Vec<PathBuf> {
    let one = vec![path.to_owned()];
    let Ok(real) = path.canonicalize() else { return one };
    let found = walk::roots(std::slice::from_ref(&real)).unwrap_or_default();
    let is_marked = real.join(".git").exists() || found.iter().any(|root| root.path != real);
    let roots = manifest.repositories.iter().map(|entry| Path::new(&entry.root));
    let (same, below): (Vec<_>, Vec<_>) =
        roots.filter(|root| root.starts_with(&real)).partition(|root| *root == real);
    if is_marked || !same.is_empty() || below.is_empty() {
        return one;
    }
    below.into_iter().filter(|root| !walk::is_away(root)).map(Path::to_owned).collect()
}

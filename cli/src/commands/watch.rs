//! `qf watch`: keep the graph fresh while files change.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::output::format::{plural, shorten};
use clap::Args;
use qf_graph::store::manifest::Manifest;
use qf_indexer::run::{self, Options, Silent};
use qf_indexer::watch::{Refresh, Stop, Watch};
use std::path::PathBuf;

/// Arguments of `qf watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Repositories, or folders that hold repositories [default: all that are indexed]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// End after the first change was taken in
    #[arg(long)]
    pub once: bool,
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

/// Runs it.
pub fn run(context: &mut Context, arguments: &WatchArguments) -> Result<Outcome, CommandError> {
    let paths = if arguments.paths.is_empty() {
        let manifest = Manifest::read(&context.home)?;
        manifest.repositories.iter().map(|entry| PathBuf::from(&entry.root)).collect()
    } else {
        arguments.paths.clone()
    };
    let options = Options {
        name: None,
        without_vectors: arguments.no_vectors,
        threads: arguments.threads,
        wait: true,
        embedder: qf_models::from_environment()?,
        ..Options::default()
    };
    // Watching begins before the first run, so that nothing is missed between the two.
    let mut watch = if arguments.poll {
        Watch::polling(&paths, "asked for")?
    } else {
        Watch::new(&paths, &context.home)?
    };
    let report = run::index(&context.home, &paths, &options, &Silent)?;
    if let Some(why) = watch.polls_because() {
        context
            .messages
            .warning(format_args!("listing files every 2 s instead of watching: {why}"));
        if !arguments.poll {
            context.messages.hint(
                "raise the limit: `sudo sysctl fs.inotify.max_user_watches=1048576` \
                 (and fs.inotify.max_user_instances)",
            );
        }
    }
    context.out.line(format_args!(
        "Watching {} as of generation {}; Ctrl-C ends it",
        plural(report.repositories.len() as u64, "repository"),
        report.generation
    ))?;
    context.out.flush()?;
    stop_on_interrupt(watch.stop());
    while let Some(refresh) = watch.refresh(&context.home, &options, &Silent) {
        match refresh {
            Ok(refresh) => context.out.line(describe(&refresh))?,
            // A file may vanish while it is read: the next change runs again.
            Err(error) => context.messages.warning(CommandError::from(error).message),
        }
        context.out.flush()?;
        if arguments.once {
            break;
        }
    }
    Ok(Outcome::Done)
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
    format!(
        "{what}{} read, {:.2} s, generation {}",
        plural(parsed, "changed file"),
        report.seconds,
        report.generation
    )
}

/// The first Ctrl-C ends the watch after the run under way; the second ends the process.
fn stop_on_interrupt(stop: Stop) {
    std::thread::spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return;
        };
        let mut interrupted = false;
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            if std::mem::replace(&mut interrupted, true) {
                std::process::exit(130);
            }
            stop.stop();
        }
    });
}

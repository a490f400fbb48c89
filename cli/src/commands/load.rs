//! `qf load`: logs and documents for one session.
//!
//! Nothing of it touches the index or the folders that are read; see `qf_agent::session`.

use crate::context::Context;
use crate::error::{CommandError, Outcome};
use crate::loaded;
use crate::output::Messages;
use crate::output::format::{bytes, count, duration, plural};
use crate::output::progress::Reporter;
use clap::Args;
use qf_agent::checkpoint::tree::shown;
use qf_agent::session::load::{Loader, Options};
use qf_agent::session::read::quoted;
use qf_agent::session::{Loaded, SessionError, Sessions};
use qf_indexer::run::Progress as _;
use serde::Serialize;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Arguments of `qf load`.
#[derive(Debug, Args)]
pub struct LoadArguments {
    /// PDF, docx, HTML, Markdown, texts and logs; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Into this session [default: $QF_SESSION, else `default`]
    #[arg(long, value_name = "NAME")]
    session: Option<String>,
    /// How long the session is kept after this: `90s`, `30m`, `12h`, `2d`
    #[arg(long, value_name = "TIME", value_parser = time, default_value = "12h")]
    ttl: Duration,
    /// Print what was loaded as JSON
    #[arg(long)]
    json: bool,
}

/// Reads a time: a number and `s`, `m`, `h` or `d`.
pub fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "write a number and `s`, `m`, `h` or `d`: `12h`".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).filter(|it| *it > 0).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

#[derive(Debug, Serialize)]
struct Report {
    session: String,
    /// When it is dropped, in seconds since 1970.
    expires: u64,
    files: Vec<File>,
    failed: Vec<Failure>,
}

#[derive(Debug, Serialize)]
struct File {
    #[serde(flatten)]
    loaded: Loaded,
    seconds: f64,
}

#[derive(Debug, Serialize)]
struct Failure {
    file: String,
    message: String,
    hints: Vec<String>,
}

/// Runs it.
pub fn run(context: &mut Context, arguments: &LoadArguments) -> Result<Outcome, CommandError> {
    let name = loaded::name(arguments.session.as_deref());
    let program = std::env::current_exe()?;
    let embedder = qf_models::from_environment()?;
    let options = Options { ttl: arguments.ttl, embedder, ..Options::new(program) };
    let mut loader = Loader::open(&Sessions::of_user(), &name, options)?;
    let (mut files, mut failed, mut partial) = (Vec::new(), Vec::new(), false);
    for path in &arguments.files {
        let begun = Instant::now();
        match one(&mut loader, path, context.messages) {
            Ok(loaded) => {
                let seconds = begun.elapsed().as_secs_f64();
                partial |= loaded.warning.is_some();
                if !arguments.json {
                    context.out.line(line(&loaded, seconds))?;
                    context.out.flush()?;
                }
                if let Some(warning) = &loaded.warning {
                    let said = shown(format!("{}: {warning}", loaded.name()).as_bytes());
                    context.messages.warning(said);
                }
                files.push(File { loaded, seconds });
            }
            Err(error) => {
                let CommandError { message, hints, .. } = CommandError::from(error);
                context.messages.error(shown(message.as_bytes()));
                for hint in &hints {
                    context.messages.hint(hint);
                }
                failed.push(Failure { file: path.display().to_string(), message, hints });
            }
        }
    }
    loader.finish()?;
    let (some, all) = (!files.is_empty(), failed.is_empty());
    if arguments.json {
        let expires = loader.manifest().expires();
        context.out.json(&Report { session: name, expires, files, failed })?;
    } else if some {
        context.messages.say(format_args!(
            "Ask with `qf ask … --session {name}`. It is dropped in {}, or by `qf session drop {name}`.",
            duration(arguments.ttl.as_secs())
        ));
    }
    if !some {
        return Err(CommandError::input("nothing was loaded"));
    }
    Ok(if all && !partial { Outcome::Done } else { Outcome::Partial })
}

/// Loads one file, and shows how it goes on.
fn one(loader: &mut Loader, path: &Path, messages: Messages) -> Result<Loaded, SessionError> {
    let input = path == Path::new("-");
    let size = if input { 0 } else { path.metadata().map_or(0, |metadata| metadata.len()) };
    let reporter = Reporter::new(messages, false);
    reporter.start("kB loaded", size / 1_000);
    let mut read = 0;
    let mut progress = |bytes: u64, lines: u64| {
        let before = read / 1_000;
        read += bytes;
        reporter.advance(read / 1_000 - before, lines);
    };
    let loaded = if input {
        loader.input(&mut std::io::stdin().lock(), &mut progress)
    } else {
        loader.file(path, &mut progress)
    };
    reporter.finish();
    loaded
}

/// What a file turned out to be.
pub fn line(loaded: &Loaded, seconds: f64) -> String {
    format!("{}, {seconds:.1} s", summary(loaded))
}

/// `app.log  log, 1.2 MB, 4,812 lines, 96 chunks, names 12 places in code`
pub fn summary(loaded: &Loaded) -> String {
    let mut parts = vec![loaded.kind.clone(), bytes(loaded.origin.size)];
    match (loaded.kind.as_str(), loaded.pages) {
        ("pdf", pages) => parts.push(plural(u64::from(pages), "page")),
        (_, 0) => parts.push(plural(loaded.lines, "line")),
        (_, pages) => parts.push(plural(u64::from(pages), "section")),
    }
    parts.push(plural(loaded.chunks, "chunk"));
    parts.push(match loaded.mentions {
        0 => "names no place in code".to_owned(),
        1 => "names 1 place in code".to_owned(),
        places => format!("names {} places in code", count(places)),
    });
    format!("{}  {}", shown(loaded.name().as_bytes()), parts.join(", "))
}

impl From<SessionError> for CommandError {
    fn from(error: SessionError) -> Self {
        let message = error.to_string();
        match error {
            SessionError::Io { source, .. } if source.kind() == ErrorKind::StorageFull => {
                Self::input(message).hint(
                    "sessions are in the runtime directory; XDG_RUNTIME_DIR names one with more room",
                )
            }
            SessionError::Io { .. } => Self::input(message),
            SessionError::Foreign { path, .. } => Self::input(message).hint(format!(
                "somebody else may have made it: remove {}, or name a folder of yours with \
                 XDG_RUNTIME_DIR",
                path.display()
            )),
            SessionError::Name { .. } => Self::input(message),
            SessionError::Unknown { .. } => {
                Self::input(message).hint("`qf load FILE --session NAME` begins one")
            }
            SessionError::Busy { .. } => Self::input(message).hint("try again when it is done"),
            SessionError::Damaged { name, .. } => Self::conflict(message)
                .hint(format!("`qf session drop {name}` removes it; load the files again")),
            SessionError::NotText { .. } => Self::input(message).hint("give it another name"),
            SessionError::NotAFile { path } => Self::input(message)
                .hint(format!("`qf load - < {}` reads what comes out of it", quoted(&path))),
            SessionError::Empty { .. } => Self::input(message),
            SessionError::TooLong { .. } => {
                Self::input(message).hint("write it to a file, which is not copied, and load that")
            }
            SessionError::Read(error) => error.into(),
            SessionError::Embed(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::time;
    use std::time::Duration;

    #[test]
    fn times() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("12h"), Ok(Duration::from_secs(43_200)));
        for wrong in ["", "h", "12", "0s", "-1h", "1y", "99999999999999999d", "1ü"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}

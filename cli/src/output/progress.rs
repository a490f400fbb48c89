//! How a run goes on: bars on a terminal, a line every two seconds elsewhere.

use super::{Messages, format};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use qf_indexer::run::Progress;
use qf_indexer::walk::Skipped;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a line is written when nobody watches.
const EVERY: Duration = Duration::from_secs(2);

/// Reports a run on standard error.
pub struct Reporter {
    messages: Messages,
    list_skipped: bool,
    state: Mutex<Option<Phase>>,
}

struct Phase {
    name: &'static str,
    total: u64,
    started: Instant,
    said: Instant,
    done: u64,
    lines: Arc<AtomicU64>,
    bar: Option<ProgressBar>,
}

impl Reporter {
    /// Reports through `messages`; with `list_skipped` every reason gets a line.
    pub fn new(messages: Messages, list_skipped: bool) -> Self {
        Self { messages, list_skipped, state: Mutex::new(None) }
    }

    fn state(&self) -> MutexGuard<'_, Option<Phase>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was passed over, most first: `212 skipped: 140 vendored, 48 generated`.
pub fn skipped(skipped: &Skipped) -> String {
    let total: u64 = skipped.values().sum();
    let mut reasons: Vec<_> = skipped.iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), (*reason).clone()));
    let listed: Vec<_> = reasons
        .iter()
        .map(|(reason, number)| format!("{} {}", format::count(**number), reason.replace('_', " ")))
        .collect();
    format!("{} skipped: {}", format::count(total), listed.join(", "))
}

impl Progress for Reporter {
    fn found(&self, repositories: usize, files: usize, bytes: u64, passed: &Skipped) {
        let mut line = format!(
            "Found {} ({}, {})",
            format::plural(repositories as u64, "repository"),
            format::plural(files as u64, "file"),
            format::bytes(bytes)
        );
        if !passed.is_empty() && !self.list_skipped {
            let _ = write!(line, "; {}   --skipped lists them", skipped(passed));
        }
        self.messages.say(line);
    }

    fn start(&self, phase: &'static str, total: u64) {
        let lines = Arc::new(AtomicU64::new(0));
        let bar = self.messages.terminal.then(|| bar(phase, total, lines.clone()));
        let now = Instant::now();
        *self.state() =
            Some(Phase { name: phase, total, started: now, said: now, done: 0, lines, bar });
    }

    fn advance(&self, steps: u64, lines: u64) {
        let mut state = self.state();
        let Some(phase) = state.as_mut() else { return };
        phase.done += steps;
        phase.lines.fetch_add(lines, Ordering::Relaxed);
        if let Some(bar) = &phase.bar {
            bar.inc(steps);
        } else if phase.said.elapsed() >= EVERY {
            phase.said = Instant::now();
            self.messages.say(phase.line());
        }
    }

    fn finish(&self) {
        let Some(phase) = self.state().take() else { return };
        if let Some(bar) = phase.bar {
            // A bar that was seen for a moment only is noise in the scroll-back.
            if phase.started.elapsed() < Duration::from_millis(300) {
                bar.finish_and_clear();
            } else {
                bar.finish();
            }
        }
    }
}

impl Phase {
    fn line(&self) -> String {
        let seconds = self.started.elapsed().as_secs_f64();
        let mut line = format!(
            "{} {}/{}",
            self.name,
            format::count(self.done),
            format::count(self.total.max(self.done))
        );
        let lines = self.lines.load(Ordering::Relaxed);
        if lines > 0 && seconds > 0.0 {
            let _ = write!(line, ", {} lines/s", format::rough((lines as f64 / seconds) as u64));
        }
        if self.done > 0 && self.done < self.total {
            let left = seconds / self.done as f64 * (self.total - self.done) as f64;
            let _ = write!(line, ", about {} left", format::duration(left.ceil() as u64));
        }
        line
    }
}

fn bar(phase: &'static str, total: u64, lines: Arc<AtomicU64>) -> ProgressBar {
    let rate = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let lines = lines.load(Ordering::Relaxed);
        let seconds = state.elapsed().as_secs_f64();
        if lines > 0 && seconds > 0.0 {
            let rate = (lines as f64 / seconds) as u64;
            let _ = write!(out, "   {} lines/s", format::rough(rate));
        }
    };
    let style = ProgressStyle::with_template(
        "  {msg:<10} {bar:28} {human_pos}/{human_len}{rate}   {eta}",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .with_key("rate", rate)
    .progress_chars("█▉▊▋▌▍▎▏ ");
    let bar = ProgressBar::new(total).with_style(style);
    bar.set_message(phase);
    bar
}

//! Everything that is written to the terminal.
//!
//! Data goes to standard output through one [`Output`], everything else (progress, warnings,
//! errors) to standard error. Text is readable without colour; colour only repeats what words say.

pub mod answer;
pub mod format;
pub mod progress;
pub mod table;

use serde::Serialize;
use std::fmt::Display;
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colour {
    /// When writing to a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    fn on(self, terminal: bool) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
            }
        }
    }
}

/// Colours text, or not.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    on: bool,
}

impl Paint {
    /// Leaves text as it is.
    #[cfg(test)]
    pub const PLAIN: Paint = Paint { on: false };

    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    /// For headings.
    pub fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    /// For what matters less.
    pub fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    /// For places.
    pub fn cyan(self, text: impl Display) -> String {
        self.wrap("36", text)
    }

    /// For what is sure.
    pub fn green(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    /// For what is less sure, and for warnings.
    pub fn yellow(self, text: impl Display) -> String {
        self.wrap("33", text)
    }

    /// For errors.
    pub fn red(self, text: impl Display) -> String {
        self.wrap("31", text)
    }

    /// Text that opens a file when it is clicked, where the terminal can do that.
    pub fn link(self, path: &str, text: impl Display) -> String {
        if !self.on {
            return text.to_string();
        }
        let mut url = String::from("file://");
        for byte in path.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                    url.push(char::from(byte));
                }
                _ => {
                    let _ = write!(url, "%{byte:02X}");
                }
            }
        }
        format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\")
    }
}

/// Standard output, locked and buffered.
pub struct Output {
    out: BufWriter<StdoutLock<'static>>,
    /// Colours for standard output.
    pub paint: Paint,
}

impl Output {
    /// Takes standard output.
    pub fn new(colour: Colour) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let out = BufWriter::with_capacity(1 << 16, stdout.lock());
        Self { out, paint: Paint { on: colour.on(terminal) } }
    }

    /// One line.
    pub fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// Lines that are laid out already.
    pub fn lines(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        lines.into_iter().try_for_each(|line| self.line(line))
    }

    /// A value as indented JSON.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }

    /// A value as one line of JSON.
    pub fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        self.out.write_all(b"\n")
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// What else writes to standard output.
    pub fn writer(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Standard error: what is said beside the data.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    /// Colours for standard error.
    pub paint: Paint,
    /// Whether a person reads along.
    pub terminal: bool,
}

impl Messages {
    /// Takes the colour choice for standard error.
    pub fn new(colour: Colour) -> Self {
        let terminal = io::stderr().is_terminal();
        Self { paint: Paint { on: colour.on(terminal) }, terminal }
    }

    /// A plain line.
    #[expect(clippy::unused_self, reason = "whoever speaks must hold the messages")]
    pub fn say(self, text: impl Display) {
        // Nobody listens on standard error: nothing better can be done than going on.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// `error: …`
    pub fn error(self, text: impl Display) {
        self.say(format_args!("{} {text}", self.paint.red("error:")));
    }

    /// `warning: …`
    pub fn warning(self, text: impl Display) {
        self.say(format_args!("{} {text}", self.paint.yellow("warning:")));
    }

    /// `hint: …`
    pub fn hint(self, text: impl Display) {
        self.say(format_args!("{} {text}", self.paint.cyan("hint:")));
    }
}

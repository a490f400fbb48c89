//! The user's editor, at a line.
//!
//! `$VISUAL`, else `$EDITOR`, with its own arguments. Editors do not agree on how a line is named;
//! what is not known is called as vi, emacs, nano and their like are: `+LINE FILE`, and at the first
//! line with the file alone, as git does.

use crate::error::CommandError;
use crate::signals;
use std::path::Path;
use std::process::Command;

/// Opens a file at a line, and waits until the editor ends.
pub fn open(path: &Path, line: u32) -> Result<(), CommandError> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL")
        .or_else(|| set("EDITOR"))
        .ok_or_else(|| CommandError::input("no editor is set").hint("set $VISUAL or $EDITOR"))?;
    // Ctrl-C in an editor is for the editor.
    let _listening = signals::leave_interrupts();
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = Command::new(program).args(words).args(arguments(program, path, line)).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CommandError::input(format!("{program} ended with {status}"))),
        Err(error) => Err(CommandError::input(format!("cannot run {program}: {error}"))
            .hint("$VISUAL and $EDITOR name the editor")),
    }
}

fn arguments(program: &str, path: &Path, line: u32) -> Vec<String> {
    let file = path.display().to_string();
    let name = Path::new(program).file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    match name {
        "code" | "code-insiders" | "codium" | "cursor" | "windsurf" => {
            vec!["--goto".to_owned(), format!("{file}:{line}")]
        }
        "subl" | "zed" | "hx" | "helix" => vec![format!("{file}:{line}")],
        "idea" | "pycharm" | "goland" | "webstorm" | "rustrover" => {
            vec!["--line".to_owned(), line.to_string(), file]
        }
        // The beginning is where every editor opens a file, a script of somebody's own too.
        _ if line <= 1 => vec![file],
        _ => vec![format!("+{line}"), file],
    }
}

#[cfg(test)]
mod tests {
    use super::arguments;
    use std::path::Path;

    #[test]
    fn editors_are_told_the_line_in_their_way() {
        let path = Path::new("/r/a.py");
        assert_eq!(arguments("vim", path, 7), ["+7", "/r/a.py"]);
        assert_eq!(arguments("/usr/bin/code", path, 7), ["--goto", "/r/a.py:7"]);
        assert_eq!(arguments("idea.sh", path, 7), ["--line", "7", "/r/a.py"]);
        assert_eq!(arguments("hx", path, 7), ["/r/a.py:7"]);
        assert_eq!(arguments("./mine.sh", path, 1), ["/r/a.py"]);
    }
}

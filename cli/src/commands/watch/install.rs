//! Unit files with which a system starts `qf watch`: a systemd user unit, a launchd agent.
//!
//! Nothing is started or enabled: what is written is shown, with the command that enables it.

use super::What;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

const MARK: &str = "Written by `qf watch install`";
const SYSTEMD: &str = "qf-watch.service";
const LAUNCHD: &str = "dev.quantumflow.qf-watch.plist";

/// Arguments of `qf watch install`.
#[derive(Debug, Args)]
pub struct InstallArguments {
    #[command(flatten)]
    what: What,
    /// Which system [default: this one's]
    #[arg(long, value_enum)]
    system: Option<System>,
    /// Print the file instead of writing it
    #[arg(long)]
    print: bool,
}

/// Arguments of `qf watch uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArguments {
    /// Which system [default: this one's]
    #[arg(long, value_enum)]
    system: Option<System>,
}

/// Who starts services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum System {
    /// A systemd user unit
    Systemd,
    /// A launchd agent
    Launchd,
}

impl System {
    fn this() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }

    /// Where its file belongs.
    fn path(self) -> Result<PathBuf, CommandError> {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = || {
            set("HOME").map(PathBuf::from).ok_or_else(|| {
                CommandError::input("HOME is not set: where units belong is not known".to_owned())
            })
        };
        Ok(match self {
            Self::Systemd => match set("XDG_CONFIG_HOME") {
                Some(folder) => PathBuf::from(folder),
                None => home()?.join(".config"),
            }
            .join("systemd/user")
            .join(SYSTEMD),
            Self::Launchd => home()?.join("Library/LaunchAgents").join(LAUNCHD),
        })
    }

    /// The file's text, with the variables that the service runs with.
    fn text(self, program: &Path, arguments: &[String], variables: &[(&str, String)]) -> String {
        let program = program.display().to_string();
        match self {
            Self::Systemd => {
                let words: Vec<String> =
                    arguments.iter().map(|argument| systemd_word(argument)).collect();
                let command = [systemd_word(&program), "watch".to_owned()]
                    .into_iter()
                    .chain(words)
                    .collect::<Vec<_>>()
                    .join(" ");
                let set: String = variables
                    .iter()
                    .map(|(name, value)| {
                        format!("Environment={}\n", systemd_quoted(&format!("{name}={value}")))
                    })
                    .collect();
                format!(
                    "# {MARK}\n[Unit]\nDescription=QuantumFlow keeps the code graph fresh\n\n\
                     [Service]\nExecStart={command}\n{set}Restart=on-failure\n\
                     RestartSec=10\nNice=10\n\n[Install]\nWantedBy=default.target\n"
                )
            }
            Self::Launchd => {
                let all = [program.as_str(), "watch"].into_iter();
                let words: String = all
                    .chain(arguments.iter().map(String::as_str))
                    .map(|word| format!("    <string>{}</string>\n", xml(word)))
                    .collect();
                let set: String = variables
                    .iter()
                    .map(|(name, value)| {
                        format!("    <key>{name}</key>\n    <string>{}</string>\n", xml(value))
                    })
                    .collect();
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- {MARK} -->\n\
                     <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
                     \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
                     <plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  \
                     <string>dev.quantumflow.qf-watch</string>\n  \
                     <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n  \
                     <key>EnvironmentVariables</key>\n  <dict>\n{set}  </dict>\n  <key>RunAtLoad</key>\n  <true/>\n  \
                     <key>KeepAlive</key>\n  <dict>\n    <key>SuccessfulExit</key>\n    <false/>\n  \
                     </dict>\n  <key>ProcessType</key>\n  <string>Background</string>\n\
                     </dict>\n</plist>\n"
                )
            }
        }
    }

    fn enable(self, path: &Path) -> String {
        match self {
            Self::Systemd => format!("systemctl --user enable --now {SYSTEMD}"),
            Self::Launchd => format!("launchctl bootstrap gui/$(id -u) '{}'", path.display()),
        }
    }

    fn disable(self) -> String {
        match self {
            Self::Systemd => format!("systemctl --user disable --now {SYSTEMD}"),
            Self::Launchd => "launchctl bootout gui/$(id -u)/dev.quantumflow.qf-watch".to_owned(),
        }
    }
}

/// A quoted text of a unit file, with its own specifiers taken literally.
fn systemd_quoted(text: &str) -> String {
    let escaped =
        text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

/// A word of a command, in which variables would be expanded too.
fn systemd_word(word: &str) -> String {
    systemd_quoted(&word.replace('$', "$$"))
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `qf watch install`.
pub fn install(
    context: &mut Context,
    arguments: &InstallArguments,
) -> Result<Outcome, CommandError> {
    let system = arguments.system.unwrap_or_else(System::this);
    let failed = |path: &Path, error: std::io::Error| {
        CommandError::input(format!("{}: {error}", path.display()))
    };
    let program = std::env::current_exe().map_err(|error| failed(Path::new("qf"), error))?;
    let home = context.home.folder();
    let index = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
    let mut variables = vec![("QF_HOME", index.display().to_string())];
    // What is indexed at once is indexed later with the same model. Keys are in variables of their
    // own and are written nowhere.
    variables.extend(std::env::var("QF_EMBEDDER").ok().map(|model| ("QF_EMBEDDER", model)));
    let text = system.text(&program, &arguments.what.arguments(), &variables);
    if arguments.print {
        context.out.line(text.trim_end())?;
        return Ok(Outcome::Done);
    }
    let path = system.path()?;
    if std::fs::read_to_string(&path).is_ok_and(|before| !before.contains(MARK)) {
        return Err(CommandError::conflict(format!(
            "{} is there and was not written by qf",
            path.display()
        ))
        .hint("move it away, or take what you need from `qf watch install --print`"));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    }
    std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    context.out.line(format_args!("{} is written; it starts with", path.display()))?;
    context.out.line(format_args!("  {}", system.enable(&path)))?;
    Ok(Outcome::Done)
}

/// `qf watch uninstall`.
pub fn uninstall(
    context: &mut Context,
    arguments: &UninstallArguments,
) -> Result<Outcome, CommandError> {
    let system = arguments.system.unwrap_or_else(System::this);
    let path = system.path()?;
    match std::fs::read_to_string(&path) {
        Ok(text) if text.contains(MARK) => {}
        Ok(_) => {
            return Err(CommandError::conflict(format!(
                "{} was not written by qf and stays",
                path.display()
            )));
        }
        Err(_) => {
            context.out.line(format_args!("there is no {}", path.display()))?;
            return Ok(Outcome::NothingFound);
        }
    }
    std::fs::remove_file(&path)
        .map_err(|error| CommandError::input(format!("{}: {error}", path.display())))?;
    context.out.line(format_args!("{} is removed; what it started ends with", path.display()))?;
    context.out.line(format_args!("  {}", system.disable()))?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::System;
    use std::path::Path;

    #[test]
    fn words_are_taken_literally() {
        let arguments = ["/code/100% \"mine\"".to_owned(), "/a&b".to_owned()];
        let program = Path::new("/usr/bin/qf");
        let variables = [("QF_HOME", "/data/q f".to_owned()), ("QF_EMBEDDER", "a&b".to_owned())];
        let unit = System::Systemd.text(program, &arguments, &variables);
        assert!(
            unit.contains(
                "ExecStart=\"/usr/bin/qf\" watch \"/code/100%% \\\"mine\\\"\" \"/a&b\"\n"
            )
        );
        assert!(unit.contains("Environment=\"QF_HOME=/data/q f\"\n"));
        assert!(unit.contains("Environment=\"QF_EMBEDDER=a&b\"\n"));
        let agent = System::Launchd.text(program, &arguments, &variables);
        assert!(agent.contains("<string>/a&amp;b</string>"));
        assert!(agent.contains("<string>/data/q f</string>"));
        assert!(agent.contains("<key>QF_EMBEDDER</key>\n    <string>a&amp;b</string>"));
    }
}

//! A private view of a work tree: what is written there goes to a layer of its own.
//!
//! The kernel's overlay file system shows the user's tree with a layer on top; whoever is in the view
//! reads the tree and writes the layer, and nobody else sees anything of it. It is mounted over the
//! tree's own path, so that absolute paths mean the same inside, in a mount namespace that each
//! command makes for itself and that ends with it: nothing is ever mounted where others see it, and
//! nothing is left mounted by a kill. Giving up costs what the layer holds ([`layer`]).
//!
//! The namespace is made by `unshare` of util-linux, as root directly, otherwise in a user namespace
//! of which the command itself then sees nothing: inside, it is who it was. Where any of that is not
//! to be had, [`Overlay::try_out`] says why, and the phase works in the tree itself.

pub mod layer;

use crate::checkpoint::tree::shown;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Exit code of a command that was not begun because its view or its folder there is not to be had;
/// a command may end with it too.
pub const NOT_BEGUN: i32 = 125;
/// The last line of its output, where the view is not.
pub const NO_VIEW: &str = "qf: no view";
/// And where the folder is not.
pub const NO_FOLDER: &str = "qf: no folder";

/// Mounts the view, goes to a folder in it, and becomes the command. Arguments: options, tree,
/// folder, command…
const ENTER: &str = "mount -t overlay qf -o \"$1\" \"$2\" || { echo qf: no view >&2; exit 125; }; \
    cd \"$3\" || { echo qf: no folder >&2; exit 125; }; shift 3; exec \"$@\"";

/// A layer over a tree.
#[derive(Debug, Clone)]
pub struct Overlay {
    tree: PathBuf,
    folder: PathBuf,
}

impl Overlay {
    /// The layer that a folder has, or will have.
    pub fn new(tree: &Path, folder: &Path) -> Self {
        // Commands are run in the tree, and mean the same folder there.
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        Self { tree: tree.to_owned(), folder }
    }

    /// Where the layer's files are.
    pub fn upper(&self) -> PathBuf {
        self.folder.join("upper")
    }

    /// The tree that the view shows.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// Begins with an empty layer.
    pub fn begin(&self) -> std::io::Result<()> {
        self.discard()?;
        std::fs::create_dir_all(self.upper())?;
        std::fs::create_dir_all(self.folder.join("work"))?;
        // The root of the view has the mode and the times of the root of the layer.
        let tree = std::fs::metadata(&self.tree)?;
        std::fs::set_permissions(self.upper(), tree.permissions())?;
        std::fs::File::open(self.upper())?.set_modified(tree.modified()?)
    }

    /// Removes the layer and all that is in it.
    pub fn discard(&self) -> std::io::Result<()> {
        layer::remove(&self.folder)
    }

    /// Whether such a view can be made of this tree; otherwise, why not.
    pub fn try_out(&self) -> Result<(), String> {
        if !cfg!(target_os = "linux") {
            return Err("only Linux has overlays".to_owned());
        }
        self.fits()?;
        self.begin().map_err(|error| format!("{}: {error}", self.folder.display()))?;
        let mark = self.upper().join(".qf-view");
        let seen = std::fs::write(&mark, b"").map_err(|error| error.to_string()).and_then(|()| {
            let output = self
                .command(&self.tree, &["test".into(), "-e".into(), ".qf-view".into()])
                .stdin(Stdio::null())
                .output();
            match output {
                Err(error) => Err(format!("`unshare` cannot be run: {error}")),
                Ok(output) if output.status.success() => Ok(()),
                Ok(output) => {
                    let said = String::from_utf8_lossy(&output.stderr);
                    let line = said.lines().next().unwrap_or("the view shows another tree");
                    Err(line.trim().to_owned())
                }
            }
        });
        let gone = self.discard();
        seen?;
        gone.map_err(|error| format!("{}: {error}", self.folder.display()))
    }

    /// Whether the tree is of a form that a view shows whole.
    fn fits(&self) -> Result<(), String> {
        let special =
            |path: &Path| path.as_os_str().as_bytes().iter().any(|b| b":,\\\"".contains(b));
        if special(&self.tree) || special(&self.folder) {
            return Err("its path has a character that options of a mount cannot have".to_owned());
        }
        let folder = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        if folder.starts_with(&self.tree) {
            return Err("the index is kept inside the tree".to_owned());
        }
        if !self.tree.join(".git").is_dir() {
            return Err(
                "its repository is kept outside of it, where a view does not reach".to_owned()
            );
        }
        let mounts = std::fs::read("/proc/self/mountinfo").unwrap_or_default();
        let below = mounts.split(|&byte| byte == b'\n').find_map(|line| {
            let place = line.split(|&byte| byte == b' ').nth(4)?;
            let place = PathBuf::from(OsString::from_vec(unescaped(place)));
            (place != self.tree && place.starts_with(&self.tree)).then_some(place)
        });
        match below {
            Some(place) => Err(format!(
                "something else is mounted in it, at {}",
                shown(place.as_os_str().as_bytes())
            )),
            None => Ok(()),
        }
    }

    /// What is put before a command so that it runs in the view, in a folder below the tree.
    pub fn before(&self, folder: &Path) -> Vec<OsString> {
        let root = rustix::process::geteuid().is_root();
        // What the kernel may do by default, a layer must not have: names of folders and files
        // without their content. For users it never does.
        const PLAIN: &str = "redirect_dir=off,metacopy=off,index=off,";
        let mut options = OsString::from(if root { PLAIN } else { "userxattr," });
        for (name, path) in [
            ("lowerdir=", self.tree.clone()),
            (",upperdir=", self.upper()),
            (",workdir=", self.folder.join("work")),
        ] {
            options.push(name);
            options.push(path);
        }
        let mut words: Vec<OsString> = vec!["unshare".into(), "--mount".into()];
        if !root {
            words.extend(["--user".into(), "--map-root-user".into()]);
        }
        words.extend(["--propagation".into(), "private".into()]);
        words.extend(["sh".into(), "-c".into(), ENTER.into(), "sh".into()]);
        words.extend([options, self.tree.clone().into(), folder.into()]);
        if !root {
            let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
            words.extend(["unshare".into(), "--user".into()]);
            words.push(format!("--map-user={}", user.as_raw()).into());
            words.push(format!("--map-group={}", group.as_raw()).into());
        }
        words
    }

    /// A command that runs in the view.
    pub fn command(&self, folder: &Path, words: &[OsString]) -> Command {
        let before = self.before(folder);
        let mut command = Command::new(&before[0]);
        command.args(&before[1..]).args(words);
        command
    }
}

/// A path as mountinfo writes it (proc(5)): blanks and backslashes as three octal digits.
fn unescaped(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        let digits = (*first == b'\\').then(|| tail.get(..3)).flatten();
        let code = digits.and_then(|d| std::str::from_utf8(d).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 8).ok()) {
            plain.push(byte);
            rest = &tail[3..];
        } else {
            plain.push(*first);
            rest = tail;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn paths_of_mounts() {
        assert_eq!(unescaped(br"/a\040b"), b"/a b");
        assert_eq!(unescaped(br"/a\134"), br"/a\");
        assert_eq!(unescaped(br"/a\04"), br"/a\04");
        assert_eq!(unescaped(b"/plain"), b"/plain");
    }
}

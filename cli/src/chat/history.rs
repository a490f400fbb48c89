//! The lines of earlier chats.
//!
//! They are kept in one file, for their owner alone, where the system keeps such things. A line in
//! which something looks like a secret is not kept, neither there nor for this chat.

use qf_agent::ledger::audit::redact::{LOOKED_AT, redact};
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::PathBuf;

/// So many lines are kept.
pub const MOST: usize = 2_000;

/// `$XDG_STATE_HOME/qf/chat-history`, else `~/.local/state/qf/chat-history`; its folder is made.
pub fn file() -> io::Result<Option<PathBuf>> {
    // A relative path in the variable means nothing, as the standard has it.
    let set = |name: &str| {
        std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute())
    };
    let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
    let Some(folder) = state.map(|state| state.join("qf")) else { return Ok(None) };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let file = folder.join("chat-history");
    match std::fs::set_permissions(&file, Permissions::from_mode(0o600)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(Some(file)),
    }
}

/// Whether a line may be kept.
pub fn may_keep(line: &str) -> bool {
    line.len() <= LOOKED_AT && redact(line).count == 0
}

#[cfg(test)]
mod tests {
    use super::may_keep;

    #[test]
    fn secrets_are_not_kept() {
        assert!(may_keep("who calls Ledger.apply?"));
        assert!(may_keep("/plan Rename Account.balance to funds"));
        assert!(!may_keep("/plan use password=hunter2hunter2"));
        assert!(!may_keep(&format!("where is ghp_{}?", "a1".repeat(12))));
        assert!(!may_keep(&"x".repeat(20_000)));
    }
}

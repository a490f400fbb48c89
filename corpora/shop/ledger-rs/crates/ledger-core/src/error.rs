use std::fmt;

/// Why a change was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum LedgerError {
    Overdrawn { account: u64, missing: i64 },
    UnknownAccount(u64),
    Malformed(String),
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overdrawn { account, missing } => {
                write!(f, "account {account} lacks {missing} cents")
            }
            Self::UnknownAccount(account) => write!(f, "there is no account {account}"),
            Self::Malformed(line) => write!(f, "not a posting: {line}"),
        }
    }
}

impl std::error::Error for LedgerError {}

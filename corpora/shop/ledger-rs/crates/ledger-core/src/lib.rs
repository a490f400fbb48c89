//! Accounts, postings and fees, and the tables they are stored in.

mod account;
mod error;
pub mod fee;
mod journal;
mod store;

pub use account::{transfer, Account};
pub use error::LedgerError;
pub use journal::{Journal, Posting};
pub use store::PgStore;

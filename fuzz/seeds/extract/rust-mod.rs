juse std::collections::HashMap;
use crate::db::{self, Db, DbDropGuard as Guard, store::{get, set as put}};
use self::frame::Frame;
use super::parse::*;
use anyhow;
use std::fmt::Write as _;
pub use crate::connection::Connection;
pub(crate) use super::shutdown as stop;
use {serde::Serialize, ::tokio::{net, sync::mpsc}};
use Frame::{Null, Array};
mod get;
pub mod set;
#[path = "legacy/old.rs"]
mod old;
extern crate libc as c;
extern crate log;

fn local() {
    use crate::inner::Thing;
    Thing::make();
}

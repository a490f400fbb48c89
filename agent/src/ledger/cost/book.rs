//! The ledger itself: events, one a line, to which lines are only added.
//!
//! Each line is on the disk before a call is made. What a crash left of a last line has no end and
//! is cut off by the next one who adds; its call was not made, because [`super::Ledger::reserve`]
//! had not returned. A last line to which only the end is missing says what happened, and is kept.
//! Every other line that cannot be read, or says what cannot be (a reservation is
//! ended that was not made), is damage, and nothing more is reserved until a person has looked:
//! what was spent is not known then.
//!
//! Sums are kept while a ledger is open, so that only the lines of others are read for a call; a
//! report streams the file. A line is its own key and value (`{"reserved":{…}}`), because that form
//! is read without a detour over a tree of values.

use super::budget::{Scope, Sum};
use super::error::{CostError, Result};
use super::money::Money;
use super::usage::Usage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// The day of a time in nanoseconds since 1970, in UTC.
pub fn day_of(at: i64) -> i64 {
    at.div_euclid(DAY)
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A call is about to be made.
    Reserved(Reserved),
    /// It was made.
    Committed(Committed),
    /// It was not made, or cost nothing.
    Released {
        /// Of which reservation.
        id: String,
        /// When, in nanoseconds since 1970.
        at: i64,
    },
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// Its name.
    pub id: String,
    /// When, in nanoseconds since 1970. The call counts to the day of this.
    pub at: i64,
    /// For which project.
    pub project: String,
    /// For which plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// By which agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// By which agent that one was started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// To which model.
    pub model: String,
    /// Whether it is answered with many others, later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub batch: bool,
    /// At most so many tokens.
    pub estimate: Usage,
    /// What those cost; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// The process that makes it; none where another will end the reservation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// When that began, as the system counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<u64>,
}

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Of which reservation.
    pub id: String,
    /// When, in nanoseconds since 1970.
    pub at: i64,
    /// Its tokens.
    pub usage: Usage,
    /// What they cost; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
    /// The date of the table that says so; `reported` where whoever made the call said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_date: Option<String>,
    /// Its parts, where it was one call to several models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// What one model had of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub model: String,
    /// Its tokens.
    pub usage: Usage,
    /// What they cost; known for all parts or for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

/// Where reading goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The first byte that was not read.
    pub offset: u64,
    /// How many lines were read.
    pub line: u64,
}

/// Reads the whole lines from a position up to a length, and moves the position. What is behind the
/// last end of a line is left.
pub fn read(
    file: &File,
    path: &Path,
    until: u64,
    at: &mut Position,
    each: &mut dyn FnMut(Event) -> std::result::Result<(), String>,
) -> Result<()> {
    let io = || CostError::io(path);
    let mut reader = BufReader::with_capacity(1 << 16, file);
    reader.seek(SeekFrom::Start(at.offset)).map_err(io())?;
    let mut reader = reader.take(until.saturating_sub(at.offset));
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes).map_err(io())?;
        let Some(line) = bytes.strip_suffix(b"\n") else { return Ok(()) };
        let number = at.line + 1;
        let damaged = |reason| CostError::Damaged { path: path.to_owned(), line: number, reason };
        let event = serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?;
        each(event).map_err(damaged)?;
        at.offset += bytes.len() as u64;
        at.line = number;
    }
}

/// The event behind the last end of a line, where it is a whole one.
pub fn unended(file: &File, path: &Path, until: u64, at: Position) -> Result<Option<Event>> {
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(at.offset)).map_err(CostError::io(path))?;
    let mut bytes = Vec::new();
    let mut rest = reader.take(until.saturating_sub(at.offset));
    rest.read_to_end(&mut bytes).map_err(CostError::io(path))?;
    Ok(serde_json::from_slice(&bytes).ok())
}

/// Sums, of all days and of each.
#[derive(Debug, Default)]
pub(super) struct ByDay {
    total: Sum,
    days: BTreeMap<i64, Sum>,
}

impl ByDay {
    fn add(&mut self, day: i64, money: Option<Money>, tokens: u64) {
        self.total.add(money, tokens);
        self.days.entry(day).or_default().add(money, tokens);
    }

    fn of(&self, day: Option<i64>) -> Sum {
        match day {
            None => self.total,
            Some(day) => self.days.get(&day).copied().unwrap_or_default(),
        }
    }
}

/// What is known of a ledger up to a position.
#[derive(Debug, Default)]
pub struct State {
    /// How far it was read.
    pub position: Position,
    /// Which file was read: device and number.
    pub file: Option<(u64, u64)>,
    /// How many reservations there were.
    pub serial: u64,
    /// Those that were not ended.
    pub open: BTreeMap<String, Reserved>,
    pub(super) all: ByDay,
    pub(super) projects: BTreeMap<String, ByDay>,
    pub(super) plans: BTreeMap<String, ByDay>,
}

impl State {
    /// Takes an event in; an error where it cannot be.
    pub fn take(&mut self, event: Event) -> std::result::Result<(), String> {
        match event {
            Event::Reserved(reserved) => {
                self.serial += 1;
                let id = reserved.id.clone();
                if self.open.insert(id, reserved).is_some() {
                    return Err("a reservation is made twice".to_owned());
                }
            }
            Event::Committed(committed) => {
                let reserved = self.end(&committed.id)?;
                self.spend(&reserved, &committed);
            }
            Event::Released { id, .. } => {
                self.end(&id)?;
            }
        }
        Ok(())
    }

    fn end(&mut self, id: &str) -> std::result::Result<Reserved, String> {
        self.open.remove(id).ok_or_else(|| format!("`{id}` is ended, and is not open"))
    }

    fn spend(&mut self, reserved: &Reserved, committed: &Committed) {
        // What it cost is not known: then it is held to have cost what it was expected to.
        let money = committed.money.or(reserved.money);
        let (day, tokens) = (day_of(reserved.at), committed.usage.total());
        self.all.add(day, money, tokens);
        self.projects.entry(reserved.project.clone()).or_default().add(day, money, tokens);
        if let Some(plan) = &reserved.plan {
            self.plans.entry(plan.clone()).or_default().add(day, money, tokens);
        }
    }

    /// What was spent of a budget; of a daily one on a day.
    pub fn spent(&self, scope: &Scope, day: i64) -> Sum {
        let day = scope.is_daily().then_some(day);
        match scope {
            Scope::Everything | Scope::Day => self.all.of(day),
            Scope::Project(name) | Scope::ProjectDay(name) => {
                self.projects.get(name).map(|sums| sums.of(day)).unwrap_or_default()
            }
            Scope::Plan(id) => self.plans.get(id).map(|sums| sums.of(day)).unwrap_or_default(),
        }
    }

    /// What calls that were not ended may spend of it.
    pub fn reserved(&self, scope: &Scope, day: i64) -> Sum {
        let mut sum = Sum::default();
        for reserved in self.open.values() {
            let is_in_time = !scope.is_daily() || day_of(reserved.at) == day;
            if is_in_time && scope.includes(&reserved.project, reserved.plan.as_deref()) {
                sum.add(reserved.money, reserved.estimate.total());
            }
        }
        sum
    }
}

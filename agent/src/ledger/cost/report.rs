//! What was spent, added up by project, plan, agent, model or day.
//!
//! The ledger is streamed: a million calls need no more memory than the reservations that are open
//! at once and the rows of the table. The sums of every table of the same calls are equal.

use super::book::{self, Committed, Event, Part, Position, Reserved, day_of};
use super::budget::Sum;
use super::error::{CostError, Result};
use super::files::{self, Places};
use super::is_gone;
use super::money::Money;
use super::usage::Usage;
use qf_graph::store::Home;
use qf_graph::time::Moment;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;

/// What rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Of projects.
    Project,
    /// Of plans.
    Plan,
    /// Of agents, `parent/agent` for one that another started.
    Agent,
    /// Of models.
    Model,
    /// Of days, in UTC.
    Day,
}

/// Which calls are added up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Those of a project.
    pub project: Option<String>,
    /// Those of a plan.
    pub plan: Option<String>,
    /// From this day on, in days since 1970.
    pub since: Option<i64>,
    /// Up to the end of this day.
    pub until: Option<i64>,
}

impl Filter {
    fn wants(&self, reserved: &Reserved) -> bool {
        let day = day_of(reserved.at);
        self.project.as_ref().is_none_or(|project| *project == reserved.project)
            && self.plan.as_ref().is_none_or(|plan| reserved.plan.as_ref() == Some(plan))
            && self.since.is_none_or(|since| day >= since)
            && self.until.is_none_or(|until| day <= until)
    }
}

/// Calls of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Row {
    /// The key; none for calls that have none.
    pub key: Option<String>,
    /// How many calls were made.
    pub calls: u64,
    /// Their tokens.
    #[serde(flatten)]
    pub usage: Whole,
    /// What they cost, as far as it is known.
    pub usd: Money,
    /// How many of them it is not known of.
    pub unpriced: u64,
}

/// Tokens of all classes, also of those without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Whole {
    /// Read anew.
    pub input: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Put into a cache for five minutes.
    pub cache_write: u64,
    /// Put into a cache for an hour.
    pub cache_write_long: u64,
    /// Written.
    pub output: u64,
}

impl From<Usage> for Whole {
    fn from(usage: Usage) -> Self {
        let Usage { input, cache_read, cache_write, cache_write_long, output } = usage;
        Self { input, cache_read, cache_write, cache_write_long, output }
    }
}

impl From<Whole> for Usage {
    fn from(whole: Whole) -> Self {
        let Whole { input, cache_read, cache_write, cache_write_long, output } = whole;
        Self { input, cache_read, cache_write, cache_write_long, output }
    }
}

impl Row {
    fn add(&mut self, usage: &Usage, money: Option<Money>) {
        self.usage = Usage::from(self.usage).plus(usage).into();
        self.usd = self.usd.plus(money.unwrap_or_default());
    }

    fn count(&mut self, committed: &Committed) {
        self.calls += 1;
        self.unpriced += u64::from(committed.money.is_none());
    }
}

/// A reservation that was not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// What was reserved.
    #[serde(flatten)]
    pub reserved: Reserved,
    /// Whether the process that made it is gone, so that nobody knows whether the call was made.
    pub gone: bool,
}

/// A table of what was spent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// By key, in order.
    pub rows: Vec<Row>,
    /// All of them.
    pub total: Row,
    /// What is reserved, the oldest first.
    pub open: Vec<Open>,
}

impl Report {
    /// The sum of what is reserved.
    pub fn reserved(&self) -> Sum {
        let mut sum = Sum::default();
        for open in &self.open {
            sum.add(open.reserved.money, open.reserved.estimate.total());
        }
        sum
    }
}

/// Adds up the calls of the ledger below a home; it is empty where there is none.
pub fn report(home: &Home, by: By, filter: &Filter) -> Result<Report> {
    let places = Places::of(home);
    let path = &places.ledger;
    let (file, length) = {
        // What is added while it is read is not of this report; a torn end is nobody's.
        let _lock = files::lock_to_read(&places)?;
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Report::default()),
            Err(error) => return Err(CostError::io(path)(error)),
        };
        let length = file.metadata().map_err(CostError::io(path))?.len();
        (file, length)
    };
    let mut table = Table { by, rows: BTreeMap::new(), total: Row::default() };
    let mut open: BTreeMap<String, Reserved> = BTreeMap::new();
    let mut take = |event| {
        let (id, committed) = match event {
            Event::Reserved(reserved) => {
                if open.insert(reserved.id.clone(), reserved).is_some() {
                    return Err("a reservation is made twice".to_owned());
                }
                return Ok(());
            }
            Event::Committed(committed) => (committed.id.clone(), Some(committed)),
            Event::Released { id, .. } => (id, None),
        };
        let reserved = open.remove(&id);
        let reserved = reserved.ok_or_else(|| format!("`{id}` is ended, and is not open"))?;
        if let Some(committed) = committed.filter(|_| filter.wants(&reserved)) {
            table.add(&reserved, &committed);
        }
        Ok(())
    };
    let mut at = Position::default();
    book::read(&file, path, length, &mut at, &mut take)?;
    if let Some(event) = book::unended(&file, path, length, at)? {
        let damaged = |reason| CostError::Damaged { path: path.clone(), line: at.line + 1, reason };
        take(event).map_err(damaged)?;
    }
    let mut open: Vec<Open> = open
        .into_values()
        .filter(|reserved| filter.wants(reserved))
        .map(|reserved| Open { gone: is_gone(&reserved), reserved })
        .collect();
    open.sort_by(|left, right| {
        let key = |open: &Open| (open.reserved.at, open.reserved.id.len());
        key(left).cmp(&key(right)).then_with(|| left.reserved.id.cmp(&right.reserved.id))
    });
    Ok(Report { rows: table.rows.into_values().collect(), total: table.total, open })
}

struct Table {
    by: By,
    rows: BTreeMap<Option<String>, Row>,
    total: Row,
}

impl Table {
    fn add(&mut self, reserved: &Reserved, committed: &Committed) {
        self.total.add(&committed.usage, committed.money);
        self.total.count(committed);
        let key = match self.by {
            By::Project => Some(reserved.project.clone()),
            By::Plan => reserved.plan.clone(),
            By::Agent => reserved.agent.as_ref().map(|agent| match &reserved.parent {
                Some(parent) => format!("{parent}/{agent}"),
                None => agent.clone(),
            }),
            By::Model => Some(reserved.model.clone()),
            By::Day => Some(day_text(day_of(reserved.at))),
        };
        let by_model = self.by == By::Model && !committed.parts.is_empty();
        let row = self.row(key);
        row.count(committed);
        if !by_model {
            row.add(&committed.usage, committed.money);
            return;
        }
        // The call is counted for the model it was made to; each has its own part of the rest.
        for Part { model, usage, money } in &committed.parts {
            self.row(Some(model.clone())).add(usage, *money);
        }
    }

    fn row(&mut self, key: Option<String>) -> &mut Row {
        let row = Row { key: key.clone(), ..Row::default() };
        self.rows.entry(key).or_insert(row)
    }
}

/// A day since 1970 as `2026-11-30`.
pub fn day_text(day: i64) -> String {
    let Moment { year, month, day, .. } = Moment::of(day.saturating_mul(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day that `2026-11-30` means, since 1970; none where there is no such day. (H. Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms")
pub fn day_number(text: &str) -> Option<i64> {
    let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
    let (Some(Some(year)), Some(Some(month)), Some(Some(day)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // The year begins in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = year.div_euclid(400);
    let year = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let number = era * 146_097 + year * 365 + year / 4 - year / 100 + day_of_year - 719_468;
    // The thirty-first of a month that has none is another day.
    (day_text(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::{day_number, day_text};

    #[test]
    fn days() {
        for (text, number) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-30", 20_787)] {
            assert_eq!(day_number(text), Some(number), "{text}");
            assert_eq!(day_text(number), text);
        }
        for wrong in ["", "2026", "2026-11", "2026-11-31", "2026-2-1", "2025-02-29", "x-1-1"] {
            assert_eq!(day_number(wrong), None, "{wrong}");
        }
        for day in -1000..1000 {
            assert_eq!(day_number(&day_text(day * 37)), Some(day * 37));
        }
    }
}

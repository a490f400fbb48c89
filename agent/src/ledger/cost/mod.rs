//! The cost ledger: what language models cost, and budgets that stop a call before it is made.
//!
//! A limit that is looked at after the answer has come stops the call after the one that passed it,
//! and twenty callers that look at the same time all find that there is room. So a call is reserved
//! first, with the most that it may take ([`Ledger::reserve`]); what was spent, what is reserved
//! and what is asked for are added up under a lock that all processes share, and what would pass a
//! limit is refused. Afterwards what it really took is committed ([`Reservation::commit`]), or the
//! reservation is given back ([`Reservation::release`]).
//!
//! Tokens are counted in classes that no token is twice in ([`usage`]), money is never rounded
//! ([`money`]), and prices are data ([`prices`]). What is not known is never taken to be nothing:
//! the call of a model without a price is counted, and refused where there is a budget in money.
//!
//! Decisions worth knowing:
//! - A reservation that is dropped stays reserved. Whether a call was made when its process was
//!   killed nobody knows; it counts in full until a person says otherwise ([`Ledger::commit`],
//!   [`Ledger::release`], on the command line `qf cost settle`).
//! - A budget is kept as well as estimates are upper bounds. A call that takes more than was
//!   reserved is booked with all it took, and the next one is refused.
//! - A call counts to the day on which it was reserved, in UTC.
//! - The lock is held for a line, not for the ledger: what is there already is read before it is
//!   taken, and under it only what others added meanwhile.

pub mod book;
pub mod budget;
pub mod error;
pub mod files;
pub mod money;
pub mod prices;
pub mod report;
pub mod reported;
pub mod usage;

use crate::checkpoint::tree::entry::now;
use crate::run::script::begun;
use book::{Committed, Event, Part, Position, Reserved, State, day_of};
use budget::{Budget, Scope, Sum};
use error::{CostError, Result};
use files::Places;
use money::Money;
use prices::{Prices, Unpriced};
use qf_graph::store::{Home, disk};
use reported::Spent;
use std::collections::BTreeMap;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use usage::Usage;

/// A call that is going to be made: for whom, and to which model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Call {
    /// For which project.
    pub project: String,
    /// For which plan.
    pub plan: Option<String>,
    /// By which agent.
    pub agent: Option<String>,
    /// By which agent that one was started.
    pub parent: Option<String>,
    /// To which model.
    pub model: String,
    /// Whether it is answered with many others, later.
    pub batch: bool,
    /// Whether another process ends the reservation, so that the end of this one says nothing.
    pub detached: bool,
}

/// What was written down of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// Its tokens.
    pub usage: Usage,
    /// What they cost; none where it is not known.
    pub money: Option<Money>,
    /// Why not.
    pub unpriced: Option<Unpriced>,
}

/// A budget, and how much of it is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The budget.
    pub budget: Budget,
    /// What was spent.
    pub spent: Sum,
    /// What calls that are not over may yet spend.
    pub reserved: Sum,
}

/// The ledger, to add to. Threads may share one, and processes each have their own.
pub struct Ledger {
    places: Places,
    prices: Prices,
    state: Mutex<State>,
}

/// The most that work may take whose calls somebody else makes; none where that is not said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Most {
    /// In US dollars.
    pub money: Option<Money>,
    /// In tokens of all classes.
    pub tokens: Option<u64>,
}

/// Leave to make one call. Dropped, it stays reserved.
#[must_use = "a call that is not committed or released counts in full"]
pub struct Reservation<'a> {
    ledger: &'a Ledger,
    id: String,
    money: Option<Money>,
}

impl Reservation<'_> {
    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// At most so much; none where it is not known.
    pub fn money(&self) -> Option<Money> {
        self.money
    }

    /// The call was made, and this is what it took.
    pub fn commit(self, spent: impl Into<Spent>) -> Result<Booked> {
        self.ledger.commit(&self.id, &spent.into())
    }

    /// The call was not made, or cost nothing.
    pub fn release(self) -> Result<()> {
        self.ledger.release(&self.id)
    }
}

impl Ledger {
    /// The ledger below a home; its folder is made when it is not there.
    pub fn open(home: &Home) -> Result<Self> {
        let places = Places::of(home);
        disk::create_folder(&places.folder)?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&places.folder, private).map_err(CostError::io(&places.folder))?;
        Ok(Self { places, prices: Prices::load(home)?, state: Mutex::default() })
    }

    /// What models cost.
    pub fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Asks leave to make a call that takes at most so many tokens. What is not allowed is
    /// [`CostError::Budget`] or [`CostError::Unpriced`], and nothing is written.
    pub fn reserve(&self, call: Call, estimate: Usage) -> Result<Reservation<'_>> {
        self.reserve_at(call, estimate, now())
    }

    /// The same at a time, in nanoseconds since 1970, for calls that are booked later and for
    /// tests.
    pub fn reserve_at(&self, call: Call, estimate: Usage, at: i64) -> Result<Reservation<'_>> {
        let estimate = estimate.checked()?;
        let charge = self.prices.charge(&call.model, &estimate, call.batch);
        let money = charge.as_ref().ok().map(|charge| charge.money);
        let mut state = self.state();
        let (_lock, mut file) = self.hold(&mut state)?;
        let day = day_of(at);
        let mut asked = Sum::default();
        asked.add(money, estimate.total());
        for budget in budget::read(&self.places)? {
            let scope = &budget.scope;
            if !scope.includes(&call.project, call.plan.as_deref()) {
                continue;
            }
            if let (Some(_), Err(source)) = (budget.usd, &charge) {
                return Err(CostError::Unpriced { scope: scope.clone(), source: source.clone() });
            }
            budget.check(&state.spent(scope, day), &state.reserved(scope, day), &asked)?;
        }
        let id = name(state.serial + 1)?;
        let reserved = reserved(id.clone(), at, call, estimate, money);
        self.append(&mut state, &mut file, Event::Reserved(reserved))?;
        Ok(Reservation { ledger: self, id, money })
    }

    /// Asks leave for work that makes calls of its own, to models that it chooses, and takes at most
    /// so much. `own` is a budget of it alone, beside those that are set; what is not said may be
    /// what that has left.
    pub fn reserve_work(
        &self,
        call: Call,
        mut most: Most,
        own: Option<&Budget>,
    ) -> Result<(Reservation<'_>, Most)> {
        let mut state = self.state();
        let (_lock, mut file) = self.hold(&mut state)?;
        let at = now();
        let day = day_of(at);
        if let Some(own) = own {
            let spent = state.spent(&own.scope, day);
            let reserved = state.reserved(&own.scope, day);
            let gone = spent.money.plus(reserved.money);
            most.money = most.money.or(own.usd.map(|usd| usd.minus(gone)));
            let gone = spent.tokens.saturating_add(reserved.tokens);
            most.tokens = most.tokens.or(own.tokens.map(|tokens| tokens.saturating_sub(gone)));
        }
        let mut asked = Sum::default();
        // Where nothing is left, nothing can be done.
        let money = most.money.map(|money| money.max(Money::LEAST));
        asked.add(money, most.tokens.map_or(0, |tokens| tokens.max(1)));
        let budgets = budget::read(&self.places)?;
        for budget in budgets.iter().chain(own) {
            let scope = &budget.scope;
            if !scope.includes(&call.project, call.plan.as_deref()) {
                continue;
            }
            let stated = (budget.usd.is_none() || most.money.is_some())
                && (budget.tokens.is_none() || most.tokens.is_some());
            if !stated {
                return Err(CostError::Unstated { scope: scope.clone() });
            }
            budget.check(&state.spent(scope, day), &state.reserved(scope, day), &asked)?;
        }
        let id = name(state.serial + 1)?;
        // Of which class nobody knows.
        let estimate = Usage { output: most.tokens.unwrap_or(0), ..Usage::default() };
        let money = most.money;
        let reserved = reserved(id.clone(), at, call, estimate, money);
        self.append(&mut state, &mut file, Event::Reserved(reserved))?;
        Ok((Reservation { ledger: self, id, money }, most))
    }

    /// Ends an open reservation with what the call took.
    pub fn commit(&self, id: &str, spent: &Spent) -> Result<Booked> {
        let mut state = self.state();
        let (_lock, mut file) = self.hold(&mut state)?;
        let reserved =
            state.open.get(id).ok_or_else(|| CostError::NotOpen { id: id.to_owned() })?;
        let (committed, unpriced) = self.priced(reserved, spent)?;
        let booked = Booked { usage: committed.usage, money: committed.money, unpriced };
        self.append(&mut state, &mut file, Event::Committed(committed))?;
        Ok(booked)
    }

    /// Writes down a call that was made and has no reservation any more, because somebody else
    /// ended it. It counts whatever the budgets say.
    pub fn book(&self, call: Call, spent: &Spent) -> Result<Booked> {
        let mut state = self.state();
        let (_lock, mut file) = self.hold(&mut state)?;
        let call = Call { detached: true, ..call };
        let id = name(state.serial + 1)?;
        let reserved = reserved(id, now(), call, spent.usage.checked()?, spent.reported);
        let (committed, unpriced) = self.priced(&reserved, spent)?;
        let booked = Booked { usage: committed.usage, money: committed.money, unpriced };
        self.append(&mut state, &mut file, Event::Reserved(reserved))?;
        self.append(&mut state, &mut file, Event::Committed(committed))?;
        Ok(booked)
    }

    /// Ends an open reservation: the call was not made, or cost nothing.
    pub fn release(&self, id: &str) -> Result<()> {
        let mut state = self.state();
        let (_lock, mut file) = self.hold(&mut state)?;
        if !state.open.contains_key(id) {
            return Err(CostError::NotOpen { id: id.to_owned() });
        }
        let event = Event::Released { id: id.to_owned(), at: now() };
        self.append(&mut state, &mut file, event)
    }

    /// An open reservation.
    pub fn open_reservation(&self, id: &str) -> Result<Reserved> {
        let mut state = self.state();
        let _held = self.hold(&mut state)?;
        state.open.get(id).cloned().ok_or_else(|| CostError::NotOpen { id: id.to_owned() })
    }

    /// The budgets and what is gone of them; of daily ones, today.
    pub fn budgets(&self) -> Result<Vec<Standing>> {
        let mut state = self.state();
        let _held = self.hold(&mut state)?;
        let day = day_of(now());
        let budgets = budget::read(&self.places)?.into_iter().map(|budget| {
            let spent = state.spent(&budget.scope, day);
            let reserved = state.reserved(&budget.scope, day);
            Standing { budget, spent, reserved }
        });
        Ok(budgets.collect())
    }

    /// Sets a budget, in place of the one of the same scope.
    pub fn set_budget(&self, new: Budget) -> Result<()> {
        let _lock = files::lock(&self.places)?;
        let mut budgets = budget::read(&self.places)?;
        budgets.retain(|budget| budget.scope != new.scope);
        budgets.push(new);
        budgets.sort_by(|left, right| left.scope.cmp(&right.scope));
        budget::write(&self.places, &budgets)
    }

    /// Removes a budget; false when there was none.
    pub fn remove_budget(&self, scope: &Scope) -> Result<bool> {
        let _lock = files::lock(&self.places)?;
        let mut budgets = budget::read(&self.places)?;
        let before = budgets.len();
        budgets.retain(|budget| budget.scope != *scope);
        let removed = budgets.len() < before;
        if removed {
            budget::write(&self.places, &budgets)?;
        }
        Ok(removed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left it as it was, or at a position from which it is read on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the lock, with everything read that is there.
    fn hold(&self, state: &mut State) -> Result<(super::lock::Lock, File)> {
        self.read_ahead(state);
        let lock = files::lock(&self.places)?;
        let file = self.refresh(state)?;
        Ok((lock, file))
    }

    /// Reads the whole lines that are there, so that little is left to be read while others wait.
    /// Whatever is wrong is found again under the lock.
    fn read_ahead(&self, state: &mut State) {
        let path = &self.places.ledger;
        let Ok(file) = File::open(path) else { return };
        let Ok(metadata) = file.metadata() else { return };
        if self.read_lines(state, &file, &metadata).is_err() {
            *state = State::default();
        }
    }

    /// Reads the whole lines that were added; from the beginning where it is another file.
    fn read_lines(&self, state: &mut State, file: &File, metadata: &Metadata) -> Result<()> {
        let (identity, length) = (Some((metadata.dev(), metadata.ino())), metadata.len());
        if state.file != identity || length < state.position.offset {
            *state = State { file: identity, ..State::default() };
        }
        let mut position = state.position;
        let path = &self.places.ledger;
        book::read(file, path, length, &mut position, &mut |event| state.take(event))?;
        state.position = position;
        Ok(())
    }

    /// Reads what others added, and puts right what a crash left at the end. The lock is held.
    fn refresh(&self, state: &mut State) -> Result<File> {
        let path = &self.places.ledger;
        let io = || CostError::io(path);
        let open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
        let mut file = open.map_err(io())?;
        let metadata = file.metadata().map_err(io())?;
        let length = metadata.len();
        if length == 0 {
            // It may be new: then its name has to be on the disk, too.
            let folder = &self.places.folder;
            let sync = File::open(folder).and_then(|folder| folder.sync_all());
            sync.map_err(CostError::io(folder))?;
        }
        let read = self.read_lines(state, &file, &metadata);
        let read = read.and_then(|()| self.mend(state, &mut file, length));
        if let Err(error) = read {
            *state = State::default();
            return Err(error);
        }
        Ok(file)
    }

    /// What has no end of a line is whole, and gets one, or is cut off. The lock is held.
    fn mend(&self, state: &mut State, file: &mut File, length: u64) -> Result<()> {
        let path = &self.places.ledger;
        let io = || CostError::io(path);
        let at = state.position;
        if at.offset >= length {
            return Ok(());
        }
        let Some(event) = book::unended(file, path, length, at)? else {
            return file.set_len(at.offset).and_then(|()| file.sync_all()).map_err(io());
        };
        let number = at.line + 1;
        let damaged = |reason| CostError::Damaged { path: path.clone(), line: number, reason };
        state.take(event).map_err(damaged)?;
        file.write_all(b"\n").and_then(|()| file.sync_all()).map_err(io())?;
        state.position = Position { offset: length + 1, line: number };
        Ok(())
    }

    /// Adds an event. The lock is held, and everything before was read.
    fn append(&self, state: &mut State, file: &mut File, event: Event) -> Result<()> {
        let path = &self.places.ledger;
        let mut line = serde_json::to_vec(&event)
            .map_err(|error| CostError::io(path)(std::io::Error::from(error)))?;
        line.push(b'\n');
        if let Err(error) = file.write_all(&line).and_then(|()| file.sync_data()) {
            // Best effort: what stays has no end, and is cut off by the next one.
            let _ = file.set_len(state.position.offset);
            *state = State::default();
            return Err(CostError::io(path)(error));
        }
        let number = state.position.line + 1;
        state.take(event).map_err(|reason| CostError::Damaged {
            path: path.clone(),
            line: number,
            reason,
        })?;
        state.position.offset += line.len() as u64;
        state.position.line = number;
        Ok(())
    }

    /// What a call cost, and where that is not known, why.
    fn priced(&self, reserved: &Reserved, spent: &Spent) -> Result<(Committed, Option<Unpriced>)> {
        let mut models = spent.models.clone();
        if models.is_empty() {
            models = BTreeMap::from([(reserved.model.clone(), spent.usage)]);
        }
        let (mut usage, mut money) = (Usage::default(), Money::ZERO);
        let (mut parts, mut date, mut unpriced) = (Vec::new(), None, None);
        let mut is_guess = false;
        for (model, used) in models {
            usage = usage.plus(&used.checked()?);
            // How long each prompt was cannot be told from their sum.
            is_guess |= spent.is_sum && self.prices.is_long(&model, used.prompt());
            let charge = self.prices.charge(&model, &used, reserved.batch);
            let charge = charge.map_err(|error| unpriced = Some(error)).ok();
            let cost = charge.as_ref().map(|charge| charge.money);
            money = money.plus(cost.unwrap_or_default());
            date = charge.map(|charge| charge.date).max(date);
            parts.push(Part { model, usage: used, money: cost });
        }
        // What is reported has calls in it that the sums may not show: a budget holds all of it.
        let is_more = spent.is_sum && spent.reported.is_some_and(|reported| reported > money);
        let mut money = Some(money);
        if unpriced.is_some() || is_more || (is_guess && spent.reported.is_some()) {
            money = spent.reported;
            date = money.map(|_| "reported".to_owned());
            // The cost of all is known or of none: else parts would not add up to the whole.
            for part in &mut parts {
                part.money = None;
            }
        }
        if money.is_some() {
            unpriced = None;
        }
        let is_plain = matches!(parts.as_slice(), [only] if only.model == reserved.model);
        if is_plain || parts.iter().any(|part| part.money.is_none() && money.is_some()) {
            parts.clear();
        }
        let (id, at) = (reserved.id.clone(), now());
        Ok((Committed { id, at, usage, money, price_date: date, parts }, unpriced))
    }
}

/// A name for a reservation. That of another ledger is no name of this one, though both count from
/// one: the part behind the number is drawn.
fn name(number: u64) -> Result<String> {
    let path = Path::new("/dev/urandom");
    let mut drawn = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut drawn));
    read.map_err(CostError::io(path))?;
    Ok(format!("c{number}-{:08x}", u32::from_be_bytes(drawn)))
}

/// What is written down of a call that is going to be made.
fn reserved(id: String, at: i64, call: Call, estimate: Usage, money: Option<Money>) -> Reserved {
    let Call { project, plan, agent, parent, model, batch, detached } = call;
    let pid = (!detached).then(std::process::id);
    let started = pid.and_then(since);
    Reserved { id, at, project, plan, agent, parent, model, batch, estimate, money, pid, started }
}

/// When a process began; none where the system does not say.
fn since(pid: u32) -> Option<u64> {
    i32::try_from(pid).ok().and_then(begun)
}

/// Whether the process that made a reservation is known to be gone.
pub fn is_gone(reserved: &Reserved) -> bool {
    match (reserved.pid, reserved.started) {
        (Some(pid), Some(started)) => since(pid) != Some(started),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::book::State;
    use super::files;
    use super::usage::Usage;
    use super::{Call, Ledger};
    use qf_graph::store::Home;

    #[test]
    fn what_is_there_is_read_while_somebody_else_holds_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::new(folder.path());
        let ledger = Ledger::open(&home).expect("a ledger");
        let call = || Call { project: "p".into(), model: "m".into(), ..Call::default() };
        for _ in 0..3 {
            let reservation = ledger.reserve(call(), Usage::default()).expect("it is allowed");
            reservation.release().expect("it is released");
        }
        let _held = files::lock(&ledger.places).expect("nobody else has it");
        let other = Ledger::open(&home).expect("a ledger");
        let mut state = State::default();
        other.read_ahead(&mut state);
        let length = ledger.places.ledger.metadata().expect("it is there").len();
        assert_eq!((state.position.offset, state.position.line, state.serial), (length, 6, 3));
    }
}

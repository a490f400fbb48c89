//! Calls of a model, each reserved before it is made and booked after.
//!
//! What a budget refuses is never sent. What was sent and not answered may have to be paid: it
//! stays reserved and counts in full, until a person says otherwise. The ledger needs a Unix
//! system; elsewhere calls are made without.

use crate::error::CommandError;
use crate::output::Messages;
use qf_graph::store::Home;
use qf_models::chat::{Chat, Completion};

#[cfg(unix)]
use crate::commands::cost::project;
#[cfg(unix)]
use qf_agent::ledger::cost::error::CostError;
#[cfg(unix)]
use qf_agent::ledger::cost::reported::Spent;
#[cfg(unix)]
use qf_agent::ledger::cost::usage::Usage;
#[cfg(unix)]
use qf_agent::ledger::cost::{Call, Ledger, Reservation};
#[cfg(unix)]
use qf_models::chat::{ChatError, MOST_TOKENS};
#[cfg(unix)]
use serde_json::Value;

/// Who calls, as the ledger names it.
#[cfg(unix)]
const AGENT: &str = "qf ask";

/// Makes calls.
#[cfg(unix)]
pub struct Meter {
    ledger: Ledger,
    project: String,
    messages: Messages,
}

#[cfg(unix)]
impl Meter {
    /// With the ledger below a home.
    pub fn open(home: &Home, messages: Messages) -> Result<Self, CommandError> {
        Ok(Self { ledger: Ledger::open(home)?, project: project(), messages })
    }

    /// What a model says to a text, if it may be asked.
    pub fn complete(
        &self,
        chat: &Chat,
        system: &str,
        text: &str,
    ) -> Result<Completion, CommandError> {
        let call = Call {
            project: self.project.clone(),
            agent: Some(AGENT.to_owned()),
            model: chat.model.clone(),
            ..Call::default()
        };
        let estimate = at_most(system, text);
        let reservation = self.ledger.reserve(call.clone(), estimate)?;
        match chat.complete(system, text) {
            Ok(completion) => {
                self.book(reservation, call, &completion.usage, estimate);
                Ok(completion)
            }
            Err(failed) => {
                self.give_up(reservation, &failed);
                Err(failed.error.into())
            }
        }
    }

    /// Writes down what a call took; anew where somebody else ended its reservation. The answer is
    /// there whatever the ledger says, and the reservation counts in full where it cannot be ended.
    fn book(&self, reservation: Reservation<'_>, call: Call, usage: &Value, estimate: Usage) {
        let usage = Usage::of_server(usage).unwrap_or_else(|error| {
            self.messages.warning(format_args!("{error}; the call counts as it was expected"));
            None
        });
        let spent = Spent::from(usage.unwrap_or(estimate));
        let booked = match reservation.commit(spent.clone()) {
            Err(CostError::NotOpen { .. }) => self.ledger.book(call, &spent),
            other => other,
        };
        if let Err(error) = booked {
            self.messages.warning(format_args!("what the call took is not booked: {error}"));
        }
    }

    /// Ends the reservation of a call that gave nothing, where it is known what that costs.
    fn give_up(&self, reservation: Reservation<'_>, failed: &ChatError) {
        let ended = match Usage::of_server(&failed.usage) {
            Ok(Some(usage)) => reservation.commit(usage).map(|_| ()),
            _ if failed.unknown => {
                let id = reservation.id();
                let why = "the call may have been made, so it counts in full";
                self.messages.warning(format_args!("{why}, as {id}"));
                self.messages.hint(format_args!("`qf cost settle {id} --nothing` if it was not"));
                return;
            }
            _ => reservation.release(),
        };
        if let Err(error) = ended {
            self.messages.warning(format_args!("the call counts in full: {error}"));
        }
    }
}

/// At most so many tokens, as far as that can be said without the tokenizer of the model: of what
/// is read a third of its bytes, and what a request has around it. Text and code take a quarter.
#[cfg(unix)]
fn at_most(system: &str, text: &str) -> Usage {
    let bytes = (system.len() + text.len()) as u64;
    Usage { input: bytes / 3 + 64, output: u64::from(MOST_TOKENS), ..Usage::default() }
}

/// Makes calls.
#[cfg(not(unix))]
pub struct Meter;

#[cfg(not(unix))]
impl Meter {
    /// Without a ledger.
    pub fn open(_: &Home, _: Messages) -> Result<Self, CommandError> {
        Ok(Self)
    }

    /// What a model says to a text.
    pub fn complete(
        &self,
        chat: &Chat,
        system: &str,
        text: &str,
    ) -> Result<Completion, CommandError> {
        chat.complete(system, text).map_err(|failed| failed.error.into())
    }
}

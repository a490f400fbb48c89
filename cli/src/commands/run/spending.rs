//! What the `agent` steps of a run spend: asked for before each, and booked after.
//!
//! An agent's program makes its own calls. So the most that a step may take is reserved before it
//! begins, the program is told of it in its environment, and what its output says that it used is
//! booked when it has ended; where that says nothing, what was reserved is.

use super::super::cost::project_of;
use crate::output::Messages;
use qf_agent::ledger::cost::budget::{Budget, Scope};
use qf_agent::ledger::cost::money::Money;
use qf_agent::ledger::cost::reported::Spent;
use qf_agent::ledger::cost::usage::Usage;
use qf_agent::ledger::cost::{Call, Ledger, Most};
use qf_agent::plan::{self, Plan};
use qf_graph::store::Home;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// So much of the end of an agent's output is looked at.
const LOOKED_AT: u64 = 16 << 20;

/// The spending of one run.
pub struct Spending<'a> {
    home: &'a Home,
    messages: Messages,
    plan: &'a Plan,
    /// The ledger and the reservation of the step that is being done.
    open: Option<(Ledger, String, Most)>,
}

impl<'a> Spending<'a> {
    /// Of the run of a plan.
    pub fn new(home: &'a Home, messages: Messages, plan: &'a Plan) -> Self {
        Self { home, messages, plan, open: None }
    }

    /// A step is about to begin: what its program finds in its environment, or why it must not.
    pub fn begins(
        &mut self,
        key: &str,
        budget: &plan::Budget,
    ) -> Result<Vec<(String, String)>, String> {
        let header = &self.plan.header;
        let said = |budget: &plan::Budget| {
            let money = budget.usd.as_deref().map(Money::parse).transpose();
            let money = money.map_err(|error| error.to_string())?;
            Ok::<Most, String>(Most { money, tokens: budget.tokens })
        };
        let (most, all) = (said(budget)?, said(&header.budget)?);
        let scope = Scope::Plan(header.id.clone());
        let own = Budget { scope, usd: all.money, tokens: all.tokens };
        let call = Call {
            project: project_of(&header.tree),
            plan: Some(header.id.clone()),
            agent: Some(format!("step {}", &key[..8.min(key.len())])),
            model: "agent".to_owned(),
            ..Call::default()
        };
        let ledger = Ledger::open(self.home).map_err(|error| error.to_string())?;
        let (id, most) = {
            let limits = own.usd.is_some() || own.tokens.is_some();
            let reserved = ledger.reserve_work(call, most, limits.then_some(&own));
            let (reservation, most) = reserved.map_err(|error| error.to_string())?;
            (reservation.id().to_owned(), most)
        };
        let money = most.money.map(|money| ("QF_BUDGET_USD".to_owned(), money.to_string()));
        let tokens = most.tokens.map(|tokens| ("QF_BUDGET_TOKENS".to_owned(), tokens.to_string()));
        self.open = Some((ledger, id, most));
        Ok(money.into_iter().chain(tokens).collect())
    }

    /// The step has ended, and its program printed this.
    pub fn ended(&mut self, output: &Path) {
        let Some((ledger, id, most)) = self.open.take() else { return };
        let spent = match said(output) {
            Ok(spent) => spent,
            Err(reason) => {
                self.messages.warning(format_args!("what the agent says that it used: {reason}"));
                None
            }
        };
        let spent = spent.unwrap_or_else(|| {
            let usage = Usage { output: most.tokens.unwrap_or(0), ..Usage::default() };
            Spent { usage, reported: most.money, ..Spent::default() }
        });
        match ledger.commit(&id, &spent) {
            Ok(booked) => {
                let tokens = booked.usage.total();
                let money =
                    booked.money.map_or_else(String::new, |m| format!(", {} USD", m.rounded(4)));
                self.messages.say(format_args!("  the agent used {tokens} tokens{money}"));
            }
            Err(error) => {
                self.messages.warning(format_args!("what the agent took is not booked: {error}"));
            }
        }
    }
}

/// What the end of an output says of what was used.
fn said(output: &Path) -> Result<Option<Spent>, String> {
    let text = || -> std::io::Result<String> {
        let mut file = std::fs::File::open(output)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_AT)))?;
        let mut bytes = Vec::new();
        file.take(LOOKED_AT).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = text().map_err(|error| format!("{}: {error}", output.display()))?;
    Spent::of_text(&text).map_err(|error| error.to_string())
}

//! What the `agent` steps of a run spend: asked for before each, and booked after.
//!
//! An agent's program makes its own calls. So the most that a step may take is reserved before it
//! begins, the program is told of it in its environment, and what its output says that it used is
//! booked when it has ended. Where that says nothing, what was reserved is booked after an end as it
//! should be; after another it stays reserved until a person says what became of it, and where the
//! program was not even found, nothing is.

use super::super::cost::project_of;
use crate::error::CommandError;
use crate::output::Messages;
use qf_agent::ledger::cost::book::Reserved;
use qf_agent::ledger::cost::budget::{Budget, Scope};
use qf_agent::ledger::cost::error::CostError;
use qf_agent::ledger::cost::money::Money;
use qf_agent::ledger::cost::report::{By, Filter, report};
use qf_agent::ledger::cost::reported::Spent;
use qf_agent::ledger::cost::usage::Usage;
use qf_agent::ledger::cost::{Call, Ledger, Most};
use qf_agent::plan::{self, Plan};
use qf_agent::run::AgentEnd;
use qf_agent::run::script::{NOT_FOUND, NOT_RUN};
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
    /// What was asked for, for the step that is being done.
    open: Option<Open>,
}

/// A reservation that was not ended.
struct Open {
    ledger: Ledger,
    id: String,
    call: Call,
    most: Most,
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
        let ledger = Ledger::open(self.home).map_err(|error| self.why(error))?;
        let (id, most) = {
            let limits = own.usd.is_some() || own.tokens.is_some();
            let reserved = ledger.reserve_work(call.clone(), most, limits.then_some(&own));
            let (reservation, most) = reserved.map_err(|error| self.why(error))?;
            (reservation.id().to_owned(), most)
        };
        let money = most.money.map(|money| ("QF_BUDGET_USD".to_owned(), money.to_string()));
        let tokens = most.tokens.map(|tokens| ("QF_BUDGET_TOKENS".to_owned(), tokens.to_string()));
        self.open = Some(Open { ledger, id, call, most });
        Ok(money.into_iter().chain(tokens).collect())
    }

    /// Why a step must not begin, and what to do: where a budget is used up by what a run that was
    /// killed had reserved, which reservation that is.
    fn why(&self, error: CostError) -> String {
        let gone = match &error {
            CostError::Budget(refusal) => self.gone(&refusal.scope),
            _ => Vec::new(),
        };
        let CommandError { message, hints, .. } = error.into();
        let mut lines = vec![message];
        for id in gone {
            lines.push(format!("the process that reserved {id} is gone, and it counts in full"));
            lines.push(format!("hint: {}", settle_hint(&id)));
        }
        lines.extend(hints.into_iter().map(|hint| format!("hint: {hint}")));
        lines.join("\n")
    }

    /// The reservations that a budget holds and whose processes are gone.
    fn gone(&self, scope: &Scope) -> Vec<String> {
        // What cannot be read was said already, by whoever refused.
        let found = report(self.home, By::Plan, &Filter::default()).unwrap_or_default();
        let gone = found.open.into_iter().filter(|open| {
            let Reserved { project, plan, .. } = &open.reserved;
            open.gone && scope.includes(project, plan.as_deref())
        });
        gone.map(|open| open.reserved.id).collect()
    }

    /// The step has ended in this way, and its program printed this. Gives what that says that it
    /// used, and which models.
    pub fn ended(&mut self, output: &Path, end: &AgentEnd) -> Option<Spent> {
        let open = self.open.take()?;
        let spent = match said(output) {
            Ok(spent) => spent,
            Err(reason) => {
                self.messages.warning(format_args!("what the agent says that it used: {reason}"));
                None
            }
        };
        match (&spent, end) {
            (Some(spent), _) => self.book(&open, spent),
            (None, AgentEnd::Wrong(Some(NOT_RUN | NOT_FOUND))) => {
                if let Err(error) = open.ledger.release(&open.id) {
                    self.messages.warning(format_args!("the agent was not begun: {error}"));
                }
            }
            (None, AgentEnd::Right) => {
                let usage = Usage { output: open.most.tokens.unwrap_or(0), ..Usage::default() };
                self.book(&open, &Spent { usage, reported: open.most.money, ..Spent::default() });
            }
            (None, AgentEnd::Wrong(_) | AgentEnd::Stopped) => {
                let id = &open.id;
                self.messages.warning(format_args!(
                    "nobody knows what the agent used, so it counts in full, as {id}"
                ));
                self.messages.hint(settle_hint(id));
            }
        }
        spent
    }

    /// Writes down what an agent took; anew where somebody else ended its reservation.
    fn book(&self, open: &Open, spent: &Spent) {
        let booked = match open.ledger.commit(&open.id, spent) {
            Err(CostError::NotOpen { .. }) => open.ledger.book(open.call.clone(), spent),
            other => other,
        };
        match booked {
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

/// How a person says what became of a reservation.
fn settle_hint(id: &str) -> String {
    format!(
        "`qf cost settle {id} --as-reserved` when it took all of that, `--nothing` when it took \
         none"
    )
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

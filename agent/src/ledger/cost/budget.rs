//! Budgets: how much may be spent, by whom.
//!
//! A budget is of everything, of a day, of a project, of a day of a project, or of a plan; in US
//! dollars, in tokens of all classes, or both. Days are UTC. They are in `cost/budgets.toml`, a
//! file that a person may edit, and are read anew for every call, so that a limit holds from the
//! moment it is written.

use super::error::{CostError, Result};
use super::files::Places;
use super::money::Money;
use qf_graph::store::disk;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;

/// What a budget is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// All calls there ever were.
    Everything,
    /// All calls of a day.
    Day,
    /// Those of a project.
    Project(String),
    /// Those of a day of a project.
    ProjectDay(String),
    /// Those of a plan.
    Plan(String),
}

impl Scope {
    /// Whether it is of what a call of a project and a plan costs.
    pub fn includes(&self, project: &str, plan: Option<&str>) -> bool {
        match self {
            Self::Everything | Self::Day => true,
            Self::Project(name) | Self::ProjectDay(name) => name == project,
            Self::Plan(id) => plan == Some(id.as_str()),
        }
    }

    /// Whether it begins anew each day.
    pub fn is_daily(&self) -> bool {
        matches!(self, Self::Day | Self::ProjectDay(_))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Day => f.write_str("a day"),
            Self::Project(name) => write!(f, "project `{name}`"),
            Self::ProjectDay(name) => write!(f, "a day of project `{name}`"),
            Self::Plan(id) => write!(f, "plan `{id}`"),
        }
    }
}

/// How much may be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Of what.
    pub scope: Scope,
    /// In US dollars.
    pub usd: Option<Money>,
    /// In tokens of all classes.
    pub tokens: Option<u64>,
}

/// Money or tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// US dollars.
    Money(Money),
    /// Tokens of all classes.
    Tokens(u64),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(money) => write!(f, "{money} USD"),
            Self::Tokens(tokens) => write!(f, "{tokens} tokens"),
        }
    }
}

/// A call that is not made, because it would pass a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Whose budget.
    pub scope: Scope,
    /// How much it is.
    pub limit: Amount,
    /// What was spent of it.
    pub spent: Amount,
    /// What calls that are not over may yet spend.
    pub reserved: Amount,
    /// What this one may spend.
    pub asked: Amount,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, limit, spent, reserved, asked } = self;
        write!(
            f,
            "the budget of {scope}, {limit}, would be passed: {spent} spent, {reserved} reserved, \
             {asked} asked for"
        )
    }
}

/// What was spent, or may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// As far as prices are known.
    pub money: Money,
    /// Of all classes.
    pub tokens: u64,
    /// Calls of which it is not known what they cost.
    pub unpriced: u64,
}

impl Sum {
    /// With one more call.
    pub fn add(&mut self, money: Option<Money>, tokens: u64) {
        self.money = self.money.plus(money.unwrap_or_default());
        self.tokens = self.tokens.saturating_add(tokens);
        self.unpriced += u64::from(money.is_none());
    }
}

impl Budget {
    /// Refuses a call that would pass it.
    pub fn check(&self, spent: &Sum, reserved: &Sum, asked: &Sum) -> Result<()> {
        let refuse = |limit, spent, reserved, asked| {
            let scope = self.scope.clone();
            Err(CostError::Budget(Box::new(Refusal { scope, limit, spent, reserved, asked })))
        };
        if let Some(limit) = self.usd
            && spent.money.plus(reserved.money).plus(asked.money) > limit
        {
            let [limit, spent, reserved, asked] =
                [limit, spent.money, reserved.money, asked.money].map(Amount::Money);
            return refuse(limit, spent, reserved, asked);
        }
        let all = spent.tokens.saturating_add(reserved.tokens).saturating_add(asked.tokens);
        if let Some(limit) = self.tokens
            && all > limit
        {
            let [limit, spent, reserved, asked] =
                [limit, spent.tokens, reserved.tokens, asked.tokens].map(Amount::Tokens);
            return refuse(limit, spent, reserved, asked);
        }
        Ok(())
    }
}

/// The budgets as they are written.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "budget")]
    budgets: Vec<WrittenBudget>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct WrittenBudget {
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<String>,
    per_day: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    usd: Option<Money>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<u64>,
}

impl WrittenBudget {
    fn of(budget: &Budget) -> Self {
        let (project, plan) = match &budget.scope {
            Scope::Everything | Scope::Day => (None, None),
            Scope::Project(name) | Scope::ProjectDay(name) => (Some(name.clone()), None),
            Scope::Plan(id) => (None, Some(id.clone())),
        };
        let per_day = budget.scope.is_daily();
        Self { project, plan, per_day, usd: budget.usd, tokens: budget.tokens }
    }

    fn read(self) -> std::result::Result<Budget, String> {
        let scope = match (self.project, self.plan, self.per_day) {
            (None, None, false) => Scope::Everything,
            (None, None, true) => Scope::Day,
            (Some(name), None, false) => Scope::Project(name),
            (Some(name), None, true) => Scope::ProjectDay(name),
            (None, Some(id), false) => Scope::Plan(id),
            (None, Some(id), true) => return Err(format!("plan `{id}` has no budget of a day")),
            (Some(_), Some(id), _) => {
                return Err(format!("a budget is of a project or of plan `{id}`, not of both"));
            }
        };
        if self.usd.is_none() && self.tokens.is_none() {
            return Err(format!("the budget of {scope} has neither `usd` nor `tokens`"));
        }
        Ok(Budget { scope, usd: self.usd, tokens: self.tokens })
    }
}

/// The budgets, by what they are of. A file that cannot be read is an error, not the absence of
/// limits.
pub(super) fn read(places: &Places) -> Result<Vec<Budget>> {
    let path = &places.budgets;
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CostError::io(path)(error)),
    };
    let written: Written = toml::from_str(&text)
        .map_err(|error| CostError::table(path, error.to_string().trim_end()))?;
    let budgets = written.budgets.into_iter().map(WrittenBudget::read);
    let budgets = budgets.collect::<std::result::Result<Vec<Budget>, String>>();
    let mut budgets = budgets.map_err(|reason| CostError::table(path, reason))?;
    budgets.sort_by(|left, right| left.scope.cmp(&right.scope));
    Ok(budgets)
}

/// Writes the budgets. The lock is held.
pub(super) fn write(places: &Places, budgets: &[Budget]) -> Result<()> {
    let path = &places.budgets;
    let written = Written { budgets: budgets.iter().map(WrittenBudget::of).collect() };
    let text = toml::to_string(&written)
        .map_err(|error| CostError::table(path, error.to_string().trim_end()))?;
    disk::write_atomically(path, text.as_bytes())?;
    let private = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, private).map_err(CostError::io(path))
}

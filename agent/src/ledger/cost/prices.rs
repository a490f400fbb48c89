//! What language models cost.
//!
//! A table of data with its date ([`BUILT_IN`]), and the user's own, `prices.toml` in the home,
//! which wins model by model. A price that is not in a table is not known, which is something else
//! than nothing: what a call cost is known only when every class of tokens it has is priced, and a
//! budget in money refuses what cannot be priced.
//!
//! A model is found by its name, by another name that the table lists, and by either with the date
//! of a version behind it (`gpt-5-2025-08-07`) or the provider before it (`openai/gpt-5`); nothing
//! else is taken to be near enough, because `gpt-5-mini` is not `gpt-5`. Which model is meant may
//! be known only to the table that comes along; the user's price of it wins all the same.

use super::error::{CostError, Result};
use super::money::{Money, Price};
use super::usage::Usage;
use qf_graph::store::Home;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;

/// The table that comes along.
pub const BUILT_IN: &str = include_str!("prices.toml");

/// The name of the user's table in the home.
pub const OWN: &str = "prices.toml";

/// What a million tokens cost, by class; none is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Read anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<Price>,
    /// Read from a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<Price>,
    /// Put into a cache for five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<Price>,
    /// Put into a cache for an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write_long: Option<Price>,
    /// Written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Price>,
}

impl Rates {
    fn classes(&self) -> [Option<Price>; 5] {
        [self.input, self.cache_read, self.cache_write, self.cache_write_long, self.output]
    }

    /// The same, each times a factor; none where one is no whole number of billionths then.
    fn times(&self, factor: Price) -> Option<Self> {
        let times = |price: Option<Price>| match price {
            None => Some(None),
            Some(price) => price.times(factor).map(Some),
        };
        Some(Self {
            input: times(self.input)?,
            cache_read: times(self.cache_read)?,
            cache_write: times(self.cache_write)?,
            cache_write_long: times(self.cache_write_long)?,
            output: times(self.output)?,
        })
    }
}

/// The prices of prompts of a length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// For prompts of more tokens than this; 0 for the usual ones.
    pub above: u64,
    /// Of a call that is answered at once.
    pub rates: Rates,
    /// Of a call in a batch; none where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<Rates>,
}

/// What a model costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Other names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Who serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Its prices, by the length of the prompt; the first is for the shortest.
    pub tiers: Vec<Tier>,
}

impl Model {
    fn is_called(&self, id: &str) -> bool {
        self.rests(id).any(str::is_empty)
    }

    fn is_called_with_a_date(&self, id: &str) -> bool {
        self.rests(id).any(is_a_version)
    }

    /// Whether both have a name in common, with a provider before it or not.
    fn is_the_same(&self, other: &Self) -> bool {
        self.names().any(|name| other.is_called(name))
            || other.names().any(|name| self.is_called(name))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }

    /// What follows each of its names in an id, with its provider before it or not.
    fn rests<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a str> {
        let provider = self.provider.as_deref();
        let below = provider.and_then(|provider| without(id, provider)?.strip_prefix('/'));
        std::iter::once(id).chain(below).flat_map(move |id| {
            let names = std::iter::once(&self.name).chain(&self.aliases);
            names.filter_map(move |name| without(id, name))
        })
    }

    /// The prices of a call.
    fn rates(&self, prompt: u64, batch: bool) -> Option<Rates> {
        let tier = self.tiers.iter().rev().find(|tier| prompt > tier.above);
        let tier = tier.or(self.tiers.first())?;
        if batch { tier.batch } else { Some(tier.rates) }
    }
}

/// What follows a prefix, whatever the case of its letters.
fn without<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// What names a version of a model: `-20250929`, `@20250929`, `-2025-08-07`, `-latest`, `@default`.
fn is_a_version(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix(['-', '@']) else { return false };
    let is_date = |groups: &[usize]| {
        let parts: Vec<&str> = rest.split('-').collect();
        parts.len() == groups.len()
            && parts.iter().zip(groups).all(|(part, length)| {
                part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    matches!(rest, "latest" | "default") || is_date(&[8]) || is_date(&[4, 2, 2])
}

/// A table of prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// When its prices were valid.
    pub date: Option<String>,
    /// Where they are from.
    pub source: Option<String>,
    /// Whether it is the user's.
    pub own: bool,
    /// The models.
    pub models: Vec<Model>,
}

impl Table {
    /// Its date as it is said.
    pub fn dated(&self) -> &str {
        self.date.as_deref().unwrap_or("undated")
    }
}

/// All tables, that of the user first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    tables: Vec<Table>,
}

/// What a call costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// How much.
    pub money: Money,
    /// The date of the table that says so.
    pub date: String,
}

/// Why it is not known what a call costs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unpriced {
    /// No table has the model.
    #[error("no price of `{model}` is known")]
    Model {
        /// The model.
        model: String,
    },
    /// What batches cost is not known.
    #[error("what `{model}` costs in a batch is not known")]
    Batch {
        /// The model.
        model: String,
    },
    /// What one class costs is not known.
    #[error("what `{class}` tokens of `{model}` cost is not known")]
    Class {
        /// The model.
        model: String,
        /// The class.
        class: &'static str,
    },
}

impl Unpriced {
    /// The model.
    pub fn model(&self) -> &str {
        match self {
            Self::Model { model } | Self::Batch { model } | Self::Class { model, .. } => model,
        }
    }
}

impl Prices {
    /// The table that comes along, below that of a home.
    pub fn load(home: &Home) -> Result<Self> {
        let path = home.folder().join(OWN);
        let mut tables = Vec::new();
        match std::fs::read_to_string(&path) {
            Ok(text) => tables.push(table(&text, &path, true)?),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(CostError::io(&path)(error)),
        }
        tables.push(table(BUILT_IN, Path::new("the built-in prices"), false)?);
        Ok(Self { tables })
    }

    /// Only what a text says, for a test or another table.
    pub fn of_text(text: &str) -> Result<Self> {
        Ok(Self { tables: vec![table(text, Path::new("these prices"), true)?] })
    }

    /// The tables, that of the user first.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// What is known of a model, and the table that knows it.
    pub fn find(&self, model: &str) -> Option<(&Model, &Table)> {
        // `claude-opus-4-5[1m]` is how Claude Code asks for a longer context.
        let id = match model.rsplit_once('[') {
            Some((id, rest)) if rest.ends_with(']') => id,
            _ => model,
        };
        let (found, table) = self.tables.iter().find_map(|table| {
            let all = || table.models.iter();
            let exact = all().find(|model| model.is_called(id));
            let found = exact.or_else(|| all().find(|model| model.is_called_with_a_date(id)))?;
            Some((found, table))
        })?;
        if table.own {
            return Some((found, table));
        }
        let own = self.tables.iter().filter(|table| table.own).find_map(|table| {
            Some((table.models.iter().find(|own| own.is_the_same(found))?, table))
        });
        own.or(Some((found, table)))
    }

    /// Whether a prompt of so many tokens has other prices than a short one.
    pub fn is_long(&self, model: &str, prompt: u64) -> bool {
        let tiers = self.find(model).map_or(&[][..], |(model, _)| model.tiers.as_slice());
        tiers.iter().skip(1).any(|tier| prompt > tier.above)
    }

    /// What a call costs.
    pub fn charge(
        &self,
        model: &str,
        usage: &Usage,
        batch: bool,
    ) -> std::result::Result<Charge, Unpriced> {
        let name = || model.to_owned();
        let (found, table) = self.find(model).ok_or_else(|| Unpriced::Model { model: name() })?;
        let rates =
            found.rates(usage.prompt(), batch).ok_or_else(|| Unpriced::Batch { model: name() })?;
        let mut money = Money::ZERO;
        for ((class, tokens), price) in usage.classes().into_iter().zip(rates.classes()) {
            if tokens == 0 {
                continue;
            }
            let price = price.ok_or_else(|| Unpriced::Class { model: name(), class })?;
            money = money.plus(price.of(tokens));
        }
        Ok(Charge { money, date: table.dated().to_owned() })
    }
}

/// A table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    date: Option<String>,
    source: Option<String>,
    #[serde(default, rename = "model")]
    models: Vec<WrittenModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModel {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    provider: Option<String>,
    input: Option<Price>,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    cache_write_long: Option<Price>,
    output: Option<Price>,
    batch: Option<Batch>,
    #[serde(default, rename = "tier")]
    tiers: Vec<WrittenTier>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTier {
    above: u64,
    input: Option<Price>,
    cache_read: Option<Price>,
    cache_write: Option<Price>,
    cache_write_long: Option<Price>,
    output: Option<Price>,
    batch: Option<Batch>,
}

/// What a batch costs: a factor of all prices, or prices of its own.
#[derive(Deserialize, Clone, Copy)]
#[serde(untagged)]
enum Batch {
    Factor(Price),
    Rates(Rates),
}

/// Reads a table.
fn table(text: &str, path: &Path, own: bool) -> Result<Table> {
    let damaged = |reason: String| CostError::table(path, reason);
    let written: Written =
        toml::from_str(text).map_err(|error| damaged(error.to_string().trim_end().to_owned()))?;
    let models = written.models.into_iter().map(|written| {
        let name = written.name.clone();
        model(written).ok_or_else(|| {
            damaged(format!("a batch of `{name}` costs no whole number of billionths of a dollar"))
        })
    });
    let models = models.collect::<Result<Vec<Model>>>()?;
    Ok(Table { date: written.date, source: written.source, own, models })
}

/// A model with its tiers in order; none where a factor cannot be applied exactly.
fn model(written: WrittenModel) -> Option<Model> {
    let WrittenModel { name, aliases, provider, batch, tiers, .. } = written;
    let first = WrittenTier {
        above: 0,
        input: written.input,
        cache_read: written.cache_read,
        cache_write: written.cache_write,
        cache_write_long: written.cache_write_long,
        output: written.output,
        batch,
    };
    let mut all: Vec<Tier> = Vec::with_capacity(tiers.len() + 1);
    for tier in std::iter::once(first).chain(tiers) {
        let WrittenTier { above, input, cache_read, cache_write, cache_write_long, output, .. } =
            tier;
        let rates = Rates { input, cache_read, cache_write, cache_write_long, output };
        // A factor of the model holds in each tier; prices of its own are those of one tier.
        let inherited = batch.filter(|batch| matches!(batch, Batch::Factor(_)));
        let batch = match tier.batch.or(inherited) {
            Some(Batch::Factor(factor)) => Some(rates.times(factor)?),
            Some(Batch::Rates(rates)) => Some(rates),
            None => None,
        };
        all.push(Tier { above, rates, batch });
    }
    all.sort_by_key(|tier| tier.above);
    Some(Model { name, aliases, provider, tiers: all })
}

#[cfg(test)]
mod tests {
    use super::{Model, is_a_version};

    #[test]
    fn only_a_date_names_a_version() {
        for version in ["-20250929", "@20250929", "-2025-08-07", "-latest", "@default"] {
            assert!(is_a_version(version), "{version}");
        }
        for other in ["", "-mini", "-1", "-5-5", "20250929", "-2025-8-7", "-20250929-v1:0", ".1"] {
            assert!(!is_a_version(other), "{other}");
        }
    }

    #[test]
    fn names_are_whole() {
        let model = Model {
            name: "gpt-5".to_owned(),
            aliases: vec!["five".to_owned()],
            provider: Some("openai".to_owned()),
            tiers: Vec::new(),
        };
        for name in ["gpt-5", "GPT-5", "openai/gpt-5", "five", "openai/five"] {
            assert!(model.is_called(name), "{name}");
        }
        for name in ["gpt-5-mini", "gpt-5.1", "azure/gpt-5", "gpt", "xgpt-5", "ö"] {
            assert!(!model.is_called(name), "{name}");
        }
    }
}

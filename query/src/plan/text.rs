//! The algebra as text: what `qf query` reads and `--explain` prints.
//!
//! A plan is a set followed by stages, left to right as it is carried out:
//!
//! ```text
//! plan  = set { "|" stage }
//! set   = "named" NAME | "symbols" IRI { "," IRI } | "search" TEXT [ N ] | "all" KINDS
//!       | "union" set { "," set } | "nothing" | "(" plan ")"
//! stage = "within" [ "repo" NAME ] [ "path" PREFIX ]
//!       | "keep" ( "kind" KINDS | "name" NAME | TAG )
//!       | ( "out" | "in" | "either" ) EDGES [ N | "*" ] [ TIER ] [ "through_interfaces" ]
//!       | "both" set | "without" set | "owned_by" set
//!       | "paths_to" set EDGES [ N | "*" ] [ TIER ] [ "through_interfaces" ]
//!       | "rank" ( "place" | "hops" | "score" ) | "top" N
//!       | "group" ( "repository" | "file" | "kind" | "hops" )
//! ```
//!
//! `KINDS` and `EDGES` are names joined by commas (`function,method`, `enum_member`), `TAG` is
//! `test`, `not_test`, `exported`, `endpoint` or `callable`, `N` the greatest number of hops (1 when
//! left out, `*` for as many as there are), the tier `likely` when left out. Names and texts stand
//! in double quotes with `\"` and `\\`, or bare when they are one word.
//!
//! ```text
//! named "User.balance" | in writes | keep not_test | in calls,reaches * | rank hops | top 20
//! ```

use super::{Group, Order, Plan, Step, Tag, Way};
use qf_graph::facts::SymbolKind;
use qf_graph::{EdgeKind, Snapshot, SymbolId, Tier};
use std::fmt::Write;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {at}")]
pub struct PlanError {
    /// What was expected, or does not exist.
    pub message: String,
    /// Where, counted in characters from 1.
    pub at: usize,
}

/// What names and IRIs of a text mean.
pub trait Names {
    /// What a name stands for; an error says that it stands for nothing, and what is near.
    fn named(&self, name: &str) -> Result<Vec<SymbolId>, String>;
    /// The definition with an IRI.
    fn iri(&self, iri: &str) -> Option<SymbolId>;
}

/// Reads a plan.
pub fn parse(text: &str, names: &dyn Names) -> Result<Plan, PlanError> {
    let tokens = tokens(text)?;
    let mut reader =
        Reader { tokens, at: 0, end: text.chars().count() + 1, names, depth: 0, stages: 0 };
    let plan = reader.plan()?;
    match reader.tokens.get(reader.at) {
        None => Ok(plan),
        Some(_) => Err(reader.error("expected `|` or the end")),
    }
}

/// Writes a plan; what it reads back as gives the same rows. `named` writes the symbols that a
/// name was found to mean by their IRIs.
pub fn print(snapshot: &Snapshot, plan: &Plan) -> String {
    match plan {
        Plan::Named { symbols, .. } if symbols.is_empty() => "nothing".to_owned(),
        Plan::Named { symbols, .. } => {
            let iris: Vec<String> = symbols
                .iter()
                .map(|symbol| quoted(&crate::sparql::terms::symbol_iri(snapshot, *symbol)))
                .collect();
            format!("symbols {}", iris.join(", "))
        }
        Plan::Search { text, k } => format!("search {} {k}", quoted(text)),
        Plan::All(kinds) => format!("all {}", kinds_text(kinds)),
        Plan::Union(inputs) if inputs.is_empty() => "nothing".to_owned(),
        Plan::Union(inputs) => {
            let parts: Vec<String> = inputs.iter().map(|input| set(snapshot, input)).collect();
            format!("union {}", parts.join(", "))
        }
        Plan::In { input, repo, path } => {
            let mut out = print(snapshot, input);
            if repo.is_some() || path.is_some() {
                out += " | within";
            }
            if let Some(repo) = repo {
                let _ = write!(out, " repo {}", quoted(repo));
            }
            if let Some(path) = path {
                let _ = write!(out, " path {}", quoted(path));
            }
            out
        }
        Plan::Keep { input, kinds, name, tag } => {
            let mut out = print(snapshot, input);
            if !kinds.is_empty() {
                let _ = write!(out, " | keep kind {}", kinds_text(kinds));
            }
            if let Some(name) = name {
                let _ = write!(out, " | keep name {}", quoted(name));
            }
            if let Some(tag) = tag {
                let _ = write!(out, " | keep {}", tag_name(*tag));
            }
            out
        }
        Plan::Step { input, step } => {
            let way = match step.way {
                Way::Out => "out",
                Way::In => "in",
                Way::Either => "either",
            };
            format!("{} | {way} {}", print(snapshot, input), step_text(step))
        }
        Plan::Both(a, b) => format!("{} | both {}", print(snapshot, a), set(snapshot, b)),
        Plan::Without(a, b) => format!("{} | without {}", print(snapshot, a), set(snapshot, b)),
        Plan::Owned { members, owners } => {
            format!("{} | owned_by {}", print(snapshot, members), set(snapshot, owners))
        }
        Plan::Paths { from, to, step } => format!(
            "{} | paths_to {} {}",
            print(snapshot, from),
            set(snapshot, to),
            step_text(step)
        ),
        Plan::Rank(input, order) => {
            format!("{} | rank {}", print(snapshot, input), order_name(*order))
        }
        Plan::Top(input, count) => format!("{} | top {count}", print(snapshot, input)),
        Plan::GroupBy(input, group) => {
            format!("{} | group {}", print(snapshot, input), group_name(*group))
        }
    }
}

fn set(snapshot: &Snapshot, plan: &Plan) -> String {
    format!("({})", print(snapshot, plan))
}

fn step_text(step: &Step) -> String {
    let kinds: Vec<&str> = step.kinds.iter().map(|kind| kind.name()).collect();
    let mut out = kinds.join(",");
    match step.hops {
        1 => {}
        u32::MAX => out += " *",
        hops => out += &format!(" {hops}"),
    }
    if step.tier != Tier::Likely {
        out += &format!(" {}", step.tier.name());
    }
    if step.dispatch {
        out += " through_interfaces";
    }
    out
}

fn kinds_text(kinds: &[SymbolKind]) -> String {
    kinds.iter().map(|kind| kind.name().replace(' ', "_")).collect::<Vec<_>>().join(",")
}

fn tag_name(tag: Tag) -> &'static str {
    match tag {
        Tag::Test => "test",
        Tag::NotTest => "not_test",
        Tag::Exported => "exported",
        Tag::Endpoint => "endpoint",
        Tag::Callable => "callable",
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Place => "place",
        Order::Hops => "hops",
        Order::Score => "score",
    }
}

fn group_name(group: Group) -> &'static str {
    match group {
        Group::Repository => "repository",
        Group::File => "file",
        Group::Kind => "kind",
        Group::Hops => "hops",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Mark(char),
}

fn tokens(text: &str) -> Result<Vec<(Token, usize)>, PlanError> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let c = chars[at];
        at += 1;
        if c.is_whitespace() {
            continue;
        }
        let token = match c {
            '(' | ')' | '|' | ',' => Token::Mark(c),
            '"' => {
                let mut value = String::new();
                loop {
                    match chars.get(at) {
                        None => {
                            let message = "a text that begins here does not end".to_owned();
                            return Err(PlanError { message, at: start + 1 });
                        }
                        Some('"') => break,
                        Some('\\') if at + 1 < chars.len() => {
                            value.push(chars[at + 1]);
                            at += 2;
                        }
                        Some(other) => {
                            value.push(*other);
                            at += 1;
                        }
                    }
                }
                at += 1;
                Token::Quoted(value)
            }
            _ => {
                let ends = |c: &char| c.is_whitespace() || matches!(c, '(' | ')' | '|' | ',' | '"');
                while chars.get(at).is_some_and(|c| !ends(c)) {
                    at += 1;
                }
                Token::Word(chars[start..at].iter().collect())
            }
        };
        out.push((token, start + 1));
    }
    Ok(out)
}

/// Most sets inside each other. A set in parentheses is one set, so that [`print`] writes none deeper
/// than what was read.
const DEEPEST: usize = 100;
/// Most stages of a plan. All that is done with a plan goes down as deep as its sets and stages.
const MOST_STAGES: usize = 200;

struct Reader<'n> {
    tokens: Vec<(Token, usize)>,
    at: usize,
    end: usize,
    names: &'n dyn Names,
    depth: usize,
    stages: usize,
}

impl Reader<'_> {
    fn error(&self, message: impl Into<String>) -> PlanError {
        let at = self.tokens.get(self.at).map_or(self.end, |(_, at)| *at);
        PlanError { message: message.into(), at }
    }

    /// The error about the token before this one.
    fn wrong(&mut self, message: impl Into<String>) -> PlanError {
        self.at -= 1;
        self.error(message)
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.peek_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn peek_mark(&self, mark: char) -> bool {
        matches!(self.tokens.get(self.at), Some((Token::Mark(c), _)) if *c == mark)
    }

    fn peek(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some((Token::Word(word), _)) => Some(word),
            _ => None,
        }
    }

    fn word(&mut self, expected: &str) -> Result<String, PlanError> {
        let word = self.peek().map(str::to_owned);
        let word = word.ok_or_else(|| self.error(format!("expected {expected}")))?;
        self.at += 1;
        Ok(word)
    }

    /// A name or text, quoted or one word.
    fn text(&mut self, expected: &str) -> Result<String, PlanError> {
        if let Some((Token::Quoted(text), _)) = self.tokens.get(self.at) {
            let text = text.clone();
            self.at += 1;
            return Ok(text);
        }
        self.word(expected)
    }

    fn number(&mut self) -> Option<usize> {
        let number = self.peek()?.parse().ok()?;
        self.at += 1;
        Some(number)
    }

    fn plan(&mut self) -> Result<Plan, PlanError> {
        let mut plan = self.set()?;
        while self.mark('|') {
            self.stages += 1;
            if self.stages > MOST_STAGES {
                return Err(self.error(format!("more than {MOST_STAGES} stages")));
            }
            plan = self.stage(plan)?;
        }
        Ok(plan)
    }

    fn set(&mut self) -> Result<Plan, PlanError> {
        if self.peek_mark('(') {
            return self.nested();
        }
        let expected = "`named`, `symbols`, `search`, `all`, `union`, `nothing` or `(`";
        match self.word(expected)?.as_str() {
            "named" => {
                let text = self.text("a name")?;
                match self.names.named(&text) {
                    Ok(symbols) => Ok(Plan::Named { text, symbols }),
                    Err(message) => Err(self.wrong(message)),
                }
            }
            "symbols" => {
                let mut symbols = Vec::new();
                loop {
                    let iri = self.text("the IRI of a definition")?;
                    match self.names.iri(&iri) {
                        Some(symbol) => symbols.push(symbol),
                        None => return Err(self.wrong(format!("nothing has the IRI {iri}"))),
                    }
                    if !self.mark(',') {
                        break;
                    }
                }
                Ok(Plan::Named { text: "symbols".to_owned(), symbols })
            }
            "search" => {
                let text = self.text("a text")?;
                Ok(Plan::Search { text, k: self.number().unwrap_or(20) })
            }
            "all" => Ok(Plan::All(self.kinds()?)),
            "nothing" => Ok(Plan::Union(Vec::new())),
            "union" => {
                let mut inputs = vec![self.nested()?];
                while self.mark(',') {
                    inputs.push(self.nested()?);
                }
                Ok(Plan::Union(inputs))
            }
            other => Err(self.wrong(format!("no set is called `{other}`: expected {expected}"))),
        }
    }

    /// A set inside of a set or stage, or in parentheses.
    fn nested(&mut self) -> Result<Plan, PlanError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!("more than {DEEPEST} sets deep")));
        }
        let plan = if self.mark('(') {
            let plan = self.plan()?;
            if !self.mark(')') {
                return Err(self.error("expected `)`"));
            }
            plan
        } else {
            self.set()?
        };
        self.depth -= 1;
        Ok(plan)
    }

    fn stage(&mut self, input: Plan) -> Result<Plan, PlanError> {
        let input = Box::new(input);
        let expected = "`within`, `keep`, `out`, `in`, `either`, `both`, `without`, `owned_by`, `paths_to`, `rank`, `top` or `group`";
        Ok(match self.word(expected)?.as_str() {
            "within" => {
                let (mut repo, mut path) = (None, None);
                loop {
                    match self.peek() {
                        Some("repo") if repo.is_none() => {
                            self.at += 1;
                            repo = Some(self.text("the name of a repository")?);
                        }
                        Some("path") if path.is_none() => {
                            self.at += 1;
                            path = Some(self.text("the beginning of a path")?);
                        }
                        _ => break,
                    }
                }
                if repo.is_none() && path.is_none() {
                    return Err(self.error("expected `repo` or `path`"));
                }
                Plan::In { input, repo, path }
            }
            "keep" => self.keep(input)?,
            "out" => Plan::Step { input, step: self.step(Way::Out)? },
            "in" => Plan::Step { input, step: self.step(Way::In)? },
            "either" => Plan::Step { input, step: self.step(Way::Either)? },
            "both" => Plan::Both(input, Box::new(self.nested()?)),
            "without" => Plan::Without(input, Box::new(self.nested()?)),
            "owned_by" => Plan::Owned { members: input, owners: Box::new(self.nested()?) },
            "paths_to" => {
                let to = Box::new(self.nested()?);
                Plan::Paths { from: input, to, step: self.step(Way::Out)? }
            }
            "rank" => Plan::Rank(
                input,
                match self.word("`place`, `hops` or `score`")?.as_str() {
                    "place" => Order::Place,
                    "hops" => Order::Hops,
                    "score" => Order::Score,
                    _ => return Err(self.wrong("expected `place`, `hops` or `score`")),
                },
            ),
            "top" => {
                let count = self.number().ok_or_else(|| self.error("expected a number"))?;
                Plan::Top(input, count)
            }
            "group" => Plan::GroupBy(
                input,
                match self.word("`repository`, `file`, `kind` or `hops`")?.as_str() {
                    "repository" => Group::Repository,
                    "file" => Group::File,
                    "kind" => Group::Kind,
                    "hops" => Group::Hops,
                    _ => return Err(self.wrong("expected `repository`, `file`, `kind` or `hops`")),
                },
            ),
            other => {
                return Err(
                    self.wrong(format!("no stage is called `{other}`: expected {expected}"))
                );
            }
        })
    }

    fn keep(&mut self, input: Box<Plan>) -> Result<Plan, PlanError> {
        let (mut kinds, mut name, mut tag) = (Vec::new(), None, None);
        let expected = "`kind`, `name`, `test`, `not_test`, `exported`, `endpoint` or `callable`";
        match self.word(expected)?.as_str() {
            "kind" => kinds = self.kinds()?,
            "name" => name = Some(self.text("a name")?),
            "test" => tag = Some(Tag::Test),
            "not_test" => tag = Some(Tag::NotTest),
            "exported" => tag = Some(Tag::Exported),
            "endpoint" => tag = Some(Tag::Endpoint),
            "callable" => tag = Some(Tag::Callable),
            _ => return Err(self.wrong(format!("expected {expected}"))),
        }
        Ok(Plan::Keep { input, kinds, name, tag })
    }

    fn step(&mut self, way: Way) -> Result<Step, PlanError> {
        let mut kinds = Vec::new();
        loop {
            let word = self.word("a kind of edge")?;
            let Some(kind) = EdgeKind::from_name(&word) else {
                let known: Vec<&str> = EdgeKind::ALL.iter().map(|kind| kind.name()).collect();
                let message = format!("no edge is called `{word}`; there are {}", known.join(", "));
                return Err(self.wrong(message));
            };
            kinds.push(kind);
            if !self.mark(',') {
                break;
            }
        }
        let mut step = Step::one(&kinds, way, Tier::Likely);
        if self.peek() == Some("*") {
            self.at += 1;
            step.hops = u32::MAX;
        } else if let Some(hops) = self.number() {
            step.hops = u32::try_from(hops).unwrap_or(u32::MAX).max(1);
        }
        if let Some(tier) = self.peek().and_then(Tier::from_name) {
            self.at += 1;
            step.tier = tier;
        }
        if self.peek() == Some("through_interfaces") {
            self.at += 1;
            step.dispatch = true;
        }
        Ok(step)
    }

    fn kinds(&mut self) -> Result<Vec<SymbolKind>, PlanError> {
        let mut kinds = Vec::new();
        loop {
            let word = self.word("a kind of definition")?;
            let found =
                SymbolKind::ALL.into_iter().find(|kind| kind.name().replace(' ', "_") == word);
            let Some(kind) = found else {
                let message = format!(
                    "no definition is a `{word}`; there are {}",
                    kinds_text(&SymbolKind::ALL)
                );
                return Err(self.wrong(message));
            };
            kinds.push(kind);
            if !self.mark(',') {
                return Ok(kinds);
            }
        }
    }
}

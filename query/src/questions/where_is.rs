//! "Where is `Ledger.apply`?": definitions, the most used first.

use super::reach::shown_key;
use super::{Findings, Question, subject};
use crate::answer::Answer;
use crate::asking::{Asking, counted};
use crate::plan::{Order, Plan};
use crate::rank::{Draft, Role, Spot, matches};
use crate::understand::intent::{Pattern, maybe, sure};
use crate::understand::{How, Reading, Unknown, Want};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::snapshot::Direction;
use qf_graph::{EdgeKind, SymbolId};
use std::fmt::Write;

/// See the module.
pub struct WhereIs;

const LIMIT: usize = 30;

impl Question for WhereIs {
    fn intent(&self) -> &'static str {
        "where"
    }

    fn patterns(&self) -> &'static [Pattern] {
        const PATTERNS: &[Pattern] = &[
            sure("where is|are|was *"),
            sure("where's *"),
            sure("where is|are * defined|declared|implemented|located|found|coming"),
            sure("where do we|you|i define|declare|implement *"),
            sure("where * is|are defined|declared|implemented"),
            sure("definition|declaration|location of|for *"),
            sure("which file defines|declares|implements|contains *"),
            sure("what file defines|declares|implements|contains|is * in?"),
            sure("in? which file is * defined?"),
            sure("who defines *"),
            sure("go|jump to *"),
            maybe("locate *"),
            maybe(
                "class|classes|function|method|struct|interface|trait|type|enum|table|constant|macro|module called|named? *",
            ),
            maybe("where can i find *"),
            maybe("* definition|declaration"),
        ];
        PATTERNS
    }

    fn answer(&self, asking: &Asking<'_>, reading: &Reading) -> Result<Answer, Unknown> {
        let resolved = subject(asking, reading, 0, Want::Any)?;
        let snapshot = asking.snapshot;
        let mut findings = Findings::new(format!("where `{}` is defined", resolved.text));
        findings.searched.push(resolved.text.clone());
        let plan = Plan::named(&resolved.text, &resolved.symbols).ranked(Order::Place);
        let rows = findings.run(asking, &plan);
        let last = resolved.text.rsplit(['.', ':', '#', ' ']).next().unwrap_or("");
        let shown = |symbol| snapshot.display_path(snapshot.file(symbol));
        let among = rows.rows.iter().map(|row| shown(row.symbol)).collect();
        for row in &rows.rows {
            let symbol = row.symbol;
            let uses = uses(asking, symbol);
            let mut draft = Draft::new(symbol, Role::Definition);
            let name = snapshot.name(symbol).trim_start_matches('#');
            let exact = resolved.how != How::Name || name == last;
            let current = !matches::is_superseded(&shown(symbol), &among);
            draft.score = (worth(asking, symbol, exact)
                + f32::from(u8::from(current)) * 0.1
                + uses.min(1000) as f32 / 20_000.0)
                / MOST;
            draft.header = true;
            draft.lines.push(Spot::line(snapshot.file(symbol), snapshot.lines(symbol).1));
            draft.why = why(asking, symbol, uses);
            findings.drafts.push(draft);
        }
        findings.notes.extend(resolved.notes.iter().cloned());
        if resolved.owner_unknown {
            findings.notes.push(format!("None belongs to `{}`", resolved.owner.join(" ")));
        }
        Ok(findings.answer(asking, LIMIT))
    }
}

/// What the signs of a definition come to when all of them speak for it.
const MOST: f32 = 1.09;

/// How much sooner this definition is meant than another of its name.
fn worth(asking: &Asking<'_>, symbol: SymbolId, exact: bool) -> f32 {
    let snapshot = asking.snapshot;
    let flags = snapshot.flags(symbol);
    let example = snapshot.is_example_file(snapshot.file(symbol));
    let kind = match snapshot.kind(symbol) {
        kind if kind.is_type() => 0.1,
        SymbolKind::Table | SymbolKind::Operation => 0.09,
        kind if kind.is_callable() => 0.08,
        SymbolKind::Section | SymbolKind::Setting | SymbolKind::Module => 0.0,
        _ => 0.05,
    };
    let declared = flags.intersects(DefinitionFlags::DECLARATION | DefinitionFlags::IMPLICIT);
    f32::from(u8::from(exact)) * 0.35
        + f32::from(u8::from(!snapshot.is_test(symbol))) * 0.25
        + f32::from(u8::from(!example)) * 0.1
        + f32::from(u8::from(flags.contains(DefinitionFlags::EXPORTED))) * 0.1
        + f32::from(u8::from(!declared)) * 0.04
        + kind
}

/// How many different definitions use a symbol.
fn uses(asking: &Asking<'_>, symbol: SymbolId) -> usize {
    let mut users = Vec::new();
    asking.snapshot.hop(symbol, Direction::In, |other, kind, tier| {
        let used = !matches!(kind, EdgeKind::Contains | EdgeKind::Imports | EdgeKind::SimilarTo);
        if used && tier <= asking.options.tier {
            users.push(other);
        }
    });
    users.sort_unstable();
    users.dedup();
    users.len()
}

fn why(asking: &Asking<'_>, symbol: SymbolId, uses: usize) -> String {
    let snapshot = asking.snapshot;
    let mut why = snapshot.kind(symbol).name().to_owned();
    if let Some(parent) = snapshot.parent(symbol)
        && snapshot.kind(parent) != SymbolKind::Module
    {
        let _ = write!(why, " of {}", asking.label(parent));
    }
    if uses > 0 {
        let _ = write!(why, ", used by {}", counted(uses, "definition"));
    }
    let mut keys: Vec<String> =
        snapshot.edges(symbol, Direction::In).iter().filter_map(shown_key).collect();
    keys.sort();
    keys.dedup();
    for key in keys.iter().take(3) {
        let _ = write!(why, ", answers {key}");
    }
    if snapshot.is_test(symbol) {
        why += ", test code";
    }
    why
}

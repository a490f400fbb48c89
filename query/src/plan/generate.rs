//! Plans made from bytes, for the tests that hold the algebra and its SPARQL form to each other:
//! a property test and a fuzz target feed it.
//!
//! Left out are groups, whose rows are no symbols.

use super::{Order, Plan, Step, Tag, Way};
use qf_graph::facts::SymbolKind;
use qf_graph::{EdgeKind, Snapshot, SymbolId, Tier};

/// A plan over a snapshot's symbols. Every sequence of bytes gives one.
pub fn plan(snapshot: &Snapshot, bytes: &mut impl Iterator<Item = u8>) -> Plan {
    node(snapshot, bytes, 4)
}

fn pick<T: Copy>(from: &[T], bytes: &mut impl Iterator<Item = u8>) -> T {
    from[bytes.next().unwrap_or(0) as usize % from.len()]
}

fn symbols(snapshot: &Snapshot, bytes: &mut impl Iterator<Item = u8>) -> Vec<SymbolId> {
    let count = bytes.next().unwrap_or(0) % 4 + 1;
    (0..count)
        .map(|_| SymbolId(u32::from(bytes.next().unwrap_or(0)) % snapshot.symbol_count().max(1)))
        .filter(|symbol| symbol.0 < snapshot.symbol_count())
        .collect()
}

fn step(bytes: &mut impl Iterator<Item = u8>) -> Step {
    const KINDS: [EdgeKind; 8] = [
        EdgeKind::Calls,
        EdgeKind::Reaches,
        EdgeKind::Writes,
        EdgeKind::Reads,
        EdgeKind::Overrides,
        EdgeKind::Instantiates,
        EdgeKind::Contains,
        EdgeKind::Implements,
    ];
    let count = bytes.next().unwrap_or(0) % 3 + 1;
    let kinds: Vec<EdgeKind> = (0..count).map(|_| pick(&KINDS, bytes)).collect();
    Step {
        way: pick(&[Way::In, Way::Out, Way::Either], bytes),
        hops: pick(&[1, 2, 3, u32::MAX], bytes),
        tier: pick(&Tier::ALL, bytes),
        dispatch: bytes.next().unwrap_or(0) % 2 == 1,
        kinds,
    }
}

fn node(snapshot: &Snapshot, bytes: &mut impl Iterator<Item = u8>, depth: usize) -> Plan {
    let choice = bytes.next().unwrap_or(0) % if depth == 0 { 2 } else { 13 };
    let deeper = |bytes: &mut _| Box::new(node(snapshot, bytes, depth.saturating_sub(1)));
    match choice {
        0 => Plan::Named { text: "some".to_owned(), symbols: symbols(snapshot, bytes) },
        1 => Plan::All(vec![
            pick(&[SymbolKind::Function, SymbolKind::Method, SymbolKind::Class], bytes),
            pick(&SymbolKind::ALL, bytes),
        ]),
        2 => {
            let repository = snapshot.repositories().next();
            let name = repository.map(|one| snapshot.repository_name(one).to_owned());
            let path =
                snapshot.files().next().map(|file| snapshot.path(file).chars().take(1).collect());
            let both = bytes.next().unwrap_or(0);
            let (repo, path) = (name.filter(|_| both & 1 == 1), path.filter(|_| both & 2 == 2));
            Plan::In { input: deeper(bytes), repo, path }
        }
        3 => {
            let tags = [Tag::Test, Tag::NotTest, Tag::Exported, Tag::Endpoint, Tag::Callable];
            let tag = Some(pick(&tags, bytes));
            Plan::Keep { input: deeper(bytes), kinds: Vec::new(), name: None, tag }
        }
        4 => {
            let kinds = match bytes.next().unwrap_or(0) % 2 {
                0 => Vec::new(),
                _ => vec![pick(&SymbolKind::ALL, bytes), SymbolKind::Method],
            };
            let one = symbols(snapshot, bytes).first().copied();
            let name = one.map(|symbol| snapshot.name(symbol).to_uppercase());
            Plan::Keep { input: deeper(bytes), kinds, name, tag: None }
        }
        5 | 6 => {
            let step = step(bytes);
            Plan::Step { input: deeper(bytes), step }
        }
        7 => {
            let count = bytes.next().unwrap_or(0) % 4;
            Plan::Union((0..count).map(|_| *deeper(bytes)).collect())
        }
        8 => Plan::Both(deeper(bytes), deeper(bytes)),
        9 => Plan::Without(deeper(bytes), deeper(bytes)),
        10 => Plan::Owned { members: deeper(bytes), owners: deeper(bytes) },
        11 => {
            let count = bytes.next().unwrap_or(0) as usize % 5;
            let order = pick(&[Order::Place, Order::Hops, Order::Score], bytes);
            Plan::Top(Box::new(Plan::Rank(deeper(bytes), order)), count)
        }
        _ => {
            let step = step(bytes);
            Plan::Paths { from: deeper(bytes), to: deeper(bytes), step }
        }
    }
}

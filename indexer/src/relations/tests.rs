//! What tests exercise.
//!
//! Three kinds of evidence, the surest first: a test *calls* something (the tier is that of the
//! call); it takes a *fixture* that calls something (pytest passes a fixture to the parameter of its
//! name); it is *named* after something (`test_apply` and `apply`, `TestLedger` and `Ledger`) in the
//! file that the layout pairs with its own (`tests/test_ledger.py` and `app/ledger.py`), which is
//! likely and no more. In a test file without functions that are tests the file stands for them.

use crate::resolve::bind::{Bound, FileEdges, Target};
use crate::resolve::{DefinitionRef, World, fixtures};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    BindingValue, ByteRange, DefinitionFlags, DefinitionId, FileFacts, Name, ReferenceFlags,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::hash_map::Entry;

/// Adds the edges of all tests.
pub(crate) fn add(world: &World<'_>, edges: &mut [FileEdges]) {
    let shared = &*edges;
    let stems = stems(world);
    let found: Vec<Vec<Bound>> = (0..world.files.len() as u32)
        .into_par_iter()
        .map(|file| Tests { world, edges: shared, stems: &stems, file }.edges())
        .collect();
    for (file, found) in edges.iter_mut().zip(found) {
        file.edges.extend(found);
    }
}

/// Production files by repository, language family and stem.
type Stems = FxHashMap<(u32, &'static str, String), Vec<u32>>;

fn stems(world: &World<'_>) -> Stems {
    let mut stems = Stems::default();
    for (file, index) in world.files.iter().enumerate() {
        let flags = index.source.flags;
        if !flags.test && !flags.example {
            let family = index.source.language.family();
            let stem = stem(&index.source.path).to_lowercase();
            stems.entry((index.repository, family, stem)).or_default().push(file as u32);
        }
    }
    stems
}

/// A file's name up to its first dot.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// What the name of a test file or of a test says that it tests; `None` when it says nothing.
fn tested(name: &str) -> Option<&str> {
    const BEFORE: [&str; 5] = ["test_", "Test_", "tests_", "Test", "test"];
    const AFTER: [&str; 11] = [
        "_test",
        "_tests",
        "_spec",
        "-test",
        "-spec",
        "Tests",
        "Test",
        "TestCase",
        "Spec",
        "IT",
        "_unittest",
    ];
    let bare = AFTER
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .or_else(|| BEFORE.iter().find_map(|start| name.strip_prefix(start)))?;
    // `testing` and `contest` are words.
    let begins = |c: char| c.is_uppercase() || !c.is_alphabetic();
    let whole = name.len() - bare.len();
    let prefix = name.get(..whole).unwrap_or("");
    let word = name.ends_with(bare) && prefix.ends_with(char::is_lowercase);
    if word && !bare.starts_with(begins) || bare.len() < 2 { None } else { Some(bare) }
}

/// Letters and digits alone, lower case: `set_balance` and `SetBalance` are one.
fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What is a test.
enum Test {
    /// A function.
    Function(DefinitionId),
    /// The file as a whole, where no function is one.
    File,
}

struct Tests<'a, 'w> {
    world: &'a World<'w>,
    edges: &'a [FileEdges],
    stems: &'a Stems,
    file: u32,
}

impl Tests<'_, '_> {
    fn edges(&self) -> Vec<Bound> {
        let index = self.world.file(self.file);
        let facts = index.facts();
        let any = facts.definitions.iter().any(is_test);
        if !any && !index.source.flags.test {
            return Vec::new();
        }
        let mut found = Found::default();
        let cases = facts.definitions.iter().any(|definition| {
            is_test(definition) && definition.kind.is_callable() && definition.name != Name(0)
        });
        for edge in &self.edges[self.file as usize].edges {
            let Some(test) = self.test_of(facts, edge.from, cases) else { continue };
            if is_exercise(edge.kind) && edge.tier <= Tier::Likely && self.is_production(edge.to) {
                let from = match test {
                    Test::Function(id) => Some(id),
                    Test::File => None,
                };
                found.push(Bound { from, ..exercised(edge, edge.tier, "test-call") });
            }
        }
        if index.source.language.family() == "python" {
            self.fixtures(facts, &mut found);
        }
        self.names(facts, &mut found);
        found.edges
    }

    /// The test that an edge of this file belongs to.
    fn test_of(&self, facts: &FileFacts, from: Option<DefinitionId>, cases: bool) -> Option<Test> {
        let mut at = from;
        for _ in 0..64 {
            let Some(id) = at else { break };
            let definition = &facts.definitions[id.index()];
            if is_test(definition) && definition.kind.is_callable() && definition.name != Name(0) {
                return Some(Test::Function(id));
            }
            at = definition.parent;
        }
        // Helpers and fixtures beside tests are no tests.
        let whole = !cases && self.world.file(self.file).source.flags.test;
        let anonymous = from.is_none_or(|id| facts.definitions[id.index()].name == Name(0));
        (whole && anonymous).then_some(Test::File)
    }

    fn is_production(&self, to: Target) -> bool {
        let Target::Definition(at) = to else { return false };
        let file = self.world.file(at.file);
        let own = self.world.file(self.file);
        let flags = file.source.flags;
        file.repository == own.repository
            && !flags.test
            && !flags.example
            && !is_test(self.world.definition(at))
    }

    /// What the fixtures make that tests take as parameters.
    fn fixtures(&self, facts: &FileFacts, found: &mut Found) {
        for binding in &facts.bindings {
            let BindingValue::Parameter { function, .. } = binding.value else { continue };
            let test = &facts.definitions[function.index()];
            if !is_test(test) || test.name == Name(0) {
                continue;
            }
            let name = facts.text(binding.name);
            let taker = DefinitionRef { file: self.file, definition: function };
            let fixture = fixtures::given(self.world, taker, binding.name);
            let Some(fixture) = fixture else { continue };
            let span = ByteRange { start: binding.at, end: binding.at + name.len() as u32 };
            let inside = self.edges[fixture.file as usize].edges.iter().filter(|edge| {
                edge.from == Some(fixture.definition)
                    && is_exercise(edge.kind)
                    && edge.tier <= Tier::Likely
                    && self.is_production(edge.to)
            });
            for edge in inside {
                let tier = edge.tier.max(Tier::Typed);
                let edge = exercised(edge, tier, "test-fixture");
                found.push(Bound { from: Some(function), span, ..edge });
            }
        }
    }

    /// What the file and its tests are named after.
    fn names(&self, facts: &FileFacts, found: &mut Found) {
        let index = self.world.file(self.file);
        let own = index.source.flags.test;
        let paired = if own { self.paired() } else { Some(self.file) };
        let Some(paired) = paired else { return };
        if own {
            found.push(Bound {
                from: None,
                to: Target::Module(paired),
                kind: EdgeKind::Tests,
                tier: Tier::Likely,
                rule: "test-file",
                span: ByteRange { start: 0, end: 0 },
                flags: ReferenceFlags::empty(),
            });
        }
        let other = self.world.file(paired).facts();
        let mut named: FxHashMap<String, Vec<DefinitionId>> = FxHashMap::default();
        for (row, definition) in other.definitions.iter().enumerate() {
            let wanted = definition.kind.is_type()
                || definition.kind.is_callable() && definition.name != Name(0);
            if wanted && !is_test(definition) {
                let name = folded(other.text(definition.name));
                named.entry(name).or_default().push(DefinitionId(row as u32));
            }
        }
        for (row, definition) in facts.definitions.iter().enumerate() {
            let test =
                is_test(definition) && (definition.kind.is_callable() || definition.kind.is_type());
            let name = facts.text(definition.name);
            let Some(name) = Some(name).filter(|_| test).and_then(tested) else { continue };
            let Some([one]) = named.get(&folded(name)).map(Vec::as_slice) else { continue };
            found.push(Bound {
                from: Some(DefinitionId(row as u32)),
                to: Target::Definition(DefinitionRef { file: paired, definition: *one }),
                kind: EdgeKind::Tests,
                tier: Tier::Likely,
                rule: "test-name",
                span: definition.name_span,
                flags: ReferenceFlags::empty(),
            });
        }
    }

    /// The production file that the layout pairs with this test file: the one of its name that is
    /// nearest in the tree, when no other is as near.
    fn paired(&self) -> Option<u32> {
        let index = self.world.file(self.file);
        let own = stem(&index.source.path);
        // Every package has one of these.
        if matches!(own, "__init__" | "conftest" | "index" | "mod" | "lib" | "main" | "setup") {
            return None;
        }
        let name = tested(own).unwrap_or(own).to_lowercase();
        let family = index.source.language.family();
        let all = self.stems.get(&(index.repository, family, name))?;
        let near = |file: &u32| {
            let other = self.world.file(*file).source.path.split('/');
            let parts: Vec<&str> = other.collect();
            index.source.path.split('/').filter(|part| parts.contains(part)).count()
        };
        let best = all.iter().map(near).max()?;
        let mut nearest = all.iter().filter(|file| near(file) == best);
        match (nearest.next(), nearest.next()) {
            (Some(one), None) => Some(*one),
            _ => None,
        }
    }
}

fn is_test(definition: &qf_graph::facts::Definition) -> bool {
    definition.flags.contains(DefinitionFlags::TEST)
}

fn is_exercise(kind: EdgeKind) -> bool {
    matches!(kind, EdgeKind::Calls | EdgeKind::Instantiates | EdgeKind::Invokes)
}

fn exercised(edge: &Bound, tier: Tier, rule: &'static str) -> Bound {
    Bound { kind: EdgeKind::Tests, tier, rule, flags: ReferenceFlags::empty(), ..*edge }
}

/// The edges of one file's tests: the surest of each test to each thing.
#[derive(Default)]
struct Found {
    edges: Vec<Bound>,
    places: FxHashMap<(Option<DefinitionId>, Target), usize>,
}

impl Found {
    fn push(&mut self, edge: Bound) {
        match self.places.entry((edge.from, edge.to)) {
            Entry::Vacant(place) => {
                place.insert(self.edges.len());
                self.edges.push(edge);
            }
            Entry::Occupied(place) => {
                let other = &mut self.edges[*place.get()];
                if edge.tier < other.tier {
                    *other = edge;
                }
            }
        }
    }
}

#[cfg(test)]
mod unit {
    use super::{folded, tested};

    #[test]
    fn names_say_what_is_tested() {
        assert_eq!(tested("test_ledger"), Some("ledger"));
        assert_eq!(tested("ledger_test"), Some("ledger"));
        assert_eq!(tested("LedgerTest"), Some("Ledger"));
        assert_eq!(tested("TestLedger"), Some("Ledger"));
        assert_eq!(tested("testApply"), Some("Apply"));
        assert_eq!(tested("testing"), None);
        assert_eq!(tested("testimony"), None);
        assert_eq!(tested("ledger"), None);
        assert_eq!(folded("set_Balance"), "setbalance");
    }
}

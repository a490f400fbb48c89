//! Fixtures: what a test framework passes to the parameters of tests.
//!
//! pytest calls the function that is named like a parameter of a test, or of another fixture, and
//! passes what it gives; of a generator, what it yields. It looks in the file of the test, then in
//! each `conftest.py` from there up (pytest, "Fixtures: sharing").

use super::evaluate::{Evaluator, How, Value, Values};
use super::world::{DefinitionRef, World};
use qf_graph::facts::{Definition, DefinitionFlags, FileFacts, Name};

/// The fixture of a name that pytest finds from a file: its own, else that of the nearest
/// `conftest.py` above. One that asks for its own name, `taker`, means the next.
pub(crate) fn named(
    world: &World<'_>,
    file: u32,
    name: &str,
    taker: DefinitionRef,
) -> Option<DefinitionRef> {
    let own = world.file(file);
    let word = world.word(name)?;
    let mut best: Option<(usize, DefinitionRef)> = None;
    for (_, at) in world.members_named(word) {
        let other = world.file(at.file);
        if other.repository != own.repository || *at == taker {
            continue;
        }
        let path = &other.source.path;
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let above = own.source.path.strip_prefix(folder);
        let above = above.is_some_and(|rest| folder.is_empty() || rest.starts_with('/'));
        let folder = match name {
            _ if at.file == file => usize::MAX,
            "conftest.py" if above => folder.len(),
            _ => continue,
        };
        let fixture = is_fixture(world.definition(*at), other.facts());
        if fixture && best.is_none_or(|(length, _)| folder > length) {
            best = Some((folder, *at));
        }
    }
    best.map(|(_, at)| at)
}

fn is_fixture(definition: &Definition, facts: &FileFacts) -> bool {
    definition.decorators.iter().any(|decorator| facts.render(*decorator).contains("fixture"))
}

impl<'w> Evaluator<'w, '_> {
    /// What a fixture gives to a parameter of a test or of a fixture.
    pub(super) fn given_by_fixture(&mut self, at: DefinitionRef, name: Name) -> Option<Values<'w>> {
        let world = self.world;
        let file = world.file(at.file);
        if !file.semantics.tests_take_fixtures() {
            return None;
        }
        let taker = world.definition(at);
        if !taker.flags.contains(DefinitionFlags::TEST) && !is_fixture(taker, file.facts()) {
            return None;
        }
        let fixture = named(world, at.file, file.facts().text(name), at)?;
        let yields = world.definition(fixture).flags.contains(DefinitionFlags::GENERATOR);
        let made = self.returned(fixture, None);
        let mut values = Values { how: made.how, unknown: made.unknown, ..Values::default() };
        for value in made.items {
            match value {
                Value::Builtin { name: "generator" | "list", .. } if yields => {
                    values.merge(self.element_of(value, None, false));
                }
                _ => values.push(value),
            }
        }
        Some(values.with(How::ARGUMENT))
    }
}

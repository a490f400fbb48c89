//! Fixtures: what a test framework passes to the parameters of tests.
//!
//! pytest calls the function that is named like a parameter of a test, or of another fixture, and
//! passes what it gives; of a generator, what it yields. It looks in the class and file of the test, then
//! in each `conftest.py` from there up (pytest, "Fixtures: sharing"). What has a default, is given by
//! `parametrize` or by a decorator of another library, or is taken by a function inside another or by a
//! method of `unittest`, is no fixture.

use super::evaluate::{Evaluator, How, Value, Values};
use super::world::{DefinitionRef, World};
use qf_graph::facts::{
    Definition, DefinitionFlags, Expression, ExpressionId, FileFacts, Name, Parameter,
    ParameterKind,
};

/// The fixture of a name that pytest finds from a definition: of its class, else of its file, else that of
/// the nearest `conftest.py` above; of several in one place, the last. One that asks for its own name
/// means the next.
pub(crate) fn named(world: &World<'_>, taker: DefinitionRef, name: &str) -> Option<DefinitionRef> {
    let own = world.file(taker.file);
    let class = world.definition(taker).parent;
    let word = world.word(name)?;
    let mut best: Option<(usize, DefinitionRef)> = None;
    for (_, at) in world.members_named(word) {
        let other = world.file(at.file);
        if other.repository != own.repository || *at == taker {
            continue;
        }
        let path = &other.source.path;
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let above = own.source.path.strip_prefix(folder);
        let above = above.is_some_and(|rest| folder.is_empty() || rest.starts_with('/'));
        let definition = world.definition(*at);
        let near = match definition.parent {
            Some(_) if at.file == taker.file && definition.parent == class => usize::MAX,
            Some(_) => continue,
            None if at.file == taker.file => usize::MAX - 1,
            None if file == "conftest.py" && above => folder.len(),
            None => continue,
        };
        if best.is_none_or(|(other, _)| near >= other)
            && is_fixture(definition, other.facts(), name)
        {
            best = Some((near, *at));
        }
    }
    best.map(|(_, at)| at)
}

/// What a decorator is called with its last name: `fixture` of `@pytest.fixture(scope="module")`.
fn last_name(facts: &FileFacts, decorator: ExpressionId) -> &str {
    match facts.expression(decorator) {
        Expression::Call { callee, .. } => match facts.expression(callee) {
            Expression::Name { name, .. } | Expression::Member { name, .. } => facts.text(name),
            _ => "",
        },
        Expression::Name { name, .. } | Expression::Member { name, .. } => facts.text(name),
        _ => "",
    }
}

/// Whether a definition is a fixture of this name: `fixture(name="…")` gives it another.
fn is_fixture(definition: &Definition, facts: &FileFacts, name: &str) -> bool {
    definition.decorators.iter().any(|decorator| {
        let called = last_name(facts, *decorator);
        if called != "fixture" && !called.ends_with("_fixture") {
            return false;
        }
        let Expression::Call { arguments, .. } = facts.expression(*decorator) else { return true };
        facts.list(arguments).iter().all(|argument| match facts.expression(*argument) {
            Expression::Argument { name: key, value } if facts.text(key) == "name" => {
                matches!(facts.expression(value), Expression::Text(text) if facts.text(text) == name)
            }
            _ => true,
        })
    })
}

/// Whether pytest calls a definition and looks for fixtures for this parameter.
fn takes(world: &World<'_>, at: DefinitionRef, parameter: &Parameter) -> bool {
    let file = world.file(at.file);
    if !file.semantics.tests_take_fixtures() {
        return false;
    }
    let (facts, taker) = (file.facts(), world.definition(at));
    let is_unittest = |class: &Definition| {
        !class.kind.is_type()
            || class.bases.iter().any(|base| last_name(facts, *base).ends_with("TestCase"))
    };
    let outer = taker.parent.map(|parent| &facts.definitions[parent.index()]);
    let plain = matches!(parameter.kind, ParameterKind::Plain | ParameterKind::Keyword)
        && parameter.default.is_none();
    if !plain || outer.is_some_and(is_unittest) {
        return false;
    }
    let name = facts.text(parameter.name);
    let given = taker.decorators.iter().any(|decorator| match last_name(facts, *decorator) {
        "given" => true,
        "parametrize" => {
            let said = facts.render(*decorator);
            let mut words = said.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.any(|word| word == name) && !said.contains("indirect")
        }
        _ => facts.render(*decorator).contains("patch"),
    });
    let own = facts.text(taker.name);
    !given && (taker.flags.contains(DefinitionFlags::TEST) || is_fixture(taker, facts, own))
}

/// The fixture that a parameter of a test or of a fixture is given.
pub(crate) fn given(
    world: &World<'_>,
    taker: DefinitionRef,
    parameter: Name,
) -> Option<DefinitionRef> {
    let definition = world.definition(taker);
    let parameter = definition.parameters.iter().find(|own| own.name == parameter)?;
    if !takes(world, taker, parameter) {
        return None;
    }
    named(world, taker, world.file(taker.file).facts().text(parameter.name))
}

impl<'w> Evaluator<'w, '_> {
    /// What a fixture gives to a parameter of a test or of a fixture.
    pub(super) fn given_by_fixture(&mut self, at: DefinitionRef, name: Name) -> Option<Values<'w>> {
        let fixture = given(self.world, at, name)?;
        let yields = self.world.definition(fixture).flags.contains(DefinitionFlags::GENERATOR);
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

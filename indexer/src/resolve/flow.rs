//! Functions as values: arguments that reach parameters, and callbacks.
//!
//! A parameter without a declared type may be what call sites pass. The call sites are gone through
//! before anything is bound: first with nothing known of parameters, then once more those that
//! could not be followed because what they call is itself a parameter or comes out of one. A
//! function that is handed to a built-in which calls it (`users.map(charge)`, `sorted(users,
//! key=total)`) is called there, with the elements of the collection.

use super::bind::{Binder, Target};
use super::evaluate::{ArgumentFlow, Part, Passed, Value, Values};
use super::hierarchy::Hierarchy;
use super::world::{DefinitionRef, World};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{
    DefinitionFlags, DefinitionId, Expression, ExpressionId, List, Name, ParameterKind, Reference,
    Role, SymbolKind,
};
use rayon::prelude::*;

/// More arguments than this at one parameter say nothing of it.
const MAX_PASSED: usize = 8;

/// One argument and the parameter that it reaches.
type Reached = ((DefinitionRef, u16), Passed);

/// The arguments of all calls of all files, by the parameter that they reach. `step` is called
/// once a file.
pub fn arguments(world: &World<'_>, hierarchy: &Hierarchy, step: impl Fn() + Sync) -> ArgumentFlow {
    let files = 0..world.files.len() as u32;
    let none = ArgumentFlow::default();
    let first: Vec<(Vec<Reached>, Vec<u32>)> = files
        .into_par_iter()
        .map(|file| {
            let mut binder = Binder::new(world, hierarchy, &none, file);
            let (mut reached, mut left) = (Vec::new(), Vec::new());
            for (row, reference) in binder.facts.references.iter().enumerate() {
                if reference.role == Role::Call && !binder.passed_by(reference, &mut reached) {
                    left.push(row as u32);
                }
            }
            step();
            (reached, left)
        })
        .collect();
    let mut flow = ArgumentFlow::default();
    first.iter().flat_map(|(reached, _)| reached).for_each(|reached| add(&mut flow, *reached));
    let few = known(&flow);
    let second: Vec<Vec<Reached>> = first
        .par_iter()
        .enumerate()
        .map(|(file, (_, left))| {
            let mut reached = Vec::new();
            if left.is_empty() {
                return reached;
            }
            let mut binder = Binder::new(world, hierarchy, &few, file as u32);
            for row in left {
                let reference = &binder.facts.references[*row as usize];
                binder.passed_by(reference, &mut reached);
            }
            reached
        })
        .collect();
    second.into_iter().flatten().for_each(|reached| add(&mut flow, reached));
    known(&flow)
}

/// The parameters that few enough arguments reach to say something.
fn known(flow: &ArgumentFlow) -> ArgumentFlow {
    let mut few = flow.clone();
    few.retain(|_, passed| passed.len() <= MAX_PASSED);
    few
}

fn add(flow: &mut ArgumentFlow, (parameter, passed): Reached) {
    let all = flow.entry(parameter).or_default();
    if all.len() <= MAX_PASSED && !all.contains(&passed) {
        all.push(passed);
    }
}

/// What a built-in does with a function that it gets.
struct Callback {
    /// Position of the function among the arguments.
    function: usize,
    /// Whose elements it gets, and as which of its arguments.
    elements: Elements,
    /// It is called for each entry of a mapping too.
    goes_over: bool,
}

#[derive(Clone, Copy)]
enum Elements {
    /// The receiver's, as the n-th argument.
    Receiver(usize),
    /// Those of an argument, as the first.
    Argument(usize),
    /// Something else: an error, nothing.
    None,
}

/// Built-in functions and methods that call what they are given.
fn callback(name: &str, method: bool) -> Option<Callback> {
    let elements = if method { Elements::Receiver(0) } else { Elements::Argument(1) };
    let goes_over = method && name == "forEach";
    let callback = |function, elements| Some(Callback { function, elements, goes_over });
    match name {
        "map" | "filter" | "forEach" | "for_each" | "find" | "findIndex" | "findLast" | "some"
        | "every" | "any" | "all" | "flatMap" | "flat_map" | "filter_map" | "and_then" | "then"
        | "takewhile" | "dropwhile" | "filterfalse" | "take_while" | "skip_while" | "partition"
        | "position" | "retain" | "inspect" | "sort" | "sort_by" | "sort_by_key" | "toSorted"
        | "anyMatch" | "allMatch" | "noneMatch" | "removeIf" | "ifPresent" | "mapToInt"
        | "max_by_key" | "min_by_key" => callback(0, elements),
        "catch" | "finally" | "map_err" | "or_else" | "unwrap_or_else" | "setTimeout"
        | "setInterval" | "setImmediate" | "queueMicrotask" | "nextTick" => {
            callback(0, Elements::None)
        }
        "reduce" if method => callback(0, Elements::Receiver(1)),
        "reduce" => callback(0, Elements::None),
        "fold" if method => callback(1, Elements::Receiver(1)),
        // The function is the named argument `key`.
        "sorted" | "min" | "max" => callback(usize::MAX, Elements::Argument(0)),
        "from" if method => callback(1, Elements::Argument(0)),
        _ => None,
    }
}

impl<'w> Binder<'w, '_> {
    /// Notes the arguments of a call that reach parameters; `false` when it is not known what is
    /// called.
    fn passed_by(&mut self, reference: &Reference, out: &mut Vec<Reached>) -> bool {
        let (callee, arguments, constructs) = self.callee(reference.expression);
        let Some(arguments) = arguments.filter(|arguments| arguments.len > 0) else { return true };
        let interesting = self.facts.list(arguments).iter().any(|argument| {
            flows(self.facts.expression(match self.facts.expression(*argument) {
                Expression::Argument { value, .. } => value,
                _ => *argument,
            }))
        });
        if !interesting {
            return true;
        }
        self.evaluator.begin();
        let values = if constructs {
            self.constructed(callee)
        } else {
            self.evaluator.called(self.file, callee)
        };
        let values = self.evaluator.as_callable(values);
        if values.items.is_empty() {
            return false;
        }
        if let Some((callback, function)) = self.callback_of(callee, &values, arguments) {
            self.elements_reach(&callback, function, callee, arguments, out);
        }
        for value in values.items {
            let targets: Vec<(DefinitionRef, bool)> = match value {
                Value::Method { definition, .. } => vec![(definition, true)],
                Value::Definition(at) if self.world.definition(at).kind.is_type() => self
                    .constructors(at, Some(arguments))
                    .into_iter()
                    .map(|constructor| (constructor, true))
                    .collect(),
                Value::Definition(at) => {
                    let class_method =
                        self.world.definition(at).flags.contains(DefinitionFlags::CLASS_METHOD);
                    vec![(at, class_method)]
                }
                _ => continue,
            };
            for (at, bound) in targets {
                self.pass(at, bound, arguments, out);
            }
        }
        true
    }

    fn pass(&mut self, at: DefinitionRef, bound: bool, arguments: List, out: &mut Vec<Reached>) {
        let definition = self.world.definition(at);
        let names = self.world.file(at.file);
        let skip = usize::from(
            bound
                && definition.parameters.first().is_some_and(|p| p.kind == ParameterKind::Receiver),
        );
        for (position, argument) in self.facts.list(arguments).iter().enumerate() {
            let (parameter, value) = match self.facts.expression(*argument) {
                Expression::Argument { name, value } => {
                    let name = self.facts.text(name);
                    let at = definition
                        .parameters
                        .iter()
                        .position(|p| names.facts().text(p.name) == name);
                    (at, value)
                }
                _ => (Some(position + skip), *argument),
            };
            if let (Some(index), Expression::Function(function)) =
                (parameter, self.facts.expression(value))
            {
                self.expected(at, index, function, out);
            }
            let Some(index) = parameter.filter(|index| self.is_open(at, *index)) else { continue };
            if flows(self.facts.expression(value)) {
                let passed = Passed { file: self.file, value, part: Part::Value };
                out.push(((at, index as u16), passed));
            }
        }
    }

    /// A function in place gets what the parameter that it is passed to says it is called with.
    fn expected(
        &mut self,
        at: DefinitionRef,
        index: usize,
        function: DefinitionId,
        out: &mut Vec<Reached>,
    ) {
        let parameter = self.world.definition(at).parameters.get(index);
        let Some(declared) = parameter.and_then(|parameter| parameter.declared_type) else {
            return;
        };
        let function = DefinitionRef { file: self.file, definition: function };
        for value in self.evaluator.types_in(at.file, declared).items {
            let Value::Builtin { name: "function", arguments: Some(parts) } = value else {
                continue;
            };
            let facts = self.world.file(parts.file).facts();
            for (position, part) in facts.list(parts.list).iter().skip(1).enumerate() {
                if *part != ExpressionId::UNKNOWN && self.is_open(function, position) {
                    let passed = Passed { file: parts.file, value: *part, part: Part::Instance };
                    out.push(((function, position as u16), passed));
                }
            }
        }
    }

    /// A parameter that holds one argument and has no declared type.
    fn is_open(&self, at: DefinitionRef, index: usize) -> bool {
        self.world.definition(at).parameters.get(index).is_some_and(|p| {
            p.declared_type.is_none()
                && matches!(p.kind, ParameterKind::Plain | ParameterKind::Keyword)
        })
    }

    // ---- callbacks ---------------------------------------------------------------------------------

    /// The function argument of a call of a built-in that calls it.
    fn callback_of(
        &self,
        callee: ExpressionId,
        values: &Values<'w>,
        arguments: List,
    ) -> Option<(Callback, ExpressionId)> {
        let builtin = values
            .items
            .iter()
            .any(|value| matches!(value, Value::BuiltinMember { .. } | Value::BuiltinName(_)));
        if !builtin {
            return None;
        }
        let (name, method) = match self.facts.expression(callee) {
            Expression::Name { name, .. } => (name, false),
            Expression::Member { name, .. } => (name, true),
            _ => return None,
        };
        let callback = callback(self.facts.text(name), method)?;
        let arguments = self.facts.list(arguments);
        let function = match arguments.get(callback.function) {
            Some(argument) => *argument,
            None => {
                arguments.iter().find_map(|argument| match self.facts.expression(*argument) {
                    Expression::Argument { name, value } if self.facts.text(name) == "key" => {
                        Some(value)
                    }
                    _ => None,
                })?
            }
        };
        Some((callback, function))
    }

    fn elements_reach(
        &mut self,
        callback: &Callback,
        function: ExpressionId,
        callee: ExpressionId,
        arguments: List,
        out: &mut Vec<Reached>,
    ) {
        let (elements, place) = match (callback.elements, self.facts.expression(callee)) {
            (Elements::Receiver(place), Expression::Member { base, .. }) => (base, place),
            (Elements::Receiver(_) | Elements::None, _) => return,
            (Elements::Argument(position), _) => match self.facts.list(arguments).get(position) {
                Some(argument) => (*argument, 0),
                None => return,
            },
        };
        // The function that goes over a mapping gets its values in a place of their own.
        let values_in = self.world.file(self.file).semantics.value_in_for_each();
        let values_in = values_in.filter(|_| callback.goes_over);
        let passed = Passed { file: self.file, value: elements, part: Part::Elements };
        let passed_values = Passed { part: Part::Values, ..passed };
        for value in self.evaluator.evaluate(function).items {
            let (at, bound) = match value {
                Value::Definition(at) => (at, false),
                Value::Method { definition, .. } => (definition, true),
                _ => continue,
            };
            let definition = self.world.definition(at);
            let receiver =
                definition.parameters.first().is_some_and(|p| p.kind == ParameterKind::Receiver);
            if !definition.kind.is_callable() {
                continue;
            }
            let skipped = usize::from(receiver && bound);
            let mut reach = |place: usize, passed: Passed| {
                if self.is_open(at, place + skipped) {
                    out.push(((at, (place + skipped) as u16), passed));
                }
            };
            match values_in {
                Some(position) if position == place => reach(place, passed_values),
                Some(position) => {
                    reach(place, passed);
                    reach(position, passed_values);
                }
                None => reach(place, passed),
            }
        }
    }

    /// Edges to the functions that a built-in is given and calls.
    pub(super) fn callbacks(
        &mut self,
        reference: &Reference,
        callee: ExpressionId,
        values: &Values<'w>,
        arguments: Option<List>,
    ) {
        let Some(arguments) = arguments else { return };
        let Some((_, function)) = self.callback_of(callee, values, arguments) else { return };
        for value in self.evaluator.evaluate(function).items {
            if let Value::Definition(at) | Value::Method { definition: at, .. } = value {
                let definition = self.world.definition(at);
                if definition.kind.is_callable()
                    && definition.kind != SymbolKind::Macro
                    && definition.name != Name(0)
                {
                    let to = Target::Definition(at);
                    self.edge(reference, to, EdgeKind::Invokes, Tier::Typed, "callback");
                }
            }
        }
    }
}

/// Whether a value is worth following into a parameter.
fn flows(expression: Expression) -> bool {
    matches!(
        expression,
        Expression::Name { .. }
            | Expression::Generic { .. }
            | Expression::Member { .. }
            | Expression::Function(_)
            | Expression::Definition(_)
            | Expression::New { .. }
            | Expression::Call { .. }
            | Expression::This(_)
            | Expression::Index { .. }
            | Expression::Either(_)
            | Expression::Collection { .. }
            | Expression::Await(_)
            | Expression::Element(_)
            | Expression::Imported(_)
    )
}

//! Collections seen in another way: the values of a mapping, its entries, what a function makes of
//! each element.
//!
//! What `map.values()`, `Object.entries(x)` or `list.map(f)` gives has a type that is written nowhere.
//! It keeps the arguments of what it was made from (where a function says what comes out: those of the
//! call) under a name of its own, and its elements follow from both when they are asked for.

use super::evaluate::{Arguments, Evaluator, MAPPINGS, Value, Values};
use crate::languages::View;
use qf_graph::facts::List;

/// Elements are tuples of the arguments.
const PAIRS: &str = "pairs";
/// Elements are entries of the arguments.
const ENTRIES: &str = "entries";
/// Elements are tuples of a number and an element.
const NUMBERED: &str = "numbered";
/// One of them.
const NUMBER_AND_ELEMENT: &str = "number and element";
/// Elements are what the first argument of the call gives.
const MAPPED: &str = "mapped";
/// Elements are those of what the first argument of the call gives.
const FLATTENED: &str = "flattened";
/// Waiting gives what the first argument of the call gives.
const CHAINED: &str = "chained";
/// Waiting gives what waiting for each element gives.
const ALL: &str = "all";
/// The same of what [`MAPPED`] is.
const ALL_MAPPED: &str = "all mapped";
/// What waiting for [`ALL`] gives.
const AWAITED: &str = "awaited";
/// What waiting for [`ALL_MAPPED`] gives.
const AWAITED_MAPPED: &str = "awaited mapped";
/// Elements are the values of a literal mapping.
const LITERAL_VALUES: &str = "values of a literal";
/// Elements are its keys with their values.
const LITERAL_PAIRS: &str = "pairs of a literal";
/// One of them.
const LITERAL_PAIR: &str = "pair of a literal";

/// The type that has the members of what stands under a name of this module.
pub(super) fn plain(name: &str) -> &str {
    match name {
        PAIRS | ENTRIES | NUMBERED | MAPPED | FLATTENED | AWAITED | AWAITED_MAPPED
        | LITERAL_VALUES | LITERAL_PAIRS => "list",
        CHAINED | ALL | ALL_MAPPED => "Promise",
        NUMBER_AND_ELEMENT | LITERAL_PAIR => "tuple",
        _ => name,
    }
}

fn shaped<'w>(name: &'static str, arguments: Arguments) -> Values<'w> {
    Values::of(Value::Builtin { name, arguments: Some(arguments) })
}

/// What one of two type arguments says alone.
fn only(position: u32, of: Arguments) -> Option<Arguments> {
    let list = List { start: of.list.start + position, len: 1 };
    (position < of.list.len).then_some(Arguments { list, ..of })
}

/// What a function that is the first of a call's arguments makes of each element.
pub(super) fn mapped<'w>(file: u32, list: List) -> Values<'w> {
    shaped(MAPPED, Arguments::of_values(file, list))
}

/// The same, where the function gives collections that are put together.
pub(super) fn flattened<'w>(file: u32, list: List) -> Values<'w> {
    shaped(FLATTENED, Arguments::of_values(file, list))
}

/// What is there once a function that is the first of a call's arguments has been called.
pub(super) fn chained<'w>(file: u32, list: List) -> Values<'w> {
    shaped(CHAINED, Arguments::of_values(file, list))
}

impl<'w> Evaluator<'w, '_> {
    /// The built-in type of a view.
    fn kind_of(&self, view: View) -> &'static str {
        match view {
            View::Settled => "Promise",
            view => self.world.file(self.file()).semantics.collection(view),
        }
    }

    /// What is known of a view of something unknown.
    pub(super) fn unseen(&self, view: View) -> Values<'w> {
        Values::of(Value::Builtin { name: self.kind_of(view), arguments: None })
    }

    /// A collection seen in another way.
    pub(super) fn seen(&mut self, value: Value<'w>, view: View) -> Values<'w> {
        let kind = self.kind_of(view);
        let unknown = || Values::of(Value::Builtin { name: kind, arguments: None });
        let (name, of) = match value {
            Value::External(_) => return Values::of(Value::External(None)),
            Value::Object(items) | Value::Builtin { name: "dict", arguments: Some(items) }
                if items.values =>
            {
                return match view {
                    View::Values => shaped(LITERAL_VALUES, items),
                    View::Pairs | View::Entries => shaped(LITERAL_PAIRS, items),
                    _ => unknown(),
                };
            }
            Value::Builtin { name, arguments: Some(of) } => (name, of),
            _ => return unknown(),
        };
        let of_types = MAPPINGS.contains(&name) && !of.values;
        let is_plain = plain(name) == name;
        match view {
            View::Elements if of_types => {
                let semantics = self.world.file(self.file()).semantics;
                match semantics.iteration(name) {
                    View::Elements => unknown(),
                    view => self.seen(value, view),
                }
            }
            View::Keys if of_types => only(0, of).map_or_else(unknown, |of| shaped(kind, of)),
            View::Values if of_types => only(1, of).map_or_else(unknown, |of| shaped(kind, of)),
            View::Pairs if of_types => shaped(PAIRS, of),
            View::Entries if of_types => shaped(ENTRIES, of),
            View::Elements | View::Values if is_plain => shaped("list", of),
            View::Elements | View::Values => Values::of(value),
            View::Pairs | View::Entries | View::Numbered if is_plain => shaped(NUMBERED, of),
            View::Settled if name == MAPPED => shaped(ALL_MAPPED, of),
            View::Settled if is_plain => shaped(ALL, of),
            _ => unknown(),
        }
    }

    /// An element of what stands under a name of this module or of a mapping that is iterated over;
    /// `None` for other names.
    pub(super) fn element_seen(
        &mut self,
        name: &str,
        of: Arguments,
        by_key: bool,
    ) -> Option<Values<'w>> {
        // A function may give what it makes of itself: `walk` of `kids.flatMap(walk)`.
        self.nested(|evaluator| evaluator.element_seen_bounded(name, of, by_key))
            .unwrap_or_else(|| Some(Values::unknown()))
    }

    fn element_seen_bounded(
        &mut self,
        name: &str,
        of: Arguments,
        by_key: bool,
    ) -> Option<Values<'w>> {
        Some(match name {
            PAIRS => shaped("tuple", of),
            ENTRIES => shaped("Entry", of),
            NUMBERED => shaped(NUMBER_AND_ELEMENT, of),
            MAPPED => self.given_by(of),
            CHAINED => {
                let given = self.given_by(of);
                self.awaited(given)
            }
            FLATTENED => {
                let given = self.given_by(of);
                self.elements(given, false)
            }
            ALL => shaped(AWAITED, of),
            ALL_MAPPED => shaped(AWAITED_MAPPED, of),
            AWAITED => {
                let elements = self.element_of(
                    Value::Builtin { name: "list", arguments: Some(of) },
                    None,
                    false,
                );
                self.awaited(elements)
            }
            AWAITED_MAPPED => {
                let given = self.given_by(of);
                self.awaited(given)
            }
            LITERAL_VALUES => self.element_of(Value::Object(of), None, true),
            LITERAL_PAIRS => shaped(LITERAL_PAIR, of),
            _ if by_key || of.values || !MAPPINGS.contains(&name) => return None,
            _ => match self.world.file(self.file()).semantics.iteration(name) {
                View::Pairs => shaped("tuple", of),
                View::Entries => shaped("Entry", of),
                _ => return None,
            },
        })
    }

    /// A part of an element of a view, by its position; `None` for other names.
    pub(super) fn part_seen(
        &mut self,
        name: &str,
        of: Arguments,
        position: u16,
    ) -> Option<Values<'w>> {
        let first = |name| Values::of(Value::Builtin { name, arguments: None });
        Some(match (name, position) {
            ("Entry", _) => self.argument(of, usize::from(position)),
            (NUMBER_AND_ELEMENT, 0) => first("int"),
            (NUMBER_AND_ELEMENT, 1) => {
                self.element_of(Value::Builtin { name: "list", arguments: Some(of) }, None, false)
            }
            (LITERAL_PAIR, 0) => first("str"),
            (LITERAL_PAIR, 1) => self.element_of(Value::Object(of), None, true),
            (NUMBER_AND_ELEMENT | LITERAL_PAIR, _) => Values::unknown(),
            _ => return None,
        })
    }

    /// What waiting for a view gives; `None` for other names.
    pub(super) fn awaited_view(&mut self, name: &str, of: Arguments) -> Option<Values<'w>> {
        matches!(name, CHAINED | ALL | ALL_MAPPED).then(|| self.element_seen(name, of, false))?
    }

    /// What the function that is the first of a call's arguments gives.
    fn given_by(&mut self, of: Arguments) -> Values<'w> {
        let function = self.argument(of, 0);
        self.call(&function, of.file, List::default())
    }

    /// Elements of all values of a set.
    pub(super) fn elements(&mut self, collections: Values<'w>, by_key: bool) -> Values<'w> {
        let (how, unknown) = (collections.how, collections.unknown);
        let mut values = Values { how, unknown, ..Values::default() };
        for collection in collections.items {
            values.merge(self.element_of(collection, None, by_key));
        }
        values
    }
}

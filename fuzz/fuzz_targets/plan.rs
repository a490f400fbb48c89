//! A text is a plan or an error with a place in the text, and a plan that is written down reads back
//! as the same plan.
//!
//! The input is the text. What is read is written and read again: that must be the same plan, but for
//! names, which are written as the symbols they mean, and it must give the same rows. The plan is also
//! answered as a question.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Meanings, world};
use qf_query::plan::{Plan, text};
use qf_query::{Options, run};

fuzz_target!(|data: &[u8]| {
    let written = String::from_utf8_lossy(data);
    let world = world();
    let plan = match text::parse(&written, &Meanings(world)) {
        Ok(plan) => plan,
        Err(error) => {
            assert!((1..=written.chars().count() + 1).contains(&error.at), "{error}");
            return;
        }
    };
    let printed = text::print(world, &plan);
    let again = text::parse(&printed, &Meanings(world))
        .unwrap_or_else(|error| panic!("{error}\n{written}\n{printed}"));
    assert_eq!(plain(again.clone()), plain(plan.clone()), "{written}\n{printed}");
    assert_eq!(text::print(world, &again), printed);
    assert_eq!(run::run(world, &again).0.symbols(), run::run(world, &plan).0.symbols());
    let _ = qf_query::query(world, &written, &Options { explain: true, ..Options::default() });
});

/// The plan as its text says it: without the names that symbols were asked by.
fn plain(plan: Plan) -> Plan {
    let boxed = |plan: Box<Plan>| Box::new(plain(*plan));
    match plan {
        Plan::Named { symbols, .. } if symbols.is_empty() => Plan::Union(Vec::new()),
        Plan::Named { symbols, .. } => Plan::Named { text: String::new(), symbols },
        leaf @ (Plan::Search { .. } | Plan::All(_)) => leaf,
        Plan::In { input, repo, path } => Plan::In { input: boxed(input), repo, path },
        Plan::Keep { input, kinds, name, tag } => {
            Plan::Keep { input: boxed(input), kinds, name, tag }
        }
        Plan::Step { input, step } => Plan::Step { input: boxed(input), step },
        Plan::Union(inputs) => Plan::Union(inputs.into_iter().map(plain).collect()),
        Plan::Both(a, b) => Plan::Both(boxed(a), boxed(b)),
        Plan::Without(a, b) => Plan::Without(boxed(a), boxed(b)),
        Plan::Owned { members, owners } => {
            Plan::Owned { members: boxed(members), owners: boxed(owners) }
        }
        Plan::Paths { from, to, step } => Plan::Paths { from: boxed(from), to: boxed(to), step },
        Plan::Rank(input, order) => Plan::Rank(boxed(input), order),
        Plan::Top(input, count) => Plan::Top(boxed(input), count),
        Plan::GroupBy(input, group) => Plan::GroupBy(boxed(input), group),
    }
}

//! SPARQL says what the algebra says, and any text is a query or an error.
//!
//! With an even first byte the rest makes a plan, whose rows, the rows of its text read back and the
//! solutions of its SPARQL form are the same set. With an odd one the rest is the text of a query, which
//! is answered and written in every form. A query that joins everything with everything takes as long
//! as it says, so long ones are only read, and of the others the first few results are looked at.

#![no_main]

use libfuzzer_sys::fuzz_target;
use oxigraph::sparql::QueryResults;
use qf_fuzz::{Bytes, Meanings, world};
use qf_graph::SymbolId;
use qf_query::plan::{generate, text};
use qf_query::run;
use qf_query::sparql::{self, Format, terms};
use std::io::{self, Write};

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    if input.byte().is_multiple_of(2) {
        agree(input.0);
    } else {
        asked(&mut input);
    }
});

fn agree(bytes: &[u8]) {
    let world = world();
    let plan = generate::plan(world, &mut bytes.iter().copied());
    let mut algebra = run::run(world, &plan).0.symbols();
    let written = text::print(world, &plan);
    let read = text::parse(&written, &Meanings(world))
        .unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(run::run(world, &read).0.symbols(), algebra, "{written}");
    let query = sparql::select(world, &plan);
    let mut found = selected(&query);
    algebra.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, algebra, "{plan:#?}\n{query}");
}

/// The symbols that a query binds to `?symbol`.
fn selected(query: &str) -> Vec<SymbolId> {
    let world = world();
    let results = sparql::query(world, query).unwrap_or_else(|error| panic!("{error}\n{query}"));
    let QueryResults::Solutions(solutions) = results else { panic!("no solutions: {query}") };
    solutions
        .map(|solution| {
            let solution = solution.unwrap_or_else(|error| panic!("{error}\n{query}"));
            match solution.get("symbol").map(|term| terms::node(world, term.clone())) {
                Some(terms::Node::Symbol(symbol)) => symbol,
                other => panic!("{other:?} is no symbol\n{query}"),
            }
        })
        .collect()
}

/// Most characters that say how much is joined, of a query that is answered.
const MOST_JOINED: usize = 3;
/// Most bytes of an answer that are taken.
const MOST_WRITTEN: usize = 1 << 16;

fn asked(input: &mut Bytes<'_>) {
    let choice = usize::from(input.byte());
    let text = input.text();
    let joins = text.matches(['.', ';', ',', '{', '/', '|', '^']).count();
    if joins > MOST_JOINED {
        let _ = oxigraph::sparql::SparqlEvaluator::new().parse_query(&text);
        return;
    }
    let Ok(results) = sparql::query(world(), &text) else { return };
    let formats =
        [Format::Json, Format::Csv, Format::Tsv, Format::Xml, Format::Turtle, Format::NTriples];
    let format = formats.get(choice % (formats.len() + 1)).copied();
    let _ = sparql::write(results, format, Few(0));
}

/// Takes the first bytes of what is written and refuses the rest.
struct Few(usize);

impl Write for Few {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        if self.0 > MOST_WRITTEN { Err(io::ErrorKind::WriteZero.into()) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

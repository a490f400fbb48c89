//! An index of a compiler is taken over or refused, whatever it says.
//!
//! The input is a SCIP file. It is read against three fixed sources; what is kept of it are places
//! inside those, at characters, of symbols that are there, and it is stored, read back and merged as it
//! is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{scratch, write};
use qf_indexer::scip::read::Source;
use qf_indexer::scip::{CompilerFacts, ScipIndex};
use std::path::Path;

/// What the repository holds: plain text, text whose units are not bytes, and nothing.
const SOURCES: [(&str, &str); 3] = [
    (
        "a.py",
        "class Ledger:\n    def apply(self):\n        return top_up()\n\ndef top_up(): pass\n",
    ),
    ("b.py", "\u{e9} = \"\u{1f600}\"; wert = \u{e9}\r\nprint(wert)\n"),
    ("c.py", ""),
];

fuzz_target!(|data: &[u8]| {
    let Ok(index) = ScipIndex::open(&write("index.scip", data)) else { return };
    let inside = scratch().join("shop");
    let roots = [inside.as_path(), Path::new("/srv/shop"), Path::new("/")];
    let below = match index.repository(&roots) {
        Ok((position, below)) => {
            assert!(position < roots.len());
            below
        }
        Err(error) => error.to_string().chars().take(3).collect(),
    };
    for below in ["", below.as_str()] {
        let text = |path: &str| {
            let name = path.rsplit('/').next().unwrap_or(path);
            SOURCES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
        };
        let source = |path: &str| Some(Source { hash: [7; 32], text: text(path)?.into() });
        let (facts, imported) = index.facts(below, source);
        assert!(facts.files.len() as u64 <= imported.documents);
        let known = |row: u32| (row as usize) < facts.symbols.len();
        for file in &facts.files {
            let text = text(&file.path).expect("only files that are there");
            for place in &file.occurrences {
                let range = place.start as usize..place.end as usize;
                assert!(text.get(range).is_some(), "{place:?} in {}", file.path);
                assert!(known(place.symbol), "{place:?}");
            }
            assert!(file.implementations.iter().all(|(this, of)| known(*this) && known(*of)));
        }
        let path = write("a.compiler", &facts.serialize());
        assert!(CompilerFacts::open(&path).as_ref() == Some(&facts), "read as it was written");
        assert!(facts.clone().merge(facts.clone()) == facts, "the same word twice is one word");
    }
});

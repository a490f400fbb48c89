//! What a place in a file means is asked of any file at any place, and the answer is about lines of
//! that file.
//!
//! The first byte chooses the file's name, two more the place, the rest is the text. Where a name is
//! bound, what a field is given, the chain behind a reference and what a file offers are looked up
//! there; nothing panics, and every line exists.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, PATHS};
use qf_indexer::{definition, explain};

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let path = PATHS[usize::from(input.byte()) % PATHS.len()];
    let place = usize::from(input.short());
    let text = input.text();
    // Any place is asked, also one inside a character and one behind the end.
    let at = (place % (text.len() + 2)) as u32;
    let lines = text.matches('\n').count() as u32 + 1;
    let exists = |line: u32| assert!((1..=lines).contains(&line), "line {line} of {lines}");
    let sites = definition::sites(path, &text, at);
    let given = definition::given(path, &text, at);
    for site in sites.iter().chain(&given) {
        exists(site.line);
        assert!(site.behind.is_none_or(|behind| behind as usize <= text.len()));
    }
    for step in explain::chain(path, &text, at) {
        exists(step.line);
        assert!(step.import.is_none_or(|import| import as usize <= text.len()));
    }
    let _ = definition::module_stem(path, &text, at);
    let name: String = text.chars().skip(place % 64).take_while(|c| c.is_alphanumeric()).collect();
    definition::exported(path, &text, &name).into_iter().for_each(exists);
});

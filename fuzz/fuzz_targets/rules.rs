//! A repository's own rule file is used or left out with a reason, whatever it holds.
//!
//! The input is the text of a file in `.qf/rules/`. It is read with the shipped rules, as a run does;
//! then there is either a fault that names the file or a set of rules that answers what is looked up
//! in it. What makes keys of code with such rules is in the target `index`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_indexer::link::rule;
use std::path::PathBuf;

fuzz_target!(|data: &[u8]| {
    let file = (PathBuf::from("own.toml"), rule::text(data.to_vec()));
    let (rules, faults) = rule::with_own([("shop", vec![file])].into_iter());
    assert!(faults.iter().all(|fault| fault.contains(".qf/rules/own.toml is left out")));
    assert!(!rules.called().is_empty(), "the shipped rules are there");
    let text = String::from_utf8_lossy(data);
    for word in text.split(|c: char| c.is_whitespace() || "\"'[],".contains(c)) {
        let _ = (rules.about(word).count(), rules.callbacks(word), rules.model(word));
        let _ = (rules.same(word), rules.called_of(word).count(), rules.names_library(word));
        let _ = (rules.is_reserved("shop/own", word), rule::last_name(word));
    }
    let _ = rules.system("shop/own");
});

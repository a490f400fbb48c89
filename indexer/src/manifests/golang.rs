//! `go.mod` and `go.work`.

use super::{add, depend, empty};
use qf_graph::facts::PackageManifest;

/// The directives of a file, blocks flattened: verb and arguments.
fn directives(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut out = Vec::new();
    let mut block: Option<&str> = None;
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or("").trim();
        let words: Vec<&str> =
            line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        match (block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [")", ..]) => block = None,
            (Some(verb), arguments) => out.push((verb, arguments.to_vec())),
            (None, [verb, "("]) => block = Some(verb),
            (None, [verb]) if verb.ends_with('(') => block = Some(verb.trim_end_matches('(')),
            (None, [verb, arguments @ ..]) => out.push((verb, arguments.to_vec())),
        }
    }
    out
}

/// Reads a `go.mod`; aliases are its `replace` lines.
pub fn module(text: &str) -> PackageManifest {
    let mut manifest = empty("go");
    for (verb, arguments) in directives(text) {
        match (verb, arguments.as_slice()) {
            ("module", [name, ..]) => (*name).clone_into(&mut manifest.name),
            ("require", [name, version, ..]) => depend(&mut manifest, name, version),
            ("replace", arguments) => replace(arguments, &mut manifest),
            _ => {}
        }
    }
    manifest
}

fn replace(arguments: &[&str], manifest: &mut PackageManifest) {
    let arrow = arguments.iter().position(|word| *word == "=>");
    let target = arrow.and_then(|arrow| arguments.get(arrow + 1));
    if let (Some(name), Some(target)) = (arguments.first(), target) {
        add(&mut manifest.aliases, *name, *target);
    }
}

/// Reads a `go.work`.
pub fn workspace(text: &str) -> PackageManifest {
    let mut manifest = empty("go");
    for (verb, arguments) in directives(text) {
        match (verb, arguments.as_slice()) {
            ("use", [folder, ..]) => manifest.members.push((*folder).to_owned()),
            ("replace", arguments) => replace(arguments, &mut manifest),
            _ => {}
        }
    }
    manifest
}

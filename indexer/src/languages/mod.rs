//! The list of languages. Adding one is a folder and a line here.

pub mod bash;
pub mod c;
pub mod containerfile;
pub mod cpp;
pub mod csharp;
pub mod css;
pub mod dart;
pub mod elixir;
pub mod generic;
pub mod go;
pub mod graphql;
pub mod haskell;
pub mod hcl;
pub mod html;
pub mod java;
pub mod javascript;
pub mod json;
pub mod julia;
mod kinds;
pub mod kotlin;
pub mod language;
mod locals;
pub mod lua;
pub mod manifest;
pub mod markdown;
pub mod nginx;
pub mod ocaml;
pub mod php;
pub mod prisma;
pub mod proto;
pub mod python;
pub mod r;
pub mod ruby;
pub mod rust;
pub mod scala;
pub mod solidity;
pub mod sql;
pub mod svelte;
pub mod swift;
pub mod toml;
pub mod typescript;
pub mod vue;
pub mod yaml;
pub mod zig;

pub use language::{BuiltinResult, Conversion, Depth, Language, NamespaceKey, Semantics, View};

/// Every language, in the order in which their names break ties.
#[rustfmt::skip] // one a line
pub static LANGUAGES: &[&dyn Language] = &[
    &bash::BASH,
    &c::C,
    &containerfile::CONTAINERFILE,
    &cpp::CPP,
    &csharp::CSHARP,
    &css::CSS,
    &dart::DART,
    &elixir::ELIXIR,
    &go::GO,
    &graphql::GRAPHQL,
    &haskell::HASKELL,
    &hcl::HCL,
    &html::HTML,
    &java::JAVA,
    &javascript::JAVASCRIPT,
    &json::JSON,
    &julia::JULIA,
    &kotlin::KOTLIN,
    &lua::LUA,
    &manifest::MANIFEST,
    &markdown::MARKDOWN,
    &nginx::NGINX,
    &ocaml::OCAML,
    &php::PHP,
    &prisma::PRISMA,
    &proto::PROTO,
    &python::PYTHON,
    &r::R,
    &ruby::RUBY,
    &rust::RUST,
    &scala::SCALA,
    &solidity::SOLIDITY,
    &sql::SQL,
    &svelte::SVELTE,
    &swift::SWIFT,
    &toml::TOML,
    &typescript::TYPESCRIPT,
    &vue::VUE,
    &yaml::YAML,
    &zig::ZIG,
];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

/// The language of a file. Its path says so, but for scripts without an extension, whose first line
/// names what runs them, and for headers: `.h` is C's and C++'s, and the text tells.
pub fn for_file(path: &str, text: &str) -> Option<&'static dyn Language> {
    let Some(language) = for_path(path) else {
        return may_be_script(path).then(|| for_script(text.as_bytes())).flatten();
    };
    let header = language.name() == "c" && path.ends_with(".h");
    if header && cpp::is_header(text) { by_name("cpp") } else { Some(language) }
}

/// How much of a script's beginning says of which language it is.
pub const SCRIPT_HEAD: usize = 128;

/// Whether only the first line of a file can say which language it is: its name has no extension.
pub fn may_be_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && for_path(path).is_none()
}

/// The language of a script by its first line: `#!/bin/sh`, `#!/usr/bin/env -S node --flag`,
/// `#!/usr/bin/python3.12`.
pub fn for_script(head: &[u8]) -> Option<&'static dyn Language> {
    let line = head[..head.len().min(SCRIPT_HEAD)].strip_prefix(b"#!")?;
    let line = String::from_utf8_lossy(line.split(|byte| *byte == b'\n').next()?);
    let mut words = line.split_ascii_whitespace();
    let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let mut name = program(words.next()?);
    if name == "busybox" {
        name = program(words.next()?);
    }
    if name == "env" {
        // Options and assignments of variables stand before the program.
        name = loop {
            let word = words.next()?;
            match word.strip_prefix('-') {
                Some("u" | "C") => drop(words.next()),
                Some(split) if split.len() > 1 && split.starts_with('S') => {
                    break program(&split[1..]);
                }
                Some(_) => {}
                None if word.contains('=') => {}
                None => break program(word),
            }
        };
    }
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let runs = |language: &&&dyn Language| {
        let own = language.interpreters();
        own.contains(&name.as_str()) || own.contains(&bare)
    };
    LANGUAGES.iter().find(runs).copied()
}

/// The language that claims a path, by whole file name first, then by extension.
pub fn for_path(path: &str) -> Option<&'static dyn Language> {
    use rustc_hash::FxHashMap;
    use std::sync::OnceLock;
    type Table = FxHashMap<&'static str, &'static dyn Language>;
    static NAMES: OnceLock<Table> = OnceLock::new();
    static EXTENSIONS: OnceLock<Table> = OnceLock::new();
    let table = |of: fn(&dyn Language) -> &'static [&'static str]| {
        let mut table = Table::default();
        for language in LANGUAGES {
            for key in of(*language) {
                table.entry(*key).or_insert(*language);
            }
        }
        table
    };
    let names = NAMES.get_or_init(|| table(|language| language.file_names()));
    let extensions = EXTENSIONS.get_or_init(|| table(|language| language.extensions()));
    let name = path.rsplit('/').next().unwrap_or(path);
    if let Some(language) = names.get(name) {
        return Some(*language);
    }
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase())?;
    extensions.get(extension.as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::{Language, for_file, for_script};

    #[test]
    fn scripts_are_known_by_what_runs_them() {
        for (line, expected) in [
            ("#!/bin/sh\n", Some("bash")),
            ("#! /usr/bin/env bash\nécho", Some("bash")),
            ("#!/usr/bin/env -S node --flag\n", Some("javascript")),
            ("#!/usr/bin/env -Sdeno run\n", Some("typescript")),
            ("#!/usr/bin/env -u HOME A=b python3.12\n", Some("python")),
            ("#!/usr/bin/env\n", None),
            ("#!/bin/busybox sh\n", Some("bash")),
            ("#!/usr/bin/perl -w\n", None),
            ("#!\n", None),
            ("sh\n", None),
        ] {
            let found = for_script(line.as_bytes()).map(Language::name);
            assert_eq!(found, expected, "{line}");
            assert_eq!(for_file("bin/x", line).map(Language::name), expected, "{line}");
        }
        let long = format!("#!/bin/bash -x {}é zz\n", "a".repeat(112));
        assert!(
            for_script(long.as_bytes()).is_some() && for_script(&long.as_bytes()[..128]).is_some()
        );
        assert!(for_file("notes.xyz", "#!/bin/sh\n").is_none());
    }
}

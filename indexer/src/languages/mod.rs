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

pub use language::{BuiltinResult, Conversion, Depth, Language, NamespaceKey, Semantics};

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

/// How much of a script's beginning is enough for [`for_script`].
pub const SCRIPT_HEAD: usize = 128;

/// Whether only the first line of a file can say which language it is: its name has no extension.
pub fn may_be_script(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && for_path(path).is_none()
}

/// The language of a script by its first line: `#!/bin/sh`, `#!/usr/bin/env -S node --flag`,
/// `#!/usr/bin/python3.12`.
pub fn for_script(head: &[u8]) -> Option<&'static dyn Language> {
    let line = head.strip_prefix(b"#!")?;
    let line = &line[..line.len().min(SCRIPT_HEAD)];
    let line = line.split(|byte| *byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let program = |word: &str| word.rsplit('/').next().unwrap_or(word).to_owned();
    let mut name = program(words.next()?);
    if name == "env" {
        // Options and assignments of variables stand before the program.
        name = program(words.find(|word| !word.starts_with('-') && !word.contains('='))?);
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

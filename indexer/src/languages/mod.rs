//! The list of languages. Adding one is a folder and a line here.

pub mod bash;
pub mod c;
pub mod cpp;
pub mod csharp;
pub mod dart;
pub mod elixir;
pub mod generic;
pub mod haskell;
pub mod julia;
pub mod kotlin;
pub mod language;
pub mod lua;
pub mod ocaml;
pub mod php;
pub mod r;
pub mod ruby;
pub mod scala;
pub mod solidity;
pub mod swift;
pub mod zig;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] = &[
    &bash::BASH,
    &c::C,
    &cpp::CPP,
    &csharp::CSHARP,
    &dart::DART,
    &elixir::ELIXIR,
    &haskell::HASKELL,
    &julia::JULIA,
    &kotlin::KOTLIN,
    &lua::LUA,
    &ocaml::OCAML,
    &php::PHP,
    &r::R,
    &ruby::RUBY,
    &scala::SCALA,
    &solidity::SOLIDITY,
    &swift::SWIFT,
    &zig::ZIG,
];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

//! The list of languages. Adding one is a folder and a line here.

pub mod c;
pub mod cpp;
pub mod csharp;
pub mod generic;
pub mod language;
pub mod php;
pub mod ruby;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] = &[&c::C, &cpp::CPP, &csharp::CSHARP, &php::PHP, &ruby::RUBY];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

//! The list of languages. Adding one is a folder and a line here.

pub mod c;
pub mod cpp;
pub mod csharp;
pub mod generic;
pub mod kotlin;
pub mod language;
pub mod php;
pub mod ruby;
pub mod scala;
pub mod swift;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] = &[&c::C, &cpp::CPP, &csharp::CSHARP, &kotlin::KOTLIN, &php::PHP, &ruby::RUBY, &scala::SCALA, &swift::SWIFT];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

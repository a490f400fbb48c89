//! The list of languages. Adding one is a folder and a line here.

pub mod go;
pub mod java;
mod kinds;
pub mod language;
mod locals;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
#[rustfmt::skip] // one a line
pub static LANGUAGES: &[&dyn Language] = &[
    &go::GO,
    &java::JAVA,
];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

//! The list of languages. Adding one is a folder and a line here.

pub mod javascript;
pub mod language;
pub mod svelte;
pub mod typescript;
pub mod vue;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] =
    &[&javascript::JAVASCRIPT, &svelte::SVELTE, &typescript::TYPESCRIPT, &vue::VUE];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

//! The list of languages. Adding one is a folder and a line here.

pub mod graphql;
pub mod language;
pub mod proto;
pub mod sql;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] = &[&graphql::GRAPHQL, &proto::PROTO, &sql::SQL];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

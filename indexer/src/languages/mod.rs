//! The list of languages. Adding one is a folder and a line here.

pub mod containerfile;
pub mod css;
pub mod graphql;
pub mod hcl;
pub mod html;
pub mod json;
pub mod language;
pub mod manifest;
pub mod markdown;
pub mod proto;
pub mod sql;
pub mod toml;
pub mod yaml;

pub use language::{BuiltinResult, Depth, Language, NamespaceKey, Semantics};

/// Every language, in the order in which their names break ties.
pub static LANGUAGES: &[&dyn Language] = &[
    &containerfile::CONTAINERFILE,
    &css::CSS,
    &graphql::GRAPHQL,
    &hcl::HCL,
    &html::HTML,
    &json::JSON,
    &manifest::MANIFEST,
    &markdown::MARKDOWN,
    &proto::PROTO,
    &sql::SQL,
    &toml::TOML,
    &yaml::YAML,
];

/// The language called `name`.
pub fn by_name(name: &str) -> Option<&'static dyn Language> {
    LANGUAGES.iter().copied().find(|language| language.name() == name)
}

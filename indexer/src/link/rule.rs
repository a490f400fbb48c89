//! Link rules: one TOML file a framework, with its examples inside.

use qf_graph::key::Channel;
use serde::Deserialize;
use std::sync::OnceLock;

/// How a rule's site looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A call, or a construction.
    Call,
    /// A decorator or annotation on a function.
    Decorator,
    /// A call that puts one router below another.
    Mount,
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `language/framework`.
    #[serde(skip)]
    pub name: String,
    /// Channel of the key it makes.
    pub channel: Channel,
    /// A server's side (true) or a client's.
    pub provides: bool,
    /// How the site looks.
    pub form: Form,
    /// What is called, as origin texts; a last `*` stands for any one name.
    pub origins: Vec<String>,
    /// Position of the argument with the path, topic or queue.
    pub position: Option<usize>,
    /// Names under which it may be given instead (keyword, option, field).
    #[serde(default)]
    pub names: Vec<String>,
    /// Method of the builder chain whose first argument has it.
    pub chain: Option<String>,
    /// HTTP method: a constant, `name` (the called name), `argument:0`, `option:method`.
    pub method: Option<String>,
    /// Position of the handler, negative from the end; for `Decorator` it is what is decorated.
    pub handler: Option<i32>,
    /// Name of the router constructor's argument that holds a prefix.
    pub prefix: Option<String>,
    /// Decorators of the class around that hold a prefix.
    #[serde(default)]
    pub class_prefix: Vec<String>,
    /// For `Mount`: position of the router that is put below.
    pub child: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    example: Vec<Example>,
}

/// A piece of code and the keys it must or must not give.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// Path of the file (its extension chooses the language).
    pub path: String,
    /// Its text.
    pub code: String,
    /// Keys it gives, as `provides http GET /x` or `requires topic x`; none for a negative example.
    pub keys: Vec<String>,
}

/// The shipped rule files: name and text.
const SHIPPED: &[(&str, &str)] = &[
    ("express", include_str!("rules/express.toml")),
    ("fastapi", include_str!("rules/fastapi.toml")),
    ("fetch", include_str!("rules/fetch.toml")),
    ("go-http", include_str!("rules/go-http.toml")),
    ("java-http", include_str!("rules/java-http.toml")),
    ("kafka", include_str!("rules/kafka.toml")),
    ("python-clients", include_str!("rules/python-clients.toml")),
    ("spring", include_str!("rules/spring.toml")),
];

/// Every shipped rule.
pub fn shipped() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules = Vec::new();
        for (name, text) in SHIPPED {
            // A shipped file that does not parse is found by the test below.
            let file: RuleFile =
                toml::from_str(text).unwrap_or(RuleFile { rule: Vec::new(), example: Vec::new() });
            rules.extend(
                file.rule.into_iter().map(|rule| Rule { name: (*name).to_owned(), ..rule }),
            );
        }
        rules
    })
}

/// Every shipped example with its file's name.
pub fn examples() -> Vec<(&'static str, Example)> {
    let mut examples = Vec::new();
    for (name, text) in SHIPPED {
        if let Ok(file) = toml::from_str::<RuleFile>(text) {
            examples.extend(file.example.into_iter().map(|example| (*name, example)));
        }
    }
    examples
}

/// Whether rules speak of what is imported under this text: then it is that library, also when its
/// own source is indexed.
pub fn names_library(import: &str) -> bool {
    !import.is_empty()
        && shipped().iter().flat_map(|rule| &rule.origins).any(|origin| {
            origin
                .strip_prefix(import)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(', '/']))
        })
}

impl Rule {
    /// Whether the rule is about what has this origin.
    pub fn matches(&self, origin: &str) -> bool {
        self.origins.iter().any(|pattern| pattern_matches(pattern, origin))
    }
}

fn pattern_matches(pattern: &str, origin: &str) -> bool {
    match pattern.strip_suffix('*') {
        None => pattern == origin,
        Some(head) => origin.strip_prefix(head).is_some_and(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::{RuleFile, SHIPPED, names_library};

    #[test]
    fn libraries_are_known_by_what_is_imported_of_them() {
        assert!(names_library("express"));
        assert!(names_library("fastapi.APIRouter"));
        assert!(!names_library("expr"));
        assert!(!names_library("shop.contracts"));
        assert!(!names_library(""));
    }

    #[test]
    fn every_rule_file_parses_and_has_both_kinds_of_examples() {
        for (name, text) in SHIPPED {
            let file: RuleFile = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!(!file.rule.is_empty(), "{name} has no rule");
            assert!(file.example.iter().any(|e| !e.keys.is_empty()), "{name}: no positive example");
            assert!(file.example.iter().any(|e| e.keys.is_empty()), "{name}: no negative example");
        }
    }
}

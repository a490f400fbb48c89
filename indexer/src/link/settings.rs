//! Configuration: which service a variable or key is set for, and what annotations read.
//!
//! Spring and MicroProfile put a value into a field or parameter that names its key
//! (`@Value("${orders.url}")`, `@ConfigProperty(name = "orders.url")`), or a group of values into a
//! class (`@ConfigurationProperties("orders")`). Calls that read a key are rules like any others.

use super::arguments::{last_name, named_value, text};
use super::brought::Row;
use super::origin::{Origins, Shared};
use super::{Side, each_file};
use crate::extract::configuration::placeholder_names;
use crate::resolve::DefinitionRef;
use crate::resolve::world::FileIndex;
use qf_graph::facts::{ByteRange, Definition, DefinitionId, Expression, KeyFact};
use qf_graph::key::Channel;
use rustc_hash::FxHashSet;

/// Names of configuration files that say nothing of a service.
const ANY_SERVICE: [&str; 16] = [
    "app",
    "application",
    "appsettings",
    "base",
    "bootstrap",
    "config",
    "default",
    "dev",
    "development",
    "local",
    "prod",
    "production",
    "settings",
    "staging",
    "test",
    "values",
];

/// The service that a variable or key is set for: the compose service or resource that is given the
/// variable, or the service that a configuration server's file is named after.
pub fn service_of(index: &FileIndex<'_>, key: &KeyFact) -> Option<String> {
    if key.channel != Channel::Env || !key.provides {
        return None;
    }
    if is_key(&key.text) {
        let name = index.source.path.rsplit('/').next()?;
        let stem = name.split('.').next()?.to_ascii_lowercase();
        // `application-dev`, `appsettings.Development`.
        let first = stem.split('-').next()?;
        return (!ANY_SERVICE.contains(&stem.as_str()) && !ANY_SERVICE.contains(&first))
            .then_some(stem);
    }
    let definition = &index.facts().definitions[key.definition?.index()];
    let name = index.facts().text(definition.name);
    let service = name.rsplit('.').next().unwrap_or(name);
    (service != key.text).then(|| service.to_owned())
}

/// Whether a text is a configuration key and no environment variable.
pub fn is_key(text: &str) -> bool {
    text.contains('.')
}

/// The keys that anything reads. Most keys of a file are read by a framework, not by code: they are
/// no meeting point.
pub fn read<'a>(rows: impl Iterator<Item = &'a Row>) -> FxHashSet<&'a str> {
    let read = rows.filter(|row| !row.provides && row.channel == Channel::Env);
    read.map(|row| row.text.as_str()).filter(|text| is_key(text)).collect()
}

/// What annotations of all files read.
pub fn sides(shared: &Shared<'_, '_>) -> Vec<Side> {
    each_file(shared, |origins, file| {
        let facts = origins.world.file(file).facts();
        if !matches!(facts.language.as_str(), "java" | "kotlin" | "scala") {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (row, definition) in facts.definitions.iter().enumerate() {
            let at = DefinitionRef { file, definition: DefinitionId(row as u32) };
            let mut put = |name: &str, span: ByteRange| {
                let place = (file, Some(at), span);
                let side = Side::new(Channel::Env, name.to_owned(), place, "spring/value");
                found.push(Side { provides: false, ..side });
            };
            for name in annotated(origins, file, definition) {
                put(&name, definition.name_span);
            }
            for parameter in &definition.parameters {
                let given = parameter.default.and_then(|value| text(facts, value));
                for name in given.into_iter().flat_map(placeholder_names) {
                    put(name, definition.name_span);
                }
            }
        }
        found
    })
}

fn annotated(origins: &mut Origins<'_, '_>, file: u32, definition: &Definition) -> Vec<String> {
    let facts = origins.world.file(file).facts();
    let mut found = Vec::new();
    for decorator in &definition.decorators {
        let Expression::Call { callee, arguments } = facts.expression(*decorator) else { continue };
        let name = last_name(facts, callee).unwrap_or_default();
        if !matches!(name, "ConfigProperty" | "ConfigurationProperties" | "Value") {
            continue;
        }
        let Some(origin) = origins.origin(file, callee, 0) else { continue };
        let arguments = facts.list(arguments);
        let first = arguments.first().and_then(|first| text(facts, *first));
        let named = |name| named_value(facts, arguments, name).and_then(|it| text(facts, it));
        match origin.as_str() {
            "org.springframework.beans.factory.annotation.Value" => {
                let given = named("value").or(first).unwrap_or_default();
                found.extend(placeholder_names(given).map(str::to_owned));
            }
            "org.springframework.boot.context.properties.ConfigurationProperties" => {
                let prefix = named("prefix").or(named("value")).or(first);
                found.extend(prefix.map(|prefix| format!("{prefix}.")));
            }
            "org.eclipse.microprofile.config.inject.ConfigProperty" => {
                found.extend(named("name").map(str::to_owned));
            }
            _ => {}
        }
    }
    found
}

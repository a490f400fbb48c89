//! Keys of an application's own configuration: `spring.datasource.url` of `application.yml`,
//! `orders.timeout` of `config/default.json`.
//!
//! Every path of keys is one that code may read, so all are keys here, and those that nobody reads
//! are left out where sides meet. What a value takes from the environment (`${DB_HOST:localhost}`) is
//! read by the key around it.

use super::FactsBuilder;
use super::data::{Datum, Value};
use super::document::define;
use super::settings::is_environment_name;
use qf_graph::Channel;
use qf_graph::facts::{ByteRange, DefinitionId, SymbolKind};

/// Keys that are kept of one file.
const MAX_KEYS: usize = 1000;

/// Deepest nesting of keys.
const MAX_DEPTH: usize = 16;

/// Folders whose files are configuration.
const FOLDERS: [&str; 6] = ["conf", "config", "configs", "configuration", "properties", "settings"];

/// Whether a file is an application's own configuration, by its name or folder.
pub fn is_configuration(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path).to_ascii_lowercase();
    let named = ["application", "appsettings", "bootstrap"].iter().any(|it| name.starts_with(it));
    let folders: Vec<&str> = parts.collect();
    let has = |names: &[&str]| folders.iter().any(|folder| names.contains(folder));
    named || (has(&FOLDERS) && !has(&TEXTS))
}

/// Folders whose files are texts for people.
const TEXTS: [&str; 4] = ["i18n", "lang", "locales", "translations"];

/// All paths of keys. `defined` are the definitions of the outer levels.
pub fn keys(data: &Datum, defined: &[(String, DefinitionId)], out: &mut FactsBuilder<'_>) {
    let mut kept = 0;
    below(data, "", None, defined, &mut kept, out);
}

fn below(
    data: &Datum,
    above: &str,
    owner: Option<DefinitionId>,
    defined: &[(String, DefinitionId)],
    kept: &mut usize,
    out: &mut FactsBuilder<'_>,
) {
    if above.matches('.').count() >= MAX_DEPTH {
        return;
    }
    for pair in data.pairs() {
        if *kept >= MAX_KEYS {
            return;
        }
        let path =
            if above.is_empty() { pair.key.clone() } else { format!("{above}.{}", pair.key) };
        let own = defined.iter().find(|(known, _)| *known == path).map(|(_, id)| *id);
        let owner = own.or(owner);
        key(&path, owner, pair.key_span, kept, out);
        // A group of keys is read as a whole by its prefix.
        if !pair.value.pairs().is_empty() {
            key(&format!("{path}."), owner, pair.key_span, kept, out);
        }
        if let Value::Scalar(text) = &pair.value.value {
            placeholders(text, owner, pair.value.span, out);
        }
        below(&pair.value, &path, owner, defined, kept, out);
    }
    for item in data.items() {
        if let Value::Scalar(text) = &item.value {
            placeholders(text, owner, item.span, out);
        }
    }
}

/// A key of one level alone may be anybody's.
fn key(
    path: &str,
    owner: Option<DefinitionId>,
    span: ByteRange,
    kept: &mut usize,
    out: &mut FactsBuilder<'_>,
) {
    let path = path.replace(':', ".");
    if path.contains('.') && path.len() <= 200 {
        *kept += 1;
        out.key(Channel::Env, path, true, owner, span);
    }
}

/// `${NAME}` and `${some.key:default}` in a value.
fn placeholders(
    text: &str,
    owner: Option<DefinitionId>,
    span: ByteRange,
    out: &mut FactsBuilder<'_>,
) {
    for name in placeholder_names(text) {
        out.key(Channel::Env, name.to_owned(), false, owner, span);
    }
}

/// The names of variables and keys that a text takes its parts from.
pub fn placeholder_names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| {
        let name = rest.split(['}', ':']).next()?.trim();
        let parts = name.split('.').all(|part| is_environment_name(&part.replace('-', "_")));
        let variable = !name.contains('.') && name.contains(|c: char| c.is_ascii_uppercase());
        (parts && (variable || name.contains('.'))).then_some(name)
    })
}

/// `some.key=value` lines of a properties file
/// (<https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader->).
pub fn properties(text: &str, out: &mut FactsBuilder<'_>) {
    let (mut offset, mut kept, mut continued) = (0, 0, false);
    let mut groups: Vec<&str> = Vec::new();
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        let value_goes_on = continued;
        continued = content.ends_with('\\');
        if value_goes_on || content.starts_with(['#', '!']) || kept >= MAX_KEYS {
            continue;
        }
        let Some((name, value)) = content.split_once(['=', ':']) else { continue };
        let name = name.trim_end();
        if name.is_empty() || name.contains(char::is_whitespace) {
            continue;
        }
        let start = (start + line.len() - line.trim_start().len()) as u32;
        let name_span = ByteRange { start, end: start + name.len() as u32 };
        let span = ByteRange { start, end: start + content.len() as u32 };
        let id = define(out, SymbolKind::Setting, name, span, name_span, 0);
        key(name, Some(id), name_span, &mut kept, out);
        for (dot, _) in name.match_indices('.') {
            let group = &name[..=dot];
            if !groups.contains(&group) {
                groups.push(group);
                key(group, Some(id), name_span, &mut kept, out);
            }
        }
        placeholders(value, Some(id), span, out);
    }
}

#[cfg(test)]
mod tests {
    use super::{is_configuration, placeholder_names};

    #[test]
    fn configuration_is_known_by_name_or_folder() {
        assert!(is_configuration("src/main/resources/application-dev.yml"));
        assert!(is_configuration("config/default.json"));
        assert!(is_configuration("appsettings.Development.json"));
        assert!(!is_configuration(".github/workflows/ci.yml"));
        assert!(!is_configuration("tsconfig.json"));
    }

    #[test]
    fn placeholders_name_variables_and_keys() {
        let names: Vec<_> = placeholder_names("http://${HOST:x}:${orders.port}/${user}").collect();
        assert_eq!(names, ["HOST", "orders.port"]);
        assert_eq!(placeholder_names("${").count(), 0);
    }
}

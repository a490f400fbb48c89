//! Templates of Helm charts.
//!
//! They are YAML only once they are filled in, so they are read by lines: the variables that
//! containers get, and the values that are put in, which stand in the chart's `values.yaml`
//! (<https://helm.sh/docs/chart_template_guide/values_files/>).

use super::FactsBuilder;
use super::data::Datum;
use super::document::define;
use super::settings::is_environment_name;
use qf_graph::Channel;
use qf_graph::facts::{ByteRange, DefinitionId, SymbolKind};

/// Whether a file is a template of a chart: other programs fill in templates too.
pub fn is_template(path: &str, text: &str) -> bool {
    const MARKS: [&str; 4] = [".Chart.", ".Release.", ".Values.", "include \""];
    (path.contains("/templates/") || path.starts_with("templates/"))
        && text.contains("{{")
        && MARKS.iter().any(|mark| text.contains(mark))
}

/// Whether a file holds a chart's values.
pub fn is_values(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("values") && (name.ends_with(".yaml") || name.ends_with(".yml"))
}

/// All paths of values, as templates name them.
pub fn values(data: &Datum, defined: &[(String, DefinitionId)], out: &mut FactsBuilder<'_>) {
    let mut open = vec![("Values".to_owned(), None, data)];
    while let Some((above, owner, data)) = open.pop() {
        for pair in data.pairs() {
            let path = format!("{above}.{}", pair.key);
            let plain = path.trim_start_matches("Values.");
            let own = defined.iter().find(|(known, _)| known == plain).map(|(_, id)| *id);
            let owner = own.or(owner);
            out.key(Channel::Env, path.clone(), true, owner, pair.key_span);
            if path.matches('.').count() < 16 {
                open.push((path, owner, &pair.value));
            }
        }
    }
}

/// The variables and values of a template. What it makes is called after the chart's folder.
pub fn template(path: &str, text: &str, out: &mut FactsBuilder<'_>) {
    let folders: Vec<&str> = path.split('/').collect();
    let at = folders.iter().rposition(|folder| *folder == "templates").unwrap_or(0);
    let chart = at.checked_sub(1).and_then(|at| folders.get(at)).copied().unwrap_or("chart");
    let kind =
        text.lines().find_map(|line| line.strip_prefix("kind:")).map_or("Template", str::trim);
    let whole = ByteRange { start: 0, end: text.len() as u32 };
    let name_span = ByteRange::default();
    let id = define(out, SymbolKind::Setting, &format!("{kind}.{chart}"), whole, name_span, 0);
    let mut offset = 0;
    // How far `env:` is indented, while its list goes on.
    let mut variables: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        put_in(line, start, id, out);
        if content.is_empty() || content.starts_with("{{") || content.starts_with('#') {
            continue;
        }
        if content == "env:" {
            variables = Some(indent);
            continue;
        }
        let ends = |around: usize| indent < around || indent == around && !content.starts_with('-');
        if variables.is_some_and(ends) {
            variables = None;
        }
        let named =
            content.strip_prefix("- name:").map(|name| name.trim().trim_matches(['"', '\'']));
        if let (Some(_), Some(name)) = (variables, named)
            && is_environment_name(name)
        {
            let from = (start + line.find(name).unwrap_or(0)) as u32;
            let span = ByteRange { start: from, end: from + name.len() as u32 };
            out.key(Channel::Env, name.to_owned(), true, Some(id), span);
        }
    }
}

/// `{{ .Values.image.tag | quote }}`.
fn put_in(line: &str, start: usize, id: DefinitionId, out: &mut FactsBuilder<'_>) {
    for (at, _) in line.match_indices(".Values.") {
        let rest = &line[at + 1..];
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let end = rest.find(|c| !letter(c)).unwrap_or(rest.len());
        let name = rest[..end].trim_end_matches('.');
        let from = (start + at + 1) as u32;
        let span = ByteRange { start: from, end: from + name.len() as u32 };
        out.key(Channel::Env, name.to_owned(), false, Some(id), span);
    }
}

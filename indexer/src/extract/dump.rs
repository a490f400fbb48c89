//! Facts as lines of text: what language tests compare and `qf facts FILE` prints.

use qf_graph::facts::{BindingValue, FileFacts, Role, ScopeKind};

/// One line a fact: `def`, `ref`, `import`, `bind`, `export`, `extend`, `sql`, `key`, `problem`.
///
/// - `def <kind> <qualified name> @<line>[ : <type>][ (<bases>)][ @<decorator>]…[ #<flag>]…`
/// - `ref <role> <expression> @<line> in <qualified name>[ #<flag>]…`
/// - `import <module>[ . <item>][ as <bound>] @<line>[ #star][ #level<n>][ #reexport][ #side]`
/// - `bind <name> in <scope> = <value>`
pub fn lines(facts: &FileFacts) -> Vec<String> {
    let mut out = Vec::new();
    for (index, definition) in facts.definitions.iter().enumerate() {
        let id = qf_graph::facts::DefinitionId(index as u32);
        let mut line = format!(
            "def {} {} @{}",
            definition.kind.name(),
            facts.qualified_name(id),
            facts.line(definition.name_span.start)
        );
        if let Some(declared) = definition.declared_type {
            line += &format!(" : {}", facts.render(declared));
        }
        if !definition.bases.is_empty() {
            let bases: Vec<_> = definition.bases.iter().map(|base| facts.render(*base)).collect();
            line += &format!(" ({})", bases.join(", "));
        }
        for decorator in &definition.decorators {
            line += &format!(" @{}", facts.render(*decorator));
        }
        for (flag, _) in definition.flags.iter_names() {
            line += &format!(" #{}", flag.to_ascii_lowercase());
        }
        out.push(line);
        if let Some(doc) = definition.doc {
            let first = facts.text(doc).lines().next().unwrap_or("");
            out.push(format!("doc {} = {first}", facts.qualified_name(id)));
        }
        for parameter in &definition.parameters {
            let mut line =
                format!("param {} of {}", facts.text(parameter.name), facts.qualified_name(id));
            if let Some(declared) = parameter.declared_type {
                line += &format!(" : {}", facts.render(declared));
            }
            out.push(line);
        }
        for value in &definition.returns {
            out.push(format!("returns {} = {}", facts.qualified_name(id), facts.render(*value)));
        }
    }
    for reference in &facts.references {
        let role = match reference.role {
            Role::Call => "call",
            Role::Read => "read",
            Role::Write => "write",
            Role::Import => continue,
            Role::Type => "type",
            Role::Inherit => "inherit",
        };
        let within =
            reference.within.map_or_else(|| "<module>".to_owned(), |id| facts.qualified_name(id));
        let mut line = format!(
            "ref {role} {} @{} in {within}",
            facts.render(reference.expression),
            facts.line(reference.span.start)
        );
        for (flag, _) in reference.flags.iter_names() {
            line += &format!(" #{}", flag.to_ascii_lowercase());
        }
        out.push(line);
    }
    for import in &facts.imports {
        let mut line = format!("import {}", facts.text(import.module));
        if let Some(item) = import.item {
            line += &format!(" . {}", facts.text(item));
        }
        if let Some(bound) = import.bound {
            line += &format!(" as {}", facts.text(bound));
        }
        line += &format!(" @{}", facts.line(import.span.start));
        match import.kind {
            qf_graph::facts::ImportKind::Star => line += " #star",
            qf_graph::facts::ImportKind::SideEffect => line += " #side",
            _ => {}
        }
        if import.level > 0 {
            line += &format!(" #level{}", import.level);
        }
        if import.reexport {
            line += " #reexport";
        }
        out.push(line);
    }
    for binding in &facts.bindings {
        let value = match binding.value {
            BindingValue::Value(id) => facts.render(id),
            BindingValue::Typed(id) => format!(":{}", facts.render(id)),
            BindingValue::Unknown => "?".to_owned(),
            BindingValue::Definition(_)
            | BindingValue::Import(_)
            | BindingValue::Parameter { .. } => continue,
        };
        let scope = &facts.scopes[binding.scope.index()];
        let place = match scope.definition {
            Some(definition) => facts.qualified_name(definition),
            None if scope.kind == ScopeKind::Module => "<module>".to_owned(),
            None => "<block>".to_owned(),
        };
        out.push(format!("bind {} in {place} = {value}", facts.text(binding.name)));
    }
    for export in &facts.exports {
        out.push(format!("export {} = {}", facts.text(export.name), facts.render(export.value)));
    }
    for extension in &facts.extensions {
        let mut line = format!("extend {}", facts.render(extension.target));
        if let Some(interface) = extension.interface {
            line += &format!(" with {}", facts.render(interface));
        }
        out.push(line);
    }
    for access in &facts.sql {
        let verb = match (access.write, access.insert) {
            (false, _) => "reads",
            (true, false) => "writes",
            (true, true) => "inserts",
        };
        let column = access.column.as_deref().unwrap_or("*");
        out.push(format!("sql {verb} {}.{column}", access.table));
    }
    for key in &facts.keys {
        let side = if key.provides { "provides" } else { "requires" };
        out.push(format!("key {side} {} {}", key.channel.name(), key.text));
    }
    for proxy in &facts.proxies {
        let replaced = proxy.replaced_by.as_ref().map(|by| format!(" as {by}")).unwrap_or_default();
        out.push(format!("proxy {} to {}{replaced}", proxy.path, proxy.host));
    }
    if let Some(manifest) = &facts.manifest {
        out.push(format!("manifest {} {} {}", manifest.ecosystem, manifest.name, manifest.version));
        for (name, version) in &manifest.dependencies {
            out.push(format!("depends {name} {version}"));
        }
        for (name, path) in &manifest.entries {
            out.push(format!("entry {name} = {path}"));
        }
        for (name, path) in &manifest.aliases {
            out.push(format!("alias {name} = {path}"));
        }
        for member in &manifest.members {
            out.push(format!("member {member}"));
        }
    }
    if let Some(package) = facts.package {
        out.push(format!("package {}", facts.text(package)));
    }
    for problem in &facts.problems {
        out.push(format!("problem {:?} @{}", problem.kind, facts.line(problem.span.start)));
    }
    out
}

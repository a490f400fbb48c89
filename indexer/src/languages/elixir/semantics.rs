//! Elixir's module system and what is always visible in it.

use super::TOP;
use crate::languages::generic::semantics::{self, Rules, inner_namespaces};
use crate::languages::language::NamespaceKey;
use crate::layout::Layout;
use qf_graph::facts::{DefinitionId, FileFacts, Import, ScopeId};

pub(super) static RULES: Rules = Rules {
    namespaces,
    candidates: |import: &Import, _: &str, facts: &FileFacts, _: &Layout| {
        vec![facts.text(import.module).to_owned()]
    },
    separator: ".",
    builtins: BUILTINS,
    common: &[],
    tests: |path| semantics::stem(path).ends_with("_test") || semantics::test_folder(path),
    ..Rules::EMPTY
};

fn namespaces(path: &str, facts: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![
        (NamespaceKey::local(path), ScopeId::MODULE),
        (NamespaceKey::global(TOP), ScopeId::MODULE),
    ];
    let inner = inner_namespaces(facts, "", ".");
    keys.extend(inner.into_iter().map(|(text, scope)| (NamespaceKey::global(text), scope)));
    // `import A.B` names what is in the module itself.
    for (index, definition) in facts.definitions.iter().enumerate() {
        let (true, Some(scope)) = (definition.kind.is_type(), definition.scope) else { continue };
        let text = facts.qualified_name(DefinitionId(index as u32));
        keys.push((NamespaceKey::global(text), scope));
    }
    keys
}

const BUILTINS: &[&str] = &[
    "Access",
    "Agent",
    "Application",
    "Atom",
    "Base",
    "Bitwise",
    "Code",
    "Date",
    "DateTime",
    "Enum",
    "ExUnit",
    "Exception",
    "File",
    "Float",
    "Function",
    "GenServer",
    "IO",
    "Inspect",
    "Integer",
    "Jason",
    "Kernel",
    "Keyword",
    "List",
    "Logger",
    "Macro",
    "Map",
    "MapSet",
    "Mix",
    "Module",
    "NaiveDateTime",
    "Node",
    "Path",
    "Port",
    "Process",
    "Range",
    "Regex",
    "Registry",
    "Stream",
    "String",
    "StringIO",
    "Supervisor",
    "System",
    "Task",
    "Time",
    "Tuple",
    "URI",
    "Version",
    "__MODULE__",
    "abs",
    "apply",
    "assert",
    "assert_raise",
    "assert_receive",
    "binary_part",
    "case",
    "cond",
    "defoverridable",
    "describe",
    "destructure",
    "div",
    "elem",
    "exit",
    "for",
    "get_in",
    "hd",
    "if",
    "inspect",
    "is_atom",
    "is_binary",
    "is_bitstring",
    "is_boolean",
    "is_float",
    "is_function",
    "is_integer",
    "is_list",
    "is_map",
    "is_nil",
    "is_number",
    "is_pid",
    "is_struct",
    "is_tuple",
    "length",
    "make_ref",
    "map_size",
    "max",
    "min",
    "node",
    "not",
    "on_exit",
    "pop_in",
    "put_elem",
    "put_in",
    "quote",
    "raise",
    "receive",
    "refute",
    "rem",
    "reraise",
    "round",
    "self",
    "send",
    "setup",
    "setup_all",
    "spawn",
    "spawn_link",
    "struct",
    "struct!",
    "super",
    "tap",
    "then",
    "throw",
    "tl",
    "to_charlist",
    "to_string",
    "trunc",
    "try",
    "tuple_size",
    "unless",
    "unquote",
    "unquote_splicing",
    "update_in",
    "use",
    "with",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}

//! Go's packages and what the language brings along.
//!
//! A package is a folder, named from anywhere by the module path of the nearest `go.mod` and the
//! folder below it. Its files see each other's names without imports, so all share one
//! namespace; only external tests (`package x_test`) stand beside it.

use crate::languages::{BuiltinResult, NamespaceKey, Semantics};
use crate::layout::{Layout, folder, join};
use qf_graph::facts::{FileFacts, Import, ScopeId};

/// See the module.
pub(super) struct GoSemantics;

/// First elements of the standard library's import paths.
const STANDARD: &[&str] = &[
    "C",
    "archive",
    "arena",
    "bufio",
    "builtin",
    "bytes",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "slices",
    "sort",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "unicode",
    "unique",
    "unsafe",
    "weak",
];

const BUILTINS: &[&str] = &[
    "any",
    "append",
    "bool",
    "byte",
    "cap",
    "clear",
    "close",
    "comparable",
    "complex",
    "complex128",
    "complex64",
    "copy",
    "delete",
    "error",
    "false",
    "float32",
    "float64",
    "imag",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "iota",
    "len",
    "make",
    "max",
    "min",
    "new",
    "nil",
    "panic",
    "print",
    "println",
    "real",
    "recover",
    "rune",
    "string",
    "true",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

/// Methods that the standard library's types and interfaces have, and everybody else's too.
const COMMON_MEMBERS: &[&str] = &[
    "Abs",
    "Add",
    "Addr",
    "After",
    "Append",
    "Apply",
    "As",
    "Background",
    "Base",
    "Before",
    "Begin",
    "Bool",
    "Bytes",
    "Call",
    "Cancel",
    "Cap",
    "Clean",
    "Cleanup",
    "Clear",
    "Clone",
    "Close",
    "Code",
    "Commit",
    "CompareAndSwap",
    "Context",
    "Copy",
    "Count",
    "Create",
    "Data",
    "Date",
    "Deadline",
    "Decode",
    "Delete",
    "Dial",
    "Dir",
    "Do",
    "Done",
    "Elem",
    "Encode",
    "End",
    "Equal",
    "Err",
    "Error",
    "Errorf",
    "Errors",
    "Exec",
    "ExecContext",
    "Execute",
    "Exit",
    "Fail",
    "Fatal",
    "Fatalf",
    "Field",
    "File",
    "Find",
    "First",
    "Flag",
    "Float",
    "Flush",
    "Format",
    "Free",
    "Get",
    "Handle",
    "HandleFunc",
    "Handler",
    "Has",
    "Head",
    "Header",
    "Headers",
    "Help",
    "Helper",
    "Host",
    "ID",
    "Index",
    "Info",
    "Infof",
    "Init",
    "Insert",
    "Int",
    "Int64",
    "Interface",
    "Is",
    "IsNil",
    "IsValid",
    "IsZero",
    "Items",
    "Join",
    "Key",
    "Keys",
    "Kind",
    "Last",
    "Len",
    "Less",
    "List",
    "Listen",
    "Load",
    "LoadOrStore",
    "Lock",
    "Log",
    "Logf",
    "Lookup",
    "Map",
    "MarshalJSON",
    "MarshalText",
    "Match",
    "Max",
    "Method",
    "Min",
    "Mod",
    "Mul",
    "Name",
    "Nanoseconds",
    "New",
    "Next",
    "Now",
    "NumField",
    "Open",
    "Parallel",
    "Parse",
    "Path",
    "Ping",
    "Pop",
    "Port",
    "Pos",
    "Post",
    "Prepare",
    "Print",
    "Printf",
    "Println",
    "Push",
    "Put",
    "Query",
    "QueryContext",
    "QueryRow",
    "QueryRowContext",
    "RLock",
    "RUnlock",
    "Range",
    "Read",
    "ReadAll",
    "ReadByte",
    "ReadFrom",
    "ReadString",
    "Remove",
    "Rename",
    "Replace",
    "Reset",
    "Result",
    "Rollback",
    "Round",
    "Run",
    "Save",
    "Scan",
    "Seconds",
    "Seek",
    "Send",
    "Serve",
    "ServeHTTP",
    "Set",
    "Setenv",
    "Short",
    "Shutdown",
    "Size",
    "Skip",
    "Sleep",
    "Sort",
    "Split",
    "Start",
    "Stat",
    "Status",
    "Stop",
    "Store",
    "String",
    "StringVar",
    "Sub",
    "Sum",
    "Swap",
    "Sync",
    "Time",
    "Token",
    "Type",
    "Unix",
    "Unlock",
    "UnmarshalJSON",
    "UnmarshalText",
    "Unwrap",
    "Update",
    "Upper",
    "Username",
    "Validate",
    "Value",
    "Values",
    "Var",
    "Version",
    "Wait",
    "Walk",
    "Warn",
    "With",
    "WithContext",
    "WithValue",
    "Write",
    "WriteByte",
    "WriteHeader",
    "WriteString",
    "WriteTo",
    "Year",
];

impl Semantics for GoSemantics {
    fn literals_call_nothing(&self) -> bool {
        true
    }

    fn namespaces(
        &self,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        let external_test = path.ends_with("_test.go")
            && facts.package.is_some_and(|name| facts.text(name).ends_with("_test"));
        let (mut text, in_module) = package_key(folder(path), layout);
        if external_test {
            text.push_str("_test");
        }
        let global = in_module && !external_test;
        vec![(NamespaceKey { text, global }, ScopeId::MODULE)]
    }

    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        let module = facts.text(import.module);
        if module.starts_with("./") || module.starts_with("../") {
            let target = join(folder(path), module).unwrap_or_default();
            return vec![package_key(&target, layout).0];
        }
        let mut candidates = Vec::new();
        let within_module =
            |name: &str| !name.is_empty() && module.strip_prefix(name).is_some_and(is_path_rest);
        let local = layout.manifests_of("go").any(|(_, manifest)| within_module(&manifest.name));
        if self.is_standard_library(module) && !local {
            return candidates;
        }
        candidates.push(module.to_owned());
        if let Some((root, manifest)) = layout.manifest_above(path, "go") {
            add_replacements(module, root, &manifest.aliases, layout, &mut candidates);
            candidates.push(format!("{}/vendor/{module}", manifest.name));
        } else {
            candidates.push(format!("vendor/{module}"));
            // Without a module, the folder that the path ends with is as good as it gets.
            let mut rest = module;
            while let Some((_, shorter)) = rest.split_once('/') {
                if layout.has_folder(shorter) {
                    candidates.push(shorter.to_owned());
                }
                rest = shorter;
            }
        }
        candidates
    }

    // `T(x)` converts: it yields a `T`.
    fn calling_a_class_constructs(&self) -> bool {
        true
    }

    fn clauses_name_imports(&self) -> bool {
        true
    }

    fn iterates_over_positions(&self) -> bool {
        true
    }

    fn types_are_looked_for_alone(&self) -> bool {
        true
    }

    fn structural_interfaces(&self) -> bool {
        true
    }

    fn builtins(&self) -> &'static [&'static str] {
        BUILTINS
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        Some(match name {
            "len" | "cap" | "copy" => "int",
            "append" => "list",
            "complex" => "complex",
            "real" | "imag" => "float",
            other => return super::types::predeclared_type(other),
        })
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        match (type_name, name) {
            ("error", "Error") => Some(BuiltinResult::Type("str")),
            _ => None,
        }
    }

    fn common_members(&self) -> &'static [&'static str] {
        COMMON_MEMBERS
    }

    fn is_standard_library(&self, module: &str) -> bool {
        let first = module.split('/').next().unwrap_or(module);
        STANDARD.binary_search(&first).is_ok()
    }

    fn is_test_path(&self, path: &str) -> bool {
        path.ends_with("_test.go")
            || path.split('/').any(|part| matches!(part, "testdata" | "testutil" | "testutils"))
    }
}

/// The key of a folder's package, and whether a module gives it a name for the outside.
fn package_key(package: &str, layout: &Layout) -> (String, bool) {
    // `manifest_above` looks above a file; any name in the folder will do.
    match layout.manifest_above(&format!("{package}/_"), "go") {
        Some((root, manifest)) if !manifest.name.is_empty() => {
            let below = package.strip_prefix(root).unwrap_or(package).trim_start_matches('/');
            if below.is_empty() {
                (manifest.name.clone(), true)
            } else {
                (format!("{}/{below}", manifest.name), true)
            }
        }
        _ => (package.to_owned(), false),
    }
}

/// Whether what follows a prefix ends the path there or goes on below it.
fn is_path_rest(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// `replace old => new`: a path below `old` may also mean one below `new`.
fn add_replacements(
    module: &str,
    root: &str,
    aliases: &[(String, String)],
    layout: &Layout,
    candidates: &mut Vec<String>,
) {
    for (pattern, replacement) in aliases {
        let Some(rest) = module.strip_prefix(pattern.as_str()).filter(|rest| is_path_rest(rest))
        else {
            continue;
        };
        let target = replacement.split_whitespace().next().unwrap_or("");
        if target.starts_with('.') {
            if let Some(place) = join(root, target) {
                candidates.push(format!("{}{rest}", package_key(&place, layout).0));
            }
        } else if !target.is_empty() {
            candidates.push(format!("{target}{rest}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILTINS, COMMON_MEMBERS, GoSemantics, STANDARD};
    use crate::languages::Semantics;
    use crate::layout::Layout;
    use qf_graph::facts::{FileFacts, PackageManifest};

    fn layout() -> Layout {
        let manifest = |name: &str| PackageManifest {
            ecosystem: "go".into(),
            name: name.into(),
            aliases: vec![("example.com/old".into(), "./tools".into())],
            ..PackageManifest::default()
        };
        Layout::new(
            "pay".into(),
            vec!["ledger/entry.go".into(), "tools/gen/main.go".into()],
            vec![
                (String::new(), manifest("github.com/acme/pay")),
                ("tools".into(), manifest("github.com/acme/pay/tools")),
            ],
        )
    }

    fn namespace(path: &str, package: &str, layout: &Layout) -> (String, bool) {
        let mut facts = FileFacts::default();
        facts.package = Some(facts.names.push(package));
        let key = GoSemantics.namespaces(path, &facts, layout).remove(0).0;
        (key.text, key.global)
    }

    #[test]
    fn tables_are_sorted() {
        for table in [BUILTINS, COMMON_MEMBERS, STANDARD] {
            assert!(table.is_sorted());
        }
    }

    #[test]
    fn packages_are_folders_below_their_module() {
        let layout = layout();
        let name = |path, package| namespace(path, package, &layout);
        assert_eq!(name("main.go", "main"), ("github.com/acme/pay".into(), true));
        assert_eq!(name("ledger/entry.go", "ledger"), ("github.com/acme/pay/ledger".into(), true));
        assert_eq!(
            name("ledger/entry_test.go", "ledger_test"),
            ("github.com/acme/pay/ledger_test".into(), false)
        );
        assert_eq!(
            name("tools/gen/main.go", "main"),
            ("github.com/acme/pay/tools/gen".into(), true)
        );
        assert_eq!(
            namespace("ledger/entry.go", "ledger", &Layout::default()),
            ("ledger".into(), false)
        );
    }

    #[test]
    fn imports_mean_paths() {
        let candidates = |module: &str| {
            let mut facts = FileFacts::default();
            let import = qf_graph::facts::Import {
                scope: qf_graph::facts::ScopeId::MODULE,
                module: facts.names.push(module),
                item: None,
                bound: None,
                kind: qf_graph::facts::ImportKind::Module,
                level: 0,
                reexport: false,
                span: qf_graph::facts::ByteRange::default(),
            };
            GoSemantics.import_candidates(&import, "main.go", &facts, &layout())
        };
        assert!(candidates("net/http").is_empty());
        assert_eq!(candidates("github.com/acme/pay/ledger")[0], "github.com/acme/pay/ledger");
        assert_eq!(candidates("example.com/old/gen")[1], "github.com/acme/pay/tools/gen");
    }
}

//! What the resolver asks of Rust. The module system is in `modules`, the tables in `builtins`.

use super::{builtins, modules, tables};
use crate::languages::language::{BuiltinResult, NamespaceKey, Semantics};
use crate::layout::Layout;
use qf_graph::facts::{FileFacts, Import, ScopeId};

/// Rust's rules.
pub(super) struct RustSemantics;

impl Semantics for RustSemantics {
    fn marks_macros(&self) -> bool {
        true
    }

    fn calls_through_interfaces(&self) -> bool {
        true
    }

    fn literals_call_nothing(&self) -> bool {
        true
    }

    fn methods_may_stay_inside(&self) -> bool {
        true
    }

    /// A trait has implementations all over, and the type that is meant is a parameter mostly.
    fn dispatch_is_open(&self) -> bool {
        true
    }

    fn namespaces(
        &self,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        modules::namespaces(path, facts, layout)
    }

    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        modules::import_candidates(import, path, facts, layout)
    }

    fn child_namespace(&self, namespace: &str, name: &str) -> Option<String> {
        Some(format!("{namespace}::{name}"))
    }

    /// `Meters(5.0)` makes a tuple struct.
    fn calling_a_class_constructs(&self) -> bool {
        true
    }

    fn builtins(&self) -> &'static [&'static str] {
        tables::BUILTINS
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        match name {
            "Some" | "None" => Some("Option"),
            "Ok" | "Err" => Some("Result"),
            "drop" => Some("unit"),
            _ => builtins::builtin_type(name),
        }
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        builtins::member(type_name, name)
    }

    fn is_pointer(&self, type_name: &str) -> bool {
        builtins::OWNERS.contains(&type_name)
    }

    fn tells_texts_apart(&self) -> bool {
        true
    }

    fn makes_text(&self, method: &str) -> bool {
        const OWNED: &[&str] = &[
            "into_owned",
            "join",
            "repeat",
            "replace",
            "to_lowercase",
            "to_owned",
            "to_string",
            "to_uppercase",
        ];
        OWNED.contains(&method)
    }

    fn derives_maker(&self, name: &str) -> bool {
        // `Default`, and `clap::Parser`.
        matches!(name, "default" | "parse")
    }

    fn passes_on_to(&self, interface: &str) -> Option<&'static str> {
        (interface == "Deref").then_some("Target")
    }

    fn common_members(&self) -> &'static [&'static str] {
        tables::COMMON_MEMBERS
    }

    fn is_standard_library(&self, module: &str) -> bool {
        let head = module.split("::").next().unwrap_or("");
        matches!(head, "std" | "core" | "alloc" | "proc_macro" | "test")
    }

    fn is_test_path(&self, path: &str) -> bool {
        let mut parts = path.split('/');
        let file = parts.next_back().unwrap_or("");
        parts.any(|part| matches!(part, "tests" | "test"))
            || matches!(file, "tests.rs" | "test.rs")
            || file.ends_with("_test.rs")
            || file.ends_with("_tests.rs")
    }
}

#[cfg(test)]
mod tests {
    use super::RustSemantics;
    use crate::languages::Semantics;

    #[test]
    fn test_paths() {
        assert!(RustSemantics.is_test_path("tests/server.rs"));
        assert!(RustSemantics.is_test_path("tower/src/balance/p2c/test.rs"));
        assert!(!RustSemantics.is_test_path("benches/throughput.rs"));
        assert!(!RustSemantics.is_test_path("src/testing.rs"));
    }

    #[test]
    fn the_standard_library_is_known() {
        assert!(RustSemantics.is_standard_library("std::collections"));
        assert!(RustSemantics.is_standard_library("core"));
        assert!(!RustSemantics.is_standard_library("stdx::fs"));
    }
}

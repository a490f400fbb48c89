//! Java's packages and what `java.lang` and `java.util` bring along.
//!
//! A package is named by its files, wherever they lie, and its types see each other without
//! imports. Every type is a namespace of its own as well, for nested types and static imports.

use super::members::CONSTRUCTOR;
use super::standard::{self, BUILTINS, COMMON_MEMBERS};
use crate::languages::{BuiltinResult, Conversion, NamespaceKey, Semantics, View};
use crate::layout::Layout;
use qf_graph::facts::{DefinitionId, FileFacts, Import, ScopeId};

/// See the module.
pub(super) struct JavaSemantics;

impl Semantics for JavaSemantics {
    fn namespaces(
        &self,
        _path: &str,
        facts: &FileFacts,
        _layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        let package = facts.package.map_or("", |name| facts.text(name));
        let mut found = vec![(NamespaceKey::global(package), ScopeId::MODULE)];
        for (index, definition) in facts.definitions.iter().enumerate() {
            let Some(scope) = definition.scope else { continue };
            if !definition.kind.is_type() || !is_nameable(facts, definition.parent) {
                continue;
            }
            let name = facts.qualified_name(DefinitionId(index as u32));
            if facts.text(definition.name).is_empty() {
                continue;
            }
            let text = if package.is_empty() { name } else { format!("{package}.{name}") };
            found.push((NamespaceKey::global(text), scope));
        }
        found
    }

    fn import_candidates(
        &self,
        import: &Import,
        _path: &str,
        facts: &FileFacts,
        _layout: &Layout,
    ) -> Vec<String> {
        let module = facts.text(import.module);
        if self.is_standard_library(module) {
            return Vec::new();
        }
        vec![module.to_owned()]
    }

    fn child_namespace(&self, namespace: &str, name: &str) -> Option<String> {
        Some(if namespace.is_empty() { name.to_owned() } else { format!("{namespace}.{name}") })
    }

    fn members_visible_in_methods(&self) -> bool {
        true
    }

    fn variants_are_constructors(&self) -> bool {
        false
    }

    fn constructor_names(&self) -> &'static [&'static str] {
        &[CONSTRUCTOR]
    }

    fn constructors_are_inherited(&self) -> bool {
        false
    }

    fn is_mock(&self, decorator: &str) -> bool {
        // Mockito's `@Mock`, Spring's `@MockBean` and `@MockitoBean`.
        decorator.contains("Mock")
    }

    fn variables_hide_functions(&self) -> bool {
        false
    }

    fn overloads_by_type(&self) -> bool {
        true
    }

    fn methods_are_virtual(&self) -> bool {
        true
    }

    fn conversion(&self, from: &str, to: &str) -> Conversion {
        super::conversions::conversion(from, to)
    }

    fn builtins(&self) -> &'static [&'static str] {
        BUILTINS
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        super::types::language_type(name)
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        standard::member(type_name, name)
    }

    fn collection(&self, view: View) -> &'static str {
        if matches!(view, View::Keys | View::Entries) { "Set" } else { "List" }
    }

    fn is_kind_of(&self, from: &str, to: &str) -> bool {
        super::conversions::is_kind_of(from, to)
    }

    fn value_in_for_each(&self) -> Option<usize> {
        Some(1)
    }

    fn universal_member(&self, name: &str) -> Option<BuiltinResult> {
        standard::universal_member(name)
    }

    fn common_members(&self) -> &'static [&'static str] {
        COMMON_MEMBERS
    }

    fn is_standard_library(&self, module: &str) -> bool {
        ["java", "javax", "jdk", "sun", "com.sun", "org.w3c", "org.xml"].iter().any(|root| {
            module.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    fn is_test_path(&self, path: &str) -> bool {
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.strip_suffix(".java").unwrap_or(file);
        path.split('/').any(|part| {
            matches!(part, "test" | "tests" | "androidTest" | "integrationTest" | "testFixtures")
        }) || stem.ends_with("Test")
            || stem.ends_with("Tests")
            || stem.ends_with("IT") && stem.len() > 2
    }
}

/// Whether everything around a type is a type too: local classes cannot be named from outside.
fn is_nameable(facts: &FileFacts, parent: Option<DefinitionId>) -> bool {
    let mut at = parent;
    for _ in 0..32 {
        let Some(id) = at else { return true };
        let Some(definition) = facts.definitions.get(id.index()) else { return false };
        if !definition.kind.is_type() || facts.text(definition.name).is_empty() {
            return false;
        }
        at = definition.parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{BUILTINS, COMMON_MEMBERS, JavaSemantics};
    use crate::languages::{BuiltinResult, Semantics};
    use crate::layout::Layout;

    #[test]
    fn tables_are_sorted() {
        assert!(BUILTINS.is_sorted());
        assert!(COMMON_MEMBERS.is_sorted());
    }

    #[test]
    fn every_nameable_type_is_a_namespace() {
        let source = "package com.acme; class Order { enum State { NEW } void f() { class L {} } }";
        let facts = crate::parse::facts(&super::super::JAVA, "Order.java", source);
        let keys: Vec<_> = JavaSemantics
            .namespaces("Order.java", &facts, &Layout::default())
            .into_iter()
            .map(|(key, _)| key.text)
            .collect();
        assert_eq!(keys, ["com.acme", "com.acme.Order", "com.acme.Order.State"]);
    }

    #[test]
    fn members_of_the_standard_library_are_known() {
        let member = |type_name, name| JavaSemantics.builtin_member(type_name, name);
        assert_eq!(member("str", "split"), Some(BuiltinResult::Type("list")));
        assert_eq!(member("List", "get"), Some(BuiltinResult::Element));
        assert_eq!(member("Map", "size"), Some(BuiltinResult::Type("int")));
        assert_eq!(member("Object", "hashCode"), Some(BuiltinResult::Type("int")));
        assert_eq!(member("IllegalStateException", "getMessage"), Some(BuiltinResult::Type("str")));
        assert_eq!(member("str", "debit"), None);
    }

    #[test]
    fn the_standard_library_is_told_by_its_packages() {
        assert!(JavaSemantics.is_standard_library("java.util.concurrent"));
        assert!(JavaSemantics.is_standard_library("javax.inject"));
        assert!(!JavaSemantics.is_standard_library("javalin.http"));
        assert!(JavaSemantics.is_test_path("app/src/test/java/com/acme/OrderTest.java"));
        assert!(!JavaSemantics.is_test_path("app/src/main/java/com/acme/Latest.java"));
    }
}

//! The rules of a module system as data, and the few shapes that most of them share.

use crate::languages::language::{BuiltinResult, NamespaceKey, Semantics, View};
use crate::layout::{self, Layout};
use qf_graph::facts::{Definition, DefinitionId, FileFacts, Import, ScopeId, SymbolKind};

/// Namespaces of a file.
pub type Namespaces = fn(&str, &FileFacts, &Layout) -> Vec<(NamespaceKey, ScopeId)>;
/// Keys an import may mean.
pub type Candidates = fn(&Import, &str, &FileFacts, &Layout) -> Vec<String>;

/// One language's answers to the resolver's questions.
pub struct Rules {
    /// See [`Semantics::namespaces`].
    pub namespaces: Namespaces,
    /// See [`Semantics::import_candidates`].
    pub candidates: Candidates,
    /// See [`Semantics::is_linked`].
    pub linked: fn(&Definition) -> bool,
    /// See [`Semantics::program`].
    pub program: Option<&'static str>,
    /// What stands between the names of nested namespaces; empty when they cannot be named
    /// through their parent.
    pub separator: &'static str,
    /// See [`Semantics::members_visible_in_methods`].
    pub members_visible: bool,
    /// See [`Semantics::calling_a_class_constructs`].
    pub class_call_constructs: bool,
    /// See [`Semantics::constructor_names`].
    pub constructor_names: &'static [&'static str],
    /// See [`Semantics::structural_interfaces`].
    pub structural: bool,
    /// Sorted; see [`Semantics::builtins`].
    pub builtins: &'static [&'static str],
    /// Sorted by name; see [`Semantics::builtin_call`].
    pub calls: &'static [(&'static str, &'static str)],
    /// Members of built-in types: type, member, result. Sorted by type and member.
    pub members: &'static [(&'static str, &'static str, BuiltinResult)],
    /// See [`Semantics::iteration`].
    pub iteration: View,
    /// Sorted; see [`Semantics::common_members`].
    pub common: &'static [&'static str],
    /// See [`Semantics::is_standard_library`].
    pub standard: fn(&str) -> bool,
    /// See [`Semantics::is_test_path`].
    pub tests: fn(&str) -> bool,
}

impl Rules {
    /// Path keys, no imports, nothing built in.
    pub const EMPTY: Rules = Rules {
        namespaces: by_path,
        candidates: none,
        linked: always,
        program: None,
        separator: "",
        members_visible: false,
        class_call_constructs: false,
        constructor_names: &[],
        structural: false,
        builtins: &[],
        calls: &[],
        members: &[],
        iteration: View::Keys,
        common: &[],
        standard: never,
        tests: test_folder,
    };

    /// Whether every table that must be sorted is.
    pub fn is_sorted(&self) -> bool {
        self.builtins.is_sorted()
            && self.common.is_sorted()
            && self.calls.is_sorted_by_key(|row| row.0)
            && self.members.is_sorted_by_key(|row| (row.0, row.1))
    }
}

impl Semantics for Rules {
    fn namespaces(
        &self,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        (self.namespaces)(path, facts, layout)
    }

    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        (self.candidates)(import, path, facts, layout)
    }

    fn is_linked(&self, definition: &Definition) -> bool {
        (self.linked)(definition)
    }

    fn program(&self) -> Option<&'static str> {
        self.program
    }

    fn child_namespace(&self, namespace: &str, name: &str) -> Option<String> {
        (!self.separator.is_empty()).then(|| format!("{namespace}{}{name}", self.separator))
    }

    fn members_visible_in_methods(&self) -> bool {
        self.members_visible
    }

    fn calling_a_class_constructs(&self) -> bool {
        self.class_call_constructs
    }

    fn constructor_names(&self) -> &'static [&'static str] {
        self.constructor_names
    }

    fn structural_interfaces(&self) -> bool {
        self.structural
    }

    fn builtins(&self) -> &'static [&'static str] {
        self.builtins
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        let at = self.calls.binary_search_by_key(&name, |row| row.0).ok()?;
        self.calls.get(at).map(|row| row.1)
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        let at =
            self.members.binary_search_by_key(&(type_name, name), |row| (row.0, row.1)).ok()?;
        self.members.get(at).map(|row| row.2)
    }

    fn iteration(&self, _: &str) -> View {
        self.iteration
    }

    fn common_members(&self) -> &'static [&'static str] {
        self.common
    }

    fn is_standard_library(&self, module: &str) -> bool {
        (self.standard)(module)
    }

    fn is_test_path(&self, path: &str) -> bool {
        (self.tests)(path)
    }
}

/// The file's path is its only key.
pub fn by_path(path: &str, _: &FileFacts, _: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    vec![(NamespaceKey::local(path), ScopeId::MODULE)]
}

/// The package clause names the file's scope for every repository; namespaces inside the file
/// have keys of their own, their names joined by `separator`.
pub fn by_package(path: &str, facts: &FileFacts, separator: &str) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![(NamespaceKey::local(path), ScopeId::MODULE)];
    let package = facts.package.map_or("", |name| facts.text(name));
    if !package.is_empty() {
        keys.push((NamespaceKey::global(package), ScopeId::MODULE));
    }
    keys.extend(
        inner_namespaces(facts, package, separator)
            .into_iter()
            .map(|(text, scope)| (NamespaceKey::global(text), scope)),
    );
    keys
}

/// Full names of the namespaces inside a file, with their scopes.
pub fn inner_namespaces(
    facts: &FileFacts,
    package: &str,
    separator: &str,
) -> Vec<(String, ScopeId)> {
    let mut found = Vec::new();
    for (index, definition) in facts.definitions.iter().enumerate() {
        let (SymbolKind::Namespace, Some(scope)) = (definition.kind, definition.scope) else {
            continue;
        };
        let own = facts.qualified_name(DefinitionId(index as u32));
        let own = if separator == "." { own } else { own.replace('.', separator) };
        if own.is_empty() {
            continue;
        }
        let text = if package.is_empty() { own } else { format!("{package}{separator}{own}") };
        found.push((text, scope));
    }
    found
}

/// No import means anything inside the indexed repositories.
pub fn none(_: &Import, _: &str, _: &FileFacts, _: &Layout) -> Vec<String> {
    Vec::new()
}

/// Candidates for an import by dotted package: the package itself, and for an item its parent.
pub fn by_dotted(import: &Import, _: &str, facts: &FileFacts, _: &Layout) -> Vec<String> {
    vec![facts.text(import.module).to_owned()]
}

/// Paths that a relative module text may mean: relative to the file's folder, then to each of
/// `roots`, with each of `endings`; last the one indexed path that ends so.
pub fn path_candidates(
    module: &str,
    path: &str,
    layout: &Layout,
    roots: &[&str],
    endings: &[&str],
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for root in std::iter::once(layout::folder(path)).chain(roots.iter().copied()) {
        for ending in endings {
            let candidate = layout::join(root, &format!("{module}{ending}"));
            found.extend(candidate.filter(|candidate| !found.contains(candidate)));
        }
    }
    if found.iter().any(|candidate| layout.has_file(candidate)) {
        return found;
    }
    let plain = module.trim_start_matches("./").trim_start_matches("../");
    for ending in endings {
        let suffix = format!("/{plain}{ending}");
        found.extend(layout.only_file_ending(&suffix).map(str::to_owned));
    }
    found
}

fn always(_: &Definition) -> bool {
    true
}

/// No module is known to be the standard library's.
pub fn never(_: &str) -> bool {
    false
}

/// A folder called `test`, `tests` or `spec` is on the way.
pub fn test_folder(path: &str) -> bool {
    path.split('/')
        .rev()
        .skip(1)
        .any(|part| matches!(part, "test" | "tests" | "spec" | "specs" | "Tests" | "testing"))
}

/// The file's name without its last extension.
pub fn stem(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

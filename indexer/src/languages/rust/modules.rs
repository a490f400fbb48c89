//! Rust's module tree over a repository's folders.
//!
//! A crate is named by its manifest. `src/lib.rs` and everything its folder holds is the library,
//! the only thing other packages can import; its namespaces are global: `tower::util`. Binaries,
//! tests, examples and benchmarks are crates of their own, named `<crate>#<kind>:<name>`, local. A
//! file below `src` belongs to the library and to `src/main.rs` alike when there are both, since
//! only `mod` lines tell which; it stands under both keys and the importing crate's own comes
//! first. Enums are namespaces as well (`use Frame::*`).

use crate::languages::language::NamespaceKey;
use crate::layout::{self, Layout};
use qf_graph::facts::{
    BindingValue, FileFacts, Import, ImportKind, PackageManifest, ScopeId, ScopeKind, SymbolKind,
};

/// How often a name in a path is replaced by what an import of the file says it means.
const MAX_ALIASES: u32 = 3;

/// One crate that a file belongs to, with the file's place in its module tree.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    /// Key of the crate's root.
    root: String,
    /// Module path below the root.
    modules: Vec<String>,
    /// Other packages can import it.
    global: bool,
}

impl Place {
    fn key(&self) -> String {
        joined(&self.root, self.modules.iter().map(String::as_str))
    }
}

/// The keys of a file's scopes.
pub(super) fn namespaces(
    path: &str,
    facts: &FileFacts,
    layout: &Layout,
) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = Vec::new();
    for place in places(path, layout) {
        let file = place.key();
        keys.push((NamespaceKey { text: file.clone(), global: place.global }, ScopeId::MODULE));
        for (definition, scope) in facts
            .definitions
            .iter()
            .filter(|definition| {
                matches!(definition.kind, SymbolKind::Namespace | SymbolKind::Enum)
            })
            .filter_map(|definition| Some((definition, definition.scope?)))
        {
            let Some(mut inner) = inner_modules(facts, scope) else { continue };
            if definition.kind == SymbolKind::Enum {
                inner.push(facts.text(definition.name).to_owned());
            }
            let text = joined(&file, inner.iter().map(String::as_str));
            keys.push((NamespaceKey { text, global: place.global }, scope));
        }
    }
    keys
}

/// Names of the inline modules around (and including) a scope, outermost first; `None` when a
/// function lies between.
fn inner_modules(facts: &FileFacts, scope: ScopeId) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut at = Some(scope);
    while let Some(current) = at {
        let scope = facts.scopes.get(current.index())?;
        match scope.kind {
            ScopeKind::Namespace => {
                let definition = facts.definitions.get(scope.definition?.index())?;
                names.push(facts.text(definition.name).to_owned());
            }
            ScopeKind::Function => return None,
            _ => {}
        }
        at = scope.parent;
    }
    names.reverse();
    Some(names)
}

/// The inline modules around an import, functions looked through.
fn modules_around(facts: &FileFacts, scope: ScopeId) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = Some(scope);
    while let Some(current) = at {
        let Some(scope) = facts.scopes.get(current.index()) else { break };
        if scope.kind == ScopeKind::Namespace {
            let definition = scope.definition.and_then(|id| facts.definitions.get(id.index()));
            if let Some(definition) = definition {
                names.push(facts.text(definition.name).to_owned());
            }
        }
        at = scope.parent;
    }
    names.reverse();
    names
}

// ---- files and crates ----------------------------------------------------------------------------

/// The crates a file belongs to.
fn places(path: &str, layout: &Layout) -> Vec<Place> {
    let (folder, manifest) = match layout.manifest_above(path, "cargo") {
        Some((folder, manifest)) => (folder, Some(manifest)),
        None => (guessed_folder(path), None),
    };
    let relative = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
    let name = crate_name(folder, manifest, layout);
    if let Some(place) = entry_place(relative, &name, manifest) {
        return vec![place];
    }
    if let Some(place) = other_crate(relative, &name) {
        return vec![place];
    }
    let mut places = binary_places(relative, &name, manifest);
    places.extend(library_places(folder, relative, &name, manifest, layout));
    places
}

/// The binaries that have a folder of their own below `src` (`path = "src/cli/main.rs"`) and a
/// file in it: their modules, though the library may hold them too.
fn binary_places(relative: &str, name: &str, manifest: Option<&PackageManifest>) -> Vec<Place> {
    let entries = manifest.map_or(&[][..], |manifest| &manifest.entries);
    let binaries = entries.iter().filter(|(entry, _)| entry.starts_with("bin:"));
    let inside = binaries.filter_map(|(entry, path)| {
        let folder = layout::folder(path.trim_start_matches("./"));
        let inside = relative.strip_prefix(folder)?.strip_prefix('/')?;
        (!matches!(folder, "" | "src")).then(|| Place {
            root: format!("{name}#{entry}"),
            modules: module_path(inside),
            global: false,
        })
    });
    inside.collect()
}

/// Without a manifest the folder around `src`, `tests`, … is taken for the package's.
fn guessed_folder(path: &str) -> &str {
    let mut from = 0;
    for part in path.split('/') {
        if matches!(part, "src" | "tests" | "examples" | "benches") {
            return path.get(..from).unwrap_or("").trim_end_matches('/');
        }
        from += part.len() + 1;
    }
    layout::folder(path)
}

fn crate_name(folder: &str, manifest: Option<&PackageManifest>, layout: &Layout) -> String {
    let named = manifest.filter(|manifest| !manifest.name.is_empty());
    let name = named.map_or_else(
        || folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(&layout.repository),
        |manifest| library_name(manifest),
    );
    name.replace('-', "_")
}

/// The library's name: its own when an entry gives one, else the package's.
fn library_name(manifest: &PackageManifest) -> &str {
    manifest
        .entries
        .iter()
        .find(|(entry, _)| entry == "lib-name")
        .map_or(&manifest.name, |(_, name)| name)
}

/// A file that the manifest names as the root of a crate.
fn entry_place(relative: &str, name: &str, manifest: Option<&PackageManifest>) -> Option<Place> {
    let (entry, _) =
        manifest?.entries.iter().find(|(_, path)| path.trim_start_matches("./") == relative)?;
    let kind = entry.split(':').next().unwrap_or("");
    if is_library_entry(entry, name) {
        return Some(Place { root: name.to_owned(), modules: Vec::new(), global: true });
    }
    if relative == "src/main.rs" {
        return None;
    }
    let root = if matches!(kind, "bin" | "test" | "example" | "bench") && entry.contains(':') {
        format!("{name}#{entry}")
    } else {
        format!("{name}#bin:{entry}")
    };
    Some(Place { root, modules: Vec::new(), global: false })
}

fn is_library_entry(entry: &str, name: &str) -> bool {
    entry == "lib" || entry.replace('-', "_") == name
}

/// `tests/x.rs`, `examples/x/main.rs`, `src/bin/x.rs`, `build.rs` and what lies below them.
fn other_crate(relative: &str, name: &str) -> Option<Place> {
    if relative == "build.rs" {
        let root = format!("{name}#build");
        return Some(Place { root, modules: Vec::new(), global: false });
    }
    let (kind, rest) =
        [("test", "tests/"), ("example", "examples/"), ("bench", "benches/"), ("bin", "src/bin/")]
            .into_iter()
            .find_map(|(kind, prefix)| Some((kind, relative.strip_prefix(prefix)?)))?;
    let mut modules = module_path(rest);
    if modules.is_empty() {
        return Some(Place { root: format!("{name}#{kind}"), modules, global: false });
    }
    let target = modules.remove(0);
    if modules.first().is_some_and(|module| module == "main") && modules.len() == 1 {
        modules.clear();
    }
    Some(Place { root: format!("{name}#{kind}:{target}"), modules, global: false })
}

/// A file of the library, of `src/main.rs`, or of both.
fn library_places(
    folder: &str,
    relative: &str,
    name: &str,
    manifest: Option<&PackageManifest>,
    layout: &Layout,
) -> Vec<Place> {
    let lib_path = manifest
        .and_then(|manifest| {
            manifest.entries.iter().find(|(entry, _)| is_library_entry(entry, name))
        })
        .map_or("src/lib.rs", |(_, path)| path.trim_start_matches("./"));
    let root_folder = layout::folder(lib_path);
    let inside = if root_folder.is_empty() {
        Some(relative)
    } else {
        relative.strip_prefix(root_folder).and_then(|rest| rest.strip_prefix('/'))
    };
    let Some(inside) = inside.or_else(|| relative.strip_prefix("src/")) else {
        let root = format!("{name}#file:{}", relative.trim_end_matches(".rs"));
        return vec![Place { root, modules: Vec::new(), global: false }];
    };
    let file = |path: &str| layout::join(folder, path).is_some_and(|path| layout.has_file(&path));
    let (library, binary) = (file(lib_path), file("src/main.rs"));
    let main = inside == "main.rs";
    let modules = if main || relative == lib_path { Vec::new() } else { module_path(inside) };
    let mut places = Vec::new();
    if main || (binary && relative != lib_path) {
        let root = format!("{name}#bin");
        places.push(Place { root, modules: modules.clone(), global: false });
    }
    if !(main && library) {
        let global = library || !binary;
        places.push(Place { root: name.to_owned(), modules, global });
    }
    // The library comes first for files that both could mean.
    if !main {
        places.reverse();
    }
    places
}

/// `a/b/mod.rs` and `a/b.rs` are both `[a, b]`.
fn module_path(file: &str) -> Vec<String> {
    let mut parts: Vec<String> =
        file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts.retain(|part| !part.is_empty());
    parts
}

// ---- imports -------------------------------------------------------------------------------------

/// Namespaces that an import's module may be, best first.
pub(super) fn import_candidates(
    import: &Import,
    path: &str,
    facts: &FileFacts,
    layout: &Layout,
) -> Vec<String> {
    let module = facts.text(import.module);
    let search = Search { path, facts, layout, places: places(path, layout) };
    let mut found = Vec::new();
    search.candidates(module, import.scope, 0, &mut found);
    let mut unique: Vec<String> = Vec::with_capacity(found.len());
    for candidate in found {
        if !unique.contains(&candidate) {
            unique.push(candidate);
        }
    }
    unique
}

struct Search<'a> {
    path: &'a str,
    facts: &'a FileFacts,
    layout: &'a Layout,
    places: Vec<Place>,
}

impl Search<'_> {
    fn candidates(&self, module: &str, scope: ScopeId, aliases: u32, found: &mut Vec<String>) {
        if let Some(file) = module.strip_prefix("path:") {
            self.by_file(file, scope, found);
            return;
        }
        let parts: Vec<&str> =
            module.split("::").map(str::trim).filter(|part| !part.is_empty()).collect();
        let Some((head, rest)) = parts.split_first() else { return };
        match *head {
            "crate" | "$crate" => {
                for place in &self.places {
                    found.push(joined(&place.root, rest.iter().copied()));
                }
                self.sibling_of_test(rest, found);
            }
            "self" | "super" => self.relative(&parts, scope, found),
            head => self.named(head, rest, scope, aliases, found),
        }
    }

    /// `self::…` and `super::…`, seen from the inline modules around `scope`.
    fn relative(&self, parts: &[&str], scope: ScopeId, found: &mut Vec<String>) {
        let inner = modules_around(self.facts, scope);
        let up = parts.iter().filter(|part| **part == "super").count();
        let rest: Vec<&str> =
            parts.iter().copied().skip_while(|part| matches!(*part, "self" | "super")).collect();
        for place in &self.places {
            let mut modules: Vec<&str> =
                place.modules.iter().chain(&inner).map(String::as_str).collect();
            if up > modules.len() {
                continue;
            }
            modules.truncate(modules.len() - up);
            modules.extend(rest.iter().copied());
            found.push(joined(&place.root, modules.into_iter()));
        }
        if up == 0 && inner.is_empty() {
            self.sibling_of_test(&rest, found);
        }
    }

    /// `mod support;` in `tests/server.rs` is `tests/support.rs` or `tests/support/mod.rs`, which
    /// stands under a key of its own like every file there.
    fn sibling_of_test(&self, rest: &[&str], found: &mut Vec<String>) {
        let Some((first, more)) = rest.split_first() else { return };
        for place in &self.places {
            if let Some((root, _)) = place.root.split_once(':') {
                found.push(joined(&format!("{root}:{first}"), more.iter().copied()));
            }
        }
    }

    /// `#[path = "…"] mod x;`
    fn by_file(&self, file: &str, scope: ScopeId, found: &mut Vec<String>) {
        let mut folder = layout::folder(self.path).to_owned();
        // Inside inline modules the path starts at the module's own folder.
        let inner = modules_around(self.facts, scope);
        if !inner.is_empty() {
            let stem = self.path.rsplit('/').next().unwrap_or("").trim_end_matches(".rs");
            if !matches!(stem, "mod" | "lib" | "main") {
                folder = format!("{folder}/{stem}");
            }
            for module in inner {
                folder = format!("{folder}/{module}");
            }
        }
        if let Some(path) = layout::join(&folder, file) {
            found.extend(places(&path, self.layout).iter().map(Place::key));
        }
    }

    /// A path that begins with a name: an import of the file, a crate, a module below this one or
    /// below a glob import, or (edition 2015) a module of the crate's root.
    fn named(
        &self,
        head: &str,
        rest: &[&str],
        scope: ScopeId,
        aliases: u32,
        found: &mut Vec<String>,
    ) {
        if aliases < MAX_ALIASES {
            for module in self.imported_as(head, scope) {
                // `use bytes;` says nothing more.
                if module != head {
                    let full = joined(&module, rest.iter().copied());
                    self.candidates(&full, scope, aliases + 1, found);
                }
            }
        }
        if let Some(name) = self.known_crate(head) {
            found.push(joined(&name, rest.iter().copied()));
        }
        if matches!(head, "std" | "core" | "alloc" | "proc_macro") {
            return;
        }
        let inner = modules_around(self.facts, scope);
        for place in &self.places {
            let modules = place.modules.iter().chain(&inner).map(String::as_str);
            let path = modules.chain([head]).chain(rest.iter().copied());
            found.push(joined(&place.root, path));
        }
        if aliases == 0 {
            for module in self.globs() {
                let path = [head].into_iter().chain(rest.iter().copied());
                let full = joined(module, path);
                if module.split("::").next() != Some(head) {
                    self.candidates(&full, scope, MAX_ALIASES, found);
                }
            }
        }
        for place in &self.places {
            let path = [head].into_iter().chain(rest.iter().copied());
            found.push(joined(&place.root, path));
        }
    }

    /// Full paths of what the file's imports bind as `name`, innermost scope last bound first.
    fn imported_as(&self, name: &str, scope: ScopeId) -> Vec<String> {
        let mut paths = Vec::new();
        let mut visible = vec![scope];
        let mut at = scope;
        while let Some(parent) = self.facts.scopes.get(at.index()).and_then(|scope| scope.parent) {
            visible.push(parent);
            at = parent;
        }
        for binding in &self.facts.bindings {
            let BindingValue::Import(id) = binding.value else { continue };
            if self.facts.text(binding.name) != name || !visible.contains(&binding.scope) {
                continue;
            }
            let Some(import) = self.facts.imports.get(id.index()) else { continue };
            let module = self.facts.text(import.module);
            match import.item {
                Some(item) => paths.push(format!("{module}::{}", self.facts.text(item))),
                None => paths.push(module.to_owned()),
            }
        }
        paths
    }

    fn globs(&self) -> impl Iterator<Item = &str> {
        self.facts
            .imports
            .iter()
            .filter(|import| import.kind == ImportKind::Star)
            .map(|import| self.facts.text(import.module))
            .filter(|module| !matches!(module.split("::").next(), Some("std" | "core" | "alloc")))
    }

    /// The library that a name means: the package's own, another of the repository, or one the
    /// manifest requires (possibly under another name).
    fn known_crate(&self, head: &str) -> Option<String> {
        if matches!(head, "std" | "core" | "alloc" | "proc_macro") {
            return Some(head.to_owned());
        }
        let Some((_, manifest)) = self.layout.manifest_above(self.path, "cargo") else {
            return Some(head.to_owned());
        };
        let is_head = |name: &str| name.replace('-', "_") == head;
        if let Some((_, package)) = manifest.aliases.iter().find(|(alias, _)| is_head(alias)) {
            return Some(package.replace('-', "_"));
        }
        let required = manifest.dependencies.iter().any(|(name, _)| is_head(name));
        let own = self
            .layout
            .manifests_of("cargo")
            .any(|(_, manifest)| is_head(library_name(manifest)) || is_head(&manifest.name));
        (required || own).then(|| head.to_owned())
    }
}

/// A key with more names below it.
fn joined<'a>(root: &str, names: impl Iterator<Item = &'a str>) -> String {
    let mut key = root.to_owned();
    for name in names {
        if !key.is_empty() {
            key.push_str("::");
        }
        key.push_str(name);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::{import_candidates, namespaces};
    use crate::languages::rust::RUST;
    use crate::layout::Layout;
    use crate::parse;
    use qf_graph::facts::PackageManifest;

    fn layout(paths: &[&str], crates: &[(&str, &str, &[&str])]) -> Layout {
        let mut paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        paths.sort();
        let mut manifests: Vec<_> = crates
            .iter()
            .map(|(folder, name, dependencies)| {
                let manifest = PackageManifest {
                    ecosystem: "cargo".to_owned(),
                    name: (*name).to_owned(),
                    dependencies: dependencies
                        .iter()
                        .map(|name| ((*name).to_owned(), String::new()))
                        .collect(),
                    ..PackageManifest::default()
                };
                ((*folder).to_owned(), manifest)
            })
            .collect();
        manifests.sort_by(|a, b| a.0.cmp(&b.0));
        Layout::new("bank".to_owned(), paths, manifests)
    }

    fn keys(path: &str, source: &str, layout: &Layout) -> Vec<String> {
        let facts = parse::facts(&RUST, path, source);
        namespaces(path, &facts, layout)
            .into_iter()
            .map(|(key, _)| if key.global { key.text } else { format!("({})", key.text) })
            .collect()
    }

    fn candidates(path: &str, source: &str, layout: &Layout) -> Vec<String> {
        let facts = parse::facts(&RUST, path, source);
        let import = facts.imports.last().expect("the source has an import");
        import_candidates(import, path, &facts, layout)
    }

    #[test]
    fn files_have_the_keys_of_their_place() {
        let layout = layout(
            &["src/lib.rs", "src/db.rs", "src/bin/server.rs", "tests/server.rs"],
            &[("", "mini-bank", &[])],
        );
        assert_eq!(keys("src/lib.rs", "", &layout), ["mini_bank"]);
        assert_eq!(keys("src/db.rs", "", &layout), ["mini_bank::db"]);
        assert_eq!(keys("src/cmd/mod.rs", "", &layout), ["mini_bank::cmd"]);
        assert_eq!(keys("src/cmd/get.rs", "", &layout), ["mini_bank::cmd::get"]);
        assert_eq!(keys("src/bin/server.rs", "", &layout), ["(mini_bank#bin:server)"]);
        assert_eq!(keys("tests/server.rs", "", &layout), ["(mini_bank#test:server)"]);
        assert_eq!(keys("tests/util/main.rs", "", &layout), ["(mini_bank#test:util)"]);
        assert_eq!(keys("tests/util/call.rs", "", &layout), ["(mini_bank#test:util::call)"]);
    }

    #[test]
    fn inline_modules_and_enums_are_namespaces() {
        let layout = layout(&["src/lib.rs"], &[("", "bank", &[])]);
        let source = "mod wire { pub enum Frame { Null } pub mod deep {} } fn f() { enum E { A } }";
        assert_eq!(
            keys("src/lib.rs", source, &layout),
            ["bank", "bank::wire", "bank::wire::Frame", "bank::wire::deep"]
        );
    }

    #[test]
    fn a_package_with_library_and_binary_shares_its_modules() {
        let both = layout(&["src/lib.rs", "src/main.rs", "src/a.rs"], &[("", "bank", &[])]);
        assert_eq!(keys("src/main.rs", "", &both), ["(bank#bin)"]);
        assert_eq!(keys("src/a.rs", "", &both), ["bank::a", "(bank#bin::a)"]);
        let binary = layout(&["src/main.rs", "src/a.rs"], &[("", "bank", &[])]);
        assert_eq!(keys("src/main.rs", "", &binary), ["(bank#bin)", "(bank)"]);
        assert_eq!(candidates("src/main.rs", "mod a;", &binary), ["bank#bin::a", "bank::a"]);
    }

    #[test]
    fn heads_lead_to_modules() {
        let layout = layout(
            &["core/src/lib.rs", "core/src/db.rs", "app/src/lib.rs"],
            &[("core", "bank-core", &["serde"]), ("app", "bank-app", &["bank-core"])],
        );
        let at = |source: &str| candidates("core/src/db.rs", source, &layout);
        assert_eq!(at("use crate::parse::Parser;"), ["bank_core::parse"]);
        assert_eq!(at("use super::Account;"), ["bank_core"]);
        assert_eq!(at("mod shard;"), ["bank_core::db::shard"]);
        assert_eq!(at("mod tests { use super::super::Account; }"), ["bank_core"]);
        assert_eq!(at("mod tests { use super::*; }"), ["bank_core::db"]);
        assert_eq!(at("use std::io::Read;"), ["std::io"]);
        assert_eq!(
            candidates("app/src/lib.rs", "use bank_core::db::Db;", &layout),
            ["bank_core::db", "bank_app::bank_core::db"]
        );
        assert_eq!(at("use serde::Serialize;").first().map(String::as_str), Some("serde"));
    }

    #[test]
    fn names_of_imports_are_followed() {
        let layout = layout(&["src/lib.rs"], &[("", "bank", &[])]);
        let found =
            candidates("src/lib.rs", "use crate::wire::frame as f;\nuse f::Frame;", &layout);
        assert_eq!(found.first().map(String::as_str), Some("bank::wire::frame"));
    }

    #[test]
    fn tests_share_their_helpers() {
        let layout =
            layout(&["src/lib.rs", "tests/support.rs", "tests/util/main.rs"], &[("", "bank", &[])]);
        let found = candidates("tests/server.rs", "mod support;", &layout);
        assert!(found.contains(&"bank#test:support".to_owned()), "{found:?}");
        let source = "#[path = \"../support.rs\"]\nmod support;";
        assert_eq!(candidates("tests/util/main.rs", source, &layout), ["bank#test:support"]);
    }
}

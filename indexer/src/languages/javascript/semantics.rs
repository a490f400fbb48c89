//! The module system of the JavaScript family.
//!
//! A file is a namespace under its path without extension; a package adds names that other
//! repositories can write. What an import means is decided like bundlers and compilers do it:
//! relative paths, path aliases, the package itself, packages of the workspace, and otherwise a
//! package by name, which exists only if some indexed repository is that package. Packages say
//! which *built* files they offer; sources are what is indexed, so built paths are led back to
//! the sources they were made from.

use super::builtins;
use crate::languages::language::{BuiltinResult, NamespaceKey, Semantics, View};
use crate::layout::{Layout, folder, join};
use qf_graph::facts::{FileFacts, Import, PackageManifest, ScopeId};

/// The rules of JavaScript, TypeScript, Vue and Svelte.
pub(crate) static SEMANTICS: JavaScriptSemantics = JavaScriptSemantics;

/// The rules of JavaScript, TypeScript, Vue and Svelte.
pub(crate) struct JavaScriptSemantics;

/// Extensions a script module can be found under, best first.
const EXTENSIONS: &[&str] = &["ts", "tsx", "d.ts", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/// Extensions that are left out of namespace keys, longest first.
const DROPPED: &[&str] =
    &[".d.ts", ".d.mts", ".d.cts", ".tsx", ".mts", ".cts", ".jsx", ".mjs", ".cjs", ".ts", ".js"];

/// Folders that builds write to, and folders that sources live in.
const BUILD_FOLDERS: &[&str] =
    &["dist", "build", "lib", "out", "es", "esm", "cjs", "umd", "types", "output", "dist-types"];

/// The path without a script extension.
fn stem(path: &str) -> &str {
    DROPPED.iter().find_map(|extension| path.strip_suffix(extension)).unwrap_or(path)
}

/// Whether a script of this stem is indexed.
fn exists(layout: &Layout, stem: &str) -> bool {
    EXTENSIONS.iter().any(|extension| layout.has_file(&format!("{stem}.{extension}")))
}

/// The stem of the source file that `path` (as a manifest writes it) is or was built from.
fn source_stem(layout: &Layout, package: &str, path: &str) -> Option<String> {
    let relative = path.trim_start_matches("./");
    let written = join(package, relative)?;
    let plain = stem(&written).to_owned();
    if exists(layout, &plain) || layout.has_file(&written) {
        return Some(plain);
    }
    let index = format!("{plain}/index");
    if exists(layout, &index) {
        return Some(index);
    }
    // dist/esm/x.js was src/x.ts, or x.ts.
    let mut rest = stem(relative);
    let mut stripped = false;
    while let Some((first, inner)) = rest.split_once('/') {
        if !BUILD_FOLDERS.contains(&first) {
            break;
        }
        rest = inner;
        stripped = true;
        for root in ["src/", "", "lib/", "source/"] {
            let candidate = join(package, &format!("{root}{rest}"))?;
            if exists(layout, &candidate) {
                return Some(candidate);
            }
        }
    }
    if stripped && !rest.contains('/') {
        // A bundle has its own name: dist/package.umd.js came from the package's index.
        return default_entry(layout, package);
    }
    None
}

/// The entry file of a package that names none.
fn default_entry(layout: &Layout, package: &str) -> Option<String> {
    ["src/index", "index", "lib/index", "src/main", "source/index"].iter().find_map(|entry| {
        let candidate = join(package, entry)?;
        exists(layout, &candidate).then_some(candidate)
    })
}

/// The subpath a manifest's public name means (`""` for the package itself); `None` for what is
/// no import path.
fn public_subpath<'a>(name: &'a str, package: &str) -> Option<&'a str> {
    match name {
        "" | "." | "main" | "module" | "types" | "typings" | "browser" | "exports" | "source"
        | "import" | "require" | "default" | "jsnext:main" => Some(""),
        "bin" => None,
        _ => {
            let rest = name.strip_prefix(package).unwrap_or(name);
            let rest = rest.strip_prefix("./").or_else(|| rest.strip_prefix('/')).unwrap_or(rest);
            Some(rest)
        }
    }
}

/// Keys that a package's manifest gives to the file with this stem.
fn package_keys(
    stem_of_file: &str,
    package: &str,
    manifest: &PackageManifest,
    layout: &Layout,
    keys: &mut Vec<NamespaceKey>,
) {
    let name = &manifest.name;
    let mut has_entry = false;
    for (public, path) in &manifest.entries {
        let Some(subpath) = public_subpath(public, name) else { continue };
        if let (Some(public_star), Some(path_star)) = (subpath.find('*'), path.find('*')) {
            // "./*": "./dist/*.js"
            if let Some(middle) = matched_star(stem_of_file, package, path, path_star, layout) {
                let (before, after) = (&subpath[..public_star], &subpath[public_star + 1..]);
                let key = format!("npm:{name}/{before}{middle}{}", stem(after));
                keys.push(NamespaceKey::global(key));
            }
            continue;
        }
        if source_stem(layout, package, path).as_deref() == Some(stem_of_file) {
            has_entry |= subpath.is_empty();
            keys.push(NamespaceKey::global(if subpath.is_empty() {
                format!("npm:{name}")
            } else {
                format!("npm:{name}/{}", stem(subpath))
            }));
        }
    }
    let names_root =
        manifest.entries.iter().any(|(public, _)| public_subpath(public, name) == Some(""));
    let found_root = names_root
        && manifest.entries.iter().any(|(public, path)| {
            public_subpath(public, name) == Some("") && source_stem(layout, package, path).is_some()
        });
    if !has_entry && !found_root && default_entry(layout, package).as_deref() == Some(stem_of_file)
    {
        keys.push(NamespaceKey::global(format!("npm:{name}")));
    }
    let relative = if package.is_empty() {
        stem_of_file
    } else {
        stem_of_file.strip_prefix(package).map_or(stem_of_file, |rest| rest.trim_start_matches('/'))
    };
    keys.push(NamespaceKey::global(format!("npm:{name}/{relative}")));
    if let Some(parent) = relative.strip_suffix("/index") {
        keys.push(NamespaceKey::global(format!("npm:{name}/{parent}")));
    }
}

/// What stands for the star when a file matches an entry with a star.
fn matched_star(
    stem_of_file: &str,
    package: &str,
    path: &str,
    star: usize,
    layout: &Layout,
) -> Option<String> {
    let before = path[..star].trim_start_matches("./");
    let after = stem(&path[star + 1..]);
    let mut roots = vec![before.to_owned()];
    if let Some((first, rest)) = before.split_once('/')
        && BUILD_FOLDERS.contains(&first)
    {
        roots.push(format!("src/{rest}"));
        roots.push(rest.to_owned());
    }
    let _ = layout;
    for root in roots {
        let prefix = if package.is_empty() { root } else { format!("{package}/{root}") };
        let middle = stem_of_file.strip_prefix(prefix.as_str()).and_then(|m| m.strip_suffix(after));
        if let Some(middle) = middle {
            return Some(middle.to_owned());
        }
    }
    None
}

/// Keys of the file or folder that a path without quotes means inside this repository.
fn path_candidates(path: String) -> Vec<String> {
    let plain = stem(&path).to_owned();
    let mut candidates = Vec::with_capacity(3);
    if plain.is_empty() {
        candidates.push("index".to_owned());
        return candidates;
    }
    let index = format!("{plain}/index");
    if plain == path {
        candidates.push(path);
        candidates.push(index);
    } else {
        candidates.push(plain);
        candidates.push(path);
    }
    candidates
}

/// The entry file that a manifest in a folder names: `require("..")` means it. What it exports is for
/// those who import the package by its name.
fn folder_entries(path: &str, layout: &Layout) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for (at, manifest) in layout.manifests_of("npm").filter(|(at, _)| *at == path) {
        let named = ["main", "module"].into_iter().filter_map(|key| {
            let (_, file) = manifest.entries.iter().find(|(public, _)| public == key)?;
            source_stem(layout, at, file)
        });
        entries.extend(named.take(1));
    }
    entries
}

/// What an alias makes of a module path.
fn aliased(module: &str, pattern: &str, replacement: &str) -> Option<String> {
    match pattern.split_once('*') {
        Some((before, after)) => {
            let middle = module.strip_prefix(before)?.strip_suffix(after)?;
            Some(replacement.replacen('*', middle, 1))
        }
        None => (module == pattern).then(|| replacement.to_owned()),
    }
}

/// The innermost package around a path that has a name: a manifest without one only sets options
/// for its folder.
fn package_above<'a>(path: &str, layout: &'a Layout) -> Option<&'a str> {
    layout
        .manifests_of("npm")
        .filter(|(at, manifest)| !manifest.name.is_empty() && is_below(path, at))
        .map(|(at, _)| at)
        .max_by_key(|at| at.len())
}

/// Whether a path lies in a folder (`""` is the root).
fn is_below(path: &str, at: &str) -> bool {
    at.is_empty() || path.strip_prefix(at).is_some_and(|rest| rest.starts_with('/'))
}

/// The package and the path inside it: `@acme/x/y/z` → (`@acme/x`, `y/z`).
fn split_package(module: &str) -> (&str, &str) {
    let mut at = module.find('/').unwrap_or(module.len());
    if module.starts_with('@') {
        let rest = module.get(at + 1..).unwrap_or("");
        at = rest.find('/').map_or(module.len(), |next| at + 1 + next);
    }
    let subpath = module.get(at..).unwrap_or("").trim_start_matches('/');
    (module.get(..at).unwrap_or(module), subpath)
}

/// Keys of a package, or of a file in it under the folders it may have been built to.
fn package_candidates(module: &str) -> Vec<String> {
    let (package, subpath) = split_package(module);
    if subpath.is_empty() {
        return vec![format!("npm:{package}")];
    }
    let plain = stem(subpath);
    let mut candidates = vec![format!("npm:{package}/{plain}")];
    let mut rest = plain;
    while let Some((first, inner)) = rest.split_once('/') {
        if !BUILD_FOLDERS.contains(&first) {
            break;
        }
        candidates.push(format!("npm:{package}/src/{inner}"));
        candidates.push(format!("npm:{package}/{inner}"));
        rest = inner;
    }
    candidates.push(format!("npm:{package}/src/{plain}"));
    if BUILD_FOLDERS.contains(&plain) {
        candidates.push(format!("npm:{package}"));
    }
    candidates
}

/// Candidates from the path aliases of compiler settings at or above a file, nearest first.
fn alias_candidates(module: &str, path: &str, layout: &Layout, out: &mut Vec<String>) {
    let mut settings: Vec<_> =
        layout.manifests_of("tsconfig").filter(|(at, _)| is_below(path, at)).collect();
    settings.sort_by_key(|(at, _)| std::cmp::Reverse(at.len()));
    for (at, manifest) in settings {
        // The longest pattern that matches is meant.
        let mut aliases: Vec<_> = manifest.aliases.iter().collect();
        aliases.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        for (pattern, replacement) in aliases {
            let replaced = aliased(module, pattern, replacement);
            if let Some(target) = replaced.and_then(|replaced| join(at, &replaced)) {
                out.extend(path_candidates(target));
            }
        }
    }
}

impl Semantics for JavaScriptSemantics {
    fn types_are_values(&self) -> bool {
        false
    }

    fn namespaces(
        &self,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        let _ = facts;
        let plain = stem(path);
        let mut keys = vec![NamespaceKey::local(plain)];
        // A folder stands for its index file, unless a file of that name stands beside it.
        if let Some(parent) = plain.strip_suffix("/index")
            && !exists(layout, parent)
        {
            keys.push(NamespaceKey::local(parent));
        }
        // One folder may be a package of several registries (`package.json`, `jsr.json`).
        let package = package_above(path, layout);
        for (at, manifest) in layout.manifests_of("npm") {
            if package == Some(at) && !manifest.name.is_empty() {
                package_keys(plain, at, manifest, layout, &mut keys);
            }
        }
        let mut unique: Vec<(NamespaceKey, ScopeId)> = Vec::with_capacity(keys.len());
        for key in keys {
            if !unique.iter().any(|(known, _)| *known == key) {
                unique.push((key, ScopeId::MODULE));
            }
        }
        unique
    }

    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        let module = facts.text(import.module);
        // Loader prefixes and queries: `raw-loader!./x`, `./x?raw`.
        let module = module.rsplit('!').next().unwrap_or(module);
        let module = module.split('?').next().unwrap_or(module);
        if module.is_empty() || module.contains("://") {
            return Vec::new();
        }
        if module == "." || module == ".." || module.starts_with("./") || module.starts_with("../")
        {
            let Some(target) = join(folder(path), module) else { return Vec::new() };
            // A file of that name stands before the folder; in the folder the manifest says.
            let is_file = !target.is_empty() && exists(layout, &target);
            let mut candidates = if is_file { Vec::new() } else { folder_entries(&target, layout) };
            candidates.extend(path_candidates(target));
            return candidates;
        }
        if let Some(absolute) = module.strip_prefix('/') {
            return join("", absolute).map(path_candidates).unwrap_or_default();
        }
        let mut candidates = Vec::new();
        alias_candidates(module, path, layout, &mut candidates);
        if self.is_standard_library(module) {
            return candidates;
        }
        let root = package_above(path, layout).unwrap_or_default();
        // Conventions of bundlers that need no settings file.
        for (prefix, target) in [("@/", "src/"), ("~/", ""), ("~/", "src/"), ("$lib/", "src/lib/")]
        {
            if let Some(rest) = module.strip_prefix(prefix) {
                let target = join(root, &format!("{target}{rest}"));
                candidates.extend(target.map(path_candidates).unwrap_or_default());
            }
        }
        if module.starts_with("@/") || module.starts_with("~/") || module.starts_with('#') {
            return candidates;
        }
        let module =
            module.strip_prefix("npm:").or_else(|| module.strip_prefix("jsr:")).unwrap_or(module);
        candidates.extend(package_candidates(module));
        candidates
    }

    fn variants_are_constructors(&self) -> bool {
        false
    }

    fn constructor_names(&self) -> &'static [&'static str] {
        &["constructor"]
    }

    fn structural_interfaces(&self) -> bool {
        false
    }

    fn builtins(&self) -> &'static [&'static str] {
        builtins::GLOBALS
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        builtins::call(name)
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        builtins::member(type_name, name)
    }

    fn iteration(&self, type_name: &str) -> View {
        if type_name == "Map" { View::Pairs } else { View::Keys }
    }

    fn value_in_for_each(&self) -> Option<usize> {
        Some(0)
    }

    fn first_signature_wins(&self) -> bool {
        true
    }

    fn common_members(&self) -> &'static [&'static str] {
        builtins::COMMON_MEMBERS
    }

    fn is_standard_library(&self, module: &str) -> bool {
        if module.starts_with("node:")
            || module.starts_with("bun:")
            || module.starts_with("cloudflare:")
        {
            return true;
        }
        let first = module.split('/').next().unwrap_or(module);
        builtins::NODE_MODULES.binary_search(&first).is_ok()
            && (first == module
                || matches!(
                    first,
                    "fs" | "path"
                        | "stream"
                        | "timers"
                        | "util"
                        | "dns"
                        | "readline"
                        | "assert"
                        | "inspector"
                ))
    }

    fn is_test_path(&self, path: &str) -> bool {
        let file = path.rsplit('/').next().unwrap_or(path);
        let marked =
            [".test.", ".spec.", ".cy.", ".e2e.", "-test.", "_test.", ".e2e-spec.", "-spec."]
                .iter()
                .any(|mark| file.contains(mark));
        marked
            || path.split('/').rev().skip(1).any(|part| {
                matches!(
                    part,
                    "__tests__"
                        | "__test__"
                        | "__mocks__"
                        | "test"
                        | "tests"
                        | "spec"
                        | "specs"
                        | "e2e"
                        | "cypress"
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::{SEMANTICS, package_candidates, split_package};
    use crate::languages::language::Semantics;
    use crate::layout::Layout;
    use crate::{languages, parse};
    use qf_graph::facts::PackageManifest;

    fn layout(paths: &[&str], manifests: Vec<(&str, PackageManifest)>) -> Layout {
        let mut paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
        paths.sort();
        let manifests = manifests.into_iter().map(|(at, m)| (at.to_owned(), m)).collect();
        Layout::new("shop".to_owned(), paths, manifests)
    }

    fn npm(name: &str, entries: &[(&str, &str)]) -> PackageManifest {
        PackageManifest {
            ecosystem: "npm".to_owned(),
            name: name.to_owned(),
            entries: entries.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            ..PackageManifest::default()
        }
    }

    fn keys(path: &str, layout: &Layout) -> Vec<String> {
        let language = languages::by_name("typescript").expect("typescript is a language");
        let facts = parse::facts(language, path, "");
        SEMANTICS.namespaces(path, &facts, layout).into_iter().map(|(key, _)| key.text).collect()
    }

    fn candidates(module: &str, path: &str, layout: &Layout) -> Vec<String> {
        let language = languages::by_name("typescript").expect("typescript is a language");
        let facts = parse::facts(language, path, &format!("import x from '{module}';"));
        SEMANTICS.import_candidates(&facts.imports[0], path, &facts, layout)
    }

    #[test]
    fn files_stand_under_their_paths_and_packages() {
        let manifest =
            npm("@acme/pay", &[("main", "./dist/index.js"), ("./money", "dist/money.js")]);
        let layout = layout(
            &[
                "packages/pay/src/index.ts",
                "packages/pay/src/money.ts",
                "packages/pay/src/util/index.ts",
            ],
            vec![("packages/pay", manifest)],
        );
        assert_eq!(
            keys("packages/pay/src/index.ts", &layout),
            [
                "packages/pay/src/index",
                "packages/pay/src",
                "npm:@acme/pay",
                "npm:@acme/pay/src/index",
                "npm:@acme/pay/src"
            ]
        );
        assert_eq!(
            keys("packages/pay/src/money.ts", &layout),
            ["packages/pay/src/money", "npm:@acme/pay/money", "npm:@acme/pay/src/money"]
        );
    }

    #[test]
    fn a_package_without_entries_has_its_index() {
        let layout = layout(&["index.js", "lib/a.js"], vec![("", npm("left", &[]))]);
        assert!(keys("index.js", &layout).contains(&"npm:left".to_owned()));
        assert!(!keys("lib/a.js", &layout).contains(&"npm:left".to_owned()));
        assert!(keys("lib/a.js", &layout).contains(&"npm:left/lib/a".to_owned()));
    }

    #[test]
    fn a_bundle_is_the_index_it_was_made_from() {
        let manifest = npm("chart", &[("main", "dist/chart.umd.js")]);
        let layout = layout(&["src/index.ts", "src/axis.ts"], vec![("", manifest)]);
        assert!(keys("src/index.ts", &layout).contains(&"npm:chart".to_owned()));
    }

    #[test]
    fn a_folder_beside_a_file_of_its_name_is_not_the_file() {
        let layout = layout(&["src/api.ts", "src/api/index.ts"], Vec::new());
        assert_eq!(keys("src/api/index.ts", &layout), ["src/api/index"]);
    }

    #[test]
    fn relative_imports_join_and_lose_their_extension() {
        let layout = layout(&[], Vec::new());
        assert_eq!(candidates("./money", "src/a.ts", &layout), ["src/money", "src/money/index"]);
        assert_eq!(candidates("../x.js", "src/a.ts", &layout), ["x", "x.js"]);
        assert_eq!(candidates("./Card.vue", "src/a.ts", &layout)[0], "src/Card.vue");
        assert_eq!(candidates("..", "src/a.ts", &layout), ["index"]);
        assert!(candidates("node:fs", "src/a.ts", &layout).is_empty());
        assert!(candidates("fs/promises", "src/a.ts", &layout).is_empty());
    }

    #[test]
    fn aliases_come_before_packages() {
        let settings = PackageManifest {
            ecosystem: "tsconfig".to_owned(),
            aliases: vec![("@app/*".to_owned(), "src/app/*".to_owned())],
            ..PackageManifest::default()
        };
        let layout = layout(&[], vec![("web", settings)]);
        assert_eq!(
            candidates("@app/user", "web/src/main.ts", &layout),
            ["web/src/app/user", "web/src/app/user/index", "npm:@app/user"]
        );
        assert_eq!(candidates("@app/user", "api/main.ts", &layout), ["npm:@app/user"]);
    }

    #[test]
    fn packages_are_split_from_their_paths() {
        assert_eq!(split_package("@acme/x/y/z"), ("@acme/x", "y/z"));
        assert_eq!(split_package("lodash"), ("lodash", ""));
        assert_eq!(
            package_candidates("@acme/pay/dist/money.js"),
            [
                "npm:@acme/pay/dist/money",
                "npm:@acme/pay/src/money",
                "npm:@acme/pay/money",
                "npm:@acme/pay/src/dist/money"
            ]
        );
    }

    #[test]
    fn tests_are_known_by_their_paths() {
        assert!(SEMANTICS.is_test_path("src/a.test.ts"));
        assert!(SEMANTICS.is_test_path("src/__tests__/a.ts"));
        assert!(!SEMANTICS.is_test_path("src/latest.ts"));
    }
}

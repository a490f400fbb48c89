//! The module system.
//!
//! A file is found under two kinds of names. Its path from the repository's root, dotted
//! (`src.flask.app`), is its own and no other file's: relative imports, and absolute ones that mean
//! a neighbour, are answered with it. The name that Python itself would import it by
//! (`flask.app`) depends on where the interpreter starts to look: at the folder above the outermost
//! one with an `__init__.py`, at `src/`, or where the package's manifest says. That name is global
//! when other repositories can import it too, and local for tests, examples and scripts.

use super::builtins;
use crate::languages::language::{BuiltinResult, NamespaceKey, Semantics, View};
use crate::layout::{Layout, folder};
use qf_graph::facts::{FileFacts, Import, ScopeId};

/// The key of the `__init__.py` at the root of a repository.
const ROOT_PACKAGE: &str = "__init__";

/// Python's rules.
pub(super) struct PythonSemantics;

impl Semantics for PythonSemantics {
    fn namespaces(
        &self,
        path: &str,
        _facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<(NamespaceKey, ScopeId)> {
        let mut keys: Vec<NamespaceKey> = Vec::new();
        let mut add = |key: NamespaceKey| {
            if key.text.is_empty() {
                return;
            }
            match keys.iter_mut().find(|known| known.text == key.text) {
                Some(known) => known.global |= key.global,
                None => keys.push(key),
            }
        };
        for key in importable_names(path, layout) {
            add(key);
        }
        add(NamespaceKey::local(full_name(path)));
        keys.into_iter().map(|key| (key, ScopeId::MODULE)).collect()
    }

    fn import_candidates(
        &self,
        import: &Import,
        path: &str,
        facts: &FileFacts,
        layout: &Layout,
    ) -> Vec<String> {
        let module = facts.text(import.module);
        if import.level > 0 {
            return relative(module, import.level, path).into_iter().collect();
        }
        if module.is_empty() || self.is_standard_library(module) {
            return Vec::new();
        }
        absolute(module, path, layout)
    }

    fn child_namespace(&self, namespace: &str, name: &str) -> Option<String> {
        if namespace == ROOT_PACKAGE {
            return Some(name.to_owned());
        }
        Some(format!("{namespace}.{name}"))
    }

    fn outer_namespace<'k>(&self, namespace: &'k str) -> Option<&'k str> {
        namespace.rsplit_once('.').map(|(outer, _)| outer).filter(|outer| !outer.is_empty())
    }

    fn calling_a_class_constructs(&self) -> bool {
        true
    }

    fn variants_are_constructors(&self) -> bool {
        false
    }

    fn enters_its_argument(&self, method: &str) -> bool {
        matches!(method, "enter_context" | "enter_async_context" | "enterContext")
    }

    fn tests_take_fixtures(&self) -> bool {
        true
    }

    fn constructor_names(&self) -> &'static [&'static str] {
        &["__init__", "__new__"]
    }

    fn builtins(&self) -> &'static [&'static str] {
        builtins::BUILTINS
    }

    fn builtin_call(&self, name: &str) -> Option<&'static str> {
        builtins::call(name)
    }

    fn builtin_view(&self, name: &str) -> Option<View> {
        match name {
            "frozenset" | "iter" | "list" | "reversed" | "set" | "sorted" | "tuple" => {
                Some(View::Elements)
            }
            "enumerate" => Some(View::Numbered),
            _ => None,
        }
    }

    fn builtin_member(&self, type_name: &str, name: &str) -> Option<BuiltinResult> {
        builtins::member(type_name, name)
    }

    fn common_members(&self) -> &'static [&'static str] {
        builtins::COMMON_MEMBERS
    }

    fn is_standard_library(&self, module: &str) -> bool {
        let top = module.split('.').next().unwrap_or(module);
        builtins::STANDARD_LIBRARY.binary_search(&top).is_ok()
    }

    fn is_test_path(&self, path: &str) -> bool {
        is_test_path(path)
    }
}

/// Whether a path is test code: pytest's and unittest's file names, and folders of tests.
pub(super) fn is_test_path(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = file.split('.').next().unwrap_or(file);
    stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_tests")
        || matches!(stem, "conftest" | "tests" | "test")
        || folders.split('/').any(is_test_folder)
}

fn is_test_folder(name: &str) -> bool {
    matches!(
        name,
        "test"
            | "tests"
            | "Test"
            | "Tests"
            | "unittests"
            | "unit_tests"
            | "integration_tests"
            | "functional_tests"
            | "e2e_tests"
    )
}

/// Folders whose modules nobody imports from outside.
fn is_private_folder(name: &str) -> bool {
    is_test_folder(name)
        || matches!(
            name,
            "benchmark"
                | "benchmarks"
                | "demo"
                | "demos"
                | "doc"
                | "docs"
                | "example"
                | "examples"
                | "sample"
                | "samples"
                | "scripts"
                | "tools"
        )
}

/// A path without its extension.
fn stem(path: &str) -> &str {
    for extension in [".py", ".pyi", ".pyw"] {
        if let Some(stem) = path.strip_suffix(extension) {
            return stem;
        }
    }
    path
}

/// A path as a dotted module name; a package is named by its folder.
fn dotted(stem: &str) -> String {
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    stem.replace('/', ".")
}

/// The name of a file that is its alone: its path from the root, dotted.
fn full_name(path: &str) -> String {
    dotted(stem(path))
}

fn is_package(folder: &str, layout: &Layout) -> bool {
    !folder.is_empty()
        && (layout.has_file(&format!("{folder}/__init__.py"))
            || layout.has_file(&format!("{folder}/__init__.pyi")))
}

/// The folder that has to be on the interpreter's path for a file to be importable: the first one
/// upwards that is no package.
fn source_root<'p>(path: &'p str, layout: &Layout) -> &'p str {
    let mut at = folder(path);
    while is_package(at, layout) {
        at = folder(at);
    }
    at
}

/// The part of a path below a folder.
fn below<'p>(path: &'p str, root: &str) -> Option<&'p str> {
    if root.is_empty() {
        return Some(path);
    }
    path.strip_prefix(root)?.strip_prefix('/')
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The names by which Python could import a file.
fn importable_names(path: &str, layout: &Layout) -> Vec<NamespaceKey> {
    let mut keys = Vec::new();
    let stem = stem(path);
    let private = is_test_path(path) || folder(path).split('/').any(is_private_folder);
    let key = |text: String, global: bool| {
        if global && !private { NamespaceKey::global(text) } else { NamespaceKey::local(text) }
    };
    // What the package's manifest says wins.
    let manifest = layout.manifest_above(path, "pypi");
    if let Some((home, manifest)) = manifest {
        for (name, source) in &manifest.entries {
            let source = join(home, source.trim_matches('/'));
            if let Some(rest) = below(stem, source.trim_end_matches('/')) {
                let inner = dotted(rest);
                let text = match (name.as_str(), inner.as_str()) {
                    ("" | ".", _) => inner,
                    (_, "__init__") => name.clone(),
                    (name, inner) => format!("{name}.{inner}"),
                };
                keys.push(key(text, true));
            }
        }
    }
    let root = source_root(path, layout);
    let home = manifest.map_or("", |(home, _)| home);
    let public_root = ["", "src", "lib", "python"]
        .into_iter()
        .any(|source| root == join(home, source).trim_end_matches('/') || root == source);
    if let Some(rest) = below(stem, root) {
        let text = dotted(rest);
        // A script in some folder is named by others only from inside that folder.
        let script = !rest.contains('/') && !public_root;
        if !script && text != "setup" && text != "conftest" {
            keys.push(key(text, public_root));
        }
    }
    // Namespace packages have no `__init__.py`: the name may begin further out.
    for source in ["src", "lib", "python"] {
        let source = join(home, source);
        if let Some(rest) = below(stem, &source) {
            keys.push(key(dotted(rest), true));
        }
    }
    if !home.is_empty()
        && let Some(rest) = below(stem, home)
    {
        keys.push(key(dotted(rest), false));
    }
    // A repository whose root is itself the package is known by the repository's name.
    if layout.has_file("__init__.py") && !layout.repository.is_empty() {
        let inner = dotted(stem);
        let text = match inner.as_str() {
            ROOT_PACKAGE => layout.repository.clone(),
            inner => format!("{}.{inner}", layout.repository),
        };
        keys.push(key(text, true));
    }
    keys
}

/// What `from ..module import …` means: a name that begins at the file's own package.
fn relative(module: &str, level: u8, path: &str) -> Option<String> {
    let mut package = folder(path);
    for _ in 1..level {
        if package.is_empty() {
            return None;
        }
        package = folder(package);
    }
    let package = package.replace('/', ".");
    Some(match (package.is_empty(), module.is_empty()) {
        (true, true) => ROOT_PACKAGE.to_owned(),
        (true, false) => module.to_owned(),
        (false, true) => package,
        (false, false) => format!("{package}.{module}"),
    })
}

/// What `import module` may mean: the nearest one that is reachable from a folder above the file,
/// then whatever is known under that name.
fn absolute(module: &str, path: &str, layout: &Layout) -> Vec<String> {
    let mut candidates: Vec<String> = Vec::new();
    let relative = module.replace('.', "/");
    let mut at = source_root(path, layout);
    loop {
        for source in ["", "src", "lib", "python"] {
            let start = if source.is_empty() { at.to_owned() } else { join(at, source) };
            let place = join(&start, &relative);
            if is_module(&place, path, layout) {
                let name = place.replace('/', ".");
                if !candidates.contains(&name) {
                    candidates.push(name);
                }
            }
        }
        if at.is_empty() {
            break;
        }
        at = folder(at);
    }
    if !candidates.iter().any(|known| known == module) {
        candidates.push(module.to_owned());
    }
    candidates
}

/// Whether a module, package or namespace package stands at a place (the importing file is none).
fn is_module(place: &str, importer: &str, layout: &Layout) -> bool {
    let mut file = String::with_capacity(place.len() + 13);
    file.push_str(place);
    [".py", "/__init__.py"].iter().any(|ending| {
        file.truncate(place.len());
        file.push_str(ending);
        layout
            .files_from(&file)
            .any(|path| path != importer && matches!(&path[file.len()..], "" | "i" | "w"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::FactsBuilder;
    use qf_graph::facts::{ByteRange, ImportId, ImportKind};

    fn layout(paths: &[&str]) -> Layout {
        let mut paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        paths.sort();
        Layout::new("shop".to_owned(), paths, Vec::new())
    }

    fn names(path: &str, layout: &Layout) -> Vec<(String, bool)> {
        PythonSemantics
            .namespaces(path, &FileFacts::default(), layout)
            .into_iter()
            .map(|(key, _)| (key.text, key.global))
            .collect()
    }

    fn candidates(module: &str, level: u8, path: &str, layout: &Layout) -> Vec<String> {
        let mut out = FactsBuilder::new("python", "");
        let span = ByteRange { start: 0, end: 0 };
        let id: ImportId = out.import(module, None, None, ImportKind::Module, level, false, span);
        let facts = out.finish();
        PythonSemantics.import_candidates(&facts.imports[id.index()], path, &facts, layout)
    }

    fn named(text: &str, global: bool) -> (String, bool) {
        (text.to_owned(), global)
    }

    #[test]
    fn packages_end_where_init_files_end() {
        let layout = layout(&["src/flask/__init__.py", "src/flask/json/__init__.py", "setup.py"]);
        assert_eq!(
            names("src/flask/app.py", &layout),
            [named("flask.app", true), named("src.flask.app", false)]
        );
        assert_eq!(
            names("src/flask/json/__init__.py", &layout),
            [named("flask.json", true), named("src.flask.json", false)]
        );
    }

    #[test]
    fn namespace_packages_have_their_path_as_name() {
        let layout = layout(&["src/acme/pay/api.py"]);
        assert!(names("src/acme/pay/api.py", &layout).contains(&named("acme.pay.api", true)));
    }

    #[test]
    fn tests_and_scripts_are_local() {
        let layout = layout(&["tests/helpers.py", "examples/a/app.py", "tests/__init__.py"]);
        assert_eq!(names("tests/helpers.py", &layout), [named("tests.helpers", false)]);
        assert_eq!(names("examples/a/app.py", &layout), [named("examples.a.app", false)]);
    }

    #[test]
    fn absolute_imports_prefer_the_nearest_source_root() {
        let layout = layout(&[
            "services/a/app/__init__.py",
            "services/a/app/models.py",
            "services/b/app/__init__.py",
            "services/b/app/models.py",
        ]);
        assert_eq!(
            candidates("app.models", 0, "services/b/app/main.py", &layout),
            ["services.b.app.models", "app.models"]
        );
        assert_eq!(
            candidates("app.models", 0, "services/b/tests/test_main.py", &layout),
            ["services.b.app.models", "app.models"]
        );
    }

    #[test]
    fn siblings_of_a_script_are_found() {
        let layout = layout(&["tools/run.py", "tools/helper.py"]);
        assert_eq!(candidates("helper", 0, "tools/run.py", &layout), ["tools.helper", "helper"]);
        assert_eq!(candidates("numpy", 0, "tools/run.py", &layout), ["numpy"]);
        assert_eq!(candidates("os.path", 0, "tools/run.py", &layout), [""; 0]);
    }

    #[test]
    fn relative_imports_begin_at_the_package() {
        let layout = layout(&["src/flask/__init__.py"]);
        let at = |module, level, path| candidates(module, level, path, &layout);
        assert_eq!(at("app", 1, "src/flask/cli.py"), ["src.flask.app"]);
        assert_eq!(at("", 1, "src/flask/cli.py"), ["src.flask"]);
        assert_eq!(at("app", 2, "src/flask/json/__init__.py"), ["src.flask.app"]);
        assert_eq!(at("app", 4, "src/flask/json/tag.py"), ["app"]);
        assert_eq!(at("app", 5, "src/flask/json/tag.py"), [""; 0]);
    }

    #[test]
    fn manifests_name_packages() {
        let mut layout = layout(&["python/acme_pay/api.py", "python/acme_pay/__init__.py"]);
        let manifest = qf_graph::facts::PackageManifest {
            ecosystem: "pypi".to_owned(),
            entries: vec![("acme.pay".to_owned(), "python/acme_pay".to_owned())],
            ..qf_graph::facts::PackageManifest::default()
        };
        layout.manifests.push((String::new(), manifest));
        assert!(names("python/acme_pay/api.py", &layout).contains(&named("acme.pay.api", true)));
        assert!(names("python/acme_pay/__init__.py", &layout).contains(&named("acme.pay", true)));
    }

    #[test]
    fn test_paths_are_recognised() {
        assert!(is_test_path("tests/helpers.py"));
        assert!(is_test_path("pkg/test_api.py"));
        assert!(is_test_path("pkg/conftest.py"));
        assert!(!is_test_path("src/click/testing.py"));
        assert!(!is_test_path("src/contest.py"));
    }
}

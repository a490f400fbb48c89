//! `use`, `mod x;` and `extern crate`.
//!
//! Every leaf of a `use` tree becomes one import. Whether `use a::b` names a module or an item of
//! `a` cannot be seen in the file, so it is always the item `b` of module `a`; the resolver tries
//! the module `a::b` next. A `mod x;` with a `#[path]` keeps that path as `path:<file>`, since the
//! module's place in the tree says nothing of where its file is then.

use super::attributes::{Attributes, is_visible};
use super::builtins::is_library_crate;
use super::kinds::{Field, Kind, child, kind};
use super::paths::is_type_name;
use super::walker::{Origin, Walker, children, first_child};
use crate::extract::range;
use qf_graph::facts::{ByteRange, ImportKind};
use tree_sitter::Node;

/// Deepest nesting of `use` lists that is followed.
const MAX_NESTING: u32 = 32;

/// One leaf of a `use` tree.
struct Leaf<'a> {
    module: &'a str,
    item: Option<&'a str>,
    bound: Option<&'a str>,
    kind: ImportKind,
    span: ByteRange,
}

impl<'s> Walker<'s, '_> {
    /// Notes the names that a `use` binds.
    pub(super) fn collect_use(&mut self, node: Node<'_>) {
        if let Some(tree) = child(node, Field::Argument) {
            self.collect_use_tree(tree, None, 0);
        }
    }

    fn collect_use_tree(&mut self, node: Node<'_>, origin: Option<Origin>, depth: u32) {
        if depth > MAX_NESTING {
            return;
        }
        match kind(node) {
            Kind::UseList => {
                for leaf in children(node) {
                    self.collect_use_tree(leaf, origin, depth + 1);
                }
            }
            Kind::ScopedUseList => {
                let path = child(node, Field::Path).map_or("", |path| self.out.text(path));
                let origin = origin.or_else(|| Some(origin_of(path)));
                let Some(list) = child(node, Field::List) else { return };
                self.collect_use_tree(list, origin, depth + 1);
                // `{self}` binds the path's own last name, and only that.
                if children(list).iter().any(|leaf| kind(*leaf) == Kind::SelfKeyword) {
                    let last = path.rsplit("::").next().unwrap_or(path);
                    self.note_import(last, origin);
                }
            }
            Kind::UseAsClause => {
                let path = child(node, Field::Path).map_or("", |path| self.out.text(path));
                if let Some(alias) = child(node, Field::Alias) {
                    let alias = self.out.text(alias);
                    self.note_import(alias, origin.or_else(|| Some(origin_of(path))));
                }
            }
            Kind::UseWildcard => {}
            _ => {
                let path = self.out.text(node);
                let last = path.rsplit("::").next().unwrap_or(path);
                self.note_import(last, origin.or_else(|| Some(origin_of(path))));
            }
        }
    }

    fn note_import(&mut self, name: &'s str, origin: Option<Origin>) {
        if !matches!(name, "" | "_" | "self" | "super" | "crate") {
            self.origins.entry(name).or_insert(origin.unwrap_or(Origin::OtherCrate));
        }
    }

    /// A `use` declaration.
    pub(super) fn use_declaration(&mut self, node: Node<'_>) {
        let reexport = is_visible(self, node);
        self.collect_use(node);
        if let Some(tree) = child(node, Field::Argument) {
            self.use_tree(tree, "", reexport, 0);
            self.mention_types(tree);
        }
    }

    /// `use frame::Error::Incomplete`, `use Frame::{Null, Array}`: the enum is mentioned.
    fn mention_types(&mut self, node: Node<'_>) {
        let path = match kind(node) {
            Kind::UseAsClause => child(node, Field::Path).and_then(|path| child(path, Field::Path)),
            Kind::UseWildcard => first_child(node),
            _ => child(node, Field::Path),
        };
        if let Some(path) = path {
            let last = child(path, Field::Name).unwrap_or(path);
            if is_type_name(self.out.text(last)) {
                let path = self.path(path);
                self.out.type_reference(path.name, path.span, path.expression);
            }
        }
    }

    fn use_tree(&mut self, node: Node<'_>, prefix: &str, reexport: bool, depth: u32) {
        if depth > MAX_NESTING {
            return;
        }
        match kind(node) {
            Kind::UseList => {
                for leaf in children(node) {
                    self.use_tree(leaf, prefix, reexport, depth + 1);
                }
            }
            Kind::ScopedUseList => {
                let path = child(node, Field::Path).map_or("", |path| self.out.text(path));
                let prefix = joined(prefix, path);
                if let Some(list) = child(node, Field::List) {
                    self.use_tree(list, &prefix, reexport, depth + 1);
                }
            }
            Kind::UseWildcard => {
                let path = first_child(node).map_or("", |path| self.out.text(path));
                let module = joined(prefix, path);
                let (item, bound) = (None, None);
                let leaf = Leaf {
                    module: &module,
                    item,
                    bound,
                    kind: ImportKind::Star,
                    span: range(node),
                };
                self.leaf(&leaf, reexport);
            }
            Kind::UseAsClause => {
                let Some(path) = child(node, Field::Path) else { return };
                let alias = child(node, Field::Alias).map_or("", |alias| self.out.text(alias));
                self.use_path(path, prefix, Some(alias), reexport);
            }
            Kind::Error => {}
            _ => self.use_path(node, prefix, None, reexport),
        }
    }

    fn use_path(&mut self, node: Node<'_>, prefix: &str, alias: Option<&str>, reexport: bool) {
        let written = self.out.text(node);
        let span = range(child(node, Field::Name).unwrap_or(node));
        let full = match written {
            "self" if !prefix.is_empty() => prefix.to_owned(),
            _ => joined(prefix, written),
        };
        let own_module = written == "self" && !prefix.is_empty();
        let last = full.rsplit("::").next().unwrap_or(&full);
        let bound = match alias {
            Some("_") => None,
            Some(alias) => Some(alias),
            None => Some(last),
        };
        let leaf = match full.rsplit_once("::") {
            Some((module, item)) if !own_module && !matches!(item, "super" | "self") => {
                Leaf { module, item: Some(item), bound, kind: ImportKind::Item, span }
            }
            _ => Leaf { module: &full, item: None, bound, kind: ImportKind::Module, span },
        };
        self.leaf(&leaf, reexport);
    }

    fn leaf(&mut self, leaf: &Leaf<'_>, reexport: bool) {
        if leaf.module.is_empty() {
            return;
        }
        let bound = leaf.bound.filter(|bound| !matches!(*bound, "self" | "super" | "crate"));
        self.out.import(leaf.module, leaf.item, bound, leaf.kind, 0, reexport, leaf.span);
    }

    /// `extern crate a as b;`
    pub(super) fn extern_crate(&mut self, node: Node<'_>) {
        let Some(name) = child(node, Field::Name) else { return };
        let written = self.out.text(name);
        let module = if written == "self" { "crate" } else { written };
        let alias = child(node, Field::Alias).map(|alias| self.out.text(alias));
        let bound = alias.or(Some(module)).filter(|bound| !matches!(*bound, "_" | "crate"));
        let reexport = is_visible(self, node);
        self.out.import(module, None, bound, ImportKind::Module, 0, reexport, range(name));
    }

    /// `mod x;`
    pub(super) fn module_file(&mut self, node: Node<'_>, attributes: &Attributes<'_>) {
        let Some(name) = child(node, Field::Name) else { return };
        let bound = self.out.text(name);
        let module = match self.path_attribute(attributes) {
            Some(path) => format!("path:{path}"),
            None => format!("self::{bound}"),
        };
        let reexport = is_visible(self, node);
        let kind = ImportKind::Module;
        self.out.import(&module, None, Some(bound), kind, 0, reexport, range(name));
    }
}

/// A path without spaces and without a leading `::`, below `prefix`.
fn joined(prefix: &str, path: &str) -> String {
    let mut full = String::with_capacity(prefix.len() + path.len() + 2);
    full.push_str(prefix);
    for part in path.split("::").map(str::trim).filter(|part| !part.is_empty()) {
        if !full.is_empty() {
            full.push_str("::");
        }
        full.push_str(part);
    }
    full
}

fn origin_of(path: &str) -> Origin {
    let head = path.trim_start_matches("::").split("::").next().unwrap_or("").trim();
    match head {
        "crate" | "self" | "super" => Origin::OwnCrate,
        _ if is_library_crate(head) => Origin::Library,
        _ => Origin::OtherCrate,
    }
}

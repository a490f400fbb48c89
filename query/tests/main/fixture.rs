//! Small worlds to ask: repositories with source, definitions, edges and links, written to a
//! temporary home, published and opened like a real index.

use qf_graph::facts::{DefinitionFlags, ReferenceFlags, Role, SymbolKind};
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{
    EdgeData, FileData, FileFlags, NONE, RepositoryData, SymbolData, UnresolvedData, compress,
};
use qf_graph::words::Stems;
use qf_graph::{Channel, EdgeKind, Snapshot, Tier, Unresolved};
use std::collections::BTreeMap;

/// A world being written down.
#[derive(Default)]
pub struct World {
    repositories: BTreeMap<String, RepositoryData>,
    links: Vec<Link>,
    keys: Vec<Key>,
}

struct Link {
    from: String,
    kind: EdgeKind,
    to: String,
    line: u32,
    channel: Channel,
    key: String,
}

struct Key {
    symbol: String,
    channel: Channel,
    text: String,
    provides: bool,
    line: u32,
}

/// An opened world; its folder lives as long as it does.
pub struct Opened {
    pub snapshot: Snapshot,
    _folder: tempfile::TempDir,
}

impl World {
    /// A file `repo/path` with its source and definitions. A definition is
    /// `kind Qualified.Name first-last flags…`, lines from 1, in source order.
    pub fn file(mut self, path: &str, source: &str, definitions: &[&str]) -> Self {
        let (repo, path) = path.split_once('/').expect("repo/path");
        let data = self.repositories.entry(repo.to_owned()).or_default();
        repo.clone_into(&mut data.name);
        let language = match path.rsplit('.').next() {
            Some("py") => "python",
            Some("ts" | "tsx") => "typescript",
            Some("go") => "go",
            Some("java") => "java",
            Some("sql") => "sql",
            Some("html") => "html",
            Some("yaml") => "yaml",
            _ => "text",
        };
        let test = path.contains("test");
        let file = data.files.len() as u32;
        assert!(data.files.iter().all(|known| known.path.as_str() < path), "files are sorted");
        data.files.push(FileData {
            path: path.to_owned(),
            language: language.to_owned(),
            lines: source.lines().count() as u32,
            size: source.len() as u32,
            flags: FileFlags { test, example: path.contains("examples") },
            hash: [0; 32],
            face: [0; 16],
            text: compress(source),
        });
        let lines = source.lines().count() as u32;
        let module = format!("module <module> 1-{lines}");
        for definition in std::iter::once(module.as_str()).chain(definitions.iter().copied()) {
            let symbol = symbol(data, file, source, definition);
            data.symbols.push(symbol);
        }
        self
    }

    /// An edge inside a repository: `repo:From kind repo:To`, at a line of the source's file.
    pub fn edge(self, from: &str, kind: EdgeKind, to: &str, line: u32) -> Self {
        self.edge_with(from, kind, to, line, Tier::Exact, ReferenceFlags::empty())
    }

    /// An edge with its tier and flags.
    pub fn edge_with(
        mut self,
        from: &str,
        kind: EdgeKind,
        to: &str,
        line: u32,
        tier: Tier,
        flags: ReferenceFlags,
    ) -> Self {
        let (repo, from) = self.find(from);
        let (_, to) = self.find(to);
        let data = self.repositories.get_mut(&repo).expect("a repository");
        data.rules = vec!["rule".to_owned()];
        let file = data.symbols[from as usize].file;
        let edge = EdgeData {
            from,
            kind,
            to,
            file,
            start: 0,
            len: 1,
            line,
            tier,
            rule: 0,
            flags: flags.kept(),
        };
        data.edges.push(edge);
        self
    }

    /// An edge whose reference begins at a byte of the file.
    pub fn edge_at(self, from: &str, kind: EdgeKind, to: &str, line: u32, start: usize) -> Self {
        let (repo, _) = self.find(from);
        let mut world = self.edge(from, kind, to, line);
        let edges = &mut world.repositories.get_mut(&repo).expect("a repository").edges;
        edges.last_mut().expect("just made").start = start as u32;
        world
    }

    /// An edge between repositories through a key.
    pub fn link(
        mut self,
        from: &str,
        kind: EdgeKind,
        to: &str,
        line: u32,
        key: (Channel, &str),
    ) -> Self {
        let side = |symbol: &str, provides| Key {
            symbol: symbol.to_owned(),
            channel: key.0,
            text: key.1.to_owned(),
            provides,
            line,
        };
        self.keys.extend([side(from, false), side(to, true)]);
        self.links.push(Link {
            from: from.to_owned(),
            kind,
            to: to.to_owned(),
            line,
            channel: key.0,
            key: key.1.to_owned(),
        });
        self
    }

    /// A side of a key.
    pub fn side(mut self, symbol: &str, (channel, text): (Channel, &str), provides: bool) -> Self {
        let text = text.to_owned();
        self.keys.push(Key { symbol: symbol.to_owned(), channel, text, provides, line: 1 });
        self
    }

    /// A reference that is bound to nothing.
    pub fn unresolved(
        mut self,
        from: &str,
        role: Role,
        name: &str,
        reason: Unresolved,
        detail: &str,
    ) -> Self {
        let (repo, from) = self.find(from);
        let data = self.repositories.get_mut(&repo).expect("a repository");
        let file = data.symbols[from as usize].file;
        data.unresolved.push(UnresolvedData {
            from,
            file,
            start: data.unresolved.len() as u32,
            line: 1,
            role,
            reason,
            flags: 0,
            name: name.to_owned(),
            detail: detail.to_owned(),
        });
        self
    }

    fn find(&self, name: &str) -> (String, u32) {
        let (repo, qualified) = name.split_once(':').expect("repo:name");
        let data = &self.repositories[repo];
        let (qualified, kind) = qualified.split_once('!').unwrap_or((qualified, ""));
        let at = data
            .symbols
            .iter()
            .position(|symbol| {
                symbol.qualified == qualified && (kind.is_empty() || symbol.kind.name() == kind)
            })
            .unwrap_or_else(|| panic!("no symbol {name}"));
        (repo.to_owned(), at as u32)
    }

    /// Writes, publishes and opens it.
    pub fn open(mut self) -> Opened {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let home = Home::new(folder.path());
        home.create().expect("folders");
        let names: Vec<String> = self.repositories.keys().cloned().collect();
        let position = |repo: &str| names.iter().position(|name| name == repo).expect("known");
        let mut links = LinksData::default();
        for link in &self.links {
            let ((from_repo, from), (to_repo, to)) = (self.find(&link.from), self.find(&link.to));
            links.links.push(LinkData {
                from_repository: position(&from_repo) as u32,
                from,
                to_repository: position(&to_repo) as u32,
                to,
                kind: link.kind,
                tier: Tier::Exact,
                channel: link.channel,
                key: link.key.clone(),
                rule: "key".to_owned(),
                file: self.repositories[&from_repo].symbols[from as usize].file,
                line: link.line,
                start: 0,
                len: 1,
                flags: 0,
            });
        }
        for key in &self.keys {
            let (repo, symbol) = self.find(&key.symbol);
            links.keys.push(KeyData {
                channel: key.channel,
                text: key.text.clone(),
                provides: key.provides,
                repository: position(&repo) as u32,
                symbol,
                file: self.repositories[&repo].symbols[symbol as usize].file,
                line: key.line,
                rule: "key".to_owned(),
            });
        }
        let mut manifest = Manifest::default();
        for (name, data) in &mut self.repositories {
            postings(data);
            let segment = format!("{name}.seg");
            write_atomically(&home.segments().join(&segment), &data.serialize()).expect("written");
            manifest.repositories.push(RepositoryEntry {
                name: name.clone(),
                root: format!("/src/{name}"),
                segment,
                facts: String::new(),
                revision: Some("0".repeat(40)),
                branch: None,
                nearest: None,
                compiler: None,
            });
        }
        write_atomically(&home.segments().join("links.seg"), &links.to_bytes()).expect("written");
        manifest.links = Some("links.seg".to_owned());
        manifest.publish(&home).expect("published");
        let snapshot = Snapshot::open(&home).expect("opened");
        assert_eq!(snapshot.damaged(), [] as [String; 0]);
        Opened { snapshot, _folder: folder }
    }
}

fn symbol(data: &RepositoryData, file: u32, source: &str, definition: &str) -> SymbolData {
    let mut words = definition.split(' ');
    let kind = words.next().expect("a kind").replace('_', " ");
    let kind = SymbolKind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .unwrap_or_else(|| panic!("no kind {kind}"));
    let qualified = words.next().expect("a name").to_owned();
    let range = words.next().expect("lines");
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last): (u32, u32) = (first.parse().expect("line"), last.parse().expect("line"));
    let mut flags = DefinitionFlags::empty();
    let mut doc = None;
    for word in words {
        match word {
            "test" => flags |= DefinitionFlags::TEST,
            "exported" => flags |= DefinitionFlags::EXPORTED,
            "abstract" => flags |= DefinitionFlags::ABSTRACT,
            "setter" => flags |= DefinitionFlags::SETTER,
            "property" => flags |= DefinitionFlags::PROPERTY,
            other => doc = Some(other.replace('_', " ")),
        }
    }
    let name = qualified.rsplit('.').next().unwrap_or(&qualified).to_owned();
    let parent = qualified.rsplit_once('.').and_then(|(outer, _)| {
        data.symbols.iter().position(|known| known.file == file && known.qualified == outer)
    });
    let module = data.symbols.iter().position(|known| known.file == file);
    let parent = parent.or(module).map_or(NONE, |at| at as u32);
    let offset = |line: u32| -> usize {
        source.split_inclusive('\n').take(line as usize - 1).map(str::len).sum()
    };
    let start = offset(first);
    let header = source[start..].lines().next().unwrap_or("");
    SymbolData {
        name_start: (start + header.find(&name).unwrap_or(0)) as u32,
        signature_end: (start + header.trim_end_matches([':', '{', ' ']).len()) as u32,
        name,
        qualified,
        kind,
        flags,
        file,
        parent,
        start: start as u32,
        end: offset(last + 1) as u32,
        line: first,
        first_line: first,
        last_line: last,
        doc,
    }
}

fn postings(data: &mut RepositoryData) {
    let stems = Stems::default();
    for (at, symbol) in data.symbols.iter().enumerate() {
        let text = format!("{} {}", symbol.qualified, symbol.doc.as_deref().unwrap_or(""));
        let words = qf_graph::words::split(&text);
        data.search.lengths.push(16 * words.len() as u32);
        for word in words {
            data.search.postings.push((stems.term(&word), at as u32, 16));
        }
    }
    data.search.postings.sort_unstable();
    data.search.postings.dedup_by_key(|(term, symbol, _)| (*term, *symbol));
}

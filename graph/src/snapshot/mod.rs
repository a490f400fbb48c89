//! One published generation, open for reading.
//!
//! A snapshot gives every repository's rows one dense numbering (`SymbolId`, `FileId`) by adding
//! a base per repository, and joins their edges with the links between repositories, so that a
//! traversal does not notice where one repository ends. It holds maps of files that never change:
//! re-indexing meanwhile does not disturb it.
//!
//! A damaged segment costs its repository, not the answer: it is left out and listed in
//! [`Snapshot::damaged`].

mod edges;
mod search;
mod walk;

pub use edges::EdgeId;
pub use search::Hit;
pub use walk::{Direction, Reached, Walk};

use crate::edge::{EdgeKind, Tier, Unresolved};
use crate::embed::Embedder;
use crate::facts::{DefinitionFlags, ReferenceFlags, Role, SymbolKind};
use crate::history::History;
use crate::id::{FileId, RepoId, SymbolId};
use crate::key::Channel;
use crate::store::links::{DriftData, DriftKind, KeyData, LinkData, LinksData};
use crate::store::manifest::{Manifest, Measured, RepositoryEntry};
use crate::store::nearest::NearestIndex;
use crate::store::repository::{Counts, Repository};
use crate::store::view::View;
use crate::store::{Home, StoreError};
use rustc_hash::FxHashMap;
use std::any::{Any, TypeId};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

/// One published generation.
pub struct Snapshot {
    home: Home,
    manifest: Manifest,
    repositories: Vec<Open>,
    symbol_base: Vec<u32>,
    file_base: Vec<u32>,
    links: Vec<Link>,
    /// Positions in `links`, ordered by source and by target.
    links_out: Vec<u32>,
    links_in: Vec<u32>,
    keys: Vec<Key>,
    drifts: Vec<Drift>,
    damaged: Vec<String>,
    /// What turns questions into vectors; the built-in table when there is none.
    embedder: Option<Arc<dyn Embedder>>,
    /// Version control, where somebody has it at hand.
    history: Option<Arc<dyn History>>,
    /// What readers computed once from it, by type.
    computed: Mutex<FxHashMap<TypeId, Computed>>,
    /// Why a search compared words only.
    search_problem: Mutex<Option<String>>,
    /// The last text that was asked for: evidence lines of one file come together.
    text: Mutex<Option<(FileId, Arc<str>)>>,
    /// Which symbols are modules, for searches.
    modules: OnceLock<Vec<search::Modules>>,
    /// What the words of the last searched text found.
    lexical: Mutex<Option<(String, Arc<search::Lexical>)>>,
}

/// A value that the first who asks for it makes, while others may ask for others.
type Computed = Arc<OnceLock<Arc<dyn Any + Send + Sync>>>;

struct Open {
    entry: usize,
    repository: Repository,
    /// Opened by the first search that needs it; `None` inside when it is damaged.
    nearest: OnceLock<Option<NearestIndex>>,
}

struct Link {
    from: SymbolId,
    to: SymbolId,
    file: FileId,
    data: LinkData,
}

/// One side of a key, with ids of the snapshot.
#[derive(Debug, Clone)]
pub struct Key {
    /// Channel.
    pub channel: Channel,
    /// Normalised text.
    pub text: String,
    /// Provided or required.
    pub provides: bool,
    /// The symbol it belongs to.
    pub symbol: SymbolId,
    /// File.
    pub file: FileId,
    /// Line.
    pub line: u32,
    /// The rule that found it.
    pub rule: String,
}

/// A place where the two sides of a key do not agree.
#[derive(Debug, Clone)]
pub struct Drift {
    /// What is wrong.
    pub kind: DriftKind,
    /// The symbol that asks.
    pub symbol: SymbolId,
    /// Its file.
    pub file: FileId,
    /// The line that asks.
    pub line: u32,
    /// The key that is asked for.
    pub key: String,
    /// The symbol that answers, or the nearest to it.
    pub to: SymbolId,
    /// What it has instead: methods, the field, the version.
    pub has: String,
}

/// An edge of the snapshot with its evidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge<'s> {
    /// Source.
    pub from: SymbolId,
    /// Target.
    pub to: SymbolId,
    /// Kind.
    pub kind: EdgeKind,
    /// How it was established.
    pub tier: Tier,
    /// The rule that made it.
    pub rule: &'s str,
    /// Properties of a write.
    pub flags: ReferenceFlags,
    /// File of the evidence.
    pub file: FileId,
    /// Line of the evidence.
    pub line: u32,
    /// First byte of the evidence.
    pub start: u32,
    /// Its length.
    pub len: u32,
    /// The key it goes through, when it joins repositories (or goes over a wire).
    pub key: Option<(Channel, &'s str)>,
}

/// A reference that is bound to nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct UnresolvedReference {
    /// The function, type or module that holds it.
    pub from: SymbolId,
    /// The name.
    pub name: String,
    /// What it does with it.
    pub role: Role,
    /// Properties.
    pub flags: ReferenceFlags,
    /// Why it is not bound.
    pub reason: Unresolved,
    /// What is known of it.
    pub detail: String,
    /// File.
    pub file: FileId,
    /// Line.
    pub line: u32,
}

impl Snapshot {
    /// Opens what is published. Fails only when there is no readable manifest.
    pub fn open(home: &Home) -> Result<Self, StoreError> {
        Self::open_by(home, &|| Manifest::read(home))
    }

    /// Opens the view in a file of `revisions/`.
    pub fn open_view(home: &Home, path: &Path) -> Result<Self, StoreError> {
        Self::open_by(home, &|| Manifest::read_view(home, path))
    }

    fn open_by(
        home: &Home,
        read: &dyn Fn() -> Result<Manifest, StoreError>,
    ) -> Result<Self, StoreError> {
        // A writer may publish and collect garbage between our reading the manifest and our
        // opening its files; then the next manifest names files that exist. Every further try
        // means that one more generation was published meanwhile.
        let which =
            |manifest: &Manifest| (manifest.generation, manifest.published, manifest.links.clone());
        let mut manifest = read()?;
        for _ in 0..1_000 {
            let opened = which(&manifest);
            let snapshot = Self::assemble(home, manifest);
            if snapshot.damaged.is_empty() {
                return Ok(snapshot);
            }
            manifest = read()?;
            if which(&manifest) == opened {
                return Ok(snapshot);
            }
        }
        Ok(Self::assemble(home, manifest))
    }

    fn assemble(home: &Home, manifest: Manifest) -> Self {
        let mut repositories = Vec::new();
        let mut damaged: Vec<String> = manifest.recovered.iter().cloned().collect();
        let (mut symbol_base, mut file_base) = (vec![0u32], vec![0u32]);
        // Position in the manifest → position among those that could be opened.
        let mut position = vec![None; manifest.repositories.len()];
        for (index, entry) in manifest.repositories.iter().enumerate() {
            match Repository::open(&home.segments().join(&entry.segment)) {
                Ok(repository) => {
                    position[index] = Some(repositories.len());
                    symbol_base.push(symbol_base[repositories.len()] + repository.symbols());
                    file_base.push(file_base[repositories.len()] + repository.files());
                    repositories.push(Open { entry: index, repository, nearest: OnceLock::new() });
                }
                Err(error) => {
                    damaged.push(format!("segment of repository `{}`: {error}", entry.name));
                }
            }
        }
        let data = match &manifest.links {
            None => LinksData::default(),
            Some(name) => LinksData::open(&home.segments().join(name)).unwrap_or_else(|error| {
                damaged.push(format!("links between repositories: {error}"));
                LinksData::default()
            }),
        };
        let mut snapshot = Self {
            home: home.clone(),
            manifest,
            repositories,
            symbol_base,
            file_base,
            links: Vec::new(),
            links_out: Vec::new(),
            links_in: Vec::new(),
            keys: Vec::new(),
            drifts: Vec::new(),
            damaged,
            embedder: None,
            history: None,
            computed: Mutex::new(FxHashMap::default()),
            search_problem: Mutex::new(None),
            text: Mutex::new(None),
            modules: OnceLock::new(),
            lexical: Mutex::new(None),
        };
        snapshot.add_links(data, &position);
        snapshot
    }

    fn add_links(&mut self, data: LinksData, position: &[Option<usize>]) {
        let open = |index: u32| position.get(index as usize).copied().flatten();
        for link in data.links {
            let (Some(from), Some(to)) = (open(link.from_repository), open(link.to_repository))
            else {
                continue;
            };
            self.links.push(Link {
                from: SymbolId(self.symbol_base[from] + link.from),
                to: SymbolId(self.symbol_base[to] + link.to),
                file: FileId(self.file_base[from] + link.file),
                data: link,
            });
        }
        for key in data.keys {
            let KeyData { channel, text, provides, repository, symbol, file, line, rule } = key;
            let Some(index) = open(repository) else { continue };
            let symbol = SymbolId(self.symbol_base[index] + symbol);
            let file = FileId(self.file_base[index] + file);
            self.keys.push(Key { channel, text, provides, symbol, file, line, rule });
        }
        for drift in data.drifts {
            let DriftData { kind, repository, symbol, file, line, key, to_repository, to, has } =
                drift;
            let (Some(index), Some(other)) = (open(repository), open(to_repository)) else {
                continue;
            };
            let symbol = SymbolId(self.symbol_base[index] + symbol);
            let file = FileId(self.file_base[index] + file);
            let to = SymbolId(self.symbol_base[other] + to);
            self.drifts.push(Drift { kind, symbol, file, line, key, to, has });
        }
        let mut order: Vec<u32> = (0..self.links.len() as u32).collect();
        order.sort_by_key(|at| (self.links[*at as usize].from, *at));
        self.links_out.clone_from(&order);
        order.sort_by_key(|at| (self.links[*at as usize].to, *at));
        self.links_in = order;
    }

    /// The workspace's folders.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Of which commit it is, when it is a view.
    pub fn view(&self) -> Option<&View> {
        self.manifest.view.as_ref()
    }

    /// Number of the published generation; of a view that of what it was made beside.
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// When it was published, in seconds since 1970.
    pub fn published(&self) -> u64 {
        self.manifest.published
    }

    /// How often edges of tiers are right, by language, as measured for the binary that made the index.
    pub fn measured(&self) -> &Measured {
        &self.manifest.measured
    }

    /// The measured share of right edges of a tier in a language; `None` when too few were judged.
    pub fn precision(&self, language: &str, tier: Tier) -> Option<f64> {
        self.manifest.measured.get(language)?.get(tier.name())?.precision()
    }

    /// What could not be opened, as messages for people.
    pub fn damaged(&self) -> &[String] {
        &self.damaged
    }

    /// Names the model for questions. Vectors of other models are not compared with it.
    pub fn set_embedder(&mut self, embedder: Option<Arc<dyn Embedder>>) {
        self.embedder = embedder;
    }

    /// What a reader computed from this snapshot once, kept for its next question. A snapshot never
    /// changes, so neither does what follows from it.
    pub fn cached<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> Arc<T> {
        // The table is free while a value is made: making it may need another one, and so may others.
        let cell = {
            let lock = self.computed.lock();
            let mut computed = lock.unwrap_or_else(std::sync::PoisonError::into_inner);
            computed.entry(TypeId::of::<T>()).or_default().clone()
        };
        let value = cell.get_or_init(|| Arc::new(make())).clone();
        // The table is by type, so this is one; were it not, it would be made for this caller alone.
        value.downcast::<T>().unwrap_or_else(|_| Arc::new(make()))
    }

    /// Says who can read version control.
    pub fn set_history(&mut self, history: Arc<dyn History>) {
        self.history = Some(history);
    }

    /// Version control, where somebody has it at hand.
    pub fn history(&self) -> Option<&dyn History> {
        self.history.as_deref()
    }

    // ---- repositories ---------------------------------------------------------------------

    /// Every repository.
    pub fn repositories(&self) -> impl Iterator<Item = RepoId> + use<> {
        (0..self.repositories.len() as u32).map(RepoId)
    }

    /// A repository's entry in the manifest: name, root, revision.
    pub fn entry(&self, repository: RepoId) -> &RepositoryEntry {
        &self.manifest.repositories[self.repositories[repository.index()].entry]
    }

    /// A repository's name.
    pub fn repository_name(&self, repository: RepoId) -> &str {
        &self.entry(repository).name
    }

    /// The repository called `name`.
    pub fn repository_named(&self, name: &str) -> Option<RepoId> {
        self.repositories().find(|repository| self.repository_name(*repository) == name)
    }

    /// A repository's counts.
    pub fn counts(&self, repository: RepoId) -> &Counts {
        self.repositories[repository.index()].repository.counts()
    }

    /// A repository's segment, for its own columns.
    pub fn segment(&self, repository: RepoId) -> &Repository {
        &self.repositories[repository.index()].repository
    }

    // ---- files ----------------------------------------------------------------------------

    /// Number of files.
    pub fn file_count(&self) -> u32 {
        self.file_base.last().copied().unwrap_or(0)
    }

    /// Every file, by repository and path.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.file_count()).map(FileId)
    }

    /// The repository of a file.
    pub fn file_repository(&self, file: FileId) -> RepoId {
        RepoId(self.file_base.partition_point(|base| *base <= file.0) as u32 - 1)
    }

    fn file_at(&self, file: FileId) -> (&Repository, u32) {
        let repository = self.file_repository(file);
        (
            &self.repositories[repository.index()].repository,
            file.0 - self.file_base[repository.index()],
        )
    }

    /// Path of a file below its repository's root.
    pub fn path(&self, file: FileId) -> &str {
        let (repository, local) = self.file_at(file);
        repository.string(repository.file_path(local))
    }

    /// `repository/path` of a file: how it is printed.
    pub fn display_path(&self, file: FileId) -> String {
        format!("{}/{}", self.repository_name(self.file_repository(file)), self.path(file))
    }

    /// Language of a file.
    pub fn language(&self, file: FileId) -> &str {
        let (repository, local) = self.file_at(file);
        repository.string(repository.file_language(local))
    }

    /// Hash of a file's content; `None` when that part of the segment is damaged.
    pub fn content_hash(&self, file: FileId) -> Option<[u8; 32]> {
        let (repository, local) = self.file_at(file);
        repository.file_hash(local)
    }

    /// Number of lines of a file.
    pub fn file_lines(&self, file: FileId) -> u32 {
        let (repository, local) = self.file_at(file);
        repository.file_lines(local)
    }

    /// Whether a file is test code.
    pub fn is_test_file(&self, file: FileId) -> bool {
        let (repository, local) = self.file_at(file);
        repository.file_flags(local).test
    }

    /// Whether a file is an example, benchmark or documentation.
    pub fn is_example_file(&self, file: FileId) -> bool {
        let (repository, local) = self.file_at(file);
        repository.file_flags(local).example
    }

    /// The file at `path` of a repository.
    pub fn file_named(&self, repository: RepoId, path: &str) -> Option<FileId> {
        let segment = self.segment(repository);
        let (mut low, mut high) = (0, segment.files());
        while low < high {
            let middle = u32::midpoint(low, high);
            if segment.string(segment.file_path(middle)) < path {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low < segment.files() && segment.string(segment.file_path(low)) == path)
            .then(|| FileId(self.file_base[repository.index()] + low))
    }

    /// The stored text of a file; empty when that part of the segment is damaged.
    pub fn text(&self, file: FileId) -> Arc<str> {
        let mut last = self.text.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((cached, text)) = last.as_ref().filter(|(cached, _)| *cached == file) {
            debug_assert_eq!(*cached, file);
            return text.clone();
        }
        let (repository, local) = self.file_at(file);
        let text: Arc<str> = repository.text(local).unwrap_or_default().into();
        *last = Some((file, text.clone()));
        text
    }

    /// One line of a file (1-based), without its line end.
    pub fn line(&self, file: FileId, line: u32) -> String {
        let text = self.text(file);
        text.lines().nth((line.max(1) - 1) as usize).unwrap_or("").to_owned()
    }

    /// Symbols of a file, in source order.
    pub fn symbols_of_file(&self, file: FileId) -> impl Iterator<Item = SymbolId> + use<> {
        let repository = self.file_repository(file);
        let base = self.symbol_base[repository.index()];
        let (segment, local) = self.file_at(file);
        segment.symbols_of_file(local).map(move |symbol| SymbolId(base + symbol))
    }

    /// The innermost symbol around a line (1-based) of a file.
    pub fn symbol_at(&self, file: FileId, line: u32) -> Option<SymbolId> {
        self.symbols_of_file(file)
            .filter(|symbol| {
                let (first, _, last) = self.lines(*symbol);
                first <= line && line <= last
            })
            .min_by_key(|symbol| {
                let (first, _, last) = self.lines(*symbol);
                (last - first, std::cmp::Reverse(symbol.0))
            })
    }

    // ---- symbols --------------------------------------------------------------------------

    /// Number of symbols.
    pub fn symbol_count(&self) -> u32 {
        self.symbol_base.last().copied().unwrap_or(0)
    }

    /// Every symbol.
    pub fn symbols(&self) -> impl Iterator<Item = SymbolId> + use<> {
        (0..self.symbol_count()).map(SymbolId)
    }

    /// Symbols of a repository.
    pub fn symbols_of(&self, repository: RepoId) -> impl Iterator<Item = SymbolId> + use<> {
        (self.symbol_base[repository.index()]..self.symbol_base[repository.index() + 1])
            .map(SymbolId)
    }

    /// The repository of a symbol.
    pub fn repository_of(&self, symbol: SymbolId) -> RepoId {
        RepoId(self.symbol_base.partition_point(|base| *base <= symbol.0) as u32 - 1)
    }

    #[inline]
    fn at(&self, symbol: SymbolId) -> (&Repository, u32, u32) {
        let index = self.symbol_base.partition_point(|base| *base <= symbol.0) - 1;
        (
            &self.repositories[index].repository,
            symbol.0 - self.symbol_base[index],
            self.symbol_base[index],
        )
    }

    /// Last name of a symbol.
    pub fn name(&self, symbol: SymbolId) -> &str {
        let (repository, local, _) = self.at(symbol);
        repository.string(repository.symbol_name(local))
    }

    /// Qualified name of a symbol (`Ledger.apply`); of a file's module symbol `<module>`.
    pub fn qualified_name(&self, symbol: SymbolId) -> &str {
        let (repository, local, _) = self.at(symbol);
        repository.string(repository.symbol_qualified(local))
    }

    /// Kind of a symbol.
    pub fn kind(&self, symbol: SymbolId) -> SymbolKind {
        let (repository, local, _) = self.at(symbol);
        repository.symbol_kind(local)
    }

    /// Properties of a symbol.
    pub fn flags(&self, symbol: SymbolId) -> DefinitionFlags {
        let (repository, local, _) = self.at(symbol);
        repository.symbol_flags(local)
    }

    /// Whether a symbol is a test or stands in test code.
    pub fn is_test(&self, symbol: SymbolId) -> bool {
        self.flags(symbol).contains(DefinitionFlags::TEST) || self.is_test_file(self.file(symbol))
    }

    /// File of a symbol.
    pub fn file(&self, symbol: SymbolId) -> FileId {
        let index = self.repository_of(symbol).index();
        let (repository, local, _) = self.at(symbol);
        FileId(self.file_base[index] + repository.symbol_file(local))
    }

    /// First line (decorators included), line of the name, last line of a symbol.
    pub fn lines(&self, symbol: SymbolId) -> (u32, u32, u32) {
        let (repository, local, _) = self.at(symbol);
        (
            repository.symbol_first_line(local),
            repository.symbol_line(local),
            repository.symbol_last_line(local),
        )
    }

    /// Byte range of a symbol in its file.
    pub fn bytes(&self, symbol: SymbolId) -> (u32, u32) {
        let (repository, local, _) = self.at(symbol);
        (repository.symbol_start(local), repository.symbol_end(local))
    }

    /// First byte of a symbol's name.
    pub fn name_start(&self, symbol: SymbolId) -> u32 {
        let (repository, local, _) = self.at(symbol);
        repository.symbol_name_start(local)
    }

    /// Enclosing symbol.
    pub fn parent(&self, symbol: SymbolId) -> Option<SymbolId> {
        let (repository, local, base) = self.at(symbol);
        repository.symbol_parent(local).map(|parent| SymbolId(base + parent))
    }

    /// Symbols directly inside a symbol.
    pub fn children(&self, symbol: SymbolId) -> impl Iterator<Item = SymbolId> + '_ {
        let (repository, local, base) = self.at(symbol);
        repository.children(local).iter().map(move |child| SymbolId(base + child))
    }

    /// Documentation of a symbol.
    pub fn doc(&self, symbol: SymbolId) -> Option<&str> {
        let (repository, local, _) = self.at(symbol);
        repository.symbol_doc(local)
    }

    /// Header of a symbol in one line, as written: from its name's line to the start of its body.
    pub fn signature(&self, symbol: SymbolId) -> String {
        let (repository, local, _) = self.at(symbol);
        let text = self.text(self.file(symbol));
        let name = repository.symbol_name_start(local) as usize;
        let end = repository.symbol_signature_end(local) as usize;
        let start = text.get(..name).and_then(|head| head.rfind('\n')).map_or(0, |at| at + 1);
        let header = text.get(start..end.max(name)).unwrap_or("");
        header.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Symbols whose last name is `name`, case ignored, in symbol order.
    pub fn named(&self, name: &str) -> Vec<SymbolId> {
        let lower = name.to_lowercase();
        let mut found = Vec::new();
        for (open, base) in self.repositories.iter().zip(&self.symbol_base) {
            found.extend(open.repository.named(&lower).iter().map(|local| SymbolId(base + local)));
        }
        found.sort_unstable();
        found
    }

    /// The different names that begin with `prefix`, case ignored: the first `most` of them in the
    /// order of their lower-case form.
    pub fn names_beginning(&self, prefix: &str, most: usize) -> Vec<&str> {
        let lower = prefix.to_lowercase();
        let mut found: BTreeSet<(String, &str)> = BTreeSet::new();
        for open in &self.repositories {
            let repository = &open.repository;
            let mut own: BTreeSet<(String, &str)> = BTreeSet::new();
            let mut last = u32::MAX;
            for symbol in repository.beginning(&lower) {
                let name = repository.symbol_name(*symbol);
                // What has many definitions has them side by side.
                if name != last {
                    last = name;
                    let text = repository.string(name);
                    own.insert((text.to_lowercase(), text));
                    if own.len() == most {
                        break;
                    }
                }
            }
            found.append(&mut own);
        }
        found.into_iter().take(most).map(|(_, name)| name).collect()
    }

    /// Every different name of the snapshot, with how many symbols have it; for near-miss
    /// suggestions.
    pub fn each_name(&self, mut each: impl FnMut(&str, u32)) {
        for open in &self.repositories {
            let repository = &open.repository;
            let mut last = (u32::MAX, 0);
            for symbol in repository.by_name() {
                let name = repository.symbol_name(*symbol);
                if name != last.0 {
                    if last.1 > 0 {
                        each(repository.string(last.0), last.1);
                    }
                    last = (name, 0);
                }
                last.1 += 1;
            }
            if last.1 > 0 {
                each(repository.string(last.0), last.1);
            }
        }
    }

    /// A stable name in SCIP's grammar: `scheme manager package version descriptors`. Of several
    /// functions of one name in one place, the second has `(+1)` for `()`, and so on.
    pub fn moniker(&self, symbol: SymbolId) -> String {
        self.moniker_with(symbol, |symbol| {
            let Some(parent) = self.parent(symbol) else { return 0 };
            let same = |other: &SymbolId| {
                *other < symbol
                    && self.kind(*other).is_callable()
                    && self.name(*other) == self.name(symbol)
            };
            self.children(parent).filter(same).count() as u32
        })
    }

    /// [`Snapshot::moniker`], where it is known how many functions of its name a function has before
    /// it: asking for every symbol of a file would compare all with all.
    pub fn moniker_with(&self, symbol: SymbolId, before: impl Fn(SymbolId) -> u32) -> String {
        let file = self.file(symbol);
        let mut chain = Vec::new();
        let mut at = Some(symbol);
        while let Some(current) = at {
            chain.push(current);
            at = self.parent(current);
        }
        let repository = self.repository_name(self.repository_of(symbol));
        let mut moniker = format!("qf . {} . ", repository.replace(' ', "  "));
        for part in self.path(file).split('/') {
            moniker += &escape(part);
            moniker.push('/');
        }
        for current in chain.into_iter().rev() {
            let name = escape(self.name(current));
            moniker += &match self.kind(current) {
                SymbolKind::Module => continue,
                SymbolKind::Namespace | SymbolKind::Section => format!("{name}/"),
                kind if kind.is_type() || kind == SymbolKind::Table => format!("{name}#"),
                SymbolKind::TypeAlias => format!("{name}#"),
                SymbolKind::Macro => format!("{name}!"),
                kind if kind.is_callable() => match before(current) {
                    0 => format!("{name}()."),
                    number => format!("{name}(+{number})."),
                },
                _ => format!("{name}."),
            };
        }
        moniker
    }

    // ---- what is bound to nothing -----------------------------------------------------------

    /// References that leave a symbol and are bound to nothing.
    pub fn unresolved_of(&self, symbol: SymbolId) -> Vec<UnresolvedReference> {
        let repository_id = self.repository_of(symbol);
        let (repository, local, _) = self.at(symbol);
        repository
            .unresolved_of(local)
            .filter_map(|row| self.unresolved_row(repository_id, row))
            .collect()
    }

    /// All references of a repository that are bound to nothing.
    pub fn unresolved(&self, repository: RepoId) -> impl Iterator<Item = UnresolvedReference> + '_ {
        let rows = self.segment(repository).unresolved();
        (0..rows).filter_map(move |row| self.unresolved_row(repository, row))
    }

    /// Role, reason and file of every reference of a repository that is bound to nothing. Unlike
    /// [`Snapshot::unresolved`] this makes no copies: it is for counting.
    pub fn unresolved_reasons(
        &self,
        repository: RepoId,
    ) -> impl Iterator<Item = (Role, Unresolved, FileId)> + '_ {
        let base = self.file_base[repository.index()];
        self.segment(repository)
            .unresolved_reasons()
            .map(move |(role, reason, file)| (role, reason, FileId(base + file)))
    }

    /// How many references to `name` in a role are bound to nothing. Unlike a loop over
    /// [`Snapshot::unresolved`] this makes no copies.
    pub fn count_unresolved(&self, name: &str, role: Role) -> usize {
        let mut count = 0;
        for Open { repository, .. } in &self.repositories {
            let names = repository.segment().numbers("unr.name").unwrap_or(&[]);
            let metas = repository.segment().numbers("unr.meta").unwrap_or(&[]);
            // A string is stored once, so its id decides once it is known.
            let mut known = None;
            for (meta, id) in metas.iter().zip(names) {
                if *meta as u8 != role as u8 {
                    continue;
                }
                if known.is_none() && repository.string(*id) == name {
                    known = Some(*id);
                }
                count += usize::from(known == Some(*id));
            }
        }
        count
    }

    /// How many references of a role are bound to nothing, by name: for many names at once.
    pub fn unresolved_counts(&self, role: Role) -> FxHashMap<&str, usize> {
        let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
        for Open { repository, .. } in &self.repositories {
            let names = repository.segment().numbers("unr.name").unwrap_or(&[]);
            let metas = repository.segment().numbers("unr.meta").unwrap_or(&[]);
            for (_, id) in metas.iter().zip(names).filter(|(meta, _)| **meta as u8 == role as u8) {
                *counts.entry(repository.string(*id)).or_default() += 1;
            }
        }
        counts
    }

    /// Properties of every symbol, and whether it stands in test code, for loops over many
    /// symbols: one pass over two columns, made once, instead of several look-ups a symbol.
    pub fn all_flags(&self) -> Arc<AllFlags> {
        self.cached(|| AllFlags(self.read_flags()))
    }

    fn read_flags(&self) -> Vec<(DefinitionFlags, bool)> {
        let mut out = Vec::with_capacity(self.symbol_count() as usize);
        for Open { repository, .. } in &self.repositories {
            let kinds = repository.segment().numbers("sym.kind").unwrap_or(&[]);
            let files = repository.segment().numbers("sym.file").unwrap_or(&[]);
            let tests: Vec<bool> =
                (0..repository.files()).map(|file| repository.file_flags(file).test).collect();
            out.extend(kinds.iter().zip(files).map(|(bits, file)| {
                let flags = DefinitionFlags::from_bits_truncate(bits >> 8);
                let beside = tests.get(*file as usize).copied().unwrap_or(false);
                (flags, beside || flags.contains(DefinitionFlags::TEST))
            }));
        }
        out
    }

    fn unresolved_row(&self, repository: RepoId, row: u32) -> Option<UnresolvedReference> {
        let data = self.segment(repository).unresolved_row(row)?;
        Some(UnresolvedReference {
            from: SymbolId(self.symbol_base[repository.index()] + data.from),
            name: data.name,
            role: data.role,
            flags: ReferenceFlags::from_bits_truncate(u16::from(data.flags)),
            reason: data.reason,
            detail: data.detail,
            file: FileId(self.file_base[repository.index()] + data.file),
            line: data.line,
        })
    }
}

/// See [`Snapshot::all_flags`]; by symbol.
#[derive(Debug)]
pub struct AllFlags(Vec<(DefinitionFlags, bool)>);

impl std::ops::Deref for AllFlags {
    type Target = [(DefinitionFlags, bool)];
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// Escapes a descriptor's name as SCIP asks: back-ticks around anything but `[A-Za-z0-9_+$-]`.
fn escape(name: &str) -> String {
    let simple = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '-' | '$'));
    if simple { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

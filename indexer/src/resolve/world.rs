//! Everything that can be named, in one index over all files of all repositories.

use super::includes::Stars;
use crate::languages::{LANGUAGES, Language, Semantics};
use crate::layout::Layout;
use qf_graph::facts::{
    Binding, BindingValue, Definition, DefinitionId, Expression, ExpressionId, FileFacts,
    ImportKind, Name, ScopeId, ScopeKind, SymbolKind,
};
use qf_graph::store::repository::FileFlags;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// One file with its facts.
pub struct SourceFacts {
    /// Path below the repository's root.
    pub path: String,
    /// Its language.
    pub language: &'static dyn Language,
    /// Its facts.
    pub facts: FileFacts,
    /// Test or example code.
    pub flags: FileFlags,
}

/// One repository with the facts of its files, sorted by path.
pub struct RepositoryFacts {
    /// Paths and manifests.
    pub layout: Layout,
    /// Files, sorted by path.
    pub files: Vec<SourceFacts>,
}

/// A name, interned over all files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(pub u32);

/// A definition of any file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefinitionRef {
    /// Position in [`World::files`].
    pub file: u32,
    /// Row of that file.
    pub definition: DefinitionId,
}

/// A scope of any file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeRef {
    /// Position in [`World::files`].
    pub file: u32,
    /// Row of that file.
    pub scope: ScopeId,
}

/// A namespace that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamespaceId(pub u32);

/// A namespace: the scopes that are found under one key.
pub struct Namespace {
    /// Its key's text.
    pub key: String,
    /// Repository it is in.
    pub repository: u32,
    /// Scopes, in file order; none for a folder of modules that has no file of its own.
    pub scopes: Vec<ScopeRef>,
    /// A file that is in it or below it.
    pub file: u32,
    /// Language family whose imports can name it.
    pub family: &'static str,
    /// Where there are many scopes: what they bind, as word and position in `scopes`, sorted.
    words: Vec<(Word, u32)>,
}

/// Words that the resolver looks for of its own accord.
const OWN_WORDS: [&str; 7] =
    ["__aenter__", "__call__", "__enter__", "__getitem__", "__iter__", "__next__", "export="];

/// From so many scopes on, a look at each of them costs more than the index of their words.
const MANY_SCOPES: usize = 8;

/// One file in the world's index.
pub struct FileIndex<'w> {
    /// Repository it is in.
    pub repository: u32,
    /// Position in its repository.
    pub position: u32,
    /// The file.
    pub source: &'w SourceFacts,
    /// Rules of its language.
    pub semantics: &'static dyn Semantics,
    /// Word of each interned name.
    pub words: Vec<Word>,
    /// Binding rows sorted by scope, word, position.
    bindings: Vec<(ScopeId, Word, u32)>,
    /// Import rows of star imports by scope.
    pub stars: Vec<(ScopeId, u32)>,
    /// Namespaces that each scope belongs to.
    pub namespaces: Vec<(ScopeId, NamespaceId)>,
    /// Explicit exports by word.
    pub exports: Vec<(Word, ExpressionId)>,
}

impl<'w> FileIndex<'w> {
    /// The file's facts.
    #[inline]
    pub fn facts(&self) -> &'w FileFacts {
        &self.source.facts
    }

    /// Bindings of a word in a scope itself.
    pub fn bindings(&self, scope: ScopeId, word: Word) -> impl Iterator<Item = &'w Binding> + '_ {
        let start = self.bindings.partition_point(|(s, w, _)| (*s, *w) < (scope, word));
        self.bindings[start..]
            .iter()
            .take_while(move |(s, w, _)| *s == scope && *w == word)
            .map(|(_, _, row)| &self.facts().bindings[*row as usize])
    }

    /// Words bound in a scope itself, with one binding row each. Their order is that of words, which
    /// is that of the files that happen to be looked at together: nothing may follow from it.
    pub fn words_of(&self, scope: ScopeId) -> impl Iterator<Item = (Word, u32)> + '_ {
        let start = self.bindings.partition_point(|(s, _, _)| *s < scope);
        self.bindings[start..]
            .iter()
            .take_while(move |(s, _, _)| *s == scope)
            .map(|(_, word, row)| (*word, *row))
    }

    /// The same in source order.
    pub fn rows_of(&self, scope: ScopeId) -> Vec<(Word, u32)> {
        let mut rows: Vec<(Word, u32)> = self.words_of(scope).collect();
        rows.sort_unstable_by_key(|(_, row)| *row);
        rows
    }

    /// Word of a name of this file.
    #[inline]
    pub fn word(&self, name: Name) -> Word {
        self.words.get(name.index()).copied().unwrap_or(Word(0))
    }
}

/// All files, names and namespaces.
pub struct World<'w> {
    /// The repositories.
    pub repositories: &'w [RepositoryFacts],
    /// Files of all repositories, in order.
    pub files: Vec<FileIndex<'w>>,
    /// First file of each repository, and the end.
    pub first_file: Vec<u32>,
    /// Namespaces.
    pub namespaces: Vec<Namespace>,
    /// By repository and family: key → namespace.
    local: FxHashMap<(u32, &'static str), FxHashMap<String, NamespaceId>>,
    /// By family: key → namespaces of any repository that offers them to others.
    global: FxHashMap<&'static str, FxHashMap<String, Vec<NamespaceId>>>,
    words: FxHashMap<&'w str, Word>,
    texts: Vec<&'w str>,
    /// Callables and fields by word, sorted: for guarded guesses.
    members: Vec<(Word, DefinitionRef)>,
    /// Where star imports lead, by namespace; found when first asked for.
    stars: Vec<OnceLock<Stars>>,
    /// What was looked for in other repositories.
    asked: Asked,
    /// By repository: the repositories of the packages that its manifests require.
    requires: Vec<FxHashSet<u32>>,
}

/// By repository: those that provide what its manifests name.
fn requires(repositories: &[RepositoryFacts]) -> Vec<FxHashSet<u32>> {
    let mut providers: FxHashMap<(&str, &str), Vec<u32>> = FxHashMap::default();
    for (repository, facts) in repositories.iter().enumerate() {
        for (_, manifest) in &facts.layout.manifests {
            let provided = (manifest.ecosystem.as_str(), manifest.name.as_str());
            providers.entry(provided).or_default().push(repository as u32);
        }
    }
    let required = |facts: &RepositoryFacts| {
        let named = facts.layout.manifests.iter().flat_map(|(_, manifest)| {
            let of = manifest.ecosystem.as_str();
            manifest.dependencies.iter().map(move |(name, _)| (of, name.as_str()))
        });
        named.filter_map(|package| providers.get(&package)).flatten().copied().collect()
    };
    repositories.iter().map(required).collect()
}

/// A key that repositories may offer each other, by hash: two that are taken for one only make more
/// repositories depend on each other.
type KeyHash = u64;

fn key_hash(family: &str, key: &str) -> KeyHash {
    let mut hasher = rustc_hash::FxHasher::default();
    (family, key).hash(&mut hasher);
    hasher.finish()
}

/// By repository: the keys that it has not itself, and that were looked for. Many threads look.
#[derive(Default)]
struct Asked([Mutex<FxHashSet<(u32, KeyHash)>>; 16]);

impl Asked {
    fn shard(&self, row: usize) -> MutexGuard<'_, FxHashSet<(u32, KeyHash)>> {
        self.0[row % self.0.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, repository: u32, key: KeyHash) {
        self.shard(key as usize).insert((repository, key));
    }

    fn of(&self, repository: u32) -> Vec<KeyHash> {
        let mut keys: Vec<KeyHash> = Vec::new();
        for row in 0..self.0.len() {
            let shard = self.shard(row);
            keys.extend(shard.iter().filter(|(of, _)| *of == repository).map(|(_, key)| *key));
        }
        keys.sort_unstable();
        keys
    }
}

impl<'w> World<'w> {
    /// Indexes all files.
    pub fn new(repositories: &'w [RepositoryFacts]) -> Self {
        let mut world = Self {
            repositories,
            files: Vec::new(),
            first_file: vec![0],
            namespaces: Vec::new(),
            local: FxHashMap::default(),
            global: FxHashMap::default(),
            words: FxHashMap::default(),
            texts: Vec::new(),
            members: Vec::new(),
            stars: Vec::new(),
            asked: Asked::default(),
            requires: requires(repositories),
        };
        world.intern("");
        // Words that the resolver asks for itself are known, whether any file has them or not: what
        // it makes of a file must not depend on others that happen to be there.
        let constructors = LANGUAGES.iter().flat_map(|it| it.semantics().constructor_names());
        for word in OWN_WORDS.iter().chain(constructors) {
            world.intern(word);
        }
        let mut word_tables = Vec::new();
        for repository in repositories {
            for source in &repository.files {
                let words: Vec<Word> =
                    source.facts.names.iter().map(|text| world.intern(text)).collect();
                word_tables.push(words);
            }
        }
        let mut tables = word_tables.into_iter();
        for (index, repository) in repositories.iter().enumerate() {
            let first = world.files.len();
            for (position, source) in repository.files.iter().enumerate() {
                world.files.push(FileIndex {
                    repository: index as u32,
                    position: position as u32,
                    source,
                    semantics: source.language.semantics(),
                    words: tables.next().unwrap_or_default(),
                    bindings: Vec::new(),
                    stars: Vec::new(),
                    namespaces: Vec::new(),
                    exports: Vec::new(),
                });
            }
            world.first_file.push(world.files.len() as u32);
            world.files[first..].par_iter_mut().for_each(index_file);
        }
        world.index_namespaces();
        world.stars.resize_with(world.namespaces.len(), OnceLock::new);
        world.index_words();
        world.index_members();
        world
    }

    fn intern(&mut self, text: &'w str) -> Word {
        if let Some(word) = self.words.get(text) {
            return *word;
        }
        let word = Word(self.texts.len() as u32);
        self.texts.push(text);
        self.words.insert(text, word);
        word
    }

    /// The word of a text, when any file mentions it.
    pub fn word(&self, text: &str) -> Option<Word> {
        self.words.get(text).copied()
    }

    /// The text of a word.
    pub fn text(&self, word: Word) -> &'w str {
        self.texts.get(word.0 as usize).copied().unwrap_or("")
    }

    fn index_namespaces(&mut self) {
        let keys: Vec<_> = self
            .files
            .par_iter()
            .map(|file| {
                let layout = &self.repositories[file.repository as usize].layout;
                file.semantics.namespaces(&file.source.path, file.facts(), layout)
            })
            .collect();
        for (position, keys) in keys.into_iter().enumerate() {
            let repository = self.files[position].repository;
            let family = self.files[position].source.language.family();
            for (key, scope) in keys {
                let place = (repository, family, position as u32);
                let id = self.namespace_of(place, &key.text);
                let mut inner = key.text.as_str();
                while let Some(outer) = self.files[position].semantics.outer_namespace(inner) {
                    self.namespace_of(place, outer);
                    inner = outer;
                }
                let scope_ref = ScopeRef { file: position as u32, scope };
                self.namespaces[id.0 as usize].scopes.push(scope_ref);
                self.files[position].namespaces.push((scope, id));
                if key.global {
                    let all = self.global.entry(family).or_default().entry(key.text).or_default();
                    if !all.contains(&id) {
                        all.push(id);
                    }
                }
            }
        }
    }

    /// A C program is one namespace of all its files: asking each for a name would be quadratic.
    fn index_words(&mut self) {
        let files = &self.files;
        self.namespaces.par_iter_mut().for_each(|namespace| {
            if namespace.scopes.len() < MANY_SCOPES {
                return;
            }
            let mut words: Vec<(Word, u32)> = Vec::new();
            for (position, scope) in namespace.scopes.iter().enumerate() {
                let bound = files[scope.file as usize].words_of(scope.scope);
                words.extend(bound.map(|(word, _)| (word, position as u32)));
            }
            words.sort_unstable();
            words.dedup();
            namespace.words = words;
        });
    }

    /// The scopes of a namespace that may bind a word, in file order.
    pub fn scopes_with(
        &self,
        namespace: NamespaceId,
        word: Word,
    ) -> impl Iterator<Item = ScopeRef> + '_ {
        let row = &self.namespaces[namespace.0 as usize];
        let few = row.scopes.len() < MANY_SCOPES;
        let all = if few { row.scopes.as_slice() } else { &[] };
        let start = row.words.partition_point(|(bound, _)| *bound < word);
        let bound = row.words[start..].iter().take_while(move |(bound, _)| *bound == word);
        all.iter().copied().chain(bound.map(|(_, position)| row.scopes[*position as usize]))
    }

    /// Where the star imports of a namespace lead, once somebody found out.
    pub(super) fn stars_of(&self, namespace: NamespaceId) -> &OnceLock<Stars> {
        &self.stars[namespace.0 as usize]
    }

    /// The namespace under a key of a file's repository; made when it is new.
    fn namespace_of(
        &mut self,
        (repository, family, file): (u32, &'static str, u32),
        key: &str,
    ) -> NamespaceId {
        let local = self.local.entry((repository, family)).or_default();
        if let Some(id) = local.get(key) {
            return *id;
        }
        let id = NamespaceId(self.namespaces.len() as u32);
        local.insert(key.to_owned(), id);
        let key = key.to_owned();
        self.namespaces.push(Namespace {
            key,
            repository,
            scopes: Vec::new(),
            file,
            family,
            words: Vec::new(),
        });
        id
    }

    fn index_members(&mut self) {
        let mut members = Vec::new();
        for (position, file) in self.files.iter().enumerate() {
            for (row, definition) in file.facts().definitions.iter().enumerate() {
                if definition.name != Name(0)
                    && (definition.kind.is_callable() || definition.kind == SymbolKind::Field)
                {
                    let at = DefinitionRef {
                        file: position as u32,
                        definition: DefinitionId(row as u32),
                    };
                    members.push((file.word(definition.name), at));
                }
            }
        }
        members.par_sort_unstable();
        self.members = members;
    }

    /// Callables and fields called `word`, of any file.
    pub fn members_named(&self, word: Word) -> &[(Word, DefinitionRef)] {
        let start = self.members.partition_point(|(w, _)| *w < word);
        let len = self.members[start..].partition_point(|(w, _)| *w == word);
        &self.members[start..start + len]
    }

    /// A file of the index.
    #[inline]
    pub fn file(&self, file: u32) -> &FileIndex<'w> {
        &self.files[file as usize]
    }

    /// A definition.
    #[inline]
    pub fn definition(&self, at: DefinitionRef) -> &'w Definition {
        &self.files[at.file as usize].facts().definitions[at.definition.index()]
    }

    /// The word that a definition is called by.
    pub fn name_of(&self, at: DefinitionRef) -> Word {
        let file = self.file(at.file);
        file.word(file.facts().definitions[at.definition.index()].name)
    }

    /// An expression.
    #[inline]
    pub fn expression(&self, file: u32, id: ExpressionId) -> Expression {
        self.files[file as usize].facts().expression(id)
    }

    /// The namespace under a key as seen from a repository: its own first, else the one of another
    /// repository that offers it — when only one does, or only one of those that it requires.
    pub fn namespace(
        &self,
        repository: u32,
        family: &'static str,
        key: &str,
    ) -> Option<NamespaceId> {
        if let Some(id) = self.local.get(&(repository, family)).and_then(|keys| keys.get(key)) {
            return Some(*id);
        }
        self.asked.note(repository, key_hash(family, key));
        match self.global.get(family).and_then(|keys| keys.get(key)).map(Vec::as_slice) {
            Some([one]) => Some(*one),
            Some(several) => {
                let required = &self.requires[repository as usize];
                let owner = |id: &NamespaceId| self.namespaces[id.0 as usize].repository;
                let mut named = several.iter().filter(|id| required.contains(&owner(id)));
                named.next().copied().filter(|_| named.next().is_none())
            }
            None => None,
        }
    }

    /// Hashes of the keys that a repository offers to others, sorted.
    pub fn offers(&self, repository: u32) -> Vec<u64> {
        let mut offers: Vec<u64> = Vec::new();
        #[expect(clippy::iter_over_hash_type, reason = "the hashes are sorted")]
        for (family, keys) in &self.global {
            let own = |id: &NamespaceId| self.namespaces[id.0 as usize].repository == repository;
            let own = keys.iter().filter(|(_, namespaces)| namespaces.iter().any(own));
            offers.extend(own.map(|(key, _)| key_hash(family, key)));
        }
        offers.sort_unstable();
        offers
    }

    /// Hashes of the keys that were looked for in others for a repository so far, sorted: what its
    /// edges follow from, beside its own files and what others look for in it.
    pub fn asks(&self, repository: u32) -> Vec<u64> {
        self.asked.of(repository)
    }

    /// The function that a scope itself binds a word to.
    pub fn method(&self, scope: ScopeRef, word: Word) -> Option<DefinitionRef> {
        let mut bindings = self.file(scope.file).bindings(scope.scope, word);
        bindings.find_map(|binding| match binding.value {
            BindingValue::Definition(definition) => {
                let at = DefinitionRef { file: scope.file, definition };
                self.definition(at).kind.is_callable().then_some(at)
            }
            _ => None,
        })
    }

    /// The last name of a type expression.
    pub fn type_name(&self, file: u32, declared: ExpressionId) -> Option<Word> {
        let index = self.file(file);
        let mut at = declared;
        for _ in 0..8 {
            at = match index.facts().expression(at) {
                Expression::Generic { base, .. } => base,
                Expression::InstanceOf(inner) => inner,
                Expression::Name { name, .. } | Expression::Member { name, .. } => {
                    return Some(index.word(name));
                }
                Expression::Imported(import) => {
                    return index.facts().imports[import.index()].item.map(|item| index.word(item));
                }
                _ => return None,
            };
        }
        None
    }

    /// The type or extension scope around a scope, itself included.
    pub fn type_scope(&self, at: ScopeRef) -> Option<ScopeRef> {
        let scopes = &self.file(at.file).facts().scopes;
        let mut scope = Some(at.scope);
        while let Some(current) = scope {
            let row = &scopes[current.index()];
            if row.kind == ScopeKind::Type {
                return Some(ScopeRef { file: at.file, scope: current });
            }
            scope = row.parent;
        }
        None
    }
}

fn index_file(file: &mut FileIndex<'_>) {
    let facts = file.source.facts();
    let mut rows: Vec<_> = facts
        .bindings
        .iter()
        .enumerate()
        .map(|(row, binding)| (binding.scope, file.words[binding.name.index()], row as u32))
        .collect();
    rows.sort_unstable();
    file.bindings = rows;
    file.stars = facts
        .imports
        .iter()
        .enumerate()
        .filter(|(_, import)| import.kind == ImportKind::Star)
        .map(|(row, import)| (import.scope, row as u32))
        .collect();
    file.exports = facts.exports.iter().map(|e| (file.words[e.name.index()], e.value)).collect();
    file.exports.sort_unstable_by_key(|(word, value)| (*word, value.0));
}

impl SourceFacts {
    fn facts(&self) -> &FileFacts {
        &self.facts
    }
}

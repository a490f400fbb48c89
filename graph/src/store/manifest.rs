//! The manifest: which files make up the published generation.
//!
//! A small JSON file with its own checksum, swapped by rename. It is the only file that is ever
//! replaced, and the only one that cannot be made again from the sources (it knows where they
//! are), so there is a copy beside it that is read when it is damaged.

use super::disk::{self, write_atomically};
use super::view::View;
use super::{Home, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Version of the manifest's own format.
const FORMAT: u32 = 1;

/// One indexed repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryEntry {
    /// Name in answers: the folder's, unless given.
    pub name: String,
    /// Absolute path of its root.
    pub root: String,
    /// Segment file in `segments/`.
    pub segment: String,
    /// Facts file in `facts/`.
    pub facts: String,
    /// Checked-out commit, when it is a git repository.
    pub revision: Option<String>,
    /// Checked-out branch.
    pub branch: Option<String>,
    /// Index of nearest neighbours in `segments/`, for repositories that are large enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// What compilers said of it, in `facts/`, when an index of theirs was imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compiler: Option<String>,
}

/// Judged edges of one tier of one language.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    /// Pairs of caller and callee that the compiler has too.
    pub right: u64,
    /// Pairs that it does not have.
    pub wrong: u64,
}

impl Pairs {
    /// Fewer judged pairs than this say nothing of a tier.
    const ENOUGH: u64 = 20;

    /// The share of right pairs; `None` when too few were judged.
    pub fn precision(self) -> Option<f64> {
        let all = self.right + self.wrong;
        (all >= Self::ENOUGH).then(|| self.right as f64 / all as f64)
    }
}

/// How often edges of a tier are right, by language and tier.
pub type Measured = BTreeMap<String, BTreeMap<String, Pairs>>;

/// The published generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) format: u32,
    /// Counts publications.
    pub generation: u64,
    /// Seconds since 1970.
    pub published: u64,
    /// Repositories in order of name.
    pub repositories: Vec<RepositoryEntry>,
    /// The file of what joins repositories, in `segments/`.
    pub links: Option<String>,
    /// Hash of what decides, besides the sources, what the index is: the binary, the options, the
    /// users' own rules. Sources that are unchanged under another hash are indexed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// The precision of tiers as it was measured for the binary that made the index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measured: Measured,
    /// Of which commit it is, when it is no published generation but a view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<View>,
    /// What is wrong with the manifest itself, when this was read from its copy.
    #[serde(skip)]
    pub recovered: Option<String>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            format: FORMAT,
            generation: 0,
            published: 0,
            repositories: Vec::new(),
            links: None,
            made: None,
            measured: Measured::new(),
            view: None,
            recovered: None,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Signed {
    checksum: String,
    manifest: Manifest,
}

impl Manifest {
    /// Reads the published manifest; its copy when it is damaged.
    pub fn read(home: &Home) -> Result<Self, StoreError> {
        let damage = match Self::read_file(home, home.manifest()) {
            Err(error @ (StoreError::Damaged { .. } | StoreError::Version { .. })) => error,
            other => return other,
        };
        match Self::read_file(home, home.manifest_copy()) {
            Ok(copy) => Ok(Self { recovered: Some(damage.to_string()), ..copy }),
            Err(_) => Err(damage),
        }
    }

    pub(super) fn read_file(home: &Home, path: PathBuf) -> Result<Self, StoreError> {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NoIndex { path: home.folder().to_owned() });
            }
            Err(source) => return Err(StoreError::Io { path, source }),
        };
        let damaged = |what: String| StoreError::Damaged { path: path.clone(), what, offset: 0 };
        let signed: Signed =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        if signed.manifest.format != FORMAT {
            return Err(StoreError::Version { path, found: signed.manifest.format });
        }
        if checksum(&signed.manifest) != signed.checksum {
            return Err(damaged("checksum of the manifest".to_owned()));
        }
        Ok(signed.manifest)
    }

    /// Publishes this manifest as the next generation; a view beside what is published.
    pub fn publish(&mut self, home: &Home) -> Result<(), StoreError> {
        self.generation += u64::from(self.view.is_none());
        self.published = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        self.repositories.sort_by(|a, b| a.name.cmp(&b.name));
        self.recovered = None;
        if let Some(view) = &self.view {
            // A view can be made again from its commit: it needs no copy.
            disk::create_folder(&home.revisions())?;
            return write_atomically(&view.path(home), &self.signed(home)?);
        }
        write_atomically(&home.manifest(), &self.signed(home)?)?;
        // A crash in between leaves a copy of the generation before; the next run mends it.
        self.write_copy(home)
    }

    /// What is wrong with the copy that is read when the manifest is damaged; `None` when nothing is.
    pub fn wrong_with_copy(&self, home: &Home) -> Option<String> {
        match Self::read_file(home, home.manifest_copy()) {
            Ok(copy) if copy == (Self { recovered: None, ..self.clone() }) => None,
            Ok(copy) => Some(format!(
                "the copy of the manifest is of generation {}, not {}",
                copy.generation, self.generation
            )),
            Err(error) => Some(format!("copy of the manifest: {error}")),
        }
    }

    /// Writes that copy.
    pub fn write_copy(&self, home: &Home) -> Result<(), StoreError> {
        write_atomically(&home.manifest_copy(), &self.signed(home)?)
    }

    fn signed(&self, home: &Home) -> Result<Vec<u8>, StoreError> {
        let signed = Signed { checksum: checksum(self), manifest: self.clone() };
        let mut bytes = serde_json::to_vec_pretty(&signed).map_err(|error| {
            StoreError::Damaged { path: home.manifest(), what: error.to_string(), offset: 0 }
        })?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Makes a second workspace of what is published in the first: the same files under further
    /// names, so that it takes a moment and no space. Each then goes its own way.
    pub fn fork(home: &Home, to: &Home) -> Result<(), StoreError> {
        to.create()?;
        // What is named may be replaced and removed while it is linked.
        let mut tries = 3;
        loop {
            let manifest = Self::read(home)?;
            let linked = manifest.files().try_for_each(|file| {
                let folders = [(home.segments(), to.segments()), (home.facts(), to.facts())];
                let there = folders.iter().find(|(from, _)| from.join(file).exists());
                let (from, to) = there.unwrap_or(&folders[0]);
                disk::link(&from.join(file), &to.join(file))
            });
            match linked {
                Err(StoreError::Io { source, .. })
                    if source.kind() == std::io::ErrorKind::NotFound && tries > 0 =>
                {
                    tries -= 1;
                }
                Err(error) => return Err(error),
                Ok(()) => {
                    let bytes = manifest.signed(to)?;
                    write_atomically(&to.manifest_copy(), &bytes)?;
                    return write_atomically(&to.manifest(), &bytes);
                }
            }
        }
    }

    /// The files in `segments/` and `facts/` that it names.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let named = self.repositories.iter().flat_map(|entry| {
            let RepositoryEntry { segment, facts, nearest, compiler, .. } = entry;
            [Some(segment), Some(facts), nearest.as_ref(), compiler.as_ref()]
        });
        named.chain([self.links.as_ref()]).flatten().map(String::as_str)
    }

    /// Removes segment and facts files that neither what is published nor a view names. Only the
    /// writer calls this; maps that readers hold stay valid.
    pub fn collect_garbage(&self, home: &Home) -> Result<usize, StoreError> {
        let mut kept: BTreeSet<String> = self.files().map(str::to_owned).collect();
        if self.view.is_some() {
            match Self::read(home) {
                Ok(published) => kept.extend(published.files().map(str::to_owned)),
                Err(StoreError::NoIndex { .. }) => {}
                // Nobody knows what else is in use.
                Err(_) => return Ok(0),
            }
        }
        for (_, view) in Self::views(home) {
            match view {
                Ok(view) => kept.extend(view.files().map(str::to_owned)),
                // It may be readable again, so what it names is not known to be garbage.
                Err(StoreError::Io { .. }) => return Ok(0),
                Err(_) => {}
            }
        }
        let mut removed = 0;
        for folder in [home.folder().to_owned(), home.revisions()] {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                // What a crashed writer left behind.
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let manifest = name.starts_with(".manifest") || folder != home.folder();
                let temporary = manifest && name.starts_with('.') && name.ends_with(".tmp");
                if temporary && disk::remove(&entry.path()).is_ok() {
                    removed += 1;
                }
            }
        }
        for folder in [home.segments(), home.facts()] {
            let io = |source| StoreError::Io { path: folder.clone(), source };
            for entry in std::fs::read_dir(&folder).map_err(io)? {
                let entry = entry.map_err(io)?;
                let used = entry.file_name().to_str().is_some_and(|name| kept.contains(name));
                if !used && disk::remove(&entry.path()).is_ok() {
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }
}

fn checksum(manifest: &Manifest) -> String {
    let text = serde_json::to_string(manifest).unwrap_or_default();
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

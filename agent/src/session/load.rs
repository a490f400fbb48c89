//! Loading: a text is read once, as a stream, and becomes parts.
//!
//! Lines go to the [`Cutter`], and when so many bytes are read that a part is full, its chunks are
//! looked at on all cores: their words are counted, and of every statement of a log one line is
//! embedded. The part is written, and its text forgotten. So memory depends on the size of a part
//! and not on that of a file. Documents come page by page from a process of their own (see
//! [`super::read`]); their text is kept in the session.
//!
//! Of many files the manifest is written once a second and at the end, since it names them all. Who
//! is killed in between loses what was loaded in that second, and gets it by loading it again.
//!
//! What a text says of places in code is counted here, for whoever loads it to know that it does.
//! A log is looked at only where something in it may be a place; where the places are in the index
//! is found when a question is asked.

use super::chunk::{Cut, Cutter, LONGEST, Piece};
use super::error::{Result, SessionError};
use super::mentions::mentions;
use super::part::Draft;
use super::read::{self, Kind};
use super::source::{self, Origin};
use super::store::{self, Lock, Sessions};
use super::terms::{Terms, masked, template};
use super::{Loaded, Manifest};
use qf_graph::embed::static_model::StaticModel;
use qf_graph::embed::{EmbedError, Embedder};
use rayon::prelude::*;
use rustc_hash::{FxHashSet, FxHasher};
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// So much is read at once.
const BLOCK: usize = 1 << 20;
/// By so many bytes the kind of a file is told.
const HEAD: usize = 8192;
/// Most bytes of standard input.
pub const MOST_INPUT: u64 = 2 << 30;
/// Most vectors of a part.
const MOST_VECTORS: usize = 40_000;
/// Texts that are embedded at once.
const BATCH: usize = 256;
/// Chunks that are looked at by one core at once.
const SHARE: usize = 1024;
/// How often the manifest is written.
const OFTEN: Duration = Duration::from_secs(1);
/// What standard input is called.
pub const INPUT: &str = "standard input";

/// What loading may be told.
#[derive(Clone)]
pub struct Options {
    /// How long the session is kept after this.
    pub ttl: Duration,
    /// What makes vectors; the built-in table when none is given.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// The `qf` that reads documents.
    pub program: PathBuf,
    /// Bytes of text in a part.
    pub part: usize,
}

impl Options {
    /// The usual ones, with documents read by a program.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { ttl: store::TTL, embedder: None, program: program.into(), part: 32 << 20 }
    }
}

/// Hears how loading goes on: bytes and lines that were read since the last call.
pub type Progress<'a> = &'a mut dyn FnMut(u64, u64);

/// Loads into one session, which nobody else does meanwhile.
pub struct Loader {
    folder: PathBuf,
    manifest: Manifest,
    options: Options,
    /// When the manifest was written.
    written: Option<Instant>,
    /// Whether it has changed since.
    changed: bool,
    /// Files that it does not name any more, once it is written.
    replaced: Vec<String>,
    _lock: Lock,
}

impl Loader {
    /// Begins a session, or goes on with one.
    pub fn open(sessions: &Sessions, name: &str, options: Options) -> Result<Self> {
        let (lock, manifest) = sessions.begin(name, options.ttl)?;
        let folder = sessions.folder_of(name);
        store::sweep(&folder, &manifest)?;
        let (written, changed, replaced) = (None, false, Vec::new());
        Ok(Self { folder, manifest, options, written, changed, replaced, _lock: lock })
    }

    /// What the session holds now.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Loads a file. What was loaded of it before is replaced.
    pub fn file(&mut self, path: &Path, progress: Progress<'_>) -> Result<Loaded> {
        let path = path.canonicalize().map_err(SessionError::io(path))?;
        let Some(name) = path.to_str() else { return Err(SessionError::NotText { path }) };
        let name = name.to_owned();
        self.load(&path, name, None, progress)
    }

    /// Loads what comes from standard input, of which a copy is kept.
    pub fn input(&mut self, input: &mut dyn Read, progress: Progress<'_>) -> Result<Loaded> {
        let spool = self.name("text");
        let path = self.folder.join(&spool);
        let copied = store::create_private(&path)
            .and_then(|mut file| io::copy(&mut input.take(MOST_INPUT + 1), &mut file));
        let copied = copied.map_err(SessionError::io(&path));
        let number = self.manifest.files.iter().filter(|it| it.path.starts_with(INPUT)).count();
        let name = if number == 0 { INPUT.to_owned() } else { format!("{INPUT} {}", number + 1) };
        let loaded = match copied {
            Ok(bytes) if bytes > MOST_INPUT => Err(SessionError::TooLong { most: MOST_INPUT }),
            Ok(_) => self.load(&path, name, Some(spool.clone()), progress),
            Err(error) => Err(error),
        };
        // A document's text is kept instead of it.
        if !loaded.as_ref().is_ok_and(|file| file.text.as_ref() == Some(&spool)) {
            let _ = std::fs::remove_file(&path);
        }
        loaded
    }

    fn load(
        &mut self,
        path: &Path,
        name: String,
        spool: Option<String>,
        progress: Progress<'_>,
    ) -> Result<Loaded> {
        let io = || SessionError::io(path);
        // Opening a pipe would wait for whoever writes into it.
        if !path.metadata().map_err(io())?.is_file() {
            return Err(SessionError::NotAFile { path: path.to_owned() });
        }
        let file = File::open(path).map_err(io())?;
        let metadata = file.metadata().map_err(io())?;
        let size = metadata.len();
        let shown = if spool.is_some() { Path::new("-") } else { path };
        if size == 0 {
            return Err(SessionError::Empty { path: PathBuf::from(name) });
        }
        let mut head = vec![0; HEAD.min(size as usize)];
        file.read_exact_at(&mut head, 0).map_err(io())?;
        let kind = read::kind(&head, shown)?;
        let mut indexing = Indexing::new(self, kind);
        let read = match kind {
            Kind::Text | Kind::Markdown | Kind::Log => {
                indexing.stream(&file, size, path, progress).map(|()| (spool, 0, None))
            }
            Kind::Html | Kind::Docx | Kind::Pdf => indexing.document(kind, path, shown, progress),
        };
        let Indexing { parts, lines, chunks, places, made, whole, .. } = indexing;
        let origin = Origin::of(&file, &metadata, size, whole).map_err(io());
        let (text, pages, warning, origin) = match (read, origin) {
            (Ok((text, pages, warning)), Ok(origin)) if chunks > 0 => {
                (text, pages, warning, origin)
            }
            (read, origin) => {
                for name in made {
                    // Best effort: the next load sweeps.
                    let _ = std::fs::remove_file(self.folder.join(name));
                }
                read?;
                origin?;
                return Err(SessionError::Empty { path: PathBuf::from(name) });
            }
        };
        let loaded = Loaded {
            path: name,
            kind: kind.name().to_owned(),
            origin,
            text,
            model: embedder(&self.options).name().to_owned(),
            parts,
            pages,
            lines,
            chunks,
            mentions: places.len() as u64,
            warning,
        };
        self.publish(loaded.clone())?;
        Ok(loaded)
    }

    /// Puts a file into the manifest, and writes that when it is time.
    fn publish(&mut self, loaded: Loaded) -> Result<()> {
        let before = self.manifest.files.iter().position(|file| file.path == loaded.path);
        if let Some(before) = before {
            let before = self.manifest.files.remove(before);
            self.replaced.extend(before.parts.into_iter().chain(before.text));
        }
        self.manifest.files.push(loaded);
        self.manifest.loaded = store::now();
        self.manifest.ttl = self.options.ttl.as_secs();
        self.changed = true;
        if self.written.is_some_and(|written| written.elapsed() < OFTEN) {
            return Ok(());
        }
        self.finish()
    }

    /// Writes what was loaded last, and removes what that replaces. It is also done when the loader
    /// is dropped, which cannot say what went wrong.
    pub fn finish(&mut self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        store::write_manifest(&self.folder, &self.manifest)?;
        self.written = Some(Instant::now());
        self.changed = false;
        for name in self.replaced.drain(..) {
            // Best effort: the next load sweeps.
            let _ = std::fs::remove_file(self.folder.join(name));
        }
        Ok(())
    }

    /// A name that no file of the session has.
    fn name(&mut self, what: &str) -> String {
        let number = self.manifest.next;
        self.manifest.next += 1;
        format!("{what}-{number:06}")
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        // Whoever wants to know calls it before.
        let _ = self.finish();
        // A session that holds nothing was begun for a load that failed. The lock is held until all
        // is removed.
        if self.manifest.files.is_empty() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn embedder(options: &Options) -> &dyn Embedder {
    match &options.embedder {
        Some(embedder) => embedder.as_ref(),
        None => StaticModel::get(),
    }
}

/// What was extracted: the file with the text, pages, and what was not read.
type Extracted = (Option<String>, u32, Option<String>);

/// One text on its way into parts.
struct Indexing<'l> {
    loader: &'l mut Loader,
    log: bool,
    cutter: Cutter,
    cuts: Vec<Cut>,
    /// The text from where the first chunk begins that is in no part yet.
    buffer: Vec<u8>,
    /// Where in the text the buffer begins.
    base: u64,
    /// How much of the buffer the cutter has seen.
    seen: usize,
    /// The number of the line at hand, from 1.
    line: u32,
    /// Whether what comes next begins a line.
    begins: bool,
    lines: u64,
    chunks: u64,
    /// Hashes of the places in code that are named.
    places: FxHashSet<u64>,
    parts: Vec<String>,
    /// Every file that was made.
    made: Vec<String>,
    /// The hash of the text, where that is remembered.
    whole: Option<blake3::Hasher>,
}

impl<'l> Indexing<'l> {
    fn new(loader: &'l mut Loader, kind: Kind) -> Self {
        Self {
            loader,
            log: matches!(kind, Kind::Log),
            cutter: Cutter::new(kind),
            cuts: Vec::new(),
            buffer: Vec::new(),
            base: 0,
            seen: 0,
            line: 1,
            begins: true,
            lines: 0,
            chunks: 0,
            places: FxHashSet::default(),
            parts: Vec::new(),
            made: Vec::new(),
            whole: None,
        }
    }

    /// A text that is read from where it is.
    fn stream(
        &mut self,
        file: &File,
        size: u64,
        path: &Path,
        progress: Progress<'_>,
    ) -> Result<()> {
        let mut block = vec![0; BLOCK.min(self.loader.options.part).max(1)];
        self.whole = (size <= source::WHOLE).then(blake3::Hasher::new);
        let mut at = 0;
        while at < size {
            let most = block.len().min(usize::try_from(size - at).unwrap_or(usize::MAX));
            let read = match file.read_at(&mut block[..most], at) {
                // Cut while it is read: what is there is taken.
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(SessionError::io(path)(error)),
            };
            at += read as u64;
            if let Some(whole) = &mut self.whole {
                whole.update(&block[..read]);
            }
            let before = self.lines;
            self.feed(&block[..read], false);
            progress(read as u64, self.lines - before);
            if self.buffer.len() >= self.loader.options.part {
                self.part()?;
            }
        }
        self.feed(&[], true);
        self.cutter.finish(&mut self.cuts);
        self.part()
    }

    /// A document, whose text is kept. In messages it is called `shown`.
    fn document(
        &mut self,
        kind: Kind,
        path: &Path,
        shown: &Path,
        progress: Progress<'_>,
    ) -> Result<Extracted> {
        let name = self.loader.name("text");
        let kept = self.loader.folder.join(&name);
        self.made.push(name.clone());
        let io = || SessionError::io(&kept);
        let mut out = BufWriter::new(store::create_private(&kept).map_err(io())?);
        let program = self.loader.options.program.clone();
        // What the other side of the pipe cannot be told.
        let mut failed = None;
        let read = read::pages(&program, kind, path, shown, &mut |page: read::Page| {
            let before = self.lines;
            let label: String = page.label.chars().take(120).collect();
            self.cutter.under(&label, &mut self.cuts);
            let mut text = page.text;
            text.push('\n');
            out.write_all(text.as_bytes())?;
            self.feed(text.as_bytes(), true);
            progress(text.len() as u64, self.lines - before);
            if self.buffer.len() >= self.loader.options.part
                && let Err(error) = self.part()
            {
                failed = Some(error);
                return Err(io::Error::other("the session cannot be written"));
            }
            Ok(())
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let read = read?;
        out.flush().map_err(io())?;
        self.cutter.finish(&mut self.cuts);
        self.part()?;
        Ok((Some(name), read.pages, read.warning))
    }

    /// Takes more of the text; at an `end` what has no end of line is a line too.
    fn feed(&mut self, bytes: &[u8], end: bool) {
        self.buffer.extend_from_slice(bytes);
        loop {
            let rest = &self.buffer[self.seen..];
            let window = &rest[..rest.len().min(LONGEST as usize)];
            let (length, ends) = match window.iter().position(|byte| *byte == b'\n') {
                Some(at) => (at + 1, true),
                None if rest.len() >= LONGEST as usize => (boundary(rest), false),
                None if end && !rest.is_empty() => (rest.len(), true),
                None => return,
            };
            let piece = Piece {
                bytes: &rest[..length],
                at: self.base + self.seen as u64,
                line: self.line,
                begins: self.begins,
            };
            self.cutter.piece(piece, &mut self.cuts);
            self.seen += length;
            self.begins = ends;
            if ends {
                self.line = self.line.saturating_add(1);
                self.lines += 1;
            }
        }
    }

    /// Writes a part of the chunks that are complete, and forgets their text.
    fn part(&mut self) -> Result<()> {
        let cuts = std::mem::take(&mut self.cuts);
        if !cuts.is_empty() {
            let draft = self.draft(&cuts)?;
            let name = self.loader.name("part");
            let path = self.loader.folder.join(&name);
            let bytes = draft.encode().map_err(SessionError::io(&path))?;
            self.made.push(name.clone());
            store::write_private(&path, &bytes)?;
            self.parts.push(name);
            self.chunks += cuts.len() as u64;
        }
        let keep = self.cutter.begun().unwrap_or(self.base + self.seen as u64);
        let gone = ((keep - self.base) as usize).min(self.buffer.len());
        self.buffer.drain(..gone);
        self.base = keep;
        self.seen -= gone;
        Ok(())
    }

    fn draft(&mut self, cuts: &[Cut]) -> Result<Draft> {
        let (buffer, base, log) = (&self.buffer, self.base, self.log);
        let bytes = |cut: &Cut| {
            let (start, end) = ((cut.start - base) as usize, (cut.end - base) as usize);
            buffer.get(start..end).unwrap_or_default()
        };
        let look = |terms: &mut Terms, cuts: &[Cut]| -> Vec<Content> {
            cuts.iter().map(|cut| Content::of(terms, bytes(cut), cut.whole, log)).collect()
        };
        let contents: Vec<Vec<Content>> =
            cuts.par_chunks(SHARE).map_init(Terms::default, look).collect();
        let embedder = embedder(&self.loader.options);
        let mut draft = Draft::new(embedder.dimensions());
        let (mut said, mut texts) = (FxHashSet::default(), Vec::new());
        for (cut, content) in cuts.iter().zip(contents.into_iter().flatten()) {
            let chunk = draft.chunks() as u32;
            draft.chunk(cut, &content.terms, content.words);
            self.places.extend(content.places);
            for unit in content.units {
                if log {
                    draft.statement(unit.template, chunk);
                }
                if texts.len() < MOST_VECTORS && said.insert(unit.template) {
                    let (start, end) = (unit.at as usize, (unit.at + unit.length) as usize);
                    let line = bytes(cut).get(start..end).unwrap_or_default();
                    let text = String::from_utf8_lossy(line);
                    texts.push((chunk, unit.at, if log { masked(&text) } else { text.into() }));
                }
            }
        }
        let vectors: Vec<Vec<Vec<f32>>> = texts
            .par_chunks(BATCH)
            .map(|batch| {
                let batch: Vec<String> = batch.iter().map(|(_, _, text)| text.clone()).collect();
                embedder.documents(&batch)
            })
            .collect::<std::result::Result<_, EmbedError>>()?;
        for ((chunk, at, _), vector) in texts.iter().zip(vectors.into_iter().flatten()) {
            // Where no word is known there is no direction.
            if vector.iter().any(|value| *value != 0.0) {
                draft.vector(*chunk, *at, &vector);
            }
        }
        Ok(draft)
    }
}

/// How much of a line that is too long is taken: no character is cut.
fn boundary(bytes: &[u8]) -> usize {
    let mut at = LONGEST as usize;
    while at > LONGEST as usize - 4 && bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
        at -= 1;
    }
    at
}

/// What is in a chunk.
struct Content {
    /// Its terms, each once with how often it occurs.
    terms: Vec<(u64, u8)>,
    words: u32,
    units: Vec<Unit>,
    /// Hashes of the places in code that it names.
    places: Vec<u64>,
}

/// What is embedded as one: a line, or the whole chunk.
struct Unit {
    template: u64,
    at: u32,
    length: u32,
}

impl Content {
    fn of(terms: &mut Terms, bytes: &[u8], whole: bool, log: bool) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut all = Vec::new();
        terms.each(&text, |term| all.push(term));
        all.sort_unstable();
        let count = |same: &[u64]| (same[0], u8::try_from(same.len()).unwrap_or(u8::MAX));
        let counted = all.chunk_by(|a, b| a == b).map(count).collect();
        let mut units = Vec::new();
        if whole {
            let template = template(text.trim());
            units.push(Unit { template, at: 0, length: bytes.len() as u32 });
        } else {
            let mut at = 0;
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let template = template(String::from_utf8_lossy(line).trim());
                units.push(Unit { template, at, length: line.len() as u32 });
                at += line.len() as u32;
            }
        }
        let places = if log && !may_name_code(bytes) {
            Vec::new()
        } else {
            let hash = |path: &str, line: u32| {
                let mut hasher = FxHasher::default();
                (path, line).hash(&mut hasher);
                hasher.finish()
            };
            mentions(&text).iter().map(|it| hash(&it.path, it.line)).collect()
        };
        Self { terms: counted, words: all.len() as u32, units, places }
    }
}

/// Whether a place in code may be named: a letter, a colon or parenthesis, and a digit; or the word
/// `line` before a number. Most lines of most logs have none of it, and need not be parsed.
fn may_name_code(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|part| {
        part[2].is_ascii_digit() && matches!(part[1], b':' | b'(') && part[0].is_ascii_alphabetic()
    }) || bytes.windows(6).any(|part| part.starts_with(b"line ") && part[5].is_ascii_digit())
}

//! The audit log: what was done, by whom, and proof that it was not changed afterwards.
//!
//! One record a line, canonical JSON ([`canonical`]), in files to which lines are only added
//! ([`files`]). Each record has its own hash and that of the line before it ([`record`], [`scan`]);
//! every sixty-four records, at the end, and when it is asked for, the last one is signed
//! ([`heads`]). So a line that is changed, dropped, moved or put in is found by reading
//! ([`verify`]), and so is an end that was cut off, as far as it was signed. Secrets are taken out
//! before anything is written ([`redact`]), because afterwards nothing can be. A part can be given
//! away and checked without this program ([`export`]).
//!
//! Decisions worth knowing:
//! - A record is on the disk when [`Audit::append`] returns. An error means that it may not be:
//!   work that must be recorded has to stop then.
//! - Many processes and threads add to one log; each takes the lock for one record.
//! - Old files are removed only when the log verifies and a signed record says what was in them.
//! - Who may read the key may sign another log. Against that no file on the same machine helps;
//!   copies of heads elsewhere do.

pub mod canonical;
pub mod clock;
pub mod error;
pub mod export;
pub mod files;
pub mod hash;
pub mod heads;
pub mod read;
pub mod record;
pub mod redact;
pub mod scan;
pub mod verify;

use error::{AuditError, Result};
use files::{Last, Places};
use heads::{Head, Key, PublicKey};
use qf_graph::store::{Home, disk};
use read::Snapshot;
use record::{Draft, Outcome, Pruned};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::ops::RangeInclusive;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use verify::Verified;

/// How large files get, and how often heads are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Bytes after which another file is begun.
    pub bytes: u64,
    /// Records after which another file is begun.
    pub records: u64,
    /// A head is signed whenever so many records were added.
    pub head_every: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { bytes: 64 << 20, records: u64::MAX, head_every: 64 }
    }
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Removed {
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
}

/// The log, to add to.
pub struct Audit {
    places: Places,
    options: Options,
    key: Key,
    state: Mutex<State>,
}

/// Where the next record goes, as far as this process knows.
#[derive(Default)]
struct State {
    /// The file; 0 when it has to be looked.
    number: u64,
    file: Option<File>,
    length: u64,
    /// The number of its first record; 0 when it has none.
    first: u64,
    last: Last,
    /// Whether this process added something that no head is of.
    unsigned: bool,
}

impl State {
    /// How many records the file has.
    fn count(&self) -> u64 {
        if self.first == 0 { 0 } else { self.last.seq + 1 - self.first }
    }
}

impl Audit {
    /// The log below a home; it and its key are made when they are not there.
    pub fn open(home: &Home) -> Result<Self> {
        Self::open_with(home, Options::default())
    }

    /// The same, with other options.
    pub fn open_with(home: &Home, options: Options) -> Result<Self> {
        let places = Places::of(home);
        for folder in [&places.log, &places.heads] {
            disk::create_folder(folder)?;
            let private = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(folder, private).map_err(AuditError::io(folder))?;
        }
        let lock = files::lock(&places.log)?;
        let key = Key::open(&places)?;
        let audit = Self { places, options, key, state: Mutex::default() };
        audit.refresh(&mut audit.state())?;
        drop(lock);
        Ok(audit)
    }

    /// Where it is.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// What its heads are verified with.
    pub fn key(&self) -> &PublicKey {
        self.key.public()
    }

    /// Adds a record and gives its number. It is on the disk when this returns.
    pub fn append(&self, draft: Draft) -> Result<u64> {
        if draft.action.starts_with("log.") {
            return Err(AuditError::unfit(format!("`{}` is for the log itself", draft.action)));
        }
        let mut state = self.state();
        let _lock = files::lock(&self.places.log)?;
        self.refresh(&mut state)?;
        let seq = self.write(&mut state, draft, None)?;
        if seq.is_multiple_of(self.options.head_every.max(1)) {
            let signed = self.sign_last(&mut state);
            signed.map_err(|source| AuditError::NotSigned { seq, source: Box::new(source) })?;
        }
        Ok(seq)
    }

    /// Signs the last record. None when there is none, or it is signed already.
    pub fn sign(&self) -> Result<Option<Head>> {
        let mut state = self.state();
        let _lock = files::lock(&self.places.log)?;
        self.refresh(&mut state)?;
        self.sign_last(&mut state)
    }

    /// Signs the last record and ends. Dropping does the same, but cannot say that it failed.
    pub fn close(self) -> Result<()> {
        self.sign().map(|_| ())
    }

    /// Removes all files but the last `keep`, at least one; a record is left for each, which says
    /// what its last record was. A log that does not verify stays as it is.
    pub fn prune(&self, keep: usize) -> Result<Removed> {
        self.sign()?;
        let verified = verify::verify(&self.places, None)?;
        if let Some(problem) = verified.problems.first() {
            return Err(AuditError::NotWhole { problem: problem.to_string() });
        }
        let mut state = self.state();
        let _lock = files::lock(&self.places.log)?;
        self.refresh(&mut state)?;
        let mut old = self.places.list()?;
        old.truncate(old.len().saturating_sub(keep.max(1)));
        let mut removed = Removed::default();
        for (number, path) in &old {
            let bytes = std::fs::read(path).map_err(AuditError::io(path))?;
            removed.files += 1;
            removed.bytes += bytes.len() as u64;
            let Some(last) = files::last_of(path)? else { continue };
            let pruned = Pruned {
                chain: last.chain,
                file: files::name(*number),
                hash: last.hash,
                seq: last.seq,
                sha256: hash::sha256_hex(&bytes),
            };
            let draft = Draft {
                action: "log.pruned".to_owned(),
                outcome: Some(Outcome::Ok),
                detail: Some(format!("records up to {} are not kept any longer", last.seq)),
                ..Draft::default()
            };
            self.write(&mut state, draft, Some(&pruned))?;
        }
        if removed.files == 0 {
            return Ok(removed);
        }
        // This head is of the records that say so, and of all that is removed.
        self.sign_last(&mut state)?;
        for (_, path) in &old {
            disk::remove(path).map_err(AuditError::io(path))?;
            // One after the other: what is left always begins where a record says.
            files::sync_folder(&self.places.log)?;
        }
        Ok(removed)
    }

    /// Verifies the log below a home with the key that is beside it.
    pub fn verify(home: &Home) -> Result<Verified> {
        verify::verify(&Places::of(home), None)
    }

    /// Verifies it with a key that was kept elsewhere.
    pub fn verify_with(home: &Home, key: &PublicKey) -> Result<Verified> {
        verify::verify(&Places::of(home), Some(key))
    }

    /// The last lines of the log below a home, the oldest first.
    pub fn tail(home: &Home, count: usize) -> Result<Vec<Vec<u8>>> {
        Snapshot::take(&Places::of(home))?.last(count)
    }

    /// Writes a manifest and the records of a range.
    pub fn export(
        home: &Home,
        range: RangeInclusive<u64>,
        out: &mut dyn Write,
    ) -> Result<export::Manifest> {
        export::export(&Places::of(home), range, out)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with it left it as it was, or with a file that is looked at again.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks where the log ends, when somebody else may have added to it, and moves aside what a
    /// crash left there. The lock is held.
    fn refresh(&self, state: &mut State) -> Result<()> {
        let is_known = state.number > 0
            && std::fs::metadata(self.places.file(state.number))
                .is_ok_and(|metadata| metadata.len() == state.length)
            && !self.places.file(state.number + 1).exists();
        if is_known {
            return Ok(());
        }
        let tail = files::tail(&self.places)?;
        let (number, whole) = (tail.number, tail.whole);
        *state = State {
            number,
            file: None,
            length: whole,
            first: tail.first,
            last: tail.last,
            unsigned: state.unsigned,
        };
        if whole < tail.length {
            let aside = self.places.torn(number);
            let torn = files::set_aside(&self.places.file(number), whole, &aside)?;
            let name = aside.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let detail = format!(
                "{} bytes behind record {} were no whole record; they are in {name} (SHA-256 {})",
                torn.len(),
                state.last.seq,
                hash::sha256_hex(&torn)
            );
            let draft = Draft {
                action: "log.repaired".to_owned(),
                outcome: Some(Outcome::Ok),
                detail: Some(detail),
                ..Draft::default()
            };
            self.write(state, draft, None)?;
        }
        Ok(())
    }

    /// Adds a record. The lock is held, and it is known where the log ends.
    fn write(&self, state: &mut State, draft: Draft, pruned: Option<&Pruned>) -> Result<u64> {
        let seq = state.last.seq + 1;
        let line = record::compose(draft, pruned, seq, &state.last.chain)?;
        let mut bytes = line.bytes;
        bytes.push(b'\n');
        let length = bytes.len() as u64;
        let mut file = self.file(state, length)?;
        let written = file.write_all(&bytes).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // Best effort: what stays is moved aside by the next one, who looks again.
            let _ = file.set_len(state.length);
            let path = self.places.file(state.number);
            state.number = 0;
            return Err(AuditError::io(&path)(error));
        }
        state.file = Some(file);
        state.length += length;
        if state.first == 0 {
            state.first = seq;
        }
        state.last = Last { seq, hash: line.hash, chain: line.chain };
        state.unsigned = true;
        Ok(seq)
    }

    /// The file that so many bytes are added to: the last one, or another when that is full.
    fn file(&self, state: &mut State, bytes: u64) -> Result<File> {
        let is_full = state.count() > 0
            && (state.length.saturating_add(bytes) > self.options.bytes
                || state.count() >= self.options.records);
        if state.number > 0 && !is_full {
            if let Some(file) = state.file.take() {
                return Ok(file);
            }
            let path = self.places.file(state.number);
            return OpenOptions::new().append(true).open(&path).map_err(AuditError::io(&path));
        }
        let path = self.places.file(state.number + 1);
        let new = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path);
        let file = new.map_err(AuditError::io(&path))?;
        files::sync_folder(&self.places.log)?;
        state.number += 1;
        state.length = 0;
        state.first = 0;
        Ok(file)
    }

    /// Signs the last record. The lock is held, and it is known which that is.
    fn sign_last(&self, state: &mut State) -> Result<Option<Head>> {
        let last = &state.last;
        let signed = heads::last(&self.places)?;
        let is_signed = signed.is_some_and(|head| head.seq == last.seq && head.hash == last.hash);
        if last.seq == 0 || is_signed {
            state.unsigned = false;
            return Ok(None);
        }
        let head = self.key.sign(last.seq, &last.hash)?;
        heads::add(&self.places, &head)?;
        state.unsigned = false;
        Ok(Some(head))
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        if self.state().unsigned {
            // Nobody is there to be told; `qf audit verify` says how much is not signed.
            let _ = self.sign();
        }
    }
}

/// Signs the last record of a log that is there; none when there is no log.
pub fn sign(home: &Home) -> Result<Option<Head>> {
    let places = Places::of(home);
    if places.list()?.is_empty() {
        return Ok(None);
    }
    Audit::open(home)?.sign()
}

/// Reads a key from 64 hexadecimal digits, or from a file that has them.
pub fn public_key(given: &str) -> Result<PublicKey> {
    if let Some(key) = PublicKey::from_hex(given.trim()) {
        return Ok(key);
    }
    let path = Path::new(given);
    let text = std::fs::read_to_string(path).map_err(AuditError::io(path))?;
    PublicKey::from_hex(text.trim()).ok_or_else(|| AuditError::damaged(path, "it is no public key"))
}

//! Signed heads: what the log was at one time, said by whoever has the key.
//!
//! The records of a log hold each other, but who rewrites all of them from one on makes a log that
//! is whole in itself. A head names the last record by number and hash and is signed (Ed25519), so
//! that everything before it cannot be changed any more by who has not the key: each record holds
//! the hash of the line before it, and the head holds the last.
//!
//! The key is a file that only its owner reads. It keeps out everybody but that user, and programs
//! that run as that user but cannot read outside of a sandbox. Who can read the key can sign another
//! log; against that, heads are to be copied to where that user cannot write, a line each.

use super::canonical::{NotCanonical, canonical};
use super::clock;
use super::error::{AuditError, Result};
use super::files::{Places, ends, set_aside, sync_folder};
use super::hash::{hex, sha256_hex, unhex};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use qf_graph::store::disk;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A signed head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// The hash of the record.
    pub hash: String,
    /// Who signed: the id of the public key.
    pub key: String,
    /// The number of the record.
    pub seq: u64,
    /// The signature of the canonical bytes of `hash`, `seq` and `time`.
    pub signature: String,
    /// When it was signed.
    pub time: String,
}

impl Head {
    /// What is signed.
    fn message(hash: &str, seq: u64, time: &str) -> std::result::Result<Vec<u8>, NotCanonical> {
        canonical(&json!({ "hash": hash, "seq": seq, "time": time }))
    }

    /// Its line, without an end.
    pub fn line(&self) -> std::result::Result<Vec<u8>, NotCanonical> {
        canonical(&self.value())
    }

    /// It as a value.
    pub fn value(&self) -> Value {
        json!({
            "hash": self.hash,
            "key": self.key,
            "seq": self.seq,
            "signature": self.signature,
            "time": self.time,
        })
    }

    /// The head of a line; none when it is no canonical line of one.
    pub fn parse(line: &[u8]) -> Option<Self> {
        let head: Self = serde_json::from_slice(line).ok()?;
        head.line().is_ok_and(|again| again == line).then_some(head)
    }

    /// Whether it is signed with a key.
    pub fn verifies(&self, key: &PublicKey) -> bool {
        let message = Self::message(&self.hash, self.seq, &self.time);
        match (message, unhex::<64>(&self.signature)) {
            (Ok(message), Some(signature)) => {
                self.key == key.id
                    && key.key.verify_strict(&message, &Signature::from_bytes(&signature)).is_ok()
            }
            _ => false,
        }
    }
}

/// What heads are verified with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: VerifyingKey,
    id: String,
}

impl PublicKey {
    fn new(key: VerifyingKey) -> Self {
        let mut id = sha256_hex(key.as_bytes());
        id.truncate(16);
        Self { key, id }
    }

    /// The key that 64 hexadecimal digits are.
    pub fn from_hex(text: &str) -> Option<Self> {
        let bytes = unhex::<32>(text)?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self::new)
    }

    /// It as 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hex(self.key.as_bytes())
    }

    /// What heads call it: the first 16 digits of its SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key beside the heads; none when there is none.
    pub fn read(places: &Places) -> Result<Option<Self>> {
        let path = places.heads.join("key.pub");
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::from_hex(text.trim())
                .map(Some)
                .ok_or_else(|| AuditError::damaged(&path, "it is no public key")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(AuditError::io(&path)(error)),
        }
    }
}

/// What heads are signed with.
pub struct Key {
    key: SigningKey,
    public: PublicKey,
}

impl Key {
    /// The key of these places; one is made when there was none. The lock of the log is held.
    pub fn open(places: &Places) -> Result<Self> {
        let private = places.heads.join("key");
        let key = match std::fs::read_to_string(&private) {
            Ok(text) => unhex::<32>(text.trim())
                .map(|seed| SigningKey::from_bytes(&seed))
                .ok_or_else(|| AuditError::damaged(&private, "it is no private key"))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // Others would sign under its name.
                if places.heads.join("key.pub").exists() || places.head_lines().exists() {
                    return Err(AuditError::KeyLost { path: private });
                }
                make(&private).map_err(AuditError::io(&private))?
            }
            Err(error) => return Err(AuditError::io(&private)(error)),
        };
        let public = PublicKey::new(key.verifying_key());
        let path = places.heads.join("key.pub");
        match PublicKey::read(places)? {
            Some(stated) if stated != public => {
                return Err(AuditError::damaged(&path, "it does not belong to the private key"));
            }
            Some(_) => {}
            None => disk::write_atomically(&path, format!("{}\n", public.to_hex()).as_bytes())?,
        }
        Ok(Self { key, public })
    }

    /// What its heads are verified with.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs the record of this number and hash.
    pub fn sign(&self, seq: u64, hash: &str) -> Result<Head> {
        let time = clock::time();
        let signature = self.key.sign(&Head::message(hash, seq, &time)?);
        Ok(Head {
            hash: hash.to_owned(),
            key: self.public.id.clone(),
            seq,
            signature: hex(&signature.to_bytes()),
            time,
        })
    }
}

/// Makes a private key, which is there as a whole or not at all, and for its owner alone.
fn make(path: &Path) -> std::io::Result<SigningKey> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    let temporary = path.with_extension("tmp");
    match std::fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(format!("{}\n", hex(&seed)).as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(SigningKey::from_bytes(&seed))
}

/// The last head that is written as a whole.
pub fn last(places: &Places) -> Result<Option<Head>> {
    let path = places.head_lines();
    let io = || AuditError::io(&path);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io()(error)),
    };
    let length = file.metadata().map_err(io())?.len();
    let line = ends(&file, length).map_err(io())?.line;
    Ok(line.and_then(|(_, line)| Head::parse(&line)))
}

/// Adds a head; it is on the disk when this returns. A torn one before it is moved aside: it was
/// never said to be there.
pub fn add(places: &Places, head: &Head) -> Result<()> {
    let path = places.head_lines();
    let io = || AuditError::io(&path);
    let new = !path.exists();
    let open = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path);
    let mut file = open.map_err(io())?;
    let length = file.metadata().map_err(io())?.len();
    let whole = ends(&file, length).map_err(io())?.whole;
    if whole < length {
        set_aside(&path, whole, &places.heads.join("heads.torn"))?;
    }
    let mut line = head.line()?;
    line.push(b'\n');
    let written = file.write_all(&line).and_then(|()| file.sync_data());
    if let Err(error) = written {
        // Best effort: if it stays, it is a torn one.
        let _ = file.set_len(whole);
        return Err(io()(error));
    }
    if new {
        sync_folder(&places.heads)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Head, Key, PublicKey, add, last};
    use crate::ledger::audit::error::AuditError;
    use crate::ledger::audit::files::Places;
    use crate::ledger::audit::hash::ZEROS;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn places(folder: &Path) -> Places {
        Places { log: folder.join("log"), heads: folder.to_owned() }
    }

    #[test]
    fn signed_and_verified() {
        let folder = tempfile::tempdir().expect("a folder");
        let places = places(folder.path());
        let key = Key::open(&places).expect("a key");
        let mode = folder.path().join("key").metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let head = key.sign(7, ZEROS).expect("a head");
        assert!(head.verifies(key.public()));
        let again = Key::open(&places).expect("the same key");
        assert!(head.verifies(again.public()));
        assert_eq!(PublicKey::read(&places).expect("it is read").as_ref(), Some(key.public()));
        assert_eq!(PublicKey::from_hex(&key.public().to_hex()).as_ref(), Some(key.public()));
        for changed in [
            Head { seq: 8, ..head.clone() },
            Head { hash: ZEROS.replacen('0', "1", 1), ..head.clone() },
            Head { time: head.time.replace('T', "t"), ..head.clone() },
            Head { key: "0".repeat(16), ..head.clone() },
            Head { signature: "0".repeat(128), ..head.clone() },
            Head { signature: String::new(), ..head.clone() },
        ] {
            assert!(!changed.verifies(key.public()), "{changed:?}");
        }

        assert_eq!(last(&places).expect("it is read"), None);
        add(&places, &head).expect("it is written");
        let mut bytes = std::fs::read(places.head_lines()).expect("it is there");
        bytes.extend_from_slice(b"{\"hash");
        std::fs::write(places.head_lines(), bytes).expect("it is ours");
        assert_eq!(last(&places).expect("it is read"), Some(head.clone()));
        add(&places, &Head { seq: 9, ..head.clone() }).expect("it is written");
        assert_eq!(last(&places).expect("it is read").map(|head| head.seq), Some(9));
        let torn = std::fs::read(folder.path().join("heads.torn")).expect("it was moved");
        assert_eq!(torn, b"{\"hash");

        std::fs::remove_file(folder.path().join("key")).expect("it is ours");
        assert!(matches!(Key::open(&places), Err(AuditError::KeyLost { .. })));
    }

    #[test]
    fn heads_are_canonical_lines() {
        let line = format!(
            "{{\"hash\":\"{ZEROS}\",\"key\":\"k\",\"seq\":1,\"signature\":\"s\",\"time\":\"t\"}}"
        );
        assert_eq!(Head::parse(line.as_bytes()).map(|head| head.seq), Some(1));
        for (from, to) in
            [(":1,", ": 1,"), ("}", ",\"x\":1}"), ("\"t\"", "1"), ("\"s\"", "\"\\u0073\"")]
        {
            let changed = line.replacen(from, to, 1);
            assert!(changed != line && Head::parse(changed.as_bytes()).is_none(), "{changed}");
        }
    }
}

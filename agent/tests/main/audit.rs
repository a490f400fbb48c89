//! The audit log: written, torn, pruned, changed byte by byte, and verified.

use crate::support::say;
use qf_agent::ledger::audit::canonical::canonical;
use qf_agent::ledger::audit::error::AuditError;
use qf_agent::ledger::audit::files::Places;
use qf_agent::ledger::audit::hash::{ZEROS, sha256_hex};
use qf_agent::ledger::audit::heads::{Key, PublicKey};
use qf_agent::ledger::audit::read::{Follow, Snapshot};
use qf_agent::ledger::audit::record::{Actor, ActorKind, Draft, Outcome, Policy};
use qf_agent::ledger::audit::redact::{LOOKED_AT, redact};
use qf_agent::ledger::audit::verify::{Verified, verify_bytes};
use qf_agent::ledger::audit::{Audit, Options, public_key};
use qf_graph::store::Home;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

fn draft(number: u64) -> Draft {
    let kind = if number.is_multiple_of(3) { ActorKind::Person } else { ActorKind::Agent };
    Draft {
        action: "step.done".to_owned(),
        actor: Some(Actor { kind, name: format!("näme {number}") }),
        plan: Some("a-plan".to_owned()),
        step: Some(number),
        command: Some(format!("printf '%s\\n' \"{number}\" | tee ü-{number}")),
        policy: Some(Policy { decision: "allow".to_owned(), rule: "run in the tree".to_owned() }),
        outcome: Some(Outcome::Ok),
        detail: number.is_multiple_of(7).then(|| format!("{{\"hash\":\"{ZEROS}\",\"seq\":1}}")),
        ..Draft::default()
    }
}

/// A log with so many records in a folder of its own; its last record is signed.
fn written(count: u64, options: Options) -> (TempDir, Home) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let audit = Audit::open_with(&home, options).expect("a log");
    for number in 1..=count {
        assert_eq!(audit.append(draft(number)).expect("it is written"), number);
    }
    audit.close().expect("it is signed");
    (folder, home)
}

#[track_caller]
fn whole(home: &Home) -> Verified {
    let verified = Audit::verify(home).expect("it is read");
    assert_eq!(verified.problems, [], "{verified:?}");
    verified
}

/// A log in memory.
#[derive(Clone)]
struct Log {
    files: Vec<(String, Vec<u8>)>,
    heads: Vec<u8>,
    key: PublicKey,
}

impl Log {
    fn of(home: &Home) -> Self {
        let places = Places::of(home);
        let files = places.list().expect("it is read").into_iter().map(|(_, path)| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, std::fs::read(path).expect("it is read"))
        });
        let files = files.collect();
        let heads = std::fs::read(places.head_lines()).expect("there are heads");
        let key = PublicKey::read(&places).expect("it is read").expect("a key");
        Self { files, heads, key }
    }

    fn verify(&self) -> Verified {
        let files: Vec<(&str, &[u8])> =
            self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        verify_bytes(&files, &self.heads, Some(&self.key))
    }

    fn bytes(&self) -> Vec<u8> {
        self.files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }

    /// The lines of a file, each with its end.
    fn lines(&self, file: usize) -> Vec<Vec<u8>> {
        self.files[file].1.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
    }

    fn set(&mut self, file: usize, lines: &[Vec<u8>]) {
        self.files[file].1 = lines.concat();
    }
}

/// A record with a hash that is right, as a line with its end.
fn sealed(mut record: Value) -> Vec<u8> {
    let members = record.as_object_mut().expect("an object");
    members.remove("hash");
    let hash = sha256_hex(&canonical(&record).expect("a form"));
    record["hash"] = Value::from(hash);
    let mut line = canonical(&record).expect("a form");
    line.push(b'\n');
    line
}

fn record(line: &[u8]) -> Value {
    serde_json::from_slice(line).expect("it is JSON")
}

/// Numbers that are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn what_is_appended_verifies() {
    let (folder, home) = written(200, Options { records: 90, ..Options::default() });
    let verified = whole(&home);
    assert_eq!((verified.records, verified.first, verified.last), (200, 1, 200));
    assert_eq!((verified.files, verified.heads), (3, 4));
    assert_eq!((verified.signed, verified.unsigned), (200, 0));

    // Another process goes on; nothing is signed twice.
    let audit = Audit::open(&home).expect("a log");
    assert_eq!(audit.sign().expect("it is read"), None);
    assert_eq!(audit.append(draft(201)).expect("it is written"), 201);
    assert_eq!(whole(&home).unsigned, 1);
    assert_eq!(audit.sign().expect("it is signed").map(|head| head.seq), Some(201));
    assert_eq!(audit.append(draft(202)).expect("it is written"), 202);
    drop(audit);
    assert_eq!(whole(&home).unsigned, 0);

    let lines = Audit::tail(&home, 95).expect("it is read");
    assert_eq!(lines.len(), 95);
    for (line, seq) in lines.iter().zip(108_u64..) {
        assert_eq!(record(line)["seq"], seq);
    }
    assert_eq!(Audit::tail(&home, 1000).expect("it is read").len(), 202);

    for action in ["log.pruned", "", "With Spaces"] {
        let audit = Audit::open(&home).expect("a log");
        let refused = audit.append(Draft { action: action.to_owned(), ..Draft::default() });
        assert!(matches!(refused, Err(AuditError::Unfit { .. })), "{action}");
    }
    assert_eq!(whole(&home).records, 202);

    // The key that was kept elsewhere, and that of somebody else.
    let own = PublicKey::read(&Places::of(&home)).expect("it is read").expect("a key");
    let path = folder.path().join("audit-heads/key.pub");
    let read = public_key(path.to_str().expect("a path")).expect("a key");
    assert_eq!(read, own);
    assert_eq!(Audit::verify_with(&home, &own).expect("it is read").problems, []);
    let (_other_folder, other) = written(1, Options::default());
    let other = PublicKey::read(&Places::of(&other)).expect("it is read").expect("a key");
    let verified = Audit::verify_with(&home, &other).expect("it is read");
    assert!(!verified.problems.is_empty() && verified.signed == 0, "{verified:?}");
}

#[test]
fn nothing_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    assert_eq!(whole(&home).records, 0);
    assert!(!folder.path().join("audit").exists(), "looking makes nothing");
    assert_eq!(Audit::tail(&home, 3).expect("it is read"), Vec::<Vec<u8>>::new());
}

/// One change of a log: what it is then, and what was done to it.
fn change(original: &Log, dice: &mut Dice) -> (Log, &'static str) {
    let mut copy = original.clone();
    let file = dice.below(copy.files.len());
    let mut lines = copy.lines(file);
    let line = dice.below(lines.len());
    let kind = match dice.below(13) {
        0..3 => {
            let at = dice.below(copy.files[file].1.len());
            copy.files[file].1[at] ^= 1 << dice.below(8);
            return (copy, "a bit");
        }
        3 => {
            let at = dice.below(copy.files[file].1.len());
            copy.files[file].1[at] = b" \n\"\\,:0}"[dice.below(8)];
            return (copy, "a byte");
        }
        4 => {
            lines.remove(line);
            "a line less"
        }
        5 => {
            let other = dice.below(lines.len());
            lines.swap(line, other);
            "lines swapped"
        }
        6 => {
            let other = dice.below(lines.len());
            lines.insert(other, lines[line].clone());
            "a line twice"
        }
        7 => {
            // The end of the log is cut, with the files behind it.
            copy.files.truncate(file + 1);
            let length = dice.below(copy.files[file].1.len());
            copy.files[file].1.truncate(length);
            return (copy, "an end less");
        }
        8 => {
            let length = copy.files[file].1.len();
            let (one, other) = (dice.below(length), dice.below(length));
            drop(copy.files[file].1.drain(one.min(other)..one.max(other)));
            return (copy, "bytes less");
        }
        9 => {
            copy.files.remove(file);
            return (copy, "a file less");
        }
        10 => {
            // Behind the last: with a number that fits and a hash that does not, or one that does
            // and another record before it.
            let last = copy.files.len() - 1;
            let mut forged = record(copy.lines(last).last().expect("a line"));
            let next = forged["seq"].as_u64().expect("a number") + 1;
            forged["seq"] = Value::from(next);
            let line = if dice.below(2) == 0 {
                let mut line = canonical(&forged).expect("a form");
                line.push(b'\n');
                line
            } else {
                sealed(forged)
            };
            copy.files[last].1.extend_from_slice(&line);
            return (copy, "a forged line");
        }
        11 => {
            let last = copy.files.len() - 1;
            copy.files[last].1.extend_from_slice(&lines[line]);
            return (copy, "an old line at the end");
        }
        _ => {
            let other = dice.below(lines.len());
            let copy = lines[line].clone();
            lines[other] = copy;
            "a line over another"
        }
    };
    copy.set(file, &lines);
    (copy, kind)
}

#[test]
fn every_single_change_is_found_where_it_is() {
    const CHANGES: usize = 10_000;
    let (_folder, home) = written(120, Options { records: 50, ..Options::default() });
    let original = Log::of(&home);
    assert_eq!(original.verify().problems, []);
    assert_eq!(original.verify().signed, 120);
    let bytes = original.bytes();
    let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let made: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| {
                let (original, bytes, ends) = (&original, &bytes, &ends);
                scope.spawn(move || {
                    let mut dice = Dice(thread as u64 + 1);
                    let mut made = 0;
                    while made < CHANGES.div_ceil(threads) {
                        let (copy, kind) = change(original, &mut dice);
                        let changed = copy.bytes();
                        let same = changed.iter().zip(bytes).take_while(|(a, b)| a == b).count();
                        if same == bytes.len() && same == changed.len() {
                            continue;
                        }
                        made += 1;
                        // The record in which the first byte is another, or is not there.
                        let first = ends.partition_point(|end| *end < same) as u64 + 1;
                        let verified = copy.verify();
                        let found = verified.problems.first().expect("a problem");
                        assert_eq!(found.seq, Some(first), "{kind}: {:?}", verified.problems);
                    }
                    made
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("it is found")).sum()
    });
    say(&format!("{made} changes of a log of 120 records, each found at the first record it has"));
}

#[test]
fn changed_heads_are_found() {
    let (_folder, home) = written(130, Options::default());
    let original = Log::of(&home);
    for at in 0..original.heads.len() {
        let mut copy = original.clone();
        copy.heads[at] ^= 1;
        let verified = copy.verify();
        assert!(!verified.problems.is_empty(), "byte {at}");
        assert!(verified.problems.iter().all(|problem| problem.file == "heads.jsonl"));
    }
}

#[test]
fn a_rewritten_log_does_not_fit_its_heads() {
    let (_folder, home) = written(140, Options::default());
    let original = Log::of(&home);
    // Record 70 and all after it, made anew by somebody who has no key.
    let mut copy = original.clone();
    let mut lines = copy.lines(0);
    for at in 69..lines.len() {
        let mut changed = record(&lines[at]);
        if at == 69 {
            changed["outcome"] = Value::from("failed");
        }
        changed["previous"] = Value::from(sha256_hex(lines[at - 1].trim_ascii_end()));
        lines[at] = sealed(changed);
    }
    copy.set(0, &lines);
    let verified = copy.verify();
    let found = verified.problems.first().expect("a problem");
    assert_eq!(found.seq, Some(128), "{verified:?}");
    assert!(found.what.contains("after record 64"), "{found}");
    // Without the heads that name them it cannot be seen, but it is said that nobody signed.
    copy.heads =
        original.heads.split_inclusive(|byte| *byte == b'\n').next().expect("a head").to_vec();
    let verified = copy.verify();
    assert_eq!((verified.problems.len(), verified.signed, verified.unsigned), (0, 64, 76));
    // Without any key, heads are worth nothing.
    let (name, bytes) = &copy.files[0];
    let verified = verify_bytes(&[(name.as_str(), bytes.as_slice())], &copy.heads, None);
    assert_eq!(verified.problems[0].file, "key.pub");
}

#[test]
fn files_are_begun_and_pruned() {
    let options = Options { records: 10, head_every: 4, ..Options::default() };
    let (_folder, home) = written(95, options);
    assert_eq!(whole(&home).files, 10);
    let before = Log::of(&home);
    let audit = Audit::open_with(&home, options).expect("a log");
    assert_eq!(audit.prune(10).expect("nothing to do").files, 0);
    assert_eq!(audit.prune(3).expect("it is pruned").files, 7);
    let verified = whole(&home);
    assert_eq!((verified.first, verified.last, verified.unsigned), (71, 102, 0));
    assert_eq!(audit.append(draft(103)).expect("it is written"), 103);
    audit.close().expect("it is signed");
    assert_eq!(whole(&home).last, 103);

    // What was removed is named by its hash.
    let lines = Audit::tail(&home, 8).expect("it is read");
    for (line, (name, bytes)) in lines.iter().zip(&before.files[..7]) {
        let pruned = &record(line)["pruned"];
        assert_eq!(pruned["file"], name.as_str());
        assert_eq!(pruned["sha256"], sha256_hex(bytes));
    }

    // A file less than was said, or an anchor that nobody signed.
    let mut copy = Log::of(&home);
    copy.files.remove(0);
    assert_eq!(copy.verify().problems[0].seq, Some(1));
    let mut copy = Log::of(&home);
    copy.heads.clear();
    assert_eq!(copy.verify().problems[0].seq, Some(1));
    // A file more is as good: it was there when the program was killed.
    let mut copy = Log::of(&home);
    copy.files.insert(0, before.files[6].clone());
    assert_eq!((copy.verify().problems.len(), copy.verify().first), (0, 61));

    // What does not verify stays.
    let path = Places::of(&home).file(9);
    let changed = std::fs::read(&path).expect("it is read");
    std::fs::write(&path, &changed[1..]).expect("it is ours");
    let audit = Audit::open_with(&home, options).expect("a log");
    assert!(matches!(audit.prune(1), Err(AuditError::NotWhole { .. })));
    assert!(path.exists());
}

#[test]
fn files_are_begun_by_size() {
    let options = Options { bytes: 5000, ..Options::default() };
    let (_folder, home) = written(40, options);
    let verified = whole(&home);
    assert!(verified.files > 3, "{verified:?}");
    for (name, bytes) in Log::of(&home).files {
        assert!(bytes.len() <= 5000, "{name}");
    }
}

/// A log of five records whose writer was killed before it signed anything.
fn killed() -> (TempDir, Home, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let audit = Audit::open(&home).expect("a log");
    for number in 1..=5 {
        audit.append(draft(number)).expect("it is written");
    }
    std::mem::forget(audit);
    let bytes = std::fs::read(Places::of(&home).file(1)).expect("it is read");
    (folder, home, bytes)
}

#[test]
fn a_torn_end_is_moved_aside() {
    let (_folder, home, bytes) = killed();
    let places = Places::of(&home);
    let last = bytes[..bytes.len() - 1].iter().rposition(|b| *b == b'\n').expect("lines") + 1;
    let mut torn: Vec<Vec<u8>> =
        (last + 1..bytes.len()).step_by(61).map(|end| bytes[..end].to_vec()).collect();
    torn.push(bytes[..bytes.len() - 1].to_vec());
    // The first of the blocks of a line did not reach the disk.
    let mut zeros = bytes.clone();
    zeros[last..last + 100].fill(0);
    torn.push(zeros);
    for torn in torn {
        let _ = std::fs::remove_file(places.torn(1));
        let _ = std::fs::remove_file(places.head_lines());
        std::fs::write(places.file(1), &torn).expect("it is ours");
        assert_eq!(Audit::verify(&home).expect("it is read").problems[0].seq, Some(5));
        let audit = Audit::open(&home).expect("it is repaired");
        assert_eq!(audit.append(draft(6)).expect("it is written"), 6);
        drop(audit);
        assert_eq!(whole(&home).records, 6);
        assert_eq!(std::fs::read(places.torn(1)).expect("it is kept"), &torn[last..]);
        let repaired = record(&Audit::tail(&home, 2).expect("it is read")[0]);
        assert_eq!(repaired["action"], "log.repaired");
        assert!(repaired["detail"].as_str().expect("a text").contains("log-000001.torn"));
    }

    // A line that was signed is not torn but cut.
    std::fs::remove_file(places.head_lines()).expect("it is ours");
    std::fs::write(places.file(1), &bytes).expect("it is ours");
    Audit::open(&home).expect("a log").sign().expect("it is signed");
    std::fs::write(places.file(1), &bytes[..bytes.len() - 9]).expect("it is ours");
    drop(Audit::open(&home).expect("it is repaired"));
    assert_eq!(Audit::verify(&home).expect("it is read").problems[0].seq, Some(5));

    // A file was begun, and nothing whole is in it; then more than a last line is damaged.
    std::fs::remove_file(places.head_lines()).expect("it is ours");
    std::fs::write(places.file(1), &bytes).expect("it is ours");
    std::fs::write(places.file(2), b"{\"act").expect("it is ours");
    let audit = Audit::open(&home).expect("it is repaired");
    assert_eq!(audit.append(draft(7)).expect("it is written"), 7);
    drop(audit);
    assert_eq!(whole(&home).files, 2);
    std::fs::remove_file(places.file(2)).expect("it is ours");
    let mut damaged = bytes.clone();
    damaged[last - 10] ^= 1;
    damaged[last + 10] ^= 1;
    std::fs::write(places.file(1), damaged).expect("it is ours");
    assert!(matches!(Audit::open(&home), Err(AuditError::Damaged { .. })));
}

/// Runs in a process of its own: see the next test.
#[test]
fn child_that_appends() {
    let Ok(home) = std::env::var("QF_AUDIT_HOME") else { return };
    append_some(Path::new(&home));
}

fn append_some(home: &Path) {
    let options = Options { records: 70, head_every: 16, ..Options::default() };
    let audit = Audit::open_with(&Home::new(home), options).expect("a log");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in 1..=20 {
                    audit.append(draft(number)).expect("it is written");
                }
            });
        }
    });
    audit.close().expect("it is signed");
}

#[test]
fn many_write_at_the_same_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = Home::new(folder.path());
    let children: Vec<_> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().expect("it runs"))
                .args(["--exact", "audit::child_that_appends", "--nocapture"])
                .env("QF_AUDIT_HOME", folder.path())
                .stdout(std::process::Stdio::null())
                .spawn()
                .expect("it runs")
        })
        .collect();
    append_some(folder.path());
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let verified = whole(&home);
    assert_eq!((verified.records, verified.unsigned, verified.files), (160, 0, 3));
}

#[test]
fn what_is_added_is_followed() {
    let options = Options { records: 4, ..Options::default() };
    let (_folder, home) = written(3, options);
    let places = Places::of(&home);
    let mut follow = Follow::behind(places.clone(), &Snapshot::take(&places).expect("it is read"));
    assert_eq!(follow.more().expect("it is read").len(), 0);
    let audit = Audit::open_with(&home, options).expect("a log");
    for number in 4..=9 {
        audit.append(draft(number)).expect("it is written");
    }
    let seqs: Vec<Value> =
        follow.more().expect("it is read").iter().map(|line| record(line)["seq"].clone()).collect();
    assert_eq!(seqs, (4..=9).map(Value::from).collect::<Vec<_>>());
    assert_eq!(follow.more().expect("it is read").len(), 0);
}

#[test]
fn a_part_is_exported() {
    let (_folder, home) = written(30, Options { head_every: 4, records: 12, ..Options::default() });
    let mut out = Vec::new();
    let manifest = Audit::export(&home, 10..=20, &mut out).expect("it is exported");
    assert_eq!((manifest.from, manifest.to, manifest.count), (10, 20, 11));
    let seqs: Vec<u64> = manifest.heads.iter().map(|head| head.seq).collect();
    assert_eq!(seqs, [12, 16, 20]);
    let end = out.iter().position(|byte| *byte == b'\n').expect("lines") + 1;
    assert_eq!(record(&out[..end]), manifest.value());
    assert_eq!(sha256_hex(&out[end..]), manifest.sha256);
    let lines: Vec<&[u8]> = out[end..].split_inclusive(|byte| *byte == b'\n').collect();
    assert_eq!(lines.len(), 11);
    assert_eq!(record(lines[0])["previous"], manifest.first_previous.as_str());
    assert_eq!(record(lines[10])["hash"], manifest.last_hash.as_str());
    let all = Audit::export(&home, 0..=u64::MAX, &mut std::io::sink()).expect("it is exported");
    assert_eq!((all.from, all.to, all.first_previous.as_str()), (1, 30, ZEROS));
    let none = Audit::export(&home, 31..=40, &mut std::io::sink());
    assert!(matches!(none, Err(AuditError::NoRecords { from: 31, to: 40 })));
}

#[test]
fn secrets_are_taken_out() {
    let body = "a1B2c3D4".repeat(5);
    let body = body.as_str();
    let armour = |rest: &str| format!("-----BEGIN RSA {}-----\nMIIabc\n{rest}", "PRIVATE KEY");
    for (text, secret) in [
        (format!("echo ghp_{body}"), body),
        (format!("github_pat_{body}"), body),
        (format!("x=glpat-{body}."), body),
        (format!("xoxb-{body}"), body),
        (format!("AKIA{} is it", "ABCDEFGHIJKLMNOP"), "ABCDEFGH"),
        (format!("call(\"sk-ant-api03-{body}\")"), body),
        (format!("curl -H 'Authorization: Bearer {body}' https://x"), body),
        (format!("bearer {body}"), body),
        ("curl -H \"Authorization: Basic dXNlcjpwYXNz\"".to_owned(), "dXNlcjpwYXNz"),
        ("mysql --password=hunter2 -h db".to_owned(), "hunter2"),
        ("mysql --password hunter2".to_owned(), "hunter2"),
        ("PGPASSWORD=\"two words\" psql".to_owned(), "words"),
        ("PASSWORD=ab'c d'ef run".to_owned(), "c d"),
        ("export API_TOKEN=f00ba4r5ecret77; x".to_owned(), "ecret77"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG aws s3".to_owned(), "wJalr"),
        ("{\"password\": \"hunter2\", \"user\": \"me\"}".to_owned(), "hunter2"),
        ("{\\\"client_secret\\\":\\\"hunter2\\\"}".to_owned(), "hunter2"),
        ("git clone https://me:hunter2@example.org/x.git".to_owned(), "hunter2"),
        ("psql postgres://me:hun/ter2@db:5432/x".to_owned(), "ter2"),
        (format!("git clone https://{body}@example.org/x"), body),
        (format!("git clone https://{body}:x-oauth-basic@example.org/x"), body),
        ("curl -u me:hunter2 https://x".to_owned(), "hunter2"),
        (armour(&format!("-----END RSA {}----- rest", "PRIVATE KEY")), "MIIabc"),
        (armour("cut"), "MIIabc"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcDEF123-_x".to_owned(), "abcDEF"),
        (format!("a_ghp_{body} in the middle of a word"), body),
    ] {
        let redacted = redact(&text);
        assert!(!redacted.text.contains(secret), "{text}: {}", redacted.text);
        assert!(redacted.text.contains("[redacted:"), "{text}: {}", redacted.text);
        assert_eq!(redacted.count, 1, "{text}: {}", redacted.text);
        let again = redact(&redacted.text);
        assert_eq!((again.text, again.count), (redacted.text, 0));
    }
    for text in [
        "git commit -m 'fix the token parser'",
        "sort --key=2 file",
        "export PASSWORD=$SECRET TOKEN=${OTHER}",
        "cd $PWD && PWD=/tmp ls",
        "max_tokens=4096",
        "docker run -u 1000:1000 image",
        "curl https://example.org:8080/a@b",
        "open risk-assessment-2024-report-final",
        "pip install sk-learn-contrib-extras-package",
        "use std::secret::Value;",
        "ssh-keygen -t ed25519 -C me@example.org",
        "Bearer of bad news",
        "PASSWORD_FILE=/run/secrets/db ünïcödé 😀",
        "",
    ] {
        let redacted = redact(text);
        assert_eq!((redacted.text.as_str(), redacted.count), (text, 0));
    }
    let two = redact(&format!("ghp_{body} PASSWORD=x ghp_{body}"));
    let (first, rest) = two.text.split_once(' ').expect("words");
    assert!(
        two.count == 3 && rest.ends_with(first),
        "the same secret, the same mark: {}",
        two.text
    );

    // At the end of what is looked at.
    for before in (LOOKED_AT - 600..LOOKED_AT + 10).step_by(3) {
        let text = format!("{} ghp_{body} {}", "ü".repeat(before / 2), "more ".repeat(400));
        let redacted = redact(&text);
        assert!(!redacted.text.contains("a1B2"), "{before}");
        assert!(redacted.text.len() < LOOKED_AT + 100);
    }
}

#[test]
fn many_records_are_verified_at_once() {
    if cfg!(debug_assertions) {
        return;
    }
    const COUNT: u64 = 200_000;
    let (_folder, home) = written(1, Options::default());
    let mut template = record(&Log::of(&home).files[0].1);
    let key = Key::open(&Places::of(&home)).expect("the key");
    let (mut log, mut heads) = (Vec::new(), Vec::new());
    let mut previous = ZEROS.to_owned();
    for seq in 1..=COUNT {
        template["seq"] = Value::from(seq);
        template["previous"] = Value::from(previous);
        let line = sealed(template.clone());
        previous = sha256_hex(line.trim_ascii_end());
        if seq.is_multiple_of(64) {
            let hash = record(&line)["hash"].as_str().expect("a hash").to_owned();
            let head = key.sign(seq, &hash).expect("a head");
            heads.extend_from_slice(&head.line().expect("a form"));
            heads.push(b'\n');
        }
        log.extend_from_slice(&line);
    }
    let begun = std::time::Instant::now();
    let verified =
        verify_bytes(&[("log-000001.jsonl", log.as_slice())], &heads, Some(key.public()));
    let took = begun.elapsed();
    assert_eq!((verified.records, verified.problems.len()), (COUNT, 0));
    say(&format!(
        "{COUNT} records of {} bytes verified in {took:?}: {:.0} a second",
        log.len() as u64 / COUNT,
        COUNT as f64 / took.as_secs_f64()
    ));
}

//! What is loaded for one session: cut, searched, and gone when it should be.

use qf_agent::session::load::{INPUT, Loader, Options};
use qf_agent::session::search::{Found, search};
use qf_agent::session::{Loaded, SessionError, Sessions};
use qf_graph::embed::static_model::StaticModel;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// The id of the order that fails.
const ORDER: &str = "8f3a2b1c";

/// A folder with files to load, and sessions that are nobody else's.
struct Fixture {
    folder: TempDir,
    sessions: Sessions,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let sessions = Sessions::in_folder(folder.path().join("qf"));
        Self { folder, sessions }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("it is ours");
        path
    }

    /// Parts are small, so that there are many.
    fn options() -> Options {
        Options { part: 64 << 10, ..Options::new("qf") }
    }

    fn loader(&self) -> Loader {
        Loader::open(&self.sessions, "s", Self::options()).expect("a session")
    }

    fn load(&self, path: &Path) -> Loaded {
        self.loader().file(path, &mut |_, _| {}).expect("it is loaded")
    }

    fn search(&self, question: &str) -> Found {
        let session = self.sessions.open("s").expect("there is one");
        search(&session, question, 5, StaticModel::get()).expect("an answer")
    }
}

/// A log of many requests, one of which fails in the middle.
fn log(lines: usize) -> String {
    let mut text = String::new();
    for number in 0..lines {
        let time = format!("2024-05-01 12:{:02}:{:02}", number / 60 % 60, number % 60);
        if number == lines / 2 {
            let _ = write!(
                text,
                "{time} ERROR payment gateway refused the card of order {ORDER}\n\
                 Traceback (most recent call last):\n  \
                   File \"app/ledger.py\", line 12, in apply\n    check(amount)\n\
                 ValueError: refused\n"
            );
        }
        let _ = writeln!(text, "{time} INFO request {number:07} served in {} ms", number % 97);
    }
    text
}

#[test]
fn the_record_that_answers_is_found_among_many_parts() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(20_000));
    let loaded = fixture.load(&path);
    assert!(loaded.parts.len() > 10, "{}", loaded.parts.len());
    assert_eq!((loaded.kind.as_str(), loaded.lines), ("log", 20_005));
    assert_eq!(loaded.mentions, 1);
    let found = fixture.search("why did the gateway refuse a card?");
    let best = &found.hits[0];
    assert!(best.text.contains("gateway refused the card"), "{best:?}");
    assert_eq!((best.place.as_str(), best.line), ("app.log:10001", 10_001));
    // With the stack below it, and without the requests beside it.
    assert!(best.passage.contains("line 12, in apply"), "{}", best.passage);
    assert!(best.passage.ends_with("ValueError: refused"), "{}", best.passage);
}

#[test]
fn lines_of_one_statement_answer_once() {
    let fixture = Fixture::new();
    fixture.load(&fixture.write("app.log", &log(5_000)));
    let found = fixture.search("request served");
    let served = found.hits.iter().filter(|hit| hit.text.contains("served"));
    assert_eq!(served.clone().count(), 1, "{:?}", found.hits);
    assert!(served.clone().all(|hit| hit.alike > 10), "{:?}", found.hits);
}

#[test]
fn a_message_that_comes_all_the_time_hides_no_other() {
    let fixture = Fixture::new();
    let mut text = String::new();
    for number in 0..20_000 {
        let time = format!("2024-05-01 12:{:02}:{:02}", number / 60 % 60, number % 60);
        if number == 11_111 {
            let _ = writeln!(text, "{time} ERROR payment failed because of expired certificate");
        }
        let _ = writeln!(text, "{time} ERROR payment failed because of timeout number {number}");
    }
    fixture.load(&fixture.write("app.log", &text));
    let found = fixture.search("payment failed");
    assert_eq!(found.hits.len(), 2, "{:?}", found.hits);
    let with = |words: &str| found.hits.iter().find(|hit| hit.text.contains(words));
    let (frequent, rare) = (with("timeout").expect("a hit"), with("expired").expect("a hit"));
    // All of them, and not those that were looked at.
    assert_eq!((frequent.alike, frequent.alike_at_least), (19_999, false));
    assert_eq!((rare.alike, rare.alike_at_least), (0, false));
}

#[test]
fn a_rare_id_comes_before_one_that_is_everywhere() {
    let fixture = Fixture::new();
    let mut text = String::new();
    for number in 0..20_000 {
        let _ = writeln!(text, "12:00:{:02} INFO worker-8f3a2b1c takes {number:05}", number % 60);
    }
    text += "12:00:59 INFO order 9d4a77c2 is lost\n";
    fixture.load(&fixture.write("app.log", &text));
    let found = fixture.search("what did 8f3a2b1c do with 9d4a77c2?");
    assert!(found.hits[0].text.contains("9d4a77c2"), "{:?}", found.hits);
    let other = found.hits.iter().find(|hit| hit.text.contains("8f3a2b1c")).expect("a hit");
    assert!(other.alike > 10 && other.alike_at_least, "{other:?}");
}

#[test]
fn an_id_in_a_longer_one_is_another() {
    let fixture = Fixture::new();
    let text = "12:00:00 INFO order 77123456001 is paid\n12:00:01 INFO order_123456 is paid\n";
    fixture.load(&fixture.write("app.log", text));
    assert_eq!(fixture.search("123456").hits, []);
    assert_eq!(fixture.search("77123456001").hits.len(), 1);
}

#[test]
fn a_record_of_several_chunks_is_known_to_its_end() {
    let fixture = Fixture::new();
    let mut text = "2024-05-01 12:00:00 ERROR the context cannot be started\n".to_owned();
    for number in 0..150 {
        let _ = writeln!(text, "\tat org.framework.beans.Factory.make(Factory.java:{number})");
    }
    text += "Caused by: java.lang.IllegalStateException: no\n\tat com.shop.Pay.pay(Pay.java:7)\n";
    text += "2024-05-01 12:00:01 INFO Other.java:9 goes on\n";
    fixture.load(&fixture.write("app.log", &text));
    let found = fixture.search("the context cannot be started");
    let best = &found.hits[0];
    assert!(best.passage.len() <= 4096 && !best.passage.contains("Pay.java"), "{best:?}");
    assert!(best.record.starts_with(&best.passage), "{}", best.record);
    assert!(best.record.ends_with("(Pay.java:7)\n"), "{}", best.record);
}

#[test]
fn an_id_is_found_though_it_is_in_no_dictionary() {
    let fixture = Fixture::new();
    fixture.load(&fixture.write("app.log", &log(5_000)));
    for question in [ORDER, "what became of order 8F3A2B1C?", "0004321"] {
        let found = fixture.search(question);
        let id = question.trim_start_matches("what became of order ").trim_end_matches('?');
        let best = found.hits.first().expect("a line");
        assert!(best.text.to_lowercase().contains(&id.to_lowercase()), "{id}: {best:?}");
        assert!(best.score > 1.0, "{best:?}");
    }
    assert_eq!(fixture.search("deadbeef99").hits, []);
}

#[test]
fn what_has_nothing_to_do_with_a_question_is_no_answer() {
    let fixture = Fixture::new();
    fixture.load(&fixture.write("app.log", &log(500)));
    assert_eq!(fixture.search("kubernetes ingress annotations").hits, []);
    assert_eq!(fixture.search("").hits, []);
}

#[test]
fn documents_have_headings() {
    let fixture = Fixture::new();
    let text = "# Fees\nEvery transfer costs one percent.\n\n# Refunds\nA refund is paid back within \
                a week.\n";
    let loaded = fixture.load(&fixture.write("rules.md", text));
    assert_eq!((loaded.kind.as_str(), loaded.chunks), ("markdown", 2));
    let found = fixture.search("how long does a refund take");
    assert_eq!((found.hits[0].label.as_str(), found.hits[0].line), ("Refunds", 5), "{found:?}");
    assert_eq!(found.hits[0].place, "rules.md:5");
}

#[test]
fn text_that_is_no_text_everywhere_and_lines_without_end() {
    let fixture = Fixture::new();
    let path = fixture.folder.path().join("odd.log");
    let mut bytes = b"2024-05-01 12:00:00 INFO begins\n".to_vec();
    bytes.extend(b"2024-05-01 12:00:01 ERROR broken \xff\xfe pipe\n");
    bytes.extend(b"x");
    bytes.extend("ö".repeat(50_000).as_bytes());
    bytes.extend(b" the very end of the endless line");
    std::fs::write(&path, &bytes).expect("it is ours");
    let loaded = fixture.load(&path);
    assert_eq!(loaded.lines, 3);
    assert!(fixture.search("broken pipe").hits[0].text.contains("broken"));
    let end = &fixture.search("very end of the endless line").hits[0];
    assert!(end.text.ends_with("the very end of the endless line"), "{}", end.text);
    assert!(!end.text.contains('\u{fffd}'), "a character was cut");
}

#[test]
fn a_log_that_grew_still_answers_and_one_that_was_rewritten_does_not() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(100));
    fixture.load(&path);
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).expect("it is ours");
    file.write_all(b"2024-05-01 13:00:00 INFO more\n").expect("it is written");
    let found = fixture.search("gateway refused card");
    assert!(found.hits[0].text.contains("gateway"), "{found:?}");
    assert!(found.notes[0].contains("app.log has grown"), "{:?}", found.notes);
    // Of the same length, in place.
    let text = log(100).replacen("2024", "2025", 1) + "2024-05-01 13:00:00 INFO more\n";
    std::fs::write(&path, text).expect("it is ours");
    let found = fixture.search("gateway refused card");
    assert_eq!(found.hits, []);
    assert!(found.notes[0].contains("app.log has changed"), "{:?}", found.notes);
    fixture.load(&path);
    let found = fixture.search("gateway refused card");
    assert!(found.hits[0].text.contains("gateway") && found.notes.is_empty(), "{found:?}");
    std::fs::remove_file(&path).expect("it is ours");
    assert!(fixture.search("gateway").notes[0].contains("app.log is gone"));
}

#[test]
fn a_text_that_was_changed_in_its_middle_has_changed() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(2_000));
    fixture.load(&path);
    let changed_in = |seconds: u64| {
        let file = std::fs::File::options().write(true).open(&path).expect("it is ours");
        let time = SystemTime::now() + Duration::from_secs(seconds);
        file.set_modified(time).expect("it is ours");
    };
    changed_in(10);
    let found = fixture.search("gateway refused card");
    assert!(!found.hits.is_empty() && found.notes.is_empty(), "only its time is new: {found:?}");
    // Far from both ends, and of the same length.
    let other = log(2_000).replacen("request 0000700", "request 9999999", 1);
    assert_eq!(other.len(), log(2_000).len());
    for text in [other.clone(), other + "2024-05-01 13:00:00 INFO more\n"] {
        std::fs::write(&path, text).expect("it is ours");
        changed_in(20);
        let found = fixture.search("gateway refused card");
        assert_eq!(found.hits, []);
        assert!(found.notes[0].contains("app.log has changed"), "{:?}", found.notes);
    }
}

#[test]
fn one_loader_of_many_files_keeps_what_they_are_now() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(1_000));
    let mut loader = fixture.loader();
    for number in [0, 1, 0, 1, 2] {
        let path = fixture.write(&format!("{number}.log"), &log(1_000));
        loader.file(&path, &mut |_, _| {}).expect("it is loaded");
    }
    loader.file(&path, &mut |_, _| {}).expect("it is loaded");
    loader.finish().expect("it is written");
    let manifest = fixture.sessions.open("s").expect("there is one").manifest;
    assert_eq!(&manifest, loader.manifest());
    let names: Vec<&str> = manifest.files.iter().map(Loaded::name).collect();
    assert_eq!(names, ["0.log", "1.log", "2.log", "app.log"]);
    let parts: usize = manifest.files.iter().map(|file| file.parts.len()).sum();
    let there = std::fs::read_dir(fixture.sessions.folder_of("s")).expect("it is there").count();
    assert_eq!(there, parts + 2, "the parts, the manifest and the lock");
}

#[test]
fn loading_again_replaces_and_leaves_no_parts_behind() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(5_000));
    fixture.load(&path);
    let files = || std::fs::read_dir(fixture.sessions.folder_of("s")).expect("it is there").count();
    let before = files();
    fixture.load(&path);
    assert_eq!(files(), before);
    let session = fixture.sessions.open("s").expect("there is one");
    assert_eq!(session.manifest.files.len(), 1);
    for entry in std::fs::read_dir(fixture.sessions.folder_of("s")).expect("it is there") {
        let mode = entry.and_then(|entry| entry.metadata()).expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "others may read it");
    }
}

#[test]
fn standard_input_is_kept_in_the_session() {
    let fixture = Fixture::new();
    let text = log(200);
    let mut loader = fixture.loader();
    let loaded = loader.input(&mut text.as_bytes(), &mut |_, _| {}).expect("it is loaded");
    assert_eq!((loaded.path.as_str(), loaded.kind.as_str()), (INPUT, "log"));
    let again = loader.input(&mut &b"# Notes\nNothing of note.\n"[..], &mut |_, _| {});
    assert_eq!(again.expect("it is loaded").path, "standard input 2");
    assert!(loader.input(&mut &b""[..], &mut |_, _| {}).is_err());
    drop(loader);
    let found = fixture.search("gateway refused card");
    assert_eq!(found.hits[0].place, format!("{INPUT}:101"));
    assert_eq!(found.notes, [""; 0]);
}

#[test]
fn what_cannot_be_loaded_is_said_and_leaves_nothing() {
    let fixture = Fixture::new();
    let load = |path: &Path| fixture.loader().file(path, &mut |_, _| {});
    assert!(matches!(load(&fixture.write("a.log", "")), Err(SessionError::Empty { .. })));
    assert!(matches!(load(fixture.folder.path()), Err(SessionError::NotAFile { .. })));
    assert!(matches!(load(Path::new("/there/is/none")), Err(SessionError::Io { .. })));
    assert!(matches!(load(&fixture.write("a.bin", "a\0b")), Err(SessionError::Read(_))));
    assert!(matches!(fixture.sessions.open("s"), Err(SessionError::Unknown { .. })));
    assert_eq!(fixture.sessions.list().expect("a list").0, []);
    for name in ["", "../x", ".x", "a/b", "x".repeat(61).as_str()] {
        let opened = Loader::open(&fixture.sessions, name, Fixture::options());
        assert!(matches!(opened, Err(SessionError::Name { .. })), "{name}");
    }
}

#[test]
fn a_session_goes_when_it_is_dropped_or_over() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(100));
    fixture.load(&path);
    let dropped = fixture.sessions.drop_session("s").expect("there is one");
    assert_eq!(dropped.expect("it was whole").files.len(), 1);
    assert!(!fixture.folder.path().join("qf").exists(), "nothing is left");
    assert!(matches!(fixture.sessions.drop_session("s"), Err(SessionError::Unknown { .. })));

    let options = Options { ttl: Duration::ZERO, ..Fixture::options() };
    let mut loader = Loader::open(&fixture.sessions, "short", options).expect("a session");
    loader.file(&path, &mut |_, _| {}).expect("it is loaded");
    // Not while somebody loads into it.
    assert_eq!(fixture.sessions.expire().expect("it is looked"), [""; 0]);
    drop(loader);
    fixture.load(&path);
    let names: Vec<String> =
        fixture.sessions.list().expect("a list").0.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["s"]);
    assert!(!fixture.sessions.folder_of("short").exists());
}

#[test]
fn a_damaged_session_is_in_nobodys_way() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(100));
    fixture.load(&path);
    let mut other = Loader::open(&fixture.sessions, "t", Fixture::options()).expect("a session");
    other.file(&path, &mut |_, _| {}).expect("it is loaded");
    drop(other);
    let manifest = fixture.sessions.folder_of("s").join("session.json");
    std::fs::write(&manifest, "{").expect("it is ours");
    let (whole, broken) = fixture.sessions.list().expect("a list");
    assert_eq!(whole.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["t"]);
    assert!(matches!(broken.as_slice(), [SessionError::Damaged { name, .. }] if name == "s"));
    assert!(fixture.sessions.drop_session("s").expect("it is there").is_none());
    assert!(!fixture.sessions.folder_of("s").exists());
}

#[test]
fn what_somebody_was_killed_in_dropping_goes() {
    let fixture = Fixture::new();
    fixture.load(&fixture.write("app.log", &log(100)));
    let left = fixture.sessions.folder().join(".dropped-fault-12345");
    std::fs::create_dir(&left).expect("it is ours");
    std::fs::write(left.join("text-000001"), "a secret").expect("it is ours");
    fixture.sessions.open("s").expect("there is one");
    assert!(!left.exists());
}

#[test]
fn there_is_one_writer_and_readers_see_whole_files() {
    let fixture = Fixture::new();
    let path = fixture.write("app.log", &log(2_000));
    fixture.load(&path);
    let held = fixture.loader();
    let second = Loader::open(&fixture.sessions, "s", Fixture::options());
    assert!(matches!(second, Err(SessionError::Busy { .. })));
    assert!(!fixture.search("gateway refused card").hits.is_empty());
    drop(held);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for _ in 0..10 {
                fixture.load(&path);
            }
        });
        let mut asked = 0;
        while !writer.is_finished() || asked == 0 {
            let found = fixture.search("gateway refused card");
            assert!(found.hits[0].text.contains("gateway"), "{found:?}");
            asked += 1;
        }
    });
}

#[test]
fn a_folder_of_somebody_else_is_refused() {
    let fixture = Fixture::new();
    let outer = fixture.folder.path().join("qf");
    std::fs::create_dir(&outer).expect("it is ours");
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&outer, mode).expect("it is ours");
    };
    let refused = || {
        let opened = Loader::open(&fixture.sessions, "s", Fixture::options());
        matches!(opened, Err(SessionError::Foreign { .. }))
    };
    mode(0o755);
    assert!(refused(), "others may look into it");
    assert!(matches!(fixture.sessions.open("s"), Err(SessionError::Foreign { .. })));
    mode(0o700);
    assert!(!refused());
    std::fs::remove_dir_all(&outer).expect("it is ours");
    let elsewhere = fixture.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("it is ours");
    std::os::unix::fs::symlink(&elsewhere, &outer).expect("it is ours");
    assert!(refused(), "a link leads anywhere");
    std::fs::remove_file(&outer).expect("it is ours");
    std::fs::write(&outer, "").expect("it is ours");
    assert!(refused(), "it is no folder");
}

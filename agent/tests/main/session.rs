//! What is loaded for one session: cut, searched, and gone when it should be.

use qf_agent::session::load::{INPUT, Loader, Options};
use qf_agent::session::search::{Found, search};
use qf_agent::session::{Loaded, SessionError, Sessions};
use qf_graph::embed::static_model::StaticModel;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
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
    assert_eq!(fixture.sessions.list().expect("a list").len(), 0);
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
    assert_eq!(dropped.files.len(), 1);
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
        fixture.sessions.list().expect("a list").into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["s"]);
    assert!(!fixture.sessions.folder_of("short").exists());
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

//! Vectors: of the built-in table, of a chosen model, and their index of nearest neighbours.

use qf_graph::embed::{EmbedError, Embedder};
use qf_graph::snapshot::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::manifest::Manifest;
use qf_indexer::run::{self, IndexError, Options, Silent};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// A model that knows three subjects and remembers what it was asked.
#[derive(Default)]
struct Subjects {
    name: String,
    asked: Mutex<Vec<String>>,
    broken: bool,
}

impl Subjects {
    fn named(name: &str) -> Arc<Self> {
        Arc::new(Self { name: name.to_owned(), ..Self::default() })
    }

    fn vector(text: &str) -> Vec<f32> {
        let lower = text.to_lowercase();
        let about = |words: &[&str]| -> f32 {
            words.iter().map(|word| lower.matches(word).count() as f32).sum()
        };
        let money = about(&["money", "balance", "cash"]);
        let time = about(&["time", "clock", "calendar"]);
        let length = (money * money + time * time + 0.01).sqrt();
        vec![money / length, time / length, 0.1 / length, 0.0]
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("not poisoned"))
    }
}

impl Embedder for Subjects {
    fn name(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        4
    }

    fn query(&self, text: &str) -> Result<Vec<f32>, EmbedError> {
        if self.broken {
            let (message, hint) = ("the model is away".to_owned(), "call it back".to_owned());
            return Err(EmbedError { message, hint });
        }
        Ok(Self::vector(text))
    }

    fn documents(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.asked.lock().expect("not poisoned").extend_from_slice(texts);
        Ok(texts.iter().map(|text| Self::vector(text)).collect())
    }
}

struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    fn new() -> Self {
        let workspace = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        workspace.write("bank.py", "def update_balance(user):\n    '''Adds cash.'''\n    pass\n");
        workspace.write("watch.py", "class Clock:\n    def tick_time(self):\n        return 1\n");
        workspace
    }

    fn write(&self, name: &str, text: &str) {
        let folder = self.folder.path().join("bank");
        std::fs::create_dir_all(&folder).expect("made");
        std::fs::write(folder.join(name), text).expect("written");
    }

    fn home(&self) -> Home {
        Home::new(self.folder.path().join("home"))
    }

    fn index(&self, options: &Options) -> Result<run::Report, IndexError> {
        run::index(&self.home(), &[self.folder.path().join("bank")], options, &Silent)
    }

    fn snapshot(&self, embedder: Option<Arc<dyn Embedder>>) -> Snapshot {
        let mut snapshot = Snapshot::open(&self.home()).expect("opened");
        snapshot.set_embedder(embedder);
        snapshot
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.home().segments()).expect("listed");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files
    }
}

fn with(model: &Arc<Subjects>) -> Options {
    Options { embedder: Some(model.clone()), ..Options::default() }
}

/// Names and dense scores of what a search finds by meaning.
fn dense(snapshot: &Snapshot, text: &str) -> Vec<String> {
    let hits = snapshot.search(text, 10, |_| true);
    let near = hits.iter().filter(|hit| hit.dense > 0.5);
    near.map(|hit| snapshot.name(hit.symbol).to_owned()).collect()
}

#[test]
fn a_chosen_model_makes_the_vectors() {
    let workspace = Workspace::new();
    let model = Subjects::named("subjects/1");
    workspace.index(&with(&model)).expect("indexed");
    let texts = model.asked();
    assert_eq!(texts.len(), 3, "two functions and a class: {texts:?}");
    assert_eq!(
        texts[0],
        "update balance\nupdate_balance\nAdds cash.\n\
         def update_balance(user):\n    '''Adds cash.'''\n    pass"
    );
    let snapshot = workspace.snapshot(Some(model.clone()));
    let repository = snapshot.repositories().next().expect("a repository");
    assert_eq!(snapshot.segment(repository).model(), "subjects/1");
    assert_eq!(snapshot.segment(repository).dimensions(), 4);
    assert_eq!(dense(&snapshot, "money"), ["update_balance"]);
    assert_eq!(snapshot.take_search_problem(), None);
}

#[test]
fn known_texts_are_not_embedded_again() {
    let workspace = Workspace::new();
    let model = Subjects::named("subjects/1");
    workspace.index(&with(&model)).expect("indexed");
    model.asked();
    assert!(workspace.index(&with(&model)).expect("indexed").unchanged);
    assert!(model.asked().is_empty());
    workspace.write("bank.py", "def update_balance(user):\n    return 2\n");
    workspace.index(&with(&model)).expect("indexed");
    assert_eq!(model.asked().len(), 1, "only the changed function");
    let snapshot = workspace.snapshot(Some(model.clone()));
    assert_eq!(dense(&snapshot, "calendar").len(), 2);
    // Another model's vectors are of no use.
    let other = Subjects::named("subjects/2");
    workspace.index(&with(&other)).expect("indexed");
    assert_eq!(other.asked().len(), 3);
}

#[test]
fn vectors_of_different_models_are_not_compared() {
    let workspace = Workspace::new();
    let model = Subjects::named("subjects/1");
    workspace.index(&with(&model)).expect("indexed");
    for embedder in [None, Some(Subjects::named("subjects/2") as Arc<dyn Embedder>)] {
        let snapshot = workspace.snapshot(embedder);
        assert!(dense(&snapshot, "money").is_empty());
        let words = snapshot.search("balance", 10, |_| true);
        assert_eq!(snapshot.name(words[0].symbol), "update_balance", "words are still compared");
        let problem = snapshot.take_search_problem().expect("said");
        assert!(problem.contains("subjects/1") && problem.contains("QF_EMBEDDER"), "{problem}");
        assert_eq!(snapshot.take_search_problem(), None, "said once");
    }
}

#[test]
fn a_model_that_is_away_is_said() {
    let workspace = Workspace::new();
    let model = Subjects::named("subjects/1");
    workspace.index(&with(&model)).expect("indexed");
    let away =
        Arc::new(Subjects { name: "subjects/1".to_owned(), broken: true, ..Subjects::default() });
    let snapshot = workspace.snapshot(Some(away.clone()));
    let words = snapshot.search("balance", 10, |_| true);
    assert_eq!(snapshot.name(words[0].symbol), "update_balance");
    let problem = snapshot.take_search_problem().expect("said");
    assert!(problem.contains("the model is away") && problem.contains("call it back"), "{problem}");
    let error = workspace.index(&with(&away)).expect_err("cannot index");
    assert!(matches!(error, IndexError::Embed(_)), "{error}");
    // What was published stays.
    assert_eq!(dense(&workspace.snapshot(Some(model)), "money"), ["update_balance"]);
}

#[test]
fn the_index_of_nearest_neighbours_is_kept_and_optional() {
    let workspace = Workspace::new();
    let small = Options { nearest_from: 1, ..Options::default() };
    workspace.index(&small).expect("indexed");
    let name = || Manifest::read(&workspace.home()).expect("read").repositories[0].nearest.clone();
    let file = workspace.home().segments().join(name().expect("an index"));
    let scan = workspace.snapshot(None).search("update balance", 10, |_| true);
    let segment = |files: &[PathBuf]| {
        files.iter().find(|f| f.extension().is_some_and(|e| e == "segment")).cloned()
    };
    let before = workspace.files();

    // The same answers with the index, without it, and when it is damaged.
    let bytes = std::fs::read(&file).expect("read");
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    std::fs::write(&file, &damaged).expect("written");
    assert_eq!(workspace.snapshot(None).search("update balance", 10, |_| true), scan);
    let wrong = run::check(&workspace.home()).expect("checked");
    assert!(wrong.len() == 1 && wrong[0].contains("nearest neighbours of `bank`"), "{wrong:?}");
    std::fs::remove_file(&file).expect("removed");
    assert_eq!(workspace.snapshot(None).search("update balance", 10, |_| true), scan);

    // The next run mends it; the segment does not change, and nothing collects the index.
    assert!(workspace.index(&small).expect("indexed").unchanged);
    assert!(run::check(&workspace.home()).expect("checked").is_empty());
    assert_eq!(workspace.files(), before);

    // A run in a hurry leaves it out, and keeps one that fits.
    let hurried = Options { without_nearest: true, ..small.clone() };
    workspace.index(&hurried).expect("indexed");
    assert!(name().is_some());
    workspace.write("bank.py", "def change_balance(user):\n    return 3\n");
    workspace.index(&hurried).expect("indexed");
    assert_eq!(name(), None);
    assert!(!file.exists(), "collected with its generation");
    assert_ne!(segment(&workspace.files()), segment(&before));
    workspace.index(&small).expect("indexed");
    assert!(name().is_some());
    // So small a repository needs none.
    workspace.index(&Options::default()).expect("indexed");
    assert_eq!(name(), None);
}

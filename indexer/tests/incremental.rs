//! An index that grew with the code is the index of the code: after any sequence of edits, runs
//! that reuse stored facts publish the bytes that a run from nothing does.

use crate::support::Place;
use proptest::prelude::*;
use std::path::Path;

/// Files that refer to one another, in several languages and two repositories, each with some
/// contents that change what the others resolve to.
const FILES: [(&str, [&str; 3]); 12] = [
    (
        "one/pyproject.toml",
        [
            "[project]\nname = \"one\"\n",
            "[project]\nname = \"uno\"\n",
            "[project]\nname = \"one\"\nversion = \"2\"\n",
        ],
    ),
    (
        "one/one/__init__.py",
        ["from .store import Store\n", "from .store import *\n", "Store = None\n"],
    ),
    (
        "one/one/store.py",
        [
            "class Store:\n    def get(self, key):\n        return self.data[key]\n\n    def put(self, key):\n        self.data = key\n",
            "class Base:\n    def get(self, key):\n        pass\n\n\nclass Store(Base):\n    pass\n",
            "def get(key):\n    pass\n",
        ],
    ),
    (
        "one/one/views.py",
        [
            "from flask import Flask\nfrom one.store import Store\n\napp = Flask(__name__)\n\n\n@app.get('/orders/<id>')\ndef order(id):\n    return Store().get(id)\n",
            "from .store import get\n\n\ndef order(id):\n    return get(id)\n",
            "from one import Store\n\nstore = Store()\n\n\ndef order(id):\n    store.data = 1\n    return store.get(id)\n",
        ],
    ),
    (
        "one/one/sql.py",
        [
            "def load(db):\n    db.execute('SELECT id, total FROM orders WHERE id = 1')\n",
            "def load(db):\n    db.execute('UPDATE orders SET total = 1')\n",
            "\n",
        ],
    ),
    (
        "one/schema.sql",
        [
            "CREATE TABLE orders (id int, total int);\n",
            "CREATE TABLE orders (id int);\nCREATE TABLE items (id int);\n",
            "-- nothing\n",
        ],
    ),
    (
        "two/package.json",
        [
            "{\"name\": \"two\", \"dependencies\": {\"three\": \"1\"}}\n",
            "{\"name\": \"two\", \"main\": \"lib/index.js\"}\n",
            "{\n",
        ],
    ),
    (
        "two/lib/index.js",
        [
            "const client = require('./client');\nfunction main() { client.load(1); }\nmodule.exports = { main };\n",
            "import { load } from './client';\nexport function main() { return load(2); }\n",
            "module.exports = require('./client');\n",
        ],
    ),
    (
        "two/lib/client.js",
        [
            "exports.load = function (id) { return fetch('/orders/' + id); };\n",
            "export const load = (id) => axios.get(`/orders/${id}`);\n",
            "class Client { load() { this.last = 1; } }\nmodule.exports = new Client();\n",
        ],
    ),
    (
        "two/src/lib.rs",
        ["mod book;\npub use book::Book;\n", "pub mod book;\n", "fn main() { unknown(); }\n"],
    ),
    (
        "two/src/book.rs",
        [
            "pub struct Book { total: u32 }\nimpl Book { pub fn post(&mut self) { self.total += 1; self.check(); }\n fn check(&self) {} }\n",
            "pub fn post() { crate::book::check() }\nfn check() {}\n",
            "\u{feff}// \u{e9}\n",
        ],
    ),
    (
        "two/main.go",
        [
            "package main\n\nfunc main() { run() }\n\nfunc run() {}\n",
            "package main\n\ntype T struct{ n int }\n\nfunc (t *T) run() { t.n = 1 }\n\nfunc main() { new(T).run() }\n",
            "package other\n",
        ],
    ),
];

#[derive(Debug, Clone)]
enum Edit {
    Write(usize, usize),
    Delete(usize),
    /// To the place of another file or to a new name.
    Rename(usize, usize),
    /// Latin-1 bytes, a NUL, nothing.
    Spoil(usize, usize),
    MoveFolder,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let file = 0..FILES.len();
    let edit = prop_oneof![
        6 => (file.clone(), 0..3usize).prop_map(|(file, text)| Edit::Write(file, text)),
        2 => file.clone().prop_map(Edit::Delete),
        2 => (file.clone(), 0..FILES.len() + 3).prop_map(|(from, to)| Edit::Rename(from, to)),
        1 => (file, 0..3usize).prop_map(|(file, how)| Edit::Spoil(file, how)),
        1 => Just(Edit::MoveFolder),
    ];
    prop::collection::vec(edit, 1..10)
}

fn apply(place: &Place, edit: &Edit) {
    // What is not there cannot be deleted or renamed; that is no failure.
    match edit {
        Edit::Write(file, text) => place.write(FILES[*file].0, FILES[*file].1[*text]),
        Edit::Delete(file) => {
            let _ = std::fs::remove_file(place.path(FILES[*file].0));
        }
        Edit::Rename(from, to) => {
            let from = FILES[*from].0;
            let extension = Path::new(from).extension().expect("an extension").to_string_lossy();
            let new = format!("one/moved_{to}.{extension}");
            let to = FILES.get(*to).map_or(new.as_str(), |file| file.0);
            let parent = place.path(to);
            std::fs::create_dir_all(parent.parent().expect("a parent")).expect("a folder");
            let _ = std::fs::rename(place.path(from), place.path(to));
        }
        Edit::Spoil(file, how) => {
            let bytes: [&[u8]; 3] = [b"caf\xe9 = 1\n", b"a\0b", b""];
            place.write(FILES[*file].0, bytes[*how]);
        }
        Edit::MoveFolder => {
            let (one, other) = (place.path("two/lib"), place.path("two/library"));
            let _ = std::fs::rename(&one, &other).or_else(|_| std::fs::rename(&other, &one));
        }
    }
}

/// Some cases in every run; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = std::env::var_os("PROPTEST_CASES").map_or(24, |_| default.cases);
    ProptestConfig { cases, max_shrink_iters: 40, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn edits_leave_no_trace(before in prop::collection::vec(0..4usize, FILES.len()), edits in edits()) {
        let place = Place::new();
        for folder in ["one", "two"] {
            place.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
        }
        for ((path, texts), text) in FILES.iter().zip(&before) {
            if let Some(text) = texts.get(*text) {
                place.write(path, text);
            }
        }
        place.index();
        for (number, edit) in edits.iter().enumerate() {
            apply(&place, edit);
            // Some runs see one edit, some see several.
            if number % 3 != 1 {
                place.index();
            }
        }
        place.index();
        place.assert_like_clean(&format!("{edits:?}"));
        prop_assert!(place.check().is_empty());
        let again = place.index();
        prop_assert!(again.unchanged);
        prop_assert_eq!(again.repositories.iter().map(|one| one.parsed).sum::<u64>(), 0);
    }
}

#[test]
fn only_what_changed_is_parsed() {
    let place = Place::with(&[("a.py", "def a():\n    pass\n"), ("b.py", "import a\na.a()\n")]);
    assert_eq!(place.index().repositories[0].parsed, 2);
    place.write("a.py", "def a():\n    return 1\n");
    let report = place.index();
    assert_eq!((report.repositories[0].parsed, report.unchanged), (1, false));
    // A new time with old content is no change.
    place.write("a.py", "def a():\n    return 1\n");
    let report = place.index();
    assert_eq!((report.repositories[0].parsed, report.unchanged), (0, true));
    place.assert_like_clean("two edits");
}

#[test]
fn one_repository_of_several_can_be_refreshed() {
    let place = Place::new();
    for (path, texts) in FILES {
        place.write(path, texts[0]);
    }
    for folder in ["one", "two"] {
        place.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
    }
    place.index();
    place.write(FILES[3].0, FILES[3].1[1]);
    crate::support::index(&place.home(), &[place.path("one")]).expect("indexed");
    place.assert_like_clean("a run over one of two repositories");
}

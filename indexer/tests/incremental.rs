//! An index that grew with the code is the index of the code: after any sequence of edits, runs
//! that reuse stored facts publish the bytes that a run from nothing does.

use crate::support::{Place, assert_same, published};
use proptest::prelude::*;
use qf_graph::store::Home;
use qf_indexer::run::{self, Options, Silent};
use std::path::Path;

/// Files that refer to one another, in several languages and two repositories, each with some
/// contents that change what the others resolve to.
const FILES: [(&str, [&str; 3]); 17] = [
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
    // What a contract declares is looked for in all code, and copies of one are common.
    (
        "one/api.proto",
        [
            "syntax = \"proto3\";\npackage shop;\nservice Orders { rpc Load(Id) returns (Id); }\nmessage Id {}\n",
            "syntax = \"proto3\";\nservice Orders { rpc Load(Id) returns (Id); rpc Save(Id) returns (Id); }\n",
            "syntax = \"proto3\";\n",
        ],
    ),
    (
        "two/api.proto",
        [
            "syntax = \"proto3\";\npackage shop;\nservice Orders { rpc Load(Id) returns (Id); }\nmessage Id {}\n",
            "syntax = \"proto3\";\nmessage Id {}\n",
            "syntax = \"proto3\";\npackage other;\nservice Orders { rpc Load(Id) returns (Id); }\n",
        ],
    ),
    (
        "one/one/service.py",
        [
            "class Service(OrdersServicer):\n    def Load(self, request, context):\n        pass\n\n    def Save(self, request, context):\n        pass\n",
            "class Items:\n    def __getitem__(self, at):\n        return Service()\n\n    def __call__(self):\n        return Service()\n\n\nclass Service:\n    def run(self):\n        pass\n\n\ndef main(items: Items):\n    items[0].run()\n    items().run()\n",
            "def load(channel):\n    return OrdersStub(channel).Load(1)\n",
        ],
    ),
    (
        "two/schema.graphql",
        [
            "type Query { user: User other: Int }\ntype User { name: String }\n",
            "type Query { other: Int }\n",
            "query Q { user { name } }\n",
        ],
    ),
    (
        "one/web/resolvers.ts",
        [
            "export const resolvers = { Query: { user: () => load(), other: () => 1 } };\nfunction load() { return 1; }\n",
            "class List { first() {} }\nclass A { run() {} }\nfunction main(c: boolean, list: List) {\n  const x = c ? new A() : list[0];\n  x.run();\n  const f = new A();\n  f().run();\n}\n",
            "const doc = gql`query { user { name } }`;\nexport function ask() { return client.query(doc); }\n",
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
    /// To the other repository, under the same path below it.
    Emigrate(usize),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let file = 0..FILES.len();
    let edit = prop_oneof![
        6 => (file.clone(), 0..3usize).prop_map(|(file, text)| Edit::Write(file, text)),
        2 => file.clone().prop_map(Edit::Delete),
        2 => (file.clone(), 0..FILES.len() + 3).prop_map(|(from, to)| Edit::Rename(from, to)),
        1 => (file, 0..3usize).prop_map(|(file, how)| Edit::Spoil(file, how)),
        1 => Just(Edit::MoveFolder),
        1 => (0..FILES.len()).prop_map(Edit::Emigrate),
    ];
    prop::collection::vec(edit, 1..10)
}

/// An edit by chance, in the same shares.
fn any_edit(random: &mut impl FnMut(usize) -> usize) -> Edit {
    let file = random(FILES.len());
    match random(13) {
        0..6 => Edit::Write(file, random(3)),
        6..8 => Edit::Delete(file),
        8..10 => Edit::Rename(file, random(FILES.len() + 3)),
        10 => Edit::Spoil(file, random(3)),
        11 => Edit::MoveFolder,
        _ => Edit::Emigrate(file),
    }
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
        Edit::Emigrate(file) => {
            let from = FILES[*file].0;
            let to = match from.split_once('/') {
                Some(("one", below)) => format!("two/{below}"),
                Some((_, below)) => format!("one/{below}"),
                None => return,
            };
            let target = place.path(&to);
            std::fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
            let _ = std::fs::rename(place.path(from), target);
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

/// Edits of one long life of an index, `QF_EDITS` of them or two thousand over all threads, with
/// a clean run to compare after each: edges, links and vectors, byte for byte.
#[test]
fn a_long_life_leaves_no_trace() {
    const LIVES: usize = 4;
    let edits = std::env::var("QF_EDITS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let options = Options { threads: 1, ..Options::default() };
    std::thread::scope(|scope| {
        for life in 0..LIVES {
            let options = &options;
            scope.spawn(move || {
                let mut state = 17 + life as u64;
                let mut random = |end: usize| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    ((state >> 33) % end as u64) as usize
                };
                let place = Place::new();
                for folder in ["one", "two"] {
                    place.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
                }
                let run = |home: &Home| {
                    run::index(home, &[place.code()], options, &Silent).expect("indexed")
                };
                for number in 0..edits / LIVES {
                    let edit = any_edit(&mut random);
                    apply(&place, &edit);
                    run(&place.home());
                    let clean = Home::new(place.folder.path().join("clean"));
                    run(&clean);
                    let what = format!("life {life}, edit {number}: {edit:?}");
                    assert_same(&place.published(), &published(&clean), &what);
                    std::fs::remove_dir_all(clean.folder()).expect("removed");
                }
                assert_eq!(place.check(), [""; 0]);
            });
        }
    });
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

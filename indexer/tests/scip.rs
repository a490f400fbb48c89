//! Indexes of compilers: what they say replaces ours, in the files that they saw and that have not
//! changed since; and what we write is such an index.

use crate::support::{Place, edges, options};
use protobuf::Message;
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::snapshot::Snapshot;
use qf_indexer::run::{self, IndexError, Options, Report, Silent};
use qf_indexer::scip::ReadError;
use scip::types::{Document, Index, Metadata, Occurrence, Relationship, SymbolInformation};
use std::path::PathBuf;

const LEDGER: &str = "class Ledger:\n    def apply(self, amount):\n        self.total = amount\n";
const PAY: &str =
    "def pay(ledger, other):\n    ledger.apply(1)\n    other.apply(2)\n    ledger.total\n";

const APPLY: &str = "scip-python python shop 1 `ledger`/Ledger#apply().";
const CLASS: &str = "scip-python python shop 1 `ledger`/Ledger#";
const TOTAL: &str = "scip-python python shop 1 `ledger`/Ledger#total.";
const OUTSIDE: &str = "scip-python python books 2 `books`/Book#apply().";

fn place(line: i32, start: i32, end: i32, symbol: &str, definition: bool) -> Occurrence {
    Occurrence {
        range: vec![line, start, end],
        symbol: symbol.to_owned(),
        symbol_roles: i32::from(definition),
        ..Occurrence::default()
    }
}

/// What a compiler says of the two files: `ledger.apply` is the ledger's, `other.apply` is that of a
/// package that nobody indexes.
fn compiler(root: &str) -> Vec<u8> {
    let ledger = Document {
        relative_path: "ledger.py".to_owned(),
        occurrences: vec![
            place(0, 6, 12, CLASS, true),
            place(1, 8, 13, APPLY, true),
            place(2, 13, 18, TOTAL, true),
        ],
        ..Document::default()
    };
    let pay = Document {
        relative_path: "pay.py".to_owned(),
        occurrences: vec![
            place(1, 4, 10, "local 0", false),
            place(1, 11, 16, APPLY, false),
            place(2, 10, 15, OUTSIDE, false),
            place(3, 11, 16, TOTAL, false),
        ],
        ..Document::default()
    };
    let metadata = Metadata { project_root: root.to_owned(), ..Metadata::default() };
    let index =
        Index { metadata: Some(metadata).into(), documents: vec![ledger, pay], ..Index::default() };
    index.write_to_bytes().expect("serialized")
}

struct Compiled {
    place: Place,
    scip: PathBuf,
}

impl Compiled {
    fn new() -> Self {
        let place = Place::with(&[("ledger.py", LEDGER), ("pay.py", PAY)]);
        let scip = place.folder.path().join("index.scip");
        let compiled = Self { place, scip };
        compiled.write(&compiler(&format!("file://{}", compiled.place.code().display())));
        compiled
    }

    fn write(&self, bytes: &[u8]) {
        std::fs::write(&self.scip, bytes).expect("written");
    }

    fn import(&self) -> Result<Report, IndexError> {
        let options = Options { scip: vec![self.scip.clone()], ..options() };
        run::index(&self.place.home(), &[self.place.code()], &options, &Silent)
    }

    fn calls(&self) -> Vec<(String, String, Tier)> {
        let snapshot = self.place.snapshot();
        edges(&snapshot)
            .filter(|edge| matches!(edge.kind, EdgeKind::Calls | EdgeKind::Reads))
            .map(|edge| (name(&snapshot, edge.from), name(&snapshot, edge.to), edge.tier))
            .collect()
    }
}

fn name(snapshot: &Snapshot, symbol: qf_graph::SymbolId) -> String {
    snapshot.qualified_name(symbol).to_owned()
}

fn call(from: &str, to: &str, tier: Tier) -> (String, String, Tier) {
    (from.to_owned(), to.to_owned(), tier)
}

#[test]
fn what_a_compiler_says_replaces_ours() {
    let compiled = Compiled::new();
    // Without it nothing is known of the receivers.
    compiled.place.index();
    assert!(compiled.calls().iter().all(|(_, _, tier)| *tier >= Tier::Likely));
    let report = compiled.import().expect("imported");
    assert_eq!(report.scip.len(), 1);
    assert_eq!((report.scip[0].documents, report.scip[0].stale), (2, 0));
    assert_eq!(
        compiled.calls(),
        [call("pay", "Ledger.apply", Tier::Compiler), call("pay", "Ledger.total", Tier::Compiler),]
    );
    let snapshot = compiled.place.snapshot();
    let repository = snapshot.repositories().next().expect("one");
    let outside: Vec<_> = snapshot
        .unresolved(repository)
        .filter(|row| row.name == "apply")
        .map(|row| (row.line, row.reason.name(), row.detail))
        .collect();
    assert_eq!(outside, [(3, "external", OUTSIDE.to_owned())]);
    assert!(compiled.place.check().is_empty());
}

#[test]
fn it_is_kept_until_a_file_changes_and_can_be_forgotten() {
    let compiled = Compiled::new();
    compiled.import().expect("imported");
    compiled.place.index();
    assert!(compiled.calls().contains(&call("pay", "Ledger.apply", Tier::Compiler)));
    compiled.place.write("pay.py", format!("{PAY}\n"));
    compiled.place.index();
    let stale = compiled.calls();
    assert!(stale.iter().all(|(_, _, tier)| *tier != Tier::Compiler), "{stale:?}");
    compiled.place.write("pay.py", PAY);
    compiled.place.index();
    assert!(compiled.calls().contains(&call("pay", "Ledger.apply", Tier::Compiler)));
    let options = Options { without_scip: true, ..options() };
    run::index(&compiled.place.home(), &[compiled.place.code()], &options, &Silent)
        .expect("indexed");
    assert!(compiled.calls().iter().all(|(_, _, tier)| *tier != Tier::Compiler));
}

#[test]
fn a_document_of_another_text_is_left_out() {
    let compiled = Compiled::new();
    compiled.place.write("pay.py", "def pay():\n    pass\n");
    let report = compiled.import().expect("imported");
    assert_eq!((report.scip[0].documents, report.scip[0].stale), (1, 1));
}

#[test]
fn an_edit_loses_no_edges_of_other_files() {
    const PAY: &str =
        "from ledger import Ledger\n\ndef pay(ledger: Ledger):\n    ledger.apply(1)\n";
    let compiled = Compiled::new();
    compiled.place.write("pay.py", PAY);
    let mut index =
        Index::parse_from_bytes(&compiler(&format!("file://{}", compiled.place.code().display())))
            .expect("an index");
    index.documents[1].occurrences = vec![place(3, 11, 16, APPLY, false)];
    compiled.write(&index.write_to_bytes().expect("serialized"));
    compiled.import().expect("imported");
    assert!(compiled.calls().contains(&call("pay", "Ledger.apply", Tier::Compiler)));
    compiled.place.write("ledger.py", format!("{LEDGER}\n"));
    compiled.place.index();
    let calls = compiled.calls();
    let found = calls.iter().find(|(from, to, _)| from == "pay" && to == "Ledger.apply");
    assert!(found.is_some_and(|(.., tier)| *tier != Tier::Compiler), "{calls:?}");
}

#[test]
fn places_that_do_not_hold_the_name_prove_nothing() {
    let compiled = Compiled::new();
    // All one line further down.
    compiled.place.write("pay.py", format!("import ledger\n{PAY}"));
    let report = compiled.import().expect("imported");
    assert_eq!((report.scip[0].documents, report.scip[0].stale), (1, 1));
}

#[test]
fn symbols_of_nameless_packages_stay_in_their_repository() {
    const F: &str = "rust-analyzer . . . `util`/f().";
    let place = Place::new();
    let text = "def f():\n    pass\n\ndef g():\n    f()\n";
    let mut roots = Vec::new();
    let mut scip = Vec::new();
    for name in ["a", "b"] {
        let root = place.folder.path().join(name);
        std::fs::create_dir(&root).expect("a folder");
        std::fs::write(root.join("util.py"), text).expect("written");
        let document = Document {
            relative_path: "util.py".to_owned(),
            occurrences: vec![place_of_f(0, 4, F, true), place_of_f(4, 4, F, false)],
            ..Document::default()
        };
        let metadata =
            Metadata { project_root: format!("file://{}", root.display()), ..Metadata::default() };
        let index = Index {
            metadata: Some(metadata).into(),
            documents: vec![document],
            ..Index::default()
        };
        let file = place.folder.path().join(format!("{name}.scip"));
        std::fs::write(&file, index.write_to_bytes().expect("serialized")).expect("written");
        scip.push(file);
        roots.push(root);
    }
    let options = Options { scip, ..options() };
    run::index(&place.home(), &roots, &options, &Silent).expect("indexed");
    let snapshot = place.snapshot();
    let calls: Vec<bool> = edges(&snapshot)
        .filter(|edge| edge.kind == EdgeKind::Calls)
        .map(|edge| snapshot.repository_of(edge.from) == snapshot.repository_of(edge.to))
        .collect();
    assert_eq!(calls, [true, true]);
}

fn place_of_f(line: i32, start: i32, symbol: &str, definition: bool) -> Occurrence {
    place(line, start, start + 1, symbol, definition)
}

#[test]
fn a_compiler_may_have_run_elsewhere() {
    let compiled = Compiled::new();
    compiled.write(&compiler("file:///build/in/a%20container"));
    let report = compiled.import().expect("imported");
    assert_eq!(report.scip[0].documents, 2);
    std::fs::rename(compiled.place.path("pay.py"), compiled.place.path("b.py")).expect("renamed");
    std::fs::rename(compiled.place.path("ledger.py"), compiled.place.path("a.py"))
        .expect("renamed");
    let error = compiled.import().expect_err("other files");
    assert!(matches!(error, IndexError::Scip(ReadError::Elsewhere { .. })), "{error}");
}

#[test]
fn what_is_no_such_index_is_said() {
    let compiled = Compiled::new();
    for bytes in [&b""[..], b"\x00\x01\x02 no protocol buffer", &compiler("file:///x")[..40]] {
        compiled.write(bytes);
        let error = compiled.import().expect_err("no index");
        assert!(matches!(error, IndexError::Scip(_)), "{error}");
    }
    std::fs::remove_file(&compiled.scip).expect("removed");
    assert!(matches!(compiled.import(), Err(IndexError::Scip(ReadError::Io { .. }))));
    // Nothing was published.
    assert!(Snapshot::open(&compiled.place.home()).is_err());
}

#[test]
fn implementations_are_edges() {
    let place = Place::with(&[(
        "a.py",
        "class Base:\n    def run(self): pass\n\nclass Leaf(make()):\n    def run(self): pass\n",
    )]);
    let symbol = |name: &str| format!("scip-python python shop 1 `a`/{name}");
    let relation = SymbolInformation {
        symbol: symbol("Leaf#run()."),
        relationships: vec![Relationship {
            symbol: symbol("Base#run()."),
            is_implementation: true,
            ..Relationship::default()
        }],
        ..SymbolInformation::default()
    };
    let document = Document {
        relative_path: "a.py".to_owned(),
        occurrences: [
            (0, 6, 10, "Base#"),
            (1, 8, 11, "Base#run()."),
            (3, 6, 10, "Leaf#"),
            (4, 8, 11, "Leaf#run()."),
        ]
        .map(|(line, start, end, name)| self::place(line, start, end, &symbol(name), true))
        .to_vec(),
        symbols: vec![relation],
        ..Document::default()
    };
    let index = Index { documents: vec![document], ..Index::default() };
    let scip = place.folder.path().join("index.scip");
    std::fs::write(&scip, index.write_to_bytes().expect("serialized")).expect("written");
    let options = Options { scip: vec![scip], ..options() };
    run::index(&place.home(), &[place.code()], &options, &Silent).expect("indexed");
    let snapshot = place.snapshot();
    let overrides: Vec<_> = edges(&snapshot)
        .filter(|edge| edge.kind == EdgeKind::Overrides)
        .map(|edge| (name(&snapshot, edge.from), name(&snapshot, edge.to), edge.tier))
        .collect();
    assert_eq!(overrides, [call("Leaf.run", "Base.run", Tier::Compiler)]);
}

#[test]
fn what_is_written_can_be_read_and_keeps_the_monikers() {
    let java = "class Tally {\n  int sum;\n  void add(int n) { sum += n; }\n  void add(long n) { add(1); }\n}\n";
    let place = Place::with(&[("ledger.py", LEDGER), ("src/Tally.java", java)]);
    place.index();
    let snapshot = place.snapshot();
    let repositories: Vec<_> = snapshot.repositories().collect();
    let mut bytes = Vec::new();
    qf_indexer::scip::write(&snapshot, &repositories, "0", &mut bytes).expect("written");
    let index = Index::parse_from_bytes(&bytes).expect("an index");
    assert_eq!(index.metadata.tool_info.name, "qf");
    assert_eq!(index.documents.len(), 2);
    let mut defined: Vec<String> = Vec::new();
    for document in &index.documents {
        for information in &document.symbols {
            let symbol = scip::symbol::parse_symbol(&information.symbol).expect("a symbol");
            assert_eq!(symbol.scheme, "qf");
            assert_eq!(symbol.package.name, "code");
            defined.push(information.symbol.clone());
        }
        for occurrence in &document.occurrences {
            scip::symbol::parse_symbol(&occurrence.symbol).expect("a symbol");
        }
    }
    let own: Vec<String> = snapshot.symbols().map(|symbol| snapshot.moniker(symbol)).collect();
    assert_eq!(defined, own);
    let unique: std::collections::BTreeSet<&String> = own.iter().collect();
    assert_eq!(unique.len(), own.len(), "{own:#?}");
    assert!(own.contains(&"qf . code . src/`Tally.java`/Tally#add(+1).".to_owned()), "{own:#?}");
    // `self.total = amount` writes the field that it defines.
    let python = index.documents.iter().find(|d| d.relative_path == "ledger.py").expect("it");
    let total = python
        .occurrences
        .iter()
        .find(|occurrence| occurrence.symbol.ends_with("Ledger#total."))
        .expect("a place");
    assert_eq!(total.range, [2, 13, 18]);
    assert_eq!(total.symbol_roles & 1, 1);
}

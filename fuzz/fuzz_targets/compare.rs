//! What changed between two snapshots is told of any two graphs of one repository.
//!
//! The input makes two small graphs: files, definitions in each other, edges, keys, links to another
//! repository. With an odd first byte the second is the first with other numbers in some places. A graph
//! differs from itself in nothing; what is listed is counted and no more than was asked for; and the
//! same is said twice.

#![no_main]

use libfuzzer_sys::fuzz_target;
use qf_fuzz::{Bytes, scratch};
use qf_graph::edge::{EdgeKind, Tier};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::store::Home;
use qf_graph::store::links::{KeyData, LinkData, LinksData};
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{
    EdgeData, FileData, FileFlags, NONE, RepositoryData, SymbolData, compress,
};
use qf_graph::{Channel, Snapshot};
use qf_query::diff::{Diff, Options, diff};

const PATHS: [&str; 6] =
    ["a.py", "app/a.py", "app/b.py", "app/test_a.py", "docs/a.md", "examples/a.py"];
const NAMES: [&str; 6] = ["apply", "Ledger", "top_up", "x", "", "wert\u{e9}"];
/// Lines that definitions are cut out of, wherever that is.
const LINES: [&str; 8] = [
    "class Ledger:",
    "    def apply(self, amount: int = 3,):",
    "        return top_up(amount) + self.apply(amount - 1)",
    "def top_up(amount): return amount",
    "x = 1 == 2",
    "",
    "wert\u{e9} => { x: wert\u{e9} }",
    "    apply = Ledger().apply",
];

fuzz_target!(|data: &[u8]| {
    let mut input = Bytes(data);
    let how = input.byte();
    let options = Options { limit: usize::from(how >> 3), tier: tier(how >> 1) };
    let half = input.0.len() / 2;
    let (one, other) = if how & 1 == 1 {
        let mut other = input.0.to_vec();
        let patches = input.0.rchunks_exact(2).take(usize::from(input.byte() % 4));
        for patch in patches {
            let at = usize::from(patch[0]) % other.len();
            other[at] = patch[1];
        }
        (input.0.to_vec(), other)
    } else {
        let (one, other) = input.0.split_at(half);
        (one.to_vec(), other.to_vec())
    };
    let (old, new) = (snapshot("old", &one), snapshot("new", &other));
    for same in [&old, &new] {
        let all = Options { limit: usize::MAX, tier: Tier::Maybe };
        let none = diff(same, same, "shop", all).expect("it is there");
        assert!(none.is_empty() && none.notes.is_empty(), "{none:#?}");
    }
    let said = diff(&old, &new, "shop", options).expect("it is there");
    check(&said, options.limit);
    assert!(diff(&old, &new, "shop", options).as_ref() == Some(&said), "another difference");
    let _ = diff(&new, &old, "shop", options).map(|back| check(&back, options.limit));
    assert!(diff(&old, &new, "none", options).is_none());
});

fn check(diff: &Diff, limit: usize) {
    assert!(diff.complete);
    serde_json::to_string(diff).expect("a difference has a form");
    let mut listed = std::collections::BTreeMap::<String, usize>::new();
    let mut count = |group: String| *listed.entry(group).or_default() += 1;
    diff.definitions.iter().for_each(|definition| count(definition.group()));
    diff.moved_files.iter().for_each(|_| count("files moved".to_owned()));
    diff.edges.iter().for_each(|edge| count(edge.group("edges")));
    diff.links.iter().for_each(|link| count(link.group("links")));
    diff.keys.iter().for_each(|key| count(format!("keys {}", key.change)));
    diff.tests.iter().for_each(|_| count("tests".to_owned()));
    for (group, total) in &diff.totals {
        let listed = listed.remove(group).unwrap_or(0);
        assert_eq!(listed, limit.min(*total), "of {group}");
    }
    assert!(listed.is_empty(), "listed and not counted: {listed:?}");
}

fn tier(byte: u8) -> Tier {
    Tier::ALL[usize::from(byte) % Tier::ALL.len()]
}

/// The snapshot of a workspace of its own with what the bytes say as `shop`, beside a fixed `bank`.
fn snapshot(name: &str, bytes: &[u8]) -> Snapshot {
    let home = Home::new(scratch().join(name));
    home.create().expect("the scratch folder is writable");
    let mut input = Bytes(bytes);
    let shop = graph(&mut input);
    let bank = graph(&mut Bytes(&[1, 1, 4, 1, 3, 0, 1, 2, 0, 9]));
    let mut links = links(&mut input, shop.symbols.len() as u32, bank.symbols.len() as u32);
    let mut manifest = Manifest::default();
    let put = |name: &str, bytes: Vec<u8>| {
        std::fs::write(home.segments().join(name), bytes).expect("the scratch folder is writable");
        name.to_owned()
    };
    for (name, mut data) in [("bank", bank), ("shop", shop)] {
        name.clone_into(&mut data.name);
        manifest.repositories.push(RepositoryEntry {
            name: name.to_owned(),
            root: format!("/srv/{name}"),
            segment: put(name, data.serialize()),
            facts: name.to_owned(),
            revision: None,
            branch: None,
            nearest: None,
            compiler: None,
        });
    }
    manifest.links = Some(put("links", links.to_bytes()));
    manifest.publish(&home).expect("the scratch folder is writable");
    let snapshot = Snapshot::open(&home).expect("a snapshot is published");
    assert_eq!(snapshot.damaged(), [""; 0]);
    snapshot
}

fn graph(input: &mut Bytes<'_>) -> RepositoryData {
    let mut data = RepositoryData::default();
    let which = input.byte();
    let mut paths: Vec<&str> =
        (0..PATHS.len()).filter(|at| which >> at & 1 == 1).map(|at| PATHS[at]).collect();
    paths.sort_unstable();
    for path in paths {
        file(&mut data, path, input);
    }
    let count = data.symbols.len() as u32;
    for _ in 0..input.byte() % 16 {
        if count == 0 {
            break;
        }
        let from = u32::from(input.byte()) % count;
        data.edges.push(EdgeData {
            from,
            kind: EdgeKind::ALL[usize::from(input.byte()) % EdgeKind::ALL.len()],
            to: u32::from(input.byte()) % count,
            file: data.symbols[from as usize].file,
            start: 0,
            len: 1,
            line: u32::from(input.byte() % 8) + 1,
            tier: tier(input.byte()),
            rule: 0,
            flags: 0,
        });
    }
    data.rules = vec!["python/scope".to_owned()];
    data
}

/// One file: some lines, and definitions in order, each in an earlier one or in the module.
fn file(data: &mut RepositoryData, path: &str, input: &mut Bytes<'_>) {
    let how = input.byte();
    let lines = (0..how % 8).map(|_| LINES[usize::from(input.byte()) % LINES.len()]);
    let text = lines.collect::<Vec<_>>().join("\n");
    let (file, module) = (data.files.len() as u32, data.symbols.len() as u32);
    let mut start = 0;
    for number in 0..=u32::from(how >> 5) {
        let (kind, parent) = match number {
            0 => (SymbolKind::Module, NONE),
            _ => (
                SymbolKind::ALL[usize::from(input.byte()) % SymbolKind::ALL.len()],
                module + u32::from(input.byte()) % number,
            ),
        };
        let name = if number == 0 { "" } else { NAMES[usize::from(input.byte()) % NAMES.len()] };
        start += if number == 0 { 0 } else { u32::from(input.byte() % 64) };
        let length = if number == 0 { text.len() as u32 } else { u32::from(input.byte()) };
        let around = data.symbols.get(parent as usize).map_or("", |parent| &parent.qualified);
        let qualified =
            if around.is_empty() { name.to_owned() } else { format!("{around}.{name}") };
        let flags = u32::from(input.byte()) << 3;
        data.symbols.push(SymbolData {
            name: name.to_owned(),
            qualified,
            kind,
            flags: DefinitionFlags::from_bits_truncate(flags),
            file,
            parent,
            start,
            end: start + length,
            signature_end: start + length / 2,
            name_start: start + length / 4,
            line: number + 1,
            first_line: number + 1,
            last_line: number + 1,
            doc: None,
        });
    }
    data.files.push(FileData {
        path: path.to_owned(),
        language: "python".to_owned(),
        lines: text.lines().count() as u32,
        size: text.len() as u32,
        flags: FileFlags { test: path.contains("test_"), example: path.starts_with("examples") },
        hash: *blake3::hash(text.as_bytes()).as_bytes(),
        face: [0; 16],
        text: compress(&text),
    });
}

/// Keys of the shop, and links between it (repository 1) and the bank (repository 0).
fn links(input: &mut Bytes<'_>, shop: u32, bank: u32) -> LinksData {
    let mut links = LinksData::default();
    for _ in 0..input.byte() % 8 {
        let channel = Channel::ALL[usize::from(input.byte()) % Channel::ALL.len()];
        let key = NAMES[usize::from(input.byte()) % NAMES.len()].to_owned();
        let (how, here, there) = (input.byte(), u32::from(input.byte()), u32::from(input.byte()));
        let (Some(here), Some(there)) = (here.checked_rem(shop), there.checked_rem(bank)) else {
            continue;
        };
        let rule = "http/call".to_owned();
        if how & 1 == 1 {
            let line = u32::from(how >> 4) + 1;
            let provides = how & 2 == 2;
            links.keys.push(KeyData {
                channel,
                text: key,
                provides,
                repository: 1,
                symbol: here,
                file: 0,
                line,
                rule,
            });
            continue;
        }
        let away = how & 2 == 2;
        links.links.push(LinkData {
            from_repository: u32::from(away),
            from: if away { here } else { there },
            to_repository: u32::from(!away),
            to: if away { there } else { here },
            kind: EdgeKind::ALL[usize::from(how >> 3) % EdgeKind::ALL.len()],
            tier: tier(how >> 2),
            channel,
            key,
            rule,
            file: 0,
            line: 1,
            start: 0,
            len: 1,
            flags: 0,
        });
    }
    links
}

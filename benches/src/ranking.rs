//! Ranking of searches: a public benchmark of code search, and what each sign adds.
//!
//! `rank --truth DIR --sources DIR`: the queries of `DIR/retrieval/code_search.jsonl.gz` are asked of
//! the folder of their repository that they are about, in process. The measure is NDCG@10 over files
//! with binary gain, as the benchmark has it (Järvelin, Kekäläinen 2002); every figure with the
//! weights as shipped is also one with each of them left out. Results go to
//! `benches/results/ranking.md` and `.json`. `--show` lists the queries that are read as another question.

use crate::score::read;
use crate::{Arguments, Outcome, binary, print, workspace};
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_query::Options;
use qf_query::rank::matches::Weights;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::process::Command;
use std::time::Instant;

/// A query with the files that answer it.
struct Query {
    text: String,
    language: String,
    category: String,
    relevant: Vec<String>,
}

/// A repository's index with its queries; answers' paths are relative to `root`.
struct Collection {
    snapshot: Snapshot,
    root: String,
    queries: Vec<Query>,
}

/// A sign and how it is left out.
type Ablation = (&'static str, fn(&mut Weights));

const ABLATIONS: [Ablation; 16] = [
    ("words and vectors of the symbol", |it| it.fused = 0.0),
    ("part of the name", |it| it.share = 0.0),
    ("documentation", |it| it.documented = 0.0),
    ("text of the file", |it| it.file = 0.0),
    ("name of the file", |it| it.file_name = 0.0),
    ("path", |it| it.path = 0.0),
    ("rare words count more", |it| it.rarity = 0.0),
    ("other symbols found in the file", |it| it.together = 0.0),
    ("next best symbols of the file", |it| it.next = 0.0),
    ("files found by their text alone", |it| it.modules = 0),
    ("tests last", |it| it.test = 1.0),
    ("documents and settings last", |it| it.prose = 0.0),
    ("old code last", |it| it.old = 1.0),
    ("superseded versions last", |it| it.superseded = 1.0),
    ("headers last", |it| it.header = 1.0),
    ("one file not twice", |it| it.repeated = 1.0),
];

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let collections = collections(arguments)?;
    let shipped = measure(&collections, &Weights::default(), arguments.flag("--show"));
    let mut text = String::from(
        "# Ranking of searches\n\nNDCG@10 over files of the development part of a public benchmark of \
         code search: natural questions and bare names, each asked of the one repository that it is \
         about with `qf ask`. Published over its whole set: best tool without a transformer .854, with \
         one .862, BM25 .673. Made by `cargo xtask rank`; time is of the whole answer, in process.\n",
    );
    let queries: usize = collections.iter().map(|it| it.queries.len()).sum();
    let _ = writeln!(
        text,
        "\n| queries | NDCG@10 | p50 ms | p95 ms |\n|---|---|---|---|\n| {queries} | {:.4} | {:.1} | {:.1} |",
        shipped.mean(),
        shipped.percentile(0.5),
        shipped.percentile(0.95)
    );
    for (title, groups) in [("language", &shipped.languages), ("category", &shipped.categories)] {
        let _ = writeln!(text, "\n| {title} | queries | NDCG@10 |\n|---|---|---|");
        for (name, values) in groups {
            let _ = writeln!(text, "| {name} | {} | {:.3} |", values.len(), mean(values));
        }
    }
    text += "\nWhat each sign adds: NDCG@10 without it, and the difference that makes.\n\n| left out | NDCG@10 | difference |\n|---|---|---|\n";
    let mut without = BTreeMap::new();
    for (name, leave_out) in ABLATIONS {
        let mut weights = Weights::default();
        leave_out(&mut weights);
        let value = measure(&collections, &weights, false).mean();
        let _ = writeln!(text, "| {name} | {value:.4} | {:+.4} |", value - shipped.mean());
        without.insert(name, round(value));
    }
    let first = mean(&shipped.symbols_first);
    let _ =
        writeln!(text, "\nOf bare symbols the file of the definition comes first for {first:.3}.");
    let packs = packs(&collections);
    let _ = writeln!(
        text,
        "\nContext packs (`qf context`) of {PACK} tokens for the same queries hold {:.3} of the files \
         that answer them (at least one for {:.3}), with {} tokens at most and {} in the median.",
        packs.files, packs.any, packs.most, packs.median
    );
    let of = |groups: &BTreeMap<String, Vec<f64>>| -> Value {
        groups.iter().map(|(name, values)| (name.clone(), json!(round(mean(values))))).collect()
    };
    let results = json!({
        "queries": queries,
        "ndcg_at_10": round(shipped.mean()),
        "p50_ms": round(shipped.percentile(0.5)),
        "p95_ms": round(shipped.percentile(0.95)),
        "languages": of(&shipped.languages),
        "categories": of(&shipped.categories),
        "without": without,
        "symbols_first": round(first),
        "context": {
            "budget": PACK,
            "files": round(packs.files),
            "any_file": round(packs.any),
            "most_tokens": packs.most,
            "median_tokens": packs.median,
        },
    });
    print::line(&text);
    let folder = workspace().join("benches/results");
    std::fs::write(folder.join("ranking.md"), text)?;
    std::fs::write(folder.join("ranking.json"), serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
}

/// Indexes what the queries are about; repositories without sources are left out and told.
fn collections(arguments: &Arguments) -> Result<Vec<Collection>, Box<dyn std::error::Error>> {
    let qf = binary(arguments)?;
    let truth = arguments.path("--truth").ok_or("--truth DIR is missing")?;
    let sources = arguments.path("--sources").ok_or("--sources DIR is missing")?;
    let scratch = std::env::temp_dir().join(format!("qf-rank-{}", std::process::id()));
    let mut by_repository: BTreeMap<(String, String), Vec<Query>> = BTreeMap::new();
    for line in read(&truth.join("retrieval/code_search.jsonl.gz"))?.lines() {
        let row: Value = serde_json::from_str(line)?;
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let files = ["relevant", "secondary"].into_iter().filter_map(|name| row[name].as_array());
        let relevant = files.flatten().filter_map(|it| it["file"].as_str()).map(str::to_owned);
        by_repository.entry((text("repo"), text("root"))).or_default().push(Query {
            text: text("query"),
            language: text("lang"),
            category: text("category"),
            relevant: relevant.collect(),
        });
    }
    let mut collections = Vec::new();
    for ((repository, root), queries) in by_repository {
        let folder = sources.join(repository.replace('/', "+")).join(&root);
        if !folder.is_dir() {
            print::line(&format!("{repository}: no sources in {}", folder.display()));
            continue;
        }
        let home = scratch.join(collections.len().to_string());
        let done = Command::new(&qf)
            .args(["index", "--name", "sources"])
            .arg(&folder)
            .env("QF_HOME", &home)
            .output()?;
        if !done.status.success() {
            return Err(String::from_utf8_lossy(&done.stderr).into());
        }
        let snapshot = Snapshot::open(&Home::new(&home))?;
        collections.push(Collection { snapshot, root, queries });
    }
    // The snapshots keep their files mapped.
    std::fs::remove_dir_all(&scratch)?;
    if collections.is_empty() { Err("no sources".into()) } else { Ok(collections) }
}

#[derive(Default)]
struct Figures {
    /// Whether the definition comes first, of bare symbols.
    symbols_first: Vec<f64>,
    all: Vec<f64>,
    milliseconds: Vec<f64>,
    languages: BTreeMap<String, Vec<f64>>,
    categories: BTreeMap<String, Vec<f64>>,
}

impl Figures {
    fn mean(&self) -> f64 {
        mean(&self.all)
    }

    fn percentile(&self, part: f64) -> f64 {
        let mut sorted = self.milliseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(0.0)
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn measure(collections: &[Collection], weights: &Weights, show: bool) -> Figures {
    let options = Options { weights: weights.clone(), ..Options::default() };
    let mut figures = Figures::default();
    for collection in collections {
        for query in &collection.queries {
            let begun = Instant::now();
            let answer = qf_query::ask(&collection.snapshot, &query.text, &options);
            figures.milliseconds.push(begun.elapsed().as_secs_f64() * 1000.0);
            let shown: Vec<String> = answer
                .items
                .iter()
                .map(|item| match collection.root.as_str() {
                    "" | "." => item.file.clone(),
                    root => format!("{root}/{}", item.file),
                })
                .collect();
            let value = ndcg(&shown, &query.relevant);
            if query.category == "symbol" {
                let right = shown.first().is_some_and(|file| query.relevant.contains(file));
                figures.symbols_first.push(f64::from(u8::from(right)));
                if show && !right {
                    print::line(&format!("not first: {} ({:?})", query.text, shown.first()));
                }
            }
            if show && !matches!(answer.intent.as_str(), "search" | "where") {
                print::line(&format!("{value:.2} {}: {}", answer.intent, query.text));
            }
            figures.all.push(value);
            figures.languages.entry(query.language.clone()).or_default().push(value);
            figures.categories.entry(query.category.clone()).or_default().push(value);
        }
    }
    figures
}

/// Tokens of the context packs that are measured.
const PACK: usize = 8000;

/// What context packs hold.
struct Packs {
    /// Mean share of the relevant files.
    files: f64,
    /// Share of the queries with at least one relevant file.
    any: f64,
    most: usize,
    median: usize,
}

fn packs(collections: &[Collection]) -> Packs {
    let (mut shares, mut any, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
    for collection in collections {
        for query in &collection.queries {
            let options = Options::default();
            let pack = qf_query::context::pack(&collection.snapshot, &query.text, PACK, &options);
            let files: Vec<String> = pack
                .entries
                .iter()
                .map(|entry| match collection.root.as_str() {
                    "" | "." => entry.file.clone(),
                    root => format!("{root}/{}", entry.file),
                })
                .collect();
            let found = query.relevant.iter().filter(|file| files.contains(file)).count();
            shares.push(found as f64 / query.relevant.len().max(1) as f64);
            any.push(f64::from(u8::from(found > 0)));
            sizes.push(pack.tokens);
        }
    }
    sizes.sort_unstable();
    Packs {
        files: mean(&shares),
        any: mean(&any),
        most: sizes.last().copied().unwrap_or(0),
        median: sizes.get(sizes.len() / 2).copied().unwrap_or(0),
    }
}

/// Binary gain; a file counts where it stands first, and what stands between is not taken out.
fn ndcg(shown: &[String], relevant: &[String]) -> f64 {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let found = relevant.iter().filter_map(|file| shown.iter().position(|it| it == file));
    let reached: f64 = found.filter(|rank| *rank < 10).map(gain).sum();
    let ideal: f64 = (0..relevant.len().min(10)).map(gain).sum();
    if ideal > 0.0 { reached / ideal } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::ndcg;

    #[test]
    fn gain_falls_with_the_rank() {
        let shown = ["a", "b", "b", "c"].map(str::to_owned);
        let of = |files: &[&str]| {
            let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
            ndcg(&shown, &files)
        };
        assert!((of(&["a"]) - 1.0).abs() < 1e-9);
        assert!((of(&["b"]) - 0.630_93).abs() < 1e-4);
        assert!((of(&["c"]) - 0.430_68).abs() < 1e-4);
        assert!(of(&["x"]).abs() < 1e-9);
    }
}

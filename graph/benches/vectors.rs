//! Exact scan against the index of nearest neighbours: `cargo bench -p qf-graph --bench vectors`
//! writes `benches/results/vectors.json` and `vectors.md`, from which
//! `qf_graph::store::nearest::NEAREST_FROM` was chosen.
//!
//! The vectors are those of made-up documents: words drawn from the built-in table, few of them
//! often and many of them rarely, as in source code. Numbers of vectors may be given as arguments.

use qf_graph::embed::static_model::{DIMENSIONS, StaticModel, normalise};
use qf_graph::store::nearest::{NearestIndex, exact};
use rayon::prelude::*;
use std::fmt::Write as _;
use std::time::Instant;

const QUERIES: usize = 200;
/// How many of each list the search fuses.
const DEPTH: usize = 200;

/// Xorshift: the same numbers every time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A word of the table; low rows are drawn more often than high ones.
    fn row(&mut self, rows: u32) -> u32 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        ((f64::from(rows)).powf(unit) - 1.0) as u32
    }
}

fn document(seed: u64, words: u64) -> [i8; DIMENSIONS] {
    let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    for _ in 0..8 {
        numbers.next();
    }
    let mut sum = [0.0; DIMENSIONS];
    for _ in 0..words + numbers.next() % (2 * words) {
        let weight = 0.5 + (numbers.next() % 8) as f32 / 2.0;
        StaticModel::get().add_document(numbers.row(22_577), weight, &mut sum);
    }
    normalise(&mut sum);
    sum.map(|value| (value * 254.0).round().clamp(-127.0, 127.0) as i8)
}

/// Processor seconds of all threads, where the system tells them (Linux, in hundredths); else
/// seconds on the clock. Other work on the machine disturbs the former less.
fn seconds(work: impl FnOnce()) -> f64 {
    let spent = || -> Option<f64> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
        let user: f64 = fields.next()?.parse().ok()?;
        let system: f64 = fields.next()?.parse().ok()?;
        Some((user + system) / 100.0)
    };
    let (begun, before) = (Instant::now(), spent());
    work();
    match (before, spent()) {
        (Some(before), Some(after)) => after - before,
        _ => begun.elapsed().as_secs_f64(),
    }
}

/// Share of the exact best `depth` that the index finds.
fn recall(found: &[Vec<(u32, i32)>], truth: &[Vec<(u32, i32)>], depth: usize) -> f64 {
    let (mut hits, mut all) = (0, 0);
    for (found, truth) in found.iter().zip(truth) {
        // A vector as near as the last of the best is as good as that one.
        let least = truth[depth.min(truth.len()) - 1].1;
        hits += found.iter().take(depth).filter(|(_, dot)| *dot >= least).count();
        all += depth.min(truth.len());
    }
    f64::from(hits as u32) / f64::from(all as u32)
}

fn main() {
    let mut sizes: Vec<u64> =
        std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 50_000, 100_000, 500_000, 1_000_000];
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vectors.nearest");
    let queries: Vec<[i8; DIMENSIONS]> =
        (0..QUERIES as u64).map(|seed| document(u64::MAX / 2 - seed, 3)).collect();
    let mut json = String::new();
    let mut table = String::new();
    for size in sizes {
        let vectors: Vec<i8> =
            (0..size).into_par_iter().flat_map_iter(|seed| document(seed + 1, 12)).collect();
        let mut truth = Vec::new();
        let scan = seconds(|| {
            truth = queries.iter().map(|query| exact(&vectors, query, DEPTH, |_| true)).collect();
        }) / QUERIES as f64;
        let hash = seconds(|| {
            for _ in 0..20 {
                std::hint::black_box(blake3::hash(bytemuck::cast_slice(&vectors)));
            }
        }) / 20.0;
        let mut bytes = Vec::new();
        let build = seconds(|| bytes = NearestIndex::build(&vectors, DIMENSIONS).expect("built"));
        std::fs::write(&path, &bytes).expect("written");
        let mut index = None;
        let open = seconds(|| {
            for _ in 0..20 {
                index = NearestIndex::open(&path, size as usize, DIMENSIONS).ok();
            }
        }) / 20.0;
        let index = index.expect("opened");
        let mut found = Vec::new();
        let search = seconds(|| {
            found = queries
                .iter()
                .map(|query| index.nearest(query, DEPTH).expect("an answer"))
                .collect::<Vec<_>>();
        }) / QUERIES as f64;
        let (at_10, at_200) = (recall(&found, &truth, 10), recall(&found, &truth, DEPTH));
        let megabytes = bytes.len() as f64 / 1e6;
        let _ = write!(
            json,
            "{}  {{\"vectors\": {size}, \"dimensions\": {DIMENSIONS}, \"exact_ms\": {:.3}, \"exact_first_ms\": {:.3}, \"index_ms\": {:.3}, \
             \"index_open_ms\": {:.3}, \"build_cpu_seconds\": {build:.2}, \
             \"adds_per_cpu_second\": {:.0}, \"index_megabytes\": {megabytes:.1}, \
             \"recall_at_10\": {at_10:.4}, \"recall_at_200\": {at_200:.4}}}",
            if json.is_empty() { "" } else { ",\n" },
            scan * 1e3,
            (scan + hash) * 1e3,
            search * 1e3,
            open * 1e3,
            f64::from(size as u32) / build,
        );
        let _ = writeln!(
            table,
            "| {size} | {:.2} | {:.2} | {:.2} | {:.1} | {build:.1} | {:.0} | {megabytes:.0} | \
             {at_10:.3} | {at_200:.3} |",
            scan * 1e3,
            (scan + hash) * 1e3,
            search * 1e3,
            open * 1e3,
            f64::from(size as u32) / build,
        );
        // Each size as soon as it is there: the largest takes minutes.
        write_results(&json, &table);
    }
}

fn write_results(json: &str, table: &str) {
    let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/results");
    std::fs::write(format!("{results}/vectors.json"), format!("[\n{json}\n]\n")).expect("written");
    let text = format!("{HEAD}{table}{FOOT}");
    std::fs::write(format!("{results}/vectors.md"), text).expect("written");
}

const HEAD: &str = "\
# Exact scan against the index of nearest neighbours

128-d vectors of bytes, the best 200 of each question (as many as a search fuses), means of 200
questions. Processor time of all threads, release build. \"First\" includes what a fresh process pays once:
verifying the checksum of the vectors; \"open\" is the same for the index, which is several times as
large. Building uses all threads. Recall is against the exact scan; a vector as near as the last of
the best counts. Made by `cargo bench -p qf-graph --bench vectors`.

| vectors | exact ms | exact, first ms | index ms | index, open ms | build, CPU s | adds per CPU s | MB | recall@10 | recall@200 |
|---|---|---|---|---|---|---|---|---|---|
";
const FOOT: &str = "";

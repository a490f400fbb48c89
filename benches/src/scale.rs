//! How cost grows with code: `scale --tree DIR` writes `benches/results/scale.md`, `.json`, `.svg`.
//!
//! Files of one large tree, in an order that says nothing of what they hold (by the hash of their
//! paths), up to a tenth of a million lines, half a million, one, five, ten, and all. Each part is
//! indexed from nothing and parsed by the same grammars and nothing else, in turn; CPU seconds and
//! peak memory are what the operating system reports. Beside it: how long it takes to open a
//! workspace of two hundred small repositories.

use crate::measure::cost;
use crate::questions::percentile;
use crate::{Arguments, Outcome, binary, print, workspace};
use qf_graph::Snapshot;
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

type Error = Box<dyn std::error::Error>;

/// Lines of the parts, in millions; the last is all there are.
const PARTS: [f64; 6] = [0.1, 0.5, 1.0, 5.0, 11.0, f64::INFINITY];
const REPOSITORIES: usize = 200;

/// See the module.
pub fn run(arguments: &Arguments) -> Outcome {
    let tree = arguments.path("--tree").ok_or("scale needs --tree DIR")?;
    let most: f64 = arguments.value("--most").map_or(Ok(f64::INFINITY), str::parse)?;
    let qf = binary(arguments)?;
    // Beside the tree, so that its files can be linked instead of copied.
    let scratch = tree.with_extension("qf-scale");
    let mut files = Vec::new();
    collect(&tree, &tree, &mut files)?;
    files.sort();
    let mut rows = Vec::new();
    let mut part = Part { folder: scratch.join("code"), next: 0, lines: 0, parts: 0 };
    for millions in PARTS.into_iter().filter(|millions| *millions <= most || most.is_infinite()) {
        part.grow(&tree, &files, millions * 1e6)?;
        let row = measured(&qf, &scratch, &part)?;
        print::line(&row.to_string());
        rows.push(row);
        if part.next == files.len() {
            break;
        }
    }
    std::fs::remove_dir_all(&scratch)?;
    let opened = many_repositories(&qf)?;
    print::line(&opened.to_string());
    let name = tree.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let results = workspace().join("benches/results");
    let value = json!({ "tree": name, "parts": rows, "open": opened });
    let mut bytes = serde_json::to_vec_pretty(&value)?;
    bytes.push(b'\n');
    write_atomically(&results.join("scale.json"), &bytes)?;
    write_atomically(&results.join("scale.svg"), plot(&rows).as_bytes())?;
    Ok(write_atomically(&results.join("scale.md"), text(&name, &rows, &opened).as_bytes())?)
}

/// Files below a folder with the hash that orders them.
fn collect(root: &Path, folder: &Path, files: &mut Vec<([u8; 8], PathBuf)>) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(root, &entry.path(), files)?;
        } else if kind.is_file() {
            let path = entry.path().strip_prefix(root)?.to_owned();
            let mut key = [0; 8];
            key.copy_from_slice(&blake3::hash(path.to_string_lossy().as_bytes()).as_bytes()[..8]);
            files.push((key, path));
        }
    }
    Ok(())
}

/// The part of the tree that is measured.
struct Part {
    folder: PathBuf,
    next: usize,
    lines: u64,
    parts: usize,
}

impl Part {
    fn grow(&mut self, tree: &Path, files: &[([u8; 8], PathBuf)], lines: f64) -> Result<(), Error> {
        self.parts += 1;
        while let Some((_, path)) = files.get(self.next) {
            if self.lines as f64 >= lines {
                break;
            }
            self.next += 1;
            let (from, to) = (tree.join(path), self.folder.join(path));
            std::fs::create_dir_all(to.parent().unwrap_or(&self.folder))?;
            std::fs::hard_link(&from, &to)?;
            // Only what is indexed counts.
            let text = std::fs::read(&from)?;
            let source = path.extension().is_some_and(|e| e == "c" || e == "h" || e == "S");
            self.lines += if source { text.split(|byte| *byte == b'\n').count() as u64 } else { 0 };
        }
        Ok(())
    }
}

fn measured(qf: &Path, scratch: &Path, part: &Part) -> Result<Value, Error> {
    let home = scratch.join("home");
    let folder = part.folder.display().to_string();
    let words = |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
    let own = std::env::current_exe()?.display().to_string();
    // Parsed before and after: a machine that others use changes its pace.
    let parsed = || cost(&words(&[own.as_str(), "parse", folder.as_str()]), &home);
    let first = parsed()?;
    let qf = qf.display().to_string();
    let index = cost(&words(&[qf.as_str(), "index", "--quiet", folder.as_str()]), &home)?;
    let parse = f64::midpoint(first.cpu, parsed()?.cpu);
    let snapshot = Snapshot::open(&Home::new(&home))?;
    let counts = snapshot.repositories().map(|repository| snapshot.counts(repository));
    let (lines, files) = counts.fold((0, 0), |sum, c| (sum.0 + c.lines, sum.1 + c.files));
    let edges = snapshot.edge_count();
    drop(snapshot);
    std::fs::remove_dir_all(&home)?;
    let millions = lines as f64 / 1e6;
    Ok(json!({
        "million_lines": round(millions),
        "files": files,
        "edges": edges,
        "cpu_s": round(index.cpu),
        "wall_s": round(index.wall),
        "peak_mb": index.peak.round(),
        "parse_cpu_s": round(parse),
        "times_parsing": round(index.cpu / parse),
        "cpu_s_per_million": round(index.cpu / millions),
        "mb_per_million": (index.peak / millions).round(),
    }))
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// How long opening a workspace of many small repositories takes.
fn many_repositories(qf: &Path) -> Result<Value, Error> {
    let scratch = std::env::temp_dir().join(format!("qf-many-{}", std::process::id()));
    for number in 0..REPOSITORIES {
        let folder = scratch.join(format!("code/r{number:03}"));
        std::fs::create_dir_all(folder.join(".git"))?;
        std::fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n")?;
        for file in 0..10 {
            let text = format!(
                "from .m{} import f\n\n\ndef f(x):\n    return x + {number}\n\n\ndef g():\n    return f({file})\n",
                (file + 1) % 10
            );
            std::fs::write(folder.join(format!("m{file}.py")), text)?;
        }
    }
    let home = scratch.join("home");
    let code = scratch.join("code").display().to_string();
    let qf = qf.display().to_string();
    let words = [qf.as_str(), "index", "--quiet", code.as_str()];
    cost(&words.map(str::to_owned), &home)?;
    let mut times = Vec::new();
    for _ in 0..30 {
        let begun = Instant::now();
        let snapshot = Snapshot::open(&Home::new(&home))?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        if snapshot.repositories().count() != REPOSITORIES {
            return Err("a repository is missing".into());
        }
    }
    std::fs::remove_dir_all(&scratch)?;
    Ok(json!({
        "repositories": REPOSITORIES,
        "p50_ms": round(percentile(&times, 0.5)),
        "p95_ms": round(percentile(&times, 0.95)),
    }))
}

fn text(name: &str, rows: &[Value], opened: &Value) -> String {
    let mut text = format!(
        "# Scale\n\nMade by `cargo xtask scale`. Parts of `{name}`, indexed from nothing.\n\n\
         | million lines | files | edges | CPU s | wall s | peak MB | times parsing | CPU s a million lines | MB a million lines |\n\
         |---|---|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            row["million_lines"],
            row["files"],
            row["edges"],
            row["cpu_s"],
            row["wall_s"],
            row["peak_mb"],
            row["times_parsing"],
            row["cpu_s_per_million"],
            row["mb_per_million"]
        );
    }
    let _ = writeln!(
        text,
        "\n![CPU seconds and memory by lines](scale.svg)\n\nOpening {} small repositories takes {} ms in the \
         median, {} ms in 95 of 100 cases.",
        opened["repositories"], opened["p50_ms"], opened["p95_ms"]
    );
    text
}

/// CPU seconds (solid) and peak memory (dashed) over lines, each in parts of its greatest value.
fn plot(rows: &[Value]) -> String {
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap_or(0.0);
    let most = |key: &str| rows.iter().map(|row| number(row, key)).fold(1e-9, f64::max);
    let (width, height, left) = (640.0, 320.0, 60.0);
    let lines = most("million_lines");
    let line = |key: &str, style: &str| {
        let top = most(key);
        let points: Vec<String> = rows
            .iter()
            .map(|row| {
                let x = left + number(row, "million_lines") / lines * (width - 2.0 * left);
                let y = height - 40.0 - number(row, key) / top * (height - 80.0);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        format!(
            "<polyline fill=\"none\" stroke=\"#336\" {style} points=\"{}\"/>\n",
            points.join(" ")
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <line x1=\"{left}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\" stroke=\"#999\"/>\n\
         <line x1=\"{left}\" y1=\"40\" x2=\"{left}\" y2=\"{y}\" stroke=\"#999\"/>\n{}{}\
         <text x=\"{left}\" y=\"24\">solid: CPU s, at most {:.0} · dashed: peak MB, at most {:.0}</text>\n\
         <text x=\"{end}\" y=\"{below}\" text-anchor=\"end\">{lines:.1} million lines</text>\n</svg>\n",
        line("cpu_s", "stroke-width=\"2\""),
        line("peak_mb", "stroke-width=\"2\" stroke-dasharray=\"6 4\""),
        most("cpu_s"),
        most("peak_mb"),
        y = height - 40.0,
        end = width - left,
        below = height - 20.0,
    )
}

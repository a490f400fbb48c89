//! `qf load`, and questions about what was loaded.

use crate::support::{QF, Run, Workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const LEDGER: &str = "def apply(amount):
    check(amount)


def check(amount):
    if amount < 0:
        raise ValueError(\"insufficient funds for the transfer\")
    return amount
";

const LOG: &str = "2024-05-01 12:00:00 INFO shop.web: server begins
2024-05-01 12:00:01 ERROR shop.web: cannot serve request 8f3a2b1c
Traceback (most recent call last):
  File \"/srv/python/lib/site-packages/flask/app.py\", line 1484, in full_dispatch
    return self.dispatch()
  File \"/srv/shop/app/ledger.py\", line 2, in apply
    check(amount)
  File \"/srv/shop/app/ledger.py\", line 7, in check
    raise ValueError(\"insufficient funds for the transfer\")
ValueError: insufficient funds for the transfer
2024-05-01 12:00:02 WARN shop.web: insufficient funds for the transfer
2024-05-01 12:00:03 INFO shop.web: server ends
";

/// A workspace with an indexed repository and a runtime directory of its own.
struct Loading {
    workspace: Workspace,
}

impl Loading {
    fn new() -> Self {
        let loading = Self { workspace: Workspace::empty() };
        std::fs::DirBuilder::new().mode(0o700).create(loading.runtime()).expect("it is ours");
        loading.write("shop/app/__init__.py", "");
        loading.write("shop/app/ledger.py", LEDGER);
        let shop = loading.path("shop").display().to_string();
        loading.run(&["index", "--quiet", &shop]).exits(0);
        loading
    }

    fn path(&self, name: &str) -> PathBuf {
        self.workspace.folder.path().join(name)
    }

    fn runtime(&self) -> PathBuf {
        self.path("run")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        std::fs::write(&path, bytes).expect("it is ours");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(QF);
        command
            .args(arguments)
            .env("QF_HOME", self.workspace.home())
            .env("XDG_RUNTIME_DIR", self.runtime())
            .env("NO_COLOR", "1")
            .env_remove("QF_SESSION")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }
}

fn run(command: &mut Command) -> Run {
    let output = command.output().expect("the binary runs");
    Run {
        code: output.status.code().expect("the binary exits"),
        stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
    }
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("it can be listed") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            let bytes = std::fs::read(&path).expect("it can be read");
            all.insert(path, bytes);
        }
    }
    all
}

#[test]
fn a_stack_leads_into_the_code_and_the_index_stays_as_it_is() {
    let loading = Loading::new();
    let log = loading.write("app.log", LOG);
    let before = files(&loading.workspace.home());
    assert!(before.len() > 2);

    let said = loading.run(&["load", &log, "--session", "fault"]).exits(0);
    assert!(said.starts_with("app.log  log, ") && said.contains("12 lines"), "{said}");
    let question = ["ask", "why can it not serve the request?", "--session", "fault"];
    let said = loading.run(&question).exits(0);
    assert!(said.contains("in what was loaded, ") && said.contains("  app.log:2  "), "{said}");
    assert!(said.contains("→ shop/app/ledger.py:2 apply\n"), "{said}");
    assert!(said.contains("→ shop/app/ledger.py:7 check\n"), "{said}");
    assert!(!said.contains("flask"), "what is not indexed is no place: {said}");

    let json = loading.run(&["ask", "8f3a2b1c", "--session", "fault", "--json"]).json(0);
    let best = &json["session"]["items"][0];
    assert_eq!((&best["place"], &best["line"]), (&Value::from("app.log:2"), &Value::from(2)));
    assert_eq!(best["mentions"][0]["by"], "place", "{best}");
    assert_eq!(best["mentions"][0]["places"][0]["file"], "app/ledger.py", "{best}");
    assert!(json["version"].is_u64() && json["items"].is_array(), "the answer is there too");
    let lines = loading.run(&["ask", "8f3a2b1c", "--session", "fault", "--json-lines"]);
    let lines = lines.json_lines(0);
    assert_eq!(lines.last().expect("a line")["session"]["name"], "fault");

    let pack = ["context", "the server cannot serve the request", "--session", "fault"];
    let pack = loading.run(&[&pack[..], &["--budget", "2000"]].concat()).exits(0);
    assert!(pack.contains("# Loaded in session fault\n\n## app.log:2\n"), "{pack}");
    assert!(pack.contains("→ shop/app/ledger.py:7 `check`"), "{pack}");
    assert!(qf_query::context::tokens(&pack) <= 2000, "{pack}");

    loading.run(&["session", "show", "fault"]).exits(0);
    let said = loading.run(&["session", "drop", "fault"]).exits(0);
    assert_eq!(said, "Dropped session fault with what was loaded of 1 file.\n");
    assert_eq!(files(&loading.runtime()).len(), 0, "nothing is left");
    assert_eq!(loading.run(&question).code, 2);
    assert!(files(&loading.workspace.home()) == before, "the index was touched");
}

#[test]
fn a_line_without_a_place_leads_to_the_statement_that_says_it() {
    let loading = Loading::new();
    let log = "2024-05-01 12:00:02 WARN shop.web: insufficient funds for the transfer\n";
    let log = loading.write("app.log", log);
    loading.run(&["load", &log]).exits(0);
    let asked = ["ask", "insufficient funds", "--session", "default", "--json"];
    let json = loading.run(&asked).json(0);
    let mention = &json["session"]["items"][0]["mentions"][0];
    assert_eq!(mention["by"], "message", "{json}");
    assert_eq!(mention["places"][0]["line"], 7, "{json}");
}

#[test]
fn a_session_is_named_by_option_variable_or_not_at_all() {
    let loading = Loading::new();
    let log = loading.write("app.log", LOG);
    run(loading.command(&["load", &log]).env("QF_SESSION", "named")).exits(0);
    loading.run(&["load", &log, "--ttl", "30m"]).exits(0);
    let list = loading.run(&["session", "list", "--json"]).json(0);
    let names: Vec<&str> =
        list.as_array().expect("a list").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["default", "named"]);
    assert_eq!(list[0]["ttl"], 1800);
    let ask = ["ask", "server begins"];
    let with = run(loading.command(&ask).env("QF_SESSION", "named")).stdout;
    assert!(with.contains("session named"), "{with}");
    // The variable may name one that is not there; nothing is asked without either.
    let without = run(loading.command(&ask).env("QF_SESSION", "none"));
    assert!(without.code != 2 && !without.stdout.contains("in what was loaded"));
    assert!(!loading.run(&ask).stdout.contains("in what was loaded"));
    let wrong = loading.run(&["ask", "server", "--session", "none"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("there is default, named"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("hint: `qf load FILE --session NAME`"), "{}", wrong.stderr);
    assert_eq!(loading.run(&["load", &log, "--ttl", "soon"]).code, 2);
}

#[test]
fn a_damaged_session_is_told_and_dropped() {
    let loading = Loading::new();
    let log = loading.write("app.log", LOG);
    loading.run(&["load", &log, "--session", "good"]).exits(0);
    loading.run(&["load", &log, "--session", "bad"]).exits(0);
    loading.write("run/qf/sessions/bad/session.json", "{");
    let list = loading.run(&["session", "list"]);
    assert_eq!(list.code, 3, "{}", list.stderr);
    assert!(list.stdout.contains("good") && !list.stdout.contains("bad"), "{}", list.stdout);
    assert!(list.stderr.contains("session bad is damaged"), "{}", list.stderr);
    assert!(list.stderr.contains("hint: `qf session drop bad`"), "{}", list.stderr);
    loading.run(&["session", "drop", "bad"]).exits(0);
    loading.run(&["session", "list"]).exits(0);
}

#[test]
fn what_a_log_tells_a_terminal_to_do_is_not_done() {
    let loading = Loading::new();
    let line = "2024-05-01 12:00:02 WARN shop.web: the zanzibar job \u{1b}]0;owned\u{7} failed\n";
    let log = loading.write("app.log", line);
    loading.run(&["load", &log]).exits(0);
    for question in [["context", "zanzibar job failed"], ["ask", "zanzibar job failed"]] {
        let said = loading.run(&[&question[..], &["--session", "default"]].concat()).exits(0);
        assert!(said.contains("zanzibar job"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}']), "{said:?}");
    }
}

#[test]
fn what_is_found_in_a_session_only_is_found() {
    let loading = Loading::new();
    loading.write("notes.md", "# Plans\nThe zanzibar_job moves the accounts in autumn.\n");
    let notes = loading.path("notes.md").display().to_string();
    loading.run(&["load", &notes]).exits(0);
    loading.run(&["ask", "who calls zanzibar_job", "--session", "default"]).exits(0);
    assert_eq!(loading.run(&["ask", "who calls zanzibar_job"]).code, 1);
    assert_eq!(loading.run(&["ask", "who calls quagga_herd", "--session", "default"]).code, 1);
}

#[test]
fn standard_input_is_loaded_and_packed_logs_are_not() {
    let loading = Loading::new();
    let mut child = loading
        .command(&["load", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(LOG.as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["files"][0]["path"], "standard input", "{json}");
    let said = loading.run(&["ask", "8f3a2b1c", "--session", "default"]).exits(0);
    assert!(said.contains("standard input:2"), "{said}");

    let mut child = loading
        .command(&["load", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"%PDF-1.7\nnothing of a PDF\n").expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("standard input is damaged"), "{said}");
    assert!(said.contains("save it to a file first: `qpdf FILE"), "{said}");
    assert!(!said.contains("text-0"), "a file that is gone: {said}");

    let packed = loading.write("app.log.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01\0\0\xff\xff");
    let log = loading.write("app.log", LOG);
    let some = loading.run(&["load", &packed, &log]);
    assert_eq!(some.code, 3, "{}", some.stderr);
    assert!(some.stderr.contains("hint: `zcat "), "{}", some.stderr);
    assert_eq!(loading.run(&["load", &packed]).code, 2);
}

/// A PDF whose pages say these texts, or show a picture where there is none.
fn pdf(pages: &[Option<String>], encrypted: bool) -> Vec<u8> {
    let kids: String = (0..pages.len()).map(|page| format!("{} 0 R ", 5 + 2 * page)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {} /Kids [{kids}] >>", pages.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 \
         /ColorSpace /DeviceGray /Length 1 >>\nstream\nx\nendstream"
            .to_owned(),
    ];
    for (number, page) in pages.iter().enumerate() {
        let content = match page {
            Some(text) => format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET"),
            None => "q 612 0 0 792 0 0 cm /Im1 Do Q".to_owned(),
        };
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>",
            6 + 2 * number
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    let mut more = String::new();
    if encrypted {
        let key = "ab".repeat(32);
        objects.push(format!(
            "<< /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <{key}> /U <{key}> >>"
        ));
        let id = "cd".repeat(16);
        let _ = write!(more, " /Encrypt {} 0 R /ID [<{id}> <{id}>]", objects.len());
    }
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let table = out.len();
    let size = objects.len() + 1;
    let _ = write!(out, "xref\n0 {size}\n0000000000 65535 f \n");
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ =
        write!(out, "trailer\n<< /Size {size} /Root 1 0 R{more} >>\nstartxref\n{table}\n%%EOF\n");
    out.into_bytes()
}

fn said(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[test]
fn pages_of_a_pdf_are_found() {
    let loading = Loading::new();
    let pages = said(&[
        "Fees are one percent of every transfer.",
        "Refunds are paid within a week, see app/ledger.py:7 for the check.",
        "Accounts are closed after a year without use.",
    ]);
    let manual = loading.write("manual.pdf", pdf(&pages, false));
    let line = loading.run(&["load", &manual]).exits(0);
    assert!(line.starts_with("manual.pdf  pdf, ") && line.contains("3 pages"), "{line}");
    let asked = ["ask", "when are refunds paid?", "--session", "default", "--json"];
    let json = loading.run(&asked).json(0);
    let best = &json["session"]["items"][0];
    assert_eq!(best["place"], "manual.pdf p. 2", "{json}");
    assert_eq!(best["mentions"][0]["places"][0]["symbol"], "check", "{json}");
    // What was read of it stays, whatever becomes of the file.
    std::fs::remove_file(&manual).expect("it is ours");
    let json = loading.run(&asked).json(0);
    assert_eq!(json["session"]["items"][0]["place"], "manual.pdf p. 2", "{json}");
    assert!(json["session"]["notes"][0].as_str().is_some_and(|note| note.contains("gone")));
}

#[test]
fn a_pdf_that_cannot_be_read_says_what_to_do() {
    let loading = Loading::new();
    let good = pdf(&said(&["one", "two", "three"]), false);
    let scanned = vec![None, None];
    for (name, bytes, what, next) in [
        ("locked.pdf", pdf(&said(&["secret"]), true), "is encrypted", "qpdf --decrypt"),
        ("scan.pdf", pdf(&scanned, false), "has 2 pages but no text", "ocrmypdf"),
        ("cut.pdf", good[..good.len() / 3].to_vec(), "is damaged", "qpdf"),
        ("noise.pdf", b"%PDF-1.7\nnothing of a PDF\n".to_vec(), "is damaged", "qpdf"),
    ] {
        let path = loading.write(name, bytes);
        let run = loading.run(&["load", &path]);
        assert_eq!(run.code, 2, "{name}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(what), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("hint: ") && run.stderr.contains(next), "{}", run.stderr);
    }
    assert_eq!(files(&loading.runtime()).len(), 0, "a load that fails leaves nothing");
}

#[test]
fn a_pdf_of_5000_pages_takes_bounded_memory() {
    let loading = Loading::new();
    let pages: Vec<Option<String>> = (0..5_000)
        .map(|page| {
            let about = if page == 3_210 { "the wombat clause" } else { "nothing new" };
            Some(format!("Section {page} is about {about}."))
        })
        .collect();
    let path = loading.write("long.pdf", pdf(&pages, false));
    let (code, most) = watched(&mut loading.command(&["load", &path]));
    assert_eq!(code, Some(0));
    assert!(most < 300_000, "{most} kB");
    let json = loading.run(&["ask", "wombat clause", "--session", "default", "--json"]).json(0);
    assert_eq!(json["session"]["items"][0]["place"], "long.pdf p. 3211");
}

/// Runs a command: its exit code, and the most memory that it had, in kilobytes; 0 where the system
/// does not tell.
fn watched(command: &mut Command) -> (Option<i32>, u64) {
    let mut child =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(number.unwrap_or(0));
        if let Some(status) = child.try_wait().expect("it is ours") {
            return (status.code(), most);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// `QF_LARGE_MB` makes it larger: 1000 is a log of a gigabyte.
#[test]
fn a_large_log_takes_bounded_memory() {
    let loading = Loading::new();
    let megabytes: usize =
        std::env::var("QF_LARGE_MB").ok().and_then(|it| it.parse().ok()).unwrap_or(64);
    let path = loading.path("large.log");
    let file = std::fs::File::create(&path).expect("it is ours");
    let mut out = std::io::BufWriter::new(file);
    let (mut written, mut number, mut needle) = (0, 0u64, 0);
    let mut state = 1u64;
    while written < megabytes * 1_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut line = format!(
            "2024-05-01 {:02}:{:02}:{:02},{:03} INFO shop.web [worker-{}] GET /orders/{:016x} took \
             {} ms\n",
            number / 3_600_000 % 24,
            number / 60_000 % 60,
            number / 1_000 % 60,
            number % 1_000,
            number % 8,
            state,
            state >> 54
        );
        if needle == 0 && written > megabytes * 700_000 {
            needle = number + 1;
            line = LOG.lines().skip(1).take(9).map(|line| line.to_owned() + "\n").collect();
        }
        written += line.len();
        number += 1;
        out.write_all(line.as_bytes()).expect("there is room");
    }
    drop(out);
    let begun = std::time::Instant::now();
    let (code, most) = watched(&mut loading.command(&["load", &path.display().to_string()]));
    eprintln!("{megabytes} MB in {:.1} s, {most} kB", begun.elapsed().as_secs_f64());
    assert_eq!(code, Some(0));
    assert!(most < 600_000, "{most} kB");
    for question in ["8f3a2b1c", "insufficient funds for the transfer"] {
        let asked = ["ask", question, "--session", "default", "--json"];
        let json = loading.run(&asked).json(0);
        let best = &json["session"]["items"][0];
        let line = best["line"].as_u64().expect("a line");
        assert!((needle..needle + 9).contains(&line), "{best}");
        assert_eq!(best["mentions"][0]["places"][0]["symbol"], "apply", "{best}");
    }
}

/// A zip archive of files that are not packed.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let mut common = Vec::new();
        for number in [20u16, 0, 0, 0, 0] {
            common.extend(number.to_le_bytes());
        }
        for number in [crc(text.as_bytes()), text.len() as u32, text.len() as u32] {
            common.extend(number.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend(0u16.to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((out.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
    }
    let at = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        out.extend((files.len() as u16).to_le_bytes());
    }
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn documents_and_pages_of_the_web_are_found_by_their_headings() {
    let loading = Loading::new();
    let page = "<!doctype html><html><body><h1>Runbook</h1><p>Restart the broker when the queue is \
                full.</p><script>var ignored = 1;</script></body></html>";
    let page = loading.write("runbook.html", page);
    let paragraph = |style: &str, text: &str| {
        format!("<w:p><w:pPr>{style}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
    };
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document \
         xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{}{}\
         </w:body></w:document>",
        paragraph("<w:pStyle w:val=\"Heading1\"/>", "Chargebacks"),
        paragraph("", "A chargeback is disputed within ten days."),
    );
    let document = loading.write("policy.docx", archive(&[("word/document.xml", &document)]));
    loading.run(&["load", &page, &document]).exits(0);
    for (question, place) in [
        ("when to restart the broker", "runbook.html \"Runbook\""),
        ("how is a chargeback disputed", "policy.docx \"Chargebacks\""),
    ] {
        let json = loading.run(&["ask", question, "--session", "default", "--json"]).json(0);
        assert_eq!(json["session"]["items"][0]["place"], place, "{json}");
    }
}

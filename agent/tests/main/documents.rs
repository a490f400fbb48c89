//! What files are, documents as text, and the places in code that texts speak of.

use qf_agent::session::mentions::{Found, Resolved, mentions, resolve};
use qf_agent::session::read::{self, Kind, Page, Problem, Read, ReadError};
use qf_graph::facts::{DefinitionFlags, SymbolKind};
use qf_graph::store::Home;
use qf_graph::store::disk::write_atomically;
use qf_graph::store::links::{KeyData, LinksData};
use qf_graph::store::manifest::{Manifest, RepositoryEntry};
use qf_graph::store::repository::{
    FileData, FileFlags, NONE, RepositoryData, SymbolData, compress,
};
use qf_graph::{Channel, Snapshot};
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

// ---- kinds ----------------------------------------------------------------------------------

fn kind(first: &[u8], name: &str) -> Result<Kind, Problem> {
    read::kind(first, Path::new(name)).map_err(|error| match error {
        ReadError::Refused { problem, .. } => problem,
        other => panic!("{other}"),
    })
}

#[test]
fn a_file_is_what_its_content_says_and_then_its_name() {
    let log = b"2024-01-02 10:00:00,123 INFO started\n2024-01-02 10:00:01,000 ERROR no\n  at x\n";
    let cases: &[(&[u8], &str, Kind)] = &[
        (b"%PDF-1.7\n%\xe2\xe3", "a.txt", Kind::Pdf),
        (b"  <!DOCTYPE HTML>\n<title>", "a", Kind::Html),
        (b"<?xml version='1.0'?>\n<!-- saved -->\n<HTML lang=en>", "a.bin", Kind::Html),
        (b"\xef\xbb\xbf# Title\n", "a.md", Kind::Markdown),
        (b"PK\x03\x04........word/document.xml", "a", Kind::Docx),
        (b"PK\x03\x04........[Content_Types].xml", "a.docx", Kind::Docx),
        (log, "a.txt", Kind::Log),
        (log, "-", Kind::Log),
        (b"[ERROR] no\n[INFO] yes\n", "out.txt", Kind::Log),
        (b"{\"level\":\"info\",\"msg\":\"x\"}\n", "x", Kind::Log),
        (b"Jan  2 10:00:00 host sshd[1]: x\n", "syslog", Kind::Log),
        (b"anything", "app.log", Kind::Log),
        (b"anything", "app.log.3", Kind::Log),
        (b"anything", "app.log-20240131", Kind::Log),
        (b"A text.\n\nAbout 10:00:00 it rained.\n\nAnd so on.\n", "a.txt", Kind::Text),
        (b"the %PDF- header of a file", "a.txt", Kind::Text),
        (b"caf\xe9 au lait, which is Latin", "a", Kind::Text),
        (b"\x1b[31mred\x1b[0m text", "a", Kind::Text),
        (b"", "a", Kind::Text),
    ];
    for (first, name, expected) in cases {
        let shown = String::from_utf8_lossy(first);
        assert_eq!(kind(first, name), Ok(*expected), "{name}: {shown}");
    }
}

#[test]
fn what_is_not_read_is_refused_with_what_to_do() {
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    let cases: &[(&[u8], &str, &str, &str)] = &[
        (gzip, "a.log.gz", "is compressed by gzip", "`zcat a.log.gz | qf load -`"),
        (b"PK\x03\x04....a.txt", "a.zip", "is a zip archive", "unpack it"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.docx", "is encrypted", "without a password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.doc", "an old Office", "save it as docx"),
        (b"\xff\xfea\0b\0", "a.txt", "UTF-16", "iconv -f UTF-16"),
        (b"\x7fELF\x02\x01\x01\0\0", "a", "is binary", "are read"),
        (b"not one", "a.pdf", "is damaged: its content is not that of a pdf", "qpdf"),
    ];
    for (first, name, message, hint) in cases {
        let error = read::kind(first, Path::new(name)).expect_err(name);
        assert!(error.to_string().contains(message), "{error}");
        let said = error.hint().expect("something can be done");
        assert!(said.contains(hint), "{said}");
    }
}

#[test]
fn files_are_named_so_that_a_shell_takes_them() {
    let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03";
    let refused = |name: &str| read::kind(gzip, Path::new(name)).expect_err(name);
    let hint = |name: &str| refused(name).hint().expect("something can be done");
    assert_eq!(hint("a b.gz"), "`zcat 'a b.gz' | qf load -` loads what is in it");
    assert!(hint("it's; rm x.gz").contains(r"zcat 'it'\''s; rm x.gz' |"));
    assert!(hint("a\u{1b}[2J.gz").contains("zcat FILE |"));
    // What came from standard input is nowhere any more.
    let expected = "save it to a file first: `zcat FILE | qf load -` loads what is in it";
    assert_eq!(hint("-"), expected);
    assert_eq!(refused("-").to_string(), "standard input is compressed by gzip");
}

// ---- documents ------------------------------------------------------------------------------

/// A document on disk, and what is read of it.
struct Document {
    folder: TempDir,
    path: PathBuf,
    kind: Kind,
}

impl Document {
    fn new(kind: Kind, content: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(format!("document.{}", kind.name()));
        std::fs::write(&path, content).expect("written");
        Self { folder, path, kind }
    }

    /// What the reading side sends, and whether it came to the end.
    fn sent(&self) -> (Vec<u8>, Result<(), ReadError>) {
        let mut sent = Vec::new();
        let outcome = read::serve(self.kind, &self.path, &mut sent);
        (sent, outcome)
    }

    /// What the asking side makes of a process that sends bytes and then does something.
    fn heard(&self, sent: &[u8], then: &str) -> (Vec<Page>, Result<Read, ReadError>) {
        let bytes = self.folder.path().join("sent");
        std::fs::write(&bytes, sent).expect("written");
        let program = self.folder.path().join("program");
        let script = format!("#!/bin/sh\nulimit -c 0\ncat '{}'\n{then}\n", bytes.display());
        std::fs::write(&program, script).expect("written");
        let executable = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&program, executable).expect("made executable");
        loop {
            let mut pages = Vec::new();
            let read = read::pages(&program, self.kind, &self.path, &self.path, &mut |page| {
                pages.push(page);
                Ok(())
            });
            // Another test may have been starting a process while the program was written.
            let busy = ErrorKind::ExecutableFileBusy;
            if !matches!(&read, Err(ReadError::Program { source }) if source.kind() == busy) {
                return (pages, read);
            }
        }
    }

    /// Both sides.
    fn read(&self) -> (Vec<Page>, Result<Read, ReadError>) {
        let (sent, served) = self.sent();
        let (pages, heard) = self.heard(&sent, "exit 0");
        if let (Err(served), Err(heard)) = (&served, &heard) {
            assert_eq!(served.to_string(), heard.to_string());
        }
        (pages, heard)
    }

    /// `label: text` of its pages, and the warning.
    #[track_caller]
    fn texts(&self) -> (Vec<String>, Option<String>) {
        let (pages, read) = self.read();
        let line = |page: Page| format!("{}: {}", page.label, page.text.trim_end());
        (pages.into_iter().map(line).collect(), read.expect("it is read").warning)
    }

    /// Why it is not read, and what to do.
    #[track_caller]
    fn refused(&self) -> (String, String) {
        let (pages, read) = self.read();
        assert!(pages.is_empty(), "{pages:?}");
        let error = read.expect_err("it is not read");
        let message = error.to_string();
        let name = format!("{} ", self.path.display());
        let message = message.strip_prefix(&name).expect("the file is named first").to_owned();
        (message, error.hint().unwrap_or_default())
    }
}

/// A PDF of objects that are numbered from 1; the first is its root.
fn pdf_of(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(object);
        out.extend(b"\nendobj\n");
    }
    let start = out.len();
    out.extend(table.bytes());
    let size = objects.len() + 1;
    let end =
        format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n");
    out.extend(end.bytes());
    out
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let mut out = format!("<< {dictionary} /Length {} >>\nstream\n", content.len()).into_bytes();
    out.extend(content);
    out.extend(b"\nendstream");
    out
}

/// Drawing operations that show a text.
fn shown(text: &str) -> String {
    format!("BT /F1 12 Tf 72 720 Td ({text}) Tj ET")
}

/// A PDF of pages with these operations. They have a font, `F1`, and a picture, `Im1`.
fn pdf_with(pages: &[String], trailer: &str) -> Vec<u8> {
    let page = |at: usize| 5 + 2 * at;
    let kids: String = (0..pages.len()).map(|at| format!("{} 0 R ", page(at))).collect();
    let tree = format!("<< /Type /Pages /Count {} /Kids [{kids}] >>", pages.len());
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica \
                /Encoding /WinAnsiEncoding >>";
    let pixels = [0xff, 0xd8, b'B', b'T', b'(', 0x00, 0x80];
    let picture = "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray \
                   /BitsPerComponent 8 /Filter /DCTDecode";
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        tree.into_bytes(),
        font.as_bytes().to_vec(),
        stream(picture, &pixels),
    ];
    for (at, operations) in pages.iter().enumerate() {
        let dictionary = format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> /XObject << /Im1 4 0 R >> >> >>",
            page(at) + 1
        );
        objects.push(dictionary.into_bytes());
        objects.push(stream("", operations.as_bytes()));
    }
    pdf_of(&objects, trailer)
}

fn pdf(texts: &[&str]) -> Vec<u8> {
    let pages: Vec<String> = texts.iter().map(|text| shown(text)).collect();
    pdf_with(&pages, "")
}

#[test]
fn a_pdf_is_read_page_by_page() {
    let document = Document::new(Kind::Pdf, &pdf(&["The first page", "see pay.py:7", "The last"]));
    let (pages, warning) = document.texts();
    assert_eq!(pages, ["p. 1: The first page", "p. 2: see pay.py:7", "p. 3: The last"]);
    assert_eq!(warning, None);
}

#[test]
fn a_broken_page_costs_that_page() {
    // Text without a font.
    let pages = [shown("one"), "BT (two) Tj ET".to_owned(), shown("three")];
    let document = Document::new(Kind::Pdf, &pdf_with(&pages, ""));
    let (texts, warning) = document.texts();
    assert_eq!(texts, ["p. 1: one", "p. 3: three"]);
    let warning = warning.expect("a page was not read");
    assert!(warning.starts_with("p. 2 could not be read whole"), "{warning}");
}

#[test]
fn scanned_pages_are_told_from_pages_with_text() {
    let scan = "q 612 0 0 792 0 0 cm /Im1 Do Q".to_owned();
    let scanned = Document::new(Kind::Pdf, &pdf_with(&[scan.clone(), scan.clone()], ""));
    let (message, hint) = scanned.refused();
    assert_eq!(message, "has 2 pages but no text: it is scanned");
    assert!(hint.contains("ocrmypdf"), "{hint}");
    let half = Document::new(Kind::Pdf, &pdf_with(&[scan, shown("text")], ""));
    let (texts, warning) = half.texts();
    assert_eq!(texts, ["p. 2: text"]);
    assert_eq!(warning.as_deref(), Some("1 of 2 pages have no text: they may be scanned"));
}

#[test]
fn an_encrypted_pdf_says_how_it_is_opened() {
    let zeros = "0".repeat(64);
    let encryption = format!(
        "/ID [<00> <00>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <{zeros}> /U <{zeros}> /P -4 >>"
    );
    let direct = pdf_with(&[shown("secret")], &encryption);
    // As it is usual, the dictionary is an object.
    let pages = [shown("secret")];
    let mut objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>".to_vec(),
        stream("", pages[0].as_bytes()),
    ];
    let dictionary = format!("<< /Filter /Standard /V 1 /R 2 /O <{zeros}> /U <{zeros}> /P -4 >>");
    objects.push(dictionary.into_bytes());
    let indirect = pdf_of(&objects, "/ID [<00> <00>] /Encrypt 5 0 R");
    for content in [direct, indirect] {
        let (message, hint) = Document::new(Kind::Pdf, &content).refused();
        assert_eq!(message, "is encrypted");
        assert!(hint.contains("qpdf --decrypt"), "{hint}");
    }
}

#[test]
fn damaged_pdfs_are_refused() {
    let whole = pdf(&["one", "two"]);
    let mut lying = whole.clone();
    let root = lying.windows(7).position(|window| window == b"/Root 1").expect("it has a root");
    lying[root + 6] = b'9';
    let damaged: [&[u8]; 3] = [&whole[..whole.len() / 2], b"%PDF-1.4\n", &lying];
    for content in damaged {
        let (message, hint) = Document::new(Kind::Pdf, content).refused();
        assert!(message.starts_with("is damaged: "), "{message}");
        assert!(hint.contains("qpdf"), "{hint}");
    }
}

#[test]
fn a_tree_with_more_pages_than_are_found_is_said() {
    let objects: Vec<Vec<u8>> = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count 40 /Kids [{}] >>", "4 0 R ".repeat(40)).into_bytes(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R \
          /Resources << /Font << /F1 3 0 R >> >> >>"
            .to_vec(),
        stream("", shown("the same").as_bytes()),
    ];
    let (texts, warning) = Document::new(Kind::Pdf, &pdf_of(&objects, "")).texts();
    assert!(!texts.is_empty() && texts.len() < 40, "{texts:?}");
    let expected = format!("{} of 40 pages were found", texts.len());
    assert_eq!(warning.as_deref(), Some(expected.as_str()));
}

#[test]
fn five_thousand_pages_come_one_after_the_other() {
    let texts: Vec<String> = (1..=5_000).map(|number| shown(&format!("page {number}"))).collect();
    let document = Document::new(Kind::Pdf, &pdf_with(&texts, ""));
    let (pages, read) = document.read();
    assert_eq!(read.expect("it is read"), Read { pages: 5_000, warning: None });
    assert_eq!(pages.len(), 5_000);
    assert_eq!(pages[4_999].label, "p. 5000");
    assert_eq!(pages[4_999].text, "page 5000\n");
}

#[test]
fn pages_before_the_end_of_a_reader_are_kept() {
    let document = Document::new(Kind::Pdf, &pdf(&["one", "two", "three"]));
    let (sent, served) = document.sent();
    served.expect("it is whole");
    // The last page and the end are missing.
    let two = sent.windows(5).position(|window| window == b"three").expect("it was sent");
    let (pages, read) = document.heard(&sent[..two], "kill -XCPU $$");
    assert_eq!(pages.len(), 2);
    let warning = read.expect("something was read").warning.expect("not all of it");
    let expected = "what follows p. 2 was not read: the file takes more than 120 s to read";
    assert!(warning.starts_with(expected), "{warning}");
    let memory = "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$";
    let (_, read) = document.heard(&[], memory);
    let error = read.expect_err("nothing was read");
    assert!(error.to_string().ends_with("takes more than 1 GiB of memory to read"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("qpdf --split-pages")));
    let (_, read) = document.heard(b"\xff\xff\xff\xffnonsense", "exec sleep 60");
    assert!(read.is_err());
}

#[test]
fn what_goes_wrong_around_a_document_is_told_apart() {
    let document = Document::new(Kind::Pdf, &pdf(&["one", "two"]));
    let program = Path::new("/bin/true");
    let pages = |program: &Path, kind: Kind| {
        read::pages(program, kind, &document.path, Path::new("-"), &mut |_| Ok(()))
    };
    let none = pages(program, Kind::Text);
    assert!(matches!(none, Err(ReadError::Refused { problem: Problem::Plain, .. })));
    let nowhere = Path::new("/nowhere/qf");
    let none = pages(nowhere, Kind::Pdf);
    assert!(matches!(none, Err(ReadError::Program { .. })));
    let error = pages(program, Kind::Pdf).expect_err("it says nothing");
    assert!(error.to_string().starts_with("standard input is damaged"), "{error}");
    let mut full: &mut [u8] = &mut [0; 8];
    let served = read::serve(Kind::Pdf, &document.path, &mut full);
    assert!(matches!(served, Err(ReadError::Kept { .. })));
}

/// A docx with these parts.
fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a part is begun");
        writer.write_all(content.as_bytes()).expect("it is written");
    }
    writer.finish().expect("it is finished").into_inner()
}

fn paragraph(style: &str, text: &str) -> String {
    let style = match style {
        "" => String::new(),
        style => format!("<w:pPr><w:pStyle w:val='{style}'/></w:pPr>"),
    };
    format!("<w:p>{style}<w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn body(content: &str) -> String {
    format!("<?xml version='1.0'?><w:document xmlns:w='x'><w:body>{content}</w:body></w:document>")
}

#[test]
fn a_docx_is_read_by_its_headings() {
    let styles = "<w:styles xmlns:w='x'><w:style w:styleId='berschrift1'>\
                  <w:name w:val='heading 1'/></w:style>\
                  <w:style w:styleId='Standard'><w:name w:val='Normal'/></w:style></w:styles>";
    let cell = |text: &str| format!("<w:tc>{}</w:tc>", paragraph("", text));
    let table = format!(
        "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl>",
        cell("timeout"),
        cell("30 s"),
        cell("retries"),
        cell("3")
    );
    let item = "<w:p><w:pPr><w:numPr/></w:pPr><w:r><w:t>an item</w:t></w:r></w:p>";
    let twice = "<w:p><mc:AlternateContent><mc:Choice><w:r><w:t>once</w:t></w:r></mc:Choice>\
                 <mc:Fallback><w:p><w:r><w:t>twice</w:t></w:r></w:p></mc:Fallback>\
                 </mc:AlternateContent></w:p>";
    let deleted = "<w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>\
                   <w:r><w:t>a &lt; b &amp;&#32;c</w:t></w:r></w:p>";
    let content = [
        paragraph("Standard", "Before all."),
        paragraph("berschrift1", "Limits"),
        table,
        paragraph("berschrift1", "Notes"),
        item.to_owned(),
        twice.to_owned(),
        deleted.to_owned(),
    ]
    .concat();
    let footnotes = format!("<w:footnotes xmlns:w='x'>{}</w:footnotes>", paragraph("", "A note."));
    let document = Document::new(
        Kind::Docx,
        &docx(&[
            ("word/document.xml", &body(&content)),
            ("word/styles.xml", styles),
            ("word/footnotes.xml", &footnotes),
        ]),
    );
    let (texts, warning) = document.texts();
    assert_eq!(
        texts,
        [
            ": Before all.",
            "Limits: Limits\n\ntimeout | 30 s\nretries | 3",
            "Notes: Notes\n\n- an item\nonce\n\na < b & c",
            "Footnotes: A note.",
        ]
    );
    assert_eq!(warning, None);
}

#[test]
fn docx_files_that_are_none_are_refused() {
    let empty = body(&paragraph("", " "));
    let bomb = body(&paragraph("", &"a".repeat(20 << 20)));
    let broken = "<w:document><w:body><w:p></w:body>";
    for (content, expected) in [
        (docx(&[("a.txt", "a")]), "is a zip archive"),
        (docx(&[("word/document.xml", &empty)]), "has no text"),
        (docx(&[("word/document.xml", &bomb)]), "is more than 256 MB when it is unpacked"),
        (docx(&[("word/document.xml", broken)]), "is damaged: word/document.xml: "),
        (b"PK\x03\x04 and no more".to_vec(), "is damaged: "),
    ] {
        let (message, _) = Document::new(Kind::Docx, &content).refused();
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn html_is_read_by_its_headings() {
    let page = "<!doctype html><html><head><title>t</title><style>p { color: red }</style>\
        <script>alert('no')</script></head><body><p>Before &amp; all.</p>\
        <h1>Install</h1><h2>Linux</h2><p>Run <a href='https://x.example/'>the <b>program</b></a>.\
        <pre># a comment\n  File \"src/pay.py\", line 7, in pay</pre>\
        <h2>Limits</h2><table><tr><td>timeout</td><td>30 s</td></tr></table>\
        <ul><li>one</li><li>two</li></ul></body></html>";
    let (texts, warning) = Document::new(Kind::Html, page.as_bytes()).texts();
    assert_eq!(warning, None);
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(texts[0], ": Before & all.");
    assert!(texts[1].starts_with("Linux: Install\n\nLinux\n"), "{}", texts[1]);
    assert!(texts[1].contains("Run the program."), "{}", texts[1]);
    let code = "# a comment\n  File \"src/pay.py\", line 7, in pay";
    assert!(texts[1].contains(code), "{}", texts[1]);
    assert!(texts[2].starts_with("Limits: Limits\n"), "{}", texts[2]);
    assert!(texts[2].contains("timeout") && texts[2].contains("30 s"), "{}", texts[2]);
    assert!(texts[2].contains("- one\n- two"), "{}", texts[2]);
}

#[test]
fn html_of_other_times_is_read_too() {
    let latin = b"<html><meta charset=iso-8859-1><p>caf\xe9</p></html>";
    assert_eq!(Document::new(Kind::Html, latin).texts().0, [": caf\u{e9}"]);
    let unsaid = b"<html><p>\x93caf\xe9\x94</p></html>";
    assert_eq!(Document::new(Kind::Html, unsaid).texts().0, [": \u{201c}caf\u{e9}\u{201d}"]);
    let deep = format!("<html>{}deep{}", "<div>".repeat(200), "</div>".repeat(200));
    assert_eq!(Document::new(Kind::Html, deep.as_bytes()).texts().0, [": deep"]);
    let (message, _) = Document::new(Kind::Html, b"<html><body></body></html>").refused();
    assert_eq!(message, "has no text");
}

// ---- places in code -------------------------------------------------------------------------

/// An index of files with functions: `repository/path`, how many lines, and for each function
/// `Qualified.Name first-last`.
fn index(files: &[(&str, u32, &[&str])]) -> (TempDir, Snapshot) {
    index_with(files, &[])
}

/// The same of files that begin with a line of their own: the package that they are in.
fn index_with(files: &[(&str, u32, &[&str])], first: &[(&str, &str)]) -> (TempDir, Snapshot) {
    publish(&mut repositories(files, first), &[])
}

fn repositories(files: &[(&str, u32, &[&str])], first: &[(&str, &str)]) -> Vec<RepositoryData> {
    let mut repositories: Vec<RepositoryData> = Vec::new();
    for (path, lines, functions) in files {
        let (repository, path) = path.split_once('/').expect("repository/path");
        if repositories.last().is_none_or(|data| data.name != repository) {
            let name = repository.to_owned();
            repositories.push(RepositoryData { name, ..RepositoryData::default() });
        }
        let data = repositories.last_mut().expect("just made");
        let own = first.iter().find(|(of, _)| *of == format!("{repository}/{path}"));
        let line = |line: u32| match own {
            Some((_, first)) if line == 1 => format!("{first}\n"),
            _ => format!("line {line}\n"),
        };
        let source: String = (1..=*lines).map(line).collect();
        let file = data.files.len() as u32;
        data.files.push(FileData {
            path: path.to_owned(),
            language: "text".to_owned(),
            lines: *lines,
            size: source.len() as u32,
            flags: FileFlags { test: false, example: false },
            hash: [0; 32],
            face: [0; 16],
            text: compress(&source),
        });
        let module = format!("<module> 1-{lines}");
        let first = data.symbols.len() as u32;
        for function in std::iter::once(module.as_str()).chain(functions.iter().copied()) {
            let (qualified, range) = function.split_once(' ').expect("a name and lines");
            let (start, end) = range.split_once('-').expect("first-last");
            let is_module = qualified == "<module>";
            let outer = qualified.rsplit_once('.').and_then(|(outer, _)| {
                data.symbols.iter().position(|it| it.file == file && it.qualified == outer)
            });
            let parent = outer.map_or(first, |at| at as u32);
            let line: u32 = start.parse().expect("a line");
            data.symbols.push(SymbolData {
                name: qualified.rsplit('.').next().unwrap_or(qualified).to_owned(),
                qualified: qualified.to_owned(),
                kind: if is_module { SymbolKind::Module } else { SymbolKind::Function },
                flags: DefinitionFlags::empty(),
                file,
                parent: if is_module { NONE } else { parent },
                start: 0,
                end: 1,
                signature_end: 1,
                name_start: 0,
                line,
                first_line: line,
                last_line: end.parse().expect("a line"),
                doc: None,
            });
            data.search.lengths.push(16);
        }
    }
    repositories
}

/// Publishes an index, in which the first repository provides some packages.
fn publish(repositories: &mut [RepositoryData], packages: &[&str]) -> (TempDir, Snapshot) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Home::new(folder.path());
    home.create().expect("folders");
    let mut manifest = Manifest::default();
    for data in repositories {
        let segment = format!("{}.seg", data.name);
        write_atomically(&home.segments().join(&segment), &data.serialize()).expect("written");
        manifest.repositories.push(RepositoryEntry {
            name: data.name.clone(),
            root: format!("/checkout/{}", data.name),
            segment,
            facts: String::new(),
            revision: None,
            branch: None,
            nearest: None,
            compiler: None,
        });
    }
    let provided = |package: &&str| KeyData {
        channel: Channel::Package,
        text: (*package).to_owned(),
        provides: true,
        repository: 0,
        symbol: 0,
        file: 0,
        line: 1,
        rule: "go/manifest".to_owned(),
    };
    let keys = packages.iter().map(provided).collect();
    let links = LinksData { keys, ..LinksData::default() }.to_bytes();
    write_atomically(&home.segments().join("links.seg"), &links).expect("written");
    manifest.links = Some("links.seg".to_owned());
    manifest.publish(&home).expect("published");
    let snapshot = Snapshot::open(&home).expect("opened");
    assert_eq!(snapshot.damaged(), [] as [String; 0]);
    (folder, snapshot)
}

fn place(found: &Found) -> String {
    let symbol = found.symbol.as_deref().unwrap_or("-");
    format!("{}/{}:{} {symbol}", found.repository, found.path, found.line)
}

/// What every place of a text is in the index.
fn resolved(snapshot: &Snapshot, text: &str) -> Vec<String> {
    let line = |resolved| match resolved {
        Resolved::One(found) => place(&found),
        Resolved::Tie(found) => found.iter().map(place).collect::<Vec<_>>().join(" or "),
        Resolved::Nothing => "nothing".to_owned(),
    };
    mentions(text).iter().map(|stated| line(resolve(snapshot, stated))).collect()
}

/// One repository for each language, each with a function around lines 5 to 9.
fn world() -> (TempDir, Snapshot) {
    index(&[
        ("c/src/pay.c", 20, &["pay 5-9"]),
        ("cs/Shop/Order.cs", 20, &["Order 1-20", "Order.Pay 5-9"]),
        ("dart/lib/order.dart", 20, &["Order.pay 5-9"]),
        ("ex/lib/order.ex", 20, &["Order.pay 5-9"]),
        ("go/cmd/serve.go", 20, &["serve 5-9"]),
        ("go/pay/pay.go", 20, &["pay 5-9"]),
        ("java/app/src/main/java/com/shop/Order.java", 20, &["Order 1-20", "Order.pay 5-9"]),
        ("js/src/pay.js", 20, &["pay 5-9"]),
        ("kt/src/com/shop/Cart.kt", 20, &["Cart 1-20", "Cart.pay 5-9"]),
        ("lua/pay.lua", 20, &["pay 5-9"]),
        ("php/src/Order.php", 20, &["Order 1-20", "Order.pay 5-9"]),
        ("py/shop/order.py", 20, &["Order 1-20", "Order.pay 5-9"]),
        ("rb/app/pay.rb", 20, &["pay 5-9"]),
        ("rs/src/pay.rs", 20, &["pay 5-9"]),
        ("ts/src/order.ts", 20, &["Order 1-20", "Order.pay 5-9"]),
    ])
}

#[test]
fn every_language_writes_its_frames_in_its_own_way() {
    let (_folder, snapshot) = world();
    let python = "py/shop/order.py:7 Order.pay";
    let java = "java/app/src/main/java/com/shop/Order.java:7 Order.pay";
    let script = "js/src/pay.js:7 pay";
    let typed = "ts/src/order.ts:7 Order.pay";
    let go = "go/pay/pay.go:7 pay";
    let rust = "rs/src/pay.rs:7 pay";
    let sharp = "cs/Shop/Order.cs:7 Order.Pay";
    let ruby = "rb/app/pay.rb:7 pay";
    let php = "php/src/Order.php:7 Order.pay";
    for (text, expected) in [
        ("  File \"/srv/app/shop/order.py\", line 7, in pay\n    x()", python),
        ("shop/order.py:7: ValueError", python),
        ("  File \"C:\\my shop\\shop\\order.py\", line 7, in pay", python),
        ("\tat com.shop.Order.pay(Order.java:7)", java),
        ("\tat app//com.shop.Order$Item.pay(Order.java:7) ~[app.jar:?]", java),
        ("\tat shop.api/com.shop.Order.<init>(Order.java:7)", java),
        ("\tat com.shop.Cart$pay$1.invokeSuspend(Cart.kt:7)", "kt/src/com/shop/Cart.kt:7 Cart.pay"),
        ("    at pay (/srv/src/pay.js:7:5)", script),
        ("    at async Object.pay [as run] (/srv/src/pay.js:7:5)", script),
        ("    at file:///srv/src/pay.js:7:5", script),
        ("pay@http://localhost:3000/src/pay.js:7:5", script),
        ("    at Order.pay (webpack://shop/./src/order.ts:7:5)", typed),
        ("    at new Order (webpack-internal:///./src/order.ts:7:5)", typed),
        ("src/order.ts(7,5): error TS2322: no", typed),
        ("main.pay(0xc000010000)\n\t/build/x/pay/pay.go:7 +0x1d", go),
        ("created by main.serve in goroutine 1\n\t/x/serve.go:7 +0x1", "go/cmd/serve.go:7 serve"),
        ("thread 'main' panicked at src/pay.rs:7:2:\nno", rust),
        ("   3: shop::pay::h0123456789abcdef\n             at ./src/pay.rs:7:2", rust),
        ("error[E0308]: no\n --> src/pay.rs:7:2", rust),
        ("   at Shop.Order.Pay(String id) in /build/Shop/Order.cs:line 7", sharp),
        ("   at Shop.Order.Pay() in C:\\build\\Shop\\Order.cs:line 7", sharp),
        ("app/pay.rb:7:in `pay': no (RuntimeError)", ruby),
        ("\tfrom /srv/lib/pay.rb:7:in 'Object#pay'", ruby),
        ("#0 /srv/www/Order.php(7): Shop\\Order->pay('1')", php),
        ("PHP Fatal error: no in /srv/src/Order.php on line 7", php),
        ("src/pay.c:7:5: error: no", "c/src/pay.c:7 pay"),
        ("#1  0x0000 in pay (id=1) at pay.c:7", "c/src/pay.c:7 pay"),
        ("lua: pay.lua:7: in function 'pay'", "lua/pay.lua:7 pay"),
        ("(shop 0.1.0) lib/order.ex:7: Shop.Order.pay/1", "ex/lib/order.ex:7 Order.pay"),
        ("#0      Order.pay (package:shop/order.dart:7:5)", "dart/lib/order.dart:7 Order.pay"),
        ("see https://git.example/x/blob/main/src/order.ts#L7", typed),
        ("12:30:01 WARN [order.py:7] slow", python),
        ("order.py:12", "py/shop/order.py:12 Order"),
    ] {
        assert_eq!(resolved(&snapshot, text), [expected], "{text}");
    }
}

#[test]
fn a_whole_stack_is_read() {
    let (_folder, snapshot) = world();
    let text = "2024-01-02 10:00:00,000 ERROR no payment\n\
        Traceback (most recent call last):\n\
        \x20 File \"/usr/lib/python3.12/threading.py\", line 10, in run\n\
        \x20 File \"/srv/shop/order.py\", line 3, in <module>\n\
        \x20   pay()\n\
        \x20 File \"/srv/shop/order.py\", line 7, in pay\n\
        ValueError: no\n";
    let expected = ["nothing", "py/shop/order.py:3 Order", "py/shop/order.py:7 Order.pay"];
    assert_eq!(resolved(&snapshot, text), expected);
}

#[test]
fn several_files_are_a_tie_unless_the_function_tells_them_apart() {
    let (_folder, snapshot) = index(&[
        ("a/src/views.py", 20, &["pay 5-9"]),
        ("b/src/views.py", 20, &["refund 5-9"]),
        ("c/lib/views.py", 5, &["pay 5-5"]),
        ("d/src/views.py", 20, &["refund 5-9"]),
    ]);
    let (a, b, d) = ("a/src/views.py:7 pay", "b/src/views.py:7 refund", "d/src/views.py:7 refund");
    let all = format!("{a} or {b} or {d}");
    assert_eq!(resolved(&snapshot, "src/views.py:7"), [all.as_str()]);
    // The third has no line 7.
    assert_eq!(resolved(&snapshot, "views.py:7"), [all.as_str()]);
    let frame = "File \"/srv/src/views.py\", line 7, in pay";
    assert_eq!(resolved(&snapshot, frame), [a]);
    let frame = "File \"/srv/src/views.py\", line 7, in refund";
    assert_eq!(resolved(&snapshot, frame), [format!("{b} or {d}")]);
    // Of a part of the path only, a function that is not there speaks against all of them.
    let frame = "File \"/srv/src/views.py\", line 7, in other";
    assert_eq!(resolved(&snapshot, frame), ["nothing"]);
    let frame = "File \"src/views.py\", line 7, in other";
    assert_eq!(resolved(&snapshot, frame), [all.as_str()]);
    // A path below the root of a repository is that of this machine.
    assert_eq!(resolved(&snapshot, "/checkout/b/src/views.py:7"), [b]);
}

#[test]
fn a_path_of_this_machine_is_meant_or_none_is() {
    let (_folder, snapshot) =
        index(&[("a/src/views.py", 20, &["pay 5-9"]), ("b/src/views.py", 5, &["pay 2-4"])]);
    assert_eq!(resolved(&snapshot, "/checkout/b/src/views.py:3"), ["b/src/views.py:3 pay"]);
    // The file was longer then; that of the other repository is not it.
    assert_eq!(resolved(&snapshot, "/checkout/b/src/views.py:7"), ["nothing"]);
    assert_eq!(resolved(&snapshot, "/srv/src/views.py:7"), ["a/src/views.py:7 pay"]);
}

#[test]
fn modules_of_go_are_those_of_their_providers() {
    let data = || {
        repositories(
            &[
                ("chi/middleware/logger.go", 90, &["Logger 40-60"]),
                ("pay/http/server.go", 90, &["serve 40-60"]),
                ("pay/middleware/logger.go", 90, &["Logger 40-60"]),
                ("pay/net/http/server.go", 90, &["serve 40-60"]),
            ],
            &[],
        )
    };
    let (_folder, snapshot) = publish(&mut data(), &["go:github.com/go-chi/chi/v5"]);
    let provided = "chi/middleware/logger.go:44 Logger";
    for (text, expected) in [
        ("/go/pkg/mod/github.com/go-chi/chi/v5@v5.0.10/middleware/logger.go:44", provided),
        ("github.com/go-chi/chi/v5@v5.0.10/middleware/logger.go:44", provided),
        ("/go/pkg/mod/github.com/other/chi/v5@v5.0.10/middleware/logger.go:44", "nothing"),
        ("github.com/other/log@v0.1.0/middleware/logger.go:44", "nothing"),
        ("net/http.(*conn).serve(0xc0)\n\tnet/http/server.go:44 +0x1", "nothing"),
        ("net/http.(*conn).serve(0xc0)\n\t/usr/local/go/src/net/http/server.go:44", "nothing"),
        (
            "github.com/acme/pay/net/http.serve(0xc0)\n\tgithub.com/acme/pay/net/http/server.go:44",
            "pay/net/http/server.go:44 serve",
        ),
    ] {
        assert_eq!(resolved(&snapshot, text), [expected], "{text}");
    }
    // The module of a program may have no host in its name.
    let (_folder, snapshot) = publish(&mut data(), &["go:net"]);
    let frame = "net/http.serve(0xc0)\n\tnet/http/server.go:44 +0x1";
    assert_eq!(resolved(&snapshot, frame), ["pay/net/http/server.go:44 serve"]);
}

#[test]
fn classes_are_those_of_their_packages() {
    let (_folder, snapshot) = index_with(
        &[
            ("shop/src/main/java/com/shop/filter/CorsFilter.java", 90, &["CorsFilter 1-90"]),
            ("web/src/main/kotlin/cart/Cart.kt", 90, &["Cart 1-90", "Cart.pay 40-60"]),
        ],
        &[
            (
                "shop/src/main/java/com/shop/filter/CorsFilter.java",
                "package com.shop.filter; // with a servlet",
            ),
            ("web/src/main/kotlin/cart/Cart.kt", "package com.shop.cart"),
        ],
    );
    let own = "shop/src/main/java/com/shop/filter/CorsFilter.java:44 CorsFilter";
    let kotlin = "web/src/main/kotlin/cart/Cart.kt:44 Cart.pay";
    for (text, expected) in [
        ("\tat org.springframework.web.filter.CorsFilter.doFilter(CorsFilter.java:44)", "nothing"),
        ("\tat filter.CorsFilter.doFilter(CorsFilter.java:44)", "nothing"),
        ("\tat com.shop.filter.CorsFilter.doFilter(CorsFilter.java:44)", own),
        ("\tat com.shop.cart.Cart.pay(Cart.kt:44)", kotlin),
        ("\tat com.other.cart.Cart.pay(Cart.kt:44)", "nothing"),
        // Without a package, a class of that name is not enough.
        ("\tat CorsFilter.doFilter(CorsFilter.java:44)", "nothing"),
    ] {
        assert_eq!(resolved(&snapshot, text), [expected], "{text}");
    }
}

#[test]
fn frames_of_libraries_are_not_of_the_project() {
    let (_folder, snapshot) = index(&[
        ("py/json/decoder.py", 90, &["decode 40-60"]),
        ("rs/src/lib.rs", 90, &["pay 40-60"]),
        ("rs/src/panicking.rs", 90, &["pay 40-60"]),
        ("rs/src/raw/mod.rs", 90, &["pay 40-60"]),
    ]);
    for text in [
        "/usr/local/cargo/registry/src/index.crates.io-6f17d22bba15001f/hyper-1.2.0/src/lib.rs:44",
        "/usr/local/cargo/git/checkouts/hyper-0a1b/9c2d3e4/src/lib.rs:44",
        "library/std/src/panicking.rs:44",
        "/opt/rust/lib/rustlib/src/rust/src/lib.rs:44",
        "/opt/rust/toolchains/stable/src/lib.rs:44",
        "/opt/.rustup/x/src/lib.rs:44",
        "C:\\Users\\x\\.nuget\\packages\\a\\src\\lib.rs:44",
        "/opt/hostedtoolcache/a/1.0/src/lib.rs:44",
        "/usr/local/lib/a/src/lib.rs:44",
        "/srv/.pyenv/versions/3.11/json/decoder.py:44",
        "File \"C:\\Python311\\lib\\json\\decoder.py\", line 44, in raw_decode",
        "File \"/usr/lib/python3.12/json/decoder.py\", line 44, in raw_decode",
        // A part of the path, and a function that is not there.
        "   3: hyper::raw::serve\n             at /build/src/raw/mod.rs:44:5",
    ] {
        assert_eq!(resolved(&snapshot, text), ["nothing"], "{text}");
    }
    assert_eq!(resolved(&snapshot, "/build/rs/src/lib.rs:44"), ["rs/src/lib.rs:44 pay"]);
}

#[test]
fn what_is_only_called_alike_is_not_taken_for_it() {
    let (_folder, snapshot) = index(&[
        ("a/main.py", 20, &["start 5-9"]),
        ("a/shop/models.py", 20, &["Model.save 5-9"]),
        ("b/vendor/acme/http.php", 20, &["get 5-9"]),
    ]);
    for text in [
        // Of a library, the folder would have to be the same too, to its root.
        "File \"/venv/lib/python3.12/site-packages/requests/models.py\", line 7, in save",
        "File \"/venv/lib/python3.12/site-packages/other/shop/models.py\", line 7, in save",
        "/usr/lib/x/models.py:7",
        // Another folder, and no function or another.
        "/srv/api/models.py:7",
        "File \"/srv/api/models.py\", line 7, in load",
        "File \"/srv/api/main.py\", line 7, in other",
        // It has no such line.
        "shop/models.py:21",
        "unknown.py:1",
    ] {
        assert_eq!(resolved(&snapshot, text), ["nothing"], "{text}");
    }
    for (text, expected) in [
        ("File \"/srv/api/models.py\", line 7, in save", "a/shop/models.py:7 Model.save"),
        ("File \"/srv/main.py\", line 7, in start", "a/main.py:7 start"),
        ("/srv/main.py:7", "a/main.py:7 start"),
        ("/srv/vendor/acme/http.php:7", "b/vendor/acme/http.php:7 get"),
    ] {
        assert_eq!(resolved(&snapshot, text), [expected], "{text}");
    }
}

//! Real packages, indexed together, against facts that were read in their source.
//!
//! `cargo xtask corpora` fetches the pinned versions; `$QF_CORPORA` names their folder. Without it
//! the test says so and passes, unless `QF_REQUIRE_ALL=1`. Every line below was verified by reading
//! the file at that line, not by copying what was found.

use qf_graph::snapshot::{Direction, Snapshot};
use qf_graph::store::Home;
use qf_indexer::run::{self, Options, Silent};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// `ripgrep`'s gitignore matcher is the crate `ignore`.
const PACKAGES: [&str; 7] =
    ["express", "flask", "hyper", "ignore", "requests", "router", "werkzeug"];

/// Definitions: kind, name, place of the name.
const DEFINITIONS: [(&str, &str, &str); 14] = [
    ("class", "Session", "requests/src/requests/sessions.py:356"),
    ("method", "Session.request", "requests/src/requests/sessions.py:500"),
    ("method", "SessionRedirectMixin.resolve_redirects", "requests/src/requests/sessions.py:159"),
    ("function", "get", "requests/src/requests/api.py:62"),
    ("class", "Request", "flask/src/flask/wrappers.py:18"),
    ("function", "redirect", "flask/src/flask/helpers.py:249"),
    ("method", "Config.from_mapping", "flask/src/flask/config.py:304"),
    ("table", "user", "flask/examples/tutorial/flaskr/schema.sql:7"),
    ("struct", "Gitignore", "ignore/src/gitignore.rs:81"),
    ("method", "Gitignore.matched_stripped", "ignore/src/gitignore.rs:245"),
    ("function", "from_digits", "hyper/src/headers.rs:72"),
    ("method", "Error.with", "hyper/src/error.rs:268"),
    ("function", "tryStat", "express/lib/view.js:197"),
    ("function", "createApplication", "express/lib/express.js:36"),
];

/// Edges: kind, place of the evidence, target, place of the target's name.
const EDGES: [(&str, &str, &str, &str); 52] = [
    // Python, inside a package.
    (
        "calls",
        "requests/src/requests/api.py:59",
        "Session.request",
        "requests/src/requests/sessions.py:500",
    ),
    (
        "instantiates",
        "requests/src/requests/api.py:58",
        "Session",
        "requests/src/requests/sessions.py:356",
    ),
    ("calls", "requests/src/requests/api.py:73", "request", "requests/src/requests/api.py:14"),
    (
        "inherits",
        "requests/src/requests/sessions.py:356",
        "SessionRedirectMixin",
        "requests/src/requests/sessions.py:106",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:175",
        "SessionRedirectMixin.get_redirect_target",
        "requests/src/requests/sessions.py:107",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:290",
        "SessionRedirectMixin.should_strip_auth",
        "requests/src/requests/sessions.py:127",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:448",
        "Session.mount",
        "requests/src/requests/sessions.py:799",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:484",
        "PreparedRequest.prepare",
        "requests/src/requests/models.py:351",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:575",
        "Session.prepare_request",
        "requests/src/requests/sessions.py:457",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:589",
        "Session.send",
        "requests/src/requests/sessions.py:673",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:697",
        "Session.get_adapter",
        "requests/src/requests/sessions.py:781",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:710",
        "dispatch_hook",
        "requests/src/requests/hooks.py:22",
    ),
    (
        "calls",
        "requests/src/requests/sessions.py:723",
        "SessionRedirectMixin.resolve_redirects",
        "requests/src/requests/sessions.py:159",
    ),
    ("calls", "requests/tests/test_requests.py:111", "get", "requests/src/requests/api.py:62"),
    (
        "calls",
        "requests/tests/test_requests.py:118",
        "Request.prepare",
        "requests/src/requests/models.py:295",
    ),
    ("calls", "flask/src/flask/app.py:239", "App.__init__", "flask/src/flask/sansio/app.py:282"),
    ("calls", "flask/src/flask/app.py:917", "Flask.dispatch_request", "flask/src/flask/app.py:879"),
    (
        "calls",
        "flask/src/flask/config.py:302",
        "Config.from_mapping",
        "flask/src/flask/config.py:304",
    ),
    // Fields.
    (
        "writes",
        "requests/src/requests/sessions.py:444",
        "Session.cookies",
        "requests/src/requests/sessions.py:444",
    ),
    (
        "writes",
        "requests/src/requests/sessions.py:804",
        "Session.adapters",
        "requests/src/requests/sessions.py:447",
    ),
    (
        "writes",
        "requests/tests/test_requests.py:115",
        "Request.url",
        "requests/src/requests/models.py:283",
    ),
    ("writes", "router/lib/layer.js:42", "Layer.handle", "router/lib/layer.js:42"),
    ("writes", "express/lib/view.js:68", "View.ext", "express/lib/view.js:56"),
    ("reads", "express/lib/view.js:170", "View.ext", "express/lib/view.js:56"),
    ("writes", "hyper/src/error.rs:269", "ErrorImpl.cause", "hyper/src/error.rs:37"),
    (
        "writes",
        "hyper/src/client/dispatch.rs:99",
        "Sender.buffered_once",
        "hyper/src/client/dispatch.rs:53",
    ),
    ("writes", "ignore/src/gitignore.rs:140", "Gitignore.root", "ignore/src/gitignore.rs:83"),
    // Flask's tutorial and its database.
    (
        "reads",
        "flask/examples/tutorial/flaskr/auth.py:42",
        "user",
        "flask/examples/tutorial/flaskr/schema.sql:7",
    ),
    (
        "writes",
        "flask/examples/tutorial/flaskr/auth.py:67",
        "user.username",
        "flask/examples/tutorial/flaskr/schema.sql:9",
    ),
    (
        "writes",
        "flask/examples/tutorial/flaskr/auth.py:67",
        "user.password",
        "flask/examples/tutorial/flaskr/schema.sql:10",
    ),
    (
        "calls",
        "flask/examples/tutorial/flaskr/auth.py:56",
        "get_db",
        "flask/examples/tutorial/flaskr/db.py:9",
    ),
    // From one package into another.
    ("calls", "flask/src/flask/app.py:450", "get_host", "werkzeug/src/werkzeug/wsgi.py:86"),
    (
        "calls",
        "flask/src/flask/app.py:464",
        "Map.bind_to_environ",
        "werkzeug/src/werkzeug/routing/map.py:252",
    ),
    ("calls", "flask/src/flask/app.py:470", "Map.bind", "werkzeug/src/werkzeug/routing/map.py:183"),
    (
        "inherits",
        "flask/src/flask/wrappers.py:18",
        "Request",
        "werkzeug/src/werkzeug/wrappers/request.py:31",
    ),
    (
        "inherits",
        "flask/src/flask/wrappers.py:222",
        "Response",
        "werkzeug/src/werkzeug/wrappers/response.py:39",
    ),
    (
        "calls",
        "flask/src/flask/wrappers.py:198",
        "Request._load_form_data",
        "werkzeug/src/werkzeug/wrappers/request.py:256",
    ),
    (
        "overrides",
        "flask/src/flask/wrappers.py:197",
        "Request._load_form_data",
        "werkzeug/src/werkzeug/wrappers/request.py:256",
    ),
    ("calls", "flask/src/flask/helpers.py:293", "abort", "werkzeug/src/werkzeug/exceptions.py:879"),
    (
        "calls",
        "flask/examples/tutorial/flaskr/auth.py:68",
        "generate_password_hash",
        "werkzeug/src/werkzeug/security.py:73",
    ),
    ("imports", "express/lib/application.js:26", "<module>", "router/index.js:1"),
    ("imports", "express/lib/express.js:19", "<module>", "router/index.js:1"),
    // JavaScript, inside a package.
    ("calls", "express/lib/view.js:94", "View.lookup", "express/lib/view.js:104"),
    ("calls", "express/lib/view.js:119", "View.resolve", "express/lib/view.js:169"),
    ("calls", "express/lib/view.js:182", "tryStat", "express/lib/view.js:197"),
    ("calls", "router/index.js:158", "getProtohost", "router/index.js:493"),
    // Rust, inside a crate.
    (
        "calls",
        "ignore/src/gitignore.rs:111",
        "GitignoreBuilder.build",
        "ignore/src/gitignore.rs:333",
    ),
    ("calls", "ignore/src/gitignore.rs:196", "Gitignore.strip", "ignore/src/gitignore.rs:272"),
    ("calls", "ignore/src/gitignore.rs:390", "Error.with_path", "ignore/src/lib.rs:261"),
    (
        "calls",
        "hyper/src/client/dispatch.rs:108",
        "Sender.can_send",
        "hyper/src/client/dispatch.rs:93",
    ),
    ("calls", "hyper/src/error.rs:329", "Error.with", "hyper/src/error.rs:268"),
    ("calls", "hyper/src/headers.rs:36", "from_digits", "hyper/src/headers.rs:72"),
];

/// Calls of built-ins and of other packages, whose names the indexed packages use too: nothing at
/// this place may be bound to a definition of this name.
const NOT_BOUND: [(&str, &str); 14] = [
    // `mappings.update(mapping)` of a `dict`, beside `Config` and `MultiDict.update`.
    ("flask/src/flask/config.py:316", "update"),
    ("flask/src/flask/config.py:317", "update"),
    // `send_kwargs.update`, `kwargs.setdefault`, `kwargs.pop`, `kwargs.get`: `Session.get` exists.
    ("requests/src/requests/sessions.py:588", "update"),
    ("requests/src/requests/sessions.py:601", "setdefault"),
    ("requests/src/requests/sessions.py:692", "pop"),
    ("requests/src/requests/sessions.py:693", "get"),
    // `history.insert` and `history.pop` of a `list`.
    ("requests/src/requests/sessions.py:731", "insert"),
    ("requests/src/requests/sessions.py:733", "pop"),
    // `params.push(fn)` of an array.
    ("router/index.js:138", "push"),
    // `self.set.is_empty()` and `.len()` are those of globset.
    ("ignore/src/gitignore.rs:158", "is_empty"),
    ("ignore/src/gitignore.rs:164", "len"),
    // `self.builder.build()` is globset's, in the function of the same name.
    ("ignore/src/gitignore.rs:338", "build"),
    // `self.inner.send(…)` is tokio's, in the function of the same name.
    ("hyper/src/client/dispatch.rs:113", "send"),
    ("hyper/src/client/dispatch.rs:125", "send"),
];

fn corpora() -> Option<PathBuf> {
    let folder = std::env::var_os("QF_CORPORA").map(PathBuf::from);
    let missing = match &folder {
        None => "QF_CORPORA is not set".to_owned(),
        Some(folder) => {
            let missing = PACKAGES.iter().filter(|package| !folder.join(package).is_dir());
            missing.map(|package| format!("no {package} in {} ", folder.display())).collect()
        }
    };
    if missing.is_empty() {
        return folder;
    }
    let required = std::env::var_os("QF_REQUIRE_ALL").is_some_and(|all| all == "1");
    assert!(!required, "{missing}: `cargo xtask corpora` fetches them");
    let _ = writeln!(std::io::stderr(), "skipped: {missing}: `cargo xtask corpora` fetches them");
    None
}

/// Every edge as `kind place -> name place`, and every definition as `kind name place`.
fn facts(snapshot: &Snapshot) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut definitions, mut edges) = (BTreeSet::new(), BTreeSet::new());
    for symbol in snapshot.symbols() {
        let place = |symbol| {
            let (_, line, _) = snapshot.lines(symbol);
            format!("{}:{line}", snapshot.display_path(snapshot.file(symbol)))
        };
        let kind = snapshot.kind(symbol).name();
        definitions.insert(format!("{kind} {} {}", snapshot.qualified_name(symbol), place(symbol)));
        for edge in snapshot.edges(symbol, Direction::Out) {
            edges.insert(format!(
                "{} {}:{} -> {} {}",
                edge.kind.name(),
                snapshot.display_path(edge.file),
                edge.line,
                snapshot.qualified_name(edge.to),
                place(edge.to)
            ));
        }
    }
    (definitions, edges)
}

#[test]
fn facts_of_real_packages_hold() {
    let Some(corpora) = corpora() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = Home::new(folder.path());
    let paths = PACKAGES.map(|package| corpora.join(package));
    let options = Options { without_vectors: true, ..Options::default() };
    let report = run::index(&home, &paths, &options, &Silent).expect("indexed");
    assert_eq!(report.repositories.len(), PACKAGES.len());
    for repository in &report.repositories {
        assert!(!repository.counts.problems.contains_key("internal"), "{}", repository.name);
    }
    assert_eq!(run::check(&home).expect("a manifest"), Vec::<String>::new());
    let snapshot = Snapshot::open(&home).expect("an index");
    let (definitions, edges) = facts(&snapshot);
    let mut wrong = String::new();
    for (kind, name, place) in DEFINITIONS {
        if !definitions.contains(&format!("{kind} {name} {place}")) {
            let _ = writeln!(wrong, "no {kind} {name} at {place}");
        }
    }
    for (kind, from, name, place) in EDGES {
        if !edges.contains(&format!("{kind} {from} -> {name} {place}")) {
            let beside: Vec<_> =
                edges.iter().filter(|e| e.contains(&format!(" {from} ->"))).collect();
            let _ = writeln!(wrong, "{from} {kind} no {name} at {place}, but {beside:?}");
        }
    }
    for (from, name) in NOT_BOUND {
        let bound = edges.iter().find(|edge| {
            let target = edge.strip_prefix("calls ").and_then(|edge| edge.strip_prefix(from));
            let target = target.and_then(|edge| edge.strip_prefix(" -> "));
            let target = target.and_then(|target| target.split(' ').next());
            target.is_some_and(|target| target.rsplit('.').next() == Some(name))
        });
        if let Some(bound) = bound {
            let _ = writeln!(wrong, "must not be bound: {bound}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

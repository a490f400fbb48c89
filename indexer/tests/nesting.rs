//! Code that is nested ten thousand levels deep, as generators and attackers write it.
//!
//! Nothing may overflow the stack – not the walk, not dropping the tree, not evaluating or printing
//! a long chain of expressions – nor take quadratic time. What lies deeper than the walk follows is
//! left out and counted as `too_deep`; the file and its neighbours are indexed all the same.

use crate::support::{Place, index, options, problems};
use qf_indexer::run;
use std::time::{Duration, Instant};

const LEVELS: usize = 10_000;
/// Far more than any case needs, far less than quadratic work takes.
const LIMIT: Duration = Duration::from_secs(60);

/// `before`, then ten thousand times `open`, `middle`, ten thousand times `close`, `after`.
struct Case {
    name: &'static str,
    before: &'static str,
    open: &'static str,
    middle: &'static str,
    close: &'static str,
    after: &'static str,
}

const fn case(
    name: &'static str,
    before: &'static str,
    open: &'static str,
    middle: &'static str,
    close: &'static str,
    after: &'static str,
) -> Case {
    Case { name, before, open, middle, close, after }
}

/// Indexes the cases one by one, so that a crash or a hang names its case, beside a small file
/// that must be there afterwards.
fn check(extension: &str, cases: &[Case]) {
    let only = std::env::var("QF_CASE").ok();
    for case in cases {
        if only.as_deref().is_some_and(|only| only != case.name) {
            continue;
        }
        let place = Place::with(&[("neighbour.py", "def neighbour():\n    pass\n")]);
        let path = format!("{}.{extension}", case.name);
        let text = [
            case.before,
            &case.open.repeat(LEVELS),
            case.middle,
            &case.close.repeat(LEVELS),
            case.after,
        ];
        place.write(&path, text.concat());
        let begun = Instant::now();
        let report = place.index();
        let took = begun.elapsed();
        if std::env::var_os("QF_TRACE").is_some() {
            use std::io::Write as _;
            let _ = writeln!(
                std::io::stderr(),
                "{path}: {took:?} {:?}",
                report.repositories[0].counts.problems
            );
        }
        assert!(place.indexed().contains(&path), "{path} is indexed");
        assert!(place.indexed().contains(&"neighbour.py".to_owned()), "so is what is beside it");
        assert_eq!(problems(&report, "internal"), 0, "the walk over {path} panics");
        assert!(took < LIMIT, "{path} takes {took:?}");
        // Reading the stored facts back must not recurse either.
        let again = place.index();
        assert_eq!(again.repositories[0].parsed, 0, "stored facts of {path} are read back");
    }
}

/// Cases that C's descendants share, as the body of a function.
macro_rules! braces {
    ($before:literal, $after:literal $(, $more:expr)* $(,)?) => {
        &[
            case("parentheses", concat!($before, "x = "), "(\n", "1", ")", concat!(";\n", $after)),
            case("unclosed", concat!($before, "x = "), "(\n", "1", "", concat!(";\n", $after)),
            case("calls", concat!($before, "x = "), "f(\n", "1", ")", concat!(";\n", $after)),
            case("members", concat!($before, "x = a"), ".b\n", "", "", concat!(";\n", $after)),
            case("chained", concat!($before, "x = a"), ".x()\n", "", "", concat!(";\n", $after)),
            case("strings", concat!($before, "x = \"a\""), " + \"a\"\n", "", "", concat!(";\n", $after)),
            case("sums", concat!($before, "x = a"), " + a\n", "", "", concat!(";\n", $after)),
            case("indexes", concat!($before, "x = a"), "[0]\n", "", "", concat!(";\n", $after)),
            case("blocks", $before, "{\n", "", "}\n", $after),
            case("unclosed_blocks", $before, "{\n", "", "", $after),
            case("closed_blocks", $before, "", "", "}\n", $after),
            case("else_if", concat!($before, "if (a) { }"), " else if (a) { b(); }\n", "", "", $after),
            case("nested_if", $before, "if (a) {\n", "b();", "}\n", $after),
            case("negations", concat!($before, "x = "), "!\n", "a", "", concat!(";\n", $after)),
            $($more),*
        ]
    };
}

#[test]
fn python() {
    check(
        "py",
        &[
            case("parentheses", "x = ", "(\n", "1", ")", "\n"),
            case("unclosed", "x = ", "(\n", "1", "", "\n"),
            case("lists", "x = ", "[\n", "", "]", "\n"),
            case("dictionaries", "x = ", "{'a':\n", "1", "}", "\n"),
            case("calls", "x = ", "f(\n", "1", ")", "\n"),
            case("members", "x = (a", ".b\n", "", "", ")\nx.c()\n"),
            case("chained", "x = (a", ".x()\n", "", "", ")\n"),
            case("strings", "x = ('a'", " + 'a'\n", "", "", ")\n"),
            case("adjacent_strings", "x = ('SELECT'", " ' a'\n", "", "", ")\n"),
            case("sums", "x = (a", " + a\n", "", "", ")\n"),
            case("indexes", "x = (a", "[0]\n", "", "", ")\n"),
            case("conditions", "x = (a", " if a else\n a", "", "", ")\n"),
            case("assignments", "x = ", "a = \\\n", "1", "", "\n"),
            case("lambdas", "x = (", "lambda:\n", "1", "", ")\n"),
            case("negations", "x = (", "not\n", "a", "", ")\n"),
            case("comparisons", "x = (a", " < a\n", "", "", ")\n"),
            case("booleans", "x = (a", " and a\n", "", "", ")\n"),
            case("else_if", "if a:\n  b()\n", "elif a:\n  b()\n", "", "", ""),
            case("decorators", "", "@a\n", "def f(): pass", "", "\n"),
            case("types", "x: ", "List[\n", "int", "]", " = 1\n"),
            case("unions", "x: (a", " | a\n", "", "", ") = 1\n"),
            case("await", "x = (", "await\n", "a", "", ")\n"),
            case("comprehensions", "x = ", "[a for a in\n", "b", "]", "\n"),
            case("augmented", "", "a += \\\n", "1", "", "\n"),
            case("starred_types", "x: '", "*", "a", "", "'\n"),
            case("targets", "", "(\n", "a,", ")", " = b\n"),
            case("functions", "def f(): return f", "()\n", "", "", "\n"),
            case("same_name", "", "x = x.a()\n", "", "", "x.b()\n"),
        ],
    );
}

#[test]
fn python_indentation() {
    // Each level is one blank deeper: as deep as a file of four megabytes can be.
    let mut text = String::new();
    for level in 0..1_500 {
        text.push_str(&" ".repeat(level));
        text.push_str(if level % 3 == 0 { "class A:\n" } else { "def f():\n" });
    }
    text.push_str(&" ".repeat(1_500));
    text.push_str("pass\n");
    let place = Place::with(&[("deep.py", &text)]);
    let report = place.index();
    assert_eq!(place.indexed(), ["deep.py"]);
    assert_eq!(problems(&report, "internal"), 0);
}

const SCRIPT: &[Case] = braces!(
    "function m() {\n",
    "}\n",
    case("arrays", "x = ", "[\n", "", "]", ";\n"),
    case("objects", "x = ", "{a:\n", "1", "}", ";\n"),
    case("arrows", "x = ", "() =>\n", "1", "", ";\n"),
    case("curried", "x = a", "()\n", "", "", ";\n"),
    case("functions", "", "function f() {\n", "", "}\n", ""),
    case("classes", "", "class A { m() {\n", "", "} }\n", ""),
    case("conditions", "x = ", "a ?\n b : ", "c", "", ";\n"),
    case("assignments", "", "a =\n", "1", "", ";\n"),
    case("member_assignments", "", "a.b =\n", "1", "", ";\n"),
    case("templates", "x = ", "`${\n", "1", "}`\n", ";\n"),
    case("targets", "", "(\n", "a", ")", " = 1;\n"),
    case("patterns", "const ", "{a:\n", "b", "}", " = c;\n"),
    case("array_patterns", "const ", "[\n", "b", "]", " = c;\n"),
    case("awaits", "async function f() { x = ", "await\n", "a", "", "; }\n"),
    case("news", "x = ", "new\n", "A()", "", ";\n"),
    case("commas", "x = (a", ", a\n", "", "", ");\n"),
    case("same_name", "", "x = x.a();\n", "", "", "x.b();\n"),
    case("callbacks", "", "a(function () {\n", "", "});\n", ""),
    case("promises", "a()", ".then(x =>\n x.y())", "", "", ";\n"),
    case("requires", "x = ", "require(\n", "'a'", ")", ";\n"),
    case("exports", "", "module.exports =\n", "1", "", ";\n"),
);

#[test]
fn javascript() {
    check("js", SCRIPT);
    check(
        "jsx",
        &[
            case("elements", "x = ", "<A>\n", "", "</A>", ";\n"),
            case("holes", "x = ", "<A>{\n", "1", "}</A>", ";\n"),
        ],
    );
}

#[test]
fn typescript() {
    check("ts", SCRIPT);
    check(
        "ts",
        &[
            case("types", "let x: ", "Array<\n", "int", ">", ";\n"),
            case("array_types", "let x: int", "[\n]", "", "", ";\n"),
            case("function_types", "let x: ", "() =>\n", "int", "", ";\n"),
            case("object_types", "let x: ", "{a:\n", "int", "}", ";\n"),
            case("unions", "let x: a", " |\n a", "", "", ";\n"),
            case("casts", "x = a", " as\n b", "", "", ";\n"),
            case("conditional_types", "type X = ", "a extends b ?\n c : ", "d", "", ";\n"),
            case("namespaces", "", "namespace A {\n", "", "}\n", ""),
            case("non_null", "x = a", "!\n", "", "", ";\n"),
        ],
    );
    check("tsx", &[case("elements", "x = ", "<A>\n", "", "</A>", ";\n")]);
}

#[test]
fn single_file_components() {
    check(
        "vue",
        &[
            case("calls", "<script>\nx = ", "f(\n", "1", ")", ";\n</script>\n"),
            case("elements", "<template>", "<div>\n", "", "</div>", "</template>\n"),
            case("holes", "<template>{{ ", "f(\n", "1", ")", " }}</template>\n"),
        ],
    );
    check(
        "svelte",
        &[
            case("calls", "<script>\nx = ", "f(\n", "1", ")", ";\n</script>\n"),
            case("elements", "", "<div>\n", "", "</div>", "\n"),
            case("blocks", "", "{#if a}\n", "", "{/if}", "\n"),
        ],
    );
}

#[test]
fn go() {
    check(
        "go",
        braces!(
            "package a\nfunc m() {\n",
            "}\n",
            case("chained_dots", "package a\nvar x = a", ".x().\ny()", "", "", "\n"),
            case("members_dots", "package a\nvar x = a", ".\nb", "", "", "\n"),
            case("sum_ends", "package a\nvar x = a", " +\n a", "", "", "\n"),
            case("targets", "package a\nfunc m() { ", "(\n", "a", ")", " = 1 }\n"),
            case("pointers", "package a\nvar x ", "*", "int", "", "\n"),
            case("slices", "package a\nvar x ", "[]", "int", "", "\n"),
            case("maps", "package a\nvar x ", "map[string]\n", "int", "", "\n"),
            case("functions", "package a\nvar x = ", "func() { _ = \n", "1", "}", "\n"),
            case("literals", "package a\nvar x = ", "T{\n", "1", "}", "\n"),
            case("generics", "package a\nvar x ", "T[", "int", "]", "\n"),
            case("structs", "package a\ntype x ", "struct { a\n", "int", "}", "\n"),
            case("same_name", "package a\nfunc m() {\n", "x := x.a()\n", "", "", "x.b()\n}\n"),
        ),
    );
}

#[test]
fn java() {
    check(
        "java",
        braces!(
            "class A { void m() {\n",
            "} }\n",
            case("classes", "", "class A {\n", "", "}\n", ""),
            case("generics", "class A { ", "List<\n", "String", ">", " x; }\n"),
            case("arrays", "class A { int[] x = ", "{\n", "1", "}", "; }\n"),
            case("lambdas", "class A { Object x = ", "() ->\n", "1", "", "; }\n"),
            case(
                "anonymous",
                "class A { Object x = ",
                "new A() { Object x = \n",
                "1",
                "; }",
                "; }\n"
            ),
            case("conditions", "class A { int x = ", "a ?\n b : ", "c", "", "; }\n"),
            case("scoped_types", "class A { B", ".B\n", "", "", " x; }\n"),
            case("targets", "class A { void m() { ", "(\n", "a", ")", " = 1; } }\n"),
            case("annotation_arrays", "@A(", "{\n", "1", "}", ") class B {}\n"),
            case("casts", "class A { int x = ", "(A)\n", "c", "", "; }\n"),
            case("annotations", "", "@A(\n", "1", ")", "\nclass B {}\n"),
            case("same_name", "class A { void m() {\n", "x = x.a();\n", "", "", "x.b(); } }\n"),
            case(
                "switches",
                "class A { int m() { return ",
                "switch (a) { default ->\n",
                "1;",
                "};",
                " } }\n"
            ),
        ),
    );
}

#[test]
fn rust() {
    check(
        "rs",
        braces!(
            "fn m() {\n",
            "}\n",
            case("generics", "static X: ", "Vec<\n", "u8", ">", ";\n"),
            case("references", "static X: ", "&\n", "u8", "", ";\n"),
            case("borrows", "fn f() { x = ", "& ", "a", "", "; }\n"),
            case("closures", "fn f() { x = ", "||\n", "1", "", "; }\n"),
            case("modules", "", "mod a {\n", "", "}\n", ""),
            case("functions", "", "fn f() {\n", "", "}\n", ""),
            case("macros", "fn f() { ", "vec![\n", "1", "]", "; }\n"),
            case("macro_calls", "fn f() { println!(\"{}\", a", ".x()\n", "", "", "); }\n"),
            case("macro_groups", "fn f() { m!", "(\n", "", ")", "; }\n"),
            case("matches", "fn f() { ", "match a { _ =>\n", "1", "}", " }\n"),
            case("patterns", "fn f() { let ", "A(\n", "b", ")", " = c; }\n"),
            case("or_patterns", "fn f() { match a { A", " |\n A", "", "", " => 1 } }\n"),
            case("questions", "fn f() { x = a", "?\n", "", "", "; }\n"),
            case("uses", "", "use a::{\n", "b", "}", ";\n"),
            case("paths", "fn f() { a", "::\na", "", "", "(); }\n"),
            case("tuples", "fn f() { x = a", ".0\n", "", "", "; }\n"),
            case("if_let", "fn f() { ", "if let Some(a) = b {\n", "", "}", " }\n"),
            case("rust_else_if", "fn f() { if a { }", " else if a { b(); }\n", "", "", " }\n"),
            case("awaits", "fn f() { x = a", ".await\n", "", "", "; }\n"),
            case("comments", "", "/*\n", "", "*/", ""),
            case("unsafe_blocks", "fn f() { ", "unsafe {\n", "", "}", " }\n"),
            case("same_name", "fn f() {\n", "let x = x.a();\n", "", "", "x.b(); }\n"),
        ),
    );
}

/// Languages without a walk of their own go through one that knows their node kinds.
#[test]
fn generic_languages() {
    let languages: &[(&str, &[Case])] = &[
        (
            "c",
            braces!(
                "void m() {\n",
                "}\n",
                case("pointers", "int ", "*\n", "x", "", ";\n"),
                case("declarators", "int ", "(\n", "x", ")", ";\n"),
                case("structs", "", "struct A {\n", "int x;", "} a;\n", ""),
                case("conditionals", "", "#if A\n", "int x;", "\n#endif", "\n"),
                case("initialisers", "int x = ", "{\n", "1", "}", ";\n")
            ),
        ),
        (
            "cpp",
            braces!(
                "void m() {\n",
                "}\n",
                case("namespaces", "", "namespace a {\n", "", "}\n", ""),
                case("templates", "", "A<\n", "int", ">", " x;\n"),
                case("scopes", "", "a::\n", "b", "", " x;\n"),
                case("lambdas", "auto x = ", "[]() { return\n", "1", "; }", ";\n")
            ),
        ),
        (
            "cs",
            braces!(
                "class A { void M() {\n",
                "} }\n",
                case("namespaces", "", "namespace A {\n", "", "}\n", ""),
                case("lambdas", "class A { object x = ", "() =>\n", "1", "", "; }\n"),
                case("generics", "class A { ", "List<\n", "int", ">", " x; }\n")
            ),
        ),
        (
            "kt",
            braces!(
                "fun m() {\n",
                "}\n",
                case("lambdas", "val x = ", "{\n", "1", "}", "\n"),
                case("generics", "val x: ", "List<\n", "Int", ">", "? = null\n")
            ),
        ),
        (
            "php",
            braces!(
                "<?php\nfunction m() {\n",
                "}\n",
                case("arrows", "<?php $x = $a", "->b()\n", "", "", ";\n"),
                case("concatenations", "<?php $x = $a", " . 'a'\n", "", "", ";\n"),
                case("arrays", "<?php $x = ", "[\n", "", "]", ";\n")
            ),
        ),
        (
            "rb",
            braces!(
                "def m\n",
                "end\n",
                case("modules", "", "module A\n", "", "end\n", ""),
                case("functions", "", "def a\n", "", "end\n", ""),
                case("lambdas", "x = ", "-> {\n", "1", "}", "\n"),
                case("arrays", "x = ", "[\n", "", "]", "\n")
            ),
        ),
        (
            "scala",
            braces!(
                "object A { def m() = {\n",
                "} }\n",
                case("generics", "val x: ", "List[\n", "Int", "]", " = a\n"),
                case("patterns", "val ", "(\n", "a", ", b)", " = c\n"),
                case("extractors", "val ", "A(\n", "a", ")", " = c\n")
            ),
        ),
        (
            "swift",
            braces!(
                "func m() {\n",
                "}\n",
                case("optionals", "let x: a", "?", "", "", "\n"),
                case("arrays", "let x = ", "[\n", "1", "]", "\n")
            ),
        ),
    ];
    for (extension, cases) in languages {
        check(extension, cases);
    }
}

#[test]
fn documents() {
    check(
        "json",
        &[
            case("arrays", "", "[\n", "1", "]", "\n"),
            case("objects", "", "{\"a\":\n", "1", "}", "\n"),
            case("unclosed", "", "[\n", "1", "", "\n"),
        ],
    );
    check(
        "yaml",
        &[
            case("flow", "a: ", "[\n ", "1", "]", "\n"),
            case("flow_objects", "a: ", "{b:\n ", "1", "}", "\n"),
            case("lists", "", "- ", "1", "", "\n"),
            case("keys", "", "? ", "1", "", "\n"),
        ],
    );
    check(
        "toml",
        &[
            case("arrays", "a = ", "[\n", "1", "]", "\n"),
            case("objects", "a = ", "{b =", "1", "}", "\n"),
            case("keys", "[a", ".b", "", "", "]\nc = 1\n"),
        ],
    );
    check("html", &[case("elements", "", "<div>\n", "a", "</div>\n", "\n")]);
    check(
        "css",
        &[
            case("blocks", "", "a {\n", "color: red", "}", "\n"),
            case("functions", "a { color: ", "f(\n", "1", ")", " }\n"),
        ],
    );
    check(
        "md",
        &[
            case("quotes", "", "> ", "a", "", "\n"),
            case("brackets", "", "[\n", "a", "]", "\n"),
            case("emphasis", "", "*a ", "", "", "\n"),
        ],
    );
    check(
        "sql",
        &[
            case("parentheses", "SELECT ", "(\n", "1", ")", ";\n"),
            case("queries", "", "SELECT * FROM (\n", "SELECT a FROM b", ") x", ";\n"),
            case("conditions", "SELECT a FROM b WHERE a = 1", " AND a = 1\n", "", "", ";\n"),
            case("unions", "SELECT a FROM b", " UNION SELECT a FROM b\n", "", "", ";\n"),
            case("cases", "SELECT ", "CASE WHEN a THEN\n", "1", " END", " FROM b;\n"),
        ],
    );
    check(
        "graphql",
        &[
            case("selections", "query A ", "{ a\n", "", "}", "\n"),
            case("lists", "type A { a: ", "[", "B", "]", " }\n"),
        ],
    );
    check("proto", &[case("messages", "syntax = \"proto3\";\n", "message A {\n", "", "}\n", "")]);
    check(
        "tf",
        &[
            case("blocks", "", "a {\n", "", "}\n", ""),
            case("calls", "a = ", "f(\n", "1", ")", "\n"),
            case("objects", "a = ", "{ b =", "1", "}", "\n"),
        ],
    );
    check("dockerfile", &[case("continued", "FROM a\nRUN b", " && \\\n b", "", "", "\n")]);
}

/// SQL in strings is parsed by another parser.
#[test]
fn queries_in_strings() {
    let query = |open: &str, close: &str, middle: &str| {
        format!(
            "q = \"\"\"SELECT a FROM b WHERE {}{middle}{}\"\"\"\n",
            open.repeat(700),
            close.repeat(700)
        )
    };
    let place = Place::with(&[
        ("parentheses.py", &query("(", ")", "1")),
        ("queries.py", &query("a in (select b from c where ", ")", "1")),
        ("sums.py", &query("a + ", "", "1")),
        ("negations.py", &query("not ", "", "a")),
    ]);
    let report = place.index();
    assert_eq!(report.repositories[0].counts.files, 4);
    assert_eq!(problems(&report, "internal"), 0);
}

/// A package manifest is read by parsers of its format.
#[test]
fn manifests() {
    let place = Place::new();
    place.write("a/package.json", format!("{{\"name\": \"a\", \"x\": {}", "[".repeat(LEVELS)));
    place.write("b/Cargo.toml", format!("[package]\nname = \"b\"\nx = {}", "[".repeat(LEVELS)));
    place.write(
        "c/pyproject.toml",
        format!("[project]\nname = \"c\"\nx = {}", "{a=".repeat(LEVELS)),
    );
    place.write("d/pom.xml", format!("<project>{}", "<a>".repeat(LEVELS)));
    place.write("e/setup.py", format!("setup(name={}", "(".repeat(LEVELS)));
    place.write("f/build.gradle.kts", format!("dependencies {}", "{ a(".repeat(LEVELS)));
    place.write("g/composer.json", format!("{{\"name\": {}", "{\"a\":".repeat(LEVELS)));
    place.write("h/a.csproj", format!("<Project>{}", "<a>".repeat(LEVELS)));
    place.write("i/Gemfile", format!("gem {}", "[".repeat(LEVELS)));
    place.write("j/go.mod", format!("module j\nrequire {}", "(".repeat(LEVELS)));
    let report = place.index();
    assert_eq!(problems(&report, "internal"), 0);
    let one = run::Options { threads: 1, ..options() };
    run::index(&place.home(), &[place.code()], &one, &run::Silent).expect("indexed");
    index(&place.home(), &[place.code()]).expect("indexed");
}

/// Names that are defined by themselves, by more ways than one.
#[test]
fn circles() {
    let mut aliases = String::from("type A = B;\ntype B = A;\nfn f(a: A) { a.m(); }\n");
    // Every alias has two meanings, both of which lead on to the next: 2^30 ways.
    for number in 0..30 {
        let next = (number + 1) % 30;
        aliases.push_str(&format!(
            "#[cfg(a)]\ntype T{number} = T{next};\n#[cfg(not(a))]\ntype T{number} = T{next};\n"
        ));
    }
    aliases.push_str("fn g(a: T0) { a.m(); a.n(); }\nimpl T0 { fn o(&self) { self.m(); } }\n");
    // Each call might be one that a link rule speaks of, on a receiver that is assigned from
    // itself and from the other one sixty times.
    let clients = format!(
        "def f(a, b):\n{}    return a\n",
        "    a = a.get(b)\n    b = b.post(a).get('/x')\n".repeat(30)
    );
    let mut either = String::from("const x0 = make();\n");
    for number in 1..25 {
        let last = number - 1;
        either.push_str(&format!("const x{number} = x{last} || x{last};\n"));
    }
    either.push_str("x24.get('/a');\n");
    let place = Place::with(&[
        ("src/lib.rs", &aliases),
        ("clients.py", &clients),
        // A router with a declared type that is only ever assigned from itself.
        (
            "app.ts",
            "import express, { Application } from 'express';\n\
             let app: Application = express();\napp = app.use(a);\napp.get('/x', h);\n\
             const r = express.Router();\nr.use('/a', r);\nr.use('/b', r);\nr.get('/y', h);\n",
        ),
        // Twenty-four names, each of which is one of two that are the same.
        ("either.js", &either),
        (
            "a.ts",
            "type A = A | B;\ntype B = A | B;\nexport function f(a: A) { return a.x().y(); }\n",
        ),
        (
            "classes.py",
            "class A(B): pass\nclass B(A): pass\n\ndef f(a: A):\n    a.x()\n    return f(f)\n",
        ),
        ("one.py", "from two import *\nfrom two import x\n\nx.y()\n"),
        ("two.py", "from one import *\nfrom one import x\n\nx.y()\n"),
        ("one.js", "module.exports = require('./two');\nmodule.exports.a();\n"),
        ("two.js", "module.exports = require('./one');\nmodule.exports.a();\n"),
    ]);
    let begun = Instant::now();
    let report = place.index();
    assert_eq!(problems(&report, "internal"), 0);
    assert_eq!(report.repositories[0].counts.files, 10);
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
}

#[test]
fn a_text_that_a_scanner_reads_to_its_end_again_and_again_is_given_up() {
    // A fuzz target's find. While the grammar recovers from errors, each step may cost as much as the
    // text is long, so steps alone are no measure.
    let found = String::from_utf8_lossy(include_bytes!("given_up.kt"));
    let text = found.replace('\0', " ").repeat(200);
    let place = Place::with(&[("a.kt", &text), ("b.kt", "fun b() {}\n")]);
    let begun = Instant::now();
    let report = place.index();
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    assert_eq!(problems(&report, "timed_out"), 1);
    assert_eq!(place.indexed(), ["a.kt", "b.kt"]);
}

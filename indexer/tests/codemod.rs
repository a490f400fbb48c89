//! Rules that rewrite code: one table of languages, what rules can say, and what is refused.

use qf_indexer::codemod::{CodemodError, FileChange, LeftOut, Rewritten, apply_below, rules};
use std::path::Path;

/// A rule that is a pattern and a fix.
fn rule(language: &str, pattern: &str, fix: &str) -> String {
    format!("id: r\nlanguage: {language}\nrule:\n  pattern: '{pattern}'\nfix: '{fix}'\n")
}

#[track_caller]
fn rewritten(rule: &str, path: &str, text: &str) -> Option<Rewritten> {
    let rules = rules(rule).unwrap_or_else(|error| panic!("{error}\n{rule}"));
    rules.apply(Path::new(path), text).unwrap_or_else(|error| panic!("{error}\n{rule}"))
}

#[track_caller]
fn becomes(rule: &str, path: &str, before: &str, after: &str) {
    let rewritten = rewritten(rule, path, before).unwrap_or_else(|| panic!("no match of\n{rule}"));
    assert_eq!(rewritten.text, after, "{rule}");
    assert!(rewritten.changes > 0);
}

#[test]
fn patterns_match_in_every_language() {
    for (language, path, pattern, fix, before, after) in [
        ("bash", "a.sh", "echo $A", "log $A", "echo a\n", "log a\n"),
        (
            "c",
            "a.c",
            "strcpy($A, $B);",
            "strlcpy($A, $B, sizeof $A);",
            "int main(void) { strcpy(a, b); return 0; }\n",
            "int main(void) { strlcpy(a, b, sizeof a); return 0; }\n",
        ),
        (
            "cpp",
            "a.cpp",
            "$A->get()",
            "(*$A).get()",
            "int f() { return p->get(); }\n",
            "int f() { return (*p).get(); }\n",
        ),
        (
            "csharp",
            "A.cs",
            "Foo($$$ARGS)",
            "Bar($$$ARGS)",
            "class A { void F() { Foo(a, 1); } }\n",
            "class A { void F() { Bar(a, 1); } }\n",
        ),
        (
            "css",
            "a.css",
            ".a { color: $C; }",
            ".a { background: $C; }",
            ".a { color: red; }\n",
            ".a { background: red; }\n",
        ),
        ("elixir", "a.ex", "IO.puts($A)", "Logger.info($A)", "IO.puts(a)\n", "Logger.info(a)\n"),
        ("haskell", "a.hs", "f $A", "g $A", "main = f x\n", "main = g x\n"),
        ("hcl", "a.tf", "a = $B", "c = $B", "a = foo(b)\n", "c = foo(b)\n"),
        ("html", "a.html", "<b>$X</b>", "<i>$X</i>", "<b>x</b>\n", "<i>x</i>\n"),
        (
            "java",
            "A.java",
            "System.out.println($A)",
            "log.info($A)",
            "class A { void f() { System.out.println(a + b); } }\n",
            "class A { void f() { log.info(a + b); } }\n",
        ),
        ("javascript", "a.js", "f($A)", "h($A)", "var a = 1; f(g(x))\n", "var a = 1; h(g(x))\n"),
        (
            "kotlin",
            "a.kt",
            "println($A)",
            "log($A)",
            "fun f() { println(a) }\n",
            "fun f() { log(a) }\n",
        ),
        ("lua", "a.lua", "print($A)", "log($A)", "print(a)\n", "log(a)\n"),
        ("php", "a.php", "foo($A)", "bar($A)", "<?php\nfoo($b);\n", "<?php\nbar($b);\n"),
        (
            "php",
            "a.php",
            "$OBJ->save($$$ARGS)",
            "$OBJ->store($$$ARGS)",
            "<?php\n$user->save($a, 1);\n",
            "<?php\n$user->store($a, 1);\n",
        ),
        (
            "python",
            "a.py",
            "log($$$ARGS)",
            "logger.info($$$ARGS)",
            "log(a, b=1)\nlog()\n",
            "logger.info(a, b=1)\nlogger.info()\n",
        ),
        ("ruby", "a.rb", "puts($$$ARGS)", "log($$$ARGS)", "puts(name, 1)\n", "log(name, 1)\n"),
        (
            "rust",
            "a.rs",
            "$A.unwrap()",
            "$A?",
            "fn f() { let x = g(1).unwrap(); }\n",
            "fn f() { let x = g(1)?; }\n",
        ),
        ("scala", "a.scala", "foo($A)", "bar($A)", "val a = foo(b)\n", "val a = bar(b)\n"),
        ("swift", "a.swift", "foo($A)", "bar($A)", "foo(a)\n", "bar(a)\n"),
        (
            "tsx",
            "a.tsx",
            "<Old name={$X} />",
            "<New title={$X} />",
            "const a = <Old name={x} />;\n",
            "const a = <New title={x} />;\n",
        ),
        (
            "typescript",
            "a.ts",
            "load<$T>($$$ARGS)",
            "fetch<$T>($$$ARGS)",
            "const x: number = load<User>(a, b);\n",
            "const x: number = fetch<User>(a, b);\n",
        ),
        ("zig", "a.zig", "$A + $B", "$B + $A", "const a = b + c;\n", "const a = c + b;\n"),
    ] {
        becomes(&rule(language, pattern, fix), path, before, after);
    }
    // Go takes a call without its surroundings for a conversion of a type.
    let go = "id: r\nlanguage: go\nrule:\n  pattern:\n    context: 'func t() { log.Println($$$ARGS) }'\n    selector: call_expression\nfix: slog.Info($$$ARGS)\n";
    let file = |call: &str| format!("package a\n\nfunc f() {{\n\t{call}(a, b)\n}}\n");
    becomes(go, "a.go", &file("log.Println"), &file("slog.Info"));
}

#[test]
fn a_rule_is_for_the_files_of_its_language() {
    let typescript = rules(&rule("typescript", "f($A)", "g($A)")).expect("a rule");
    let claimed = |path: &str| typescript.claims(Path::new(path));
    assert!(claimed("src/a.ts") && claimed("a.mts"));
    assert!(!claimed("a.tsx") && !claimed("a.js") && !claimed("README.md") && !claimed("a.xyz"));
    assert_eq!(typescript.apply(Path::new("a.tsx"), "f(a)\n").expect("nothing to do"), None);
    let cpp = rules(&rule("c++", "f($A)", "g($A)")).expect("a rule");
    assert!(cpp.claims(Path::new("a.h")) && !cpp.claims(Path::new("a.c")));
    let globs = format!("{}files: ['src/**']\nignores: ['src/gen/**']\n", rule("py", "f()", "g()"));
    let globs = rules(&globs).expect("a rule");
    let claimed = |path: &str| globs.claims(Path::new(path));
    assert!(claimed("src/a.py") && !claimed("lib/a.py") && !claimed("src/gen/a.py"));
}

const CONSTRAINED: &str = "
id: r
language: python
rule:
  pattern: get($K)
constraints:
  K:
    kind: identifier
    regex: ^[a-z]+$
transform:
  NEW:
    replace:
      source: $K
      replace: '^'
      by: my_
fix: fetch($NEW)
";

const RELATIONAL: &str = "
id: r
language: python
utils:
  returned:
    kind: return_statement
rule:
  all:
    - any:
        - pattern: f($A)
        - pattern: old($A)
    - inside:
        matches: returned
        stopBy: end
    - not:
        has:
          kind: string
          stopBy: end
fix: g($A)
";

const EXPANDED: &str = "
id: r
language: javascript
rule:
  kind: pair
  has:
    field: key
    regex: ^b$
fix:
  template: ''
  expandEnd:
    regex: ','
";

#[test]
fn rules_can_say_all_that_ast_grep_can() {
    let before = "x = get(a)\ny = get('b')\nz = get(FOO)\n";
    becomes(CONSTRAINED, "a.py", before, "x = fetch(my_a)\ny = get('b')\nz = get(FOO)\n");
    let before = "def h():\n    f(1)\n    return [f(2), old(3), f('s')]\n";
    let after = "def h():\n    f(1)\n    return [g(2), g(3), f('s')]\n";
    becomes(RELATIONAL, "a.py", before, after);
    becomes(EXPANDED, "a.js", "var a = { b: 1, c: 2 };\n", "var a = {  c: 2 };\n");
}

#[test]
fn rules_follow_each_other_in_their_order() {
    let first = rule("python", "a($X)", "b($X)");
    let second = rule("python", "b($X)", "c($X)");
    let both = format!("# from a to c\n---\n{first}---\n{second}");
    becomes(&both, "a.py", "a(1)\nb(2)\n", "c(1)\nc(2)\n");
    let turned = format!("{second}---\n{first}---\n");
    becomes(&turned, "a.py", "a(1)\nb(2)\n", "b(1)\nc(2)\n");
    // There and back again is nothing.
    let back = format!("{first}---\n{}", rule("python", "b($X)", "a($X)"));
    assert_eq!(rewritten(&back, "a.py", "a(1)\n"), None);
}

#[test]
fn the_outermost_match_is_rewritten_and_nothing_twice() {
    let rule = rule("python", "f($A)", "g($A)");
    let once = rewritten(&rule, "a.py", "f(f(1)) + f(2)\n").expect("it matches");
    assert_eq!((once.text.as_str(), once.changes), ("g(f(1)) + g(2)\n", 2));
    let twice = rewritten(&rule, "a.py", &once.text).expect("it matches");
    assert_eq!((twice.text.as_str(), twice.changes), ("g(g(1)) + g(2)\n", 1));
    assert_eq!(rewritten(&rule, "a.py", &twice.text), None);
}

#[test]
fn what_matches_nothing_changes_nothing() {
    let calls = rule("python", "f($A)", "g($A)");
    for text in ["", "f()\n", "f(1, 2)\n", "'f(1)'\n", "# f(1)\n"] {
        assert_eq!(rewritten(&calls, "a.py", text), None, "{text}");
    }
    // A fix that says what is there is no change.
    assert_eq!(rewritten(&rule("python", "f($A)", "f($A)"), "a.py", "f(1)\n"), None);
}

#[test]
fn line_ends_stay_what_they_are() {
    let rule =
        "id: r\nlanguage: python\nrule:\n  pattern: import a\nfix: |-\n  import b\n  import c\n";
    becomes(rule, "a.py", "import a\r\nx = 1\r\n", "import b\r\nimport c\r\nx = 1\r\n");
    becomes(rule, "a.py", "import a\nx = 1\n", "import b\nimport c\nx = 1\n");
}

#[test]
fn a_file_with_errors_is_changed_where_it_has_none() {
    let rule = rule("python", "old($A)", "new($A)");
    becomes(&rule, "a.py", "def f(:\n    pass\n\nold(2)\n", "def f(:\n    pass\n\nnew(2)\n");
}

#[test]
fn no_file_becomes_worse() {
    let rule = rule("python", "f($A)", "g($A");
    let rules = rules(&rule).expect("a rule");
    let error = rules.apply(Path::new("src/a.py"), "x = 1\ny = f(2)\n").expect_err("a bracket");
    let CodemodError::Broken { path, line, rule } = error else { panic!("{error}") };
    assert_eq!((path.as_str(), rule.as_str()), ("src/a.py", "r"));
    assert!(line >= 2, "{line}");
}

#[test]
fn what_is_wrong_with_rules_is_said_with_its_line() {
    let good = rule("python", "f($A)", "g($A)");
    let second = format!("{good}---\n");
    let table: Vec<(String, u32, &str)> = vec![
        (String::new(), 1, "no rule"),
        ("# nothing\n---\n".to_owned(), 1, "no rule"),
        (rule("cobol", "x", "y"), 2, "no rule can be for `cobol`; languages are bash, c,"),
        ("id: a\nrule:\n  pattern: x\nfix: y\n".to_owned(), 1, "missing field `language`"),
        ("id: a\nlanguage: python\nfix: y\n".to_owned(), 1, "missing field `rule`"),
        ("id: a\nlanguage: python\nrule:\n  pattern: x\n".to_owned(), 1, "no `fix`"),
        ("- id: a\n".to_owned(), 1, ""),
        (
            "id: a\nlanguage: python\nrule:\n  patern: x\nfix: y\n".to_owned(),
            4,
            "unknown field `patern`",
        ),
        (
            "id: a\nlanguage: python\nrule:\n  any:\n    - pattern: f($A)\n    - all:\n        - patern: x\nfix: y\n"
                .to_owned(),
            7,
            "unknown field `patern`",
        ),
        (format!("{good}ignore: 3\n"), 6, "unknown field `ignore`"),
        (
            "id: a\nlanguage: python\nrule:\n  pattern: [x\nfix: y\n".to_owned(),
            5,
            "",
        ),
        ("id: a\nlanguage: python\nrule:\n  kind: nope\nfix: y\n".to_owned(), 4, "`nope` is invalid"),
        (
            "id: a\nlanguage: python\nrule:\n  pattern: f($A)\nconstraints:\n  A:\n    kind: nope\nfix: y\n"
                .to_owned(),
            7,
            "`constraints`: Kind `nope`",
        ),
        (rule("python", "f($A)", "g($B)"), 5, "meta var `B` used in `fix`"),
        ("id: a\nlanguage: python\nrule:\n  matches: other\nfix: y\n".to_owned(), 4, "other"),
        ("id: a\nlanguage: python\nrule:\n  regex: x\nfix: y\n".to_owned(), 3, "kind"),
        (format!("{good}severity: off\n"), 6, "is off"),
        (format!("{good}files: ['[']\n"), 6, ""),
        // In a later document lines are counted through.
        (format!("{second}{}", rule("cobol", "x", "y")), 8, "cobol"),
        (format!("{second}{}", rule("python", "f($A)", "g($B)")), 11, "meta var `B`"),
        (format!("{second}id: b\nlanguage: python\nrule:\n  kind: nope\nfix: y\n"), 10, "nope"),
        ("x".repeat((256 << 10) + 1), 1, "bytes"),
    ];
    for (text, expected, part) in table {
        let shown: String = text.chars().take(300).collect();
        match rules(&text) {
            Ok(_) => panic!("nothing is wrong with\n{shown}"),
            Err(CodemodError::Rules { line, message }) => {
                assert!(message.contains(part), "{message}\n{shown}");
                assert_eq!(line, expected, "{message}\n{shown}");
                assert!(!message.contains('\n'), "{message}");
            }
            Err(other) => panic!("{other}\n{shown}"),
        }
    }
}

#[test]
fn no_beginning_of_rules_and_no_text_makes_it_panic() {
    for text in [CONSTRAINED, RELATIONAL, EXPANDED] {
        for (at, _) in text.char_indices() {
            if let Err(CodemodError::Internal { .. }) = rules(&text[..at]) {
                panic!("{}", &text[..at]);
            }
        }
    }
    let deep = format!("{}1{}\n", "f(".repeat(4_000), ")".repeat(4_000));
    let rules = rules(&rule("python", "f($A, $A)", "g($A)")).expect("a rule");
    let error = rules.apply(Path::new("a.py"), &deep).expect_err("too deep");
    assert!(matches!(error, CodemodError::NotParsed { .. }), "{error}");
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it is ours");
        std::fs::write(path, bytes).expect("it is ours");
    }
    folder
}

const FILES: [(&str, &[u8]); 8] = [
    (".gitignore", b"ignored.py\n"),
    ("a.py", b"f(1)\n"),
    ("b/[id]/c.py", b"f(2)\n"),
    ("b/d.py", b"f(3)\nf(4)\n"),
    ("b/e.js", b"f(5)\n"),
    ("ignored.py", b"f(6)\n"),
    ("node_modules/x.py", b"f(7)\n"),
    ("latin.py", b"x = '\xe9'\n"),
];

fn paths(changes: &[FileChange]) -> Vec<&str> {
    changes.iter().map(|change| change.path.as_str()).collect()
}

#[test]
fn files_below_a_folder_are_worked_out_and_left_as_they_are() {
    let folder = folder(&FILES);
    let root = folder.path();
    let rule = rule("python", "f($A)", "g($A)");
    let given = |given: &[&str]| {
        let given: Vec<String> = given.iter().map(|path| (*path).to_owned()).collect();
        apply_below(root, &given, &rule).map(|applied| applied.changes)
    };
    let all = given(&[]).expect("they fit");
    assert_eq!(paths(&all), ["a.py", "b/[id]/c.py", "b/d.py"]);
    let last = &all[2];
    assert_eq!((last.before.as_str(), last.text.as_str()), ("f(3)\nf(4)\n", "g(3)\ng(4)\n"));
    assert_eq!(last.changes, 2);
    for (path, bytes) in FILES {
        assert_eq!(std::fs::read(root.join(path)).expect("it is there"), bytes, "{path}");
    }
    let table: [(&[&str], &[&str]); 8] = [
        (&["a.py"], &["a.py"]),
        (&["./b/"], &["b/[id]/c.py", "b/d.py"]),
        (&["b/[id]"], &["b/[id]/c.py"]),
        (&["*.py"], &["a.py"]),
        (&["**/*.py"], &["a.py", "b/[id]/c.py", "b/d.py"]),
        (&["b/*.py", "a.py"], &["a.py", "b/d.py"]),
        (&["b/e.js"], &[]),
        (&["."], &["a.py", "b/[id]/c.py", "b/d.py"]),
    ];
    for (selected, expected) in table {
        let changes = given(selected).unwrap_or_else(|error| panic!("{selected:?}: {error}"));
        assert_eq!(paths(&changes), expected, "{selected:?}");
    }
    for wrong in ["/a.py", "../a.py", "none.py", "ignored.py", "node_modules", "*.rs", "a["] {
        match given(&[wrong]) {
            Err(CodemodError::Path { given, .. }) => assert_eq!(given, wrong),
            other => panic!("{wrong}: {other:?}"),
        }
    }
    let nowhere = apply_below(&root.join("nowhere"), &[], &rule);
    assert!(matches!(nowhere, Err(CodemodError::Io { .. })), "{nowhere:?}");
}

#[test]
fn what_could_not_be_written_back_is_not_changed() {
    let rule = rule("python", "f($A)", "g($A)");
    let files: [(&str, &[u8]); 1] = [("a.py", b"f(1)\nx = '\xe9'\n")];
    let encoded = folder(&files);
    let error = apply_below(encoded.path(), &[], &rule).expect_err("no UTF-8");
    assert!(matches!(error, CodemodError::NotText { path } if path == "a.py"));
}

#[test]
fn one_file_that_would_break_stops_all() {
    let files: [(&str, &[u8]); 2] = [("a.py", b"f(1)\n"), ("b.py", b"f(2)\n")];
    let folder = folder(&files);
    let error =
        apply_below(folder.path(), &[], &rule("python", "f($A)", "g(")).expect_err("a bracket");
    assert!(matches!(error, CodemodError::Broken { path, .. } if path == "a.py"));
}

#[test]
fn the_text_of_strings_stays_what_it_is() {
    let stays = |language: &str, path: &str, before: &str| {
        let after = before.replace("foo", "bar");
        becomes(&rule(language, "foo($A)", "bar($A)"), path, before, &after);
    };
    let deep = "def f():\n    if x:\n        foo(\"\"\"a\n  b\n            c\n\"\"\")\n";
    stays("python", "a.py", deep);
    stays("python", "a.py", &deep.replace('\n', "\r\n"));
    stays("javascript", "a.js", "function f() {\n    foo(`a\n  b ${c}\n        d`);\n}\n");
    let document = "<?php\nfunction f() {\n    foo(<<<EOT\n  a\n        b\n  EOT);\n}\n";
    stays("php", "a.php", document);
    // Code is moved to where it comes to stand, and the string in it is not.
    let moved =
        "id: r\nlanguage: python\nrule:\n  pattern: foo($A)\nfix: |-\n  bar(\n      $A,\n  )\n";
    let before = "def f():\n    foo([\n        '''a\n  b''',\n    ])\n";
    let after = "def f():\n    bar(\n        [\n            '''a\n  b''',\n        ],\n    )\n";
    becomes(moved, "a.py", before, after);
    // What is left out on purpose is not missed.
    let gone = rule("python", "foo($A, $B)", "bar($A)");
    becomes(&gone, "a.py", "foo(1, '''a\n b''')\n", "bar(1)\n");
}

#[test]
fn a_string_that_would_be_changed_by_the_way_is_refused() {
    let transformed = "id: r\nlanguage: python\nrule:\n  pattern: foo($A)\ntransform:\n  B:\n    replace:\n      source: $A\n      replace: one\n      by: two\nfix: bar($B)\n";
    let rules = rules(transformed).expect("a rule");
    let apply = |text: &str| rules.apply(Path::new("src/a.py"), text);
    let error = apply("def f():\n    foo(one('''a\n  b'''))\n").expect_err("it would be moved");
    let CodemodError::Reindented { path, line, rule } = error else { panic!("{error}") };
    assert_eq!((path.as_str(), line, rule.as_str()), ("src/a.py", 2, "r"));
    let plain = apply("def f():\n    foo(one('a'))\n").expect("one line").expect("it matches");
    assert_eq!(plain.text, "def f():\n    bar(two('a'))\n");
}

#[test]
fn what_is_beside_php_is_no_code() {
    let rule = rule("php", "foo($A)", "bar($A)");
    let before = "<p>foo(1)</p>\n<?php\nfoo($b);\n?>\n<b>foo(2)</b>\n<?php foo($c); ?>\n";
    let after = "<p>foo(1)</p>\n<?php\nbar($b);\n?>\n<b>foo(2)</b>\n<?php bar($c); ?>\n";
    becomes(&rule, "a.php", before, after);
    assert_eq!(rewritten(&rule, "a.php", "foo(1)\n"), None);
    assert_eq!(rewritten(&rule, "a.php", "foo(1);\n<?php echo 1;\n"), None);
}

#[test]
fn what_is_left_out_is_told() {
    let minified = format!("var a=[{}1];f(1);\n", "1,".repeat(3000));
    let files: [(&str, &[u8]); 6] = [
        ("a.js", b"f(1);\nf(2 +);\n"),
        ("b.js", minified.as_bytes()),
        ("c.js", b"// @generated\nf(1);\n"),
        ("d.min.js", b"f(1);\n"),
        ("e.txt", b"f(1);\n"),
        ("node_modules/f.js", b"f(1);\n"),
    ];
    let folder = folder(&files);
    let rule = rule("javascript", "f($A)", "g($A)");
    let applied = apply_below(folder.path(), &[], &rule).expect("it fits");
    assert_eq!(paths(&applied.changes), ["a.js"]);
    let place = |reason, path: &str, line| LeftOut { reason, path: path.to_owned(), line };
    let expected = [
        place("generated", "c.js", None),
        place("generated", "d.min.js", None),
        place("minified", "b.js", None),
        place("syntax error", "a.js", Some(2)),
        place("vendored", "node_modules", None),
    ];
    assert_eq!(applied.left_out, expected);
    // Whoever names a file knows better than a guess.
    let named = ["b.js", "c.js", "d.min.js"].map(str::to_owned);
    let applied = apply_below(folder.path(), &named, &rule).expect("they are there");
    assert_eq!(paths(&applied.changes), named);
    assert!(applied.left_out.is_empty(), "{:?}", applied.left_out);
}

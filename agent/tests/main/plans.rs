//! Plans as they are written, the edits that they make, and where they are kept.

use proptest::prelude::*;
use qf_agent::plan::edit::{EditError, apply, patch, put, replace, unified};
use qf_agent::plan::parse::{MOST_BYTES, parse};
use qf_agent::plan::store::{Approval, PlanError, Plans, diff};
use qf_agent::plan::{Action, Budget, Call, Isolation, OnFailure, Plan, Problem, Replacement};
use qf_graph::store::Home;
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

const GOOD: &str = r#"+++
id = "rename-balance"
goal = "Rename Account.balance to funds"
tree = "/code/bank"
base = "4f2c1a"
index = 12
isolation = "checkpoint"
minutes = 30
domains = ["example.org", "*.example.net"]
test = "python -m pytest -q {tests}"
+++

# Rename the balance

Prose, with an example that is none of the steps:

````python
## Phase: not one
```run
not run
```
````

Nor is ```run this``` one.

## Phase: change the field

```phase
on_failure = "continue"
```

```run in=./services//api timeout=30 expect=3
cargo fmt
cargo test
```

~~~run once done-when="gh pr view \"mine\" | grep `id`"
gh pr create
~~~

```edit src/account.py
<<<<<<< SEARCH
    balance = 0
=======
    funds = 0
>>>>>>> REPLACE

<<<<<<< SEARCH
    return self.balance
=======
>>>>>>> REPLACE
```

```edit "docs/new file.md"
<<<<<<< SEARCH
=======
# Funds
>>>>>>> REPLACE
```

## phase: the rest ##

```patch
diff --git a/x.py b/x.py
index 1111111..2222222 100644
--- a/x.py
+++ b/x.py
@@ -1,2 +1,2 @@
 one
-two
+zwei
```

```verify
```

```verify timeout=60
pytest
```

```ask

Does the staging system still answer?
```

```notify
done
```
"#;

/// The line, from 1, that begins like this.
fn line_of(text: &str, beginning: &str) -> u32 {
    let index = text.lines().position(|line| line.starts_with(beginning)).expect(beginning);
    u32::try_from(index).expect("a short text") + 1
}

#[track_caller]
fn good(text: &str) -> Plan {
    parse(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[test]
fn a_plan_is_read_with_all_its_steps() {
    let plan = good(GOOD);
    let header = &plan.header;
    assert_eq!(header.id, "rename-balance");
    assert_eq!(header.goal, "Rename Account.balance to funds");
    assert_eq!(header.tree, Path::new("/code/bank"));
    assert_eq!((header.base.as_deref(), header.index), (Some("4f2c1a"), Some(12)));
    assert_eq!((header.isolation, header.minutes), (Isolation::Checkpoint, Some(30)));
    assert_eq!(header.domains, ["example.org", "*.example.net"]);
    assert_eq!(header.test.as_deref(), Some("python -m pytest -q {tests}"));
    assert_eq!(plan.phases.len(), 2);

    let first = &plan.phases[0];
    assert_eq!((first.name.as_str(), first.on_failure), ("change the field", OnFailure::Continue));
    assert_eq!(first.line, line_of(GOOD, "## Phase: change"));
    assert_eq!(first.steps.len(), 4);
    let Action::Run(script) = &first.steps[0].action else { panic!("{:?}", first.steps[0]) };
    assert_eq!(first.steps[0].line, line_of(GOOD, "```run in="));
    assert_eq!(script.text, "cargo fmt\ncargo test\n");
    assert_eq!((script.folder.as_str(), script.seconds, script.expect), ("services/api", 30, 3));
    assert!(!script.once && script.done_when.is_none());
    let Action::Run(script) = &first.steps[1].action else { panic!("{:?}", first.steps[1]) };
    assert!(script.once);
    assert_eq!(script.done_when.as_deref(), Some("gh pr view \"mine\" | grep `id`"));
    assert_eq!((script.folder.as_str(), script.seconds, script.expect), ("", 600, 0));
    let Action::Edit { path, replacements } = &first.steps[2].action else {
        panic!("{:?}", first.steps[2])
    };
    assert_eq!((path.as_str(), replacements.len()), ("src/account.py", 2));
    assert_eq!(replacements[0].line, line_of(GOOD, "<<<<<<< SEARCH"));
    assert_eq!(replacements[0].before, "    balance = 0\n");
    assert_eq!(replacements[0].after, "    funds = 0\n");
    assert_eq!(replacements[1].after, "");
    let Action::Edit { path, replacements } = &first.steps[3].action else {
        panic!("{:?}", first.steps[3])
    };
    assert_eq!((path.as_str(), replacements.len()), ("docs/new file.md", 1));
    assert_eq!(
        (replacements[0].before.as_str(), replacements[0].after.as_str()),
        ("", "# Funds\n")
    );

    let second = &plan.phases[1];
    assert_eq!((second.name.as_str(), second.on_failure), ("the rest", OnFailure::Stop));
    let names: Vec<&str> = second.steps.iter().map(|step| step.action.name()).collect();
    assert_eq!(names, ["patch", "verify", "verify", "ask", "notify"]);
    let Action::Patch { text } = &second.steps[0].action else { panic!("{:?}", second.steps[0]) };
    assert!(text.starts_with("diff --git") && text.ends_with("+zwei\n"), "{text}");
    assert_eq!(second.steps[1].action, Action::Verify(None));
    let Action::Verify(Some(script)) = &second.steps[2].action else {
        panic!("{:?}", second.steps[2])
    };
    assert_eq!((script.text.as_str(), script.seconds), ("pytest\n", 60));
    let question = "Does the staging system still answer?".to_owned();
    assert_eq!(second.steps[3].action, Action::Ask { question });
    assert_eq!(second.steps[4].action, Action::Notify { text: "done".to_owned() });
}

#[test]
fn line_ends_of_windows_are_kept_in_edits_only() {
    let text = GOOD.replace('\n', "\r\n");
    let plan = good(&text);
    let Action::Run(script) = &plan.phases[0].steps[0].action else { panic!("no run") };
    assert_eq!(script.text, "cargo fmt\ncargo test\n");
    let Action::Edit { replacements, .. } = &plan.phases[0].steps[2].action else {
        panic!("no edit")
    };
    assert_eq!(replacements[0].after, "    funds = 0\r\n");
    assert_eq!(plan.phases[0].steps[2].line, good(GOOD).phases[0].steps[2].line);
}

#[test]
fn no_beginning_of_a_plan_makes_the_reader_panic() {
    for (at, _) in GOOD.char_indices() {
        let _ = parse(&GOOD[..at]);
        let _ = parse(&GOOD[at..]);
    }
    // Its last line needs no end.
    assert_eq!(good(GOOD.trim_end()), good(GOOD));
}

/// A header of five lines and more of it, so that what follows begins at line 6.
fn headed(more: &str, body: &str) -> String {
    format!("+++\nid = \"p\"\ngoal = \"a goal\"\ntree = \"/code/tree\"\n{more}+++\n{body}")
}

/// A plan of one phase, of which the text begins at line 7.
fn phase(text: &str) -> String {
    headed("", &format!("## Phase: one\n{text}"))
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let step = "```run\ntrue\n```\n";
    let one = format!("## Phase: one\n{step}");
    let piece = |before: &str, after: &str| {
        format!("<<<<<<< SEARCH\n{before}=======\n{after}>>>>>>> REPLACE\n")
    };
    let edit = |text: &str| phase(&format!("```edit a\n{text}```\n"));
    let patched = |text: &str| phase(&format!("```patch\n{text}```\n"));
    let table: Vec<(String, u32, &str)> = vec![
        (String::new(), 1, "begins with a line of `+++`"),
        ("+++\nid = \"p\"\n".to_owned(), 1, "never ends"),
        (format!("+++\nid = \"p\"\ntree = \"/t\"\n+++\n{one}"), 1, "has no `goal`"),
        (format!("+++\nid = \"p\"\ngoal =\n+++\n{one}"), 3, "no TOML"),
        (format!("+++\nid = \"p\"\ngoal = \"x\ntree = \"/t\"\n+++\n{one}"), 3, "no TOML"),
        (format!("+++\nid = \"Bad Name\"\n+++\n{one}"), 2, "lower-case"),
        (format!("+++\nid = 3\n+++\n{one}"), 2, "and no integer"),
        (format!("+++\ngoal = \"two\\nlines\"\n+++\n{one}"), 2, "one line"),
        (format!("+++\ntree = \"work\"\n+++\n{one}"), 2, "absolute path"),
        (format!("+++\ntree = \"/code/../etc\"\n+++\n{one}"), 2, "absolute path"),
        (headed("colour = \"red\"\n", &one), 5, "unknown key `colour`; known are `id`"),
        (headed("[more]\n", &one), 5, "unknown key `more`"),
        (headed("base = \"-x\"\n", &one), 5, "name of a commit"),
        (headed("minutes = 0\n", &one), 5, "`minutes`"),
        (headed("isolation = \"docker\"\n", &one), 5, "`auto`, `checkpoint` or `overlay`"),
        (headed("budget = 3\n", &one), 5, "`budget` is a table"),
        (headed("[budget]\nusd = 2.5\n", &one), 6, "no float"),
        (headed("[budget]\nusd = \"0.00\"\n", &one), 6, "dollars above zero"),
        (headed("[budget]\nusd = \"1.0000001\"\n", &one), 6, "dollars above zero"),
        (headed("[budget]\ntokens = 0\n", &one), 6, "tokens from 1"),
        (headed("[budget]\neuro = \"1\"\n", &one), 6, "unknown key `euro`; known are `usd`"),
        (headed("touches = [\"../x\"]\n", &one), 5, "below the root"),
        (
            headed("", "## Phase: a\n<details>\n\n```run\nx\n```\n</details>\n"),
            9,
            "inside of `<details>`",
        ),
        (
            headed("", "<div style=\"display:none\">\n\n## Phase: a\n```run\nx\n```\n"),
            8,
            "inside of `<div>`",
        ),
        (
            headed("", "## Phase: a\n<?x\n```run\nx\n```\n?>\n```run\ny\n```\n"),
            8,
            "a comment hides",
        ),
        (headed("domains = [\"https://a.org\"]\n", &one), 5, "without scheme"),
        (headed("test = \"pytest\"\n", &one), 5, "{tests}"),
        (headed("", "prose\n"), 6, "no phase"),
        (headed("", "## Phase: one\n"), 6, "has no step"),
        (headed("", "## Phase:\n"), 6, "has no name"),
        (headed("", &format!("## Phase: {}\n", "x".repeat(81))), 6, "longer than 80"),
        (headed("", &format!("{step}{one}")), 6, "before the first phase"),
        (headed("", &format!("{one}{one}")), 10, "two phases `one`"),
        (phase(&format!("{step}### Phase: two\n{step}")), 10, "nearly the heading"),
        (phase(&format!("{step}## Phase 2: two\n{step}")), 10, "nearly the heading"),
        (phase("```run\ntrue\n"), 7, "never ends"),
        (phase("```run\ntrue\n```edit a\n"), 7, "never ends"),
        (phase("```run\ntrue\n```edit a\n```\n"), 9, "within the block of line 7"),
        (phase("```codemodd\nx\n```\n"), 7, "did you mean `codemod`?"),
        (phase("```runn\nx\n```\n"), 7, "did you mean `run`?"),
        (phase("```Run\nx\n```\n"), 7, "did you mean `run`?"),
        (phase("```run,in=x\nx\n```\n"), 7, "did you mean `run`?"),
        (phase("```run done-when=`x`\nx\n```\n"), 7, "no others after them"),
        (phase("1. first\n\n    ```run\n    true\n    ```\n"), 9, "in a list"),
        (phase("> ```run\n> true\n> ```\n"), 7, "in a list"),
        (phase("<!--\n```run\ntrue\n```\n-->\n"), 8, "a comment hides this"),
        (phase("```run cwd=x\ntrue\n```\n"), 7, "unknown attribute `cwd` of `run`; known are `in`"),
        (phase("```verify once\ntrue\n```\n"), 7, "unknown attribute `once`"),
        (phase("```run in=\"x\ntrue\n```\n"), 7, "second quote"),
        (phase("```run in=../x\ntrue\n```\n"), 7, "leads upwards"),
        (phase("```run in=/x\ntrue\n```\n"), 7, "is absolute"),
        (phase("```run timeout=0\ntrue\n```\n"), 7, "`timeout`"),
        (phase("```run timeout=86401\ntrue\n```\n"), 7, "`timeout`"),
        (phase("```run expect=256\ntrue\n```\n"), 7, "`expect`"),
        (phase("```run once=yes\ntrue\n```\n"), 7, "`once` has no value"),
        (phase("```run done-when=x\ntrue\n```\n"), 7, "needs `once`"),
        (phase("```run once once\ntrue\n```\n"), 7, "given twice"),
        (phase("```run\n \n```\n"), 7, "is empty"),
        (phase("```verify timeout=3\n```\n"), 7, "no script"),
        (phase("```ask\n\n```\n"), 7, "is empty"),
        (phase("```notify loud\nx\n```\n"), 7, "no attributes"),
        (phase("```phase\non_failure = \"retry\"\n```\n"), 8, "`stop` or `continue`"),
        (phase("```phase\nretries = 2\n```\n"), 8, "unknown key `retries`"),
        (phase(&format!("{step}```phase\n```\n")), 10, "before the steps"),
        (phase("```phase\n```\n```phase\n```\n"), 9, "there is one at line 7"),
        (phase(&format!("```edit\n{}```\n", piece("a\n", "b\n"))), 7, "no path"),
        (phase(&format!("```edit ../a\n{}```\n", piece("a\n", "b\n"))), 7, "leads upwards"),
        (phase(&format!("```edit .git/config\n{}```\n", piece("a\n", "b\n"))), 7, "to git"),
        (phase(&format!("```edit \"a\n{}```\n", piece("a\n", "b\n"))), 7, "quotes"),
        (edit(""), 7, "has no `<<<<<<< SEARCH`"),
        (edit("<<<<<<< SEARCH\nx\n>>>>>>> REPLACE\n"), 10, "has no `=======`"),
        (edit("<<<<<<< SEARCH\nx\n=======\ny\n"), 8, "never ends"),
        (edit("<<<<<<< SEARCH\n<<<<<<< SEARCH\n=======\n>>>>>>> X\n"), 9, "within that of line 8"),
        (edit("<<<<<<< SEARCH\n=======\n=======\n>>>>>>> REPLACE\n"), 10, "a second `=======`"),
        (edit("=======\n"), 8, "without a `<<<<<<< SEARCH`"),
        (edit(&format!("hello\n{}", piece("a\n", "b\n"))), 8, "in none of the pieces"),
        (edit(&piece("a\n", "a\n")), 8, "are the same"),
        (edit(&format!("{0}{0}", piece("", "a\n"))), 12, "must be the only piece"),
        (patched(""), 8, "no hunk"),
        (patched("--- a/x\n+++ b/x\n"), 8, "no hunk follows"),
        (patched("--- a/x\n@@ -1 +1 @@\n-a\n+b\n"), 8, "no line of `+++`"),
        (patched("--- a/../x\n+++ b/../x\n@@ -1 +1 @@\n-a\n+b\n"), 8, "leads upwards"),
        (patched("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-a\n+b\n"), 10, "do not fit"),
        (patched("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n"), 10, "do not fit"),
        (patched("--- a/x\n+++ b/x\n@@ @@\n-a\n+b\n"), 10, "begins with a line like"),
        (patched("--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"), 8, "two files"),
        (patched("diff --git a/x b/y\nrename from x\nrename to y\n"), 9, "cannot rename"),
        (patched("diff --git a/x b/x\nBinary files a/x and b/x differ\n"), 9, "no text"),
        (patched("Dear reader,\n"), 8, "belongs to no hunk"),
        (phase("```codemod\n\n```\n"), 7, "is empty"),
        (phase("```codemod ../src\nid: a\n```\n"), 7, "leads upwards"),
        (phase("```codemod a /b\nid: a\n```\n"), 7, "is absolute"),
        (phase("```codemod \"a\nid: a\n```\n"), 7, "quotes"),
        (phase("```codemod \"a\"b\nid: a\n```\n"), 7, "no blank after the path a"),
        (phase("```mcp\n```\n"), 7, "names no server"),
        (phase("```mcp tracker\n```\n"), 7, "names no tool"),
        (phase("```mcp tracker timeout=3\n```\n"), 7, "timeout=3 is no name of a tool"),
        (phase("```mcp -a b\n```\n"), 7, "-a is no name of a server"),
        (phase("```mcp a --b\n```\n"), 7, "--b is no name of a tool"),
        (
            phase("```mcp a b\n{\"x\": \"9007199254740993\",\n\"y\": [9007199254740993]}\n```\n"),
            9,
            "9007199254740993 would not be kept",
        ),
        (phase("```mcp a b\n{\"x\": 12345678901234567890123}\n```\n"), 8, "would not be kept"),
        (phase("```mcp a b\n{\"x\": 0.12345678901234567}\n```\n"), 8, "would not be kept"),
        (phase("```mcp a b once\n```\n"), 7, "unknown attribute `once` of `mcp`"),
        (phase("```mcp a b timeout\n```\n"), 7, "`timeout` needs a value"),
        (phase("```mcp a b timeout=0\n```\n"), 7, "`timeout` is 1 to"),
        (phase("```mcp a b readonly=yes\n```\n"), 7, "`readonly` has no value"),
        (phase("```mcp a b readonly done-when=x\n```\n"), 7, "needs no `done-when`"),
        (phase("```mcp a b timeout=1 timeout=2\n```\n"), 7, "given twice"),
        (phase("```mcp a b\n\n[1]\n```\n"), 9, "are a JSON object"),
        (phase("```mcp a b\n{\n\"x\": 1,\n}\n```\n"), 10, "no JSON"),
        (phase("```mcp a b\n{\"x\": 1,\n\"x\": 2}\n```\n"), 9, "`x` stands twice"),
        (phase("```mcp a b\n{\n```\n"), 8, "no JSON"),
        (phase("```agent\n\n```\n"), 7, "is empty"),
        (phase("```agent timeout=never\nx\n```\n"), 7, "`timeout` is 1 to"),
        (phase("```agent usd=free\nx\n```\n"), 7, "dollars above zero"),
        (phase("```agent tokens=-1\nx\n```\n"), 7, "tokens from 1"),
        (phase("```agent model=x\nx\n```\n"), 7, "unknown attribute `model` of `agent`"),
        (phase("```run\n\0\n```\n"), 8, "byte of value 0"),
        ("x".repeat(MOST_BYTES + 1), 1, "bytes"),
    ];
    for (text, line, part) in table {
        let shown: String = text.chars().take(300).collect();
        let Err(problems) = parse(&text) else { panic!("nothing is wrong with\n{shown}") };
        let said = problems.iter().any(|one| one.line == line && one.message.contains(part));
        assert!(said, "line {line}, {part}:\n{shown}\n{problems:#?}");
        assert!(problems.is_sorted_by_key(|one| one.line), "{problems:#?}");
    }
}

/// What the one step of a phase does.
#[track_caller]
fn action(text: &str) -> Action {
    let plan = good(&phase(text));
    let [step] = plan.phases[0].steps.as_slice() else { panic!("{:?}", plan.phases[0].steps) };
    assert_eq!(step.line, 7);
    step.action.clone()
}

#[test]
fn steps_of_others_say_what_they_are_given() {
    let rules = "id: a\nlanguage: python\nrule:\n  pattern: f($A)\nfix: g($A)\n";
    let codemod = action(&format!("```codemod src/ \"a b.py\" lib/**/*.py\n{rules}```\n"));
    assert_eq!(codemod.name(), "codemod");
    let paths = ["src", "a b.py", "lib/**/*.py"].map(str::to_owned).to_vec();
    assert_eq!(codemod, Action::Codemod { rules: rules.to_owned(), paths });
    let Action::Codemod { paths, .. } = action(&format!("```codemod\n{rules}```\n")) else {
        panic!("no codemod")
    };
    assert!(paths.is_empty());

    let call = Call {
        server: "tracker".to_owned(),
        tool: "issues/create".to_owned(),
        arguments: r#"{"a":[1,2.5,null],"title":"x \"y\"","z":{"b":true,"c":-3}}"#.to_owned(),
        readonly: false,
        seconds: 30,
        done_when: Some("test -f done".to_owned()),
    };
    let text = r#"
{"z": {"c": -3, "b": true}, "title": "x \"y\"",
 "a": [1, 2.5, null]}
"#;
    let head = "mcp tracker issues/create timeout=30 done-when=\"test -f done\"";
    assert_eq!(action(&format!("```{head}\n{text}```\n")), Action::Mcp(call));
    let Action::Mcp(call) = action("```mcp a b readonly\n\n```\n") else { panic!("no call") };
    assert_eq!((call.arguments.as_str(), call.readonly), ("{}", true));
    assert_eq!((call.seconds, call.done_when), (120, None));

    let agent = action("```agent\n\nDo it.\n\nAll of it.\n```\n");
    let prompt = "Do it.\n\nAll of it.".to_owned();
    assert_eq!(agent, Action::Agent { prompt, seconds: 1800, budget: Budget::default() });
    let agent = action("```agent timeout=60 usd=0.5 tokens=1000\nx\n```\n");
    let budget = Budget { usd: Some("0.5".to_owned()), tokens: Some(1000) };
    assert_eq!(agent, Action::Agent { prompt: "x".to_owned(), seconds: 60, budget });
}

#[test]
fn the_front_matter_bounds_what_models_may_use() {
    let step = "## Phase: one\n```run\ntrue\n```\n";
    let header = |more: &str| good(&headed(more, step)).header;
    assert_eq!(header("").budget, Budget::default());
    assert_eq!(header("").isolation, Isolation::Auto);
    assert_eq!(header("isolation = \"overlay\"\n").isolation, Isolation::Overlay);
    assert_eq!(header("isolation = \"auto\"\n").isolation, Isolation::Auto);
    let budget = header("[budget]\nusd = \"2.50\"\ntokens = 200000\n").budget;
    assert_eq!(budget, Budget { usd: Some("2.50".to_owned()), tokens: Some(200_000) });
}

#[test]
fn texts_that_are_worked_out_elsewhere_are_written_all_or_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    std::fs::write(root.join("a"), "1\n").expect("it is ours");
    let text = |path: &str, text: Option<&str>| (path.to_owned(), text.map(str::to_owned));
    let wrong = put(root, vec![text("a", Some("2\n")), text("../b", Some("x"))]);
    assert!(matches!(wrong, Err(EditError::Outside { .. })), "{wrong:?}");
    assert_eq!(std::fs::read_to_string(root.join("a")).expect("it is there"), "1\n");
    let texts = vec![text("a", None), text("c/d", Some("new\n")), text("none", None)];
    assert_eq!(put(root, texts).expect("they fit").len(), 2);
    assert!(!root.join("a").exists());
    assert_eq!(std::fs::read_to_string(root.join("c/d")).expect("it is there"), "new\n");
}

#[test]
fn a_change_is_shown_as_a_diff() {
    assert_eq!(unified("x", "a\n", "a\n"), "");
    let shown = unified("src/x", "a\nb\n", "a\nc\n");
    assert!(shown.starts_with("--- a/src/x\n+++ b/src/x\n@@ "), "{shown}");
    assert!(shown.contains("-b\n+c\n"), "{shown}");
}

#[test]
fn all_problems_are_found_at_once() {
    let text =
        "+++\nid = \"P\"\nminutes = 0\nx = 1\n+++\n## Phase: a\n```run y=1\n```\n## Phase: b\n";
    let problems = parse(text).expect_err("much is wrong");
    let lines: Vec<u32> = problems.iter().map(|one| one.line).collect();
    // No goal, no tree; then each in its line; the script is empty, too.
    assert_eq!(lines, [1, 1, 2, 3, 4, 7, 7, 9], "{problems:#?}");
}

#[test]
fn other_blocks_are_prose() {
    let step = "```run\ntrue\n```\n";
    for word in
        ["", "rust", "ruby", "r", "diff", "awk", "batch", "bun", "python {.run}", "text run"]
    {
        let plan = good(&phase(&format!("```{word}\nfalse\n```\n{step}")));
        assert_eq!(plan.phases[0].steps.len(), 1, "{word}");
    }
    let comment = good(&phase(&format!("<!-- a comment -->\n{step}<!--\nmore\n-->\n")));
    assert_eq!(comment.phases[0].steps.len(), 1);
}

/// Lines that plans have, right and wrong.
const LINES: [&str; 48] = [
    "+++",
    "id = \"a\"",
    "goal = \"b\"",
    "tree = \"/t\"",
    "minutes = 3",
    "x = [",
    "domains = [\"é\"]",
    "",
    " ",
    "prose",
    "# Phase: x",
    "## Phase: a",
    "## Phase: b",
    "## Phase:",
    "## phase: ü ##",
    "```",
    "````",
    "~~~",
    "   ```",
    "    ```run",
    "  ```run",
    "```run",
    "```run in=\"a\\\"b\" timeout=1",
    "```run =\"",
    "~~~~run once done-when=`x`",
    "```verify",
    "```verify expect=é",
    "```phase",
    "on_failure = \"stop\"",
    "```ask",
    "```notify",
    "```agent",
    "```runé",
    "```edit a/b",
    "```edit \"é",
    "<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "```patch",
    "--- a/x",
    "+++ b/x",
    "+++ /dev/null",
    "@@ -1 +1 @@",
    "@@ -1,2 +1,99999999999999999999 @@",
    "-a",
    "+b",
    "\\ No newline at end of file",
    "<!-- é",
];

fn plan_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        9 => prop::sample::select(LINES.to_vec()).prop_map(str::to_owned),
        1 => prop::collection::vec(any::<char>(), 0..6)
            .prop_map(|letters| letters.into_iter().collect::<String>()),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", ""]);
    let lines = prop::collection::vec((line, end), 0..40);
    (any::<bool>(), lines).prop_map(|(begun, lines)| {
        let mut text = if begun { headed("", "## Phase: one\n") } else { String::new() };
        for (line, end) in lines {
            text.push_str(&line);
            text.push_str(end);
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_makes_the_reader_panic(text in plan_like()) {
        let last = u32::try_from(text.split('\n').count()).expect("a short text");
        match parse(&text) {
            Ok(plan) => {
                prop_assert!(!plan.phases.is_empty());
                prop_assert!(plan.phases.iter().all(|phase| !phase.steps.is_empty()));
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                let within = |one: &Problem| (1..=last).contains(&one.line);
                prop_assert!(problems.iter().all(within), "{} {:#?}", last, problems);
            }
        }
    }
}

fn piece(before: &str, after: &str) -> Replacement {
    Replacement { line: 8, before: before.to_owned(), after: after.to_owned() }
}

#[track_caller]
fn replaced(text: &str, pieces: &[Replacement]) -> String {
    replace("f", Some(text), pieces).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn refused(text: &str, before: &str, after: &str) -> EditError {
    match replace("f", Some(text), &[piece(before, after)]) {
        Err(error) => error,
        Ok(text) => panic!("it was replaced: {text:?}"),
    }
}

#[test]
fn what_is_there_once_is_replaced() {
    assert_eq!(replaced("a\nb\nc\n", &[piece("b\n", "B\nBB\n")]), "a\nB\nBB\nc\n");
    assert_eq!(replaced("a\nb\nc\n", &[piece("b\n", "")]), "a\nc\n");
    assert_eq!(replaced("ab\nb\n", &[piece("b\n", "c\n")]), "ab\nc\n");
    // Each finds what those before have left.
    assert_eq!(replaced("a\nb\n", &[piece("a\n", "x\n"), piece("x\nb\n", "y\n")]), "y\n");
    assert_eq!(replace("f", None, &[piece("", "new\n")]).expect("a new file"), "new\n");
}

#[test]
fn what_is_not_there_once_is_refused() {
    let EditError::Ambiguous { times, lines, .. } = refused("a\na\na\n", "a\na\n", "b\n") else {
        panic!("not ambiguous")
    };
    assert_eq!((times, lines), (2, vec![1, 2]));
    assert!(matches!(refused("ab\n", "b\n", "c\n"), EditError::NotFound { line: 8, .. }));
    let told = |text: &str, before: &str, after: &str| refused(text, before, after).to_string();
    let spaces = told("if x:\n    y()\n\n    z()\n", "  y()\n  z()\n", "a()\n");
    assert!(spaces.contains("other white space") && spaces.contains("line 2"), "{spaces}");
    let part = told("a\nb\nc\n", "b\nd\n", "x\n");
    assert!(part.contains("like line 2") && part.contains("its line 2"), "{part}");
    let done = told("a\nB\n", "b\n", "B\n");
    assert!(done.contains("REPLACE text is, at line 2"), "{done}");
    let indented = told("a\n  b\n", "b\n", "  b\n");
    assert!(indented.contains("REPLACE text is, at line 2"), "{indented}");
    let nowhere = told("a\n", "z\n", "x\n");
    assert!(nowhere.contains("read the file again"), "{nowhere}");
    assert!(matches!(refused("a\n", "", "b\n"), EditError::Exists { .. }));
    assert!(matches!(refused("", "", "b\n"), EditError::Exists { .. }));
    let missing = replace("f", None, &[piece("a\n", "b\n")]);
    assert!(matches!(missing, Err(EditError::Missing { .. })), "{missing:?}");
}

#[test]
fn a_file_keeps_its_line_ends() {
    assert_eq!(replaced("a\r\nb\r\n", &[piece("b\n", "B\nC\n")]), "a\r\nB\r\nC\r\n");
    assert_eq!(replaced("a\nb\n", &[piece("b\r\n", "B\r\nC\r\n")]), "a\nB\nC\n");
    assert_eq!(replaced("a\r\nb\nc\n", &[piece("b\n", "B\n")]), "a\r\nB\nc\n");
    // And its last line without one.
    assert_eq!(replaced("a\nb", &[piece("b\n", "B\n")]), "a\nB");
    assert_eq!(replaced("a\nb", &[piece("a\n", "A\n")]), "A\nb");
    assert_eq!(replaced("a\nb", &[piece("b\n", "")]), "a\n");
    assert_eq!(replaced("a\r\nb", &[piece("b\n", "B\n")]), "a\r\nB");
}

type Patched = Result<Vec<(String, Option<String>)>, EditError>;

fn patched(files: &[(&str, &str)], text: &str) -> Patched {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    patch(text, &mut |path: &str| Ok(files.get(path).map(|text| (*text).to_owned())))
}

#[test]
fn a_patch_changes_makes_and_deletes_files() {
    let text = "diff --git a/src/a b/src/a\nindex 111..222 100644\n--- a/src/a\n+++ b/src/a\n\
                @@ -1,3 +1,2 @@\n one\n--- two\n three\n@@ -7 +6 @@\n-seven\n+sieben\n\
                diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n\
                @@ -0,0 +1,2 @@\n+x\n+y\n\
                diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n\
                @@ -1 +0,0 @@\n-bye\n\\ No newline at end of file\n";
    let files = [("src/a", "one\n-- two\nthree\n4\n5\n6\nseven\n"), ("old", "bye")];
    let results = patched(&files, text).expect("it fits");
    let expected = [
        ("src/a".to_owned(), Some("one\nthree\n4\n5\n6\nsieben\n".to_owned())),
        ("new".to_owned(), Some("x\ny\n".to_owned())),
        ("old".to_owned(), None),
    ];
    assert_eq!(results, expected);
}

#[test]
fn a_patch_that_does_not_fit_is_refused() {
    let change = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n@@ -5 +5 @@\n-e\n+E\n";
    let fits = patched(&[("f", "a\nb\nc\nd\ne\n")], change).expect("it fits");
    assert_eq!(fits, [("f".to_owned(), Some("a\nB\nc\nd\nE\n".to_owned()))]);
    // Elsewhere, but the same lines.
    let moved = patched(&[("f", "0\n1\na\nb\nc\nd\ne\n")], change).expect("it fits");
    assert_eq!(moved, [("f".to_owned(), Some("0\n1\na\nB\nc\nd\nE\n".to_owned()))]);
    let unfit = patched(&[("f", "a\nb\nc\nd\nx\n")], change).expect_err("no e");
    let EditError::Context { path, hunk, reason } = unfit else { panic!("{unfit}") };
    assert_eq!((path.as_str(), hunk), ("f", 2));
    assert!(reason.contains("line 7 of the patch"), "{reason}");
    let unfit = patched(&[("f", "a \nb\nc\nd\ne\n")], change).expect_err("another context");
    assert!(matches!(unfit, EditError::Context { hunk: 1, .. }), "{unfit}");
    let missing = patched(&[], change).expect_err("no file");
    assert!(matches!(missing, EditError::Missing { .. }), "{missing}");
    let make = "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+x\n";
    let exists = patched(&[("f", "")], make).expect_err("it is there");
    assert!(matches!(exists, EditError::Exists { .. }), "{exists}");
    let delete = "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
    let more = patched(&[("f", "x\ny\n")], delete).expect_err("there is more");
    assert!(matches!(more, EditError::Context { .. }), "{more}");
    let outside = patched(&[], &make.replace("b/f", "b/../f")).expect_err("outside");
    assert!(matches!(outside, EditError::Malformed { .. }), "{outside}");
}

#[test]
fn a_patch_keeps_line_ends() {
    let change = "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\n\n-b\n+B\n";
    let windows = patched(&[("f", "a\r\n\r\nb\r\n")], change).expect("it fits");
    assert_eq!(windows, [("f".to_owned(), Some("a\r\n\r\nB\r\n".to_owned()))]);
    let unix = patched(&[("f", "a\n\nb\n")], &change.replace('\n', "\r\n")).expect("it fits");
    assert_eq!(unix, [("f".to_owned(), Some("a\n\nB\n".to_owned()))]);
    let open = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+B\n\
                \\ No newline at end of file\n";
    for (change, before, after) in [
        (open.to_owned(), "a\nb", "a\nB"),
        (open.to_owned(), "a\r\nb", "a\r\nB"),
        (open.replace('\n', "\r\n"), "a\nb", "a\nB"),
    ] {
        let results = patched(&[("f", before)], &change).expect("it fits");
        assert_eq!(results, [("f".to_owned(), Some(after.to_owned()))]);
    }
}

fn edit(path: &str, before: &str, after: &str) -> Action {
    Action::Edit { path: path.to_owned(), replacements: vec![piece(before, after)] }
}

#[test]
fn files_of_the_tree_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("it is there");
    let script = root.join("run.sh");
    std::fs::write(&script, "a\n").expect("it is ours");
    let mode = std::fs::Permissions::from_mode(0o754);
    std::fs::set_permissions(&script, mode).expect("it is ours");
    assert_eq!(
        apply(&root, &edit("run.sh", "a\n", "b\n")).expect("it fits"),
        std::slice::from_ref(&script)
    );
    assert_eq!(std::fs::read_to_string(&script).expect("it is there"), "b\n");
    let mode = script.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o754);
    let made = apply(&root, &edit("deep/er/new", "", "x\n")).expect("it is new");
    assert_eq!(made, [root.join("deep/er/new")]);
    assert_eq!(std::fs::read_to_string(&made[0]).expect("it is there"), "x\n");
    let text = "--- a/deep/er/new\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
                --- /dev/null\n+++ b/other\n@@ -0,0 +1 @@\n+y\n";
    let changed = apply(&root, &Action::Patch { text: text.to_owned() }).expect("it fits");
    assert_eq!(changed, [root.join("deep/er/new"), root.join("other")]);
    assert!(!made[0].exists());
    let nothing = apply(&root, &Action::Notify { text: "x".to_owned() }).expect("nothing to do");
    assert_eq!(nothing, [] as [std::path::PathBuf; 0]);
    // All or nothing.
    let text = "--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-b\n+c\n\
                --- a/other\n+++ b/other\n@@ -1 +1 @@\n-z\n+c\n";
    apply(&root, &Action::Patch { text: text.to_owned() }).expect_err("the second does not fit");
    assert_eq!(std::fs::read_to_string(&script).expect("it is there"), "b\n");
    let names: Vec<String> = std::fs::read_dir(&root)
        .expect("it is there")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".qf"))
        .collect();
    assert_eq!(names, [""; 0]);
}

#[test]
fn nothing_outside_of_the_tree_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("tree");
    std::fs::create_dir_all(root.join(".git")).expect("it is ours");
    std::fs::create_dir(folder.path().join("elsewhere")).expect("it is ours");
    std::fs::write(folder.path().join("elsewhere/f"), "a\n").expect("it is ours");
    std::fs::write(root.join("binary"), b"a\n\xff\n").expect("it is ours");
    symlink("../elsewhere", root.join("out")).expect("it is ours");
    symlink("../elsewhere/f", root.join("link")).expect("it is ours");
    symlink("../nowhere", root.join("dangling")).expect("it is ours");
    symlink(".git", root.join("repository")).expect("it is ours");
    let refused = |path: &str, before: &str| {
        apply(&root, &edit(path, before, "b\n")).expect_err("it is outside")
    };
    for path in ["../elsewhere/f", "/etc/passwd", ".git/hooks/x", "sub/.GIT/x", "", "a/../../x"] {
        assert!(matches!(refused(path, ""), EditError::Outside { .. }), "{path}");
    }
    for path in ["out/f", "out/new/g", "dangling/x", "repository/x"] {
        assert!(matches!(refused(path, ""), EditError::Outside { .. }), "{path}");
    }
    assert!(matches!(refused("link", "a\n"), EditError::NotAFile { .. }));
    assert!(matches!(refused("dangling", ""), EditError::NotAFile { .. }));
    assert!(matches!(refused("binary", "a\n"), EditError::NotText { .. }));
    let there = std::fs::read_to_string(folder.path().join("elsewhere/f")).expect("it is there");
    assert_eq!(there, "a\n");
    assert!(!folder.path().join("nowhere").exists());
    assert!(!root.join(".git/x").exists());
}

#[test]
fn only_what_was_approved_is_carried_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let plans = Plans::new(&Home::new(folder.path().join("home")));
    assert!(plans.list().expect("there is none").is_empty());
    let text = phase("```run\ntrue\n```\n");
    let path = plans.create("first-one", &text).expect("it is new");
    assert_eq!(path, plans.path("first-one"));
    let mode = plans.folder_of("first-one").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let again = plans.create("first-one", &text).expect_err("it is there");
    assert!(matches!(again, PlanError::Exists { .. }), "{again}");
    let name = plans.create("../first", &text).expect_err("no name");
    assert!(matches!(name, PlanError::Name { .. }), "{name}");

    assert_eq!(plans.approval("first-one").expect("it is there"), Approval::None);
    let refused = plans.approved("first-one").expect_err("nobody approved it");
    assert!(matches!(refused, PlanError::NotApproved { .. }), "{refused}");
    assert_eq!(plans.approved_text("first-one").expect("it is there"), None);
    let hash = plans.approve("first-one", "somebody").expect("nothing is wrong with it");
    assert_eq!(hash.len(), 64);
    let Approval::Approved { at, by } = plans.approval("first-one").expect("it is there") else {
        panic!("not approved")
    };
    assert_eq!((at.len(), by.as_str()), ("2026-01-01T00:00:00Z".len(), "somebody"));
    let (plan, same) = plans.approved("first-one").expect("it is approved");
    assert_eq!((plan.header.id.as_str(), same), ("p", hash));

    let changed = text.replace("true", "false");
    std::fs::write(&path, &changed).expect("it is ours");
    let refused = plans.approved("first-one").expect_err("it was changed");
    assert!(matches!(refused, PlanError::ChangedAfterApproval { .. }), "{refused}");
    let state = plans.approval("first-one").expect("it is there");
    assert_eq!(state, Approval::Changed { at });
    let before = plans.approved_text("first-one").expect("it is there").expect("it was approved");
    assert_eq!(before, text);
    let told = diff(&before, &plans.read("first-one").expect("it is there"));
    assert!(told.contains("\n-true\n+false\n"), "{told}");
    assert_eq!(diff(&before, &text), "");
    // As it was, it is approved still.
    std::fs::write(&path, &text).expect("it is ours");
    plans.approved("first-one").expect("it is what was approved");

    std::fs::write(&path, "wrong").expect("it is ours");
    let refused = plans.approve("first-one", "somebody").expect_err("it is no plan");
    assert!(matches!(&refused, PlanError::Problems(problems) if problems.len() == 2), "{refused}");
    std::fs::write(&path, b"+++\n\xff").expect("it is ours");
    let refused = plans.read("first-one").expect_err("it is no text");
    assert!(matches!(refused, PlanError::NotText { at: 4, .. }), "{refused}");
    plans.remove("first-one").expect("it is there");
    assert!(!plans.folder_of("first-one").exists());
    let gone = plans.remove("first-one").expect_err("it is gone");
    assert!(matches!(gone, PlanError::Unknown { .. }), "{gone}");
}

#[test]
fn plans_are_found_by_the_beginning_of_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let plans = Plans::new(&Home::new(folder.path()));
    let text = phase("```run\ntrue\n```\n");
    for id in ["rename", "rename-two", "add"] {
        plans.create(id, &text).expect("it is new");
    }
    plans.approve("add", "somebody").expect("nothing is wrong with it");
    plans.create("broken", "no plan").expect("it is new");
    std::fs::create_dir(folder.path().join("plans/empty")).expect("it is ours");
    std::fs::create_dir(folder.path().join("plans/.hidden")).expect("it is ours");
    let entries = plans.list().expect("there are some");
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["add", "broken", "rename", "rename-two"]);
    assert_eq!((entries[0].goal.as_deref(), entries[0].problems), (Some("a goal"), 0));
    assert!(matches!(entries[0].state, Approval::Approved { .. }));
    assert!(entries[0].changed > 1_700_000_000);
    assert_eq!((entries[1].goal.as_deref(), entries[1].problems), (None, 2));
    assert_eq!(plans.find("a").expect("one only"), "add");
    assert_eq!(plans.find("rename").expect("it is the whole name"), "rename");
    assert_eq!(plans.find("rename-").expect("one only"), "rename-two");
    let several = plans.find("ren").expect_err("two");
    let PlanError::Ambiguous { candidates, .. } = several else { panic!("{several}") };
    assert_eq!(candidates, ["rename", "rename-two"]);
    for unknown in ["x", "", "../plans/add"] {
        let error = plans.find(unknown).expect_err("none");
        let PlanError::Unknown { known, .. } = &error else { panic!("{error}") };
        assert_eq!(known.len(), 4);
    }
    for id in ["../plans/add", "nothing", "empty"] {
        let error = plans.read(id).expect_err("none");
        assert!(matches!(error, PlanError::Unknown { .. }), "{error}");
        let error = plans.approved(id).expect_err("none");
        assert!(matches!(error, PlanError::Unknown { .. }), "{error}");
    }
    // What a killed `create` left is written over.
    plans.create("empty", &text).expect("there is no plan in it");
}

#[test]
fn a_hunk_that_may_mean_several_places_is_refused() {
    let patch = |text: &str, file: &str| {
        let mut read = |_: &str| Ok(Some(file.to_owned()));
        qf_agent::plan::edit::patch(text, &mut read)
    };
    let two = "--- a/x\n+++ b/x\n@@ -3 +2,0 @@\n-}\n";
    assert!(patch(two, "}\na\n}\n").is_err());
    let one = "--- a/x\n+++ b/x\n@@ -2,2 +2 @@\n a\n-}\n";
    let made = patch(one, "}\na\n}\n").expect("it is there once");
    assert_eq!(made, [("x".to_owned(), Some("}\na\n".to_owned()))]);
    let nowhere = "--- a/x\n+++ b/x\n@@ -1,0 +2 @@\n+new\n";
    assert!(patch(nowhere, "a\n").is_err());
}

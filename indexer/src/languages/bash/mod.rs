//! Shell scripts: functions, the commands they run and the files they source.
//!
//! Every command is a call by name; only functions of the program can be meant, everything else
//! is a program of the system. Variables are the whole script's unless they are declared local.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field, Nth};
use crate::languages::generic::rules::{FunctionRule, Rule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Declares, Grammar, Table, Walker};
use crate::layout::Layout;
use qf_graph::facts::{
    BindingValue, Expression, ExpressionId, FileFacts, Import, ImportKind, ReferenceFlags,
    ScopeKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_bash::LANGUAGE.into());

/// Bash and its relatives.
pub static BASH: Table = Table {
    name: "bash",
    extensions: &["sh", "bash", "zsh", "ksh", "bats"],
    file_names: &[".bashrc", ".bash_profile", ".profile", ".zshrc", "PKGBUILD", "APKBUILD"],
    interpreters: &["sh", "bash", "dash", "zsh", "ksh", "bats"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        (
            "function_definition",
            Rule::Function(FunctionRule { parameters: At::None, ..FunctionRule::USUAL }),
        ),
        ("command", Rule::Custom(command)),
        ("declaration_command", Rule::Custom(declaration)),
        ("variable_assignment", Rule::Assign(Field("name"), Field("value"))),
        ("for_statement", Rule::Custom(loop_over)),
        ("variable_name", Rule::Name),
        ("special_variable_name", Rule::Skip),
        ("subscript", Rule::Index(Field("name"), Field("index"))),
        ("simple_expansion", Rule::Transparent),
        ("expansion", Rule::Transparent),
        ("string", Rule::Text),
        ("raw_string", Rule::Text),
        ("ansi_c_string", Rule::Text),
        ("heredoc_body", Rule::Text),
        ("heredoc_start", Rule::Skip),
        ("heredoc_end", Rule::Skip),
        ("heredoc_content", Rule::TextPart),
        ("string_content", Rule::TextPart),
        ("concatenation", Rule::Text),
        ("word", Rule::TextPart),
        ("number", Rule::Literal("int")),
        ("regex", Rule::Skip),
        ("file_descriptor", Rule::Skip),
        ("test_operator", Rule::Skip),
    ],
    declares: Declares::Module,
    capitals_are_constants: true,
    name_hook: Some(positional),
    semantics: &RULES,
    ..Table::EMPTY
};

/// `$1` is no name.
fn positional(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<ExpressionId> {
    walker
        .text(node)
        .chars()
        .all(|c| c.is_ascii_digit() || !c.is_alphanumeric() && c != '_')
        .then_some(ExpressionId::UNKNOWN)
}

fn command(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(name);
    let mut values = Vec::new();
    let mut cursor = node.walk();
    let arguments: Vec<Node<'_>> = node.children_by_field_name("argument", &mut cursor).collect();
    for argument in &arguments {
        let value = walker.visit(*argument);
        values.push(value);
    }
    walker.children_except(node, &[&[name][..], &arguments[..]].concat());
    let plain = name.named_child_count() == 1
        && Nth(0).find(name).is_some_and(|word| word.kind() == "word");
    if !plain {
        walker.children(name);
        return ExpressionId::UNKNOWN;
    }
    match (text, arguments.first()) {
        ("source" | ".", Some(path)) => {
            let sourced = constant_tail(walker.text(*path));
            if !sourced.is_empty() {
                walker.out.import(&sourced, None, None, ImportKind::Star, 0, true, range(*path));
            }
            return ExpressionId::UNKNOWN;
        }
        // A handler is named, not run.
        ("trap", Some(handler)) if handler.kind() == "word" => {
            let handler_name = walker.text(*handler);
            let value = walker.out.name_expression(handler_name);
            walker.out.read_reference(handler_name, range(*handler), value);
        }
        (
            "read" | "mapfile" | "readarray" | "unset" | "shift" | "return" | "exit" | "break"
            | "continue",
            _,
        ) => {
            return ExpressionId::UNKNOWN;
        }
        _ => {}
    }
    let callee = walker.out.name_expression(text);
    let call = walker.out.call(callee, &values);
    walker.out.call_reference(text, range(name), call, ReferenceFlags::empty());
    call
}

/// The part of a path that does not depend on a variable: `lib/x.sh` of `"$DIR/lib/x.sh"`.
fn constant_tail(text: &str) -> String {
    let text = text.trim_matches(['"', '\'']);
    let start = text.rfind([')', '}']).map_or(0, |at| at + 1);
    let rest = &text[start..];
    let rest = match rest.rfind('$') {
        Some(at) => rest[at..].split_once('/').map_or("", |(_, tail)| tail),
        None => rest,
    };
    rest.trim_start_matches('/').to_owned()
}

/// `local x=1`, `declare -A m`, `export PATH=…`, `readonly LIMIT=3`.
fn declaration(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let word = node.child(0).map_or("", |word| word.kind());
    let is_local = matches!(word, "local" | "declare" | "typeset" | "readonly")
        && walker.place() == ScopeKind::Function
        && word != "readonly";
    if !is_local {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    }
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let (name, value) = match child.kind() {
            "variable_assignment" => (Field("name").find(child), Field("value").find(child)),
            "variable_name" => (Some(child), None),
            _ => (None, None),
        };
        let value = value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value));
        if let Some(name) = name {
            let text = walker.text(name);
            let scope = walker.out.function_scope();
            let bound = if value == ExpressionId::UNKNOWN {
                BindingValue::Unknown
            } else {
                BindingValue::Value(value)
            };
            walker.out.bind(scope, text, range(name).start, bound);
            walker.note_local(text);
        }
    }
    ExpressionId::UNKNOWN
}

fn loop_over(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let variable = Field("variable").find(node);
    if let Some(variable) = variable {
        let _: Expression = Expression::Unknown;
        walker.bind_pattern(variable, ExpressionId::UNKNOWN);
    }
    let done: Vec<Node<'_>> = variable.into_iter().collect();
    walker.children_except(node, &done);
    ExpressionId::UNKNOWN
}

static RULES: Rules = Rules {
    candidates,
    builtins: BUILTINS,
    tests: |path| {
        path.rsplit('.').next() == Some("bats")
            || semantics::stem(path).starts_with("test_")
            || semantics::stem(path).ends_with("_test")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    semantics::path_candidates(
        module,
        path,
        layout,
        &["", "lib", "scripts", "bin"],
        &["", ".sh", ".bash"],
    )
}

const BUILTINS: &[&str] = &[
    "HOME",
    "IFS",
    "OPTARG",
    "PATH",
    "PWD",
    "RANDOM",
    "USER",
    "alias",
    "apt",
    "apt-get",
    "awk",
    "basename",
    "bash",
    "bc",
    "bg",
    "brew",
    "builtin",
    "bunzip2",
    "cargo",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cmake",
    "cmp",
    "command",
    "cp",
    "curl",
    "cut",
    "date",
    "dd",
    "declare",
    "df",
    "diff",
    "dirname",
    "docker",
    "du",
    "echo",
    "env",
    "eval",
    "exec",
    "exit",
    "export",
    "expr",
    "false",
    "fg",
    "file",
    "find",
    "gcc",
    "getopts",
    "git",
    "go",
    "grep",
    "gunzip",
    "gzip",
    "head",
    "hostname",
    "id",
    "install",
    "java",
    "jobs",
    "jq",
    "kill",
    "kubectl",
    "less",
    "let",
    "ln",
    "local",
    "ls",
    "make",
    "md5sum",
    "mkdir",
    "mktemp",
    "mv",
    "nc",
    "node",
    "npm",
    "nproc",
    "openssl",
    "patch",
    "pip",
    "popd",
    "printf",
    "ps",
    "pushd",
    "pwd",
    "python",
    "python3",
    "read",
    "readlink",
    "realpath",
    "return",
    "rm",
    "rmdir",
    "rsync",
    "sed",
    "seq",
    "set",
    "sh",
    "sha256sum",
    "shift",
    "shopt",
    "sleep",
    "sort",
    "source",
    "ssh",
    "stat",
    "strip",
    "su",
    "sudo",
    "tail",
    "tar",
    "tee",
    "terraform",
    "test",
    "time",
    "timeout",
    "touch",
    "tput",
    "tr",
    "trap",
    "true",
    "type",
    "ulimit",
    "umask",
    "uname",
    "uniq",
    "unset",
    "unzip",
    "wait",
    "wc",
    "wget",
    "which",
    "whoami",
    "xargs",
    "yes",
    "zip",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }

    #[test]
    fn variables_are_cut_from_sourced_paths() {
        assert_eq!(super::constant_tail("\"$DIR/lib/x.sh\""), "lib/x.sh");
        assert_eq!(super::constant_tail("\"$(dirname \"$0\")/x.sh\""), "x.sh");
        assert_eq!(super::constant_tail("./x.sh"), "./x.sh");
        assert_eq!(super::constant_tail("$FILE"), "");
    }
}

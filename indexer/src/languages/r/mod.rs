//! R: functions assigned to names, packages, pipes.
//!
//! All files of a package share one environment, so a file's scope stands under its path and
//! under the key of the folder it is in (`R/`). A pipe's left side is the first argument of its
//! right side.

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Declares, Function, Grammar, Table, Type, Walker};
use crate::languages::language::NamespaceKey;
use crate::layout::{self, Layout};
use qf_graph::facts::{
    ExpressionId, FileFacts, Import, ImportKind, ParameterKind, ReferenceFlags, ScopeId, ScopeKind,
    SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_r::LANGUAGE.into());

/// R.
pub static R: Table = Table {
    name: "r",
    extensions: &["r"],
    interpreters: &["Rscript"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("comma", Rule::Token),
        ("binary_operator", Rule::Custom(operator)),
        ("function_definition", Rule::Lambda(Field("parameters"), Field("body"))),
        (
            "parameter",
            Rule::Parameter(Field("name"), At::None, Field("default"), ParameterKind::Plain),
        ),
        ("braced_expression", Rule::Sequence),
        ("parenthesized_expression", Rule::Transparent),
        ("identifier", Rule::Name),
        ("extract_operator", Rule::Member(Field("lhs"), Field("rhs"))),
        ("namespace_operator", Rule::Member(Field("lhs"), Field("rhs"))),
        ("call", Rule::Custom(call)),
        ("argument", Rule::Argument(Field("name"), Field("value"))),
        ("subset", Rule::Index(Field("function"), Field("arguments"))),
        ("subset2", Rule::Index(Field("function"), Field("arguments"))),
        ("for_statement", Rule::Loop(Field("variable"), At::None, Field("sequence"))),
        ("if_statement", Rule::Either(&["consequence", "alternative"])),
        ("string", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("string_open", Rule::Skip),
        ("string_close", Rule::Skip),
        ("float", Rule::Literal("float")),
        ("integer", Rule::Literal("int")),
        ("true", Rule::Literal("bool")),
        ("false", Rule::Literal("bool")),
        ("null", Rule::Skip),
        ("na", Rule::Skip),
        ("dots", Rule::Name),
    ],
    types: &[("identifier", TypeRule::Named)],
    declares: Declares::Local,
    this: &["self"],
    implicit_fields: true,
    capitals_are_constants: true,
    semantics: &RULES,
    ..Table::EMPTY
};

/// Assignments in all directions, pipes, arithmetic.
fn operator(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) = (Field("lhs").find(node), Field("rhs").find(node)) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let operator = Field("operator").find(node).map_or("", |operator| walker.text(operator));
    match operator {
        "<-" | "=" | ":=" => assign(walker, node, left, right),
        "->" | "->>" => assign(walker, node, right, left),
        "<<-" => {
            // Writes the variable around the function.
            let value = walker.visit(right);
            if left.kind() == "identifier" {
                let text = walker.text(left);
                let name = walker.out.name_expression(text);
                walker.out.write_reference(
                    text,
                    range(left),
                    name,
                    Some(value),
                    ReferenceFlags::empty(),
                );
            } else {
                walker.target(left, Some(value), ReferenceFlags::empty());
            }
            value
        }
        "|>" | "%>%" | "%<>%" => {
            let first = walker.visit(left);
            if right.kind() != "call" {
                let callee = walker.callee(right);
                return walker.note_call(callee, &[first], ReferenceFlags::empty(), None);
            }
            let Some(target) = Field("function").find(right) else { return ExpressionId::UNKNOWN };
            let callee = walker.callee(target);
            let mut values = vec![first];
            if let Some(list) = Field("arguments").find(right) {
                let rest = walker.arguments(list);
                values.extend(rest);
            }
            walker.note_call(callee, &values, ReferenceFlags::empty(), None)
        }
        _ => {
            walker.visit(left);
            walker.visit(right);
            ExpressionId::UNKNOWN
        }
    }
}

fn assign(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    left: Node<'_>,
    right: Node<'_>,
) -> ExpressionId {
    if let (Rule::Lambda(parameters, body), "identifier" | "string") =
        (walker.rule(right), left.kind())
    {
        walker.wrap_from(node);
        let name = walker.text(left).trim_matches(['"', '\'', '`']);
        walker.lambda_named(right, parameters, body, name, range(left));
        return ExpressionId::UNKNOWN;
    }
    if right.kind() == "call"
        && left.kind() == "identifier"
        && walker.place() != ScopeKind::Function
    {
        let maker = Field("function").find(right).map_or("", |maker| walker.last_name(maker));
        if matches!(maker, "R6Class" | "setRefClass") {
            class(walker, node, left, right);
            return ExpressionId::UNKNOWN;
        }
    }
    let doc = walker.take_doc();
    let value = walker.visit(right);
    walker.put_doc(doc);
    if left.kind() == "call" {
        // `names(x) <- v` changes `x`.
        if let Some(list) = Field("arguments").find(left) {
            walker.arguments(list);
        }
        return value;
    }
    walker.target(
        left,
        Some(value).filter(|value| *value != ExpressionId::UNKNOWN),
        ReferenceFlags::empty(),
    );
    value
}

/// `Person <- R6Class("Person", public = list(name = NULL, hello = function() …))`.
fn class(walker: &mut Walker<'_, '_>, node: Node<'_>, name: Node<'_>, call: Node<'_>) {
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Class);
    found.done.extend([name, call]);
    let id = walker.type_definition(node, &found);
    let Some(scope) = walker.out.get(id).scope else { return };
    walker.out.push_parent(id);
    walker.out.reopen_scope(scope);
    if let Some(list) = Field("arguments").find(call) {
        let mut cursor = list.walk();
        for argument in list.named_children(&mut cursor).filter(|child| child.kind() == "argument")
        {
            let section = Field("name").find(argument).map_or("", |name| walker.text(name));
            let value = Field("value").find(argument);
            match (section, value) {
                ("public" | "private" | "active" | "methods" | "fields", Some(value)) => {
                    members(walker, value);
                }
                ("inherit" | "contains", Some(value)) if value.kind() == "identifier" => {
                    walker.base(value, id);
                }
                (_, Some(value)) if section.is_empty() && value.kind() == "string" => {}
                (_, Some(value)) => {
                    walker.visit(value);
                }
                _ => {}
            }
        }
    }
    walker.out.close_scope();
    walker.out.pop_parent();
}

fn members(walker: &mut Walker<'_, '_>, list: Node<'_>) {
    let Some(arguments) = Field("arguments").find(list) else { return };
    let mut cursor = arguments.walk();
    for argument in arguments.named_children(&mut cursor).filter(|child| child.kind() == "argument")
    {
        let (Some(name), Some(value)) =
            (Field("name").find(argument), Field("value").find(argument))
        else {
            walker.visit(argument);
            continue;
        };
        if value.kind() == "function_definition" {
            let mut function = Function::named(walker.text(name), range(name));
            function.parameters.extend(Field("parameters").find(value));
            function.body = Field("body").find(value);
            function.done.push(name);
            walker.function(value, &function);
        } else {
            walker.declare(argument, name, SymbolKind::Field, None, Some(value));
        }
    }
}

fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(target), Some(list)) = (Field("function").find(node), Field("arguments").find(node))
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let value_at = |position: u32| {
        let mut cursor = list.walk();
        list.named_children(&mut cursor)
            .filter(|child| child.kind() == "argument")
            .nth(position as usize)
            .and_then(|argument| Field("value").find(argument))
    };
    match (walker.text(target), value_at(0)) {
        ("library" | "require" | "requireNamespace" | "loadNamespace", Some(package)) => {
            let name = walker.text(package).trim_matches(['"', '\'']);
            walker.out.import(name, None, None, ImportKind::Star, 0, false, range(package));
            return ExpressionId::UNKNOWN;
        }
        ("source", Some(path)) if path.kind() == "string" => {
            let name = walker.text(path).trim_matches(['"', '\'']);
            walker.out.import(name, None, None, ImportKind::Star, 0, true, range(path));
            return ExpressionId::UNKNOWN;
        }
        ("return" | "invisible", value) => {
            let value = value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value));
            walker.returned(value);
            return value;
        }
        ("test_that" | "it", Some(title)) if walker.test_call(node, Some(title), value_at(1)) => {
            return ExpressionId::UNKNOWN;
        }
        ("setClass", Some(name)) if name.kind() == "string" => {
            let text = walker.text(name).trim_matches(['"', '\'']);
            let mut found = Type::named(text, range(name), SymbolKind::Class);
            found.done.extend([target, list]);
            walker.type_definition(node, &found);
            walker.arguments(list);
            return ExpressionId::UNKNOWN;
        }
        // A method of a generic function for a class.
        ("setMethod" | "setGeneric", Some(name)) if name.kind() == "string" => {
            let function =
                value_at(2).or(value_at(1)).filter(|value| value.kind() == "function_definition");
            if let Some(function) = function {
                let text = walker.text(name).trim_matches(['"', '\'']);
                let mut found = Function::named(text, range(name));
                found.parameters.extend(Field("parameters").find(function));
                found.body = Field("body").find(function);
                walker.function(function, &found);
                return ExpressionId::UNKNOWN;
            }
        }
        _ => {}
    }
    let callee = walker.callee(target);
    walker.finish_call(node, callee, Some(target), Some(list), ReferenceFlags::empty())
}

static RULES: Rules = Rules {
    namespaces,
    candidates,
    builtins: BUILTINS,
    standard: |module| {
        matches!(
            module,
            "base"
                | "stats"
                | "utils"
                | "methods"
                | "graphics"
                | "grDevices"
                | "datasets"
                | "tools"
                | "parallel"
                | "grid"
                | "splines"
                | "stats4"
                | "compiler"
        )
    },
    tests: |path| {
        semantics::stem(path).starts_with("test")
            || semantics::test_folder(path)
            || path.contains("testthat/")
    },
    ..Rules::EMPTY
};

fn namespaces(path: &str, _: &FileFacts, layout: &Layout) -> Vec<(NamespaceKey, ScopeId)> {
    let mut keys = vec![(NamespaceKey::local(path), ScopeId::MODULE)];
    let folder = layout::folder(path);
    if folder == "R" || folder.ends_with("/R") {
        keys.push((NamespaceKey::local(format!("package:{folder}")), ScopeId::MODULE));
        keys.push((NamespaceKey::global(format!("r:{}", layout.repository)), ScopeId::MODULE));
    }
    keys
}

fn candidates(import: &Import, path: &str, facts: &FileFacts, layout: &Layout) -> Vec<String> {
    let module = facts.text(import.module);
    if !module.contains(['.', '/']) {
        return vec![format!("r:{module}")];
    }
    semantics::path_candidates(module, path, layout, &["", "R"], &[""])
}

const BUILTINS: &[&str] = &[
    "Filter",
    "Map",
    "Negate",
    "Recall",
    "Reduce",
    "Sys.Date",
    "Sys.getenv",
    "Sys.setenv",
    "Sys.time",
    "UseMethod",
    "abs",
    "all",
    "any",
    "anyNA",
    "aperm",
    "append",
    "apply",
    "array",
    "as.Date",
    "as.character",
    "as.data.frame",
    "as.factor",
    "as.integer",
    "as.list",
    "as.logical",
    "as.numeric",
    "as.vector",
    "assign",
    "attr",
    "attributes",
    "basename",
    "c",
    "cat",
    "cbind",
    "ceiling",
    "character",
    "class",
    "colMeans",
    "colSums",
    "colnames",
    "cor",
    "crossprod",
    "cumsum",
    "cut",
    "data.frame",
    "deparse",
    "diag",
    "diff",
    "dim",
    "dir.create",
    "dirname",
    "do.call",
    "duplicated",
    "environment",
    "eval",
    "exists",
    "exp",
    "expand.grid",
    "expression",
    "factor",
    "file.exists",
    "file.path",
    "floor",
    "for",
    "format",
    "get",
    "getOption",
    "grepl",
    "gsub",
    "head",
    "identical",
    "identity",
    "ifelse",
    "inherits",
    "integer",
    "interaction",
    "intersect",
    "invisible",
    "is.character",
    "is.data.frame",
    "is.element",
    "is.factor",
    "is.function",
    "is.list",
    "is.na",
    "is.null",
    "is.numeric",
    "lapply",
    "length",
    "levels",
    "library",
    "list",
    "list.files",
    "lm",
    "log",
    "logical",
    "ls",
    "mapply",
    "match",
    "match.arg",
    "matrix",
    "max",
    "mean",
    "median",
    "merge",
    "message",
    "min",
    "missing",
    "names",
    "nchar",
    "ncol",
    "new",
    "nrow",
    "numeric",
    "on.exit",
    "options",
    "order",
    "outer",
    "paste",
    "paste0",
    "pmatch",
    "pmax",
    "pmin",
    "print",
    "prod",
    "quantile",
    "quote",
    "range",
    "rbind",
    "read.csv",
    "readLines",
    "readRDS",
    "regmatches",
    "rep",
    "require",
    "return",
    "rev",
    "rm",
    "rnorm",
    "round",
    "rowSums",
    "rownames",
    "runif",
    "sample",
    "sapply",
    "saveRDS",
    "scale",
    "sd",
    "self",
    "seq",
    "seq_along",
    "seq_len",
    "set.seed",
    "setdiff",
    "simpleError",
    "sort",
    "source",
    "split",
    "sprintf",
    "sqrt",
    "stop",
    "stopifnot",
    "strsplit",
    "structure",
    "sub",
    "subset",
    "substitute",
    "substr",
    "sum",
    "summary",
    "suppressWarnings",
    "switch",
    "t",
    "table",
    "tail",
    "tapply",
    "tolower",
    "toupper",
    "tryCatch",
    "typeof",
    "union",
    "unique",
    "unlist",
    "unsplit",
    "upper.tri",
    "vapply",
    "var",
    "vector",
    "warning",
    "which",
    "which.max",
    "while",
    "with",
    "within",
    "write",
    "write.csv",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}

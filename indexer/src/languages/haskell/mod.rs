//! Haskell: modules, functions in equations, data with constructors and fields.
//!
//! The equations of one name are one definition, its signature gives the result type. Names of
//! constructors, fields and class methods are visible like functions, so they are bound in the
//! module besides their type. `f a b` is nested application to the grammar and one call here; so
//! are `f $ x`, `` a `f` b `` and `a & f`.

use crate::extract::builder::{NewDefinition, range};
use crate::languages::generic::rules::At::{Field, Kind, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::semantics::{self, Rules};
use crate::languages::generic::{Function, Grammar, Table, Type, Walker};
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, DefinitionId, Expression, ExpressionId, ImportKind,
    ParameterKind, ReferenceFlags, ScopeId, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_haskell::LANGUAGE.into());

/// Haskell.
pub static HASKELL: Table = Table {
    name: "haskell",
    extensions: &["hs", "hsc"],
    interpreters: &["runhaskell", "stack"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("haddock", Rule::Comment),
        ("pragma", Rule::Skip),
        ("cpp", Rule::Skip),
        ("header", Rule::Custom(header)),
        ("import", Rule::Custom(import)),
        ("signature", Rule::Custom(signature)),
        ("function", Rule::Custom(function)),
        ("bind", Rule::Custom(bind)),
        ("data_type", Rule::Custom(data)),
        ("newtype", Rule::Custom(data)),
        ("type_synonym", Rule::Alias(Field("name"), Field("type"))),
        ("type_synomym", Rule::Alias(Field("name"), Field("type"))),
        ("class", Rule::Custom(class)),
        ("instance", Rule::Custom(instance)),
        ("local_binds", Rule::Children),
        ("let", Rule::Children),
        ("let_in", Rule::Block),
        ("do", Rule::Custom(block)),
        ("match", Rule::Custom(alternative_body)),
        ("alternative", Rule::Custom(alternative)),
        ("lambda", Rule::Custom(lambda)),
        ("apply", Rule::Custom(apply)),
        ("infix", Rule::Custom(infix)),
        ("variable", Rule::Name),
        ("constructor", Rule::Name),
        ("name", Rule::Name),
        ("qualified", Rule::Custom(qualified)),
        ("module", Rule::Skip),
        ("projection", Rule::Member(Field("expression"), Field("field"))),
        ("record", Rule::Custom(record)),
        ("field_name", Rule::Transparent),
        ("parens", Rule::Transparent),
        ("exp", Rule::Transparent),
        ("literal", Rule::Transparent),
        ("conditional", Rule::Either(&["then", "else"])),
        ("list", Rule::Collection(CollectionKind::List)),
        ("tuple", Rule::Collection(CollectionKind::Tuple)),
        ("string", Rule::Text),
        ("char", Rule::Literal("str")),
        ("integer", Rule::Literal("int")),
        ("float", Rule::Literal("float")),
        ("operator", Rule::Skip),
        ("wildcard", Rule::Skip),
        ("deriving", Rule::Skip),
        ("type_params", Rule::Skip),
        ("fixity", Rule::Skip),
    ],
    types: &[
        ("name", TypeRule::Named),
        ("qualified", TypeRule::Path),
        ("variable", TypeRule::Skip),
        ("apply", TypeRule::Custom(applied_type)),
        ("list", TypeRule::List),
        ("function", TypeRule::Function),
        ("parens", TypeRule::Children),
        ("tuple", TypeRule::Function),
    ],
    primitives: &[
        ("Int", "int"),
        ("Integer", "int"),
        ("Word", "int"),
        ("Double", "float"),
        ("Float", "float"),
        ("Bool", "bool"),
        ("Char", "str"),
        ("String", "str"),
        ("Text", "str"),
        ("ByteString", "bytes"),
        ("Map", "dict"),
        ("HashMap", "dict"),
        ("Set", "set"),
    ],
    semantics: &RULES,
    ..Table::EMPTY
};

/// `module A.B (x, y) where`: what is listed is exported.
fn header(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(module) = Field("module").find(node) {
        let text = walker.text(module);
        walker.out.set_package(text);
    }
    if let Some(exports) = Field("exports").find(node) {
        walker.notes.insert("exports".to_owned(), 1);
        let mut cursor = exports.walk();
        for export in exports.named_children(&mut cursor) {
            let text = walker.text(export);
            let name = text.split(['(', ' ']).next().unwrap_or(text);
            walker.notes.insert(format!("export {name}"), 1);
        }
    }
    ExpressionId::UNKNOWN
}

fn exported(walker: &Walker<'_, '_>, name: &str) -> bool {
    !walker.notes.contains_key("exports") || walker.notes.contains_key(&format!("export {name}"))
}

fn import(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(module) = Field("module").find(node) else { return ExpressionId::UNKNOWN };
    let (text, span) = (walker.text(module), range(module));
    let alias = Field("alias").find(node).map(|alias| walker.text(alias));
    let is_qualified = walker.text(node).contains("qualified");
    let hiding = walker.text(node).contains("hiding");
    if let Some(bound) = alias.or(is_qualified.then_some(text)) {
        walker.out.import(text, None, Some(bound), ImportKind::Module, 0, false, span);
    }
    if is_qualified {
        return ExpressionId::UNKNOWN;
    }
    match Field("names").find(node).filter(|_| !hiding) {
        Some(names) => {
            let mut cursor = names.walk();
            for name in names.named_children(&mut cursor) {
                let item = walker.text(name).split(['(', ' ']).next().unwrap_or("").trim();
                walker.out.import(
                    text,
                    Some(item),
                    Some(item),
                    ImportKind::Item,
                    0,
                    false,
                    range(name),
                );
            }
        }
        None => {
            walker.out.import(text, None, None, ImportKind::Star, 0, false, span);
        }
    }
    ExpressionId::UNKNOWN
}

/// A signature is kept for the equations that follow; in a class it is a method.
fn signature(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let text = walker.text(name);
    if walker.place() == ScopeKind::Type && walker.notes.contains_key("class") {
        let mut found = Function::named(text, range(name));
        found.flags = DefinitionFlags::ABSTRACT | DefinitionFlags::EXPORTED;
        found.result = Field("type").find(node).map(result_of);
        found.done.extend([Some(name), Field("type").find(node)].into_iter().flatten());
        let id = walker.function(node, &found);
        walker.out.bind_definition(ScopeId::MODULE, id);
        let key = key_of(walker, text);
        walker.notes.insert(key, id.0);
        return ExpressionId::UNKNOWN;
    }
    if let Some(class) = Field("type").find(node) {
        walker.pending_signature = Some((text.to_owned(), class.start_byte(), class.end_byte()));
        walker.keep_doc();
    }
    ExpressionId::UNKNOWN
}

/// The type behind the last arrow.
fn result_of(node: Node<'_>) -> Node<'_> {
    let mut at = node;
    for _ in 0..64 {
        let next = match at.kind() {
            "function" => Field("result").find(at),
            "context" | "forall" => Field("type").find(at),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return at,
        }
    }
    at
}

fn key_of(walker: &Walker<'_, '_>, name: &str) -> String {
    format!("{name}@{:?}", walker.out.function_scope())
}

fn patterns(node: Node<'_>) -> Vec<Node<'_>> {
    let Some(list) = Field("patterns").find(node) else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor).collect()
}

fn function(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let parameters = patterns(node);
    equation(walker, node, name, &parameters);
    ExpressionId::UNKNOWN
}

/// `name = value`; in a `do` block `pattern <- value`.
fn bind(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    if let Some(pattern) = Field("pattern").find(node) {
        let value = walker.visit_at(node, Field("expression"));
        walker.children_except(
            node,
            &[Some(pattern), Field("expression").find(node)]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>(),
        );
        if pattern.kind() == "variable" {
            walker.bind_pattern(pattern, value);
        } else {
            bind_names(walker, pattern);
        }
        return ExpressionId::UNKNOWN;
    }
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    if walker.place() == ScopeKind::Function {
        let value = walker.visit_at(node, Field("match"));
        walker.bind_pattern(name, value);
        return ExpressionId::UNKNOWN;
    }
    equation(walker, node, name, &[]);
    ExpressionId::UNKNOWN
}

/// One equation of a function: the first defines it.
fn equation(walker: &mut Walker<'_, '_>, node: Node<'_>, name: Node<'_>, parameters: &[Node<'_>]) {
    let text = walker.text(name);
    let key = key_of(walker, text);
    let known = walker.notes.get(&key).copied().map(DefinitionId);
    let id = if let Some(id) = known {
        id
    } else {
        let mut found = Function::named(text, range(name));
        let top = walker.out.function_scope() == ScopeId::MODULE;
        walker.hidden = top && !exported(walker, text);
        found.done.push(name);
        let id = walker.open_function_definition(node, &found);
        walker.hidden = false;
        walker.notes.insert(key, id.0);
        id
    };
    walker.resume(id);
    if let Some((of, start, end)) = walker.pending_signature.take()
        && of == text
    {
        let class = node.parent().and_then(|list| list.descendant_for_byte_range(start, end));
        let class = class.map(|class| walker.type_of_signature(class));
        walker.out.get_mut(id).declared_type =
            class.filter(|class| *class != ExpressionId::UNKNOWN);
    }
    for parameter in parameters {
        let plain = parameter.kind() == "variable";
        if known.is_none() {
            let text = if plain { walker.text(*parameter) } else { "" };
            walker.out.parameter(
                id,
                text,
                None,
                None,
                ParameterKind::Plain,
                range(*parameter).start,
            );
            walker.note_local(text);
        }
        if !plain || known.is_some() {
            bind_names(walker, *parameter);
        }
    }
    // `where` names are used by the equations above them.
    if let Some(binds) = Field("binds").find(node) {
        walker.visit(binds);
    }
    let mut cursor = node.walk();
    for part in node.children_by_field_name("match", &mut cursor) {
        let value = walker.visit(part);
        walker.out.returns(id, value);
    }
    walker.suspend();
}

fn alternative_body(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let value = Field("expression").find(node);
    walker.children_except(node, &value.into_iter().collect::<Vec<_>>());
    value.map_or(ExpressionId::UNKNOWN, |value| walker.visit(value))
}

fn alternative(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let pattern = Field("pattern").find(node);
    if let Some(pattern) = pattern {
        bind_names(walker, pattern);
    }
    walker.children_except(node, &pattern.into_iter().collect::<Vec<_>>());
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

fn block(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.out.open_scope(ScopeKind::Block, None);
    let value = walker.children(node);
    walker.out.close_scope();
    value
}

fn lambda(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut found = Function::named("", range(node));
    found.name_span.end = found.name_span.start;
    let id = walker.open_function_definition(node, &found);
    walker.resume(id);
    for pattern in patterns(node) {
        let text = if pattern.kind() == "variable" { walker.text(pattern) } else { "" };
        walker.out.parameter(id, text, None, None, ParameterKind::Plain, range(pattern).start);
        walker.note_local(text);
        if text.is_empty() {
            bind_names(walker, pattern);
        }
    }
    let value = walker.visit_at(node, Field("expression"));
    walker.out.returns(id, value);
    walker.suspend();
    walker.out.expression(Expression::Function(id))
}

/// Names a pattern binds; constructors in it are read.
fn bind_names(walker: &mut Walker<'_, '_>, node: Node<'_>) {
    match node.kind() {
        "variable" => walker.bind_pattern(node, ExpressionId::UNKNOWN),
        "constructor" => {
            walker.visit(node);
        }
        "field_name" | "module" => {}
        _ => {
            let mut cursor = node.walk();
            let children: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            for child in children {
                bind_names(walker, child);
            }
        }
    }
}

fn data(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let text = walker.text(name);
    let mut found = Type::named(text, range(name), SymbolKind::Struct);
    walker.hidden = !exported(walker, text);
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    let id = walker.type_definition(node, &found);
    walker.hidden = false;
    let Some(scope) = walker.out.get(id).scope else { return ExpressionId::UNKNOWN };
    walker.out.push_parent(id);
    walker.out.reopen_scope(scope);
    let mut cursor = node.walk();
    for part in node.named_children(&mut cursor) {
        match part.kind() {
            "data_constructors" => {
                let mut cursor = part.walk();
                for constructor in part.named_children(&mut cursor) {
                    one_constructor(walker, constructor, id);
                }
            }
            "newtype_constructor" => one_constructor(walker, part, id),
            _ => {}
        }
    }
    walker.out.close_scope();
    walker.out.pop_parent();
    ExpressionId::UNKNOWN
}

/// A constructor makes an instance; it and the fields are functions of the module.
fn one_constructor(walker: &mut Walker<'_, '_>, node: Node<'_>, class: DefinitionId) {
    let holder = Field("constructor").find(node).unwrap_or(node);
    let Some(name) = Field("name").find(holder).or(Kind(&["constructor"]).find(holder)) else {
        return;
    };
    let flags = walker.out.get(class).flags & DefinitionFlags::EXPORTED;
    let id = walker.out.define(&NewDefinition {
        name: walker.text(name),
        kind: SymbolKind::Constructor,
        span: range(node),
        name_span: range(name),
        signature_end: 0,
        flags,
    });
    let made = walker.out.expression(Expression::Definition(class));
    walker.out.get_mut(id).declared_type = Some(made);
    walker.out.bind_definition(ScopeId::MODULE, id);
    let fields = Field("fields").find(holder).or(Field("field").find(holder));
    let Some(fields) = fields else { return };
    let mut cursor = fields.walk();
    let mut any = false;
    for field in fields.named_children(&mut cursor).filter(|child| child.kind() == "field") {
        any = true;
        let declared = Field("type")
            .find(field)
            .map(|class| walker.type_of(class))
            .filter(|class| *class != ExpressionId::UNKNOWN);
        let mut cursor = field.walk();
        for name in field.children_by_field_name("name", &mut cursor) {
            let (text, scope) = (walker.text(name), walker.out.function_scope());
            let id =
                walker.declare_at(scope, text, range(field), range(name), SymbolKind::Field, flags);
            walker.bind_declared(scope, text, range(name).start, Some(id), declared, None);
            walker.out.bind_definition(ScopeId::MODULE, id);
        }
    }
    if !any {
        walker.types_in(holder);
    }
}

fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let mut found = Type::named(walker.text(name), range(name), SymbolKind::Interface);
    found.body = Field("declarations").find(node);
    let mut cursor = node.walk();
    found.done.extend(node.named_children(&mut cursor));
    walker.notes.insert("class".to_owned(), 1);
    walker.type_definition(node, &found);
    walker.notes.remove("class");
    ExpressionId::UNKNOWN
}

/// `instance Class Type where`.
fn instance(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let interface = walker.type_of(name);
    let target = Field("patterns").find(node).map_or(ExpressionId::UNKNOWN, |patterns| {
        walker.types_in(patterns).first().copied().unwrap_or(ExpressionId::UNKNOWN)
    });
    let owner = walker.last_of(target).to_owned();
    let class = walker.type_in_file(&owner);
    walker.out.extension(target, Some(interface));
    if let Some(class) = class {
        walker.out.push_parent(class);
    }
    if let Some(body) = Field("declarations").find(node) {
        walker.children(body);
    }
    if class.is_some() {
        walker.out.pop_parent();
    }
    walker.out.close_scope();
    ExpressionId::UNKNOWN
}

/// `f a b`: one call with all its arguments.
fn apply(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut arguments = Vec::new();
    let mut at = node;
    while at.kind() == "apply" {
        arguments.extend(Field("argument").find(at));
        match Field("function").find(at) {
            Some(inner) => at = inner,
            None => return ExpressionId::UNKNOWN,
        }
    }
    arguments.reverse();
    let callee = walker.callee(at);
    let mut values = Vec::new();
    for argument in arguments {
        let value = walker.visit(argument);
        values.push(value);
    }
    if callee.name == "return" || callee.name == "pure" {
        return values.first().copied().unwrap_or(ExpressionId::UNKNOWN);
    }
    walker.note_call(callee, &values, ReferenceFlags::empty(), None)
}

fn infix(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(left), Some(right)) =
        (Field("left_operand").find(node), Field("right_operand").find(node))
    else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let Some(operator) = Field("operator").find(node) else { return ExpressionId::UNKNOWN };
    if operator.kind() == "infix_id" {
        let values = [walker.visit(left), walker.visit(right)];
        let Some(name) = Nth(0).find(operator) else { return ExpressionId::UNKNOWN };
        let callee = walker.callee(name);
        return walker.note_call(callee, &values, ReferenceFlags::empty(), None);
    }
    match walker.text(operator) {
        "$" | "$!" | "<$>" if matches!(left.kind(), "variable" | "qualified" | "constructor") => {
            let value = walker.visit(right);
            let callee = walker.callee(left);
            walker.note_call(callee, &[value], ReferenceFlags::empty(), None)
        }
        "&" | ">>=" | "<&>" if matches!(right.kind(), "variable" | "qualified" | "constructor") => {
            let value = walker.visit(left);
            let callee = walker.callee(right);
            walker.note_call(callee, &[value], ReferenceFlags::empty(), None)
        }
        _ => walker.binary(node, Field("left_operand"), Field("right_operand")),
    }
}

/// `Map.lookup`.
fn qualified(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(module), Some(name)) = (Field("module").find(node), Field("id").find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let base = walker.text(module).trim_end_matches('.');
    let base = walker.out.name_expression(base);
    let text = walker.text(name);
    walker.out.member(base, text)
}

/// `acc { balance = 1 }` and `Account { balance = 1 }`.
fn record(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let target = Field("expression").find(node).or(Field("constructor").find(node));
    let Some(target) = target else {
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let makes = target.kind() == "constructor";
    let base = if makes {
        let callee = walker.callee(target);
        let call = walker.out.new_instance(callee.expression, &[]);
        walker.out.call_reference(callee.name, callee.span, call, ReferenceFlags::empty());
        call
    } else {
        walker.visit(target)
    };
    let flags = if makes { ReferenceFlags::INITIALIZER } else { ReferenceFlags::empty() };
    let mut cursor = node.walk();
    for update in node.named_children(&mut cursor).filter(|child| child.kind() == "field_update") {
        let value = walker.visit_at(update, Field("expression"));
        if let Some(name) = Field("field").find(update) {
            let text = walker.text(name);
            let member = walker.out.member(base, text);
            walker.out.write_reference(text, range(name), member, Some(value), flags);
        }
    }
    base
}

/// `IO T` and `Maybe T` are what they hold; others are applied types.
fn applied_type(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let mut arguments = Vec::new();
    let mut at = node;
    while at.kind() == "apply" {
        arguments.extend(Field("argument").find(at));
        match Field("constructor").find(at) {
            Some(inner) => at = inner,
            None => return ExpressionId::UNKNOWN,
        }
    }
    arguments.reverse();
    let holds = matches!(walker.text(at), "IO" | "Maybe" | "Identity" | "STM");
    let base = if holds { ExpressionId::UNKNOWN } else { walker.type_of(at) };
    let mut values = Vec::new();
    for argument in arguments {
        let value = walker.type_of(argument);
        if value != ExpressionId::UNKNOWN {
            values.push(value);
        }
    }
    match (holds, values.as_slice()) {
        (true, [.., last]) => *last,
        (_, []) => base,
        _ if base == ExpressionId::UNKNOWN => base,
        (_, values) => walker.out.generic(base, values),
    }
}

static RULES: Rules = Rules {
    namespaces: |path, facts, _| semantics::by_package(path, facts, "."),
    candidates: semantics::by_dotted,
    builtins: BUILTINS,
    standard: |module| {
        module == "Prelude"
            || [
                "Data.", "Control.", "System.", "GHC.", "Text.", "Numeric", "Foreign", "Debug.",
                "Test.",
            ]
            .iter()
            .any(|prefix| module.starts_with(prefix))
    },
    tests: |path| {
        let stem = semantics::stem(path);
        stem.ends_with("Spec")
            || stem.ends_with("Test")
            || stem.ends_with("Tests")
            || semantics::test_folder(path)
    },
    ..Rules::EMPTY
};

const BUILTINS: &[&str] = &[
    "Either",
    "False",
    "IO",
    "Just",
    "Left",
    "Maybe",
    "Nothing",
    "Right",
    "True",
    "abs",
    "all",
    "and",
    "any",
    "appendFile",
    "asTypeOf",
    "break",
    "ceiling",
    "compare",
    "concat",
    "concatMap",
    "const",
    "cos",
    "curry",
    "cycle",
    "div",
    "divMod",
    "drop",
    "dropWhile",
    "either",
    "elem",
    "enumFrom",
    "enumFromTo",
    "error",
    "even",
    "exp",
    "fail",
    "filter",
    "flip",
    "floor",
    "fmap",
    "foldMap",
    "foldl",
    "foldl1",
    "foldr",
    "foldr1",
    "fromEnum",
    "fromInteger",
    "fromIntegral",
    "fst",
    "gcd",
    "getArgs",
    "getChar",
    "getContents",
    "getLine",
    "head",
    "id",
    "init",
    "interact",
    "ioError",
    "iterate",
    "last",
    "lcm",
    "length",
    "lex",
    "lines",
    "log",
    "lookup",
    "map",
    "mapM",
    "mapM_",
    "mappend",
    "max",
    "maxBound",
    "maximum",
    "maybe",
    "mconcat",
    "mempty",
    "min",
    "minBound",
    "minimum",
    "mod",
    "negate",
    "not",
    "notElem",
    "null",
    "odd",
    "or",
    "otherwise",
    "pi",
    "pred",
    "print",
    "product",
    "properFraction",
    "pure",
    "putChar",
    "putStr",
    "putStrLn",
    "quot",
    "quotRem",
    "read",
    "readFile",
    "readLn",
    "reads",
    "realToFrac",
    "recip",
    "rem",
    "repeat",
    "replicate",
    "return",
    "reverse",
    "round",
    "scanl",
    "scanr",
    "seq",
    "sequence",
    "sequence_",
    "show",
    "showString",
    "shows",
    "signum",
    "sin",
    "snd",
    "span",
    "splitAt",
    "sqrt",
    "subtract",
    "succ",
    "sum",
    "tail",
    "take",
    "takeWhile",
    "toEnum",
    "toInteger",
    "traverse",
    "truncate",
    "uncurry",
    "undefined",
    "unlines",
    "until",
    "unwords",
    "unzip",
    "userError",
    "when",
    "words",
    "writeFile",
    "zip",
    "zip3",
    "zipWith",
];

#[cfg(test)]
mod tests {
    #[test]
    fn tables_are_sorted() {
        assert!(super::RULES.is_sorted());
    }
}

//! Ruby: constants that the whole program shares, classes that are written with method calls.
//!
//! Ruby has no namespaces of files: a required file's constants are everyone's, and many programs
//! load files by name without any `require`. So every file's scope stands under its path and
//! under one shared key, and a module that only holds other things has its own name as a key. A
//! module with methods is a type, because it can be mixed in. Names without a dot are calls
//! unless a local variable of that name has been assigned.

mod semantics;

use crate::extract::builder::range;
use crate::languages::generic::rules::At::{self, Field, Last, Nth};
use crate::languages::generic::rules::{Rule, TypeRule};
use crate::languages::generic::{Declares, Function, Grammar, Table, Tests, Type, Walker};
use qf_graph::facts::{
    CollectionKind, DefinitionFlags, Expression, ExpressionId, ImportKind, ParameterKind,
    ReferenceFlags, ScopeKind, SymbolKind,
};
use tree_sitter::Node;

static GRAMMAR: Grammar = Grammar::new(|| tree_sitter_ruby::LANGUAGE.into());

/// Ruby.
pub static RUBY: Table = Table {
    name: "ruby",
    extensions: &["rb", "rake", "gemspec", "ru", "jbuilder", "rabl"],
    file_names: &[
        "Rakefile",
        "Gemfile",
        "Guardfile",
        "Capfile",
        "Vagrantfile",
        "Podfile",
        "Fastfile",
        "Brewfile",
        "Thorfile",
    ],
    interpreters: &["ruby", "jruby", "rake"],
    grammars: &[&GRAMMAR],
    rules: &[
        ("comment", Rule::Comment),
        ("class", Rule::Custom(class)),
        ("module", Rule::Custom(module)),
        ("singleton_class", Rule::Custom(singleton_class)),
        ("method", Rule::Custom(method)),
        ("singleton_method", Rule::Custom(method)),
        ("body_statement", Rule::Sequence),
        ("block_body", Rule::Sequence),
        ("begin", Rule::Sequence),
        ("then", Rule::Sequence),
        ("else", Rule::Sequence),
        ("parenthesized_statements", Rule::Sequence),
        ("argument_list", Rule::Sequence),
        ("block", Rule::Lambda(Field("parameters"), Field("body"))),
        ("do_block", Rule::Lambda(Field("parameters"), Field("body"))),
        ("lambda", Rule::Custom(lambda)),
        (
            "keyword_parameter",
            Rule::Parameter(Field("name"), At::None, Field("value"), ParameterKind::Keyword),
        ),
        (
            "optional_parameter",
            Rule::Parameter(Field("name"), At::None, Field("value"), ParameterKind::Plain),
        ),
        (
            "splat_parameter",
            Rule::Parameter(Field("name"), At::None, At::None, ParameterKind::Rest),
        ),
        (
            "hash_splat_parameter",
            Rule::Parameter(Field("name"), At::None, At::None, ParameterKind::KeywordRest),
        ),
        (
            "block_parameter",
            Rule::Parameter(Field("name"), At::None, At::None, ParameterKind::Plain),
        ),
        ("destructured_parameter", Rule::Pattern),
        ("identifier", Rule::Name),
        ("constant", Rule::Name),
        ("global_variable", Rule::Name),
        ("instance_variable", Rule::OwnField),
        ("class_variable", Rule::OwnField),
        ("self", Rule::This),
        ("super", Rule::Custom(bare_super)),
        ("scope_resolution", Rule::Member(Field("scope"), Field("name"))),
        ("call", Rule::PropertyCall(Field("receiver"), Field("method"), call)),
        ("block_argument", Rule::Transparent),
        ("splat_argument", Rule::Transparent),
        ("element_reference", Rule::Index(Field("object"), Nth(1))),
        ("assignment", Rule::Custom(assignment)),
        ("operator_assignment", Rule::Assign(Field("left"), Field("right"))),
        ("left_assignment_list", Rule::Pattern),
        ("destructured_left_assignment", Rule::Pattern),
        ("rest_assignment", Rule::Transparent),
        ("right_assignment_list", Rule::Collection(CollectionKind::List)),
        ("binary", Rule::Custom(binary)),
        ("conditional", Rule::Either(&["consequence", "alternative"])),
        ("return", Rule::Return),
        ("for", Rule::Loop(Field("pattern"), At::None, Field("value"))),
        ("in", Rule::Transparent),
        ("rescue", Rule::Catch(Field("variable"), Field("exceptions"))),
        ("array", Rule::Collection(CollectionKind::List)),
        ("hash", Rule::Collection(CollectionKind::Map)),
        ("pair", Rule::Argument(Field("key"), Field("value"))),
        ("hash_key_symbol", Rule::TextPart),
        ("simple_symbol", Rule::Text),
        ("delimited_symbol", Rule::Text),
        ("string", Rule::Text),
        ("chained_string", Rule::Text),
        ("heredoc_body", Rule::Text),
        ("heredoc_beginning", Rule::Skip),
        ("heredoc_end", Rule::Skip),
        ("heredoc_content", Rule::TextPart),
        ("subshell", Rule::Text),
        ("string_content", Rule::TextPart),
        ("escape_sequence", Rule::TextPart),
        ("interpolation", Rule::Transparent),
        ("regex", Rule::Children),
        ("bare_string", Rule::Text),
        ("bare_symbol", Rule::Text),
        ("string_array", Rule::Collection(CollectionKind::List)),
        ("symbol_array", Rule::Collection(CollectionKind::List)),
        ("integer", Rule::Literal("int")),
        ("float", Rule::Literal("float")),
        ("true", Rule::Literal("bool")),
        ("false", Rule::Literal("bool")),
        ("nil", Rule::Skip),
        ("alias", Rule::Skip),
        ("undef", Rule::Skip),
        ("file", Rule::Skip),
        ("line", Rule::Skip),
        ("uninterpreted", Rule::Skip),
    ],
    types: &[
        ("constant", TypeRule::Named),
        ("identifier", TypeRule::Skip),
        ("scope_resolution", TypeRule::Qualified(Field("scope"), Field("name"))),
        ("call", TypeRule::Custom(computed_base)),
        ("superclass", TypeRule::Inner(Nth(0))),
        ("exceptions", TypeRule::Either),
    ],
    primitives: &[],
    declares: Declares::Local,
    implicit_fields: true,
    constructors: &["initialize"],
    capitals_are_constants: false,
    name_hook: Some(bare_name),
    mutators: &[
        "<<",
        "append",
        "clear",
        "concat",
        "delete",
        "delete_at",
        "delete_if",
        "insert",
        "map!",
        "merge!",
        "pop",
        "prepend",
        "push",
        "reject!",
        "replace",
        "reverse!",
        "select!",
        "shift",
        "sort!",
        "store",
        "uniq!",
        "unshift",
        "update",
    ],
    tests: Tests {
        decorators: &[],
        bases: &["TestCase", "Test", "ActiveSupport", "IntegrationTest", "Spec"],
        prefixes: &["test_"],
        free: false,
    },
    semantics: &semantics::RULES,
    ..Table::EMPTY
};

/// A class; `class A::B` stands inside the namespace `A`.
fn class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let full = walker.text(name);
    let (text, span) = walker.last_name_span(name);
    let outer = full.strip_suffix(text).unwrap_or("").trim_end_matches("::");
    let parts: Vec<&str> = outer.split("::").filter(|part| !part.is_empty()).collect();
    let doc = walker.take_doc();
    for part in &parts {
        walker.begin_namespace(part, range(node), range(name), 0);
    }
    walker.put_doc(doc);
    let mut found = Type::named(text, span, SymbolKind::Class);
    found.bases.extend(Field("superclass").find(node));
    found.body = Field("body").find(node);
    found.done.push(name);
    walker.type_definition(node, &found);
    for _ in &parts {
        walker.out.close_definition();
    }
    ExpressionId::UNKNOWN
}

/// A module with methods is a type, one without is a namespace.
fn module(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (Some(name), body) = (Field("name").find(node), Field("body").find(node)) else {
        return ExpressionId::UNKNOWN;
    };
    let has_methods = body.is_some_and(|body| {
        let mut cursor = body.walk();
        body.named_children(&mut cursor).any(|child| {
            matches!(child.kind(), "method" | "singleton_method" | "singleton_class" | "call")
        })
    });
    let (text, span) = walker.last_name_span(name);
    if has_methods {
        let mut found = Type::named(text, span, SymbolKind::Class);
        found.body = body;
        found.done.push(name);
        walker.type_definition(node, &found);
        return ExpressionId::UNKNOWN;
    }
    if let Some(body) = body {
        let parts: Vec<&str> =
            walker.text(name).split("::").filter(|part| !part.is_empty()).collect();
        for part in &parts {
            walker.begin_namespace(part, range(node), range(name), body.start_byte() as u32);
        }
        walker.children(body);
        for _ in &parts {
            walker.out.close_definition();
        }
    }
    ExpressionId::UNKNOWN
}

/// `class << self`: its methods belong to the class.
fn singleton_class(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let before = walker.notes.insert("static".to_owned(), 1);
    let hidden = std::mem::take(&mut walker.hidden);
    walker.visit_at(node, Field("body"));
    walker.hidden = hidden;
    if before.is_none() {
        walker.notes.remove("static");
    }
    ExpressionId::UNKNOWN
}

fn method(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(name) = Field("name").find(node) else { return ExpressionId::UNKNOWN };
    let mut function = Function::named(walker.text(name), range(name));
    if name.kind() == "setter" {
        // `def balance=(value)` is what `x.balance = 1` calls.
        let bare = Nth(0).find(name).unwrap_or(name);
        function = Function::named(walker.text(bare), range(bare));
        function.flags |= DefinitionFlags::PROPERTY | DefinitionFlags::SETTER;
    }
    if node.kind() == "singleton_method" || walker.notes.contains_key("static") {
        function.flags |= DefinitionFlags::STATIC;
    }
    function.parameters.extend(Field("parameters").find(node));
    function.body = Field("body").find(node);
    function.done.extend([Some(name), Field("object").find(node)].into_iter().flatten());
    walker.function(node, &function);
    ExpressionId::UNKNOWN
}

fn lambda(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let block = Field("body").find(node);
    let body = block.and_then(|block| Field("body").find(block));
    let parameters = Field("parameters").find(node);
    let id = walker.lambda_parts(block.unwrap_or(node), parameters, body, "", range(node));
    walker.out.expression(Expression::Function(id))
}

/// `super`: the method of the same name in the superclass.
fn bare_super(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    super_call(walker, node, &[])
}

fn super_call(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    values: &[ExpressionId],
) -> ExpressionId {
    let mut at = walker.out.definition();
    let mut name = String::new();
    while let Some(id) = at {
        let definition = walker.out.get(id);
        if matches!(definition.kind, SymbolKind::Method | SymbolKind::Constructor) {
            walker.out.name_text(definition.name).clone_into(&mut name);
            break;
        }
        at = definition.parent;
    }
    let base = walker.super_part();
    if name.is_empty() {
        return ExpressionId::UNKNOWN;
    }
    let callee = walker.out.member(base, &name);
    let call = walker.out.call(callee, values);
    walker.out.call_reference(&name, range(node), call, ReferenceFlags::empty());
    call
}

/// A name that is no local: `private` and its like, or a call without arguments.
fn bare_name(walker: &mut Walker<'_, '_>, node: Node<'_>) -> Option<ExpressionId> {
    let text = walker.text(node);
    if node.kind() != "identifier" || walker.is_local(text) {
        return None;
    }
    if walker.place() == ScopeKind::Type {
        match text {
            "private" | "protected" => {
                walker.hidden = true;
                return Some(ExpressionId::UNKNOWN);
            }
            "public" => {
                walker.hidden = false;
                return Some(ExpressionId::UNKNOWN);
            }
            _ => {}
        }
    }
    if matches!(text, "__method__" | "binding" | "block_given?") {
        return Some(ExpressionId::UNKNOWN);
    }
    let callee = walker.out.name_expression(text);
    let call = walker.out.call(callee, &[]);
    walker.out.call_reference(text, range(node), call, ReferenceFlags::empty());
    Some(call)
}

/// Calls, and the calls that classes are written with.
fn call(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let Some(method) = Field("method").find(node) else {
        // `f.(x)`.
        walker.children(node);
        return ExpressionId::UNKNOWN;
    };
    let receiver = Field("receiver").find(node);
    let list = Field("arguments").find(node);
    let name = walker.text(method);
    if method.kind() == "super" {
        let mut values = list.map(|list| walker.arguments(list)).unwrap_or_default();
        if let Some(block) = Field("block").find(node) {
            let block = walker.visit(block);
            values.push(block);
        }
        return super_call(walker, method, &values);
    }
    if receiver.is_none() {
        match name {
            "require" | "require_relative" | "load" | "autoload" => {
                return require(walker, node, name, list);
            }
            "include" | "extend" | "prepend" if walker.place() == ScopeKind::Type => {
                return mix_in(walker, list);
            }
            "attr_accessor" | "attr_reader" | "attr_writer" | "cattr_accessor"
            | "mattr_accessor" | "attribute"
                if walker.place() == ScopeKind::Type =>
            {
                return attributes(walker, list);
            }
            "private" | "protected" | "public" | "private_class_method" | "module_function"
                if list.is_some() =>
            {
                let hidden = std::mem::replace(&mut walker.hidden, name == "private");
                list.map(|list| walker.children(list));
                walker.hidden = hidden;
                return ExpressionId::UNKNOWN;
            }
            "it" | "specify" | "example" | "scenario" | "test" => {
                if let Some(value) = test_block(walker, node, list) {
                    return value;
                }
            }
            _ => {}
        }
        if name == "lambda" || name == "proc" {
            return walker.visit_at(node, Field("block"));
        }
    }
    if name == "new"
        && let Some(receiver) = receiver
    {
        return construction(walker, node, receiver, method, list);
    }
    walker.method_call(node, Field("receiver"), Field("method"), Field("arguments"))
}

/// `User.new(…)` makes a `User`; so does `new` on anything that is no constant.
fn construction(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    receiver: Node<'_>,
    method: Node<'_>,
    list: Option<Node<'_>>,
) -> ExpressionId {
    if !matches!(receiver.kind(), "constant" | "scope_resolution") {
        return walker.method_call(node, Field("receiver"), Field("method"), Field("arguments"));
    }
    let class = walker.path_expression(receiver);
    let mut values = list.map(|list| walker.arguments(list)).unwrap_or_default();
    if let Some(block) = Field("block").find(node) {
        let block = walker.visit(block);
        values.push(block);
    }
    let made = walker.out.new_instance(class, &values);
    let (name, _) = walker.last_name_span(receiver);
    walker.out.call_reference(name, range(method), made, ReferenceFlags::empty());
    made
}

fn require(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    how: &str,
    list: Option<Node<'_>>,
) -> ExpressionId {
    let Some(argument) = list.and_then(|list| Last.find(list)) else {
        return ExpressionId::UNKNOWN;
    };
    let value = walker.visit(argument);
    if let Expression::Text(text) = walker.out.peek(value) {
        let text = walker.out.name_text(text).to_owned();
        let level = u8::from(how == "require_relative");
        walker.out.import(&text, None, None, ImportKind::Star, level, false, range(argument));
    }
    let _ = node;
    ExpressionId::UNKNOWN
}

/// Mixed-in modules are bases.
fn mix_in(walker: &mut Walker<'_, '_>, list: Option<Node<'_>>) -> ExpressionId {
    if let (Some(list), Some(class)) = (list, walker.out.definition()) {
        let mut cursor = list.walk();
        for argument in list.named_children(&mut cursor) {
            if matches!(argument.kind(), "constant" | "scope_resolution") {
                walker.base(argument, class);
            } else {
                walker.visit(argument);
            }
        }
    }
    ExpressionId::UNKNOWN
}

/// `attr_accessor :a, :b` declares fields.
fn attributes(walker: &mut Walker<'_, '_>, list: Option<Node<'_>>) -> ExpressionId {
    let Some(list) = list else { return ExpressionId::UNKNOWN };
    let mut cursor = list.walk();
    for symbol in list.named_children(&mut cursor) {
        if symbol.kind() == "simple_symbol" {
            let scope = walker.out.function_scope();
            let text = walker.text(symbol).trim_start_matches(':');
            let span = range(symbol);
            walker.declare_at(
                scope,
                text,
                span,
                span,
                SymbolKind::Field,
                DefinitionFlags::EXPORTED,
            );
        } else {
            walker.visit(symbol);
        }
    }
    ExpressionId::UNKNOWN
}

/// `it "does this" do … end` is a test of that name.
fn test_block(
    walker: &mut Walker<'_, '_>,
    node: Node<'_>,
    list: Option<Node<'_>>,
) -> Option<ExpressionId> {
    let title = Nth(0).find(list?)?;
    let block = Field("block").find(node)?;
    if title.kind() != "string" {
        return None;
    }
    let text = walker.text(title).trim_matches(['"', '\'']);
    let mut function = Function::named("", range(title));
    function.flags = DefinitionFlags::TEST;
    function.body = Field("body").find(block);
    function.parameters.extend(Field("parameters").find(block));
    function.done.extend(Field("method").find(node));
    function.done.push(list?);
    function.done.push(block);
    walker.titled_function(node, text, &function);
    Some(ExpressionId::UNKNOWN)
}

/// `Point = Struct.new(:x, :y)` is a type; other assignments are what they are.
fn assignment(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let (left, right) = (Field("left").find(node), Field("right").find(node));
    if let (Some(left), Some(right)) = (left, right) {
        let made = right.kind() == "call"
            && matches!(
                walker.text(right).split('(').next(),
                Some("Struct.new" | "Class.new" | "Data.define")
            );
        if left.kind() == "constant" && made && walker.place() != ScopeKind::Function {
            let mut found = Type::named(walker.text(left), range(left), SymbolKind::Struct);
            found.done.extend([left, right]);
            let id = walker.type_definition(node, &found);
            walker.out.push_parent(id);
            let scope = walker.out.get(id).scope;
            if let Some(scope) = scope {
                walker.out.reopen_scope(scope);
                attributes(walker, Field("arguments").find(right));
                let block = Field("block").find(right).and_then(|block| Field("body").find(block));
                block.map(|block| walker.children(block));
                walker.out.close_scope();
            }
            walker.out.pop_parent();
            return ExpressionId::UNKNOWN;
        }
        if left.kind() == "constant" && walker.place() != ScopeKind::Function {
            let value = walker.declare(node, left, SymbolKind::Constant, None, Some(right));
            let _ = value;
            return ExpressionId::UNKNOWN;
        }
    }
    walker.assign(node, Field("left"), Field("right"))
}

/// `list << item` changes the list.
fn binary(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    let operator = Field("operator").find(node).map_or("", |operator| walker.text(operator));
    if operator != "<<" {
        return walker.binary(node, Field("left"), Field("right"));
    }
    walker.visit_at(node, Field("right"));
    let Some(left) = Field("left").find(node) else { return ExpressionId::UNKNOWN };
    let value = walker.visit(left);
    walker.mutated(left, value);
    value
}

/// `class Other < Struct.new(:a)`: the base is computed.
fn computed_base(walker: &mut Walker<'_, '_>, node: Node<'_>) -> ExpressionId {
    walker.inherit_nothing();
    walker.visit(node);
    if walker.text(node).starts_with("Struct.new") {
        attributes(walker, Field("arguments").find(node));
    }
    ExpressionId::UNKNOWN
}

//! String values at index time: constants, templates, helpers, with holes for what is not known.

use super::origin::{End, Origins};
use crate::resolve::DefinitionRef;
use crate::resolve::evaluate::{Found, Site};
use qf_graph::facts::{
    BindingValue, Expression, ExpressionId, Parameter, ParameterKind, Role, SymbolKind,
};

/// Most expressions that are looked at for one string.
const MAX_FOLDS: u32 = 2_000;

/// A piece of a string value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Known text.
    Text(String),
    /// Not known.
    Hole,
    /// What the n-th parameter of a function holds.
    Parameter(DefinitionRef, u16),
    /// A named entry of what the n-th parameter of a function holds.
    Entry(DefinitionRef, u16, String),
    /// What stands before is a value of its own that begins a URL.
    Base,
    /// What stands before is only what is used when nothing else is configured.
    Default,
}

/// Deepest nesting of values that is followed.
const MAX_DEPTH: u32 = 12;

impl Origins<'_, '_> {
    /// The pieces of a string expression.
    pub fn fold(&mut self, file: u32, id: ExpressionId, depth: u32) -> Vec<Part> {
        if depth == 0 {
            self.folds = 0;
        }
        self.folds += 1;
        if depth > MAX_DEPTH || self.folds > MAX_FOLDS {
            return vec![Part::Hole];
        }
        let facts = self.world.file(file).facts();
        match facts.expression(id) {
            Expression::Text(text) => vec![Part::Text(facts.text(text).to_owned())],
            Expression::Concat(items) => {
                let items = facts.list(items).to_vec();
                let mut parts = Vec::new();
                for (position, item) in items.into_iter().enumerate() {
                    let more = self.fold(file, item, depth + 1);
                    parts.extend(if position == 0 { more } else { inside(more) });
                }
                join(parts)
            }
            Expression::Either(items) => {
                let items = facts.list(items).to_vec();
                let all: Vec<_> =
                    items.into_iter().map(|item| self.fold(file, item, depth + 1)).collect();
                either(all)
            }
            Expression::Call { .. } => self.fold_call(file, id, depth),
            Expression::New { arguments, .. } => {
                // `new URL(path, base)`.
                match facts.list(arguments).first().copied() {
                    Some(first) => self.fold(file, first, depth + 1),
                    None => vec![Part::Hole],
                }
            }
            Expression::Argument { value, .. } | Expression::Await(value) => {
                self.fold(file, value, depth + 1)
            }
            Expression::Index { base, index } => self.fold_element(file, base, index, depth),
            Expression::Name { .. } | Expression::Member { .. } => {
                let parts = self.fold_name(file, id, depth);
                based(parts)
            }
            _ => vec![Part::Hole],
        }
    }

    fn fold_name(&mut self, file: u32, id: ExpressionId, depth: u32) -> Vec<Part> {
        if let Some((at, index)) = self.parameter_of(file, id) {
            return self.parameter(at, index, depth);
        }
        match self.chase(file, id, 0) {
            End::Parameter(at, index) => self.parameter(at, index, depth),
            End::Expression(other, value) if (other, value) != (file, id) => {
                self.fold(other, value, depth + 1)
            }
            End::Typed(..) | End::Definition(_) | End::Expression(..) => {
                self.fold_declared(file, id, depth)
            }
            _ => vec![Part::Hole],
        }
    }

    /// The parameter that a name is bound to, whatever its type.
    pub fn parameter_of(&self, file: u32, id: ExpressionId) -> Option<(DefinitionRef, u16)> {
        let index = self.world.file(file);
        let Expression::Name { name, scope } = index.facts().expression(id) else { return None };
        let word = index.word(name);
        let mut at = Some(scope);
        while let Some(scope) = at {
            let mut bound = index.bindings(scope, word).peekable();
            if bound.peek().is_some() {
                return bound.find_map(|binding| match binding.value {
                    BindingValue::Parameter { function, index } => {
                        Some((DefinitionRef { file, definition: function }, index))
                    }
                    _ => None,
                });
            }
            at = index.facts().scopes[scope.index()].parent;
        }
        None
    }

    /// What a parameter holds: nobody calls what a container calls, with what an annotation says.
    fn parameter(&mut self, at: DefinitionRef, index: u16, depth: u32) -> Vec<Part> {
        let definition = self.world.definition(at);
        let injected = self.world.file(at.file).facts().language == "java";
        match definition.parameters.get(index as usize) {
            Some(Parameter { kind: ParameterKind::Receiver, .. }) | None => vec![Part::Hole],
            Some(Parameter { default: Some(default), .. }) if injected => {
                self.fold(at.file, *default, depth + 1)
            }
            Some(_) => vec![Part::Parameter(at, index)],
        }
    }

    /// The value of a name or member with a declared type: the type says nothing of a text.
    fn fold_declared(&mut self, file: u32, id: ExpressionId, depth: u32) -> Vec<Part> {
        let world = self.world;
        let index = world.file(file);
        let sites = match index.facts().expression(id) {
            Expression::Name { name, scope } => {
                self.evaluator.begin();
                self.evaluator.look_up(file, scope, index.word(name))
            }
            Expression::Member { base, name } => {
                self.evaluator.begin();
                let base = self.evaluator.eval(file, base);
                self.evaluator.member_of(&base, index.word(name))
            }
            _ => return vec![Part::Hole],
        };
        let Found::Sites(sites, _) = sites else { return vec![Part::Hole] };
        let mut field = None;
        for site in sites {
            let Site::Binding(at, binding) = site else { continue };
            match binding.value {
                BindingValue::Value(value) if (at, value) != (file, id) => {
                    return self.fold(at, value, depth + 1);
                }
                BindingValue::Parameter { function, index } => {
                    let function = DefinitionRef { file: at, definition: function };
                    return self.parameter(function, index, depth);
                }
                BindingValue::Definition(definition) => {
                    field = Some(DefinitionRef { file: at, definition });
                }
                BindingValue::Import(_) => {
                    if let End::Definition(definition) = self.chase(file, id, 0) {
                        field = Some(definition);
                    }
                }
                _ => {}
            }
        }
        match field {
            Some(field) => self.fold_definition(field, depth),
            None => vec![Part::Hole],
        }
    }

    /// The value of a field or constant: what its annotation, its definition or its only
    /// assignment says.
    fn fold_definition(&mut self, at: DefinitionRef, depth: u32) -> Vec<Part> {
        let facts = self.world.file(at.file).facts();
        let definition = self.world.definition(at);
        if !matches!(
            definition.kind,
            SymbolKind::Field | SymbolKind::Constant | SymbolKind::Variable
        ) {
            return vec![Part::Hole];
        }
        for decorator in &definition.decorators {
            // `@Value("${rates.url}")`.
            if let Expression::Call { callee, arguments } = facts.expression(*decorator)
                && let Expression::Name { name, .. } = facts.expression(callee)
                && facts.text(name) == "Value"
                && let Some(first) = facts.list(arguments).first()
            {
                return self.fold(at.file, *first, depth + 1);
            }
        }
        let mut values = facts.references.iter().filter(|reference| {
            reference.role == Role::Write
                && reference.name == definition.name
                && reference
                    .flags
                    .difference(qf_graph::facts::ReferenceFlags::INITIALIZER)
                    .is_empty()
                && matches!(facts.expression(reference.expression), Expression::Member { base, .. }
                    if matches!(facts.expression(base), Expression::This(_)))
                && encloses(facts, definition.parent, reference.within)
        });
        match (values.next().and_then(|reference| reference.value), values.next()) {
            (Some(value), None) => self.fold(at.file, value, depth + 1),
            _ => vec![Part::Hole],
        }
    }

    /// `app.config["ORDERS_URI"]`: what was stored under that key.
    fn fold_element(
        &mut self,
        file: u32,
        base: ExpressionId,
        index: ExpressionId,
        depth: u32,
    ) -> Vec<Part> {
        let world = self.world;
        let facts = world.file(file).facts();
        let (
            Expression::Text(key),
            Expression::Name { name, .. } | Expression::Member { name, .. },
        ) = (facts.expression(index), facts.expression(base))
        else {
            return vec![Part::Hole];
        };
        let text = format!("{}[\"{}\"]", facts.text(name), facts.text(key));
        let repository = world.file(file).repository;
        match world.word(&text).and_then(|word| self.elements.get(&(repository, word)).copied()) {
            Some((at, Some(value))) => based(self.fold(at, value, depth + 1)),
            _ => vec![Part::Hole],
        }
    }

    fn fold_call(&mut self, file: u32, id: ExpressionId, depth: u32) -> Vec<Part> {
        let facts = self.world.file(file).facts();
        let Expression::Call { callee, arguments } = facts.expression(id) else {
            return vec![Part::Hole];
        };
        let arguments = facts.list(arguments).to_vec();
        // A helper of the project with one returned value.
        if let End::Definition(at) = self.chase(file, callee, 0) {
            let definition = self.world.definition(at);
            let [value] = definition.returns.as_slice() else { return vec![Part::Hole] };
            let inner = self.fold(at.file, *value, depth + 1);
            return self.filled(&inner, at, file, &arguments, depth + 1);
        }
        let mut folded = |position: usize| match arguments.get(position) {
            Some(argument) => self.fold(file, *argument, depth + 1),
            None => vec![Part::Hole],
        };
        let (name, base) = match facts.expression(callee) {
            Expression::Member { name, base } => (facts.text(name), Some(base)),
            Expression::Name { name, .. } => (facts.text(name), None),
            _ => ("", None),
        };
        match name {
            "Sprintf" | "format" | "formatted" | "sprintf" => {
                // `"…".format(…)`.
                let own = base.filter(|base| {
                    name != "Sprintf" && matches!(facts.expression(*base), Expression::Text(_))
                });
                let pattern = match own {
                    Some(base) => self.fold(file, base, depth + 1),
                    None => folded(0),
                };
                let first = usize::from(own.is_none());
                format_parts(&pattern, &mut |position, wanted| {
                    let named =
                        arguments.iter().find_map(|argument| match facts.expression(*argument) {
                            Expression::Argument { name, value }
                                if !wanted.is_empty() && facts.text(name) == wanted =>
                            {
                                Some(value)
                            }
                            _ => None,
                        });
                    match named.or_else(|| arguments.get(position + first).copied()) {
                        Some(argument) => self.fold(file, argument, depth + 1),
                        None => vec![Part::Hole],
                    }
                })
            }
            "create" | "parse" | "URL" | "from" | "String" | "encodeURI" | "resolve" | "Uri"
            | "URI" => folded(0),
            // `os.getenv("API", "http://api/v1")`, `config("PREFIX", default="/api")`.
            "getenv" | "get" | "env" | "config" | "GetEnv" | "getEnv" | "Field"
                if arguments.len() >= 2 || name == "Field" =>
            {
                let position = usize::from(name != "Field");
                either(vec![vec![Part::Hole], folded(position)])
            }
            "join" | "JoinPath" | "urljoin" => {
                let mut parts = Vec::new();
                for position in 0..arguments.len().min(6) {
                    if position > 0 {
                        parts.push(Part::Text("/".to_owned()));
                    }
                    parts.extend(folded(position));
                }
                join(parts)
            }
            "toString" | "trim" | "rstrip" | "strip" | "lstrip" | "to_string" | "to_owned"
            | "clone" | "into" | "as_str" | "as_ref" | "TrimEnd" | "trimEnd" => match base {
                Some(base) => self.fold(file, base, depth + 1),
                None => vec![Part::Hole],
            },
            _ => vec![Part::Hole],
        }
    }

    /// Puts the arguments of a call of `function` in place of its parameters.
    pub fn filled(
        &mut self,
        parts: &[Part],
        function: DefinitionRef,
        file: u32,
        arguments: &[ExpressionId],
        depth: u32,
    ) -> Vec<Part> {
        let world = self.world;
        let definition = world.definition(function);
        let receiver = definition.parameters.first().map(|parameter| parameter.kind);
        let skip = usize::from(receiver == Some(ParameterKind::Receiver));
        let facts = world.file(file).facts();
        let mut out = Vec::new();
        for part in parts {
            let (Part::Parameter(at, position) | Part::Entry(at, position, _)) = part else {
                out.push(part.clone());
                continue;
            };
            let parameter = definition.parameters.get(*position as usize);
            if *at != function {
                out.push(part.clone());
                continue;
            }
            let name = parameter.map_or("", |p| world.file(function.file).facts().text(p.name));
            let argument = super::arguments::named_value(facts, arguments, name)
                .or_else(|| arguments.get((*position as usize).checked_sub(skip)?).copied());
            if let Part::Entry(.., wanted) = part {
                let given = argument.and_then(|argument| {
                    super::methods::option_parts(self, file, argument, wanted)
                });
                out.extend(given.unwrap_or_else(|| vec![Part::Text("GET".to_owned())]));
                continue;
            }
            let value = match (argument, parameter.and_then(|parameter| parameter.default)) {
                (Some(argument), _) => self.fold(file, argument, depth),
                (None, Some(default)) => self.fold(function.file, default, depth),
                (None, None) => vec![Part::Hole],
            };
            out.extend(if out.is_empty() { value } else { inside(value) });
        }
        join(out)
    }
}

/// Whether `inner` is `outer` or lies in it.
fn encloses(
    facts: &qf_graph::facts::FileFacts,
    outer: Option<qf_graph::facts::DefinitionId>,
    inner: Option<qf_graph::facts::DefinitionId>,
) -> bool {
    let mut at = inner;
    for _ in 0..16 {
        match at {
            Some(definition) if Some(definition) == outer => return true,
            Some(definition) => at = facts.definitions[definition.index()].parent,
            None => return false,
        }
    }
    false
}

/// One of several values: the last constant one is what holds when nothing is configured.
fn either(all: Vec<Vec<Part>>) -> Vec<Part> {
    let known = |parts: &Vec<Part>| matches!(parts.first(), Some(Part::Text(_)));
    let certain = all.iter().all(known);
    match all.into_iter().rev().find(known) {
        // Of several constants of the project any may be meant.
        Some(mut last) => {
            if !certain {
                last.push(Part::Default);
            }
            last
        }
        None => vec![Part::Hole],
    }
}

/// A value that stands inside a URL is no base of it.
fn inside(mut parts: Vec<Part>) -> Vec<Part> {
    parts.retain(|part| !matches!(part, Part::Base | Part::Default));
    parts
}

/// Marks the end of a value that begins a URL.
fn based(mut parts: Vec<Part>) -> Vec<Part> {
    let begins = match parts.first() {
        Some(Part::Text(text)) => text.contains("://") || parts.contains(&Part::Default),
        Some(Part::Hole) => true,
        _ => false,
    };
    if begins {
        parts.push(Part::Base);
    }
    parts
}

/// Replaces `%s`, `%d`, `%v`, `{}` in known text by arguments.
fn format_parts(pattern: &[Part], argument: &mut dyn FnMut(usize, &str) -> Vec<Part>) -> Vec<Part> {
    let mut out = Vec::new();
    let mut position = 0;
    for part in pattern {
        let Part::Text(text) = part else {
            out.push(part.clone());
            continue;
        };
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['%', '{']) {
            let (head, tail) = rest.split_at(at);
            out.push(Part::Text(head.to_owned()));
            let mut name = "";
            let len = if tail.starts_with('{') {
                let len = tail.find('}').map_or(tail.len(), |end| end + 1);
                name = tail[1..len].trim_end_matches('}').split([':', '!']).next().unwrap_or("");
                len
            } else {
                tail.char_indices()
                    .skip(1)
                    .find(|(_, c)| c.is_ascii_alphabetic() || *c == '%')
                    .map_or(tail.len(), |(index, _)| index + 1)
            };
            let value = argument(position, name);
            let first = out.iter().all(|part| matches!(part, Part::Text(text) if text.is_empty()));
            out.extend(if first { value } else { inside(value) });
            position += 1;
            rest = &tail[len.min(tail.len())..];
        }
        out.push(Part::Text(rest.to_owned()));
    }
    join(out)
}

pub fn join(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        match (out.last_mut(), part) {
            (_, Part::Text(text)) if text.is_empty() => {}
            (Some(Part::Text(last)), Part::Text(text)) => last.push_str(&text),
            (_, part) => out.push(part),
        }
    }
    out
}

/// A URL or a pattern of URLs, normalised.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Route {
    /// `/api/orders/{}`.
    pub path: String,
    /// The text began with something unknown: the path may be longer at the front.
    pub open: bool,
    /// The path without what the base URL has of it.
    pub tail: Option<String>,
    /// Host as written, with holes.
    pub host: Option<String>,
}

/// The route behind a folded URL or pattern; `None` when nothing literal is left.
pub fn route(parts: &[Part], provides: bool) -> Option<Route> {
    let mut text = String::new();
    let mut bases = Vec::new();
    let mut open = false;
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(&without_placeholders(part)),
            Part::Hole | Part::Parameter(..) | Part::Entry(..) => text.push_str("{}"),
            Part::Base => bases.push(text.len()),
            Part::Default => open = true,
        }
    }
    let mut host = None;
    let mut start = 0;
    if let Some(at) = text.find("://").filter(|at| !text[..*at].contains('/')) {
        let after = at + 3;
        let end = text[after..].find('/').map_or(text.len(), |slash| after + slash);
        host = Some(text[after..end].to_owned());
        start = end;
    } else if text.starts_with("{}") {
        open = true;
        start = 2;
    }
    let path = normal(&text[start..]);
    let literal = path.split('/').any(|segment| !segment.is_empty() && segment != "{}");
    let root = path == "/" && text[start..].starts_with('/');
    // `/{id}` alone is a route of a server whose others say where it is, and no request.
    let variable = provides && text[start..].starts_with('/');
    if !literal && !root && !variable {
        return None;
    }
    let tail = bases
        .iter()
        .rev()
        .find(|base| **base > start && text.is_char_boundary(**base))
        .map(|base| normal(&text[*base..]))
        .filter(|tail| *tail != path && tail.split('/').any(|s| !s.is_empty() && s != "{}"));
    Some(Route { path, open, tail, host })
}

/// `http://${host}/x`, as configuration has it, with holes.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}') else { break };
        out.push_str(&rest[..at]);
        out.push_str("{}");
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out
}

/// The path of a URL, a route pattern or a regular expression for one.
fn normal(text: &str) -> String {
    let plain;
    let mut rest = text;
    if rest.starts_with('^') || rest.contains("(?P<") {
        plain = without_groups(rest);
        rest = &plain;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or("");
    let mut path = String::new();
    let mut segments = rest.split('/').filter(|segment| !segment.is_empty()).peekable();
    while let Some(segment) = segments.next() {
        // A pattern that is mounted below another keeps its mark.
        let segment = segment.strip_prefix('^').unwrap_or(segment);
        if segment.is_empty() {
            continue;
        }
        path.push('/');
        let variable = segment.starts_with([':', '{', '<', '*', '$'])
            || segment.starts_with('[') && segment.ends_with(']');
        // `/orders${query}`: nobody glues a value to a path without a mark between.
        let glued = segment.strip_suffix("{}").filter(|head| {
            segments.peek().is_none()
                && !head.contains("{}")
                && head.ends_with(|c: char| c.is_alphanumeric())
        });
        match glued {
            _ if variable => path.push_str("{}"),
            Some(head) => path.push_str(head),
            None if segment.contains("{}") => path.push_str("{}"),
            None => path.push_str(segment),
        }
    }
    if path.is_empty() { "/".to_owned() } else { path }
}

/// `^orders/(?P<pk>\d+)/$` → `orders/{}/`.
fn without_groups(pattern: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_u32;
    for c in pattern.trim_start_matches('^').trim_end_matches('$').chars() {
        match c {
            '(' => {
                if depth == 0 {
                    out.push_str("{}");
                }
                depth += 1;
            }
            ')' => depth = depth.saturating_sub(1),
            '\\' => {}
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Part, Route, route};

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    fn of(pattern: &str) -> Option<String> {
        route(&[text(pattern)], false).map(|route| route.path)
    }

    #[test]
    fn routes_are_normalised() {
        assert_eq!(of("https://x.example/api/a/").as_deref(), Some("/api/a"));
        assert_eq!(of("/users/:id/posts?x=1").as_deref(), Some("/users/{}/posts"));
        assert_eq!(of("/users/<int:pk>").as_deref(), Some("/users/{}"));
        assert_eq!(of("^users/(?P<pk>\\d+)/x/$").as_deref(), Some("/users/{}/x"));
        assert_eq!(of("http://${HOST}/balances").as_deref(), Some("/balances"));
        assert_eq!(of("/").as_deref(), Some("/"));
        assert_eq!(of("http://x.example"), None);
        assert_eq!(of("/{id}"), None);
        assert_eq!(route(&[Part::Hole], false), None);
        let query = [text("/orders"), Part::Hole];
        assert_eq!(route(&query, false).map(|route| route.path).as_deref(), Some("/orders"));
    }

    #[test]
    fn bases_are_told_from_what_follows() {
        let unknown = [Part::Hole, Part::Base, text("/api/a/"), Part::Hole];
        let expected = Route { path: "/api/a/{}".to_owned(), open: true, ..Route::default() };
        assert_eq!(route(&unknown, false), Some(expected));
        let known = [text("https://x.example/api"), Part::Base, text("/users")];
        let expected = Route {
            path: "/api/users".to_owned(),
            open: false,
            tail: Some("/users".to_owned()),
            host: Some("x.example".to_owned()),
        };
        assert_eq!(route(&known, false), Some(expected));
    }
}

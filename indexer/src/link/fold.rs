//! String values at index time: constants, templates, helpers, with holes for what is not known.

use super::origin::{End, Origins};
use crate::resolve::DefinitionRef;
use qf_graph::facts::{Expression, ExpressionId, SymbolKind};

/// Most expressions that are looked at for one string.
const MAX_FOLDS: u32 = 2_000;

/// A piece of a string value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Known text.
    Text(String),
    /// Not known.
    Hole,
    /// What the n-th parameter of the function holds.
    Parameter(u16),
}

impl Origins<'_, '_> {
    /// The pieces of a string expression, seen from inside `function`.
    pub fn fold(
        &mut self,
        file: u32,
        id: ExpressionId,
        function: Option<DefinitionRef>,
        depth: u32,
    ) -> Vec<Part> {
        if depth == 0 {
            self.folds = 0;
        }
        self.folds += 1;
        if depth > 12 || self.folds > MAX_FOLDS {
            return vec![Part::Hole];
        }
        let facts = self.world.file(file).facts();
        match facts.expression(id) {
            Expression::Text(text) => vec![Part::Text(facts.text(text).to_owned())],
            Expression::Concat(items) => {
                let items = facts.list(items).to_vec();
                let parts = items
                    .into_iter()
                    .flat_map(|item| self.fold(file, item, function, depth + 1))
                    .collect();
                join(parts)
            }
            Expression::Either(items) => {
                // The last alternative of `a ?? "default"` is the constant one.
                let items = facts.list(items).to_vec();
                let all: Vec<_> = items
                    .into_iter()
                    .map(|item| self.fold(file, item, function, depth + 1))
                    .collect();
                let holes = all.iter().any(|parts| parts.contains(&Part::Hole));
                match all.last() {
                    Some(last) if !holes => last.clone(),
                    _ => vec![Part::Hole],
                }
            }
            Expression::Call { .. } => self.fold_call(file, id, function, depth),
            Expression::New { arguments, .. } => {
                // `new URL(path, base)`.
                match facts.list(arguments).first().copied() {
                    Some(first) => self.fold(file, first, function, depth + 1),
                    None => vec![Part::Hole],
                }
            }
            Expression::Name { .. } | Expression::Member { .. } => match self.chase(file, id, 0) {
                End::Parameter(at, index) if Some(at) == function => {
                    vec![Part::Parameter(index)]
                }
                End::Expression(other, value) if (other, value) != (file, id) => {
                    self.fold(other, value, function, depth + 1)
                }
                End::Definition(at)
                    if matches!(
                        self.world.definition(at).kind,
                        SymbolKind::Constant | SymbolKind::Variable | SymbolKind::Field
                    ) =>
                {
                    vec![Part::Hole]
                }
                End::Typed(..) => self.typed_parameter(file, id, function, depth),
                _ => vec![Part::Hole],
            },
            _ => vec![Part::Hole],
        }
    }

    /// A parameter with a declared type is still a parameter.
    fn typed_parameter(
        &mut self,
        file: u32,
        id: ExpressionId,
        function: Option<DefinitionRef>,
        depth: u32,
    ) -> Vec<Part> {
        let index = self.world.file(file);
        if let (Expression::Name { name, .. }, Some(function)) =
            (index.facts().expression(id), function)
            && function.file == file
        {
            let parameters = &self.world.definition(function).parameters;
            if let Some(position) = parameters.iter().position(|p| p.name == name) {
                return vec![Part::Parameter(position as u16)];
            }
            // A constant with a declared type: its value is bound beside the type.
        }
        if let Expression::Name { name, scope } = index.facts().expression(id) {
            let word = index.word(name);
            let mut at = Some(scope);
            while let Some(scope) = at {
                for binding in index.bindings(scope, word) {
                    if let qf_graph::facts::BindingValue::Value(value) = binding.value {
                        return self.fold(file, value, function, depth + 1);
                    }
                }
                at = index.facts().scopes[scope.index()].parent;
            }
        }
        vec![Part::Hole]
    }

    fn fold_call(
        &mut self,
        file: u32,
        id: ExpressionId,
        function: Option<DefinitionRef>,
        depth: u32,
    ) -> Vec<Part> {
        let facts = self.world.file(file).facts();
        let Expression::Call { callee, arguments } = facts.expression(id) else {
            return vec![Part::Hole];
        };
        let arguments = facts.list(arguments).to_vec();
        let folded = |this: &mut Self, position: usize| match arguments.get(position) {
            Some(argument) => this.fold(file, *argument, function, depth + 1),
            None => vec![Part::Hole],
        };
        // A helper of the project with one returned value.
        if let End::Definition(at) = self.chase(file, callee, 0) {
            let definition = self.world.definition(at);
            if let [value] = definition.returns.as_slice() {
                let value = *value;
                let inner = self.fold(at.file, value, Some(at), depth + 1);
                let parts = inner
                    .into_iter()
                    .flat_map(|part| match part {
                        Part::Parameter(position) => folded(self, position as usize),
                        other => vec![other],
                    })
                    .collect();
                return join(parts);
            }
            return vec![Part::Hole];
        }
        let name = match facts.expression(callee) {
            Expression::Member { name, .. } | Expression::Name { name, .. } => facts.text(name),
            _ => "",
        };
        match name {
            "Sprintf" | "format" | "formatted" => {
                let pattern = match (name, facts.expression(callee)) {
                    // `"…".format(…)`.
                    ("format" | "formatted", Expression::Member { base, .. })
                        if matches!(facts.expression(base), Expression::Text(_)) =>
                    {
                        let pattern = self.fold(file, base, function, depth + 1);
                        return format_parts(&pattern, &mut |_| vec![Part::Hole]);
                    }
                    _ => folded(self, 0),
                };
                format_parts(&pattern, &mut |position| folded(self, position + 1))
            }
            "create" | "parse" | "URL" | "from" | "String" | "encodeURI" | "resolve" => {
                folded(self, 0)
            }
            "join" | "JoinPath" | "urljoin" => {
                let mut parts = Vec::new();
                for position in 0..arguments.len().min(6) {
                    if position > 0 {
                        parts.push(Part::Text("/".to_owned()));
                    }
                    parts.extend(folded(self, position));
                }
                join(parts)
            }
            _ => vec![Part::Hole],
        }
    }
}

/// Replaces `%s`, `%d`, `%v`, `{}` in known text by arguments.
fn format_parts(pattern: &[Part], argument: &mut dyn FnMut(usize) -> Vec<Part>) -> Vec<Part> {
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
            let len = if tail.starts_with('{') {
                tail.find('}').map_or(tail.len(), |end| end + 1)
            } else {
                tail.char_indices()
                    .skip(1)
                    .find(|(_, c)| c.is_ascii_alphabetic() || *c == '%')
                    .map_or(tail.len(), |(index, _)| index + 1)
            };
            out.extend(argument(position));
            position += 1;
            rest = &tail[len.min(tail.len())..];
        }
        out.push(Part::Text(rest.to_owned()));
    }
    join(out)
}

fn join(parts: Vec<Part>) -> Vec<Part> {
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

/// The route behind a folded URL or pattern: `/api/orders/{}`; `None` when nothing literal is
/// left. The flag tells that the text began with something unknown (a base URL).
pub fn route(parts: &[Part]) -> Option<(String, bool)> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Hole | Part::Parameter(_) => text.push_str("{}"),
        }
    }
    let mut open = false;
    let mut rest = text.as_str();
    if let Some(at) = rest.find("://") {
        let host = &rest[at + 3..];
        rest = host.find('/').map_or("", |slash| &host[slash..]);
    } else if let Some(after) = rest.strip_prefix("{}") {
        open = true;
        rest = after;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or("");
    let mut path = String::new();
    for segment in rest.split('/').filter(|segment| !segment.is_empty()) {
        path.push('/');
        let variable = segment.starts_with([':', '{', '<', '*', '$'])
            || segment.contains("{}")
            || segment.starts_with('[') && segment.ends_with(']');
        path.push_str(if variable { "{}" } else { segment });
    }
    let literal = path.split('/').any(|segment| !segment.is_empty() && segment != "{}");
    if rest.is_empty() || !literal {
        return (rest.starts_with('/') && path.is_empty()).then(|| ("/".to_owned(), open));
    }
    Some((path, open))
}

#[cfg(test)]
mod tests {
    use super::{Part, route};

    fn of(text: &str) -> Option<(String, bool)> {
        route(&[Part::Text(text.to_owned())])
    }

    #[test]
    fn routes_are_normalised() {
        assert_eq!(of("https://x.example/api/a/"), Some(("/api/a".to_owned(), false)));
        assert_eq!(of("/users/:id/posts?x=1"), Some(("/users/{}/posts".to_owned(), false)));
        assert_eq!(of("/users/<int:pk>"), Some(("/users/{}".to_owned(), false)));
        let base = [Part::Hole, Part::Text("/api/a/".to_owned()), Part::Hole];
        assert_eq!(route(&base), Some(("/api/a/{}".to_owned(), true)));
        assert_eq!(route(&[Part::Hole]), None);
        assert_eq!(of("/{id}"), None);
    }
}

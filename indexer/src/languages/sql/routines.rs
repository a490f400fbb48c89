//! Functions, procedures and triggers: their parameters and what their bodies read and write.
//!
//! Bodies are written in a procedural dialect around SQL. The SQL statements are picked out between
//! the control words; names of parameters and declared variables are no columns.

use super::{SqlFile, bytes, tables, written};
use crate::extract::sql::tokens::{TokenKind, Tokens, tokenize};
use crate::extract::{NewDefinition, sql};
use qf_graph::facts::{
    ByteRange, DefinitionFlags, DefinitionId, ParameterKind, ScopeKind, SymbolKind,
};

/// Words after which a new statement begins inside a body.
const CONTROL: [&str; 7] = ["then", "else", "loop", "begin", "do", "query", "as"];

impl SqlFile<'_, '_, '_> {
    pub(super) fn create_routine(&mut self, tokens: &Tokens<'_>, at: usize, doc: &str) {
        let Some((after, name_at)) = tokens.dotted_name(at) else { return };
        let span = bytes(tokens, 0, tokens.len());
        let name_span = bytes(tokens, name_at, name_at + 1);
        let body = Self::body_start(tokens, after);
        let end = bytes(tokens, 0, body).end;
        let name = written(tokens, name_at);
        let id = self.define(SymbolKind::Function, name, span, name_span, end);
        self.out.set_doc(id, doc);
        self.out.open_definition(id, ScopeKind::Function);
        let mut variables = Vec::new();
        for (from, to) in tables::entries(tokens, after) {
            self.parameter(tokens, id, from, to, &mut variables);
        }
        let returns = (after..body).find(|at| tokens.is_any(*at, &["returns", "return"]));
        if let Some(returns) = returns {
            let many = usize::from(tokens.is(returns + 1, "setof"));
            let row = tokens.is(returns + 1, "table");
            if !row {
                let declared = self.column_type(tokens, returns + 1 + many, body);
                self.out.get_mut(id).declared_type = declared;
            }
        }
        self.body(tokens, body, id, &mut variables);
        self.out.close_definition();
    }

    /// Position of the first token of the body.
    fn body_start(tokens: &Tokens<'_>, after: usize) -> usize {
        let from = if tokens.symbol(after, "(") { tokens.after_parentheses(after) } else { after };
        (from..tokens.len())
            .find(|at| {
                let text = tokens.kind(*at) == Some(TokenKind::Text)
                    && tokens.source(*at).starts_with('$');
                text || tokens.is_any(*at, &["begin", "declare"])
                    || (tokens.is_any(*at, &["as", "is"]) && *at > from)
            })
            .unwrap_or(tokens.len())
    }

    /// `name type`, `IN name type DEFAULT …`, `@name type`.
    fn parameter(
        &mut self,
        tokens: &Tokens<'_>,
        function: DefinitionId,
        from: usize,
        to: usize,
        variables: &mut Vec<String>,
    ) {
        let mut at = from;
        while at + 1 < to && tokens.is_any(at, &["in", "out", "inout", "variadic"]) {
            at += 1;
        }
        let hole = tokens.kind(at) == Some(TokenKind::Hole);
        let name =
            if hole { tokens.source(at).trim_start_matches('@') } else { written(tokens, at) };
        let Some((_, last)) = tokens.dotted_name(at) else { return };
        // A parameter without a name is only a type: `timestamp with time zone`.
        let only_type =
            tokens.is_any(last + 1, &["with", "without", "varying", "precision"]) && !hole;
        let type_at = if only_type { at } else { last + 1 };
        let declared = self.column_type(tokens, type_at, to);
        let name = if declared.is_some() && !only_type { name } else { "" };
        let offset = bytes(tokens, at, at + 1).start;
        variables.push(name.to_lowercase());
        self.out.parameter(function, name, declared, None, ParameterKind::Plain, offset);
    }

    pub(super) fn create_trigger(&mut self, tokens: &Tokens<'_>, at: usize, doc: &str) {
        let Some((after, name_at)) = tokens.dotted_name(at) else { return };
        let span = bytes(tokens, 0, tokens.len());
        let name_span = bytes(tokens, name_at, name_at + 1);
        let name = written(tokens, name_at);
        // Not bound: nobody can call a trigger, and it often has its function's name.
        let id = self.out.define(&NewDefinition {
            name,
            kind: SymbolKind::Function,
            span,
            name_span,
            signature_end: 0,
            flags: DefinitionFlags::EXPORTED,
        });
        self.out.set_doc(id, doc);
        self.out.open_definition(id, ScopeKind::Function);
        if let Some(on) = (after..tokens.len()).find(|at| tokens.is(*at, "on")) {
            self.mention_table(tokens, on + 1);
        }
        let execute = (after..tokens.len().saturating_sub(1)).find(|at| {
            tokens.is(*at, "execute") && tokens.is_any(at + 1, &["function", "procedure"])
        });
        if let Some(execute) = execute {
            self.call(tokens, execute + 2);
        } else {
            let body = (after..tokens.len()).find(|at| tokens.is(*at, "begin"));
            self.body(tokens, body.unwrap_or(tokens.len()), id, &mut Vec::new());
        }
        self.out.close_definition();
    }

    /// `DO $$ … $$`, anonymous blocks and scripts with control flow.
    pub(super) fn block(&mut self, tokens: &Tokens<'_>) {
        let quoted = (0..tokens.len()).find(|at| tokens.kind(*at) == Some(TokenKind::Text));
        match quoted.filter(|_| tokens.is(0, "do")) {
            Some(at) => self.quoted_body(tokens, at, None, &mut Vec::new()),
            None => self.segments(tokens, 0, None, &mut Vec::new()),
        }
    }

    fn body(
        &mut self,
        tokens: &Tokens<'_>,
        from: usize,
        within: DefinitionId,
        variables: &mut Vec<String>,
    ) {
        let quoted = (from..tokens.len().min(from + 3)).find(|at| {
            tokens.kind(*at) == Some(TokenKind::Text)
                && (tokens.source(*at).starts_with('$') || tokens.is(at.saturating_sub(1), "as"))
        });
        match quoted {
            Some(at) => self.quoted_body(tokens, at, Some(within), variables),
            None => {
                self.segments(&tokens.slice(from, tokens.len()), 0, Some(within), variables);
            }
        }
    }

    /// A body inside a string literal.
    fn quoted_body(
        &mut self,
        tokens: &Tokens<'_>,
        at: usize,
        within: Option<DefinitionId>,
        variables: &mut Vec<String>,
    ) {
        let source = tokens.source(at);
        let tag = source.strip_prefix('$').and_then(|rest| rest.find('$'));
        let mark = tag.map_or(1, |end| end + 2);
        let inner = source.get(mark..source.len().saturating_sub(mark)).unwrap_or("");
        let offset = tokens.list[at].start + mark;
        let list = tokenize(inner);
        self.segments(&Tokens { text: inner, list: &list }, offset, within, variables);
    }

    /// The statements of a body; token offsets begin at byte `offset` of the file.
    fn segments(
        &mut self,
        tokens: &Tokens<'_>,
        offset: usize,
        within: Option<DefinitionId>,
        variables: &mut Vec<String>,
    ) {
        let mut declaring = false;
        for statement in sql::statements(tokens) {
            for segment in segments_of(&statement) {
                declaring |= segment.is(0, "declare");
                if declaring {
                    let first = usize::from(segment.is(0, "declare"));
                    variables.extend(segment.name(first));
                }
                if segment.is_any(0, &["call", "perform", "exec", "execute"])
                    && (segment.symbol(2, "(") || segment.symbol(4, "(") || segment.len() == 2)
                {
                    self.call_in_body(&segment, offset);
                }
                self.segment(&segment, offset, within, variables);
            }
            declaring &= !(0..statement.len()).any(|at| statement.is(at, "begin"));
        }
    }

    fn call_in_body(&mut self, segment: &Tokens<'_>, offset: usize) {
        let Some((_, last)) = segment.dotted_name(1) else { return };
        let name = written(segment, last);
        if !name.is_empty() {
            let callee = self.out.name_expression(name);
            let call = self.out.call(callee, &[]);
            let span = shifted(bytes(segment, last, last + 1), offset);
            let flags = qf_graph::facts::ReferenceFlags::empty();
            self.out.call_reference(name, span, call, flags);
        }
    }

    fn segment(
        &mut self,
        segment: &Tokens<'_>,
        offset: usize,
        within: Option<DefinitionId>,
        variables: &[String],
    ) {
        let start = (0..segment.len()).find(|at| {
            segment.is_any(*at, &super::QUERIES)
                && sql::is_statement(&segment.slice(*at, segment.len()))
        });
        if let Some(start) = start {
            let statement = segment.slice(start, segment.len());
            let span = shifted(bytes(&statement, 0, statement.len()), offset);
            let accesses = sql::accesses_of_statement(&statement);
            self.accesses(&accesses, within, span, variables);
        }
    }
}

fn shifted(range: ByteRange, offset: usize) -> ByteRange {
    ByteRange { start: range.start + offset as u32, end: range.end + offset as u32 }
}

/// A statement of a body split after its control words, `CASE` expressions and `MERGE` kept whole.
fn segments_of<'a>(statement: &Tokens<'a>) -> Vec<Tokens<'a>> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut cases = 0usize;
    let mut parentheses = 0usize;
    for at in 0..statement.len() {
        if statement.is(at, "case") {
            cases += 1;
        } else if statement.is(at, "end") {
            cases = cases.saturating_sub(1);
        } else if statement.symbol(at, "(") {
            parentheses += 1;
        } else if statement.symbol(at, ")") {
            parentheses = parentheses.saturating_sub(1);
        } else if cases == 0
            && parentheses == 0
            && statement.is_any(at, &CONTROL)
            && !statement.is(start, "merge")
            && !(statement.is(at, "as") && at > start)
            // `ON CONFLICT DO UPDATE` is one statement.
            && !(statement.is(at, "do") && statement.is_any(at + 1, &["update", "nothing"]))
        {
            if at > start {
                out.push(statement.slice(start, at));
            }
            start = at + 1;
        }
    }
    if statement.len() > start {
        out.push(statement.slice(start, statement.len()));
    }
    out
}

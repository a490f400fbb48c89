//! From a parsed statement to the columns it reads and writes.
//!
//! Each query level is a [`Frame`] of sources; a column with a qualifier is looked up by alias from
//! the inside out, a bare one belongs to the only table of its level. A bare column between several
//! tables is left out rather than guessed; the tables themselves are then noted as read.

use super::HOLE;
use super::tokens::is_plain_name;
use qf_graph::facts::{ByteRange, SqlAccess};
use rustc_hash::FxHashSet;
use sqlparser::ast::{
    AccessExpr, Assignment, AssignmentTarget, CopySource, CopyTarget, Delete, Expr, FromTable,
    Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, Insert,
    JoinConstraint, JoinOperator, LimitClause, MergeAction, MergeClause, MergeInsertKind,
    ObjectName, OnConflictAction, OnInsert, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement, TableAlias, TableFactor,
    TableObject, TableWithJoins, UpdateTableFromKind, WindowType,
};

/// Expressions nested deeper than this are not followed.
const MAX_DEPTH: u32 = 100;

/// Words the parser takes for columns although they are values.
const PSEUDO_COLUMNS: [&str; 17] = [
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "excluded",
    "false",
    "inserted",
    "localtime",
    "localtimestamp",
    "new",
    "null",
    "old",
    "rownum",
    "session_user",
    "sysdate",
    "true",
];

struct Source {
    alias: String,
    /// `None` for sub-queries, CTEs, functions and unknown tables.
    table: Option<String>,
    /// A column of it was noted, or the table itself.
    touched: bool,
}

#[derive(Default)]
struct Frame {
    sources: Vec<Source>,
    /// Names given to select items: they are no columns in `ORDER BY` and the like.
    named_items: Vec<String>,
}

/// Collects the accesses of statements.
#[derive(Default)]
pub struct Walk {
    frames: Vec<Frame>,
    /// Names of the common table expressions in sight.
    common: Vec<String>,
    depth: u32,
    seen: FxHashSet<(String, Option<String>, bool, bool)>,
    /// The accesses so far, each once.
    pub out: Vec<SqlAccess>,
}

#[derive(Clone, Copy)]
enum Verb {
    Read,
    Write,
    Insert,
}

fn identifier(ident: &Ident) -> Option<String> {
    let plain = is_plain_name(&ident.value) && !ident.value.contains(HOLE);
    plain.then(|| ident.value.to_lowercase())
}

fn last_name(name: &ObjectName) -> Option<String> {
    identifier(name.0.last()?.as_ident()?)
}

impl Walk {
    /// Notes one access, once.
    fn note(&mut self, table: &str, column: Option<&str>, verb: Verb) {
        let (write, insert) = match verb {
            Verb::Read => (false, false),
            Verb::Write => (true, false),
            Verb::Insert => (true, true),
        };
        let key = (table.to_owned(), column.map(str::to_owned), write, insert);
        if self.seen.insert(key) {
            self.out.push(SqlAccess {
                table: table.to_owned(),
                column: column.map(str::to_owned),
                write,
                insert,
                within: None,
                span: ByteRange::default(),
            });
        }
    }

    // ---- statements --------------------------------------------------------------------------

    /// Walks one statement.
    pub fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) | Statement::CreateView { query, .. } => self.query(query),
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update { table, assignments, from, selection, returning, .. } => {
                self.update(
                    table,
                    assignments,
                    from.as_ref(),
                    selection.as_ref(),
                    returning.as_deref(),
                );
            }
            Statement::Delete(delete) => self.delete(delete),
            Statement::Merge { table, source, on, clauses, .. } => {
                self.merge(table, source, on, clauses);
            }
            Statement::Truncate { table_names, .. } => {
                for target in table_names {
                    if let Some(table) = last_name(&target.name) {
                        self.note(&table, None, Verb::Write);
                    }
                }
            }
            Statement::CreateTable(create) => {
                if let Some(query) = &create.query {
                    self.query(query);
                }
            }
            Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => {
                self.statement(statement);
            }
            Statement::Copy { source, to, target, .. } => self.copy(source, *to, target),
            _ => {}
        }
    }

    fn copy(&mut self, source: &CopySource, to: bool, _target: &CopyTarget) {
        match source {
            CopySource::Query(query) => self.query(query),
            CopySource::Table { table_name, columns } => {
                let verb = if to { Verb::Read } else { Verb::Insert };
                if let Some(table) = last_name(table_name) {
                    self.listed_columns(&table, columns, verb);
                }
            }
        }
    }

    /// Notes listed columns of a table; an empty or unreadable list is the whole table.
    fn listed_columns(&mut self, table: &str, columns: &[Ident], verb: Verb) {
        let names: Vec<String> = columns.iter().filter_map(identifier).collect();
        if names.len() < columns.len().max(1) {
            self.note(table, None, verb);
        }
        for name in names {
            self.note(table, Some(&name), verb);
        }
    }

    fn insert(&mut self, insert: &Insert) {
        let TableObject::TableName(name) = &insert.table else { return };
        let table = last_name(name);
        if let Some(table) = &table
            && insert.assignments.is_empty()
        {
            self.listed_columns(table, &insert.columns, Verb::Insert);
        }
        if let Some(source) = &insert.source {
            self.query(source);
        }
        let alias = insert.table_alias.as_ref().and_then(identifier).or_else(|| table.clone());
        self.frames.push(Frame {
            sources: vec![Source { alias: alias.unwrap_or_default(), table, touched: true }],
            named_items: Vec::new(),
        });
        self.assignments(&insert.assignments, Verb::Insert);
        match &insert.on {
            Some(OnInsert::DuplicateKeyUpdate(assignments)) => {
                self.assignments(assignments, Verb::Write);
            }
            Some(OnInsert::OnConflict(conflict)) => {
                if let OnConflictAction::DoUpdate(update) = &conflict.action {
                    self.assignments(&update.assignments, Verb::Write);
                    self.optional(update.selection.as_ref());
                }
            }
            _ => {}
        }
        self.select_items(insert.returning.as_deref().unwrap_or(&[]));
        self.frames.pop();
    }

    fn update(
        &mut self,
        table: &TableWithJoins,
        assignments: &[Assignment],
        from: Option<&UpdateTableFromKind>,
        selection: Option<&Expr>,
        returning: Option<&[SelectItem]>,
    ) {
        self.frames.push(Frame::default());
        self.table_with_joins(table);
        if let Some(
            UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables),
        ) = from
        {
            for table in tables {
                self.table_with_joins(table);
            }
        }
        self.settle_alias_target();
        self.touch_target();
        self.assignments(assignments, Verb::Write);
        self.optional(selection);
        self.select_items(returning.unwrap_or(&[]));
        self.close_frame();
    }

    /// `UPDATE u SET … FROM users u`: the target is the alias of a table that follows.
    fn settle_alias_target(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let Some((target, others)) = frame.sources.split_first_mut() else { return };
        let same = |source: &&Source| {
            source.alias == target.alias && source.table.is_some() && source.table != target.table
        };
        if let Some(real) = others.iter().find(same) {
            target.table.clone_from(&real.table);
            let alias = target.alias.clone();
            frame.sources.retain({
                let mut first = true;
                move |source| std::mem::take(&mut first) || source.alias != alias
            });
        }
    }

    /// The target of a write is no table that is read.
    fn touch_target(&mut self) {
        if let Some(source) = self.frames.last_mut().and_then(|frame| frame.sources.first_mut()) {
            source.touched = true;
        }
    }

    fn assignments(&mut self, assignments: &[Assignment], verb: Verb) {
        for assignment in assignments {
            match &assignment.target {
                AssignmentTarget::ColumnName(name) => self.written(name, verb),
                AssignmentTarget::Tuple(names) => {
                    for name in names {
                        self.written(name, verb);
                    }
                }
            }
            self.expression(&assignment.value);
        }
    }

    /// A column that is set: bare ones belong to the first table, the target.
    fn written(&mut self, name: &ObjectName, verb: Verb) {
        let parts: Vec<&Ident> = name.0.iter().filter_map(|part| part.as_ident()).collect();
        let Some((column, qualifiers)) = parts.split_last() else { return };
        let qualifier = qualifiers.last().and_then(|qualifier| identifier(qualifier));
        let Some(frame) = self.frames.last() else { return };
        let table = qualifier
            .and_then(|alias| frame.sources.iter().find(|source| source.alias == alias))
            .or(frame.sources.first())
            .and_then(|source| source.table.clone());
        if let Some(table) = table {
            let column = identifier(column);
            self.note(&table, column.as_deref(), verb);
        }
    }

    fn delete(&mut self, delete: &Delete) {
        self.frames.push(Frame::default());
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        for table in tables {
            self.table_with_joins(table);
        }
        for table in delete.using.iter().flatten() {
            self.table_with_joins(table);
        }
        let mut targets: Vec<String> = Vec::new();
        if let Some(frame) = self.frames.last_mut() {
            if delete.tables.is_empty()
                && let Some(source) = frame.sources.first_mut()
            {
                source.touched = true;
                targets.extend(source.table.clone());
            }
            for name in delete.tables.iter().filter_map(last_name) {
                let named = frame.sources.iter_mut().find(|source| source.alias == name);
                match named {
                    Some(source) => {
                        source.touched = true;
                        targets.extend(source.table.clone());
                    }
                    None => targets.push(name),
                }
            }
        }
        for table in targets {
            self.note(&table, None, Verb::Write);
        }
        self.optional(delete.selection.as_ref());
        self.select_items(delete.returning.as_deref().unwrap_or(&[]));
        self.close_frame();
    }

    fn merge(
        &mut self,
        table: &TableFactor,
        source: &TableFactor,
        on: &Expr,
        clauses: &[MergeClause],
    ) {
        self.frames.push(Frame::default());
        self.table_factor(table);
        self.touch_target();
        self.table_factor(source);
        self.expression(on);
        let target = self.frames.last().and_then(|frame| frame.sources.first()?.table.clone());
        for clause in clauses {
            self.optional(clause.predicate.as_ref());
            match &clause.action {
                MergeAction::Insert(insert) => {
                    if let Some(target) = &target {
                        self.listed_columns(target, &insert.columns, Verb::Insert);
                    }
                    if let MergeInsertKind::Values(values) = &insert.kind {
                        for row in &values.rows {
                            self.expressions(row);
                        }
                    }
                }
                MergeAction::Update { assignments } => self.assignments(assignments, Verb::Write),
                MergeAction::Delete => {
                    if let Some(target) = &target {
                        self.note(target, None, Verb::Write);
                    }
                }
            }
        }
        self.close_frame();
    }

    // ---- queries -----------------------------------------------------------------------------

    fn query(&mut self, query: &Query) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let outer = self.common.len();
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.common.extend(identifier(&table.alias.name));
            self.query(&table.query);
        }
        self.set_expression(&query.body, query.order_by.as_ref());
        if let Some(LimitClause::LimitOffset { limit: Some(limit), .. }) = &query.limit_clause {
            self.frames.push(Frame::default());
            self.expression(limit);
            self.frames.pop();
        }
        self.common.truncate(outer);
        self.depth -= 1;
    }

    fn set_expression(&mut self, body: &SetExpr, order_by: Option<&OrderBy>) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match body {
            SetExpr::Select(select) => self.select(select, order_by),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.set_expression(left, None);
                self.set_expression(right, None);
            }
            SetExpr::Values(values) => {
                for row in &values.rows {
                    self.expressions(row);
                }
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.statement(statement),
            SetExpr::Table(table) => {
                if let Some(name) = &table.table_name {
                    self.note(&name.to_lowercase(), None, Verb::Read);
                }
            }
        }
        self.depth -= 1;
    }

    fn select(&mut self, select: &Select, order_by: Option<&OrderBy>) {
        self.frames.push(Frame::default());
        for table in &select.from {
            self.table_with_joins(table);
        }
        self.select_items(&select.projection);
        self.optional(select.prewhere.as_ref());
        self.optional(select.selection.as_ref());
        let names = select.projection.iter().filter_map(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => identifier(alias),
            _ => None,
        });
        let names: Vec<String> = names.collect();
        if let Some(frame) = self.frames.last_mut() {
            frame.named_items = names;
        }
        if let GroupByExpr::Expressions(items, _) = &select.group_by {
            self.expressions(items);
        }
        self.optional(select.having.as_ref());
        self.optional(select.qualify.as_ref());
        if let Some(OrderBy { kind: OrderByKind::Expressions(items), .. }) = order_by {
            self.order_by(items);
        }
        self.close_frame();
    }

    fn order_by(&mut self, items: &[OrderByExpr]) {
        for item in items {
            self.expression(&item.expr);
        }
    }

    /// Ends a query level; tables of which no column is known are noted as a whole.
    fn close_frame(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        for source in frame.sources {
            if let (Some(table), false) = (source.table, source.touched) {
                self.note(&table, None, Verb::Read);
            }
        }
    }

    fn select_items(&mut self, items: &[SelectItem]) {
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expression)
                | SelectItem::ExprWithAlias { expr: expression, .. } => {
                    self.expression(expression);
                }
                SelectItem::QualifiedWildcard(kind, _) => {
                    if let SelectItemQualifiedWildcardKind::ObjectName(name) = kind
                        && let Some(alias) = last_name(name)
                    {
                        self.whole_source(&alias);
                    }
                }
                SelectItem::Wildcard(_) => self.all_sources(),
            }
        }
    }

    fn whole_source(&mut self, alias: &str) {
        let found = self
            .frames
            .iter_mut()
            .rev()
            .find_map(|frame| frame.sources.iter_mut().find(|source| source.alias == alias));
        if let Some(source) = found {
            source.touched = true;
            if let Some(table) = source.table.clone() {
                self.note(&table, None, Verb::Read);
            }
        }
    }

    fn all_sources(&mut self) {
        let Some(frame) = self.frames.last_mut() else { return };
        let mut tables = Vec::new();
        for source in &mut frame.sources {
            source.touched = true;
            tables.extend(source.table.clone());
        }
        for table in tables {
            self.note(&table, None, Verb::Read);
        }
    }

    // ---- tables ------------------------------------------------------------------------------

    fn table_with_joins(&mut self, table: &TableWithJoins) {
        self.table_factor(&table.relation);
        for join in &table.joins {
            self.table_factor(&join.relation);
        }
        for join in &table.joins {
            self.join_condition(&join.join_operator);
        }
    }

    fn join_condition(&mut self, operator: &JoinOperator) {
        let constraint = match operator {
            JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::Semi(constraint)
            | JoinOperator::LeftSemi(constraint)
            | JoinOperator::RightSemi(constraint)
            | JoinOperator::Anti(constraint)
            | JoinOperator::LeftAnti(constraint)
            | JoinOperator::RightAnti(constraint)
            | JoinOperator::AsOf { constraint, .. }
            | JoinOperator::StraightJoin(constraint) => constraint,
            JoinOperator::CrossApply | JoinOperator::OuterApply => return,
        };
        match constraint {
            JoinConstraint::On(expression) => self.expression(expression),
            JoinConstraint::Using(columns) => {
                for column in columns.iter().filter_map(last_name) {
                    self.column_of_all(&column);
                }
            }
            JoinConstraint::Natural | JoinConstraint::None => {}
        }
    }

    /// A column of `USING (…)` is one of every joined table.
    fn column_of_all(&mut self, column: &str) {
        let Some(frame) = self.frames.last_mut() else { return };
        let tables: Vec<String> = frame
            .sources
            .iter_mut()
            .filter_map(|source| {
                source.touched = true;
                source.table.clone()
            })
            .collect();
        for table in tables {
            self.note(&table, Some(column), Verb::Read);
        }
    }

    fn add_source(&mut self, alias: Option<&TableAlias>, table: Option<String>) {
        let alias = alias
            .and_then(|alias| identifier(&alias.name))
            .or_else(|| table.clone())
            .unwrap_or_default();
        if let Some(frame) = self.frames.last_mut() {
            frame.sources.push(Source { alias, table, touched: false });
        }
    }

    fn table_factor(&mut self, factor: &TableFactor) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        match factor {
            TableFactor::Table { name, alias, args, .. } => {
                let plain = last_name(name).filter(|name| {
                    args.is_none()
                        && !(self.common.contains(name))
                        && !PSEUDO_TABLES.contains(&name.as_str())
                });
                if let Some(table) = plain {
                    self.add_source(alias.as_ref(), Some(table));
                } else {
                    let own = last_name(name).unwrap_or_default();
                    self.add_source(alias.as_ref(), None);
                    // A common table without an alias goes by its own name.
                    if alias.is_none() {
                        let source = self.frames.last_mut().and_then(|f| f.sources.last_mut());
                        if let Some(source) = source {
                            source.alias = own;
                        }
                    }
                }
                for argument in args.iter().flat_map(|args| &args.args) {
                    self.argument(argument);
                }
            }
            TableFactor::Derived { subquery, alias, .. } => {
                self.query(subquery);
                self.add_source(alias.as_ref(), None);
            }
            TableFactor::NestedJoin { table_with_joins, .. } => {
                self.table_with_joins(table_with_joins);
            }
            TableFactor::Pivot { table, .. } | TableFactor::Unpivot { table, .. } => {
                self.table_factor(table);
            }
            TableFactor::Function { alias, args, .. } => {
                for argument in args {
                    self.argument(argument);
                }
                self.add_source(alias.as_ref(), None);
            }
            TableFactor::UNNEST { alias, array_exprs, .. } => {
                self.expressions(array_exprs);
                self.add_source(alias.as_ref(), None);
            }
            TableFactor::TableFunction { expr, alias } => {
                self.expression(expr);
                self.add_source(alias.as_ref(), None);
            }
            _ => self.add_source(None, None),
        }
        self.depth -= 1;
    }

    // ---- expressions ---------------------------------------------------------------------------

    fn optional(&mut self, expression: Option<&Expr>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    fn expressions(&mut self, expressions: &[Expr]) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    /// Notes a column that is read.
    fn column(&mut self, parts: &[Ident]) {
        let Some((column, qualifiers)) = parts.split_last() else { return };
        let Some(column) = identifier(column) else { return };
        let qualifier = match qualifiers.last() {
            Some(qualifier) => match identifier(qualifier) {
                Some(qualifier) => Some(qualifier),
                None => return,
            },
            None => None,
        };
        let source = if let Some(alias) = &qualifier {
            self.frames
                .iter_mut()
                .rev()
                .find_map(|frame| frame.sources.iter_mut().find(|source| source.alias == *alias))
        } else {
            if PSEUDO_COLUMNS.contains(&column.as_str()) {
                return;
            }
            let frame = self.frames.iter_mut().rev().find(|frame| !frame.sources.is_empty());
            frame.and_then(|frame| match frame.sources.as_mut_slice() {
                [only] if !frame.named_items.contains(&column) && only.alias != column => {
                    Some(only)
                }
                _ => None,
            })
        };
        if let Some(source) = source {
            source.touched = true;
            if let Some(table) = source.table.clone() {
                self.note(&table, Some(&column), Verb::Read);
            }
        }
    }

    fn expression(&mut self, expression: &Expr) {
        if self.depth >= MAX_DEPTH {
            return;
        }
        self.depth += 1;
        self.expression_inside(expression);
        self.depth -= 1;
    }

    fn expression_inside(&mut self, expression: &Expr) {
        match expression {
            Expr::Identifier(ident) => self.column(std::slice::from_ref(ident)),
            Expr::CompoundIdentifier(parts) => self.column(parts),
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.expression(root);
                for access in access_chain {
                    if let AccessExpr::Subscript(sqlparser::ast::Subscript::Index { index }) =
                        access
                    {
                        self.expression(index);
                    }
                }
            }
            Expr::JsonAccess { value: inner, .. }
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Convert { expr: inner, .. }
            | Expr::Cast { expr: inner, .. }
            | Expr::Extract { expr: inner, .. }
            | Expr::Ceil { expr: inner, .. }
            | Expr::Floor { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Nested(inner)
            | Expr::OuterJoin(inner)
            | Expr::Prior(inner)
            | Expr::Named { expr: inner, .. }
            | Expr::Trim { expr: inner, .. } => self.expression(inner),
            Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::BinaryOp { left, right, .. }
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. }
            | Expr::Position { expr: left, r#in: right }
            | Expr::AtTimeZone { timestamp: left, time_zone: right }
            | Expr::Like { expr: left, pattern: right, .. }
            | Expr::ILike { expr: left, pattern: right, .. }
            | Expr::SimilarTo { expr: left, pattern: right, .. }
            | Expr::RLike { expr: left, pattern: right, .. }
            | Expr::InUnnest { expr: left, array_expr: right, .. } => {
                self.expression(left);
                self.expression(right);
            }
            Expr::Between { expr, low, high, .. } => {
                self.expression(expr);
                self.expression(low);
                self.expression(high);
            }
            Expr::InList { expr, list, .. } => {
                self.expression(expr);
                self.expressions(list);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expression(expr);
                self.query(subquery);
            }
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.expression(expr);
                self.optional(substring_from.as_deref());
                self.optional(substring_for.as_deref());
            }
            Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => self.query(subquery),
            Expr::Case { operand, conditions, else_result, .. } => {
                self.optional(operand.as_deref());
                for branch in conditions {
                    self.expression(&branch.condition);
                    self.expression(&branch.result);
                }
                self.optional(else_result.as_deref());
            }
            Expr::Function(function) => self.function(function),
            Expr::Tuple(items) => self.expressions(items),
            Expr::Array(array) => self.expressions(&array.elem),
            Expr::Interval(interval) => self.expression(&interval.value),
            Expr::MatchAgainst { columns, .. } => {
                for column in columns {
                    let parts: Vec<Ident> =
                        column.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
                    self.column(&parts);
                }
            }
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                for set in sets {
                    self.expressions(set);
                }
            }
            _ => {}
        }
    }

    fn function(&mut self, function: &Function) {
        // MySQL's `VALUES(column)` inside an upsert means the row that was to be inserted.
        if last_name(&function.name).as_deref() == Some("values") {
            return;
        }
        match &function.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => self.query(query),
            FunctionArguments::List(list) => {
                for argument in &list.args {
                    self.argument(argument);
                }
            }
        }
        self.optional(function.filter.as_deref());
        if let Some(WindowType::WindowSpec(window)) = &function.over {
            self.expressions(&window.partition_by);
            self.order_by(&window.order_by);
        }
        self.order_by(&function.within_group);
    }

    fn argument(&mut self, argument: &FunctionArg) {
        let (FunctionArg::Named { arg, .. }
        | FunctionArg::ExprNamed { arg, .. }
        | FunctionArg::Unnamed(arg)) = argument;
        match arg {
            FunctionArgExpr::Expr(expression) => self.expression(expression),
            FunctionArgExpr::QualifiedWildcard(name) => {
                if let Some(alias) = last_name(name) {
                    self.whole_source(&alias);
                }
            }
            FunctionArgExpr::Wildcard => self.all_sources(),
        }
    }
}

/// Tables every database has and no repository owns.
const PSEUDO_TABLES: [&str; 1] = ["dual"];

//! Tables that code makes: migrations and schema dumps of Rails, Laravel and Knex, and Diesel's
//! `table!`.
//!
//! Their records have no fields in code, so the columns are the only thing that a question about
//! `users.balance` can be about. All four write one table as a block with one column a line, which is
//! read by lines: what a block calls its columns' types is any word.

use super::FactsBuilder;
use super::document::define;
use qf_graph::facts::{ByteRange, DefinitionId, ScopeKind, SymbolKind};

/// How a framework writes tables.
struct Dialect {
    /// Languages of its files.
    languages: &'static [&'static str],
    /// What stands before a table's name.
    heads: &'static [&'static str],
    /// What the line after which the block ends begins with.
    end: &'static str,
    /// Letters between the block's variable and a column's type.
    arrow: &'static str,
}

const DIALECTS: [Dialect; 3] = [
    Dialect {
        languages: &["ruby"],
        heads: &["create_table", "change_table"],
        end: "end",
        arrow: ".",
    },
    Dialect {
        languages: &["php"],
        heads: &["Schema::create(", "Schema::table("],
        end: "}",
        arrow: "->",
    },
    Dialect {
        languages: &["javascript", "typescript"],
        heads: &[".createTable(", ".createTableIfNotExists(", ".alterTable("],
        end: "}",
        arrow: ".",
    },
];

/// Words after the variable that make no column.
const NO_COLUMNS: [&str; 22] = [
    "check",
    "dropColumn",
    "dropForeign",
    "dropIndex",
    "dropPrimary",
    "dropTimestamps",
    "dropUnique",
    "engine",
    "foreign",
    "foreign_key",
    "fullText",
    "index",
    "primary",
    "remove",
    "remove_column",
    "remove_index",
    "rename",
    "renameColumn",
    "renameIndex",
    "spatialIndex",
    "unique",
    "check_constraint",
];

/// Defines the tables of a file.
pub fn tables(language: &str, source: &str, out: &mut FactsBuilder<'_>) {
    if language == "rust" {
        if source.contains("table!") {
            diesel(source, out);
        }
        return;
    }
    let Some(dialect) = DIALECTS.iter().find(|it| it.languages.contains(&language)) else { return };
    if !dialect.heads.iter().any(|head| source.contains(head)) {
        return;
    }
    let mut open: Option<(Table, usize)> = None;
    let mut offset = 0_usize;
    for line in source.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if let Some((table, around)) = &open {
            if indent <= *around && content.starts_with(dialect.end) {
                table.close(start + content.len(), out);
                open = None;
            } else {
                table.line(line, start, dialect.arrow, out);
            }
            continue;
        }
        let head = dialect.heads.iter().find_map(|head| line.find(head).map(|at| at + head.len()));
        if let Some((name, at)) =
            head.and_then(|at| quoted(&line[at..]).map(|(name, from)| (name, at + from)))
        {
            let variable = variable(line);
            let span = ByteRange {
                start: (start + indent) as u32,
                end: (start + line.trim_end().len()) as u32,
            };
            let table = Table::open(name, start + at, span, variable, out);
            if variable.is_some() {
                open = Some((table, indent));
            } else {
                table.close(start + line.trim_end().len(), out);
            }
        }
    }
    if let Some((table, _)) = open {
        table.close(source.len(), out);
    }
}

struct Table {
    id: DefinitionId,
    /// The variable of the block.
    variable: String,
}

impl Table {
    fn open(
        name: &str,
        at: usize,
        span: ByteRange,
        variable: Option<&str>,
        out: &mut FactsBuilder<'_>,
    ) -> Self {
        let name_span = ByteRange { start: at as u32, end: (at + name.len()) as u32 };
        let id = define(out, SymbolKind::Table, name, span, name_span, span.end);
        out.open_definition(id, ScopeKind::Type);
        Self { id, variable: variable.unwrap_or_default().to_owned() }
    }

    /// A column, where the line makes one: `t.string "name"`, `$table->foreignId('user_id')`.
    fn line(&self, line: &str, start: usize, arrow: &str, out: &mut FactsBuilder<'_>) {
        let head = format!("{}{arrow}", self.variable);
        let Some(at) = line.find(&head) else { return };
        let before = line[..at].trim_start();
        if !before.is_empty() && !before.ends_with([';', '{', ' ']) {
            return;
        }
        let rest = &line[at + head.len()..];
        let word_end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let kind = &rest[..word_end];
        if kind.is_empty() || NO_COLUMNS.contains(&kind) {
            return;
        }
        let from = start + at + head.len();
        let word = ByteRange { start: from as u32, end: (from + kind.len()) as u32 };
        let Some((name, at)) = quoted(&rest[word_end..]) else {
            let made: &[&str] = match kind {
                "timestamps" | "timestampsTz" | "nullableTimestamps" => {
                    &["created_at", "updated_at"]
                }
                "id" | "increments" | "bigIncrements" => &["id"],
                "softDeletes" => &["deleted_at"],
                "rememberToken" => &["remember_token"],
                _ => &[],
            };
            for name in made {
                define(out, SymbolKind::Column, name, word, word, 0);
            }
            return;
        };
        let from = (from + word_end + at) as u32;
        let name_span = ByteRange { start: from, end: from + name.len() as u32 };
        let span = ByteRange { start: word.start, end: (start + line.trim_end().len()) as u32 };
        let reference = matches!(kind, "references" | "belongs_to");
        let name = if reference { format!("{name}_id") } else { name.to_owned() };
        define(out, SymbolKind::Column, &name, span, name_span, 0);
    }

    fn close(&self, end: usize, out: &mut FactsBuilder<'_>) {
        let span = &mut out.get_mut(self.id).span;
        span.end = span.end.max(end as u32);
        out.close_definition();
    }
}

/// The first word in quotes, or Ruby symbol, that begins here, with its place.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let rest = text.trim_start_matches([' ', '(']);
    let skipped = text.len() - rest.len();
    let inside = rest.strip_prefix(['"', '\'', ':'])?;
    let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')?;
    (end > 0).then(|| (&inside[..end], skipped + 1))
}

/// The variable of a line's block: `do |t|`, `function (Blueprint $table) {`, `(table) => {`.
fn variable(line: &str) -> Option<&str> {
    let line = line.trim_end();
    if let Some(block) = line.strip_suffix('|') {
        return block.rsplit('|').next().map(str::trim);
    }
    let head = line.strip_suffix('{')?.trim_end();
    let head = head.strip_suffix("=>").unwrap_or(head).trim_end();
    let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let head = match head.rfind(')') {
        Some(close) => &head[..close],
        None => head,
    };
    // A declared type stands before the variable, in TypeScript behind it.
    let head = head.rsplit('(').next()?.split(':').next()?.trim_end();
    let from = head.rfind(|c| !name(c)).map_or(0, |at| at + 1);
    Some(&head[from..]).filter(|it| !it.is_empty())
}

/// `diesel::table! { users (id) { id -> Integer, name -> Text, } }`.
fn diesel(source: &str, out: &mut FactsBuilder<'_>) {
    let mut inside = false;
    let mut open: Option<Table> = None;
    let mut offset = 0_usize;
    for line in source.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        if content.ends_with("table! {") {
            inside = true;
        } else if !inside || content.starts_with("//") || content.starts_with('#') {
        } else if let Some(table) = &open {
            if content.starts_with('}') {
                table.close(at + 1, out);
                open = None;
            } else if let Some((name, _)) = content.split_once("->") {
                let name = name.trim();
                let name_span = ByteRange { start: at as u32, end: (at + name.len()) as u32 };
                let span = ByteRange { start: at as u32, end: (at + content.len()) as u32 };
                define(out, SymbolKind::Column, name, span, name_span, 0);
            }
        } else if content.starts_with('}') {
            inside = false;
        } else if let Some(head) = content.strip_suffix('{') {
            let name = head.split(['(', ' ']).next().unwrap_or_default();
            let name = name.rsplit('.').next().unwrap_or_default();
            if !name.is_empty() && !name.contains("::") {
                let span = ByteRange { start: at as u32, end: (at + content.len()) as u32 };
                open = Some(Table::open(name, at, span, None, out));
            }
        }
    }
    if let Some(table) = open {
        table.close(source.len(), out);
    }
}

#[cfg(test)]
mod tests {
    use crate::extract::FactsBuilder;
    use qf_graph::facts::SymbolKind;

    fn of(language: &str, source: &str) -> Vec<String> {
        let mut out = FactsBuilder::new(language, source);
        super::tables(language, source, &mut out);
        let facts = out.finish();
        let rows = (0..facts.definitions.len() as u32).map(qf_graph::facts::DefinitionId);
        let column = |id: &qf_graph::facts::DefinitionId| {
            facts.definitions[id.index()].kind == SymbolKind::Column
        };
        rows.filter(column).map(|id| facts.qualified_name(id)).collect()
    }

    #[test]
    fn columns_of_four_frameworks() {
        let rails = "create_table \"users\", force: :cascade do |t|\n  t.string \"name\", null: false\n  t.references :shop\n  t.index [\"name\"]\nend\ncreate_table :empty\n";
        assert_eq!(of("ruby", rails), ["users.name", "users.shop_id"]);
        let laravel = "Schema::create('users', function (Blueprint $table) {\n    $table->id();\n    $table->string('name')->unique();\n    $table->foreign('shop_id')->references('id');\n});\n";
        assert_eq!(of("php", laravel), ["users.id", "users.name"]);
        let knex = "return knex.schema.createTable('users', (table) => {\n  table.increments('id');\n  table.decimal(\"balance\", 8);\n});\n";
        assert_eq!(of("javascript", knex), ["users.id", "users.balance"]);
        let typed = "knex.schema.createTable('users', function (t: Knex.TableBuilder) {\n  t.string('name');\n});\n";
        assert_eq!(of("typescript", typed), ["users.name"]);
        let diesel = "diesel::table! {\n    users (id) {\n        id -> Integer,\n        /// Shown.\n        name -> Nullable<Text>,\n    }\n}\n";
        assert_eq!(of("rust", diesel), ["users.id", "users.name"]);
        assert!(of("ruby", "create_table").is_empty());
        assert!(of("php", "Schema::create('").is_empty());
    }
}

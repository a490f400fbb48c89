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
    /// One of these stands in the file too: other libraries have methods of the same names.
    with: &'static [&'static str],
    /// What the line after which the block ends begins with.
    end: &'static str,
    /// Letters between the block's variable and a column's type.
    arrow: &'static str,
}

const DIALECTS: [Dialect; 3] = [
    Dialect {
        languages: &["ruby"],
        heads: &["create_table", "change_table"],
        with: &["ActiveRecord"],
        end: "end",
        arrow: ".",
    },
    Dialect {
        languages: &["php"],
        heads: &["Schema::create(", "Schema::table("],
        with: &["Illuminate"],
        end: "}",
        arrow: "->",
    },
    Dialect {
        languages: &["javascript", "typescript"],
        heads: &[".createTable(", ".createTableIfNotExists(", ".alterTable("],
        with: &["knex", "Knex"],
        end: "}",
        arrow: ".",
    },
];

/// Methods of the blocks that make a column of the name that they are given.
const COLUMNS: [&str; 78] = [
    "belongs_to",
    "bigIncrements",
    "bigInteger",
    "bigint",
    "bigserial",
    "binary",
    "blob",
    "boolean",
    "char",
    "citext",
    "column",
    "date",
    "dateTime",
    "dateTimeTz",
    "datetime",
    "decimal",
    "double",
    "enu",
    "enum",
    "float",
    "foreignId",
    "foreignUlid",
    "foreignUuid",
    "geography",
    "geometry",
    "hstore",
    "increments",
    "inet",
    "integer",
    "ipAddress",
    "json",
    "jsonb",
    "longText",
    "longtext",
    "macAddress",
    "mediumIncrements",
    "mediumInteger",
    "mediumText",
    "mediumint",
    "mediumtext",
    "money",
    "numeric",
    "point",
    "primary_key",
    "references",
    "serial",
    "set",
    "smallIncrements",
    "smallInteger",
    "smallint",
    "specificType",
    "string",
    "text",
    "time",
    "timeTz",
    "timestamp",
    "timestampTz",
    "timestamptz",
    "tinyIncrements",
    "tinyInteger",
    "tinyText",
    "tinyint",
    "tsvector",
    "ulid",
    "unsignedBigInteger",
    "unsignedDecimal",
    "unsignedFloat",
    "unsignedInteger",
    "unsignedMediumInteger",
    "unsignedSmallInteger",
    "unsignedTinyInteger",
    "uuid",
    "varchar",
    "virtual",
    "vector",
    "xml",
    "year",
    "bigSerial",
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
    let has = |texts: &[&str]| texts.iter().any(|text| source.contains(text));
    if !has(dialect.heads) || !has(dialect.with) {
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
            if indent > *around || !content.starts_with(dialect.end) {
                table.line(line, start, dialect.arrow, out);
                continue;
            }
            // The next table may begin behind the end of this one.
            table.close(start + dialect.end.len() + indent, out);
            open = None;
        }
        if content.starts_with(['#', '*']) || content.starts_with("//") {
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
        let made = made_without_name(kind);
        if made.is_empty() && !COLUMNS.contains(&kind) {
            return;
        }
        let from = start + at + head.len();
        let word = ByteRange { start: from as u32, end: (from + kind.len()) as u32 };
        let Some((name, at)) = quoted(&rest[word_end..]) else {
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

/// Columns that a method makes without being told their names.
fn made_without_name(kind: &str) -> &'static [&'static str] {
    match kind {
        "timestamps" | "timestampsTz" | "nullableTimestamps" => &["created_at", "updated_at"],
        "id" | "increments" | "bigIncrements" => &["id"],
        "softDeletes" | "softDeletesTz" => &["deleted_at"],
        "rememberToken" => &["remember_token"],
        _ => &[],
    }
}

/// The word in quotes, or Ruby symbol, that begins here, with its place.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let rest = text.trim_start_matches([' ', '(']);
    let skipped = text.len() - rest.len();
    let mark = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | ':'))?;
    let inside = &rest[1..];
    let end = inside.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
    let end = end.unwrap_or(inside.len());
    let closed = mark == ':' || inside[end..].starts_with(mark);
    (end > 0 && closed).then(|| (&inside[..end], skipped + 1))
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
    let before = head.char_indices().rev().find(|(_, c)| !name(*c));
    let from = before.map_or(0, |(at, c)| at + c.len_utf8());
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
        if content.strip_suffix("table! {").is_some_and(|it| it.is_empty() || it.ends_with("::")) {
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
        let rails = "# ActiveRecord\ncreate_table \"users\", force: :cascade do |t|\n  t.comment \"All the users\"\n  t.string \"name\", null: false\n  t.references :shop\n  t.index [\"name\"]\nend\ncreate_table :empty\n";
        assert_eq!(of("ruby", rails), ["users.name", "users.shop_id"]);
        let laravel = "use Illuminate\\Support;\nSchema::create('users', function (Blueprint $table) {\n    $table->id();\n    $table->string('name')->unique();\n    $table->charset('utf8');\n    $table->foreign('shop_id')->references('id');\n});\n";
        assert_eq!(of("php", laravel), ["users.id", "users.name"]);
        let knex = "return knex.schema.createTable('users', (table) => {\n  table.increments('id');\n  table.decimal(\"balance\", 8);\n});\n";
        assert_eq!(of("javascript", knex), ["users.id", "users.balance"]);
        let typed = "knex.schema.createTable('users', function (t: Knex.TableBuilder) {\n  t.string('name');\n});\n";
        assert_eq!(of("typescript", typed), ["users.name"]);
        let diesel = "diesel::table! {\n    users (id) {\n        id -> Integer,\n        /// Shown.\n        name -> Nullable<Text>,\n    }\n}\n";
        assert_eq!(of("rust", diesel), ["users.id", "users.name"]);
        let two = "knex.schema.createTable('a', (t) => {\n  t.string('x');\n}).createTable('b', (t) => {\n  t.string('y');\n});\n";
        assert_eq!(of("javascript", two), ["a.x", "b.y"]);
        assert!(
            of("typescript", "sheet.createTable('a', (t) => {\n  t.string('x');\n});\n").is_empty()
        );
        assert!(of("javascript", "// knex\nx.createTable('users' \u{2192} {\n").is_empty());
        assert!(of("rust", "lookup_table! {\n  a {\n    b -> C,\n  }\n}\n").is_empty());
        assert!(of("ruby", "create_table").is_empty());
        assert!(of("php", "Schema::create('").is_empty());
    }
}

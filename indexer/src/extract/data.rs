//! JSON, TOML and YAML as one kind of value with spans.
//!
//! Settings, manifests, OpenAPI documents and compose files come in all three, so what reads them
//! sees one tree. The JSON reader is ours: it takes comments, trailing commas and cut-off files,
//! which configuration files are full of, and costs less than a grammar's tree.

use super::builder::MAX_DEPTH;
use super::indentation;
use crate::parse;
use qf_graph::facts::ByteRange;
use tree_sitter::{Node, Tree};

/// A value with its bytes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Datum {
    /// Where it stands.
    pub span: ByteRange,
    /// What it is.
    pub value: Value,
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Null or unreadable.
    #[default]
    Null,
    /// String, number or truth value, as text.
    Scalar(String),
    /// Values in order.
    List(Vec<Datum>),
    /// Keys and values in source order.
    Map(Vec<Pair>),
}

/// One entry of a map.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The key, unquoted.
    pub key: String,
    /// The key's bytes.
    pub key_span: ByteRange,
    /// The value.
    pub value: Datum,
}

impl Datum {
    /// The entries of a map; none for anything else.
    pub fn pairs(&self) -> &[Pair] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Datum] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Datum> {
        self.pairs().iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }

    /// The value under a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Datum> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the scalar under a key; empty when there is none.
    pub fn text_of(&self, key: &str) -> &str {
        self.get(key).and_then(Datum::text).unwrap_or("")
    }

    /// Texts of a list of scalars, or of a single scalar.
    pub fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::Scalar(text) => vec![text],
            Value::List(items) => items.iter().filter_map(Datum::text).collect(),
            _ => Vec::new(),
        }
    }
}

// ---- JSON --------------------------------------------------------------------------------------

/// Reads JSON; comments, trailing commas, single quotes and unquoted keys are allowed, and a text
/// that ends early gives what was there.
pub fn json(text: &str) -> Datum {
    let mut reader = Json { text, bytes: text.as_bytes(), at: 0, depth: 0 };
    reader.value()
}

struct Json<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl Json<'_> {
    fn byte(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) {
        while self.at < self.bytes.len() {
            let rest = &self.text.as_bytes()[self.at..];
            if rest.starts_with(b"//") {
                let end = rest.iter().position(|byte| *byte == b'\n');
                self.at += end.unwrap_or(rest.len());
            } else if rest.starts_with(b"/*") {
                let end = rest.windows(2).skip(2).position(|pair| pair == b"*/");
                self.at += end.map_or(rest.len(), |end| end + 4);
            } else if rest.starts_with("\u{feff}".as_bytes()) {
                self.at += 3;
            } else if rest[0].is_ascii_whitespace() {
                self.at += 1;
            } else {
                break;
            }
        }
        self.at = self.at.min(self.bytes.len());
    }

    fn span(&self, start: usize) -> ByteRange {
        ByteRange { start: start as u32, end: self.at as u32 }
    }

    fn value(&mut self) -> Datum {
        self.skip_blanks();
        let start = self.at;
        let value = match self.byte() {
            b'{' | b'[' if self.depth < MAX_DEPTH => {
                self.depth += 1;
                let value = if self.byte() == b'{' { self.map() } else { self.list() };
                self.depth -= 1;
                value
            }
            b'{' | b'[' => {
                // Too deep: the rest of the text is given up.
                self.at = self.bytes.len();
                Value::Null
            }
            b'"' | b'\'' => Value::Scalar(self.string()),
            _ => match self.bare() {
                "" | "null" => Value::Null,
                word => Value::Scalar(word.to_owned()),
            },
        };
        Datum { span: self.span(start), value }
    }

    /// A number, `true`, or an unquoted key.
    fn bare(&mut self) -> &str {
        let start = self.at;
        while self.at < self.bytes.len()
            && !matches!(self.byte(), b',' | b':' | b'}' | b']' | b'{' | b'[' | b'"' | b'/')
            && !self.byte().is_ascii_whitespace()
        {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or("")
    }

    fn string(&mut self) -> String {
        let quote = self.byte();
        self.at += 1;
        let start = self.at;
        let mut escaped = false;
        while self.at < self.bytes.len() && self.byte() != quote {
            if self.byte() == b'\\' {
                escaped = true;
                self.at += 1;
            }
            self.at += 1;
        }
        self.at = self.at.min(self.bytes.len());
        let raw = self.text.get(start..self.at).unwrap_or("");
        if self.at < self.bytes.len() {
            self.at += 1;
        }
        if !escaped {
            return raw.to_owned();
        }
        serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.replace('\\', ""))
    }

    fn list(&mut self) -> Value {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            match self.byte() {
                b']' => {
                    self.at += 1;
                    break;
                }
                0 if self.at >= self.bytes.len() => break,
                b',' => self.at += 1,
                _ => {
                    let before = self.at;
                    items.push(self.value());
                    if self.at == before {
                        self.at += 1;
                    }
                }
            }
        }
        Value::List(items)
    }

    fn map(&mut self) -> Value {
        self.at += 1;
        let mut pairs = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at;
            let key = match self.byte() {
                b'}' => {
                    self.at += 1;
                    break;
                }
                0 if self.at >= self.bytes.len() => break,
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                b'"' | b'\'' => self.string(),
                _ => self.bare().to_owned(),
            };
            if self.at == start {
                self.at += 1;
                continue;
            }
            let key_span = self.span(start);
            self.skip_blanks();
            if self.byte() == b':' {
                self.at += 1;
                let value = self.value();
                pairs.push(Pair { key, key_span, value });
            }
        }
        Value::Map(pairs)
    }
}

// ---- TOML --------------------------------------------------------------------------------------

/// Reads TOML; what cannot be read is left out.
pub fn toml(text: &str) -> Datum {
    let (table, _) = toml::de::DeTable::parse_recoverable(text);
    let span = toml_span(&table.span());
    Datum { span, value: toml_table(table.get_ref(), 0) }
}

fn toml_span(span: &std::ops::Range<usize>) -> ByteRange {
    ByteRange { start: span.start as u32, end: span.end as u32 }
}

fn toml_table(table: &toml::de::DeTable<'_>, depth: u32) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let mut pairs: Vec<Pair> = table
        .iter()
        .map(|(key, value)| Pair {
            key: key.get_ref().to_string(),
            key_span: toml_span(&key.span()),
            value: toml_value(value, depth + 1),
        })
        .collect();
    pairs.sort_by_key(|pair| pair.key_span);
    Value::Map(pairs)
}

fn toml_value(value: &toml::Spanned<toml::de::DeValue<'_>>, depth: u32) -> Datum {
    use toml::de::DeValue;
    let span = toml_span(&value.span());
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Scalar(text.to_string()),
        DeValue::Integer(number) => Value::Scalar(number.to_string()),
        DeValue::Float(number) => Value::Scalar(number.to_string()),
        DeValue::Boolean(truth) => Value::Scalar(truth.to_string()),
        DeValue::Datetime(moment) => Value::Scalar(moment.to_string()),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| toml_value(item, depth + 1)).collect())
        }
        DeValue::Table(table) => toml_table(table, depth + 1),
    };
    Datum { span, value }
}

// ---- YAML --------------------------------------------------------------------------------------

/// The documents of a YAML tree.
pub fn yaml(tree: &Tree, source: &str) -> Vec<Datum> {
    let root = tree.root_node();
    let mut out = Vec::new();
    let mut cursor = root.walk();
    for document in root.named_children(&mut cursor) {
        if matches!(document.kind(), "document" | "ERROR") {
            out.push(yaml_value(document, source, 0));
        }
    }
    out
}

/// Reads YAML text with a parser of its own; the first document.
pub fn yaml_text(text: &str) -> Datum {
    if indentation::deeper_than(text, indentation::YAML, true) {
        return Datum::default();
    }
    let mut parser = tree_sitter::Parser::new();
    let ready = parser.set_language(&tree_sitter_yaml::LANGUAGE.into());
    let tree = ready.ok().and_then(|()| parse::patiently(&mut parser, text, text.len()));
    tree.and_then(|tree| yaml(&tree, text).into_iter().next()).unwrap_or_default()
}

fn yaml_value(node: Node<'_>, source: &str, depth: u32) -> Datum {
    let span = ByteRange { start: node.start_byte() as u32, end: node.end_byte() as u32 };
    let nothing = Datum { span, value: Value::Null };
    if depth > MAX_DEPTH {
        return nothing;
    }
    let text = || source.get(node.start_byte()..node.end_byte()).unwrap_or("");
    let mut cursor = node.walk();
    let value = match node.kind() {
        "block_mapping" | "flow_mapping" => Value::Map(
            node.named_children(&mut cursor)
                .filter_map(|pair| yaml_pair(pair, source, depth + 1))
                .collect(),
        ),
        "block_sequence" => Value::List(
            node.named_children(&mut cursor)
                .filter(|item| item.kind() == "block_sequence_item")
                .map(|item| {
                    let inner = last_value_child(item);
                    inner.map_or_else(Datum::default, |inner| yaml_value(inner, source, depth + 1))
                })
                .collect(),
        ),
        "flow_sequence" => Value::List(
            node.named_children(&mut cursor)
                .filter(|item| item.kind() == "flow_node")
                .map(|item| yaml_value(item, source, depth + 1))
                .collect(),
        ),
        "plain_scalar" => match text().trim() {
            "" | "~" | "null" => Value::Null,
            other => Value::Scalar(other.to_owned()),
        },
        "double_quote_scalar" => {
            let raw = text();
            let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
            let plain = serde_json::from_str(raw).unwrap_or_else(|_| inner.to_owned());
            Value::Scalar(plain)
        }
        "single_quote_scalar" => {
            let raw = text();
            let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or("");
            Value::Scalar(inner.replace("''", "'"))
        }
        "block_scalar" => {
            let body = text().split_once('\n').map_or("", |(_, body)| body);
            let lines: Vec<&str> = body.lines().map(str::trim).collect();
            Value::Scalar(lines.join("\n").trim().to_owned())
        }
        // A broken document: its readable mappings are kept together.
        "ERROR" => {
            let mut pairs = Vec::new();
            for child in node.named_children(&mut cursor) {
                match yaml_value(child, source, depth + 1).value {
                    Value::Map(more) => pairs.extend(more),
                    _ => pairs.extend(yaml_pair(child, source, depth + 1)),
                }
            }
            Value::Map(pairs)
        }
        "document" | "block_node" | "flow_node" => {
            return last_value_child(node)
                .map_or(nothing, |inner| yaml_value(inner, source, depth + 1));
        }
        _ => Value::Null,
    };
    Datum { span, value }
}

/// The child that holds the value: not an anchor, tag or comment.
fn last_value_child(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();

    node.named_children(&mut cursor)
        .filter(|child| !matches!(child.kind(), "anchor" | "tag" | "comment"))
        .last()
}

fn yaml_pair(node: Node<'_>, source: &str, depth: u32) -> Option<Pair> {
    if !matches!(node.kind(), "block_mapping_pair" | "flow_pair") {
        return None;
    }
    let key = node.child_by_field_name("key")?;
    let key_value = yaml_value(key, source, depth + 1);
    let text = key_value.text()?.to_owned();
    let value = node
        .child_by_field_name("value")
        .map(|value| yaml_value(value, source, depth + 1))
        .unwrap_or_default();
    Some(Pair { key: text, key_span: key_value.span, value })
}

#[cfg(test)]
mod tests {
    use super::{json, toml, yaml_text};

    #[test]
    fn json_of_configuration_files() {
        let text =
            "// c\n{ \"a\": {b: 'x', /* y */ \"c\": [1, true, null,],}, \"d\\n\": \"\\u0041\" }";
        let data = json(text);
        assert_eq!(data.at(&["a", "b"]).and_then(|b| b.text()), Some("x"));
        assert_eq!(data.at(&["a", "c"]).map(|c| c.texts()), Some(vec!["1", "true"]));
        assert_eq!(data.text_of("d\n"), "A");
        for end in 0..text.len() {
            let _ = json(&text[..end]);
        }
        let _ = json(&"[".repeat(100_000));
        let _ = json("{\"a\": é\\");
    }

    #[test]
    fn three_formats_one_value() {
        let data = toml("[package]\nname = 'x' # c\nlist = [\"a\", 1]\nbroken = \n[b]\nc.d = true");
        assert_eq!(data.at(&["package", "name"]).and_then(|name| name.text()), Some("x"));
        assert_eq!(data.at(&["b", "c", "d"]).and_then(|d| d.text()), Some("true"));
        let data = yaml_text(
            "a: &x\n  b: \"1\\n2\"\n  c: [p, 'q''s']\n  d: {e: f}\n  g:\n    - h\n    - i: j\n  k: |\n    l\n    m\n",
        );
        let texts = |path: &[&str]| data.at(path).map(|value| value.texts().join(","));
        assert_eq!(texts(&["a", "b"]).as_deref(), Some("1\n2"));
        assert_eq!(texts(&["a", "c"]).as_deref(), Some("p,q's"));
        assert_eq!(texts(&["a", "d", "e"]).as_deref(), Some("f"));
        assert_eq!(texts(&["a", "g"]).as_deref(), Some("h"));
        assert_eq!(texts(&["a", "k"]).as_deref(), Some("l\nm"));
    }
}

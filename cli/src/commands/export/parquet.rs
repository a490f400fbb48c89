//! `symbols.parquet` and `edges.parquet`: the same columns as the CSV files, for DuckDB, pandas and
//! Spark. Snappy-compressed, a hundred thousand rows a group.

use super::graph::{Arc as Edge, Node, Part, create};
use crate::error::CommandError;
use parquet::basic::Compression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

const ROWS: usize = 100_000;

const SYMBOLS: &str = "message symbol {
    required int32 id; required binary kind (STRING); required binary name (STRING);
    required binary qualified_name (STRING); required binary repo (STRING);
    required binary file (STRING); required int32 line; required int32 end_line;
    required binary language (STRING); required boolean test; required boolean exported; }";

const EDGES: &str = "message edge {
    required int32 from; required int32 to; required binary kind (STRING);
    required binary tier (STRING); required int32 count; required int32 line; }";

/// Values of one column of one group.
enum Column {
    Numbers(Vec<i32>),
    Texts(Vec<ByteArray>),
    Truths(Vec<bool>),
}

/// Writes both files into a folder.
pub fn write(part: &Part<'_>, folder: &Path) -> Result<(), CommandError> {
    table(folder, "symbols.parquet", SYMBOLS, part.nodes(), |nodes: &[Node<'_>]| {
        let numbers = |of: fn(&Node<'_>) -> u32| {
            Column::Numbers(nodes.iter().map(|node| of(node).cast_signed()).collect())
        };
        let texts = |of: for<'n> fn(&Node<'n>) -> &'n str| {
            Column::Texts(nodes.iter().map(|node| ByteArray::from(of(node))).collect())
        };
        vec![
            numbers(|node| node.id),
            texts(|node| node.kind),
            texts(|node| node.name),
            texts(|node| node.qualified_name),
            texts(|node| node.repo),
            texts(|node| node.file),
            numbers(|node| node.line),
            numbers(|node| node.end_line),
            texts(|node| node.language),
            Column::Truths(nodes.iter().map(|node| node.test).collect()),
            Column::Truths(nodes.iter().map(|node| node.exported).collect()),
        ]
    })?;
    table(folder, "edges.parquet", EDGES, part.edges(), |edges: &[Edge]| {
        let numbers = |of: fn(&Edge) -> u32| {
            Column::Numbers(edges.iter().map(|edge| of(edge).cast_signed()).collect())
        };
        let texts = |of: fn(&Edge) -> &'static str| {
            Column::Texts(edges.iter().map(|edge| ByteArray::from(of(edge))).collect())
        };
        vec![
            numbers(|edge| edge.from),
            numbers(|edge| edge.to),
            texts(|edge| edge.kind.name()),
            texts(|edge| edge.tier.name()),
            numbers(|edge| edge.count),
            numbers(|edge| edge.line),
        ]
    })
}

fn table<R>(
    folder: &Path,
    name: &str,
    schema: &str,
    rows: impl Iterator<Item = R>,
    columns: impl Fn(&[R]) -> Vec<Column>,
) -> Result<(), CommandError> {
    let failed = |error: ParquetError| CommandError::input(format!("cannot write {name}: {error}"));
    let schema = Arc::new(parse_message_type(schema).map_err(failed)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let out = create(folder, name)?;
    let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties)).map_err(failed)?;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let group: Vec<R> = rows.by_ref().take(ROWS).collect();
        write_group(&mut file, columns(&group)).map_err(failed)?;
    }
    file.close().map_err(failed)?;
    Ok(())
}

fn write_group<W: Write + Send>(
    file: &mut SerializedFileWriter<W>,
    columns: Vec<Column>,
) -> Result<(), ParquetError> {
    let mut group = file.next_row_group()?;
    for column in columns {
        let Some(mut writer) = group.next_column()? else { break };
        match (writer.untyped(), column) {
            (ColumnWriter::Int32ColumnWriter(out), Column::Numbers(values)) => {
                out.write_batch(&values, None, None)?;
            }
            (ColumnWriter::ByteArrayColumnWriter(out), Column::Texts(values)) => {
                out.write_batch(&values, None, None)?;
            }
            (ColumnWriter::BoolColumnWriter(out), Column::Truths(values)) => {
                out.write_batch(&values, None, None)?;
            }
            _ => return Err(ParquetError::General("a column of another type".to_owned())),
        }
        writer.close()?;
    }
    group.close()?;
    Ok(())
}

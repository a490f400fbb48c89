//! SPARQL 1.1 over a snapshot.
//!
//! People and tools that know SPARQL should not need a copy of the graph in another store: the
//! evaluator of oxigraph asks [`dataset::Facts`] for the triples it needs, and those are computed
//! from the snapshot's columns as they are asked for. [`vocabulary`] says which triples there are,
//! [`terms`] how things are named in them, and [`of_plan`] writes a plan of the algebra as a query,
//! which gives the same set: a property test holds both to it.

pub mod dataset;
mod levels;
pub mod of_plan;
pub mod terms;
pub mod vocabulary;

pub use dataset::Facts;
pub use of_plan::select;

use oxigraph::io::{RdfFormat, RdfSerializer, WriterQuadSerializer};
pub use oxigraph::model::Triple;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{QueryEvaluationError, QueryResults, SparqlEvaluator};
use qf_graph::Snapshot;
use std::io::{self, Write};

/// Why a query gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum SparqlError {
    /// It is no SPARQL 1.1, or names an unknown prefix.
    #[error("not a SPARQL 1.1 query: {0}")]
    Syntax(#[from] oxigraph::sparql::SparqlSyntaxError),
    /// It would take more of the stack than there is.
    #[error("the query has {0}")]
    TooDeep(String),
    /// It failed while it ran: `SERVICE`, for instance, is not served.
    #[error("the query failed: {0}")]
    Evaluation(#[from] oxigraph::sparql::QueryEvaluationError),
}

/// Runs a query over a snapshot. The prefixes `qf`, `rdf`, `rdfs` and `xsd` are known; there is a
/// default graph only, and no other place is asked.
pub fn query<'s>(snapshot: &'s Snapshot, text: &str) -> Result<QueryResults<'s>, SparqlError> {
    if let Some(what) = levels::too_many(text) {
        return Err(SparqlError::TooDeep(what));
    }
    let mut evaluator = SparqlEvaluator::new();
    for (prefix, iri) in vocabulary::PREFIXES {
        // They are constants, and IRIs.
        if let Ok(with) = evaluator.clone().with_prefix(*prefix, *iri) {
            evaluator = with;
        }
    }
    Ok(evaluator.parse_query(text)?.on_queryable_dataset(Facts::new(snapshot)).execute()?)
}

/// How results are written, as the W3C's recommendations say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// SPARQL 1.1 Query Results JSON.
    Json,
    /// SPARQL 1.1 Query Results CSV.
    Csv,
    /// SPARQL 1.1 Query Results TSV.
    Tsv,
    /// SPARQL Query Results XML.
    Xml,
    /// Turtle, for triples.
    Turtle,
    /// N-Triples, for triples.
    NTriples,
}

impl Format {
    fn of_results(self) -> Option<QueryResultsFormat> {
        match self {
            Format::Json => Some(QueryResultsFormat::Json),
            Format::Csv => Some(QueryResultsFormat::Csv),
            Format::Tsv => Some(QueryResultsFormat::Tsv),
            Format::Xml => Some(QueryResultsFormat::Xml),
            Format::Turtle | Format::NTriples => None,
        }
    }
}

/// Why results could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// See [`SparqlError`].
    #[error(transparent)]
    Query(#[from] SparqlError),
    /// Rows as Turtle, or triples as CSV.
    #[error("{0}")]
    Format(&'static str),
    /// Nobody took what was written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Writes the results of a query as they are found; gives their number. Without a format `SELECT`
/// and `ASK` are written as JSON, `CONSTRUCT` and `DESCRIBE` as Turtle.
pub fn write(
    results: QueryResults<'_>,
    format: Option<Format>,
    mut out: impl Write,
) -> Result<usize, WriteError> {
    const NO_TRIPLES: &str =
        "SELECT and ASK give rows, no triples: write them as json, csv, tsv or xml";
    const NO_ROWS: &str =
        "CONSTRUCT and DESCRIBE give triples, no rows: write them as turtle or ntriples";
    let evaluation = |error: QueryEvaluationError| WriteError::Query(error.into());
    let mut count = 0;
    match results {
        QueryResults::Boolean(value) => {
            let format = format.unwrap_or(Format::Json).of_results();
            let format = format.ok_or(WriteError::Format(NO_TRIPLES))?;
            QueryResultsSerializer::from_format(format)
                .serialize_boolean_to_writer(&mut out, value)?;
            count = usize::from(value);
        }
        QueryResults::Solutions(solutions) => {
            let format = format.unwrap_or(Format::Json).of_results();
            let format = format.ok_or(WriteError::Format(NO_TRIPLES))?;
            let mut writer = QueryResultsSerializer::from_format(format)
                .serialize_solutions_to_writer(&mut out, solutions.variables().to_vec())?;
            for solution in solutions {
                count += 1;
                writer.serialize(&solution.map_err(evaluation)?)?;
            }
            writer.finish()?;
        }
        QueryResults::Graph(triples) => {
            let mut writer = triples_writer(format, &mut out).ok_or(WriteError::Format(NO_ROWS))?;
            for triple in triples {
                count += 1;
                writer.serialize_triple(&triple.map_err(evaluation)?)?;
            }
            writer.finish()?;
        }
    }
    if matches!(format, None | Some(Format::Json | Format::Xml)) {
        out.write_all(b"\n")?;
    }
    Ok(count)
}

/// Writes triples: every one of a snapshot, or the ontology.
pub fn write_triples(
    triples: impl Iterator<Item = Triple>,
    format: Format,
    mut out: impl Write,
) -> Result<(), WriteError> {
    let mut writer = triples_writer(Some(format), &mut out)
        .ok_or(WriteError::Format("triples are written as turtle or ntriples"))?;
    for triple in triples {
        writer.serialize_triple(&triple)?;
    }
    writer.finish()?;
    Ok(())
}

fn triples_writer<W: Write>(format: Option<Format>, out: W) -> Option<WriterQuadSerializer<W>> {
    let format = match format.unwrap_or(Format::Turtle) {
        Format::Turtle => RdfFormat::Turtle,
        Format::NTriples => RdfFormat::NTriples,
        _ => return None,
    };
    let mut serializer = RdfSerializer::from_format(format);
    for (prefix, iri) in vocabulary::PREFIXES {
        if let Ok(with) = serializer.clone().with_prefix(*prefix, *iri) {
            serializer = with;
        }
    }
    Some(serializer.for_writer(out))
}

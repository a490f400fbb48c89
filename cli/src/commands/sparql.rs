//! `qf sparql` and `qf query`: the graph asked in SPARQL 1.1 or in the algebra of plans.

use super::ask::{self, AnswerArguments};
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::{Args, ValueEnum};
use qf_query::sparql::{self, Format, SparqlError, WriteError};
use std::io::Read;
use std::path::PathBuf;

/// Arguments of `qf sparql`.
#[derive(Debug, Args)]
#[command(after_help = "The prefixes qf, rdf, rdfs and xsd are known. `qf export ontology` \
prints the classes and properties.\n\nExample: qf sparql 'SELECT ?name WHERE { ?f a qf:Function ; \
qf:calls ?g ; qf:qualifiedName ?name . ?g qf:name \"apply\" }' --format csv")]
pub struct SparqlArguments {
    /// The query; `-` reads it from standard input
    #[arg(required_unless_present = "file", value_name = "QUERY")]
    query: Option<String>,
    /// Read the query from this file
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    file: Option<PathBuf>,
    /// How results are written [default: json; turtle for CONSTRUCT and DESCRIBE]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<FormatName>,
}

/// Names of formats.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatName {
    /// SPARQL results as JSON
    Json,
    /// SPARQL results as CSV
    Csv,
    /// SPARQL results as TSV
    Tsv,
    /// SPARQL results as XML
    Xml,
    /// Triples as Turtle
    #[value(alias = "ttl")]
    Turtle,
    /// Triples as N-Triples
    #[value(alias = "nt")]
    Ntriples,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Json => Format::Json,
            FormatName::Csv => Format::Csv,
            FormatName::Tsv => Format::Tsv,
            FormatName::Xml => Format::Xml,
            FormatName::Turtle => Format::Turtle,
            FormatName::Ntriples => Format::NTriples,
        }
    }
}

/// Arguments of `qf query`.
#[derive(Debug, Args)]
#[command(after_help = "A plan is a set and stages, left to right:\n  \
named \"User.balance\" | in writes | keep not_test | in calls,reaches * | rank hops | top 20\n\n\
Sets: named NAME, symbols IRI,…, search TEXT [N], all KINDS, union SET,…, nothing, ( PLAN )\n\
Stages: within [repo NAME] [path PREFIX]; keep kind KINDS | name NAME | test | not_test | \
exported | endpoint | callable; in|out|either EDGES [N|*] [TIER] [through_interfaces]; both SET; \
without SET; owned_by SET; paths_to SET EDGES …; rank place|hops|score; top N; \
group repository|file|kind|hops")]
pub struct QueryArguments {
    /// The plan
    #[arg(required = true, value_name = "PLAN")]
    plan: Vec<String>,
    #[command(flatten)]
    answer: AnswerArguments,
}

/// `qf sparql`.
pub fn sparql(context: &mut Context, arguments: &SparqlArguments) -> Result<Outcome, CommandError> {
    let text = match (&arguments.query, &arguments.file) {
        (Some(query), _) if query != "-" => query.clone(),
        (Some(_), _) => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            CommandError::input(format!("cannot read {}: {error}", file.display()))
        })?,
        (None, None) => return Err(CommandError::input("no query is given")),
    };
    let snapshot = context.snapshot()?;
    let results = sparql::query(&snapshot, &text)?;
    let format = arguments.format.map(Format::from);
    let count = sparql::write(results, format, context.out.writer())?;
    Ok(Outcome::found(count > 0))
}

/// `qf query`.
pub fn query(context: &mut Context, arguments: &QueryArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    let text = arguments.plan.join(" ");
    let answer = qf_query::query(&snapshot, &text, &options).map_err(|error| {
        let shown: String = text.chars().skip(error.at.saturating_sub(1)).take(40).collect();
        let error = CommandError::input(format!("{error}"));
        let error = if shown.is_empty() { error } else { error.hint(format!("at: {shown}")) };
        error.hint("`qf query --help` shows the form of plans")
    })?;
    ask::show(context, &snapshot, &answer, &arguments.answer)
}

impl From<SparqlError> for CommandError {
    fn from(error: SparqlError) -> Self {
        Self::input(error.to_string())
            .hint("`qf export ontology` prints the classes and properties that may be asked for")
    }
}

impl From<WriteError> for CommandError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Query(error) => error.into(),
            WriteError::Io(error) => error.into(),
            WriteError::Format(message) => Self::input(message),
        }
    }
}

//! `qf unresolved`: references that are bound to nothing, and why.

use crate::context::{self, Context};
use crate::error::{CommandError, Outcome};
use crate::output::format::{self, count};
use crate::statistics::role_name;
use clap::Args;
use qf_graph::Unresolved;
use serde::Serialize;

/// Arguments of `qf unresolved`.
#[derive(Debug, Args)]
pub struct UnresolvedArguments {
    /// Of this file only
    pub file: Option<String>,
    /// For this reason only: external, builtin, unknown_receiver, no_such_member, undefined_name,
    /// dynamic or ambiguous
    #[arg(long, value_parser = reason)]
    pub reason: Option<Unresolved>,
    /// Of this repository only
    #[arg(long, value_name = "NAME")]
    pub repo: Option<String>,
    /// Most lines
    #[arg(long, default_value_t = 50, value_name = "N")]
    pub limit: usize,
    /// No limit
    #[arg(long)]
    pub all: bool,
    /// Print them as JSON
    #[arg(long)]
    pub json: bool,
}

fn reason(name: &str) -> Result<Unresolved, String> {
    Unresolved::ALL.into_iter().find(|reason| reason.name() == name).ok_or_else(|| {
        let known: Vec<_> = Unresolved::ALL.iter().map(|reason| reason.name()).collect();
        format!("no such reason; there are {}", known.join(", "))
    })
}

#[derive(Debug, Serialize)]
struct Row {
    file: String,
    line: u32,
    within: String,
    role: &'static str,
    name: String,
    reason: &'static str,
    detail: String,
}

/// Runs it.
pub fn run(
    context: &mut Context,
    arguments: &UnresolvedArguments,
) -> Result<Outcome, CommandError> {
    let snapshot = context.snapshot()?;
    let file = match &arguments.file {
        Some(path) => Some(context::file(&snapshot, path)?),
        None => None,
    };
    let repositories = match file {
        Some(file) => vec![snapshot.file_repository(file)],
        None => context::repositories(&snapshot, arguments.repo.as_deref())?,
    };
    let limit = if arguments.all { usize::MAX } else { arguments.limit };
    let mut rows = Vec::new();
    let mut total = 0_u64;
    for repository in repositories {
        for row in snapshot.unresolved(repository) {
            if file.is_some_and(|only| only != row.file)
                || arguments.reason.is_some_and(|only| only != row.reason)
            {
                continue;
            }
            total += 1;
            if rows.len() < limit {
                rows.push(Row {
                    file: snapshot.display_path(row.file),
                    line: row.line,
                    within: snapshot.qualified_name(row.from).to_owned(),
                    role: role_name(row.role),
                    name: row.name,
                    reason: row.reason.name(),
                    detail: row.detail,
                });
            }
        }
    }
    if arguments.json {
        context.out.json(&serde_json::json!({ "version": 1, "total": total, "items": rows }))?;
        return Ok(Outcome::found(total > 0));
    }
    let paint = context.out.paint;
    for row in &rows {
        let detail = if row.detail.is_empty() || row.detail == row.name {
            String::new()
        } else {
            format!("  {}", paint.dim(&row.detail))
        };
        context.out.line(format_args!(
            "{}  {} {} in {}  {}{detail}",
            paint.cyan(format_args!("{}:{}", row.file, row.line)),
            row.role,
            paint.bold(format::name(&row.name)),
            format::name(&row.within),
            row.reason.replace('_', " "),
        ))?;
    }
    let shown = rows.len() as u64;
    if shown < total {
        context.out.line(format_args!("{} of {} shown, --all", count(shown), count(total)))?;
    } else if total == 0 {
        context.out.line(match arguments.reason {
            Some(reason) => {
                format!("Nothing is unresolved for the reason {}.", reason.name().replace('_', " "))
            }
            None => "Everything is bound.".to_owned(),
        })?;
    }
    Ok(Outcome::found(total > 0))
}

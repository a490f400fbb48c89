//! `qf ask` and the verbs: questions that the query crate answers.

use crate::args;
use crate::context::{self, Context};
use crate::editor;
use crate::error::{CommandError, Outcome};
use crate::output::answer::{self, Look};
use clap::Args;
use qf_graph::{Snapshot, Tier};
use qf_query::{Answer, Options};

/// What may be asked for beside a question.
#[derive(Debug, Args)]
pub struct AnswerArguments {
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
    /// Print it as JSON Lines: the answer without its items, then an item a line
    #[arg(long, conflicts_with = "json")]
    pub json_lines: bool,
    /// Most items of each group
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Items of each group to leave out before those
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub offset: usize,
    /// Open the first item in $VISUAL or $EDITOR
    #[arg(long)]
    pub open: bool,
    /// List items of this repository only
    #[arg(long, value_name = "NAME")]
    pub repo: Option<String>,
    /// List items of this language only
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// Show the plan with sizes and times
    #[arg(long)]
    pub explain: bool,
    /// No limits; tests too
    #[arg(long)]
    pub all: bool,
    /// Most steps of what is reached
    #[arg(long, value_name = "N")]
    pub hops: Option<u32>,
    /// The least sure tier that may carry an item
    #[arg(long, value_name = "TIER", value_parser = args::tier, default_value = "likely")]
    pub tier: Tier,
}

impl AnswerArguments {
    /// What the query crate is to be asked with.
    pub fn options(&self, snapshot: &Snapshot) -> Result<Options, CommandError> {
        if let Some(repository) = &self.repo {
            context::repository(snapshot, repository)?;
        }
        Ok(Options {
            limit: self.limit,
            offset: self.offset,
            explain: self.explain,
            repo: self.repo.clone(),
            language: self.lang.clone(),
            tier: self.tier,
            hops: self.hops,
            all: self.all,
            include_tests: self.all,
            ..Options::default()
        })
    }
}

/// Arguments of `qf ask`.
#[derive(Debug, Args)]
pub struct AskArguments {
    /// The question
    #[arg(required = true, value_name = "QUESTION")]
    pub question: Vec<String>,
    /// Let the language model that QF_LLM names reword the question and phrase the answer
    #[cfg(feature = "llm")]
    #[arg(long)]
    pub llm: bool,
    /// Search what was loaded into this session too [default: $QF_SESSION, when there is one]
    #[cfg(unix)]
    #[arg(long, value_name = "NAME", conflicts_with = "open")]
    pub session: Option<String>,
    #[command(flatten)]
    pub answer: AnswerArguments,
}

/// Arguments of the verbs.
#[derive(Debug, Args)]
pub struct NameArguments {
    /// A name (`apply`, `Ledger.apply`), a place (`repository/path:line`) or a route
    #[arg(required = true, value_name = "NAME")]
    pub name: Vec<String>,
    #[command(flatten)]
    pub answer: AnswerArguments,
}

/// Arguments of the verbs that changes have, too.
#[derive(Debug, Args)]
pub struct ChangeArguments {
    /// A name (`apply`, `Ledger.apply`), a place (`repository/path:line`) or a route
    #[arg(required_unless_present = "diff", value_name = "NAME")]
    pub name: Vec<String>,
    /// What changed since this git revision, or between two (`v1..v2`)
    #[arg(long, value_name = "REVISION", conflicts_with = "name")]
    pub diff: Option<String>,
    #[command(flatten)]
    pub answer: AnswerArguments,
}

/// Arguments of `qf overview`.
#[derive(Debug, Args)]
pub struct OverviewArguments {
    /// The repository; all of them when none is named
    pub repository: Option<String>,
    #[command(flatten)]
    pub answer: AnswerArguments,
}

/// Arguments of `qf path`.
#[derive(Debug, Args)]
pub struct PathArguments {
    /// Where it begins
    pub from: String,
    /// Where it ends
    pub to: String,
    #[command(flatten)]
    pub answer: AnswerArguments,
}

/// A question in words.
pub fn question(context: &mut Context, arguments: &AskArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    let question = arguments.question.join(" ");
    #[cfg(feature = "llm")]
    if arguments.llm {
        let chat = qf_models::chat::Chat::from_environment()?.ok_or_else(|| {
            CommandError::input("no language model is named").hint(
                "set QF_LLM to `openai:https://host/v1#model` or `anthropic:https://host#model`",
            )
        })?;
        let answer = crate::llm::ask(&snapshot, &chat, &question, &options, context.messages);
        return show_all(context, &snapshot, &answer, arguments);
    }
    let answer = qf_query::ask(&snapshot, &question, &options);
    show_all(context, &snapshot, &answer, arguments)
}

/// Prints an answer, with what a session adds where one is meant.
fn show_all(
    context: &mut Context,
    snapshot: &Snapshot,
    answer: &Answer,
    arguments: &AskArguments,
) -> Result<Outcome, CommandError> {
    #[cfg(unix)]
    if !arguments.answer.open {
        let (asked, limit) = (arguments.session.as_deref(), arguments.answer.limit);
        let question = arguments.question.join(" ");
        if let Some(loaded) = crate::loaded::find(snapshot, asked, &question, limit)? {
            return crate::loaded::show(context, snapshot, answer, &arguments.answer, &loaded);
        }
    }
    show(context, snapshot, answer, &arguments.answer)
}

/// A verb with a name.
pub fn name(
    context: &mut Context,
    arguments: &NameArguments,
    verb: fn(&Snapshot, &str, &Options) -> Answer,
) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    let answer = verb(&snapshot, &arguments.name.join(" "), &options);
    show(context, &snapshot, &answer, &arguments.answer)
}

/// A verb with a name, or with a range of revisions.
pub fn change(
    context: &mut Context,
    arguments: &ChangeArguments,
    verb: fn(&Snapshot, &str, &Options) -> Answer,
    changes: fn(&Snapshot, &[&str], &Options) -> Answer,
) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    let answer = match &arguments.diff {
        None => verb(&snapshot, &arguments.name.join(" "), &options),
        Some(range) => {
            let (from, to) = range.split_once("..").unwrap_or((range, ""));
            if from.is_empty() || to.starts_with('.') {
                return Err(CommandError::input(format!("`{range}` is no range of revisions"))
                    .hint("write one revision, or `OLD..NEW`"));
            }
            let revisions: &[&str] = if to.is_empty() { &[from] } else { &[from, to] };
            changes(&snapshot, revisions, &options)
        }
    };
    show(context, &snapshot, &answer, &arguments.answer)
}

/// `qf overview`.
pub fn overview(
    context: &mut Context,
    arguments: &OverviewArguments,
) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    if let Some(name) = &arguments.repository {
        context::repository(&snapshot, name)?;
    }
    let answer = qf_query::overview(&snapshot, arguments.repository.as_deref(), &options);
    show(context, &snapshot, &answer, &arguments.answer)
}

/// `qf path`.
pub fn path(context: &mut Context, arguments: &PathArguments) -> Result<Outcome, CommandError> {
    let snapshot = context.asking()?;
    let options = arguments.answer.options(&snapshot)?;
    let answer = qf_query::path(&snapshot, &arguments.from, &arguments.to, &options);
    show(context, &snapshot, &answer, &arguments.answer)
}

/// Prints an answer.
pub fn show(
    context: &mut Context,
    snapshot: &Snapshot,
    answer: &Answer,
    arguments: &AnswerArguments,
) -> Result<Outcome, CommandError> {
    if arguments.open && snapshot.view().is_some() {
        return Err(CommandError::input("`--open` opens what is on disk, which is no revision"));
    }
    if let Some(problem) = snapshot.take_search_problem() {
        context.messages.warning(problem);
    }
    if arguments.json {
        context.out.json(answer)?;
    } else if arguments.json_lines {
        let head = Answer { items: Vec::new(), ..answer.clone() };
        context.out.json_line(&head)?;
        for item in &answer.items {
            context.out.json_line(item)?;
        }
    } else {
        let look = Look { explain: arguments.explain, all: arguments.all };
        answer::print(&mut context.out, snapshot, answer, look)?;
    }
    if arguments.open {
        context.out.flush()?;
        let item = answer.items.first().ok_or_else(|| CommandError::input("nothing to open"))?;
        let repository = context::repository(snapshot, &item.repo)?;
        let line = item.evidence.first().map_or(item.line, |evidence| evidence.line);
        let path = std::path::Path::new(&snapshot.entry(repository).root).join(&item.file);
        editor::open(&path, line)?;
    }
    Ok(Outcome::found(!answer.items.is_empty() || !answer.groups.is_empty()))
}

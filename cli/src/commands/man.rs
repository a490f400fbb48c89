//! `qf man`: the manual page, with every command.

use crate::args::Arguments;
use crate::context::Context;
use crate::error::{CommandError, Outcome};
use clap::CommandFactory;

/// Runs it.
pub fn run(context: &mut Context) -> Result<Outcome, CommandError> {
    let mut page = Vec::new();
    let mut command = Arguments::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    let shown = |sub: &&clap::Command| sub.get_name() != "help" && !sub.is_hide_set();
    for sub in command.get_subcommands().filter(shown) {
        let title = format!("qf {}", sub.get_name());
        let man = clap_mangen::Man::new(sub.clone().display_name(title));
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    context.out.bytes(&page)?;
    Ok(Outcome::Done)
}

//! Runs the command of a line.

pub mod positional;
pub mod repl;

use crate::commands;
use crate::declaration::spec::Form;
use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::line::lexer;
use crate::line::shortcuts::split_name;
use crate::session::shell::{Mode, Shell};
use crate::values::answers::Answers;

/// Runs one line. An empty line, and a comment in a script, is ignored.
///
/// # Errors
/// Why the command failed.
pub fn execute(shell: &mut Shell, line: &str) -> Result<(), CommandError> {
    let line = line.trim();
    if line.trim_end_matches(';').is_empty() {
        return Ok(());
    }
    let (name, rest) = split_name(line);
    let rest = rest.as_ref();
    let commands = commands::commands();
    let entry = commands.get(&name)?;
    let spec = entry.spec;
    if let Some(Form::Rest(key)) = spec.forms.first() {
        let mut answers = Answers::default();
        answers.push(*key, rest, true);
        return entry.run(commands, shell, &answers);
    }
    let words = lexer::split_parameters(rest)?;
    let answers = if words.is_empty() && spec.runs_bare() {
        Answers::default()
    } else if words.is_empty() && shell.mode() != Mode::Single {
        prompt::dialogue(shell, spec)?
    } else {
        let answers = positional::bind(shell, spec, &words)?;
        if spec.filters {
            shell.echo_filters(spec, &answers)?;
        }
        answers
    };
    entry.run(commands, shell, &answers)
}

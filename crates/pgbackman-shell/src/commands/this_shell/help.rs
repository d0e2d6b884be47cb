//! `help`

use crate::declaration::help;
use crate::declaration::registry::Commands;
use crate::declaration::spec::{Asked, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The declaration.
pub(super) const SPEC: &Spec = &Spec {
    name: "help",
    subject: Subject::Shell,
    summary: "Lists the commands, or explains one",
    details: "Besides commands there are the topics `shortcuts` and `support`. Any other word lists the commands \
        about it (help retention).",
    example: "help show_backup_catalog",
    parameters: &[Parameter::new(
        "command",
        "Command",
        Kind::CommandName,
        "Command or topic to explain",
    )
    .default(DefaultSource::Empty)
    .asked(Asked::Never)],
    forms: &[Form::Words(&[]), Form::Words(&["command"])],
    confirmation: None,
    filters: false,
};

/// Shows the list of these commands, or the page of one.
///
/// # Errors
/// When no command or topic has the name, or the page cannot be written.
pub(super) fn run(
    commands: &Commands,
    shell: &mut Shell,
    answers: &Answers,
) -> Result<(), CommandError> {
    match answers.text("command") {
        "" => shell.show_text(format!("{}\n", help::overview(commands)).as_bytes()),
        topic => match help::page(commands, topic) {
            Some(page) => shell.show_text(format!("{page}\n").as_bytes()),
            None => Err(commands.unknown(topic)),
        },
    }
}

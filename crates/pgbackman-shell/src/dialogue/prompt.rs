//! The prompted form of a command: its parameters one after the other, then the confirmation.

use pgbackman_core::domain::text::selector::Given;

use crate::declaration::spec::{Asked, DefaultSource, Parameter, Question, Spec};
use crate::declaration::{config_values, defaults};
use crate::error::CommandError;
use crate::session::input::Purpose;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The width of the lines around a dialogue.
pub const RULE: usize = 56;

/// Prompts for every parameter and for the confirmation.
///
/// # Errors
/// [`CommandError::Aborted`] after Ctrl-C, Ctrl-D or a `no`; in a script, also an invalid answer.
pub fn dialogue(shell: &mut Shell, spec: &Spec) -> Result<Answers, CommandError> {
    shell.rule(RULE)?;
    let outcome = questions(shell, spec);
    if !matches!(outcome, Err(CommandError::Output(_))) {
        shell.rule(RULE)?;
    }
    outcome
}

fn questions(shell: &mut Shell, spec: &Spec) -> Result<Answers, CommandError> {
    let mut answers = Answers::of_dialogue();
    for parameter in spec.parameters {
        if is_asked(parameter, &answers) {
            ask_parameter(shell, parameter, &mut answers)?;
        } else {
            let value = defaults::value(shell, parameter, parameter.key, &answers)?;
            answers.push(parameter.key, value.unwrap_or_default(), false);
        }
    }
    if let Some(question) = spec.confirmation {
        shell.dialogue("")?;
        confirm(shell, question)?;
    }
    Ok(answers)
}

/// Asks until the answer is `yes` or `no`.
///
/// # Errors
/// [`CommandError::Aborted`] for `no`, Ctrl-C and Ctrl-D.
pub fn confirm(shell: &mut Shell, question: &str) -> Result<(), CommandError> {
    if yes_or_no(shell, question)? {
        Ok(())
    } else {
        Err(CommandError::Aborted)
    }
}

/// Asks until the answer is `yes` or `no`, or `y` or `n`, and returns it.
///
/// # Errors
/// [`CommandError::Aborted`] for Ctrl-C and Ctrl-D.
pub fn yes_or_no(shell: &mut Shell, question: &str) -> Result<bool, CommandError> {
    loop {
        let answer = shell.ask(&format!("# {question}: "), &Purpose::Choice(&["yes", "no"]))?;
        match answer.trim().to_lowercase().as_str() {
            "yes" | "y" => return Ok(true),
            "no" | "n" => return Ok(false),
            _ => shell.dialogue("Answer yes or no, or y or n.")?,
        }
    }
}

/// Whether a text answers a yes-or-no question, so that it is not meant as a name.
pub fn is_yes_or_no(text: &str) -> bool {
    ["yes", "y", "no", "n"].contains(&text.trim().to_lowercase().as_str())
}

/// An answer to a question that is repeated for each of several objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Yes, for this one.
    Yes,
    /// No, for this one.
    No,
    /// Yes, for this one and all others.
    All,
}

/// Asks until the answer is `yes`, `no` or `all`, or `y`, `n` or `a`, and returns it.
///
/// # Errors
/// [`CommandError::Aborted`] for Ctrl-C and Ctrl-D.
pub fn yes_no_or_all(shell: &mut Shell, question: &str) -> Result<Consent, CommandError> {
    loop {
        let purpose = Purpose::Choice(&["yes", "no", "all"]);
        let answer = shell.ask(&format!("# {question}: "), &purpose)?;
        match answer.trim().to_lowercase().as_str() {
            "yes" | "y" => return Ok(Consent::Yes),
            "no" | "n" => return Ok(Consent::No),
            "all" | "a" => return Ok(Consent::All),
            _ => shell.dialogue("Answer yes, no or all, or y, n or a.")?,
        }
    }
}

fn is_asked(parameter: &Parameter, answers: &Answers) -> bool {
    match parameter.asked {
        Asked::Always => true,
        Asked::Never => false,
        Asked::When(condition) => condition(answers),
    }
}

fn ask_parameter(
    shell: &mut Shell,
    parameter: &Parameter,
    answers: &mut Answers,
) -> Result<(), CommandError> {
    let questions = match parameter.each {
        Some(each) => each(shell, answers)?,
        None => vec![Question {
            key: parameter.key.to_owned(),
            label: parameter.label.to_owned(),
        }],
    };
    for question in questions {
        let default = defaults::value(shell, parameter, &question.key, answers)?;
        let prompt = prompt(&question.label, parameter, default.as_deref());
        let purpose = Purpose::Answer {
            kind: parameter.kind,
            answers: answers.clone(),
            default: default.clone().filter(|text| !text.is_empty()),
        };
        let (value, given) = loop {
            let typed = shell.ask(&prompt, &purpose)?;
            let typed = if parameter.kind.trims() {
                typed.trim()
            } else {
                &typed
            };
            let (value, given) = answer(typed, default.as_deref());
            // A stored value may remain even if it would not be accepted today.
            if !given && parameter.is_of_a_row() {
                break (value, given);
            }
            match judged(shell, parameter, answers, &value) {
                Ok(()) => break (value, given),
                Err(error @ (CommandError::Invalid(_) | CommandError::Failed { .. }))
                    if shell.is_terminal() =>
                {
                    shell.report(&error)?;
                }
                Err(error) => return Err(error),
            }
        };
        answers.push(question.key, value, given);
    }
    if let Some(warning) = parameter.warning {
        for line in warning(shell, answers)? {
            shell.dialogue(&format!("[WARNING]: {line}"))?;
        }
    }
    if let Some(told) = parameter.told {
        for line in told(shell, answers)? {
            shell.dialogue(&line)?;
        }
    }
    Ok(())
}

/// Checks an answer as soon as it is given, so that no answer is lost because of a later one.
fn judged(
    shell: &Shell,
    parameter: &Parameter,
    answers: &Answers,
    value: &str,
) -> Result<(), CommandError> {
    acceptable(shell, parameter, value)?;
    parameter
        .check
        .map_or(Ok(()), |check| check(shell, answers, value))
}

/// The prompt: `# <Label> [<default>]: `, without brackets if there is no default.
fn prompt(label: &str, parameter: &Parameter, default: Option<&str>) -> String {
    let space = if parameter.tight { "" } else { " " };
    match (parameter.default, default) {
        (DefaultSource::Required, _) => format!("# {label}: "),
        (_, default) => format!(
            "# {label}{space}[{}]: ",
            crate::output::cell::printable(default.unwrap_or_default())
        ),
    }
}

/// The value of an answer, and whether one was given.
pub fn answer(typed: &str, default: Option<&str>) -> (String, bool) {
    stands_for(Given::from_text(typed), default)
}

/// The value of an input, and whether it is more than the default.
pub fn stands_for(given: Given<'_>, default: Option<&str>) -> (String, bool) {
    match given {
        Given::Default => (default.unwrap_or_default().to_owned(), false),
        Given::Clear => (String::new(), true),
        Given::Value(value) => (value.to_owned(), true),
    }
}

/// Checks a value as far as possible before the command runs: its text, that the server, node or definition exists,
/// and that PostgreSQL accepts an interval.
///
/// # Errors
/// [`CommandError::Invalid`] with the value and what is allowed; or that the catalogue is unavailable.
pub fn acceptable(shell: &Shell, parameter: &Parameter, value: &str) -> Result<(), CommandError> {
    let refused = |reason: String| CommandError::Invalid(format!("{}: {reason}", parameter.label));
    let checked = parameter.kind.check(value);
    checked.map_err(|error| refused(error.to_string()))?;
    match parameter.kind {
        Kind::Server => shell.server(value).map(drop),
        Kind::Node => shell.node(value).map(drop),
        Kind::DefId => shell.definition(value).map(drop),
        Kind::Interval => {
            config_values::check_interval(shell, value).map_err(|error| match error {
                CommandError::Invalid(reason) => refused(reason),
                error => error,
            })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_show_the_default_in_brackets() {
        let parameter = Parameter::new("x", "Status", Kind::Text, "x");
        assert_eq!(
            prompt("NodeID / FQDN", &parameter, None),
            "# NodeID / FQDN: "
        );
        let parameter = parameter.default(DefaultSource::Empty);
        assert_eq!(prompt("Hostname", &parameter, Some("")), "# Hostname []: ");
        assert_eq!(
            prompt("Status", &parameter.tight(), Some("RUNNING")),
            "# Status[RUNNING]: "
        );
        assert_eq!(
            prompt("Remarks", &parameter, Some("a\nb")),
            "# Remarks [a\\nb]: "
        );
    }

    #[test]
    fn an_empty_answer_is_the_default_and_empty_is_written_out() {
        assert_eq!(answer("", Some("x")), ("x".to_owned(), false));
        assert_eq!(answer("#empty#", Some("x")), (String::new(), true));
        assert_eq!(
            answer(" Two  words ", None),
            (" Two  words ".to_owned(), true)
        );
    }
}

//! What Tab offers: commands, and for a parameter the values that the catalogue and the chosen node know, with the current
//! value where one is to be changed.

mod list;
mod values;

use std::time::Duration;

use values::{Source, Value, Values, ignores_case, is_list};

use crate::commands;
use crate::declaration::spec::{DefaultSource, Form, Parameter, Spec};
use crate::declaration::{config_values, defaults};
use crate::dispatch::positional;
use crate::line::lexer::{self, Word};
use crate::line::shortcuts::SHORTCUTS;
use crate::output::cell::printable;
use crate::session::input::Purpose;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// How long each thing that is asked may take: a person is waiting for a keystroke.
const PATIENCE: Duration = Duration::from_secs(2);

/// One thing that is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As it is listed.
    pub display: String,
    /// As it is put into the line.
    pub replacement: String,
}

/// What is offered for the text before the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Where the text that is replaced begins, in bytes.
    pub start: usize,
    /// What may take its place.
    pub candidates: Vec<Candidate>,
}

/// Finds what may be typed. It has a shell of its own, which reads and writes nothing and only asks.
pub struct Completer {
    source: Source,
}

/// A place in a command line or a dialogue where a value is typed.
struct ValuePosition<'p> {
    kind: Kind,
    answers: &'p Answers,
    /// The value there is now.
    current: Option<String>,
}

/// How a value is put into the line.
#[derive(Clone, Copy)]
enum Writing<'w> {
    /// As it is, in the place of the last element: an answer has no quotes of its own.
    Answer,
    /// As a word of a command line that gives a value by its place. In this command's line it must not look like a name.
    Word(&'static Spec),
    /// As the value of a row of a configuration table: quotes belong to all of a word, so all of it is written anew.
    Assigned(&'w str),
    /// As the value of the parameter that is named.
    Named(&'static str),
}

impl Writing<'_> {
    /// What replaces the typed text: the element, in a command line with the list's beginning.
    fn replacement(self, lead: &str, element: &str) -> String {
        match self {
            Self::Answer => element.to_owned(),
            Self::Word(spec) => {
                let text = format!("{lead}{element}");
                let names = |parameter: &Parameter| {
                    let rest = text.strip_prefix(parameter.key);
                    rest.is_some_and(|rest| rest.starts_with('='))
                };
                if spec.parameters.iter().any(names) {
                    lexer::quote_whole(&text)
                } else {
                    lexer::quote(&text)
                }
            }
            Self::Assigned(name) => lexer::quote(&format!("{name}={lead}{element}")),
            Self::Named(name) => format!("{name}={}", lexer::quote(&format!("{lead}{element}"))),
        }
    }
}

impl Completer {
    /// A completer that asks through this shell.
    pub const fn new(shell: Shell) -> Self {
        Self {
            source: Source::new(shell),
        }
    }

    /// Finds what may stand where the cursor is. Nothing is said when nothing can be found out.
    pub fn complete(&self, purpose: &Purpose, before: &str) -> Completion {
        self.source
            .shell()
            .catalogue()
            .hurried(PATIENCE, || match purpose {
                Purpose::Answer {
                    kind,
                    answers,
                    default,
                } => {
                    let place = ValuePosition {
                        kind: *kind,
                        answers,
                        current: default.clone(),
                    };
                    let (offset, candidates) = self.value(&place, before, Writing::Answer);
                    Completion {
                        start: offset,
                        candidates,
                    }
                }
                Purpose::Choice(words) => Completion {
                    start: 0,
                    candidates: words
                        .iter()
                        .filter(|word| begins(word, before, true))
                        .map(|word| plain(word))
                        .collect(),
                },
                Purpose::Command => self.command_line(before),
            })
    }

    fn command_line(&self, before: &str) -> Completion {
        let partial = lexer::split_partial(before);
        let Some((name, given)) = partial.words.split_first() else {
            let candidates = commands::all()
                .map(|entry| entry.spec.name)
                .filter(|name| begins(name, partial.word.text(), true))
                .map(plain)
                .collect();
            return Completion {
                start: partial.start,
                candidates,
            };
        };
        let name = command_name(before).unwrap_or(name.text());
        let candidates = commands::find(name)
            .map(|entry| self.word(entry.spec, given, &partial.word))
            .unwrap_or_default();
        Completion {
            start: partial.start,
            candidates,
        }
    }

    /// What the word under the cursor may be, quoted as the line needs it.
    fn word(&self, spec: &'static Spec, given: &[Word], typed: &Word) -> Vec<Candidate> {
        let answers = answers(spec, given);
        let value = |parameter: &Parameter, typed: &str, writing| {
            let place = ValuePosition {
                kind: parameter.kind,
                answers: &answers,
                current: self.current(parameter, parameter.key, &answers),
            };
            self.value(&place, typed, writing).1
        };
        if let Some(Position::Assignment) = position(spec, given.len()) {
            return self.assignment(&answers, typed.text());
        }
        if let Some((parameter, text)) = positional::named(spec, typed) {
            return value(parameter, text, Writing::Named(parameter.key));
        }
        let typed = typed.text();
        let is_behind_a_name = given
            .iter()
            .any(|word| positional::named(spec, word).is_some());
        let mut found = match position(spec, given.len()) {
            Some(Position::Parameter(parameter)) if !is_behind_a_name => {
                value(parameter, typed, Writing::Word(spec))
            }
            _ => Vec::new(),
        };
        // Where there are values, the one that is meant should not be kept from being completed by names that nobody began.
        if found.is_empty() || !typed.is_empty() {
            found.extend(names(spec, &answers, typed));
        }
        found
    }

    /// Values for what has been typed of a parameter, and where in it the replacement begins.
    fn value(
        &self,
        place: &ValuePosition<'_>,
        typed: &str,
        writing: Writing<'_>,
    ) -> (usize, Vec<Candidate>) {
        let is_list = is_list(place.kind);
        let offset = if is_list {
            list::last_element(typed)
        } else {
            0
        };
        let (lead, element) = typed.split_at(offset);
        let ignore_case = ignores_case(place.kind);
        let Values { key_words, names } = self.source.values(place.kind, place.answers, element);
        let current = place.current.as_deref().filter(|_| offset == 0);
        let current = current.map(|value| (value.into(), value.to_owned(), ignore_case));
        let key_words = key_words.into_iter().map(|value| {
            let text = value.text.clone();
            (value, text, true)
        });
        let names = names.into_iter().map(|value: Value| {
            let text = if is_list {
                list::element(&value.text)
            } else {
                value.text.clone()
            };
            (value, text, ignore_case)
        });
        let mut found: Vec<Candidate> = Vec::new();
        for (value, text, ignore_case) in current.into_iter().chain(key_words).chain(names) {
            let replacement = writing.replacement(lead, &text);
            let fits =
                begins(&value.text, element, ignore_case) || begins(&text, element, ignore_case);
            if fits && found.iter().all(|other| other.replacement != replacement) {
                found.push(Candidate {
                    display: shown(&value),
                    replacement,
                });
            }
        }
        (offset, found)
    }

    /// `parameter=value`: the parameters, and behind the `=` the value in force and what else it may be.
    fn assignment(&self, answers: &Answers, typed: &str) -> Vec<Candidate> {
        let is_node = answers.get(defaults::NODE).is_some();
        let rows = if is_node {
            defaults::node_parameters(self.source.shell(), answers)
        } else {
            defaults::server_parameters(self.source.shell(), answers)
        };
        let rows = rows.unwrap_or_default();
        let Some((name, value)) = typed.split_once('=') else {
            let names = rows.iter().map(|row| format!("{}=", row.parameter));
            return names
                .filter(|name| begins(name, typed, false))
                .map(|name| plain(&name))
                .collect();
        };
        let Some(row) = rows.iter().find(|row| row.parameter == name) else {
            return Vec::new();
        };
        let kind = if is_node {
            config_values::node_kind(name)
        } else {
            config_values::server_kind(name)
        };
        let place = ValuePosition {
            kind,
            answers,
            current: Some(row.value.clone()).filter(|value| !value.is_empty()),
        };
        self.value(&place, value, Writing::Assigned(name)).1
    }

    /// The value that an update would leave as it is.
    fn current(&self, parameter: &Parameter, key: &str, answers: &Answers) -> Option<String> {
        let is_kept = !matches!(
            parameter.default,
            DefaultSource::Required | DefaultSource::Empty | DefaultSource::RandomIn(_)
        );
        if !is_kept || parameter.each.is_some() {
            return None;
        }
        let value = defaults::value(self.source.shell(), parameter, key, answers).ok()?;
        value.filter(|value| !value.is_empty())
    }
}

/// What a position of the line holds.
enum Position {
    Parameter(&'static Parameter),
    Assignment,
}

/// What stands at this place of the line; the first form that has it decides.
fn position(spec: &'static Spec, place: usize) -> Option<Position> {
    let words = spec.forms.iter().find_map(|form| match form {
        Form::Words(keys) => keys.get(place),
        Form::Assignments(_) | Form::Rest(_) => None,
    });
    let assigned = spec.forms.iter().find_map(|form| match form {
        Form::Assignments(keys) => Some(keys),
        Form::Words(_) | Form::Rest(_) => None,
    });
    match (words, assigned) {
        (_, Some(keys)) if place >= keys.len() => Some(Position::Assignment),
        (None, Some(keys)) => spec.parameter(keys.get(place)?).map(Position::Parameter),
        (Some(key), _) => spec.parameter(key).map(Position::Parameter),
        (None, None) => None,
    }
}

/// The command that a line's shortcut stands for, where a blank separates the two.
fn command_name(before: &str) -> Option<&'static str> {
    let word = before.split_whitespace().next()?;
    let (_, meaning) = SHORTCUTS.iter().find(|(shortcut, _)| *shortcut == word)?;
    Some(meaning)
}

/// What the words before the cursor answered, as far as completion needs it.
fn answers(spec: &'static Spec, given: &[Word]) -> Answers {
    let mut answers = Answers::default();
    let mut keys = match spec.forms.first() {
        Some(Form::Words(keys) | Form::Assignments(keys)) => keys.iter(),
        _ => [].iter(),
    };
    for word in given {
        match positional::named(spec, word) {
            Some((parameter, value)) => answers.push(parameter.key, value, true),
            None => {
                if let Some(key) = keys.next() {
                    answers.push(*key, word.text(), true);
                }
            }
        }
    }
    answers
}

/// `parameter=` for what has not been answered yet. A single parameter needs no name.
fn names(spec: &Spec, answers: &Answers, typed: &str) -> Vec<Candidate> {
    spec.parameters
        .iter()
        .filter(|_| spec.parameters.len() > 1)
        .filter(|parameter| answers.get(parameter.key).is_none())
        .map(|parameter| format!("{}=", parameter.key))
        .filter(|name| begins(name, typed, false))
        .map(|name| plain(&name))
        .collect()
}

fn begins(value: &str, typed: &str, ignore_case: bool) -> bool {
    value.starts_with(typed)
        || (ignore_case && value.to_lowercase().starts_with(&typed.to_lowercase()))
}

fn plain(word: &str) -> Candidate {
    Candidate {
        display: word.to_owned(),
        replacement: word.to_owned(),
    }
}

fn shown(value: &Value) -> String {
    let text = printable(&value.text);
    if value.about.is_empty() {
        text.into_owned()
    } else {
        format!("{text}  {}", printable(&value.about))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_known_by_its_place() {
        let kind = |command: &str, place| {
            let spec = commands::find(command).unwrap().spec;
            match position(spec, place) {
                Some(Position::Parameter(parameter)) => Some(parameter.kind),
                _ => None,
            }
        };
        assert_eq!(kind("register_backup_definition", 0), Some(Kind::Server));
        assert_eq!(kind("register_backup_definition", 1), Some(Kind::Node));
        assert_eq!(
            kind("register_backup_definition", 9),
            Some(Kind::BackupCode)
        );
        assert_eq!(kind("register_backup_definition", 16), None);
        let spec = commands::find("update_pgsql_node_config").unwrap().spec;
        assert!(matches!(position(spec, 1), Some(Position::Assignment)));
        assert_eq!(kind("update_pgsql_node_config", 0), Some(Kind::Node));
    }

    #[test]
    fn a_shortcut_is_the_command_it_stands_for() {
        assert_eq!(command_name(r"\h sho"), Some("help"));
        assert_eq!(command_name("show_backup_servers"), None);
    }
}

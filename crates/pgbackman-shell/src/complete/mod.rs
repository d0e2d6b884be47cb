//! Tab completion: commands, and for a parameter the values that the catalogue and the chosen node know, with the
//! current value if one is to be changed.

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

/// Timeout of each query: a person is waiting for a keystroke.
const PATIENCE: Duration = Duration::from_secs(2);

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The text in the list.
    pub display: String,
    /// The text for the line.
    pub replacement: String,
}

/// The candidates for the text before the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The start of the text to replace, in bytes.
    pub start: usize,
    /// The candidates.
    pub candidates: Vec<Candidate>,
}

/// Finds candidates. It has its own shell, which reads and writes nothing and only queries.
pub struct Completer {
    source: Source,
}

/// A position in a command line or a dialogue where a value is typed.
struct ValuePosition<'p> {
    kind: Kind,
    answers: &'p Answers,
    /// The current value.
    current: Option<String>,
}

/// How a value is inserted into the line.
#[derive(Clone, Copy)]
enum Writing<'w> {
    /// As it is, in place of the last element: an answer has no quotes of its own.
    Answer,
    /// As a word of a command line that gives a value by position. It must not look like a name of this command.
    Word(&'static Spec),
    /// As the value of a row of a configuration table: quotes enclose a whole word, so all of it is written again.
    Assigned(&'w str),
    /// As the value of a named parameter.
    Named(&'static str),
}

impl Writing<'_> {
    /// The text that replaces what was typed: the element; in a command line with the beginning of the list.
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
    /// Creates a completer that queries through this shell.
    pub const fn new(shell: Shell) -> Self {
        Self {
            source: Source::new(shell),
        }
    }

    /// Finds the candidates at the cursor. Failed queries are not reported.
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

    /// The candidates for the word under the cursor, quoted as the line requires.
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
        // If there are values, names that nobody began to type should not prevent their completion.
        if found.is_empty() || !typed.is_empty() {
            found.extend(names(spec, &answers, typed));
        }
        found
    }

    /// The values for the text typed of a parameter, and where the replacement begins.
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

    /// `parameter=value`: the parameters, and after the `=` the current value and other possible values.
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

    /// The current value, which an update would leave unchanged.
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

/// The parameter at a position of the line.
enum Position {
    Parameter(&'static Parameter),
    Assignment,
}

/// The parameter at this position of the line; the first form that has it decides.
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

/// The command of a line's shortcut, if a blank separates the two.
fn command_name(before: &str) -> Option<&'static str> {
    let word = before.split_whitespace().next()?;
    let (_, meaning) = SHORTCUTS.iter().find(|(shortcut, _)| *shortcut == word)?;
    Some(meaning)
}

/// The answers in the words before the cursor, as far as completion needs them.
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

/// `parameter=` for parameters without an answer. A single parameter needs no name.
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

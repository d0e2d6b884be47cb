//! What Tab offers: commands, and for a parameter the values the catalogue knows.

use pgbackman_core::catalog::{definitions, nodes, servers};
use pgbackman_core::domain::status::{ExecutionStatus, JobStatus, ServerStatus};

use crate::answers::Answers;
use crate::catalogue::Catalogue;
use crate::commands;
use crate::defaults;
use crate::help::TOPICS;
use crate::input::Purpose;
use crate::kind::{Kind, accepted_codes};
use crate::lexer;
use crate::settings;
use crate::spec::{Form, Spec};

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

/// Finds what may stand where the cursor is.
pub fn complete(catalogue: &Catalogue, purpose: &Purpose, before: &str) -> Completion {
    match purpose {
        Purpose::Answer { kind, answers, .. } => {
            let values = values(catalogue, *kind, answers);
            let (start, typed) = element(before);
            offer(&values, typed, start, str::to_owned)
        }
        Purpose::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            offer(&words, before, 0, str::to_owned)
        }
        Purpose::Command => command_line(catalogue, before),
    }
}

fn command_line(catalogue: &Catalogue, before: &str) -> Completion {
    let partial = lexer::split_partial(before);
    let Some((name, given)) = partial.words.split_first() else {
        let names: Vec<String> = commands::all()
            .map(|entry| entry.spec.name.to_owned())
            .collect();
        return offer(&names, &partial.word, partial.start, str::to_owned);
    };
    let Some(entry) = commands::find(name) else {
        return Completion {
            start: before.len(),
            candidates: Vec::new(),
        };
    };
    let values = parameter(entry.spec, given.len())
        .map(|kind| values(catalogue, kind, &answers(entry.spec, given)))
        .unwrap_or_default();
    let (offset, typed) = element(&partial.word);
    let lead = &partial.word[..offset];
    let quoted = |value: &str| lexer::quote(&format!("{lead}{value}"));
    offer(&values, typed, partial.start, quoted)
}

/// The kind of the parameter at this place of the line.
fn parameter(spec: &Spec, position: usize) -> Option<Kind> {
    let keys = spec.forms.iter().find_map(|form| match form {
        Form::Words(keys) | Form::Assignments(keys) => keys.get(position),
        Form::Rest(_) => None,
    })?;
    spec.parameter(keys).map(|parameter| parameter.kind)
}

/// What the words before the cursor answered, as far as completion needs it.
fn answers(spec: &Spec, given: &[String]) -> Answers {
    let mut answers = Answers::default();
    if let Some(Form::Words(keys) | Form::Assignments(keys)) = spec.forms.first() {
        for (key, word) in keys.iter().zip(given) {
            answers.push(*key, word, true);
        }
    }
    answers
}

/// The last element of a comma-separated list, and where it begins.
fn element(text: &str) -> (usize, &str) {
    let start = text.rfind(',').map_or(0, |comma| comma + 1);
    (start, &text[start..])
}

fn offer(
    values: &[String],
    typed: &str,
    start: usize,
    written: impl Fn(&str) -> String,
) -> Completion {
    let candidates = values
        .iter()
        .filter(|value| value.starts_with(typed))
        .map(|value| Candidate {
            display: value.clone(),
            replacement: written(value),
        })
        .collect();
    Completion { start, candidates }
}

/// The values a kind of parameter may have, as far as they can be listed.
fn values(catalogue: &Catalogue, kind: Kind, answers: &Answers) -> Vec<String> {
    let texts = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    match kind {
        Kind::Server => server_names(catalogue),
        Kind::ServerFilter => with_all(server_names(catalogue)),
        Kind::Node => node_names(catalogue),
        Kind::NodeFilter => with_all(node_names(catalogue)),
        Kind::Databases => {
            let mut names = texts(&["#all_databases#", "#databases_without_backup_definitions#"]);
            names.extend(database_names(catalogue, answers));
            names
        }
        Kind::DatabaseExceptions => database_names(catalogue, answers),
        Kind::DatabaseFilter => with_all(database_names(catalogue, answers)),
        Kind::BackupCode => texts(&accepted_codes()),
        Kind::Encryption => texts(&["false"]),
        Kind::ServerStatus => ServerStatus::ALL.iter().map(ToString::to_string).collect(),
        Kind::JobStatus => texts(&[JobStatus::Active.as_str(), JobStatus::Stopped.as_str()]),
        Kind::StatusFilter => with_all(
            ExecutionStatus::ALL
                .iter()
                .map(ToString::to_string)
                .collect(),
        ),
        Kind::Setting => settings::all()
            .iter()
            .flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}")))
            .collect(),
        Kind::CommandName => commands::all()
            .map(|entry| entry.spec.name)
            .chain(TOPICS)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

fn with_all(mut names: Vec<String>) -> Vec<String> {
    names.insert(0, "all".to_owned());
    names
}

fn server_names(catalogue: &Catalogue) -> Vec<String> {
    let servers = catalogue.peek(async |session| servers::list(&**session).await);
    servers
        .unwrap_or_default()
        .iter()
        .map(pgbackman_core::domain::server::BackupServer::fqdn)
        .collect()
}

/// The nodes' names, with their ports where two share a name (trap 15b).
fn node_names(catalogue: &Catalogue) -> Vec<String> {
    let nodes = catalogue
        .peek(async |session| nodes::list(&**session).await)
        .unwrap_or_default();
    let shared = |fqdn: &str| nodes.iter().filter(|node| node.fqdn() == fqdn).count() > 1;
    nodes
        .iter()
        .map(|node| {
            let fqdn = node.fqdn();
            if shared(&fqdn) {
                format!("{fqdn}:{}", node.port)
            } else {
                fqdn
            }
        })
        .collect()
}

/// The databases of the chosen node that the catalogue knows.
fn database_names(catalogue: &Catalogue, answers: &Answers) -> Vec<String> {
    let Some(node) = answers.get(defaults::NODE) else {
        return Vec::new();
    };
    let names = catalogue.peek(async |session| {
        let node = nodes::resolve(&**session, &node.value).await?;
        definitions::dbnames_defined(&**session, node.id).await
    });
    names.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_element_of_a_list_is_completed() {
        assert_eq!(element("a,b"), (2, "b"));
        assert_eq!(element("abc"), (0, "abc"));
    }

    #[test]
    fn a_parameter_is_known_by_its_place() {
        let spec = commands::find("register_backup_definition").unwrap().spec;
        assert_eq!(parameter(spec, 0), Some(Kind::Server));
        assert_eq!(parameter(spec, 1), Some(Kind::Node));
        assert_eq!(parameter(spec, 9), Some(Kind::BackupCode));
        assert_eq!(parameter(spec, 16), None);
    }

    #[test]
    fn what_is_offered_is_quoted_where_it_must_be() {
        let values = ["two words".to_owned(), "plain".to_owned()];
        let completion = offer(&values, "t", 3, lexer::quote);
        assert_eq!(completion.candidates.len(), 1);
        assert_eq!(completion.candidates[0].replacement, "'two words'");
    }
}

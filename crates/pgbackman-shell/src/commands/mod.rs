//! The commands, one per file, and the one place that lists them.

mod backup_definitions;
mod backup_servers;
mod backups;
mod lists;
mod pgsql_nodes;
mod restores;
pub mod schema;
mod this_shell;

use std::sync::LazyLock;

use crate::declaration::registry::{Commands, Entry};
use crate::declaration::spec::Spec;
use crate::output::Field;

/// The commands that have their own file, by subject. Commands that show a report are in [`lists`].
static OWN: &[&[Entry]] = &[
    backup_definitions::ENTRIES,
    backup_servers::ENTRIES,
    backups::ENTRIES,
    pgsql_nodes::ENTRIES,
    restores::ENTRIES,
    this_shell::ENTRIES,
];

static COMMANDS: LazyLock<Commands> = LazyLock::new(|| {
    let lists = lists::LISTS.iter().map(Entry::list);
    Commands::new(OWN.concat().into_iter().chain(lists))
});

/// The schema of a command's output for programs: a list of objects with these fields (`json2`).
#[derive(Debug)]
pub struct Answer {
    /// The command.
    pub spec: &'static Spec,
    /// The fields.
    pub fields: Vec<Field>,
}

/// The output schemas of all commands that show something, except the lines of the session, which are text.
pub fn answers() -> Vec<Answer> {
    let lists = lists::LISTS.iter().map(|list| Answer {
        spec: &list.spec,
        fields: list.fields().to_vec(),
    });
    this_shell::answers()
        .into_iter()
        .chain(pgsql_nodes::answers())
        .chain(lists)
        .collect()
}

/// Every command.
pub fn commands() -> &'static Commands {
    &COMMANDS
}

/// Every command, in the order in which help lists them.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    commands().all()
}

/// The command of this name, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    commands().find(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::spec::Form;
    use crate::dispatch::positional;
    use crate::line::lexer;

    #[test]
    fn every_command_is_declared_completely() {
        for Entry { spec, .. } in all() {
            assert!(
                !spec.summary.is_empty() && !spec.summary.ends_with('.'),
                "{}: summary",
                spec.name
            );
            assert!(
                spec.example.starts_with(spec.name),
                "{}: example",
                spec.name
            );
            for parameter in spec.parameters {
                assert!(
                    !parameter.help.is_empty(),
                    "{} {}: help",
                    spec.name,
                    parameter.key
                );
                assert!(
                    !parameter.label.is_empty(),
                    "{} {}: label",
                    spec.name,
                    parameter.key
                );
            }
        }
    }

    #[test]
    fn every_form_names_declared_parameters_and_every_parameter_is_in_a_form() {
        for Entry { spec, .. } in all() {
            assert_eq!(
                spec.parameters.is_empty(),
                spec.forms.is_empty(),
                "{}",
                spec.name
            );
            for form in spec.forms {
                let (Form::Words(keys) | Form::Assignments(keys)) = form else {
                    continue;
                };
                for key in *keys {
                    assert!(
                        spec.parameter(key).is_some(),
                        "{}: {key} is not declared",
                        spec.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_example_gives_its_command_what_it_takes() {
        for Entry { spec, .. } in all() {
            let rest = spec.example.strip_prefix(spec.name).unwrap();
            let words = lexer::split_parameters(rest.trim_start()).unwrap();
            if spec.parameters.is_empty() {
                assert!(words.is_empty(), "{}", spec.example);
            } else if !matches!(spec.forms, [Form::Rest(_)]) {
                let bound = positional::check_texts(spec, &words);
                assert!(bound.is_ok(), "{}: {bound:?}", spec.example);
            }
        }
    }

    #[test]
    fn no_name_is_declared_twice() {
        let mut names: Vec<_> = all().map(|entry| entry.spec.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }
}

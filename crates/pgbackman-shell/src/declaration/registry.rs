//! The registry of commands: lists them, finds them by name, and suggests similar names.

use std::fmt;

use crate::declaration::list_command::ListCommand;
use crate::declaration::spec::{Command, Spec};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// Minimum similarity of a suggested name (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.85;

/// Maximum number of suggested names.
const OFFERED: usize = 3;

/// A registered command.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its declaration.
    pub spec: &'static Spec,
    action: Action,
}

/// Runs a command of the shell itself; `help` lists the commands.
pub type PlainRun = fn(&Commands, &mut Shell, &Answers) -> Result<(), CommandError>;

/// How a command uses its answers.
#[derive(Clone, Copy)]
enum Action {
    /// A typed command parses them, then runs or checks itself.
    Typed {
        run: fn(&mut Shell, &Answers) -> Result<(), CommandError>,
        check: fn(&Shell, &Answers) -> Result<(), CommandError>,
    },
    /// A list shows the rows that they select.
    List(&'static ListCommand),
    /// A command of the shell itself, without a type.
    Plain(PlainRun),
}

impl Entry {
    /// Registers a command with its own type.
    pub const fn of<C: Command>() -> Self {
        Self {
            spec: C::SPEC,
            action: Action::Typed {
                run: |shell, answers| C::read(answers)?.run(shell),
                check: |shell, answers| C::read(answers)?.check(shell),
            },
        }
    }

    /// Registers a command that shows a list.
    pub const fn list(list: &'static ListCommand) -> Self {
        Self {
            spec: &list.spec,
            action: Action::List(list),
        }
    }

    /// Registers a command of the shell itself, without a type.
    pub const fn plain(spec: &'static Spec, run: PlainRun) -> Self {
        Self {
            spec,
            action: Action::Plain(run),
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Why it failed.
    pub fn run(
        &self,
        commands: &Commands,
        shell: &mut Shell,
        answers: &Answers,
    ) -> Result<(), CommandError> {
        match &self.action {
            Action::Typed { run, .. } => run(shell, answers),
            Action::List(list) => list.run(shell, answers),
            Action::Plain(run) => run(commands, shell, answers),
        }
    }

    /// Checks whether the command would be refused, without running it.
    ///
    /// # Errors
    /// Why it would be refused. Commands that only show something change nothing and are not checked.
    pub fn check(&self, shell: &Shell, answers: &Answers) -> Result<(), CommandError> {
        match &self.action {
            Action::Typed { check, .. } => check(shell, answers),
            Action::List(_) | Action::Plain(_) => Ok(()),
        }
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Typed { .. } => "Typed",
            Self::List(_) => "List",
            Self::Plain(_) => "Plain",
        })
    }
}

/// All commands.
#[derive(Debug)]
pub struct Commands(Vec<Entry>);

impl Commands {
    /// These commands, in the order in which help lists them: by name, capitals first.
    pub fn new(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut entries: Vec<Entry> = entries.into_iter().collect();
        entries.sort_by_key(|entry| entry.spec.name);
        Self(entries)
    }

    /// Every command.
    pub fn all(&self) -> impl Iterator<Item = &Entry> {
        self.0.iter()
    }

    /// The command of this name, in any case.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.all()
            .find(|entry| entry.spec.name.eq_ignore_ascii_case(name))
    }

    /// The command of this name, found as by [`Commands::find`].
    ///
    /// # Errors
    /// [`CommandError::Unknown`] with similar names.
    pub fn get(&self, name: &str) -> Result<&Entry, CommandError> {
        self.find(name).ok_or_else(|| self.unknown(name))
    }

    /// The error for an unknown name.
    pub fn unknown(&self, name: &str) -> CommandError {
        CommandError::Unknown {
            nearest: self.nearest(name),
            name: name.to_owned(),
        }
    }

    /// The commands with the most similar names, the most similar first.
    fn nearest(&self, name: &str) -> Vec<&'static str> {
        let lower = name.to_lowercase();
        let mut alike: Vec<(f64, &'static str)> = self
            .all()
            .map(|entry| {
                (
                    strsim::jaro_winkler(&lower, entry.spec.name),
                    entry.spec.name,
                )
            })
            .filter(|(likeness, _)| *likeness >= ALIKE)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        alike
            .into_iter()
            .take(OFFERED)
            .map(|(_, name)| name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::commands::commands;

    #[test]
    fn an_unknown_command_is_met_with_names_like_it() {
        assert_eq!(
            commands().nearest("show_pgsql_node").first(),
            Some(&"show_pgsql_nodes")
        );
        assert_eq!(
            commands().nearest("Regster_backup_server").first(),
            Some(&"register_backup_server")
        );
        assert!(commands().nearest("xyzzy").is_empty());
    }
}

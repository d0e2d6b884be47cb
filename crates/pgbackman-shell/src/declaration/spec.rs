//! The declaration of a command: written once, in the command's file. Everything else is derived from it: the
//! positional and the prompted form, the wrong-count error, help, completion and the manual's reference.

use pgbackman_core::domain::schedule::cron_field::Field;

use crate::error::{CommandError, Misuse};
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// A command of the shell.
///
/// A file below `commands/` implements this for a struct of the command's typed parameters; the `mod.rs` beside it lists it.
pub trait Command: Sized {
    /// The declaration.
    const SPEC: &'static Spec;

    /// Converts the answers, whose texts have been checked by their [`Kind`], to typed values.
    ///
    /// # Errors
    /// If a value is not valid in combination with the others.
    fn read(answers: &Answers) -> Result<Self, CommandError>;

    /// Checks whether the command would be refused, as far as that is possible without changing anything; used by
    /// `pgbackman-bulk-update --dry-run`.
    ///
    /// # Errors
    /// The error with which [`Command::run`] would fail.
    fn check(&self, _shell: &Shell) -> Result<(), CommandError> {
        Ok(())
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Why the command failed; the caller prints it.
    fn run(self, shell: &mut Shell) -> Result<(), CommandError>;
}

/// The declaration of a command.
#[derive(Debug)]
pub struct Spec {
    /// The name that is typed.
    pub name: &'static str,
    /// Its subject: help and the manual show commands of one subject together.
    pub subject: Subject,
    /// The summary, without a full stop.
    pub summary: &'static str,
    /// Additional help; may be empty.
    pub details: &'static str,
    /// A valid example line.
    pub example: &'static str,
    /// The parameters in the order of the prompts.
    pub parameters: &'static [Parameter],
    /// The forms a line with parameters may have. A command without parameters has none.
    pub forms: &'static [Form],
    /// The question after the prompts, if there is one.
    pub confirmation: Option<&'static str>,
    /// Whether the values are a list's filters, echoed above the table.
    pub filters: bool,
}

/// The subject of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The machines that take backups.
    Servers,
    /// The servers that are backed up.
    Nodes,
    /// The schedules of backups.
    Definitions,
    /// Backups that are taken once.
    Snapshots,
    /// Existing backups, and how long they are kept.
    Backups,
    /// Restores.
    Restores,
    /// Copies of databases.
    Clones,
    /// The state of PgBackMan itself.
    State,
    /// The session.
    Shell,
}

impl Subject {
    /// Every subject, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Servers,
        Self::Nodes,
        Self::Definitions,
        Self::Snapshots,
        Self::Backups,
        Self::Restores,
        Self::Clones,
        Self::State,
        Self::Shell,
    ];

    /// The heading of its commands.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Servers => "Backup servers",
            Self::Nodes => "PgSQL nodes",
            Self::Definitions => "Backup definitions",
            Self::Snapshots => "Snapshots",
            Self::Backups => "Backups and retention",
            Self::Restores => "Restores",
            Self::Clones => "Clones",
            Self::State => "The state of PgBackMan",
            Self::Shell => "The shell itself",
        }
    }
}

/// A form of the parameters on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Exactly one word for each of these keys, in this order.
    Words(&'static [&'static str]),
    /// One word for each of these keys, then at least one `parameter=value`.
    Assignments(&'static [&'static str]),
    /// The rest of the line as it was typed, under this key.
    Rest(&'static str),
}

/// One parameter of a command.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// The name in the synopsis, which is also the key of the answer.
    pub key: &'static str,
    /// The prompt's label.
    pub label: &'static str,
    /// Its meaning, for help and the manual.
    pub help: &'static str,
    /// The texts that it accepts, and their completion.
    pub kind: Kind,
    /// The default: the meaning of Enter or `""`.
    pub default: DefaultSource,
    /// When its prompt is shown.
    pub asked: Asked,
    /// Whether the prompt's brackets follow the label without a space (`Status[RUNNING]`).
    pub tight: bool,
    /// For a parameter that represents several: the questions for them.
    pub each: Option<Expansion>,
    /// A check of an answer in a dialogue in addition to its kind; if it fails, the question is repeated.
    pub check: Option<AnswerCheck>,
    /// A warning in a dialogue after an answer.
    pub warning: Option<Warning>,
    /// Information in a dialogue after an answer.
    pub told: Option<Warning>,
}

/// Checks an answer as soon as it is given, with the previous answers. The command itself checks it again.
pub type AnswerCheck = fn(&Shell, &Answers, &str) -> Result<(), CommandError>;

/// Finds the consequences of the answers so far, one line each, before the confirmation.
pub type Warning = fn(&Shell, &Answers) -> Result<Vec<String>, CommandError>;

/// Finds the questions of a declared parameter, given the answers so far.
pub type Expansion = fn(&Shell, &Answers) -> Result<Vec<Question>, CommandError>;

/// A question of a prompted form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The key of the answer.
    pub key: String,
    /// The label of the prompt.
    pub label: String,
}

/// When a parameter's prompt is shown.
#[derive(Debug, Clone, Copy)]
pub enum Asked {
    /// In every dialogue.
    Always,
    /// Never: the parameter exists only on the line.
    Never,
    /// If the answers so far require it.
    When(fn(&Answers) -> bool),
}

/// The source of a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultSource {
    /// There is no default, and the prompt shows no brackets.
    Required,
    /// The empty text.
    Empty,
    /// This text.
    Text(&'static str),
    /// The answer under this key, given earlier.
    Answer(&'static str),
    /// The configured backup server, or else this machine's name.
    BackupServer,
    /// The same for a filter; all servers if that is not a backup server of the catalogue, as on an operator's
    /// machine.
    BackupServerOrAll,
    /// The default of new backup servers: this row of `backup_server_default_config`.
    ServerDefault(&'static str),
    /// The default of new PgSQL nodes: this row of `pgsql_node_default_config`.
    NodeDefault(&'static str),
    /// This column of the chosen backup server.
    ServerRow(ServerColumn),
    /// This column of the chosen PgSQL node.
    NodeRow(NodeColumn),
    /// The chosen backup server's configuration, under the question's own key.
    ServerConfig,
    /// This row of the chosen PgSQL node's configuration.
    NodeConfig(&'static str),
    /// This column of the chosen backup definition.
    DefinitionRow(DefinitionColumn),
    /// A random time within the chosen PgSQL node's interval, this row of its configuration.
    RandomIn(&'static str),
    /// A random word, for a tag.
    RandomTag,
    /// The database of the chosen backup.
    BackupDbname,
    /// One minute from now, by the machine's clock.
    InAMinute,
}

/// The columns of a backup server that an update may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerColumn {
    /// `remarks`
    Remarks,
}

/// The columns of a PgSQL node that an update may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeColumn {
    /// `pgport`
    Port,
    /// `admin_user`
    AdminUser,
    /// `status`
    Status,
    /// `remarks`
    Remarks,
}

/// The columns of a backup definition that an update may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionColumn {
    /// `minutes_cron` to `weekday_cron`
    Cron(Field),
    /// `retention_period`
    RetentionPeriod,
    /// `retention_redundancy`
    RetentionRedundancy,
    /// `extra_backup_parameters`
    ExtraParameters,
    /// `job_status`
    JobStatus,
    /// `remarks`
    Remarks,
    /// `keep_daily`
    KeepDaily,
    /// `keep_weekly`
    KeepWeekly,
    /// `keep_monthly`
    KeepMonthly,
    /// `keep_yearly`
    KeepYearly,
    /// `retry_times`
    RetryTimes,
    /// `retry_after`
    RetryAfter,
}

impl Parameter {
    /// Whether an empty answer means the current value of the definition, node or server.
    pub const fn is_of_a_row(&self) -> bool {
        matches!(self.default, DefaultSource::DefinitionRow(_))
    }

    /// A parameter that must be given and is asked for in every dialogue.
    pub const fn new(
        key: &'static str,
        label: &'static str,
        kind: Kind,
        help: &'static str,
    ) -> Self {
        Self {
            key,
            label,
            help,
            kind,
            default: DefaultSource::Required,
            asked: Asked::Always,
            tight: false,
            each: None,
            check: None,
            warning: None,
            told: None,
        }
    }

    /// The same with a default.
    #[must_use]
    pub const fn default(mut self, default: DefaultSource) -> Self {
        self.default = default;
        self
    }

    /// The same, asked for under a condition.
    #[must_use]
    pub const fn asked(mut self, asked: Asked) -> Self {
        self.asked = asked;
        self
    }

    /// The same with brackets that follow the label directly.
    #[must_use]
    pub const fn tight(mut self) -> Self {
        self.tight = true;
        self
    }

    /// The same as a family of parameters, known only when something has been answered.
    #[must_use]
    pub const fn each(mut self, each: Expansion) -> Self {
        self.each = Some(each);
        self
    }

    /// The same with a check of the answer in a dialogue.
    #[must_use]
    pub const fn check(mut self, check: AnswerCheck) -> Self {
        self.check = Some(check);
        self
    }

    /// The same with lines that follow its answer in a dialogue.
    #[must_use]
    pub const fn told(mut self, told: Warning) -> Self {
        self.told = Some(told);
        self
    }

    /// The same with a warning about the consequences of its answer.
    #[must_use]
    pub const fn warning(mut self, warning: Warning) -> Self {
        self.warning = Some(warning);
        self
    }
}

impl Spec {
    /// The parameter under a key. A member of a family (`pgsql_bin_9_6`) is found through its family (`pgsql_bin_`).
    pub fn parameter(&self, key: &str) -> Option<&'static Parameter> {
        let member = |p: &&Parameter| p.each.is_some() && key.starts_with(p.key);
        self.parameters
            .iter()
            .find(|p| p.key == key)
            .or_else(|| self.parameters.iter().find(member))
    }

    /// Whether the command is useful without parameters, so that it does not prompt.
    pub fn runs_bare(&self) -> bool {
        self.parameters.is_empty()
            || self
                .forms
                .iter()
                .any(|form| matches!(form, Form::Words([]) | Form::Rest(_)))
    }

    /// The error if the words of a line do not fit the parameters.
    pub fn misused(&self, misuse: Misuse) -> CommandError {
        CommandError::Misused {
            misuse,
            usage: self.synopses(),
        }
    }

    /// The forms of the line, for help: `update_backup_server [server] [remarks]`.
    pub fn synopses(&self) -> Vec<String> {
        let words = |keys: &[&str]| match keys {
            [] => String::new(),
            keys => format!(" [{}]", keys.join("] [")),
        };
        let mut lines: Vec<String> = self
            .forms
            .iter()
            .map(|form| match form {
                Form::Words(keys) => format!("{}{}", self.name, words(keys)),
                Form::Assignments(keys) => {
                    format!("{}{} parameter=value …", self.name, words(keys))
                }
                Form::Rest(key) => format!("{} [{key} …]", self.name),
            })
            .collect();
        if lines.is_empty() {
            lines.push(self.name.to_owned());
        }
        lines
    }
}

//! How a command is declared: once, in its own file, and everything else follows from that declaration: the positional
//! and the prompted form, the wrong-count error, help, completion and the manual's reference.

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

    /// Turns the answers, whose texts have been checked by their [`Kind`], into typed values.
    ///
    /// # Errors
    /// When a value is not acceptable together with the others.
    fn read(answers: &Answers) -> Result<Self, CommandError>;

    /// Finds out whether the command would be refused, as far as that can be known without changing anything:
    /// `pgbackman-bulk-update --dry-run` asks.
    ///
    /// # Errors
    /// What [`Command::run`] would fail with.
    fn check(&self, _shell: &Shell) -> Result<(), CommandError> {
        Ok(())
    }

    /// Does what the command is for.
    ///
    /// # Errors
    /// Whatever kept the command from doing it; the caller prints it.
    fn run(self, shell: &mut Shell) -> Result<(), CommandError>;
}

/// What is declared about a command.
#[derive(Debug)]
pub struct Spec {
    /// The name that is typed.
    pub name: &'static str,
    /// What it is about: help and the manual show commands of one subject together.
    pub subject: Subject,
    /// One line of help, without a full stop.
    pub summary: &'static str,
    /// What an operator must know besides; may be empty.
    pub details: &'static str,
    /// A line that works, as it is typed.
    pub example: &'static str,
    /// The parameters in the order of the prompts.
    pub parameters: &'static [Parameter],
    /// The forms a line with parameters may have. A command without parameters has none.
    pub forms: &'static [Form],
    /// The question asked after the prompts, where one is asked.
    pub confirmation: Option<&'static str>,
    /// Whether the values are a list's filters, echoed above the table.
    pub filters: bool,
}

/// What a command is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The machines that take backups.
    Servers,
    /// What is backed up.
    Nodes,
    /// When which database is backed up.
    Definitions,
    /// Backups that are taken once.
    Snapshots,
    /// What has been backed up, and how long it is kept.
    Backups,
    /// Backups that are put back.
    Restores,
    /// Copies of databases.
    Clones,
    /// How PgBackMan itself fares.
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

/// One way to give the parameters on the line.
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
    /// The name in the synopsis, and under which the answer is found.
    pub key: &'static str,
    /// The prompt's label.
    pub label: &'static str,
    /// What it means, for help and the manual.
    pub help: &'static str,
    /// Which texts are accepted, and what completes them.
    pub kind: Kind,
    /// What Enter or `""` stands for.
    pub default: DefaultSource,
    /// When its prompt is shown.
    pub asked: Asked,
    /// Whether the prompt's brackets follow the label without a space (`Status[RUNNING]`).
    pub tight: bool,
    /// For a parameter that stands for several: the questions it becomes.
    pub each: Option<Expansion>,
    /// What is wrong with an answer of a dialogue besides what its kind refuses: it is asked for again.
    pub check: Option<AnswerCheck>,
    /// What an operator is warned of in a dialogue when it has been answered.
    pub warning: Option<Warning>,
    /// What an operator is told in a dialogue when it has been answered.
    pub told: Option<Warning>,
}

/// Looks at an answer as soon as it is given, with the answers before it. The command itself checks it once more.
pub type AnswerCheck = fn(&Shell, &Answers, &str) -> Result<(), CommandError>;

/// Finds what the answers so far would lead to, a line each, before anything is confirmed.
pub type Warning = fn(&Shell, &Answers) -> Result<Vec<String>, CommandError>;

/// Finds the questions one declared parameter becomes, given what has been answered.
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
    /// In none: the parameter exists on the line only.
    Never,
    /// When the answers so far say so.
    When(fn(&Answers) -> bool),
}

/// Where the value of an empty answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultSource {
    /// There is none, and the prompt shows no brackets.
    Required,
    /// The empty text.
    Empty,
    /// This text.
    Text(&'static str),
    /// What was answered under this key, further ahead.
    Answer(&'static str),
    /// The configured backup server, else this machine's name.
    BackupServer,
    /// The same for a filter; all of them where that is no backup server of the catalogue, as on an operator's machine.
    BackupServerOrAll,
    /// What a new backup server gets: this row of `backup_server_default_config`.
    ServerDefault(&'static str),
    /// What a new PgSQL node gets: this row of `pgsql_node_default_config`.
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
    /// A random time inside the chosen PgSQL node's interval, this row of its configuration.
    RandomIn(&'static str),
    /// A random word, for a tag.
    RandomTag,
    /// The database of the chosen backup.
    BackupDbname,
    /// In a minute from now, as the machine's clock shows it.
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
    /// Whether nothing typed stands for what the definition, node or server has.
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

    /// The same with a word about the consequences of its answer.
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

    /// Whether the command does something sensible without any parameter, so that nothing is asked.
    pub fn runs_bare(&self) -> bool {
        self.parameters.is_empty()
            || self
                .forms
                .iter()
                .any(|form| matches!(form, Form::Words([]) | Form::Rest(_)))
    }

    /// Why a line is refused whose words do not fit the parameters.
    pub fn misused(&self, misuse: Misuse) -> CommandError {
        CommandError::Misused {
            misuse,
            usage: self.synopses(),
        }
    }

    /// The line's shapes, for help: `update_backup_server [server] [remarks]`.
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

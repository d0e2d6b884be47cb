//! Whether a restore can be expected to succeed: what the backup needs, against what is known of the target, and what was
//! asked for (`docs/spec/shell.md`, "The restore dialogue").
//!
//! The shell judges by this before it registers a restore, and `pgbackman_restore` before it changes anything; the program
//! also knows the backup's [`Contents`]. Nothing is asked here, so that everything can be tried; what is not known gives a
//! warning, never a refusal.

mod backup;
mod environment;
mod names;
mod roles;
mod server;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

pub use self::names::default_rename;
pub use self::roles::names_of;
pub use self::server::{client_for, strings};
use crate::domain::pg_version::PgRelease;
use crate::domain::restore::backup_needs::BackupNeeds;
use crate::domain::restore::restore_parameters::RestoreParameters;
use crate::domain::restore::target_facts::TargetFacts;
use crate::domain::status::{BackupCode, ExecutionStatus};

/// The files of a backup, as far as the machine that asks can see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilesSeen {
    /// Every file that the catalogue names is there.
    Present,
    /// These are gone.
    Gone(Vec<PathBuf>),
    /// They are on another machine, or may not be checked from here.
    Elsewhere,
}

/// What was read in the backup's own files, as far as it is restored. Only who restores it reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The roles that it names, under the backup's names.
    pub named: BTreeSet<String>,
    /// The roles that must be there when it is restored, under the target's names.
    pub needed: BTreeSet<String>,
    /// The tables whose rows a DATA backup has and that the target database has not.
    pub lacking_tables: Vec<String>,
}

/// The backup, as the catalogue or its manifest has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFacts {
    /// What it contains.
    pub code: BackupCode,
    /// How it ended.
    pub status: ExecutionStatus,
    /// Why, when not SUCCEEDED.
    pub error_message: Option<String>,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// Its roles.
    pub roles: Vec<String>,
    /// The release of the client that made the archive, where it can be read.
    pub made_by: Option<PgRelease>,
    /// The release of the node it was taken of, where it can be read.
    pub source: Option<PgRelease>,
    /// Its files.
    pub files: FilesSeen,
    /// What the last look at its files found damaged, and when that was, in words. The files may have been repaired since.
    pub damage: Option<String>,
    /// Whether it has a manifest; backups of 1.x have none.
    pub has_manifest: bool,
    /// What it needs, where that was recorded.
    pub needs: Option<BackupNeeds>,
    /// What is in its files, where they were read: the extensions in `needs` are then those that are restored.
    pub contents: Option<Contents>,
}

/// Which existing roles are used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reuse {
    /// None has been agreed to.
    #[default]
    None,
    /// All.
    All,
    /// These.
    These(BTreeSet<String>),
}

impl Reuse {
    fn allows(&self, role: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::These(roles) => roles.contains(role),
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The database's name on the target; not used for CLUSTER.
    pub target_dbname: &'a str,
    /// The name for a database that has the target's name; for CLUSTER a list of `old=new`.
    pub renamed_dbname: Option<&'a str>,
    /// Which existing roles are used.
    pub reuse: &'a Reuse,
    /// Roles that may be made; `None`: every one.
    pub may_make: Option<&'a [String]>,
    /// The extra parameters.
    pub parameters: &'a RestoreParameters,
    /// The client programs on the backup server; `None` where they cannot be checked from here.
    pub installed: Option<&'a [PgRelease]>,
}

/// How good or bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// To be known; the restore can be registered.
    Warning,
    /// Needs an answer: another name, or the consent to use a role.
    Conflict,
    /// Would fail.
    Refused,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The backup, the target node, or how they fit together.
    General,
    /// The target database.
    Database,
    /// The name for the existing database.
    Renamed,
    /// A role of the backup.
    Role(String),
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How good or bad it is.
    pub level: Level,
    /// What it is about.
    pub subject: Subject,
    /// What was found: a sentence.
    pub text: String,
    /// What to do about it: a sentence; `None` where nothing is to be done.
    pub advice: Option<String>,
}

impl Finding {
    fn new(level: Level, subject: Subject, text: impl Into<String>) -> Self {
        Self {
            level,
            subject,
            text: text.into(),
            advice: None,
        }
    }

    fn ok(text: impl Into<String>) -> Self {
        Self::new(Level::Ok, Subject::General, text)
    }

    fn warning(text: impl Into<String>) -> Self {
        Self::new(Level::Warning, Subject::General, text)
    }

    fn refused(text: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Level::Refused, Subject::General, text).advise(advice)
    }

    fn about(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }

    fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

impl fmt::Display for Finding {
    /// As the dialogue, a dry run and a restore's log show it: `[OK]: …`, `[WARNING]: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tag = if self.level == Level::Ok {
            "OK"
        } else {
            "WARNING"
        };
        write!(f, "[{tag}]: {}", self.text)
    }
}

/// Everything that was found, in the order in which the dialogue shows it: the backup, the target, the environment, the
/// database, the roles in order of name.
pub fn check(backup: &BackupFacts, target: &TargetFacts, request: &Request<'_>) -> Vec<Finding> {
    let mut findings = backup::check(backup);
    findings.extend(check_target(backup, target, request));
    findings
}

/// The same for a backup that has not been taken yet, of which nothing is known but what it will need.
pub fn check_target(
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let mut findings = server::check(backup, target, request);
    findings.extend(environment::check(backup, target, request));
    findings.extend(names::database(backup, target, request));
    findings.extend(roles::check(backup, target, request));
    findings
}

/// The roles that are to be made: those of the backup that the target lacks and that no other takes the place of.
pub fn roles_to_restore(
    backup: &BackupFacts,
    target: &TargetFacts,
    parameters: &RestoreParameters,
) -> Vec<String> {
    names_of(backup, parameters)
        .filter(|role| parameters.mapped(role) == *role && !target.roles.contains(*role))
        .map(str::to_owned)
        .collect()
}

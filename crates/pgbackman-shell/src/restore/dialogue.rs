//! Shows the findings, and asks the open questions unless they are answered on the line.

use std::collections::BTreeSet;

use chrono::Local;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::restore_check::{
    self, BackupFacts, Finding, Level, Request, Reuse, Subject,
};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::selector::Selector;

use crate::dialogue::prompt::{self, Consent};
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::session::input::Purpose;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// Asked if the target database exists, and for each existing role.
const RENAME: &str = "Rename it? (yes/no)";
const USE_ROLE: &str = "Use the existing role? (yes/no)";

/// The answers to conflicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// The new name of the existing database.
    pub renamed: Option<String>,
    /// The existing roles to use.
    pub reuse: Reuse,
}

impl Answered {
    /// Reads the answers on the line: a name or empty, and roles separated by commas, `all` or empty.
    ///
    /// # Errors
    /// For an invalid list.
    pub fn read(renamed: &str, reuse: &str) -> Result<Self, CommandError> {
        let reuse = if reuse.trim().is_empty() {
            Reuse::None
        } else {
            match Selector::parse(reuse) {
                Ok(Selector::All) => Reuse::All,
                Ok(Selector::AnyOf(roles)) => Reuse::These(roles.into_iter().collect()),
                Err(error) => return Err(CommandError::Invalid(error.to_string())),
            }
        };
        Ok(Self {
            renamed: (!renamed.is_empty()).then(|| renamed.to_owned()),
            reuse,
        })
    }
}

/// A restore to be registered.
#[derive(Debug)]
pub struct Case<'a> {
    /// The object to be registered, as text: `restore definition`.
    pub what: &'static str,
    /// How to resolve conflicts on the line: a sentence.
    pub answers: &'static str,
    /// The backup.
    pub backup: &'a BackupFacts,
    /// The target node.
    pub target: &'a TargetFacts,
    /// The name of the database on the target.
    pub target_dbname: &'a str,
    /// The extra parameters.
    pub parameters: &'a RestoreParameters,
    /// The client programs, if they can be inspected.
    pub installed: Option<&'a [PgRelease]>,
    /// Whether the backup has been taken; for a clone only the requirements are known.
    pub taken: bool,
    /// The effect of selecting a part, if the archive could be read.
    pub chosen: &'a [Finding],
    /// The result of trying the backup's settings on the target.
    pub settings: &'a [Finding],
}

impl Case<'_> {
    /// Shows the findings, and asks the open questions; `agreed` are roles that are used without a question.
    ///
    /// # Errors
    /// Errors that would make the restore fail; [`CommandError::Stopped`] after a `no`.
    pub fn ask(&self, shell: &mut Shell, agreed: Reuse) -> Result<Answered, CommandError> {
        let mut answered = Answered {
            renamed: None,
            reuse: agreed,
        };
        let findings = self.check(&answered);
        self.refuse_hopeless(&findings)?;
        let mut reused = BTreeSet::new();
        let is_role = |one: &&Finding| {
            one.level == Level::Conflict && matches!(one.subject, Subject::Role(_))
        };
        let existing = findings.iter().filter(is_role).count();
        let mut agrees_to_all = false;
        for finding in &findings {
            show(shell, finding)?;
            if finding.level != Level::Conflict {
                continue;
            }
            if let Subject::Role(role) = &finding.subject {
                if existing > 1 && reused.is_empty() {
                    shell.dialogue(&format!(
                        "{existing} roles of the backup exist on the target; answer all to use every one of them."
                    ))?;
                }
                if !agrees_to_all {
                    agrees_to_all = self.agree_to_role(shell, role)?;
                }
                reused.insert(role.clone());
            } else {
                let reason = format!("the database {} exists on the target", self.target_dbname);
                self.agree(shell, RENAME, &reason)?;
                answered.renamed = Some(self.other_name(shell)?);
            }
        }
        if answered.reuse == Reuse::None {
            answered.reuse = Reuse::These(reused);
        }
        Ok(answered)
    }

    /// Shows the findings, with the answers on the line.
    ///
    /// # Errors
    /// Errors that would make the restore fail, and conflicts without an answer.
    pub fn settle(&self, shell: &Shell, answered: &Answered) -> Result<(), CommandError> {
        let findings = self.check(answered);
        self.refuse_hopeless(&findings)?;
        for finding in &findings {
            show(shell, finding)?;
        }
        let open: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.level == Level::Conflict)
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(CommandError::Failed {
            what: format!("register this {}", self.what),
            message: texts(&open),
            detail: Some(self.answers.to_owned()),
        })
    }

    fn check(&self, answered: &Answered) -> Vec<Finding> {
        let request = Request {
            target_dbname: self.target_dbname,
            renamed_dbname: answered.renamed.as_deref(),
            reuse: &answered.reuse,
            may_make: None,
            parameters: self.parameters,
            installed: self.installed,
        };
        let mut findings = if self.taken {
            restore_check::check(self.backup, self.target, &request)
        } else {
            restore_check::check_target(self.backup, self.target, &request)
        };
        if let Some(finding) = self.of_another_database() {
            // Before the question about the existing database.
            let place = findings
                .iter()
                .position(|one| one.subject == Subject::Database);
            findings.insert(place.unwrap_or(findings.len()), finding);
        }
        findings.extend(self.chosen.iter().cloned());
        findings.extend_from_slice(self.settings);
        findings
    }

    /// A wrong BckID is visible only here: its database would replace the existing one. For a clone, both names have
    /// been typed next to each other.
    fn of_another_database(&self) -> Option<Finding> {
        let source = &self.backup.dbname;
        let is_mistakable = self.taken
            && self.backup.code != BackupCode::Cluster
            && source != self.target_dbname
            && self.target.databases.contains(self.target_dbname);
        is_mistakable.then(|| Finding {
            level: Level::Warning,
            subject: Subject::General,
            text: format!(
                "The backup is of database {source}, the target is called {}.",
                self.target_dbname
            ),
            advice: None,
        })
    }

    /// All errors that would make the restore fail.
    fn refuse_hopeless(&self, findings: &[Finding]) -> Result<(), CommandError> {
        let refused: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.level == Level::Refused)
            .collect();
        if refused.is_empty() {
            return Ok(());
        }
        let mut advice: Vec<&str> = Vec::new();
        for one in refused.iter().filter_map(|one| one.advice.as_deref()) {
            if !advice.contains(&one) {
                advice.push(one);
            }
        }
        Err(CommandError::Failed {
            what: format!("register this {}", self.what),
            message: texts(&refused),
            detail: Some(printable(&advice.join(" ")).into_owned()),
        })
    }

    fn agree(&self, shell: &mut Shell, question: &str, reason: &str) -> Result<(), CommandError> {
        if prompt::yes_or_no(shell, question)? {
            return Ok(());
        }
        Err(self.stopped(reason))
    }

    /// Whether the operator agrees to use all further roles too.
    fn agree_to_role(&self, shell: &mut Shell, role: &str) -> Result<bool, CommandError> {
        match prompt::yes_no_or_all(shell, USE_ROLE)? {
            Consent::Yes => Ok(false),
            Consent::All => Ok(true),
            Consent::No => Err(self.stopped(&format!("the role {role} exists on the target"))),
        }
    }

    fn stopped(&self, reason: &str) -> CommandError {
        CommandError::Stopped(format!(
            "Cannot continue with this {}: {}.",
            self.what,
            printable(reason)
        ))
    }

    /// Asks for the new name of the existing database until it is free; in a script, a name that is not free is an
    /// error.
    fn other_name(&self, shell: &mut Shell) -> Result<String, CommandError> {
        let now = shell.now().with_timezone(&Local).naive_local();
        let offered = restore_check::default_rename(self.target_dbname, now);
        let question = format!("# Rename existing database to [{}]: ", printable(&offered));
        let purpose = Purpose::Answer {
            kind: Kind::Text,
            answers: Answers::default(),
            default: Some(offered.clone()),
        };
        loop {
            let typed = shell.ask(&question, &purpose)?;
            let (name, given) = prompt::answer(&typed, Some(&offered));
            if given && prompt::is_yes_or_no(&name) {
                let refused = format!("{name:?} is not a valid new name for the existing database");
                if !shell.is_terminal() {
                    return Err(CommandError::Invalid(refused));
                }
                shell.dialogue(&format!("[WARNING]: {refused}"))?;
                continue;
            }
            let answered = Answered {
                renamed: Some(name.clone()),
                reuse: Reuse::All,
            };
            let findings = self.check(&answered);
            // A renamed database is always checked.
            let Some(finding) = findings.iter().find(|one| one.subject == Subject::Renamed) else {
                return Ok(name);
            };
            if finding.level != Level::Refused {
                show(shell, finding)?;
                return Ok(name);
            }
            if !shell.is_terminal() {
                return Err(CommandError::Invalid(printable(&finding.text).into_owned()));
            }
            shell.dialogue(&format!("[WARNING]: {}", printable(&finding.text)))?;
        }
    }
}

/// Shows the values of a restore before the confirmation.
///
/// # Errors
/// If it cannot be written.
pub fn accepted(
    shell: &Shell,
    heading: &str,
    values: &[(&str, String)],
) -> Result<(), CommandError> {
    shell.rule(prompt::RULE)?;
    shell.dialogue(&format!("[{heading}]"))?;
    let width = values
        .iter()
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or_default();
    for (label, value) in values {
        shell.dialogue(format!("{label:>width$}: {}", printable(value)).trim_end())?;
    }
    shell.rule(prompt::RULE)
}

fn show(shell: &Shell, finding: &Finding) -> Result<(), CommandError> {
    shell.dialogue(&printable(&finding.to_string()))
}

fn texts(findings: &[&Finding]) -> String {
    let texts: Vec<&str> = findings.iter().map(|one| one.text.as_str()).collect();
    printable(&texts.join(" ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_on_the_line_are_a_name_and_roles() {
        let read = |renamed, reuse| Answered::read(renamed, reuse).unwrap();
        assert_eq!(read("", ""), Answered::default());
        assert_eq!(read("old", "all").renamed.as_deref(), Some("old"));
        assert_eq!(read("", "ALL").reuse, Reuse::All);
        let these =
            |names: &[&str]| Reuse::These(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(
            read("", r#"Role One,"a,b""#).reuse,
            these(&["Role One", "a,b"])
        );
        assert_eq!(read("", r#""all""#).reuse, these(&["all"]));
        assert!(Answered::read("", "\"x").is_err());
    }
}

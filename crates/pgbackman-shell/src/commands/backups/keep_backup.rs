//! `keep_backup`

use pgbackman_core::catalogue::backups::kept::{self, Until};
use pgbackman_core::domain::ids::BckId;

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `keep_backup`
#[derive(Debug)]
pub(super) struct KeepBackup {
    backup: BckId,
    until: String,
    reason: Option<String>,
}

impl Command for KeepBackup {
    const SPEC: &'static Spec = &Spec {
        name: "keep_backup",
        subject: Subject::Backups,
        summary: "Pins a backup, which excludes it from deletion",
        details: "A pinned backup is not deleted before the given time: neither by retention nor by a forced deletion of \
                  its definition, which is refused. If the second word is not a time and no reason follows, it is taken as \
                  the reason.",
        example: "keep_backup 12 \"90 days\" \"before the migration\"",
        parameters: &[
            Parameter::new(
                "bckid",
                "BckID",
                Kind::BckId,
                "Backup, as listed by show_backup_catalog",
            ),
            Parameter::new(
                "until",
                "Keep until",
                Kind::Text,
                "A time (2027-01-31 12:00), an interval from now (90 days), or forever",
            )
            .default(DefaultSource::Text("forever")),
            Parameter::new(
                "reason",
                "Reason",
                Kind::Text,
                "Reason for pinning the backup",
            )
            .default(DefaultSource::Empty),
        ],
        forms: &[
            Form::Words(&["bckid"]),
            Form::Words(&["bckid", "until"]),
            Form::Words(&["bckid", "until", "reason"]),
        ],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            backup: answers.parse("bckid")?,
            until: answers.text("until").to_owned(),
            reason: answers
                .given("reason")
                .then(|| answers.text("reason").to_owned()),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let found = shell.read(async |session| kept::until(&**session, &self.until).await)?;
        let (until, reason) = match (found, self.reason) {
            (Some(until), reason) => (until, reason.unwrap_or_default()),
            (None, None) => (Until::Forever, self.until),
            (None, Some(_)) => {
                return Err(CommandError::Invalid(format!(
                    "{:?} is not a valid time or interval; write a time (2027-01-31 12:00), an interval (90 days) or \
                     forever",
                    self.until
                )));
            }
        };
        shell.write(async |session| kept::keep(&**session, self.backup, until, &reason).await)?;
        let until = match until {
            Until::Forever => "it is released".to_owned(),
            Until::Time(time) => time.format("%Y-%m-%d %H:%M:%S+00:00").to_string(),
        };
        shell.done(&[format!(
            "Backup with BckID: {} kept until {until}.",
            self.backup
        )])
    }
}

//! `update_retention_policy`

use pgbackman_core::catalogue::backups::kept::{self, Rotation};
use pgbackman_core::domain::ids::DefId;

use crate::declaration::spec::{
    Command, DefaultSource, DefinitionColumn, Form, Parameter, Spec, Subject,
};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_retention_policy`
#[derive(Debug)]
pub(super) struct UpdateRetentionPolicy {
    definition: DefId,
    rotation: Rotation,
}

/// How many backups of one kind are kept.
const fn count(
    key: &'static str,
    label: &'static str,
    help: &'static str,
    column: DefinitionColumn,
) -> Parameter {
    Parameter::new(key, label, Kind::Redundancy, help).default(DefaultSource::DefinitionRow(column))
}

impl Command for UpdateRetentionPolicy {
    const SPEC: &'static Spec = &Spec {
        name: "update_retention_policy",
        subject: Subject::Backups,
        summary: "Sets the number of daily, weekly, monthly and yearly backups of a definition to keep",
        details: "Keeps the newest SUCCEEDED backup of each of the last N days, weeks, months and years that have \
            one, in the time zone of the backup server (its parameter time_zone). These backups are kept in addition \
            to those that retention period and redundancy keep. 0 disables a type. show_retention shows the \
            consequences.",
        example: "update_retention_policy 12 7 5 12 2",
        parameters: &[
            Parameter::new("defid", "DefID", Kind::DefId, "The backup definition"),
            count(
                "daily",
                "Daily backups",
                "Number of daily backups to keep",
                DefinitionColumn::KeepDaily,
            ),
            count(
                "weekly",
                "Weekly backups",
                "Number of weekly backups to keep",
                DefinitionColumn::KeepWeekly,
            ),
            count(
                "monthly",
                "Monthly backups",
                "Number of monthly backups to keep",
                DefinitionColumn::KeepMonthly,
            ),
            count(
                "yearly",
                "Yearly backups",
                "Number of yearly backups to keep",
                DefinitionColumn::KeepYearly,
            ),
        ],
        forms: &[Form::Words(&[
            "defid", "daily", "weekly", "monthly", "yearly",
        ])],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            definition: answers.parse("defid")?,
            rotation: Rotation {
                daily: answers.parse("daily")?,
                weekly: answers.parse("weekly")?,
                monthly: answers.parse("monthly")?,
                yearly: answers.parse("yearly")?,
            },
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let (definition, rotation) = (self.definition, self.rotation);
        shell.write(async |session| kept::set_rotation(&**session, definition, rotation).await)?;
        shell.done(&[format!("Retention policy for DefID: {definition} updated.")])
    }
}

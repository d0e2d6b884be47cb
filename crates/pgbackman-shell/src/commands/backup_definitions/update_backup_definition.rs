//! `update_backup_definition`

use pgbackman_core::catalogue::definitions::{self, DefinitionChange};
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::cron_field::Field;
use pgbackman_core::domain::status::JobStatus;

use crate::declaration::config_values;
use crate::declaration::defaults::DEFINITION;
use crate::declaration::definition_parameters::{
    self, CRON, cron, extra_parameters, job_status, remarks, retention_period, retention_redundancy,
};
use crate::declaration::spec::{
    Command, DefaultSource, DefinitionColumn, Form, Parameter, Spec, Subject,
};
use crate::error::CommandError;
use crate::registration::crontab_check::{CrontabCheck, Job};
use crate::registration::databases;
use crate::registration::warnings;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_backup_definition`
#[derive(Debug)]
pub(super) struct UpdateBackupDefinition {
    definition: String,
    change: Change,
}

/// What is changed.
#[derive(Debug)]
enum Change {
    /// Everything that can be.
    All(Box<DefinitionChange>),
    /// It does not run any more. What is stored stays as it is: rows of 1.x may hold what nobody could register now.
    Stop {
        /// The new remarks.
        remarks: String,
    },
}

/// What is left as it is when a definition is only stopped.
const KEPT: [&str; 8] = [
    "minute",
    "hour",
    "day_month",
    "month",
    "weekday",
    "retention_period",
    "retention_redundancy",
    "extra_parameters",
];

/// A field of the schedule, whose default is the one in force.
const fn cron_row(field: Field) -> Parameter {
    cron(
        field,
        DefaultSource::DefinitionRow(DefinitionColumn::Cron(field)),
    )
}

impl Command for UpdateBackupDefinition {
    const SPEC: &'static Spec = &Spec {
        name: "update_backup_definition",
        subject: Subject::Definitions,
        summary: "Changes a backup definition",
        details: "The backup server, node, database and backup code of a definition cannot be changed; use \
            move_backup_definition to move it to another backup server. On the command line, \"\" leaves a value \
            unchanged and #empty# clears it. The backups of a STOPPED definition remain, and its retention still \
            applies to them. A change that only stops a definition is not validated, because 1.x may have stored \
            values that are no longer valid.",
        example: "update_backup_definition 12 30 2 * * sun \"14 days\" 2 \"\" ACTIVE \"Weekly\"",
        parameters: &[
            Parameter::new(
                DEFINITION,
                "DefID",
                Kind::DefId,
                "Backup definition, as listed by show_backup_definitions",
            )
            .default(DefaultSource::Empty),
            cron_row(Field::Minute),
            cron_row(Field::Hour),
            cron_row(Field::DayOfMonth),
            cron_row(Field::Month),
            cron_row(Field::DayOfWeek),
            retention_period(DefaultSource::DefinitionRow(
                DefinitionColumn::RetentionPeriod,
            )),
            retention_redundancy(DefaultSource::DefinitionRow(
                DefinitionColumn::RetentionRedundancy,
            )),
            extra_parameters(
                "Extra backup parameters",
                DefaultSource::DefinitionRow(DefinitionColumn::ExtraParameters),
            ),
            job_status(DefaultSource::DefinitionRow(DefinitionColumn::JobStatus)),
            remarks(DefaultSource::DefinitionRow(DefinitionColumn::Remarks)),
        ],
        forms: &[Form::Words(&[
            DEFINITION,
            "minute",
            "hour",
            "day_month",
            "month",
            "weekday",
            "retention_period",
            "retention_redundancy",
            "extra_parameters",
            "job_status",
            "remarks",
        ])],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let definition = answers.text(DEFINITION).to_owned();
        let status = answers.parse("job_status")?;
        let remarks = answers.text("remarks").to_owned();
        let stops = status == JobStatus::Stopped;
        if stops && KEPT.iter().all(|key| !answers.given(key)) {
            return Ok(Self {
                definition,
                change: Change::Stop { remarks },
            });
        }
        let schedule = Schedule::parse(CRON.map(|key| answers.text(key)))
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        Ok(Self {
            definition,
            change: Change::All(Box::new(DefinitionChange {
                schedule,
                retention: definition_parameters::retention(answers)?,
                extra_parameters: answers.text("extra_parameters").to_owned(),
                status,
                remarks,
            })),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        self.checked(shell).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.checked(shell)?;
        let without_schemas = self.without_schemas(shell, id)?;
        shell.write(async |session| match &self.change {
            Change::All(change) => definitions::update(&**session, id, change).await,
            Change::Stop { remarks } => definitions::stop(&**session, id, remarks).await,
        })?;
        shell.done(&[format!("Backup definition DefID: {id} updated.")])?;
        for sentence in without_schemas {
            shell.say(&format!("[WARNING]: {sentence}"))?;
        }
        match &self.change {
            Change::All(change) => warnings::never_runs(shell, &change.schedule),
            Change::Stop { .. } => Ok(()),
        }
    }
}

impl UpdateBackupDefinition {
    /// What a registration would say of the parameters, where they are changed.
    fn without_schemas(&self, shell: &Shell, id: DefId) -> Result<Vec<String>, CommandError> {
        let Change::All(change) = &self.change else {
            return Ok(Vec::new());
        };
        let definition = shell.definition(&id.to_string())?;
        if definition.extra_parameters == change.extra_parameters {
            return Ok(Vec::new());
        }
        let node = shell.node(&definition.node.to_string())?;
        databases::without_schemas(
            shell,
            &node,
            [definition.dbname.as_str()],
            definition.code,
            &change.extra_parameters,
        )
    }

    /// Checks what was asked for as a registration does: the parameters against the code's program, the interval, and the
    /// line that it becomes.
    fn checked(&self, shell: &Shell) -> Result<DefId, CommandError> {
        let definition = shell.definition(&self.definition)?;
        let Change::All(change) = &self.change else {
            return Ok(definition.id);
        };
        let tool = Tool::for_code(definition.code);
        ExtraParameters::parse(&change.extra_parameters, tool, None)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        config_values::check_interval(shell, &change.retention.period)?;
        let server = shell.server(&definition.server.to_string())?;
        let node = shell.node(&definition.node.to_string())?;
        CrontabCheck::read(shell, &server, &node)?.check(std::iter::once(Job {
            dbname: &definition.dbname,
            schedule: &change.schedule,
            code: definition.code,
            extra_parameters: &change.extra_parameters,
        }))?;
        Ok(definition.id)
    }
}

//! `update_retry_policy`

use pgbackman_core::catalogue::runs::requested::{self, RetryPolicy};
use pgbackman_core::domain::ids::DefId;

use crate::declaration::defaults::DEFINITION;
use crate::declaration::spec::{
    Command, DefaultSource, DefinitionColumn, Form, Parameter, Spec, Subject,
};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_retry_policy`
#[derive(Debug)]
pub(super) struct UpdateRetryPolicy {
    definition: DefId,
    policy: RetryPolicy,
}

impl Command for UpdateRetryPolicy {
    const SPEC: &'static Spec = &Spec {
        name: "update_retry_policy",
        subject: Subject::Definitions,
        summary: "Sets how often a failed run of a backup definition is retried",
        details: "After a run that ends with ERROR, at starts another attempt, while the definition is ACTIVE. The \
            failure remains in the catalogue, and its alert is raised immediately; a successful attempt resolves it. \
            A cancelled run is not retried, and an attempt is dropped if another run of the definition comes first. 0 \
            disables retries.",
        example: "update_retry_policy 12 2 \"15 minutes\"",
        parameters: &[
            Parameter::new(
                DEFINITION,
                "DefID",
                Kind::DefId,
                "Backup definition, as listed by show_backup_definitions",
            ),
            Parameter::new(
                "times",
                "Number of retries",
                Kind::Redundancy,
                "Maximum number of further attempts, at most 10",
            )
            .default(DefaultSource::DefinitionRow(DefinitionColumn::RetryTimes)),
            Parameter::new(
                "after",
                "Retry after",
                Kind::Interval,
                "Time between a failure and the next attempt, 1 minute to 1 day",
            )
            .default(DefaultSource::DefinitionRow(DefinitionColumn::RetryAfter)),
        ],
        forms: &[Form::Words(&[DEFINITION, "times", "after"])],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            definition: answers.parse(DEFINITION)?,
            policy: RetryPolicy {
                times: answers.parse("times")?,
                after: answers.text("after").to_owned(),
            },
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let Self { definition, policy } = self;
        shell.write(async |session| {
            requested::set_retry_policy(&**session, definition, &policy).await
        })?;
        shell.done(&[format!("Retry policy for DefID: {definition} updated.")])
    }
}

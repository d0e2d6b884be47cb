//! `start_maintenance_window`

use pgbackman_core::catalogue::backups::kept::{self, Until};
use pgbackman_core::catalogue::nodes::windows;

use crate::declaration::defaults::NODE;
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `start_maintenance_window`
#[derive(Debug)]
pub(super) struct StartMaintenanceWindow {
    node: String,
    until: String,
    reason: String,
}

impl Command for StartMaintenanceWindow {
    const SPEC: &'static Spec = &Spec {
        name: "start_maintenance_window",
        subject: Subject::Nodes,
        summary: "Suspends the backups of a PgSQL node until a given time",
        details: "The node is STOPPED: no backup, snapshot or restore of it starts, no alert is raised about it, and backups that \
                  would have run in the window do not count as missed. Runs in progress continue. At the end of the window the \
                  node becomes RUNNING by itself, within a minute. For a node that has a window, the command changes it.",
        example: "start_maintenance_window pg-node01.example.net \"2 hours\" \"storage migration\"",
        parameters: &[
            Parameter::new(NODE, "NodeID / FQDN", Kind::Node, "The PgSQL node"),
            Parameter::new(
                "until",
                "Until",
                Kind::Text,
                "A time (2027-01-31 12:00) or an interval from now (2 hours), at most 30 days ahead",
            ),
            Parameter::new("reason", "Reason", Kind::Text, "Reason for the window")
                .default(DefaultSource::Empty),
        ],
        forms: &[
            Form::Words(&[NODE, "until"]),
            Form::Words(&[NODE, "until", "reason"]),
        ],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text(NODE).to_owned(),
            until: answers.text("until").to_owned(),
            reason: answers.text("reason").to_owned(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        shell.node(&self.node).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.node(&self.node)?;
        let found = shell.read(async |session| kept::until(&**session, &self.until).await)?;
        let Some(Until::Time(until)) = found else {
            return Err(CommandError::Invalid(format!(
                "{:?} is not a valid time or interval; write a time (2027-01-31 12:00) or an interval (2 hours)",
                self.until
            )));
        };
        shell.write(async |session| {
            windows::start(&**session, node.id, until, &self.reason).await
        })?;
        let until = until.format("%Y-%m-%d %H:%M:%S+00:00");
        shell.done(&[format!(
            "Maintenance window for NodeID: {} started, until {until}.",
            node.id
        )])
    }
}

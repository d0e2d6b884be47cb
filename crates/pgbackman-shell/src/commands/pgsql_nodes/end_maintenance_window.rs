//! `end_maintenance_window`

use pgbackman_core::catalogue::nodes::windows;

use crate::declaration::defaults::NODE;
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `end_maintenance_window`
#[derive(Debug)]
pub(super) struct EndMaintenanceWindow {
    node: String,
}

impl Command for EndMaintenanceWindow {
    const SPEC: &'static Spec = &Spec {
        name: "end_maintenance_window",
        subject: Subject::Nodes,
        summary: "Ends the maintenance window of a PgSQL node before its time",
        details: "The node becomes RUNNING. See show_maintenance_windows.",
        example: "end_maintenance_window pg-node01.example.net",
        parameters: &[Parameter::new(
            NODE,
            "NodeID / FQDN",
            Kind::Node,
            "The PgSQL node",
        )],
        forms: &[Form::Words(&[NODE])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text(NODE).to_owned(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        shell.node(&self.node).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.node(&self.node)?;
        shell.write(async |session| windows::end(&**session, node.id).await)?;
        shell.done(&[format!("Maintenance window for NodeID: {} ended.", node.id)])
    }
}

//! `update_backup_server`

use pgbackman_core::catalogue::nodes::servers;

use crate::declaration::spec::{
    Command, DefaultSource, Form, Parameter, ServerColumn, Spec, Subject,
};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `update_backup_server`
#[derive(Debug)]
pub(super) struct UpdateBackupServer {
    server: String,
    remarks: String,
}

impl Command for UpdateBackupServer {
    const SPEC: &'static Spec = &Spec {
        name: "update_backup_server",
        subject: Subject::Servers,
        summary: "Changes the registration of a backup server",
        details: "",
        example: "update_backup_server 1 \"Main backup server\"",
        parameters: &[
            Parameter::new("server", "SrvID / FQDN", Kind::Server, "The backup server")
                .default(DefaultSource::BackupServer),
            Parameter::new("remarks", "Remarks", Kind::Text, "Free-text comment")
                .default(DefaultSource::ServerRow(ServerColumn::Remarks)),
        ],
        forms: &[Form::Words(&["server", "remarks"])],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            server: answers.text("server").to_owned(),
            remarks: answers.text("remarks").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = shell.server(&self.server)?.id;
        shell
            .write(async |session| servers::update_remarks(&**session, id, &self.remarks).await)?;
        shell.done(&[format!("Backup server with SrvID: {id} updated.")])
    }
}

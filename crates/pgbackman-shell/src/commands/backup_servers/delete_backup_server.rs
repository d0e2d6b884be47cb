//! `delete_backup_server`

use pgbackman_core::catalogue::nodes::servers;

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `delete_backup_server`
#[derive(Debug)]
pub(super) struct DeleteBackupServer {
    server: String,
}

impl Command for DeleteBackupServer {
    const SPEC: &'static Spec = &Spec {
        name: "delete_backup_server",
        subject: Subject::Servers,
        summary: "Deletes a backup server from the catalogue",
        details: "The command is refused while the catalogue contains definitions of the server or backups that it took. \
                  This cannot be forced: first delete the definitions or move them to another backup server.",
        example: "delete_backup_server 2",
        parameters: &[Parameter::new(
            "server",
            "SrvID / FQDN",
            Kind::Server,
            "Backup server to delete",
        )
        .default(DefaultSource::BackupServer)],
        forms: &[Form::Words(&["server"])],
        confirmation: Some("Are you sure you want to delete this server? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            server: answers.text("server").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let server = shell.server(&self.server)?;
        shell
            .write(async |session| servers::delete(&**session, server.id).await)
            .map_err(|error| refusals::server(shell, error, &server))?;
        shell.done(&["Backup server deleted.".to_owned()])
    }
}

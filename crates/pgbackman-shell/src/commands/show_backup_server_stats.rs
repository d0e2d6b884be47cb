//! `show_backup_server_stats`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, DefaultSource, Form, Parameter, Spec};

/// `show_backup_server_stats`
#[derive(Debug)]
pub(super) struct ShowBackupServerStats {
    server: String,
}

impl Command for ShowBackupServerStats {
    const SPEC: &'static Spec = &Spec {
        name: "show_backup_server_stats",
        summary: "Shows statistics of a backup server",
        details: "",
        example: "show_backup_server_stats 1",
        parameters: &[
            Parameter::new("server", "SrvID / FQDN", Kind::Server, "The backup server")
                .default(DefaultSource::BackupServer),
        ],
        forms: &[Form::Words(&["server"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            server: answers.text("server").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let server = shell.server(&self.server)?;
        shell
            .show_details(&reports::backup_server_stats(server.id))
            .map(drop)
    }
}

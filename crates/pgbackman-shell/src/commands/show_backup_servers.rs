//! `show_backup_servers`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_backup_servers`
#[derive(Debug)]
pub(super) struct ShowBackupServers;

impl Command for ShowBackupServers {
    const SPEC: &'static Spec = &Spec {
        name: "show_backup_servers",
        summary: "Lists the backup servers",
        details: "",
        example: "show_backup_servers",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::backup_servers())
    }
}

//! `show_empty_backup_catalogs`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_empty_backup_catalogs`
#[derive(Debug)]
pub(super) struct ShowEmptyBackupCatalogs;

impl Command for ShowEmptyBackupCatalogs {
    const SPEC: &'static Spec = &Spec {
        name: "show_empty_backup_catalogs",
        summary: "Lists backup definitions without any backup in the catalogue",
        details: "Such definitions have not run yet, or all their backups have expired. If a definition is older than a \
                  day, check why it is listed.",
        example: "show_empty_backup_catalogs",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::empty_backup_catalogs())
    }
}

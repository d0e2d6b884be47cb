//! `show_backup_catalog`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{DBNAME, DEFID, NODE, SERVER, STATUS, TypedCatalogFilter};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_backup_catalog`
#[derive(Debug)]
pub(super) struct ShowBackupCatalog {
    filter: TypedCatalogFilter,
}

impl Command for ShowBackupCatalog {
    const SPEC: &'static Spec = &Spec {
        name: "show_backup_catalog",
        summary: "Lists the backups in the catalogue, newest first",
        details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
        example: "show_backup_catalog all all Orders all ERROR,WARNING",
        parameters: &[SERVER, NODE, DBNAME, DEFID, STATUS],
        forms: &[Form::Words(&[
            "server", "node", "dbname", "defid", "status",
        ])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            filter: TypedCatalogFilter::read(answers)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let filter = self.filter.resolve(shell)?;
        shell.show_list(&reports::backup_catalog(&filter))
    }
}

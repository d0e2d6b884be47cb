//! `show_pgbackman_stats`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_pgbackman_stats`
#[derive(Debug)]
pub(super) struct ShowPgbackmanStats;

impl Command for ShowPgbackmanStats {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgbackman_stats",
        summary: "Shows statistics of the whole catalogue",
        details: "Faulty backups are those with status ERROR or WARNING. Different databases are those with their own \
                  definition.",
        example: "show_pgbackman_stats",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_details(&reports::pgbackman_stats()).map(drop)
    }
}

//! `show_jobs_queue`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_jobs_queue`
#[derive(Debug)]
pub(super) struct ShowJobsQueue;

impl Command for ShowJobsQueue {
    const SPEC: &'static Spec = &Spec {
        name: "show_jobs_queue",
        summary: "Lists the changes that pgbackman_control has not applied yet",
        details: "",
        example: "show_jobs_queue",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::jobs_queue())
    }
}

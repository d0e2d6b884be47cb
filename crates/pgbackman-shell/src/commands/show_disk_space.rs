//! `show_disk_space`

use pgbackman_core::catalog::reports;
use pgbackman_core::domain::selector::Selector;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{self, SERVER};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_disk_space`
#[derive(Debug)]
pub(super) struct ShowDiskSpace {
    servers: Selector<String>,
}

impl Command for ShowDiskSpace {
    const SPEC: &'static Spec = &Spec {
        name: "show_disk_space",
        summary: "Shows how much disk the backups take, what retention will free, and when a disk is full",
        details: "For each backup server, each file system it writes to, each PgSQL node and each database. What is freed \
                  is what goes whatever comes; growth is that of the last 30 days at most, and unknown during the first \
                  day. A disk is full when what is free now is used up at that rate.",
        example: "show_disk_space all",
        parameters: &[SERVER],
        forms: &[Form::Words(&["server"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            servers: filters::selector(answers, SERVER.key)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let servers = filters::servers(shell, &self.servers)?;
        shell.show_list_at_once(&reports::disk_space(servers))
    }
}

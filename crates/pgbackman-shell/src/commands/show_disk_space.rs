//! `show_disk_space`

use pgbackman_core::catalog::reports;
use pgbackman_core::domain::text::selector::Selector;

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
        summary: "Shows the disk usage of backups, what retention will free, and when disks will be full",
        details: "Shows each backup server, each of its file systems, each PgSQL node and each database. Freed space is \
                  what expires in any case. Growth is that of the last 30 days at most, and unknown during the first day. A \
                  disk is full when its free space is used up at that rate.",
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

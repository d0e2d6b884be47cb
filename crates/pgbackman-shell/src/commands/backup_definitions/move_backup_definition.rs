//! `move_backup_definition`

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use pgbackman_core::catalogue::definitions::{self, MoveFilter};
use pgbackman_core::domain::ids::{DefId, NodeId};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::text::selector::Selector;

use crate::declaration::filters::{self, DBNAME, DEFID, NODE};
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::crontab_check::{CrontabCheck, Job};
use crate::registration::warnings;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `move_backup_definition`
#[derive(Debug)]
pub(super) struct MoveBackupDefinition {
    from: String,
    to: String,
    nodes: Selector<String>,
    dbnames: Option<Vec<String>>,
    definitions: Option<Vec<DefId>>,
}

impl Command for MoveBackupDefinition {
    const SPEC: &'static Spec = &Spec {
        name: "move_backup_definition",
        subject: Subject::Definitions,
        summary: "Moves backup definitions from one backup server to another",
        details: "All definitions that match every filter are moved together, or none. The crontabs of both backup servers \
                  are updated. Existing backups remain on the server that took them, and are deleted there when their \
                  retention ends.",
        example: "move_backup_definition backup01.example.net backup02.example.net pg-node01.example.net all \"\"",
        parameters: &[
            Parameter::new(
                "from",
                "From backup server SrvID / FQDN",
                Kind::Server,
                "Current backup server",
            ),
            Parameter::new(
                "to",
                "To Backup server SrvID / FQDN",
                Kind::Server,
                "New backup server",
            ),
            Parameter::new(
                NODE.key,
                "PgSQL node NodeID / FQDN",
                Kind::NodeFilter,
                "Move only definitions of these PgSQL nodes",
            )
            .default(DefaultSource::Text("all")),
            Parameter::new(
                DBNAME.key,
                "DBname",
                Kind::DatabaseFilter,
                "Move only definitions of these databases",
            )
            .default(DefaultSource::Text("all")),
            Parameter::new(
                DEFID.key,
                "DefID",
                Kind::DefIdFilter,
                "Definitions to move; empty for all that match the other filters",
            )
            .default(DefaultSource::Empty),
        ],
        forms: &[Form::Words(&["from", "to", "node", "dbname", "defid"])],
        confirmation: Some("Are all values correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            from: answers.text("from").to_owned(),
            to: answers.text("to").to_owned(),
            nodes: filters::selector(answers, NODE.key)?,
            dbnames: filters::selector(answers, DBNAME.key)?
                .as_slice()
                .map(<[_]>::to_vec),
            definitions: filters::typed(answers, DEFID.key)?,
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        self.checked(shell).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let (from, to, filter) = self.checked(shell)?;
        let (leaves, gets) = (from.fqdn(), to.fqdn());
        let moved = shell.write(async |session| {
            definitions::move_to_server(&**session, from.id, to.id, &filter).await
        })?;
        let count = match moved.len() {
            0 => {
                return Err(CommandError::Invalid(format!(
                    "No backup definition was moved: backup server [{leaves}] has none that matches; \
                     show_backup_definitions lists the backup definitions"
                )));
            }
            1 => "1 backup definition".to_owned(),
            several => format!("{several} backup definitions"),
        };
        shell.done(&[
            format!(
                "Moving backup definitions from backup server [{leaves}] to backup server [{gets}]"
            ),
            format!("{count} moved."),
        ])?;
        warnings::silent_control(shell, &to, "backup")
    }
}

impl MoveBackupDefinition {
    /// Resolves the names of servers and nodes, all of which must exist.
    fn checked(
        &self,
        shell: &Shell,
    ) -> Result<(BackupServer, BackupServer, MoveFilter), CommandError> {
        let from = shell.server(&self.from)?;
        let to = shell.server(&self.to)?;
        if from.id == to.id {
            return Err(CommandError::Invalid(format!(
                "No backup definition was moved: [{}] is both the current and the new backup server",
                from.fqdn()
            )));
        }
        let filter = MoveFilter {
            nodes: filters::existing_nodes(shell, &self.nodes)?,
            dbnames: self.dbnames.clone(),
            definitions: self.definitions.clone(),
        };
        check_lines(shell, &from, &to, &filter)?;
        Ok((from, to, filter))
    }
}

/// Refuses definitions that cron would read on the old backup server but not on the new one, whose paths may be
/// longer (trap 18).
fn check_lines(
    shell: &Shell,
    from: &BackupServer,
    to: &BackupServer,
    filter: &MoveFilter,
) -> Result<(), CommandError> {
    let moving = shell
        .read(async |session| definitions::active_to_move(&**session, from.id, filter).await)?;
    let mut checks: BTreeMap<NodeId, [CrontabCheck; 2]> = BTreeMap::new();
    for definition in &moving {
        let Ok(schedule) = Schedule::parse(definition.cron_fields.each_ref().map(String::as_str))
        else {
            // It is not in the crontab now.
            continue;
        };
        let [here, there] = match checks.entry(definition.node) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let node = shell.node(&definition.node.to_string())?;
                entry.insert([
                    CrontabCheck::read(shell, from, &node)?,
                    CrontabCheck::read(shell, to, &node)?,
                ])
            }
        };
        let job = Job {
            dbname: &definition.dbname,
            schedule: &schedule,
            code: definition.code,
            extra_parameters: &definition.extra_parameters,
        };
        if let (Ok(()), Err(reason)) = (here.line(job), there.line(job)) {
            return Err(CommandError::Invalid(format!(
                "No backup definition was moved: cron on backup server [{}] would not run DefID {}: {reason}",
                to.fqdn(),
                definition.id
            )));
        }
    }
    Ok(())
}

//! `backup_now`

use pgbackman_core::catalogue::alerts::heartbeats::{self, Daemon, DaemonLife, DaemonState};
use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::runs::requested;
use pgbackman_core::domain::ids::DefId;

use crate::declaration::defaults::DEFINITION;
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::operator;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `backup_now`
#[derive(Debug)]
pub(super) struct BackupNow {
    definition: DefId,
}

impl Command for BackupNow {
    const SPEC: &'static Spec = &Spec {
        name: "backup_now",
        subject: Subject::Definitions,
        summary: "Runs a backup definition now, outside its schedule",
        details: "The backup belongs to the definition: it counts for its retention, and as its last run. pgbackman_control on the \
                  backup server of the definition passes it to at, which starts it within a minute. A definition that is \
                  STOPPED can be run. The command is refused if a run of the definition is in progress or already requested, \
                  or if the PgSQL node is STOPPED. See show_backups_in_progress.",
        example: "backup_now 12",
        parameters: &[Parameter::new(
            DEFINITION,
            "DefID",
            Kind::DefId,
            "Backup definition, as listed by show_backup_definitions",
        )],
        forms: &[Form::Words(&[DEFINITION])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            definition: answers.parse(DEFINITION)?,
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        shell
            .read(async |session| definitions::by_id(&**session, self.definition).await)
            .map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.definition;
        let by = operator::name(shell)?;
        shell.write(async |session| requested::request(&**session, id, &by).await)?;
        let control = shell.read(async |session| {
            let definition = definitions::by_id(&**session, id).await?;
            let lives = heartbeats::list(&**session, Some(definition.server), None).await?;
            Ok(lives
                .into_iter()
                .find(|life| life.daemon == Daemon::Control))
        })?;
        shell.done(&[format!(
            "Run of backup definition with DefID: {id} requested."
        )])?;
        if let Some(warning) = control.as_ref().and_then(silence) {
            shell.dialogue(&warning)?;
        }
        Ok(())
    }
}

/// A warning if the daemon that starts the run is not running.
fn silence(control: &DaemonLife) -> Option<String> {
    let server = &control.server_fqdn;
    let why = match control.state {
        DaemonState::Alive => return None,
        DaemonState::Late => "does not respond",
        DaemonState::Stopped => "is stopped",
        DaemonState::Never => "has never run",
    };
    Some(format!(
        "[WARNING]: pgbackman_control on {server} {why}: the run starts when the daemon is running."
    ))
}

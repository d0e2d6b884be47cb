//! `register_snapshot_definition`

mod declaration;

use declaration::{DETAILS, FORMS, PARAMETERS};
use pgbackman_core::catalogue::definitions::snapshots::{self, NewSnapshots};
use pgbackman_core::domain::backup::database_selection::{DatabaseSelection, parse_exceptions};
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;

use crate::declaration::config_values;
use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::spec::{Command, Spec, Subject};
use crate::error::CommandError;
use crate::registration;
use crate::registration::{databases, refusals, single_run, warnings};
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{NODES_OWN_RELEASE, client_release};

/// `register_snapshot_definition`
#[derive(Debug)]
pub(super) struct RegisterSnapshotDefinition {
    server: String,
    node: String,
    selection: DatabaseSelection,
    exceptions: Vec<String>,
    at_time: String,
    code: BackupCode,
    retention_period: String,
    extra_parameters: String,
    tag: String,
    release: Option<PgMajor>,
    prompted: bool,
}

impl Command for RegisterSnapshotDefinition {
    const SPEC: &'static Spec = &Spec {
        name: "register_snapshot_definition",
        subject: Subject::Snapshots,
        summary: "Schedules one-time backups of one, several or all databases of a PgSQL node",
        details: DETAILS,
        example: "register_snapshot_definition 1 pg-node01.example.net Orders,shop \"\" \"2026-11-21 04:30\" FULL \"1 month\" \"\" \
                  \"Before the upgrade\" \"\"",
        parameters: PARAMETERS,
        forms: FORMS,
        confirmation: Some("Are all values correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let invalid = |error: String| CommandError::Invalid(error);
        Ok(Self {
            server: answers.text(SERVER).to_owned(),
            node: answers.text(NODE).to_owned(),
            selection: DatabaseSelection::parse(answers.text("dbname"))
                .map_err(|e| invalid(e.to_string()))?,
            exceptions: parse_exceptions(answers.text("exceptions"))
                .map_err(|e| invalid(e.to_string()))?,
            at_time: answers.text("at_time").to_owned(),
            code: answers.parse("code")?,
            retention_period: answers.text("retention_period").to_owned(),
            extra_parameters: answers.text("extra_parameters").to_owned(),
            tag: answers.text("tag").to_owned(),
            release: client_release(answers.text("release"))?,
            prompted: answers.were_prompted(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        self.checked(shell).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let new = self.checked(shell)?;
        refuse_existing(shell, &new)?;
        let node = shell.node(&self.node)?;
        let without_schemas = databases::without_schemas(
            shell,
            &node,
            new.dbnames.iter().map(String::as_str),
            self.code,
            &self.extra_parameters,
        )?;
        shell
            .write(async |session| snapshots::register_all(&**session, &new).await)
            .map_err(|error| {
                registration::none_of(error, new.dbnames.len(), "snapshots was defined")
            })?;
        let defined = new.dbnames.iter().map(|dbname| {
            format!(
                "Snapshot for dbname: [{}] and backup code [{}] defined.",
                registration::shown(dbname),
                new.code
            )
        });
        shell.done(&defined.collect::<Vec<_>>())?;
        for sentence in without_schemas {
            shell.say(&format!("[WARNING]: {sentence}"))?;
        }
        warnings::stopped_node(shell, &node)?;
        warnings::silent_control(shell, &shell.server(&self.server)?, "backup")
    }
}

impl RegisterSnapshotDefinition {
    /// Finds the databases and checks everything that can be checked before the catalogue is told.
    fn checked(&self, shell: &Shell) -> Result<NewSnapshots, CommandError> {
        registration::check_scope(&self.selection, self.code)?;
        ExtraParameters::parse(
            &self.extra_parameters,
            Tool::for_code(self.code),
            self.release,
        )
        .map_err(|error| CommandError::Invalid(error.to_string()))?;
        config_values::check_interval(shell, &self.retention_period)?;
        let at_time = single_run::time(shell, &self.at_time, self.prompted)?;
        let server = shell.server(&self.server)?;
        let node = shell.node(&self.node)?;
        if let Some(release) = self.release {
            check_release(release, databases::release(shell, &node)?, &node)?;
        }
        let databases = databases::selected(shell, &node, &self.selection, &self.exceptions)?;
        if databases.is_empty() {
            return Err(CommandError::Invalid(format!(
                "No snapshot defined: the exceptions exclude every database of the PgSQL node [{}]",
                node.fqdn()
            )));
        }
        Ok(NewSnapshots {
            server: server.id,
            node: node.id,
            dbnames: databases
                .into_iter()
                .map(|database| database.name)
                .collect(),
            at_time,
            code: self.code,
            retention_period: self.retention_period.clone(),
            extra_parameters: self.extra_parameters.clone(),
            tag: self.tag.clone(),
            pg_dump_release: self.release,
        })
    }
}

/// A client serves servers of its own major version and older ones.
fn check_release(release: PgMajor, server: PgMajor, node: &PgsqlNode) -> Result<(), CommandError> {
    if release.can_dump(server) {
        return Ok(());
    }
    Err(CommandError::Invalid(format!(
        "pg_dump/all release: {release} cannot back up the PgSQL node [{}], which runs PostgreSQL {server}; write {server} or \
         newer",
        node.fqdn()
    )))
}

/// Warns of snapshots of these databases that are taken in the same minute: only what follows decides whether this is one of them.
fn in_the_same_minute(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    let at_time = single_run::time(shell, answers.text("at_time"), true)?;
    let (server, node) = (
        shell.server(answers.text(SERVER))?,
        shell.node(answers.text(NODE))?,
    );
    let selection = DatabaseSelection::parse(answers.text("dbname"));
    let is_meant = |dbname: &str| match &selection {
        Ok(DatabaseSelection::Names(names)) => names.iter().any(|name| name == dbname),
        Ok(DatabaseSelection::WholeNode) => dbname.is_empty(),
        _ => true,
    };
    let found = shell.read(async |session| {
        snapshots::in_minute(&**session, server.id, node.id, at_time).await
    })?;
    let warnings = found.iter().filter(|one| is_meant(&one.dbname)).map(|one| {
        format!(
            "Snapshot {} of {} is already defined for this minute: another one with the backup code {} and the \
             extra parameters [{}] is refused.",
            one.id,
            registration::shown(&one.dbname),
            one.code,
            one.extra_parameters
        )
    });
    Ok(warnings.collect())
}

/// Refuses what is defined already as soon as the answers decide it, and before those that follow are given.
fn check_twice(shell: &Shell, answers: &Answers, value: &str) -> Result<(), CommandError> {
    let mut answers = answers.clone();
    answers.push("extra_parameters", value, true);
    answers.push("release", NODES_OWN_RELEASE, false);
    let new = RegisterSnapshotDefinition::read(&answers)?.checked(shell)?;
    refuse_existing(shell, &new).map_err(refusals::in_a_dialogue)
}

/// Says which snapshots there are already. A refused INSERT would take IDs all the same.
fn refuse_existing(shell: &Shell, new: &NewSnapshots) -> Result<(), CommandError> {
    let existing = shell.read(async |session| snapshots::existing(&**session, new).await)?;
    let Some((id, dbname)) = existing.first() else {
        return Ok(());
    };
    let words = format!(
        "Snapshot {id} of {} is already defined for this minute with the same backup code and extra parameters, by \
         register_snapshot_definition or for a clone. Choose another minute.",
        registration::shown(dbname)
    );
    let error = refusals::taken("snapshot definition", words);
    Err(registration::none_of(
        error,
        new.dbnames.len(),
        "snapshots was defined",
    ))
}

//! Default values: reads the source of each [`DefaultSource`].

use chrono::Local;
use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::kept::{self, Rotation};
use pgbackman_core::catalogue::nodes::config_params::{self, ConfigParameter};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::catalogue::restores::restorable;
use pgbackman_core::catalogue::runs::requested::{self, RetryPolicy};
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::schedule::at_time;
use pgbackman_core::domain::schedule::cron_field::Field;
use pgbackman_core::domain::schedule::cron_interval::CronInterval;

use crate::declaration::spec::{
    DefaultSource, DefinitionColumn, NodeColumn, Parameter, ServerColumn,
};
use crate::error::CommandError;
use crate::registration::host;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// The key under which commands name the backup server whose rows defaults come from.
pub const SERVER: &str = "server";

/// The key under which commands name the PgSQL node whose rows defaults come from.
pub const NODE: &str = "node";

/// The key under which commands name the backup definition whose row defaults come from.
pub const DEFINITION: &str = "defid";

/// The key under which commands name the backup whose database is a default.
pub const BCKID: &str = "bckid";

/// The default of a question, given the answers so far; `None` if there is none.
///
/// # Errors
/// If the catalogue is unavailable.
pub fn value(
    shell: &Shell,
    parameter: &Parameter,
    key: &str,
    answers: &Answers,
) -> Result<Option<String>, CommandError> {
    let text = match parameter.default {
        DefaultSource::Required => return Ok(None),
        DefaultSource::Empty => String::new(),
        DefaultSource::Text(text) => text.to_owned(),
        DefaultSource::Answer(key) => answers.text(key).to_owned(),
        DefaultSource::BackupServer => shell.config().backup_server.fqdn(),
        DefaultSource::ServerDefault("domain") | DefaultSource::NodeDefault("domain")
            if host::domain_of(answers.text("hostname")).is_some() =>
        {
            host::domain_of(answers.text("hostname"))
                .unwrap_or_default()
                .to_owned()
        }
        DefaultSource::BackupServerOrAll => own_server_or_all(shell)?,
        DefaultSource::ServerDefault(row) => find(
            shell.read(async |session| config_params::server_defaults(&**session).await)?,
            row,
        )?,
        DefaultSource::NodeDefault(row) => find(
            shell.read(async |session| config_params::node_defaults(&**session).await)?,
            row,
        )?,
        DefaultSource::ServerRow(column) => server_row(shell, answers, column)?,
        DefaultSource::NodeRow(column) => node_row(shell, answers, column)?,
        DefaultSource::ServerConfig => find(server_parameters(shell, answers)?, key)?,
        DefaultSource::NodeConfig(row) => find(node_parameters(shell, answers)?, row)?,
        DefaultSource::DefinitionRow(column) => definition_row(shell, answers, column)?,
        DefaultSource::BackupDbname => backup_dbname(shell, answers)?,
        DefaultSource::RandomIn(row) => random_in(shell, answers, row)?,
        DefaultSource::RandomTag => format!("{:08X}", shell.random() & 0xFFFF_FFFF),
        DefaultSource::InAMinute => at_time::shown(at_time::in_a_minute(shell.now()), &Local),
    };
    Ok(Some(text))
}

/// The configured backup server, or else this machine, if that is a backup server; otherwise all: on an operator's
/// machine, a list of its own backups would always be empty.
fn own_server_or_all(shell: &Shell) -> Result<String, CommandError> {
    let own = shell.config().backup_server.fqdn();
    let found = shell.read(
        async |session| match servers::resolve(&**session, &own).await {
            Ok(_) => Ok(true),
            Err(CatalogError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        },
    )?;
    Ok(if found { own } else { "all".to_owned() })
}

/// The configuration of the chosen backup server.
///
/// # Errors
/// When the catalogue cannot be asked.
pub fn server_parameters(
    shell: &Shell,
    answers: &Answers,
) -> Result<Vec<ConfigParameter>, CommandError> {
    let server = shell.server(answers.text(SERVER))?;
    shell.read(async |session| config_params::server_parameters(&**session, server.id).await)
}

/// The configuration of the chosen PgSQL node.
///
/// # Errors
/// When the catalogue cannot be asked.
pub fn node_parameters(
    shell: &Shell,
    answers: &Answers,
) -> Result<Vec<ConfigParameter>, CommandError> {
    let node = shell.node(answers.text(NODE))?;
    shell.read(async |session| config_params::node_parameters(&**session, node.id).await)
}

/// A random value for a field of a schedule, with two digits as the manual shows it.
///
/// # Errors
/// If the configured interval is invalid.
pub fn random_value(shell: &Shell, field: Field, interval: &str) -> Result<String, CommandError> {
    let interval = CronInterval::parse(field, interval)
        .map_err(|error| CommandError::Invalid(error.to_string()))?;
    Ok(format!("{:02}", interval.pick(shell.random())))
}

fn random_in(shell: &Shell, answers: &Answers, row: &str) -> Result<String, CommandError> {
    let field = if row.contains("hours") {
        Field::Hour
    } else {
        Field::Minute
    };
    random_value(shell, field, &find(node_parameters(shell, answers)?, row)?)
}

fn server_row(
    shell: &Shell,
    answers: &Answers,
    column: ServerColumn,
) -> Result<String, CommandError> {
    let server = shell.server(answers.text(SERVER))?;
    Ok(match column {
        ServerColumn::Remarks => server.remarks,
    })
}

fn node_row(shell: &Shell, answers: &Answers, column: NodeColumn) -> Result<String, CommandError> {
    let node = shell.node(answers.text(NODE))?;
    Ok(match column {
        NodeColumn::Port => node.port.to_string(),
        NodeColumn::AdminUser => node.admin_user,
        NodeColumn::Status => node.status.to_string(),
        NodeColumn::Remarks => node.remarks,
    })
}

fn definition_row(
    shell: &Shell,
    answers: &Answers,
    column: DefinitionColumn,
) -> Result<String, CommandError> {
    let definition = shell.definition(answers.text(DEFINITION))?;
    let [minute, hour, day_month, month, weekday] = definition.cron_fields;
    Ok(match column {
        DefinitionColumn::Cron(Field::Minute) => minute,
        DefinitionColumn::Cron(Field::Hour) => hour,
        DefinitionColumn::Cron(Field::DayOfMonth) => day_month,
        DefinitionColumn::Cron(Field::Month) => month,
        DefinitionColumn::Cron(Field::DayOfWeek) => weekday,
        DefinitionColumn::RetentionPeriod => definition.retention.period,
        DefinitionColumn::RetentionRedundancy => definition.retention.redundancy.to_string(),
        DefinitionColumn::ExtraParameters => definition.extra_parameters,
        DefinitionColumn::JobStatus => definition.status.to_string(),
        DefinitionColumn::Remarks => definition.remarks,
        DefinitionColumn::KeepDaily => rotation(shell, definition.id)?.daily.to_string(),
        DefinitionColumn::KeepWeekly => rotation(shell, definition.id)?.weekly.to_string(),
        DefinitionColumn::KeepMonthly => rotation(shell, definition.id)?.monthly.to_string(),
        DefinitionColumn::KeepYearly => rotation(shell, definition.id)?.yearly.to_string(),
        DefinitionColumn::RetryTimes => retry_policy(shell, definition.id)?.times.to_string(),
        DefinitionColumn::RetryAfter => retry_policy(shell, definition.id)?.after,
    })
}

fn rotation(shell: &Shell, definition: DefId) -> Result<Rotation, CommandError> {
    shell.read(async |session| kept::rotation(&**session, definition).await)
}

fn retry_policy(shell: &Shell, definition: DefId) -> Result<RetryPolicy, CommandError> {
    shell.read(async |session| requested::retry_policy(&**session, definition).await)
}

/// The database of the chosen backup; empty for CLUSTER.
fn backup_dbname(shell: &Shell, answers: &Answers) -> Result<String, CommandError> {
    let id = answers.parse(BCKID)?;
    let backup = shell.read(async |session| restorable::by_id(&**session, id).await)?;
    Ok(backup.facts.dbname)
}

fn find(rows: Vec<ConfigParameter>, name: &str) -> Result<String, CommandError> {
    rows.into_iter()
        .find(|row| row.parameter == name)
        .map(|row| row.value)
        .ok_or_else(|| {
            CommandError::Invalid(format!("{name:?} is not a parameter of this configuration"))
        })
}

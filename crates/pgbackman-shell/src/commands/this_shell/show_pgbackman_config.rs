//! `show_pgbackman_config`

mod boundaries;
mod values;

use pgbackman_core::catalogue::schema::SCHEMA_VERSION;
use pgbackman_core::catalogue::schema::version::{self, Installed};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, Destination};

use crate::declaration::spec::{Command, Spec, Subject};
use crate::error::CommandError;
use crate::output::details::fields as fields_of;
use crate::output::{Entry, Field, Format, write_vertical};
use crate::session::shell::{Mode, Shell};
use crate::values::answers::Answers;
use values::{Bytes, Limit, List, Moment, line, optional, typed};

/// The name of the result in JSON.
const RESULT: &str = "pgbackman_config";

/// `show_pgbackman_config`
#[derive(Debug)]
pub(super) struct ShowPgbackmanConfig;

impl Command for ShowPgbackmanConfig {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgbackman_config",
        subject: Subject::State,
        summary: "Shows the active local configuration and the versions of software and catalogue",
        details: "Passwords are not shown. The connection settings include those from a service file, PG… variables and \
                  defaults. Everything except the version of the catalogue is also shown while the catalogue is \
                  unavailable.",
        example: "show_pgbackman_config",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let installed = shell.read(async |session| version::installed(&**session).await);
        let config = shell.config();
        let target = ConnectTarget::catalogue(config);
        let destination = Destination::of(&target, shell.catalogue().environment()).ok();
        let entries = entries(
            config,
            shell.mode(),
            destination.as_ref(),
            installed.as_ref().ok(),
        );
        let mut text = Vec::new();
        write_vertical(shell.presentation(), RESULT, &entries, &mut text)?;
        shell.show_text(&text)?;
        installed.map(drop)
    }
}

/// Scheme and host; the rest of the URL is often secret.
fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// The fields for programs.
pub(super) fn fields() -> Vec<Field> {
    fields_of(&entries(
        &Config::defaults(&Environment::new(0, "")),
        Mode::Single,
        None,
        None,
    ))
}

fn entries(
    config: &Config,
    mode: Mode,
    destination: Option<&Destination>,
    installed: Option<&Installed>,
) -> Vec<Entry> {
    [
        software(config, mode),
        database(config, destination),
        catalogue(config, installed),
        programs(config),
        [alerts(config), told(config)].concat(),
        exporter(config),
        vec![
            Entry::Heading("LOGGING".to_owned()),
            line("Log level", "log_level", config.logging.log_level.as_str()),
            line("Log file", "log_file", config.logging.log_file.display()),
        ],
        vec![
            Entry::Heading("OUTPUT".to_owned()),
            line(
                "Default output format",
                "default_output_format",
                Format::from(config.output.default_output_format),
            ),
        ],
        boundaries::entries(config),
    ]
    .join(&Entry::Separator)
}

fn software(config: &Config, mode: Mode) -> Vec<Entry> {
    let modus = match mode {
        Mode::Interactive => "interactive",
        Mode::Script => "script",
        Mode::Single => "command",
    };
    let release = pgbackman_core::VERSION.replace('.', "_");
    let file = config.path.as_ref().map(|path| path.display());
    vec![
        line("Running modus", "running_modus", modus),
        line(
            "Backup server",
            "backup_server",
            config.backup_server.fqdn(),
        ),
        line(
            "Software version",
            "software_version",
            format!("[{SCHEMA_VERSION}]:{release}"),
        ),
        line(
            "Configuration file used",
            "configuration_file_used",
            optional(file),
        ),
        typed(
            "Missed run grace",
            "missed_run_grace",
            config.backup_server.missed_run_grace,
        ),
    ]
}

fn database(config: &Config, destination: Option<&Destination>) -> Vec<Entry> {
    let part = |of: fn(&Destination) -> Option<&str>| optional(destination.and_then(of));
    vec![
        Entry::Heading("PGBACKMAN DATABASE".to_owned()),
        line("DBhost", "dbhost", part(|to| to.host.as_deref())),
        line(
            "DBhostaddr",
            "dbhostaddr",
            part(|to| to.hostaddr.as_deref()),
        ),
        line("DBport", "dbport", part(|to| Some(&to.port))),
        line("DBname", "dbname", part(|to| Some(&to.dbname))),
        line("DBuser", "dbuser", part(|to| Some(&to.user))),
        typed(
            "Connection retry interval",
            "connection_retry_interval",
            config.database.pg_connect_retry_interval,
        ),
    ]
}

fn catalogue(config: &Config, installed: Option<&Installed>) -> Vec<Entry> {
    let version = installed.map(|found| format!("[{}]:{}", found.version, found.tag));
    vec![
        line(
            "Database source dir",
            "database_source_dir",
            config.database.database_source_dir.display(),
        ),
        typed(
            "DB version installed",
            "db_version_installed",
            Moment(installed.map(|found| found.registered.as_str())),
        ),
        line("DB version", "db_version", optional(version)),
    ]
}

fn programs(config: &Config) -> Vec<Entry> {
    vec![
        Entry::Heading("PGBACKMAN_DUMP".to_owned()),
        line(
            "Temp directory",
            "temp_directory",
            config.dump.tmp_dir.display(),
        ),
        typed(
            "Pause recovery on slave node",
            "pause_recovery_on_slave_node",
            config.dump.pause_recovery_process_on_slave,
        ),
        typed(
            "Check disk space",
            "check_disk_space",
            config.dump.check_disk_space,
        ),
        typed(
            "Disk space reserve",
            "disk_space_reserve",
            Bytes(config.dump.disk_space_reserve),
        ),
        Entry::Separator,
        Entry::Heading("PGBACKMAN_MAINTENANCE".to_owned()),
        typed(
            "Maintenance interval",
            "maintenance_interval",
            config.maintenance.maintenance_interval,
        ),
    ]
}

fn alerts(config: &Config) -> Vec<Entry> {
    let alerts = &config.alerts;
    vec![
        Entry::Heading("PGBACKMAN_ALERTS".to_owned()),
        typed(
            "SMTP alerts activated",
            "smtp_alerts_activated",
            alerts.smtp_alerts,
        ),
        typed(
            "Alerts check interval",
            "alerts_check_interval",
            alerts.alerts_check_interval,
        ),
        line("SMTP server", "smtp_server", &alerts.smtp_server),
        typed("SMTP port", "smtp_port", alerts.smtp_port),
        typed("Use SMTP SSL", "use_smtp_ssl", alerts.smtp_ssl),
        line("SMTP TLS", "smtp_tls", alerts.tls().as_str()),
        line(
            "SMTP CA file",
            "smtp_ca_file",
            optional(alerts.smtp_ca_file.as_ref().map(|file| file.display())),
        ),
        typed("SMTP timeout", "smtp_timeout", alerts.smtp_timeout),
        line(
            "SMTP user",
            "smtp_user",
            optional(alerts.smtp_user.as_ref()),
        ),
        line(
            "Default From address",
            "default_from_address",
            optional(alerts.smtp_from_address.as_ref()),
        ),
        typed(
            "SMTP recipients",
            "smtp_recipients",
            List(&alerts.smtp_recipients),
        ),
        line(
            "Alerts e-mail template",
            "alerts_email_template",
            alerts.alerts_template.display(),
        ),
        line(
            "Webhook",
            "webhook",
            optional(alerts.webhook_url.as_deref().map(place)),
        ),
        line(
            "Webhook CA file",
            "webhook_ca_file",
            optional(alerts.webhook_ca_file.as_ref().map(|file| file.display())),
        ),
        typed("Webhook timeout", "webhook_timeout", alerts.webhook_timeout),
        // Its arguments may be secret.
        line(
            "Alert command",
            "alert_command",
            optional(alerts.alert_command.first()),
        ),
        typed(
            "Alert command timeout",
            "alert_command_timeout",
            alerts.alert_command_timeout,
        ),
    ]
}

/// The events that are reported besides failures.
fn told(config: &Config) -> Vec<Entry> {
    let alerts = &config.alerts;
    vec![
        typed(
            "Alert on warnings",
            "alert_on_warnings",
            alerts.alert_on_warnings,
        ),
        typed(
            "Alert on missed runs",
            "alert_on_missed_runs",
            alerts.alert_on_missed_runs,
        ),
        typed(
            "Old backup after",
            "old_backup_after",
            Limit(alerts.old_backup_after),
        ),
        typed(
            "No definition after",
            "no_definition_after",
            Limit(alerts.no_definition_after),
        ),
        typed(
            "No definition ignored",
            "no_definition_ignored",
            List(&alerts.no_definition_ignored),
        ),
        typed(
            "Daemon silent after",
            "daemon_silent_after",
            Limit(alerts.daemon_silent_after),
        ),
        typed(
            "Small backup percent",
            "small_backup_percent",
            alerts.small_backup_percent,
        ),
        typed(
            "Small backup compared",
            "small_backup_compared",
            alerts.small_backup_compared,
        ),
        typed(
            "Small backup minimum MB",
            "small_backup_minimum_mb",
            alerts.small_backup_minimum_mb,
        ),
    ]
}

fn exporter(config: &Config) -> Vec<Entry> {
    let exporter = &config.exporter;
    vec![
        Entry::Heading("PGBACKMAN_EXPORTER".to_owned()),
        line("Listen address", "listen_address", exporter.listen_address),
        typed("Cache duration", "cache_duration", exporter.cache_duration),
        typed("Query timeout", "query_timeout", exporter.query_timeout),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_the_place_is_shown() {
        for (url, shown) in [
            ("https://alerts.example.net", "https://alerts.example.net"),
            (
                "https://hooks.example.net:8443/T00/secret?k=v",
                "https://hooks.example.net:8443",
            ),
            ("http://user:secret@[::1]:80?key", "http://[::1]:80"),
        ] {
            assert_eq!(place(url), shown);
        }
    }
}

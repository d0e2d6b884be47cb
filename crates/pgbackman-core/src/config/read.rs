//! From the file's text to a [`Config`]. A section's known keys are those that its function asks for; any other is a
//! problem, so that keys are listed in one place only.

use std::path::Path;

use toml::de::DeTable;

use super::error::{ConfigError, Problem};
use super::file::{File, Section, line_of};
use super::sections::{
    AlertsSection, BackupServerSection, DatabaseSection, DumpSection, ExporterSection,
    LoggingSection, MaintenanceSection, OutputSection,
};
use super::value;
use super::{Config, Environment, alert_values, hooks, ini};
use crate::secret::Secret;

/// Reads the whole file.
pub(super) fn read(text: &str, path: &Path, env: &Environment) -> Result<Config, ConfigError> {
    let invalid = |problems| ConfigError::Invalid {
        path: path.to_owned(),
        problems,
    };
    let table = DeTable::parse(text).map_err(|error| match ini::recognise(text) {
        Some((line, example)) => ConfigError::LegacyIni {
            path: path.to_owned(),
            line,
            example,
        },
        None => invalid(vec![syntax_problem(text, &error)]),
    })?;
    let file = File::new(text, table.get_ref());
    let config = config(&file, env);
    let mut problems = file.into_problems();
    if problems.is_empty() {
        return Ok(config);
    }
    problems.sort_by_key(|problem| problem.line);
    Err(invalid(problems))
}

fn syntax_problem(text: &str, error: &toml::de::Error) -> Problem {
    let start = error.span().map_or(0, |span| span.start);
    Problem {
        line: line_of(text, start),
        what: "this is not valid TOML".to_owned(),
        allowed: error.message().replace('\n', ", "),
    }
}

fn config(file: &File<'_>, env: &Environment) -> Config {
    let config = Config {
        path: None,
        backup_server: file.section("backup_server", |section| backup_server(section, env)),
        database: file.section("pgbackman_database", database),
        dump: file.section("pgbackman_dump", dump),
        hooks: file.section("pgbackman_hooks", hooks::read),
        maintenance: file.section("pgbackman_maintenance", maintenance),
        alerts: file.section("pgbackman_alerts", alerts),
        exporter: file.section("pgbackman_exporter", exporter),
        logging: file.section("logging", logging),
        output: file.section("output", output),
    };
    file.report_unknown_sections();
    config
}

fn backup_server(section: &Section<'_>, env: &Environment) -> BackupServerSection {
    let mut read = BackupServerSection::for_machine(env.machine_fqdn());
    read.backup_server = section.optional("backup_server", value::text);
    read.os_user = section.or("os_user", read.os_user, value::text);
    read.scheduler = section.or("scheduler", read.scheduler, value::word);
    read.program_dir = section.or("program_dir", read.program_dir, value::path);
    read.crontab_dirs = section.or("crontab_dirs", read.crontab_dirs, value::paths);
    read.backup_roots = section.or("backup_roots", read.backup_roots, value::paths);
    read.bin_dirs = section.or("bin_dirs", read.bin_dirs, value::paths);
    read.missed_run_grace = section.or("missed_run_grace", read.missed_run_grace, value::duration);
    read
}

fn database(section: &Section<'_>) -> DatabaseSection {
    let default = DatabaseSection::default();
    DatabaseSection {
        host: section.optional("host", value::text),
        hostaddr: section.optional("hostaddr", value::addresses),
        port: section.optional("port", value::port),
        dbname: section.optional("dbname", value::text),
        user: section.optional("user", value::text),
        password: section.optional("password", value::secret),
        sslmode: section.optional("sslmode", value::word),
        sslrootcert: section.optional("sslrootcert", value::root_certificate),
        sslcert: section.optional("sslcert", value::path),
        sslkey: section.optional("sslkey", value::path),
        pg_connect_retry_interval: section.or(
            "pg_connect_retry_interval",
            default.pg_connect_retry_interval,
            value::duration,
        ),
        database_source_dir: section.or(
            "database_source_dir",
            default.database_source_dir,
            value::path,
        ),
    }
}

fn dump(section: &Section<'_>) -> DumpSection {
    let default = DumpSection::default();
    DumpSection {
        tmp_dir: section.or("tmp_dir", default.tmp_dir, value::path),
        pause_recovery_process_on_slave: section.or(
            "pause_recovery_process_on_slave",
            default.pause_recovery_process_on_slave,
            value::switch,
        ),
        pause_timeout: section.or("pause_timeout", default.pause_timeout, value::duration),
        lock_wait_timeout: section.or(
            "lock_wait_timeout",
            default.lock_wait_timeout,
            value::duration,
        ),
        yield_to_ddl: section.or("yield_to_ddl", default.yield_to_ddl, value::switch),
        max_duration: section.or("max_duration", default.max_duration, value::duration),
        node_sslmode: section.optional("node_sslmode", value::word),
        node_sslrootcert: section.optional("node_sslrootcert", value::root_certificate),
        check_disk_space: section.or("check_disk_space", default.check_disk_space, value::switch),
        disk_space_reserve: section.or(
            "disk_space_reserve",
            default.disk_space_reserve,
            value::bytes,
        ),
    }
}

fn maintenance(section: &Section<'_>) -> MaintenanceSection {
    let default = MaintenanceSection::default();
    MaintenanceSection {
        maintenance_interval: section.or(
            "maintenance_interval",
            default.maintenance_interval,
            value::duration,
        ),
    }
}

fn alerts(section: &Section<'_>) -> AlertsSection {
    let text = |key| {
        let value = section.optional(key, value::text_or_empty);
        value.filter(|text: &String| !text.is_empty())
    };
    let secret = |key| {
        let value = section.optional(key, value::secret);
        value.filter(|secret: &Secret| !secret.is_empty())
    };
    let switch = |key, default| section.or(key, default, value::switch);
    let time = |key, default| section.or(key, default, value::duration);
    let limit = |key, default| section.or(key, default, alert_values::duration_or_off);
    let texts = |key, default| section.or(key, default, alert_values::texts);
    let default = AlertsSection::default();
    AlertsSection {
        smtp_alerts: switch("smtp_alerts", default.smtp_alerts),
        alerts_check_interval: time("alerts_check_interval", default.alerts_check_interval),
        smtp_server: section.or("smtp_server", default.smtp_server, value::text),
        smtp_port: section.or("smtp_port", default.smtp_port, value::port),
        smtp_ssl: switch("smtp_ssl", default.smtp_ssl),
        smtp_tls: section.optional("smtp_tls", value::word),
        smtp_ca_file: section.optional("smtp_ca_file", value::path),
        smtp_timeout: time("smtp_timeout", default.smtp_timeout),
        smtp_user: text("smtp_user"),
        smtp_password: secret("smtp_password"),
        smtp_from_address: text("smtp_from_address"),
        smtp_recipients: texts("smtp_recipients", default.smtp_recipients),
        alerts_template: section.or("alerts_template", default.alerts_template, value::path),
        webhook_url: section.optional("webhook_url", alert_values::url),
        webhook_token: secret("webhook_token"),
        webhook_ca_file: section.optional("webhook_ca_file", value::path),
        webhook_timeout: time("webhook_timeout", default.webhook_timeout),
        alert_command: section.or(
            "alert_command",
            default.alert_command,
            alert_values::command,
        ),
        alert_command_timeout: time("alert_command_timeout", default.alert_command_timeout),
        alert_on_warnings: switch("alert_on_warnings", default.alert_on_warnings),
        alert_on_missed_runs: switch("alert_on_missed_runs", default.alert_on_missed_runs),
        old_backup_after: limit("old_backup_after", default.old_backup_after),
        no_definition_after: limit("no_definition_after", default.no_definition_after),
        no_definition_ignored: texts("no_definition_ignored", default.no_definition_ignored),
        daemon_silent_after: limit("daemon_silent_after", default.daemon_silent_after),
        small_backup_percent: section.or(
            "small_backup_percent",
            default.small_backup_percent,
            alert_values::percent,
        ),
        small_backup_compared: section.or(
            "small_backup_compared",
            default.small_backup_compared,
            alert_values::compared,
        ),
        small_backup_minimum_mb: section.or(
            "small_backup_minimum_mb",
            default.small_backup_minimum_mb,
            alert_values::megabytes,
        ),
    }
}

fn exporter(section: &Section<'_>) -> ExporterSection {
    let default = ExporterSection::default();
    ExporterSection {
        listen_address: section.or(
            "listen_address",
            default.listen_address,
            value::socket_address,
        ),
        cache_duration: section.or("cache_duration", default.cache_duration, value::duration),
        query_timeout: section.or("query_timeout", default.query_timeout, value::duration),
    }
}

fn logging(section: &Section<'_>) -> LoggingSection {
    let default = LoggingSection::default();
    LoggingSection {
        log_level: section.or("log_level", default.log_level, value::word),
        log_file: section.or("log_file", default.log_file, value::path),
    }
}

fn output(section: &Section<'_>) -> OutputSection {
    let default = OutputSection::default();
    OutputSection {
        default_output_format: section.or(
            "default_output_format",
            default.default_output_format,
            value::word,
        ),
    }
}

//! Reading configurations: what is found, what is refused, and in which words.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

/// The example that is installed as `/etc/pgbackman/pgbackman.conf`.
const EXAMPLE: &str = include_str!("../../../../etc/pgbackman.conf");

fn environment() -> Environment {
    Environment::new(nix::unistd::Uid::effective().as_raw(), "tester")
        .with_machine_fqdn("backup1.example.net")
}

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(
        text,
        Path::new("/etc/pgbackman/pgbackman.conf"),
        &environment(),
    )
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn an_empty_file_means_the_defaults_of_the_specification() {
    let config = parse("").unwrap();
    assert_eq!(config.backup_server.fqdn(), "backup1.example.net");
    assert_eq!(config.backup_server.os_user, "pgbackman");
    assert_eq!(config.backup_server.scheduler, Scheduler::CronD);
    assert_eq!(
        config.backup_server.crontab_dirs,
        [PathBuf::from("/etc/cron.d")]
    );
    assert_eq!(
        config.database.pg_connect_retry_interval,
        Duration::from_secs(10)
    );
    assert_eq!(config.dump.pause_timeout, Duration::from_secs(300));
    assert_eq!(config.dump.lock_wait_timeout, Duration::from_secs(1_800));
    assert_eq!(config.dump.max_duration, Duration::from_secs(86_400));
    assert_eq!(
        config.maintenance.maintenance_interval,
        Duration::from_secs(70)
    );
    assert!(!config.alerts.smtp_alerts && config.alerts.smtp_ssl);
    assert_eq!(config.exporter.listen_address.to_string(), "127.0.0.1:9788");
    assert_eq!(config.exporter.query_timeout, Duration::from_secs(8));
    assert_eq!(config.logging.log_level, LogLevel::Error);
    assert_eq!(config.output.default_output_format, OutputFormat::Table);
}

#[test]
fn every_value_is_read() {
    let config = parse(
        r#"
[backup_server]
backup_server = "vault.example.net"
scheduler = "crontab"
backup_roots = ["/vault/a", "/vault/b"]
[pgbackman_database]
host = "db1,db2"
port = 5433
password = "geheim"
sslmode = "verify-full"
sslrootcert = "system"
[pgbackman_dump]
pause_recovery_process_on_slave = "ON"
pause_timeout = "90s"
max_duration = 3600
[pgbackman_exporter]
listen_address = "[::1]:9100"
cache_duration = "1min"
[logging]
log_level = "debug"
[output]
default_output_format = "json"
"#,
    )
    .unwrap();
    assert_eq!(config.backup_server.fqdn(), "vault.example.net");
    assert_eq!(config.backup_server.scheduler, Scheduler::Crontab);
    assert_eq!(config.backup_server.backup_roots.len(), 2);
    assert_eq!(config.database.port, Some(5433));
    assert_eq!(config.database.sslmode, Some(SslMode::VerifyFull));
    assert!(config.dump.pause_recovery_process_on_slave);
    assert_eq!(config.dump.pause_timeout, Duration::from_secs(90));
    assert_eq!(config.dump.max_duration, Duration::from_secs(3_600));
    assert_eq!(config.exporter.listen_address.to_string(), "[::1]:9100");
    assert_eq!(config.exporter.cache_duration, Duration::from_secs(60));
    assert_eq!(config.logging.log_level, LogLevel::Debug);
    assert_eq!(config.output.default_output_format, OutputFormat::Json);
    assert!(!format!("{config:?}").contains("geheim"), "trap 32");
}

#[test]
fn an_error_names_file_line_key_and_what_is_allowed() {
    assert_eq!(
        refusal("[logging]\nlog_level = \"LOUD\"\n"),
        "/etc/pgbackman/pgbackman.conf, line 2: [logging] log_level = \"LOUD\": allowed values: DEBUG, INFO, WARN, ERROR, CRITICAL"
    );
    assert_eq!(
        refusal("\n[pgbackman_database]\nport = 70000\n"),
        "/etc/pgbackman/pgbackman.conf, line 3: [pgbackman_database] port = 70000: \
         expected a port from 1 to 65535"
    );
    assert_eq!(
        refusal("[pgbackman_exporter]\nlisten_address = \"localhost:9788\"\n"),
        "/etc/pgbackman/pgbackman.conf, line 2: [pgbackman_exporter] listen_address = \"localhost:9788\": expected a numeric address with a port in quotes, such as \"127.0.0.1:9788\" or \"[::1]:9788\""
    );
    assert_eq!(
        refusal("[pgbackman_maintenance]\ninterval = 5\n"),
        "/etc/pgbackman/pgbackman.conf, line 2: unknown key `interval` in [pgbackman_maintenance]: valid keys: maintenance_interval"
    );
    assert_eq!(
        refusal("[databse]\n"),
        "/etc/pgbackman/pgbackman.conf, line 1: unknown section `databse`: valid sections: [backup_server], \
         [pgbackman_database], [pgbackman_dump], [pgbackman_hooks], [pgbackman_maintenance], [pgbackman_alerts], [pgbackman_exporter], [logging], [output]"
    );
    assert_eq!(
        refusal("logging = 3\n"),
        "/etc/pgbackman/pgbackman.conf, line 1: `logging` is not a section: expected a heading [logging], followed by the section's keys"
    );
    assert_eq!(
        refusal("[backup_server]\nbackup_roots = [\"/srv/../etc\"]\n"),
        "/etc/pgbackman/pgbackman.conf, line 2: [backup_server] backup_roots = [\"/srv/../etc\"]: expected a list of absolute paths, such as [\"/srv/pgbackman\"], without \"..\""
    );
    assert_eq!(
        refusal("[pgbackman_dump]\npause_timeout = \"0s\"\n"),
        "/etc/pgbackman/pgbackman.conf, line 2: [pgbackman_dump] pause_timeout = \"0s\": expected a number of seconds, or a text such as \"30s\", \"5min\", \"24h\", \"7d\", from 1ms to 10 years"
    );
}

#[test]
fn all_problems_are_listed_in_the_files_order() {
    let text =
        refusal("[output]\ndefault_output_format = 1\n[backup_server]\nos_user = \"\"\nx = 1\n");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    for (line, number) in lines.iter().zip(["line 2:", "line 4:", "line 5:"]) {
        assert!(line.contains(number), "{line}");
    }
}

#[test]
fn trap_32_an_error_does_not_repeat_a_password() {
    let text = refusal(
        "[pgbackman_database]\npassword = 20061204\n[pgbackman_alerts]\nsmtp_password = [\"geheim\"]\n",
    );
    assert!(
        text.contains("password = ********: expected a text in quotes"),
        "{text}"
    );
    assert!(
        !text.contains("20061204") && !text.contains("geheim"),
        "{text}"
    );
    let text = refusal("[pgbackman_database]\npassword = \"geheim\n");
    assert!(text.contains("line 2: this is not valid TOML"), "{text}");
    assert!(!text.contains("geheim"), "{text}");
}

#[test]
fn the_ini_file_of_1_2_is_recognised_and_says_what_to_do() {
    let old =
        "[backup_server]\n# comment\n[pgbackman_database]\nport=5432\nhost=dbhost.example.net\n";
    assert_eq!(
        refusal(old),
        "/etc/pgbackman/pgbackman.conf, line 5: this is an INI file of PgBackMan 1.x; PgBackMan 2 reads TOML, where a \
         text is in quotes: host = \"dbhost.example.net\". `pgbackman --convert-config /etc/pgbackman/pgbackman.conf` \
         prints the same settings as TOML"
    );
    let secret = refusal("[pgbackman_database]\npassword=geheim\n");
    assert!(!secret.contains("geheim"), "{secret}");
    let converted = convert::convert(old).unwrap();
    assert_eq!(
        parse(&converted).unwrap().database.host.as_deref(),
        Some("dbhost.example.net")
    );
}

#[test]
fn the_installed_example_is_valid_and_shows_every_key_with_its_default() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.logging.log_level, LogLevel::Error);
    // Every commented setting, uncommented, is valid too; and a default shown is the default.
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if setting.starts_with(|c: char| c.is_ascii_lowercase()) => {
                format!("{setting}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let full = parse(&uncommented).unwrap();
    let defaults = parse("").unwrap();
    // TLS with the nodes has no default: what is shown is what one would choose.
    let dump = DumpSection {
        node_sslmode: None,
        node_sslrootcert: None,
        ..full.dump.clone()
    };
    assert_eq!(format!("{dump:?}"), format!("{:?}", defaults.dump));
    assert_eq!(
        format!("{:?}", full.maintenance),
        format!("{:?}", defaults.maintenance)
    );
    assert_eq!(
        format!("{:?}", full.logging),
        format!("{:?}", defaults.logging)
    );
    assert_eq!(
        format!("{:?}", full.output),
        format!("{:?}", defaults.output)
    );
    assert_eq!(full.backup_server.bin_dirs, defaults.backup_server.bin_dirs);
    // The reader's own list of keys, from its message about an unknown one, is the example's.
    for section in [
        "backup_server",
        "pgbackman_database",
        "pgbackman_dump",
        "pgbackman_maintenance",
        "pgbackman_alerts",
        "logging",
        "output",
    ] {
        let message = refusal(&format!("[{section}]\nunknown = 1\n"));
        let (_, keys) = message.rsplit_once("valid keys: ").unwrap();
        let shown = EXAMPLE.split(&format!("[{section}]")).nth(1).unwrap();
        for key in keys.split(", ") {
            assert!(
                shown.contains(&format!("\n#{key} = ")),
                "[{section}] {key} is not in the example"
            );
        }
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[[a-z_]{0,8}\\]|[a-z_]{1,8} ?[=:] ?[^\n]{0,12}|.{0,20})(\n(\\[logging\\]|log_level ?= ?.{0,8}|.{0,20})){0,6}") {
        let _ = parse(&text);
        let _ = convert::convert(&text);
    }
}

#[test]
fn the_first_file_that_exists_is_read() {
    let home = tempfile::tempdir().unwrap();
    let env = environment().with_home(home.path());
    let directory = home.path().join(".pgbackman");
    fs::create_dir(&directory).unwrap();
    let own = directory.join("pgbackman.conf");
    fs::write(&own, "[logging]\nlog_level = \"DEBUG\"\n").unwrap();
    fs::set_permissions(&own, fs::Permissions::from_mode(0o600)).unwrap();
    let config = Config::load(None, &env).unwrap();
    assert_eq!(config.path.as_deref(), Some(own.as_path()));
    assert_eq!(config.logging.log_level, LogLevel::Debug);

    let other = home.path().join("other.conf");
    fs::write(&other, "[logging]\nlog_level = \"WARN\"\n").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    let config = Config::load(Some(&other), &env).unwrap();
    assert_eq!(config.logging.log_level, LogLevel::Warn);

    let error = Config::load(Some(Path::new("/nowhere/x.conf")), &env).unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not read the configuration file /nowhere/x.conf"
    );
}

#[test]
fn a_file_that_others_can_write_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("pgbackman.conf");
    fs::write(&path, "").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let error = Config::load(Some(&path), &environment())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("was ignored") && error.contains("mode 0666"),
        "{error}"
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    Config::load(Some(&path), &environment()).unwrap();
}

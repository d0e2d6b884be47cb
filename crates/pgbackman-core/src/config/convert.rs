//! The INI file of PgBackMan 1.x as TOML, for `pgbackman --convert-config OLD`.

use std::fmt::Write as _;

use super::ini::{self, Line};

/// A line of the old file that could not be carried over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is neither a [section] nor a key=value setting")]
pub struct ConvertError {
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// Keys that hold a number in TOML.
const NUMBERS: [&str; 5] = [
    "port",
    "pg_connect_retry_interval",
    "maintenance_interval",
    "alerts_check_interval",
    "smtp_port",
];

/// Writes the settings of an INI file as TOML, section by section and in the same order. Comments are carried over; a
/// key without a value becomes a comment, since it meant the default.
///
/// # Errors
///
/// [`ConvertError`] for the first line that is no section and no setting. The result is checked by nobody here: reading
/// it with [`super::Config::parse`] tells what else has to change.
pub fn convert(old: &str) -> Result<String, ConvertError> {
    let mut new = String::new();
    let mut meaningful = ini::lines(old).peekable();
    for (index, raw) in old.lines().enumerate() {
        let line = meaningful.next_if(|(number, _)| *number == index + 1);
        match line {
            None => copy_comment(&mut new, raw.trim()),
            Some((_, Line::Section(name))) => push_line(&mut new, format_args!("[{name}]")),
            Some((_, Line::Setting(key, ""))) => push_line(&mut new, format_args!("# {key} =")),
            Some((_, Line::Setting(key, value))) => {
                push_line(&mut new, format_args!("{key} = {}", as_toml(key, value)));
            }
            Some((line, Line::Unknown(text))) => {
                return Err(ConvertError {
                    line,
                    text: text.to_owned(),
                });
            }
        }
    }
    Ok(new)
}

/// `#` introduces a comment in both; `;` only in INI.
fn copy_comment(new: &mut String, line: &str) {
    match line.strip_prefix(';') {
        Some(comment) => push_line(new, format_args!("#{comment}")),
        None => push_line(new, format_args!("{line}")),
    }
}

fn push_line(new: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(new, "{line}");
}

fn as_toml(key: &str, value: &str) -> String {
    if NUMBERS.contains(&key)
        && let Ok(number) = value.parse::<u32>()
    {
        return number.to_string();
    }
    ini::quoted(value)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::{Config, Environment, LogLevel};
    use super::convert;

    const OLD: &str = "\
; settings of this server
[backup_server]
backup_server=pg-backup01.example.net

[pgbackman_database]
host: dbhost.example.net
port=5433
password=a\"b\\c
pg_connect_retry_interval=15
[pgbackman_dump]
pause_recovery_process_on_slave=ON
[pgbackman_alerts]
smtp_user=
[logging]
log_level=INFO
";

    #[test]
    fn an_old_file_becomes_one_that_is_read() {
        let toml = convert(OLD).unwrap();
        let env = Environment::new(0, "root");
        let config = Config::parse(&toml, Path::new("/new"), &env).unwrap();
        assert_eq!(config.backup_server.fqdn(), "pg-backup01.example.net");
        assert_eq!(config.database.host.as_deref(), Some("dbhost.example.net"));
        assert_eq!(config.database.port, Some(5433));
        assert_eq!(config.database.password.unwrap().expose(), "a\"b\\c");
        assert_eq!(
            config.database.pg_connect_retry_interval,
            Duration::from_secs(15)
        );
        assert!(config.dump.pause_recovery_process_on_slave);
        assert_eq!(config.alerts.smtp_user, None);
        assert_eq!(config.logging.log_level, LogLevel::Info);
        assert!(toml.starts_with("# settings of this server\n[backup_server]\n"));
    }

    /// Every key of a configuration of 1.2, none with its default.
    const WHOLE: &str = "\
[backup_server]
backup_server=b7.example.net
[pgbackman_database]
host=dbhost.example.net
port=5439
dbname=catalogue_1
user=somebody
pg_connect_retry_interval=11
database_source_dir=/opt/pgbackman/sql
[pgbackman_dump]
tmp_dir=/var/tmp
pause_recovery_process_on_slave=ON
[pgbackman_maintenance]
maintenance_interval=71
[pgbackman_alerts]
smtp_alerts=ON
alerts_check_interval=301
smtp_server=smtp.example.net
smtp_port=465
smtp_ssl=OFF
smtp_user=mailer
smtp_password=se=cr;et # no comment
alerts_template=/etc/pgbackman/mine.template
[logging]
log_level=DEBUG
log_file=/var/log/mine.log
";

    #[test]
    fn every_key_of_1_2_keeps_its_value() {
        let toml = convert(WHOLE).unwrap();
        let env = Environment::new(0, "root");
        let config = Config::parse(&toml, Path::new("/new"), &env).unwrap();
        let shown = format!("{config:?}");
        for line in WHOLE.lines().filter(|line| !line.starts_with('[')) {
            let (key, value) = line.split_once('=').unwrap();
            let kept = match (key, value) {
                ("smtp_password", _) => {
                    let password = config.alerts.smtp_password.as_ref().unwrap();
                    password.expose() == "se=cr;et # no comment"
                }
                (_, "ON") => shown.contains(&format!("{key}: true")),
                (_, "OFF") => shown.contains(&format!("{key}: false")),
                ("log_level", _) => config.logging.log_level == LogLevel::Debug,
                _ => shown.contains(value),
            };
            assert!(kept, "{line}\n{toml}\n{shown}");
        }
    }

    #[test]
    fn a_line_that_is_no_setting_is_named() {
        let error = convert("[logging]\nwhat is this\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "line 2: `what is this` is neither a [section] nor a key=value setting"
        );
    }

    proptest! {
        #[test]
        fn any_host_survives_the_conversion(host in "[!-~][ -~]{0,40}") {
            let host = host.trim();
            let toml = convert(&format!("[pgbackman_database]\nhost={host}\n")).unwrap();
            let env = Environment::new(0, "root");
            let config = Config::parse(&toml, Path::new("/new"), &env).unwrap();
            prop_assert_eq!(config.database.host.as_deref(), Some(host));
        }
    }
}

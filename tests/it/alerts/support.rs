//! A backup server with a node and definitions, at times of the test's choosing.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_tests::mail::MailServer;
use pgbackman_tests::sandbox::{Output, Sandbox, run};

/// How long anything may take before a test fails.
pub(super) const DEADLINE: Duration = Duration::from_secs(120);

pub(super) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) struct Site {
    pub(super) sandbox: Sandbox<'static>,
}

impl Site {
    /// backup01 with the node pg1.example.net, whose alerts go to dba@example.net. Nothing is judged unless a test configures it.
    pub(super) fn new() -> Self {
        let mut sandbox = Sandbox::new();
        for (key, value) in [
            ("alert_on_missed_runs", "\"OFF\""),
            ("no_definition_after", "\"OFF\""),
            ("daemon_silent_after", "\"OFF\""),
            ("small_backup_percent", "0"),
        ] {
            sandbox.configure("pgbackman_alerts", key, value);
        }
        let site = Self { sandbox };
        site.sql("SELECT register_backup_server('backup01', 'example.net', 'RUNNING', '')");
        site.sql(
            "SELECT register_pgsql_node('pg1', 'example.net', 5432, 'postgres', 'RUNNING', '')",
        );
        site.sql(
            "UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email'",
        );
        site
    }

    pub(super) fn configure(&mut self, key: &str, value: &str) {
        self.sandbox.configure("pgbackman_alerts", key, value);
    }

    pub(super) fn mail_to(&mut self, server: &MailServer) {
        self.configure("smtp_alerts", "\"ON\"");
        self.configure("smtp_server", "\"127.0.0.1\"");
        self.configure("smtp_ssl", "\"OFF\"");
        self.configure("smtp_port", &server.port().to_string());
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        self.sandbox.catalogue().psql(sql)
    }

    /// A definition that runs at 04:00, made long ago; its ID.
    pub(super) fn define(&self, dbname: &str) -> i64 {
        let dbname = dbname.replace('\'', "''");
        let id = self.sql(&format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
                 job_status, registered) \
             VALUES (1, 1, E'{dbname}', '0', '4', 'FULL', 'ACTIVE', '2020-01-01') RETURNING def_id"
        ));
        id.parse().unwrap()
    }

    /// A run of a definition that began then and took five minutes.
    pub(super) fn ran(&self, definition: i64, began: &str, status: &str, size: i64) {
        self.sql(&format!(
            "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, global_log_file, \
                 execution_status, error_message, pg_dump_file_size) \
             SELECT def_id, 1, 1, dbname, '{began}', timestamptz '{began}' + interval '5 min', '', '{status}', \
                 CASE '{status}' WHEN 'ERROR' THEN E'pg_dump: error: connection to server failed\\nFATAL:  no space' END, {size} \
             FROM backup_definition WHERE def_id = {definition}"
        ));
    }

    /// One pass of the daemon at this time.
    pub(super) fn pass(&self, at: &str) -> Output {
        self.pass_with(at, &[])
    }

    pub(super) fn pass_with(&self, at: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = self.sandbox.command("pgbackman_alerts_observed");
        command.arg("--once").env("PGBACKMAN_TEST_NOW", at);
        command.envs(variables.iter().copied());
        run(&mut command, b"", DEADLINE)
    }

    /// A script for the jobs' user, in a directory that is its own.
    pub(super) fn script(&self, name: &str, body: &str) -> PathBuf {
        let path = self.sandbox.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// How far the sending of each alert is.
    pub(super) fn sending(&self) -> String {
        self.sql("SELECT string_agg(\"Sending\", ',' ORDER BY alert_id) FROM show_alerts")
    }
}

/// The text of a mail, its lines put together again.
pub(super) fn body(mail: &str) -> String {
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    if head.contains("base64") {
        let joined: String = body.split_whitespace().collect();
        return String::from_utf8(openssl::base64::decode_block(&joined).unwrap()).unwrap();
    }
    if head.contains("quoted-printable") {
        return unquoted(body);
    }
    body.replace("\r\n", "\n")
}

fn unquoted(text: &str) -> String {
    let joined = text.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let [first, more @ ..] = rest {
        if *first == b'=' && more.len() >= 2 {
            let code = std::str::from_utf8(&more[..2]).unwrap();
            bytes.push(u8::from_str_radix(code, 16).unwrap());
            rest = &more[2..];
        } else {
            bytes.push(*first);
            rest = more;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A header of a mail, its lines put together again.
pub(super) fn header(mail: &str, name: &str) -> String {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let found = unfolded
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    found.unwrap_or_else(|| panic!("no {name} in {head}"))
}

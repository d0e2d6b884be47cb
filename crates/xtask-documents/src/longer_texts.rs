//! What a manual page says of an option beyond its help text, which is meant to be short.

use clap::Command;

use crate::DocumentError;

/// Program, task (or nothing), option by its clap name (or nothing for what ends the section), and the text.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    (
        "pgbackman-bulk-update",
        "",
        "dry_run",
        "The names of databases are compared with those of their node. What depends on a server or node that an earlier line \
         registers is checked as far as possible without it.",
    ),
    (
        "pgbackman_alerts",
        "",
        "test",
        "The mail is sent to `smtp_recipients`.",
    ),
    (
        "pgbackman_dump",
        "",
        "--node-fqdn",
        "A host name, an address, or the directory of a Unix socket.",
    ),
    (
        "pgbackman_dump",
        "",
        "--encryption",
        "The backup is then taken without encryption, and ends with WARNING.",
    ),
    (
        "pgbackman_dump",
        "",
        "--extra-backup-parameters",
        "All in one argument. Only filters and similar options are allowed.",
    ),
    (
        "pgbackman_dump",
        "",
        "--cron-schedule",
        "Crontab lines contain this option. When the clock skips several times of a schedule, cron starts all of them one after the \
         other. One run then stands for all of them: the others take no backup, and exit with 7. Without this option, or at a \
         terminal, a backup is always taken.",
    ),
    (
        "pgbackman_dump",
        "",
        "",
        "Values that a crontab cannot contain (a line break, a control character), and values that not every cron reads alike (a %), \
         are passed encoded, by the option of the same name with the suffix -encoded: `--node-fqdn-encoded`, `--node-user-encoded`, \
         `--dbname-encoded`, `--root-backup-dir-encoded`, `--extra-backup-parameters-encoded`. Every byte except ASCII letters, digits, \
         \"-\", \"_\" and \".\" is written as = and two hexadecimal digits (=0A). A value that contains a % is read as percent-encoded \
         (%0A), as version 2.0.0 wrote it.",
    ),
    (
        "pgbackman_exporter",
        "",
        "textfile",
        "The file is replaced atomically. Use a name that ends in .prom. If the catalogue is unavailable, the file contains \
         `pgbackman_up` 0, and the exit status is 4.",
    ),
    (
        "pgbackman_maintenance",
        "",
        "dry_run",
        "The list is written to standard output. The daemon may run at the same time.",
    ),
    (
        "pgbackman_restore",
        "",
        "--node-fqdn",
        "A host name, an address, or the directory of a Unix socket.",
    ),
    (
        "pgbackman_restore",
        "",
        "--restore-def",
        "It runs once, regardless of how often the program is started.",
    ),
    (
        "pgbackman_restore",
        "",
        "--renamed-dbname",
        "Without this option, an existing database is never changed. For CLUSTER, a list: old=new,old2=new2.",
    ),
    (
        "pgbackman_restore",
        "",
        "--extra-restore-parameters",
        "All in one argument: filters and similar options of pg_restore(1), -j N, and three options of PgBackMan. \
         `--map-role=old=new` replaces a role of the backup by a role of the target, as owner, as grantee and in policies. \
         `--select=PATTERN` restores the entries of the archive's list that match, such as 'TABLE * orders *'. A selection includes the \
         objects that belong to it and that it needs; objects that cannot be included are reported. `--exactly` restores only the \
         selected entries.",
    ),
    (
        "pgbackman_restore",
        "",
        "",
        "Values that an at job cannot contain (a line break, a control character) are passed encoded (see pgbackman_dump(8)), with the \
         suffix -encoded: `--node-fqdn-encoded`, `--node-user-encoded`, `--pgdump-file-encoded`, `--pgdump-roles-file-encoded`, \
         `--pgdump-dbconfig-file-encoded`, `--manifest-file-encoded`, `--source-dbname-encoded`, `--target-dbname-encoded`, \
         `--renamed-dbname-encoded`, `--extra-restore-parameters-encoded`, `--role-list-encoded`, `--root-backup-dir-encoded`.",
    ),
    (
        "pgbackman_setup",
        "server",
        "format",
        "json is one document with the members status and checks; each check has the members check, of, level, found and do.",
    ),
    (
        "pgbackman_setup",
        "node",
        "local",
        "The role is a superuser, which only that user can become, through the socket.",
    ),
    (
        "pgbackman_setup",
        "embedded",
        "dir",
        "The path of a socket is limited to 107 bytes.",
    ),
    (
        "pgbackman_setup",
        "embedded",
        "restart_if_updated",
        "During an upgrade of the catalogue it exits with 7.",
    ),
    (
        "pgbackman_setup",
        "database",
        "upgrade",
        "Results that programs of 1.x left in this server's `pending_updates` are imported afterwards. A catalogue of this version whose \
         functions and views an earlier, unreleased state of this software made gets the current ones.",
    ),
    (
        "pgbackman_status_info",
        "",
        "backup_server",
        "The server's ID or FQDN.",
    ),
    (
        "pgbackman_status_info",
        "",
        "pgsql_node",
        "The node's ID, FQDN, or FQDN:port.",
    ),
    (
        "pgbackman_status_info",
        "",
        "warning_age",
        "Usable backups are those that ended with SUCCEEDED or WARNING.",
    ),
    (
        "pgbackman_zabbix_autodiscovery",
        "",
        "backup_server",
        "The server's ID or FQDN.",
    ),
];

/// The longer text of an option.
pub(crate) fn of(program: &str, task: &str, option: &str) -> Option<&'static str> {
    TEXTS
        .iter()
        .find(|text| (text.0, text.1, text.2) == (program, task, option))
        .map(|text| text.3)
}

/// Every text belongs to an option that exists.
///
/// # Errors
///
/// Naming the first that does not.
pub(crate) fn check(programs: &[Command]) -> Result<(), DocumentError> {
    let is_there = |program: &str, task: &str, option: &str| {
        let program = programs.iter().find(|known| known.get_name() == program);
        let command = match task {
            "" => program,
            task => program.and_then(|program| program.find_subcommand(task)),
        };
        command.is_some_and(|command| {
            option.is_empty()
                || command
                    .get_arguments()
                    .any(|arg| arg.get_id() == option && !arg.is_hide_set())
        })
    };
    let lost = TEXTS
        .iter()
        .find(|(program, task, option, _)| !is_there(program, task, option));
    match lost {
        None => Ok(()),
        Some((program, task, option, _)) => Err(DocumentError::Missing(format!(
            "longer_texts.rs tells about the option {option} of `{program} {task}`, which does not exist"
        ))),
    }
}

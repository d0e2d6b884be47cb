//! What cron and the shell make of the lines that control writes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use super::support::{Backup, jobs, literal};

/// Names that PostgreSQL allows (trap 15).
const NAMES: [&str; 14] = [
    "Orders",
    "my db",
    "o'brien",
    "say \"hi\"",
    "back\\slash",
    "ends\\",
    "a\\%b\\\\c",
    "inj$(touch /x)",
    "c;id>/x;#",
    "100%",
    "-leading",
    "two\nlines",
    "~*?[a]`id`",
    "ž€žluťoučký kůň žluťoučký kůň žluťoučký kůň žlu",
];

/// What cron 3.0pl1 hands to the shell of the command in a line with a user column.
fn command_of(line: &str) -> String {
    let command = line.splitn(7, ' ').nth(6).unwrap();
    let (mut seen, mut escaped) = (String::new(), false);
    for character in command.chars() {
        if escaped {
            if character == '%' || character == '\\' {
                seen.pop();
            }
            seen.push(character);
            escaped = false;
        } else if character == '%' {
            break;
        } else {
            escaped = character == '\\';
            seen.push(character);
        }
    }
    seen
}

#[test]
fn trap_14_trap_15_hostile_names_arrive_as_one_argument() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    for name in NAMES {
        backup.define_with(
            node,
            name,
            "30",
            "-T 'log'",
            "remark\n* * * * * root touch /x",
        );
    }
    // In place of the dump, a program that shows its arguments.
    let program = backup.sandbox.bin_dir().join("pgbackman_dump");
    fs::remove_file(&program).unwrap();
    fs::write(&program, "#!/bin/sh\nprintf '%s\\0' \"$@\"\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    backup.once().success();
    let lines = jobs(&backup.sandbox.crontab_dir());
    assert_eq!(lines.len(), NAMES.len());
    for (line, name) in lines.iter().zip(NAMES) {
        let output = Command::new("/bin/sh")
            .arg("-c")
            .arg(command_of(line))
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let arguments: Vec<&str> = text.split_terminator('\0').collect();
        let value = |flag: &str| {
            let joined = arguments
                .iter()
                .find_map(|argument| argument.strip_prefix(&format!("{flag}=")));
            let at = arguments.iter().position(|argument| *argument == flag);
            joined.or_else(|| Some(arguments[at? + 1]))
        };
        let dbname = match value("--dbname-encoded") {
            Some(encoded) => pgbackman_core::domain::text::encoded_value::decode(encoded).unwrap(),
            None => value("--dbname").unwrap().to_owned(),
        };
        assert_eq!(dbname, name, "{line}");
        assert_eq!(value("--extra-backup-parameters"), Some("-T 'log'"));
        assert_eq!(value("--backup-code"), Some("FULL"));
    }
}

#[test]
fn trap_16_no_value_of_the_catalogue_becomes_a_line() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let injected = "x@example.org\n* * * * * root touch /x\r";
    // Past the catalogue's own checks, as an old row or a hostile superuser would have it.
    backup.sql(&format!(
        "SET session_replication_role = replica; \
         UPDATE pgsql_node_config SET value = {value} WHERE node_id = {node} AND parameter = 'logs_email'; \
         UPDATE pgsql_node SET domain_name = {value}, admin_user = {value} WHERE node_id = {node}; \
         UPDATE backup_server SET remarks = {value}",
        value = literal(injected)
    ));
    let id = backup.define_with(node, "shop", "30", "-T a", injected);
    backup.sql(&format!(
        "SET session_replication_role = replica; \
         UPDATE backup_definition SET extra_backup_parameters = {} WHERE def_id = {id}",
        literal("-T a\n* * * * * root touch /x")
    ));
    backup.once().success();
    let text = fs::read_to_string(backup.crontab(node)).unwrap();
    assert!(!text.contains('\r'));
    for line in text
        .lines()
        .filter(|line| line.starts_with(['*', '0', '1', '2', '3']))
    {
        assert!(
            line.starts_with("30 4 * * * ") && line.contains("/pgbackman_dump "),
            "{line}"
        );
    }
    assert_eq!(jobs(&backup.sandbox.crontab_dir()).len(), 1);
    assert!(
        !text.contains("MAILTO"),
        "half an address is somebody else's: {text}"
    );
    assert!(
        text.contains("--extra-backup-parameters-encoded=")
            || text.contains("'--extra-backup-parameters-encoded=")
    );
}

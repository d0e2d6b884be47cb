//! Backups of PgBackMan 1.2: no manifest, roles without a question whether they exist, settings without an owner (traps 6, 9a).

use std::fs;
use std::path::PathBuf;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{Backup, RestoreLab, content};
use crate::roundtrip::dump_of;

const ROLES: &str = "-- \n-- PgBackMan \n-- \n-- Roles statements needed by the database: \n-- hr@node2.example.org \n--\n\nBEGIN;\n\n\
    CREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;\n\
    CREATE ROLE keeper;\nALTER ROLE keeper WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN PASSWORD 'md5abc';\n\
    CREATE ROLE reader;\nALTER ROLE reader WITH NOSUPERUSER INHERIT;\nGRANT reader TO keeper GRANTED BY postgres;\n\nCOMMIT;\n\n\
    -- \n-- PgBackMan roles dump completed\n--\n";
const SETTINGS: &str = "-- \n-- PgBackMan \n-- \n\nBEGIN;\n\nCREATE DATABASE hr WITH TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'C' \
    LC_CTYPE = 'C';\n\nCOMMIT;\n";

/// Writes the files as 1.2 does, beside the others of the node.
fn legacy(lab: &RestoreLab<'_>, row: &Backup) -> Backup {
    let stem = lab
        .lab
        .dump_dir()
        .join("hr-node2.example.org-v10-defid11-cFULL-20261121T060931");
    let file = |end: &str| PathBuf::from(format!("{}{end}", stem.display()));
    let archive = file("-DATABASE.sql");
    let conninfo = format!("{}", archive.display());
    let said = dump_of(
        lab.lab.node,
        "hr",
        &["--format=directory", "--file", &conninfo],
    );
    assert!(said.is_empty());
    fs::write(file("-USERS.sql"), ROLES).unwrap();
    fs::write(file("-DBCONFIG.sql"), SETTINGS).unwrap();
    let own = |path: &PathBuf| lab.lab.give_to_jobs(path);
    for path in [&archive, &file("-USERS.sql"), &file("-DBCONFIG.sql")] {
        own(path);
    }
    for entry in fs::read_dir(&archive).unwrap() {
        own(&entry.unwrap().path());
    }
    Backup {
        dump_file: archive,
        roles_file: Some(file("-USERS.sql")),
        settings_file: Some(file("-DBCONFIG.sql")),
        manifest_file: None,
        checksum: None,
        release: "15".to_owned(),
        ..row.clone()
    }
}

#[test]
fn trap_6_a_backup_of_1_2_comes_back() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE ROLE keeper LOGIN; CREATE ROLE reader; GRANT reader TO keeper; \
         CREATE DATABASE hr TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';",
    );
    source.psql_script(
        "hr",
        "CREATE TABLE t AS SELECT generate_series(1, 100) n; ALTER TABLE t OWNER TO keeper;",
    );
    target.psql("postgres", "CREATE ROLE reader LOGIN");
    let lab = RestoreLab::new(&source, &target);
    let backup = legacy(&lab, &lab.backup("hr", "FULL"));
    let output = lab.restore(&backup, "Other Name").run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{}\n{result:?}", output.stderr);
    assert_eq!(result["status"], "WARNING");
    assert!(result["message"].contains("no manifest"), "{result:?}");
    assert_eq!(result["roles"], "{keeper}");
    assert_eq!(content(&target, "Other Name"), content(&source, "hr"));
    let roles = target.psql(
        "postgres",
        "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reader'",
    );
    assert_eq!(roles.trim(), "t", "a role that exists is used as it is");
    let member = target.psql(
        "postgres",
        "SELECT pg_has_role('keeper', 'reader', 'member')",
    );
    assert_eq!(member.trim(), "t");

    // Truncated, it is noticed by reading it to its end.
    let data = fs::read_dir(&backup.dump_file)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".dat.gz"))
        .unwrap();
    let whole = fs::read(&data).unwrap();
    fs::write(&data, &whole[..whole.len() / 2]).unwrap();
    lab.restore(&backup, "third")
        .refused(&["cannot be read to its end"]);
}

//! Backups as 1.2 left them on disk: no manifest, files that others can read, a roles file that creates roles which are
//! there already, settings without an owner, and a release that is wrong: 1.2 took every newer server for release 10 (traps 6,
//! 9a).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Output;

use super::support::{Backup, RestoreLab, content, everything};

const TIME: &str = "20260601T014100";

const ROLES: &str = "-- \n-- PgBackMan \n-- \n-- Roles statements needed by the database: \n-- old@n1.example.net \n--\n\nBEGIN;\n\n\
    CREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;\n\
    CREATE ROLE keeper;\nALTER ROLE keeper WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB LOGIN PASSWORD 'md5abc';\n\
    CREATE ROLE reader;\nALTER ROLE reader WITH NOSUPERUSER INHERIT;\nGRANT reader TO keeper GRANTED BY postgres;\n\nCOMMIT;\n\n\
    -- \n-- PgBackMan roles dump completed\n--\n";
const SETTINGS: &str = "-- \n-- PgBackMan \n-- \n\nBEGIN;\n\nCREATE DATABASE old WITH TEMPLATE = template0 ENCODING = 'UTF8' LC_COLLATE = 'C' \
    LC_CTYPE = 'C';\n\nCOMMIT;\n";

/// The table that every backup here holds.
const TABLE: &str =
    "CREATE TABLE t (n integer PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000);";

/// Makes a file readable to all, as 1.x did, and the jobs' user's.
fn publish(lab: &RestoreLab<'_>, path: &Path) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            publish(lab, &entry.unwrap().path());
        }
    }
    let mode = if path.is_dir() { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    lab.lab.give_to_jobs(path);
}

/// The catalogue's row of 1.2; `None` as text where a part does not exist.
fn catalogue(
    lab: &RestoreLab<'_>,
    code: &str,
    dbname: &str,
    dump: &Path,
    others: Option<[&Path; 2]>,
) -> Backup {
    let job = lab
        .lab
        .define(if code == "CLUSTER" { "" } else { dbname }, code);
    let [roles, settings] = others.map_or(["None".into(), "None".into()], |paths| {
        paths.map(|path| path.display().to_string())
    });
    let id = lab.sandbox().catalogue().psql(&format!(
        "INSERT INTO backup_catalog (def_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
             pg_dump_file, pg_dump_file_size, pg_dump_roles_file, pg_dump_dbconfig_file, global_log_file, execution_status, \
             execution_method, error_message, role_list, pgsql_node_release, pg_dump_release) \
         VALUES ({}, 4711, {}, {}, '{dbname}', '2026-06-01 01:41+00', '2026-06-01 01:42+00', '1 min', '{}', 832, '{roles}', \
             '{settings}', '/var/log/p', 'SUCCEEDED', 'CRON', '', '{{}}', '10', '10') RETURNING bck_id",
        job.id,
        lab.lab.server_id,
        lab.lab.node_id,
        dump.display(),
    ));
    Backup {
        id: id.lines().next().unwrap().trim().parse().unwrap(),
        code: code.parse().unwrap(),
        dbname: dbname.to_owned(),
        dump_file: dump.to_owned(),
        roles_file: others.map(|paths| paths[0].to_owned()),
        settings_file: others.map(|paths| paths[1].to_owned()),
        manifest_file: None,
        checksum: None,
        release: "10".to_owned(),
    }
}

fn succeed(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A FULL backup of the database `old`, which belongs to the role `keeper`.
fn full(lab: &RestoreLab<'_>) -> Backup {
    full_as(lab, &[])
}

/// The same with options for `pg_dump`.
fn full_as(lab: &RestoreLab<'_>, options: &[&str]) -> Backup {
    let node = lab.lab.node;
    let part = |name: &str| -> PathBuf {
        lab.lab.dump_dir().join(format!(
            "old-n1.example.net-v10-defid1-cFULL-{TIME}-{name}.sql"
        ))
    };
    let [database, roles, settings] = ["DATABASE", "USERS", "DBCONFIG"].map(part);
    succeed(
        node.command("pg_dump")
            .args(["-Fd", "--blobs", "-f"])
            .arg(&database)
            .args(options)
            .arg("old"),
    );
    fs::write(&roles, ROLES).unwrap();
    fs::write(&settings, SETTINGS).unwrap();
    for path in [&database, &roles, &settings] {
        publish(lab, path);
    }
    catalogue(lab, "FULL", "old", &database, Some([&roles, &settings]))
}

/// A source with the database, and a target without it that has one of the roles.
fn clusters() -> [Cluster; 2] {
    clusters_of(Version::Installed)
}

fn clusters_of(version: Version) -> [Cluster; 2] {
    let [source, target] = [(); 2].map(|()| Cluster::private(version));
    source.psql_script(
        "postgres",
        "CREATE ROLE keeper LOGIN; CREATE ROLE reader; GRANT reader TO keeper; \
         CREATE DATABASE old TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';",
    );
    source.psql("old", TABLE);
    source.psql("old", "ALTER TABLE t OWNER TO keeper");
    [source, target]
}

/// Restored, with a warning that there is no manifest, and with no other.
fn usable_but_not_proven(output: &Output, result: &BTreeMap<String, String>) {
    let log = fs::read_to_string(&result["log"]).unwrap_or_default();
    let code = i32::from(ExitCode::Warning as u8);
    assert_eq!(output.code, code, "{}\n{result:#?}\n{log}", output.stderr);
    assert_eq!(result["status"], "WARNING", "{result:#?}");
    let message = &result["message"];
    assert!(
        message.starts_with("the backup has no manifest") && !message.contains('\n'),
        "{message}"
    );
}

#[test]
fn trap_6_a_full_backup_of_1_2_is_restored_without_a_manifest_and_refused_when_it_is_damaged() {
    let [source, target] = clusters();
    target.psql("postgres", "CREATE ROLE reader LOGIN");
    let lab = RestoreLab::new(&source, &target);
    let backup = full(&lab);
    let output = lab.restore(&backup, "Other Name").run();
    let result = lab.last_result();
    usable_but_not_proven(&output, &result);
    assert_eq!(result["roles"], "{keeper}");
    assert_eq!(content(&target, "Other Name"), content(&source, "old"));
    let value = |sql: &str| target.psql("postgres", sql);
    assert_eq!(
        value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'reader'"),
        "t",
        "a role that exists is used as it is"
    );
    assert_eq!(
        value("SELECT pg_has_role('keeper', 'reader', 'member')"),
        "t"
    );
    // The files are as they were.
    assert!(backup.dump_file.join("toc.dat").exists());
    assert!(backup.roles_file.as_ref().unwrap().exists());

    // Truncated, it is noticed by reading it to its end.
    let data = fs::read_dir(&backup.dump_file)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().ends_with(".dat.gz"))
        .unwrap();
    let whole = fs::read(&data).unwrap();
    fs::write(&data, &whole[..whole.len() / 2]).unwrap();
    lab.restore(&backup, "third").refused(&["to its end"]);
}

#[test]
fn a_cluster_backup_of_1_2_is_restored() {
    let [source, target] = clusters();
    let lab = RestoreLab::new(&source, &target);
    let file = lab.lab.dump_dir().join(format!(
        "CLUSTER-n1.example.net-v10-defid2-cCLUSTER-{TIME}.sql.gz"
    ));
    let sql = file.with_extension("");
    succeed(source.command("pg_dumpall").arg("-f").arg(&sql));
    succeed(Command::new("gzip").arg(&sql));
    publish(&lab, &file);
    let backup = catalogue(&lab, "CLUSTER", "template1", &file, None);
    assert_eq!(backup.code, BackupCode::Cluster);
    let output = lab.restore(&backup, "template1").run();
    usable_but_not_proven(&output, &lab.last_result());
    assert_eq!(
        target.psql("old", "SELECT count(*) || ' ' || sum(n) FROM t"),
        "1000 500500"
    );
}

/// The programs of 17 are the only ones here that know every compression.
#[test]
fn b16_a_data_file_that_ends_early_is_refused_whatever_its_compression() {
    let [source, target] = clusters_of(Version::V17);
    source.psql("old", "INSERT INTO t SELECT generate_series(1001, 40000)");
    let untouched = everything(&target);
    for compression in ["none", "gzip", "lz4", "zstd"] {
        let lab = RestoreLab::new(&source, &target);
        let backup = full_as(&lab, &["--compress", compression]);
        let data = fs::read_dir(&backup.dump_file)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains(".dat") && !path.ends_with("toc.dat"))
            .unwrap();
        let name = data.file_name().unwrap().to_str().unwrap();
        let whole = fs::read(&data).unwrap();
        let size = whole.len();
        for length in [size / 2, size * 2 / 3, size * 9 / 10, size - 1] {
            fs::write(&data, &whole[..length]).unwrap();
            let output = lab.restore(&backup, "copy").run();
            let message = &lab.last_result()["message"];
            assert_ne!(output.code, 0, "{name}, {length} of {size}: {message}");
            for word in ["to its end", name, "TABLE DATA public t"] {
                assert!(
                    message.contains(word),
                    "{word}: {length} of {size}: {message}"
                );
            }
        }
        assert_eq!(everything(&target), untouched, "{compression}");
        fs::write(&data, &whole).unwrap();
        usable_but_not_proven(&lab.restore(&backup, "copy").run(), &lab.last_result());
        let rows = target.psql("copy", "SELECT count(*) FROM t");
        assert_eq!(rows.trim(), "40000", "{compression}");
        target.psql_script("postgres", "DROP DATABASE copy; DROP ROLE keeper, reader;");
    }
}

#[test]
fn b16_rows_that_pg_restore_does_not_bring_are_missed_without_a_manifest() {
    let [source, target] = clusters();
    let mut lab = RestoreLab::new(&source, &target);
    let backup = full(&lab);
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    tools.script(
        "pg_restore",
        "case \" $* \" in *--list*|*--file*) exec \"$REAL\" \"$@\";; esac\nexec \"$REAL\" --schema-only \"$@\"",
    );
    let output = lab.restore(&backup, "copy").run();
    assert_ne!(output.code, 0, "{}", output.stderr);
    let message = &lab.last_result()["message"];
    assert!(message.contains("public.t has 0 of 1000 rows"), "{message}");
}

#[test]
fn b16_a_cluster_script_without_its_end_mark_is_refused() {
    let [source, target] = clusters();
    let lab = RestoreLab::new(&source, &target);
    let file = lab.lab.dump_dir().join(format!(
        "CLUSTER-n1.example.net-v10-defid2-cCLUSTER-{TIME}.sql.gz"
    ));
    let sql = file.with_extension("");
    let script = succeed(&mut source.command("pg_dumpall"));
    let end = script.len() - 100;
    fs::write(&sql, &script[..end]).unwrap();
    succeed(Command::new("gzip").arg(&sql));
    publish(&lab, &file);
    let backup = catalogue(&lab, "CLUSTER", "template1", &file, None);
    lab.restore(&backup, "template1")
        .refused(&["to its end", "end mark"]);
}

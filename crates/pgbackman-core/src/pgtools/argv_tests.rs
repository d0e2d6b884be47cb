//! Argument vectors, word by word.

use super::*;
use crate::domain::backup::extra_parameters::Tool;

const SERVER: Server<'_> = Server {
    host: "/run/postgresql",
    port: 5433,
    user: "O'Admin",
};

fn strings(argv: &[OsString]) -> Vec<&str> {
    argv.iter().map(|word| word.to_str().unwrap()).collect()
}

fn dump(
    code: BackupCode,
    client: u16,
    extra: &str,
    dbname: &str,
    snapshot: Option<&str>,
) -> Vec<String> {
    let extra = ExtraParameters::parse(extra, Tool::PgDump, Some(PgMajor::new(client))).unwrap();
    let argv = pg_dump(&PgDump {
        server: SERVER,
        dbname,
        code,
        encoding: "LATIN1",
        client: PgMajor::new(client),
        directory: Path::new("/srv/b/x.sql.partial"),
        snapshot,
        lock_wait_timeout: Duration::from_secs(1800),
        extra: &extra,
    });
    strings(&argv).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_full_backup_is_a_directory_with_large_objects_in_the_given_snapshot() {
    assert_eq!(
        dump(
            BackupCode::Full,
            15,
            "-j 2 -T Log",
            "shop",
            Some("00000003-0000001B-1")
        ),
        [
            "--format=directory",
            "--verbose",
            "--no-password",
            "--file=/srv/b/x.sql.partial",
            "--encoding=LATIN1",
            "--lock-wait-timeout=1800000",
            "--blobs",
            "--snapshot=00000003-0000001B-1",
            "--jobs=2",
            "--exclude-table=Log",
            r"--dbname=host='/run/postgresql' port='5433' user='O\'Admin' dbname='shop'",
        ]
    );
}

#[test]
fn each_code_asks_for_its_content() {
    let has = |code, extra, word: &str| {
        dump(code, 16, extra, "x", None)
            .iter()
            .any(|own| own == word)
    };
    assert!(
        has(BackupCode::Schema, "", "--schema-only")
            && !has(BackupCode::Schema, "", "--large-objects")
    );
    assert!(
        has(BackupCode::Data, "", "--data-only") && has(BackupCode::Data, "", "--large-objects")
    );
    assert!(
        has(BackupCode::Rds, "", "--large-objects") && !has(BackupCode::Rds, "", "--schema-only")
    );
    assert!(
        !has(BackupCode::Full, "-B", "--large-objects")
            && has(BackupCode::Full, "-B", "--no-large-objects")
    );
}

#[test]
fn trap_15_a_hostile_database_name_is_a_value_in_the_connection_string() {
    for (name, quoted) in [
        ("a=b host=evil", "'a=b host=evil'"),
        ("postgresql://evil/x", "'postgresql://evil/x'"),
        (r"it's \", r"'it\'s \\'"),
        ("-leading", "'-leading'"),
        ("two\nlines", "'two\nlines'"),
    ] {
        let argv = dump(BackupCode::Full, 15, "", name, None);
        assert!(
            argv.last().unwrap().ends_with(&format!(" dbname={quoted}")),
            "{argv:?}"
        );
    }
}

#[test]
fn the_other_programs_get_what_they_need() {
    let extra = ExtraParameters::parse("--exclude-database=x", Tool::PgDumpall, None).unwrap();
    assert_eq!(
        strings(&pg_dumpall(&SERVER, Duration::from_micros(1), &extra)),
        [
            "--verbose",
            "--no-password",
            "--lock-wait-timeout=1",
            "--exclude-database=x",
            r"--dbname=host='/run/postgresql' port='5433' user='O\'Admin'"
        ]
    );
    assert_eq!(
        strings(&psql_file(&SERVER, "shop", Path::new("/b/-USERS.sql"))),
        [
            "--no-psqlrc",
            "--quiet",
            "--no-password",
            "--set=ON_ERROR_STOP=1",
            "--file=/b/-USERS.sql",
            r"--dbname=host='/run/postgresql' port='5433' user='O\'Admin' dbname='shop'"
        ]
    );
    assert_eq!(
        strings(&pg_restore_list(Path::new("/b/x"))),
        ["--list", "--", "/b/x"]
    );
    assert_eq!(
        strings(&pg_restore_script(Path::new("/b/x"), Path::new("/t/l"))),
        ["--use-list=/t/l", "--file=-", "--", "/b/x"]
    );
}

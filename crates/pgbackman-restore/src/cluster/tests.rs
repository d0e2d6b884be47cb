use std::io::Read;

use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::pgtools::other_version::Knows;

use super::*;
use crate::cluster::run::of_nothing;
use crate::cluster::terms::Closed;

/// A target of this version with two roles and a tablespace.
fn target_of(major: u16) -> Terms {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Terms {
        knows: Knows {
            major: PgMajor::new(major),
            parameters: names(&["work_mem", "x"]),
            refused_settings: BTreeMap::new(),
            compressions: BTreeSet::new(),
            builtins: Box::default(),
            mapped_roles: BTreeMap::new(),
            roles: names(&["postgres", "there"]),
            not_inheriting: BTreeSet::new(),
        },
        tablespaces: names(&["fast"]),
        refused_settings: vec!["transaction_timeout"],
        closed: BTreeMap::new(),
        in_use: None,
    }
}

fn written(path: &Path, terms: &Terms) -> String {
    let (mut reader, writer) = io::pipe().unwrap();
    write(path, terms, &of_nothing(), writer.into(), &|| ()).unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    text
}

const SCRIPT: &str = "--\n\\restrict abc\n\nSET transaction_timeout = 0;\n\nCREATE ROLE postgres;\n\
    ALTER ROLE postgres WITH SUPERUSER;\nCREATE ROLE \"New\";\nALTER ROLE \"New\" WITH NOSUPERUSER PASSWORD 'x';\n\
    GRANT postgres TO there;\nGRANT postgres TO \"New\" GRANTED BY postgres;\n\\unrestrict abc\n\\connect template1\n\
    CREATE DATABASE \"Shop\" WITH TEMPLATE = template0;\nALTER ROLE postgres IN DATABASE \"Shop\" SET x TO 'y';\n\
    \\connect \"Shop\"\nCOPY t (a) FROM stdin;\nCREATE DATABASE no;\n\\.\nCREATE TABLESPACE fast LOCATION '/x';\n";

const END: &str = "--\n-- PostgreSQL database cluster dump complete\n--\n\n";

fn gzipped(dir: &tempfile::TempDir, script: &str) -> std::path::PathBuf {
    gzipped_as_it_is(dir, &[script, END].concat())
}

fn gzipped_as_it_is(dir: &tempfile::TempDir, script: &str) -> std::path::PathBuf {
    let path = dir.path().join("x.sql.gz");
    let mut gz =
        flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::default());
    gz.write_all(script.as_bytes()).unwrap();
    gz.finish().unwrap();
    path
}

#[test]
fn a_script_is_read_and_written_without_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = gzipped(&dir, SCRIPT);
    let terms = target_of(16);
    let found = read(&path).unwrap();
    assert_eq!(found.roles, ["postgres", "New"]);
    assert_eq!(found.databases, ["Shop"]);
    assert_eq!(found.tablespaces, ["fast"]);
    assert_eq!(found.privileged.iter().collect::<Vec<_>>(), ["postgres"]);
    assert!(judge(&path, &terms).unwrap().refused.is_empty());
    let text = written(&path, &terms);
    for gone in [
        "CREATE ROLE postgres",
        "ALTER ROLE postgres WITH",
        "GRANT postgres TO there",
        "GRANTED BY",
        "TABLESPACE",
        "transaction_timeout",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    for kept in [
        "\\restrict abc",
        "CREATE ROLE \"New\"",
        "GRANT postgres TO \"New\"",
        "IN DATABASE",
        "\\connect \"Shop\"",
        "\\.\n",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}

#[test]
fn trap_3_a_truncated_script_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = gzipped(&dir, SCRIPT);
    let whole = std::fs::read(&path).unwrap();
    for length in [whole.len() / 2, whole.len() - 4] {
        std::fs::write(&path, &whole[..length]).unwrap();
        assert!(read(&path).is_err(), "cut at {length}");
    }
}

#[test]
fn b16_a_script_without_its_end_mark_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    for cut in [SCRIPT.to_owned(), [SCRIPT, &END[..END.len() - 10]].concat()] {
        let error = read(&gzipped_as_it_is(&dir, &cut)).unwrap_err();
        assert!(error.to_string().contains("end mark"), "{error}");
    }
}

/// As `pg_dumpall` of 16 writes it.
const OF_16: &str = "CREATE ROLE a;\nALTER ROLE a WITH NOSUPERUSER INHERIT NOCREATEROLE;\nCREATE ROLE b;\n\
    ALTER ROLE b WITH NOSUPERUSER NOINHERIT;\nALTER ROLE b SET new_parameter TO '1';\n\
    GRANT a TO b WITH INHERIT FALSE GRANTED BY postgres;\nGRANT b TO a WITH ADMIN OPTION, INHERIT TRUE GRANTED BY there;\n\
    \\connect template1\n\n-- Dumped from database version 16.4\n\nSET statement_timeout = 0;\n\
    SELECT pg_catalog.set_config('search_path', '', false);\n\
    -- Database \"Shop\" dump\n\n-- Dumped from database version 16.4\n\nSET statement_timeout = 0;\n\
    CREATE DATABASE \"Shop\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';\n\
    ALTER DATABASE \"Shop\" OWNER TO a;\n\\unrestrict x\n\\connect \"Shop\"\n\\restrict x\n\n\
    SET statement_timeout = 0;\nCREATE TABLE public.t (a integer);\n\\connect postgres\n\n\
    -- Dumped from database version 16.4\n\nSET statement_timeout = 0;\nCREATE TABLE public.old (a integer);\n\
    COPY public.old (a) FROM stdin;\n17\n\\.\n\nSELECT pg_catalog.setval('public.s', 3);\nCREATE DATABASE second;\n\
    \\connect second\n\nSET statement_timeout = 0;\n";

#[test]
fn a_script_is_fitted_to_an_older_target() {
    let dir = tempfile::tempdir().unwrap();
    let path = gzipped(&dir, OF_16);
    let mut terms = target_of(12);
    let judged = judge(&path, &terms).unwrap();
    assert!(judged.refused.is_empty(), "{:?}", judged.refused);
    assert!(
        judged
            .left_out
            .iter()
            .any(|what| what.contains("new_parameter"))
    );
    assert_eq!(judged.left_out.len(), 1);
    let text = written(&path, &terms);
    for gone in [
        "INHERIT TRUE GRANTED",
        "new_parameter",
        "LOCALE_PROVIDER",
        " LOCALE =",
    ] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    for kept in [
        "LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8'",
        "public.old",
        "17\n\\.\n",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    // Once in each of the databases that it makes, behind their \connect.
    let mut parts = text.split("\\connect ");
    let closes = parts
        .by_ref()
        .map(|part| part.matches("REVOKE CREATE ON SCHEMA public").count());
    assert_eq!(closes.collect::<Vec<_>>(), [0, 0, 1, 0, 1], "{text}");
    let same = written(&path, &target_of(16));
    assert!(!same.contains("REVOKE CREATE") && same.contains("LOCALE_PROVIDER"));

    // What is in the target's own database postgres stays alone.
    terms.closed = BTreeMap::from([("postgres", Closed::HoldsSomething)]);
    let judged = judge(&path, &terms).unwrap();
    assert!(judged.left_out.iter().any(|what| what
        == "everything in the database postgres, because the target's database has objects of its own"));
    let text = written(&path, &terms);
    assert!(
        !text.contains("public.old") && !text.contains("17\n") && !text.contains("setval"),
        "{text}"
    );
    assert!(text.contains("CREATE DATABASE second") && text.contains("\\connect postgres"));
}

#[test]
fn trap_9b_a_target_in_use_keeps_what_belongs_to_every_role_and_database() {
    let dir = tempfile::tempdir().unwrap();
    let script = "ALTER ROLE ALL SET work_mem TO '1MB';\nALTER ROLE ALL SET x TO '2';\n\
        ALTER DATABASE \"postgres\" OWNER TO \"New\";\nGRANT CONNECT ON DATABASE \"postgres\" TO there;\n\
        ALTER ROLE there IN DATABASE template1 SET x TO 'y';\nALTER DATABASE shop SET x TO '3';\n";
    let path = gzipped(&dir, script);
    let mut terms = target_of(16);
    assert!(judge(&path, &terms).unwrap().left_out.is_empty());
    terms.in_use = Some(BTreeSet::from(["ALTER ROLE ALL SET x TO '2'".to_owned()]));
    let left_out: Vec<String> = judge(&path, &terms).unwrap().left_out.into_iter().collect();
    let of = |what: &str, sql: &str| {
        format!("the settings of {what}, because the target is in use: {sql}")
    };
    assert_eq!(
        left_out,
        [
            of("every role", "ALTER ROLE ALL SET work_mem TO '1MB'"),
            of(
                "the database postgres",
                "ALTER DATABASE \"postgres\" OWNER TO \"New\""
            ),
            of(
                "the database postgres",
                "GRANT CONNECT ON DATABASE \"postgres\" TO there"
            ),
            of(
                "the database template1",
                "ALTER ROLE there IN DATABASE template1 SET x TO 'y'"
            ),
        ]
    );
    let text = written(&path, &terms);
    assert!(
        text.contains("ALTER DATABASE shop") && !text.contains("ROLE ALL"),
        "{text}"
    );
}

#[test]
fn a_script_with_what_an_older_target_cannot_have_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let script = OF_16
        .replace(
            "GRANT a TO b WITH INHERIT FALSE",
            "GRANT a TO b WITH INHERIT TRUE",
        )
        .replace(
            "(a integer);\n\\connect postgres",
            "(a integer GENERATED ALWAYS AS (1));\n\\connect postgres",
        );
    let path = gzipped(&dir, &script);
    let judged = judge(&path, &target_of(15)).unwrap();
    assert_eq!(judged.refused.len(), 2, "{:?}", judged.refused);
    assert!(judge(&path, &target_of(18)).unwrap().refused.is_empty());
}

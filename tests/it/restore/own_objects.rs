//! What an operator has put on tables of extensions comes back (case B14): from the backup's fourth file, after the contents.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pgbackman_tests::postgres::{Cluster, Version};
use tempfile::TempDir;

use super::state::wipe;
use super::support::RestoreLab;

/// What the script of the extension makes; only the last of it is not certainly the script's own.
const SCRIPT: &str = "\
    CREATE TABLE config (i int PRIMARY KEY, o text);\n\
    CREATE TABLE guarded (i int);\n\
    CREATE INDEX of_the_extension ON config (o);\n\
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';\n\
    CREATE TRIGGER of_the_extension BEFORE INSERT ON config FOR EACH ROW EXECUTE FUNCTION touch();\n\
    ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;\n\
    CREATE POLICY of_the_extension ON guarded USING (i > 0);\n\
    SELECT pg_catalog.pg_extension_config_dump('config', '');\n\
    CREATE TABLE last (i int);\n";

/// Made by the script after its last table.
const END: &str = "CREATE INDEX the_end ON last (i);\n";

/// A view that another version of the extension makes otherwise.
const VIEW: &str = "CREATE VIEW seen AS SELECT i, o FROM config;\n";
const OTHER_VIEW: &str = "CREATE VIEW seen AS SELECT i FROM config;\n";

/// What an operator does, beginning with a migration that makes the extension and an index in one transaction.
const OPERATOR: &str = "\
    CREATE ROLE reader; CREATE ROLE clerk;\n\
    BEGIN; CREATE EXTENSION mine; CREATE INDEX in_one ON config (o) WHERE o > E'it''s \\\\'; COMMIT;\n\
    CREATE TABLE own (o text PRIMARY KEY); INSERT INTO own VALUES ('x'); INSERT INTO config VALUES (1, 'x');\n\
    CREATE UNIQUE INDEX \"Mine; too\" ON config (i, o); COMMENT ON INDEX \"Mine; too\" IS 'it''s mine';\n\
    ALTER TABLE config ADD CONSTRAINT small CHECK (i < 100) NOT VALID, ADD CONSTRAINT fk FOREIGN KEY (o) REFERENCES own;\n\
    CREATE STATISTICS mine_too (dependencies) ON i, o FROM config; ALTER STATISTICS mine_too OWNER TO clerk;\n\
    CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';\n\
    CREATE TRIGGER watch AFTER UPDATE OF o ON config FOR EACH ROW WHEN (old.o <> ';') EXECUTE FUNCTION watch();\n\
    CREATE TRIGGER asleep BEFORE DELETE ON config FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE config DISABLE TRIGGER asleep;\n\
    CREATE RULE two AS ON INSERT TO seen DO INSTEAD (INSERT INTO config VALUES (new.i, new.o); NOTIFY \"a;b\");\n\
    ALTER TABLE config ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;\n\
    CREATE POLICY of_mine ON config AS RESTRICTIVE FOR UPDATE TO reader USING (i > 0) WITH CHECK (o <> '');\n";

/// Everything that can lie on the extension's tables.
const EVERYTHING: &str = "\
    SELECT string_agg(one, E'\\n' ORDER BY one) FROM ( \
        SELECT pg_get_indexdef(indexrelid) || coalesce(obj_description(indexrelid, 'pg_class'), '') AS one, indrelid AS rel FROM pg_index \
        UNION ALL SELECT conname || pg_get_constraintdef(oid), conrelid FROM pg_constraint \
        UNION ALL SELECT pg_get_triggerdef(oid) || tgenabled::text, tgrelid FROM pg_trigger WHERE NOT tgisinternal \
        UNION ALL SELECT pg_get_ruledef(oid), ev_class FROM pg_rewrite \
        UNION ALL SELECT pg_get_statisticsobjdef(oid) || stxowner::regrole::text, stxrelid FROM pg_statistic_ext \
        UNION ALL SELECT polname || polpermissive::text || polcmd::text || (SELECT string_agg(r::regrole::text, ',') FROM unnest(polroles) AS r) \
            || pg_get_expr(polqual, polrelid) || coalesce(pg_get_expr(polwithcheck, polrelid), ''), polrelid FROM pg_policy \
        UNION ALL SELECT relname || relrowsecurity::text || relforcerowsecurity::text, oid FROM pg_class \
    ) AS o JOIN pg_class AS c ON c.oid = o.rel WHERE c.relname IN ('config', 'guarded', 'last', 'seen')";

/// A server whose extension `mine` has this script.
fn server(script: &str) -> (Cluster, TempDir) {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("extension");
    fs::create_dir(&directory).unwrap();
    let control = "default_version = '1.0'\nrelocatable = true\n";
    fs::write(directory.join("mine.control"), control).unwrap();
    fs::write(directory.join("mine--1.0.sql"), script).unwrap();
    for path in [place.path(), &directory] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let cluster = Cluster::options(Version::V18)
        .conf(&format!(
            "extension_control_path = '$system:{}'",
            place.path().display()
        ))
        .start();
    (cluster, place)
}

/// The text of the fourth file, where the only backup has one.
fn after(lab: &RestoreLab<'_>) -> Option<String> {
    let names = lab.lab.dumped();
    let name = names.iter().find(|name| name.ends_with("-AFTER.sql"))?;
    lab.lab.assert_only_complete_backups();
    Some(fs::read_to_string(lab.lab.dump_dir().join(name)).unwrap())
}

#[test]
fn b14_an_operators_own_objects_on_an_extensions_tables_come_back() {
    let script = format!("{SCRIPT}{VIEW}{END}");
    let (from, _place) = server(&script);
    from.psql("postgres", "CREATE DATABASE shop");
    from.psql_script("shop", OPERATOR);
    let expected = from.psql("shop", EVERYTHING);
    assert!(expected.contains("configtruetrue"), "{expected}");
    let (to, _other_place) = server(&script);
    for code in ["FULL", "SCHEMA", "RDS"] {
        let lab = RestoreLab::new(&from, &to);
        let backup = lab.backup("shop", code);
        let text = after(&lab).unwrap();
        // What is certainly the extension's is not in it.
        assert!(
            !text.contains("of_the_extension") && !text.contains("guarded"),
            "{text}"
        );
        assert!(
            text.contains("the_end") && text.contains("in_one"),
            "{text}"
        );
        if code == "RDS" {
            to.psql("postgres", "CREATE ROLE reader");
            to.psql("postgres", "CREATE ROLE clerk");
        }
        let restored = format!("shop_{code}");
        lab.restore(&backup, &restored).succeed();
        assert_eq!(to.psql(&restored, EVERYTHING), expected, "{code}\n{text}");
        for role in ["reader", "clerk"] {
            to.psql(&restored, &format!("DROP OWNED BY {role}"));
            to.psql(&restored, &format!("DROP ROLE {role}"));
        }
    }
    let lab = RestoreLab::new(&from, &to);
    let backup = lab.backup("shop", "FULL");
    to.psql("postgres", "CREATE ROLE other");
    let mut mapped = lab.restore(&backup, "mapped");
    mapped.roles = vec!["clerk".to_owned()];
    mapped.with("--no-owner --map-role reader=other").succeed();
    let expected = expected
        .replace("reader", "other")
        .replace("FROM configclerk", "FROM configpostgres");
    assert_eq!(to.psql("mapped", EVERYTHING), expected);
}

#[test]
fn b14_own_objects_come_back_from_the_script_of_a_whole_node() {
    let script = format!("{SCRIPT}{VIEW}{END}");
    let (from, _place) = server(&script);
    from.psql("postgres", "CREATE DATABASE \"Od'd shop\"");
    from.psql_script("Od'd shop", OPERATOR);
    let expected = from.psql("Od'd shop", EVERYTHING);
    let (to, place) = server(&script);
    let lab = RestoreLab::new(&from, &to);
    let backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "").succeed();
    assert_eq!(to.psql("Od'd shop", EVERYTHING), expected);

    // By hand what the extension has made is said to exist, and nothing else goes wrong.
    wipe(&to);
    let text = {
        let mut text = String::new();
        let file = fs::File::open(&backup.dump_file).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::MultiGzDecoder::new(file), &mut text)
            .unwrap();
        text.replace("CREATE ROLE postgres;", "")
    };
    to.psql_script("postgres", &text);
    assert_eq!(to.psql("Od'd shop", EVERYTHING), expected);

    // Where an object cannot be made the rest is there.
    wipe(&to);
    fs::write(
        place.path().join("extension/mine--1.0.sql"),
        format!("{SCRIPT}{OTHER_VIEW}{END}"),
    )
    .unwrap();
    let output = lab.restore(&backup, "").run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{result:#?}");
    assert!(
        result["message"]
            .contains("database \"Od'd shop\": not created, because the target reports ERROR"),
        "{result:#?}"
    );
    assert!(to.psql("Od'd shop", EVERYTHING).contains("of_mine"));
}

#[test]
fn b14_a_statement_that_fails_is_named_and_the_others_are_run() {
    let (from, _place) = server(&format!("{SCRIPT}{VIEW}{END}"));
    from.psql("postgres", "CREATE DATABASE shop");
    from.psql_script("shop", OPERATOR);
    let (to, _other_place) = server(&format!("{SCRIPT}{OTHER_VIEW}"));
    let lab = RestoreLab::new(&from, &to);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "shop").run();
    let result = lab.last_result();
    assert_eq!(result["status"], "WARNING", "{result:?}");
    let message = &result["message"];
    assert!(
        message.contains("correct the cause and run: CREATE RULE two AS")
            && message.contains("NOTIFY \"a;b\"")
            && message.matches("not created").count() == 1,
        "{message}"
    );
    let expected = from.psql("shop", EVERYTHING);
    let expected: Vec<&str> = expected
        .lines()
        .filter(|line| line.contains("Mine; too") || line.contains("of_mine"))
        .collect();
    let found = to.psql("shop", EVERYTHING);
    assert!(
        expected.len() == 2 && expected.iter().all(|line| found.contains(line)),
        "{found}"
    );
}

#[test]
fn b14_a_backup_without_anything_of_the_kind_has_three_files_and_a_part_of_one_runs_none() {
    let (from, _place) = server(&format!("{SCRIPT}{VIEW}"));
    from.psql("postgres", "CREATE DATABASE plain");
    from.psql("plain", "CREATE EXTENSION mine");
    from.psql("postgres", "CREATE DATABASE shop");
    from.psql_script("shop", OPERATOR);
    let lab = RestoreLab::new(&from, &from);
    let backup = lab.backup("plain", "FULL");
    assert_eq!(after(&lab), None);
    lab.restore(&backup, "again").succeed();
    // The extension is left out by choice, and what lies on its tables with it.
    let lab = RestoreLab::new(&from, &from);
    lab.lab.define_with("shop", "FULL", "-t own").run();
    assert_eq!(
        lab.lab.only_outcome(),
        ("SUCCEEDED".to_owned(), String::new())
    );
    assert_eq!(after(&lab), None);
    let lab = RestoreLab::new(&from, &from);
    let backup = lab.backup("shop", "FULL");
    assert!(after(&lab).is_some());
    let mut part = lab.restore(&backup, "part");
    part.roles = vec!["reader".to_owned(), "clerk".to_owned()];
    part.with("-t own").succeed();
}

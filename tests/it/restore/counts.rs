//! A `pg_restore` that says nothing and leaves something out: only counting shows it.

use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

/// The real one does not do this; a full disk of a proxy, a killed worker or a defect of it might.
#[test]
fn trap_6_what_is_missing_without_an_error_is_counted() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script(
        "shop",
        "CREATE TABLE t AS SELECT n FROM generate_series(1, 10) n; CREATE INDEX i ON t (n); CREATE INDEX j ON t (n);\n\
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';\n\
         CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();",
    );
    let mut lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    target.psql("postgres", "CREATE DATABASE shop");
    target.psql("shop", "CREATE TABLE precious AS SELECT 42 AS n");
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.lab.sandbox);
    tools.script(
        "pg_restore",
        "case \" $* \" in *--list*|*--file*) exec \"$REAL\" \"$@\";; esac\nexec \"$REAL\" --section=pre-data --section=data \"$@\"",
    );
    let output = lab.restore(&backup, "shop").renaming("shop_old").run();
    assert_ne!(output.code, 0, "{}", output.stderr);
    let result = lab.last_result();
    assert_eq!(result["status"], "ERROR", "{result:#?}");
    for word in [
        "reported no error, but the database has less than the archive's list",
        "0 INDEX of 2 (missing: public i postgres, public j postgres)",
        "0 TRIGGER of 1 (missing: public t tr postgres)",
        "\"shop_old\"",
    ] {
        assert!(result["message"].contains(word), "{word}: {result:#?}");
    }
    assert_eq!(
        target.psql("shop_old", "SELECT n FROM precious").trim(),
        "42"
    );
}

/// Views that lean on keys are made without their queries first, and have their queries as rules later in the archive.
const SOURCE: &str = r#"
CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TYPE app.pair AS (a int, b text);
CREATE DOMAIN app.small AS int CHECK (VALUE < 1000);
ALTER DOMAIN app.small ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
CREATE COLLATION app.plain (provider = libc, locale = 'C');
CREATE TABLE t (id int PRIMARY KEY, name text COLLATE app.plain, mood app.mood, CONSTRAINT long CHECK (length(name) > 1));
ALTER TABLE t ADD CONSTRAINT odd CHECK (id <> 13) NOT VALID;
CREATE VIEW v AS SELECT id, name FROM t GROUP BY id;
CREATE FUNCTION of_v() RETURNS SETOF v LANGUAGE sql AS 'SELECT 1, NULL::text WHERE false';
CREATE VIEW looped AS SELECT 1 AS one, 2 AS two;
CREATE FUNCTION of_looped() RETURNS SETOF looped LANGUAGE sql AS 'SELECT 1, 2';
CREATE OR REPLACE VIEW looped AS SELECT one, two FROM of_looped();
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM t GROUP BY id;
CREATE RULE on_v AS ON INSERT TO v DO INSTEAD INSERT INTO t VALUES (NEW.id, NEW.name);
CREATE TABLE u (id int GENERATED ALWAYS AS IDENTITY, t int REFERENCES t, s app.small, n serial, UNIQUE (id));
CREATE INDEX part ON u (t) WHERE t > 5;
CREATE STATISTICS st ON id, t FROM u;
CREATE TABLE p (k int, t int REFERENCES t, PRIMARY KEY (k)) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE INDEX pt ON p (t);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE p1 DISABLE TRIGGER tr;
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON t USING (name = current_user);
CREATE FUNCTION plus(app.pair, int) RETURNS int LANGUAGE sql AS 'SELECT ($1).a + $2';
CREATE OPERATOR app.+ (LEFTARG = app.pair, RIGHTARG = int, FUNCTION = plus);
CREATE FUNCTION to_int(app.pair) RETURNS int LANGUAGE sql AS 'SELECT ($1).a';
CREATE CAST (app.pair AS int) WITH FUNCTION to_int(app.pair);
CREATE PROCEDURE proc(a int) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON sql_drop EXECUTE FUNCTION on_ddl();
CREATE PUBLICATION pub FOR TABLE u;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER far FOREIGN DATA WRAPPER nothing;
CREATE USER MAPPING FOR postgres SERVER far;
CREATE FOREIGN TABLE ft (i int) SERVER far;
CREATE TEXT SEARCH CONFIGURATION app.search (COPY = simple);
CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = simple);
CREATE OPERATOR FAMILY app.family USING btree;
CREATE TABLE "Odd name" ("a b" int DEFAULT 3);
COMMENT ON TABLE t IS 'a table'; COMMENT ON COLUMN t.id IS 'a column'; COMMENT ON SCHEMA app IS 'a schema';
COMMENT ON VIEW v IS 'a view'; COMMENT ON POLICY own ON t IS 'a policy'; COMMENT ON TRIGGER tr ON p IS 'a trigger';
COMMENT ON SCHEMA public IS NULL;
SELECT lo_create(4711); COMMENT ON LARGE OBJECT 4711 IS 'a large object';
"#;

/// Entries that a database does not show: whether they are missing is not found out.
/// That of a partition only disables what the whole tree has.
const UNSEEN: [&str; 15] = [
    "TRIGGER public p1 tr",
    "ENCODING",
    "STDSTRINGS",
    "SEARCHPATH",
    "DATABASE",
    "TABLE DATA",
    "SEQUENCE SET",
    "BLOBS",
    "BLOB METADATA",
    "MATERIALIZED VIEW DATA",
    "ACL",
    "DEFAULT ACL",
    "SCHEMA - public",
    "COMMENT - SCHEMA public",
    "COMMENT - LARGE OBJECT",
];

/// The right verdict of complete restores of everything that a database can have, and of one from which one entry was taken.
fn b1_of(version: Version) {
    let (source, target) = (Cluster::private(version), Cluster::private(version));
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script("shop", SOURCE);
    let mut lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let output = lab.restore(&backup, "shop").run();
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert_eq!(lab.last_result()["status"], "SUCCEEDED");
    let schema = lab.backup("shop", "SCHEMA");
    let output = lab.restore(&schema, "shape").run();
    assert_eq!(output.code, 0, "{}", output.stderr);

    let listing = std::process::Command::new(version.bin_dir().join("pg_restore"))
        .arg("--list")
        .arg(&schema.dump_file)
        .output()
        .unwrap();
    let listing = String::from_utf8(listing.stdout).unwrap();
    let tools = FakeTools::instead_of(version, &mut lab.lab.sandbox);
    let mut names = Vec::new();
    for (at, line) in listing.lines().enumerate() {
        let Some(described) = line
            .splitn(4, ' ')
            .nth(3)
            .filter(|_| !line.starts_with(';'))
        else {
            continue;
        };
        if UNSEEN
            .iter()
            .any(|unseen| described.starts_with(&format!("{unseen} ")))
        {
            continue;
        }
        let kept: Vec<&str> = listing
            .lines()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, line)| line)
            .collect();
        names.push((described, kept.join("\n")));
    }
    assert!(names.len() > 60, "{names:?}");
    let list = lab.lab.sandbox.path().join("entries.list");
    tools.script(
        "pg_restore",
        &format!(
            "case \" $* \" in *--list*|*--file*) exec \"$REAL\" \"$@\";; esac\n\"$REAL\" --use-list={} \"$@\" 2>/dev/null || exit 0",
            list.display()
        ),
    );
    // One of each kind: the rest is of the same kind.
    let mut kinds = std::collections::BTreeSet::new();
    names.retain(|(described, _)| {
        let kind: String = described
            .chars()
            .take_while(|c| c.is_ascii_uppercase() || *c == ' ')
            .collect();
        let is_rule_of_view = described.contains("_RETURN");
        kinds.insert((kind, is_rule_of_view))
    });
    for (at, (described, kept)) in names.iter().enumerate() {
        std::fs::write(&list, kept).unwrap();
        let name = format!("without_{at}");
        lab.restore(&schema, &name).run();
        let result = lab.last_result();
        assert_eq!(
            result["status"], "ERROR",
            "{described} is missing: {result:#?}"
        );
        assert!(
            result["message"].contains("has less than the archive's list"),
            "{described} is missing: {result:#?}"
        );
    }
}

#[test]
fn b1_a_complete_restore_succeeds_and_one_without_any_entry_is_an_error() {
    b1_of(Version::Installed);
}

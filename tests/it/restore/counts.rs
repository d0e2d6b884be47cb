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
        "reported no error, but the database lacks objects of the archive's list",
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

/// Views that lean on keys are made without their queries first, and have their queries as rules later in the archive; a type with
/// functions of its own is made as a shell first. What else a database can have is in `generated`.
const SOURCE: &str = "
CREATE TABLE t (id int PRIMARY KEY, name text);
CREATE VIEW v AS SELECT id, name FROM t GROUP BY id;
CREATE VIEW looped AS SELECT 1 AS one, 2 AS two;
CREATE FUNCTION of_looped() RETURNS SETOF looped LANGUAGE sql AS 'SELECT 1, 2';
CREATE OR REPLACE VIEW looped AS SELECT one, two FROM of_looped();
CREATE MATERIALIZED VIEW mv AS SELECT id, name FROM t GROUP BY id;
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = text);
CREATE TYPE shell;
CREATE TABLE p (k int) PARTITION BY RANGE (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION f();
ALTER TABLE p1 DISABLE TRIGGER tr;
";

#[test]
fn b1_a_complete_restore_succeeds() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script("shop", SOURCE);
    let lab = RestoreLab::new(&source, &target);
    lab.restore(&lab.backup("shop", "FULL"), "shop").succeed();
    lab.restore(&lab.backup("shop", "SCHEMA"), "shape")
        .succeed();
}

/// A client writes it as an empty file where it packs with lz4 or zstd (finding `pg_dump-empty-large-object-is-no-frame.sh`).
#[test]
fn b1_an_empty_large_object_is_no_damage_in_any_compression() {
    let cluster = Cluster::private(Version::V17);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql("shop", "CREATE TABLE t AS SELECT 1 AS n; SELECT lo_create(400001); SELECT lo_from_bytea(400002, 'x')");
    let lab = RestoreLab::new(&cluster, &cluster);
    for compression in ["none", "gzip", "lz4", "zstd"] {
        let job = lab
            .lab
            .define_with("shop", "FULL", &format!("--compress={compression}"));
        assert_eq!(job.run().code, 0, "{}", lab.lab.sandbox.log());
        let backup = lab.catalogued(&format!("def_id = {}", job.id), "shop", "FULL");
        lab.restore(&backup, compression).succeed();
        let sizes = "SELECT string_agg(length(lo_get(oid))::text, ' ' ORDER BY oid) FROM pg_largeobject_metadata";
        assert_eq!(cluster.psql(compression, sizes), "0 1", "{compression}");
    }
}

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
        "0 INDEX of 2",
        "0 TRIGGER of 1",
        "\"shop_old\"",
    ] {
        assert!(result["message"].contains(word), "{word}: {result:#?}");
    }
    assert_eq!(
        target.psql("shop_old", "SELECT n FROM precious").trim(),
        "42"
    );
}

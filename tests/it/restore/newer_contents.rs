//! What a backup of a newer version holds that an older target cannot have: said by its name when the restore is registered, and
//! before anything on the target is changed.

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::run;

use super::support::{Backup, RestoreLab, everything};
use crate::dump::support::DEADLINE;

/// What 18 has and 17 has not: a name of each kind that catalogs tell, and key words.
const OF_18: &str = "\
    CREATE TABLE plain (a int); INSERT INTO plain VALUES (1), (2);\n\
    CREATE TABLE uuids (a uuid DEFAULT uuidv7());\n\
    CREATE TABLE computed (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);\n\
    CREATE TABLE stored (a int) WITH (autovacuum_vacuum_max_threshold = 5);\n\
    CREATE VIEW folded AS SELECT casefold('X') AS a;\n\
    CREATE VIEW aios AS SELECT operation FROM pg_aios;\n\
    CREATE FUNCTION sums() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT array_length(array_reverse('{1}'::int[]), 1); END;";

const NAMED: [&str; 6] = [
    "a column that is computed when it is read (public.computed) (since 18)",
    "a storage parameter of PostgreSQL 18 (public.stored) (since 18)",
    "the function uuidv7 (public.uuids)",
    "the function casefold (public.folded)",
    "the system view pg_aios (public.aios)",
    "the function array_reverse (public.sums)",
];

fn register(lab: &RestoreLab<'_>, backup: &Backup, to: &str, extra: &str) -> String {
    let to = if to.is_empty() { "''" } else { to };
    format!(
        "register_restore_definition '2036-01-01 00:00Z' {} {} {to} '{extra}' '' all",
        backup.id, lab.target_id
    )
}

#[test]
fn v4_what_an_older_target_cannot_have_is_refused_at_registration() {
    let (from, to) = (
        Cluster::private(Version::V18),
        Cluster::private(Version::V17),
    );
    from.psql("postgres", "CREATE DATABASE shop");
    from.psql_script("shop", OF_18);
    let lab = RestoreLab::new(&from, &to);
    let before = everything(&to);
    for code in ["FULL", "SCHEMA", "RDS", "CLUSTER"] {
        let name = if code == "CLUSTER" { "" } else { "shop" };
        let backup = lab.backup(name, code);
        let register = register(&lab, &backup, name, "");
        let dialogue = lab.sandbox().shell(&register).failure();
        let restore = lab.restore(&backup, name);
        let dry = run(
            restore.command(restore.register()).arg("--dry-run"),
            b"",
            DEADLINE,
        )
        .failure();
        restore.run();
        let result = lab.last_result();
        assert_eq!(result["status"], "ERROR", "{code}: {result:?}");
        for named in NAMED {
            for said in [&dialogue, &dry, &result["message"]] {
                assert!(said.contains(named), "{code}: {named}: {said}");
            }
        }
        assert_eq!(everything(&to), before, "{code}");
    }
    // What the target can have of it is restored.
    let backup = lab.backup("shop", "FULL");
    let part = register(&lab, &backup, "shop", "-t plain");
    lab.sandbox().shell(&part).success();
    lab.restore(&backup, "shop").with("-t plain").run();
    assert_eq!(to.psql("shop", "SELECT count(*) FROM plain"), "2");
}

#[test]
fn v8_statistics_that_the_target_cannot_take_are_left_out_and_named() {
    let (from, older) = (
        Cluster::private(Version::V18),
        Cluster::private(Version::V17),
    );
    from.psql("postgres", "CREATE DATABASE shop");
    from.psql_script(
        "shop",
        "CREATE TABLE t AS SELECT n, n % 7 AS m FROM generate_series(1, 500) n; CREATE STATISTICS s ON n, m FROM t; ANALYZE t;",
    );
    let same = Cluster::private(Version::V18);
    let mut lab = RestoreLab::new(&from, &older);
    let dumped = |lab: &RestoreLab<'_>, name: &str, code: &str| {
        let job = lab.lab.define_with(name, code, "--statistics");
        job.run().success();
        lab.catalogued(&format!("def_id = {}", job.id), name, code)
    };
    let database = dumped(&lab, "shop", "FULL");
    let node = dumped(&lab, "", "CLUSTER");
    let said = "the planner statistics of the backup, which PostgreSQL 17 cannot import";
    for (backup, name) in [(&database, "shop"), (&node, "")] {
        let dialogue = lab
            .sandbox()
            .shell(&register(&lab, backup, name, ""))
            .success();
        assert!(dialogue.contains(said), "{dialogue}");
        lab.restore(backup, name).run();
        let result = lab.last_result();
        assert_eq!(result["status"], "WARNING", "{result:?}");
        assert!(result["message"].contains(said), "{result:?}");
        assert!(
            !result["message"].contains("could not be restored"),
            "{result:?}"
        );
        assert_eq!(older.psql("shop", "SELECT count(*) FROM t"), "500");
        older.psql("postgres", "DROP DATABASE shop");
    }
    lab = RestoreLab::of(lab.lab, &same);
    let dialogue = lab
        .sandbox()
        .shell(&register(&lab, &database, "shop", ""))
        .success();
    assert!(!dialogue.contains("statistics"), "{dialogue}");
    lab.restore(&database, "shop").succeed();
    assert_eq!(
        same.psql("shop", "SELECT reltuples FROM pg_class WHERE relname = 't'"),
        "500"
    );
}

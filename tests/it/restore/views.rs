//! Materialized views after a restore of rows alone.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{RestoreLab, content};

const SOURCE: &str = "CREATE TABLE t (n int, day date NOT NULL) PARTITION BY RANGE (day);\n\
    CREATE TABLE \"t of 2026\" PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
    CREATE TABLE other AS SELECT 1 AS n;\n\
    CREATE VIEW between_them AS SELECT sum(n) AS n FROM t;\n\
    CREATE MATERIALIZED VIEW z_first AS SELECT n FROM between_them;\n\
    CREATE MATERIALIZED VIEW \"B; second\" AS SELECT n * 2 AS n FROM z_first;\n\
    CREATE MATERIALIZED VIEW a_third AS SELECT s.n + f.n AS n FROM \"B; second\" s, z_first f;\n\
    CREATE UNIQUE INDEX ON a_third (n);\n\
    CREATE MATERIALIZED VIEW of_other AS SELECT count(*) AS n FROM other;\n\
    CREATE MATERIALIZED VIEW of_nothing AS SELECT 7 AS n;\n";

fn rows(cluster: &Cluster, view: &str) -> String {
    let populated = format!(
        "SELECT relispopulated FROM pg_class WHERE relname = '{}'",
        view.trim_matches('"')
    );
    if cluster.psql("shop", &populated).trim() == "f" {
        return "none".to_owned();
    }
    cluster
        .psql("shop", &format!("SELECT n FROM {view}"))
        .trim()
        .to_owned()
}

#[test]
fn trap_7b_materialized_views_are_computed_anew_in_their_order() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script("shop", SOURCE);
    source.psql_script(
        "shop",
        "INSERT INTO t SELECT n, '2026-05-05' FROM generate_series(1, 4) n;\n\
         REFRESH MATERIALIZED VIEW z_first; REFRESH MATERIALIZED VIEW \"B; second\"; REFRESH MATERIALIZED VIEW a_third;",
    );
    let lab = RestoreLab::new(&source, &target);
    let (schema, data) = (lab.backup("shop", "SCHEMA"), lab.backup("shop", "DATA"));
    let all = [
        "z_first",
        "\"B; second\"",
        "a_third",
        "of_other",
        "of_nothing",
    ];
    lab.restore(&schema, "shop").succeed();
    assert_eq!(all.map(|view| rows(&target, view)), ["none"; 5]);
    // A part: only what is computed from it.
    lab.restore(&data, "shop").with("-t other").succeed();
    assert_eq!(
        all.map(|view| rows(&target, view)),
        ["none", "none", "none", "1", "none"]
    );
    target.psql("shop", "TRUNCATE other");
    lab.restore(&data, "shop").succeed();
    assert_eq!(
        all.map(|view| rows(&target, view)),
        ["10", "20", "30", "1", "7"]
    );
    assert_eq!(content(&target, "shop"), content(&source, "shop"));
    // Rows again: the views follow, and one that cannot is named.
    target.psql(
        "shop",
        "CREATE MATERIALIZED VIEW one_by_zero AS SELECT 1 / count(*) AS n FROM t WITH NO DATA; TRUNCATE t, other; \
         CREATE MATERIALIZED VIEW fails AS SELECT 1 / (sum(n) - 10) AS n FROM t WITH NO DATA",
    );
    let output = lab.restore(&data, "shop").run();
    let result = lab.last_result();
    assert_eq!(
        (output.code, result["status"].as_str()),
        (8, "WARNING"),
        "{result:#?}"
    );
    assert!(
        result["message"].contains("\"public.fails\" has no rows: ")
            && result["message"]
                .contains("run in the database: REFRESH MATERIALIZED VIEW \"public\".\"fails\";")
            && result["message"].contains("division by zero"),
        "{result:#?}"
    );
    assert_eq!(
        all.map(|view| rows(&target, view)),
        ["10", "20", "30", "1", "7"]
    );
    assert_eq!(target.psql("shop", "SELECT count(*) FROM t").trim(), "4");
}

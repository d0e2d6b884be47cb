//! Targets whose administrators have limited how long sessions rest and statements take.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

#[test]
fn a_node_that_ends_sessions_that_rest_ends_none_of_a_restore() {
    let source = Cluster::private(Version::V18);
    source.psql("postgres", "CREATE DATABASE shop CONNECTION LIMIT 7");
    // One worker rests while the other one copies for two seconds, and has an index to make then.
    source.psql_script(
        "shop",
        "CREATE FUNCTION slow() RETURNS boolean LANGUAGE sql AS 'SELECT pg_sleep(2) IS NOT NULL';\n\
         CREATE TABLE t (n integer CHECK (slow())); INSERT INTO t VALUES (1);\n\
         CREATE INDEX one ON t (n); CREATE INDEX other ON t (n DESC); CREATE INDEX third ON t ((n + 1));",
    );
    let target = Cluster::options(Version::V18)
        .conf("idle_session_timeout = '500ms'")
        .conf("idle_in_transaction_session_timeout = '500ms'")
        .conf("transaction_timeout = '1s'")
        .conf("statement_timeout = '1s'")
        .start();
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    for (name, extra) in [("shop", ""), ("shop_by_two", "-j 2")] {
        lab.restore(&backup, name).with(extra).succeed();
    }
    assert_eq!(
        target.psql(
            "postgres",
            "SELECT datconnlimit FROM pg_database WHERE datname = 'shop'"
        ),
        "7"
    );
}

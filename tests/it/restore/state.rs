//! The state of a server before and after a restore.

use pgbackman_tests::postgres::Cluster;

use crate::dump::support::{identifier, literal};
use crate::roundtrip::{dump_of, without_keys};

/// An empty server: no database and no role but its own.
pub(crate) fn wipe(cluster: &Cluster) {
    let list = |sql: &str| -> Vec<String> {
        let said = cluster.psql(
            "postgres",
            &format!("SELECT coalesce(json_agg(name), '[]') FROM ({sql}) AS l (name)"),
        );
        serde_json::from_str(said.trim()).unwrap()
    };
    let databases = list(
        "SELECT datname FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')",
    );
    for name in databases {
        let with = if cluster.version().major() < 13 {
            cluster.psql(
                "postgres",
                &format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}",
                    literal(&name)
                ),
            );
            ""
        } else {
            " WITH (FORCE)"
        };
        cluster.psql(
            "postgres",
            &format!("DROP DATABASE {}{with}", identifier(&name)),
        );
    }
    let roles =
        list("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND rolname <> 'postgres'");
    let roles: Vec<String> = roles.iter().map(|name| identifier(name)).collect();
    if !roles.is_empty() {
        let all = roles.join(", ");
        cluster.psql("postgres", &format!("DROP OWNED BY {all}; DROP ROLE {all}"));
    }
}

/// A database with its settings and privileges, under a name that `pg_dump` does not refuse.
pub(crate) fn described(cluster: &Cluster, dbname: &str, arguments: &[&str]) -> String {
    rename(cluster, dbname, "compared");
    let arguments: Vec<&str> = ["--create"].iter().chain(arguments).copied().collect();
    let said = without_keys(&dump_of(cluster, "compared", &arguments));
    rename(cluster, "compared", dbname);
    said
}

fn rename(cluster: &Cluster, from: &str, to: &str) {
    cluster.psql_script(
        "postgres",
        &format!(
            "ALTER DATABASE {} RENAME TO {};",
            identifier(from),
            identifier(to)
        ),
    );
}

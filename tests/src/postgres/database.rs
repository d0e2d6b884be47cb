//! A database of one test in a server that others use too.

use tokio_postgres::Client;

use super::Cluster;

/// A fresh database, dropped with this value.
#[derive(Debug)]
pub struct TestDatabase<'c> {
    cluster: &'c Cluster,
    name: String,
}

impl Cluster {
    /// Makes an empty database with a name that no other test has.
    pub fn database(&self) -> TestDatabase<'_> {
        // Nobody can be connected to this one, whatever other tests do.
        self.database_from("template0", Self::SUPERUSER)
    }

    /// Makes a database of `owner`'s as a copy of another, to which nobody may be connected.
    pub fn database_from(&self, template: &str, owner: &str) -> TestDatabase<'_> {
        let name = format!("t_{:016x}", rand::random::<u64>());
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let (template, owner) = (quoted(template), quoted(owner));
        self.psql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {owner}"),
        );
        TestDatabase {
            cluster: self,
            name,
        }
    }
}

impl TestDatabase<'_> {
    /// Its name: lower-case letters, digits and `_`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its server.
    pub fn cluster(&self) -> &Cluster {
        self.cluster
    }

    /// A connection to it as the superuser.
    pub async fn connect(&self) -> Client {
        self.cluster.connect(&self.name).await
    }

    /// Runs SQL in it: [`Cluster::psql`].
    pub fn psql(&self, sql: &str) -> String {
        self.cluster.psql(&self.name, sql)
    }
}

impl Drop for TestDatabase<'_> {
    fn drop(&mut self) {
        // The server may be stopped by now.
        let _ = self.cluster.ask(
            "postgres",
            &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
    }
}

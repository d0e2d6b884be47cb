//! Definitions whose databases are gone, on a real node (trap 12a).

use std::collections::BTreeMap;

use chrono::{TimeDelta, Utc};
use pgbackman_tests::postgres::{Cluster, StopMode, Version};

use super::support::Site;

/// A server with a node that answers.
struct Scene<'c> {
    site: Site<'static>,
    node: &'c Cluster,
    id: i64,
}

impl<'c> Scene<'c> {
    fn new(node: &'c Cluster, databases: &[&str]) -> Self {
        let site = Site::new();
        let host = node.socket_dir().display().to_string();
        let id = site.number(&format!(
            "SELECT register_pgsql_node('{host}', '', {}, 'postgres', 'RUNNING', '')",
            node.port()
        ));
        for directory in ["", "dump", "log"] {
            site.directory(&site.partition(id).join(directory));
        }
        for database in databases {
            node.psql("postgres", &format!("CREATE DATABASE \"{database}\""));
            site.define_on(id, database);
        }
        let scene = Self { site, node, id };
        // The first pass learns which cluster this is, and the OIDs.
        scene.pass(1);
        scene
    }

    fn pass(&self, times: u32) {
        for _ in 0..times {
            self.site.pass(Utc::now());
        }
    }

    fn drop(&self, database: &str) {
        self.node
            .psql("postgres", &format!("DROP DATABASE \"{database}\""));
    }

    fn statuses(&self) -> BTreeMap<String, String> {
        let rows = self
            .site
            .sql("SELECT dbname || '=' || job_status FROM backup_definition ORDER BY def_id");
        rows.lines()
            .map(|row| row.rsplit_once('=').unwrap())
            .map(|(name, status)| (name.to_owned(), status.to_owned()))
            .collect()
    }

    fn questions(&self) -> String {
        self.site
            .sql("SELECT string_agg(kind, ',' ORDER BY kind) FROM pgsql_node_question")
    }
}

#[test]
fn trap_12a_a_dropped_database_is_deleted_after_three_passes_and_comes_back_within_its_quarantine()
{
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop", "crm", "hr"]);
    scene.drop("shop");
    scene.pass(2);
    assert_eq!(scene.statuses()["shop"], "ACTIVE");
    // There again between two passes: the count begins anew.
    node.psql("postgres", "CREATE DATABASE shop");
    scene.pass(1);
    scene.drop("shop");
    scene.pass(2);
    assert_eq!(scene.statuses()["shop"], "ACTIVE");
    scene.pass(1);
    assert_eq!(scene.statuses()["shop"], "DELETED");
    assert!(
        scene
            .site
            .sandbox
            .log()
            .contains("is DELETED, and its backups are kept")
    );

    node.psql("postgres", "CREATE DATABASE shop");
    scene.pass(1);
    assert_eq!(scene.statuses()["shop"], "ACTIVE");
    assert!(scene.site.sandbox.log().contains("is ACTIVE again"));
}

#[test]
fn trap_12a_the_quarantine_ends_only_while_the_node_says_that_the_database_is_gone() {
    let node = Cluster::private(Version::Installed);
    let mut scene = Scene::new(&node, &["shop", "crm", "hr"]);
    scene.site.node = scene.id;
    let definition = scene
        .site
        .number("SELECT def_id FROM backup_definition WHERE dbname = 'shop'");
    let backup = scene.site.backup(definition, Utc::now());
    scene.drop("shop");
    scene.pass(3);
    assert_eq!(scene.statuses()["shop"], "DELETED");
    let (early, late) = (
        Utc::now() + TimeDelta::days(13),
        Utc::now() + TimeDelta::days(15),
    );
    scene.site.pass(early).success();
    scene.site.assert_left(&[backup]);

    // The node is away when the quarantine ends.
    scene.site.sql(&format!(
        "UPDATE pgsql_node SET pgport = 1 WHERE node_id = {}",
        scene.id
    ));
    let said = scene.site.pass(late);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("this pass could not confirm"),
        "{}",
        said.stderr
    );
    scene.site.assert_left(&[backup]);

    // A kept backup keeps its definition.
    scene.site.sql(&format!(
        "UPDATE pgsql_node SET pgport = {} WHERE node_id = {}",
        node.port(),
        scene.id
    ));
    scene
        .site
        .sql(&format!("SELECT keep_backup({backup}, 'infinity', '')"));
    assert_eq!(scene.site.pass(late).code, 1);
    scene.site.assert_left(&[backup]);

    scene.site.sql(&format!("SELECT release_backup({backup})"));
    let dry = scene.site.dry_run(late).success();
    assert!(
        dry.contains(&format!(
            "would delete definition {definition} with its backups"
        )),
        "{dry}"
    );
    scene.site.pass(late).success();
    scene.site.assert_left(&[]);
    assert_eq!(scene.statuses().len(), 2);
}

#[test]
fn trap_12a_postgres_clusters_and_renamed_databases_are_never_deleted() {
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop", "crm", "hr", "old"]);
    scene.site.define_on(scene.id, "postgres");
    scene.site.sql(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) \
         VALUES ({}, {}, '', 'CLUSTER', 'ACTIVE')",
        scene.site.server, scene.id
    ));
    node.psql("postgres", "ALTER DATABASE old RENAME TO new");
    // What 1.2 did to the definition of `postgres`, and of a cluster.
    scene.site.sql(
        "UPDATE backup_definition SET job_status = 'DELETED' WHERE dbname IN ('postgres', '')",
    );
    scene.pass(4);
    let statuses = scene.statuses();
    assert_eq!(statuses["postgres"], "ACTIVE");
    assert_eq!(statuses["old"], "ACTIVE");
    assert!(
        scene
            .site
            .sandbox
            .log()
            .contains("now has the name \"new\"")
    );
    // The one on a cluster is not touched, whatever the time is.
    let said = scene.site.pass(Utc::now() + TimeDelta::days(1000));
    assert!(
        said.stderr.contains("although its quarantine has ended"),
        "{}",
        said.stderr
    );
    assert_eq!(scene.statuses().len(), 6);
}

#[test]
fn trap_12a_most_databases_missing_at_once_is_a_question() {
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop", "crm", "hr"]);
    scene.drop("shop");
    scene.drop("crm");
    scene.pass(5);
    assert!(scene.statuses().values().all(|status| status == "ACTIVE"));
    assert_eq!(scene.questions(), "most_missing");
    let alerts = "SELECT count(*) FROM alerts WHERE alert_type = 'PgSQL-node'";
    assert_eq!(scene.site.number(alerts), 1);
    scene
        .site
        .sandbox
        .shell(&format!("accept_pgsql_node {}", scene.id))
        .success();
    scene.pass(3);
    let statuses = scene.statuses();
    assert_eq!(
        (
            statuses["shop"].as_str(),
            statuses["crm"].as_str(),
            statuses["hr"].as_str()
        ),
        ("DELETED", "DELETED", "ACTIVE")
    );
    // Answered, and withdrawn: the next time it is asked again.
    scene.pass(1);
    assert_eq!(scene.questions(), "");
}

#[test]
fn trap_12a_another_cluster_under_the_name_is_a_question() {
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop", "crm", "hr"]);
    let other = Cluster::private(Version::Installed);
    let point_to = |cluster: &Cluster| {
        scene.site.sql(&format!(
            "UPDATE pgsql_node SET hostname = '{}', pgport = {} WHERE node_id = {}",
            cluster.socket_dir().display(),
            cluster.port(),
            scene.id
        ));
    };
    for name in ["shop", "crm"] {
        other.psql("postgres", &format!("CREATE DATABASE {name}"));
    }
    point_to(&other);
    scene.pass(5);
    assert!(scene.statuses().values().all(|status| status == "ACTIVE"));
    assert_eq!(scene.questions(), "another_cluster");
    // Back where it was: the question answers itself.
    point_to(&node);
    scene.pass(1);
    assert_eq!(scene.questions(), "");
    // And where an operator says that the new one is right, it is judged.
    point_to(&other);
    scene.pass(1);
    scene
        .site
        .sandbox
        .shell(&format!("accept_pgsql_node {}", scene.id))
        .success();
    scene.pass(4);
    assert_eq!(scene.statuses()["hr"], "DELETED");
    assert_eq!(scene.statuses()["shop"], "ACTIVE");
}

#[test]
fn trap_12a_a_node_that_does_not_answer_decides_nothing() {
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop", "crm", "hr"]);
    node.stop(StopMode::Immediate);
    for _ in 0..4 {
        assert_eq!(scene.site.pass(Utc::now()).code, 1);
    }
    assert!(scene.statuses().values().all(|status| status == "ACTIVE"));
    let log = scene.site.sandbox.log();
    assert!(log.contains("databases could not be listed"), "{log}");
}

#[test]
fn what_nodes_have_is_noted_also_of_a_node_that_nobody_backs_up() {
    let node = Cluster::private(Version::Installed);
    let scene = Scene::new(&node, &["shop"]);
    node.psql("postgres", "CREATE DATABASE forgotten");
    node.psql("postgres", "CREATE DATABASE pattern IS_TEMPLATE true");
    let undefined = || {
        scene.site.sql(
            "SELECT string_agg(dbname, ',' ORDER BY dbname COLLATE \"C\") FROM databases_without_definition",
        )
    };
    assert_eq!(undefined(), "postgres");
    scene.pass(1);
    assert_eq!(undefined(), "forgotten,postgres");
    scene.site.sql("DELETE FROM backup_definition");
    node.psql("postgres", "DROP DATABASE forgotten");
    scene.pass(1);
    assert_eq!(undefined(), "postgres,shop");
    // That it does not answer is nobody's failure.
    scene.site.sql("UPDATE pgsql_node SET pgport = 1");
    scene.site.pass(Utc::now()).success();
    assert_eq!(undefined(), "postgres,shop");
}

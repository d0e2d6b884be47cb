//! Settings of databases: the file makes the database again.

use pgbackman_core::node::settings;
use pgbackman_tests::postgres::{Cluster, Version};

/// Reads a database's settings, moves the database out of the way, runs the file, and compares the two.
async fn comes_back(cluster: &Cluster, dbname: &str) {
    let client = cluster.connect(dbname).await;
    let release = super::release(&client).await;
    let file = settings::read(&client, release).await.unwrap().to_sql();
    drop(client);
    cluster.psql(
        "postgres",
        &format!("ALTER DATABASE \"{dbname}\" RENAME TO before"),
    );
    super::run_file(cluster, &file).unwrap();
    let attributes = |name: &str| {
        cluster.psql(
            "postgres",
            &format!(
                "SELECT to_jsonb(d) - '{{oid,datname,datfrozenxid,datminmxid,datlastsysoid,datcollversion}}'::text[], \
                 shobj_description(d.oid, 'pg_database'), \
                 (SELECT jsonb_agg(jsonb_build_array(setrole::regrole, setconfig) ORDER BY setrole) \
                  FROM pg_db_role_setting WHERE setdatabase = d.oid) \
                 FROM pg_database d WHERE datname = '{name}'"
            ),
        )
    };
    assert_eq!(attributes(dbname), attributes("before"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_9a_tablespace_template_flag_limit_and_settings_come_back() {
    let cluster = Cluster::options(Version::V16)
        .conf("allow_in_place_tablespaces = on")
        .start();
    cluster.psql_script(
        "postgres",
        "CREATE ROLE \"Own er\"; CREATE ROLE al; CREATE TABLESPACE \"Fast Disk\" LOCATION '';
         CREATE DATABASE \"Orders\" OWNER \"Own er\" TABLESPACE \"Fast Disk\" CONNECTION LIMIT 3 IS_TEMPLATE true;
         ALTER DATABASE \"Orders\" SET search_path TO \"$user\", \"A b\";
         ALTER ROLE al IN DATABASE \"Orders\" SET work_mem TO '2MB';
         COMMENT ON DATABASE \"Orders\" IS 'it''s';
         REVOKE ALL ON DATABASE \"Orders\" FROM PUBLIC; GRANT CONNECT ON DATABASE \"Orders\" TO al WITH GRANT OPTION;",
    );
    comes_back(&cluster, "Orders").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_locale_of_its_own_comes_back() {
    let icu = Cluster::private(Version::Installed);
    icu.psql(
        "postgres",
        "CREATE DATABASE d TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' ENCODING 'UTF8'",
    );
    comes_back(&icu, "d").await;
    let builtin = Cluster::private(Version::V18);
    builtin.psql(
        "postgres",
        "CREATE DATABASE d TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_CTYPE 'C' ENCODING 'UTF8'",
    );
    comes_back(&builtin, "d").await;
}

#[tokio::test]
async fn a_database_every_cluster_has_is_completed_and_another_is_never_overwritten() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "COMMENT ON DATABASE postgres IS 'mine'");
    cluster.psql("postgres", "CREATE DATABASE d");
    let target = Cluster::private(Version::Installed);
    target.psql("postgres", "CREATE DATABASE d");
    let file = async |dbname: &str| {
        let client = cluster.connect(dbname).await;
        let release = super::release(&client).await;
        settings::read(&client, release).await.unwrap().to_sql()
    };
    super::run_file(&target, &file("postgres").await).unwrap();
    let comment =
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'postgres'";
    assert_eq!(target.psql("postgres", comment), "mine");
    let said = super::run_file(&target, &file("d").await).unwrap_err();
    assert!(said.contains("already exists"), "{said}");
}

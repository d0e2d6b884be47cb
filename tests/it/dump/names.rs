//! Hostile names (traps 14, 15, 15a), and what the settings file must not lose (trap 9a).

use std::fs;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{Lab, identifier, literal};

/// Names that have broken other tools.
const NAMES: [&str; 16] = [
    "Orders",
    "a b",
    "it's",
    "say \"x\"",
    r"back\slash",
    "$(touch /tmp/pgbackman-was-here)",
    "c;id>/tmp/pgbackman-was-here;#",
    "50%",
    "%41",
    "-leading",
    "--help",
    "two\nlines",
    "a=b host=evil",
    "../../up",
    ".hidden",
    "ünïcödé-ünïcödé-ünïcödé-ünïcödé-ünïcödé",
];

#[test]
fn trap_15_databases_of_any_name_are_backed_up_and_nothing_runs() {
    let cluster = Cluster::private(Version::Installed);
    let lab = Lab::new(&cluster);
    let marker = std::path::Path::new("/tmp/pgbackman-was-here");
    assert!(!marker.exists());
    for (number, name) in NAMES.into_iter().enumerate() {
        assert!(name.len() <= 63, "{name}");
        cluster.psql("postgres", &format!("CREATE DATABASE {}", identifier(name)));
        cluster.psql(
            "postgres",
            &format!(
                "CREATE ROLE {}; ALTER DATABASE {} OWNER TO {}",
                identifier(name),
                identifier(name),
                identifier(name)
            ),
        );
        lab.define(name, "FULL").succeed();
        let manifests = lab.assert_only_complete_backups();
        assert_eq!(manifests.len(), number + 1, "{name}");
        assert!(
            manifests
                .iter()
                .any(|manifest| manifest.backup.dbname == name),
            "{name:?} is in no manifest"
        );
    }
    assert!(!marker.exists(), "a name was run as a command");
    let here = lab.sandbox.catalogue().psql(&format!(
        "SELECT count(*) FROM backup_catalog WHERE execution_status = 'SUCCEEDED' AND dbname IN ({})",
        NAMES.map(literal).join(", ")
    ));
    assert_eq!(here.trim(), NAMES.len().to_string());
    assert_eq!(super::support::names_in(&lab.partition()), ["dump", "log"]);
}

#[test]
fn trap_15_a_name_that_no_line_can_carry_comes_percent_encoded() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    let bytes = database.name().bytes().map(|byte| format!("%{byte:02X}"));
    let encoded = bytes.collect::<Vec<_>>().concat();
    let args: Vec<String> = job
        .args()
        .into_iter()
        .map(|arg| {
            if arg.starts_with("--dbname=") {
                format!("--dbname-encoded={encoded}")
            } else {
                arg
            }
        })
        .collect();
    assert_eq!(
        lab.sandbox.run_job("pgbackman_dump", &args).code,
        0,
        "{}",
        lab.sandbox.log()
    );
    assert_eq!(lab.catalogued("dbname"), [database.name()]);
}

#[test]
fn trap_15a_extra_parameters_keep_their_case() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database
        .psql("CREATE TABLE log (n int); CREATE TABLE \"Log\" (n int); CREATE TABLE other (n int)");
    let lab = Lab::new(cluster);
    lab.define_with(database.name(), "FULL", "-T log").succeed();
    let archive = lab
        .dumped()
        .into_iter()
        .find(|name| name.ends_with("-DATABASE.sql"))
        .unwrap();
    let listing = cluster
        .command("pg_restore")
        .arg("--list")
        .arg(lab.dump_dir().join(archive))
        .output()
        .unwrap();
    let listing = String::from_utf8(listing.stdout).unwrap();
    assert!(
        !listing.contains(" log ") && listing.contains(" Log ") && listing.contains(" other "),
        "{listing}"
    );
}

#[test]
fn trap_9a_owner_connection_limit_and_settings_are_in_the_files() {
    for version in Version::ALL {
        let cluster = Cluster::private(version);
        cluster.psql(
            "postgres",
            "CREATE ROLE \"The Owner\"; CREATE ROLE reader LOGIN",
        );
        cluster.psql(
            "postgres",
            "CREATE DATABASE \"odd-db\" OWNER \"The Owner\" CONNECTION LIMIT 7",
        );
        cluster.psql(
            "postgres",
            "ALTER DATABASE \"odd-db\" SET work_mem = '7MB'; ALTER ROLE reader IN DATABASE \"odd-db\" SET work_mem = '9MB'; \
             GRANT CONNECT ON DATABASE \"odd-db\" TO reader; COMMENT ON DATABASE \"odd-db\" IS 'it''s odd'",
        );
        let lab = Lab::new(&cluster);
        lab.define("odd-db", "FULL").succeed();
        let read = |suffix: &str| {
            let name = lab
                .dumped()
                .into_iter()
                .find(|name| name.ends_with(suffix))
                .unwrap();
            fs::read_to_string(lab.dump_dir().join(name)).unwrap()
        };
        let (settings, roles) = (read("-DBCONFIG.sql"), read("-USERS.sql"));
        for word in [
            "\"odd-db\"",
            "\"The Owner\"",
            "CONNECTION LIMIT",
            "7MB",
            "it''s odd",
        ] {
            assert!(
                settings.contains(word),
                "{version}: {word} is not in {settings}"
            );
        }
        let both = format!("{settings}{roles}");
        assert!(
            both.contains("9MB") && roles.contains("The Owner") && roles.contains("reader"),
            "{version}: {both}"
        );
        assert!(lab.catalogued("role_list")[0].contains("The Owner"));
    }
}

//! What a target lacks is refused before anything is changed, and named: an extension, a tablespace, a role that may not be made.

use std::fs;

use pgbackman_tests::base::{Account, TempRoot};
use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

#[test]
fn an_extension_that_the_target_has_not_is_refused_and_named() {
    // One that the distribution's server has, and the plain one has not.
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::V18),
    );
    let lacking = "citext";
    let there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'";
    let counts = [&source, &target].map(|cluster| cluster.psql("postgres", there));
    assert_eq!(counts, ["1", "0"]);
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE EXTENSION citext; CREATE TABLE t (n int)");
    let lab = RestoreLab::new(&source, &target);
    let mut backup = lab.backup("shop", "FULL");
    let words = [
        &*format!("The extension {lacking} ("),
        "is not available on target PgSQL node",
        &format!("Install the package that contains {lacking}"),
        "the target was not changed",
    ];
    lab.restore(&backup, "shop").refused(&words);
    // A part that does without it is restored.
    let part = lab.restore(&backup, "shop").with("--schema=public").run();
    assert_eq!(part.code, 0, "{}", part.stderr);
    target.psql("postgres", "DROP DATABASE shop");
    // Without a manifest the archive itself says it, but not which version.
    fs::remove_file(backup.manifest_file.take().unwrap()).unwrap();
    backup.checksum = None;
    lab.restore(&backup, "shop")
        .refused(&[&format!("The extension {lacking} is not available")]);
}

#[test]
fn a_tablespace_that_the_target_has_not_is_refused_and_named() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let root = TempRoot::new("ts");
    for (name, of) in [("fast", "TABLE"), ("big disk", "DATABASE")] {
        let path = root.path().join(of);
        fs::create_dir(&path).unwrap();
        Account::unprivileged().own(&path);
        source.psql(
            "postgres",
            &format!("CREATE TABLESPACE \"{name}\" LOCATION '{}'", path.display()),
        );
    }
    source.psql("postgres", "CREATE DATABASE shop TABLESPACE \"big disk\"");
    source.psql("shop", "CREATE TABLE t (n int) TABLESPACE fast");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "shop").refused(&[
        "Tablespaces that do not exist on target PgSQL node: ",
        "big disk",
        "fast",
        "--no-tablespaces",
    ]);
    lab.restore(&backup, "shop")
        .with("--no-tablespaces")
        .succeed();
}

#[test]
fn a_role_that_may_not_be_made_is_refused_unless_nothing_is_owned() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        "CREATE ROLE shopkeeper; CREATE DATABASE shop OWNER shopkeeper;",
    );
    target.psql("postgres", "CREATE ROLE limited LOGIN CREATEDB");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    let mut restore = lab.restore(&backup, "shop");
    "limited".clone_into(&mut restore.user);
    restore.refused(&[
        "The role limited may not create roles, but shopkeeper must be created.",
        "Give the role limited CREATEROLE.",
    ]);
    restore = restore.with("--no-owner --no-privileges");
    let output = restore.run();
    let result = lab.last_result();
    assert!(
        result["roles"] == "{}" && !result["message"].contains("shopkeeper"),
        "{result:?}\n{}",
        output.stderr
    );
    assert_eq!(
        target
            .psql(
                "postgres",
                "SELECT count(*) FROM pg_roles WHERE rolname = 'shopkeeper'"
            )
            .trim(),
        "0"
    );
}

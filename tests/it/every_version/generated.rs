//! A generated database (`crate::generated`) on every target: a restore brings what plain `pg_restore` brings of the same archive, and
//! is an ERROR only where that fails, too.

use pgbackman_tests::postgres::{Cluster, Version};

use super::cells::note;
use super::likeness::database;
use crate::generated::{self, Subject};
use crate::restore::state::wipe;
use crate::restore::support::Backup;

/// Another database for every source.
const SEEDS: u64 = 400;

#[test]
fn generated_from_12() {
    from(12);
}

#[test]
fn generated_from_13() {
    from(13);
}

#[test]
fn generated_from_14() {
    from(14);
}

#[test]
fn generated_from_15() {
    from(15);
}

#[test]
fn generated_from_16() {
    from(16);
}

#[test]
fn generated_from_17() {
    from(17);
}

#[test]
fn generated_from_18() {
    from(18);
}

#[test]
fn generated_from_19() {
    from(19);
}

/// Takes a generated database of this version to every target.
fn from(source: u32) {
    let node = Cluster::private(Version::Server(source));
    let targets = super::targets();
    node.psql_script("postgres", generated::NODE);
    let seed = SEEDS + u64::from(source);
    let mut lab = super::lab(&node);
    let (backup, name) = {
        let subject = Subject::build(&lab, seed, generated::SMALL);
        (subject.backup.clone(), subject.name.clone())
    };
    for target in &targets {
        lab = lab.onto(target);
        wipe(target);
        target.psql_script("postgres", generated::NODE);
        let plain = plainly(&backup, source, target, seed);
        let output = lab.restore(&backup, &name).run();
        let result = lab.last_result();
        let what = format!(
            "seed {seed} of {source} onto {}: {result:#?}\n{}",
            target.version().major(),
            output.stderr
        );
        match plain {
            Some(plain) => {
                assert_ne!(result["status"], "ERROR", "{what}");
                crate::roundtrip::assert_same_of(&what, &database(target, &name, &[]), &plain);
            }
            None => assert_eq!(result["status"], "ERROR", "{what}"),
        }
        note(
            source,
            target.version().major(),
            "generated",
            &result["status"],
        );
        for one in [&*name, "plain"] {
            if lab.databases().iter().any(|there| there == one) {
                generated::drop_database(target, one);
            }
        }
    }
}

/// What `pg_restore` alone makes of it; `None` where it fails in more than what is computed from rows.
fn plainly(backup: &Backup, source: u32, target: &Cluster, seed: u64) -> Option<String> {
    let encoding = generated::encoding(seed);
    target.psql(
        "postgres",
        &format!("CREATE DATABASE plain TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"),
    );
    if source >= 15 && target.version().major() < 15 {
        // As a restore of ours closes the schema public, which the server opens to everybody.
        target.psql("plain", "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    }
    let clients = Version::newest_clients();
    let said = target
        .command_of(clients, "pg_restore")
        .args(["--dbname", "plain"])
        .arg(&backup.dump_file)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let is_harmless = |line: &str| {
        line.contains("transaction_timeout") || line.contains("schema \"public\" already exists")
    };
    let mut errors = said.lines().filter(|line| line.contains(": error: "));
    let fails = said.lines().any(|line| {
        line.starts_with("Command was: ")
            && !line.starts_with("Command was: REFRESH MATERIALIZED VIEW ")
            && !line.starts_with("Command was: SET transaction_timeout")
            && !line.starts_with("Command was: CREATE SCHEMA public")
    });
    if fails && !errors.all(is_harmless) {
        println!("{said}");
        return None;
    }
    Some(database(target, "plain", &[]))
}

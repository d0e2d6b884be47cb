//! Which client restores a backup: it has to read the archive and to serve the target (traps 7, 8).

use thiserror::Error;

use crate::domain::pg_version::{PgMajor, PgRelease};

/// The oldest target that is served (`docs/spec/shell.md`: "nodes from 9.2").
pub const OLDEST_TARGET: PgMajor = PgMajor::old(9, 2);

/// What clients set at the beginning of a restore, with the server's and client's major that it came with. A server that
/// does not know one refuses it: `pg_restore` continues and exits with 1. `default_table_access_method` is set before
/// the tables (PostgreSQL: `_doSetFixedOutputState` and `_selectTableAccessMethod` in `pg_backup_archiver.c`).
const SETTINGS: &[(PgMajor, &str)] = &[
    (PgMajor::old(9, 3), "lock_timeout"),
    (PgMajor::old(9, 5), "row_security"),
    (PgMajor::old(9, 6), "idle_in_transaction_session_timeout"),
    (PgMajor::new(12), "default_table_access_method"),
    (PgMajor::new(17), "transaction_timeout"),
];

/// The client to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its release: one of the installed ones.
    pub client: PgRelease,
    /// Settings that will be sent and that the target does not know. They change nothing of what is restored: known,
    /// harmless errors.
    pub refused_settings: Vec<&'static str>,
}

/// No installed client can do it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoClient {
    /// The target is older than what is served at all.
    #[error("PostgreSQL {target} is too old as a target: {OLDEST_TARGET} or newer is required")]
    TargetTooOld {
        /// The target's version.
        target: PgMajor,
    },
    /// No client reads the archive.
    #[error("the archive was written by pg_dump {made_by}, which requires pg_restore {} or newer; {}; install the \
             client tools, or set {} with update_backup_server_config", .made_by.major(), found(.installed),
             .made_by.major().bindir_parameter())]
    CannotRead {
        /// Who made the archive.
        made_by: PgRelease,
        /// What is installed.
        installed: Vec<PgRelease>,
    },
    /// No `psql` understands the script.
    #[error("the script was written by {made_by}, which uses \\restrict, but no installed psql supports it; {}; \
             install newer client tools", found(.installed))]
    CannotRestrict {
        /// Who made the script.
        made_by: PgRelease,
        /// What is installed.
        installed: Vec<PgRelease>,
    },
    /// There is no client at all.
    #[error("found no client tools of PostgreSQL; install version {needed} or newer, or set {} with \
             update_backup_server_config", .needed.bindir_parameter())]
    NothingInstalled {
        /// What would do.
        needed: PgMajor,
    },
}

fn found(installed: &[PgRelease]) -> String {
    let releases: Vec<String> = installed.iter().map(ToString::to_string).collect();
    format!("found: {}", releases.join(", "))
}

/// The `pg_restore` for an archive made by `made_by` and a server of version `target`: one that reads the archive (its own
/// major or a newer one: PostgreSQL manual, `pg_dump`, "Notes"), best one that sends the target nothing it does not know,
/// then the target's own major, then the nearest newer one.
pub fn for_archive(
    made_by: PgRelease,
    target: PgMajor,
    installed: &[PgRelease],
) -> Result<Choice, NoClient> {
    check_target(target)?;
    if installed.is_empty() {
        let needed = made_by.major().max(target);
        return Err(NoClient::NothingInstalled { needed });
    }
    let readers = installed
        .iter()
        .copied()
        .filter(|client| client.major() >= made_by.major());
    readers
        .min_by_key(|client| {
            let refused = refused_settings(client.major(), target).len();
            (refused, preference(*client, target))
        })
        .map(|client| Choice {
            client,
            refused_settings: refused_settings(client.major(), target),
        })
        .ok_or_else(|| NoClient::CannotRead {
            made_by,
            installed: installed.to_vec(),
        })
}

/// The `psql` for a plain script made by `made_by` (`pg_dumpall`): one that knows `\restrict` where the script has it, best
/// of the target's major, then the nearest newer one. What the script sets was decided when it was written.
pub fn for_script(
    made_by: PgRelease,
    target: PgMajor,
    installed: &[PgRelease],
) -> Result<Choice, NoClient> {
    check_target(target)?;
    if installed.is_empty() {
        return Err(NoClient::NothingInstalled { needed: target });
    }
    installed
        .iter()
        .copied()
        .filter(|client| !made_by.has_restrict_key() || client.has_restrict_key())
        .min_by_key(|client| preference(*client, target))
        .map(|client| Choice {
            client,
            refused_settings: refused_settings(made_by.major(), target),
        })
        .ok_or_else(|| NoClient::CannotRestrict {
            made_by,
            installed: installed.to_vec(),
        })
}

/// The settings that a client of one version sends and a server of another does not know.
pub fn refused_settings(client: PgMajor, target: PgMajor) -> Vec<&'static str> {
    SETTINGS
        .iter()
        .filter(|(since, _)| client >= *since && target < *since)
        .map(|(_, name)| *name)
        .collect()
}

fn check_target(target: PgMajor) -> Result<(), NoClient> {
    if target < OLDEST_TARGET {
        return Err(NoClient::TargetTooOld { target });
    }
    Ok(())
}

/// Smaller is better: the target's major, newer ones from the nearest on, older ones from the nearest on; of one major the
/// newest minor.
fn preference(client: PgRelease, target: PgMajor) -> (bool, i32) {
    let number = client.version_num();
    let of_target = PgRelease::new(target, 0).version_num();
    if client.major() >= target {
        (false, newer_distance(client, of_target))
    } else {
        (true, -number)
    }
}

/// Majors from the nearest on, within one the newest minor first.
fn newer_distance(client: PgRelease, of_target: i32) -> i32 {
    let major = PgRelease::new(client.major(), 0).version_num();
    (major - of_target) - i32::from(client.minor())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn releases(texts: &[&str]) -> Vec<PgRelease> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn archive(made_by: &str, target: &str, installed: &[&str]) -> Result<(String, usize), String> {
        for_archive(
            made_by.parse().unwrap(),
            target.parse().unwrap(),
            &releases(installed),
        )
        .map(|choice| (choice.client.to_string(), choice.refused_settings.len()))
        .map_err(|error| error.to_string())
    }

    #[test]
    fn trap_7_the_client_is_chosen_by_archive_and_target() {
        const ALL: &[&str] = &["15.18", "16.9", "18.1"];
        let chosen = |client: &str, refused| Ok((client.to_owned(), refused));
        assert_eq!(archive("15.18", "15", ALL), chosen("15.18", 0));
        assert_eq!(archive("15.18", "16", ALL), chosen("16.9", 0));
        assert_eq!(archive("15.18", "18", ALL), chosen("18.1", 0));
        assert_eq!(archive("16.9", "15", ALL), chosen("16.9", 0));
        // Only 18 reads it, and it sends transaction_timeout.
        assert_eq!(archive("18.1", "16", ALL), chosen("18.1", 1));
        assert_eq!(archive("18.1", "18", ALL), chosen("18.1", 0));
        // 18 would be the target's, but 17 is not installed and 16 cannot know it.
        assert_eq!(archive("15.18", "17", ALL), chosen("18.1", 0));
        assert_eq!(
            archive("9.6.24", "9.6", &["15.18", "9.6.24"]),
            chosen("9.6.24", 0)
        );
        assert_eq!(archive("9.6.24", "9.6", &["15.18"]), chosen("15.18", 1));
        // An older client that sends nothing unknown is better than a newer one that does.
        assert_eq!(
            archive("13.1", "16", &["15.18", "18.1"]),
            chosen("15.18", 0)
        );
        let error = archive("17.2", "16", &["15.18", "16.9"]).unwrap_err();
        assert!(
            error.contains("pg_restore 17 or newer") && error.contains("found: 15.18, 16.9"),
            "{error}"
        );
        assert!(error.contains("pgsql_bin_17"), "{error}");
        assert!(
            archive("9.1.2", "9.1", ALL)
                .unwrap_err()
                .contains("too old")
        );
        assert!(
            archive("15.1", "15", &[])
                .unwrap_err()
                .contains("15 or newer")
        );
    }

    #[test]
    fn trap_8_a_script_with_restrict_needs_a_psql_that_knows_it() {
        let script = |made_by: &str, target: &str, installed: &[&str]| {
            for_script(
                made_by.parse().unwrap(),
                target.parse().unwrap(),
                &releases(installed),
            )
            .map(|choice| choice.client.to_string())
        };
        assert_eq!(
            script("15.14", "15", &["15.13", "15.14"]),
            Ok("15.14".to_owned())
        );
        assert_eq!(
            script("15.14", "15", &["15.13", "18.0"]),
            Ok("18.0".to_owned())
        );
        assert_eq!(
            script("15.13", "15", &["15.13", "18.0"]),
            Ok("15.13".to_owned())
        );
        let error = script("15.14", "15", &["15.13", "16.9"]).unwrap_err();
        assert!(error.to_string().contains("\\restrict"), "{error}");
        // An older psql runs a script on a newer server.
        assert_eq!(
            script("15.13", "18", &["15.13", "16.9"]),
            Ok("16.9".to_owned())
        );
    }

    fn release() -> impl Strategy<Value = PgRelease> {
        prop_oneof![
            (2_u16..=6, 0_u16..30)
                .prop_map(|(second, minor)| PgRelease::new(PgMajor::old(9, second), minor)),
            (10_u16..=20, 0_u16..30)
                .prop_map(|(major, minor)| PgRelease::new(PgMajor::new(major), minor)),
        ]
    }

    proptest! {
        #[test]
        fn the_chosen_client_is_installed_reads_the_archive_and_no_other_is_cleaner(
            made_by in release(), target in release(), installed in proptest::collection::vec(release(), 0..6)
        ) {
            let target = target.major();
            let readers: Vec<_> = installed.iter().filter(|client| client.major() >= made_by.major()).collect();
            match for_archive(made_by, target, &installed) {
                Ok(choice) => {
                    prop_assert!(readers.contains(&&choice.client));
                    for other in readers {
                        prop_assert!(refused_settings(other.major(), target).len() >= choice.refused_settings.len());
                        if other.major() == choice.client.major() {
                            prop_assert!(other.minor() <= choice.client.minor());
                        }
                        if other.major() == target {
                            prop_assert_eq!(choice.client.major(), target);
                        }
                    }
                }
                Err(_) => prop_assert!(readers.is_empty()),
            }
        }

        #[test]
        fn a_script_with_restrict_is_never_given_to_a_psql_without(
            made_by in release(), target in release(), installed in proptest::collection::vec(release(), 0..6)
        ) {
            match for_script(made_by, target.major(), &installed) {
                Ok(choice) => {
                    prop_assert!(installed.contains(&choice.client));
                    prop_assert!(!made_by.has_restrict_key() || choice.client.has_restrict_key());
                }
                Err(_) => prop_assert!(installed.iter().all(|c| made_by.has_restrict_key() && !c.has_restrict_key())),
            }
        }
    }
}

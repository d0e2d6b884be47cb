//! Checks of the nodes: whether the job user can connect to them and has client programs for them, and whether their
//! clocks agree.

use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::sys::privilege::User;

use super::Finding;
use super::node_to_ask::NodeToAsk;
use crate::setup::inspect::Inspection;
use crate::setup::unreached::Unreached;

/// A larger difference between clocks makes times in lists hard to read.
const NOTICEABLE: i64 = 2_000;
/// A larger difference between clocks makes schedules and retention wrong.
const WRONG: i64 = 60_000;

/// Checks every node, in the order of the questions.
pub(super) fn all(
    nodes: &[NodeToAsk],
    answers: &[Result<Inspection, Unreached>],
    user: &User,
) -> Vec<Finding> {
    nodes
        .iter()
        .zip(answers)
        .flat_map(|(node, answer)| one(&node.name(), answer, user))
        .collect()
}

fn one(name: &str, answer: &Result<Inspection, Unreached>, user: &User) -> Vec<Finding> {
    let seen = match answer {
        Ok(seen) => seen,
        Err(reason) => {
            return vec![Finding::error(
                "node",
                name,
                format!("{} cannot connect: {reason}", user.name),
                format!(
                    "add a line to {}/.pgpass, or change pg_hba.conf of the node; if the node is down for a long \
                     time, stop it: update_pgsql_node … STOPPED",
                    user.home.display()
                ),
            )];
        }
    };
    let mut findings = vec![if seen.superuser {
        Finding::ok("node", name, format!("PostgreSQL {}", seen.release))
    } else {
        Finding::warning(
            "node",
            name,
            format!("PostgreSQL {}; the role is not a superuser", seen.release),
            "a dump fails at the first table that the role may not read; use the code RDS, or grant pg_read_all_data",
        )
    }];
    if let Some(warning) = &seen.pooled {
        findings.push(Finding::warning(
            "node",
            name,
            warning,
            "use update_pgsql_node to set the host and port of the PostgreSQL server itself",
        ));
    }
    findings.extend(under_test("node", name, &seen.release));
    match &seen.client {
        Some(Ok(client)) => findings.push(Finding::ok("client", name, client)),
        Some(Err(reason)) => findings.push(Finding::error(
            "client",
            name,
            reason,
            format!(
                "install PostgreSQL's client programs of version {} or newer (Debian: postgresql-client-…)",
                seen.release
            ),
        )),
        None => {}
    }
    findings.push(clock(name, seen.ahead));
    findings
}

/// A warning about a version that is not released yet.
pub(super) fn under_test(check: &'static str, of: &str, release: &str) -> Option<Finding> {
    let what = release.parse::<PgRelease>().ok()?.under_test()?;
    Some(Finding::warning(
        check,
        of,
        format!("PostgreSQL {release} is {what} and not for production"),
        "update the server when the final version is released",
    ))
}

/// Checks how far the clock of another machine is ahead of this one's.
pub(super) fn clock(name: &str, ahead: i64) -> Finding {
    let found = match ahead {
        0.. => format!("its clock is {ahead} ms ahead"),
        _ => format!("its clock is {} ms behind", ahead.unsigned_abs()),
    };
    if ahead.abs() <= NOTICEABLE {
        Finding::ok("clock", name, found)
    } else if ahead.abs() <= WRONG {
        Finding::warning(
            "clock",
            name,
            found,
            "check the time synchronization (NTP) of both machines",
        )
    } else {
        Finding::error(
            "clock",
            name,
            found,
            "correct the clock that is wrong; jobs and retention depend on it",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn a_release_candidate_is_told_apart() {
        let found = under_test("node", "n", "19rc1").unwrap();
        assert_eq!(found.level, Level::Warning);
        assert_eq!(
            found.found,
            "PostgreSQL 19rc1 is a release candidate and not for production"
        );
        assert_eq!(under_test("node", "n", "19.0"), None);
    }

    #[test]
    fn clocks_are_judged_by_how_far_they_are_apart() {
        assert_eq!(clock("n", 0).level, Level::Ok);
        assert_eq!(clock("n", -1_999).level, Level::Ok);
        assert_eq!(clock("n", 2_001).level, Level::Warning);
        assert_eq!(clock("n", -60_001).level, Level::Error);
        assert!(clock("n", -5_000).found.contains("5000 ms behind"));
    }
}

//! The nodes: whether the user of the jobs reaches them, has client programs for them, and clocks agree.

use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::sys::privilege::User;

use super::Finding;
use super::node_to_ask::NodeToAsk;
use crate::setup::inspect::Inspection;
use crate::setup::unreached::Unreached;

/// Clocks that differ by more make times in lists hard to read.
const NOTICEABLE: i64 = 2_000;
/// Clocks that differ by more make schedules and retention wrong.
const WRONG: i64 = 60_000;

/// Every node, in the order in which they were asked.
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
                format!("{} does not reach it: {reason}", user.name),
                format!(
                    "a line in {}/.pgpass, or pg_hba.conf of the node; for a node that is away for long: \
                     update_pgsql_node … STOPPED",
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
            format!("PostgreSQL {}; the role is no superuser", seen.release),
            "a dump fails at the first table it may not read: the code RDS is made for that, and pg_read_all_data helps",
        )
    }];
    if let Some(warning) = &seen.pooled {
        findings.push(Finding::warning(
            "node",
            name,
            warning,
            "update_pgsql_node: host and port of the PostgreSQL server itself",
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

/// A version that is no release yet.
pub(super) fn under_test(check: &'static str, of: &str, release: &str) -> Option<Finding> {
    let what = release.parse::<PgRelease>().ok()?.under_test()?;
    Some(Finding::warning(
        check,
        of,
        format!("PostgreSQL {release} is {what}, not for production"),
        "update it when the release is out",
    ))
}

/// How far another machine's clock is ahead of this one's.
pub(super) fn clock(name: &str, ahead: i64) -> Finding {
    let found = match ahead {
        0.. => format!("its clock is {ahead} ms ahead"),
        _ => format!("its clock is {} ms behind", ahead.unsigned_abs()),
    };
    if ahead.abs() <= NOTICEABLE {
        Finding::ok("clock", name, found)
    } else if ahead.abs() <= WRONG {
        Finding::warning("clock", name, found, "see whether both keep time (NTP)")
    } else {
        Finding::error(
            "clock",
            name,
            found,
            "one of the two clocks is wrong: jobs run, and retention judges, by them",
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
            "PostgreSQL 19rc1 is a release candidate, not for production"
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

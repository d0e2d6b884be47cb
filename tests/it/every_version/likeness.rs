//! What a node is like, as the newest client's `pg_dump` and `pg_dumpall` see it, and what two versions cannot have alike.

use pgbackman_tests::postgres::{Cluster, Version};

use super::source::{NAME, SECOND};
use crate::roundtrip::{server, without_keys};

/// A node's roles and databases.
#[derive(Debug, Clone)]
pub(super) struct Likeness {
    pub(super) globals: String,
    /// The database with its settings and privileges.
    pub(super) whole: String,
    /// The second one.
    pub(super) second: String,
    /// What the database holds.
    pub(super) content: String,
}

impl Likeness {
    pub(super) fn of(cluster: &Cluster) -> Self {
        Self {
            globals: globals(cluster),
            whole: database(cluster, NAME, &["--create"]),
            second: database(cluster, SECOND, &["--create"]),
            content: database(cluster, NAME, &[]),
        }
    }
}

/// `pg_dumpall --globals-only`.
pub(super) fn globals(cluster: &Cluster) -> String {
    said(cluster, "pg_dumpall", &["--globals-only".into()])
}

/// `pg_dump` of a database.
pub(super) fn database(cluster: &Cluster, name: &str, arguments: &[&str]) -> String {
    let dbname = format!("--dbname={}", server(cluster).conninfo(name));
    let arguments: Vec<String> = arguments
        .iter()
        .map(ToString::to_string)
        .chain([dbname])
        .collect();
    said(cluster, "pg_dump", &arguments)
}

fn said(cluster: &Cluster, program: &str, arguments: &[String]) -> String {
    let output = cluster
        .command_of(Version::newest_clients(), program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    without_keys(&output.stdout)
        .lines()
        .filter(|line| !line.starts_with("-- Dumped from database version"))
        .fold(String::new(), |text, line| text + line + "\n")
}

/// What becomes of a line on its way between two versions.
struct Difference {
    /// Whether it is between these two: the older and the newer one.
    between: fn(u32, u32) -> bool,
    /// Which lines.
    is_meant: fn(&str) -> bool,
    /// What both have in common.
    common: fn(&str) -> String,
}

fn nothing(_: &str) -> String {
    String::new()
}

/// All that two versions cannot have alike.
const DIFFERENCES: &[Difference] = &[
    // The superuser is on every node already, with a password of its own, and stays as it is.
    Difference {
        between: |_, _| true,
        is_meant: |line| line.starts_with("ALTER ROLE postgres WITH "),
        common: nothing,
    },
    // A policy's roles stand in the order of their numbers, which each server gives anew.
    Difference {
        between: |_, _| true,
        is_meant: |line| line.starts_with("CREATE POLICY "),
        common: |line| line.replace("TO reader, policy_role", "TO policy_role, reader"),
    },
    // Memberships have options and grantors since 16; what an older version has is the default.
    Difference {
        between: |older, newer| older < 16 && newer >= 16,
        is_meant: |line| line.starts_with("GRANT ") && line.contains(" TO "),
        common: |line| {
            let line = line.split(" GRANTED BY ").next().unwrap_or_default();
            let line = line.trim_end_matches(';');
            let line = line
                .replace(" WITH ADMIN OPTION, INHERIT TRUE", " WITH ADMIN OPTION")
                .replace(" WITH ADMIN OPTION, INHERIT FALSE", " WITH ADMIN OPTION")
                .replace(" WITH INHERIT TRUE", "")
                .replace(" WITH INHERIT FALSE", "");
            line + ";"
        },
    },
    // The names of columns in views are qualified before 16 only.
    Difference {
        between: |older, newer| older < 16 && newer >= 16,
        is_meant: |line| line.starts_with(' '),
        common: |line| {
            line.replace("plain.", "")
                .replace("totals.", "")
                .replace(" n.n", " n")
        },
    },
    // A procedure's parameters are IN since 14.
    Difference {
        between: |older, newer| older < 14 && newer >= 14,
        is_meant: |line| line.contains(" PROCEDURE public.p("),
        common: |line| line.replace("(IN n ", "(n "),
    },
    // The schema public is its database's owner's since 15, by a role that stands for him; before, his own.
    Difference {
        between: |older, newer| older < 15 && newer >= 15,
        is_meant: |line| line == "ALTER SCHEMA public OWNER TO postgres;",
        common: nothing,
    },
    // ALL privileges on a table are one more since 17, MAINTAIN: the newest client lists the others.
    Difference {
        between: |older, newer| older < 17 && newer >= 17,
        is_meant: |line| line.contains(" ON TABLE "),
        common: |line| {
            line.replace(
                "SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE",
                "ALL",
            )
        },
    },
    // NOT NULL is a constraint with a name since 18; a partition's has that of its parent.
    Difference {
        between: |older, newer| older < 18 && newer >= 18,
        is_meant: |line| line.contains("_not_null NOT NULL"),
        common: |line| match (
            line.split_once(" CONSTRAINT "),
            line.split_once(" NOT NULL"),
        ) {
            (Some((before, _)), Some((_, behind))) => format!("{before} NOT NULL{behind}"),
            _ => line.to_owned(),
        },
    },
    // Strings of a server of 19 are standard ones always: its client writes the others so that a backslash is safe in any way.
    Difference {
        between: |older, newer| older < 19 && newer >= 19,
        is_meant: |line| line.contains('\\'),
        common: |line| line.replace(" E'", " '").replace("\\\\", "\\"),
    },
    // Parameters have privileges since 15.
    Difference {
        between: |older, newer| older < 15 && newer >= 15,
        is_meant: |line| {
            line.contains(" ON PARAMETER ")
                || line == "SET SESSION AUTHORIZATION \"O'Brien\";"
                || line == "RESET SESSION AUTHORIZATION;"
        },
        common: nothing,
    },
];

/// A dump's lines without what two versions cannot have alike, sorted: their order is the client's affair.
fn common(text: &str, one: u32, other: u32) -> Vec<String> {
    let (older, newer) = (one.min(other), one.max(other));
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            DIFFERENCES
                .iter()
                .filter(|difference| (difference.between)(older, newer))
                .filter(|difference| (difference.is_meant)(line))
                .fold(line.to_owned(), |line, difference| {
                    (difference.common)(&line)
                })
        })
        .filter(|line| !line.is_empty() && !line.starts_with("--"))
        .collect();
    lines.sort();
    lines
}

/// Fails unless both are the same but for what the versions cannot have alike.
pub(super) fn assert_alike(what: &str, restored: (&str, u32), original: (&str, u32)) {
    let of = |text: &str| common(text, restored.1, original.1);
    let (one, other) = (of(restored.0), of(original.0));
    crate::roundtrip::assert_same_of(
        &format!("{what}, {} restored on {}", original.1, restored.1),
        &one.join("\n"),
        &other.join("\n"),
    );
}

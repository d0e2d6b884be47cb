//! What exists since some version only: it comes back where it can be, and is refused elsewhere, with nothing changed.

use pgbackman_tests::postgres::Cluster;

use super::cells::note;
use super::likeness::{assert_alike, database};
use crate::restore::state::wipe;
use crate::restore::support::{Backup, RestoreLab};

/// A database of which something is new.
struct Novelty {
    since: u32,
    /// Run in `postgres`; it makes the database `novelty`.
    node: &'static str,
    /// Run in it.
    content: &'static str,
    /// What an older target's refusal says.
    refusal: &'static [&'static str],
}

const PLAIN: &str = "CREATE DATABASE novelty TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";

const NOVELTIES: [Novelty; 6] = [
    Novelty {
        since: 14,
        node: PLAIN,
        content: "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;\n\
            CREATE TYPE r AS RANGE (subtype = float8);",
        refusal: &[
            "a function with a body in SQL's own syntax (public.f) (since 14)",
            "a range type with a multirange type (public.r) (since 14)",
        ],
    },
    Novelty {
        since: 15,
        // Not every one of these servers has collations of ICU: what becomes of them is tested in `restore::icu`.
        node: PLAIN,
        content: "CREATE TABLE t (a text, UNIQUE NULLS NOT DISTINCT (a)); INSERT INTO t VALUES (NULL);",
        refusal: &["NULLS NOT DISTINCT", "(since 15)"],
    },
    Novelty {
        since: 16,
        node: "CREATE ROLE novel_group; CREATE ROLE novel_member; GRANT novel_group TO novel_member WITH INHERIT FALSE, SET FALSE;\n\
            CREATE DATABASE novelty TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C' OWNER novel_member",
        content: "CREATE TABLE t (a int)",
        refusal: &[
            "the membership of \"novel_member\" in \"novel_group\" with INHERIT FALSE and SET FALSE",
            "create both roles there first",
        ],
    },
    Novelty {
        since: 17,
        node: "CREATE DATABASE novelty TEMPLATE template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'",
        content: "CREATE TABLE t (a int); CREATE ROLE novel_maintainer; GRANT SELECT, MAINTAIN ON t TO novel_maintainer;",
        refusal: &["The database novelty has a locale of"],
    },
    Novelty {
        since: 18,
        node: PLAIN,
        content: "CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL, c int NOT NULL NO INHERIT); INSERT INTO t (a, c) VALUES (1, 2)",
        refusal: &[
            "PostgreSQL",
            "does not support objects of the backup: ",
            "(public.t) (since 18)",
            "Choose a target of that version or newer",
        ],
    },
    Novelty {
        since: 19,
        node: PLAIN,
        // A subscription, too, is one of its kind: it would keep its database from being dropped.
        content: "CREATE TABLE t (a int PRIMARY KEY, n int, x text) WITH (autovacuum_parallel_workers = 2);\n\
            CREATE TABLE u (o oid8, d regdatabase);\n\
            CREATE VIEW ign AS SELECT a, lag(n) IGNORE NULLS OVER (ORDER BY a) AS before FROM t;\n\
            CREATE VIEW eon AS SELECT error_on_null(n) AS n FROM t;\n\
            CREATE VIEW locks AS SELECT locktype FROM pg_stat_lock;\n\
            CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = NULL AS 'SELECT 1';\n\
            CREATE PUBLICATION p1 FOR ALL SEQUENCES; CREATE PUBLICATION p2 FOR ALL TABLES EXCEPT (TABLE t);\n\
            CREATE TEXT SEARCH CONFIGURATION tc (COPY = polish);",
        refusal: &[
            "IGNORE NULLS in a window function (public.ign) (since 19)",
            "a function that sets a list of names to nothing (public.f) (since 19)",
            "a publication of all sequences (p1) (since 19)",
            "a publication of all tables but some (p2) (since 19)",
            "a storage parameter of PostgreSQL 19 (public.t) (since 19)",
            "the dictionary polish_stem of text search",
            "the function error_on_null (public.eon)",
            "the system view pg_stat_lock (public.locks)",
            "the type oid8 (public.u)",
        ],
    },
];

/// Takes what is new up to the source's version to every target, as a database and as a whole node.
pub(super) fn restore_everywhere<'c>(mut lab: RestoreLab<'c>, targets: &'c [Cluster]) {
    let node = lab.lab.node;
    let major = node.version().major();
    // The whole node has been seen to already.
    wipe(node);
    for novelty in NOVELTIES.iter().filter(|novelty| novelty.since <= major) {
        node.psql_script("postgres", &format!("{};", novelty.node));
        node.psql_script("novelty", novelty.content);
        let original = database(node, "novelty", &["--create"]);
        let backups = [
            (lab.backup("novelty", "FULL"), "FULL", "novelty"),
            (lab.backup("", "CLUSTER"), "CLUSTER", ""),
        ];
        for target in targets {
            lab = lab.onto(target);
            for (backup, code, name) in &backups {
                wipe(target);
                one(&lab, novelty, (backup, code, name), &original);
            }
        }
        wipe(node);
    }
}

fn one(lab: &RestoreLab<'_>, novelty: &Novelty, backup: (&Backup, &str, &str), original: &str) {
    let (backup, code, name) = backup;
    let (source, target) = (lab.lab.node.version().major(), lab.target.version().major());
    let what = format!("{code} since {}", novelty.since);
    if target < novelty.since {
        let words = if code == "FULL" {
            novelty.refusal
        } else {
            &["the target was not changed"]
        };
        lab.restore(backup, name).refused(words);
        note(source, target, &what, "refused");
        return;
    }
    let output = lab.restore(backup, name).run();
    let result = lab.last_result();
    assert!(
        [0, 8].contains(&output.code),
        "{what}, {source} onto {target}: {result:#?}"
    );
    assert_alike(
        &what,
        (&database(lab.target, "novelty", &["--create"]), target),
        (original, source),
    );
    note(source, target, &what, &result["status"]);
}

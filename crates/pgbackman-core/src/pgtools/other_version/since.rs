//! What databases can hold since some version, as far as `pg_dump`'s SQL shows it in key words. What is in the text of a
//! function, and a key word that is not listed here, turns out when the target refuses it. Names need no list
//! (`super::builtins`).

use super::features::{
    has_option, has_path_method, has_virtual_column, header, is_not_null_of_the_table, named,
    together,
};
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_tokens::{Token, begins};

/// Something that an older server cannot have.
pub(super) struct Feature {
    /// The first version that has it.
    pub(super) since: u16,
    /// What it is, in words.
    pub(super) what: &'static str,
    /// How statements that may have it begin.
    pub(super) statements: &'static [&'static [&'static str]],
    /// Whether one has it.
    pub(super) has: fn(&[Token]) -> bool,
}

/// The newest thing that a statement needs and a server of this version does not have.
pub(super) fn needed(tokens: &[Token], major: PgMajor) -> Option<String> {
    if tokens.is_empty() {
        return None;
    }
    let feature = FEATURES
        .iter()
        .rev()
        .filter(|feature| PgMajor::new(feature.since) > major)
        .filter(|feature| {
            feature
                .statements
                .iter()
                .any(|beginning| begins(tokens, beginning))
        })
        .find(|feature| (feature.has)(tokens))?;
    let place = named(tokens).map_or_else(String::new, |name| format!(" ({name})"));
    Some(format!("{}{place} (since {})", feature.what, feature.since))
}

const TABLES: &[&[&str]] = &[&["create"], &["alter", "table"]];
const FUNCTIONS: &[&[&str]] = &[&["create", "function"], &["create", "procedure"]];
const STORED: &[&[&str]] = &[
    &["create", "table"],
    &["create", "unlogged"],
    &["create", "index"],
    &["create", "unique"],
    &["create", "materialized"],
    &["alter", "table"],
];
const QUERIES: &[&[&str]] = &[
    &["create", "view"],
    &["create", "materialized"],
    &["create", "rule"],
    &["create", "function"],
    &["create", "procedure"],
];
const SUBSCRIPTIONS: &[&[&str]] = &[&["create", "subscription"]];
const PUBLICATIONS: &[&[&str]] = &[&["create", "publication"], &["alter", "publication"]];

/// All that is known, from PostgreSQL's release notes.
pub(super) const FEATURES: &[Feature] = &[
    Feature {
        since: 13,
        what: "a storage parameter of PostgreSQL 13",
        statements: STORED,
        has: |tokens| {
            let since_13 = [
                "autovacuum_vacuum_insert_threshold",
                "autovacuum_vacuum_insert_scale_factor",
                "deduplicate_items",
            ];
            has_option(tokens, &since_13)
        },
    },
    Feature {
        since: 14,
        what: "a function with a body in SQL's own syntax",
        statements: FUNCTIONS,
        has: |tokens| together(tokens, &["begin", "atomic"]) || together(tokens, &["return"]),
    },
    Feature {
        since: 14,
        what: "a range type with a multirange type",
        statements: &[&["create", "type"]],
        has: |tokens| together(tokens, &["multirange_type_name"]),
    },
    Feature {
        since: 14,
        what: "a chosen compression of a column",
        statements: &[&["alter", "table"], &["alter", "materialized"]],
        has: |tokens| together(tokens, &["set", "compression"]),
    },
    Feature {
        since: 14,
        what: "statistics on expressions",
        statements: &[&["create", "statistics"]],
        has: |tokens| {
            tokens
                .windows(2)
                .any(|pair| pair[0].is_word("on") && pair[1] == Token::Symbol(b'('))
        },
    },
    Feature {
        since: 15,
        what: "NULLS NOT DISTINCT",
        statements: TABLES,
        has: |tokens| together(tokens, &["nulls", "not", "distinct"]),
    },
    Feature {
        since: 15,
        what: "a view with security_invoker",
        statements: &[&["create", "view"]],
        has: |tokens| together(tokens, &["security_invoker"]),
    },
    Feature {
        since: 15,
        what: "a publication of a schema",
        statements: PUBLICATIONS,
        has: |tokens| together(tokens, &["tables", "in", "schema"]),
    },
    Feature {
        since: 15,
        what: "an option of a subscription",
        statements: SUBSCRIPTIONS,
        has: |tokens| has_option(tokens, &["two_phase", "disable_on_error"]),
    },
    Feature {
        since: 15,
        what: "a publication of some rows or columns",
        statements: &[&["alter", "publication"]],
        has: |tokens| together(tokens, &["add", "table"]) && tokens.contains(&Token::Symbol(b'(')),
    },
    Feature {
        since: 16,
        what: "a collation with rules",
        statements: &[&["create", "collation"]],
        has: |tokens| together(tokens, &["rules"]),
    },
    Feature {
        since: 16,
        what: "an option of a subscription",
        statements: SUBSCRIPTIONS,
        has: |tokens| {
            has_option(tokens, &["password_required", "run_as_owner", "origin"])
                || tokens
                    .windows(3)
                    .any(|option| option[0].is_word("streaming") && option[2].is_word("parallel"))
        },
    },
    Feature {
        since: 17,
        what: "an option of a subscription",
        statements: SUBSCRIPTIONS,
        has: |tokens| has_option(tokens, &["failover"]),
    },
    Feature {
        since: 17,
        what: "a collation of the builtin provider",
        statements: &[&["create", "collation"]],
        has: |tokens| together(tokens, &["builtin"]),
    },
    Feature {
        since: 17,
        what: "the privilege MAINTAIN",
        statements: &[&["grant"], &["revoke"], &["alter", "default", "privileges"]],
        has: |tokens| {
            let privileges = tokens.split(|token| token.is_word("on")).next();
            let is_default = tokens[0].is_word("alter");
            privileges
                .filter(|_| !is_default)
                .unwrap_or(tokens)
                .iter()
                .any(|token| token.is_word("maintain"))
        },
    },
    Feature {
        since: 17,
        what: "a view with JSON_TABLE",
        statements: &[&["create", "view"], &["create", "materialized"]],
        has: |tokens| together(tokens, &["json_table"]),
    },
    Feature {
        since: 18,
        what: "a column that is computed when it is read",
        statements: &[&["create", "table"], &["alter", "table"]],
        has: has_virtual_column,
    },
    Feature {
        since: 18,
        what: "a key WITHOUT OVERLAPS",
        statements: TABLES,
        has: |tokens| together(tokens, &["without", "overlaps"]),
    },
    Feature {
        since: 18,
        what: "a constraint that is NOT ENFORCED",
        statements: TABLES,
        has: |tokens| together(tokens, &["not", "enforced"]),
    },
    Feature {
        since: 18,
        what: "NOT NULL without inheritance",
        statements: TABLES,
        has: |tokens| together(tokens, &["not", "null", "no", "inherit"]),
    },
    Feature {
        since: 18,
        what: "NOT NULL as a constraint of the table",
        statements: TABLES,
        has: is_not_null_of_the_table,
    },
    Feature {
        since: 18,
        what: "a storage parameter of PostgreSQL 18",
        statements: STORED,
        has: |tokens| {
            let since_18 = [
                "autovacuum_vacuum_max_threshold",
                "vacuum_max_eager_freeze_failure_rate",
            ];
            has_option(tokens, &since_18)
        },
    },
    Feature {
        since: 18,
        what: "a publication of generated columns",
        statements: PUBLICATIONS,
        has: |tokens| has_option(tokens, &["publish_generated_columns"]),
    },
    Feature {
        since: 18,
        what: "default privileges on large objects",
        statements: &[&["alter", "default", "privileges"]],
        has: |tokens| together(tokens, &["on", "large", "objects"]),
    },
    Feature {
        since: 19,
        what: "a function that sets a list of names to nothing",
        statements: FUNCTIONS,
        has: |tokens| {
            header(tokens)
                .windows(4)
                .any(|words| words[0].is_word("set") && begins(&words[2..], &["to", "null"]))
        },
    },
    Feature {
        since: 19,
        what: "a publication of all sequences",
        statements: PUBLICATIONS,
        has: |tokens| together(tokens, &["all", "sequences"]),
    },
    Feature {
        since: 19,
        what: "a publication of all tables but some",
        statements: PUBLICATIONS,
        has: |tokens| together(tokens, &["all", "tables", "except"]),
    },
    Feature {
        since: 19,
        what: "a subscription to a foreign server",
        statements: SUBSCRIPTIONS,
        has: |tokens| tokens.get(3).is_some_and(|token| token.is_word("server")),
    },
    Feature {
        since: 19,
        what: "an option of a subscription",
        statements: SUBSCRIPTIONS,
        has: |tokens| {
            let since_19 = [
                "retain_dead_tuples",
                "max_retention_duration",
                "wal_receiver_timeout",
            ];
            has_option(tokens, &since_19)
        },
    },
    Feature {
        since: 19,
        what: "a foreign data wrapper for subscriptions",
        statements: &[&["create", "foreign", "data"]],
        has: |tokens| tokens.iter().any(|token| token.is_word("connection")),
    },
    Feature {
        since: 19,
        what: "IGNORE NULLS in a window function",
        statements: QUERIES,
        has: |tokens| together(tokens, &["ignore", "nulls", "over"]),
    },
    Feature {
        since: 19,
        what: "ON CONFLICT DO SELECT",
        statements: QUERIES,
        has: |tokens| together(tokens, &["do", "select"]) && together(tokens, &["on", "conflict"]),
    },
    Feature {
        since: 19,
        what: "a method of a JSON path",
        statements: &[&["create"], &["alter", "table"]],
        has: |tokens| {
            let since_19 = [
                "lower",
                "upper",
                "initcap",
                "ltrim",
                "rtrim",
                "btrim",
                "replace",
                "split_part",
            ];
            has_path_method(tokens, &since_19)
        },
    },
    Feature {
        since: 19,
        what: "a storage parameter of PostgreSQL 19",
        statements: STORED,
        has: |tokens| {
            let since_19 = [
                "autovacuum_parallel_workers",
                "log_autoanalyze_min_duration",
            ];
            has_option(tokens, &since_19)
        },
    },
    Feature {
        since: 19,
        what: "statistics on one virtual column",
        statements: &[&["create", "statistics"]],
        has: |tokens| {
            let on = tokens.iter().position(|token| token.is_word("on"));
            on.is_some_and(|on| {
                tokens.get(on + 1) == Some(&Token::Symbol(b'('))
                    && tokens.get(on + 3) == Some(&Token::Symbol(b')'))
            })
        },
    },
];

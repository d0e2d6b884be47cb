//! What is missing, and what is not.

use pgbackman_core::domain::restore_parameters;

use super::*;

fn found(all: &[(&str, &str)]) -> Found {
    let mut found = Found::default();
    for (class, name) in all {
        found.add(class, (!name.is_empty()).then_some(name));
    }
    found
}

fn missing(entries: &[&str], extra: &str, found: Found) -> Vec<String> {
    let listing: Vec<String> = (1..)
        .zip(entries)
        .map(|(at, entry)| format!("{at}; 1259 16385 {entry}"))
        .collect();
    let list = ArchiveList::parse(listing.join("\n").as_bytes());
    let parameters = restore_parameters::check(extra, Some(PgMajor::new(18))).unwrap();
    compared(&list, &parameters, found)
        .into_iter()
        .filter(|(_, of_kind)| !of_kind.missing.is_empty())
        .map(|(kind, of_kind)| of_kind.in_words(kind))
        .collect()
}

#[test]
fn trap_6_what_belongs_to_others_never_stands_for_what_is_missing() {
    let found = || {
        found(&[
            ("RELATION", "public t"),
            ("RELATION", "public t_pkey"),
            ("RELATION", "public other"),
            ("CONSTRAINT", "public t t_pkey"),
            ("CONSTRAINT", "public t_pkey"),
            ("COMMENT", ""),
        ])
    };
    let there = ["TABLE public t me", "CONSTRAINT public t t_pkey me"];
    assert!(missing(&there, "", found()).is_empty());
    assert_eq!(
        missing(
            &[
                "INDEX public i me",
                "INDEX public j me",
                "INDEX public t_pkey me",
                "TRIGGER public t tr me"
            ],
            "",
            found()
        ),
        [
            "1 INDEX of 3 (missing: public i me, public j me)",
            "0 TRIGGER of 1 (missing: public t tr me)"
        ]
    );
    // The one comment of a table stands for one, the schema's and the database's are not counted.
    let comments = [
        "COMMENT - SCHEMA public me",
        "COMMENT - DATABASE x me",
        "COMMENT public TABLE t me",
        "COMMENT public COLUMN t.i me",
    ];
    assert_eq!(
        missing(&comments, "", found()),
        ["1 COMMENT of 2 (missing: public COLUMN t.i me)"]
    );
    assert!(missing(&comments, "--no-comments", found()).is_empty());
}

#[test]
fn names_are_found_however_they_are_written() {
    let found = || {
        found(&[
            ("RELATION", "My Schema Gr\u{f6}\u{df}e\nzwei"),
            ("RELATION", "public a b"),
            ("RELATION", "public a"),
            ("ROUTINE", "public f"),
            ("ROUTINE", "public f"),
            ("EXTENSION", "- page inspect"),
            ("TRIGGER", "public tr"),
        ])
    };
    let there = [
        "TABLE My Schema Gr\u{fffd}\u{fffd}e zwei a role",
        "TABLE public a b c",
        "TABLE public a b",
        "FUNCTION public f(integer) me",
        "AGGREGATE public f(numeric, text) me",
        "EXTENSION - page inspect ",
        "TRIGGER public tr me",
    ];
    assert!(missing(&there, "", found()).is_empty());
    assert_eq!(
        missing(&[there[3], there[3], there[3]], "", found()),
        ["2 FUNCTION of 3 (missing: public f(integer) me)"]
    );
}

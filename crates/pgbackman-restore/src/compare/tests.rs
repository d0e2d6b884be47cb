//! What is missing, and what is not.

use pgbackman_core::archive::Section;
use pgbackman_core::domain::restore::restore_parameters;

use super::*;

fn found(all: &[(&str, &str)]) -> Found {
    let mut found = Found::default();
    for (class, name) in all {
        found.add(class, name);
    }
    found
}

/// An entry: kind, schema, name, SQL; its owner is `me`.
fn entry(kind: &str, schema: &str, tag: &str, definition: &str) -> Entry {
    Entry {
        id: 1,
        has_data: false,
        class: Vec::new(),
        object: Vec::new(),
        tag: tag.into(),
        kind: kind.into(),
        section: Section::PreData,
        definition: definition.into(),
        drop: Vec::new(),
        copy: Vec::new(),
        schema: schema.into(),
        tablespace: Vec::new(),
        access_method: Vec::new(),
        relation_kind: 0,
        owner: "me".into(),
        depends_on: Vec::new(),
        file: None,
    }
}

fn missing(entries: Vec<Entry>, extra: &str, found: Found) -> Vec<String> {
    let parameters = restore_parameters::check(extra, Some(PgMajor::new(18))).unwrap();
    let restored = Restored {
        entries,
        present: BTreeMap::new(),
        made_by: Some(PgMajor::new(18)),
    };
    let (kinds, _) = restored.objects(&parameters, true, found);
    kinds
        .into_iter()
        .filter(|(_, of_kind)| !of_kind.missing.is_empty())
        .map(|(kind, of_kind)| of_kind.describe(&kind))
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
            ("TYPE", "public base"),
            ("SHELL TYPE", "public base"),
        ])
    };
    let there = vec![
        entry("TABLE", "public", "t", ""),
        entry("CONSTRAINT", "public", "t t_pkey", ""),
        // A type with functions of its own has two entries.
        entry("SHELL TYPE", "public", "base", ""),
        entry("TYPE", "public", "base", ""),
    ];
    assert_eq!(missing(there, "", found()), [""; 0]);
    let index = |name: &str| entry("INDEX", "public", name, "");
    assert_eq!(
        missing(
            vec![
                index("i"),
                index("j"),
                index("t_pkey"),
                entry("TRIGGER", "public", "t tr", "CREATE TRIGGER tr")
            ],
            "",
            found()
        ),
        [
            "1 INDEX of 3 (missing: public i me, public j me)",
            "0 TRIGGER of 1 (missing: public t tr me)"
        ]
    );
}

#[test]
fn b1b_the_state_of_a_partitions_trigger_is_looked_for() {
    let state = |sql: &str| entry("TRIGGER", "public", "p1 tr", sql);
    let all = |state: &str| {
        found(&[
            ("TRIGGER", "public p1 tr"),
            ("TRIGGER STATE", &format!("public p1 tr {state}")),
        ])
    };
    let disable = "\nALTER TABLE public.p1 DISABLE TRIGGER tr;\n";
    assert_eq!(missing(vec![state(disable)], "", all("D")), [""; 0]);
    assert_eq!(missing(vec![state(disable)], "", all("O")).len(), 1);
    let always = "ALTER TABLE \"trigger\".p1 ENABLE ALWAYS TRIGGER tr;";
    assert_eq!(missing(vec![state(always)], "", all("A")), [""; 0]);
}

#[test]
fn comments_are_found_by_name_or_as_many_of_their_kind() {
    let on = |tag: &str, sql: &str| entry("COMMENT", "public", tag, sql);
    let all = found(&[
        ("COMMENT", "public TABLE Odd t"),
        ("COMMENT", "public FUNCTION f(integer)"),
        ("COMMENT", "public OPERATOR +"),
    ]);
    let listed = || {
        vec![
            on("TABLE \"Odd t\"", "COMMENT ON TABLE x IS 'x';"),
            on("FUNCTION f(int)", "COMMENT ON FUNCTION x IS 'x';"),
            on("OPERATOR +(int,int)", "COMMENT ON OPERATOR x IS 'x';"),
            on("COLUMN t.a", "COMMENT ON COLUMN x IS 'x';"),
            // That there is none.
            entry(
                "COMMENT",
                "",
                "SCHEMA public",
                "COMMENT ON SCHEMA public IS '';",
            ),
        ]
    };
    assert_eq!(
        missing(listed(), "", all),
        ["3 COMMENT of 4 (missing: public COLUMN t.a me)"]
    );
    assert_eq!(
        missing(listed(), "--no-comments", Found::default()),
        [""; 0]
    );
    let mut by_server = Found::default();
    by_server.add_text("- SCHEMA public", "standard public schema");
    let ours = || {
        entry(
            "COMMENT",
            "",
            "SCHEMA public",
            "COMMENT ON SCHEMA public IS 'ours';",
        )
    };
    assert_eq!(missing(vec![ours()], "", by_server).len(), 1);
    let mut by_us = Found::default();
    by_us.add_text("- SCHEMA public", "ours");
    assert_eq!(missing(vec![ours()], "", by_us), [""; 0]);
}

#[test]
fn privileges_are_those_that_the_statements_left() {
    let acl = |schema: &str, tag: &str, sql: &str| entry("ACL", schema, tag, sql);
    let all = || {
        found(&[
            ("ACL", "public TABLE t\u{1}me\u{1}SELECT"),
            ("ACL", "public TABLE t\u{1}reader\u{1}SELECT"),
            ("ACL", "public FUNCTION f(integer)\u{1}"),
            ("ACL", "public FUNCTION f(text)\u{1}\u{1}EXECUTE"),
            (
                "DEFAULT ACL",
                "s DEFAULT PRIVILEGES FOR TABLES\u{2}me\u{1}reader\u{1}SELECT",
            ),
        ])
    };
    let there = vec![
        acl(
            "public",
            "TABLE t",
            "REVOKE ALL ON TABLE t FROM me; GRANT SELECT ON TABLE t TO me; GRANT ALL ON TABLE t TO old;",
        ),
        acl(
            "public",
            "FUNCTION f(integer)",
            "REVOKE ALL ON FUNCTION f(integer) FROM PUBLIC;",
        ),
        // Another client's way to write it.
        acl(
            "public",
            "FUNCTION f(int4)",
            "GRANT ALL ON FUNCTION f(int4) TO nobody;",
        ),
        entry(
            "DEFAULT ACL",
            "s",
            "DEFAULT PRIVILEGES FOR TABLES",
            "ALTER DEFAULT PRIVILEGES FOR ROLE me IN SCHEMA s GRANT SELECT ON TABLES TO reader;",
        ),
    ];
    assert_eq!(missing(there, "--map-role old=reader", all()), [""; 0]);
    let gone = vec![
        acl("public", "TABLE t", "GRANT INSERT ON TABLE t TO reader;"),
        acl(
            "public",
            "FUNCTION f(text)",
            "REVOKE ALL ON FUNCTION f(text) FROM PUBLIC;",
        ),
        acl(
            "public",
            "COLUMN t.a",
            "GRANT SELECT(a) ON TABLE t TO reader;",
        ),
        acl(
            "pg_catalog",
            "FUNCTION g()",
            "REVOKE ALL ON FUNCTION g() FROM PUBLIC;",
        ),
    ];
    assert_eq!(
        missing(gone, "", all()),
        [
            "0 ACL of 4 (missing: public TABLE t me, public FUNCTION f(text) me, public COLUMN t.a me, and more)"
        ]
    );
    let default = entry(
        "DEFAULT ACL",
        "",
        "DEFAULT PRIVILEGES FOR FUNCTIONS",
        "ALTER DEFAULT PRIVILEGES FOR ROLE me REVOKE ALL ON FUNCTIONS FROM PUBLIC;",
    );
    assert_eq!(missing(vec![default], "", all()).len(), 1);
}

#[test]
fn names_are_found_however_they_are_written() {
    let found = || {
        found(&[
            ("RELATION", "My Schema Gr\u{f6}\u{df}e\nzwei"),
            ("RELATION", "public a b"),
            ("ROUTINE", "public f"),
            ("ROUTINE", "public f"),
            ("EXTENSION", "- page inspect"),
            ("TRIGGER", "public tr"),
        ])
    };
    let mut latin = entry("TABLE", "My Schema", "", "");
    latin.tag = b"Gr\xf6\xdfe\nzwei".to_vec();
    let function = || entry("FUNCTION", "public", "f(integer)", "");
    let there = vec![
        latin,
        entry("TABLE", "public", "a b", ""),
        function(),
        entry("AGGREGATE", "public", "f(numeric, text)", ""),
        entry("EXTENSION", "", "page inspect", ""),
        entry("TRIGGER", "public", "tr", "CREATE TRIGGER tr"),
    ];
    assert_eq!(missing(there, "", found()), [""; 0]);
    assert_eq!(
        missing(vec![function(), function(), function()], "", found()),
        ["2 FUNCTION of 3 (missing: public f(integer) me)"]
    );
}

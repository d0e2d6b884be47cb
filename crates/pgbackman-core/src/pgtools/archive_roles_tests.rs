//! Role names in the statements clients write.

use super::*;

fn roles(script: &str) -> Vec<String> {
    read(script.as_bytes())
        .unwrap()
        .into_iter()
        .map(|name| String::from_utf8(name).unwrap())
        .collect()
}

#[test]
fn every_statement_that_names_roles_gives_them() {
    for (script, expected) in [
        ("ALTER TABLE public.t OWNER TO bob;", &["bob"] as &[&str]),
        (
            "ALTER FUNCTION public.f(a \"owner\", b integer) OWNER TO \"Big Bob\";",
            &["Big Bob"],
        ),
        ("ALTER LARGE OBJECT 16434 OWNER TO lo_owner;", &["lo_owner"]),
        (
            "GRANT SELECT,INSERT ON TABLE public.\"to\" TO a, \"B,c\", PUBLIC WITH GRANT OPTION;",
            &["B,c", "a"],
        ),
        ("GRANT ALL ON TABLE public.t TO GROUP old;", &["old"]),
        (
            "GRANT SELECT(a,\"to\"),UPDATE(b) ON TABLE t TO colgrantee;",
            &["colgrantee"],
        ),
        (
            "GRANT ALL ON FUNCTION f(\"from\" integer, OUT b integer) TO x GRANTED BY y;",
            &["x", "y"],
        ),
        ("REVOKE ALL ON SCHEMA public FROM PUBLIC;", &[]),
        (
            "REVOKE GRANT OPTION FOR SELECT ON t FROM a, b CASCADE;",
            &["a", "b"],
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE o IN SCHEMA s GRANT SELECT ON TABLES TO g;",
            &["g", "o"],
        ),
        (
            "ALTER DEFAULT PRIVILEGES FOR ROLE o REVOKE ALL ON FUNCTIONS FROM PUBLIC;",
            &["o"],
        ),
        (
            "CREATE POLICY p ON t FOR SELECT TO a, \"b\" USING ((x = 'TO c'::text));",
            &["a", "b"],
        ),
        (
            "CREATE POLICY p ON t USING ((d > '1 year'::interval year to month));",
            &[],
        ),
        (
            "CREATE USER MAPPING FOR \"m\" SERVER s OPTIONS (\n    \"user\" 'x'\n);",
            &["m"],
        ),
        ("CREATE USER MAPPING FOR PUBLIC SERVER s;", &[]),
        ("CREATE SCHEMA s AUTHORIZATION old;", &["old"]),
        (
            "SET SESSION AUTHORIZATION 'O''Brien';\nSET SESSION AUTHORIZATION bob;",
            &["O'Brien", "bob"],
        ),
        (
            "SET SESSION AUTHORIZATION DEFAULT;\nRESET SESSION AUTHORIZATION;",
            &[],
        ),
        ("ALTER TABLE t OWNER TO last", &["last"]),
    ] {
        assert_eq!(roles(script), expected, "{script}");
    }
}

#[test]
fn names_in_other_statements_strings_comments_and_bodies_are_no_roles() {
    let script = "
        -- Name: t; Type: TABLE; Schema: public; Owner: not_this
        \\restrict GRANT
        CREATE TABLE t (a text DEFAULT 'x; GRANT a TO no1;', \"GRANT b TO no2;\" int);
        CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $_$ GRANT c TO no3; $_$;
        CREATE FUNCTION g() RETURNS int LANGUAGE sql
            BEGIN ATOMIC
             SELECT 1; SELECT 2;
            END;
        COMMENT ON TABLE t IS 'it''s; ALTER TABLE t OWNER TO no4;';
        SET search_path TO nobody;
        ALTER TABLE t OWNER TO yes;";
    assert_eq!(roles(script), ["yes"]);
}

#[test]
fn names_stay_in_the_scripts_encoding() {
    let script = b"ALTER TABLE t OWNER TO \"M\xfcller\";";
    assert_eq!(
        read(script.as_slice()).unwrap(),
        BTreeSet::from([b"M\xfcller".to_vec()])
    );
}

#[test]
fn the_list_keeps_everything_but_data() {
    let list = ";\n; Archive created at 2026-11-21\n215; 1259 16390 TABLE public TABLE DATA bob\n\
                3340; 0 16390 TABLE DATA public t bob\n3400; 2613 16434 BLOB - 16434 bob\n3401; 0 0 BLOBS - BLOBS \n\
                3402; 0 0 ACL - LARGE OBJECT 16434 bob\n3403; 0 0 SEQUENCE SET public s bob\n";
    let kept = String::from_utf8(without_data(list.as_bytes())).unwrap();
    assert_eq!(kept.lines().count(), 5);
    assert!(kept.contains("TABLE public TABLE DATA bob") && kept.contains("BLOB - 16434"));
    assert!(!kept.contains("3340;") && !kept.contains("BLOBS") && !kept.contains("SEQUENCE SET"));
}

//! Parts of an archive, in parallel, with other roles.

use std::fs;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{RestoreLab, content};

const ROLES: &str = "CREATE ROLE \"Old Owner\"; CREATE ROLE reader; CREATE ROLE policy_role;";

const SOURCE: &str = "CREATE SCHEMA sales AUTHORIZATION \"Old Owner\"; CREATE TABLE sales.orders (id int PRIMARY KEY, note text);\n\
    INSERT INTO sales.orders SELECT n, 'GRANT x TO \"Old Owner\";' FROM generate_series(1, 500) n;\n\
    CREATE TABLE public.\"Odd one\" (\"Old Owner\" int); INSERT INTO \"Odd one\" VALUES (1);\n\
    CREATE INDEX by_note ON sales.orders (note); CREATE VIEW v AS SELECT * FROM sales.orders;\n\
    ALTER TABLE sales.orders OWNER TO \"Old Owner\"; ALTER TABLE \"Odd one\" OWNER TO \"Old Owner\";\n\
    GRANT SELECT ON sales.orders TO reader WITH GRANT OPTION; GRANT SELECT (id) ON sales.orders TO \"Old Owner\";\n\
    ALTER TABLE sales.orders ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON sales.orders TO policy_role, \"Old Owner\" USING (id > 0);\n\
    ALTER DEFAULT PRIVILEGES FOR ROLE \"Old Owner\" IN SCHEMA sales GRANT SELECT ON TABLES TO reader;";

fn source() -> Cluster {
    let source = Cluster::private(Version::Installed);
    source.psql_script("postgres", &format!("{ROLES} CREATE DATABASE shop OWNER \"Old Owner\"; GRANT CREATE ON DATABASE shop TO reader;"));
    source.psql_script("shop", SOURCE);
    source
}

#[test]
fn in_parallel_it_is_the_same() {
    let source = source();
    let lab = RestoreLab::new(&source, &source);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "copy").with("-j 3").succeed();
    assert_eq!(content(&source, "copy"), content(&source, "shop"));
    let log = fs::read_to_string(&lab.last_result()["log"]).unwrap();
    assert!(
        log.contains("[--jobs=3]") && log.contains("progress: "),
        "{log}"
    );
    lab.restore(&backup, "bare")
        .with("--no-owner --no-privileges")
        .succeed();
    let owners = "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('orders', 'Odd one', 'v')";
    assert_eq!(source.psql("bare", owners).trim(), "postgres");
    let database = "SELECT pg_get_userbyid(datdba) || coalesce(datacl::text, '') FROM pg_database WHERE datname = 'bare'";
    assert_eq!(source.psql("postgres", database).trim(), "postgres");
}

#[test]
fn a_part_is_restored() {
    let source = source();
    let lab = RestoreLab::new(&source, &source);
    let backup = lab.backup("shop", "FULL");
    let tables = "SELECT coalesce(json_agg(relname ORDER BY relname), '[]') FROM pg_class WHERE relkind = 'r' AND relnamespace \
                  IN ('public'::regnamespace, coalesce(to_regnamespace('sales'), 'public'))";
    let tables_of = |name: &str| -> Vec<String> {
        serde_json::from_str(source.psql(name, tables).trim()).unwrap()
    };
    lab.restore(&backup, "one").with("-t 'Odd one'").succeed();
    assert_eq!(tables_of("one"), ["Odd one"]);
    assert_eq!(source.psql("one", "SELECT * FROM \"Odd one\"").trim(), "1");
    let exactly = "--exactly --select='SCHEMA - sales *' --select='TABLE* sales orders *'";
    let output = lab.restore(&backup, "two").with(exactly).run();
    // It is said that the index and the key are left out.
    assert_eq!(output.code, 8, "{}", output.stderr);
    assert_eq!(tables_of("two"), ["orders"]);
    assert_eq!(
        source
            .psql("two", "SELECT count(*) FROM sales.orders")
            .trim(),
        "500"
    );
    assert_eq!(
        source
            .psql(
                "two",
                "SELECT count(*) FROM pg_class WHERE relname = 'by_note'"
            )
            .trim(),
        "0"
    );
}

#[test]
fn roles_of_the_target_take_the_place_of_the_backups() {
    let source = source();
    let target = Cluster::private(Version::Installed);
    target.psql("postgres", "CREATE ROLE \"new \"\"owner\"");
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "shop")
        .with("--map-role='Old Owner=new \"owner'")
        .succeed();
    assert_eq!(lab.last_result()["roles"], "{policy_role,reader}");
    let expected = content(&source, "shop");
    let found = content(&target, "shop");
    // Where the backup names the role as a role, and nowhere else: not the rows, not the column.
    for kept in ["GRANT x TO \"Old Owner\";", "    \"Old Owner\" integer"] {
        assert!(expected.contains(kept) && found.contains(kept), "{kept}");
    }
    let roles = target.psql(
        "postgres",
        "SELECT count(*) FROM pg_roles WHERE rolname = 'Old Owner'",
    );
    assert_eq!(roles.trim(), "0");
    let said = |cluster: &Cluster, sql: &str| {
        cluster
            .psql("shop", sql)
            .replace("new \\\"owner", "Old Owner")
            .replace("new \"\"owner", "Old Owner")
            .replace("new \"owner", "Old Owner")
            .replace("new \\\"\\\"owner", "Old Owner")
    };
    for sql in [
        "SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relname IN ('orders', 'Odd one', 'v', 'by_note') ORDER BY 1",
        "SELECT polname, ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (polroles) ORDER BY rolname = 'reader', rolname LIKE 'p%') FROM pg_policy",
        "SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'sales'",
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'",
        "SELECT pg_get_userbyid(defaclrole) FROM pg_default_acl",
        "SELECT pg_get_userbyid(grantee), privilege_type FROM pg_class, aclexplode(relacl) WHERE relname = 'orders' AND grantee <> relowner",
    ] {
        assert_eq!(said(&target, sql), said(&source, sql), "{sql}");
    }
}

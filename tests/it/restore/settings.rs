//! Settings keep their value, and one that the target refuses stops no restore.

use pgbackman_tests::postgres::{Cluster, Version};

use pgbackman_tests::sandbox::run;

use super::support::{RestoreLab, everything};
use crate::dump::support::DEADLINE;

/// Every setting of roles and databases, one a line.
fn settings(cluster: &Cluster) -> String {
    let text = "SELECT coalesce(d.datname, '') || '/' || coalesce(r.rolname, '') || ': ' || c.one \
        FROM pg_db_role_setting AS s CROSS JOIN LATERAL unnest(s.setconfig) AS c (one) \
        LEFT JOIN pg_database AS d ON d.oid = s.setdatabase LEFT JOIN pg_roles AS r ON r.oid = s.setrole ORDER BY 1";
    cluster.psql("postgres", text)
}

/// Roles that the database needs, with settings of every kind.
const SOURCE: &str = "CREATE ROLE app LOGIN; CREATE ROLE zowner; CREATE ROLE login LOGIN IN ROLE zowner; CREATE DATABASE shop OWNER app;\n\
    SET local_preload_libraries TO ''; SELECT set_config('local_preload_libraries', '', false); SELECT set_config('search_path', '', false);\n\
    ALTER ROLE app SET local_preload_libraries FROM CURRENT; ALTER ROLE login SET search_path FROM CURRENT;\n\
    ALTER ROLE app IN DATABASE shop SET search_path FROM CURRENT; ALTER DATABASE shop SET search_path FROM CURRENT;\n\
    SELECT set_config('session_preload_libraries', '', false); ALTER DATABASE shop SET session_preload_libraries FROM CURRENT;\n\
    ALTER ROLE login SET temp_tablespaces TO ''; ALTER ROLE login SET role = 'zowner'; ALTER DATABASE shop SET app.x TO 'it''s';\n\
    ALTER ROLE app SET work_mem TO '5MB'; ALTER ROLE app SET \"app.y\" TO '';";

#[track_caller]
fn logs_in(cluster: &Cluster, role: &str) {
    let mut psql = cluster.command("psql");
    psql.env("PGUSER", role).args(["-XAtc", "SELECT 1", "shop"]);
    let said = psql.output().unwrap();
    assert!(said.status.success(), "{said:?}");
}

fn source(version: Version) -> Cluster {
    let cluster = Cluster::private(version);
    cluster.psql_script("postgres", SOURCE);
    cluster.psql_script(
        "shop",
        "CREATE TABLE public.t (a int); ALTER TABLE public.t OWNER TO login;",
    );
    cluster
}

#[test]
fn v1_b5_an_empty_list_stays_one_and_role_is_kept() {
    for version in Version::ALL {
        let from = source(version);
        let expected = settings(&from);
        for empty in [
            "/app: local_preload_libraries=\n",
            "shop/: search_path=\n",
            "shop/: session_preload_libraries=\n",
            "shop/app: search_path=\n",
            "/login: role=zowner\n",
            "/login: temp_tablespaces=\"\"",
        ] {
            assert!(
                format!("{expected}\n").contains(empty),
                "{empty}: {expected}"
            );
        }
        for code in ["FULL", "CLUSTER"] {
            let to = Cluster::private(version);
            let lab = RestoreLab::new(&from, &to);
            // pg_dumpall before 19 writes an empty list as a syntax error: a WARNING, though our restore mends it.
            let (name, into, exit) = if code == "FULL" {
                ("shop", "shop", 0)
            } else {
                ("", "", 8)
            };
            let backup = lab.backup_that_exits(exit, name, code);
            let output = lab.restore(&backup, into).run();
            let result = lab.last_result();
            let case = format!("{version:?} {code}: {result:?} {}", output.stderr);
            assert_eq!(settings(&to), expected, "{case}");
            assert_eq!(result["status"], "SUCCEEDED", "{case}");
            logs_in(&to, "app");
        }
    }
}

/// A function's empty list is a syntax error in every script that a client before 19 writes: nothing is changed for it.
#[test]
fn v1_a_function_with_an_empty_list_refuses_the_restore_of_a_whole_node() {
    let (from, to) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    from.psql("postgres", "CREATE ROLE made");
    from.psql("postgres", "CREATE DATABASE d");
    from.psql_script(
        "d",
        "SELECT set_config('search_path', '', false);\n\
         CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SET search_path FROM CURRENT AS 'select 1';\n",
    );
    let lab = RestoreLab::new(&from, &to);
    let backup = lab.backup_that_exits(8, "", "CLUSTER");
    let output = lab.restore(&backup, "").run();
    let message = &lab.last_result()["message"];
    assert_eq!(output.code, 1, "{message}");
    assert!(
        message.contains("the target was not changed")
            && message.contains("syntax error: public.f"),
        "{message}"
    );
    assert_eq!(
        to.psql(
            "postgres",
            "SELECT count(*) FROM pg_roles WHERE rolname = 'made'"
        )
        .trim(),
        "0"
    );
}

#[test]
fn v3_every_value_is_tried_and_what_is_refused_is_left_out_by_name() {
    // As a server has them whose version, machine or file system takes them.
    const UNKNOWN: &str = "UPDATE pg_db_role_setting AS s SET setconfig = s.setconfig || ARRAY['TimeZone=Nowhere/City', \
        'wal_receiver_timeout=30s', 'local_preload_libraries=nolib'] FROM pg_roles AS r WHERE r.oid = s.setrole AND r.rolname = 'guest'";
    let from = Cluster::private(Version::Installed);
    from.psql_script(
        "postgres",
        "CREATE ROLE guest LOGIN; CREATE DATABASE shop OWNER guest; ALTER ROLE guest SET work_mem TO '5MB'; \
         ALTER ROLE guest SET default_tablespace TO 'nowhere'; ALTER DATABASE shop SET work_mem TO '6MB';",
    );
    from.psql_script("shop", "CREATE TABLE public.t (a int);");
    from.psql("postgres", UNKNOWN);
    let lab_target = |version| {
        Cluster::options(version)
            .conf("log_statement = 'all'")
            .start()
    };
    for (code, version) in [
        ("FULL", Version::Installed),
        ("FULL", Version::V18),
        ("CLUSTER", Version::V18),
    ] {
        let to = lab_target(version);
        let lab = RestoreLab::new(&from, &to);
        let name = if code == "FULL" { "shop" } else { "" };
        let backup = lab.backup(name, code);
        lab.restore(&backup, name).run();
        let result = lab.last_result();
        let case = format!("{code} {version:?}: {result:?}");
        assert_eq!(result["status"], "WARNING", "{case}");
        for named in [
            "TimeZone of \"guest\"",
            "wal_receiver_timeout of \"guest\"",
            "local_preload_libraries of \"guest\"",
            "no library \"nolib\"",
            "default_tablespace",
        ] {
            let message = result["message"].to_lowercase();
            assert!(message.contains(&named.to_lowercase()), "{named}: {case}");
        }
        assert_eq!(
            settings(&to),
            "/guest: default_tablespace=nowhere\n/guest: work_mem=5MB\nshop/: work_mem=6MB",
            "{case}"
        );
        logs_in(&to, "guest");
        let log = to.log();
        assert!(
            !log.contains("ERROR:  invalid value") && !log.contains("pgbackman_try"),
            "{log}"
        );
    }
}

/// As other versions, machines and hands have left them; the last is of the database.
const OF_OTHERS: [(&str, &str, &str); 4] = [
    ("password_encryption", "on", "guest"),
    ("log_min_messages", "warning,backend:debug1", "guest"),
    ("wal_receiver_timeout", "30s", "guest"),
    ("TimeZone", "Nowhere/City", "shop"),
];

#[test]
fn v3_what_the_target_refuses_is_said_by_dialogue_dry_run_and_restore_alike() {
    for (source, target) in [
        (Version::V18, Version::Installed),
        (Version::Installed, Version::V18),
    ] {
        let (from, to) = (Cluster::private(source), Cluster::private(target));
        from.psql_script(
            "postgres",
            "CREATE ROLE guest LOGIN; CREATE DATABASE shop OWNER guest; ALTER ROLE guest SET work_mem TO '5MB'; \
             ALTER DATABASE shop SET work_mem TO '6MB';",
        );
        from.psql_script("shop", "CREATE TABLE public.t (a int);");
        for (parameter, value, of) in OF_OTHERS {
            from.psql(
                "postgres",
                &format!(
                    "UPDATE pg_db_role_setting SET setconfig = setconfig || '{parameter}={value}'::text \
                     WHERE setrole = coalesce((SELECT oid FROM pg_roles WHERE rolname = '{of}'), 0) \
                     AND setdatabase = coalesce((SELECT oid FROM pg_database WHERE datname = '{of}'), 0)"
                ),
            );
        }
        let lab = RestoreLab::new(&from, &to);
        let backup = lab.backup("shop", "FULL");
        let before = everything(&to);
        let register = format!(
            "register_restore_definition '2036-01-01 00:00Z' {} {} shop '' '' all",
            backup.id, lab.target_id
        );
        let dialogue = lab.sandbox().shell(&register).success();
        let clone = format!(
            "clone_database {} shop {} shop now {} ''",
            lab.lab.node_id, lab.target_id, lab.lab.server_id
        );
        let clone = lab.sandbox().shell(&clone).success();
        let restore = lab.restore(&backup, "shop");
        let mut dry = restore.command(restore.register());
        let dry = run(dry.arg("--dry-run"), b"", DEADLINE).success();
        assert_eq!(everything(&to), before);
        restore.run();
        let result = lab.last_result();
        assert_eq!(result["status"], "WARNING", "{result:?}");
        for (parameter, _, of) in OF_OTHERS {
            let named = format!("the setting {} of \"{of}\"", parameter.to_lowercase());
            for said in [&dialogue, &clone, &dry, &result["message"]] {
                assert!(said.to_lowercase().contains(&named), "{named}: {said}");
            }
        }
        for said in [&dialogue, &clone, &dry, &result["message"]] {
            assert!(!said.contains("work_mem"), "{said}");
        }
        assert_eq!(
            settings(&to),
            "/guest: work_mem=5MB\nshop/: work_mem=6MB",
            "{result:?}"
        );
    }
}

#[test]
fn b5_a_role_that_a_setting_names_is_mapped() {
    let from = source(Version::Installed);
    from.psql(
        "postgres",
        "ALTER ROLE login IN DATABASE shop SET role = 'zowner'",
    );
    let to = Cluster::private(Version::Installed);
    to.psql("postgres", "CREATE ROLE \"It's\"");
    let lab = RestoreLab::new(&from, &to);
    let backup = lab.backup("shop", "FULL");
    let mut restore = lab.restore(&backup, "shop");
    restore.roles = vec!["app".to_owned(), "login".to_owned()];
    restore.with("--map-role \"zowner=It's\"").run();
    let (found, result) = (settings(&to), lab.last_result());
    for expected in ["/login: role=It's\n", "shop/login: role=It's\n"] {
        assert!(
            format!("{found}\n").contains(expected),
            "{found} {result:?}"
        );
    }
    assert!(!result["message"].contains("zowner"), "{result:?}");
}

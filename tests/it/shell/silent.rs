//! Nothing is silent about nothing running (issue 14, findings 2 and 3): what was registered and will not run, what a filter
//! names and nothing has, and a list that is empty.

use std::time::Duration;

use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::{Fleet, register};

const DEADLINE: Duration = Duration::from_secs(20);

/// What is said of node 1 while it is STOPPED.
fn stopped(fleet: &Fleet) -> String {
    format!(
        "[WARNING]: PgSQL node 127.0.0.1:{} is STOPPED: none of its backups runs until it is RUNNING \
         (update_pgsql_node 1 status=RUNNING).\n",
        fleet.node.port()
    )
}

/// The definitions, for programs.
fn listed(fleet: &Fleet, format: &str) -> String {
    let words = ["-o", format, "-C", "show_backup_definitions all all all"];
    fleet.sandbox.run("pgbackman", words).success()
}

#[test]
fn f2_what_does_not_run_is_said_when_it_is_registered_and_listed() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox
            .shell("register_pgsql_node pg1 example.net 5432 postgres '' ''")
            .success(),
        "[Done] PgSQL node pg1.example.net registered.\n\
         [WARNING]: PgSQL node pg1.example.net:5432 is STOPPED: none of its backups runs until it is RUNNING \
         (update_pgsql_node 1 status=RUNNING).\n"
    );
    let fleet = Fleet::with_databases(&["shop", "crm"]);
    // RUNNING: nothing more is said.
    assert_eq!(
        fleet.shell(&register("shop", &[])),
        "[Done] Backup definition for dbname: shop created.\n"
    );
    let json = listed(&fleet, "json");
    fleet.shell("update_pgsql_node 1 status=STOPPED");
    assert_eq!(
        fleet.shell(&register("crm", &[])),
        format!(
            "[Done] Backup definition for dbname: crm created.\n{}",
            stopped(&fleet)
        )
    );
    // JSON and CSV have the node's status elsewhere, and stay what they were.
    fleet.query("DELETE FROM backup_definition WHERE dbname = 'crm'");
    let after = listed(&fleet, "json");
    assert_eq!(json, after);
    let csv = listed(&fleet, "csv");
    assert!(csv.contains(",ACTIVE,"), "{csv}");
    // What never comes is said, at registration and when it is changed.
    let never = "[WARNING]: The schedule 0 4 31 2 * never runs: no date matches it.\n";
    let fields = [(4, "0"), (5, "4"), (6, "31"), (7, "2"), (8, "*")];
    assert!(fleet.shell(&register("crm", &fields)).contains(never));
    let change = "update_backup_definition 1 minute=0 hour=4 day_month=31 month=2 weekday=*";
    let said = fleet.shell(change);
    assert!(said.contains(never), "{said}");
}

#[test]
fn f2_a_move_to_a_server_without_control_is_said() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register("shop", &[]));
    fleet.shell("register_backup_server backup02 example.net ''");
    let said = fleet.shell("move_backup_definition 1 2 all all ''");
    assert!(
        said.ends_with(
            "[Done] 1 backup definition moved.\n[WARNING]: pgbackman_control on backup server backup02.example.net \
             has never run: no backup runs there until the daemon runs (show_daemons).\n"
        ),
        "{said}"
    );
    let said = fleet.shell("move_backup_definition 2 1 all all ''");
    assert!(
        said.ends_with("[Done] 1 backup definition moved.\n"),
        "{said}"
    );
}

#[test]
fn f2_a_registration_on_a_server_without_control_is_said() {
    let fleet = Fleet::with_databases(&["shop", "crm"]);
    let silent = |why: &str, what: &str| {
        format!(
            "[WARNING]: pgbackman_control on backup server backup01.example.net {why}: no {what} runs there until the daemon runs \
             (show_daemons).\n"
        )
    };
    let at = "register_snapshot_definition 1 1 shop '' '2036-01-01 04:30' FULL '1 day' '' '' ''";
    let said = fleet.shell(&register("shop", &[]));
    assert_eq!(said, "[Done] Backup definition for dbname: shop created.\n");
    fleet.query("UPDATE daemon_sign_of_life SET last_seen = now() - interval '2 days'");
    let said = fleet.shell(&register("crm", &[]));
    assert!(
        said.ends_with(&silent("does not respond", "backup")),
        "{said}"
    );
    fleet.query("DELETE FROM daemon_sign_of_life");
    for (command, what) in [
        (register("postgres", &[]), "backup"),
        (at.to_owned(), "backup"),
        (
            "clone_database 1 shop 1 shop_copy '' 1 '' ''".to_owned(),
            "clone",
        ),
    ] {
        let said = fleet.shell(&command);
        assert!(
            said.ends_with(&silent("has never run", what)),
            "{command}: {said}"
        );
    }
}

#[test]
fn f2_a_definition_whose_node_is_stopped_is_marked_in_tables() {
    let fleet = Fleet::with_databases(&["shop", "crm"]);
    fleet.shell(&register("shop", &[]));
    fleet.shell(&register("crm", &[(14, "STOPPED")]));
    let lists = [
        "show_backup_definitions all all all",
        "show_empty_backup_catalogs",
    ];
    let status = |list: &str, dbname: &str| {
        let table = fleet.shell(list);
        let row = table
            .lines()
            .find(|line| line.contains(&format!("| {dbname} ")))
            .unwrap_or_else(|| panic!("{dbname}: {table}"));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let found = cells
            .iter()
            .find(|cell| cell.starts_with("ACTIVE") || cell.starts_with("STOPPED"));
        (*found.unwrap()).to_owned()
    };
    let for_programs = || ["json", "csv"].map(|format| listed(&fleet, format));
    let before = for_programs();
    for list in lists {
        assert_eq!(status(list, "shop"), "ACTIVE");
    }
    fleet.shell("update_pgsql_node 1 status=STOPPED");
    for list in lists {
        assert_eq!(status(list, "shop"), "ACTIVE (node stopped)");
        assert_eq!(status(list, "crm"), "STOPPED");
    }
    let typed = listed(&fleet, "json2");
    assert!(typed.contains(r#""node_status": "STOPPED""#), "{typed}");
    fleet.shell("update_pgsql_node 1 status=RUNNING");
    fleet.shell("start_maintenance_window 1 '2 hours' 'A new disk'");
    for list in lists {
        assert_eq!(status(list, "shop"), "ACTIVE (maintenance window)");
    }
    assert_eq!(before, for_programs());
    // The list of nodes says how long it lasts, and programs get the time.
    let until = fleet.query(
        "SELECT to_char(window_until, 'YYYY-MM-DD HH24:MI:SSTZH:TZM') FROM pgsql_node WHERE node_id = 1",
    );
    let nodes = fleet.shell("show_pgsql_nodes");
    assert!(
        nodes.contains(&format!("STOPPED until {until} ")),
        "{nodes}"
    );
    let for_program = |format| {
        let words = ["-o", format, "-C", "show_pgsql_nodes"];
        fleet.sandbox.run("pgbackman", words).success()
    };
    assert!(!for_program("json").contains("until"));
    assert!(for_program("json2").contains(r#""window_until": "20"#));
    fleet.shell("end_maintenance_window 1");
    assert!(for_program("json2").contains(r#""window_until": null"#));
    assert!(!fleet.shell("show_pgsql_nodes").contains("until"));
}

/// The lists with their filters; `%` is where a name goes that nothing has.
const FILTERS: [(&str, &str); 26] = [
    ("show_alerts % all all", "Backup server"),
    ("show_alerts all % all", "PgSQL node"),
    ("show_backup_catalog % all all all all", "Backup server"),
    ("show_backup_catalog all % all all all", "PgSQL node"),
    ("show_backup_catalog all all all % all", "Backup definition"),
    ("show_backup_definitions % all all", "Backup server"),
    ("show_backup_definitions all % all", "PgSQL node"),
    ("show_clones % all all", "Backup server"),
    ("show_clones all % all", "PgSQL node"),
    ("show_disk_space %", "Backup server"),
    ("show_restore_catalog % all all", "Backup server"),
    ("show_restore_catalog all % all", "PgSQL node"),
    ("show_restore_definitions % all all", "Backup server"),
    ("show_restore_definitions all % all", "PgSQL node"),
    ("show_retry_policies % all all", "Backup server"),
    ("show_retry_policies all % all", "PgSQL node"),
    ("show_snapshot_definitions % all all", "Backup server"),
    ("show_snapshot_definitions all % all", "PgSQL node"),
    ("show_backup_server_config %", "Backup server"),
    ("show_backup_server_stats %", "Backup server"),
    ("show_pgsql_node_config %", "PgSQL node"),
    ("show_pgsql_node_stats %", "PgSQL node"),
    ("show_retention %", "Backup definition"),
    ("show_databases_without_backup_definitions %", "PgSQL node"),
    ("move_backup_definition % 1 all all ''", "Backup server"),
    ("move_backup_definition 1 2 % all ''", "PgSQL node"),
];

#[test]
fn f3_a_name_that_does_not_exist_is_an_error_in_every_filter() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    sandbox
        .shell("register_backup_server backup02 example.net ''")
        .success();
    sandbox
        .shell("register_pgsql_node pg1 example.net 5432 postgres RUNNING ''")
        .success();
    for (command, kind) in FILTERS {
        let name = if kind == "Backup definition" {
            "99"
        } else {
            "zzz"
        };
        let said = sandbox.shell(&command.replace('%', name)).failure();
        assert!(
            said.contains(&format!("{kind} [{name}] does not exist")),
            "{command}: {said}"
        );
        // Nor beside one that exists.
        let known = if kind == "Backup definition" {
            continue;
        } else {
            "1,zzz"
        };
        if command.starts_with("show_")
            && !command.contains("_config")
            && !command.contains("_stats")
        {
            let said = sandbox.shell(&command.replace('%', known)).failure();
            assert!(said.contains("[zzz] does not exist"), "{command}: {said}");
        }
    }
}

#[test]
fn f3_lists_default_to_everything_where_this_machine_is_no_backup_server() {
    let mut sandbox = Sandbox::new();
    for name in ["backup01", "backup02"] {
        sandbox
            .shell(&format!("register_backup_server {name} example.net ''"))
            .success();
    }
    sandbox
        .shell("register_pgsql_node pg1 example.net 5432 postgres RUNNING ''")
        .success();
    sandbox.catalogue().psql(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, job_status) \
         SELECT s.server_id, 1, 'shop', '1', '1', 'FULL', 'ACTIVE' FROM backup_server AS s",
    );
    let shown = |sandbox: &Sandbox<'_>| {
        let said = sandbox.shell("show_backup_definitions '' '' ''").success();
        ["backup01", "backup02"].map(|name| said.matches(&format!(" {name}.example.net ")).count())
    };
    // The sandbox is backup01.
    assert_eq!(shown(&sandbox), [1, 0]);
    sandbox.configure("backup_server", "backup_server", "\"laptop.example.net\"");
    assert_eq!(shown(&sandbox), [1, 1]);
    let said = sandbox.shell("show_backup_definitions").success();
    assert_eq!(said.matches(" shop ").count(), 2, "{said}");
}

#[test]
fn f3_an_empty_list_says_so_on_a_terminal_only() {
    let sandbox = Sandbox::new();
    let lists = [
        "show_backup_catalog all all all all all",
        "show_disk_space all",
        "show_jobs_queue",
    ];
    for list in lists {
        assert!(!sandbox.shell(list).success().contains("rows"), "{list}");
        let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 200);
        pty.expect("[pgbackman]$ ", DEADLINE);
        pty.send(&format!("{list}\r"));
        pty.expect("(0 rows)\n", DEADLINE);
        pty.expect("[pgbackman]$ ", DEADLINE);
        pty.send("set output_format=json\r");
        pty.expect("[pgbackman]$ ", DEADLINE);
        pty.send(&format!("{list}\r"));
        let said = pty.expect("[pgbackman]$ ", DEADLINE);
        assert!(!said.contains("rows)"), "{said}");
    }
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 200);
    pty.expect("[pgbackman]$ ", DEADLINE);
    pty.send("show_backup_servers\r");
    let said = pty.expect("[pgbackman]$ ", DEADLINE);
    assert!(
        said.contains("backup01") && !said.contains("rows)"),
        "{said}"
    );
}

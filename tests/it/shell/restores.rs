//! `register_restore_definition` at a terminal, in scripts, and with what it cannot do.

use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::pty::Pty;

use super::fleet::Fleet;

const DEADLINE: Duration = Duration::from_secs(20);
const QUESTION: &str = "# Are all values correct (yes/no): ";

/// A FULL backup of `Orders` on this machine's backup server, with these roles (an SQL array), its files in the sandbox.
fn backup(fleet: &Fleet, roles: &str) {
    let catalogue = fleet.sandbox.catalogue();
    catalogue.psql(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) \
         VALUES (1, 1, 'Orders', 'FULL', 'ACTIVE')",
    );
    let release = Version::Installed.release();
    let files = fleet.sandbox.backup_root();
    catalogue.psql(&format!(
        "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, finished, pg_dump_file, manifest_file, \
         global_log_file, execution_status, execution_method, role_list, pgsql_node_release, pg_dump_release) \
         VALUES (1, 1, 1, 'Orders', now(), '{files}', '{files}', '/l', 'SUCCEEDED', 'CRON', {roles}, '{release}', '{release}')",
        files = files.display()
    ));
}

fn registered(fleet: &Fleet) -> String {
    fleet.sandbox.catalogue().psql(
        "SELECT target_dbname, renamed_dbname, roles_to_restore, extra_restore_parameters, status FROM restore_definition",
    )
}

fn answer(pty: &mut Pty, prompt: &str, keys: &str) {
    pty.expect(prompt, DEADLINE);
    pty.send(keys);
}

/// A terminal at which the five prompts have been answered; the target is the node itself.
fn at_the_dialogue(fleet: &Fleet) -> Pty {
    let mut pty = Pty::spawn(&fleet.sandbox.command("pgbackman"), 24, 200);
    answer(&mut pty, "[pgbackman]$ ", "register_restore_definition\r");
    answer(&mut pty, "# AT timestamp [", "now + 1 hour\r");
    answer(&mut pty, "# BckID []: ", "1\r");
    answer(&mut pty, "# Target NodeID / FQDN []: ", "127.0.0.1\r");
    answer(&mut pty, "# Target DBname [Orders]: ", "\r");
    answer(&mut pty, "# Extra parameters []: ", "\r");
    pty.expect("[Processing restore data]\n", DEADLINE);
    pty
}

#[test]
fn at_a_terminal_a_taken_name_is_asked_for_again() {
    let fleet = Fleet::with_databases(&["Orders", "Orders_old"]);
    backup(&fleet, "'{shop_rw,postgres}'");
    let mut pty = at_the_dialogue(&fleet);
    pty.expect("[OK]: Client programs ", DEADLINE);
    pty.expect(
        "[WARNING]: Target DBname already exists on target PgSQL node.\n",
        DEADLINE,
    );
    answer(&mut pty, "# Rename it? (yes/no): ", "perhaps\r");
    answer(&mut pty, "# Rename it? (yes/no): ", "y\r");
    answer(&mut pty, "# Rename existing database to [", "yes\r");
    pty.expect(
        "[WARNING]: \"yes\" is not a valid new name for the existing database\n",
        DEADLINE,
    );
    answer(
        &mut pty,
        "# Rename existing database to [Orders_20",
        "Orders_old\r",
    );
    pty.expect(
        "[WARNING]: Renamed database already exist on target PgSQL node.\n",
        DEADLINE,
    );
    answer(
        &mut pty,
        "# Rename existing database to [Orders_20",
        "Old \"one\"\r",
    );
    pty.expect(
        "[OK]: Renamed DBname Old \"one\" does not exist on target PgSQL node.\n",
        DEADLINE,
    );
    answer(&mut pty, "# Use the existing role? (yes/no): ", "yes\r");
    pty.expect(
        "[OK]: Role shop_rw does not exist on target PgSQL node.\n",
        DEADLINE,
    );
    pty.expect("[Restore definition accepted]\n", DEADLINE);
    pty.expect("Roles to restore: shop_rw\n", DEADLINE);
    answer(&mut pty, QUESTION, "yes\r");
    pty.expect("[Done] Restore definition registered.\n", DEADLINE);
    assert_eq!(registered(&fleet), "Orders|Old \"one\"|{shop_rw}||WAITING");
}

#[test]
fn ctrl_c_and_ctrl_d_inside_the_dialogue_register_nothing() {
    let fleet = Fleet::with_databases(&["Orders"]);
    backup(&fleet, "'{postgres}'");
    for key in ["\x03", "\x04"] {
        for prompts in [1, 2, 3] {
            let mut pty = at_the_dialogue(&fleet);
            let questions = [
                ("# Rename it? (yes/no): ", "yes\r"),
                ("# Rename existing database to [", "\r"),
                ("# Use the existing role? (yes/no): ", "yes\r"),
            ];
            for (prompt, keys) in &questions[..prompts - 1] {
                answer(&mut pty, prompt, keys);
            }
            answer(&mut pty, questions[prompts - 1].0, key);
            pty.expect("[ABORTED] Command interrupted by the user.\n", DEADLINE);
        }
    }
    assert_eq!(registered(&fleet), "");
}

#[test]
fn trap_15_names_are_registered_as_they_are() {
    let fleet = Fleet::with_databases(&["Orders"]);
    let role = "O'Brien \"x\" $(id);%";
    fleet
        .node
        .psql("postgres", "CREATE ROLE \"O'Brien \"\"x\"\" $(id);%\"");
    backup(&fleet, "ARRAY['O''Brien \"x\" $(id);%', 'ORDERS, rw']");
    let name = "-l 'q' \"d\" \\ $(id); %d\nline";
    let target = format!("'{}'", name.replace('\'', r"'\''"));
    let reuse = format!("'\"{}\"'", role.replace('"', "\"\"").replace('\'', r"'\''"));
    fleet.shell(&format!(
        "register_restore_definition '2036-01-01 00:00Z' 1 1 {target} '--map-role=\"ORDERS, rw\"=postgres' '' {reuse}"
    ));
    let stored = fleet.sandbox.catalogue().psql(
        "SELECT target_dbname = E'-l ''q'' \"d\" \\\\ $(id); %d\\nline', renamed_dbname IS NULL, roles_to_restore = '{}' \
         FROM restore_definition",
    );
    assert_eq!(stored, "t|t|t");
}

#[test]
fn a_target_that_cannot_be_reached_or_is_a_standby_is_refused() {
    let fleet = Fleet::new();
    backup(&fleet, "'{}'");
    let standby = fleet.node.standby();
    fleet.shell(&format!(
        "register_pgsql_node {} '' {} postgres RUNNING ''",
        standby.socket_dir().display(),
        standby.port()
    ));
    let nobody = Cluster::private(Version::Installed);
    let (place, port) = (nobody.socket_dir().to_owned(), nobody.port());
    drop(nobody);
    fleet.shell(&format!(
        "register_pgsql_node {} '' {port} postgres RUNNING ''",
        place.display()
    ));
    let refused = |node: u32| {
        let command = format!("register_restore_definition now 1 {node} copy ''");
        fleet.sandbox.shell(&command).failure()
    };
    let standby = refused(2);
    assert!(
        standby.contains("is a standby") && standby.contains("Choose its primary"),
        "{standby}"
    );
    let gone = refused(3);
    assert!(
        gone.contains("Could not inspect the target PgSQL node") && gone.contains("MESSAGE"),
        "{gone}"
    );
    assert_eq!(registered(&fleet), "");
}

#[test]
fn trap_7_an_archive_that_no_client_reads_is_refused() {
    let fleet = Fleet::new();
    backup(&fleet, "'{}'");
    fleet
        .sandbox
        .catalogue()
        .psql("UPDATE backup_catalog SET pg_dump_release = '99.1'");
    let said = fleet
        .sandbox
        .shell("register_restore_definition now 1 1 copy ''")
        .failure();
    assert!(
        said.contains("requires pg_restore 99 or newer") && said.contains("pgsql_bin_99"),
        "{said}"
    );
    assert_eq!(registered(&fleet), "");
}

/// Sets what the backup needs, as its run has recorded it.
fn needs(fleet: &Fleet, json: &str) {
    fleet.sandbox.catalogue().psql(&format!(
        "UPDATE backup_catalog SET run_context = jsonb_build_object('needs', '{json}'::jsonb)"
    ));
}

#[test]
fn what_the_target_lacks_is_refused_all_at_once_and_named() {
    let fleet = Fleet::new();
    backup(&fleet, "'{shopkeeper}'");
    fleet.node.psql(
        "postgres",
        "CREATE ROLE limited LOGIN CREATEDB PASSWORD 'harness'",
    );
    let pgpass = fleet.sandbox.home().join(".pgpass");
    let mut lines = std::fs::read_to_string(&pgpass).unwrap();
    lines.push_str("*:*:*:limited:harness\n");
    std::fs::write(&pgpass, lines).unwrap();
    fleet
        .sandbox
        .catalogue()
        .psql("UPDATE pgsql_node SET admin_user = 'limited' WHERE node_id = 1");
    needs(
        &fleet,
        r#"{"extensions": [{"name": "nosuch", "version": "1.2"}], "tablespaces": ["fast disk"], "privileged_roles": []}"#,
    );
    let register = "register_restore_definition now 1 1 copy";
    let said = fleet.refused(&format!("{register} ''"));
    for words in [
        "The extension nosuch (1.2) is not available on target PgSQL node.",
        "Tablespaces that do not exist on target PgSQL node: fast disk.",
        "The role limited may not create roles, but shopkeeper must be created.",
        "Install the package that contains nosuch on the target's machine.",
        "--no-tablespaces",
        "Give the role limited CREATEROLE.",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(registered(&fleet), "");
    // Nothing is made of roles where nothing is owned or granted, and a part may do without an extension.
    let said = fleet.shell(&format!(
        "{register} '--no-owner --no-privileges --no-tablespaces --schema=sales'"
    ));
    assert!(
        said.contains("[WARNING]: The extension nosuch (1.2) is not available")
            && !said.contains("shopkeeper"),
        "{said}"
    );
}

#[test]
fn too_little_space_that_is_known_is_said_before_it_is_registered() {
    let fleet = Fleet::new();
    backup(&fleet, "'{}'");
    needs(&fleet, r#"{"size": 1152921504606846976}"#);
    let said = fleet.shell("register_restore_definition now 1 1 copy ''");
    assert!(
        said.contains("[WARNING]: The database had a size of 1099511627776 MB, but only ")
            && said.contains(" MB are free on the disk of the target's data directory."),
        "{said}"
    );
    needs(&fleet, r#"{"size": 1}"#);
    let said = fleet.shell("register_restore_definition 'now + 10 minutes' 1 1 copy ''");
    assert!(
        said.contains("[OK]: The database had a size of 1 MB; "),
        "{said}"
    );
}

#[test]
fn d1_a_damaged_backup_is_said_to_be_when_its_restore_is_registered() {
    let fleet = Fleet::new();
    backup(&fleet, "'{}'");
    fleet.sandbox.catalogue().psql(
        "UPDATE backup_catalog SET files_state = 'damaged', files_looked_at = '2026-11-30 10:38:27+00', \
         files_problem = '/x/1.dat.gz has 7 bytes instead of 8'",
    );
    let said = fleet.shell("register_restore_definition now 1 1 copy ''");
    assert!(
        said.contains(
            "[WARNING]: The backup's files were damaged at the last check: /x/1.dat.gz has 7 bytes instead of 8 \
             (2026-11-30"
        ),
        "{said}"
    );
}

#[test]
fn a_data_backup_takes_no_name_for_an_existing_database() {
    let fleet = Fleet::with_databases(&["Orders"]);
    fleet.node.psql("Orders", "CREATE TABLE t (n int)");
    backup(&fleet, "'{}'");
    fleet
        .sandbox
        .catalogue()
        .psql("UPDATE backup_definition SET backup_code = 'DATA'");
    let said = fleet.refused("register_restore_definition now 1 1 Orders '' old ''");
    assert!(said.contains("Omit the new name."), "{said}");
    fleet.shell("register_restore_definition now 1 1 Orders ''");
}

#[test]
fn f17_no_answer_of_the_dialogue_is_lost_by_a_wrong_one() {
    let fleet = Fleet::with_databases(&["Orders"]);
    fleet.shell("register_pgsql_node pg-node02 example.net 5432 postgres STOPPED ''");
    for role in ["one", "two"] {
        fleet.node.psql("postgres", &format!("CREATE ROLE {role}"));
    }
    backup(&fleet, "'{one,two,postgres}'");
    let mut pty = Pty::spawn(&fleet.sandbox.command("pgbackman"), 24, 200);
    answer(&mut pty, "[pgbackman]$ ", "register_restore_definition\r");
    answer(&mut pty, "# AT timestamp [", "2020-01-01 10:00\r");
    pty.expect(" is in the past; use now to run it immediately\n", DEADLINE);
    answer(&mut pty, "# AT timestamp [", "now\r");
    answer(&mut pty, "# BckID []: ", "99\r");
    pty.expect(
        "[ERROR]: Backup [99] does not exist in the catalogue; show_backup_catalog lists the backups\n",
        DEADLINE,
    );
    answer(&mut pty, "# BckID []: ", "1\r");
    answer(&mut pty, "# Target NodeID / FQDN []: ", "2\r");
    pty.expect("is STOPPED; set it to RUNNING", DEADLINE);
    answer(&mut pty, "# Target NodeID / FQDN []: ", "1\r");
    answer(&mut pty, "# Target DBname [Orders]: ", "postgres2\r");
    answer(&mut pty, "# Extra parameters []: ", "--clean\r");
    pty.expect("[ERROR]: ", DEADLINE);
    answer(&mut pty, "# Extra parameters []: ", "\r");
    pty.expect("3 roles of the backup exist on the target", DEADLINE);
    answer(&mut pty, "# Use the existing role? (yes/no): ", "all\r");
    pty.expect("     Source DBname: Orders\n", DEADLINE);
    answer(&mut pty, QUESTION, "y\r");
    pty.expect("[Done] Restore definition registered.\n", DEADLINE);
    assert_eq!(registered(&fleet), "postgres2||{}||WAITING");
}

#[test]
fn f17_a_second_restore_of_a_minute_is_refused_by_the_name_that_makes_it_one() {
    let fleet = Fleet::with_databases(&["Orders"]);
    backup(&fleet, "'{}'");
    let minute = "2036-01-01 04:30Z";
    fleet.shell(&format!(
        "register_restore_definition '{minute}' 1 1 copy ''"
    ));
    let taken = "Restore definition 1 restores to copy on PgSQL node 127.0.0.1";
    let mut pty = Pty::spawn(&fleet.sandbox.command("pgbackman"), 24, 200);
    answer(&mut pty, "[pgbackman]$ ", "register_restore_definition\r");
    answer(&mut pty, "# AT timestamp [", &format!("{minute}\r"));
    answer(&mut pty, "# BckID []: ", "1\r");
    answer(&mut pty, "# Target NodeID / FQDN []: ", "1\r");
    answer(&mut pty, "# Target DBname [Orders]: ", "copy\r");
    pty.expect(&format!("[ERROR]: {taken}"), DEADLINE);
    answer(&mut pty, "# Target DBname [Orders]: ", "other\r");
    answer(&mut pty, "# Extra parameters []: ", "\r");
    answer(&mut pty, QUESTION, "y\r");
    pty.expect("[Done] Restore definition registered.\n", DEADLINE);
    // On the line it takes no ID.
    let said = fleet.refused(&format!(
        "register_restore_definition '{minute}' 1 1 copy ''"
    ));
    assert!(
        said.contains(taken) && !said.contains("EXCEPTION"),
        "{said}"
    );
    let last = fleet.query("SELECT last_value FROM restore_definition_restore_def_seq");
    assert_eq!(last, "2");
}

#[test]
fn f7_a_time_that_has_passed_is_refused_and_now_is_not() {
    let fleet = Fleet::new();
    backup(&fleet, "'{}'");
    let said = fleet.refused("register_restore_definition '2020-01-01 10:00Z' 1 1 copy ''");
    assert!(said.contains("is in the past; use now"), "{said}");
    assert_eq!(registered(&fleet), "");
    fleet.shell("register_restore_definition now 1 1 copy ''");
}

//! The shell at a terminal: prompts, keys, history, completion.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::{Fleet, register};

const DEADLINE: Duration = Duration::from_secs(20);
const PROMPT: &str = "[pgbackman]$ ";

/// A shell at a terminal of 80 columns, at its first prompt.
fn shell(sandbox: &Sandbox<'_>) -> Pty {
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    let banner = pty.expect(PROMPT, DEADLINE);
    let rule = "#".repeat(68);
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "\n{rule}\nWelcome to the PostgreSQL Backup Manager shell (v.{version})\n{rule}\nType help or \\? to list \
         commands.\n\n"
    );
    assert_eq!(banner, expected);
    pty
}

/// Types an answer at a prompt, as soon as it is there.
fn answer(pty: &mut Pty, prompt: &str, keys: &str) {
    pty.expect(prompt, DEADLINE);
    pty.send(keys);
}

#[test]
fn a_dialogue_asks_for_everything_and_enter_takes_the_default() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    pty.send("register_backup_server\r");
    answer(
        &mut pty,
        &format!("{}\n# Hostname []: ", "-".repeat(56)),
        "backup01\r",
    );
    answer(&mut pty, "# Domain [example.org]: ", "\r");
    answer(&mut pty, "# Remarks []: ", "Main backup server\r");
    answer(
        &mut pty,
        "\n# Are all values correct (yes/no): ",
        "perhaps\r",
    );
    answer(&mut pty, "\n# Are all values correct (yes/no): ", "yes\r");
    pty.expect(
        &format!(
            "{}\n\n[Done] Backup server backup01.example.org registered.\n\n",
            "-".repeat(56)
        ),
        DEADLINE,
    );
    pty.expect(PROMPT, DEADLINE);
    pty.send("\x04");
    pty.expect("Done, thank you for using PgBackMan\n", DEADLINE);
    assert_eq!(pty.wait(DEADLINE), Some(0));
}

#[test]
fn ctrl_c_and_ctrl_d_leave_a_dialogue_and_not_the_shell() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    for key in ["\x03", "\x04"] {
        pty.send("register_backup_server\r");
        answer(&mut pty, "# Hostname []: ", "backup01\r");
        answer(&mut pty, "# Domain [example.org]: ", key);
        pty.expect("[ABORTED] Command interrupted by the user.\n", DEADLINE);
        pty.expect(PROMPT, DEADLINE);
    }
    pty.send("half a line\x03");
    pty.expect(PROMPT, DEADLINE);
    pty.send("quit\r");
    pty.expect("Done, thank you for using PgBackMan\n", DEADLINE);
    assert_eq!(pty.wait(DEADLINE), Some(0));
    assert_eq!(
        sandbox
            .catalogue()
            .psql("SELECT count(*) FROM backup_server")
            .trim(),
        "0"
    );
}

#[test]
fn a_wrong_answer_is_asked_for_again() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    pty.send("register_pgsql_node\r");
    answer(&mut pty, "# Hostname []: ", "\r");
    pty.expect("[ERROR]: Hostname: \"\" is empty", DEADLINE);
    answer(&mut pty, "# Hostname []: ", "pg-node01\r");
    answer(&mut pty, "# Domain [example.org]: ", "\r");
    answer(&mut pty, "# Port [5432]: ", "70000\r");
    pty.expect(
        "[ERROR]: Port: \"70000\" is not a port; allowed: 1 to 65535",
        DEADLINE,
    );
    answer(&mut pty, "# Port [5432]: ", "5433\r");
    answer(&mut pty, "# Admin user [postgres]: ", "\r");
    answer(&mut pty, "# Status[STOPPED]: ", "up\r");
    answer(&mut pty, "# Status[STOPPED]: ", "running\r");
    answer(&mut pty, "# Remarks []: ", "\r");
    answer(&mut pty, "# Are all values correct (yes/no): ", "yes\r");
    pty.expect(
        "[Done] PgSQL node pg-node01.example.org registered.",
        DEADLINE,
    );
}

#[test]
fn a_definition_is_registered_prompt_by_prompt() {
    let fleet = Fleet::with_databases(&["Orders"]);
    let mut pty = shell(&fleet.sandbox);
    pty.send("register_backup_definition\r");
    answer(
        &mut pty,
        "# Backup server SrvID / FQDN [backup01.example.net]: ",
        "\r",
    );
    answer(&mut pty, "# PgSQL node NodeID / FQDN []: ", "nowhere\r");
    pty.expect("PgSQL node [nowhere] does not exist", DEADLINE);
    answer(&mut pty, "# PgSQL node NodeID / FQDN []: ", "127.0.0.1\r");
    answer(&mut pty, "# DBname []: ", "Orders\r");
    answer(&mut pty, "# DBname exceptions []: ", "\r");
    answer(&mut pty, "# Minutes cron [", "\r");
    answer(&mut pty, "# Hours cron [0", "\r");
    for prompt in [
        "# Day-month cron [*]: ",
        "# Month cron [*]: ",
        "# Weekday cron [*]: ",
        "# Backup code [FULL]: ",
    ] {
        answer(&mut pty, prompt, "\r");
    }
    answer(&mut pty, "# Encryption [false]: ", "true\r");
    pty.expect("encrypted backups are not available yet", DEADLINE);
    for prompt in [
        "# Encryption [false]: ",
        "# Retention period [7 days]: ",
        "# Retention redundancy [1]: ",
        "# Extra parameters []: ",
        "# Job status [ACTIVE]: ",
        "# Remarks []: ",
    ] {
        answer(&mut pty, prompt, "\r");
    }
    answer(&mut pty, "# Are all values correct (yes/no): ", "yes\r");
    pty.expect(
        "[Done] Backup definition for dbname: Orders created.",
        DEADLINE,
    );
}

#[test]
fn an_update_offers_the_values_in_force_and_asks_again_for_what_is_wrong() {
    let fleet = Fleet::with_databases(&["Orders"]);
    let fixed = [(4, "7"), (5, "3"), (13, "-T Log"), (15, "Nightly")];
    fleet.shell(&register("Orders", &fixed));
    let mut pty = shell(&fleet.sandbox);
    pty.send("update_backup_definition\r");
    answer(&mut pty, "# DefID []: ", "\r");
    pty.expect("[ERROR]: DefID: \"\" is not a valid DefID", DEADLINE);
    answer(&mut pty, "# DefID []: ", "7\r");
    pty.expect("[ERROR]: Backup definition [7] does not exist", DEADLINE);
    answer(&mut pty, "# DefID []: ", "1\r");
    answer(&mut pty, "# Minutes cron [7]: ", "99 77 foo\r");
    pty.expect(
        "[ERROR]: Minutes cron: \"99 77 foo\" is not valid",
        DEADLINE,
    );
    answer(&mut pty, "# Minutes cron [7]: ", "*/10\r");
    for prompt in [
        "# Hours cron [3]: ",
        "# Day-month cron [*]: ",
        "# Month cron [*]: ",
        "# Weekday cron [*]: ",
        "# Retention period [7 days]: ",
        "# Retention redundancy [1]: ",
        "# Extra backup parameters [-T Log]: ",
    ] {
        answer(&mut pty, prompt, "\r");
    }
    answer(&mut pty, "# Job status [ACTIVE]: ", "stopped\r");
    answer(&mut pty, "# Remarks [Nightly]: ", "#empty#\r");
    answer(
        &mut pty,
        "# Are all values to update correct (yes/no): ",
        "yes\r",
    );
    pty.expect("[Done] Backup definition DefID: 1 updated.", DEADLINE);
    assert_eq!(
        fleet.query("SELECT concat_ws('|', minutes_cron, hours_cron, extra_backup_parameters, job_status, remarks) FROM backup_definition"),
        "*/10|3|-T Log|STOPPED|"
    );
}

#[test]
fn a_forced_deletion_says_first_what_goes_and_ctrl_c_keeps_it() {
    let fleet = Fleet::with_databases(&["Orders"]);
    fleet.shell(&register("Orders", &[]));
    fleet.query(
        "INSERT INTO backup_catalog (def_id, procpid, backup_server_id, pgsql_node_id, dbname, finished, global_log_file,
             execution_status, execution_method)
         SELECT 1, 1, 1, 1, 'Orders', now(), '/log', 'SUCCEEDED', 'CRON' FROM generate_series(1, 3)",
    );
    let backups = || fleet.query("SELECT count(*) FROM backup_catalog");
    let warning = "[WARNING]: 3 backups are deleted from the catalogue with it, regardless of retention; maintenance deletes the files";
    let question = "# Are you sure you want to delete this backup definition? (yes/no): ";
    let mut pty = shell(&fleet.sandbox);
    for (force, key) in [("maybe\r", "\x03"), ("\r", "\x04"), ("yess\r", "no\r")] {
        pty.send("delete_backup_definition_id\r");
        answer(&mut pty, "# DefID: ", "1\r");
        answer(&mut pty, "# Force deletion (y/n): ", force);
        pty.expect("is neither yes nor no", DEADLINE);
        answer(&mut pty, "# Force deletion (y/n): ", "y\r");
        // A terminal of 80 columns does not wrap what a program writes.
        pty.expect(warning, DEADLINE);
        answer(&mut pty, question, key);
        pty.expect("[ABORTED] Command interrupted by the user.\n", DEADLINE);
        pty.expect(PROMPT, DEADLINE);
    }
    assert_eq!(backups(), "3");
    pty.send("delete_backup_definition_dbname\r");
    answer(&mut pty, "# NodeID / FQDN: ", "1\r");
    answer(&mut pty, "# DBname: ", "Orders\r");
    answer(&mut pty, "# Force deletion (y/n): ", "y\r");
    pty.expect(warning, DEADLINE);
    answer(&mut pty, question, "yes\r");
    pty.expect(
        "[Done] Backup definition for DBname: Orders deleted with force.",
        DEADLINE,
    );
    assert_eq!(backups(), "0");
}

#[test]
fn a_move_is_asked_for_prompt_by_prompt_and_can_be_left() {
    let fleet = Fleet::with_databases(&["Orders"]);
    fleet.shell("register_backup_server backup02 example.net ''");
    fleet.shell(&register("Orders", &[]));
    let mut pty = shell(&fleet.sandbox);
    for (key, said) in [
        ("\x03", "[ABORTED] Command interrupted by the user."),
        ("yes\r", "[Done] 1 backup definition moved."),
    ] {
        pty.send("move_backup_definition\r");
        answer(&mut pty, "# From backup server SrvID / FQDN: ", "\r");
        pty.expect("is empty", DEADLINE);
        answer(&mut pty, "# From backup server SrvID / FQDN: ", "1\r");
        answer(
            &mut pty,
            "# To Backup server SrvID / FQDN: ",
            "backup02.example.net\r",
        );
        answer(&mut pty, "# PgSQL node NodeID / FQDN [all]: ", "\r");
        answer(&mut pty, "# DBname [all]: ", "\r");
        answer(&mut pty, "# DefID []: ", "\r");
        answer(&mut pty, "# Are all values correct (yes/no): ", key);
        pty.expect(said, DEADLINE);
        pty.expect(PROMPT, DEADLINE);
    }
    assert_eq!(
        fleet.query("SELECT backup_server_id FROM backup_definition"),
        "2"
    );
}

#[test]
fn the_history_outlives_the_session_in_a_file_of_its_owner() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    pty.send("help shortcuts\r");
    pty.expect(PROMPT, DEADLINE);
    pty.send("\\q\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
    let file = sandbox.home().join(".pgbackman/history");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(file.parent().unwrap())
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o700
    );

    let mut pty = shell(&sandbox);
    pty.send("\x12shortc");
    pty.expect("help shortcuts", DEADLINE);
    pty.send("\r");
    pty.expect("Shortcuts of commands:", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_history\r");
    pty.expect("[0]: help shortcuts\n[1]: show_history\n", DEADLINE);
}

#[test]
fn tab_completes_commands_and_values() {
    let fleet = Fleet::with_databases(&["shop"]);
    let mut pty = shell(&fleet.sandbox);
    pty.send("show_backup_se\trs\x15\r");
    pty.expect("show_backup_server", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_server_config back\t\r");
    pty.expect("show_backup_server_config backup01.example.net", DEADLINE);
    pty.expect("root_backup_partition", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("update_backup_server\r");
    answer(&mut pty, "# SrvID / FQDN [backup01.example.net]: ", "b\t\r");
    answer(&mut pty, "# Remarks []: ", "\x03");
    pty.expect("[ABORTED]", DEADLINE);
}

#[test]
fn a_quotation_goes_on_in_the_next_line() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    pty.send("register_backup_server backup01 '' 'two\rlines'\r");
    pty.expect(
        "[Done] Backup server backup01.example.org registered.",
        DEADLINE,
    );
    assert_eq!(
        sandbox
            .catalogue()
            .psql("SELECT remarks FROM backup_server")
            .trim_end(),
        "two\nlines"
    );
}

#[test]
fn ctrl_c_ends_what_an_operators_command_runs_and_not_the_shell() {
    let sandbox = Sandbox::new();
    let mut pty = shell(&sandbox);
    pty.send("shell echo begun; sleep 600\r");
    pty.expect("begun\n", DEADLINE);
    pty.send("\x03");
    pty.expect("[ERROR]: The command ", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("quit\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
}

#[test]
fn f8_a_terminal_says_what_is_being_asked_and_a_script_does_not() {
    let fleet = Fleet::new();
    for port in 1..=3 {
        fleet.shell(&format!(
            "register_pgsql_node 127.0.0.1 '' {port} postgres RUNNING ''"
        ));
    }
    let lists = [
        (
            "show_disk_space all",
            "Asking the catalogue about every backup",
        ),
        (
            "show_databases_without_backup_definitions all",
            "Queried 4 of 4 PgSQL nodes",
        ),
    ];
    for (list, said) in lists {
        let mut pty = Pty::spawn_on("xterm", &fleet.sandbox.command("pgbackman"), 24, 80);
        pty.expect(PROMPT, DEADLINE);
        pty.send(&format!("{list}\r"));
        let shown = pty.expect(PROMPT, DEADLINE);
        assert!(shown.contains(said), "{list}: {shown}");
        let output = fleet.sandbox.shell(list);
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(
            !all.contains("Ask") && !all.contains("Queried"),
            "{list}: {all}"
        );
    }
}

//! What a terminal shows: colour, styles, the pager, long lists and their interruption, the history of several shells.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

use super::fleet::Fleet;

const DEADLINE: Duration = Duration::from_secs(30);
const PROMPT: &str = "[pgbackman]$ ";
const RED: &str = "\x1b[1;31m";
const GREEN: &str = "\x1b[32m";

/// A shell on this kind of terminal, with these variables.
fn on(term: &str, sandbox: &Sandbox<'_>, size: (u16, u16), variables: &[(&str, &str)]) -> Pty {
    let mut command = sandbox.command("pgbackman");
    for (name, value) in variables {
        command.env(name, value);
    }
    let mut pty = Pty::spawn_on(term, &command, size.0, size.1);
    pty.expect(PROMPT, DEADLINE);
    pty
}

/// So many backups of database shop, every tenth an ERROR.
/// Backups to show; what triggers would do about each is not looked at.
fn fill(fleet: &Fleet, backups: u32) {
    fleet.query(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, retention_period, retention_redundancy, job_status) \
            VALUES (1, 1, 'shop', 'FULL', '7 days', 1, 'ACTIVE'); \
         SET session_replication_role = replica; \
         INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, pg_dump_file, \
            pg_dump_file_size, global_log_file, execution_status, execution_method) \
         SELECT 1, 1, 1, 'shop', t, t + interval '6 s', interval '6 s', '/srv/x', n, '/log', \
            CASE WHEN n % 10 = 0 THEN 'ERROR' ELSE 'SUCCEEDED' END, 'CRON' \
         FROM generate_series(1, {backups}) AS n \
         CROSS JOIN LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 min') AS moment (t)"
    ));
}

/// What a terminal of this kind shows of a result, an error and a status, as sent.
fn shown(term: &str, variables: &[(&str, &str)]) -> String {
    let fleet = Fleet::new();
    fill(&fleet, 10);
    let mut pty = on(term, &fleet.sandbox, (24, 200), variables);
    pty.send("set output_format=table\r");
    pty.expect("[Done] Output format changed to [table]", DEADLINE);
    pty.send("frobnicate\r");
    pty.expect("[ERROR] - Unknown command", DEADLINE);
    pty.send("show_backup_catalog all all all all ERROR\r");
    pty.expect("| ERROR  |", DEADLINE);
    pty.send("quit\r");
    pty.expect("Done, thank you", DEADLINE);
    String::from_utf8(pty.raw()).unwrap()
}

#[test]
fn colour_marks_results_errors_and_statuses_and_says_nothing_of_its_own() {
    let shown = shown("xterm", &[]);
    assert!(shown.contains(&format!("{GREEN}[Done]\x1b[0m")), "{shown}");
    assert!(
        shown.contains(&format!("{RED}[ERROR]\x1b[0m - Unknown")),
        "{shown}"
    );
    assert!(shown.contains(&format!("{RED}ERROR\x1b[0m")), "{shown}");
}

#[test]
fn no_color_and_a_dumb_terminal_get_no_colour() {
    for (term, variables) in [("xterm", &[("NO_COLOR", "1")] as &[_]), ("dumb", &[])] {
        let shown = shown(term, variables);
        for colour in [RED, GREEN, "\x1b[1m"] {
            assert!(!shown.contains(colour), "{term}: {shown}");
        }
    }
}

#[test]
fn what_is_not_a_terminal_gets_no_colour() {
    let fleet = Fleet::new();
    fill(&fleet, 10);
    let mut command = fleet.sandbox.command("pgbackman");
    let output = command
        .env("TERM", "xterm")
        .args(["-C", "show_backup_catalog all all all all ERROR"])
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(!output.stdout.contains(&0x1b), "{output:?}");
    for format in ["csv", "json", "json2"] {
        let command =
            format!("set output_format={format}\rshow_backup_catalog all all all all ERROR\r");
        let mut pty = on("xterm", &fleet.sandbox, (24, 200), &[]);
        pty.send(&command);
        pty.expect("2020-01-01", DEADLINE);
        pty.expect(PROMPT, DEADLINE);
        let raw = String::from_utf8(pty.raw()).unwrap();
        assert!(!raw.contains(&format!("{RED}ERROR")), "{raw}");
    }
}

#[test]
fn a_narrow_and_a_wide_terminal_show_lists_as_they_are_wanted() {
    let fleet = Fleet::new();
    for columns in [80, 200] {
        let mut pty = on("xterm", &fleet.sandbox, (24, columns), &[]);
        pty.send("show_pgsql_nodes\r");
        pty.expect(
            "| NodeID | FQDN      | Pgport | Admin user |  Status | Remarks |\n",
            DEADLINE,
        );
        pty.send("\\x\r");
        pty.expect("[Done] Output style changed to [vertical]", DEADLINE);
        pty.send("show_pgsql_nodes\r");
        let block = format!(
            "+-------------+-----------+\n\
             |     NodeID: | 000001    |\n\
             |       FQDN: | 127.0.0.1 |\n\
             |     Pgport: | {:<9} |\n\
             | Admin user: | postgres  |\n\
             |     Status: | RUNNING   |\n\
             |    Remarks: |           |\n\
             +-------------+-----------+\n",
            fleet.node.port()
        );
        pty.expect(&block, DEADLINE);
        pty.send("set output_style=horizontal\r");
        pty.expect("[Done] Output style changed to [horizontal]", DEADLINE);
    }
}

#[test]
fn a_row_with_control_and_wide_characters_stays_inside_its_borders() {
    let fleet = Fleet::new();
    let remarks = "E'a\\nb\\x1b[31m', '日本語', U&'e\\0301', '\u{1F5C4}'";
    for (number, remark) in remarks.split(", ").enumerate() {
        fleet.query(&format!(
            "INSERT INTO backup_server (hostname, domain_name, remarks) VALUES ('x{number}', 'example.net', {remark})"
        ));
    }
    let table = fleet.shell("show_backup_servers");
    assert!(table.contains("a\\nb\\u{1b}[31m"), "{table}");
    let widths: Vec<usize> = table
        .lines()
        .map(pgbackman_shell::output::cell::width)
        .collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
}

#[test]
fn a_list_longer_than_the_screen_goes_through_the_pager() {
    let fleet = Fleet::new();
    fill(&fleet, 50);
    let pager = fleet.sandbox.path().join("pager");
    fs::write(
        &pager,
        "#!/bin/sh\necho \"PAGER $1 ($LESS)\"; head -n 4; echo END-OF-PAGE; read -r line </dev/tty; echo \"SEEN $line\"\n",
    )
    .unwrap();
    fs::set_permissions(&pager, fs::Permissions::from_mode(0o755)).unwrap();
    let line = format!("{} 'two words'", pager.display());
    let mut pty = on("xterm", &fleet.sandbox, (24, 200), &[("PAGER", &line)]);
    pty.send("show_backup_catalog all all all all ''\r");
    pty.expect("PAGER two words (RSX)\n+---", DEADLINE);
    pty.expect("END-OF-PAGE", DEADLINE);
    // Nothing of the catalogue is held while it is read.
    let open = fleet.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgbackman' AND xact_start IS NOT NULL AND datname = current_database()");
    assert_eq!(open, "0");
    pty.send("enough\r");
    pty.expect("SEEN enough\n", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_catalog all all all all ERROR\r");
    let short = pty.expect(PROMPT, DEADLINE);
    assert!(
        !short.contains("PAGER") && short.contains("ERROR"),
        "{short}"
    );
    pty.send("set pager=off\r");
    pty.expect("[Done] Pager changed to [off]", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_catalog all all all all ''\r");
    let long = pty.expect("000000001 |", DEADLINE);
    assert!(!long.contains("PAGER"), "{long}");

    let mut pty = on(
        "xterm",
        &fleet.sandbox,
        (24, 200),
        &[("PAGER", "/nowhere/less")],
    );
    pty.send("show_backup_catalog all all all all ''\r");
    pty.expect(
        "[WARNING]: The pager /nowhere/less could not be started",
        DEADLINE,
    );
    pty.expect("000000001 |", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
}

#[test]
fn ctrl_c_ends_a_list_that_is_being_shown_and_not_the_shell() {
    let fleet = Fleet::new();
    fill(&fleet, 60_000);
    let mut pty = on("xterm", &fleet.sandbox, (24, 200), &[]);
    pty.send("show_backup_catalog all all all all all\r");
    pty.expect("| 2020-02-", DEADLINE);
    pty.send("\x03");
    pty.expect("[ABORTED] Command interrupted by the user.", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    assert!(
        !pty.plain().contains("| 2020-01-01 00:01:"),
        "the list was shown to its end"
    );
    pty.send("show_backup_servers\r");
    pty.expect("| 00001 | backup01.example.net", DEADLINE);
}

#[test]
fn a_reader_that_goes_away_ends_the_shell_quietly() {
    let fleet = Fleet::new();
    fill(&fleet, 5_000);
    for format in ["table", "csv", "json", "json2"] {
        let mut child = fleet
            .sandbox
            .command("pgbackman")
            .args([
                "-o",
                format,
                "-C",
                "show_backup_catalog all all all all all",
            ])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
    }
}

#[test]
fn shells_at_the_same_time_keep_each_others_history_within_its_bound() {
    let sandbox = Sandbox::new();
    let file = sandbox.home().join(".pgbackman/history");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let old: String = (0..10_050).fold("#V2\n".to_owned(), |text, n| {
        text + &format!("help old{n}\n")
    });
    fs::write(&file, old).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let mut one = on("xterm", &sandbox, (24, 80), &[]);
    let mut other = on("xterm", &sandbox, (24, 80), &[]);
    let enter = |pty: &mut Pty, line: &str| {
        pty.send(&format!("{line}\r"));
        pty.expect("[ERROR] - Unknown command", DEADLINE);
        pty.expect(PROMPT, DEADLINE);
    };
    enter(&mut one, "help zone1");
    enter(&mut other, "help zone2");
    enter(&mut one, "help zone3");
    let lines = fs::read_to_string(&file).unwrap();
    let last: Vec<&str> = lines.lines().rev().take(3).collect();
    assert_eq!(last, ["help zone3", "help zone2", "help zone1"]);
    assert_eq!(
        lines.lines().count(),
        10_001,
        "the heading and 10 000 lines"
    );
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

//! Every list on a terminal of 80 columns: no line is wider, and `tests/transcripts/at_80_columns.txt` has them as they are shown
//! (first day, 12). `PGBACKMAN_UPDATE_TRANSCRIPTS=1` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use pgbackman_shell::commands;
use pgbackman_shell::output::cell;
use pgbackman_tests::pty::Pty;

use crate::shell::redaction::Redaction;
use crate::shell::scene;
use crate::shell::strict::with_words;
use crate::shell::transcripts::directory;

const DEADLINE: Duration = Duration::from_secs(30);
const PROMPT: &str = "[pgbackman]$ ";

/// What shows directories of the sandbox, how full this machine's disk is, or how long something has been going on: its lines are
/// measured and not compared.
const OF_THIS_MOMENT: [&str; 11] = [
    "show_backup_server_config",
    "show_backup_server_stats",
    "show_backups_in_progress",
    "show_disk_space",
    "show_maintenance_windows",
    "show_pgbackman_config",
    "show_pgbackman_stats",
    "show_pgsql_node_config",
    "show_pgsql_node_stats",
    "show_restores_in_progress",
    "show_snapshots_in_progress",
];

#[test]
fn f12_every_list_fits_80_columns() {
    let fleet = scene::with_rows_everywhere(&["Orders", "a database whose name is rather long"]);
    let mut pty = Pty::spawn_on("dumb", &fleet.sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    let mut transcript = String::new();
    for spec in commands::all().map(|entry| entry.spec) {
        if !spec.name.starts_with("show_") || spec.name == "show_history" {
            continue;
        }
        let line = with_words(spec, "all");
        pty.send(&format!("{line}\r"));
        // The terminal echoes what is typed; a long line is wrapped by it.
        pty.expect("\n", DEADLINE);
        let shown = pty.expect(PROMPT, DEADLINE);
        assert!(shown.contains("+--"), "{line}: {shown}");
        for row in shown.lines() {
            assert!(cell::width(row) <= 80, "{line}: {row}\n{shown}");
        }
        if !OF_THIS_MOMENT.contains(&spec.name) {
            write!(transcript, "{PROMPT}{line}\n{shown}").unwrap();
        }
    }
    let redaction = Redaction {
        port: fleet.node.port(),
        sandbox: fleet.sandbox.path().display().to_string(),
        catalogue: Vec::new(),
    };
    let transcript = redaction.apply(&transcript);
    let file = directory().join("at_80_columns.txt");
    if std::env::var_os("PGBACKMAN_UPDATE_TRANSCRIPTS").is_some() {
        fs::write(&file, transcript).unwrap();
        return;
    }
    let expected = fs::read_to_string(&file).unwrap();
    assert_eq!(transcript, expected);
}

#[test]
fn f12_a_pipe_and_a_script_have_lists_as_they_always_were() {
    let fleet = scene::with_rows_everywhere(&["Orders"]);
    let wide = fleet.shell("show_backup_definitions all all all");
    assert!(
        wide.lines().any(|line| line.len() > 100) && wide.contains("| ID. | Backup server "),
        "{wide}"
    );
    let mut pty = Pty::spawn_on("dumb", &fleet.sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    for (set, shown) in [
        ("\\x off", "| ID. | Backup server "),
        ("\\x", "DefID: |"),
        ("\\x auto", "DefID: |"),
        ("set ids=plain", "DefID: | 1 "),
    ] {
        pty.send(&format!("{set}\r"));
        pty.expect("[Done] ", DEADLINE);
        pty.expect(PROMPT, DEADLINE);
        pty.send("show_backup_definitions all all all\r");
        pty.expect(shown, DEADLINE);
        pty.expect(PROMPT, DEADLINE);
    }
    let mut command = fleet.sandbox.command("pgbackman");
    command.args(["-C", "show_backup_definitions all all all"]);
    let mut pty = Pty::spawn_on("dumb", &command, 24, 80);
    pty.expect("DefID: |", DEADLINE);
}

//! What a file may hold, how each command is reported, what is counted.

use pgbackman_tests::sandbox::Sandbox;

use super::{PROGRAM, count, run};

/// Comments, an empty line, a quotation over two lines, and every way to be wrong.
const MIXED: &str = "\
# the servers' first
register_backup_server backup01 example.net 'two
lines'

  # a comment may be indented
Register_Backup_Server backup02 example.net \"\"
show_backup_servers
frobnicate 1 2
register_backup_server backup03
register_pgsql_node pg-node01 example.net 99999 postgres RUNNING ''
register_backup_server backup02 example.net ''
\\! touch /nowhere
update_backup_server backup02.example.net 'It''s %d $(id) \"x\"'
delete_backup_server backup01.example.net
";

#[test]
fn every_command_is_reported_with_its_line_and_counted() {
    let sandbox = Sandbox::new();
    let output = run(&sandbox, &[], MIXED);
    let said = [
        "lines 2 to 3: register_backup_server backup01 example.net 'two\\nlines'\n\
         [Done] Backup server backup01.example.net registered.\n",
        "line 6: Register_Backup_Server backup02 example.net \"\"\n\
         [Done] Backup server backup02.example.net registered.\n",
        "line 7: show_backup_servers\n",
        "line 8: frobnicate 1 2\n",
        "line 9: register_backup_server backup03\n",
        "line 10: register_pgsql_node pg-node01 example.net 99999 postgres RUNNING ''\n",
        "line 11: register_backup_server backup02 example.net ''\n",
        "line 12: \\! touch /nowhere\n",
        "line 13: update_backup_server backup02.example.net 'It''s %d $(id) \"x\"'\n\
         [Done] Backup server with SrvID: 2 updated.\n",
        "line 14: delete_backup_server backup01.example.net\n[Done] Backup server deleted.\n",
        "\nCommands: 10, done: 4, failed: 4, not supported: 2, not run: 0\n",
    ];
    assert_eq!(output.stdout, said.concat());
    let mut errors = output.stderr.as_str();
    for error in [
        "line 7: [ERROR]: This command is not supported here. Supported commands begin with register_…, update_…, \
         delete_…, move_…, cancel_…, backup_…, start_…, end_…, restore_…\n",
        "line 8: [ERROR] - Unknown command: [frobnicate].\n",
        "line 9: [ERROR] - Wrong number of parameters used.\n",
        "line 10: [ERROR]: Port: \"99999\" is not a port; allowed: 1 to 65535\n",
        "line 11: [ERROR]: Could not register this backup server\n",
        "line 12: [ERROR]: This command is not supported here",
    ] {
        let (_, rest) = errors
            .split_once(error)
            .unwrap_or_else(|| panic!("{error:?} is not next in:\n{errors}"));
        errors = rest;
    }
    // The first command that was not done is one that is not supported.
    assert_eq!(output.code, 2);
    assert_eq!(
        sandbox
            .catalogue()
            .psql("SELECT hostname, remarks FROM backup_server")
            .trim_end(),
        "backup02|Its %d $(id) \"x\""
    );
}

#[test]
fn standard_input_is_a_file_too_and_success_is_zero() {
    let sandbox = Sandbox::new();
    let commands = b"register_backup_server backup01 example.net ''\n";
    let output = sandbox.run_with_input(PROGRAM, ["-f", "-"], commands);
    assert!(
        output
            .success()
            .ends_with("Commands: 1, done: 1, failed: 0, not supported: 0, not run: 0\n")
    );
    assert_eq!(
        sandbox
            .run_with_input(PROGRAM, ["-f", "-"], b"# nothing\n")
            .success(),
        "\nCommands: 0, done: 0, failed: 0, not supported: 0, not run: 0\n"
    );
}

#[test]
fn the_first_error_stops_where_that_is_asked_for_and_the_next_line_is_said() {
    let sandbox = Sandbox::new();
    let output = run(
        &sandbox,
        &["--stop-on-error"],
        "register_backup_server backup01 example.net ''\n\
         register_backup_server backup01 example.net ''\n\n\
         register_backup_server backup02 example.net ''\n\
         register_backup_server backup03 example.net ''\n",
    );
    assert_eq!(output.code, 1);
    assert!(
        output
            .stdout
            .ends_with("\nCommands: 4, done: 1, failed: 1, not supported: 0, not run: 2\n"),
        "{}",
        output.stdout
    );
    assert!(
        output
            .stderr
            .ends_with("Stopped: the commands from line 4 on were not run.\n"),
        "{}",
        output.stderr
    );
    assert_eq!(count(&sandbox, "backup_server"), "1");
}

#[test]
fn no_question_is_asked_and_nothing_is_read_as_an_answer() {
    let sandbox = Sandbox::new();
    let output = run(
        &sandbox,
        &[],
        "register_backup_server\nbackup01\nexample.net\n\nyes\n",
    );
    assert_eq!(output.code, 2);
    assert!(
        output
            .stderr
            .starts_with("line 1: [ERROR] - Wrong number of parameters used."),
        "{}",
        output.stderr
    );
    assert_eq!(count(&sandbox, "backup_server"), "0");
}

#[test]
fn a_quotation_that_is_never_closed_runs_nothing_behind_it() {
    let sandbox = Sandbox::new();
    let output = run(
        &sandbox,
        &[],
        "register_backup_server backup01 example.net ''\n\
         register_backup_server backup02 example.net 'open\n\
         register_backup_server backup03 example.net \"\"\n\
         register_backup_server backup04 example.net \"\"\n",
    );
    assert!(
        output.stderr.contains(
            "lines 2 to 4: [ERROR]: This line is not complete: the quotation mark ' is not closed."
        ),
        "{}",
        output.stderr
    );
    assert_eq!(count(&sandbox, "backup_server"), "1");
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_runs_nothing() {
    let sandbox = Sandbox::new();
    let missing = sandbox.run(PROGRAM, ["-f", "/nowhere/commands"]).failure();
    assert!(
        missing.starts_with("[ERROR]: Could not read the commands from /nowhere/commands:"),
        "{missing}"
    );
    let not_text = b"register_backup_server backup01 example.net ''\n\xff\n";
    let output = sandbox.run_with_input(PROGRAM, ["-f", "-"], not_text);
    assert_eq!((output.code, output.stdout.as_str()), (1, ""));
    assert_eq!(count(&sandbox, "backup_server"), "0");
}

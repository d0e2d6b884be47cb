//! A program on a terminal has a size, a controlling terminal and a keyboard.

use std::process::Command;
use std::time::Duration;

use pgbackman_tests::pty::Pty;

const DEADLINE: Duration = Duration::from_secs(20);

/// A shell script on a terminal of 30 rows and 100 columns.
fn script(text: &str) -> Pty {
    let mut command = Command::new("sh");
    command.args(["-c", text]);
    Pty::spawn(&command, 30, 100)
}

#[test]
fn a_program_sees_the_terminals_size_and_what_is_typed() {
    let mut pty = script("stty size; read word; echo \"got $word\"; exit 7");
    pty.expect("30 100\n", DEADLINE);
    pty.send("hello\r");
    let echoed = pty.expect("got hello", DEADLINE);
    assert_eq!(echoed, "hello\n");
    assert_eq!(pty.wait(DEADLINE), Some(7));
}

#[test]
fn ctrl_c_is_a_signal_and_a_new_size_too() {
    let mut pty = script(
        "trap 'echo interrupted' INT; trap 'stty size' WINCH; echo ready; while :; do read word && echo $word; done",
    );
    pty.expect("ready", DEADLINE);
    pty.send("\x03");
    pty.expect("interrupted", DEADLINE);
    pty.resize(50, 40);
    pty.send("\r");
    pty.expect("50 40", DEADLINE);
}

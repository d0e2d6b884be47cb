//! cron's way with a command, simulated for tests: what it cuts and unescapes before `/bin/sh -c` gets it.

use std::process::Command;

/// Which backslashes cron removes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cron {
    /// Debian's cron 3.0pl1 (measured): the one before `%` and the one before a backslash.
    Debian,
    /// ISC's cron and cronie: only the one before `%`.
    Isc,
}

/// What cron hands to the shell: everything before the first unescaped `%`.
pub(super) fn command_for_the_shell(cron: Cron, command: &str) -> String {
    let mut seen = String::new();
    let mut escaped = false;
    for character in command.chars() {
        if escaped {
            if character == '%' || (character == '\\' && matches!(cron, Cron::Debian)) {
                seen.pop();
            }
            seen.push(character);
            escaped = false;
        } else if character == '%' {
            break;
        } else {
            escaped = character == '\\';
            seen.push(character);
        }
    }
    seen
}

/// Runs `words` as the arguments of a job's command and returns the arguments that the program saw.
pub(super) fn arguments_seen_by_a_job(cron: Cron, words: &str) -> Vec<String> {
    // The first argument keeps printf from printing an empty one when there are no words.
    let command = format!(
        r"printf '%s\0' first {}",
        command_for_the_shell(cron, words)
    );
    let output = Command::new("/bin/sh")
        .arg("-c")
        .arg(&command)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_terminator('\0')
        .skip(1)
        .map(str::to_owned)
        .collect()
}

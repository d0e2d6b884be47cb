//! Whether somebody sits at a terminal.
#![forbid(unsafe_code)]

use std::io::IsTerminal as _;

/// Whether this process was started from a terminal: it has one, or reads or writes on one. cron and `at` give none to their jobs.
pub fn is_there() -> bool {
    std::io::stdin().is_terminal()
        || std::io::stdout().is_terminal()
        || std::io::stderr().is_terminal()
        || std::fs::read_to_string("/proc/self/stat").is_ok_and(|stat| has_terminal(&stat))
}

/// The number of the controlling terminal, the fifth value after the name, is not 0 (proc(5)).
fn has_terminal(stat: &str) -> bool {
    // The name may have blanks and brackets.
    let Some((_, values)) = stat.rsplit_once(')') else {
        return false;
    };
    values
        .split_whitespace()
        .nth(4)
        .is_some_and(|number| number != "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controlling_terminal_stands_behind_the_name() {
        assert!(has_terminal("7 (a) b) S 1 7 7 34816 7 4194304 …"));
        assert!(!has_terminal("7 (a 1 2) 3 4 5) S 1 7 7 0 -1 4194304 …"));
        assert!(!has_terminal(""));
    }
}

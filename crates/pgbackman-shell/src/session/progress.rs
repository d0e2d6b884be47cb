//! The progress of queries to many nodes or databases, only on a terminal: one line on standard error that is
//! rewritten, and removed before other output.

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};

use crate::session::shell::Shell;

/// Fewer objects show no progress.
const WORTH_SAYING: usize = 4;

/// Whether somebody sees the line, on a terminal that can erase it.
fn is_watched(shell: &Shell) -> bool {
    let can_erase = shell
        .catalogue()
        .environment()
        .var("TERM")
        .is_some_and(|term| !term.is_empty() && term != "dumb");
    can_erase && shell.screen().is_some() && io::stderr().is_terminal()
}

/// A line that says what is being done, for what nothing can be counted of.
#[derive(Debug)]
pub struct Working {
    is_shown: bool,
}

impl Working {
    /// Shows the line until this is dropped.
    pub fn new(shell: &Shell, what: &str) -> Self {
        let is_shown = is_watched(shell);
        if is_shown {
            // Whoever does not see it misses nothing.
            let _ = write!(io::stderr(), "\r{what} \u{1b}[K");
        }
        Self { is_shown }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

/// A line that counts.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    of: usize,
    done: Cell<usize>,
    is_shown: bool,
}

impl Progress {
    /// Starts counting up to `of`; `what` ends the sentence `Queried 12 of 40 …`.
    pub fn new(shell: &Shell, what: &'static str, of: usize) -> Self {
        let progress = Self {
            what,
            of,
            done: Cell::new(0),
            is_shown: of >= WORTH_SAYING && is_watched(shell),
        };
        progress.show();
        progress
    }

    /// Counts one more.
    pub fn step(&self) {
        self.done.set(self.done.get() + 1);
        self.show();
    }

    fn show(&self) {
        if self.is_shown {
            // Errors are ignored: the line is not essential.
            let _ = write!(
                io::stderr(),
                "\rQueried {} of {} {} \u{1b}[K",
                self.done.get(),
                self.of,
                self.what
            );
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }
}

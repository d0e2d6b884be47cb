//! A program on a terminal of its own: keys in, text out.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait;

/// A program that believes that somebody sits in front of it; killed when dropped.
#[derive(Debug)]
pub struct Pty {
    child: Child,
    keyboard: File,
    device: PathBuf,
    seen: Arc<Mutex<Vec<u8>>>,
    /// How much of the plain text earlier expectations have used up.
    used: usize,
}

impl Pty {
    /// Starts `command` with a terminal of so many rows and columns as its controlling one.
    ///
    /// `setsid --ctty` (util-linux) makes the terminal the controlling one: Ctrl-C then becomes a signal, as for people. A suite that
    /// somebody has started in the background ignores that signal, and a program would inherit it: `env` puts it back.
    pub fn spawn(command: &Command, rows: u16, columns: u16) -> Self {
        Self::spawn_on("xterm", command, rows, columns)
    }

    /// The same on a terminal of another kind (`TERM`).
    pub fn spawn_on(term: &str, command: &Command, rows: u16, columns: u16) -> Self {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None).unwrap();
        let device = nix::unistd::ttyname(&pty.slave).unwrap();
        let side = |fd: &OwnedFd| fd.try_clone().unwrap();
        let mut on_terminal = Command::new("setsid");
        on_terminal
            .args(["--ctty", "env", "--default-signal=INT,QUIT"])
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => on_terminal.env(name, value),
                None => on_terminal.env_remove(name),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            on_terminal.current_dir(dir);
        }
        let child = on_terminal
            .env("TERM", term)
            .stdin(side(&pty.slave))
            .stdout(side(&pty.slave))
            .stderr(side(&pty.slave))
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?} on a terminal: {error}"));
        drop(on_terminal);
        drop(pty.slave);
        let seen = Arc::new(Mutex::new(Vec::new()));
        watch(File::from(side(&pty.master)), Arc::clone(&seen));
        Self {
            child,
            keyboard: File::from(pty.master),
            device,
            seen,
            used: 0,
        }
    }

    /// Types: `"text\r"`, `"\x03"` for Ctrl-C, `"\x04"` for Ctrl-D, `"\t"`, `"\x1b[A"` for the up arrow.
    pub fn send(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` has appeared after what was last expected; gives all that came before it since then.
    #[track_caller]
    pub fn expect(&mut self, text: &str, deadline: Duration) -> String {
        let used = self.used;
        let what = Showing {
            text,
            terminal: self,
        };
        let found = wait::until(deadline, what, || {
            let plain = self.plain();
            plain[used..]
                .find(text)
                .map(|at| plain[used..used + at].to_owned())
        });
        self.used += found.len() + text.len();
        found
    }

    /// Everything shown so far without control sequences and carriage returns.
    pub fn plain(&self) -> String {
        plain_text(&String::from_utf8_lossy(&self.raw()))
    }

    /// Everything the program has sent to the terminal so far.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.lock().expect("the reader does not panic").clone()
    }

    /// Changes the terminal's size, as dragging a window's corner does.
    pub fn resize(&self, rows: u16, columns: u16) {
        let done = Command::new("stty")
            .arg("-F")
            .arg(&self.device)
            .args(["rows", &rows.to_string(), "cols", &columns.to_string()])
            .status()
            .unwrap();
        assert!(
            done.success(),
            "stty cannot resize {}",
            self.device.display()
        );
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill(
            Pid::from_raw(i32::try_from(self.child.id()).expect("a process ID")),
            signal,
        )
        .unwrap();
    }

    /// Waits for the program's end; gives its exit code, or `None` when a signal ended it.
    #[track_caller]
    pub fn wait(&mut self, deadline: Duration) -> Option<i32> {
        wait::until(deadline, "the end of the program on the terminal", || {
            self.child.try_wait().unwrap()
        })
        .code()
    }
}

/// What is waited for, and, once that is in vain, what the terminal shows instead.
struct Showing<'t> {
    text: &'t str,
    terminal: &'t Pty,
}

impl std::fmt::Display for Showing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:?} on the terminal, which shows:\n{}",
            self.text,
            self.terminal.plain()
        )
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gathers what comes from the terminal until its other end is closed (EIO on Linux).
fn watch(mut terminal: File, seen: Arc<Mutex<Vec<u8>>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = terminal.read(&mut buffer) {
            seen.lock()
                .expect("nobody panics while reading the screen")
                .extend_from_slice(&buffer[..read]);
        }
    });
}

/// Text without escape sequences (CSI and the two-character ones) and carriage returns.
fn plain_text(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => {
                if chars.next() == Some('[') {
                    // Parameters, then a final byte from @ to ~ (ECMA-48).
                    while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
                }
            }
            '\r' => {}
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn control_sequences_are_not_text() {
        assert_eq!(
            plain_text("\u{1b}[2J\u{1b}[1;31mred\u{1b}[0m\r\nnext\u{1b}7"),
            "red\nnext"
        );
    }
}

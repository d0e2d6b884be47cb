//! What the processes that work on files for a pass have in common: how one is started and begins, and how it answers. The other side
//! is [`crate::helper::helper_process`].

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgbackman_core::sys::process::harden::keep_secrets;
use serde::Serialize;

/// How often such a process reports that it is running.
const SIGN_EVERY: Duration = Duration::from_secs(1);

/// Whether this process was started with `argument` as its only argument.
pub fn is_asked_for(argument: &str) -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|first| first == argument) && arguments.next().is_none()
}

/// Serves until the input ends.
pub fn serve(answer_all: impl FnOnce() -> io::Result<()>) -> ExitCode {
    // It has the environment of the program that started it, with whatever secrets are in it.
    if keep_secrets().is_err() {
        return ExitCode::FAILURE;
    }
    match answer_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The way back: a line of JSON for each answer.
#[derive(Debug)]
pub struct Answers<W> {
    /// The output, and when something was last written to it.
    output: Mutex<(W, Instant)>,
}

impl<W: Write> Answers<W> {
    /// Answers on this output.
    pub fn new(output: W) -> Self {
        Self {
            output: Mutex::new((output, Instant::now())),
        }
    }

    /// Sends an answer.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn say(&self, answer: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(answer)?;
        line.push(b'\n');
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.1 = Instant::now();
        output.0.write_all(&line)?;
        output.0.flush()
    }

    /// Sends `sign`, the answer that the process is running, if nothing was sent for a while.
    ///
    /// # Errors
    /// When nobody reads it.
    pub fn at_work(&self, sign: &impl Serialize) -> io::Result<()> {
        let said = self.output.lock().unwrap_or_else(PoisonError::into_inner).1;
        if said.elapsed() >= SIGN_EVERY {
            self.say(sign)?;
        }
        Ok(())
    }
}

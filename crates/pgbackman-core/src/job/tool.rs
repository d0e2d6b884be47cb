//! Runs the client programs of a job inside the run's process group and limits.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use crate::sys::process::{
    Ending, Finished, ProcessError, ProcessGroup, Program, Running, Stdout, Wiring,
};

use super::bounds::Bounds;
use super::failure::Failure;

/// How many of a program's last words go into the catalogue.
const REASON_LINES: usize = 6;
/// The most that is read of a program's output into memory.
const LARGEST_OUTPUT: u64 = 1 << 30;

/// Starts and watches programs for one run.
#[derive(Debug)]
pub struct Tools<'a> {
    group: &'a ProcessGroup,
    bounds: &'a mut Bounds,
}

impl<'a> Tools<'a> {
    /// Programs in this group, within these limits.
    pub const fn new(group: &'a ProcessGroup, bounds: &'a mut Bounds) -> Self {
        Self { group, bounds }
    }

    /// The limits, for work of our own.
    pub const fn bounds(&mut self) -> &mut Bounds {
        self.bounds
    }

    /// Starts a program whose standard error goes to `log`.
    pub fn start(&self, program: &Program, stdout: Stdout, log: &File) -> Result<Running, Failure> {
        let log = log
            .try_clone()
            .map_err(|error| Failure::failed(format!("could not share a log file: {error}")))?;
        self.group
            .spawn(program, stdout, log)
            .map_err(Failure::failed)
    }

    /// Starts a program with these streams.
    pub fn start_wired(&self, program: &Program, wiring: Wiring) -> Result<Running, Failure> {
        self.group
            .spawn_wired(program, wiring)
            .map_err(Failure::failed)
    }

    /// Waits for its end; what that means is for the caller to say.
    pub async fn wait(&mut self, running: Running) -> Result<Finished, Failure> {
        let (limits, stop) = self.bounds.for_program();
        running
            .finish(self.group, limits, stop)
            .await
            .map_err(Failure::failed)
    }

    /// Waits for its end; anything but exit status 0 is a failure with the program's own last words (trap 5).
    pub async fn finish(
        &mut self,
        program: &Program,
        running: Running,
    ) -> Result<Finished, Failure> {
        let finished = self.wait(running).await?;
        judge(&program.path, finished)
    }

    /// As [`Tools::finish`], unless `watch` has something to say before: then all programs of the run are asked to end, their
    /// end is waited for, and what was said is returned.
    pub async fn finish_unless<T>(
        &mut self,
        program: &Program,
        running: Running,
        watch: impl Future<Output = T>,
    ) -> Result<Result<Finished, T>, Failure> {
        let (limits, stop) = self.bounds.for_program();
        let mut finishing = std::pin::pin!(running.finish(self.group, limits, stop));
        let said = tokio::select! {
            finished = &mut finishing => {
                return judge(&program.path, finished.map_err(Failure::failed)?).map(Ok);
            }
            said = watch => said,
        };
        self.group.terminate();
        let finished = finishing.await.map_err(Failure::failed)?;
        if matches!(finished.ending, Ending::TimedOut | Ending::Stopped(_)) {
            return judge(&program.path, finished).map(Ok);
        }
        Ok(Err(said))
    }

    /// Runs a program and returns what it wrote to standard output.
    pub async fn capture(&mut self, program: &Program, log: &File) -> Result<Vec<u8>, Failure> {
        let mut running = self.start(program, Stdout::Pipe, log)?;
        let reading = tokio::task::spawn_blocking({
            let output = stdout_of(&mut running, program)?;
            move || read_all(output)
        });
        self.finish(program, running).await?;
        // The program is gone, and with it the writing end of the pipe.
        let output = reading.await.map_err(Failure::failed)?;
        output.map_err(|error| {
            Failure::failed(format!(
                "could not read what {} wrote: {error}",
                name(&program.path)
            ))
        })
    }
}

/// The reading end of a program's standard output, which it was started with.
pub fn stdout_of(running: &mut Running, program: &Program) -> Result<OwnedFd, Failure> {
    running.take_stdout().ok_or_else(|| {
        Failure::failed(ProcessError::Watch {
            program: program.path.clone(),
            source: io::Error::other("it has no standard output"),
        })
    })
}

/// Anything but exit status 0 is a failure with the program's own last words.
pub fn judge(program: &Path, finished: Finished) -> Result<Finished, Failure> {
    if finished.ending.is_success() {
        return Ok(finished);
    }
    let mut reason = format!("{} {}", name(program), finished.ending);
    let said = reason_of(&finished.stderr_tail);
    if !said.is_empty() {
        reason.push_str(": ");
        reason.push_str(&said.join("\n"));
    }
    Err(match finished.ending {
        Ending::TimedOut | Ending::Stopped(_) => Failure::interrupted(reason),
        Ending::Exited(_) | Ending::Signalled(_) => Failure::failed(reason),
    })
}

/// The lines that say why: from the first that is marked as an error, else the last ones (clients before 12 mark none).
fn reason_of(tail: &[String]) -> &[String] {
    let is_error = |line: &String| {
        [": error: ", ": fatal: "]
            .iter()
            .any(|mark| line.contains(mark))
    };
    let start = tail
        .iter()
        .position(is_error)
        .unwrap_or(tail.len().saturating_sub(REASON_LINES));
    &tail[start..]
}

fn name(program: &Path) -> String {
    program
        .file_name()
        .unwrap_or(program.as_os_str())
        .to_string_lossy()
        .into_owned()
}

fn read_all(output: OwnedFd) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::from(output)
        .take(LARGEST_OUTPUT)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use crate::exit_code::ExitCode;

    use super::*;

    #[test]
    fn trap_5_the_reason_is_the_programs_own_last_words() {
        let finished = Finished {
            ending: Ending::Exited(1),
            stderr_tail: (0..20).map(|n| format!("pg_dump: line {n}")).collect(),
        };
        let failure = judge(Path::new("/usr/lib/postgresql/15/bin/pg_dump"), finished).unwrap_err();
        assert!(
            failure
                .reason
                .starts_with("pg_dump ended with exit status 1: pg_dump: line 14\n"),
            "{}",
            failure.reason
        );
        assert!(failure.reason.ends_with("pg_dump: line 19"));
        assert_eq!(failure.exit, ExitCode::Failure);

        let said = [
            "pg_dump: dumping t",
            "pg_dump: error: query failed: no",
            "pg_dump: detail: Query was: COPY",
            "x",
        ];
        let finished = Finished {
            ending: Ending::Exited(1),
            stderr_tail: said.map(str::to_owned).to_vec(),
        };
        let reason = judge(Path::new("pg_dump"), finished).unwrap_err().reason;
        assert_eq!(
            reason,
            "pg_dump ended with exit status 1: pg_dump: error: query failed: no\npg_dump: detail: Query was: COPY\nx"
        );
    }

    #[test]
    fn trap_4_a_program_that_a_signal_ended_has_failed() {
        let finished = Finished {
            ending: Ending::Signalled(9),
            stderr_tail: vec![],
        };
        assert_eq!(
            judge(Path::new("pg_dump"), finished).unwrap_err().reason,
            "pg_dump was terminated by SIGKILL"
        );
        let finished = Finished {
            ending: Ending::TimedOut,
            stderr_tail: vec![],
        };
        assert_eq!(
            judge(Path::new("pg_dump"), finished).unwrap_err().exit,
            ExitCode::Interrupted
        );
    }
}

//! The queue of `at`: handing jobs over, finding them again, taking them back.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chrono::{DateTime, Utc};
use nix::sys::memfd::{MFdFlags, memfd_create};
use tokio::process::Command;

use super::error::AtError;
use super::job_number::JobNumber;
use super::marker::Marker;
use super::of_1_x::{self, JobOf1x};

/// Where the programs of the package `at` are.
const PROGRAM_DIRECTORY: &str = "/usr/bin";
/// How long one of them may take.
const LIMIT: Duration = Duration::from_secs(60);
/// The ordinary queue: the others run with less priority, or only when the machine is idle (at(1)).
const QUEUE: &str = "a";
/// How `at` begins its answer to an account that it does not serve.
const NO_PERMISSION: &str = "You do not have permission to use";

/// A job of ours in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedJob {
    /// Its number.
    pub number: JobNumber,
    /// Whether it has begun.
    pub is_running: bool,
    /// What it is for.
    pub marker: Marker,
}

/// A job that `at` has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Its number.
    pub number: JobNumber,
    /// What else `at` said: that no `atd` runs, for one.
    pub warning: Option<String>,
}

/// `at` on this machine, as one account.
///
/// The programs get an environment of nothing but `TZ=UTC0`, since `at` keeps the submitter's with the job (passwords
/// included, trap 22). Times are handed over in UTC, so that no change of the clock makes one ambiguous.
#[derive(Debug, Clone)]
pub struct At {
    directory: PathBuf,
    user: String,
    limit: Duration,
}

impl At {
    /// The system's, for jobs of this account, which must be the one the process runs as.
    pub fn of_user(user: &str) -> Self {
        Self {
            directory: PROGRAM_DIRECTORY.into(),
            user: user.to_owned(),
            limit: LIMIT,
        }
    }

    /// Programs in another directory, with another limit of time.
    #[must_use]
    pub fn with_programs(mut self, directory: &Path, limit: Duration) -> Self {
        directory.clone_into(&mut self.directory);
        self.limit = limit;
        self
    }

    /// Hands a job over. `at` looks at the minutes only, and runs what is past at once.
    pub async fn submit(&self, text: &str, time: DateTime<Utc>) -> Result<Submitted, AtError> {
        // Whole before `at` starts: killed in between, nothing cut off is in the queue.
        let input = in_memory(text).map_err(|source| AtError::Run {
            command: "at".to_owned(),
            source,
        })?;
        let time = time.format("%Y%m%d%H%M").to_string();
        let done = self
            .run("at", &["-q", QUEUE, "-t", &time], Some(input))
            .await?;
        submitted(&done.errors).ok_or(AtError::Unreadable {
            command: done.command,
            said: done.errors,
        })
    }

    /// The jobs of this account that have a marker, running ones included, in the order of their numbers.
    pub async fn jobs(&self) -> Result<Vec<QueuedJob>, AtError> {
        let listed = self.run("atq", &[], None).await?;
        let mut jobs = Vec::new();
        for (number, is_running) in of_user(&listed.output, &self.user) {
            if let Some(marker) = self.marker(number).await? {
                jobs.push(QueuedJob {
                    number,
                    is_running,
                    marker,
                });
            }
        }
        jobs.sort_by_key(|job| job.number);
        Ok(jobs)
    }

    /// The jobs of this account that 1.x made, running ones included, in the order of their numbers.
    pub async fn jobs_of_1_x(&self) -> Result<Vec<JobOf1x>, AtError> {
        let listed = self.run("atq", &[], None).await?;
        let mut jobs = Vec::new();
        for (number, is_running) in of_user(&listed.output, &self.user) {
            let text = self.text(number).await?;
            if let Some((job, node)) = text.as_deref().and_then(of_1_x::recognise) {
                jobs.push(JobOf1x {
                    number,
                    is_running,
                    job,
                    node,
                });
            }
        }
        jobs.sort_by_key(|job| job.number);
        Ok(jobs)
    }

    /// Takes a job back. One that is no longer there is nothing to complain about.
    pub async fn remove(&self, job: JobNumber) -> Result<(), AtError> {
        match self.run("atrm", &[&job.to_string()], None).await {
            Err(AtError::Failed { message, .. }) if is_gone(&message) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The marker in a job's text; none where it is another's, or has ended meanwhile.
    async fn marker(&self, job: JobNumber) -> Result<Option<Marker>, AtError> {
        let text = self.text(job).await?;
        Ok(text.as_deref().and_then(Marker::find))
    }

    /// What a job runs, as the shell gets it; none where it has ended meanwhile.
    async fn text(&self, job: JobNumber) -> Result<Option<String>, AtError> {
        match self.run("at", &["-c", &job.to_string()], None).await {
            Ok(done) => Ok(Some(done.output)),
            Err(AtError::Failed { message, .. }) if is_gone(&message) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn run(
        &self,
        program: &str,
        arguments: &[&str],
        input: Option<File>,
    ) -> Result<Done, AtError> {
        let path = self.directory.join(program);
        let command = std::iter::once(program)
            .chain(arguments.iter().copied())
            .collect::<Vec<_>>()
            .join(" ");
        let child = Command::new(&path)
            .args(arguments)
            .env_clear()
            .env("TZ", "UTC0")
            .current_dir("/")
            .stdin(input.map_or_else(Stdio::null, Stdio::from))
            .kill_on_drop(true)
            .output();
        let output = match tokio::time::timeout(self.limit, child).await {
            Err(_) => {
                return Err(AtError::Hanging {
                    command,
                    limit: self.limit,
                });
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                return Err(AtError::NotInstalled {
                    program: path.display().to_string(),
                });
            }
            Ok(Err(source)) => return Err(AtError::Run { command, source }),
            Ok(Ok(output)) => output,
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, errors) = (text(&output.stdout), text(&output.stderr));
        if output.status.success() {
            return Ok(Done {
                command,
                output: said,
                errors,
            });
        }
        let message = errors.trim().to_owned();
        Err(if message.starts_with(NO_PERMISSION) {
            AtError::NotAllowed {
                user: self.user.clone(),
                message,
            }
        } else {
            AtError::Failed {
                command,
                status: output.status,
                message,
            }
        })
    }
}

/// A program that ended well.
struct Done {
    command: String,
    output: String,
    errors: String,
}

fn in_memory(text: &str) -> io::Result<File> {
    let mut file = File::from(memfd_create(c"at job", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// `at` says on standard error: a warning about the shell, `job 5 at Sat Nov 21 10:11:00 2026`, and whether `atd` is
/// missing.
fn submitted(said: &str) -> Option<Submitted> {
    let number = |line: &str| {
        line.strip_prefix("job ")?
            .split_once(" at ")?
            .0
            .parse()
            .ok()
    };
    let number = said.lines().find_map(number).map(JobNumber)?;
    let others: Vec<&str> = said
        .lines()
        .filter(|line| {
            !line.starts_with("job ") && !line.starts_with("warning: commands will be executed")
        })
        .collect();
    Some(Submitted {
        number,
        warning: (!others.is_empty()).then(|| others.join("; ")),
    })
}

/// The lines of `atq` are `5<tab>Sat Nov 21 10:11:00 2026 a root`: number, time, queue (`=` for a job that runs), user.
fn of_user(listed: &str, user: &str) -> Vec<(JobNumber, bool)> {
    let job = |line: &str| {
        let mut words = line.split_whitespace();
        let number = words.next()?.parse().ok().map(JobNumber)?;
        let (owner, queue) = (words.next_back()?, words.next_back()?);
        (owner == user).then_some((number, queue == "="))
    };
    listed.lines().filter_map(job).collect()
}

fn is_gone(message: &str) -> bool {
    message.starts_with("Cannot find jobid")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::marker::AtJob;
    use super::*;
    use crate::domain::ids::{ServerId, SnapshotId};

    #[test]
    fn the_answer_of_at_is_understood() {
        let said = "warning: commands will be executed using /bin/sh\njob 12 at Thu Nov 21 04:30:00 2030\n\
                    Can't open /run/atd.pid to signal atd. No atd running?\n";
        let submitted = submitted(said).unwrap();
        assert_eq!(submitted.number, JobNumber(12));
        assert!(submitted.warning.unwrap().starts_with("Can't open"));
        assert_eq!(super::submitted("job x at y\n"), None);
    }

    #[test]
    fn only_jobs_of_the_account_are_looked_at() {
        let listed = "2\tThu Nov 21 04:30:00 2030 a root\n3\tThu Nov 21 04:30:00 2030 b eve\n\
                      17\tThu Nov 21 04:30:00 2030 = root\nnoise\n";
        assert_eq!(
            of_user(listed, "root"),
            [(JobNumber(2), false), (JobNumber(17), true)]
        );
    }

    /// Programs that are scripts, in a directory of their own.
    fn fakes(scripts: &[(&str, &str)]) -> (tempfile::TempDir, At) {
        let directory = tempfile::tempdir().unwrap();
        for (name, script) in scripts {
            let path = directory.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let at = At::of_user("root").with_programs(directory.path(), Duration::from_secs(20));
        (directory, at)
    }

    #[tokio::test]
    async fn trap_22_at_gets_the_time_in_utc_and_an_empty_environment() {
        let (directory, at) = fakes(&[(
            "at",
            r#"{ echo "$@"; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; pwd; cat; } > "${0%/*}/seen"; echo "job 1 at x" >&2"#,
        )]);
        let time = "2026-10-25T01:30:59+01:00".parse().unwrap();
        at.submit("the text\n", time).await.unwrap();
        let seen = fs::read_to_string(directory.path().join("seen")).unwrap();
        assert_eq!(seen, "-q a -t 202610250030\nTZ=UTC0\n/\nthe text\n");
    }

    #[tokio::test]
    async fn jobs_without_a_marker_and_jobs_that_end_meanwhile_are_left_out() {
        let marker =
            Marker::new("c", ServerId::new(1), AtJob::Snapshot(SnapshotId::new(5))).unwrap();
        let (_directory, at) = fakes(&[
            (
                "atq",
                "printf '4\\tx a root\\n1\\tx a root\\n2\\tx a root\\n3\\tx = root\\n9\\tx a eve\\n'",
            ),
            (
                "at",
                &format!(
                    "case $2 in 1) echo 'rm x';; 2) echo 'Cannot find jobid 2' >&2; exit 1;; 9) exit 3;; *) echo '{marker}';; esac"
                ),
            ),
        ]);
        let jobs = at.jobs().await.unwrap();
        let seen: Vec<_> = jobs
            .iter()
            .map(|job| (job.number.0, job.is_running))
            .collect();
        assert_eq!(seen, [(3, true), (4, false)]);
        assert!(jobs.iter().all(|job| job.marker == marker));
    }

    #[tokio::test]
    async fn what_at_refuses_is_told_from_what_could_not_be_asked() {
        let denied = "echo 'You do not have permission to use at.' >&2; exit 1";
        let (_directory, at) = fakes(&[
            ("at", denied),
            ("atrm", "echo 'Cannot find jobid 7' >&2; exit 1"),
        ]);
        let error = at.submit("x", DateTime::UNIX_EPOCH).await.unwrap_err();
        assert!(
            error.is_refusal() && error.to_string().contains("at.deny"),
            "{error}"
        );
        let error = at.jobs().await.unwrap_err();
        assert!(
            error.is_refusal() && error.to_string().contains("not installed"),
            "{error}"
        );
        at.remove(JobNumber(7)).await.unwrap();
        let (_directory, at) = fakes(&[
            ("at", "exec sleep 60"),
            ("atq", "echo 'No space left' >&2; exit 1"),
        ]);
        let at = At {
            limit: Duration::from_millis(200),
            ..at
        };
        let error = at.submit("x", DateTime::UNIX_EPOCH).await.unwrap_err();
        assert!(
            !error.is_refusal() && error.to_string().contains("did not end"),
            "{error}"
        );
        let at = At { limit: LIMIT, ..at };
        let error = at.jobs().await.unwrap_err();
        assert!(
            !error.is_refusal() && error.to_string().contains("No space left"),
            "{error}"
        );
    }
}

//! The crontab that control writes: waiting for it, taking it apart, and running a line of it as cron would.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Account, Layout};
use crate::task::{Context, Result, TaskError};

/// How long control may take to write a crontab.
const DEADLINE: Duration = Duration::from_secs(120);
/// How often the crontab is checked: also the error of what is measured by waiting for it.
const INTERVAL: Duration = Duration::from_millis(1);

/// A line of a crontab in `cron.d`, as cron takes it apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    /// What is set above it.
    environment: Vec<(String, String)>,
    /// What is handed to the shell.
    pub(crate) command: String,
}

impl Job {
    /// The job as a command, with cron's environment and nothing else, run by the job user. HOME is the installation's,
    /// as it is for the private user in the namespace.
    pub(crate) fn as_cron_would(&self, layout: &Layout, account: &Account) -> Command {
        let mut command = account.command("/bin/sh");
        command
            .args(["-c", &self.command])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("HOME", layout.home())
            .env("LOGNAME", &account.name)
            .env("SHELL", "/bin/sh")
            .current_dir(layout.home())
            .stdin(Stdio::null());
        command
    }
}

/// The jobs of a crontab (crontab(5)): five fields, a user, a command in which `\%` stands for a percent sign.
pub(crate) fn jobs(crontab: &str) -> Vec<Job> {
    let mut environment = Vec::new();
    let mut found = Vec::new();
    for line in crontab.lines().map(str::trim_start) {
        if is_job(line) {
            let command = line.splitn(7, [' ', '\t']).nth(6).unwrap_or_default();
            found.push(Job {
                environment: environment.clone(),
                command: command.replace("\\%", "%"),
            });
        } else if !line.starts_with('#')
            && let Some((name, value)) = line.split_once('=')
        {
            environment.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// Whether a line is a job, not a comment nor a setting.
fn is_job(line: &str) -> bool {
    line.starts_with(|c: char| c == '*' || c.is_ascii_digit())
}

/// The files of a node's crontab that are there.
pub(crate) fn files(layout: &Layout, node_id: u32) -> Vec<PathBuf> {
    let base = format!("pgsql_node_{node_id}");
    let further = format!("{base}_");
    let mut found: Vec<PathBuf> = fs::read_dir(layout.crontabs())
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            *name == *base || name.starts_with(&further)
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found
}

/// Waits until the node's crontab has so many jobs, and gives its text, all files of it.
///
/// # Errors
///
/// When it does not come to that in time.
pub(crate) fn wait_for_jobs(layout: &Layout, node_id: u32, count: usize) -> Result<String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let mut text = String::new();
        for file in files(layout, node_id) {
            text += &fs::read_to_string(file).unwrap_or_default();
        }
        let found = text.lines().filter(|line| is_job(line)).count();
        if found == count {
            return Ok(text);
        }
        if Instant::now() > deadline {
            return Err(TaskError::new(format!(
                "pgbackman_control has not written {count} jobs of node {node_id} to {} within {} s (found {found}); \
                 see {} for the reason",
                layout.crontabs().display(),
                DEADLINE.as_secs(),
                layout.program_log().display()
            )));
        }
        std::thread::sleep(INTERVAL);
    }
}

/// Runs a job as cron would, to its end.
///
/// # Errors
///
/// When it fails.
pub(crate) fn run_job(job: &Job, layout: &Layout, account: &Account) -> Result<()> {
    let status = job
        .as_cron_would(layout, account)
        .status()
        .context(|| "could not start /bin/sh".into())?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::new(format!(
            "the job failed ({status}): {}",
            job.command
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crontab_is_taken_apart_as_cron_does() {
        let text = "# a=b\nPATH=/usr/bin:/bin\n\n5 4 * * * pgbackman /usr/bin/pgbackman_dump --dbname 'a\\%b  c'\n";
        assert_eq!(
            jobs(text),
            [Job {
                environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
                command: "/usr/bin/pgbackman_dump --dbname 'a%b  c'".into(),
            }]
        );
    }
}

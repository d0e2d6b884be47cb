//! Waiting for control to write the crontab, and, where there is no private cron, playing its part.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::registration::Definitions;
use crate::installation::{Account, Layout};
use crate::task::{Context, Result, TaskError, say, step};

/// How long control may take to write a crontab.
const CRONTAB_DEADLINE: Duration = Duration::from_secs(30);

/// Waits until the crontab has both jobs and shows it. With root, cron does the rest; without, the jobs are run here.
///
/// # Errors
///
/// When the crontab does not come, or a job fails.
pub(super) fn let_it_run(
    layout: &Layout,
    account: &Account,
    definitions: &Definitions,
) -> Result<()> {
    let crontab = layout.crontabs().join("pgsql_node_1");
    step(&format!(
        "the crontab that control has written: {}",
        crontab.display()
    ));
    let text = wait_for_jobs(&crontab, 2)?;
    println!("\n{text}");
    if account.is_of_root() {
        say(&format!("Now it is cron's turn, at {}.", definitions.due));
        return Ok(());
    }
    say(
        "Not root, so there is no private cron: the jobs are run here, each line as cron would run it.",
    );
    for job in jobs(&text) {
        run_as_cron_would(&job, layout)?;
    }
    Ok(())
}

/// Waits until a crontab has so many jobs and gives its text.
fn wait_for_jobs(crontab: &std::path::Path, count: usize) -> Result<String> {
    let deadline = Instant::now() + CRONTAB_DEADLINE;
    loop {
        let text = fs::read_to_string(crontab).unwrap_or_default();
        if jobs(&text).len() == count {
            return Ok(text);
        }
        if Instant::now() > deadline {
            return Err(TaskError::new(format!(
                "pgbackman_control has not written {count} jobs into {} within {} s; its log says why",
                crontab.display(),
                CRONTAB_DEADLINE.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A line of a crontab in `cron.d`, as cron takes it apart.
#[derive(Debug, PartialEq, Eq)]
struct Job {
    /// What is set above it.
    environment: Vec<(String, String)>,
    /// What is handed to the shell.
    command: String,
}

/// The jobs of a crontab (crontab(5)): five fields, a user, a command in which `\%` stands for a percent sign.
fn jobs(crontab: &str) -> Vec<Job> {
    let mut environment = Vec::new();
    let mut found = Vec::new();
    for line in crontab.lines().map(str::trim_start) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_job = line.starts_with(|c: char| c == '*' || c.is_ascii_digit());
        if is_job {
            let command = line.splitn(7, [' ', '\t']).nth(6).unwrap_or_default();
            found.push(Job {
                environment: environment.clone(),
                command: command.replace("\\%", "%"),
            });
        } else if let Some((name, value)) = line.split_once('=') {
            environment.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    found
}

/// Runs a job with cron's environment and nothing else. HOME is the installation's, as the private user's is with root.
fn run_as_cron_would(job: &Job, layout: &Layout) -> Result<()> {
    say(&format!("/bin/sh -c {:?}", job.command));
    let status = Command::new("/bin/sh")
        .args(["-c", &job.command])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(job.environment.iter().map(|(name, value)| (name, value)))
        .env("HOME", layout.home())
        .env("SHELL", "/bin/sh")
        .current_dir(layout.home())
        .stdin(Stdio::null())
        .status()
        .context(|| "could not start /bin/sh".into())?;
    if status.success() {
        Ok(())
    } else {
        Err(TaskError::new(format!("the job failed ({status})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crontab_is_taken_apart_as_cron_does() {
        let text = "# a comment\nPATH=/usr/bin:/bin\n\n5 4 * * * pgbackman /usr/bin/pgbackman_dump --dbname 'a\\%b  c'\n";
        assert_eq!(
            jobs(text),
            [Job {
                environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
                command: "/usr/bin/pgbackman_dump --dbname 'a%b  c'".into(),
            }]
        );
    }
}

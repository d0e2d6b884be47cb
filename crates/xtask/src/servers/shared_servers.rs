//! The PostgreSQL servers that all tests of one run share: started once, by the harness's own program, and named to the
//! tests in their environment (`tests/README.md`).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::task::{Context, Result, TaskError, say};

/// The program of the harness that keeps the servers.
const PROGRAM: &str = "pgbackman-test-cluster";

/// The servers; they end when this is dropped.
#[derive(Debug)]
pub(crate) struct SharedServers {
    keeper: Child,
    variables: Vec<(String, String)>,
}

impl SharedServers {
    /// Starts them and waits until they answer.
    ///
    /// # Errors
    ///
    /// When a server does not start; its reason is on standard error.
    pub(crate) fn start(binaries: &Path, test_pg_directory: &Path) -> Result<Self> {
        let program = binaries.join(PROGRAM);
        let mut keeper = Command::new(&program)
            .arg("serve")
            .env(
                crate::servers::test_servers::DIRECTORY_VARIABLE,
                test_pg_directory,
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context(|| format!("could not start {}", program.display()))?;
        let said = keeper.stdout.take();
        let mut servers = Self {
            keeper,
            variables: Vec::new(),
        };
        for line in said
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines)
        {
            let line = line.context(|| format!("could not read from {PROGRAM}"))?;
            match line.split_once('=') {
                Some((name, value)) => servers.variables.push((name.to_owned(), value.to_owned())),
                None if line == "ready" => {
                    say(&format!(
                        "{} shared servers are running",
                        servers.variables.len()
                    ));
                    return Ok(servers);
                }
                None => say(&line),
            }
        }
        Err(TaskError::new(
            "the shared test servers did not start: see above for the reason",
        ))
    }

    /// Names the servers to a command that runs tests.
    pub(crate) fn tell(&self, command: &mut Command) {
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
    }
}

impl Drop for SharedServers {
    fn drop(&mut self) {
        // The end of its standard input asks it to stop the servers.
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("could not wait for {PROGRAM} to end: {error}");
        }
    }
}

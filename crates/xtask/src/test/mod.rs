//! `cargo xtask test`: everything that has to be right before a change is taken.

mod options;

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use options::{Options, Special, USAGE, What};

use crate::debian::by_hand;
use crate::debian::newer_servers::Absent;
use crate::packages::Purpose;
use crate::process::{find_program, output, run, succeeds};
use crate::registries::axe;
use crate::servers::shared_servers::SharedServers;
use crate::servers::test_servers;
use crate::task::{Result, TaskError, say, step};
use crate::{crons, lifecycle, man, matrix, packages, rules, workspace};

/// Names the file to which the harness adds a line for each test that the machine, or the lack of root, did not allow
/// (`tests/README.md`).
const NOT_RUN_VARIABLE: &str = "PGBACKMAN_TEST_NOT_RUN";

/// The task.
///
/// # Errors
///
/// When anything is missing, wrong or failing.
pub(crate) fn main(arguments: &[String]) -> Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{USAGE}");
        return Ok(());
    };
    let started = Instant::now();
    let root = workspace::root()?;
    let purpose = match &options.what {
        What::Packages(releases) => return lifecycle::run(releases, options.offline),
        What::Special(special) => special.purpose,
        What::Everything | What::Named(_) => Purpose::Test,
    };
    packages::ensure(purpose, options.offline)?;
    packages::say_machine();
    let absent = match purpose {
        Purpose::Matrix => matrix::servers(options.offline)?,
        _ => Vec::new(),
    };
    let own = match purpose {
        Purpose::Browser => Some((axe::VARIABLE, axe::ensure(options.offline)?)),
        Purpose::ByHand => Some((by_hand::VARIABLE, by_hand::ensure(options.offline)?)),
        Purpose::Crons => Some((crons::VARIABLE, crons::ensure(options.offline)?)),
        _ => None,
    };
    let tests = Tests {
        root: &root,
        own,
        servers: &test_servers::ensure(options.offline)?,
        offline: options.offline,
        absent,
    };
    match &options.what {
        What::Special(special) => tests.special(special)?,
        What::Named(filters) => {
            tests.build()?;
            tests.run(filters)?;
        }
        What::Everything | What::Packages(_) => {
            tests.checks()?;
            tests.build()?;
            tests.examples()?;
            tests.run(&[])?;
            tests.units_in_one_process()?;
        }
    }
    step(&format!(
        "all tests passed ({} s)",
        started.elapsed().as_secs()
    ));
    Ok(())
}

/// The checks and tests of one run.
struct Tests<'a> {
    root: &'a Path,
    /// What special tests need besides, with the variable that tells them where it is.
    own: Option<(&'static str, PathBuf)>,
    servers: &'a Path,
    offline: bool,
    /// Releases of `--matrix` that cannot be had.
    absent: Vec<Absent>,
}

impl Tests<'_> {
    /// A cargo for this run.
    fn cargo(&self) -> Command {
        workspace::cargo(self.root, self.offline)
    }

    /// What needs something of its own. That nothing is found under the name is an error, too.
    fn special(&self, special: &Special) -> Result<()> {
        step(&format!("the tests of {}", special.flag));
        let tests = |rest: &[&str]| {
            let mut command = self.cargo();
            command
                .env(test_servers::DIRECTORY_VARIABLE, self.servers)
                .args(["test", "--quiet", "--package", "pgbackman-tests"])
                // One build for all of them.
                .args(["--all-features", "--test", "it"])
                .args(rest);
            if let Some((variable, place)) = &self.own {
                command.env(variable, place);
            }
            command
        };
        run(&mut tests(&["--no-run"]))?;
        let listed = output(&mut tests(&["--", "--list", special.names]))?;
        let count = listed
            .lines()
            .filter(|line| line.ends_with(": test"))
            .count();
        if count == 0 {
            return Err(TaskError::new(format!(
                "there is no test with {} in its name",
                special.names
            )));
        }
        say(&format!("{count} tests"));
        let mut tests = tests(&["--", special.names]);
        if special.purpose != Purpose::Matrix {
            return run(&mut tests);
        }
        let directory = workspace::target_directory(self.root);
        matrix::tests(&mut tests, &directory, &self.absent)
    }

    /// Everything that is not a test.
    fn checks(&self) -> Result<()> {
        rules::check(self.root)?;
        step("format");
        self.component("fmt", "rustfmt")?;
        run(self.cargo().args(["fmt", "--all", "--", "--check"]))?;
        step("lints");
        self.component("clippy", "clippy")?;
        run(self.cargo().args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            // Tests that need something of their own, too.
            "--all-features",
            "--",
            "--deny",
            "warnings",
        ]))?;
        self.dependencies()?;
        step("documentation");
        run(self.cargo().env("RUSTDOCFLAGS", "--deny warnings").args([
            "doc",
            "--quiet",
            "--workspace",
            "--no-deps",
        ]))
    }

    /// Says which part of Rust to install where a cargo command is missing.
    fn component(&self, command: &str, component: &str) -> Result<()> {
        if succeeds(self.cargo().args([command, "--version"])) {
            return Ok(());
        }
        Err(TaskError::new(format!(
            "`cargo {command}` is not installed: rustup component add {component}"
        )))
    }

    /// Licences, sources and known weaknesses of the dependencies.
    fn dependencies(&self) -> Result<()> {
        step("dependencies");
        if !succeeds(self.cargo().args(["deny", "--version"])) {
            say("not checked: cargo-deny is not installed (cargo install --locked cargo-deny)");
            return Ok(());
        }
        let mut checks = vec!["bans", "licenses", "sources"];
        // The list of known weaknesses is fetched from the network.
        if !self.offline && succeeds(self.cargo().args(["deny", "fetch", "db"])) {
            checks.push("advisories");
        } else {
            say("known vulnerabilities are not checked: their list cannot be downloaded");
        }
        run(self.cargo().args(["deny", "check"]).args(checks))
    }

    /// Builds all programs.
    fn build(&self) -> Result<()> {
        step("build");
        run(self.cargo().args(["build", "--quiet", "--workspace"]))
    }

    /// The manual pages against the programs, and the examples in the code's documentation.
    fn examples(&self) -> Result<()> {
        man::check(self.root, &self.binaries())?;
        step("examples in the documentation");
        run(self
            .cargo()
            .args(["test", "--quiet", "--workspace", "--doc"]))
    }

    /// Where cargo has put the programs.
    fn binaries(&self) -> PathBuf {
        workspace::target_directory(self.root).join("debug")
    }

    /// Whether nextest is installed.
    fn has_nextest(&self) -> bool {
        find_program("cargo-nextest").is_some()
            || succeeds(self.cargo().args(["nextest", "--version"]))
    }

    /// The unit tests once more as `cargo test` runs them where nextest is not installed: many in one process. What they have in
    /// common there (descriptors, locks, environment) must do no harm.
    fn units_in_one_process(&self) -> Result<()> {
        if !self.has_nextest() {
            // That is how they were run.
            return Ok(());
        }
        step("unit tests in one process");
        run(self
            .cargo()
            .env(test_servers::DIRECTORY_VARIABLE, self.servers)
            .args(["test", "--quiet", "--workspace", "--lib"]))
    }

    /// Every test, or those that are named, by nextest where it is installed.
    fn run(&self, filters: &[String]) -> Result<()> {
        step("tests");
        let not_run = workspace::target_directory(self.root).join("tests-not-run");
        let _ = fs::remove_file(&not_run);
        let shared = SharedServers::start(&self.binaries(), self.servers)?;
        let mut command = self.cargo();
        command.env(test_servers::DIRECTORY_VARIABLE, self.servers);
        command.env(NOT_RUN_VARIABLE, &not_run);
        shared.tell(&mut command);
        if self.has_nextest() {
            command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            command.args(filters);
        } else {
            say("cargo-nextest is not installed: using cargo test");
            command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
            command.arg("--").args(filters);
            command.arg(format!("--test-threads={}", test_threads()));
        }
        let outcome = run(&mut command);
        say_not_run(&fs::read_to_string(&not_run).unwrap_or_default());
        outcome
    }
}

/// How many tests `cargo test` runs at once. A thread for each processor, its own default, would idle: most tests wait for programs
/// that they have started, and those of cron and at for the next minute.
fn test_threads() -> usize {
    const PER_PROCESSOR: usize = 4;
    std::thread::available_parallelism().map_or(1, NonZero::get) * PER_PROCESSOR
}

/// Names the tests that were not run, so that nobody takes them for passed.
fn say_not_run(report: &str) {
    let count = report.lines().count();
    if count == 0 {
        return;
    }
    step(&format!(
        "{count} tests were NOT RUN; as root, all tests run"
    ));
    for line in report.lines() {
        say(line);
    }
}

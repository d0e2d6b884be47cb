//! `cargo xtask test`: everything that has to be right before a change is taken.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::packages::Purpose;
use crate::process::{find_program, run, succeeds};
use crate::shared_servers::SharedServers;
use crate::task::{Result, TaskError, say, step};
use crate::{house, lifecycle, man, packages, test_servers, workspace};

/// What `cargo xtask test --help` answers.
const USAGE: &str = "\
Usage: cargo xtask test [--browser] [--offline] [--packages | --monitoring | FILTER…]

Installs what is missing (when root; else says what), fetches PostgreSQL 16 and 18 once, then checks format, lints,
dependencies (where cargo-deny is installed), the rules of the house, documentation and manual pages, builds everything
and runs every test. With FILTER only the tests run, and of them those whose name contains one of the words.

  --browser   also look at pages in Debian's Chromium, which is installed
  --offline   fetch and install nothing: use what is there, and fail where something is not
  --packages  instead of all that: make the packages and let a bare Debian 12 live with them, from the installation to the
              purge (as root; fetches that Debian once, and some minutes)
  --monitoring  instead of all that: what Prometheus's own tool says of metrics and rules (installs Debian's package
              prometheus, of which nothing is started)";

/// Names the file to which the harness adds a line for each test that the machine, or the lack of root, did not allow
/// (`tests/README.md`).
const NOT_RUN_VARIABLE: &str = "PGBACKMAN_TEST_NOT_RUN";

/// Lets the tests in a browser run.
const BROWSER_VARIABLE: &str = "PGBACKMAN_TEST_BROWSER";

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    browser: bool,
    offline: bool,
    packages: bool,
    monitoring: bool,
    filters: Vec<String>,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            browser: false,
            offline: false,
            packages: false,
            monitoring: false,
            filters: Vec::new(),
        };
        for argument in arguments {
            match argument.as_str() {
                "--browser" => options.browser = true,
                "--offline" => options.offline = true,
                "--packages" => options.packages = true,
                "--monitoring" => options.monitoring = true,
                "-h" | "--help" => return Ok(None),
                flag if flag.starts_with('-') => {
                    return Err(TaskError::new(format!("unknown option {flag}\n\n{USAGE}")));
                }
                filter => options.filters.push(filter.to_owned()),
            }
        }
        Ok(Some(options))
    }
}

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
    if options.packages {
        return lifecycle::run(options.offline);
    }
    let started = Instant::now();
    let root = workspace::root()?;
    let purpose = if options.monitoring {
        Purpose::Monitoring
    } else {
        Purpose::Test
    };
    packages::ensure(purpose, options.offline)?;
    if options.browser {
        packages::ensure_browser(options.offline)?;
    }
    packages::say_machine();
    let servers = test_servers::ensure(options.offline)?;
    let tests = Tests {
        root: &root,
        servers: &servers,
        options: &options,
    };
    if options.monitoring {
        tests.monitoring()?;
    } else {
        if options.filters.is_empty() {
            tests.checks()?;
        }
        tests.run()?;
    }
    step(&format!("all is well ({} s)", started.elapsed().as_secs()));
    Ok(())
}

/// The checks and tests of one run.
struct Tests<'a> {
    root: &'a Path,
    servers: &'a Path,
    options: &'a Options,
}

impl Tests<'_> {
    /// A cargo for this run.
    fn cargo(&self) -> Command {
        workspace::cargo(self.root, self.options.offline)
    }

    /// What needs Prometheus's own tool.
    fn monitoring(&self) -> Result<()> {
        step("promtool");
        run(self
            .cargo()
            .env(test_servers::DIRECTORY_VARIABLE, self.servers)
            .args(["test", "--quiet", "--package", "pgbackman-tests"])
            .args(["--features", "promtool", "--test", "it"])
            .args(["--", "monitoring::promtool"]))
    }

    /// Everything that is not a test.
    fn checks(&self) -> Result<()> {
        house::check(self.root)?;
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
        if !self.options.offline && succeeds(self.cargo().args(["deny", "fetch", "db"])) {
            checks.push("advisories");
        } else {
            say("known weaknesses are not checked: their list cannot be fetched");
        }
        run(self.cargo().args(["deny", "check"]).args(checks))
    }

    /// Every test, by nextest where it is installed.
    fn run(&self) -> Result<()> {
        step("build");
        run(self.cargo().args(["build", "--quiet", "--workspace"]))?;
        let binaries = workspace::target_directory(self.root).join("debug");
        if self.options.filters.is_empty() {
            man::check(self.root, &binaries)?;
            step("examples in the documentation");
            run(self
                .cargo()
                .args(["test", "--quiet", "--workspace", "--doc"]))?;
        }
        step("tests");
        let with_nextest = find_program("cargo-nextest").is_some()
            || succeeds(self.cargo().args(["nextest", "--version"]));
        let not_run = workspace::target_directory(self.root).join("tests-not-run");
        let _ = fs::remove_file(&not_run);
        let shared = SharedServers::start(&binaries, self.servers)?;
        let mut command = self.cargo();
        command.env(test_servers::DIRECTORY_VARIABLE, self.servers);
        command.env(NOT_RUN_VARIABLE, &not_run);
        if self.options.browser {
            command.env(BROWSER_VARIABLE, "1");
        }
        shared.tell(&mut command);
        if with_nextest {
            command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
            command.args(&self.options.filters);
        } else {
            say("cargo-nextest is not installed: cargo test runs them");
            command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
            command.arg("--").args(&self.options.filters);
        }
        let outcome = run(&mut command);
        say_not_run(&fs::read_to_string(&not_run).unwrap_or_default());
        outcome
    }
}

/// Names the tests that were not run, so that nobody takes them for passed.
fn say_not_run(report: &str) {
    let count = report.lines().count();
    if count == 0 {
        return;
    }
    step(&format!("{count} tests were NOT RUN; as root all run"));
    for line in report.lines() {
        say(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn filters_and_flags_may_be_mixed() {
        let options = Options::parse(&words(&["trap_18", "--offline", "cron"])).unwrap();
        assert_eq!(
            options,
            Some(Options {
                browser: false,
                offline: true,
                packages: false,
                monitoring: false,
                filters: words(&["trap_18", "cron"]),
            })
        );
    }

    #[test]
    fn an_unknown_flag_is_named() {
        let error = Options::parse(&words(&["--fast"])).unwrap_err();
        assert!(error.to_string().contains("--fast"));
    }
}

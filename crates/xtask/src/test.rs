//! `cargo xtask test`: everything that has to be right before a change is taken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::packages::Purpose;
use crate::process::{find_program, output, run, succeeds};
use crate::shared_servers::SharedServers;
use crate::task::{Result, TaskError, say, step};
use crate::{
    house, lifecycle, man, packages, server_releases, test_servers, version_table, workspace,
};

/// What `cargo xtask test --help` answers.
const USAGE: &str = "\
Usage: cargo xtask test [--offline] [--browser | --fuse | --long | --matrix | --monitoring | --packages | FILTER…]

Installs what is missing (when root; else says what), fetches PostgreSQL 16, 17 and 18 once, then checks format, lints,
dependencies (where cargo-deny is installed), the rules of the house, documentation and manual pages, builds everything
and runs every test. With FILTER only the tests run, and of them those whose name contains one of the words.

  --offline     fetch and install nothing: use what is there, and fail where something is not

Instead of all that, what needs something of its own, which is installed (when root):

  --browser     what pages look like and do in Debian's Chromium
  --fuse        backups on a file system that, as NFS, has no renaming without replacing (as root)
  --long        kills, sweeps and generators that take too many minutes for every day
  --matrix      backups and restores between servers of PostgreSQL 12 to 18, each onto each (fetches the servers once, and takes
                some minutes); the table of what came of them is shown at the end
  --monitoring  what Prometheus's own tool says of metrics, rules and dashboard (of Debian's package prometheus nothing is started)
  --packages    make the packages and let a bare Debian 12 live with them, from the installation to the purge (as root;
                fetches that Debian once, and takes some minutes)";

/// Names the file to which the harness adds a line for each test that the machine, or the lack of root, did not allow
/// (`tests/README.md`).
const NOT_RUN_VARIABLE: &str = "PGBACKMAN_TEST_NOT_RUN";

/// Tests that need something of their own, and are run instead of all others. They are there only with a feature of the tests'
/// package: a test that returned because nobody had asked for it would count as passed.
#[derive(Debug, PartialEq, Eq)]
struct Special {
    /// What asks for them.
    flag: &'static str,
    /// What their names contain, and no others' do.
    names: &'static str,
    /// What they need.
    purpose: Purpose,
}

/// All of them.
const SPECIALS: &[Special] = &[
    Special {
        flag: "--browser",
        names: "report::browser::",
        purpose: Purpose::Browser,
    },
    Special {
        flag: "--fuse",
        names: "fuse::",
        purpose: Purpose::Fuse,
    },
    Special {
        flag: "--long",
        names: "::long::",
        purpose: Purpose::Test,
    },
    Special {
        flag: "--matrix",
        names: "every_version::",
        purpose: Purpose::Matrix,
    },
    Special {
        flag: "--monitoring",
        names: "monitoring::promtool::",
        purpose: Purpose::Monitoring,
    },
];

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    offline: bool,
    what: What,
}

/// What of it is run.
#[derive(Debug, PartialEq, Eq)]
enum What {
    /// All checks, and all tests but the special ones.
    Everything,
    /// Tests whose name contains one of the words.
    Named(Vec<String>),
    /// Those that need something of their own.
    Special(&'static Special),
    /// The life of the packages.
    Packages,
}

impl Options {
    /// Reads the command line; `None` if help was asked for.
    fn parse(arguments: &[String]) -> Result<Option<Self>> {
        let (mut offline, mut filters, mut instead) = (false, Vec::new(), Vec::new());
        for argument in arguments {
            let special = SPECIALS.iter().find(|special| special.flag == argument);
            match (argument.as_str(), special) {
                (_, Some(special)) => instead.push(What::Special(special)),
                ("--packages", _) => instead.push(What::Packages),
                ("--offline", _) => offline = true,
                ("-h" | "--help", _) => return Ok(None),
                (flag, _) if flag.starts_with('-') => {
                    return Err(TaskError::new(format!("unknown option {flag}\n\n{USAGE}")));
                }
                (filter, _) => filters.push(filter.to_owned()),
            }
        }
        let what = match (instead.pop(), filters.is_empty()) {
            (None, true) => What::Everything,
            (None, false) => What::Named(filters),
            (Some(what), true) if instead.is_empty() => what,
            (Some(_), _) => {
                return Err(TaskError::new(format!("one thing at a time\n\n{USAGE}")));
            }
        };
        Ok(Some(Self { offline, what }))
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
    let started = Instant::now();
    let root = workspace::root()?;
    let purpose = match &options.what {
        What::Packages => return lifecycle::run(options.offline),
        What::Special(special) => special.purpose,
        What::Everything | What::Named(_) => Purpose::Test,
    };
    packages::ensure(purpose, options.offline)?;
    packages::say_machine();
    if purpose == Purpose::Matrix {
        server_releases::ensure(options.offline)?;
    }
    let tests = Tests {
        root: &root,
        servers: &test_servers::ensure(options.offline)?,
        offline: options.offline,
    };
    match &options.what {
        What::Special(special) => tests.special(special)?,
        What::Named(filters) => {
            tests.build()?;
            tests.run(filters)?;
        }
        What::Everything | What::Packages => {
            tests.checks()?;
            tests.build()?;
            tests.examples()?;
            tests.run(&[])?;
            tests.units_in_one_process()?;
        }
    }
    step(&format!("all is well ({} s)", started.elapsed().as_secs()));
    Ok(())
}

/// The checks and tests of one run.
struct Tests<'a> {
    root: &'a Path,
    servers: &'a Path,
    offline: bool,
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
        let table = version_table::Table::begin(&workspace::target_directory(self.root));
        let outcome = run(tests.env(version_table::VARIABLE, table.path()));
        table.show();
        outcome
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
            say("known weaknesses are not checked: their list cannot be fetched");
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
            say("cargo-nextest is not installed: cargo test runs them");
            command.args(["test", "--workspace", "--all-targets", "--no-fail-fast"]);
            command.arg("--").args(filters);
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

    fn parsed(line: &str) -> Options {
        let words = words(&line.split_whitespace().collect::<Vec<_>>());
        Options::parse(&words).unwrap().unwrap()
    }

    #[test]
    fn filters_and_flags_may_be_mixed() {
        let options = parsed("trap_18 --offline cron");
        assert_eq!(options.what, What::Named(words(&["trap_18", "cron"])));
        assert!(options.offline);
        let options = parsed("");
        assert_eq!(options.what, What::Everything);
        assert!(!options.offline);
    }

    #[test]
    fn what_is_run_instead_is_run_alone() {
        assert_eq!(parsed("--packages").what, What::Packages);
        for special in SPECIALS {
            assert_eq!(parsed(special.flag).what, What::Special(special));
            assert!(USAGE.contains(special.flag), "{}", special.flag);
        }
        for line in [
            "--packages cron",
            "--browser --monitoring",
            "--browser page",
        ] {
            let words = words(&line.split(' ').collect::<Vec<_>>());
            assert!(Options::parse(&words).is_err(), "{line}");
        }
    }

    #[test]
    fn an_unknown_flag_is_named() {
        let error = Options::parse(&words(&["--fast"])).unwrap_err();
        assert!(error.to_string().contains("--fast"));
    }
}

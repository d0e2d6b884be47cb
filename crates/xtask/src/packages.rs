//! The packages that building, testing and trying PgBackMan needs, and their installation.
//!
//! Debian's names are what the project is tested with; those of Red Hat's family follow the same table and are untested.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::policy::ServicesHeldBack;
use crate::process::{find_program, is_executable, is_root, output, run, succeeds};
use crate::task::{Context, Result, TaskError, say, step};

/// The task that this program starts itself as, shielded from Ctrl-C, to install packages.
pub(crate) const HIDDEN_TASK: &str = "__install-packages";

/// One thing that has to be on the machine.
struct Need {
    /// What it is, for messages.
    what: &'static str,
    /// Whether it is there.
    present: fn() -> bool,
    /// Debian's packages that bring it.
    debian: &'static [&'static str],
    /// Red Hat's packages that bring it.
    red_hat: &'static [&'static str],
    /// Whether only `cargo xtask test` needs it.
    only_for_tests: bool,
}

/// Everything, in the order in which it is reported.
const NEEDS: &[Need] = &[
    Need {
        what: "PostgreSQL's server and client programs, with the contributed extensions",
        present: postgresql_is_there,
        debian: &["postgresql", "postgresql-contrib"],
        red_hat: &["postgresql-server", "postgresql-contrib", "postgresql"],
        only_for_tests: false,
    },
    Need {
        what: "a C compiler",
        present: || find_program("cc").is_some(),
        debian: &["gcc", "libc6-dev"],
        red_hat: &["gcc", "glibc-devel"],
        only_for_tests: false,
    },
    Need {
        what: "pkg-config",
        present: || find_program("pkg-config").is_some(),
        debian: &["pkg-config"],
        red_hat: &["pkgconf-pkg-config"],
        only_for_tests: false,
    },
    Need {
        what: "OpenSSL's headers",
        present: || succeeds(Command::new("pkg-config").args(["--exists", "openssl"])),
        debian: &["libssl-dev"],
        red_hat: &["openssl-devel"],
        only_for_tests: false,
    },
    Need {
        what: "cron",
        present: || find_program("cron").or(find_program("crond")).is_some(),
        debian: &["cron"],
        red_hat: &["cronie"],
        only_for_tests: false,
    },
    Need {
        what: "at",
        present: || find_program("atd").is_some(),
        debian: &["at"],
        red_hat: &["at"],
        only_for_tests: false,
    },
    Need {
        what: "unshare, setpriv and setsid",
        present: || {
            ["unshare", "setpriv", "setsid"]
                .iter()
                .all(|program| find_program(program).is_some())
        },
        debian: &["util-linux"],
        red_hat: &["util-linux"],
        only_for_tests: false,
    },
    Need {
        what: "mount and kill",
        present: || find_program("mount").and(find_program("kill")).is_some(),
        debian: &["mount", "procps"],
        red_hat: &["util-linux", "procps-ng"],
        only_for_tests: false,
    },
    Need {
        what: "systemd-analyze, which judges the services",
        present: || find_program("systemd-analyze").is_some(),
        debian: &["systemd"],
        red_hat: &["systemd"],
        only_for_tests: true,
    },
    Need {
        what: "python3 with pip, which fetches the test servers",
        present: || crate::test_servers::are_ready() || crate::pip::python().is_some(),
        debian: &["python3", "python3-pip"],
        red_hat: &["python3", "python3-pip"],
        only_for_tests: true,
    },
    Need {
        what: "aiosmtpd, the mail server that tests send alerts to",
        present: || succeeds(Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"])),
        debian: &["python3-aiosmtpd"],
        red_hat: &["python3-aiosmtpd"],
        only_for_tests: true,
    },
];

/// What `cargo xtask test --packages` needs besides.
const NEEDS_OF_PACKAGES: &[Need] = &[
    Need {
        what: "debootstrap, which makes a bare Debian",
        present: || find_program("debootstrap").is_some(),
        debian: &["debootstrap"],
        red_hat: &["debootstrap"],
        only_for_tests: true,
    },
    Need {
        what: "systemd-nspawn, which runs it",
        present: || find_program("systemd-nspawn").is_some(),
        debian: &["systemd-container"],
        red_hat: &["systemd-container"],
        only_for_tests: true,
    },
    Need {
        what: "rpm",
        present: || find_program("rpm").is_some(),
        debian: &["rpm"],
        red_hat: &["rpm"],
        only_for_tests: true,
    },
];

/// What only the checks with Prometheus's own tool need.
const MONITORING_NEEDS: &[Need] = &[Need {
    what: "promtool, which checks metrics and rules",
    present: || find_program("promtool").is_some(),
    debian: &["prometheus"],
    red_hat: &["golang-github-prometheus"],
    only_for_tests: true,
}];

/// Whether some PostgreSQL is installed together with its contributed extensions (`hstore` stands for all of them).
fn postgresql_is_there() -> bool {
    installed_bin_directories().iter().any(|bin| {
        let major = bin.parent().and_then(Path::file_name).unwrap_or_default();
        [
            // Debian: programs below /usr/lib/postgresql/15, extensions below /usr/share/postgresql/15.
            Path::new("/usr/share/postgresql").join(major),
            // PostgreSQL's own packages for Red Hat: everything below /usr/pgsql-15.
            bin.join("../share"),
            // Red Hat's own package.
            PathBuf::from("/usr/share/pgsql"),
        ]
        .iter()
        .any(|share| share.join("extension/hstore.control").is_file())
    })
}

/// The directories of installed PostgreSQL servers' programs, the newest major last.
pub(crate) fn installed_bin_directories() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(major) = name.strip_prefix(prefix).and_then(|n| n.parse().ok()) else {
                continue;
            };
            found.push((major, entry.path().join("bin")));
        }
    }
    found.push((0, PathBuf::from("/usr/bin")));
    found.retain(|(_, bin)| is_executable(&bin.join("postgres")));
    found.sort();
    found.into_iter().map(|(_, bin)| bin).collect()
}

/// The newest installed PostgreSQL's programs.
///
/// # Errors
///
/// When there is none.
pub(crate) fn newest_bin_directory() -> Result<PathBuf> {
    installed_bin_directories()
        .pop()
        .ok_or_else(|| TaskError::new("no PostgreSQL server is installed"))
}

/// What the machine is to be made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building PgBackMan and using it.
    Use,
    /// That, and every test.
    Test,
    /// That, and the tests of the packages.
    Packages,
    /// That, and the checks with Prometheus's own tool.
    Monitoring,
}

/// A family of distributions, by the tool that installs its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Debian,
    RedHat,
}

impl Family {
    /// The family of this machine, if it is one of the two.
    fn of_this_machine() -> Option<Self> {
        if find_program("apt-get").is_some() {
            Some(Self::Debian)
        } else if find_program("dnf").is_some() {
            Some(Self::RedHat)
        } else {
            None
        }
    }

    /// The command that installs packages, as an administrator types it.
    fn install_command(self) -> &'static str {
        match self {
            Self::Debian => "apt-get install --no-install-recommends",
            Self::RedHat => "dnf install",
        }
    }
}

/// Sees to it that everything is there: installs what is missing when root, else says what to install.
///
/// # Errors
///
/// When something is missing and cannot be installed: not root, no network, an unknown distribution.
pub(crate) fn ensure(purpose: Purpose, offline: bool) -> Result<()> {
    step("packages");
    let missing: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| purpose != Purpose::Use || !need.only_for_tests)
        .chain(
            NEEDS_OF_PACKAGES
                .iter()
                .filter(|_| purpose == Purpose::Packages),
        )
        .chain(
            MONITORING_NEEDS
                .iter()
                .filter(|_| purpose == Purpose::Monitoring),
        )
        .filter(|need| !(need.present)())
        .collect();
    if missing.is_empty() {
        say("everything needed is installed");
        return Ok(());
    }
    for need in &missing {
        say(&format!("missing: {}", need.what));
    }
    let Some(family) = Family::of_this_machine() else {
        return Err(TaskError::new(
            "this machine has neither apt-get nor dnf: install what is missing by its own means, and run this again",
        ));
    };
    let packages = packages_for(&missing, family);
    if offline || !is_root()? {
        let why = if offline {
            "--offline installs nothing"
        } else {
            "only root can install packages"
        };
        return Err(TaskError::new(format!(
            "{why}. As root: {} {}",
            family.install_command(),
            packages.join(" ")
        )));
    }
    if family == Family::RedHat {
        say("untested on this family of distributions: please report what goes wrong");
    }
    install_shielded(&packages)?;
    match missing.iter().find(|need| !(need.present)()) {
        None => Ok(()),
        Some(need) => Err(TaskError::new(format!(
            "{} is still missing after the installation of {}: install it by hand",
            need.what,
            packages.join(" ")
        ))),
    }
}

/// Debian's Chromium, for what is looked at in a browser.
const BROWSER: Need = Need {
    what: "Chromium",
    present: || find_program("chromium").is_some(),
    debian: &["chromium"],
    red_hat: &["chromium"],
    only_for_tests: true,
};

/// Sees to it that a browser is there, as [`ensure`] does with what is always needed.
///
/// # Errors
///
/// When it is missing and cannot be installed.
pub(crate) fn ensure_browser(offline: bool) -> Result<()> {
    if (BROWSER.present)() {
        return Ok(());
    }
    if offline || !is_root()? || Family::of_this_machine().is_none() {
        return Err(TaskError::new(format!(
            "{} is missing, and cannot be installed now",
            BROWSER.what
        )));
    }
    install_shielded(BROWSER.debian)
}

/// The packages of some needs, each once.
fn packages_for(missing: &[&Need], family: Family) -> Vec<&'static str> {
    let mut packages: Vec<&'static str> = missing
        .iter()
        .flat_map(|need| match family {
            Family::Debian => need.debian,
            Family::RedHat => need.red_hat,
        })
        .copied()
        .collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// Starts this program again, ignoring Ctrl-C and TERM, so that an interrupted installation does not leave half a
/// package, nor the file that holds services back.
fn install_shielded(packages: &[&str]) -> Result<()> {
    let this_program =
        std::env::current_exe().context(|| "could not find this program's file".into())?;
    run(Command::new("env")
        .arg("--ignore-signal=INT,TERM,HUP")
        .arg(this_program)
        .arg(HIDDEN_TASK)
        .args(packages))
}

/// Installs packages, here and now, their services held back.
///
/// # Errors
///
/// When the distribution's tool fails.
pub(crate) fn install_here(packages: &[String]) -> Result<()> {
    match Family::of_this_machine() {
        Some(Family::Debian) => {
            let _held = ServicesHeldBack::begin()?;
            run(apt().arg("update"))?;
            run(apt()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(packages))
        }
        // Red Hat's packages do not start their services on installation.
        Some(Family::RedHat) => run(Command::new("dnf").args(["install", "-y"]).args(packages)),
        None => Err(TaskError::new("neither apt-get nor dnf is here")),
    }
}

/// `apt-get`, asking nothing.
fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["--quiet", "--option", "Dpkg::Use-Pty=0"])
        .args(["--option", "Acquire::Retries=3"]);
    command
}

/// The name and version of this machine's distribution, for messages.
pub(crate) fn distribution() -> String {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or_else(
            || "unknown system".into(),
            |name| name.trim_matches('"').to_owned(),
        )
}

/// Says what this machine is: it belongs beside every measurement and test result.
pub(crate) fn say_machine() {
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let rust = output(Command::new("rustc").arg("--version")).unwrap_or_default();
    say(&format!("{}, {cpus} CPUs, {}", distribution(), rust.trim()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_names_packages_of_both_families() {
        for need in NEEDS
            .iter()
            .chain(NEEDS_OF_PACKAGES)
            .chain(MONITORING_NEEDS)
        {
            assert!(!need.debian.is_empty(), "{}", need.what);
            assert!(!need.red_hat.is_empty(), "{}", need.what);
        }
    }

    #[test]
    fn packages_are_named_once_and_in_order() {
        let all: Vec<&Need> = NEEDS.iter().chain(NEEDS).collect();
        let packages = packages_for(&all, Family::Debian);
        assert!(packages.is_sorted_by(|a, b| a < b), "{packages:?}");
        assert!(packages.contains(&"libssl-dev"));
    }
}

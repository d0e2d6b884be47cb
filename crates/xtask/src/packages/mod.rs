//! The packages that building, testing and trying PgBackMan needs, and their installation.
//!
//! Debian's names are what the project is tested with; those of Red Hat's family follow the same table and are untested.

mod needs;
mod postgresql;

use std::process::Command;

use crate::policy::ServicesHeldBack;
use crate::process::{find_program, is_root, output, run};
use crate::task::{Context, Result, TaskError, say, step};

use needs::Need;
pub(crate) use postgresql::newest_bin_directory;

/// The task that this program starts itself as, shielded from Ctrl-C, to install packages.
pub(crate) const HIDDEN_TASK: &str = "__install-packages";

/// What the machine is to be made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building PgBackMan and using it.
    Use,
    /// That, and making packages of it.
    Dist,
    /// Building, using, and making the documents.
    Documents,
    /// Building, using, and every test.
    Test,
    /// Tests, and those of the packages.
    Packages,
    /// Tests, and the checks with Prometheus's own tool.
    Monitoring,
    /// Tests, and what is checked in a browser.
    Browser,
    /// Tests, and those that read a backup in a bare Debian without PgBackMan.
    ByHand,
    /// Tests, and those on a file system in user space.
    Fuse,
    /// Tests, and those on every release of PostgreSQL.
    Matrix,
    /// Tests, and those with several crons in a bare Debian.
    Crons,
    /// Tests, and a bare Debian in a directory.
    BareDebian,
}

impl Purpose {
    /// Whether what is needed for another purpose is needed for this one too.
    fn includes(self, other: Self) -> bool {
        match other {
            Self::Use => true,
            Self::Dist => matches!(self, Self::Dist | Self::Packages),
            Self::Test => !matches!(self, Self::Use | Self::Dist | Self::Documents),
            Self::BareDebian => matches!(
                self,
                Self::BareDebian | Self::Packages | Self::Crons | Self::ByHand
            ),
            Self::Documents
            | Self::Packages
            | Self::Monitoring
            | Self::Browser
            | Self::ByHand
            | Self::Fuse
            | Self::Matrix
            | Self::Crons => self == other,
        }
    }
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
    let missing: Vec<&Need> = needs::of(purpose)
        .filter(|need| !(need.present)())
        .collect();
    if missing.is_empty() {
        say("all required packages are installed");
        return Ok(());
    }
    for need in &missing {
        say(&format!("missing: {}", need.what));
    }
    let Some(family) = Family::of_this_machine() else {
        return Err(TaskError::new(
            "this machine has neither apt-get nor dnf: install the missing packages manually, and run this again",
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
        say("untested on this family of distributions; report any problems");
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
    fn packages_are_named_once_and_in_order() {
        let all: Vec<&Need> = needs::of(Purpose::Test)
            .chain(needs::of(Purpose::Packages))
            .collect();
        let packages = packages_for(&all, Family::Debian);
        assert!(packages.is_sorted_by(|a, b| a < b), "{packages:?}");
        assert!(packages.contains(&"libssl-dev"));
    }
}

//! Which cron serves this system, and whether it reads our crontabs as they are meant.
#![forbid(unsafe_code)]

mod package;

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

pub use package::Package;

use super::running::{self, Process};

/// The generator through which systemd-cron, which has no process of its own, makes timers of crontabs.
const SYSTEMD_CRON: [&str; 4] = [
    "usr/lib/systemd/system-generators/systemd-crontab-generator",
    "lib/systemd/system-generators/systemd-crontab-generator",
    "usr/local/lib/systemd/system-generators/systemd-crontab-generator",
    "etc/systemd/system-generators/systemd-crontab-generator",
];
/// Where systemd is what runs the system (`sd_booted(3)`).
const SYSTEMD_RUNS: &str = "run/systemd/system";
/// The programs of crons, where packages put them.
const PROGRAMS: [&str; 3] = ["usr/sbin/bcron-sched", "usr/sbin/cron", "usr/sbin/crond"];
/// A program that only cronie has.
const OF_CRONIE: &str = "usr/bin/cronnext";

/// An implementation of cron, as far as it makes a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Debian's cron 3.0pl1.
    Debian,
    /// cronie, of Red Hat's family, and a package of Debian.
    Cronie,
    /// Bruce Guenter's cron.
    Bcron,
    /// Timers of systemd that a generator makes of crontabs.
    SystemdCron,
    /// The `crond` of BusyBox.
    BusyBox,
    /// Another one, whose reading of our lines nobody has tried.
    Unknown,
}

impl Kind {
    /// What of our lines it reads otherwise than they are meant; `None` where every line runs as it should.
    pub const fn misreading(self) -> Option<&'static str> {
        match self {
            Self::Debian | Self::Cronie | Self::Unknown => None,
            Self::Bcron => Some(
                "it runs a schedule with a day of the month and a day of the week only if both match, and does not \
                 interpret \\%",
            ),
            Self::SystemdCron => Some(
                "it runs a schedule with a day of the month and a day of the week only if both match, and runs no \
                 schedule in the hour that the change to summer time skips",
            ),
            Self::BusyBox => Some(
                "it misreads the days of the week 7 and 5-7, ends a command at a # inside quotes, and does not \
                 interpret \\%",
            ),
        }
    }

    /// Whether everybody may use its `crontab` where neither `cron.allow` nor `cron.deny` is there; otherwise only root may.
    pub const fn lets_everybody_in(self) -> bool {
        !matches!(self, Self::Cronie)
    }

    /// Whether it runs a file of `/etc/cron.d` that is called so. Debian's cron knows letters, digits, `_` and `-` only.
    pub fn reads(self, name: &str) -> bool {
        const LEFTOVERS: [&str; 4] = ["~", ".rpmsave", ".rpmorig", ".rpmnew"];
        match self {
            Self::Cronie => {
                !name.starts_with(['.', '#']) && !LEFTOVERS.iter().any(|end| name.ends_with(end))
            }
            _ => name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)),
        }
    }
}

/// A cron that serves this system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// Which one it is.
    pub kind: Kind,
    /// What it is called where its package is not known.
    pub name: String,
    /// The file that is run, where it can be known.
    pub program: Option<PathBuf>,
    /// The package that brought it.
    pub package: Option<Package>,
}

/// `cronie 1.7.2-4 (/usr/sbin/crond)`.
impl fmt::Display for Cron {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.package {
            Some(package) => write!(out, "{package}")?,
            None => out.write_str(&self.name)?,
        }
        match &self.program {
            Some(program) => write!(out, " ({})", program.display()),
            None => Ok(()),
        }
    }
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Crons {
    /// Those that serve this system, each once.
    pub here: Vec<Cron>,
    /// Names and numbers of processes of other systems, such as containers.
    pub elsewhere: Vec<(String, u32)>,
}

/// Looks for every cron of this system.
pub fn find() -> Crons {
    let root = Path::new("/");
    of(&running::all(Path::new("/proc")), root, &|program| {
        Package::owning(program)
    })
}

/// Looks for every cron that is installed, for who may not see the processes of others.
pub fn installed() -> Vec<Cron> {
    installed_below(Path::new("/"), &|program| Package::owning(program))
}

/// Who brought a file.
type Owner<'a> = &'a dyn Fn(&Path) -> Option<Package>;

fn installed_below(root: &Path, owner: Owner<'_>) -> Vec<Cron> {
    let mut crons: Vec<Cron> = PROGRAMS
        .iter()
        .filter_map(|path| {
            let name = Path::new(path).file_name()?.to_str()?;
            let program = std::fs::canonicalize(root.join(path)).ok()?;
            cron_of(name, Some(&program), &[], root, owner)
        })
        .collect();
    crons.extend(systemd_cron(root, owner));
    crons
}

fn of(processes: &[Process], root: &Path, owner: Owner<'_>) -> Crons {
    let mut crons = Crons::default();
    let mut seen = BTreeSet::new();
    for process in processes {
        let program = process.program.as_deref();
        let Some(kind) = kind_by_name(&process.name, program, &process.arguments) else {
            continue;
        };
        if !process.of_this_system {
            crons.elsewhere.push((process.name.clone(), process.pid));
            continue;
        }
        // cron's own children, and the parts of bcron, are not further ones.
        let name = if kind == Kind::Bcron {
            "bcron"
        } else {
            &process.name
        };
        if seen.insert(name.to_owned()) {
            let found = cron_of(&process.name, program, &process.arguments, root, owner);
            crons.here.extend(found);
        }
    }
    crons.here.extend(systemd_cron(root, owner));
    crons
}

fn cron_of(
    name: &str,
    program: Option<&Path>,
    arguments: &[String],
    root: &Path,
    owner: Owner<'_>,
) -> Option<Cron> {
    let kind = kind_by_name(name, program, arguments)?;
    let package = program.and_then(owner);
    Some(Cron {
        kind: kind_by_package(kind, package.as_ref(), root),
        name: name.to_owned(),
        program: program.map(Path::to_owned),
        package,
    })
}

fn systemd_cron(root: &Path, owner: Owner<'_>) -> Option<Cron> {
    if !root.join(SYSTEMD_RUNS).is_dir() {
        return None;
    }
    let generator = SYSTEMD_CRON
        .iter()
        .map(|path| root.join(path))
        .find(|path| path.exists())?;
    Some(Cron {
        kind: Kind::SystemdCron,
        name: "systemd-cron".to_owned(),
        package: owner(&generator),
        program: Some(generator),
    })
}

/// What a process is by its name and the name of its program; `None` where it is no cron.
fn kind_by_name(name: &str, program: Option<&Path>, arguments: &[String]) -> Option<Kind> {
    let file = program
        .and_then(Path::file_name)
        .and_then(|file| file.to_str())
        .unwrap_or(name);
    let is_crond = name == "crond" || arguments.get(1).is_some_and(|word| word == "crond");
    match (file, name) {
        ("busybox" | "bbsuid", _) => is_crond.then_some(Kind::BusyBox),
        ("bcron-sched" | "bcron-start" | "bcron-spool" | "bcron-exec", _) => Some(Kind::Bcron),
        (_, "cron" | "crond" | "fcron") => Some(Kind::Unknown),
        _ => None,
    }
}

/// The package says more than a name: half of all crons are called `crond`.
fn kind_by_package(kind: Kind, package: Option<&Package>, root: &Path) -> Kind {
    match package.map(|package| package.name.as_str()) {
        Some("cron") => Kind::Debian,
        Some("cronie") => Kind::Cronie,
        Some(name) if name.starts_with("busybox") => Kind::BusyBox,
        None if kind == Kind::Unknown && root.join(OF_CRONIE).exists() => Kind::Cronie,
        _ => kind,
    }
}

#[cfg(test)]
mod tests;

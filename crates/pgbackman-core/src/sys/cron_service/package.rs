//! Which package a file belongs to, as dpkg or rpm knows it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where these programs are, whatever `PATH` says.
const PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

/// A package that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// `cron 3.0pl1-197`.
impl fmt::Display for Package {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.name, self.version)
    }
}

impl Package {
    /// The package that a file belongs to; `None` where neither dpkg nor rpm knows.
    pub fn owning(file: &Path) -> Option<Self> {
        by_dpkg(file).or_else(|| by_rpm(file))
    }
}

fn by_dpkg(file: &Path) -> Option<Package> {
    // dpkg knows a file by the name that it has in the package, with or without /usr.
    let owner = names(file).into_iter().find_map(|name| {
        let said = output("dpkg-query", &["--search".as_ref(), name.as_os_str()])?;
        said.lines().find_map(|line| owner_in(line, &name))
    })?;
    let version = output(
        "dpkg-query",
        &[
            "--show".as_ref(),
            "--showformat=${Version}".as_ref(),
            owner.as_ref(),
        ],
    )?;
    Some(Package {
        // An architecture may follow.
        name: owner.split(':').next().unwrap_or(&owner).to_owned(),
        version: version.trim().to_owned(),
    })
}

/// `cron: /usr/sbin/cron`; of `a, b: /etc/x` the first. A diversion is no owner.
fn owner_in(line: &str, file: &Path) -> Option<String> {
    let (owners, path) = line.rsplit_once(": ")?;
    let owner = owners.split(", ").next()?;
    (Path::new(path) == file && !owner.contains(' ')).then(|| owner.to_owned())
}

fn by_rpm(file: &Path) -> Option<Package> {
    let said = output(
        "rpm",
        &[
            "--query".as_ref(),
            "--file".as_ref(),
            "--queryformat=%{NAME} %{VERSION}-%{RELEASE}\\n".as_ref(),
            file.as_os_str(),
        ],
    )?;
    let (name, version) = said.lines().next()?.split_once(' ')?;
    Some(Package {
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

/// A path with and without `/usr` before it.
fn names(file: &Path) -> Vec<PathBuf> {
    let other = match file.strip_prefix("/usr") {
        Ok(rest) => Path::new("/").join(rest),
        Err(_) => Path::new("/usr").join(file.strip_prefix("/").unwrap_or(file)),
    };
    vec![file.to_owned(), other]
}

/// What a program says on standard output, if it is there and succeeds.
fn output(program: &str, arguments: &[&std::ffi::OsStr]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_is_the_package_before_the_path() {
        let owner = |line| owner_in(line, Path::new("/usr/sbin/cron"));
        assert_eq!(owner("cron: /usr/sbin/cron").as_deref(), Some("cron"));
        assert_eq!(
            owner("a:amd64, b: /usr/sbin/cron").as_deref(),
            Some("a:amd64")
        );
        assert_eq!(owner("diversion by x from: /usr/sbin/cron"), None);
        assert_eq!(owner("cron: /usr/sbin/cron.old"), None);
    }

    #[test]
    fn a_program_is_looked_for_with_and_without_usr() {
        assert_eq!(
            names(Path::new("/usr/bin/busybox")),
            [Path::new("/usr/bin/busybox"), Path::new("/bin/busybox")]
        );
        assert_eq!(names(Path::new("/bin/x"))[1], Path::new("/usr/bin/x"));
    }

    #[test]
    fn nobody_owns_a_file_of_a_test() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Package::owning(&directory.path().join("x")), None);
    }
}

//! The servers of majors that no registry of other servers has yet, for `cargo xtask test --matrix`: Debian's packages, from sid or
//! experimental, downloaded by apt with directories of its own (nothing of this machine's packages is read or changed) and unpacked
//! with all their libraries. Their programs run outside that root with its loader and libraries, so that any user can start them.
//!
//! They are not pinned: experimental keeps one version. Which one it was is said.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::sources::Mirrors;
use crate::process::{find_program, output, run};
use crate::servers::test_servers;
use crate::task::{Context, Result, TaskError, say, step};

/// The majors.
const MAJORS: [&str; 1] = ["19"];

/// The keys that sign Debian's archive, of the package debian-archive-keyring.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A major that could not be had.
#[derive(Debug)]
pub(crate) struct Absent {
    /// Which one.
    pub(crate) major: &'static str,
    /// Why.
    pub(crate) reason: TaskError,
}

/// Whether all of them are in this directory, and run.
pub(crate) fn are_ready(directory: &Path) -> bool {
    MAJORS
        .iter()
        .all(|major| test_servers::version_of(&directory.join(major)).is_ok())
}

/// Sees to it that the servers are in this directory, fetching them unless `offline`; names those that are not.
pub(crate) fn ensure(directory: &Path, offline: bool) -> Vec<Absent> {
    step("servers of newer releases, from Debian's archive");
    MAJORS
        .into_iter()
        .filter_map(|major| {
            let outcome = ensure_one(directory, major, offline);
            outcome.err().map(|reason| {
                say(&format!("no PostgreSQL {major}: {reason}"));
                Absent { major, reason }
            })
        })
        .collect()
}

fn ensure_one(directory: &Path, major: &str, offline: bool) -> Result<()> {
    let place = directory.join(major);
    if test_servers::version_of(&place).is_err() {
        if offline {
            return Err(TaskError::new(format!(
                "found no usable server in {}, and --offline downloads nothing: run `cargo xtask test --matrix` once \
                 with network access",
                place.display()
            )));
        }
        fetch(directory, major, &place)?;
    }
    let said = test_servers::version_of(&place)?;
    say(&format!("{said} in {}", place.display()));
    Ok(())
}

fn fetch(directory: &Path, major: &str, place: &Path) -> Result<()> {
    for program in ["apt-get", "dpkg-deb", "patchelf"] {
        if find_program(program).is_none() {
            return Err(TaskError::new(format!(
                "{program} is not installed, but is required to download it from Debian's archive"
            )));
        }
    }
    fs::create_dir_all(directory)
        .context(|| format!("could not create {}", directory.display()))?;
    let lock_path = directory.join(".lock");
    // Held until the end of this function.
    let _lock = fs::File::create(&lock_path)
        .and_then(|lock| lock.lock().map(|()| lock))
        .context(|| format!("could not lock {}", lock_path.display()))?;
    if test_servers::version_of(place).is_ok() {
        // Another run was here first.
        return Ok(());
    }
    let staging = directory.join(format!(".fetching-{major}"));
    let _ = fs::remove_dir_all(&staging);
    let archives = download(major, &staging)?;
    let unpacked = staging.join("unpacked");
    for archive in entries(&archives)? {
        if archive.extension().is_some_and(|end| end == "deb") {
            run(Command::new("dpkg-deb")
                .arg("--extract")
                .arg(&archive)
                .arg(&unpacked))?;
        }
    }
    let root = directory.join(format!("debian-{major}"));
    keep_what_is_needed(&unpacked, &root)?;
    let installation = root.join("usr/lib/postgresql").join(major);
    run_with_own_libraries(&root, &installation)?;
    let _ = fs::remove_file(place);
    symlink(&installation, place)
        .context(|| format!("could not create the link {}", place.display()))?;
    fs::remove_dir_all(&staging).context(|| format!("could not remove {}", staging.display()))
}

/// Downloads the server with everything that it depends on; returns the directory of the files.
fn download(major: &str, staging: &Path) -> Result<PathBuf> {
    let mirror = Mirrors::of_this_machine()?.releases;
    say(&format!("fetching postgresql-{major} from {mirror}"));
    let archives = staging.join("cache/archives");
    for directory in [
        "state/lists/partial",
        "cache/archives/partial",
        "sources.list.d",
        "preferences.d",
    ] {
        let directory = staging.join(directory);
        fs::create_dir_all(&directory)
            .context(|| format!("could not create {}", directory.display()))?;
    }
    for (name, content) in [
        ("apt.conf", configuration(staging)),
        // No package is installed.
        ("state/status", String::new()),
        ("sources.list", sources(&mirror)),
        ("preferences", preferences(major)),
    ] {
        let file = staging.join(name);
        fs::write(&file, content).context(|| format!("could not write {}", file.display()))?;
    }
    apt(staging, &["update"])?;
    apt(
        staging,
        &[
            "install",
            "--yes",
            "--download-only",
            "--no-install-recommends",
            &format!("postgresql-{major}"),
        ],
    )?;
    Ok(archives)
}

fn apt(staging: &Path, arguments: &[&str]) -> Result<()> {
    run(Command::new("apt-get")
        .env("APT_CONFIG", staging.join("apt.conf"))
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["--quiet", "--quiet", "--option", "Acquire::Retries=3"])
        .args(arguments)
        .stdout(Stdio::null()))
}

/// All of apt's directories below `staging`.
fn configuration(staging: &Path) -> String {
    let staging = staging.display();
    format!(
        "Dir::State \"{staging}/state\";\nDir::State::status \"{staging}/state/status\";\nDir::Cache \"{staging}/cache\";\n\
         Dir::Etc::sourcelist \"{staging}/sources.list\";\nDir::Etc::sourceparts \"{staging}/sources.list.d\";\n\
         Dir::Etc::preferences \"{staging}/preferences\";\nDir::Etc::preferencesparts \"{staging}/preferences.d\";\n\
         Acquire::Languages \"none\";\nAPT::Sandbox::User \"root\";\n"
    )
}

fn sources(mirror: &str) -> String {
    ["sid", "experimental"]
        .map(|suite| format!("deb [signed-by={KEYRING}] {mirror} {suite} main\n"))
        .concat()
}

/// The server, its clients and their library from experimental where it has them, everything else from sid.
fn preferences(major: &str) -> String {
    format!("Package: *-{major} libpq5\nPin: release a=experimental\nPin-Priority: 990\n")
}

/// The programs, what they read and their libraries, of all that was unpacked. The rest (Perl, systemd, translations) is not needed.
fn keep_what_is_needed(unpacked: &Path, root: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(root);
    for directory in ["usr/lib", "usr/share"] {
        let directory = root.join(directory);
        fs::create_dir_all(&directory)
            .context(|| format!("could not create {}", directory.display()))?;
    }
    let mut kept = vec![
        PathBuf::from("usr/lib/postgresql"),
        PathBuf::from("usr/share/postgresql"),
    ];
    for directory in entries(&unpacked.join("usr/lib"))? {
        let name = directory.file_name().unwrap_or_default();
        if name.to_string_lossy().contains("-linux-") {
            kept.push(Path::new("usr/lib").join(name));
        }
    }
    for directory in kept {
        fs::rename(unpacked.join(&directory), root.join(&directory))
            .context(|| format!("could not move {} into place", directory.display()))?;
    }
    Ok(())
}

/// Gives each program the loader of its own root, and the directory of its libraries: those of this machine are older. The modules
/// that a server loads find theirs as the server does (which DT_RPATH, unlike DT_RUNPATH, sees to).
fn run_with_own_libraries(root: &Path, installation: &Path) -> Result<()> {
    let postgres = installation.join("bin/postgres");
    let said = output(
        Command::new("patchelf")
            .arg("--print-interpreter")
            .arg(&postgres),
    )?;
    let loader = Path::new(said.trim())
        .file_name()
        .unwrap_or_default()
        .to_owned();
    let libraries = entries(&root.join("usr/lib"))?
        .into_iter()
        .find(|directory| directory.join(&loader).exists())
        .ok_or_else(|| {
            TaskError::new(format!(
                "the package that was unpacked into {} has no {}",
                root.display(),
                loader.display()
            ))
        })?;
    for program in entries(&installation.join("bin"))? {
        if is_elf(&program) {
            run(Command::new("patchelf")
                .arg("--force-rpath")
                .arg("--set-rpath")
                .arg(&libraries)
                .arg("--set-interpreter")
                .arg(libraries.join(&loader))
                .arg(&program))?;
        }
    }
    Ok(())
}

/// Whether a file is a program of the processor, and no script.
fn is_elf(file: &Path) -> bool {
    let mut begin = [0; 4];
    fs::File::open(file)
        .and_then(|mut file| file.read_exact(&mut begin))
        .is_ok_and(|()| begin == *b"\x7fELF")
}

/// A directory's entries.
fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    fs::read_dir(directory)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<std::io::Result<Vec<_>>>()
        })
        .context(|| format!("could not read {}", directory.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_gets_directories_sources_and_preferences_of_its_own() {
        let conf = configuration(Path::new("/x"));
        for line in conf.lines().filter(|line| line.starts_with("Dir::")) {
            assert!(line.contains("\"/x/"), "{line}");
        }
        let lines = sources("http://mirror.example.org/debian");
        assert!(lines.lines().all(|line| line.contains("signed-by=")));
        assert!(lines.contains(" experimental main\n"), "{lines}");
        assert!(preferences("19").starts_with("Package: *-19 libpq5\n"));
    }
}

//! The processes of this system: those that see its files, and not those of a container beside it, which `/proc` of a host shows too.
#![forbid(unsafe_code)]

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// What files a process sees is told by one place: where it finds the same directory as we do, it is a process of this system.
const PLACES: [&str; 2] = ["etc/cron.d", "etc"];

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number, as this process sees it.
    pub pid: u32,
    /// Its name, as the kernel has it.
    pub name: String,
    /// Its command line.
    pub arguments: Vec<String>,
    /// The file that it runs; `None` where this process may not know it.
    pub program: Option<PathBuf>,
    /// Whether it belongs to this system. What cannot be found out without root counts for it.
    pub of_this_system: bool,
}

/// Every process that `proc` (`/proc`) shows and that has not ended meanwhile.
pub fn all(proc: &Path) -> Vec<Process> {
    let own = Own::of(proc);
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            read(&entry.path(), pid, &own)
        })
        .collect()
}

fn read(directory: &Path, pid: u32, own: &Own) -> Option<Process> {
    let name = fs::read_to_string(directory.join("comm")).ok()?;
    let command = fs::read(directory.join("cmdline")).unwrap_or_default();
    let arguments = command
        .split(|byte| *byte == 0)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    Some(Process {
        pid,
        name: name.trim().to_owned(),
        arguments,
        program: fs::read_link(directory.join("exe")).ok().map(undeleted),
        of_this_system: own.is_beside(directory),
    })
}

/// The kernel's note at a program that was replaced, as by an upgrade of its package, is no part of its name.
fn undeleted(program: PathBuf) -> PathBuf {
    match program
        .to_str()
        .and_then(|path| path.strip_suffix(" (deleted)"))
    {
        Some(path) => PathBuf::from(path),
        None => program,
    }
}

/// What this process sees.
struct Own {
    process_namespace: Option<PathBuf>,
    namespaces: Option<usize>,
    place: Option<(PathBuf, u64, u64)>,
}

impl Own {
    fn of(proc: &Path) -> Self {
        let own = proc.join("self");
        let place = PLACES.iter().find_map(|place| {
            let metadata = fs::metadata(own.join("root").join(place)).ok()?;
            Some((PathBuf::from(place), metadata.dev(), metadata.ino()))
        });
        Self {
            process_namespace: fs::read_link(own.join("ns/pid")).ok(),
            namespaces: depth(&own),
            place,
        }
    }

    fn is_beside(&self, other: &Path) -> bool {
        let same_processes = match (&self.process_namespace, fs::read_link(other.join("ns/pid"))) {
            (Some(own), Ok(other)) => *own == other,
            // Everybody may read this: a process of a container has a number there, too.
            _ => depth(other) == self.namespaces,
        };
        let same_files = self.place.as_ref().is_none_or(|(place, device, inode)| {
            match fs::metadata(other.join("root").join(place)) {
                Ok(metadata) => (metadata.dev(), metadata.ino()) == (*device, *inode),
                // Without root nobody may look; with it, a root directory without the place is another system's.
                Err(error) => error.kind() == std::io::ErrorKind::PermissionDenied,
            }
        });
        same_processes && same_files
    }
}

/// In how many namespaces a process has a number.
fn depth(directory: &Path) -> Option<usize> {
    let status = fs::read_to_string(directory.join("status")).ok()?;
    let numbers = status
        .lines()
        .find_map(|line| line.strip_prefix("NSpid:"))?;
    Some(numbers.split_whitespace().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_one_of_this_system() {
        let all = all(Path::new("/proc"));
        let own = all
            .iter()
            .find(|process| process.pid == std::process::id())
            .unwrap();
        assert!(own.of_this_system);
        assert_eq!(own.program, std::env::current_exe().ok());
        assert!(own.arguments[0].contains("pgbackman"), "{own:?}");
    }

    #[test]
    fn c9_a_process_with_a_number_of_its_own_in_a_container_is_not() {
        let proc = tempfile::tempdir().unwrap();
        let process = |name: &str, numbers: &str| {
            let directory = proc.path().join(name);
            fs::create_dir(&directory).unwrap();
            fs::write(directory.join("comm"), "cron\n").unwrap();
            fs::write(
                directory.join("status"),
                format!("Name:\tcron\nNSpid:\t{numbers}\n"),
            )
            .unwrap();
        };
        process("self", "50");
        process("812", "812");
        process("813", "813\t7");
        let mut found: Vec<_> = all(proc.path())
            .into_iter()
            .map(|process| (process.pid, process.of_this_system))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [(812, true), (813, false)]);
    }

    #[test]
    fn a_replaced_program_keeps_its_name() {
        assert_eq!(
            undeleted(PathBuf::from("/usr/sbin/cron (deleted)")),
            Path::new("/usr/sbin/cron")
        );
    }
}

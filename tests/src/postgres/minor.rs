//! An installation of PostgreSQL of a test's own, as another minor release: what a package's update replaces.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Version;
use crate::base::TempRoot;

/// A copy of an installation.
#[derive(Debug)]
pub struct Installation {
    original: PathBuf,
    directory: PathBuf,
}

impl Installation {
    /// A copy of that of a release, below a test's root.
    pub fn copy(version: Version, root: &TempRoot) -> Self {
        let original = version.bin_dir().parent().unwrap().to_owned();
        let directory = root.path().join(format!("installed-{version}"));
        for part in ["bin", "lib", "share"] {
            copy_tree(&original.join(part), &directory.join(part)).unwrap();
        }
        Self {
            original,
            directory,
        }
    }

    /// The directory of its programs.
    pub fn bin_dir(&self) -> PathBuf {
        self.directory.join("bin")
    }

    /// Replaces its programs by those of another minor release: the same ones with another number in them. As `dpkg` does, it
    /// puts new files in the places of the old ones, so that what runs goes on.
    pub fn becomes(&self, from: &str, to: &str) {
        assert_eq!(from.len(), to.len());
        let number = |release: &str| {
            let (major, minor) = release.split_once('.').unwrap();
            major.parse::<i32>().unwrap() * 10_000 + minor.parse::<i32>().unwrap()
        };
        let (old, new) = (number(from).to_le_bytes(), number(to).to_le_bytes());
        for name in ["postgres", "pg_ctl", "initdb"] {
            let mut program = fs::read(self.original.join("bin").join(name)).unwrap();
            replace(&mut program, from.as_bytes(), to.as_bytes());
            if name == "postgres" {
                replace(&mut program, &old, &new);
            }
            self.put(name, &program);
        }
    }

    /// Its programs are those of the original again.
    pub fn becomes_original(&self) {
        for name in ["postgres", "pg_ctl", "initdb"] {
            let program = fs::read(self.original.join("bin").join(name)).unwrap();
            self.put(name, &program);
        }
    }

    /// Takes all of it away.
    pub fn remove(&self) {
        fs::remove_dir_all(&self.directory).unwrap();
    }

    fn put(&self, name: &str, program: &[u8]) {
        let target = self.bin_dir().join(name);
        let new = target.with_extension("dpkg-new");
        fs::write(&new, program).unwrap();
        fs::set_permissions(&new, fs::metadata(&target).unwrap().permissions()).unwrap();
        fs::rename(&new, &target).unwrap();
    }
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    let mut at = 0;
    let mut found = 0;
    while let Some(next) = bytes[at..].windows(from.len()).position(|w| w == from) {
        at += next;
        bytes[at..at + from.len()].copy_from_slice(to);
        at += from.len();
        found += 1;
    }
    assert!(found > 0, "nothing was replaced");
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

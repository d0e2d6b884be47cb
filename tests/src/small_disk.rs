//! A file system of a few kilobytes, which can really be full.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MntFlags, MsFlags, mount, umount2};

use crate::base::TempRoot;

/// The name of the file that takes what is free.
const FILLER: &str = ".filler";

/// A small file system over a directory of a test's own; gone with the test. Needs root: ask
/// [`crate::namespace::available`] first.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
    /// What was in the directory before, until it is in the file system.
    _aside: TempRoot,
}

impl SmallDisk {
    /// Puts one of so many KiB over a directory, which keeps its owner and its contents.
    pub fn over(directory: &Path, kib: u32) -> Self {
        let aside = TempRoot::new("disk");
        let kept = aside.path().join("kept");
        copy(directory, &kept);
        let owner = fs::metadata(directory).unwrap();
        let options = format!(
            "size={kib}k,mode={:o},uid={},gid={}",
            owner.mode() & 0o7777,
            owner.uid(),
            owner.gid()
        );
        mount(
            Some("tmpfs"),
            directory,
            Some("tmpfs"),
            MsFlags::empty(),
            Some(options.as_str()),
        )
        .unwrap();
        let disk = Self {
            at: directory.to_owned(),
            _aside: aside,
        };
        copy(&kept.join("."), directory);
        disk
    }

    /// Takes everything that is free.
    pub fn fill(&self) {
        let mut filler = File::create(self.at.join(FILLER)).unwrap();
        for size in [65_536, 4_096] {
            while filler.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    /// Gives it back.
    pub fn make_room(&self) {
        fs::remove_file(self.at.join(FILLER)).unwrap();
    }

    /// Makes it larger.
    pub fn grow(&self, kib: u32) {
        let options = format!("size={kib}k");
        mount(
            None::<&str>,
            &self.at,
            None::<&str>,
            MsFlags::MS_REMOUNT,
            Some(options.as_str()),
        )
        .unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = umount2(&self.at, MntFlags::MNT_DETACH);
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .arg("--archive")
        .arg(from)
        .arg(to)
        .output()
        .unwrap();
    assert!(
        copied.status.success(),
        "cannot copy {}: {}",
        from.display(),
        String::from_utf8_lossy(&copied.stderr)
    );
}

/// Takes away what is mounted below a directory, for whoever removes it.
pub(crate) fn unmount_below(dir: &Path) {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    for at in mounts.lines().filter_map(|line| line.split(' ').nth(1)) {
        if Path::new(at).starts_with(dir) {
            crate::frozen_disk::thaw(Path::new(at));
            let _ = umount2(at, MntFlags::MNT_DETACH);
        }
    }
}

//! A file system in user space, which cannot rename a file and make sure in one step that nothing is replaced: as NFS.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::errno::Errno;
use nix::fcntl::{RenameFlags, renameat2};
use nix::mount::{MntFlags, umount2};

use crate::base::TempRoot;

/// Room for a few small backups.
const MIB: u64 = 256;

/// `fuse2fs` over a directory of a test's own; gone with the test.
#[derive(Debug)]
pub struct FuseDisk {
    at: PathBuf,
    /// The image.
    _image: TempRoot,
}

impl FuseDisk {
    /// Puts one over an empty directory, which keeps its owner.
    pub fn over(directory: &Path) -> Self {
        let image = TempRoot::new("fuse");
        let file = image.path().join("image");
        File::create(&file).unwrap().set_len(MIB << 20).unwrap();
        run("mkfs.ext4", &["-q", "-F", "-O", "^has_journal"], &[&file]);
        let owner = fs::metadata(directory).unwrap();
        // fakeroot: whoever the kernel lets in is let in.
        run(
            "fuse2fs",
            &["-o", "allow_other,default_permissions,fakeroot,rw"],
            &[&file, directory],
        );
        let disk = Self {
            at: directory.to_owned(),
            _image: image,
        };
        chown(directory, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(directory, fs::Permissions::from_mode(owner.mode() & 0o7777)).unwrap();
        fs::remove_dir(directory.join("lost+found")).unwrap();
        disk.assert_replaces_only();
        disk
    }

    fn assert_replaces_only(&self) {
        let directory = File::open(&self.at).unwrap();
        let flags = RenameFlags::RENAME_NOREPLACE;
        let [one, other] = ["one", "other"].map(OsStr::new);
        fs::write(self.at.join(one), "").unwrap();
        let renamed = renameat2(&directory, one, &directory, other, flags);
        assert_eq!(renamed, Err(Errno::EINVAL), "this file system can do it");
        fs::remove_file(self.at.join(one)).unwrap();
    }
}

impl Drop for FuseDisk {
    fn drop(&mut self) {
        let _ = umount2(&self.at, MntFlags::MNT_DETACH);
    }
}

fn run(program: &str, options: &[&str], paths: &[&Path]) {
    let output = Command::new(program)
        .args(options)
        .args(paths)
        .output()
        .unwrap_or_else(|error| panic!("cannot start {program} (package fuse2fs): {error}"));
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

//! A file system that can be frozen: whoever changes something in it sleeps in the kernel and cannot be killed until it is thawed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MntFlags, umount2};

use crate::base::TempRoot;

/// Enough for ext4 and a few small files.
const MIB: u64 = 16;

/// Such a file system over an empty directory of a test's own; thawed and gone with the test. Needs root: ask
/// [`crate::namespace::available`] first.
#[derive(Debug)]
pub struct FrozenDisk {
    at: PathBuf,
    _image: TempRoot,
}

impl FrozenDisk {
    /// Puts one over an empty directory, which keeps its owner and mode.
    pub fn over(directory: &Path) -> Self {
        let image = TempRoot::new("disk");
        let file = image.path().join("image");
        fs::File::create(&file)
            .and_then(|file| file.set_len(MIB << 20))
            .unwrap();
        let owner = fs::metadata(directory).unwrap();
        let run = |program: &str, arguments: &[&Path]| {
            let output = Command::new(program).args(arguments).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{program}: {said}");
        };
        run("mkfs.ext4", &[Path::new("-q"), Path::new("-F"), &file]);
        run(
            "mount",
            &[Path::new("-o"), Path::new("loop"), &file, directory],
        );
        fs::set_permissions(directory, fs::Permissions::from_mode(owner.mode() & 0o7777)).unwrap();
        chown(directory, Some(owner.uid()), Some(owner.gid())).unwrap();
        Self {
            at: directory.to_owned(),
            _image: image,
        }
    }

    /// Freezes it.
    pub fn freeze(&self) {
        let status = Command::new("fsfreeze").arg("-f").arg(&self.at).status();
        assert!(status.unwrap().success(), "fsfreeze -f");
    }

    /// Lets everybody go on.
    pub fn thaw(&self) {
        thaw(&self.at);
    }
}

impl Drop for FrozenDisk {
    fn drop(&mut self) {
        thaw(&self.at);
        let _ = umount2(&self.at, MntFlags::MNT_DETACH);
    }
}

/// Thaws a file system that may be frozen: one that stays so keeps its processes for ever.
pub(crate) fn thaw(at: &Path) {
    let _not_frozen = Command::new("fsfreeze").arg("-u").arg(at).output();
}

//! How much room there is on a disk.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// A file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileSystem {
    /// Tells it from the machine's others.
    pub device: u64,
    /// Its size in bytes.
    pub total: u64,
    /// Bytes that anybody may still write to it, who is not root.
    pub free: u64,
}

/// The file system that a path is on.
///
/// # Errors
/// When there is no such path, or it may not be checked.
pub fn file_system(path: &Path) -> io::Result<FileSystem> {
    let device = std::fs::metadata(path)?.dev();
    let found = statvfs(path)?;
    // Their types differ between platforms.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    let (blocks, available, size) = (
        found.blocks() as u64,
        found.blocks_available() as u64,
        found.fragment_size() as u64,
    );
    Ok(FileSystem {
        device,
        total: blocks.saturating_mul(size),
        free: available.saturating_mul(size),
    })
}

/// Bytes that anybody may still write to the file system that a path is on.
///
/// # Errors
/// When there is no such path, or it may not be checked.
pub fn free_space(path: &Path) -> io::Result<u64> {
    file_system(path).map(|found| found.free)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_room_and_a_path_that_is_not_there_has_none_to_tell() {
        let directory = tempfile::tempdir().unwrap();
        let seen = file_system(directory.path()).unwrap();
        assert!(seen.free > 0 && seen.free <= seen.total, "{seen:?}");
        assert!(free_space(directory.path()).unwrap() > 0);
        assert!(free_space(&directory.path().join("absent")).is_err());
    }
}

//! How much room there is on a disk.

use std::io;
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Bytes that anybody may still write to the file system that a path is on.
///
/// # Errors
/// When there is no such path, or it may not be looked at.
pub fn free_space(path: &Path) -> io::Result<u64> {
    let found = statvfs(path)?;
    // Their types differ between platforms.
    #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
    let (blocks, size) = (
        found.blocks_available() as u64,
        found.fragment_size() as u64,
    );
    Ok(blocks.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_room_and_a_path_that_is_not_there_has_none_to_tell() {
        let directory = tempfile::tempdir().unwrap();
        assert!(free_space(directory.path()).unwrap() > 0);
        assert!(free_space(&directory.path().join("absent")).is_err());
    }
}

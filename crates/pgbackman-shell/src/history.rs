//! The history of commands, kept between sessions in a file that only its owner can read.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// How many lines are kept.
pub const KEPT: usize = 10_000;

/// Where the history lies, below the home directory.
const PATH: &str = ".pgbackman/history";

/// The history's file for a home directory.
pub fn path(home: &Path) -> PathBuf {
    home.join(PATH)
}

/// Makes the directory the file lies in, for its owner alone. One that exists stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn make_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) => DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_directory_is_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let file = path(home.path());
        make_directory(&file).unwrap();
        make_directory(&file).unwrap();
        let mode = file
            .parent()
            .unwrap()
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

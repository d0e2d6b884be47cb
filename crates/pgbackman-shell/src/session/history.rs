//! The history of commands, kept between sessions in a file that only its owner can read.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// How many lines are kept.
pub const KEPT: usize = 10_000;

/// The path of the history file, below the home directory.
const PATH: &str = ".pgbackman/history";

/// The history file in a home directory.
pub fn path(home: &Path) -> PathBuf {
    home.join(PATH)
}

/// Creates the directory of the file, accessible only to its owner; an existing directory is not changed. An existing
/// file is closed to others, who could have got access to a copy.
///
/// # Errors
/// If either fails.
pub fn prepare(file: &Path) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
    }
    match File::open(file) {
        Ok(open) => open.set_permissions(Permissions::from_mode(0o600)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn directory_and_file_are_for_their_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let file = path(home.path());
        prepare(&file).unwrap();
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        fs::write(&file, "#V2\nhelp\n").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        prepare(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
    }
}

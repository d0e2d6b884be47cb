//! Programs that the configuration names: whether they can be run.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// `PATH` of the programs that the configuration names: hooks, and the command that receives alerts.
pub const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Whether there is an executable file of this name: at this path, or for a name without a slash in one of the directories of [`PATH`].
pub fn exists(program: &str) -> bool {
    if program.contains('/') {
        return is_executable(Path::new(program));
    }
    !program.is_empty()
        && PATH
            .split(':')
            .any(|directory| is_executable(&Path::new(directory).join(program)))
}

/// Whether this is a file that somebody may execute.
pub fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_path_or_in_a_directory() {
        assert!(exists("/bin/sh") && exists("sh"));
        assert!(!exists("/bin/nosuch") && !exists("nosuch"));
        // A directory and a file without the mode are no programs.
        assert!(!exists("/etc") && !exists("/etc/passwd") && !exists(""));
    }
}

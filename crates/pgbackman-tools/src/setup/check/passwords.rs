//! Checks of the password files: libpq ignores a file that others can read, and then a backup fails at night.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use pgbackman_core::sys::privilege::{self, User};

use super::Finding;

/// Checks the files of the job user and of the calling user.
pub(super) fn of(job_user: &User) -> Vec<Finding> {
    let mut users = vec![job_user.clone()];
    users.extend(
        privilege::current_user()
            .ok()
            .filter(|caller| caller.owner != job_user.owner),
    );
    users
        .iter()
        .filter_map(|user| judged(&user.home.join(".pgpass"), user))
        .collect()
}

/// Returns `None` if there is no such file: then none is needed, or the checks of connections report what is missing.
fn judged(file: &Path, user: &User) -> Option<Finding> {
    let shown = file.display().to_string();
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            return Some(Finding::warning(
                "passwords",
                shown,
                format!("cannot be read: {error}"),
                "run this command as root",
            ));
        }
    };
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Some(Finding::error(
            "passwords",
            &shown,
            format!("its mode is {mode:04o}: libpq ignores it because other users can read it"),
            format!("chmod 0600 {shown}"),
        ));
    }
    if metadata.uid() != user.owner.uid {
        return Some(Finding::error(
            "passwords",
            &shown,
            format!("not owned by {}, who cannot read it", user.name),
            format!("chown {} {shown}", user.name),
        ));
    }
    Some(Finding::ok("passwords", shown, format!("mode {mode:04o}")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn a_file_that_others_can_read_is_an_error_and_none_is_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let user = privilege::current_user().unwrap();
        let file = directory.path().join(".pgpass");
        assert_eq!(judged(&file, &user), None);
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let finding = judged(&file, &user).unwrap();
        assert_eq!(finding.level, Level::Error);
        assert!(finding.found.contains("0644"), "{finding:?}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(judged(&file, &user).unwrap().level, Level::Ok);
    }
}

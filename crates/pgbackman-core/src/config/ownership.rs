//! Who may have written the configuration. It decides which programs run and as whom, so for root it must be root's:
//! whoever else could write it would command the backup server ("What the catalogue may not decide").

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::ConfigError;

const ROOT: u32 = 0;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Refuses a configuration file (or a directory for one) that somebody other than root (or, for an unprivileged process, the user itself) owns or may write.
/// For root every directory above it counts too, since its writer could put another file there.
///
/// # Errors
///
/// [`ConfigError::Untrusted`] with the file or directory and what to do, or [`ConfigError::Unreadable`].
pub fn check(path: &Path, uid: u32) -> Result<(), ConfigError> {
    let real = fs::canonicalize(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let directories = real.ancestors().skip(1).filter(|_| uid == ROOT);
    for part in std::iter::once(real.as_path()).chain(directories) {
        let metadata = fs::metadata(part).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let facts = Facts {
            owner: metadata.uid(),
            mode: metadata.mode(),
            is_directory: metadata.is_dir(),
        };
        if let Some(objection) = facts.objection(uid) {
            return Err(ConfigError::Untrusted {
                path: path.to_owned(),
                reason: format!("{} {objection}", part.display()),
            });
        }
    }
    Ok(())
}

/// What decides whether a file or directory is trusted.
#[derive(Debug, Clone, Copy)]
struct Facts {
    owner: u32,
    mode: u32,
    is_directory: bool,
}

impl Facts {
    /// Why a process of user `uid` must not trust it.
    fn objection(self, uid: u32) -> Option<String> {
        if self.owner != ROOT && self.owner != uid {
            let wanted = if uid == ROOT {
                "root"
            } else {
                "root or the user who runs this program"
            };
            return Some(format!(
                "belongs to the user with ID {}; it must belong to {wanted}",
                self.owner
            ));
        }
        let sticky_directory = self.is_directory && self.mode & STICKY != 0;
        if self.mode & WRITABLE_BY_OTHERS != 0 && !sticky_directory {
            return Some(format!(
                "has mode {:04o}; its group and others must not have write access (`chmod go-w`)",
                self.mode & 0o7777
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Facts;

    const fn file(owner: u32, mode: u32) -> Facts {
        Facts {
            owner,
            mode,
            is_directory: false,
        }
    }

    #[test]
    fn root_trusts_only_what_root_alone_can_write() {
        assert_eq!(file(0, 0o644).objection(0), None);
        assert!(
            file(1000, 0o644)
                .objection(0)
                .unwrap()
                .contains("belong to root")
        );
        assert!(file(0, 0o664).objection(0).unwrap().contains("mode 0664"));
        assert!(file(0, 0o602).objection(0).unwrap().contains("mode 0602"));
    }

    #[test]
    fn a_user_trusts_root_and_itself() {
        assert_eq!(file(0, 0o644).objection(1000), None);
        assert_eq!(file(1000, 0o600).objection(1000), None);
        assert!(file(1001, 0o644).objection(1000).is_some());
        assert!(file(1000, 0o666).objection(1000).is_some());
    }

    #[test]
    fn a_sticky_directory_may_be_writable() {
        let directory = |mode| Facts {
            owner: 0,
            mode,
            is_directory: true,
        };
        assert_eq!(directory(0o1777).objection(0), None);
        assert!(directory(0o777).objection(0).is_some());
    }
}

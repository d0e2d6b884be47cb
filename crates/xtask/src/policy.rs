//! Keeping a package's own services from starting while it is installed.
//!
//! Debian's packages ask `/usr/sbin/policy-rc.d` before they start a service, and take exit status 101 for "not allowed"
//! (`invoke-rc.d(8)`). A file that answers so stands there only while packages are installed; whatever was there
//! before is put back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::task::{Context, Result};

/// The file that Debian's packages ask.
const POLICY: &str = "/usr/sbin/policy-rc.d";
/// Recognises our own file again, should an earlier run have been killed before it put the old one back.
const MARK: &str = "# written by cargo xtask, for the time of an installation only";

/// No service starts while this lives.
#[derive(Debug)]
pub(crate) struct ServicesHeldBack {
    policy: PathBuf,
}

impl ServicesHeldBack {
    /// Puts our answer where the packages ask.
    ///
    /// # Errors
    ///
    /// When the file there cannot be moved aside, or ours cannot be written.
    pub(crate) fn begin() -> Result<Self> {
        Self::begin_at(Path::new(POLICY))
    }

    fn begin_at(policy: &Path) -> Result<Self> {
        let held = Self {
            policy: policy.to_owned(),
        };
        let is_ours = fs::read_to_string(policy).is_ok_and(|text| text.contains(MARK));
        if policy.exists() && !is_ours {
            let aside = held.aside();
            fs::rename(policy, &aside).context(|| {
                format!("could not move {} to {}", policy.display(), aside.display())
            })?;
        }
        fs::write(policy, format!("#!/bin/sh\n{MARK}\nexit 101\n"))
            .and_then(|()| fs::set_permissions(policy, fs::Permissions::from_mode(0o755)))
            .context(|| format!("could not write {}", policy.display()))?;
        Ok(held)
    }

    /// Where the file that was there before waits.
    fn aside(&self) -> PathBuf {
        self.policy.with_extension("d.before-xtask")
    }
}

impl Drop for ServicesHeldBack {
    fn drop(&mut self) {
        let aside = self.aside();
        let restored = if aside.exists() {
            fs::rename(&aside, &self.policy)
        } else {
            fs::remove_file(&self.policy)
        };
        if let Err(error) = restored {
            eprintln!(
                "could not restore {}: {error}. Restore it by hand: no service starts while it exits with 101.",
                self.policy.display()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory of this test alone, empty at its start.
    fn scratch(name: &str) -> PathBuf {
        let directory =
            std::env::temp_dir().join(format!("xtask-policy-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn what_was_there_is_put_back() {
        let directory = scratch("back");
        let policy = directory.join("policy-rc.d");
        fs::write(&policy, "the administrator's own").unwrap();
        let held = ServicesHeldBack::begin_at(&policy).unwrap();
        assert!(fs::read_to_string(&policy).unwrap().contains("exit 101"));
        drop(held);
        assert_eq!(
            fs::read_to_string(&policy).unwrap(),
            "the administrator's own"
        );
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_was_not_there_is_gone_again_even_after_a_killed_run() {
        let directory = scratch("gone");
        let policy = directory.join("policy-rc.d");
        std::mem::forget(ServicesHeldBack::begin_at(&policy).unwrap());
        drop(ServicesHeldBack::begin_at(&policy).unwrap());
        assert!(!policy.exists());
        fs::remove_dir_all(directory).unwrap();
    }
}

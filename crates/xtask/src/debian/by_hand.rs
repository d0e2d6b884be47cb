//! A bare Debian with PostgreSQL's client programs and jq, and nothing of PgBackMan: where `cargo xtask test --by-hand` reads a
//! backup with the commands of the README.

use std::path::PathBuf;

use super::{Release, root};
use crate::process::is_root;
use crate::task::{Result, TaskError};

/// Tells the tests where the system is.
pub(crate) const VARIABLE: &str = "PGBACKMAN_TEST_BARE_DEBIAN";

/// The system, made once.
///
/// # Errors
///
/// When it is not there and cannot be made.
pub(crate) fn ensure(offline: bool) -> Result<PathBuf> {
    if !is_root()? {
        return Err(TaskError::new(
            "only root can run commands in a bare Debian",
        ));
    }
    root::derived("bookworm-by-hand", Release::Bookworm, offline, |system| {
        root::apt(
            system,
            &[
                "install",
                "--yes",
                "--no-install-recommends",
                "postgresql-client",
                "jq",
            ],
        )
    })
}

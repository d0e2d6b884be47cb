//! Whether the cron that serves this system runs our crontabs as they are meant.
//!
//! The crontabs are written all the same: most of their lines run right under every cron, and a backup that is not started at
//! all is worse. What is wrong is logged, and counts as work that fails, so that monitoring sees it too.

use std::path::Path;

use pgbackman_core::daemon::question::{TaskError, blocking};
use pgbackman_core::sys::cron_service::{self, Cron};

use crate::daemon::Control;
use crate::pass::Pass;

/// The directory that every cron of a system reads, if it reads one.
const SYSTEM_DIRECTORY: &str = "/etc/cron.d";

/// Fails where a cron serves this system that reads our lines otherwise.
///
/// # Errors
/// With its name, what it does otherwise, and what to do.
pub async fn inspect(pass: &Pass) -> Result<(), TaskError> {
    if !is_read_by_a_cron_of_the_system(&pass.daemon) {
        return Ok(());
    }
    let crons = blocking(|| {
        let here = cron_service::find().here;
        if here.is_empty() {
            // The shipped unit hides the processes of others from control.
            cron_service::installed()
        } else {
            here
        }
    });
    TaskError::from_problems(crons.await?.iter().filter_map(complaint).collect())
}

/// A directory of its own, as tests have it, is read by nobody that could be found here.
fn is_read_by_a_cron_of_the_system(daemon: &Control) -> bool {
    daemon.uses_user_crontab()
        || daemon
            .section()
            .crontab_dirs
            .iter()
            .any(|directory| directory == Path::new(SYSTEM_DIRECTORY))
}

fn complaint(cron: &Cron) -> Option<String> {
    let misreading = cron.kind.misreading()?;
    Some(format!(
        "this is {cron}, which misreads crontabs: {misreading}; backups may be missed, or taken of another database. \
         Install cron (Debian) or cronie instead"
    ))
}

#[cfg(test)]
mod tests {
    use pgbackman_core::sys::cron_service::Kind;

    use super::*;

    #[test]
    fn c9_a_cron_that_misreads_is_complained_of_by_name() {
        let cron = |kind| Cron {
            kind,
            name: "bcron".to_owned(),
            program: None,
            package: None,
        };
        assert!(
            complaint(&cron(Kind::Bcron)).is_some_and(|text| text.starts_with("this is bcron, "))
        );
        assert_eq!(complaint(&cron(Kind::Debian)), None);
    }
}

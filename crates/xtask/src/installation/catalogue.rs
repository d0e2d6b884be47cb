//! The catalogue of an installation and its configuration.

use std::fs;
use std::process::Command;

use super::{Account, Layout, account};
use crate::process::output;
use crate::task::{Context, Result};

/// Makes the embedded catalogue by `pgbackman_setup`, which also writes the configuration and sets the defaults for new
/// servers and nodes to paths in the directory.
///
/// # Errors
///
/// When `pgbackman_setup` fails: with what it says.
pub(crate) fn create_catalogue(layout: &Layout, account: &Account) -> Result<()> {
    let mut setup = Command::new(layout.program("pgbackman_setup"));
    account::without_libpq_variables(&mut setup);
    setup.args(["embedded", "--dir"]).arg(layout.catalogue());
    setup.args(["--backup-server", Layout::BACKUP_SERVER]);
    setup.arg("--backup-root").arg(layout.backups());
    setup.arg("--crontab-dir").arg(layout.crontabs());
    setup.arg("--program-dir").arg(layout.bin());
    if account.is_of_root() {
        setup.args(["--owner", &account.name, "--os-user", &account.name]);
    }
    output(&mut setup)?;
    adapt_config(layout)
}

/// Changes in the configuration what a demonstration wants otherwise.
fn adapt_config(layout: &Layout) -> Result<()> {
    let path = layout.config();
    let given =
        fs::read_to_string(&path).context(|| format!("could not read {}", path.display()))?;
    fs::write(&path, adapted(&given)).context(|| format!("could not write {}", path.display()))
}

/// Without root, `pgbackman_setup` chooses the user's own crontab, which lies outside the directory: a directory of
/// crontabs is read by nobody then, but shows what control writes. And the log tells more than errors.
fn adapted(given: &str) -> String {
    given
        .replace("scheduler = \"crontab\"", "scheduler = \"cron.d\"")
        .replace("[logging]\n", "[logging]\nlog_level = \"INFO\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_scheduler_and_the_log_level_change() {
        let given = "[backup_server]\nscheduler = \"crontab\"\nos_user = \"me\"\n\n[logging]\nlog_file = \"/x\"\n";
        assert_eq!(
            adapted(given),
            "[backup_server]\nscheduler = \"cron.d\"\nos_user = \"me\"\n\n[logging]\nlog_level = \"INFO\"\n\
             log_file = \"/x\"\n"
        );
    }
}

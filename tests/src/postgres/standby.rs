//! Standbys.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::Cluster;
use super::template::as_account;
use crate::base::{Account, TempRoot};
use crate::wait;

impl Cluster {
    /// A streaming standby of this server, caught up so far that it accepts connections.
    #[must_use]
    pub fn standby(&self) -> Cluster {
        let root = TempRoot::for_files_of_servers("sb");
        let account = Account::unprivileged();
        account.own(root.path());
        let data = root.path().join("data");
        let copied = as_account(account, self.version(), "pg_basebackup")
            .args([
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
                "--wal-method=stream",
            ])
            .arg("--pgdata")
            .arg(&data)
            .arg("--host")
            .arg(self.socket_dir())
            .args(["--port", &self.port().to_string()])
            .output()
            .unwrap();
        assert!(
            copied.status.success(),
            "pg_basebackup failed: {}",
            String::from_utf8_lossy(&copied.stderr)
        );
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
        Cluster::launch(self.version(), root, &["hot_standby = on".to_owned()])
    }

    /// Waits until the standby has replayed all that this server has written so far.
    pub fn wait_for_replay(&self, standby: &Cluster) {
        let written = self.psql("postgres", "SELECT pg_current_wal_insert_lsn()");
        wait::until(
            Duration::from_secs(30),
            format!("the standby's replay of {written}"),
            || {
                let done = standby.psql(
                    "postgres",
                    &format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn"),
                );
                (done == "t").then_some(())
            },
        );
    }
}

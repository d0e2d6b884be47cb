//! `pgbackman_setup node --now --wait`: waits for the first backups and counts them.

use std::fmt;
use std::time::Duration;

use pgbackman_core::catalogue::definitions::snapshots::{self, Tagged};
use pgbackman_core::catalogue::nodes;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::ConnectTarget;
use pgbackman_core::domain::text::size::Size;
use pgbackman_core::error::ProgramError;
use tokio::time::sleep;

use super::inspect::Node;
use super::node::FIRST_TAG;
use super::{catalogue, failure, say};

/// Pause between two queries.
const PAUSE: Duration = Duration::from_secs(1);

/// Waits until all first backups of a node have ended; reports their number whenever it changes.
pub(super) async fn wait(
    node: &Node,
    config: &Config,
    env: &Environment,
) -> Result<(), ProgramError> {
    let session = catalogue::verify(&ConnectTarget::catalogue(config), env).await?;
    let name = format!("{}:{}", node.host, node.port);
    let id = nodes::resolve(&*session, &name)
        .await
        .map_err(|error| catalogue::failed(&error))?
        .id;
    let mut said = String::new();
    loop {
        let now = snapshots::tagged(&*session, id, FIRST_TAG)
            .await
            .map_err(|error| catalogue::failed(&error))?;
        let line = Counted(&now).to_string();
        if line != said {
            say(&line);
            said = line;
        }
        if now.ended() >= now.all {
            session.close().await;
            return judge(&now);
        }
        sleep(PAUSE).await;
    }
}

fn judge(now: &Tagged) -> Result<(), ProgramError> {
    if now.failed == 0 {
        return Ok(());
    }
    Err(failure(format!(
        "{} of {} first backups failed: {}",
        now.failed,
        now.all,
        now.reason.as_deref().unwrap_or("see show_backup_catalog")
    )))
}

/// `2 of 3 first backups taken, 1.2 GB`.
struct Counted<'t>(&'t Tagged);

impl fmt::Display for Counted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tagged {
            all,
            succeeded,
            warned,
            failed,
            bytes,
            ..
        } = self.0;
        write!(f, "{} of {all} first backups taken", succeeded + warned)?;
        if *warned > 0 {
            write!(f, " ({warned} with a WARNING)")?;
        }
        if *failed > 0 {
            write!(f, ", {failed} failed")?;
        }
        write!(f, ", {}", Size(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_counts_and_a_failure_is_one() {
        let mut now = Tagged {
            all: 3,
            succeeded: 1,
            warned: 1,
            failed: 0,
            bytes: 3 << 20,
            reason: None,
        };
        assert_eq!(
            Counted(&now).to_string(),
            "2 of 3 first backups taken (1 with a WARNING), 3.0 MB"
        );
        assert!(now.ended() < now.all && judge(&now).is_ok());
        now.failed = 1;
        now.reason = Some("database x: it is gone".to_owned());
        assert_eq!(now.ended(), now.all);
        let said = judge(&now).unwrap_err().to_string();
        assert!(
            said.contains("1 of 3 first backups failed: database x: it is gone"),
            "{said}"
        );
    }
}

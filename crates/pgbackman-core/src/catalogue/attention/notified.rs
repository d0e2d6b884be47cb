//! Whether anybody is notified of failures: by an alert channel of `pgbackman_alerts`, or by cron's mail to a node's
//! `logs_email`.

use tokio_postgres::GenericClient;

use super::judgement::Judgement;
use super::{Kind, Level, Picture};
use crate::catalogue::alerts::heartbeats::{Daemon, DaemonLife, DaemonState};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::{NodeId, ServerId};
use crate::sys::crontab::mailto_value;

/// How many nodes are named.
const NAMED: usize = 3;

/// Who is notified of failures of the definitions that a backup server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notified {
    /// The backup server.
    pub server: ServerId,
    /// Its name.
    pub server_fqdn: String,
    /// Whether a daemon sends its alerts through a channel.
    pub has_channel: bool,
    /// The nodes of its scheduled definitions whose `logs_email` is no address: ID, and `fqdn:port`.
    pub without_email: Vec<(NodeId, String)>,
}

/// Whether somebody is notified of what happens on a backup server: its own alerts daemon has a channel, or, while none of its
/// own responds, another server's, which then takes over.
pub fn has_channel(server: ServerId, lives: &[DaemonLife]) -> bool {
    let alive: Vec<&DaemonLife> = lives
        .iter()
        .filter(|life| life.daemon == Daemon::Alerts && life.state == DaemonState::Alive)
        .collect();
    // A daemon that does not report its channels is of a version that fails without one.
    let has = |life: &&DaemonLife| life.facts.channels != Some(0);
    match alive.iter().find(|life| life.server == server) {
        Some(own) => has(own),
        None => alive.iter().any(has),
    }
}

/// The servers that run scheduled definitions, in order of name.
pub async fn list(
    client: &impl GenericClient,
    lives: &[DaemonLife],
) -> Result<Vec<Notified>, CatalogError> {
    let action = "check who is notified of failures";
    let rows = client
        .query(
            "SELECT s.server_id, s.fqdn, n.node_id, n.fqdn || ':' || n.pgport AS node, \
                 coalesce(get_pgsql_node_config_value(n.node_id, 'logs_email'), '') AS logs_email \
             FROM ( \
                 SELECT DISTINCT backup_server_id, pgsql_node_id FROM backup_definition WHERE job_status = 'ACTIVE' \
             ) AS d \
             JOIN backup_server AS s ON s.server_id = d.backup_server_id \
             JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id AND n.status = 'RUNNING' \
             ORDER BY s.fqdn, s.server_id, n.fqdn, n.pgport",
            &[],
        )
        .await
        .map_err(sql(action))?;
    let rows = read_all(&rows, action, |row| {
        Ok(Watched {
            server: ServerId::new(row.get("server_id")?),
            server_fqdn: row.get("fqdn")?,
            node: NodeId::new(row.get("node_id")?),
            node_name: row.get("node")?,
            logs_email: row.get("logs_email")?,
        })
    })?;
    let mut found: Vec<Notified> = Vec::new();
    for row in rows {
        let is_new = found.last().is_none_or(|last| last.server != row.server);
        if is_new {
            found.push(Notified {
                server: row.server,
                server_fqdn: row.server_fqdn,
                has_channel: has_channel(row.server, lives),
                without_email: Vec::new(),
            });
        }
        if let Some(last) = found.last_mut()
            && mailto_value(&row.logs_email).is_none()
        {
            last.without_email.push((row.node, row.node_name));
        }
    }
    Ok(found)
}

/// A node that a server has scheduled definitions of.
struct Watched {
    server: ServerId,
    server_fqdn: String,
    node: NodeId,
    node_name: String,
    logs_email: String,
}

pub(super) fn judge(picture: &Picture, judgement: &mut Judgement) {
    for notified in &picture.notified {
        if notified.has_channel || notified.without_email.is_empty() {
            continue;
        }
        let names: Vec<&str> = notified
            .without_email
            .iter()
            .take(NAMED)
            .map(|(_, name)| name.as_str())
            .collect();
        let more = match notified.without_email.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let text = format!(
            "nobody is notified of failed backups of {}{more}: no running pgbackman_alerts has an alert channel for {}, and logs_email is not set",
            names.join(", "),
            notified.server_fqdn
        );
        judgement.add(Kind::NobodyNotified, Level::Warning, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::alerts::heartbeats::Facts;

    #[test]
    fn a_server_has_its_own_channel_or_that_of_another_while_its_daemon_is_silent() {
        let life = |server, daemon, state, channels| DaemonLife {
            server: ServerId::new(server),
            server_fqdn: String::new(),
            daemon,
            state,
            version: None,
            procpid: None,
            started: None,
            last_seen: None,
            stopped: None,
            next_within: None,
            facts: Facts {
                channels,
                ..Facts::default()
            },
        };
        let (alive, late) = (DaemonState::Alive, DaemonState::Late);
        let alerts = |server, state, channels| life(server, Daemon::Alerts, state, channels);
        let one = ServerId::new(1);
        assert!(!has_channel(one, &[]));
        assert!(!has_channel(one, &[life(1, Daemon::Control, alive, None)]));
        assert!(has_channel(one, &[alerts(1, alive, Some(1))]));
        assert!(!has_channel(one, &[alerts(1, alive, Some(0))]));
        assert!(!has_channel(one, &[alerts(1, late, Some(1))]));
        // Another server's daemon takes over only where there is none.
        assert!(has_channel(one, &[alerts(2, alive, Some(1))]));
        let both = [alerts(1, alive, Some(0)), alerts(2, alive, Some(1))];
        assert!(!has_channel(one, &both));
    }
}

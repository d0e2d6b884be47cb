//! What a new session says about itself.

use tokio_postgres::{Client, SimpleQueryMessage};

use super::error::ConnectFailure;
use super::parameters::SessionKind;

/// What a new session says about itself.
pub(super) struct Facts {
    /// The process ID of the server's process.
    pub(super) backend_pid: i32,
    /// `server_version_num`.
    pub(super) version_num: i32,
    in_recovery: bool,
    read_only: bool,
}

impl Facts {
    /// Asks in one round trip, which also proves that the session answers.
    ///
    /// The same round trip lifts the limits by which a server, a database or a role may end sessions that rest: one of ours
    /// rests while `pg_dump` or `pg_restore` works for hours, or while it listens. `statement_timeout` and `lock_timeout` are
    /// left to whoever knows how long its statements may take.
    ///
    /// With a `key` only a session whose process has that ID is told so: any other is a pooler's, whose process may be somebody
    /// else's next.
    pub(super) async fn ask(client: &Client, key: Option<i32>) -> Result<Self, ConnectFailure> {
        let is_ours = match key {
            Some(key) => format!(
                "pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) '{key}'::pg_catalog.int4"
            ),
            None => "true".to_owned(),
        };
        let rows = client
            .simple_query(&format!(
                "SELECT pg_catalog.pg_backend_pid(), pg_catalog.pg_is_in_recovery(), \
                        pg_catalog.current_setting('transaction_read_only'), \
                        pg_catalog.current_setting('server_version_num'), \
                        CASE WHEN release OPERATOR(pg_catalog.>=) 90600 \
                        THEN pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false) END, \
                        CASE WHEN release OPERATOR(pg_catalog.>=) 140000 \
                        THEN pg_catalog.set_config('idle_session_timeout', '0', false) END, \
                        CASE WHEN release OPERATOR(pg_catalog.>=) 170000 \
                        THEN pg_catalog.set_config('transaction_timeout', '0', false) END \
                 FROM (SELECT CASE WHEN {is_ours} THEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 \
                       ELSE 0 END AS release) AS s",
            ))
            .await
            .map_err(|error| ConnectFailure::from_library(&error))?;
        let found = rows.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Self {
                backend_pid: row.get(0)?.parse().ok()?,
                in_recovery: row.get(1)? == "t",
                read_only: row.get(2)? == "on",
                version_num: row.get(3)?.parse().ok()?,
            }),
            _ => None,
        });
        found.ok_or_else(|| {
            ConnectFailure::Unreachable(
                "the server did not report the session's properties".to_owned(),
            )
        })
    }

    /// Whether the session is of the kind wanted.
    pub(super) fn check(&self, kind: SessionKind) -> Result<(), ConnectFailure> {
        let objection = match kind {
            SessionKind::ReadWrite if self.read_only || self.in_recovery => Some("it is read-only"),
            SessionKind::ReadOnly if !self.read_only && !self.in_recovery => {
                Some("it is not read-only")
            }
            SessionKind::Primary if self.in_recovery => Some("it is a standby"),
            SessionKind::Standby if !self.in_recovery => Some("it is not a standby"),
            _ => None,
        };
        match objection {
            None => Ok(()),
            Some(reason) => Err(ConnectFailure::WrongKind(format!(
                "{reason}, which target_session_attrs excludes"
            ))),
        }
    }
}

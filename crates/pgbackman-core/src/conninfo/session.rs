//! An open session, and the cancelling of what runs in it.

use std::ffi::OsString;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use futures_util::FutureExt as _;
use postgres_openssl::MakeTlsConnector;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio_postgres::{CancelToken, Client, NoTls};

use super::pooler;
use super::settings::Settings;

/// How long the cancelling of a query may take.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// Whoever gets the server's process of a pooled session next finds it as the pooler has made it.
const DISCARD: &str = "DISCARD ALL";

/// How long the end of a session may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A session with a server. It is used like the client it holds; dropping it ends the session.
///
/// `Client::is_closed` tells whether the server has ended it. The error of a query that was under way then does not: a
/// terminated backend reports 57P01, an ordinary error of the server (trap 23).
#[derive(Debug)]
pub struct Session {
    client: Client,
    backend_pid: i32,
    place: String,
    canceller: Canceller,
    connection: Option<JoinHandle<()>>,
    for_clients: Settings,
    pub(super) without_event_triggers: bool,
    pub(super) is_pooled: bool,
    pub(super) version_num: i32,
}

impl Session {
    pub(super) fn new(
        client: Client,
        backend_pid: i32,
        place: String,
        tls: Option<MakeTlsConnector>,
        connection: JoinHandle<()>,
        for_clients: Settings,
    ) -> Self {
        let token = client.cancel_token();
        Self {
            client,
            backend_pid,
            place,
            canceller: Canceller { token, tls },
            connection: Some(connection),
            for_clients,
            without_event_triggers: false,
            is_pooled: false,
            version_num: 0,
        }
    }

    /// Whether the server let this session switch event triggers off; a client program's session may do the same then.
    pub fn is_without_event_triggers(&self) -> bool {
        self.without_event_triggers
    }

    /// What an operator must know of a session that a connection pooler hands on.
    pub fn pooler_warning(&self) -> Option<String> {
        self.is_pooled.then(|| pooler::warning(&self.place))
    }

    /// The `PG…` variables that lead a client program of PostgreSQL to the same database of the same server, as the same
    /// role. The password is among them, where it does not come from a password file; that is found through `HOME`.
    pub fn client_variables(&self) -> Vec<(OsString, OsString)> {
        let variables = self.for_clients.as_variables().into_iter();
        variables
            .map(|(name, value)| (name.into(), value.into()))
            .collect()
    }

    /// The process ID of the server's backend for this session.
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// Where the server is, as "host db1, port 5432".
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What cancels the session's queries; it outlives a borrow of the session.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }

    /// Ends the session and waits, a few seconds at most, until the server has been told so.
    pub async fn close(mut self) {
        if std::mem::take(&mut self.is_pooled) {
            let discarding = self.client.batch_execute(DISCARD);
            match tokio::time::timeout(CLOSE_TIMEOUT, discarding).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!("could not reset a pooled session: {error}"),
                Err(_) => tracing::debug!("could not reset a pooled session: no response"),
            }
        }
        let Some(connection) = self.connection.take() else {
            return;
        };
        // Its client goes with it.
        drop(self);
        if tokio::time::timeout(CLOSE_TIMEOUT, connection)
            .await
            .is_err()
        {
            tracing::debug!("a session did not end in time, and was abandoned");
        }
    }
}

impl Drop for Session {
    /// A session that ends with an error is not closed. Its last statement is sent all the same, behind what is under way: the
    /// connection's task continues until all of it has left. Nobody waits for the answer.
    fn drop(&mut self) {
        if self.is_pooled {
            let _sent = self.client.batch_execute(DISCARD).now_or_never();
        }
    }
}

impl Deref for Session {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

/// Why a query could not be cancelled.
#[derive(Debug, Error)]
pub enum CancelError {
    /// The request did not reach the server.
    #[error("could not send the cancel request: {}", crate::error::with_causes(.0))]
    NotSent(#[source] tokio_postgres::Error),
    /// The server did not answer within its time.
    #[error("could not send the cancel request: no response")]
    NoAnswer,
}

/// Asks the server to cancel the query that a session is running. Dropping a query's future does not do that (trap 23).
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    tls: Option<MakeTlsConnector>,
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Canceller")
    }
}

impl Canceller {
    /// Sends the request over a connection of its own, within five seconds.
    ///
    /// # Errors
    ///
    /// [`CancelError`] where the request could not be sent. Whether it came in time is not known in any case.
    pub async fn cancel(&self) -> Result<(), CancelError> {
        let request = async {
            match &self.tls {
                Some(tls) => self.token.cancel_query(tls.clone()).await,
                None => self.token.cancel_query(NoTls).await,
            }
        };
        match tokio::time::timeout(CANCEL_TIMEOUT, request).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(CancelError::NotSent(error)),
            Err(_) => Err(CancelError::NoAnswer),
        }
    }

    /// A guard that cancels the session's query when it is dropped before [`CancelOnDrop::disarm`].
    pub fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop {
            canceller: Some(self.clone()),
        }
    }
}

/// Cancels a session's query when it is dropped; needed around a future that may be dropped half-way.
#[derive(Debug)]
pub struct CancelOnDrop {
    canceller: Option<Canceller>,
}

impl CancelOnDrop {
    /// The query has ended; nothing is to be cancelled any more.
    pub fn disarm(mut self) {
        self.canceller = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(canceller) = self.canceller.take() else {
            return;
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = canceller.cancel().await {
                    tracing::warn!("{error}");
                }
            });
        }
    }
}

//! Trying one place after the other until a session of the wanted kind is open.

use std::net::IpAddr;
use std::time::Duration;

use rand::seq::SliceRandom as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::address::{Endpoint, HostAddress};
use super::backend_key;
use super::error::{ConnectError, ConnectFailure};
use super::facts::Facts;
use super::hardening;
use super::listen::AsyncEvent;
use super::parameters::{Parameters, SessionKind};
use super::password_file::{self, Lookup};
use super::pooler;
use super::session::Session;
use super::target::ConnectTarget;
use super::unconverted;
use crate::config::{Environment, SslMode};

/// Connects to a database.
///
/// `timeout` limits each attempt: from the look-up of a name, and from there for each of its addresses, until the
/// session can be used. A shorter `connect_timeout` (service file, `PGCONNECT_TIMEOUT`) shortens it.
///
/// # Errors
///
/// [`ConnectError`] with what went wrong at each place tried.
pub async fn connect(
    target: &ConnectTarget,
    env: &Environment,
    timeout: Duration,
) -> Result<Session, ConnectError> {
    open(target, env, timeout, None).await
}

/// Connects as [`connect`] does, and hands over what the server sends unasked. The receiver's last event is
/// [`AsyncEvent::Closed`]. What was notified before `LISTEN` was executed is not in it: whoever listens looks at the
/// whole state first (trap 23).
///
/// # Errors
///
/// [`ConnectError`] as [`connect`].
pub async fn connect_listening(
    target: &ConnectTarget,
    env: &Environment,
    timeout: Duration,
) -> Result<(Session, UnboundedReceiver<AsyncEvent>), ConnectError> {
    let (sender, receiver) = unbounded_channel();
    let session = open(target, env, timeout, Some(sender)).await?;
    Ok((session, receiver))
}

/// As [`connect`], with somewhere to send what the server sends unasked.
pub(super) async fn open(
    target: &ConnectTarget,
    env: &Environment,
    timeout: Duration,
    events: Option<UnboundedSender<AsyncEvent>>,
) -> Result<Session, ConnectError> {
    let parameters = Parameters::resolve(target, env).map_err(|reason| ConnectError {
        dbname: target.explicit.get("dbname").unwrap_or_default().to_owned(),
        user: target.explicit.get("user").unwrap_or_default().to_owned(),
        attempts: vec![(None, ConnectFailure::Settings(reason))],
        notes: Vec::new(),
    })?;
    let limit = parameters
        .connect_timeout
        .map_or(timeout, |configured| configured.min(timeout));
    let mut search = Search {
        parameters: &parameters,
        limit,
        account: env.user_name().unwrap_or_default().to_owned(),
        events,
        attempts: Vec::new(),
        notes: Vec::new(),
    };
    // It is a large future: it lies on the heap.
    match Box::pin(search.run()).await {
        Some(session) => Ok(session),
        None => Err(ConnectError {
            attempts: search.attempts,
            notes: search.notes,
            dbname: parameters.dbname,
            user: parameters.user,
        }),
    }
}

/// How TLS is used in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Never,
    IfOffered,
    Always,
}

impl Encryption {
    /// What is tried, in this order, for a mode. Sockets are never encrypted.
    fn tries(mode: SslMode, place: &HostAddress) -> &'static [Self] {
        if matches!(place, HostAddress::Socket(_)) {
            return &[Self::Never];
        }
        match mode {
            SslMode::Disable => &[Self::Never],
            SslMode::Allow => &[Self::Never, Self::Always],
            SslMode::Prefer => &[Self::IfOffered, Self::Never],
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => &[Self::Always],
        }
    }

    const fn as_mode(self) -> tokio_postgres::config::SslMode {
        match self {
            Self::Never => tokio_postgres::config::SslMode::Disable,
            Self::IfOffered => tokio_postgres::config::SslMode::Prefer,
            Self::Always => tokio_postgres::config::SslMode::Require,
        }
    }

    /// Whether the next way is worth a try after this failure: without TLS when the handshake failed, or the other way
    /// when the server has no rule for this one.
    fn falls_back_after(self, failure: &ConnectFailure) -> bool {
        match failure {
            ConnectFailure::Tls(_) => self == Self::IfOffered,
            failure => failure.may_depend_on_tls(),
        }
    }
}

/// The search for a place that answers.
pub(super) struct Search<'a> {
    pub(super) parameters: &'a Parameters,
    limit: Duration,
    /// The operating system's user; empty where it is not known.
    account: String,
    pub(super) events: Option<UnboundedSender<AsyncEvent>>,
    attempts: Vec<(Option<String>, ConnectFailure)>,
    notes: Vec<String>,
}

impl Search<'_> {
    async fn run(&mut self) -> Option<Session> {
        let mut endpoints = self.parameters.endpoints.clone();
        if self.parameters.shuffled {
            endpoints.shuffle(&mut rand::rng());
        }
        let kind = self.parameters.session_kind;
        let passes: &[SessionKind] = match kind {
            SessionKind::PreferStandby => &[SessionKind::Standby, SessionKind::Any],
            _ => &[kind],
        };
        for pass in passes {
            for endpoint in &endpoints {
                if let Some(session) = self.try_endpoint(endpoint, *pass).await {
                    return Some(session);
                }
            }
        }
        None
    }

    /// Tries all addresses of one endpoint.
    async fn try_endpoint(&mut self, endpoint: &Endpoint, kind: SessionKind) -> Option<Session> {
        let addresses = match self.addresses(endpoint).await {
            Ok(addresses) => addresses,
            Err(failure) => {
                self.attempts.push((Some(endpoint.to_string()), failure));
                return None;
            }
        };
        for address in addresses {
            for encryption in Encryption::tries(self.parameters.tls.mode, &endpoint.place) {
                let attempt = self.attempt_hardened(endpoint, address, *encryption, kind);
                let failure = match tokio::time::timeout(self.limit, attempt).await {
                    Ok(Ok(session)) => return Some(session),
                    Ok(Err(failure)) => failure,
                    Err(_) => ConnectFailure::Timeout(self.limit),
                };
                let again = encryption.falls_back_after(&failure);
                self.attempts.push((Some(endpoint.to_string()), failure));
                if !again {
                    break;
                }
            }
        }
        self.note_causes(endpoint);
        None
    }

    /// The numeric addresses of an endpoint; none for a socket.
    async fn addresses(&self, endpoint: &Endpoint) -> Result<Vec<Option<IpAddr>>, ConnectFailure> {
        match &endpoint.place {
            HostAddress::Socket(_) => Ok(vec![None]),
            HostAddress::Address(address, _) => Ok(vec![Some(*address)]),
            HostAddress::Name(name) => {
                let look_up = tokio::net::lookup_host((name.as_str(), endpoint.port));
                let found = tokio::time::timeout(self.limit, look_up)
                    .await
                    .map_err(|_| ConnectFailure::Timeout(self.limit))?
                    .map_err(|error| {
                        ConnectFailure::Unreachable(format!(
                            "could not resolve the host name: {error}"
                        ))
                    })?;
                let mut addresses: Vec<_> = found.map(|address| Some(address.ip())).collect();
                addresses.dedup();
                if self.parameters.shuffled {
                    addresses.shuffle(&mut rand::rng());
                }
                Ok(addresses)
            }
        }
    }

    /// One attempt at one address; where the server refuses to switch event triggers off, a second one without that.
    async fn attempt_hardened(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        encryption: Encryption,
        kind: SessionKind,
    ) -> Result<Session, ConnectFailure> {
        let options = &self.parameters.startup_options;
        if !self.parameters.is_hardened {
            return self
                .attempt(endpoint, address, encryption, kind, options)
                .await;
        }
        let (place, user) = (endpoint.to_string(), &self.parameters.user);
        let mut tries = hardening::tries(options, &place, user);
        let is_known = tries.len() == 1;
        let last = tries.pop().unwrap_or_default();
        for options in tries {
            match self
                .attempt(endpoint, address, encryption, kind, &options)
                .await
            {
                Err(failure) if hardening::is_refused_setting(&failure) => {}
                Ok(mut session) => {
                    // A pooler may have dropped the option.
                    session.without_event_triggers = !session.is_pooled;
                    return Ok(session);
                }
                failed => return failed,
            }
        }
        let session = self
            .attempt(endpoint, address, encryption, kind, &last)
            .await?;
        if !is_known {
            hardening::remember_refusal(&place, user, session.version_num);
        } else if hardening::forget_older(&place, user, session.version_num) {
            // It has been upgraded since.
            session.close().await;
            return Box::pin(self.attempt_hardened(endpoint, address, encryption, kind)).await;
        }
        Ok(session)
    }

    /// One attempt at one address.
    async fn attempt(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        encryption: Encryption,
        kind: SessionKind,
        options: &str,
    ) -> Result<Session, ConnectFailure> {
        let config = self.library_config(endpoint, address, encryption, options);
        let (client, connection, tls) = match self.open(&config, encryption).await {
            Err(failure) if unconverted::may_help(&failure) => self
                .open_unconverted(endpoint, &config, encryption)
                .await
                .map_err(|_| failure)?,
            opened => opened?,
        };
        let is_hardened = self.parameters.is_hardened;
        let key = if is_hardened {
            backend_key::process_id(&client.cancel_token()).await
        } else {
            None
        };
        let facts = Facts::ask(&client, key).await?;
        facts.check(kind)?;
        let is_pooled = key.is_some_and(|key| key != facts.backend_pid);
        if is_pooled {
            let second = async { Ok(self.open(&config, encryption).await?.0) };
            let database = &self.parameters.dbname;
            let pooler =
                [&endpoint.to_string(), &self.parameters.user, database].map(String::clone);
            if !pooler::is_known(&pooler) {
                pooler::refuse_transactions(&client, facts.backend_pid, second).await?;
                tracing::warn!("{}", pooler::warning(&pooler[0]));
                pooler::remember(pooler);
            }
            pooler::set(&client, &self.parameters.settings).await?;
            Facts::ask(&client, None).await?;
        }
        let mut session = Session::new(
            client,
            facts.backend_pid,
            endpoint.to_string(),
            tls,
            connection,
            self.parameters.for_clients_at(endpoint, address),
        );
        session.is_pooled = is_pooled;
        session.version_num = facts.version_num;
        Ok(session)
    }

    fn library_config(
        &self,
        endpoint: &Endpoint,
        address: Option<IpAddr>,
        encryption: Encryption,
        options: &str,
    ) -> tokio_postgres::Config {
        let parameters = self.parameters;
        let mut config = tokio_postgres::Config::new();
        match &endpoint.place {
            HostAddress::Socket(directory) => config.host_path(directory),
            HostAddress::Name(name) | HostAddress::Address(_, Some(name)) => config.host(name),
            // The library wants a name for TLS; the address is what a certificate can be checked against.
            HostAddress::Address(address, None) => config.host(address.to_string()),
        };
        if let Some(address) = address {
            config.hostaddr(address);
        }
        config
            .port(endpoint.port)
            .user(&parameters.user)
            .dbname(&parameters.dbname)
            .application_name(&parameters.application_name)
            .ssl_mode(encryption.as_mode())
            .channel_binding(parameters.channel_binding)
            .connect_timeout(self.limit);
        if parameters.tls.direct && encryption != Encryption::Never {
            config.ssl_negotiation(tokio_postgres::config::SslNegotiation::Direct);
        }
        if !options.is_empty() {
            config.options(options);
        }
        let keepalives = parameters.keepalives;
        config
            .keepalives(keepalives.enabled)
            .keepalives_idle(keepalives.idle)
            .keepalives_interval(keepalives.interval)
            .keepalives_retries(keepalives.count);
        if let Some(limit) = keepalives.user_timeout {
            config.tcp_user_timeout(limit);
        }
        if let Some(password) = &parameters.password {
            config.password(password.expose());
        } else {
            match self.password_file(endpoint) {
                Some(Lookup::Found(password)) => {
                    config.password(password.expose());
                }
                Some(Lookup::Ignored(reason)) => tracing::warn!("{reason}"),
                Some(Lookup::Nothing) | None => {}
            }
        }
        config
    }

    /// What the password file says about an endpoint.
    fn password_file(&self, endpoint: &Endpoint) -> Option<Lookup> {
        let file = self.parameters.password_file.as_ref()?;
        let connection = password_file::Connection {
            host: &endpoint.password_file_host(),
            port: endpoint.port,
            dbname: &self.parameters.dbname,
            user: &self.parameters.user,
        };
        Some(password_file::look_up(file, connection))
    }

    /// After a failure: a password file that was ignored is worth knowing about, and at a socket as whom this program runs.
    fn note_causes(&mut self, endpoint: &Endpoint) {
        let mut found = Vec::new();
        if self.parameters.password.is_none()
            && let Some(Lookup::Ignored(reason)) = self.password_file(endpoint)
        {
            found.push(reason);
        }
        if let (HostAddress::Socket(_), Some((_, failure))) =
            (&endpoint.place, self.attempts.last())
        {
            found.extend(failure.account_hint(&self.account, &self.parameters.user));
        }
        found.retain(|note| !self.notes.contains(note));
        self.notes.append(&mut found);
    }
}

//! Connections to PostgreSQL, with what users of libpq expect: service files, `PG…` variables, password files, Unix
//! sockets, several hosts, `target_session_attrs`, TLS with an exclusive root certificate and client certificates.
//!
//! No other module opens a connection.
#![forbid(unsafe_code)]

mod address;
mod backend_key;
mod connect;
mod deadline;
mod destination;
mod error;
mod facts;
pub mod hardening;
mod listen;
mod opening;
mod parameters;
mod password_file;
mod pooler;
mod scram;
mod service_file;
mod session;
mod settings;
mod settings_error;
mod target;
mod tls;
mod unconverted;

pub use crate::config::{Environment, SslMode};
pub use connect::{connect, connect_listening};
pub use deadline::{DeadlineError, with_deadline};
pub use destination::Destination;
pub use error::{ConnectError, ConnectFailure};
pub use listen::AsyncEvent;
pub use scram::{ScramError, scram_secret};
pub use session::{CancelError, CancelOnDrop, Canceller, Session};
pub use settings_error::{Allowed, DefaultFile, LineFault, ServiceError, SettingsError, TlsError};
pub use target::{ConnectTarget, DEFAULT_TIMEOUT, SessionOptions};

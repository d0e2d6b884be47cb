//! Opening a connection: with TLS or without, and in the one way in which a server lets in who needs no conversion.

use postgres_openssl::MakeTlsConnector;
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::address::{Endpoint, HostAddress};
use super::backend_key::Plainly;
use super::connect::{Encryption, Search};
use super::error::ConnectFailure;
use super::listen::drive;
use super::unconverted::Over;

/// An open connection: the client, what drives it, and the TLS with which it can be cancelled.
type Opened = (Client, JoinHandle<()>, Option<MakeTlsConnector>);

impl Search<'_> {
    /// Opens a connection, of which nothing is known yet.
    pub(super) async fn open(
        &self,
        config: &tokio_postgres::Config,
        encryption: Encryption,
    ) -> Result<Opened, ConnectFailure> {
        let failed = |error| ConnectFailure::from_library(&error);
        Ok(if encryption == Encryption::Never {
            let (client, connection) = config
                .connect(tokio_postgres::NoTls)
                .await
                .map_err(failed)?;
            (
                client,
                tokio::spawn(drive(connection, self.events.clone())),
                None,
            )
        } else {
            let connector = self
                .parameters
                .tls
                .connector()
                .map_err(|error| ConnectFailure::Settings(error.into()))?;
            let (client, connection) = config.connect(connector.clone()).await.map_err(failed)?;
            (
                client,
                tokio::spawn(drive(connection, self.events.clone())),
                Some(connector),
            )
        })
    }

    /// Opens one in which the server converts nothing.
    pub(super) async fn open_unconverted(
        &self,
        endpoint: &Endpoint,
        config: &tokio_postgres::Config,
        encryption: Encryption,
    ) -> Result<Opened, ConnectFailure> {
        let failed = |error| ConnectFailure::from_library(&error);
        if encryption != Encryption::Never {
            let connector = self
                .parameters
                .tls
                .connector()
                .map_err(|error| ConnectFailure::Settings(error.into()))?;
            match config.connect(Over(connector.clone())).await {
                Ok((client, connection)) => {
                    let driving = tokio::spawn(drive(connection, self.events.clone()));
                    return Ok((client, driving, Some(connector)));
                }
                // The server may offer no TLS.
                Err(_) if encryption == Encryption::IfOffered => {}
                Err(error) => return Err(failed(error)),
            }
        }
        // The library leaves a stream alone that it does not believe to be encrypted.
        let mut config = config.clone();
        config
            .ssl_mode(tokio_postgres::config::SslMode::Require)
            .ssl_negotiation(tokio_postgres::config::SslNegotiation::Direct);
        let HostAddress::Socket(directory) = &endpoint.place else {
            let (client, connection) = config.connect(Over(Plainly)).await.map_err(failed)?;
            let driving = tokio::spawn(drive(connection, self.events.clone()));
            return Ok((client, driving, None));
        };
        let socket = directory.join(format!(".s.PGSQL.{}", endpoint.port));
        let stream = tokio::net::UnixStream::connect(socket)
            .await
            .map_err(|error| ConnectFailure::Unreachable(error.to_string()))?;
        let (client, connection) = config
            .connect_raw(stream, Over(Plainly))
            .await
            .map_err(failed)?;
        let driving = tokio::spawn(drive(connection, self.events.clone()));
        Ok((client, driving, None))
    }
}

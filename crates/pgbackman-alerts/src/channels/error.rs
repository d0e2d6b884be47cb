//! Errors of the configuration that prevent a channel from being used.

use std::io;
use std::path::PathBuf;

use lettre::address::AddressError;
use openssl::error::ErrorStack;
use thiserror::Error;
use ureq::http::uri::InvalidUri;

use crate::template::TemplateError;

/// An invalid setting, or a file in a setting that cannot be used.
#[derive(Debug, Error)]
pub enum ChannelError {
    /// Not a valid mail address.
    #[error("{key}: {address:?} is not a valid mail address: {source}")]
    Address {
        /// The setting.
        key: &'static str,
        /// Its value.
        address: String,
        /// Why it is invalid.
        source: AddressError,
    },
    /// The template cannot be read.
    #[error("alerts_template: could not read {}: {source}", path.display())]
    TemplateUnread {
        /// The template.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The template is invalid.
    #[error("alerts_template: {}: {source}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// Why it is invalid.
        source: TemplateError,
    },
    /// The certificates cannot be used.
    #[error("{key}: {}: {source}", path.display())]
    Certificates {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why they cannot be used.
        source: CertificateError,
    },
    /// The mail library rejects the TLS settings.
    #[error("TLS for {server}: {source}")]
    Tls {
        /// The mail server.
        server: String,
        /// The library's error.
        source: lettre::transport::smtp::Error,
    },
    /// Not a valid URL.
    #[error("webhook_url: {url:?} is not a valid URL: {source}")]
    Url {
        /// The value of the setting.
        url: String,
        /// Why it is invalid.
        source: InvalidUri,
    },
    /// The URL contains no host name.
    #[error("webhook_url: {0:?} contains no host name")]
    NoHost(String),
}

/// Why a file of certificates cannot be used.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// It cannot be read.
    #[error(transparent)]
    Unread(#[from] io::Error),
    /// It is not a PEM file.
    #[error(transparent)]
    Pem(#[from] ErrorStack),
    /// It contains no certificate.
    #[error("the file contains no certificate")]
    Empty,
    /// The mail library rejects a certificate.
    #[error(transparent)]
    Refused(#[from] lettre::transport::smtp::Error),
}

/// Why a mail about alerts could not be created.
#[derive(Debug, Error)]
pub enum NoMail {
    /// It has no recipient.
    #[error(
        "there are no recipients{}: set the node's logs_email, or smtp_recipients in [pgbackman_alerts]",
        refused.as_ref().map(|refused| format!(" ({refused})")).unwrap_or_default()
    )]
    Nobody {
        /// The invalid addresses of the node, as text.
        refused: Option<String>,
    },
    /// The mail library rejects the mail.
    #[error("could not create the mail: {0}")]
    Refused(#[source] lettre::error::Error),
}

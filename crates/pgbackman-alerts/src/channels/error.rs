//! What of the configuration keeps a way from being opened.

use std::io;
use std::path::PathBuf;

use lettre::address::AddressError;
use openssl::error::ErrorStack;
use thiserror::Error;
use ureq::http::uri::InvalidUri;

use crate::template::TemplateError;

/// A setting that does not do, or a file that it names.
#[derive(Debug, Error)]
pub enum ChannelError {
    /// No mail can be sent to or from it.
    #[error("{key}: {address:?} is no mail address: {source}")]
    Address {
        /// The setting.
        key: &'static str,
        /// What it is set to.
        address: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// The template cannot be read.
    #[error("alerts_template: could not read {}: {source}", path.display())]
    TemplateUnread {
        /// The template.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The template is none.
    #[error("alerts_template: {}: {source}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong with it.
        source: TemplateError,
    },
    /// The certificates that alone are trusted.
    #[error("{key}: {}: {source}", path.display())]
    Certificates {
        /// The setting.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// The library refuses.
    #[error("TLS for {server}: {source}")]
    Tls {
        /// The mail server.
        server: String,
        /// Why.
        source: lettre::transport::smtp::Error,
    },
    /// The web service has no address.
    #[error("webhook_url: {url:?} is no address: {source}")]
    Url {
        /// What is set.
        url: String,
        /// What is wrong with it.
        source: InvalidUri,
    },
    /// The web service's address leads nowhere.
    #[error("webhook_url: {0:?} names no host")]
    NoHost(String),
}

/// What is wrong with a file of certificates.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// It cannot be read.
    #[error(transparent)]
    Unread(#[from] io::Error),
    /// It is no PEM file.
    #[error(transparent)]
    Pem(#[from] ErrorStack),
    /// It has nothing in it.
    #[error("there is no certificate in it")]
    Empty,
    /// The mail library does not take one of them.
    #[error(transparent)]
    Refused(#[from] lettre::transport::smtp::Error),
}

/// Why a mail about alerts could not be made.
#[derive(Debug, Error)]
pub enum NoMail {
    /// It has no recipient.
    #[error(
        "nobody to send it to{}: set the node's logs_email, or smtp_recipients in [pgbackman_alerts]",
        refused.as_ref().map(|refused| format!(" ({refused})")).unwrap_or_default()
    )]
    Nobody {
        /// What of the node's addresses is none, in words.
        refused: Option<String>,
    },
    /// The library refuses.
    #[error("the mail could not be made: {0}")]
    Refused(#[source] lettre::error::Error),
}

//! The mail server.

use std::error::Error as _;
use std::path::Path;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use pgbackman_core::config::{AlertsSection, SmtpTls};
use tokio::time::timeout;

use super::error::{CertificateError, ChannelError};
use super::not_sent::NotSent;

/// A mail server and the settings for the connection to it.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    limit: Duration,
    name: String,
}

impl Smtp {
    /// Reads the certificates; does not connect.
    pub fn from_section(section: &AlertsSection, sender: &str) -> Result<Self, ChannelError> {
        let tls = match section.tls() {
            SmtpTls::None => Tls::None,
            SmtpTls::Implicit => Tls::Wrapper(parameters(section)?),
            SmtpTls::StartTls => Tls::Required(parameters(section)?),
        };
        let mut builder =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&section.smtp_server)
                .port(section.smtp_port)
                .hello_name(ClientId::Domain(super::mail_host::mail_host(sender)))
                .timeout(Some(section.smtp_timeout))
                .tls(tls);
        if let Some(user) = &section.smtp_user {
            let password = section
                .smtp_password
                .as_ref()
                .map(|password| password.expose().to_owned());
            builder =
                builder.credentials(Credentials::new(user.clone(), password.unwrap_or_default()));
        }
        Ok(Self {
            transport: builder.build(),
            limit: section.smtp_timeout,
            name: format!("{}:{}", section.smtp_server, section.smtp_port),
        })
    }

    /// Sends a mail: all of it within the time limit.
    pub async fn send(&self, mail: Message) -> Result<(), NotSent> {
        match timeout(self.limit, self.transport.send(mail)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.because(&error)),
            Err(_) => Err(NotSent::closed(format!(
                "the mail server {} did not accept the mail within {} s",
                self.name,
                self.limit.as_secs()
            ))),
        }
    }

    fn because(&self, error: &Error) -> NotSent {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(deeper) = cause {
            let deeper_words = deeper.to_string();
            if !words.contains(&deeper_words) {
                words = format!("{words}: {deeper_words}");
            }
            cause = deeper.source();
        }
        let reason = format!(
            "the mail server {}: {}",
            self.name,
            crate::text::one_line(&words)
        );
        // A refusal with a code may concern this mail or its recipients; a refused login concerns all mails.
        let is_login = error.status().is_some_and(|code| {
            matches!(
                code.to_string().as_str(),
                "530" | "534" | "535" | "538" | "421"
            )
        });
        if error.status().is_some() && !is_login {
            NotSent::refused(reason)
        } else {
            NotSent::closed(reason)
        }
    }
}

fn parameters(section: &AlertsSection) -> Result<TlsParameters, ChannelError> {
    let mut builder = TlsParameters::builder(section.smtp_server.clone());
    if let Some(path) = &section.smtp_ca_file {
        // Trusts only these certificates (trap 33).
        builder = builder.certificate_store(CertificateStore::None);
        for certificate in trusted(path).map_err(|source| ChannelError::Certificates {
            key: "smtp_ca_file",
            path: path.clone(),
            source,
        })? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|source| ChannelError::Tls {
        server: section.smtp_server.clone(),
        source,
    })
}

fn trusted(path: &Path) -> Result<Vec<Certificate>, CertificateError> {
    super::certificates::certificates(path)?
        .into_iter()
        .map(|der| Ok(Certificate::from_der(der)?))
        .collect()
}

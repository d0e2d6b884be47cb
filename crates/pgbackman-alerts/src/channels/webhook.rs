//! A web service that accepts JSON.

use std::time::Duration;

use pgbackman_core::config::AlertsSection;
use pgbackman_core::secret::Secret;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use super::error::ChannelError;
use super::not_sent::NotSent;

/// The web service and the settings for requests to it.
pub struct Webhook {
    agent: Agent,
    url: String,
    token: Option<Secret>,
    limit: Duration,
}

impl Webhook {
    /// Reads the certificates; does not connect.
    pub fn new(url: &str, section: &AlertsSection) -> Result<Self, ChannelError> {
        let uri: ureq::http::Uri = url.parse().map_err(|source| ChannelError::Url {
            url: url.to_owned(),
            source,
        })?;
        if uri.host().is_none_or(str::is_empty) {
            return Err(ChannelError::NoHost(url.to_owned()));
        }
        let roots = match &section.webhook_ca_file {
            None => RootCerts::PlatformVerifier,
            Some(path) => {
                let certificates: Vec<Certificate<'static>> =
                    super::certificates::certificates(path)
                        .map_err(|source| ChannelError::Certificates {
                            key: "webhook_ca_file",
                            path: path.clone(),
                            source,
                        })?
                        .iter()
                        .map(|der| Certificate::from_der(der).to_owned())
                        .collect();
                RootCerts::new_with_certs(&certificates)
            }
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::NativeTls)
            .root_certs(roots)
            .build();
        let config = Agent::config_builder()
            .timeout_global(Some(section.webhook_timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_idle_connections(0)
            .user_agent(format!("pgbackman_alerts/{}", pgbackman_core::VERSION))
            .tls_config(tls)
            .build();
        Ok(Self {
            agent: config.into(),
            url: url.to_owned(),
            token: section.webhook_token.clone(),
            limit: section.webhook_timeout,
        })
    }

    /// Posts a document. Only the status of the response is evaluated.
    pub async fn post(&self, document: Value) -> Result<(), NotSent> {
        let (agent, url, token) = (self.agent.clone(), self.url.clone(), self.token.clone());
        let posting = tokio::task::spawn_blocking(move || {
            let mut request = agent.post(&url).header("Content-Type", "application/json");
            if let Some(token) = &token {
                request = request.header("Authorization", format!("Bearer {}", token.expose()));
            }
            request
                .send(document.to_string().as_bytes())
                .map(|answer| answer.status())
        });
        // The library's own timeout ends the thread; this one covers what the library does not count.
        let answer = tokio::time::timeout(self.limit + Duration::from_secs(5), posting).await;
        let words = match answer {
            Ok(Ok(Ok(status))) if status.is_success() => return Ok(()),
            Ok(Ok(Ok(status))) => format!("the response was {status}"),
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no response within {} s", self.limit.as_secs()),
        };
        Err(NotSent::closed(format!(
            "the webhook {}: {}",
            self.shown(),
            crate::text::one_line(&words)
        )))
    }

    /// The URL without parts that may be secret: user, password, and everything after the path.
    fn shown(&self) -> String {
        let plain = self.url.split(['?', '#']).next().unwrap_or_default();
        match plain.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
                let host = authority.rsplit('@').next().unwrap_or_default();
                // The path often contains a secret: its first part is sufficient to identify the service.
                let first = path.split('/').next().unwrap_or_default();
                let more = if path.len() > first.len() { "/…" } else { "" };
                format!("{scheme}://{host}/{first}{more}")
            }
            None => plain.to_owned(),
        }
    }
}

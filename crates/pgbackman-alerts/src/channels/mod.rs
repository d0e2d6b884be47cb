//! The alert channels. Each of them can fail, hang or return garbage, and has its own timeout.

mod certificates;
pub mod command;
pub mod error;
pub mod mail;
mod mail_host;
mod not_sent;
pub mod smtp;
pub mod webhook;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::Delivery;
use pgbackman_core::config::Config;
use pgbackman_core::domain::status::AlertChannel;

use self::command::Command;
use self::error::ChannelError;
use self::mail::Mails;
pub use self::not_sent::NotSent;
use self::smtp::Smtp;
use self::webhook::Webhook;

/// The configured channels.
pub struct Channels {
    /// Mail.
    pub smtp: Option<(Smtp, Mails)>,
    /// A web service.
    pub webhook: Option<Webhook>,
    /// A program.
    pub command: Option<Command>,
    /// The name of the sender.
    pub sender: String,
}

impl Channels {
    /// Creates the configured channels; reports all errors at once.
    pub fn open(config: &Config) -> Result<Self, Vec<ChannelError>> {
        let section = &config.alerts;
        let sender = config.backup_server.fqdn();
        let mut problems = Vec::new();
        let smtp = section.smtp_alerts.then(|| {
            let mails = Mails::from_section(section, &sender);
            let smtp = Smtp::from_section(section, &sender);
            match (smtp, mails) {
                (Ok(smtp), Ok(mails)) => Some((smtp, mails)),
                (smtp, mails) => {
                    problems.extend(smtp.err());
                    problems.extend(mails.err().into_iter().flatten());
                    None
                }
            }
        });
        let webhook = section
            .webhook_url
            .as_ref()
            .map(|url| Webhook::new(url, section));
        let command = Command::from_section(section);
        let webhook = match webhook.transpose() {
            Ok(webhook) => webhook,
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        if problems.is_empty() {
            Ok(Self {
                smtp: smtp.flatten(),
                webhook,
                command,
                sender,
            })
        } else {
            Err(problems)
        }
    }

    /// The configured channels.
    pub fn kinds(&self) -> Vec<AlertChannel> {
        let open = [
            (self.smtp.is_some(), AlertChannel::Smtp),
            (self.webhook.is_some(), AlertChannel::Webhook),
            (self.command.is_some(), AlertChannel::Command),
        ];
        open.into_iter()
            .filter(|(is_open, _)| *is_open)
            .map(|(_, kind)| kind)
            .collect()
    }

    /// The program of `alert_command`, if there is none of that name.
    pub fn missing_command(&self) -> Option<&str> {
        let command = self.command.as_ref()?;
        (!command.exists()).then(|| command.name())
    }

    /// Number of channels that receive every alert. Mail that is only sent to the nodes' addresses does not count.
    pub fn complete(&self) -> usize {
        let mail = self
            .smtp
            .as_ref()
            .is_some_and(|(_, mails)| mails.has_recipients());
        [mail, self.webhook.is_some(), self.command.is_some()]
            .into_iter()
            .filter(|is_complete| *is_complete)
            .count()
    }

    /// Groups alerts for a channel: one mail per set of recipients; one message with all alerts for the other
    /// channels.
    pub fn groups(&self, kind: AlertChannel, deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
        match kind {
            AlertChannel::Smtp => mail::by_recipients(deliveries),
            AlertChannel::Webhook | AlertChannel::Command if deliveries.is_empty() => Vec::new(),
            AlertChannel::Webhook | AlertChannel::Command => vec![deliveries],
        }
    }

    /// Sends a group of alerts.
    pub async fn send(
        &self,
        kind: AlertChannel,
        group: &[Delivery],
        now: DateTime<Utc>,
    ) -> Result<(), NotSent> {
        let closed = || NotSent::closed("this alert channel is not configured");
        match kind {
            AlertChannel::Smtp => {
                let (smtp, mails) = self.smtp.as_ref().ok_or_else(closed)?;
                let mail = mails.compose(group, now).map_err(NotSent::refused)?;
                smtp.send(mail).await
            }
            AlertChannel::Webhook => {
                let webhook = self.webhook.as_ref().ok_or_else(closed)?;
                webhook
                    .post(crate::payload::document(group, &self.sender, now))
                    .await
            }
            AlertChannel::Command => {
                let command = self.command.as_ref().ok_or_else(closed)?;
                command
                    .run(&crate::payload::document(group, &self.sender, now))
                    .await
            }
        }
    }
}

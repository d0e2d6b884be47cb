//! The mail channel: recipients and contents of the mails.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use pgbackman_core::catalogue::alerts::Delivery;
use pgbackman_core::config::AlertsSection;
use pgbackman_core::sys::crontab::PLACEHOLDER;

use super::error::{ChannelError, NoMail};
use crate::payload;
use crate::template::{SHIPPED, Template};
use crate::text;

/// A node's address that means that it has none of its own.
const NOBODY: &str = "";

/// The recipients of a mail.
struct Recipients {
    mailboxes: Vec<Mailbox>,
    /// The invalid addresses of the node, as text.
    refused: Option<String>,
}

/// How mails are created.
#[derive(Debug, Clone)]
pub struct Mails {
    from: Mailbox,
    fallback: Vec<String>,
    template: Template,
    sender: String,
}

impl Mails {
    /// Reads the template and the addresses; reports all errors at once.
    pub fn from_section(section: &AlertsSection, sender: &str) -> Result<Self, Vec<ChannelError>> {
        let mut problems = Vec::new();
        let address = section
            .smtp_from_address
            .clone()
            .unwrap_or_else(|| format!("pgbackman@{sender}"));
        let from = address.parse().map_err(|source| {
            problems.push(ChannelError::Address {
                key: "smtp_from_address",
                address: address.clone(),
                source,
            });
        });
        for recipient in &section.smtp_recipients {
            if let Err(source) = recipient.parse::<Mailbox>() {
                problems.push(ChannelError::Address {
                    key: "smtp_recipients",
                    address: recipient.clone(),
                    source,
                });
            }
        }
        let template =
            read_template(&section.alerts_template).map_err(|problem| problems.push(problem));
        match (from, template) {
            (Ok(from), Ok(template)) if problems.is_empty() => Ok(Self {
                from,
                fallback: section.smtp_recipients.clone(),
                template,
                sender: sender.to_owned(),
            }),
            _ => Err(problems),
        }
    }

    /// Whether there are recipients for alerts that no node's address receives.
    pub fn has_recipients(&self) -> bool {
        !self.fallback.is_empty()
    }

    /// Creates the mail about alerts that have the same recipients.
    pub fn compose(&self, group: &[Delivery], now: DateTime<Utc>) -> Result<Message, NoMail> {
        let recipients = group.first().map_or(NOBODY, |first| recipients_of(first));
        let Recipients { mailboxes, refused } = self.recipients(recipients);
        if mailboxes.is_empty() {
            return Err(NoMail::Nobody { refused });
        }
        let mut builder = Message::builder()
            .from(self.from.clone())
            .date(now.into())
            .message_id(Some(format!(
                "<pgbackman.{}@{}>",
                payload::identity(group),
                super::mail_host::mail_host(&self.sender)
            )))
            .subject(text::subject(group))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        for mailbox in mailboxes {
            builder = builder.to(mailbox);
        }
        let mut text = self.body(group, now);
        if let Some(refused) = refused {
            text.push_str("\n\nNOTE: ");
            text.push_str(&refused);
            text.push('\n');
        }
        let body = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(text);
        builder.singlepart(body).map_err(NoMail::Refused)
    }

    /// The recipients: the valid addresses of the node, or `smtp_recipients` if it has none, so that a typing error
    /// in the configuration of one node does not suppress its alerts.
    fn recipients(&self, of_node: &str) -> Recipients {
        let mut mailboxes = Vec::new();
        let mut wrong = Vec::new();
        for name in addresses(of_node) {
            match name.parse::<Mailbox>() {
                Ok(mailbox) => mailboxes.push(mailbox),
                Err(error) => wrong.push(format!("{:?}: {error}", text::one_line(name))),
            }
        }
        let falls_back = mailboxes.is_empty();
        if falls_back {
            let fallback = self.fallback.iter().filter_map(|name| name.parse().ok());
            mailboxes.extend(fallback);
        }
        let refused = (!wrong.is_empty()).then(|| {
            let where_to = if falls_back {
                "; this mail was sent to smtp_recipients"
            } else {
                ""
            };
            format!(
                "the node's logs_email contains an invalid mail address ({}){where_to}. Set it with \
                 update_pgsql_node_config",
                wrong.join(", ")
            )
        });
        Recipients { mailboxes, refused }
    }

    fn body(&self, group: &[Delivery], now: DateTime<Utc>) -> String {
        let [one] = group else {
            return text::list(group);
        };
        let mut body = String::new();
        let ending = text::ending(one);
        if let Some(ending) = &ending {
            body.push_str(ending);
            body.push_str("\n\n");
        }
        body.push_str(&self.template.render(|name| text::variable(name, one, now)));
        body
    }
}

/// The file of the template; if the usual file is missing, the built-in template.
fn read_template(path: &Path) -> Result<Template, ChannelError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && path == AlertsSection::default().alerts_template =>
        {
            SHIPPED.to_owned()
        }
        Err(source) => {
            return Err(ChannelError::TemplateUnread {
                path: path.to_owned(),
                source,
            });
        }
    };
    Template::parse(&text).map_err(|source| ChannelError::Template {
        path: path.to_owned(),
        source,
    })
}

/// Groups alerts with the same recipients, keeping their order.
pub fn by_recipients(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let mut groups: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    for delivery in deliveries {
        let recipients = recipients_of(&delivery).to_owned();
        groups.entry(recipients).or_default().push(delivery);
    }
    groups.into_values().collect()
}

fn recipients_of(delivery: &Delivery) -> &str {
    let sendto = delivery.alert.sendto.trim();
    let is_somebody = addresses(sendto).any(|address| !address.eq_ignore_ascii_case(PLACEHOLDER));
    if is_somebody { sendto } else { NOBODY }
}

/// `a@example.net, b@example.net`
fn addresses(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';'])
        .map(str::trim)
        .filter(|address| !address.is_empty())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;

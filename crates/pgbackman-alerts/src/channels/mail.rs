//! Mails: who gets which alerts, and what they say.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use pgbackman_core::catalog::alerts::Delivery;
use pgbackman_core::config::AlertsSection;

use crate::payload;
use crate::template::{SHIPPED, Template};
use crate::text;

/// What 1.2's default configuration gives every node, and nobody reads.
const PLACEHOLDER: &str = "example@example.org";
/// What a node without an address of its own counts as.
const NOBODY: &str = "";

/// How mails are made.
#[derive(Debug, Clone)]
pub struct Mails {
    from: Mailbox,
    fallback: Vec<String>,
    template: Template,
    sender: String,
}

impl Mails {
    /// Reads template and addresses; everything that is wrong is named.
    pub fn from_section(section: &AlertsSection, sender: &str) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let address = section
            .smtp_from_address
            .clone()
            .unwrap_or_else(|| format!("pgbackman@{sender}"));
        let from = address.parse().map_err(|error| {
            problems.push(format!(
                "smtp_from_address: {address:?} is no mail address: {error}"
            ));
        });
        for recipient in &section.smtp_recipients {
            if let Err(error) = recipient.parse::<Mailbox>() {
                problems.push(format!(
                    "smtp_recipients: {recipient:?} is no mail address: {error}"
                ));
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

    /// The mail about alerts that have the same recipients.
    pub fn compose(&self, group: &[Delivery], now: DateTime<Utc>) -> Result<Message, String> {
        let recipients = group.first().map_or(NOBODY, |first| recipients_of(first));
        let names: Vec<&str> = match recipients {
            NOBODY => self.fallback.iter().map(String::as_str).collect(),
            some => addresses(some).collect(),
        };
        if names.is_empty() {
            return Err("nobody to send it to: set the node's logs_email, or smtp_recipients in [pgbackman_alerts]".to_owned());
        }
        let mut builder = Message::builder()
            .from(self.from.clone())
            .date(now.into())
            .message_id(Some(format!(
                "<pgbackman.{}@{}>",
                payload::identity(group),
                super::mail_host(&self.sender)
            )))
            .subject(text::subject(group))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"));
        for name in names {
            let mailbox: Mailbox = name.parse().map_err(|error| {
                format!("{:?} is no mail address: {error}", text::one_line(name))
            })?;
            builder = builder.to(mailbox);
        }
        let body = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(self.body(group, now));
        builder
            .singlepart(body)
            .map_err(|error| format!("the mail could not be made: {error}"))
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

/// The template's file; where there is none under the usual name, what would lie there.
fn read_template(path: &Path) -> Result<Template, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && path == AlertsSection::default().alerts_template =>
        {
            SHIPPED.to_owned()
        }
        Err(error) => {
            return Err(format!(
                "alerts_template: could not read {}: {error}",
                path.display()
            ));
        }
    };
    Template::parse(&text).map_err(|error| format!("alerts_template: {}: {error}", path.display()))
}

/// Alerts with the same recipients together, in order.
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

//! `[pgbackman_alerts]`: what alerts are raised, and how they are sent (`docs/spec/setup.md`).

use std::path::PathBuf;
use std::time::Duration;

use super::value::Words;
use crate::secret::Secret;

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From its first byte.
    Implicit,
    /// After STARTTLS, which the server must offer.
    StartTls,
    /// Not at all.
    None,
}

impl SmtpTls {
    /// The word for it in the file.
    pub fn as_str(self) -> &'static str {
        self.word()
    }
}

impl Words for SmtpTls {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("implicit", Self::Implicit),
        ("starttls", Self::StartTls),
        ("none", Self::None),
    ];
}

/// `[pgbackman_alerts]`
#[derive(Debug, Clone)]
pub struct AlertsSection {
    /// Whether alerts are sent by mail.
    pub smtp_alerts: bool,
    /// The pause between two looks at the waiting alerts.
    pub alerts_check_interval: Duration,
    /// The mail server.
    pub smtp_server: String,
    /// Its port.
    pub smtp_port: u16,
    /// Whether the connection to it is encrypted from its first byte, unless `smtp_tls` says something else.
    pub smtp_ssl: bool,
    /// How the connection to it is encrypted.
    pub smtp_tls: Option<SmtpTls>,
    /// The only authorities that may have signed its certificate; those of the system otherwise.
    pub smtp_ca_file: Option<PathBuf>,
    /// How long sending one mail may take.
    pub smtp_timeout: Duration,
    /// Who logs in there, if anybody.
    pub smtp_user: Option<String>,
    /// The password for it.
    pub smtp_password: Option<Secret>,
    /// The sender of the alerts, if it is not made up from program and machine.
    pub smtp_from_address: Option<String>,
    /// Who gets the alerts whose node names nobody, and those about servers.
    pub smtp_recipients: Vec<String>,
    /// The text of an alert, with `$name` variables.
    pub alerts_template: PathBuf,
    /// Where alerts are posted to as JSON.
    pub webhook_url: Option<String>,
    /// Sent along as `Authorization: Bearer …`.
    pub webhook_token: Option<Secret>,
    /// The only authorities that may have signed its certificate; those of the system otherwise.
    pub webhook_ca_file: Option<PathBuf>,
    /// How long posting may take.
    pub webhook_timeout: Duration,
    /// A program and its arguments that gets alerts as JSON on its standard input; none where it is empty.
    pub alert_command: Vec<String>,
    /// How long it may run.
    pub alert_command_timeout: Duration,
    /// Whether backups that ended with a WARNING are alerted.
    pub alert_on_warnings: bool,
    /// Whether backups that cron should have started and that were not begun are alerted.
    pub alert_on_missed_runs: bool,
    /// A definition whose newest usable backup is older is alerted.
    pub old_backup_after: Option<Duration>,
    /// A database that has been there for so long without a definition is alerted.
    pub no_definition_after: Option<Duration>,
    /// Databases that need no definition.
    pub no_definition_ignored: Vec<String>,
    /// A daemon that is late for so long is alerted.
    pub daemon_silent_after: Option<Duration>,
    /// A backup that has less than so many percent of the median size of those before it is alerted; 0: none is.
    pub small_backup_percent: u8,
    /// Number of backups that are compared.
    pub small_backup_compared: u8,
    /// Below so many megabytes (2^20 bytes) of that median nothing is suspicious.
    pub small_backup_minimum_mb: u32,
}

impl AlertsSection {
    /// How the connection to the mail server is encrypted.
    pub fn tls(&self) -> SmtpTls {
        match self.smtp_tls {
            Some(tls) => tls,
            None if self.smtp_ssl => SmtpTls::Implicit,
            None => SmtpTls::None,
        }
    }
}

impl Default for AlertsSection {
    fn default() -> Self {
        Self {
            smtp_alerts: false,
            alerts_check_interval: Duration::from_secs(300),
            smtp_server: "localhost".to_owned(),
            smtp_port: 25,
            smtp_ssl: true,
            smtp_tls: None,
            smtp_ca_file: None,
            smtp_timeout: Duration::from_secs(60),
            smtp_user: None,
            smtp_password: None,
            smtp_from_address: None,
            smtp_recipients: Vec::new(),
            alerts_template: PathBuf::from("/etc/pgbackman/pgbackman_alerts.template"),
            webhook_url: None,
            webhook_token: None,
            webhook_ca_file: None,
            webhook_timeout: Duration::from_secs(30),
            alert_command: Vec::new(),
            alert_command_timeout: Duration::from_secs(60),
            alert_on_warnings: false,
            alert_on_missed_runs: true,
            old_backup_after: None,
            no_definition_after: Some(Duration::from_secs(24 * 3_600)),
            no_definition_ignored: vec!["postgres".to_owned()],
            daemon_silent_after: Some(Duration::from_secs(10 * 60)),
            small_backup_percent: 50,
            small_backup_compared: 5,
            small_backup_minimum_mb: 10,
        }
    }
}

//! Checks whether anybody is notified of failures on this backup server.

use std::path::Path;

use pgbackman_core::catalogue::attention::Notified;

use super::Finding;

/// The programs with which cron sends mail.
const MAILERS: [&str; 2] = ["/usr/sbin/sendmail", "/usr/lib/sendmail"];

/// The finding about a server that has scheduled definitions.
pub(super) fn of(notified: &Notified) -> Finding {
    let can_mail = MAILERS.iter().any(|program| Path::new(program).exists());
    judge(notified, can_mail)
}

fn judge(notified: &Notified, can_mail: bool) -> Finding {
    let warning = |found: String| {
        Finding::warning(
            "alerts",
            "notification",
            found,
            "start pgbackman_alerts with a channel in [pgbackman_alerts] (test it with pgbackman_alerts --test), or let cron send mail: \
             update_pgsql_node_config NODE logs_email=ADDRESS, with a mail server on this machine",
        )
    };
    if notified.has_channel {
        return Finding::ok(
            "alerts",
            "notification",
            "pgbackman_alerts runs with an alert channel (pgbackman_alerts --test tries it)",
        );
    }
    if !notified.without_email.is_empty() {
        let names: Vec<&str> = notified
            .without_email
            .iter()
            .map(|(_, name)| name.as_str())
            .collect();
        return warning(format!(
            "nobody is notified of failed backups of {}: no running pgbackman_alerts has an alert channel, and logs_email is not set",
            names.join(", ")
        ));
    }
    if !can_mail {
        return warning(format!(
            "nobody is notified of failed backups: no running pgbackman_alerts has an alert channel, and cron cannot mail without {}",
            MAILERS[0]
        ));
    }
    Finding::ok(
        "alerts",
        "notification",
        "cron mails the output of failed jobs to logs_email",
    )
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::{NodeId, ServerId};

    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn f9_it_is_said_while_nobody_is_notified() {
        let notified = |has_channel, names: &[&str]| Notified {
            server: ServerId::new(1),
            server_fqdn: "backup01.example.net".to_owned(),
            has_channel,
            without_email: names
                .iter()
                .map(|name| (NodeId::new(1), (*name).to_owned()))
                .collect(),
        };
        assert_eq!(
            judge(&notified(true, &["pg1:5432"]), false).level,
            Level::Ok
        );
        assert_eq!(judge(&notified(false, &[]), true).level, Level::Ok);
        assert_eq!(judge(&notified(false, &[]), false).level, Level::Warning);
        let nobody = judge(&notified(false, &["pg1:5432"]), true);
        assert_eq!(nobody.level, Level::Warning);
        assert!(nobody.found.contains("failed backups of pg1:5432"));
    }
}

//! `--check` and `--test`: an operator's tests of the configuration.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::alerts::{Alert, Delivery};
use pgbackman_core::domain::status::{AlertMessage, AlertType, ExecutionStatus};
use pgbackman_core::exit_code::ExitCode;

use crate::channels::Channels;
use crate::text::TRIAL;

/// Reports the configured channels.
pub fn check(channels: &Channels) -> ExitCode {
    let kinds = channels.kinds();
    if kinds.is_empty() {
        println!("No alert channel is configured: alerts are recorded but not sent.");
    }
    for kind in kinds {
        println!("Alerts are sent by {kind}.");
    }
    if let Some(missing) = channels.missing_command() {
        eprintln!("pgbackman_alerts: alert_command: could not find the program {missing}");
        return ExitCode::Failure;
    }
    ExitCode::Success
}

/// Sends a test alert through every channel.
pub async fn test(channels: &Channels, now: DateTime<Utc>) -> ExitCode {
    let delivery = Delivery {
        alert: Alert {
            id: TRIAL,
            registered: now,
            kind: AlertType::Daemon,
            reference: 0,
            backup: None,
            server: channels.sender.clone(),
            node: None,
            dbname: String::new(),
            status: Some(ExecutionStatus::Warning),
            message: "This is a test message of pgbackman_alerts. No action is required."
                .to_owned(),
            sendto: String::new(),
            resolved: None,
        },
        message: AlertMessage::Raised,
        attempts: 1,
    };
    let mut code = ExitCode::Success;
    let kinds = channels.kinds();
    if kinds.is_empty() {
        eprintln!("pgbackman_alerts: no alert channel is configured");
        return ExitCode::Failure;
    }
    for kind in kinds {
        match channels
            .send(kind, std::slice::from_ref(&delivery), now)
            .await
        {
            Ok(()) => println!("{kind}: sent"),
            Err(not_sent) => {
                eprintln!("pgbackman_alerts: {kind}: {}", not_sent.reason);
                code = ExitCode::Failure;
            }
        }
    }
    code
}

//! Whether a run that nobody started by hand is still wanted. Hours may lie between its schedule and its start: a further attempt after a
//! failed run waits in `at`, and a crontab keeps its lines during a maintenance window.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::runs::permission::{self, Standing};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{DefId, RequestId};
use pgbackman_core::domain::status::{JobStatus, ServerStatus};
use pgbackman_core::job::catalogue::ask;
use pgbackman_core::sys::terminal;

use crate::app::App;

/// Why the run is not made. `window` is the end of the node's maintenance window as the cache has it: only then is the catalogue asked
/// for a start by cron, and while it is unavailable the cache decides. What somebody starts at a terminal is always made.
pub(crate) async fn refusal(
    app: &App<'_>,
    is_by_cron: bool,
    window: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<String> {
    let BackupOrigin::Definition(definition) = app.args.origin else {
        return None;
    };
    let start = match app.args.requested {
        Some(_) if terminal::is_there() => return None,
        Some(request) => Start::Requested(request),
        None if is_by_cron && window.is_some() => Start::Cron,
        None => return None,
    };
    let request = app.args.requested;
    let asked = ask(app.config, app.env, async |session| {
        permission::standing(&**session, definition, request).await
    });
    let reason = match asked.await {
        Ok(standing) => start.refused_by(standing?, now),
        Err(reason) => {
            tracing::warn!(
                "the catalogue was not asked whether this run is still wanted: {reason}"
            );
            in_window(window, now)
        }
    };
    reason.map(|reason| said(definition, &reason))
}

/// What started the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// cron, by the definition's schedule.
    Cron,
    /// at, for a request.
    Requested(RequestId),
}

impl Start {
    fn refused_by(self, standing: Standing, now: DateTime<Utc>) -> Option<String> {
        let window = in_window(standing.window_until, now);
        let Self::Requested(request) = self else {
            return window;
        };
        // An operator's request also runs a STOPPED definition; a further attempt does not, nor one that the catalogue has withdrawn.
        let is_stopped = standing.job_status != JobStatus::Active && standing.attempt != Some(0);
        let node_stopped =
            standing.node_status == ServerStatus::Stopped && standing.window_until.is_none();
        match standing.attempt {
            _ if is_stopped => Some(format!("it is {}", standing.job_status)),
            _ if node_stopped => Some("its PgSQL node is STOPPED".to_owned()),
            _ if window.is_some() => window,
            None => Some(format!("request {request} has been withdrawn")),
            Some(_) => None,
        }
    }
}

/// That a maintenance window is not over.
fn in_window(window: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<String> {
    let until = window.filter(|until| *until > now)?;
    Some(format!(
        "its PgSQL node is in a maintenance window until {}",
        until.format("%Y-%m-%d %H:%M:%S UTC")
    ))
}

fn said(definition: DefId, reason: &str) -> String {
    format!(
        "{} is not run: {reason}",
        BackupOrigin::Definition(definition)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: u32) -> DateTime<Utc> {
        format!("2026-11-21T04:{minute:02}:00Z").parse().unwrap()
    }

    #[test]
    fn a_run_is_refused_by_what_was_stopped_since_it_was_scheduled() {
        let running = Standing {
            job_status: JobStatus::Active,
            node_status: ServerStatus::Running,
            window_until: None,
            attempt: Some(1),
        };
        let stopped = Standing {
            job_status: JobStatus::Stopped,
            ..running
        };
        let node_stopped = Standing {
            node_status: ServerStatus::Stopped,
            ..running
        };
        let window = Standing {
            window_until: Some(at(30)),
            ..node_stopped
        };
        let attempt = |attempt, standing| Standing {
            attempt,
            ..standing
        };
        let request = Start::Requested(RequestId::new(7));
        for (start, standing, minute, said) in [
            (request, running, 0, None),
            (request, stopped, 0, Some("it is STOPPED")),
            (request, attempt(Some(0), stopped), 0, None),
            (
                request,
                attempt(None, running),
                0,
                Some("request 7 has been withdrawn"),
            ),
            (request, node_stopped, 0, Some("its PgSQL node is STOPPED")),
            (
                request,
                attempt(Some(0), node_stopped),
                0,
                Some("its PgSQL node is STOPPED"),
            ),
            (
                request,
                window,
                29,
                Some("its PgSQL node is in a maintenance window until 2026-11-21 04:30:00 UTC"),
            ),
            (request, window, 30, None),
            (
                Start::Cron,
                window,
                29,
                Some("its PgSQL node is in a maintenance window until 2026-11-21 04:30:00 UTC"),
            ),
            (Start::Cron, window, 30, None),
            // Control takes it out of the crontab.
            (Start::Cron, stopped, 0, None),
        ] {
            assert_eq!(
                start.refused_by(standing, at(minute)).as_deref(),
                said,
                "{start:?} {standing:?} {minute}"
            );
        }
    }
}

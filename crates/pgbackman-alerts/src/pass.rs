//! One pass: judge, plan, send.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};
use pgbackman_core::catalog::CatalogError;
use pgbackman_core::catalog::alerts::{self, Waiting};
use pgbackman_core::catalog::alerts::{alert_facts, signs_of_life};
use pgbackman_core::catalog::nodes::servers;
use pgbackman_core::catalog::schema::version::{self, VersionMismatch};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::AlertChannel;

use crate::delivery::{deliver, record_what_is_left};
use crate::findings::Look;
use crate::judge::daemons::looked_after;
use crate::steps::Step;
use crate::world::{World, ask};

/// How a pass ended.
#[derive(Debug)]
pub enum PassEnd {
    /// Everything has been tried; this is what waits, as of the time beside it.
    Through(Waiting, DateTime<Utc>),
    /// The catalogue is away, or went away.
    Away(String),
    /// This machine is not a backup server of the catalogue, or the catalogue refuses something.
    NotReady(String),
    /// Software and catalogue do not fit together.
    Version(VersionMismatch),
}

/// Makes a pass.
pub async fn pass(world: &World) -> PassEnd {
    let target = ConnectTarget::catalogue(&world.config).with_application_name("pgbackman_alerts");
    let session = match connect(&target, &world.env, DEFAULT_TIMEOUT).await {
        Ok(session) => session,
        Err(error) => return away(world, error.to_string()),
    };
    match version::check(&session).await {
        Ok(()) => {}
        Err(VersionMismatch::Catalog(error)) => return away(world, error.to_string()),
        Err(mismatch) => return PassEnd::Version(mismatch),
    }
    let end = match Box::pin(run(world, &session)).await {
        Ok((waiting, now)) => PassEnd::Through(waiting, now),
        Err(CatalogError::NotFound { .. }) => {
            let fqdn = world.config.backup_server.fqdn();
            PassEnd::NotReady(format!(
                "this machine is not registered as a backup server: register {fqdn} in the shell (register_backup_server), or \
                 set backup_server in [backup_server]"
            ))
        }
        Err(error) if error.is_unavailable() => away(world, error.to_string()),
        Err(error) => PassEnd::NotReady(error.to_string()),
    };
    session.close().await;
    end
}

fn away(world: &World, reason: String) -> PassEnd {
    world.catalogue_away.store(true, Ordering::Relaxed);
    PassEnd::Away(reason)
}

async fn run(world: &World, session: &Session) -> Result<(Waiting, DateTime<Utc>), CatalogError> {
    let client = &**session;
    let own = ask(
        session,
        servers::resolve(client, &world.config.backup_server.fqdn()),
    )
    .await?;
    let (now, catalogue_up) = times(world, session).await?;
    if world.catalogue_away.swap(false, Ordering::Relaxed) {
        *world
            .catalogue_back
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(now);
    }
    record_what_is_left(world, session).await?;
    let lives = ask(session, signs_of_life::list(client, None, Some(now))).await?;
    let all = ask(session, servers::list(client)).await?;
    let all: Vec<ServerId> = all.into_iter().map(|server| server.id).collect();
    let servers = looked_after(own.id, &all, &lives, now);
    let look = Look {
        world,
        session,
        own: own.id,
        servers: &servers,
        lives: &lives,
        now,
        catalogue_up,
    };
    look.judge().await?;
    world.reached(Step::Judged);

    let channels = world.channels.kinds();
    // Without a way of its own a daemon says of its own server alone that nothing is sent.
    let told = if channels.is_empty() {
        vec![own.id]
    } else {
        servers
    };
    let warnings = world.config.alerts.alert_on_warnings;
    ask(
        session,
        alerts::plan(client, &told, &channels, warnings, own.id, now),
    )
    .await?;
    world.reached(Step::Planned);
    let by = |kind| {
        let (told, is_open) = (&told, channels.contains(&kind));
        async move {
            if is_open {
                deliver(world, session, kind, told, now).await
            } else {
                Ok(())
            }
        }
    };
    // One that hangs holds up no other.
    let outcomes = tokio::join!(
        by(AlertChannel::Smtp),
        by(AlertChannel::Webhook),
        by(AlertChannel::Command)
    );
    for outcome in [outcomes.0, outcomes.1, outcomes.2] {
        outcome?;
    }
    ask(session, alerts::forget_old(client, now)).await?;
    let waiting = ask(session, alerts::waiting(client, &told)).await?;
    Ok((waiting, now))
}

/// Now, and since when the catalogue has been up. A test's time knows nothing of the latter.
async fn times(
    world: &World,
    session: &Session,
) -> Result<(DateTime<Utc>, DateTime<Utc>), CatalogError> {
    if world.clock_is_real {
        ask(session, alert_facts::catalogue_times(&**session)).await
    } else {
        Ok((world.clock.now(), DateTime::<Utc>::MIN_UTC))
    }
}

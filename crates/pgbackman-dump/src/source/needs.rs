//! What the backup will need of the node it is restored on: recorded while it is taken, for whoever restores it.

use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::NodeError;
use pgbackman_core::node::needs::{self, Scope};

use crate::run::progress::Progress;
use crate::source::Source;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::Failure;

/// Reads it in the transaction of the backup, where there is one, and notes it in the result. A backup is no worse for the
/// lack of it: what cannot be read is logged.
pub(crate) async fn learn(
    source: &Source,
    code: BackupCode,
    progress: &mut Progress<'_>,
    bounds: &mut Bounds,
) -> Result<(), Failure> {
    let roles = progress.record().result.role_list.clone();
    let reading = async {
        if code == BackupCode::Cluster {
            needs::read(&*source.session, source.release, Scope::Cluster).await
        } else {
            let scope = Scope::Database {
                roles: &roles,
                size: source.size,
            };
            in_savepoint(source, scope).await
        }
    };
    let read = bounds
        .within("read the requirements of the backup", reading)
        .await?;
    match read {
        Ok(needs) => progress.learn(|result| {
            if let Err(error) = needs.into_context(&mut result.context) {
                tracing::warn!("could not record the requirements of the backup: {error}");
            }
        }),
        Err(error) => tracing::warn!("could not record the requirements of the backup: {error}"),
    }
    Ok(())
}

/// A query that fails would end the transaction, and with it the snapshot that `pg_dump` is to share.
async fn in_savepoint(source: &Source, scope: Scope<'_>) -> Result<BackupNeeds, NodeError> {
    const WHAT: &str = "the requirements of the backup";
    let asking = |source| NodeError::Query { what: WHAT, source };
    let client = &source.session;
    client
        .batch_execute("SAVEPOINT needs")
        .await
        .map_err(asking)?;
    let read = needs::read(&**client, source.release, scope).await;
    let end = if read.is_ok() {
        "RELEASE SAVEPOINT needs"
    } else {
        "ROLLBACK TO SAVEPOINT needs"
    };
    client.batch_execute(end).await.map_err(asking)?;
    read
}

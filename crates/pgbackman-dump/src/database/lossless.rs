//! The dump of a database in which no table is lost: locked before the snapshot is taken, compared afterwards, and begun again
//! once where a table was rewritten in between (trap 5a).

use std::fs::{self, File};
use std::io;

use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::ArtifactKind;
use pgbackman_core::node::locks::table_locks::{self, Table};
use pgbackman_core::node::roles::DatabaseRoles;
use pgbackman_core::node::shortcomings::{self, SequencePositions};
use pgbackman_core::node::snapshot;

use crate::cluster;
use crate::cluster::cluster_files::{self, Files};
use crate::database::archive::Listed;
use crate::database::{archive, scripts};
use crate::plan::Plan;
use crate::run::progress::Progress;
use crate::source::lock_watch::{Holding, Rules, Said, Watch};
use crate::source::locks::{self, Locks};
use crate::source::{Source, needs};
use crate::step::Step;
use pgbackman_core::job::failure::{Failure, doing, some_of};
use pgbackman_core::job::tool::Tools;

/// What is dumped, and how.
pub(crate) struct Database<'a> {
    /// Connects once more to the database.
    pub(crate) source: &'a Source,
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The client's version.
    pub(crate) client: PgMajor,
    /// The code.
    pub(crate) code: BackupCode,
    /// How to watch.
    pub(crate) rules: Rules<'a>,
}

/// What a dump gave.
pub(crate) struct Written {
    /// The roles, where there is a file of them.
    pub(crate) roles: Option<Box<DatabaseRoles>>,
    /// The log of the archive.
    pub(crate) log: File,
    /// Where the sequences were before the snapshot was taken, as far as that could be asked.
    pub(crate) sequences: Option<SequencePositions>,
}

/// What one attempt gave.
enum Attempt {
    /// It is complete.
    Done(Written),
    /// It must begin again.
    Anew(String),
}

impl Database<'_> {
    /// Dumps it.
    pub(crate) async fn dump(
        &self,
        connect: impl AsyncFn() -> Result<pgbackman_core::conninfo::Session, Failure>,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Written, Failure> {
        for may_begin_anew in [true, false] {
            let taking = async {
                let session = connect().await?;
                locks::take(
                    session,
                    self.source,
                    self.plan.is_filtered,
                    self.rules.limit,
                )
                .await
            };
            let locks = tools
                .bounds()
                .within("lock the tables of the database", taking)
                .await??;
            let attempt = self.attempt(&locks, may_begin_anew, progress, tools).await;
            locks.session.close().await;
            match attempt? {
                Attempt::Done(written) => return Ok(written),
                Attempt::Anew(reason) if may_begin_anew => {
                    tracing::warn!("restarting the dump: {reason}");
                    snapshot::close(&self.source.session)
                        .await
                        .map_err(Failure::failed)?;
                    remove_partial_files(self.plan)?;
                }
                Attempt::Anew(reason) => {
                    return Err(lacks_rows(&reason));
                }
            }
        }
        Err(Failure::failed("the dump was not started"))
    }

    async fn attempt(
        &self,
        locks: &Locks,
        may_begin_anew: bool,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Attempt, Failure> {
        let (source, plan) = (self.source, self.plan);
        let sequences = self.sequences(tools).await?;
        let beginning = source.begin(self.client);
        let snapshot = tools
            .bounds()
            .within("begin the transaction of the backup", beginning)
            .await??;
        progress.reached(Step::SnapshotExported);
        let roles = scripts::write(plan, source, progress, tools.bounds()).await?;
        needs::learn(source, self.code, progress, tools.bounds()).await?;
        let rules = Rules {
            may_begin_anew,
            is_filtered: plan.is_filtered,
            ..self.rules
        };
        let mut watch = Watch::holding(
            &locks.session,
            locks.session.backend_pid(),
            locks.holding,
            rules,
        );
        let dumped = {
            let watching = watch.run_where_known(source.release);
            archive::dump(plan, snapshot.as_deref(), watching, progress, tools).await
        };
        note_blocked(watch.blocked, progress);
        let log = match dumped {
            // The table that it was about to lock was dropped, for instance.
            Err(failure) if watch.gave_way && may_begin_anew => {
                return Ok(Attempt::Anew(failure.reason));
            }
            dumped => dumped?,
        };
        let log = match log {
            Ok(log) => log,
            Err(Said::Fail(failure)) => return Err(failure),
            Err(Said::Anew(reason)) => return Ok(Attempt::Anew(reason)),
        };
        let mut lost = self.rewritten(tools).await?;
        if watch.holding == Holding::HandedOver {
            lost.retain(|table| !locks.tables.contains(&table.oid));
        }
        if plan.is_filtered && !lost.is_empty() {
            let listed = archive::check(plan, &log, tools).await?;
            lost.retain(|table| has_rows_of(&listed, table));
        }
        if lost.is_empty() {
            return Ok(Attempt::Done(Written {
                roles: roles.map(Box::new),
                log,
                sequences,
            }));
        }
        let names: Vec<String> = lost.iter().map(ToString::to_string).collect();
        Ok(Attempt::Anew(in_between(&names)))
    }

    /// Where the sequences are, which no snapshot holds. Not to know it makes no backup fail.
    async fn sequences(&self, tools: &mut Tools<'_>) -> Result<Option<SequencePositions>, Failure> {
        if self.code == BackupCode::Schema || self.source.release.major() < PgMajor::new(10) {
            return Ok(None);
        }
        let asking = shortcomings::sequence_positions(&self.source.session);
        let asked = tools
            .bounds()
            .within("read the positions of the sequences", asking)
            .await?;
        if let Err(error) = &asked {
            tracing::debug!("{error}");
        }
        Ok(asked.ok())
    }

    async fn rewritten(&self, tools: &mut Tools<'_>) -> Result<Vec<Table>, Failure> {
        let comparing = table_locks::rewritten(&self.source.session);
        tools
            .bounds()
            .within(
                "check that no table was rewritten after the snapshot",
                comparing,
            )
            .await?
            .map_err(Failure::failed)
    }
}

/// Dumps a whole node: begun again once where a table may be lost.
pub(crate) async fn cluster(
    source: &Source,
    plan: &Plan,
    rules: Rules<'_>,
    script: &cluster::Script,
    read: impl AsyncFn() -> Result<Files, Failure>,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<(), Failure> {
    const READING: &str = "list the files of the node's tables";
    let mut before = tools.bounds().within(READING, read()).await??;
    for may_begin_anew in [true, false] {
        let mut watch = Watch::only(&source.session, rules);
        let dumped = {
            let watching = watch.run_where_known(source.release);
            cluster::dump(plan, script, watching, progress, tools).await
        };
        note_blocked(watch.blocked, progress);
        let empty = dumped?;
        let after = tools.bounds().within(READING, read()).await??;
        let lost = cluster_files::lost(&before, &after, &empty);
        if lost.is_empty() {
            return Ok(());
        }
        let reason = in_between(&lost);
        if !may_begin_anew {
            return Err(lacks_rows(&reason));
        }
        tracing::warn!("restarting the dump: {reason}");
        remove_partial_files(plan)?;
        before = after;
    }
    Ok(())
}

/// The failure of a dump that was begun again already.
fn lacks_rows(reason: &str) -> Failure {
    Failure::failed(format!(
        "the backup would lack rows, even after a restart of the dump: {reason}; run it at a time when no table is \
         truncated or rewritten"
    ))
}

/// Puts into the result how many sessions waited behind the backup.
fn note_blocked(blocked: usize, progress: &mut Progress<'_>) {
    progress.learn(|result| result.context["blocked_by_backup"] = blocked.into());
}

/// What happened to these tables.
fn in_between(tables: &[String]) -> String {
    format!(
        "truncated or rewritten between the snapshot and the lock of pg_dump, which finds such a table empty: {}",
        some_of(tables)
    )
}

/// Whether the archive has the table's rows: by its OID, since a name may be written in another encoding there.
fn has_rows_of(listed: &Listed, table: &Table) -> bool {
    match listed {
        Listed::Read(archive) => {
            let oid = table.oid.to_string();
            archive
                .entries
                .iter()
                .any(|entry| entry.is("TABLE DATA") && entry.object == oid.as_bytes())
        }
        Listed::Shown(listing) => is_listed(listing, table),
    }
}

/// Whether a list of `pg_restore` has the table's rows: `3320; 0 16385 TABLE DATA public orders me`.
fn is_listed(listing: &str, table: &Table) -> bool {
    let entry = format!("; 0 {} TABLE DATA ", table.oid);
    listing.lines().any(|line| {
        line.split_once(';')
            .is_some_and(|(id, _)| line[id.len()..].starts_with(&entry))
    })
}

/// Removes what an attempt has written.
fn remove_partial_files(plan: &Plan) -> Result<(), Failure> {
    for part in plan.parts() {
        let path = part.artifact.partial_path();
        let removed = match part.artifact.kind {
            ArtifactKind::Directory => fs::remove_dir_all(&path),
            ArtifactKind::File => fs::remove_file(&path),
        };
        for (path, removed) in [(&path, removed), (&part.log, fs::remove_file(&part.log))] {
            match removed {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(doing(format!("remove {}", path.display()))(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b0_a_table_is_in_an_archive_when_its_rows_are() {
        let table = |oid: u32| Table {
            oid,
            schema: "public".to_owned(),
            name: "t".to_owned(),
        };
        let listing = "215; 1259 16385 TABLE public t postgres\n\
                       3320; 0 16385 TABLE DATA public t postgres\n\
                       216; 1259 16386 TABLE public u postgres\n\
                       3321; 0 16387 TABLE DATA a ; 0 16386 TABLE DATA postgres\n";
        assert!(is_listed(listing, &table(16385)));
        assert!(is_listed(listing, &table(16387)));
        assert!(!is_listed(listing, &table(16386)));
    }
}

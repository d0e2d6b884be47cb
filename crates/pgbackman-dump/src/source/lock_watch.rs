//! Watches, while a client program dumps, who waits for a lock: the program, or others behind this backup.
//!
//! The option `--lock-wait-timeout` of `pg_dump` bounds its LOCK TABLE alone. It waits elsewhere too (a view's text while the
//! view is being refreshed), for as long as it takes.

use std::time::Duration;

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::job::lock_patience::{LockPatience, POLL, waited_too_long};
use pgbackman_core::node::NodeError;
use pgbackman_core::node::locks::lock_waits;
use tokio::time::sleep;

use pgbackman_core::job::failure::Failure;

/// What an operator may do about a lock that is in the way.
pub(crate) const INSTEAD: &str = "run the backup";
/// For so many looks it is asked each time whether `pg_dump` has locked everything, later once in as many: the question is
/// long where the tables are many.
const EAGER: u32 = 20;
/// A process that nobody is.
const NOBODY: i32 = -1;

/// What has become of the locks that were taken before the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// They are held.
    Held,
    /// They were ended when the program that dumps had all of them itself: nothing could come in between.
    HandedOver,
    /// There are none, or they were ended before.
    None,
}

/// What is to be done, and why.
#[derive(Debug)]
pub(crate) enum Said {
    /// The run fails.
    Fail(Failure),
    /// The dump is to begin again.
    Anew(String),
}

/// How to watch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The name under which the program's sessions appear.
    pub(crate) application: &'a str,
    /// How long one wait of theirs may last; zero is forever.
    pub(crate) limit: Duration,
    /// Whether the backup ends for those who wait behind it.
    pub(crate) yield_to_ddl: bool,
    /// Whether the program may leave out tables that are locked for it.
    pub(crate) is_filtered: bool,
    /// Whether the dump may still begin again.
    pub(crate) may_begin_anew: bool,
}

/// The watch over one program.
pub(crate) struct Watch<'a> {
    client: &'a Session,
    holder: i32,
    rules: Rules<'a>,
    /// What has become of the locks.
    pub(crate) holding: Holding,
    /// Whether the locks were given up for a session that wanted a table for itself: what it does may make `pg_dump` fail.
    pub(crate) gave_way: bool,
    /// The most sessions that waited behind the backup at once.
    pub(crate) blocked: usize,
    patience: LockPatience,
    looks: u32,
    waited_behind: bool,
}

impl<'a> Watch<'a> {
    /// A watch by a session that has no locks of its own.
    pub(crate) fn only(client: &'a Session, rules: Rules<'a>) -> Self {
        Self::holding(client, NOBODY, Holding::None, rules)
    }

    /// A watch by the session that has the locks.
    pub(crate) fn holding(
        client: &'a Session,
        holder: i32,
        holding: Holding,
        rules: Rules<'a>,
    ) -> Self {
        Self {
            client,
            holder,
            rules,
            holding,
            gave_way: false,
            blocked: 0,
            patience: LockPatience::new(rules.limit),
            looks: 0,
            waited_behind: false,
        }
    }

    /// Watches where the server tells who waits for whom.
    pub(crate) async fn run_where_known(&mut self, release: PgRelease) -> Said {
        if lock_waits::can_be_asked(release) {
            self.run().await
        } else {
            std::future::pending().await
        }
    }

    /// Watches until something is to be said; else it does not return.
    async fn run(&mut self) -> Said {
        loop {
            sleep(POLL).await;
            match self.inspect().await {
                Ok(None) => {}
                Ok(Some(said)) => return said,
                Err(error) => {
                    tracing::warn!("no longer watching the sessions that wait for locks: {error}");
                    // Who held them may be gone with its session.
                    self.holding = Holding::None;
                    return std::future::pending().await;
                }
            }
        }
    }

    async fn inspect(&mut self) -> Result<Option<Said>, NodeError> {
        let waiting =
            lock_waits::waiting(self.client, &[self.rules.application], self.holder).await?;
        let (ours, others): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| one.is_ours);
        let behind = others.iter().filter(|one| one.behind_us).count();
        if behind > self.blocked {
            self.blocked = behind;
            tracing::warn!("{behind} sessions of the PgSQL node wait for locks of this backup");
        }
        // Inspection twice: what waits for a moment only has no need of it.
        let waits_still = behind > 0 && self.waited_behind;
        self.waited_behind = behind > 0;
        if self.rules.yield_to_ddl && behind > 0 && !waits_still {
            return Ok(None);
        }
        if self.rules.yield_to_ddl && waits_still {
            return Ok(Some(Said::Fail(Failure::failed(format!(
                "the backup was cancelled because {behind} sessions waited for its locks (yield_to_ddl is ON); run it \
                 when no table is being altered, or set yield_to_ddl = \"OFF\""
            )))));
        }
        if self.holding == Holding::Held {
            let behind_holder = others.iter().any(|one| one.behind_holder);
            if let Some(said) = self.hold_on(behind_holder, !ours.is_empty()).await? {
                return Ok(Some(said));
            }
        }
        self.too_long(&ours).await
    }

    /// Ends the locks where they are not needed any more, or where they are in the way: a session that wants a table for itself
    /// waits for them, and `pg_dump` waits behind that session. The server cannot see that the first waits for the last.
    async fn hold_on(
        &mut self,
        others_wait: bool,
        program_waits: bool,
    ) -> Result<Option<Said>, NodeError> {
        self.looks += 1;
        let rules = self.rules;
        if (self.looks <= EAGER || self.looks.is_multiple_of(EAGER))
            && lock_waits::handed_over(self.client, rules.application, self.holder).await?
        {
            self.end_locks(Holding::HandedOver).await?;
        } else if others_wait && (program_waits || rules.is_filtered) {
            self.gave_way = true;
            self.end_locks(Holding::None).await?;
            if program_waits && rules.may_begin_anew {
                return Ok(Some(Said::Anew(
                    "another session requested an exclusive lock on a table before pg_dump had locked it"
                        .to_owned(),
                )));
            }
        }
        Ok(None)
    }

    async fn end_locks(&mut self, holding: Holding) -> Result<(), NodeError> {
        self.holding = holding;
        pgbackman_core::node::snapshot::close(self.client).await
    }

    async fn too_long(&mut self, ours: &[lock_waits::Waiting]) -> Result<Option<Said>, NodeError> {
        let overdue = self.patience.overdue(self.client, ours).await?;
        Ok(overdue.map(|overdue| {
            let who = "the program that dumps";
            Said::Fail(waited_too_long(
                who,
                self.rules.limit,
                &overdue.blockers,
                INSTEAD,
            ))
        }))
    }
}

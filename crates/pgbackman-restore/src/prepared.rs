//! Everything of a run before the first change: the backup verified, the target reached, the plan made.

use chrono::{DateTime, Utc};
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::place::Place;
use pgbackman_core::job::tool::Tools;

use crate::app::App;
use crate::backup::Backup;
use crate::log::RestoreLog;
use crate::plan::Plan;
use crate::prepare::{self, Inputs};
use crate::progress::Progress;
use crate::step::Step;
use crate::target::Target;
use crate::wanted::Wanted;

/// A plan with what it was made from, which must stay for as long as it is carried out.
pub(crate) struct Prepared {
    /// The backup, whose files are locked.
    pub(crate) backup: Backup,
    /// The target, connected.
    pub(crate) target: Target,
    /// The plan.
    pub(crate) plan: Plan,
}

impl App<'_> {
    /// Everything before the first change.
    pub(crate) async fn prepare(
        &self,
        place: &Place,
        log: &RestoreLog,
        started: DateTime<Utc>,
        learned: &mut dyn FnMut(Learned<'_>),
        tools: &mut Tools<'_>,
    ) -> Result<Prepared, Failure> {
        let backup = Backup::open(self.args, self.config)?;
        backup.verify(self.args, tools.bounds()).await?;
        log.say(if backup.is_described() {
            "every file of the backup is as its manifest says"
        } else {
            "the backup has no manifest; it is read to its end"
        });
        learned(Learned::Backup(&backup));
        let wanted = Wanted::read(self.args, &backup, tools.bounds()).await?;
        let reaching = Target::reach(
            self.args,
            &wanted.needs,
            backup.names_are_bytes(),
            self.target(),
            self.env,
        );
        let target = tools
            .bounds()
            .within("connect to the target", reaching)
            .await??;
        log.say(format!("the target is PostgreSQL {}", target.facts.release));
        learned(Learned::Target(&target));
        let inputs = Inputs {
            args: self.args,
            config: self.config,
            env: self.env,
            place,
            backup: &backup,
            wanted: &wanted,
            target: &target,
            log,
            started,
        };
        let plan = prepare::prepare(&inputs, tools).await?;
        Ok(Prepared {
            backup,
            target,
            plan,
        })
    }
}

/// What preparing has learned.
pub(crate) enum Learned<'a> {
    /// The backup, verified.
    Backup(&'a Backup),
    /// The target, reached.
    Target(&'a Target),
}

impl Learned<'_> {
    /// Lets the record know.
    pub(crate) fn take(self, progress: &mut Progress<'_>) {
        match self {
            Self::Backup(backup) => {
                if let Some(made_by) = backup.made_by {
                    progress.learn(|result| result.backup_release = Some(made_by.to_string()));
                }
                progress.reached(Step::BackupVerified);
            }
            Self::Target(target) => {
                progress
                    .learn(|result| result.target_release = Some(target.facts.release.to_string()));
                progress.reached(Step::TargetReached);
            }
        }
    }
}

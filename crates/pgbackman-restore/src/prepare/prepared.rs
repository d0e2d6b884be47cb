//! Everything of a run before the first change: the backup verified, the target reached, the plan made.

use crate::backup::Backup;
use crate::plan::Plan;
use crate::run::progress::Progress;
use crate::step::Step;
use crate::target::Target;

/// A plan with what it was made from, which must stay for as long as it is carried out.
pub(crate) struct Prepared {
    /// The backup, whose files are locked.
    pub(crate) backup: Backup,
    /// The target, connected.
    pub(crate) target: Target,
    /// The plan.
    pub(crate) plan: Plan,
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

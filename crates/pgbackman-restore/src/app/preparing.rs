//! How a run gets to its plan: it verifies the backup and reaches the target.

use chrono::{DateTime, Utc};
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::tool::Tools;

use crate::app::App;
use crate::backup::Backup;
use crate::backup::inputs::{Inputs, Restore};
use crate::backup::wanted::Wanted;
use crate::prepare;
use crate::prepare::prepared::{Learned, Prepared};
use crate::run::log::RestoreLog;
use crate::target::Target;

impl App<'_> {
    /// Everything before the first change.
    pub(crate) async fn prepare(
        &self,
        directories: &NodeDirectories,
        log: &RestoreLog,
        started: DateTime<Utc>,
        learned: &mut dyn FnMut(Learned<'_>),
        tools: &mut Tools<'_>,
    ) -> Result<Prepared, Failure> {
        let backup = Backup::open(self.args, self.config)?;
        backup
            .verify(self.args, &self.counter, tools.bounds())
            .await?;
        log.say(if backup.is_described() {
            "every file of the backup matches its manifest"
        } else {
            "the backup has no manifest, so every file is read to its end"
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
            restore: Restore {
                args: self.args,
                env: self.env,
                backup: &backup,
                target: &target,
                log,
            },
            config: self.config,
            directories,
            wanted: &wanted,
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

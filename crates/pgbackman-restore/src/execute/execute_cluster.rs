//! The restore of a whole node: its script, and then an operator's own objects on tables of extensions.

use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::tool::Tools;

use crate::cluster::run;
use crate::execute::{Execution, after, mapped, sorted};
use crate::plan::Work;
use crate::run::progress::Progress;
use crate::step::Step;
use crate::{cluster, database};

impl Execution<'_> {
    /// Runs the script of a whole node; returns what an operator must know.
    pub(crate) async fn cluster(
        &self,
        progress: &mut Progress<'_>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let Work::Cluster {
            script,
            terms,
            program,
        } = &self.plan.work
        else {
            return Ok(Vec::new());
        };
        progress.commit(Step::ContentsRecorded, |record| {
            record.changes.contents_begun = true;
            record.result.role_list = sorted(&self.plan.roles.missing);
        })?;
        self.counter
            .expect(usize::try_from(script.statements).unwrap_or(usize::MAX));
        let closed: Vec<&str> = terms.closed.keys().copied().collect();
        let terms = terms.clone();
        let (path, counter) = (self.restore.backup.dump_file.clone(), self.counter.clone());
        let writing = move |to, making: &run::Making| {
            cluster::write(&path, &terms, making, to, &|| {
                let _said_by_the_catalogue = counter.one_more();
            })
        };
        let record = progress.record();
        let marked = record.changes.made.iter();
        let marks = marked.filter_map(|made| Some((made.name.clone(), made.mark.clone()?)));
        let making = (database::mark(record.result.run_uuid), marks.collect());
        run::run(program, making, writing, self.restore.log, progress, tools).await?;
        let mut warnings = mapped::left_out(&self.plan.client.refused_settings);
        for (database, statements) in &script.own_objects {
            // That nothing is written into it has been said.
            if closed.iter().any(|name| name == database) {
                continue;
            }
            let session = self.connect_to(database, tools).await?;
            let running = after::run(&session, statements, self.restore.log);
            let left = tools
                .bounds()
                .within("create your own objects on tables of extensions", running)
                .await??;
            session.close().await;
            let named = left
                .into_iter()
                .map(|said| format!("database \"{database}\": {said}"));
            warnings.extend(named);
        }
        progress.reached(Step::Compared);
        Ok(warnings)
    }
}

//! The way from the shell to the crontab.

use std::time::Duration;

use super::Bench;
use super::report::Report;
use super::timing::{median, time};
use crate::installation::{self, Job};
use crate::task::{Result, step};

/// The database that is registered first, and dumped later.
pub(super) const FIRST_DATABASE: &str = "db001";
/// So often a definition is registered after another.
const FOLLOWING: usize = 5;
/// The definitions of the largest crontab.
const MANY: usize = 10_000;
/// The measured definitions' own minutes begin here; those of the large crontab come after.
const FIRST_MINUTE: usize = 2;

/// A definition when nothing else was to do, and one immediately after it.
pub(super) fn first_two(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    bench.fill_node(3)?;
    step("registration to crontab");
    let (first, first_waited) = bench.define_and_wait(FIRST_DATABASE, 1, 1)?;
    let (mut following, mut waited) = (Vec::new(), Vec::new());
    for number in 0..FOLLOWING {
        let (whole, after) =
            bench.define_and_wait("postgres", FIRST_MINUTE + number, 2 + number)?;
        following.push(whole);
        waited.push(after);
    }
    report.time(
        "registering a definition, until it is in the crontab",
        first,
        "",
    );
    report.time("of this, after the shell's response", first_waited, "62 ms");
    report.time(
        "registering another immediately afterwards, until it is in the crontab",
        median(following),
        "",
    );
    report.time(
        "of this, after the shell's response",
        median(waited),
        "10 s",
    );
    Ok(())
}

/// A definition for each of 300 databases by one command.
pub(super) fn all_databases(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("300 databases by #all_databases#");
    let before = bench.jobs_so_far()?;
    let databases = bench.databases()?;
    let took = time(|| {
        bench.define("#all_databases#", "10")?;
        bench.wait_for(before + databases)
    })?;
    report.time(
        &format!("{databases} databases by #all_databases#, until they are in the crontab"),
        took,
        "20.8 s",
    );
    Ok(())
}

/// A node with 10 000 definitions: the crontab as a whole is written again for one more.
pub(super) fn ten_thousand(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step(&format!("{MANY} definitions"));
    let databases = bench.databases()?;
    let mut jobs = bench.jobs_so_far()?;
    let mut minute = 11;
    while jobs + databases <= MANY {
        bench.define("#all_databases#", &minute.to_string())?;
        jobs += databases;
        minute += 1;
    }
    bench.wait_for(jobs)?;
    let took = time(|| {
        bench.define("#all_databases#", &minute.to_string())?;
        bench.wait_for(jobs + databases)
    })?;
    jobs += databases;
    report.time(
        &format!("{databases} more, until a crontab of {jobs} is on disk"),
        took,
        "more than 150 s",
    );
    minute += 1;
    let one_more = time(|| {
        bench.define("postgres", &minute.to_string())?;
        bench.wait_for(jobs + 1)
    })?;
    report.time(
        &format!("one more, until a crontab of {} is on disk", jobs + 1),
        one_more,
        "more than 150 s",
    );
    Ok(())
}

impl Bench<'_> {
    /// Registers a definition and waits until the crontab has so many jobs: how long both took, and the waiting alone.
    fn define_and_wait(
        &self,
        database: &str,
        minute: usize,
        jobs: usize,
    ) -> Result<(Duration, Duration)> {
        let registering = time(|| self.define(database, &minute.to_string()))?;
        let waiting = time(|| self.wait_for(jobs))?;
        Ok((registering + waiting, waiting))
    }

    /// Waits until the crontab has so many jobs.
    fn wait_for(&self, jobs: usize) -> Result<()> {
        installation::wait_for_jobs(self.layout, 1, jobs).map(drop)
    }

    /// How many definitions there are: a run of the shell's list, counted.
    pub(super) fn jobs_so_far(&self) -> Result<usize> {
        let list = self
            .shell
            .json(&["show_backup_definitions", "all", "all", "all"])?;
        Ok(list.matches("\"def_id\"").count())
    }

    /// The jobs of the crontab, once all definitions are in it.
    pub(super) fn crontab_of_all(&self) -> Result<Vec<Job>> {
        let text = installation::wait_for_jobs(self.layout, 1, self.jobs_so_far()?)?;
        Ok(installation::jobs(&text))
    }
}

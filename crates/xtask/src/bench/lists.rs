//! The shell, started for one short command.

use super::Bench;
use super::report::Report;
use super::timing::{median, time};
use crate::task::{Result, step};

/// So often the command is run.
const ROUNDS: usize = 21;

/// `pgbackman -C show_pgsql_nodes`.
pub(super) fn nodes(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("one command of the shell");
    let times = (0..ROUNDS)
        .map(|_| time(|| bench.shell.run(&["show_pgsql_nodes"]).map(drop)))
        .collect::<Result<Vec<_>>>()?;
    report.time("pgbackman -C show_pgsql_nodes", median(times), "112 ms");
    Ok(())
}

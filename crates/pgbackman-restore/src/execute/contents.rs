//! The contents of a database: `pg_restore`, watched, and judged by its exit status and by everything it reports (trap 7).

use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::tool::{Tools, judge};
use pgbackman_core::sys::process::{Ending, Finished, LineWatcher, Program, Stdout, Wiring};

use crate::archive::feed;
use crate::execute::messages::{Collector, Verdict};
use crate::run::log::RestoreLog;
use crate::run::progress::Progress;
use crate::run::report::Counter;
use crate::step::Step;

/// How `pg_restore --verbose` begins the line of each entry it takes up.
const TAKEN_UP: [&str; 3] = [
    "pg_restore: creating ",
    "pg_restore: processing data for ",
    "pg_restore: executing ",
];

/// Runs `pg_restore`. `list` goes to its standard input, where it restores a selection. Returns what is harmless, in words.
pub(crate) async fn restore(
    program: &Program,
    list: Option<String>,
    refused_settings: &[&str],
    counter: &Counter,
    log: &RestoreLog,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<Vec<String>, Failure> {
    let collector = Collector::default();
    log.command(program);
    let wiring = Wiring {
        stdin: list.map(|list| feed(list.into_bytes())).transpose()?,
        stdout: Stdout::Null,
        log: log.file()?,
        watcher: Some(watcher(&collector, counter, log)?),
    };
    let running = tools.start_wired(program, wiring)?;
    progress.reached(Step::ContentsStarted);
    let finished = tools.wait(running).await?;
    progress.reached(Step::ContentsEnded);
    let (done, total) = counter.now();
    log.say(format!(
        "{} {}; {done} of {total} objects",
        program.path.display(),
        finished.ending
    ));
    harmless(program, finished, &collector, refused_settings)
}

/// Hears a program: its messages, and how far it is.
pub(crate) fn watcher(
    collector: &Collector,
    counter: &Counter,
    log: &RestoreLog,
) -> Result<LineWatcher, Failure> {
    let (collector, counter) = (collector.clone(), counter.clone());
    let mut file = log.file()?;
    Ok(Box::new(move |line| {
        collector.hear(line);
        if TAKEN_UP.iter().any(|beginning| line.starts_with(beginning))
            && let Some((done, total)) = counter.one_more()
        {
            use std::io::Write;
            let _lost_on_a_full_disk = writeln!(file, "progress: {done} of {total} objects");
        }
    }))
}

/// Only an exit status of 0 without errors, or errors all of which are known to be harmless, is success.
fn harmless(
    program: &Program,
    finished: Finished,
    collector: &Collector,
    refused_settings: &[&str],
) -> Result<Vec<String>, Failure> {
    let verdict = collector.messages().verdict(refused_settings);
    let went_on = finished
        .stderr_tail
        .iter()
        .any(|line| line.contains("errors ignored on restore"));
    match (finished.ending, verdict) {
        (Ending::Exited(0), Verdict::Clean) => Ok(Vec::new()),
        (Ending::Exited(0), Verdict::Harmless(named)) => Ok(named),
        (Ending::Exited(1), Verdict::Harmless(named)) if went_on => Ok(named),
        (Ending::Exited(_), Verdict::Bad(reasons)) => Err(Failure::failed(format!(
            "pg_restore reported errors: {}",
            reasons.join("\n")
        ))),
        _ => judge(&program.path, finished).and_then(|_| {
            Err(Failure::failed(
                "pg_restore exited with status 0, but reported errors",
            ))
        }),
    }
}

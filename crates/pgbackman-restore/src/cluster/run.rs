//! Runs the script of a whole node through `psql`, which says of each database that it has made which one it is: the record knows it
//! before it gets its name, so that what a failed restore renames is its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};

use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::{Tools, judge, stdout_of};
use pgbackman_core::pgtools::quote::{identifier, literal};
use pgbackman_core::pgtools::sql_statements::Statement;
use pgbackman_core::sys::process::{Program, Stdout, Wiring};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::run::log::RestoreLog;
use crate::run::progress::Progress;
use crate::step::Step;

/// How the databases of a script are made.
pub(crate) struct Making {
    /// The name of the session that makes them.
    session: String,
    /// The name under which each is made.
    marks: BTreeMap<String, String>,
    /// Whether the record knows the database that was made last.
    recorded: Receiver<()>,
}

impl Making {
    /// How this statement makes its database: under its mark, and under its own name once the record knows it. `None`: it makes
    /// none of these.
    pub(crate) fn mark(&self, statement: &Statement) -> Option<&str> {
        if !statement.begins(&["create", "database"]) {
            return None;
        }
        self.marks.get(&statement.name(2)?).map(String::as_str)
    }

    /// Goes on behind a statement that has made a database.
    ///
    /// # Errors
    /// Nobody runs the script any more.
    pub(crate) fn go_on(
        &self,
        statement: &Statement,
        mark: &str,
        out: &mut impl Write,
    ) -> io::Result<()> {
        writeln!(
            out,
            "\nSELECT {} OPERATOR(pg_catalog.||) oid::pg_catalog.text FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) {};",
            literal(&format!("{mark} ")),
            literal(mark)
        )?;
        out.flush()?;
        self.recorded
            .recv()
            .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        write!(out, "ALTER DATABASE {} RENAME TO ", identifier(mark))?;
        out.write_all(&statement.text[statement.spans[2].clone()])?;
        out.write_all(b";\nRESET application_name;\n")
    }

    /// What stands before the statement.
    pub(crate) fn begin(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "SET application_name TO {};", literal(&self.session))
    }
}

/// Runs a script; `write` writes it. `marks`: the name under which each database is made by the session of that name.
pub(crate) async fn run(
    psql: &Program,
    (session, marks): (String, BTreeMap<String, String>),
    write: impl FnOnce(OwnedFd, &Making) -> io::Result<()> + Send + 'static,
    log: &RestoreLog,
    progress: &mut Progress<'_>,
    tools: &mut Tools<'_>,
) -> Result<(), Failure> {
    log.command(psql);
    let (reader, writer) = io::pipe().map_err(doing("create a pipe"))?;
    let wiring = Wiring {
        stdin: Some(reader.into()),
        stdout: Stdout::Pipe,
        log: log.file()?,
        watcher: None,
    };
    let mut running = tools.start_wired(psql, wiring)?;
    let output = stdout_of(&mut running, psql)?;
    let (heard, mut made) = unbounded_channel();
    let of_interest: Vec<String> = marks.values().cloned().collect();
    tokio::task::spawn_blocking(move || listen(output, &of_interest, &heard));
    let (known, recorded) = channel();
    let making = Making {
        session,
        marks,
        recorded,
    };
    let writing = tokio::task::spawn_blocking(move || write(writer.into(), &making));
    progress.reached(Step::ContentsStarted);
    let mut known = Some(known);
    let mut not_recorded = None;
    let finished = {
        let mut waiting = std::pin::pin!(tools.wait(running));
        loop {
            tokio::select! {
                finished = &mut waiting => break finished,
                Some((mark, oid)) = made.recv() => {
                    match record(progress, &mark, oid) {
                        Ok(()) => {
                            // Where nobody waits for it the script is at its end.
                            let _ended = known.as_ref().map(|known| known.send(()));
                        }
                        Err(failure) => {
                            known = None;
                            not_recorded = Some(failure);
                        }
                    }
                }
            }
        }
    };
    drop(known);
    let finished = finished?;
    progress.reached(Step::ContentsEnded);
    log.say(format!("{} {}", psql.path.display(), finished.ending));
    // Its reader is gone: it has ended, or ends now.
    let written = writing.await.map_err(Failure::failed)?;
    if let Some(failure) = not_recorded {
        return Err(failure);
    }
    judge(&psql.path, finished)?;
    written.map_err(doing("read the script that is restored"))
}

fn record(progress: &mut Progress<'_>, mark: &str, oid: u32) -> Result<(), Failure> {
    progress.commit(Step::DatabaseMade, |record| {
        let made = &mut record.changes.made;
        for one in made
            .iter_mut()
            .filter(|one| one.mark.as_deref() == Some(mark))
        {
            one.oid = Some(oid);
        }
    })
}

/// Hears what `psql` writes, to its end.
fn listen(output: OwnedFd, marks: &[String], heard: &UnboundedSender<(String, u32)>) {
    for line in BufReader::new(File::from(output)).split(b'\n') {
        let Ok(line) = line else {
            return;
        };
        let said = std::str::from_utf8(&line).ok().and_then(|line| {
            let (mark, oid) = line.trim().split_once(' ')?;
            Some((mark.to_owned(), oid.parse().ok()?))
        });
        if let Some((mark, oid)) = said
            && marks.contains(&mark)
        {
            // Where nobody listens any more the run has failed.
            let _failed = heard.send((mark, oid));
        }
    }
}

/// A making that waits for nobody, of no database.
#[cfg(test)]
pub(crate) fn of_nothing() -> Making {
    Making {
        session: String::new(),
        marks: BTreeMap::new(),
        recorded: channel().1,
    }
}

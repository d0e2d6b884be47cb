//! The shell's connection to the catalogue: opened on demand, reopened after a loss, interrupted with Ctrl-C.
//!
//! The shell itself is synchronous, because a dialogue waits for a person. This module is its interface to
//! asynchronous code.

use std::cell::{Cell, RefCell};
use std::io;
use std::time::Duration;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::schema::version;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{self, ConnectError, ConnectTarget, DEFAULT_TIMEOUT, Session};
use pgbackman_core::handoff::upgrade::{self, DumpTo, Upgraded};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::error::CommandError;

/// The shell's access to the catalogue.
pub struct Catalogue {
    runtime: Runtime,
    target: ConnectTarget,
    environment: Environment,
    session: RefCell<Option<Session>>,
    say: Box<dyn Fn(&str)>,
    interruptible: bool,
    /// Timeout of each operation, while there is one.
    hurry: Cell<Option<Duration>>,
}

impl Catalogue {
    /// Prepares the connection without connecting.
    ///
    /// `interruptible` determines whether Ctrl-C ends a query instead of the program. `say` immediately reports
    /// changes of the connection to the operator.
    ///
    /// # Errors
    /// If the machine cannot start another thread.
    pub fn new(
        config: &Config,
        environment: Environment,
        interruptible: bool,
        say: Box<dyn Fn(&str)>,
    ) -> io::Result<Self> {
        // A separate thread, so that the end of a connection is noticed while the shell waits for a line.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        Ok(Self {
            runtime,
            target: ConnectTarget::catalogue(config).with_application_name("pgbackman"),
            environment,
            session: RefCell::new(None),
            say,
            interruptible,
            hurry: Cell::new(None),
        })
    }

    /// Runs an operation with a timeout for each wait, and without messages about the connection.
    pub fn hurried<T>(&self, limit: Duration, work: impl FnOnce() -> T) -> T {
        let before = self.hurry.replace(Some(limit));
        let result = work();
        self.hurry.set(before);
        result
    }

    /// Waits for a future; Ctrl-C ends the wait.
    ///
    /// # Errors
    /// [`CommandError::Aborted`] after Ctrl-C, or after the timeout.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, CommandError> {
        self.runtime.block_on(async {
            if let Some(limit) = self.hurry.get() {
                let outcome = tokio::time::timeout(limit, work).await;
                return outcome.map_err(|_| CommandError::Aborted);
            }
            if !self.interruptible {
                return Ok(work.await);
            }
            // A new listener for each wait: an earlier Ctrl-C must not end a new operation.
            let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
                return Ok(work.await);
            };
            tokio::select! {
                result = work => Ok(result),
                _ = interrupts.recv() => Err(CommandError::Aborted),
            }
        })
    }

    /// Queries the catalogue. If the connection turns out to be lost, it reconnects and repeats the query, unless
    /// `started` says that output has begun.
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable.
    #[allow(clippy::needless_pass_by_value)] // as closures are handed over everywhere
    pub fn read<T>(
        &self,
        started: impl Fn() -> bool,
        query: impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<T, CommandError> {
        match self.once(&query)? {
            Err(error) if error.is_unavailable() => {
                self.lost(&error);
                if started() {
                    return Err(error.into());
                }
                Ok(self.once(&query)??)
            }
            result => Ok(result?),
        }
    }

    /// Changes the catalogue. A change is never repeated: if the connection is lost during it, its result is unknown,
    /// and the operator is told so.
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable.
    #[allow(clippy::needless_pass_by_value)] // as closures are handed over everywhere
    pub fn write<T>(
        &self,
        query: impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<T, CommandError> {
        match self.once(&query)? {
            Err(error) if error.is_unavailable() => {
                self.lost(&error);
                Err(CommandError::Undecided(format!(
                    "{error}. The connection ended before the result was known: check whether the change was made \
                     before you repeat it"
                )))
            }
            result => Ok(result?),
        }
    }

    /// Connects if there is no connection or it has ended, and checks the versions of software and catalogue: another
    /// operator may have upgraded it.
    ///
    /// # Errors
    /// If the catalogue is unavailable, or the versions differ.
    pub fn connect(&self) -> Result<(), CommandError> {
        let mut session = self.session.borrow_mut();
        if session.as_ref().is_some_and(|session| session.is_closed()) {
            self.tell("The connection to the catalogue has ended; reconnecting.");
            *session = None;
        }
        if session.is_none() {
            let opened = self.open()?;
            self.wait(version::check(&opened))??;
            *session = Some(opened);
        }
        Ok(())
    }

    /// Dumps a catalogue of an older version into the operator's home directory, and upgrades it. Needs no
    /// connection, and leaves none open.
    ///
    /// # Errors
    /// If the catalogue is unavailable, or why it was not upgraded.
    pub fn upgrade(&self, config: &Config) -> Result<Upgraded, CommandError> {
        let mut session = self.open()?;
        let to = DumpTo::home(&self.environment);
        let upgrading = upgrade::run(&mut session, &self.target, config, &self.environment, &to);
        self.wait(upgrading)?
            .map_err(|error| CommandError::Version(error.to_string()))
    }

    fn open(&self) -> Result<Session, CommandError> {
        let connecting = conninfo::connect(&self.target, &self.environment, DEFAULT_TIMEOUT);
        self.wait(connecting)?
            .map_err(|error| unreachable_catalogue(&error))
    }

    /// The environment of the connection, which connections to nodes share.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// One attempt. The outer error does not come from the catalogue: no connection, or Ctrl-C.
    fn once<T>(
        &self,
        query: &impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<Result<T, CatalogError>, CommandError> {
        self.connect()?;
        let mut session = self.session.borrow_mut();
        let Some(session) = session.as_mut() else {
            return Err(CommandError::Unavailable(
                "There is no connection to the catalogue".to_owned(),
            ));
        };
        let canceller = session.canceller();
        let result = self.wait(query(session));
        if result.is_err() {
            // Dropping a query does not end it on the server (trap 23).
            let _ = self.wait(canceller.cancel());
        }
        result
    }

    fn lost(&self, error: &CatalogError) {
        self.tell(&format!(
            "The connection to the catalogue was lost ({error}); reconnecting."
        ));
        *self.session.borrow_mut() = None;
    }

    fn tell(&self, text: &str) {
        if self.hurry.get().is_none() {
            (self.say)(text);
        }
    }
}

fn unreachable_catalogue(error: &ConnectError) -> CommandError {
    CommandError::Unavailable(format!("The catalogue database is unavailable: {error}"))
}

//! The shell's connection to the catalogue: made when it is needed, made again when it was lost, left with Ctrl-C.
//!
//! The shell itself is not asynchronous: a dialogue waits for a person. This is where it meets what is.

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

/// The catalogue, as the shell reaches it.
pub struct Catalogue {
    runtime: Runtime,
    target: ConnectTarget,
    environment: Environment,
    session: RefCell<Option<Session>>,
    say: Box<dyn Fn(&str)>,
    interruptible: bool,
    /// How long each thing may take at the moment, where that is limited.
    hurry: Cell<Option<Duration>>,
}

impl Catalogue {
    /// Prepares the connection; nothing is connected yet.
    ///
    /// `interruptible` says whether Ctrl-C ends a query instead of the program. `say` tells the operator what happens to
    /// the connection, at once.
    ///
    /// # Errors
    /// When the machine cannot start another thread.
    pub fn new(
        config: &Config,
        environment: Environment,
        interruptible: bool,
        say: Box<dyn Fn(&str)>,
    ) -> io::Result<Self> {
        // One thread of its own, so that a connection that ends is noticed while the shell waits for a line.
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

    /// Does something in a hurry: each thing that is waited for may take so long at most, and nothing is said about the
    /// connection.
    pub fn hurried<T>(&self, limit: Duration, work: impl FnOnce() -> T) -> T {
        let before = self.hurry.replace(Some(limit));
        let result = work();
        self.hurry.set(before);
        result
    }

    /// Waits for anything; Ctrl-C ends the waiting.
    ///
    /// # Errors
    /// [`CommandError::Aborted`] after Ctrl-C, and when somebody in a hurry has waited long enough.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, CommandError> {
        self.runtime.block_on(async {
            if let Some(limit) = self.hurry.get() {
                let outcome = tokio::time::timeout(limit, work).await;
                return outcome.map_err(|_| CommandError::Aborted);
            }
            if !self.interruptible {
                return Ok(work.await);
            }
            // A new listener for each wait: a Ctrl-C from before must not end what is started now.
            let Ok(mut interrupts) = signal(SignalKind::interrupt()) else {
                return Ok(work.await);
            };
            tokio::select! {
                result = work => Ok(result),
                _ = interrupts.recv() => Err(CommandError::Aborted),
            }
        })
    }

    /// Asks the catalogue something. When the connection turns out to be lost, it is made again and asked once more,
    /// unless `started` says that what was asked for has begun to be shown.
    ///
    /// # Errors
    /// What the catalogue says, or that it cannot be reached.
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

    /// Tells the catalogue something. It is never told twice: when the connection is lost on the way, nobody knows whether
    /// it was done, and that is what the operator is told.
    ///
    /// # Errors
    /// What the catalogue says, or that it cannot be reached.
    #[allow(clippy::needless_pass_by_value)] // as closures are handed over everywhere
    pub fn write<T>(
        &self,
        query: impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<T, CommandError> {
        match self.once(&query)? {
            Err(error) if error.is_unavailable() => {
                self.lost(&error);
                Err(CommandError::Undecided(format!(
                    "{error}. Whether it was done before the connection ended is not known: look before you repeat it"
                )))
            }
            result => Ok(result?),
        }
    }

    /// Connects if there is no connection, or if it has ended meanwhile, and checks that software and catalogue fit
    /// together: another operator may have upgraded it since.
    ///
    /// # Errors
    /// That the catalogue cannot be reached, or that the versions differ.
    pub fn connect(&self) -> Result<(), CommandError> {
        let mut session = self.session.borrow_mut();
        if session.as_ref().is_some_and(|session| session.is_closed()) {
            self.tell("The connection to the catalogue has ended; it is made again.");
            *session = None;
        }
        if session.is_none() {
            let opened = self.open()?;
            self.wait(version::check(&opened))??;
            *session = Some(opened);
        }
        Ok(())
    }

    /// Dumps a catalogue of an older version into the operator's home directory, and brings it up to this software's. Needs
    /// no connection, and leaves none.
    ///
    /// # Errors
    /// That the catalogue cannot be reached, or why it was not upgraded.
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

    /// The environment the connection is made in; connections to nodes share it.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// One attempt. The outer error is not the catalogue's: no connection, or Ctrl-C.
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
            "The connection to the catalogue was lost ({error}); it is made again."
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
    CommandError::Unavailable(format!("The catalogue database cannot be reached: {error}"))
}

//! The state of a running shell, which every command gets: input, output, the connection to the catalogue, and the
//! operator's settings.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::catalogue::{CatalogError, definitions};
use pgbackman_core::clock::Clock;
use pgbackman_core::config::Config;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::backup::definition::BackupDefinition;
use pgbackman_core::domain::ids::{DefId, InvalidId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;

use crate::error::CommandError;
use crate::output::{Format, Paint, Presentation, Style};
use crate::session::catalogue::Catalogue;
use crate::session::input::{Line, LineSource, Purpose};
use crate::session::pager::{Pager, Screen};
use crate::session::settings::Settings;

/// How the shell is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By a person at a terminal.
    Interactive,
    /// By a script on standard input.
    Script,
    /// For one command, with `-C`.
    Single,
}

/// The parts of a shell; tests provide their own.
pub struct Parts {
    /// The mode of use.
    pub mode: Mode,
    /// The local configuration.
    pub config: Config,
    /// The connection to the catalogue.
    pub catalogue: Rc<Catalogue>,
    /// The source of lines.
    pub input: Box<dyn LineSource>,
    /// The output for results.
    pub out: Box<dyn Write>,
    /// The output for errors.
    pub err: Box<dyn Write>,
    /// The format of lists.
    pub format: Format,
    /// Whether results go to a terminal.
    pub out_is_terminal: bool,
    /// Whether results may be coloured.
    pub out_paint: Paint,
    /// Whether errors may be coloured.
    pub err_paint: Paint,
    /// The pager for lists that are longer than the screen.
    pub pager: Option<Pager>,
    /// The screen that shows results; `None` if a file, a pipe or a script's transcript gets them.
    pub screen: Option<Screen>,
    /// Whether a script's commands are shown before they run.
    pub echo: bool,
    /// Random numbers.
    pub random: Box<dyn FnMut() -> u64>,
    /// The time of day.
    pub clock: Box<dyn Clock>,
}

/// A running shell.
pub struct Shell {
    mode: Mode,
    config: Config,
    catalogue: Rc<Catalogue>,
    input: RefCell<Box<dyn LineSource>>,
    out: RefCell<Box<dyn Write>>,
    err: RefCell<Box<dyn Write>>,
    out_is_terminal: bool,
    out_paint: Paint,
    err_paint: Paint,
    settings: Settings,
    pager: Option<Pager>,
    screen: Option<Screen>,
    echo: bool,
    random: RefCell<Box<dyn FnMut() -> u64>>,
    clock: Box<dyn Clock>,
    lines: Vec<String>,
    leaving: bool,
}

impl Shell {
    /// Creates a shell from these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            mode: parts.mode,
            config: parts.config,
            catalogue: parts.catalogue,
            input: RefCell::new(parts.input),
            out: RefCell::new(parts.out),
            err: RefCell::new(parts.err),
            out_is_terminal: parts.out_is_terminal,
            out_paint: parts.out_paint,
            err_paint: parts.err_paint,
            settings: Settings::new(
                parts.format,
                match parts.screen {
                    Some(_) => Style::Auto,
                    None => Style::Horizontal,
                },
            ),
            pager: parts.pager,
            screen: parts.screen,
            echo: parts.echo,
            random: RefCell::new(parts.random),
            clock: parts.clock,
            lines: Vec::new(),
            leaving: false,
        }
    }

    /// The mode of use.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The local configuration.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The connection to the catalogue.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The format of lists.
    pub fn format(&self) -> Format {
        self.settings.format()
    }

    /// The operator's settings.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The appearance of lists and details.
    pub fn presentation(&self) -> Presentation {
        Presentation {
            format: self.settings.format(),
            style: self.settings.style(),
            paint: self.out_paint,
            ids: self.settings.ids(),
            width: self.screen().map(|screen| screen.columns),
        }
    }

    /// Prints below a table that it is empty, in an interactive session: headings alone look like an incomplete list.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn say_if_empty(&self, rows: usize) -> Result<(), CommandError> {
        if rows == 0 && self.out_is_terminal && self.settings.format() == Format::Table {
            writeln!(self.out(), "(0 rows)")?;
        }
        Ok(())
    }

    /// The screen for tables, with its current size.
    pub fn screen(&self) -> Option<Screen> {
        let first = self.screen?;
        if self.settings.format() != Format::Table {
            return None;
        }
        let now = self.input.borrow_mut().screen();
        Some(now.unwrap_or(first))
    }

    /// The pager for tables, if a person reads them and has not turned it off, and the size of the screen.
    pub fn pager(&self) -> Option<(&Pager, Screen)> {
        let wanted = self.mode == Mode::Interactive
            && self.settings.pager()
            && self.settings.format() == Format::Table;
        let pager = self.pager.as_ref().filter(|_| wanted)?;
        Some((pager, self.screen()?))
    }

    /// A random number.
    pub fn random(&self) -> u64 {
        (self.random.borrow_mut())()
    }

    /// The time of day.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Leaves the shell after this command.
    pub const fn leave(&mut self) {
        self.leaving = true;
    }

    /// Whether a command asked to leave.
    pub const fn is_leaving(&self) -> bool {
        self.leaving
    }

    /// The lines entered in this session.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether a person answers.
    pub fn is_terminal(&self) -> bool {
        self.input.borrow().is_terminal()
    }

    /// Shows a script's command as a terminal shows typed text, if `--echo` is given.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn echo_command(&self, prompt: &str, line: &str) -> Result<(), CommandError> {
        if self.echo {
            self.dialogue(&format!("{prompt}{line}"))
        } else {
            Ok(())
        }
    }

    /// Stores an entered line for `show_history` and the history.
    pub fn remember(&mut self, line: &str) {
        self.lines.push(line.to_owned());
        self.input.borrow_mut().remember(line);
    }

    /// Reads a command line.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn read_command(&self, prompt: &str) -> Result<Line, CommandError> {
        self.out.borrow_mut().flush()?;
        Ok(self.input.borrow_mut().read(prompt, &Purpose::Command)?)
    }

    /// Asks a question. The answer of a script is shown after it, as a terminal shows typed text.
    ///
    /// # Errors
    /// [`CommandError::Aborted`] if the dialogue is left.
    pub fn ask(&self, prompt: &str, purpose: &Purpose) -> Result<String, CommandError> {
        self.out.borrow_mut().flush()?;
        let line = self.input.borrow_mut().read(prompt, purpose)?;
        if !self.is_terminal() {
            let answer = if let Line::Text(text) = &line {
                text.as_str()
            } else {
                ""
            };
            self.dialogue(&format!("{prompt}{answer}"))?;
        }
        match line {
            Line::Text(text) => Ok(text),
            Line::Interrupted | Line::End => Err(CommandError::Aborted),
        }
    }

    /// The output for results.
    pub fn out(&self) -> impl Write + '_ {
        Out(&self.out)
    }

    /// The output for lines of a dialogue: standard error if the results are for a program.
    pub(crate) fn dialogue_stream(&self) -> (impl Write + '_, Paint) {
        if self.format() == Format::Table {
            (Out(&self.out), self.out_paint)
        } else {
            (Out(&self.err), self.err_paint)
        }
    }

    /// The output for errors.
    pub(crate) fn err(&self) -> (impl Write + '_, Paint) {
        (Out(&self.err), self.err_paint)
    }

    /// Whether results may be coloured.
    pub(crate) const fn out_paint(&self) -> Paint {
        self.out_paint
    }

    /// Queries the catalogue; see [`Catalogue::read`].
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable.
    pub fn read<T>(
        &self,
        query: impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<T, CommandError> {
        self.catalogue.read(|| false, query)
    }

    /// Changes the catalogue; see [`Catalogue::write`].
    ///
    /// # Errors
    /// An error of the catalogue, or that it is unavailable.
    pub fn write<T>(
        &self,
        query: impl AsyncFn(&mut Session) -> Result<T, CatalogError>,
    ) -> Result<T, CommandError> {
        self.catalogue.write(query)
    }

    /// The backup server an operator names.
    ///
    /// # Errors
    /// That there is none of that name.
    pub fn server(&self, text: &str) -> Result<BackupServer, CommandError> {
        let found = self.read(async |session| servers::resolve(&**session, text).await);
        found.map_err(|error| advise(error, "show_backup_servers lists the backup servers"))
    }

    /// The PgSQL node an operator names.
    ///
    /// # Errors
    /// That there is none of that name, or more than one (trap 15b).
    pub fn node(&self, text: &str) -> Result<PgsqlNode, CommandError> {
        let found = self.read(async |session| nodes::resolve(&**session, text).await);
        found.map_err(|error| advise(error, "show_pgsql_nodes lists the PgSQL nodes"))
    }

    /// The backup definition an operator names by its `DefID`.
    ///
    /// # Errors
    /// That there is none of that ID.
    pub fn definition(&self, text: &str) -> Result<BackupDefinition, CommandError> {
        let id: DefId = text
            .parse()
            .map_err(|error: InvalidId| CommandError::Invalid(error.to_string()))?;
        let found = self.read(async |session| definitions::by_id(&**session, id).await);
        found.map_err(|error| {
            advise(
                error,
                "show_backup_definitions lists the backup definitions",
            )
        })
    }
}

/// Adds to an error about a name which command lists the names.
pub(crate) fn advise(error: CommandError, advice: &str) -> CommandError {
    match error {
        CommandError::Invalid(text) => CommandError::Invalid(format!("{text}; {advice}")),
        error => error,
    }
}

/// The output stream, borrowed again for each write.
struct Out<'s>(&'s RefCell<Box<dyn Write>>);

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

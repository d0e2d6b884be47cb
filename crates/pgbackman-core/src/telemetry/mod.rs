//! Logging: one line per event, to the log file and, for daemons, to standard error, from where the journal takes it.
//!
//! A line is `time LEVEL program[pid]: message (key=value …)`. The fields `node` and `dbname` come from the event or from
//! the spans around it, so that everything done for a node says so:
//! `tracing::info_span!("node", node = %fqdn, dbname = %name)`.
//!
//! Nothing that comes from outside can forge a line: control characters are written as escapes.
#![forbid(unsafe_code)]

mod file;
mod line;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::SecondsFormat;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;
use crate::config::{Environment, LogLevel, LoggingSection};
use file::LogFile;
use line::Fields;

/// The target of events of level CRITICAL, which `tracing` does not have:
/// `tracing::error!(target: telemetry::CRITICAL, "…")`.
pub const CRITICAL: &str = "pgbackman::critical";

/// The target of events that are logged whatever `log_level` says, such as every deletion with its reason:
/// `tracing::info!(target: telemetry::RECORD, "…")`.
pub const RECORD: &str = "pgbackman::record";

/// How many events of level ERROR and above this process has logged, whether or not `log_level` lets them be seen. A program whose
/// exit status says whether everything was done asks for it.
pub fn errors_logged() -> u64 {
    ERRORS.load(Ordering::Relaxed)
}

static ERRORS: AtomicU64 = AtomicU64::new(0);

/// What a program does with standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Everything logged is shown there too: for daemons, whose standard error is the journal.
    Always,
    /// Events go there only when the log file cannot be written: for jobs.
    Fallback,
    /// Nothing goes there: for the shell, which shows errors itself.
    Never,
}

/// Starts logging for this process. Called once; a second call has no effect.
///
/// The file is created with mode 0600, for the owner of its directory, and opened again when logrotate has moved it. A
/// log file that cannot be written does not stop a program: unless `console` is [`Console::Never`] it is said on standard
/// error, where the events go then.
pub fn init(
    logging: &LoggingSection,
    env: &Environment,
    program: &'static str,
    console: Console,
    clock: Arc<dyn Clock>,
) {
    let (file, trouble) = match LogFile::open(&logging.log_file) {
        Ok(file) => (Some(file), None),
        Err(error) => (None, Some(error)),
    };
    let log = Log {
        program,
        level: logging.log_level,
        clock,
        file,
        console,
        // Set by systemd when standard error is the journal, which reads `<N>` as a priority (sd-daemon(3)).
        with_priority: env.var("JOURNAL_STREAM").is_some(),
    };
    let subscriber = tracing_subscriber::registry().with(log);
    let first = tracing::subscriber::set_global_default(subscriber).is_ok();
    if let (Some(error), true) = (trouble, first) {
        tracing::error!(
            "could not write to the log file {}, so events are written to standard error: {error}",
            logging.log_file.display()
        );
    }
}

/// The receiver of all events.
struct Log {
    program: &'static str,
    level: LogLevel,
    clock: Arc<dyn Clock>,
    file: Option<LogFile>,
    console: Console,
    with_priority: bool,
}

impl Log {
    fn line(&self, level: LogLevel, fields: &Fields) -> String {
        format!(
            "{} {} {}[{}]: {fields}",
            self.clock
                .now()
                .to_rfc3339_opts(SecondsFormat::Millis, true),
            name(level),
            self.program,
            std::process::id(),
        )
    }

    fn write(&self, level: LogLevel, line: &str) {
        let written = match &self.file {
            Some(file) => file.append(line).is_ok(),
            None => false,
        };
        let shown = match self.console {
            Console::Always => true,
            Console::Fallback => !written,
            Console::Never => false,
        };
        if shown {
            let priority = if self.with_priority {
                format!("<{}>", priority(level))
            } else {
                String::new()
            };
            // Nothing is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr().lock(), "{priority}{line}");
        }
    }
}

impl<S> Layer<S> for Log
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        // Libraries' own events are of no use to an operator, except warnings and errors.
        let ours = metadata.target().starts_with("pgbackman");
        metadata.is_span()
            || metadata.target() == RECORD
            // Counted even where they are not shown.
            || *metadata.level() == Level::ERROR
            || (level_of(metadata) >= self.level && (ours || *metadata.level() <= Level::WARN))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Spans are of level INFO or DEBUG, and their fields are needed at every level.
        Some(LevelFilter::DEBUG)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = level_of(event.metadata());
        if level >= LogLevel::Error {
            ERRORS.fetch_add(1, Ordering::Relaxed);
        }
        if level < self.level && event.metadata().target() != RECORD {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.inherit(outer);
            }
        }
        self.write(level, &self.line(level, &fields));
    }
}

fn level_of(metadata: &tracing::Metadata<'_>) -> LogLevel {
    match *metadata.level() {
        Level::ERROR if metadata.target() == CRITICAL => LogLevel::Critical,
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG | Level::TRACE => LogLevel::Debug,
    }
}

const fn name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "DEBUG",
        LogLevel::Info => "INFO",
        LogLevel::Warn => "WARN",
        LogLevel::Error => "ERROR",
        LogLevel::Critical => "CRITICAL",
    }
}

/// The level as syslog counts priorities.
const fn priority(level: LogLevel) -> u8 {
    match level {
        LogLevel::Debug => 7,
        LogLevel::Info => 6,
        LogLevel::Warn => 4,
        LogLevel::Error => 3,
        LogLevel::Critical => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::Arc;

    use chrono::DateTime;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{CRITICAL, Console, Log, LogFile, RECORD};
    use crate::clock::FixedClock;
    use crate::config::LogLevel;

    fn logged(path: &Path, level: LogLevel, act: impl FnOnce()) -> String {
        let clock = FixedClock::at(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let log = Log {
            program: "pgbackman_test",
            level,
            clock: Arc::new(clock),
            file: Some(LogFile::open(path).unwrap()),
            console: Console::Never,
            with_priority: false,
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(log), act);
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_line_names_program_process_node_and_database() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let text = logged(&path, LogLevel::Info, || {
            let span = tracing::info_span!("backup", node = "pg1.example.net", dbname = "a b");
            let _inside = span.enter();
            tracing::info!(dbname = "other", defid = 12, "dumped");
            tracing::debug!("not shown");
        });
        let pid = std::process::id();
        assert_eq!(
            text,
            format!(
                "2027-01-15T08:00:00.000Z INFO pgbackman_test[{pid}]: dumped \
                 (dbname=other, defid=12, node=pg1.example.net)\n"
            )
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }

    #[test]
    fn a_value_cannot_forge_a_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let text = logged(&path, LogLevel::Error, || {
            tracing::error!(dbname = "x\n2027 ERROR forged", "bad\r\nname");
        });
        assert_eq!(text.lines().count(), 1);
        assert!(
            text.ends_with("bad\\r\\nname (dbname=x\\n2027 ERROR forged)\n"),
            "{text}"
        );
    }

    #[test]
    fn critical_is_a_level_above_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let text = logged(&path, LogLevel::Critical, || {
            tracing::error!("plain");
            tracing::error!(target: CRITICAL, "the end");
        });
        assert!(
            text.contains(" CRITICAL ") && text.contains("the end"),
            "{text}"
        );
        assert!(!text.contains("plain"));
    }

    #[test]
    fn c13_an_error_counts_though_it_is_not_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let before = super::errors_logged();
        let text = logged(&path, LogLevel::Critical, || {
            tracing::warn!("no error");
            tracing::error!("an error");
        });
        assert_eq!(text, "");
        assert!(super::errors_logged() > before);
    }

    #[test]
    fn what_is_for_the_record_is_logged_at_every_level() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let text = logged(&path, LogLevel::Critical, || {
            tracing::info!("plain");
            tracing::info!(target: RECORD, "deleted backup 7");
        });
        assert!(text.contains("deleted backup 7"), "{text}");
        assert!(!text.contains("plain"));
    }

    #[test]
    fn a_moved_file_is_opened_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("test.log");
        let text = logged(&path, LogLevel::Info, || {
            tracing::info!("before");
            fs::rename(&path, directory.path().join("test.log.1")).unwrap();
            tracing::info!("after");
        });
        assert!(text.contains("after") && !text.contains("before"), "{text}");
    }
}

//! The configuration file: where it is, what it may hold, what it says when it is wrong; and the trust boundaries that
//! it draws around a backup server (`docs/spec/setup.md`, "Configuration file").
#![forbid(unsafe_code)]

mod alert_values;
mod alerts;
mod allowed;
pub mod convert;
mod environment;
mod error;
mod file;
mod fqdn;
mod hooks;
mod ini;
mod ownership;
mod patterns;
mod read;
mod sections;
#[cfg(test)]
mod tests;
pub mod trust;
mod value;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use error::{ConfigError, Problem};
pub use ini::quoted;
pub use ownership::check as check_ownership;
pub use sections::{
    AlertsSection, BackupServerSection, DatabaseSection, DumpSection, ExporterSection,
    HooksSection, LoggingSection, MaintenanceSection, OutputSection, SmtpTls,
};
pub use value::{LogLevel, OutputFormat, Scheduler, SslMode, parse_duration};

/// The configuration used when neither `--config` nor a file in the home directory says otherwise.
pub const SYSTEM_PATH: &str = "/etc/pgbackman/pgbackman.conf";

/// Where a user's own configuration lies, below the home directory.
pub const HOME_PATH: &str = ".pgbackman/pgbackman.conf";

/// All sections of the configuration, every value set: from the file, or by default.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that was read, as an absolute path; none when everything is by default.
    pub path: Option<PathBuf>,
    /// `[backup_server]`
    pub backup_server: BackupServerSection,
    /// `[pgbackman_database]`
    pub database: DatabaseSection,
    /// `[pgbackman_dump]`
    pub dump: DumpSection,
    /// `[pgbackman_hooks]`
    pub hooks: HooksSection,
    /// `[pgbackman_maintenance]`
    pub maintenance: MaintenanceSection,
    /// `[pgbackman_alerts]`
    pub alerts: AlertsSection,
    /// `[pgbackman_exporter]`
    pub exporter: ExporterSection,
    /// `[logging]`
    pub logging: LoggingSection,
    /// `[output]`
    pub output: OutputSection,
}

impl Config {
    /// Reads the configuration: `explicit` (from `--config`), else `$HOME/.pgbackman/pgbackman.conf`, else
    /// `/etc/pgbackman/pgbackman.conf`; without any of them every value has its default.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when the file named explicitly does not exist, when a file that exists cannot be read, holds an
    /// unknown key or a bad value, or may be changed by somebody who must not decide what this process does.
    pub fn load(explicit: Option<&Path>, env: &Environment) -> Result<Self, ConfigError> {
        let Some(path) = Self::locate(explicit, env)? else {
            return Ok(Self::defaults(env));
        };
        let text = fs::read_to_string(&path).map_err(|source| ConfigError::Unreadable {
            path: path.clone(),
            source,
        })?;
        ownership::check(&path, env.uid())?;
        Self::parse(&text, &path, env)
    }

    /// The environment in which connections to nodes, and client programs, use TLS as `[pgbackman_dump]` says.
    #[must_use]
    pub fn for_nodes(&self, mut env: Environment) -> Environment {
        if let Some(mode) = self.dump.node_sslmode {
            env = env.with_node_var("PGSSLMODE", mode.as_str());
        }
        if let Some(path) = &self.dump.node_sslrootcert {
            env = env.with_node_var("PGSSLROOTCERT", path.to_string_lossy());
        }
        env
    }

    /// Every value at its default.
    pub fn defaults(env: &Environment) -> Self {
        Self {
            path: None,
            backup_server: BackupServerSection::for_machine(env.machine_fqdn()),
            database: DatabaseSection::default(),
            dump: DumpSection::default(),
            hooks: HooksSection::default(),
            maintenance: MaintenanceSection::default(),
            alerts: AlertsSection::default(),
            exporter: ExporterSection::default(),
            logging: LoggingSection::default(),
            output: OutputSection::default(),
        }
    }

    /// Reads the text of the file `path`, which is not opened.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Invalid`] with every problem found, or [`ConfigError::LegacyIni`] for a file of PgBackMan 1.x.
    pub fn parse(text: &str, path: &Path, env: &Environment) -> Result<Self, ConfigError> {
        let mut config = read::read(text, path, env)?;
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// The file to read, absolute; none if there is none.
    fn locate(explicit: Option<&Path>, env: &Environment) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(path) = explicit {
            let absolute = std::path::absolute(path);
            return absolute
                .map(Some)
                .map_err(|source| ConfigError::Unreadable {
                    path: path.to_owned(),
                    source,
                });
        }
        let candidates = env
            .home()
            .map(|home| home.join(HOME_PATH))
            .into_iter()
            .chain([PathBuf::from(SYSTEM_PATH)]);
        for path in candidates.filter(|path| path.is_absolute()) {
            match fs::metadata(&path) {
                Ok(_) => return Ok(Some(path)),
                Err(error) if is_absence(&error) => {}
                Err(source) => return Err(ConfigError::Unreadable { path, source }),
            }
        }
        Ok(None)
    }
}

/// Whether the error means that there is no such file.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

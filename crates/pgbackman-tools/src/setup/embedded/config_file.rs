//! `DIR/pgbackman.conf`, from which the programs learn the layout of the directory.

use std::path::{Path, PathBuf};

use pgbackman_core::catalogue::schema::migrate::OWNER_ROLE;
use pgbackman_core::config::quoted;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::{atomic_file, privilege};

use super::DBNAME;
use super::layout::Layout;
use super::people::People;
use crate::setup::args::EmbeddedArgs;
use crate::setup::{failure, say};

/// The values in the configuration.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    backup_server: Option<String>,
    os_user: String,
    scheduler: &'static str,
    /// Directory of the programs.
    pub(super) program_dir: PathBuf,
    /// Directory of the crontabs.
    pub(super) crontab_dir: PathBuf,
    /// Directory of the backups.
    pub(super) backup_root: PathBuf,
    bindir: Option<PathBuf>,
    port: u16,
}

impl Choices {
    /// Takes the values from the command line, with defaults.
    pub(super) fn new(
        args: &EmbeddedArgs,
        layout: &Layout,
        people: &People,
        port: u16,
    ) -> Result<Self, ProgramError> {
        let program_dir = match &args.program_dir {
            Some(dir) => absolute("--program-dir", dir)?,
            None => own_directory()?,
        };
        let chosen = |flag, dir: &Option<PathBuf>, default: PathBuf| match dir {
            Some(dir) => absolute(flag, dir),
            None => Ok(default),
        };
        Ok(Self {
            backup_server: args.backup_server.clone(),
            os_user: people.jobs.name.clone(),
            // Only root may write files for cron.
            scheduler: if privilege::is_root() {
                "cron.d"
            } else {
                "crontab"
            },
            program_dir,
            crontab_dir: chosen(
                "--crontab-dir",
                &args.crontab_dir,
                PathBuf::from("/etc/cron.d"),
            )?,
            backup_root: chosen("--backup-root", &args.backup_root, layout.backups())?,
            bindir: match &args.bindir {
                Some(dir) => Some(absolute("--bindir", dir)?),
                None => None,
            },
            port,
        })
    }

    fn render(&self, layout: &Layout) -> String {
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let mut lines = vec![
            "# Written once by pgbackman_setup embedded, which will not change it.".to_owned(),
            "# All settings and their defaults: pgbackman.conf in the documentation.".to_owned(),
            String::new(),
            "[backup_server]".to_owned(),
        ];
        if let Some(name) = &self.backup_server {
            lines.push(format!("backup_server = {}", quoted(name)));
        }
        lines.extend([
            format!("os_user = {}", quoted(&self.os_user)),
            format!("scheduler = {}", quoted(self.scheduler)),
            format!("program_dir = {}", path(&self.program_dir)),
            format!("crontab_dirs = [{}]", path(&self.crontab_dir)),
            format!("backup_roots = [{}]", path(&self.backup_root)),
        ]);
        if let Some(dir) = &self.bindir {
            lines.push(format!(
                "bin_dirs = [{}, \"/usr/lib/postgresql/*/bin\", \"/usr/pgsql-*/bin\", \"/usr/bin\"]",
                path(dir)
            ));
        }
        lines.extend([
            String::new(),
            "[pgbackman_database]".to_owned(),
            format!("host = {}", path(&layout.run())),
            format!("port = {}", self.port),
            format!("dbname = {}", quoted(DBNAME)),
            format!("user = {}", quoted(OWNER_ROLE)),
            String::new(),
            "[logging]".to_owned(),
            format!("log_file = {}", path(&layout.log().join("pgbackman.log"))),
            String::new(),
        ]);
        lines.join("\n")
    }
}

/// Writes the file, unless it exists, so that an operator's changes are preserved.
pub(super) fn write(layout: &Layout, choices: &Choices) -> Result<(), ProgramError> {
    let file = layout.config();
    if file.exists() {
        return Ok(());
    }
    atomic_file::write(&file, choices.render(layout).as_bytes(), 0o644, None)
        .map_err(|error| failure(format!("could not write {}: {error}", file.display())))?;
    say(&format!("the configuration {} was written", file.display()));
    Ok(())
}

fn absolute(flag: &str, dir: &Path) -> Result<PathBuf, ProgramError> {
    std::path::absolute(dir).map_err(|error| {
        let message = format!("{flag} {}: {error}", dir.display());
        ProgramError::new(ExitCode::Usage, message)
    })
}

/// The directory of this program: the others are installed beside it.
pub(super) fn own_directory() -> Result<PathBuf, ProgramError> {
    let program = std::env::current_exe().map_err(|error| {
        failure(format!(
            "could not determine the path of this program: {error}"
        ))
    })?;
    Ok(program.parent().unwrap_or(Path::new("/")).to_owned())
}

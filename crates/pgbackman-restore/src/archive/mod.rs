//! The archive: which client reads it and serves the target, and what its SQL names and needs.

pub(crate) mod parts;
pub(crate) mod rows_only;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;

use pgbackman_core::archive::Archive;
use pgbackman_core::config::{Config, Environment, trust};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::domain::restore::restore_check;
use pgbackman_core::domain::restore::restore_client::Choice;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::directories::NodeDirectories;
use pgbackman_core::job::environment::client_environment;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::builtins::{self, Origin};
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::bindir::{self, ClientTools, Search};
use pgbackman_core::pgtools::other_version::{Inspection, Server};
use pgbackman_core::sys::process::Program;

use crate::archive::parts::Part;
use crate::backup::Backup;
use crate::target::{Target, UNTOUCHED};

/// The client programs of a restore.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    tools: ClientTools,
    env: Vec<(OsString, OsString)>,
    /// The release that made the backup, as far as it is known.
    pub(crate) made_by: PgRelease,
    /// Settings that it sends and the target does not know.
    pub(crate) refused_settings: Vec<&'static str>,
    /// Whether the archive sets options of columns that servers keep for themselves, and the target refuses them.
    pub(crate) refused_options: bool,
}

/// Every client that is installed and trusted.
pub(crate) async fn installed(
    config: &Config,
    directories: &NodeDirectories,
    bounds: &mut Bounds,
) -> Result<Vec<ClientTools>, Failure> {
    let section = &config.backup_server;
    let configured = directories.configured_directories();
    let directories = trust::existing_bin_dirs(section);
    let search = Search {
        configured: &configured,
        installed: &directories,
        trusted: &|path| trust::check_bin_dir(section, path),
    };
    let (found, refused) = bounds
        .within("find the client programs", bindir::installed(&search))
        .await?;
    for reason in refused {
        tracing::debug!("not used: {reason}");
    }
    Ok(found)
}

impl Client {
    /// The client for this backup and this target (traps 7, 8); for a backup of unknown release the archive tells it.
    pub(crate) fn choose(
        backup: &Backup,
        archive: Option<&Archive>,
        target: &Target,
        installed: &[ClientTools],
        env: &Environment,
    ) -> Result<Self, Failure> {
        let is_script = backup.code == pgbackman_core::domain::status::BackupCode::Cluster;
        let major = target.facts.release.major();
        let made_by = match backup.made_by {
            Some(release) => release,
            None if is_script => PgRelease::new(PgMajor::new(10), 0),
            None => release_of(archive)?,
        };
        let releases: Vec<PgRelease> = installed.iter().map(|tools| tools.release).collect();
        let choice = restore_check::client_for(backup.code, made_by, major, &releases);
        let Choice {
            client,
            refused_settings,
        } = choice.map_err(|error| {
            Failure::failed(format!(
                "no installed client can read this backup and restore to the target: {error}"
            ))
        })?;
        let tools = installed
            .iter()
            .find(|tools| tools.release == client)
            .ok_or_else(|| Failure::failed("the client programs no longer exist"))?;
        Ok(Self {
            tools: tools.clone(),
            env: environment(env, target),
            made_by,
            refused_settings,
            refused_options: false,
        })
    }

    /// Its release.
    pub(crate) const fn release(&self) -> PgRelease {
        self.tools.release
    }

    /// One of its programs.
    pub(crate) fn program(&self, name: &str, args: Vec<OsString>) -> Program {
        Program {
            path: self.tools.program(name),
            args,
            env: self.env.clone(),
        }
    }
}

/// Reads the archive's table of contents.
pub(crate) async fn open(backup: &Backup, bounds: &mut Bounds) -> Result<Arc<Archive>, Failure> {
    let path = backup.dump_file.clone();
    let reading = tokio::task::spawn_blocking(move || Archive::open(&path));
    let read = bounds
        .within("read the archive's table of contents", reading)
        .await?
        .map_err(Failure::failed)?;
    read.map(Arc::new).map_err(|error| {
        Failure::failed(format!(
            "could not read the archive's table of contents, and {UNTOUCHED}: {error}"
        ))
    })
}

/// The roles that the SQL of these entries names, and their owners.
pub(crate) async fn roles_named(
    archive: &Arc<Archive>,
    part: &Part,
    parameters: &RestoreParameters,
    bounds: &mut Bounds,
) -> Result<BTreeSet<String>, Failure> {
    const DOING: &str = "read the names of the roles in the archive";
    let (archive, ids) = (Arc::clone(archive), part.ids.clone());
    let owners = !parameters.no_owner();
    let reading = tokio::task::spawn_blocking(move || {
        archive.roles_of(&|entry| ids.contains(&entry.id), owners)
    });
    let named = bounds
        .within(DOING, reading)
        .await?
        .map_err(Failure::failed)?;
    Ok(named
        .map_err(doing(DOING))?
        .iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect())
}

/// What the SQL of these entries shows of what a server of this version must have.
pub(crate) async fn inspect(
    archive: &Arc<Archive>,
    part: &Part,
    target: &Target,
    bounds: &mut Bounds,
) -> Result<Inspection, Failure> {
    const DOING: &str = "read what the archive creates";
    let (archive, ids) = (Arc::clone(archive), part.ids.clone());
    let major = target.facts.release.major();
    let origin = Origin {
        source: part.list.dumped_from,
        made_by: part.list.made_by,
    };
    let server = Server {
        major,
        compressions: target.compressions.clone(),
        builtins: builtins::for_backup(&target.session, major, origin)
            .await
            .map_err(Failure::failed)?,
    };
    let reading = tokio::task::spawn_blocking(move || {
        archive.inspect(&|entry| ids.contains(&entry.id), &server)
    });
    let seen = bounds
        .within(DOING, reading)
        .await?
        .map_err(Failure::failed)?;
    seen.map_err(doing(DOING))
}

/// A list as `--use-list` takes it.
pub(crate) fn lines(list: &ArchiveList) -> String {
    list.entries
        .iter()
        .fold(String::new(), |text, entry| text + &entry.line + "\n")
}

/// The reading end of a pipe into which a thread writes this.
pub(crate) fn feed(bytes: Vec<u8>) -> Result<std::os::fd::OwnedFd, Failure> {
    let (reader, mut writer) = io::pipe().map_err(doing("create a pipe"))?;
    // Ends by itself when everything is read or nobody reads any more.
    std::thread::spawn(move || {
        let _nobody_reads = writer.write_all(&bytes);
    });
    Ok(reader.into())
}

/// The release that the archive says.
fn release_of(archive: Option<&Archive>) -> Result<PgRelease, Failure> {
    archive.and_then(Archive::made_by).ok_or_else(|| {
        Failure::failed(
            "the archive does not contain the release of its pg_dump; specify it with --pg-release",
        )
    })
}

/// What the client programs see: for a superuser also English messages of the server, by which harmless ones are known; and
/// a restore writes, whatever the database's own settings say.
fn environment(env: &Environment, target: &Target) -> Vec<(OsString, OsString)> {
    let mut variables = client_environment(
        env,
        target.facts.release.major(),
        target.session.is_without_event_triggers(),
        target.server.application_name(),
    );
    let mut options = "-c default_transaction_read_only=off".to_owned();
    if target.facts.user.superuser {
        options.push_str(" -c lc_messages=C");
    }
    match variables.iter_mut().find(|(name, _)| name == "PGOPTIONS") {
        Some((_, value)) => {
            value.push(" ");
            value.push(&options);
        }
        None => variables.push(("PGOPTIONS".into(), options.into())),
    }
    variables
}

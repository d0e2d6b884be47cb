//! The archive: which client reads it and serves the target, what is in it, what of it is restored.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::io::{BufReader, Write};

use pgbackman_core::config::{Config, Environment, trust};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::domain::restore_check;
use pgbackman_core::domain::restore_client::Choice;
use pgbackman_core::domain::restore_parameters::RestoreParameters;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::environment::client_environment;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::place::Place;
use pgbackman_core::job::tool::{Tools, judge, stdout_of};
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::bindir::{self, ClientTools, Search};
use pgbackman_core::pgtools::other_version::{self, Seen};
use pgbackman_core::pgtools::{archive_roles, argv};
use pgbackman_core::sys::process::{Program, Stdout, Wiring};

use crate::backup::Backup;
use crate::log::RestoreLog;
use crate::target::Target;

/// The name under which client programs appear on the server.
const APPLICATION: &str = "pgbackman_restore";

/// The client programs of a restore.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    tools: ClientTools,
    env: Vec<(OsString, OsString)>,
    /// The release that made the backup, as far as it is known.
    pub(crate) made_by: PgRelease,
    /// Settings that it sends and the target does not know.
    pub(crate) refused_settings: Vec<&'static str>,
}

/// Every client that is installed and trusted.
pub(crate) async fn installed(
    config: &Config,
    place: &Place,
    bounds: &mut Bounds,
) -> Result<Vec<ClientTools>, Failure> {
    let section = &config.backup_server;
    let configured = place.configured_directories();
    let directories = trust::existing_bin_dirs(section);
    let search = Search {
        configured: &configured,
        installed: &directories,
        trusted: &|path| {
            trust::check_bin_dir(section, path)
                .map(drop)
                .map_err(|error| error.to_string())
        },
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
    /// The client for this backup and this target (traps 7, 8); for a backup of unknown release the newest one tells it.
    pub(crate) async fn choose(
        backup: &Backup,
        target: &Target,
        installed: &[ClientTools],
        env: &Environment,
        log: &RestoreLog,
        tools: &mut Tools<'_>,
    ) -> Result<Self, Failure> {
        let is_script = backup.code == pgbackman_core::domain::status::BackupCode::Cluster;
        let major = target.facts.release.major();
        let made_by = match backup.made_by {
            Some(release) => release,
            None if is_script => PgRelease::new(PgMajor::new(10), 0),
            None => ask_release(backup, installed, env, log, tools).await?,
        };
        let releases: Vec<PgRelease> = installed.iter().map(|tools| tools.release).collect();
        let choice = restore_check::client_for(backup.code, made_by, major, &releases);
        let Choice {
            client,
            refused_settings,
        } = choice.map_err(|error| {
            Failure::failed(format!(
                "no client can read this backup and serve the target: {error}"
            ))
        })?;
        let tools = installed
            .iter()
            .find(|tools| tools.release == client)
            .ok_or_else(|| Failure::failed("the client programs are gone"))?;
        Ok(Self {
            tools: tools.clone(),
            env: environment(env, target),
            made_by,
            refused_settings,
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

    /// `pg_restore --list`, with options that choose entries.
    pub(crate) async fn list(
        &self,
        backup: &Backup,
        words: &[String],
        log: &RestoreLog,
        tools: &mut Tools<'_>,
    ) -> Result<ArchiveList, Failure> {
        let mut args: Vec<OsString> = words.iter().map(OsString::from).collect();
        args.extend(argv::pg_restore_list(&backup.dump_file));
        let program = self.program("pg_restore", args);
        log.command(&program);
        let listing = tools
            .capture(&program, &log.file()?)
            .await
            .map_err(|failure| {
                failure
                    .context("the archive cannot be listed, and nothing on the target was changed")
            })?;
        Ok(ArchiveList::parse(&listing))
    }

    /// The roles that the SQL of these entries names.
    pub(crate) async fn roles_named(
        &self,
        backup: &Backup,
        list: &ArchiveList,
        words: &[String],
        log: &RestoreLog,
        tools: &mut Tools<'_>,
    ) -> Result<BTreeSet<String>, Failure> {
        let named = self
            .read_sql(archive_roles::read, backup, list, words, log, tools)
            .await?;
        Ok(named
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect())
    }

    /// What the SQL of these entries shows of what a server of this version must have.
    pub(crate) async fn look(
        &self,
        major: PgMajor,
        backup: &Backup,
        list: &ArchiveList,
        words: &[String],
        log: &RestoreLog,
        tools: &mut Tools<'_>,
    ) -> Result<Seen, Failure> {
        let read = move |sql| other_version::look(sql, major);
        self.read_sql(read, backup, list, words, log, tools).await
    }

    /// Reads the SQL of these entries, without data.
    async fn read_sql<T: Send + 'static>(
        &self,
        read: impl FnOnce(BufReader<File>) -> io::Result<T> + Send + 'static,
        backup: &Backup,
        list: &ArchiveList,
        words: &[String],
        log: &RestoreLog,
        tools: &mut Tools<'_>,
    ) -> Result<T, Failure> {
        let mut args: Vec<OsString> = words.iter().map(OsString::from).collect();
        args.extend(argv::pg_restore_script(
            &backup.dump_file,
            "/dev/stdin".as_ref(),
        ));
        let program = self.program("pg_restore", args);
        log.command(&program);
        let lines = archive_roles::without_data(lines(list).as_bytes());
        let wiring = Wiring {
            stdin: Some(feed(lines)?),
            stdout: Stdout::Pipe,
            log: log.file()?,
            watcher: None,
        };
        let mut running = tools.start_wired(&program, wiring)?;
        let output = File::from(stdout_of(&mut running, &program)?);
        let reading = tokio::task::spawn_blocking(move || read(BufReader::new(output)));
        let finished = tools.wait(running).await?;
        judge(&program.path, finished)?;
        reading
            .await
            .map_err(Failure::failed)?
            .map_err(doing("read what the archive makes"))
    }
}

/// A list as `--use-list` takes it.
pub(crate) fn lines(list: &ArchiveList) -> String {
    list.entries
        .iter()
        .fold(String::new(), |text, entry| text + &entry.line + "\n")
}

/// What is restored: the entries that the parameters choose. Each of them must choose something.
pub(crate) async fn selected(
    client: &Client,
    backup: &Backup,
    parameters: &RestoreParameters,
    log: &RestoreLog,
    tools: &mut Tools<'_>,
) -> Result<ArchiveList, Failure> {
    for filter in parameters.filters() {
        let chosen = client
            .list(backup, std::slice::from_ref(&filter), log, tools)
            .await?;
        if chosen.entries.is_empty() {
            return Err(Failure::failed(format!(
                "the archive has nothing that {filter} chooses, and nothing on the target was changed; pg_restore --list {} \
                 shows what it has",
                backup.dump_file.display()
            )));
        }
    }
    let mut list = client.list(backup, parameters.words(), log, tools).await?;
    if parameters.selections.is_empty() {
        return Ok(list);
    }
    for pattern in &parameters.selections {
        if list.selected(pattern).next().is_none() {
            return Err(Failure::failed(format!(
                "the archive has no entry that --select={pattern} means, and nothing on the target was changed; an entry reads \
                 like \"TABLE public orders owner\""
            )));
        }
    }
    list.entries.retain(|entry| {
        parameters.selections.iter().any(|pattern| {
            pgbackman_core::domain::restore_parameters::selects(pattern, &entry.described)
        })
    });
    Ok(list)
}

/// The reading end of a pipe into which a thread writes this.
pub(crate) fn feed(bytes: Vec<u8>) -> Result<std::os::fd::OwnedFd, Failure> {
    let (reader, mut writer) = io::pipe().map_err(doing("make a pipe"))?;
    // Ends by itself when everything is read or nobody reads any more.
    std::thread::spawn(move || {
        let _nobody_reads = writer.write_all(&bytes);
    });
    Ok(reader.into())
}

async fn ask_release(
    backup: &Backup,
    installed: &[ClientTools],
    env: &Environment,
    log: &RestoreLog,
    tools: &mut Tools<'_>,
) -> Result<PgRelease, Failure> {
    let newest = installed
        .iter()
        .max_by_key(|tools| tools.release)
        .ok_or_else(|| Failure::failed("no client programs of PostgreSQL were found"))?;
    let client = Client {
        tools: newest.clone(),
        env: client_environment(env, newest.release.major(), false, APPLICATION),
        made_by: newest.release,
        refused_settings: Vec::new(),
    };
    let list = client.list(backup, &[], log, tools).await?;
    list.made_by.ok_or_else(|| {
        Failure::failed(
            "the archive does not say which pg_dump made it; give the release with --pg-release",
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
        APPLICATION,
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

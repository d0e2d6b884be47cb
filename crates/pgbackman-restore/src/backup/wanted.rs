//! What is asked for, and what the backup's small files and a CLUSTER script say of it: read before the target is asked.

use pgbackman_core::domain::locale::LocaleProvider;
use pgbackman_core::domain::restore::backup_needs::{BackupNeeds, DatabaseNeeds};
use pgbackman_core::domain::restore::restore_parameters::{self, RestoreParameters};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::scripts::roles_script;
use pgbackman_core::pgtools::scripts::settings_script::{CreateOptions, DatabaseScript};

use crate::args::Args;
use crate::backup::Backup;
use crate::cluster::{self, ClusterScript};
use crate::database;
use crate::target::UNTOUCHED;

/// What is to be restored.
pub(crate) struct Wanted {
    /// The extra parameters, as some version of the client takes them.
    pub(crate) parameters: RestoreParameters,
    /// What is made.
    pub(crate) makes: Makes,
    /// The backup's roles.
    pub(crate) roles: Vec<String>,
    /// What it needs of the target: as its files say, and where they do not, as was recorded.
    pub(crate) needs: BackupNeeds,
    /// What an operator must know of it: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
}

/// What is made.
pub(crate) enum Makes {
    /// A new database.
    Database(DatabaseScript),
    /// Nothing: rows go into a database that is there.
    Nothing,
    /// The databases of a whole node.
    Cluster(ClusterScript),
}

impl Wanted {
    /// Reads it.
    pub(crate) async fn read(
        args: &Args,
        backup: &Backup,
        bounds: &mut Bounds,
    ) -> Result<Self, Failure> {
        // The client is not known yet: it is asked again.
        let parameters =
            restore_parameters::check(&args.extra_parameters, None).map_err(Failure::refused)?;
        let mut warnings = Vec::new();
        let makes = match backup.code {
            BackupCode::Cluster => Makes::Cluster(read_script(backup, bounds).await?),
            BackupCode::Data => Makes::Nothing,
            _ => Makes::Database(database_script(args, backup, &parameters, &mut warnings)?),
        };
        let mut needs = backup.needs.clone().unwrap_or_default();
        let roles = match (&makes, &backup.roles) {
            (Makes::Cluster(script), _) => {
                needs.privileged_roles = script.privileged.iter().cloned().collect();
                script.roles.clone()
            }
            (_, Some(text)) => {
                let all = roles_script::Target {
                    exists: &|_| false,
                    is_mapped: &|_| false,
                };
                let read = roles_script::read(text.expose().as_bytes(), &all)
                    .map_err(doing("read the backup's roles file"))?;
                needs.privileged_roles = read.privileged.into_iter().collect();
                read.roles
            }
            (_, None) => Vec::new(),
        };
        settle(&mut needs, &makes, &args.source_dbname);
        Ok(Self {
            parameters,
            makes,
            roles,
            needs,
            warnings,
        })
    }
}

fn database_script(
    args: &Args,
    backup: &Backup,
    parameters: &RestoreParameters,
    warnings: &mut Vec<String>,
) -> Result<DatabaseScript, Failure> {
    let recorded = backup.needs.as_ref();
    database::script(
        &args.target_dbname,
        backup.settings.as_deref(),
        recorded.and_then(|needs| needs.databases.first()),
        parameters,
        warnings,
    )
}

/// Reads the whole script, which proves that it is whole as far as gzip knows.
async fn read_script(backup: &Backup, bounds: &mut Bounds) -> Result<ClusterScript, Failure> {
    let path = backup.dump_file.clone();
    let reading = tokio::task::spawn_blocking(move || cluster::read(&path));
    let read = bounds.within("read the script", reading).await?;
    read.map_err(Failure::failed)?.map_err(|error| {
        Failure::failed(format!(
            "could not read the script to its end: {error}; restore another backup; {UNTOUCHED}"
        ))
    })
}

/// What will be run counts; what was recorded adds what no file says.
fn settle(needs: &mut BackupNeeds, makes: &Makes, source_dbname: &str) {
    let recorded = std::mem::take(&mut needs.databases);
    let find = |name: &str| recorded.iter().find(|one| one.name == name).cloned();
    match makes {
        Makes::Nothing => {}
        Makes::Database(script) => {
            let name = recorded
                .first()
                .map_or(source_dbname, |database| &database.name);
            needs.databases = database(name, &script.options, recorded.first())
                .into_iter()
                .collect();
        }
        Makes::Cluster(script) => {
            needs.databases = script
                .databases
                .iter()
                .zip(&script.options)
                .map(|(name, options)| {
                    database(name, options, find(name).as_ref()).unwrap_or_else(|| unknown(name))
                })
                .collect();
            needs.tablespaces.clone_from(&script.tablespaces);
        }
    }
    for database in &needs.databases {
        needs.tablespaces.extend(
            database
                .tablespace
                .iter()
                .filter(|name| !needs.tablespaces.contains(name))
                .cloned()
                .collect::<Vec<_>>(),
        );
    }
}

/// The database as it will be made; `None` where that says nothing.
fn database(
    name: &str,
    options: &CreateOptions,
    recorded: Option<&DatabaseNeeds>,
) -> Option<DatabaseNeeds> {
    if options.encoding.is_none() && options.collate.is_none() && options.tablespace.is_none() {
        return None;
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Some(DatabaseNeeds {
        name: name.to_owned(),
        encoding: text(&options.encoding),
        provider: match options.provider.as_deref() {
            Some("icu") => LocaleProvider::Icu,
            Some("builtin") => LocaleProvider::Builtin,
            _ => LocaleProvider::Libc,
        },
        collate: text(&options.collate),
        ctype: text(&options.ctype),
        locale: options.locale.clone(),
        collation_version: recorded.and_then(|known| known.collation_version.clone()),
        tablespace: options.tablespace.clone(),
    })
}

fn unknown(name: &str) -> DatabaseNeeds {
    DatabaseNeeds {
        name: name.to_owned(),
        encoding: String::new(),
        provider: LocaleProvider::Libc,
        collate: String::new(),
        ctype: String::new(),
        locale: None,
        collation_version: None,
        tablespace: None,
    }
}

//! Makes the plan: proves the backup, asks the target, and refuses what cannot be done. Nothing is changed here.

use std::collections::BTreeSet;

use chrono::{DateTime, Local, Utc};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::domain::restore_parameters::{self, RestoreParameters};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::run::{Changes, Renamed};
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::place::Place;
use pgbackman_core::job::tool::Tools;
use pgbackman_core::node::databases::NodeDatabase;
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::argv;
use pgbackman_core::pgtools::roles_script::{self, RolesScript};
use pgbackman_core::sys::process::Program;

use crate::archive::{self, Client};
use crate::args::Args;
use crate::backup::Backup;
use crate::log::RestoreLog;
use crate::plan::{self, Plan, RolesAsked, RolesToMake, Work, refuse};
use crate::target::Target;
use crate::{database, node, probe};

/// What a plan is made from.
pub(crate) struct Inputs<'a> {
    pub(crate) args: &'a Args,
    pub(crate) config: &'a Config,
    pub(crate) env: &'a Environment,
    pub(crate) place: &'a Place,
    pub(crate) backup: &'a Backup,
    pub(crate) target: &'a Target,
    pub(crate) log: &'a RestoreLog,
    pub(crate) started: DateTime<Utc>,
}

/// Makes the plan.
pub(crate) async fn prepare(inputs: &Inputs<'_>, tools: &mut Tools<'_>) -> Result<Plan, Failure> {
    let installed = archive::installed(inputs.config, inputs.place, tools.bounds()).await?;
    let client = Client::choose(
        inputs.backup,
        inputs.target,
        &installed,
        inputs.env,
        inputs.log,
        tools,
    )
    .await?;
    let parameters = restore_parameters::check(
        &inputs.args.extra_parameters,
        Some(client.release().major()),
    )
    .map_err(Failure::refused)?;
    let mut notes = Vec::new();
    if let Some(fixed) = client.release().security_fix_missing() {
        notes.push(format!(
            "the client programs {} have known holes, through which an archive's author can run code here; {fixed} closes \
             them: update them",
            client.release()
        ));
    }
    let mut plan = match inputs.backup.code {
        BackupCode::Cluster => node::plan(inputs, client, parameters).await?,
        _ => for_database(inputs, client, parameters, tools).await?,
    };
    plan.warnings.extend(inputs.backup.notes.iter().cloned());
    plan.notes.extend(notes);
    Ok(plan)
}

async fn for_database(
    inputs: &Inputs<'_>,
    client: Client,
    parameters: RestoreParameters,
    tools: &mut Tools<'_>,
) -> Result<Plan, Failure> {
    let Inputs {
        args, backup, log, ..
    } = inputs;
    if !backup.is_described() {
        client.read_all(backup, log, tools).await?;
    }
    let list = archive::selected(&client, backup, &parameters, log, tools).await?;
    let mut warnings = Vec::new();
    let mut needed = BTreeSet::new();
    let (changes, script) = if backup.code == BackupCode::Data {
        into_existing(inputs, &list).await?;
        (Changes::default(), None)
    } else {
        let changes = new_database(inputs).await?;
        let needs = backup
            .needs
            .as_ref()
            .and_then(|needs| needs.databases.first());
        let script = database::script(
            &args.target_dbname,
            backup.settings.as_deref(),
            needs,
            &parameters,
            &mut warnings,
        )?;
        needed.extend(script.roles.iter().cloned());
        lacking(inputs, &script.options, &list, &parameters).await?;
        (changes, Some(script))
    };
    let named = client
        .roles_named(backup, &list, parameters.words(), log, tools)
        .await?;
    check_mapping(inputs, &parameters, &named)?;
    needed.extend(named.iter().map(|role| parameters.mapped(role).to_owned()));
    needed.extend(
        parameters
            .role_map
            .iter()
            .map(|mapping| mapping.new.clone()),
    );
    let roles = roles(inputs, &parameters, &needed)?;
    let program = program(inputs, &client, &parameters);
    let work = match script {
        Some(script) => Work::NewDatabase {
            script,
            list,
            program,
        },
        None => Work::Existing { list, program },
    };
    Ok(Plan {
        code: backup.code,
        client,
        parameters,
        roles,
        changes,
        work,
        warnings,
        notes: Vec::new(),
    })
}

/// The names of the new database and of the one that is there.
async fn new_database(inputs: &Inputs<'_>) -> Result<Changes, Failure> {
    let target = inputs.target;
    let find = |name: &str| -> Option<NodeDatabase> { target.database(name).cloned() };
    let changes = plan::names_for_new(
        &inputs.args.target_dbname,
        inputs.args.renamed_dbname.as_deref(),
        &find,
        target.rights,
        inputs.started.with_timezone(&Local).naive_local(),
    )?;
    for renamed in &changes.renamed {
        can_be_renamed(target, renamed).await?;
    }
    Ok(changes)
}

/// Refuses a database that ending its sessions does not free.
async fn can_be_renamed(target: &Target, renamed: &Renamed) -> Result<(), Failure> {
    const DOING: &str = "ask the target for prepared transactions";
    let row = target
        .session
        .query_one(
            "SELECT count(*) FROM pg_catalog.pg_prepared_xacts \
             WHERE database OPERATOR(pg_catalog.=) $1::pg_catalog.text",
            &[&renamed.from],
        )
        .await
        .map_err(doing(DOING))?;
    let prepared: i64 = row.try_get(0).map_err(doing(DOING))?;
    if prepared > 0 {
        return Err(refuse(format!(
            "the existing database \"{}\" has {prepared} prepared transactions and cannot be renamed: commit or roll them back",
            renamed.from
        )));
    }
    Ok(())
}

/// Refuses what the target cannot give the new database.
async fn lacking(
    inputs: &Inputs<'_>,
    options: &pgbackman_core::pgtools::settings_script::CreateOptions,
    list: &ArchiveList,
    parameters: &RestoreParameters,
) -> Result<(), Failure> {
    let target = inputs.target;
    let mut lacking = probe::lacking(target, options).await?;
    let extensions: Vec<String> = list
        .extensions()
        .into_iter()
        .filter(|name| !target.extensions.contains(name))
        .collect();
    if !extensions.is_empty() {
        lacking.push(format!(
            "the target has not got the extensions {}: install their packages there",
            plan::quoted(&extensions)
        ));
    }
    if !parameters.no_tablespaces()
        && let Some(needs) = &inputs.backup.needs
    {
        let absent: Vec<&String> = needs
            .tablespaces
            .iter()
            .filter(|name| !target.tablespaces.contains(*name))
            .filter(|name| options.tablespace.as_ref() != Some(name))
            .collect();
        if !absent.is_empty() {
            lacking.push(format!(
                "the target has no tablespaces {}: create them, or restore with --no-tablespaces",
                plan::quoted(&absent)
            ));
        }
    }
    if lacking.is_empty() {
        Ok(())
    } else {
        Err(refuse(lacking.join("; ")))
    }
}

/// A DATA backup goes into tables that are there.
async fn into_existing(inputs: &Inputs<'_>, list: &ArchiveList) -> Result<(), Failure> {
    let (args, target) = (inputs.args, inputs.target);
    if args.renamed_dbname.is_some() {
        return Err(refuse(
            "a DATA backup goes into the tables of a database that exists, which is therefore not renamed: leave the new name out",
        ));
    }
    if target.database(&args.target_dbname).is_none() {
        return Err(refuse(format!(
            "the database \"{}\" does not exist on the target: a DATA backup goes into the tables of one that exists; restore a \
             SCHEMA or FULL backup first",
            args.target_dbname
        )));
    }
    let session = target
        .server
        .connect(&args.target_dbname, inputs.env)
        .await
        .map_err(Failure::failed)?;
    let rows = session
        .query(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace",
            &[],
        )
        .await
        .map_err(doing("list the target's tables"))?;
    let mut tables = BTreeSet::new();
    for row in &rows {
        let read = |at: usize| -> Result<String, Failure> {
            let name: String = row.try_get(at).map_err(doing("list the target's tables"))?;
            // As the list shows a name with a line break.
            Ok(name.replace(['\n', '\r'], " "))
        };
        tables.insert((read(0)?, read(1)?));
    }
    session.close().await;
    let missing =
        list.tables_missing(&|schema, name| tables.contains(&(schema.to_owned(), name.to_owned())));
    if missing.is_empty() {
        return Ok(());
    }
    Err(refuse(format!(
        "the database \"{}\" lacks {} of the backup's tables: {}; restore a SCHEMA or FULL backup first",
        args.target_dbname,
        missing.len(),
        plan::quoted(&missing[..missing.len().min(10)])
    )))
}

/// The roles file, for this target.
fn roles(
    inputs: &Inputs<'_>,
    parameters: &RestoreParameters,
    needed: &BTreeSet<String>,
) -> Result<RolesToMake, Failure> {
    let existing = &inputs.target.roles;
    let is_mapped = |role: &str| parameters.mapped(role) != role;
    let wants_none = parameters.no_owner() && parameters.no_privileges();
    let script = match &inputs.backup.roles {
        Some(text) if !wants_none => roles_script::read(
            text.expose().as_bytes(),
            &roles_script::Target {
                exists: &|role| existing.contains(role),
                is_mapped: &is_mapped,
            },
        )
        .map_err(doing("read the backup's roles file"))?,
        _ => RolesScript::default(),
    };
    plan::roles_to_make(
        script,
        &RolesAsked {
            existing,
            allowed: inputs.args.roles.as_deref(),
            needed,
            rights: inputs.target.rights,
        },
    )
}

/// Every role that is mapped must be one of the backup's.
fn check_mapping(
    inputs: &Inputs<'_>,
    parameters: &RestoreParameters,
    named: &BTreeSet<String>,
) -> Result<(), Failure> {
    let all = roles_script::Target {
        exists: &|_| false,
        is_mapped: &|_| false,
    };
    let in_file = match &inputs.backup.roles {
        Some(text) => {
            roles_script::read(text.expose().as_bytes(), &all)
                .map_err(doing("read the backup's roles file"))?
                .roles
        }
        None => Vec::new(),
    };
    let unknown: Vec<&String> = parameters
        .role_map
        .iter()
        .map(|mapping| &mapping.old)
        .filter(|old| !named.contains(*old) && !in_file.contains(old))
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(refuse(format!(
        "--map-role names roles that the backup does not have: {}",
        plan::quoted(&unknown)
    )))
}

/// The server as the client programs' arguments name it.
pub(crate) fn server(args: &Args) -> argv::Server<'_> {
    argv::Server {
        host: &args.node_fqdn,
        port: args.node_port,
        user: &args.node_user,
    }
}

/// The program that restores: `pg_restore`, or with other roles `psql`.
fn program(inputs: &Inputs<'_>, client: &Client, parameters: &RestoreParameters) -> Program {
    let args = inputs.args;
    if !parameters.role_map.is_empty() {
        let argv = argv::psql_stdin(&server(args), &args.target_dbname);
        return client.program("psql", argv);
    }
    let argv = argv::pg_restore(&argv::PgRestore {
        server: server(args),
        dbname: &args.target_dbname,
        archive: &inputs.backup.dump_file,
        jobs: parameters.jobs,
        single_transaction: inputs.backup.code == BackupCode::Data,
        listed: !parameters.selections.is_empty(),
        words: parameters.words(),
    });
    client.program("pg_restore", argv)
}

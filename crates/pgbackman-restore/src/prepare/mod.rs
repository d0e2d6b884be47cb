//! Makes the plan: asks which client, what the archive has and whether the target takes it, and refuses what cannot be done.
//! Nothing is changed here.

pub(crate) mod checks;
pub(crate) mod fitting;
pub(crate) mod prepared;
pub(crate) mod whole_node;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Local;
use pgbackman_core::archive::Archive;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::backup_needs::ExtensionNeed;
use pgbackman_core::domain::restore::restore_check::{
    BackupFacts, Contents, names_of, roles_to_restore,
};
use pgbackman_core::domain::restore::restore_parameters::{self, RestoreParameters};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::selector::parse_list;
use pgbackman_core::handoff::run::Changes;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::job::tool::Tools;
use pgbackman_core::node::target_fit;
use pgbackman_core::pgtools::argv;
use pgbackman_core::sys::process::Program;

use crate::archive::parts::{self, Part};
use crate::archive::rows_only::Met;
use crate::archive::{self, Client};
use crate::args::Args;
use crate::backup::inputs::Inputs;
use crate::backup::unproven;
use crate::backup::wanted::Makes;
use crate::cluster::ClusterScript;
use crate::execute::{after, mapped};
use crate::plan::{self, Plan, RolesToMake, Work};
use crate::prepare::fitting::FitReport;
use crate::target::internal_options;

/// Makes the plan. What can be refused without the archive is refused before it is read.
pub(crate) async fn prepare(inputs: &Inputs<'_>, tools: &mut Tools<'_>) -> Result<Plan, Failure> {
    let wanted = inputs.wanted;
    let is_script = matches!(wanted.makes, Makes::Cluster(_));
    let archive = if is_script {
        None
    } else {
        Some(archive::open(inputs.restore.backup, tools.bounds()).await?)
    };
    let counted = match &archive {
        Some(archive) if !inputs.restore.backup.is_described() => Some(
            unproven::read_to_end(
                archive,
                inputs.restore.backup,
                inputs.restore.log,
                tools.bounds(),
            )
            .await?,
        ),
        _ => None,
    };
    let installed = archive::installed(inputs.config, inputs.directories, tools.bounds()).await?;
    let releases: Vec<PgRelease> = installed.iter().map(|one| one.release).collect();
    let mut facts = checks::facts(inputs);
    checks::judge(inputs, &facts, &wanted.parameters, &releases)?;
    let mut client = Client::choose(
        inputs.restore.backup,
        archive.as_deref(),
        inputs.restore.target,
        &installed,
        inputs.restore.env,
    )?;
    client.refused_options =
        internal_options::are_refused(&inputs.restore.target.session, archive.as_deref()).await?;
    facts.made_by = Some(client.made_by);
    let parameters = restore_parameters::check(
        &inputs.restore.args.extra_parameters,
        Some(client.release().major()),
    )
    .map_err(Failure::refused)?;
    let part = match &archive {
        None => None,
        Some(archive) => Some(read_archive(inputs, archive, &parameters, &mut facts, tools).await?),
    };
    let counted = counted.map(|rows| match &part {
        Some(part) => rows.only(&part.ids),
        None => rows,
    });
    let mut findings = checks::judge(inputs, &facts, &parameters, &releases)?;
    let mut roles = roles(inputs, &facts, &parameters);
    let changes = changes(inputs)?;
    let (work, report) = match (&wanted.makes, archive.zip(part)) {
        (Makes::Cluster(script), _) => for_node(inputs, script, &client, tools).await?,
        (_, Some((archive, part))) => {
            findings.extend(part.findings.iter().cloned());
            let wanted = names_of(&facts, &parameters).map(str::to_owned).collect();
            for_database(
                inputs,
                &client,
                &parameters,
                (&archive, part),
                &wanted,
                &mut roles,
                tools,
            )
            .await?
        }
        (_, None) => return Err(Failure::failed("there is no archive to restore")),
    };
    findings.extend(report.differences);
    for finding in &findings {
        inputs.restore.log.say(finding.to_string());
    }
    let mut warnings = wanted.warnings.clone();
    warnings.extend(report.warnings);
    warnings.extend(inputs.restore.backup.notes.iter().cloned());
    Ok(Plan {
        code: inputs.restore.backup.code,
        counted,
        client,
        parameters,
        roles,
        changes,
        work,
        close_public: report.close_public,
        warnings,
        findings,
    })
}

/// What of the archive is restored, and what it names and needs.
async fn read_archive(
    inputs: &Inputs<'_>,
    archive: &Arc<Archive>,
    parameters: &RestoreParameters,
    facts: &mut BackupFacts,
    tools: &mut Tools<'_>,
) -> Result<Part, Failure> {
    let (backup, log) = (inputs.restore.backup, inputs.restore.log);
    let met = match inputs.wanted.makes {
        Makes::Nothing => Some(Met::ask(inputs).await?),
        _ => None,
    };
    let part = parts::select(
        archive,
        backup,
        parameters,
        met.as_ref(),
        inputs.restore.target.facts.release.major(),
        log,
    )?;
    let list = &part.list;
    let named = archive::roles_named(archive, &part, parameters, tools.bounds()).await?;
    let mut needed: BTreeSet<String> = named
        .iter()
        .map(|role| parameters.mapped(role).to_owned())
        .collect();
    if let Makes::Database(script) = &inputs.wanted.makes {
        needed.extend(script.roles.iter().cloned());
    }
    let lacking_tables = match inputs.wanted.makes {
        Makes::Nothing => checks::lacking_tables(inputs, list).await?,
        _ => Vec::new(),
    };
    if let Some(needs) = &mut facts.needs {
        let recorded = needs.extensions.take().unwrap_or_default();
        let version = |name: &String| {
            let found = recorded.iter().find(|one| one.name == *name);
            found.map_or(String::new(), |one| one.version.clone())
        };
        let restored = list.extensions().into_iter().map(|name| ExtensionNeed {
            version: version(&name),
            name,
        });
        needs.extensions = Some(restored.collect());
    }
    facts.contents = Some(Contents {
        named,
        needed,
        lacking_tables,
    });
    Ok(part)
}

/// What becomes of the databases' names.
fn changes(inputs: &Inputs<'_>) -> Result<Changes, Failure> {
    let args = inputs.restore.args;
    let now = inputs.started.with_timezone(&Local).naive_local();
    let find = |name: &str| inputs.restore.target.database(name).cloned();
    match &inputs.wanted.makes {
        Makes::Nothing => Ok(Changes::default()),
        Makes::Database(_) => plan::changes_for(
            &args.target_dbname,
            args.renamed_dbname.as_deref(),
            &find,
            now,
        ),
        Makes::Cluster(script) => {
            let renames = parse_list(args.renamed_dbname.as_deref().unwrap_or_default())
                .map_err(Failure::failed)?;
            let mut changes = Changes::default();
            for name in &script.databases {
                let new_name = renames.iter().find_map(|item| {
                    let (old, new) = item.name.split_once('=')?;
                    (old == name).then_some(new)
                });
                let one = plan::changes_for(name, new_name, &find, now)?;
                changes.renamed.extend(one.renamed);
                changes.made.extend(one.made);
            }
            Ok(changes)
        }
    }
}

/// The roles that the target lacks, and the file that makes them.
fn roles(inputs: &Inputs<'_>, facts: &BackupFacts, parameters: &RestoreParameters) -> RolesToMake {
    let mut missing = roles_to_restore(facts, &inputs.restore.target.facts, parameters);
    missing.sort();
    RolesToMake {
        script: inputs.restore.backup.roles.clone(),
        mapped: target_fit::mapped(parameters),
        missing,
        knows: None,
    }
}

/// The server as the client programs' arguments name it.
fn server(args: &Args) -> argv::Server<'_> {
    argv::Server {
        host: &args.node_fqdn,
        port: args.node_port,
        user: &args.node_user,
    }
}

/// One database's contents, fitted to the target. `restored`: the backup's roles that are wanted at all.
async fn for_database(
    inputs: &Inputs<'_>,
    client: &Client,
    parameters: &RestoreParameters,
    (archive, part): (&Arc<Archive>, Part),
    restored: &BTreeSet<String>,
    roles: &mut RolesToMake,
    tools: &mut Tools<'_>,
) -> Result<(Work, FitReport), Failure> {
    let mut script = match &inputs.wanted.makes {
        Makes::Database(script) => Some(script.clone()),
        Makes::Nothing | Makes::Cluster(_) => None,
    };
    let mut report = fitting::fit(
        roles,
        restored,
        script.as_mut(),
        inputs.restore.target,
        inputs.restore.env,
    )
    .await?;
    let seen = archive::inspect(archive, &part, inputs.restore.target, tools.bounds()).await?;
    fitting::check_archive(inputs.restore.target, client.made_by, &seen)?;
    report.warnings.extend(part.warnings);
    let (list, schemas) = (part.list, part.schemas);
    let program = program(inputs, client, parameters, list.leaves_out);
    let Some(script) = script else {
        return Ok((Work::Existing { list, program }, report));
    };
    report.fit_public(inputs.restore.target, list.dumped_from, parameters);
    let work = Work::NewDatabase {
        script,
        schemas,
        list,
        program,
        after: after::statements(inputs.restore.backup, parameters, inputs.restore.log)?,
    };
    Ok((work, report))
}

/// A whole node's script, with the terms on which it is run.
async fn for_node(
    inputs: &Inputs<'_>,
    script: &ClusterScript,
    client: &Client,
    tools: &mut Tools<'_>,
) -> Result<(Work, FitReport), Failure> {
    let (terms, report) = whole_node::terms(inputs, script, client, tools).await?;
    let work = Work::Cluster {
        script: script.clone(),
        terms,
        program: client.program(
            "psql",
            argv::psql_stdin(&server(inputs.restore.args), "postgres"),
        ),
    };
    Ok((work, report))
}

/// The program that restores: `pg_restore`, or with other roles `psql`.
fn program(
    inputs: &Inputs<'_>,
    client: &Client,
    parameters: &RestoreParameters,
    leaves_out: bool,
) -> Program {
    let args = inputs.restore.args;
    if mapped::is_needed(inputs.restore.backup.code, client, parameters) {
        let mut argv = argv::psql_stdin(&server(args), &args.target_dbname);
        if inputs.restore.backup.code == BackupCode::Data {
            argv.insert(0, "--single-transaction".into());
        }
        return client.program("psql", argv);
    }
    let argv = argv::pg_restore(&argv::PgRestore {
        server: server(args),
        dbname: &args.target_dbname,
        archive: &inputs.restore.backup.dump_file,
        jobs: parameters.jobs,
        single_transaction: inputs.restore.backup.code == BackupCode::Data,
        listed: parameters.chooses() || leaves_out,
        words: parameters.words(),
    });
    client.program("pg_restore", argv)
}

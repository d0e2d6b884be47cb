//! The plan of a CLUSTER restore: one script for a whole node.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::Local;
use pgbackman_core::domain::restore_parameters::RestoreParameters;
use pgbackman_core::domain::selector::parse_list;
use pgbackman_core::handoff::run::{Changes, Made};
use pgbackman_core::job::failure::Failure;
use pgbackman_core::pgtools::argv;
use pgbackman_core::pgtools::roles_script::RolesScript;

use crate::archive::Client;
use crate::cluster;
use crate::plan::{Plan, RolesAsked, Work, refuse};
use crate::prepare::{Inputs, server};

/// Makes the plan of a CLUSTER restore.
pub(crate) async fn plan(
    inputs: &Inputs<'_>,
    client: Client,
    parameters: RestoreParameters,
) -> Result<Plan, Failure> {
    let Inputs {
        args,
        backup,
        target,
        ..
    } = inputs;
    if !args.extra_parameters.trim().is_empty() {
        return Err(refuse(
            "a CLUSTER backup is one script, which is run whole: it takes no extra parameters",
        ));
    }
    if !target.rights.superuser {
        return Err(refuse(
            "only a superuser can restore a CLUSTER backup, which makes roles and databases of a whole node",
        ));
    }
    let path: PathBuf = backup.dump_file.clone();
    let reading = tokio::task::spawn_blocking(move || cluster::read(&path));
    let script = reading.await.map_err(Failure::failed)?.map_err(|error| {
        refuse(format!(
            "the script cannot be read to its end: {error}; restore another backup"
        ))
    })?;
    let changes = cluster_names(inputs, &script.databases)?;
    let roles = crate::plan::roles_to_make(
        RolesScript {
            roles: script.roles.clone(),
            privileged: script.privileged.clone(),
            statements: Vec::new(),
        },
        &RolesAsked {
            existing: &target.roles,
            allowed: args.roles.as_deref(),
            needed: &BTreeSet::new(),
            rights: target.rights,
        },
    )?;
    let program = client.program("psql", argv::psql_stdin(&server(args), "postgres"));
    Ok(Plan {
        code: backup.code,
        client,
        parameters,
        roles,
        changes,
        work: Work::Cluster { script, program },
        warnings: Vec::new(),
        notes: Vec::new(),
    })
}

/// Only onto a node without the databases that the script makes, unless each is renamed.
fn cluster_names(inputs: &Inputs<'_>, databases: &[String]) -> Result<Changes, Failure> {
    let target = inputs.target;
    let renames =
        parse_list(inputs.args.renamed_dbname.as_deref().unwrap_or_default()).map_err(refuse)?;
    let new_name = |name: &str| {
        renames.iter().find_map(|item| {
            let (old, new) = item.name.split_once('=')?;
            (old == name).then_some(new)
        })
    };
    let existing: Vec<&String> = databases
        .iter()
        .filter(|name| target.database(name).is_some() && new_name(name).is_none())
        .collect();
    if !existing.is_empty() {
        return Err(refuse(format!(
            "the backup of the whole node holds databases that the target has already: {}; restore it to an empty node, or give \
             each a new name (--renamed-dbname 'old=new,…')",
            crate::plan::quoted(&existing)
        )));
    }
    let mut changes = Changes::default();
    for name in databases {
        let now = inputs.started.with_timezone(&Local).naive_local();
        let find = |name: &str| target.database(name).cloned();
        let one = crate::plan::names_for_new(name, new_name(name), &find, target.rights, now)?;
        changes.renamed.extend(one.renamed);
        changes
            .made
            .extend(one.made.into_iter().map(|made| Made { oid: None, ..made }));
    }
    Ok(changes)
}

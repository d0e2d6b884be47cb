//! `pgbackman_setup embedded --status`: the state of the server, the running and the installed release.

use pgbackman_core::config::Config;
use pgbackman_core::conninfo::Environment;
use pgbackman_core::domain::catalogue_server::{Standing, how_to_install, judge, newer_major};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::node::identity;
use tokio::runtime::Runtime;

use super::binaries::{Binaries, releases};
use super::cluster::{Cluster, State};
use super::layout::Layout;
use super::{absent, catalogue_target, cluster, people, plain, rules};
use crate::setup::args::EmbeddedArgs;
use crate::setup::{catalogue, failure, say};

/// Fails unless the server runs and has a usable catalogue; a warning if it does not run the installed release.
pub(super) fn tell(
    args: &EmbeddedArgs,
    config: &Config,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let place = layout.dir().display();
    let State::Complete { major, owner } = State::of(layout)? else {
        return Err(absent(layout));
    };
    people::may_act_as(&owner)?;
    let binaries = Binaries::of_major(args.bindir.as_deref(), config, major);
    let pid = match &binaries {
        Ok(binaries) => Cluster::new(layout, binaries.clone(), owner.clone()).pid()?,
        Err(_) => cluster::recorded_pid(layout)?,
    };
    let Some(pid) = pid else {
        let stopped = failure(format!("the embedded catalogue in {place} is stopped"));
        return Err(match binaries {
            Ok(_) => stopped,
            Err(error) => failure(format!("{}, and {}", stopped.message, error.message))
                .with_hint(move_or_install(layout, major)),
        });
    };
    let target = catalogue_target(layout, rules::port(layout, None)?);
    let env = plain(env);
    let session = runtime.block_on(catalogue::connect(&target, &env))?;
    let release = runtime.block_on(identity::release(&*session));
    runtime.block_on(session.close());
    let running = release
        .map_err(|error| ProgramError::from_error(ExitCode::CatalogueUnavailable, &error))?;
    say(&format!(
        "The embedded catalogue in {place} is running: process {pid}, PostgreSQL {running}, as user {}.",
        owner.name
    ));
    let installed = match &binaries {
        Ok(binaries) => {
            say(&format!(
                "Installed: PostgreSQL {} in {}.",
                binaries.release(),
                binaries.dir().display()
            ));
            vec![binaries.release()]
        }
        Err(_) => Vec::new(),
    };
    if let Some(newer) = newer_major(major, &releases(None, config)) {
        say(&format!(
            "PostgreSQL {newer} is installed too: to move the catalogue to it, run pgbackman_setup embedded --dir \
             {place} --upgrade-major."
        ));
    }
    let standing = judge(running, &installed);
    let verified = runtime.block_on(async {
        let session = catalogue::verify(&target, &env).await?;
        say(&format!("It responds: {}.", session.place()));
        session.close().await;
        Ok(())
    });
    match standing.problem() {
        None => verified,
        Some(problem) => {
            let advice = match standing {
                Standing::Removed { .. } => move_or_install(layout, major),
                _ => format!("pgbackman_setup embedded --dir {place} --restart-if-updated"),
            };
            Err(ProgramError::new(ExitCode::Warning, problem).with_hint(advice))
        }
    }
}

/// The remedy for missing programs.
pub(super) fn move_or_install(layout: &Layout, major: PgMajor) -> String {
    format!(
        "{}; then, if a newer major version is installed: pgbackman_setup embedded --dir {} --upgrade-major",
        how_to_install(major),
        layout.dir().display()
    )
}

//! Checks of a private catalogue's server: whether it runs the installed release, and can be started again.

use std::fs;
use std::path::Path;

use pgbackman_core::catalogue::schema::embedded;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{self, ConnectTarget};
use pgbackman_core::domain::catalogue_server::{Standing, how_to_install, judge, newer_major};
use pgbackman_core::domain::pg_version::{PgMajor, PgRelease};
use pgbackman_core::node::identity;

use super::Finding;
use super::catalogue::PATIENCE;
use crate::setup::PROGRAM;

/// The object that the findings name.
const CHECK: &str = "embedded";

/// Returns nothing if the catalogue is not a private one on this machine.
pub(super) async fn of(config: &Config, env: &Environment) -> Vec<Finding> {
    let Some(directory) = embedded::directory(config) else {
        return Vec::new();
    };
    let looked = config.clone();
    let installed = tokio::task::spawn_blocking(move || embedded::installed(&looked)).await;
    let installed = installed.unwrap_or_default();
    // If it is unavailable, another check reports that.
    match running(config, env).await {
        Some(running) => of_running(&directory, running, &installed),
        None => major_of(&directory)
            .filter(|major| installed.iter().all(|found| found.major() != *major))
            .map(|major| {
                Finding::error(
                    CHECK,
                    directory.to_string_lossy(),
                    format!(
                        "the cluster was created by PostgreSQL {major}, whose server programs are not installed: it \
                         cannot be started"
                    ),
                    move_or_install(&directory, major),
                )
            })
            .into_iter()
            .collect(),
    }
}

fn of_running(directory: &Path, running: PgRelease, installed: &[PgRelease]) -> Vec<Finding> {
    let of = directory.to_string_lossy();
    let standing = judge(running, installed);
    let newer = newer_major(running.major(), installed).map(|newer| {
        format!(
            "; PostgreSQL {newer} is installed too: to move the catalogue to it, run pgbackman_setup embedded --dir \
             {of} --upgrade-major"
        )
    });
    let newer = newer.unwrap_or_default();
    vec![match (standing, standing.problem()) {
        (Standing::Removed { running }, Some(problem)) => Finding::error(
            CHECK,
            of,
            problem,
            move_or_install(directory, running.major()),
        ),
        (_, Some(problem)) => Finding::warning(
            CHECK,
            of,
            problem,
            format!(
                "pgbackman_setup embedded --dir {} --restart-if-updated",
                directory.display()
            ),
        ),
        (_, None) => Finding::ok(
            CHECK,
            of,
            format!("PostgreSQL {running} is running and is the installed release{newer}"),
        ),
    }]
}

async fn running(config: &Config, env: &Environment) -> Option<PgRelease> {
    let target = ConnectTarget::catalogue(config).with_application_name(PROGRAM);
    let session = conninfo::connect(&target, env, PATIENCE).await.ok()?;
    let release = identity::release(&*session).await;
    session.close().await;
    release.ok()
}

/// Only its owner and root may read it.
fn major_of(directory: &Path) -> Option<PgMajor> {
    let text = fs::read_to_string(directory.join("data/PG_VERSION")).ok()?;
    text.trim().parse().ok()
}

fn move_or_install(directory: &Path, major: PgMajor) -> String {
    format!(
        "{}; then, if a newer major version is installed: pgbackman_setup embedded --dir {} --upgrade-major",
        how_to_install(major),
        directory.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn b4_a_server_that_is_not_what_is_installed_is_a_warning_and_one_without_programs_an_error() {
        let release = |text: &str| text.parse::<PgRelease>().unwrap();
        let judged = |running, installed: &[&str]| {
            let installed: Vec<PgRelease> = installed.iter().map(|text| release(text)).collect();
            of_running(Path::new("/x/cat"), release(running), &installed).remove(0)
        };
        let fine = judged("15.20", &["15.20", "17.10"]);
        assert_eq!(fine.level, Level::Ok);
        assert!(fine.found.contains("17 is installed too"), "{}", fine.found);
        let outdated = judged("15.18", &["15.20"]);
        assert_eq!(outdated.level, Level::Warning);
        assert!(
            outdated.found.contains("15.18, but 15.20"),
            "{}",
            outdated.found
        );
        let removed = judged("15.20", &["17.10"]);
        assert_eq!(removed.level, Level::Error);
        let advice = removed.advice.unwrap();
        assert!(
            advice.contains("postgresql-15") && advice.contains("--upgrade-major"),
            "{advice}"
        );
    }
}

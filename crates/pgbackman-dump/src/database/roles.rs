//! Whether the roles file has every role that the archive names (`docs/spec/backups.md`, "What a backup consists of").

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Write};

use pgbackman_core::node::roles::DatabaseRoles;
use pgbackman_core::pgtools::{archive_roles, argv};
use pgbackman_core::sys::process::Stdout;

use crate::database::archive::Listed;
use crate::plan::Plan;
use crate::run::files::create_private;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::{Tools, stdout_of};

/// What an operator must know of a backup whose archive names roles that the roles file has not: it holds all data, but
/// restoring it will report errors.
pub(crate) async fn warning(
    plan: &Plan,
    listed: Listed,
    known: &DatabaseRoles,
    log: &File,
    tools: &mut Tools<'_>,
) -> Result<Option<String>, Failure> {
    let named = match listed {
        Listed::Read(archive) => {
            let reading = tokio::task::spawn_blocking(move || archive.roles());
            let doing_it = "read the names of the roles in the archive";
            let read = tools.bounds().within(doing_it, reading).await?;
            read.map_err(Failure::failed)?.map_err(doing(doing_it))?
        }
        Listed::Shown(listing) => of_script(plan, &listing, log, tools).await?,
    };
    Ok(describe(&known.missing(&named)))
}

/// The roles of an archive that only `pg_restore` can read: it turns the archive's list without its data into SQL, which is
/// read as it comes.
async fn of_script(
    plan: &Plan,
    listing: &str,
    log: &File,
    tools: &mut Tools<'_>,
) -> Result<BTreeSet<Vec<u8>>, Failure> {
    let directory = plan.database.artifact.partial_path();
    // A list beside the archive's own files, gone before they are counted.
    let list = directory.join("pgbackman.list");
    create_private(&list)
        .and_then(|mut file| file.write_all(&archive_roles::without_data(listing.as_bytes())))
        .map_err(doing(format!("write {}", list.display())))?;
    let program = plan.pg_restore(argv::pg_restore_script(&directory, &list));
    let mut running = tools.start(&program, Stdout::Pipe, log)?;
    let reading = tokio::task::spawn_blocking({
        let output = File::from(stdout_of(&mut running, &program)?);
        move || archive_roles::read(BufReader::new(output))
    });
    tools.finish(&program, running).await?;
    std::fs::remove_file(&list).map_err(doing(format!("remove {}", list.display())))?;
    reading
        .await
        .map_err(Failure::failed)?
        .map_err(doing("read the names of the roles in the archive"))
}

fn describe(missing: &[String]) -> Option<String> {
    (!missing.is_empty()).then(|| {
        format!(
            "the archive contains names of roles that are missing from the roles file, so a restore will report \
             errors: {}",
            missing.join(", ")
        )
    })
}

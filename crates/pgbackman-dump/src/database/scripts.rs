//! The roles file and the settings file, read in the backup's snapshot from the server's catalogs for this one database.

use std::io::Write;

use pgbackman_core::node::roles::{self, DatabaseRoles};
use pgbackman_core::node::settings;
use pgbackman_core::secret::Secret;

use crate::plan::{Plan, PlannedPart};
use crate::run::files::{create_log, write_partial};
use crate::run::progress::Progress;
use crate::source::Source;
use crate::step::Step;
use pgbackman_core::job::bounds::Bounds;
use pgbackman_core::job::failure::{Failure, doing};

/// Writes both files, where the code has them; returns the roles.
pub(crate) async fn write(
    plan: &Plan,
    source: &Source,
    progress: &mut Progress<'_>,
    bounds: &mut Bounds,
) -> Result<Option<DatabaseRoles>, Failure> {
    let (Some(roles_part), Some(settings_part)) = (&plan.roles, &plan.settings) else {
        return Ok(None);
    };
    let reading = roles::read(&*source.session, source.release);
    let roles = bounds.within("read the database's roles", reading).await?;
    let mut roles = logged(
        roles_part,
        roles.map(|roles| (roles.to_sql(), roles.notes.clone(), roles)),
    )?;
    progress.learn(|result| result.role_list = roles.names());
    progress.reached(Step::RolesWritten);
    let reading = settings::read(&*source.session, source.release);
    let settings = bounds
        .within("read the database's settings", reading)
        .await?;
    let notes = logged(
        settings_part,
        settings.map(|mut settings| {
            settings.inside.roles = std::mem::take(&mut roles.inside);
            let text = Secret::new(settings.to_sql());
            (text, settings.notes.clone(), settings.notes)
        }),
    )?;
    roles.notes.extend(notes);
    progress.reached(Step::SettingsWritten);
    Ok(Some(roles))
}

/// Writes a part whose text has been read, and its log; a failure to read it is in the log too.
fn logged<T, E: std::error::Error + 'static>(
    part: &PlannedPart,
    read: Result<(Secret, Vec<String>, T), E>,
) -> Result<T, Failure> {
    let mut log = create_log(&part.log)?;
    let written = read
        .map_err(Failure::failed)
        .and_then(|(text, notes, value)| {
            write_partial(&part.artifact, text.expose().as_bytes())?;
            Ok((text.expose().len(), notes, value))
        });
    let (message, outcome) = match written {
        Ok((bytes, notes, value)) => {
            let mut lines = notes;
            lines.push(format!(
                "{bytes} bytes written to {}",
                part.artifact.path().display()
            ));
            (lines.join("\n"), Ok(value))
        }
        Err(failure) => (failure.reason.clone(), Err(failure)),
    };
    writeln!(log, "{message}").map_err(doing(format!(
        "write to the log file {}",
        part.log.display()
    )))?;
    outcome
}

//! The cluster's settings, and the rules about who may connect as which role.
//!
//! The files are in a separate directory that the caller owns, who may be root: the server's user, who also runs the
//! jobs, cannot change who connects, and root reads and writes nothing in that user's directories.

use std::fs;
use std::path::Path;

use pgbackman_core::catalogue::schema::migrate::{OWNER_ROLE, READER_ROLE};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::atomic_file;

use super::layout::Layout;
use super::people::People;
use super::{DBNAME, SUPERUSER};
use crate::setup::failure;

const DEFAULT_PORT: u16 = 5432;

/// The port: that of the existing cluster, or else the requested one, or else 5432.
pub(super) fn port(layout: &Layout, wanted: Option<u16>) -> Result<u16, ProgramError> {
    let settings = fs::read_to_string(layout.settings()).unwrap_or_default();
    let present = settings
        .lines()
        .find_map(|line| line.strip_prefix("port = "))
        .and_then(|port| port.trim().parse::<u16>().ok());
    match (present, wanted) {
        (Some(present), Some(wanted)) if present != wanted => Err(ProgramError::new(
            ExitCode::Refused,
            format!(
                "--port {wanted} is refused: the cluster in {} has port {present}",
                layout.dir().display()
            ),
        )),
        (Some(port), _) | (None, Some(port)) => Ok(port),
        (None, None) => Ok(DEFAULT_PORT),
    }
}

/// Writes settings and rules, each file atomically. The settings, without which the server does not start, are
/// written last.
pub(super) fn write(layout: &Layout, people: &People, port: u16) -> Result<(), ProgramError> {
    put(&layout.identities(), &identities(people))?;
    put(&layout.rules(), &rules())?;
    put(&layout.settings(), &settings(layout, port))
}

fn put(path: &Path, text: &str) -> Result<(), ProgramError> {
    atomic_file::write(path, text.as_bytes(), 0o644, None)
        .map_err(|error| failure(format!("could not write {}: {error}", path.display())))
}

/// The settings: only a socket, and no loss of data that the catalogue has committed.
fn settings(layout: &Layout, port: u16) -> String {
    format!(
        "# Written by pgbackman_setup, which replaces it on every run. Put settings of your own into the file that is\n\
         # included first, which initdb created, or into local.conf beside this file, which takes precedence.\n\
         include '{data}/postgresql.conf'\n\
         data_directory = '{data}'\n\
         hba_file = '{hba}'\n\
         ident_file = '{ident}'\n\
         listen_addresses = ''\n\
         port = {port}\n\
         unix_socket_directories = '{run}'\n\
         unix_socket_permissions = 0777\n\
         cluster_name = 'pgbackman'\n\
         fsync = on\n\
         full_page_writes = on\n\
         synchronous_commit = on\n\
         logging_collector = on\n\
         log_directory = 'log'\n\
         log_filename = 'postgresql-%a.log'\n\
         log_truncate_on_rotation = on\n\
         log_rotation_age = 1d\n\
         log_rotation_size = 0\n\
         log_line_prefix = '%m [%p] %q%u@%d %a '\n\
         include_if_exists 'local.conf'\n",
        data = layout.data().display(),
        hba = layout.rules().display(),
        ident = layout.identities().display(),
        run = layout.run().display()
    )
}

/// The operating system users and the roles that they may use.
fn identities(people: &People) -> String {
    let mut text = "# Written by pgbackman_setup, which replaces it on every run.\n".to_owned();
    let line = |map: &str, user: &str, role: &str| format!("{map} \"{user}\" \"{role}\"\n");
    for user in people.may_administrate() {
        text.push_str(&line("administrators", user, SUPERUSER));
    }
    for user in people.may_connect() {
        text.push_str(&line("catalogue", user, OWNER_ROLE));
        text.push_str(&line("catalogue", user, READER_ROLE));
    }
    text
}

/// The users whom an earlier setup, or an operator, allowed: repeating a setup excludes nobody.
pub(super) fn let_in_before(layout: &Layout) -> Vec<String> {
    users_in(&fs::read_to_string(layout.identities()).unwrap_or_default())
}

fn users_in(identities: &str) -> Vec<String> {
    let mut users: Vec<String> = identities
        .lines()
        .filter_map(|line| line.strip_prefix("catalogue \""))
        .filter_map(|rest| rest.split('"').next())
        .map(ToOwned::to_owned)
        .collect();
    users.dedup();
    users
}

/// Who may connect: the socket identifies the user, and no claim of a client is trusted.
fn rules() -> String {
    format!(
        "# Written by pgbackman_setup, which replaces it on every run.\n\
         local all {SUPERUSER} peer map=administrators\n\
         local {DBNAME} {OWNER_ROLE},{READER_ROLE} peer map=catalogue\n\
         local all all reject\n\
         host all all all reject\n"
    )
}

#[cfg(test)]
mod tests {
    use super::{rules, users_in};

    #[test]
    fn the_users_of_the_map_are_found_again() {
        let map = "# comment\nadministrators \"root\" \"postgres\"\ncatalogue \"amira\" \"pgbackman_role_rw\"\n\
                   catalogue \"amira\" \"pgbackman_role_ro\"\ncatalogue \"bo b\" \"pgbackman_role_rw\"\n";
        assert_eq!(users_in(map), ["amira", "bo b"]);
    }

    #[test]
    fn nobody_is_trusted() {
        assert!(!rules().contains("trust"));
        assert!(rules().contains("local all all reject"));
    }
}

//! The cluster's settings, and who may connect to it as whom.
//!
//! The files lie in a directory of their own that belongs to the caller, who may be root: the server's user, who runs the
//! jobs too, cannot change who connects, and root reads and writes nothing in a directory of that user's.

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

/// The port: that of the cluster that is there, else the one asked for, else 5432.
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

/// Writes settings and rules, each file at once; the settings, without which the server does not start, last.
pub(super) fn write(layout: &Layout, people: &People, port: u16) -> Result<(), ProgramError> {
    put(&layout.identities(), &identities(people))?;
    put(&layout.rules(), &rules())?;
    put(&layout.settings(), &settings(layout, port))
}

fn put(path: &Path, text: &str) -> Result<(), ProgramError> {
    atomic_file::write(path, text.as_bytes(), 0o644, None)
        .map_err(|error| failure(format!("could not write {}: {error}", path.display())))
}

/// The settings: a socket and nothing else, and nothing of what a catalogue has been told may be lost.
fn settings(layout: &Layout, port: u16) -> String {
    format!(
        "# Written by pgbackman_setup; it is replaced whenever that runs. Settings of your own belong into the file\n\
         # included first, which initdb made, or into local.conf beside this one, which wins.\n\
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

/// The users of the operating system and the roles they may take.
fn identities(people: &People) -> String {
    let mut text = "# Written by pgbackman_setup; it is replaced whenever that runs.\n".to_owned();
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

/// The users whom an earlier setup, or an operator, let in: repeating a setup shuts nobody out.
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

/// Who may connect: the socket tells who is at the other end, and nobody is taken at his word.
fn rules() -> String {
    format!(
        "# Written by pgbackman_setup; it is replaced whenever that runs.\n\
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

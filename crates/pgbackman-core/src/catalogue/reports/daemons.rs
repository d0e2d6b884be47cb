//! The daemons of the backup servers.

use super::Report;
use super::columns::SERVER;
use super::field::Field;
use super::fields as f;
use super::format::time;
use super::layout::{Column, Layout};

static DAEMONS: Layout = Layout {
    name: "daemons",
    columns: &[
        SERVER,
        Column::left("Daemon", "daemon"),
        Column::centre("State", "state"),
        Column::left("Last seen", "last_seen"),
        Column::centre("Version", "version"),
        Column::left("Note", "note"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "Backup server", "Daemon", "State", "#,
        time!(r#""Last seen""#),
        r#", "Version", "Note""#
    ),
    fields: &[
        f::SERVER_ID,
        f::SERVER,
        Field::text("daemon", r#""Daemon""#),
        Field::text("state", r#""State""#),
        Field::time("started", r#""Started""#),
        Field::time("last_seen", r#""Last seen""#),
        Field::text("version", r#""Version""#),
        Field::integer("procpid", r#""ProcPID""#),
        Field::text("note", r#""Note""#),
        Field::integer("failing", "facts ->> 'failing'")
            .about("How many things failed in the last pass"),
        Field::integer("pending_files", "facts ->> 'pending_files'")
            .about("Pending results: files that the catalogue does not have yet"),
        Field::integer("refused_files", "facts ->> 'refused_files'")
            .about("Files of pending results that the daemon refuses"),
        Field::text("last_error", "facts ->> 'last_error'"),
    ],
    from: "FROM show_daemons",
    order: r#"ORDER BY "Backup server", backup_server_id,
        array_position('{control,maintenance,alerts,exporter}', "Daemon")"#,
};

/// `show_daemons`.
pub fn daemons() -> Report {
    Report::new(&DAEMONS, Vec::new())
}

//! The daemons of the backup servers.

use super::Report;
use super::columns::SERVER;
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
        r#", "Version", "Note" FROM show_daemons"#
    ),
    order: r#"ORDER BY "Backup server", backup_server_id,
        array_position('{control,maintenance,alerts,exporter}', "Daemon")"#,
};

/// `show_daemons`.
pub fn daemons() -> Report {
    Report::new(&DAEMONS, Vec::new())
}

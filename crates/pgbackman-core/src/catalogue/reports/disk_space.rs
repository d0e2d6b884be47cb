//! How much disk the backups take.

use super::Report;
use super::columns::{DBNAME, NODE, NODE_ID, SERVER, SERVER_ID};
use super::layout::{Column, Layout};
use crate::domain::ids::ServerId;

static DISK_SPACE: Layout = Layout {
    name: "disk_space",
    columns: &[
        Column::left("Level", "level"),
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        Column::left("Disk", "disk"),
        Column::right("Backups", "backups"),
        Column::right("Used", "used"),
        Column::right("Frees 1 day", "frees_1_day"),
        Column::right("Frees 7 days", "frees_7_days"),
        Column::right("Frees 30 days", "frees_30_days"),
        Column::right("Growth a day", "growth_a_day"),
        Column::right("Free", "free"),
        Column::left("Full in", "full_in"),
    ],
    groups: &[],
    vertical: false,
    select: include_str!("disk_space.sql"),
    order: "ORDER BY s.fqdn, r.backup_server_id, CASE r.level WHEN 'SERVER' THEN 1 WHEN 'DISK' THEN 2 ELSE 3 END, \
            r.path NULLS LAST, n.fqdn, r.pgsql_node_id, r.level DESC, r.used DESC, r.dbname",
};

/// `show_disk_space`: of each backup server, of each file system, node and database of it; the largest databases first.
///
/// What it costs is judging every backup, not showing them: it is read once, and whole.
pub fn disk_space(servers: Option<Vec<ServerId>>) -> Report {
    let servers: Option<Vec<i32>> =
        servers.map(|servers| servers.iter().map(|server| server.get()).collect());
    Report::new(&DISK_SPACE, vec![Box::new(servers)])
}

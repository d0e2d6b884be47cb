//! How much disk the backups take.

use super::Report;
use super::columns::{DBNAME, NODE, NODE_ID, SERVER, SERVER_ID};
use super::field::Field;
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
    select: include_str!("sql/disk_space.sql"),
    fields: &[
        Field::text("level", "r.level").about("SERVER, DISK, NODE or DATABASE"),
        Field::integer("backup_server_id", "r.backup_server_id"),
        Field::text("backup_server", "s.fqdn"),
        Field::integer("pgsql_node_id", "r.pgsql_node_id"),
        Field::text("pgsql_node", "n.fqdn"),
        Field::text("dbname", "r.dbname"),
        Field::text("disk", "CASE WHEN r.level <> 'DATABASE' THEN r.path END"),
        Field::integer("backups", "r.backups"),
        Field::bytes("used", "r.used").about("The size of the backups"),
        Field::bytes("frees_1_day", "r.within_day"),
        Field::bytes("frees_7_days", "r.within_week"),
        Field::bytes("frees_30_days", "r.within_month"),
        Field::bytes("growth_a_day", "r.growth").about("null during the first day: not known yet"),
        Field::bytes("free", "r.free").about("Free space on the file system"),
        Field::bytes("file_system_size", "r.bytes"),
        Field::time("observed", "r.observed").about("When control last inspected the file system"),
        // An interval has room for 178 million years; 100,000 are never.
        Field::seconds(
            "full_in",
            "interval '1 day' * CASE WHEN r.days_left < 36525000 THEN r.days_left END",
        )
        .about("null where the growth is unknown, and where backups do not grow"),
    ],
    from: include_str!("sql/disk_space_from.sql"),
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

//! Counts and sums, of everything or of one server or node, as vertical tables.

use super::Report;
use super::field::Field;
use super::layout::{Column, Layout};
use crate::domain::ids::{NodeId, ServerId};

/// What is counted of everything, of a backup server and, but for the last line, of a PgSQL node.
const COUNTS: [Column; 16] = [
    Column::left("Different databases", "different_databases"),
    Column::left("Active Backup job defs", "active_backup_job_defs"),
    Column::left("Stopped Backup job defs", "stopped_backup_job_defs"),
    Column::left(
        "Backup job defs with CLUSTER code",
        "backup_job_defs_with_cluster_code",
    ),
    Column::left(
        "Backup job defs with DATA code",
        "backup_job_defs_with_data_code",
    ),
    Column::left(
        "Backup job defs with FULL code",
        "backup_job_defs_with_full_code",
    ),
    Column::left(
        "Backup job defs with SCHEMA code",
        "backup_job_defs_with_schema_code",
    ),
    Column::left(
        "Backup job defs with RDS code",
        "backup_job_defs_with_rds_code",
    ),
    Column::left(
        "Succeeded backups in catalog",
        "succeeded_backups_in_catalog",
    ),
    Column::left("Faulty backups in catalog", "faulty_backups_in_catalog"),
    Column::left(
        "Total size of backups in catalog",
        "total_size_of_backups_in_catalog",
    ),
    Column::left(
        "Total running time of backups in catalog",
        "total_running_time_of_backups_in_catalog",
    ),
    Column::left("Oldest backup in catalog", "oldest_backup_in_catalog"),
    Column::left("Newest backup in catalog", "newest_backup_in_catalog"),
    Column::left(
        "Jobs waiting to be processed by pgbackman_control",
        "jobs_waiting_to_be_processed_by_pgbackman_control",
    ),
    Column::left(
        "Forced deletion of backups waiting to be processed",
        "forced_deletion_of_backups_waiting_to_be_processed",
    ),
];

/// The same as values: those that need no restriction to a server or node.
const COUNTED: [Field; 14] = [
    Field::integer("different_databases", "d.databases"),
    Field::integer("active_backup_job_defs", "d.active"),
    Field::integer("stopped_backup_job_defs", "d.stopped"),
    Field::integer("backup_job_defs_with_cluster_code", "d.cluster"),
    Field::integer("backup_job_defs_with_data_code", "d.data"),
    Field::integer("backup_job_defs_with_full_code", "d.full"),
    Field::integer("backup_job_defs_with_schema_code", "d.schema"),
    Field::integer("backup_job_defs_with_rds_code", "d.rds"),
    Field::integer("succeeded_backups_in_catalog", "c.succeeded"),
    Field::integer("faulty_backups_in_catalog", "c.faulty"),
    Field::bytes("total_size_of_backups_in_catalog", "c.bytes"),
    Field::seconds(
        "total_running_time_of_backups_in_catalog",
        "c.total_duration",
    ),
    Field::time("oldest_backup_in_catalog", "c.oldest_finished"),
    Field::time("newest_backup_in_catalog", "c.newest_finished"),
];

/// Fields of their own, then [`COUNTED`], then more.
const fn with_counted<const OWN: usize, const MORE: usize, const ALL: usize>(
    own: [Field; OWN],
    more: [Field; MORE],
) -> [Field; ALL] {
    assert!(ALL == OWN + COUNTED.len() + MORE, "all of them");
    let mut all = [COUNTED[0]; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < OWN {
            own[index]
        } else if index < OWN + COUNTED.len() {
            COUNTED[index - OWN]
        } else {
            more[index - OWN - COUNTED.len()]
        };
        index += 1;
    }
    all
}

/// What waits for pgbackman_control, by an expression that counts it.
const fn waiting_jobs(sql: &'static str) -> Field {
    Field::integer("jobs_waiting_to_be_processed_by_pgbackman_control", sql)
}

/// Forced deletions that wait for pgbackman_maintenance, by an expression that counts them.
const fn waiting_deletions(sql: &'static str) -> Field {
    Field::integer("forced_deletion_of_backups_waiting_to_be_processed", sql)
}

/// Lines of their own, and behind them the [`COUNTS`], as many as there is room for.
const fn with_counts<const OWN: usize, const ALL: usize>(own: [Column; OWN]) -> [Column; ALL] {
    let mut all = [own[0]; ALL];
    let mut index = 0;
    while index < ALL {
        all[index] = if index < OWN {
            own[index]
        } else {
            COUNTS[index - OWN]
        };
        index += 1;
    }
    all
}

static PGBACKMAN_STATS: Layout = Layout {
    name: "pgbackman_stats",
    columns: &with_counts::<4, 20>([
        Column::left("Running Backup servers", "running_backup_servers"),
        Column::left("Stopped Backup servers", "stopped_backup_servers"),
        Column::left("Running PgSQL nodes", "running_pgsql_nodes"),
        Column::left("Stopped PgSQL nodes", "stopped_pgsql_nodes"),
    ]),
    groups: &[2, 4, 12, 18],
    vertical: true,
    select: include_str!("sql/pgbackman_stats.sql"),
    fields: &with_counted::<4, 2, 20>(
        [
            Field::integer(
                "running_backup_servers",
                "SELECT count(*) FROM backup_server WHERE status = 'RUNNING'",
            ),
            Field::integer(
                "stopped_backup_servers",
                "SELECT count(*) FROM backup_server WHERE status = 'STOPPED'",
            ),
            Field::integer(
                "running_pgsql_nodes",
                "SELECT count(*) FROM pgsql_node WHERE status = 'RUNNING'",
            ),
            Field::integer(
                "stopped_pgsql_nodes",
                "SELECT count(*) FROM pgsql_node WHERE status = 'STOPPED'",
            ),
        ],
        [
            waiting_jobs("SELECT count(*) FROM job_queue"),
            waiting_deletions("SELECT count(*) FROM catalog_entries_to_delete"),
        ],
    ),
    from: include_str!("sql/pgbackman_stats_from.sql"),
    order: "",
};

static BACKUP_SERVER_STATS: Layout = Layout {
    name: "backup_server_stats",
    columns: &with_counts::<2, 18>([
        Column::left("Backup server", "backup_server"),
        Column::left(
            "PgSQL nodes using this backup server",
            "pgsql_nodes_using_this_backup_server",
        ),
    ]),
    groups: &[1, 2, 10, 16],
    vertical: true,
    select: include_str!("sql/backup_server_stats.sql"),
    fields: &with_counted::<3, 2, 19>(
        [
            Field::integer("backup_server_id", "s.server_id"),
            Field::text("backup_server", "s.fqdn"),
            Field::integer("pgsql_nodes_using_this_backup_server", "d.nodes"),
        ],
        [
            waiting_jobs(
                "SELECT count(*) FROM job_queue AS q WHERE q.backup_server_id = s.server_id",
            ),
            waiting_deletions(
                "SELECT count(*) FROM catalog_entries_to_delete AS e WHERE e.backup_server_id = s.server_id",
            ),
        ],
    ),
    from: include_str!("sql/backup_server_stats_from.sql"),
    order: "",
};

static PGSQL_NODE_STATS: Layout = Layout {
    name: "pgsql_node_stats",
    columns: &with_counts::<2, 17>([
        Column::left("PgSQL node", "pgsql_node"),
        Column::left(
            "Backup servers running backups for this Node",
            "backup_servers_running_backups_for_this_node",
        ),
    ]),
    groups: &[1, 2, 10, 16],
    vertical: true,
    select: include_str!("sql/pgsql_node_stats.sql"),
    fields: &with_counted::<3, 1, 18>(
        [
            Field::integer("pgsql_node_id", "n.node_id"),
            Field::text("pgsql_node", "n.fqdn"),
            Field::integer("backup_servers_running_backups_for_this_node", "d.servers"),
        ],
        [waiting_jobs(
            "SELECT count(*) FROM job_queue AS q WHERE q.pgsql_node_id = n.node_id",
        )],
    ),
    from: include_str!("sql/pgsql_node_stats_from.sql"),
    order: "",
};

/// `show_pgbackman_stats`.
pub fn pgbackman_stats() -> Report {
    Report::new(&PGBACKMAN_STATS, Vec::new())
}

/// `show_backup_server_stats`: one row, or none where the server does not exist.
pub fn backup_server_stats(server: ServerId) -> Report {
    Report::new(&BACKUP_SERVER_STATS, vec![Box::new(server.get())])
}

/// `show_pgsql_node_stats`: one row, or none where the node does not exist.
pub fn pgsql_node_stats(node: NodeId) -> Report {
    Report::new(&PGSQL_NODE_STATS, vec![Box::new(node.get())])
}

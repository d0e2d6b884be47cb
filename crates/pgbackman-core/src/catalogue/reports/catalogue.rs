//! Servers, nodes, backups and the queue.

use super::columns::{
    BCK_ID, CODE, DBNAME, DEF_ID, DURATION, FINISHED, NODE, NODE_ID, REGISTERED, SERVER, SERVER_ID,
    SNAPSHOT_ID, STATUS,
};
use super::field::{Field, Type};
use super::fields as f;
use super::format::{duration, time};
use super::layout::{Column, Layout};
use super::{CatalogFilter, Report};

static BACKUP_SERVERS: Layout = Layout {
    name: "backup_servers",
    columns: &[
        Column::centre("SrvID", "srv_id"),
        Column::left("FQDN", "fqdn"),
        Column::left("Remarks", "remarks"),
    ],
    groups: &[],
    vertical: false,
    select: r#"SELECT "SrvID", "FQDN", "Remarks""#,
    fields: &[
        Field::integer("srv_id", r#""SrvID""#),
        Field::text("fqdn", r#""FQDN""#),
        f::STATUS,
        Field::text("remarks", r#""Remarks""#),
    ],
    from: "FROM show_backup_servers",
    order: r#"ORDER BY "SrvID""#,
};

static PGSQL_NODES: Layout = Layout {
    name: "pgsql_nodes",
    columns: &[
        Column::centre("NodeID", "node_id"),
        Column::left("FQDN", "fqdn"),
        Column::centre("Pgport", "pgport"),
        Column::centre("Admin user", "admin_user"),
        STATUS,
        Column::left("Remarks", "remarks"),
    ],
    groups: &[],
    vertical: false,
    select: r#"SELECT "NodeID", "FQDN", "Pgport"::text, "Admin user", "Status"::text, "Remarks""#,
    fields: &[
        Field::integer("node_id", r#""NodeID""#),
        Field::text("fqdn", r#""FQDN""#),
        Field::integer("pgport", r#""Pgport""#),
        Field::text("admin_user", r#""Admin user""#),
        f::STATUS,
        Field::time("window_until", "window_until")
            .about("When the maintenance window ends that the node is in"),
        Field::text("remarks", r#""Remarks""#),
    ],
    from: "FROM show_pgsql_nodes",
    order: r#"ORDER BY "NodeID""#,
};

static BACKUP_CATALOG: Layout = Layout {
    name: "backup_catalog",
    columns: &[
        BCK_ID,
        DEF_ID,
        SNAPSHOT_ID,
        FINISHED,
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        DURATION,
        Column::left("Size", "size"),
        CODE,
        Column::centre("Execution", "execution"),
        STATUS,
        Column::left("Files", "files"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "BckID", "DefID", "SnapshotID", "#,
        time!(r#""Finished""#),
        r#", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname", "#,
        duration!(r#""Duration""#),
        r#", "Size", "Code"::text, "Execution", "Status", "Files" || coalesce(' since ' || "#,
        time!(r#""Files since""#),
        r#", '')"#
    ),
    fields: &[
        f::BCK_ID,
        f::DEF_ID,
        f::SNAPSHOT_ID,
        f::STARTED,
        f::FINISHED,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::DURATION,
        Field::bytes("size", "total_bytes"),
        f::CODE,
        Field::text("execution", r#""Execution""#),
        f::STATUS,
        f::FILES,
        f::FILES_SINCE,
    ],
    from: r#"FROM show_backup_catalog
        WHERE ($1::integer[] IS NULL OR backup_server_id = ANY ($1))
          AND ($2::bigint[] IS NULL OR pgsql_node_id = ANY ($2))
          AND ($3::text[] IS NULL OR "DBname" = ANY ($3))
          AND ($4::bigint[] IS NULL OR def_id = ANY ($4))
          AND ($5::text[] IS NULL OR "Status" = ANY ($5))"#,
    order: r#"ORDER BY "Finished" DESC NULLS LAST, bck_id DESC"#,
};

static JOBS_QUEUE: Layout = Layout {
    name: "jobs_queue",
    columns: &[
        Column::centre("JobID", "job_id"),
        REGISTERED,
        Column::centre("SrvID", "srv_id"),
        SERVER,
        Column::centre("NodeID", "node_id"),
        NODE,
        Column::centre("Assigned", "assigned"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "JobID"::text, "#,
        time!(r#""Registered""#),
        r#", "SrvID"::text, "Backup server", "NodeID"::text, "PgSQL node", "Assigned"::text"#
    ),
    fields: &[
        Field::integer("job_id", r#""JobID""#),
        f::REGISTERED,
        Field::integer("srv_id", r#""SrvID""#),
        f::SERVER,
        Field::integer("node_id", r#""NodeID""#),
        f::NODE,
        Field::of("assigned", Type::Boolean, r#""Assigned""#),
    ],
    from: "FROM show_jobs_queue AS queue",
    order: r#"ORDER BY queue."JobID""#,
};

/// `show_backup_servers`.
pub fn backup_servers() -> Report {
    Report::new(&BACKUP_SERVERS, Vec::new())
}

/// `show_pgsql_nodes`.
pub fn pgsql_nodes() -> Report {
    Report::new(&PGSQL_NODES, Vec::new())
}

/// `show_backup_catalog`, newest first.
pub fn backup_catalog(filter: &CatalogFilter) -> Report {
    Report::new(&BACKUP_CATALOG, filter.parameters())
}

/// `show_jobs_queue`.
pub fn jobs_queue() -> Report {
    Report::new(&JOBS_QUEUE, Vec::new())
}

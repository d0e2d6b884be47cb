//! Which definitions are run again after a failure.

use super::columns::{DBNAME, DEF_ID, NODE, NODE_ID, SERVER, SERVER_ID, STATUS};
use super::field::Field;
use super::fields as f;
use super::format::time;
use super::layout::{Column, Layout};
use super::{Filter, Report};

static RETRY_POLICIES: Layout = Layout {
    name: "retry_policies",
    columns: &[
        DEF_ID,
        SERVER_ID,
        SERVER,
        NODE_ID,
        NODE,
        DBNAME,
        STATUS,
        Column::right("Retries", "retries"),
        Column::left("Retry after", "retry_after"),
        Column::left("Next retry", "next_retry"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r#"SELECT "DefID", backup_server_id::text, "Backup server", pgsql_node_id::text, "PgSQL node", "DBname",
        "Status"::text, retry_times::text, retry_after::text, "#,
        time!("next_retry")
    ),
    fields: &[
        f::DEF_ID,
        f::SERVER_ID,
        f::SERVER,
        f::NODE_ID,
        f::NODE,
        f::DBNAME,
        f::STATUS,
        f::NODE_STATUS,
        Field::integer("retries", "retry_times").about("How often a failed run is retried"),
        Field::seconds("retry_after", "retry_after").about("After the end of the failed run"),
        Field::time("next_retry", "next_retry").about("When the retry begins that is waiting now"),
    ],
    from: include_str!("sql/retry_policies_from.sql"),
    order: r#"ORDER BY "Backup server", "PgSQL node", "DBname", def_id"#,
};

/// `show_retry_policies`: the definitions whose failed runs are retried.
pub fn retry_policies(filter: &Filter) -> Report {
    Report::new(&RETRY_POLICIES, filter.parameters())
}

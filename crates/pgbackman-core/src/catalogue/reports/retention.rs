//! Why backups stay, and what maintenance asks.

use super::Report;
use super::field::Field;
use super::format::time;
use super::layout::{Column, Layout};
use crate::domain::ids::DefId;

static RETENTION: Layout = Layout {
    name: "retention",
    columns: &[
        Column::centre("BckID", "bck_id"),
        Column::left("Finished", "finished"),
        Column::centre("Status", "status"),
        Column::left("Goes", "goes"),
        Column::left("Why", "why"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r"SELECT lpad(r.bck_id::text, greatest(9, length(r.bck_id::text)), '0'), ",
        time!("r.finished"),
        r", r.execution_status, r.goes, r.why"
    ),
    fields: &[
        Field::integer("bck_id", "r.bck_id"),
        Field::time("finished", "r.finished"),
        Field::text("status", "r.execution_status"),
        Field::text("goes", "r.goes"),
        // The judge writes a time or a reason, and times in one form.
        Field::time("expires", r"CASE WHEN r.goes ~ '^\d{4,}-' THEN r.goes END")
            .about("The time in goes; null where goes names an event instead"),
        Field::text("why", "r.why"),
    ],
    from: r"FROM retention_of_definition($1, now()) AS r",
    order: "ORDER BY r.finished DESC NULLS LAST, r.bck_id DESC",
};

static NODE_QUESTIONS: Layout = Layout {
    name: "pgsql_node_questions",
    columns: &[
        Column::centre("NodeID", "node_id"),
        Column::left("FQDN", "fqdn"),
        Column::centre("Pgport", "pgport"),
        Column::left("Backup server", "backup_server"),
        Column::left("Asked", "asked"),
        Column::left("Accepted", "accepted"),
        Column::left("Question", "question"),
    ],
    groups: &[],
    vertical: false,
    select: concat!(
        r"SELECT lpad(n.node_id::text, greatest(6, length(n.node_id::text)), '0'), n.fqdn, n.pgport::text, s.fqdn, ",
        time!("q.registered"),
        ", ",
        time!("q.accepted"),
        r", q.question"
    ),
    fields: &[
        Field::integer("node_id", "n.node_id"),
        Field::text("fqdn", "n.fqdn"),
        Field::integer("pgport", "n.pgport"),
        Field::integer("backup_server_id", "s.server_id"),
        Field::text("backup_server", "s.fqdn"),
        Field::time("asked", "q.registered"),
        Field::time("accepted", "q.accepted"),
        Field::text("question", "q.question"),
    ],
    from: r"FROM pgsql_node_question AS q
        JOIN pgsql_node AS n ON n.node_id = q.pgsql_node_id
        JOIN backup_server AS s ON s.server_id = q.backup_server_id",
    order: "ORDER BY n.fqdn, n.pgport, s.fqdn, q.kind",
};

/// `show_retention`: every backup of a definition, the newest first; why it stays, and when it goes.
pub fn retention(definition: DefId) -> Report {
    Report::new(&RETENTION, vec![Box::new(definition.get())])
}

/// `show_pgsql_node_questions`: what maintenance asks instead of deleting.
pub fn pgsql_node_questions() -> Report {
    Report::new(&NODE_QUESTIONS, Vec::new())
}

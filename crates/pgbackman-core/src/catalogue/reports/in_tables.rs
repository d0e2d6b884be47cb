//! What a table shows otherwise than CSV and JSON, whose values scripts read: a node with its port where two have one name, times
//! in the form of all others, what became of what was run once, which ACTIVE definitions do not run, until when a maintenance
//! window lasts, remarks.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::columns::REMARKS;
use super::layout::{Column, Layout};

/// The views' columns for tables, in place of those for CSV and JSON. A longer name that contains a shorter one comes first.
const REPLACED: [(&str, &str); 4] = [
    ("n.fqdn,", "n.shown,"),
    (r#""Target PgSQL node""#, r#""Target PgSQL node in tables""#),
    (r#""PgSQL node""#, r#""PgSQL node in tables""#),
    (r#""AT time""#, r#""AT time in tables""#),
];

/// The status, which says in CSV and JSON only what was chosen, or whether `at` has it.
const OWN_STATUS: (&str, &str) = (r#""Status""#, r#""Status in tables""#);

/// The lists that have such columns.
const LISTS: [&str; 16] = [
    "alerts",
    "backup_catalog",
    "backup_definitions",
    "backup_details",
    "backups_in_progress",
    "clones",
    "disk_space",
    "empty_backup_catalogs",
    "jobs_queue",
    "pgsql_nodes",
    "restore_catalog",
    "restore_definitions",
    "restores_in_progress",
    "retry_policies",
    "snapshot_definitions",
    "snapshots_in_progress",
];

/// The lists that end in the operator's remarks, which CSV and JSON do not have.
const WITH_REMARKS: [(&str, &str); 4] = [
    ("backup_definitions", r#", "Remarks""#),
    ("backup_details", r#", "Remarks""#),
    ("empty_backup_catalogs", r#", "Remarks""#),
    // A snapshot's tag.
    ("snapshot_definitions", ", remarks"),
];

/// The status of a backup that is being deleted says so: its files are still there, and it cannot be restored.
const STATUS_OF_A_BACKUP: &str = r#""Status" || CASE WHEN EXISTS (
        SELECT FROM backup_catalog AS going
        WHERE going.bck_id = show_backup_catalog.bck_id AND going.deleting_since IS NOT NULL
    ) THEN ', being deleted' ELSE '' END"#;

/// The lists whose status says more in a table: how what is run once ended, and that a node is STOPPED.
const WITH_OWN_STATUS: [&str; 6] = [
    "backup_definitions",
    "empty_backup_catalogs",
    "pgsql_nodes",
    "restore_definitions",
    "retry_policies",
    "snapshot_definitions",
];

static MADE: LazyLock<std::sync::Mutex<BTreeMap<&'static str, &'static Layout>>> =
    LazyLock::new(std::sync::Mutex::default);

/// The layout of a list in a table. Each is made once in the life of a program.
pub(super) fn layout(layout: &'static Layout) -> &'static Layout {
    if !LISTS.contains(&layout.name) {
        return layout;
    }
    let mut made = MADE
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    made.entry(layout.name)
        .or_insert_with(|| Box::leak(Box::new(in_tables(layout))))
}

fn in_tables(layout: &'static Layout) -> Layout {
    let mut select = layout.select.to_owned();
    for (other, own) in REPLACED {
        select = select.replace(other, own);
    }
    if WITH_OWN_STATUS.contains(&layout.name) {
        select = select.replacen(OWN_STATUS.0, OWN_STATUS.1, 1);
    }
    if layout.name == "backup_catalog" {
        select = select.replacen(OWN_STATUS.0, STATUS_OF_A_BACKUP, 1);
    }
    let mut columns: Vec<Column> = layout.columns.to_vec();
    if let Some((_, remarks)) = WITH_REMARKS.iter().find(|(name, _)| *name == layout.name) {
        select.push_str(remarks);
        columns.push(REMARKS);
    }
    Layout {
        columns: Box::leak(columns.into_boxed_slice()),
        select: Box::leak(select.into_boxed_str()),
        ..*layout
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f19_a_table_has_its_own_columns_and_the_same_rows() {
        static LIST: Layout = Layout {
            name: "restore_definitions",
            columns: &[],
            groups: &[],
            vertical: false,
            select: r#"SELECT "Target PgSQL node", "AT time", "Status""#,
            fields: &[],
            from: r#"FROM show_x WHERE "Status" = $1"#,
            order: r#"ORDER BY "Target PgSQL node""#,
        };
        let table = layout(&LIST);
        assert_eq!(
            table.ordered(),
            r#"SELECT "Target PgSQL node in tables", "AT time in tables", "Status in tables" FROM show_x WHERE "Status" = $1 ORDER BY "Target PgSQL node""#
        );
        assert!(std::ptr::eq(table, layout(&LIST)));
    }
}

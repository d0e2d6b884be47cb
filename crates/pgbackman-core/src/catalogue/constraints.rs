//! The catalogue's constraints in an operator's words: the database's own message names tables and keys.
//!
//! `shell::refusals` of the tests compares the tables below with the constraints of a real catalogue.

/// What the violation of a constraint means to an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// There is one like it already.
    Taken(&'static str),
    /// What something refers to.
    Reference {
        /// It is to be deleted, and something refers to it.
        used: &'static str,
        /// Something is to refer to it, and it does not exist any more.
        gone: &'static str,
    },
    /// Nothing that a command accepts violates it.
    Checked,
}

const SERVER_GONE: &str = "The backup server has been deleted in the meantime; show_backup_servers lists those that exist.";
const NODE_GONE: &str =
    "The PgSQL node has been deleted in the meantime; show_pgsql_nodes lists those that exist.";

const fn of_server(used: &'static str) -> Rule {
    Rule::Reference {
        used,
        gone: SERVER_GONE,
    }
}

const fn of_node(used: &'static str) -> Rule {
    Rule::Reference {
        used,
        gone: NODE_GONE,
    }
}

/// Every constraint of the tables that commands change.
const RULES: &[(&str, Rule)] = &[
    (
        "backup_server_pkey",
        Rule::Taken("This backup server is already registered; show_backup_servers lists it."),
    ),
    (
        "pgsql_node_pkey",
        Rule::Taken(
            "A PgSQL node with this name and port is already registered; show_pgsql_nodes lists it.",
        ),
    ),
    (
        "backup_definition_pkey",
        Rule::Taken(
            "This backup server already has a definition for this database with the same schedule, backup code and \
             extra parameters; show_backup_definitions lists it. Choose another minute.",
        ),
    ),
    (
        "snapshot_definition_pkey",
        Rule::Taken(
            "A snapshot of this database is already defined for this minute with the same backup code and extra \
             parameters (by register_snapshot_definition or for a clone); show_snapshot_definitions lists it. Choose \
             another minute.",
        ),
    ),
    (
        "restore_definition_pkey",
        Rule::Taken(
            "A restore to this database is already registered for this minute; show_restore_definitions lists it. \
             Choose another minute.",
        ),
    ),
    (
        "backup_definition_backup_server_id_fkey",
        of_server("Backup definitions belong to this backup server."),
    ),
    (
        "backup_definition_pgsql_node_id_fkey",
        of_node("Backup definitions belong to this PgSQL node."),
    ),
    (
        "snapshot_definition_backup_server_id_fkey",
        of_server("Snapshot definitions belong to this backup server."),
    ),
    (
        "snapshot_definition_pgsql_node_id_fkey",
        of_node("Snapshot definitions belong to this PgSQL node."),
    ),
    (
        "restore_definition_backup_server_id_fkey",
        of_server("Restores belong to this backup server."),
    ),
    (
        "restore_definition_target_pgsql_node_id_fkey",
        of_node("This PgSQL node is the target of restores."),
    ),
    (
        "restore_definition_bck_id_fkey",
        Rule::Reference {
            used: "A restore needs this backup.",
            gone: "The backup has been deleted in the meantime; show_backup_catalog lists those that exist.",
        },
    ),
    (
        "clone_definition_backup_server_id_fkey",
        of_server("Clones belong to this backup server."),
    ),
    (
        "clone_definition_pgsql_node_id_fkey",
        of_node("This PgSQL node is the source of clones."),
    ),
    (
        "clone_definition_target_pgsql_node_id_fkey",
        of_node("This PgSQL node is the target of clones."),
    ),
    (
        "backup_catalog_backup_server_id_fkey",
        of_server("The catalogue contains backups that this backup server took."),
    ),
    (
        "backup_catalog_pgsql_node_id_fkey",
        of_node("The catalogue contains backups of this PgSQL node."),
    ),
    (
        "backup_catalog_def_id_fkey",
        Rule::Reference {
            used: "The catalogue contains backups of this definition.",
            gone: "The definition has been deleted in the meantime.",
        },
    ),
    (
        "backup_catalog_snapshot_id_fkey",
        Rule::Reference {
            used: "The catalogue contains the backup of this snapshot.",
            gone: "The snapshot definition has been deleted in the meantime.",
        },
    ),
    (
        "run_in_progress_def_id_fkey",
        Rule::Reference {
            used: "A backup of this definition is running.",
            gone: "The definition has been deleted in the meantime.",
        },
    ),
    (
        "run_in_progress_snapshot_id_fkey",
        Rule::Reference {
            used: "This snapshot is being taken.",
            gone: "The snapshot definition has been deleted in the meantime.",
        },
    ),
    (
        "run_in_progress_restore_def_fkey",
        Rule::Reference {
            used: "This restore is running.",
            gone: "The restore definition has been deleted in the meantime.",
        },
    ),
    (
        "run_in_progress_backup_server_id_fkey",
        of_server("A run of this backup server is in progress."),
    ),
    (
        "job_queue_backup_server_id_fkey",
        of_server("pgbackman_control has not applied all changes of this backup server."),
    ),
    (
        "job_queue_pgsql_node_id_fkey",
        of_node("pgbackman_control has not applied all changes of this PgSQL node."),
    ),
    (
        "backup_server_config_server_id_fkey",
        of_server("This backup server has a configuration."),
    ),
    (
        "pgsql_node_config_node_id_fkey",
        of_node("This PgSQL node has a configuration."),
    ),
    (
        "clone_definition_restore_def_fkey",
        Rule::Reference {
            used: "The restore belongs to a clone.",
            gone: "The restore definition has been deleted in the meantime.",
        },
    ),
    (
        "clone_definition_snapshot_id_fkey",
        Rule::Reference {
            used: "The snapshot belongs to a clone.",
            gone: "The snapshot definition has been deleted in the meantime.",
        },
    ),
    // Statuses and codes are checked before they reach the catalogue, IDs come from sequences, and results from programs.
    ("backup_server_status_fkey", Rule::Checked),
    ("pgsql_node_status_fkey", Rule::Checked),
    ("backup_definition_backup_code_fkey", Rule::Checked),
    ("backup_definition_job_status_fkey", Rule::Checked),
    ("snapshot_definition_backup_code_fkey", Rule::Checked),
    ("snapshot_definition_status_fkey", Rule::Checked),
    ("restore_definition_status_fkey", Rule::Checked),
    ("clone_definition_execution_status_fkey", Rule::Checked),
    ("backup_catalog_execution_method_fkey", Rule::Checked),
    ("backup_catalog_execution_status_fkey", Rule::Checked),
    ("backup_catalog_files_state_check", Rule::Checked),
    ("backup_catalog_origin_check", Rule::Checked),
    ("run_in_progress_origin_check", Rule::Checked),
    ("backup_definition_def_id_key", Rule::Checked),
    ("snapshot_definition_snapshot_id_key", Rule::Checked),
    ("restore_definition_restore_def_key", Rule::Checked),
    ("backup_catalog_pkey", Rule::Checked),
    ("backup_server_config_pkey", Rule::Checked),
    ("pgsql_node_config_pkey", Rule::Checked),
    ("clone_definition_pkey", Rule::Checked),
    ("job_queue_pkey", Rule::Checked),
    ("run_in_progress_pkey", Rule::Checked),
];

/// What a constraint means; `None` for those of tables that only programs write, and of IDs.
pub fn rule(constraint: &str) -> Option<Rule> {
    RULES
        .iter()
        .find(|(name, _)| *name == constraint)
        .map(|(_, rule)| *rule)
}

/// Every constraint that has a rule.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(name, _)| *name)
}

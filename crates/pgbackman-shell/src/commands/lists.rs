//! The lists and details that commands show as they are in the catalogue, one entry per command.

use pgbackman_core::catalogue::reports;

use crate::declaration::list_command::{About, ListCommand, Rows, Shape};
use crate::declaration::spec::Subject;

/// Every such command.
pub(super) static LISTS: &[ListCommand] = &[
    ListCommand::new(
        About {
            name: "show_alerts",
            subject: Subject::State,
            summary: "Lists alerts and their delivery status",
            details: "Shows the alerts of the last 30 days, and older ones that have not been sent or whose cause persists. The \
                  delivery status is WAITING, FAILING (with the channel, the time of the next attempt and the reason), SENT, \
                  or NOT SENT if no channel was configured.",
            example: "show_alerts all all all",
        },
        Rows::Filtered(reports::alerts),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_backup_catalog",
            subject: Subject::Backups,
            summary: "Lists the backups in the catalogue, newest first",
            details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
            example: "show_backup_catalog all all Orders all ERROR,WARNING",
        },
        Rows::Backups(reports::backup_catalog),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_backup_definitions",
            subject: Subject::Definitions,
            summary: "Lists backup definitions",
            details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
            example: "show_backup_definitions all pg-node01.example.net all",
        },
        Rows::Filtered(reports::backup_definitions),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_backup_details",
            subject: Subject::Backups,
            summary: "Shows the details of a backup",
            details: "",
            example: "show_backup_details 12",
        },
        Rows::Backup(reports::backup_details),
        Shape::Details,
    ),
    ListCommand::new(
        About {
            name: "show_backup_server_config",
            subject: Subject::Servers,
            summary: "Shows the configuration of a backup server",
            details: "",
            example: "show_backup_server_config 1",
        },
        Rows::Server(reports::backup_server_config),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_backup_server_stats",
            subject: Subject::Servers,
            summary: "Shows statistics of a backup server",
            details: "",
            example: "show_backup_server_stats 1",
        },
        Rows::Server(reports::backup_server_stats),
        Shape::Details,
    ),
    ListCommand::new(
        About {
            name: "show_backup_servers",
            subject: Subject::Servers,
            summary: "Lists the backup servers",
            details: "",
            example: "show_backup_servers",
        },
        Rows::All(reports::backup_servers),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_backups_in_progress",
            subject: Subject::Backups,
            summary: "Lists the backups in progress",
            details: "Shows backups and snapshots on all backup servers, as each run reported them at most a few seconds ago. The phase \
                  is connecting, preparing, dumping, checking, flushing, publishing or cleaning up; it is \"silent\" if \
                  the run has not reported for a minute. The expected size is an estimate. The rate is the average since the \
                  start. A run that could not reach the catalogue is not listed.",
            example: "show_backups_in_progress",
        },
        Rows::All(reports::backups_in_progress),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_clones",
            subject: Subject::Clones,
            summary: "Lists clones of databases and their status",
            details: "The status is SNAPSHOT WAITING, SNAPSHOT RUNNING, RESTORE WAITING, RESTORE RUNNING, SUCCEEDED, WARNING or \
                  ERROR with the reason. The filters for nodes and databases match both source and target.",
            example: "show_clones all pg-node02.example.net all",
        },
        Rows::Filtered(reports::clones),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_daemons",
            subject: Subject::State,
            summary: "Lists the daemons of the backup servers and their state",
            details: "The state is alive, late (the heartbeat is overdue), stopped (shut down properly) or never (control and \
                  maintenance, which every backup server needs, have never run). The note shows the errors in the last \
                  heartbeat.",
            example: "show_daemons",
        },
        Rows::All(reports::daemons),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_disk_space",
            subject: Subject::State,
            summary: "Shows the disk usage of backups, what retention will free, and when disks will be full",
            details: "Shows each backup server, each of its file systems, each PgSQL node and each database. The \
                space that is freed is that of backups that expire in any case. Growth is the average of at most the \
                last 30 days, and unknown during the first day. The last column shows when the free space will be \
                used up at that rate.",
            example: "show_disk_space all",
        },
        Rows::Servers(reports::disk_space),
        Shape::WholeList,
    ),
    ListCommand::new(
        About {
            name: "show_empty_backup_catalogs",
            subject: Subject::Definitions,
            summary: "Lists backup definitions without any backup in the catalogue",
            details: "Such definitions have not run yet, or all their backups have expired. If a definition is older than a day, \
                  check why it is listed.",
            example: "show_empty_backup_catalogs",
        },
        Rows::All(reports::empty_backup_catalogs),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_jobs_queue",
            subject: Subject::State,
            summary: "Lists the changes that pgbackman_control has not applied yet",
            details: "",
            example: "show_jobs_queue",
        },
        Rows::All(reports::jobs_queue),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_maintenance_windows",
            subject: Subject::Nodes,
            summary: "Lists the maintenance windows of PgSQL nodes",
            details: "",
            example: "show_maintenance_windows",
        },
        Rows::All(reports::maintenance_windows),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_pgbackman_stats",
            subject: Subject::State,
            summary: "Shows statistics of the whole catalogue",
            details: "Faulty backups are those with status ERROR or WARNING. Different databases are those with their own \
                  definition.",
            example: "show_pgbackman_stats",
        },
        Rows::All(reports::pgbackman_stats),
        Shape::Details,
    ),
    ListCommand::new(
        About {
            name: "show_pgsql_node_config",
            subject: Subject::Nodes,
            summary: "Shows the configuration of a PgSQL node",
            details: "",
            example: "show_pgsql_node_config 1",
        },
        Rows::Node(reports::pgsql_node_config),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_pgsql_node_questions",
            subject: Subject::Nodes,
            summary: "Lists the open questions of maintenance about PgSQL nodes",
            details: "Maintenance asks if another cluster responds at a node's address, or if most of its databases are missing \
                  at once. Use accept_pgsql_node to confirm that this is correct. Questions whose cause has disappeared are \
                  no longer listed.",
            example: "show_pgsql_node_questions",
        },
        Rows::All(reports::pgsql_node_questions),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_pgsql_node_stats",
            subject: Subject::Nodes,
            summary: "Shows statistics of a PgSQL node",
            details: "",
            example: "show_pgsql_node_stats 1",
        },
        Rows::Node(reports::pgsql_node_stats),
        Shape::Details,
    ),
    ListCommand::new(
        About {
            name: "show_pgsql_nodes",
            subject: Subject::Nodes,
            summary: "Lists the PgSQL nodes",
            details: "",
            example: "show_pgsql_nodes",
        },
        Rows::All(reports::pgsql_nodes),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_restore_catalog",
            subject: Subject::Restores,
            summary: "Lists restores, newest first",
            details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
            example: "show_restore_catalog all pg-node01.example.net all",
        },
        Rows::Restores(reports::restore_catalog),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_restore_definitions",
            subject: Subject::Restores,
            summary: "Lists restore definitions",
            details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
            example: "show_restore_definitions all pg-node01.example.net all",
        },
        Rows::Restores(reports::restore_definitions),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_restore_details",
            subject: Subject::Restores,
            summary: "Shows the details of a restore",
            details: "",
            example: "show_restore_details 12",
        },
        Rows::Restore(reports::restore_details),
        Shape::Details,
    ),
    ListCommand::new(
        About {
            name: "show_restores_in_progress",
            subject: Subject::Restores,
            summary: "Lists the restores in progress",
            details: "",
            example: "show_restores_in_progress",
        },
        Rows::All(reports::restores_in_progress),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_retention",
            subject: Subject::Backups,
            summary: "Shows why each backup of a definition is kept and when it expires",
            details: "The command applies the same rules as pgbackman_maintenance, as of now. Times are the earliest possible \
                  ones: a backup that is kept until newer ones exist may be kept longer.",
            example: "show_retention 12",
        },
        Rows::Definition(reports::retention),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_retry_policies",
            subject: Subject::Definitions,
            summary: "Lists backup definitions whose failed runs are retried",
            details: "Shows how often a failed run is retried, how long after its end, and when a retry that is waiting begins. \
                  Definitions without a retry policy are not listed.",
            example: "show_retry_policies all pg-node01.example.net all",
        },
        Rows::Filtered(reports::retry_policies),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_snapshot_definitions",
            subject: Subject::Snapshots,
            summary: "Lists snapshot definitions",
            details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
            example: "show_snapshot_definitions all pg-node01.example.net all",
        },
        Rows::Filtered(reports::snapshot_definitions),
        Shape::List,
    ),
    ListCommand::new(
        About {
            name: "show_snapshots_in_progress",
            subject: Subject::Snapshots,
            summary: "Lists the snapshots in progress",
            details: "",
            example: "show_snapshots_in_progress",
        },
        Rows::All(reports::snapshots_in_progress),
        Shape::List,
    ),
];

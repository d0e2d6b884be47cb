//! Values that several unit tests need.

use pgbackman_core::domain::backup::definition::{BackupDefinition, Retention};
use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::{BackupCode, JobStatus, ServerStatus};

pub(crate) fn node(id: i64) -> PgsqlNode {
    PgsqlNode {
        id: NodeId::new(id),
        hostname: "node".to_owned(),
        domain: "example.org".to_owned(),
        port: 5432,
        admin_user: "postgres".to_owned(),
        status: ServerStatus::Running,
        remarks: String::new(),
        system_identifier: None,
        window_until: None,
    }
}

pub(crate) fn definition(id: i64) -> BackupDefinition {
    BackupDefinition {
        id: DefId::new(id),
        server: ServerId::new(1),
        node: NodeId::new(1),
        dbname: "shop".to_owned(),
        cron_fields: ["30", "4", "*", "*", "*"].map(str::to_owned),
        code: BackupCode::Full,
        encryption: false,
        retention: Retention {
            period: "7 days".to_owned(),
            redundancy: 1,
        },
        extra_parameters: String::new(),
        status: JobStatus::Active,
        remarks: String::new(),
        problem: None,
    }
}

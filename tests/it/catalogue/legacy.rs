//! Catalogues as 1.x leaves them behind (`sql/tests/legacy`).

use pgbackman_core::catalogue::schema::migrate::OWNER_ROLE;
use pgbackman_tests::postgres::{Cluster, TestDatabase};

macro_rules! script {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../sql/tests/legacy/",
            $name
        ))
    };
}

/// A catalogue of 1.x by its version, and how it came to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Legacy {
    V1,
    V2,
    /// 1.2, freshly installed.
    V3,
    /// 1.2, upgraded from 1.1.
    V3From2,
    V4,
    /// The fork's.
    V5,
}

impl Legacy {
    pub(crate) const ALL: [Self; 6] = [
        Self::V1,
        Self::V2,
        Self::V3,
        Self::V3From2,
        Self::V4,
        Self::V5,
    ];

    pub(crate) fn version(self) -> i32 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
            Self::V3 | Self::V3From2 => 3,
            Self::V4 => 4,
            Self::V5 => 5,
        }
    }

    fn changes(self) -> &'static [&'static str] {
        match self {
            Self::V1 => &[script!("to_version_2.sql"), script!("to_version_1.sql")],
            Self::V2 => &[script!("to_version_2.sql")],
            Self::V3 => &[],
            Self::V3From2 => &[script!("to_version_3_from_1_1.sql")],
            Self::V4 => &[script!("to_version_4.sql")],
            Self::V5 => &[script!("to_version_5.sql")],
        }
    }
}

/// An empty database in which the owner role may make a catalogue.
pub(crate) fn empty(cluster: &Cluster) -> TestDatabase<'_> {
    cluster.database_from("template1", OWNER_ROLE)
}

/// A database with such a catalogue and some rows.
pub(crate) fn database(cluster: &Cluster, legacy: Legacy) -> TestDatabase<'_> {
    let database = empty(cluster);
    let scripts = [
        script!("10_tables.sql"),
        script!("20_views.sql"),
        script!("30_functions.sql"),
        script!("40_rows.sql"),
    ];
    for script in scripts.iter().chain(legacy.changes()) {
        cluster.psql_script(database.name(), script);
    }
    database
}

/// Gives 1.2's function for registering a backup its work back: without it, it does nothing.
pub(crate) fn let_it_register(database: &TestDatabase<'_>) {
    database
        .cluster()
        .psql_script(database.name(), script!("50_registering.sql"));
}

//! Databases with the catalogue's schema installed.

use crate::postgres::{Cluster, TestDatabase};

/// A fresh database with the catalogue as a new installation has it.
pub fn database(cluster: &Cluster) -> TestDatabase<'_> {
    cluster.database()
}

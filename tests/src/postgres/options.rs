//! What a private cluster has beyond the ordinary.

use std::path::PathBuf;

use super::{Cluster, Version};

/// Collects what a [`Cluster`] shall have, then starts it.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    pub(super) version: Version,
    pub(super) conf: Vec<String>,
    pub(super) hba: Vec<String>,
    pub(super) files: Vec<(PathBuf, Vec<u8>)>,
}

impl ClusterOptions {
    /// Those of an ordinary test cluster.
    pub fn new(version: Version) -> Self {
        Self {
            version,
            conf: Vec::new(),
            hba: Vec::new(),
            files: Vec::new(),
        }
    }

    /// A line of `postgresql.conf`, such as `ssl = on`; it wins over the harness's own.
    #[must_use]
    pub fn conf(mut self, line: &str) -> Self {
        self.conf.push(line.to_owned());
        self
    }

    /// A line of `pg_hba.conf`, before the harness's own (local: `trust`; TCP: `scram-sha-256`).
    #[must_use]
    pub fn hba(mut self, line: &str) -> Self {
        self.hba.push(line.to_owned());
        self
    }

    /// A file in the data directory, mode 0600, such as `server.key`.
    #[must_use]
    pub fn file(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((PathBuf::from(name), content.into()));
        self
    }

    /// Starts the cluster.
    pub fn start(self) -> Cluster {
        Cluster::with(&self)
    }
}

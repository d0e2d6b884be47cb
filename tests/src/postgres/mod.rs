//! PostgreSQL servers for tests: [`Cluster::shared`] for most, [`Cluster::private`] for those that stop, pause or
//! reconfigure their server.

mod ask;
mod cluster;
mod control_file;
mod database;
mod minor;
mod options;
mod shared;
mod standby;
mod template;
mod version;

pub use cluster::{Cluster, StopMode};
pub use database::TestDatabase;
pub use minor::Installation;
pub use options::ClusterOptions;
pub use shared::{SHARED_ROLES, serve};
pub use version::Version;

//! The PostgreSQL servers that tests and other tasks run on: which releases, from where, and shared by whom.

pub(crate) mod server_releases;
pub(crate) mod shared_servers;
pub(crate) mod test_servers;

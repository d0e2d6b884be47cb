//! A complete installation of PgBackMan in one directory, with a PostgreSQL node: what the quickstart shows and the
//! measurements measure.
//!
//! When root makes it, its programs run in a private mount namespace with a private user `pgbackman`, cron and `at`
//! directories of their own: nothing outside the directory changes.

mod account;
mod catalogue;
mod config;
mod layout;
mod namespace;
mod node;
mod processes;
mod shell;

pub(crate) use account::Account;
pub(crate) use catalogue::create_catalogue;
use config::write_config;
pub(crate) use layout::Layout;
pub(crate) use namespace::{check_possible as check_namespaces, enter, mount_private_files};
pub(crate) use node::{HOST, Node, SUPERUSER};
pub(crate) use processes::{remove, start_detached};
pub(crate) use shell::Shell;

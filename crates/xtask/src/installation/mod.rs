//! A complete installation of PgBackMan in one directory, with a PostgreSQL node: what the quickstart shows and the
//! measurements measure.
//!
//! When root makes it, its programs run in a private mount namespace with a private user `pgbackman`, cron and `at`
//! directories of their own: nothing outside the directory changes.

mod account;
mod build;
mod catalogue;
mod crontab;
mod layout;
mod namespace;
mod node;
mod processes;
mod registration;
mod services;
mod shell;

pub(crate) use account::{Account, Standing};
pub(crate) use build::build;
pub(crate) use catalogue::create_catalogue;
pub(crate) use crontab::{Job, jobs, run_job, wait_for_jobs};
pub(crate) use layout::Layout;
pub(crate) use namespace::{enter, mount_private_files};
pub(crate) use node::{HOST, Node, SUPERUSER};
pub(crate) use processes::{remove, start_detached};
pub(crate) use registration::register_server_and_node;
pub(crate) use services::{start_control, start_cron_and_atd};
pub(crate) use shell::Shell;

//! The catalogue of an installation.

use std::path::Path;
use std::process::Command;

use super::{Account, Layout, account, write_config};
use crate::process::output;
use crate::task::Result;

/// Makes the embedded catalogue, by `pgbackman_setup`, and configures the installation.
///
/// # Errors
///
/// When `pgbackman_setup` fails.
pub(crate) fn create_catalogue(
    layout: &Layout,
    account: &Account,
    client_bin: &Path,
) -> Result<()> {
    let mut setup = Command::new(layout.program("pgbackman_setup"));
    account::without_libpq_variables(&mut setup);
    output(setup.args(["embedded", "--dir"]).arg(layout.catalogue()))?;
    write_config(layout, account, client_bin)
}

//! A backup server's configuration, typed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalogue::error::CatalogError;
use crate::catalogue::nodes::values::Values;

/// The prefix of the parameters that name directories of client programs (`pgsql_bin_9_6`, `pgsql_bin_15`).
const BIN_PREFIX: &str = "pgsql_bin_";

/// The parameters of `backup_server_config` that programs use. What they may decide is bounded by the local
/// configuration (`docs/spec/setup.md`, "What the catalogue may not decide").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Where caches, pending updates and, by default, the nodes' directories are.
    pub root_backup_partition: PathBuf,
    /// Default domain of host names in the shell's prompts.
    pub domain: String,
    /// The dump program's path.
    pub pgbackman_dump: PathBuf,
    /// The restore program's path.
    pub pgbackman_restore: PathBuf,
    /// Default admin user.
    pub admin_user: String,
    /// Directories of client programs by PostgreSQL release as operators write it (`9.6`, `15`).
    pub bin_dirs: BTreeMap<String, PathBuf>,
}

impl ServerConfig {
    /// Reads the rows; a missing one is an error that names it.
    pub(super) fn from_parameters(map: &BTreeMap<String, String>) -> Result<Self, CatalogError> {
        let values = Values {
            action: "read the configuration of a backup server",
            map,
        };
        Ok(Self {
            root_backup_partition: values.text("root_backup_partition")?.into(),
            domain: values.text("domain")?,
            pgbackman_dump: values.text("pgbackman_dump")?.into(),
            pgbackman_restore: values.text("pgbackman_restore")?.into(),
            admin_user: values.text("admin_user")?,
            bin_dirs: bin_dirs(map),
        })
    }
}

/// `pgsql_bin_9_6` → `9.6`. Empty values name no directory.
fn bin_dirs(map: &BTreeMap<String, String>) -> BTreeMap<String, PathBuf> {
    map.iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| {
            let release = name.strip_prefix(BIN_PREFIX)?.replace('_', ".");
            Some((release, PathBuf::from(value)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_client_programs_are_known_by_release() {
        let map = BTreeMap::from([
            ("pgsql_bin_9_6".to_owned(), "/usr/pgsql-9.6/bin".to_owned()),
            ("pgsql_bin_15".to_owned(), "/usr/pgsql-15/bin".to_owned()),
            ("pgsql_bin_16".to_owned(), String::new()),
            ("domain".to_owned(), "example.org".to_owned()),
        ]);
        let found: Vec<String> = bin_dirs(&map).into_keys().collect();
        assert_eq!(found, ["15", "9.6"]);
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let error = ServerConfig::from_parameters(&BTreeMap::new()).unwrap_err();
        assert!(
            error.to_string().contains("root_backup_partition"),
            "{error}"
        );
    }
}

//! What a backup needs of the node it is restored on. The dump reads it in the backup's own snapshot; it is in the
//! manifest and in `backup_catalog.run_context`, so that a machine without the files can check a restore.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::locale::LocaleProvider;

/// Its place in a result's context.
pub const KEY: &str = "needs";

/// A database, as it has to be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseNeeds {
    /// Its name.
    pub name: String,
    /// Its encoding, as CREATE DATABASE takes it.
    pub encoding: String,
    /// Who provides its locale.
    pub provider: LocaleProvider,
    /// `LC_COLLATE`.
    pub collate: String,
    /// `LC_CTYPE`.
    pub ctype: String,
    /// The locale of a provider other than libc.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The version of its collation, since 15: another one on the target sorts otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation_version: Option<String>,
    /// Its tablespace; `None` for the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tablespace: Option<String>,
}

/// An extension that is installed in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionNeed {
    /// Its name.
    pub name: String,
    /// Its version there.
    pub version: String,
}

/// Everything that is recorded. A field that this version does not know is passed over, a missing one is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackupNeeds {
    /// The database; for CLUSTER every one that the backup holds.
    pub databases: Vec<DatabaseNeeds>,
    /// The database's extensions; not known for CLUSTER, where each database would have to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<Vec<ExtensionNeed>>,
    /// Tablespaces that are used, without the two that every cluster has.
    pub tablespaces: Vec<String>,
    /// Roles of the backup that only a superuser can make: SUPERUSER, REPLICATION or BYPASSRLS.
    pub privileged_roles: Vec<String>,
    /// Whether its strings are written as for `standard_conforming_strings = off`, which servers do not read since 19.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub escaping_strings: bool,
    /// Bytes that the database took on the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// How many tables, views, sequences and the like it had outside the system's schemas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub objects: Option<u64>,
}

impl BackupNeeds {
    /// Reads them from a result's context; `None` where it has none (older backups) or what it has cannot be read.
    pub fn from_context(context: &Value) -> Option<Self> {
        serde_json::from_value(context.get(KEY)?.clone()).ok()
    }

    /// Writes them into a result's context.
    pub fn into_context(self, context: &mut Value) -> Result<(), serde_json::Error> {
        let needs = serde_json::to_value(self)?;
        if let Some(fields) = context.as_object_mut() {
            fields.insert(KEY.to_owned(), needs);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn needs_travel_in_the_context_and_an_older_context_has_none() {
        let needs = BackupNeeds {
            databases: vec![DatabaseNeeds {
                name: "Orders".to_owned(),
                encoding: "UTF8".to_owned(),
                provider: LocaleProvider::Icu,
                collate: "C".to_owned(),
                ctype: "C".to_owned(),
                locale: Some("nb-NO".to_owned()),
                collation_version: None,
                tablespace: None,
            }],
            extensions: Some(vec![ExtensionNeed {
                name: "plpgsql".to_owned(),
                version: "1.0".to_owned(),
            }]),
            size: Some(8_000_000),
            ..BackupNeeds::default()
        };
        let mut context = json!({"pgsql_node": "a"});
        needs.clone().into_context(&mut context).unwrap();
        assert_eq!(context["pgsql_node"], "a");
        assert_eq!(context["needs"]["databases"][0]["provider"], "icu");
        assert_eq!(BackupNeeds::from_context(&context), Some(needs));
        assert_eq!(BackupNeeds::from_context(&json!({"pgsql_node": "a"})), None);
        assert_eq!(BackupNeeds::from_context(&json!({"needs": 7})), None);
        let newer = json!({"needs": {"objects": 3, "unheard_of": true}});
        assert_eq!(BackupNeeds::from_context(&newer).unwrap().objects, Some(3));
    }
}

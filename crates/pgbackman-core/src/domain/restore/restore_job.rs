//! The command line of `pgbackman_restore`: what `at` is given to run (`docs/spec/programs.md`).

use std::path::Path;

use crate::domain::ids::RestoreDefId;
use crate::domain::node::PgsqlNode;
use crate::domain::restore::restore_flags as flags;
use crate::domain::status::BackupCode;
use crate::domain::text::flags::{UnusableArgument, Words};
use crate::domain::text::selector::quote_item;

/// Everything that a restore's command line says; the restore works with the catalogue down because of it.
#[derive(Debug, Clone, Copy)]
pub struct RestoreJob<'a> {
    /// The program, an absolute path (the server's parameter `pgbackman_restore`).
    pub program: &'a Path,
    /// The configuration file that the maker of the line runs with, an absolute path; none where it runs without.
    pub config: Option<&'a Path>,
    /// The target.
    pub node: &'a PgsqlNode,
    /// The restore definition.
    pub restore: RestoreDefId,
    /// What the backup contains.
    pub code: BackupCode,
    /// The backup's archive (a directory), or for CLUSTER its compressed script: `pg_dump_file`.
    pub dump_file: &'a Path,
    /// The roles file, where the backup has one; 1.x's text `None` is none.
    pub roles_file: Option<&'a Path>,
    /// The settings file, likewise.
    pub settings_file: Option<&'a Path>,
    /// The manifest, where the backup has one (1.x has not).
    pub manifest_file: Option<&'a Path>,
    /// SHA-256 of the manifest as the catalogue has it (`backup_catalog.checksum`).
    pub checksum: Option<&'a str>,
    /// The database that was backed up; not used for CLUSTER.
    pub source_dbname: &'a str,
    /// The database to restore into; not used for CLUSTER.
    pub target_dbname: &'a str,
    /// What a database that exists under that name is renamed to; none or empty: there must be none.
    pub renamed_dbname: Option<&'a str>,
    /// As registered; may be empty.
    pub extra_parameters: &'a str,
    /// Roles that may be created. Empty: every role of the backup that the target lacks.
    pub roles: &'a [String],
    /// The release of the `pg_dump` that took the backup (`backup_catalog.pg_dump_release`).
    pub pg_release: &'a str,
    /// The server's `root_backup_partition`.
    pub root_backup_dir: &'a Path,
}

impl RestoreJob<'_> {
    /// Program and arguments. A value with a control character goes encoded into the twin of its flag
    /// (`--target-dbname-encoded`); only the paths of program and configuration are as they are.
    ///
    /// # Errors
    /// A value that no command line can carry.
    pub fn argv(&self) -> Result<Vec<String>, UnusableArgument> {
        let mut words = Words::begin(self.program, char::is_control)?;
        words.config(&flags::CONFIG, self.config)?;
        words.flag(&flags::NODE_FQDN, &self.node.fqdn())?;
        words.flag(&flags::NODE_ID, &self.node.id.to_string())?;
        words.flag(&flags::NODE_PORT, &self.node.port.to_string())?;
        words.flag(&flags::NODE_USER, &self.node.admin_user)?;
        words.flag(&flags::RESTORE_DEF, &self.restore.to_string())?;
        words.flag(&flags::BACKUP_CODE, self.code.as_str())?;
        let files = [
            (&flags::PGDUMP_FILE, Some(self.dump_file)),
            (&flags::ROLES_FILE, self.roles_file),
            (&flags::SETTINGS_FILE, self.settings_file),
            (&flags::MANIFEST_FILE, self.manifest_file),
        ];
        for (flag, path) in files {
            if let Some(path) = path {
                words.path(flag, path)?;
            }
        }
        if let Some(checksum) = self.checksum.filter(|text| !text.is_empty()) {
            words.flag(&flags::CHECKSUM, checksum)?;
        }
        if self.code != BackupCode::Cluster {
            words.flag(&flags::SOURCE_DBNAME, self.source_dbname)?;
            words.flag(&flags::TARGET_DBNAME, self.target_dbname)?;
        }
        if let Some(renamed) = self.renamed_dbname.filter(|name| !name.is_empty()) {
            words.flag(&flags::RENAMED_DBNAME, renamed)?;
        }
        if !self.extra_parameters.is_empty() {
            words.flag(&flags::EXTRA_PARAMETERS, self.extra_parameters)?;
        }
        if !self.roles.is_empty() {
            let names: Vec<String> = self.roles.iter().map(|name| quote_item(name)).collect();
            words.flag(&flags::ROLE_LIST, &names.join(","))?;
        }
        if !self.pg_release.is_empty() {
            words.flag(&flags::PG_RELEASE, self.pg_release)?;
        }
        words.path(&flags::ROOT_BACKUP_DIR, self.root_backup_dir)?;
        Ok(words.argv())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::NodeId;
    use crate::domain::status::ServerStatus;
    use crate::domain::text::selector::parse_list;

    fn node() -> PgsqlNode {
        PgsqlNode {
            id: NodeId::new(2),
            hostname: "node2".to_owned(),
            domain: "example.org".to_owned(),
            port: 5432,
            admin_user: "postgres".to_owned(),
            status: ServerStatus::Running,
            remarks: String::new(),
            system_identifier: None,
            window_until: None,
        }
    }

    fn job(node: &PgsqlNode) -> RestoreJob<'_> {
        RestoreJob {
            program: Path::new("/usr/bin/pgbackman_restore"),
            config: Some(Path::new("/etc/pgbackman/pgbackman.conf")),
            node,
            restore: RestoreDefId::new(3),
            code: BackupCode::Full,
            dump_file: Path::new("/srv/pgbackman/d/x-DATABASE.sql"),
            roles_file: Some(Path::new("/srv/pgbackman/d/x-USERS.sql")),
            settings_file: Some(Path::new("/srv/pgbackman/d/x-DBCONFIG.sql")),
            manifest_file: Some(Path::new("/srv/pgbackman/d/x-MANIFEST.json")),
            checksum: Some("ab12"),
            source_dbname: "shop",
            target_dbname: "shop",
            renamed_dbname: None,
            extra_parameters: "",
            roles: &[],
            pg_release: "15.18",
            root_backup_dir: Path::new("/srv/pgbackman"),
        }
    }

    #[test]
    fn a_job_says_all_that_the_restore_needs() {
        let node = node();
        assert_eq!(
            job(&node).argv().unwrap().join("|"),
            "/usr/bin/pgbackman_restore|--config|/etc/pgbackman/pgbackman.conf|--node-fqdn|node2.example.org|--node-id|2|\
             --node-port|5432|--node-user|postgres|--restore-def|3|--backup-code|FULL|\
             --pgdump-file|/srv/pgbackman/d/x-DATABASE.sql|--pgdump-roles-file|/srv/pgbackman/d/x-USERS.sql|\
             --pgdump-dbconfig-file|/srv/pgbackman/d/x-DBCONFIG.sql|--manifest-file|/srv/pgbackman/d/x-MANIFEST.json|\
             --checksum|ab12|--source-dbname|shop|--target-dbname|shop|--pg-release|15.18|--root-backup-dir|/srv/pgbackman"
        );
        let cluster = RestoreJob {
            code: BackupCode::Cluster,
            roles_file: None,
            settings_file: None,
            source_dbname: "template1",
            ..job(&node)
        };
        let argv = cluster.argv().unwrap().join("|");
        assert!(
            !argv.contains("dbname") && !argv.contains("roles-file"),
            "{argv}"
        );
    }

    #[test]
    fn trap_15_names_that_a_line_cannot_carry_go_encoded_and_lists_keep_their_commas() {
        let node = node();
        let roles = ["a,b".to_owned(), "\"c\" d".to_owned(), "plain".to_owned()];
        let argv = RestoreJob {
            target_dbname: "two\nlines %",
            renamed_dbname: Some("-old"),
            roles: &roles,
            extra_parameters: "-j 2 --no-owner",
            ..job(&node)
        }
        .argv()
        .unwrap();
        for expected in [
            "--target-dbname-encoded=two=0Alines=20=25",
            "--renamed-dbname=-old",
            "\"a,b\",\"\"\"c\"\" d\",plain",
            "--extra-restore-parameters=-j 2 --no-owner",
        ] {
            assert!(
                argv.iter().any(|word| word == expected),
                "{expected}: {argv:?}"
            );
        }
        assert!(!argv.contains(&"--target-dbname".to_owned()));
        let read: Vec<String> = parse_list("\"a,b\",\"\"\"c\"\" d\",plain")
            .unwrap()
            .into_iter()
            .map(|item| item.name)
            .collect();
        assert_eq!(read, roles);
    }

    #[test]
    fn relative_paths_are_refused() {
        let node = node();
        let relative = RestoreJob {
            dump_file: Path::new("x-DATABASE.sql"),
            ..job(&node)
        };
        assert!(matches!(
            relative.argv(),
            Err(UnusableArgument::NotAbsolute {
                flag: "--pgdump-file",
                ..
            })
        ));
    }
}

//! The command line of `pgbackman_dump`: what cron, and later `at`, is given to run (`docs/spec/programs.md`).

use std::path::Path;

use crate::domain::backup::{BackupOrigin, dump_flags as flags};
use crate::domain::ids::RequestId;
use crate::domain::node::PgsqlNode;
use crate::domain::status::BackupCode;
use crate::domain::text::flags::{UnusableArgument, Words};

/// Everything that a job's command line says; the job works with the catalogue down because of it.
#[derive(Debug, Clone, Copy)]
pub struct DumpJob<'a> {
    /// The program, an absolute path.
    pub program: &'a Path,
    /// The configuration file that the maker of the line runs with, an absolute path; none where it runs without.
    pub config: Option<&'a Path>,
    /// The node.
    pub node: &'a PgsqlNode,
    /// The definition or snapshot.
    pub origin: BackupOrigin,
    /// The database; not used for CLUSTER.
    pub dbname: &'a str,
    /// What the backup contains.
    pub code: BackupCode,
    /// As the definition has it.
    pub encryption: bool,
    /// The server's `root_backup_partition`.
    pub root_backup_dir: &'a Path,
    /// Additional words for `pg_dump`, as registered; may be empty.
    pub extra_parameters: &'a str,
    /// The release of `pg_dump` that a snapshot asks for.
    pub pg_dump_release: Option<&'a str>,
    /// The request that this run fulfils, where somebody asked for it outside the schedule.
    pub requested: Option<RequestId>,
}

impl DumpJob<'_> {
    /// Program and arguments. A value with a control character goes encoded into the twin of its flag
    /// (`--dbname-encoded`); only the paths of program and configuration are as they are.
    pub fn argv(&self) -> Result<Vec<String>, UnusableArgument> {
        self.words(char::is_control)
    }

    /// The same, where a value with a `%` goes encoded too: crons read that character, and a backslash before it, each in
    /// its own way.
    pub fn argv_without_percent_signs(&self) -> Result<Vec<String>, UnusableArgument> {
        self.words(|character| character.is_control() || character == '%')
    }

    fn words(&self, unfit: fn(char) -> bool) -> Result<Vec<String>, UnusableArgument> {
        let mut words = Words::begin(self.program, unfit)?;
        words.config(&flags::CONFIG, self.config)?;
        words.flag(&flags::NODE_FQDN, &self.node.fqdn())?;
        words.flag(&flags::NODE_ID, &self.node.id.to_string())?;
        words.flag(&flags::NODE_PORT, &self.node.port.to_string())?;
        words.flag(&flags::NODE_USER, &self.node.admin_user)?;
        match self.origin {
            BackupOrigin::Definition(id) => words.flag(&flags::DEF_ID, &id.to_string())?,
            BackupOrigin::Snapshot(id) => words.flag(&flags::SNAPSHOT_ID, &id.to_string())?,
        }
        if self.code != BackupCode::Cluster {
            words.flag(&flags::DBNAME, self.dbname)?;
        }
        words.flag(&flags::BACKUP_CODE, self.code.as_str())?;
        words.flag(&flags::ENCRYPTION, &self.encryption.to_string())?;
        words.path(&flags::ROOT_BACKUP_DIR, self.root_backup_dir)?;
        if !self.extra_parameters.is_empty() {
            words.flag(&flags::EXTRA_PARAMETERS, self.extra_parameters)?;
        }
        if let Some(release) = self.pg_dump_release {
            words.flag(&flags::PG_DUMP_RELEASE, release)?;
        }
        if let Some(request) = self.requested {
            words.flag(&flags::REQUESTED_RUN, &request.to_string())?;
        }
        Ok(words.argv())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{DefId, NodeId};
    use crate::domain::status::ServerStatus;

    fn node() -> PgsqlNode {
        PgsqlNode {
            id: NodeId::new(1),
            hostname: "node1".to_owned(),
            domain: "example.org".to_owned(),
            port: 5611,
            admin_user: "postgres".to_owned(),
            status: ServerStatus::Running,
            remarks: String::new(),
            system_identifier: None,
            window_until: None,
        }
    }

    fn job<'a>(node: &'a PgsqlNode, dbname: &'a str, code: BackupCode) -> DumpJob<'a> {
        DumpJob {
            program: Path::new("/usr/bin/pgbackman_dump"),
            config: Some(Path::new("/etc/pgbackman/pgbackman.conf")),
            node,
            origin: BackupOrigin::Definition(DefId::new(3)),
            dbname,
            code,
            encryption: false,
            root_backup_dir: Path::new("/srv/pgbackman"),
            extra_parameters: "",
            pg_dump_release: None,
            requested: None,
        }
    }

    #[test]
    fn a_job_says_all_that_the_dump_needs() {
        let node = node();
        let argv = DumpJob {
            extra_parameters: "-T log -Z 9",
            ..job(&node, "shop", BackupCode::Full)
        }
        .argv()
        .unwrap();
        assert_eq!(
            argv.join("|"),
            "/usr/bin/pgbackman_dump|--config|/etc/pgbackman/pgbackman.conf|--node-fqdn|node1.example.org|--node-id|1|\
             --node-port|5611|--node-user|postgres|--def-id|3|--dbname|shop|--backup-code|FULL|--encryption|false|\
             --root-backup-dir|/srv/pgbackman|--extra-backup-parameters=-T log -Z 9"
        );
        let argv = job(&node, "", BackupCode::Cluster).argv().unwrap();
        assert!(!argv.iter().any(|word| word.starts_with("--dbname")));
    }

    #[test]
    fn trap_15_a_name_that_a_line_cannot_carry_goes_encoded() {
        let node = node();
        let argv = job(&node, "two\nlines %", BackupCode::Full).argv().unwrap();
        assert!(
            argv.contains(&"--dbname-encoded=two=0Alines=20=25".to_owned()),
            "{argv:?}"
        );
        assert!(!argv.contains(&"--dbname".to_owned()));
        let argv = job(&node, "-leading", BackupCode::Full).argv().unwrap();
        assert!(argv.contains(&"--dbname=-leading".to_owned()), "{argv:?}");
    }

    #[test]
    fn c9_a_percent_sign_goes_encoded_where_a_cron_would_read_it() {
        let node = node();
        let percent = job(&node, "100%", BackupCode::Full);
        let argv = percent.argv_without_percent_signs().unwrap();
        assert!(
            argv.contains(&"--dbname-encoded=100=25".to_owned()),
            "{argv:?}"
        );
        assert!(percent.argv().unwrap().contains(&"100%".to_owned()));
    }

    #[test]
    fn relative_paths_and_nul_are_refused() {
        let node = node();
        let relative = DumpJob {
            config: Some(Path::new("pgbackman.conf")),
            ..job(&node, "shop", BackupCode::Full)
        };
        assert!(matches!(
            relative.argv(),
            Err(UnusableArgument::NotAbsolute {
                flag: "--config",
                ..
            })
        ));
        assert_eq!(
            job(&node, "a\0b", BackupCode::Full).argv(),
            Err(UnusableArgument::Nul { flag: "--dbname" })
        );
    }
}

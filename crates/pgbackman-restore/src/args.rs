//! The command line (`docs/spec/programs.md`, "pgbackman_dump and pgbackman_restore").

use std::ffi::OsString;
use std::path::PathBuf;

use pgbackman_core::domain::ids::{NodeId, RestoreDefId};
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::restore_flags as flags;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::selector::parse_list;
use pgbackman_core::job::command_line::{About, CommandLine, command, wrong};

const ABOUT: About = About {
    name: "pgbackman_restore",
    summary: "Restores one backup of a database or of a whole PgSQL node. at runs it with a command line from pgbackman_control",
    encoded: "Values that an at job cannot contain (a line break, a control character) are passed encoded",
    exit_status: "Exit status: 0 success, 1 failure, 2 invalid command line, 3 invalid configuration, 4 succeeded, but the result could \
                  not be recorded, 6 refused by the local configuration, 7 this restore is in progress or has already run, 8 succeeded with \
                  a warning, 9 terminated by a signal.",
};

/// What one run of the program is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// The configuration file named on the command line.
    pub config: Option<PathBuf>,
    /// Whether only the plan is to be shown.
    pub dry_run: bool,
    /// The target's name, address or socket directory.
    pub node_fqdn: String,
    /// The target.
    pub node_id: NodeId,
    /// Its port.
    pub node_port: u16,
    /// The role that restores.
    pub node_user: String,
    /// The restore definition.
    pub restore: RestoreDefId,
    /// What the backup contains, where it was said.
    pub code: Option<BackupCode>,
    /// The archive, or the script of a CLUSTER backup.
    pub dump_file: PathBuf,
    /// The roles file.
    pub roles_file: Option<PathBuf>,
    /// The settings file.
    pub settings_file: Option<PathBuf>,
    /// The manifest.
    pub manifest_file: Option<PathBuf>,
    /// Its SHA-256.
    pub checksum: Option<String>,
    /// The database that was backed up; empty for CLUSTER.
    pub source_dbname: String,
    /// The database to restore into; empty for CLUSTER.
    pub target_dbname: String,
    /// The new name of a database that exists already, as given.
    pub renamed_dbname: Option<String>,
    /// Further parameters, as typed.
    pub extra_parameters: String,
    /// Roles that may be created; `None`: every one that the target lacks.
    pub roles: Option<Vec<String>>,
    /// The release of the `pg_dump` that took the backup.
    pub pg_release: Option<PgRelease>,
    /// The backup server's root directory.
    pub root: PathBuf,
}

impl Args {
    /// Reads a command line. The error is clap's, which also stands for `--help` and `--version`.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let line = CommandLine::read(command_line(), arguments)?;
        let roles = line
            .text(&flags::ROLE_LIST)?
            .map(|text| parse_list(&text))
            .transpose()
            .map_err(|error| wrong(&error.to_string()))?
            .map(|items| items.into_iter().map(|item| item.name).collect());
        let args = Self {
            config: line.value(&flags::CONFIG),
            dry_run: line.has(&flags::DRY_RUN),
            node_fqdn: line.needed_text(&flags::NODE_FQDN)?,
            node_id: line.needed(&flags::NODE_ID)?,
            node_port: line.needed(&flags::NODE_PORT)?,
            node_user: line.needed_text(&flags::NODE_USER)?,
            restore: line.needed(&flags::RESTORE_DEF)?,
            code: line.value(&flags::BACKUP_CODE),
            dump_file: line.needed_text(&flags::PGDUMP_FILE)?.into(),
            roles_file: path(line.text(&flags::ROLES_FILE)?),
            settings_file: path(line.text(&flags::SETTINGS_FILE)?),
            manifest_file: path(line.text(&flags::MANIFEST_FILE)?),
            checksum: line.value(&flags::CHECKSUM).filter(|text| !text.is_empty()),
            source_dbname: line.text(&flags::SOURCE_DBNAME)?.unwrap_or_default(),
            target_dbname: line.text(&flags::TARGET_DBNAME)?.unwrap_or_default(),
            renamed_dbname: line
                .text(&flags::RENAMED_DBNAME)?
                .filter(|name| !name.is_empty()),
            extra_parameters: line.text(&flags::EXTRA_PARAMETERS)?.unwrap_or_default(),
            roles,
            pg_release: line.value(&flags::PG_RELEASE),
            root: line.needed_text(&flags::ROOT_BACKUP_DIR)?.into(),
        };
        if args.target_dbname.contains('\0') {
            return Err(wrong("--target-dbname contains a NUL character"));
        }
        Ok(args)
    }
}

/// PgBackMan 1.x has the text `None` where a backup has no such file; it is never one.
fn path(value: Option<String>) -> Option<PathBuf> {
    value
        .filter(|text| !text.is_empty() && text != "None")
        .map(PathBuf::from)
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    command(&ABOUT, flags::FLAGS)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pgbackman_core::domain::node::PgsqlNode;
    use pgbackman_core::domain::restore::restore_job::RestoreJob;
    use pgbackman_core::domain::status::ServerStatus;

    use super::*;

    fn job<'a>(node: &'a PgsqlNode, name: &'a str, roles: &'a [String]) -> RestoreJob<'a> {
        RestoreJob {
            program: Path::new("/usr/bin/pgbackman_restore"),
            config: None,
            node,
            restore: RestoreDefId::new(3),
            code: BackupCode::Full,
            dump_file: Path::new("/srv/x-DATABASE.sql"),
            roles_file: Some(Path::new("/srv/x-USERS.sql")),
            settings_file: None,
            manifest_file: None,
            checksum: Some("ab"),
            source_dbname: name,
            target_dbname: name,
            renamed_dbname: Some(name),
            extra_parameters: "-n x",
            roles,
            pg_release: "9.6",
            root_backup_dir: Path::new("/srv"),
        }
    }

    #[test]
    fn trap_15_what_control_writes_arrives_exactly_as_it_is() {
        let node = PgsqlNode {
            id: NodeId::new(2),
            hostname: "-node2".to_owned(),
            domain: String::new(),
            port: 5432,
            admin_user: "a b".to_owned(),
            status: ServerStatus::Running,
            remarks: String::new(),
            system_identifier: None,
            window_until: None,
        };
        for name in [
            "Orders",
            "a b",
            "it's",
            "a\"b",
            r"back\slash",
            "$(id)",
            "50%",
            "-leading",
            "--dbname",
            "é",
            "l\nb%41",
        ] {
            let roles = [name.to_owned(), "x,y".to_owned()];
            let argv = job(&node, name, &roles).argv().unwrap();
            let args = Args::parse(argv.into_iter().map(OsString::from)).unwrap();
            assert_eq!(args.target_dbname, name);
            assert_eq!(args.source_dbname, name);
            assert_eq!(args.renamed_dbname.as_deref(), Some(name));
            assert_eq!(args.roles.as_deref(), Some(&roles[..]));
            assert_eq!(
                (args.node_fqdn.as_str(), args.node_user.as_str()),
                ("-node2", "a b")
            );
            assert_eq!(args.extra_parameters, "-n x");
            assert_eq!(args.pg_release.unwrap().to_string(), "9.6.0");
            assert_eq!(args.settings_file, None);
        }
    }

    #[test]
    fn a_wrong_command_line_is_refused() {
        assert!(Args::parse(["pgbackman_restore".into()]).is_err());
        assert_eq!(path(Some("None".to_owned())), None);
    }
}

//! The command line (`docs/spec/programs.md`, "pgbackman_dump and pgbackman_restore").

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, CommandFactory as _, Parser};
use pgbackman_core::domain::ids::{NodeId, RestoreDefId};
use pgbackman_core::domain::pg_version::{InvalidVersion, PgMajor, PgRelease};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::encoded_value;
use pgbackman_core::domain::text::selector::parse_list;

/// Restores one backup of a database or of a whole PgSQL node. at runs it with a command line from pgbackman_control.
#[derive(Debug, Parser)]
#[command(
    name = "pgbackman_restore",
    version,
    group = ArgGroup::new("fqdn").required(true).args(["node_fqdn", "node_fqdn_encoded"]),
    group = ArgGroup::new("user").required(true).args(["node_user", "node_user_encoded"]),
    group = ArgGroup::new("dump").required(true).args(["pgdump_file", "pgdump_file_encoded"]),
    group = ArgGroup::new("root").required(true).args(["root_backup_dir", "root_backup_dir_encoded"]),
    group = ArgGroup::new("roles_file").args(["pgdump_roles_file", "pgdump_roles_file_encoded"]),
    group = ArgGroup::new("settings_file").args(["pgdump_dbconfig_file", "pgdump_dbconfig_file_encoded"]),
    group = ArgGroup::new("manifest").args(["manifest_file", "manifest_file_encoded"]),
    group = ArgGroup::new("source").args(["source_dbname", "source_dbname_encoded"]),
    group = ArgGroup::new("target").args(["target_dbname", "target_dbname_encoded"]),
    group = ArgGroup::new("renamed").args(["renamed_dbname", "renamed_dbname_encoded"]),
    group = ArgGroup::new("extra").args(["extra_restore_parameters", "extra_restore_parameters_encoded"]),
    group = ArgGroup::new("roles").args(["role_list", "role_list_encoded"]),
    after_help = "Values that an at job cannot contain (a line break, a control character) are passed encoded, with the suffix \
                  -encoded: --node-fqdn-encoded, --node-user-encoded, --pgdump-file-encoded, \
                  --pgdump-roles-file-encoded, --pgdump-dbconfig-file-encoded, --manifest-file-encoded, --source-dbname-encoded, \
                  --target-dbname-encoded, --renamed-dbname-encoded, --extra-restore-parameters-encoded, --role-list-encoded, \
                  --root-backup-dir-encoded.\n\nExit status: 0 success, 1 failure, 2 invalid command line, 3 invalid \
                  configuration, 4 succeeded, but the result could not be recorded, 6 refused by the local configuration, 7 this restore is \
                  in progress or has already run, 8 succeeded with a warning, 9 terminated by a signal."
)]
struct CommandLine {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Verify the backup, check the target and print the plan, without changing anything
    #[arg(long)]
    dry_run: bool,
    /// PgSQL node to restore to
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    node_fqdn: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    node_fqdn_encoded: Option<String>,
    /// NodeID of that node
    #[arg(long, value_name = "ID")]
    node_id: NodeId,
    /// Port of that node
    #[arg(long, value_name = "PORT")]
    node_port: u16,
    /// Role that restores
    #[arg(long, value_name = "ROLE", allow_hyphen_values = true)]
    node_user: Option<String>,
    #[arg(long, value_name = "ROLE", hide = true)]
    node_user_encoded: Option<String>,
    /// Restore definition to run
    #[arg(long, value_name = "ID")]
    restore_def: RestoreDefId,
    /// Code of the backup (FULL, SCHEMA, DATA, CLUSTER or RDS), if it has no manifest
    #[arg(long, value_name = "CODE")]
    backup_code: Option<BackupCode>,
    /// The backup: the directory of an archive, or the compressed script of a CLUSTER backup
    #[arg(long, value_name = "PATH", allow_hyphen_values = true)]
    pgdump_file: Option<String>,
    #[arg(long, value_name = "PATH", hide = true)]
    pgdump_file_encoded: Option<String>,
    /// Roles file of the backup
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pgdump_roles_file: Option<String>,
    #[arg(long, value_name = "FILE", hide = true)]
    pgdump_roles_file_encoded: Option<String>,
    /// Settings file of the backup
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pgdump_dbconfig_file: Option<String>,
    #[arg(long, value_name = "FILE", hide = true)]
    pgdump_dbconfig_file_encoded: Option<String>,
    /// Manifest of the backup (default: the one next to it)
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    manifest_file: Option<String>,
    #[arg(long, value_name = "FILE", hide = true)]
    manifest_file_encoded: Option<String>,
    /// SHA-256 of the manifest, as recorded in the catalogue
    #[arg(long, value_name = "HEX")]
    checksum: Option<String>,
    /// Database that was backed up; omit it for CLUSTER
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    source_dbname: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    source_dbname_encoded: Option<String>,
    /// Database to restore into; omit it for CLUSTER
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    target_dbname: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    target_dbname_encoded: Option<String>,
    /// New name for an existing database; for CLUSTER, a list of old=new
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    renamed_dbname: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    renamed_dbname_encoded: Option<String>,
    /// Further parameters for pg_restore, --map-role=old=new, --select=PATTERN, --exactly
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    extra_restore_parameters: Option<String>,
    #[arg(long, value_name = "WORDS", hide = true)]
    extra_restore_parameters_encoded: Option<String>,
    /// Roles that may be created, separated by commas (default: all that the target lacks)
    #[arg(long, value_name = "ROLES", allow_hyphen_values = true)]
    role_list: Option<String>,
    #[arg(long, value_name = "ROLES", hide = true)]
    role_list_encoded: Option<String>,
    /// Release of the pg_dump that took the backup, if it has no manifest
    #[arg(long, value_name = "RELEASE", value_parser = parse_release)]
    pg_release: Option<PgRelease>,
    /// The backup server's root directory
    #[arg(long, value_name = "DIR", allow_hyphen_values = true)]
    root_backup_dir: Option<String>,
    #[arg(long, value_name = "DIR", hide = true)]
    root_backup_dir_encoded: Option<String>,
}

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
        Self::from_command_line(CommandLine::try_parse_from(arguments)?)
    }

    fn from_command_line(line: CommandLine) -> Result<Self, clap::Error> {
        let either = plain_or_encoded;
        let roles = either(line.role_list, line.role_list_encoded)?
            .map(|text| parse_list(&text))
            .transpose()
            .map_err(|error| wrong(&error.to_string()))?
            .map(|items| items.into_iter().map(|item| item.name).collect());
        let args = Self {
            config: line.config,
            dry_run: line.dry_run,
            node_fqdn: needed(
                either(line.node_fqdn, line.node_fqdn_encoded)?,
                "--node-fqdn",
            )?,
            node_id: line.node_id,
            node_port: line.node_port,
            node_user: needed(
                either(line.node_user, line.node_user_encoded)?,
                "--node-user",
            )?,
            restore: line.restore_def,
            code: line.backup_code,
            dump_file: needed(
                either(line.pgdump_file, line.pgdump_file_encoded)?,
                "--pgdump-file",
            )?
            .into(),
            roles_file: path(either(
                line.pgdump_roles_file,
                line.pgdump_roles_file_encoded,
            )?),
            settings_file: path(either(
                line.pgdump_dbconfig_file,
                line.pgdump_dbconfig_file_encoded,
            )?),
            manifest_file: path(either(line.manifest_file, line.manifest_file_encoded)?),
            checksum: line.checksum.filter(|text| !text.is_empty()),
            source_dbname: either(line.source_dbname, line.source_dbname_encoded)?
                .unwrap_or_default(),
            target_dbname: either(line.target_dbname, line.target_dbname_encoded)?
                .unwrap_or_default(),
            renamed_dbname: either(line.renamed_dbname, line.renamed_dbname_encoded)?
                .filter(|name| !name.is_empty()),
            extra_parameters: either(
                line.extra_restore_parameters,
                line.extra_restore_parameters_encoded,
            )?
            .unwrap_or_default(),
            roles,
            pg_release: line.pg_release,
            root: needed(
                either(line.root_backup_dir, line.root_backup_dir_encoded)?,
                "--root-backup-dir",
            )?
            .into(),
        };
        if args.target_dbname.contains('\0') {
            return Err(wrong("--target-dbname holds a NUL character"));
        }
        Ok(args)
    }
}

/// A flag's value, or that of its `-encoded` twin (clap has seen to it that there is one at most).
fn plain_or_encoded(
    plain: Option<String>,
    encoded: Option<String>,
) -> Result<Option<String>, clap::Error> {
    encoded_value::plain_or_encoded(plain, encoded).map_err(|error| wrong(&error.to_string()))
}

/// PgBackMan 1.x has the text `None` where a backup has no such file; it is never one.
fn path(value: Option<String>) -> Option<PathBuf> {
    value
        .filter(|text| !text.is_empty() && text != "None")
        .map(PathBuf::from)
}

fn needed(value: Option<String>, flag: &str) -> Result<String, clap::Error> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| wrong(&format!("{flag} needs a value")))
}

fn wrong(message: &str) -> clap::Error {
    clap::Error::raw(
        clap::error::ErrorKind::ValueValidation,
        format!("{message}\n"),
    )
}

/// `15.18`, or as rows of 1.x have it: `10`, `9.6`.
fn parse_release(text: &str) -> Result<PgRelease, InvalidVersion> {
    if let Ok(major) = text.parse::<PgMajor>() {
        return Ok(PgRelease::new(major, 0));
    }
    text.parse()
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    CommandLine::command()
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

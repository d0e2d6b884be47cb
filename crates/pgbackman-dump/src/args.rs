//! The command line (`docs/spec/programs.md`, "pgbackman_dump and pgbackman_restore").

use std::path::PathBuf;

use clap::{ArgGroup, CommandFactory as _, Parser};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{DefId, NodeId, SnapshotId};
use pgbackman_core::domain::pg_version::{InvalidVersion, PgMajor};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::encoded_value;

/// Takes one backup of a database or of a whole PgSQL node. cron and at run it with a command line from pgbackman_control.
#[derive(Debug, Parser)]
#[command(
    name = "pgbackman_dump",
    version,
    group = ArgGroup::new("origin").required(true).args(["def_id", "snapshot_id"]),
    group = ArgGroup::new("fqdn").required(true).args(["node_fqdn", "node_fqdn_encoded"]),
    group = ArgGroup::new("user").required(true).args(["node_user", "node_user_encoded"]),
    group = ArgGroup::new("database").args(["dbname", "dbname_encoded"]),
    group = ArgGroup::new("root").required(true).args(["root_backup_dir", "root_backup_dir_encoded"]),
    group = ArgGroup::new("extra").args(["extra_backup_parameters", "extra_backup_parameters_encoded"]),
    after_help = "Values that a crontab or an at job cannot contain (a line break, a control character, a % in a crontab) are passed encoded, \
                  with the suffix -encoded: --node-fqdn-encoded, --node-user-encoded, --dbname-encoded, --root-backup-dir-encoded, \
                  --extra-backup-parameters-encoded.\n\nExit status: 0 success, 1 failure, 2 invalid command line, 3 invalid configuration, \
                  4 succeeded, but the result could not be recorded, 6 refused by the local configuration, 7 a run of the same definition is in \
                  progress or has already been started for this time by cron, 8 succeeded with a warning, 9 terminated by a signal or by its \
                  time limit."
)]
struct CommandLine {
    /// Configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// PgSQL node to back up
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
    /// Role that takes the backup
    #[arg(long, value_name = "ROLE", allow_hyphen_values = true)]
    node_user: Option<String>,
    #[arg(long, value_name = "ROLE", hide = true)]
    node_user_encoded: Option<String>,
    /// Backup definition to run
    #[arg(long, value_name = "ID")]
    def_id: Option<DefId>,
    /// Snapshot definition to run
    #[arg(long, value_name = "ID")]
    snapshot_id: Option<SnapshotId>,
    /// Database to back up; omit it for CLUSTER
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    dbname: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    dbname_encoded: Option<String>,
    /// What the backup contains: FULL, SCHEMA, DATA, CLUSTER or RDS
    #[arg(long, value_name = "CODE")]
    backup_code: BackupCode,
    /// Whether the definition requires encryption, which is not supported yet
    #[arg(long, value_name = "true|false", action = clap::ArgAction::Set)]
    encryption: bool,
    /// The backup server's root directory
    #[arg(long, value_name = "DIR")]
    root_backup_dir: Option<PathBuf>,
    #[arg(long, value_name = "DIR", hide = true)]
    root_backup_dir_encoded: Option<String>,
    /// Further parameters for pg_dump or pg_dumpall
    #[arg(long, value_name = "WORDS", allow_hyphen_values = true)]
    extra_backup_parameters: Option<String>,
    #[arg(long, value_name = "WORDS", hide = true)]
    extra_backup_parameters_encoded: Option<String>,
    /// Major version of pg_dump to use instead of the node's own
    #[arg(long, value_name = "MAJOR", value_parser = parse_release)]
    pg_dump_release: Option<PgMajor>,
    /// The five fields by which cron starts this; a second start for the same time does nothing, unless somebody starts it at a
    /// terminal
    #[arg(long, value_name = "FIELDS")]
    cron_schedule: Option<String>,
}

/// What one run of the program is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Args {
    /// The configuration file named on the command line.
    pub config: Option<PathBuf>,
    /// The node's name, address or socket directory.
    pub node_fqdn: String,
    /// The node.
    pub node_id: NodeId,
    /// Its port.
    pub node_port: u16,
    /// The role that takes the backup.
    pub node_user: String,
    /// The definition or snapshot.
    pub origin: BackupOrigin,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// What the backup contains.
    pub code: BackupCode,
    /// Whether the definition asks for encryption.
    pub encryption: bool,
    /// The backup server's root directory.
    pub root: PathBuf,
    /// Further parameters for the client program, as typed.
    pub extra_parameters: String,
    /// The client's major version, where it is not the node's.
    pub pg_dump_release: Option<PgMajor>,
    /// The schedule by which cron starts this run, where cron does.
    pub cron_schedule: Option<Schedule>,
}

impl Args {
    /// Reads a command line. The error is clap's, which also stands for `--help` and `--version`.
    pub fn parse(
        arguments: impl IntoIterator<Item = std::ffi::OsString>,
    ) -> Result<Self, clap::Error> {
        Self::from_command_line(CommandLine::try_parse_from(arguments)?)
    }

    fn from_command_line(line: CommandLine) -> Result<Self, clap::Error> {
        let origin = match (line.def_id, line.snapshot_id) {
            (Some(id), _) => BackupOrigin::Definition(id),
            (None, Some(id)) => BackupOrigin::Snapshot(id),
            (None, None) => return Err(wrong("--def-id or --snapshot-id is needed")),
        };
        let dbname = plain_or_encoded(line.dbname, line.dbname_encoded)?.unwrap_or_default();
        match (line.backup_code, dbname.is_empty()) {
            (BackupCode::Cluster, false) => {
                return Err(wrong(
                    "--dbname has no meaning with code CLUSTER, which takes every database of the node",
                ));
            }
            (BackupCode::Cluster, true) | (_, false) => {}
            (code, true) => return Err(wrong(&format!("code {code} needs --dbname"))),
        }
        let root = match (line.root_backup_dir, line.root_backup_dir_encoded) {
            (Some(path), _) => path,
            (None, encoded) => {
                needed(plain_or_encoded(None, encoded)?, "--root-backup-dir")?.into()
            }
        };
        Ok(Self {
            config: line.config,
            node_fqdn: needed(
                plain_or_encoded(line.node_fqdn, line.node_fqdn_encoded)?,
                "--node-fqdn",
            )?,
            node_id: line.node_id,
            node_port: line.node_port,
            node_user: needed(
                plain_or_encoded(line.node_user, line.node_user_encoded)?,
                "--node-user",
            )?,
            origin,
            dbname,
            code: line.backup_code,
            encryption: line.encryption,
            root,
            extra_parameters: plain_or_encoded(
                line.extra_backup_parameters,
                line.extra_backup_parameters_encoded,
            )?
            .unwrap_or_default(),
            pg_dump_release: line.pg_dump_release,
            // One that cannot be read costs no backup.
            cron_schedule: line.cron_schedule.as_deref().and_then(parse_schedule),
        })
    }
}

/// A flag's value, or that of its `-encoded` twin (clap has seen to it that there is one at most).
fn plain_or_encoded(
    plain: Option<String>,
    encoded: Option<String>,
) -> Result<Option<String>, clap::Error> {
    encoded_value::plain_or_encoded(plain, encoded).map_err(|error| wrong(&error.to_string()))
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

/// Control passes the snapshot's release as the catalogue has it: `15`, `9.6`.
fn parse_release(text: &str) -> Result<PgMajor, InvalidVersion> {
    text.parse()
}

/// The five fields as they stand in a crontab.
fn parse_schedule(text: &str) -> Option<Schedule> {
    let fields: Vec<&str> = text.split(' ').collect();
    Schedule::parse(fields.try_into().ok()?).ok()
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    CommandLine::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMON: [&str; 15] = [
        "pgbackman_dump",
        "--node-fqdn",
        "node1.example.org",
        "--node-id",
        "1",
        "--node-port",
        "5432",
        "--node-user",
        "postgres",
        "--encryption",
        "false",
        "--root-backup-dir",
        "/srv/pgbackman",
        "--backup-code",
        "FULL",
    ];

    fn parse(rest: &[&str]) -> Result<Args, clap::Error> {
        Args::parse(COMMON.iter().chain(rest).map(Into::into))
    }

    #[test]
    fn the_crontab_line_of_a_definition_is_understood() {
        let args = parse(&["--def-id", "12", "--dbname", "Orders"]).unwrap();
        assert_eq!(args.origin, BackupOrigin::Definition(DefId::new(12)));
        assert_eq!(
            (args.dbname.as_str(), args.code, args.encryption),
            ("Orders", BackupCode::Full, false)
        );
        let args = parse(&[
            "--def-id",
            "1",
            "--dbname",
            "x",
            "--cron-schedule",
            "0,30 2 * * 0",
        ]);
        let schedule = args.unwrap().cron_schedule.unwrap();
        assert_eq!(schedule.to_string(), "0,30 2 * * 0");
        let args = parse(&["--def-id", "1", "--dbname", "x", "--cron-schedule", "x"]);
        assert_eq!(args.unwrap().cron_schedule, None);
        let args = parse(&[
            "--snapshot-id",
            "7",
            "--dbname",
            "x",
            "--pg-dump-release",
            "18",
        ])
        .unwrap();
        assert_eq!(args.origin, BackupOrigin::Snapshot(SnapshotId::new(7)));
        assert_eq!(args.pg_dump_release, Some(PgMajor::new(18)));
    }

    #[test]
    fn trap_15_names_arrive_exactly_as_they_are() {
        for name in [
            "Orders",
            "a b",
            "it's",
            "a\"b",
            r"back\slash",
            "$(id)",
            "a;b",
            "50%",
            "-leading",
            "--dbname",
            "é",
        ] {
            assert_eq!(
                parse(&["--def-id", "1", "--dbname", name]).unwrap().dbname,
                name
            );
        }
        let encoded = encoded_value::encode("line\nbreak%41");
        let args = parse(&["--def-id", "1", "--dbname-encoded", &encoded]).unwrap();
        assert_eq!(args.dbname, "line\nbreak%41");
        assert!(parse(&["--def-id", "1", "--dbname-encoded", "%zz"]).is_err());
    }

    #[test]
    fn trap_15a_extra_parameters_keep_their_case() {
        let args = parse(&[
            "--def-id",
            "1",
            "--dbname",
            "x",
            "--extra-backup-parameters",
            "-T log",
        ])
        .unwrap();
        assert_eq!(args.extra_parameters, "-T log");
    }

    #[test]
    fn exactly_one_of_definition_and_snapshot_and_a_database_where_one_is_needed() {
        for wrong in [
            &["--dbname", "x"][..],
            &["--def-id", "1", "--snapshot-id", "2", "--dbname", "x"],
            &["--def-id", "1"],
            &["--def-id", "0", "--dbname", "x"],
            &["--def-id", "1", "--dbname", "x", "--dbname-encoded", "y"],
            &[
                "--def-id",
                "1",
                "--dbname",
                "x",
                "--pg-dump-release",
                "banana",
            ],
            &["--def-id", "1", "--dbname", "x", "--unknown"],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?} was accepted");
        }
        let cluster: Vec<_> = COMMON
            .map(|word| if word == "FULL" { "cluster" } else { word })
            .to_vec();
        let line = |rest: &[&str]| Args::parse(cluster.iter().chain(rest).map(Into::into));
        assert_eq!(
            line(&["--def-id", "1", "--dbname", ""]).unwrap().code,
            BackupCode::Cluster
        );
        assert!(line(&["--def-id", "1", "--dbname", "x"]).is_err());
    }
}

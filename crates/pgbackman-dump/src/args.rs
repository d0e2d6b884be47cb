//! The command line (`docs/spec/programs.md`, "pgbackman_dump and pgbackman_restore").

use std::path::PathBuf;

use pgbackman_core::domain::backup::{BackupOrigin, dump_flags as flags};
use pgbackman_core::domain::ids::{NodeId, RequestId};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::job::command_line::{About, CommandLine, command, wrong};

const ABOUT: About = About {
    name: "pgbackman_dump",
    summary: "Takes one backup of a database or of a whole PgSQL node. cron and at run it with a command line from pgbackman_control",
    encoded: "Values that a crontab or an at job cannot contain (a line break, a control character, a % in a crontab) are passed \
              encoded",
    exit_status: "Exit status: 0 success, 1 failure, 2 invalid command line, 3 invalid configuration, 4 succeeded, but the result could \
                  not be recorded, 6 refused by the local configuration, 7 a run of the same definition is in progress or has already been \
                  started for this time by cron, 8 succeeded with a warning, 9 terminated by a signal or by its time limit.",
};

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
    /// The request that this run fulfils, where somebody asked for it outside the schedule.
    pub requested: Option<RequestId>,
}

impl Args {
    /// Reads a command line. The error is clap's, which also stands for `--help` and `--version`.
    pub fn parse(
        arguments: impl IntoIterator<Item = std::ffi::OsString>,
    ) -> Result<Self, clap::Error> {
        let line = CommandLine::read(command_line(), arguments)?;
        let origin = match (line.value(&flags::DEF_ID), line.value(&flags::SNAPSHOT_ID)) {
            (Some(id), _) => BackupOrigin::Definition(id),
            (None, Some(id)) => BackupOrigin::Snapshot(id),
            (None, None) => return Err(wrong("--def-id or --snapshot-id is needed")),
        };
        let requested = line.value(&flags::REQUESTED_RUN);
        if requested.is_some() && matches!(origin, BackupOrigin::Snapshot(_)) {
            return Err(wrong("--requested-run belongs to --def-id"));
        }
        let dbname = line.text(&flags::DBNAME)?.unwrap_or_default();
        let code = line.needed(&flags::BACKUP_CODE)?;
        match (code, dbname.is_empty()) {
            (BackupCode::Cluster, false) => {
                return Err(wrong(
                    "--dbname has no meaning with code CLUSTER, which takes every database of the node",
                ));
            }
            (BackupCode::Cluster, true) | (_, false) => {}
            (code, true) => return Err(wrong(&format!("code {code} needs --dbname"))),
        }
        Ok(Self {
            config: line.value(&flags::CONFIG),
            root: line.needed_path(&flags::ROOT_BACKUP_DIR)?,
            node_fqdn: line.needed_text(&flags::NODE_FQDN)?,
            node_id: line.needed(&flags::NODE_ID)?,
            node_port: line.needed(&flags::NODE_PORT)?,
            node_user: line.needed_text(&flags::NODE_USER)?,
            origin,
            dbname,
            code,
            encryption: line.needed(&flags::ENCRYPTION)?,
            extra_parameters: line.text(&flags::EXTRA_PARAMETERS)?.unwrap_or_default(),
            pg_dump_release: line.value(&flags::PG_DUMP_RELEASE),
            // One that cannot be read costs no backup.
            cron_schedule: line
                .value(&flags::CRON_SCHEDULE)
                .as_deref()
                .and_then(parse_schedule),
            requested,
        })
    }
}

/// The five fields as they are in a crontab.
fn parse_schedule(text: &str) -> Option<Schedule> {
    let fields: Vec<&str> = text.split(' ').collect();
    Schedule::parse(fields.try_into().ok()?).ok()
}

/// The command line, for completion scripts and the like.
pub fn command_line() -> clap::Command {
    command(&ABOUT, flags::FLAGS)
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::{DefId, SnapshotId};
    use pgbackman_core::domain::text::encoded_value;

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
            &[
                "--snapshot-id",
                "1",
                "--dbname",
                "x",
                "--requested-run",
                "3",
            ],
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

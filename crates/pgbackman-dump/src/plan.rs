//! What a run will do, decided before it does anything: the files, the programs, their order. Pure, and printable.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgbackman_core::config::Environment;
use pgbackman_core::domain::backup::extra_parameters::ExtraParameters;
use pgbackman_core::domain::backup::names::BackupNames;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::handoff::manifest::Part;
use pgbackman_core::handoff::run::{Artifact, ArtifactKind};
use pgbackman_core::job::environment::client_environment;
use pgbackman_core::pgtools::argv;
use pgbackman_core::pgtools::bindir::ClientTools;
use pgbackman_core::sys::process::Program;

use crate::args::Args;
use pgbackman_core::job::directories::NodeDirectories;

/// The options of `pg_dump` that choose tables.
const FILTERS: [&str; 8] = [
    "table",
    "exclude-table",
    "table-and-children",
    "exclude-table-and-children",
    "schema",
    "exclude-schema",
    "extension",
    "exclude-extension",
];

/// What to make a plan from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inputs<'a> {
    /// The command line.
    pub(crate) args: &'a Args,
    /// Where the backups of the node lie.
    pub(crate) directories: &'a NodeDirectories,
    /// The names of this run, which nobody has taken.
    pub(crate) names: &'a BackupNames,
    /// The client programs.
    pub(crate) tools: &'a ClientTools,
    /// Whether the server lets us switch event triggers off.
    pub(crate) without_event_triggers: bool,
    /// The server's major version.
    pub(crate) server: PgMajor,
    /// The encoding of the database.
    pub(crate) encoding: &'a str,
    /// The checked extra parameters.
    pub(crate) extra: &'a ExtraParameters,
    /// How long the client waits for a lock.
    pub(crate) lock_wait_timeout: Duration,
    /// Under which name the client programs appear on the server; no other run has it.
    pub(crate) application: &'a str,
    /// The process's environment.
    pub(crate) env: &'a Environment,
}

/// A file of the backup and its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedPart {
    /// Which part it is.
    pub(crate) part: Part,
    /// What is written.
    pub(crate) artifact: Artifact,
    /// The log of its writing.
    pub(crate) log: PathBuf,
}

/// What a run will do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The database's own part, or the cluster's.
    pub(crate) database: PlannedPart,
    /// The roles, where the code has them.
    pub(crate) roles: Option<PlannedPart>,
    /// The settings, where the code has them.
    pub(crate) settings: Option<PlannedPart>,
    /// What is run in the new database after its contents, where there is anything; its log is that of the archive.
    pub(crate) after: Option<PlannedPart>,
    /// The manifest.
    pub(crate) manifest: Artifact,
    /// The name under which the program that dumps appears on the server.
    pub(crate) application: String,
    /// Whether the extra parameters choose tables: then only `pg_dump` knows which it will read.
    pub(crate) is_filtered: bool,
    /// The program that dumps, but for the snapshot that is not there yet.
    dump: Program,
    /// Whether that program takes a snapshot.
    is_cluster: bool,
    pg_restore: PathBuf,
    env: Vec<(OsString, OsString)>,
}

impl Plan {
    /// Decides everything that can be decided before the snapshot exists.
    pub(crate) fn new(inputs: &Inputs<'_>) -> Self {
        let Inputs {
            args,
            directories,
            names,
            tools,
            ..
        } = *inputs;
        let file = |name: String| Artifact {
            kind: ArtifactKind::File,
            directory: directories.dump_directory.clone(),
            name,
        };
        let is_cluster = args.code == BackupCode::Cluster;
        let mut database = file(names.dump());
        if !is_cluster {
            database.kind = ArtifactKind::Directory;
        }
        let with_roles = args.code.has_roles_and_settings();
        let part = |part, artifact, log: String| PlannedPart {
            part,
            artifact,
            log: directories.log_directory.join(log),
        };
        let env = client_environment(
            inputs.env,
            inputs.server,
            inputs.without_event_triggers,
            inputs.application,
        );
        Self {
            dump: dump_program(inputs, &database.partial_path(), env.clone()),
            database: part(Part::Database, database, names.dump_log()),
            after: args
                .code
                .has_objects_of_one_database()
                .then(|| part(Part::After, file(names.after()), names.dump_log())),
            roles: with_roles.then(|| part(Part::Roles, file(names.roles()), names.roles_log())),
            settings: with_roles
                .then(|| part(Part::Settings, file(names.dbconfig()), names.dbconfig_log())),
            manifest: file(names.manifest()),
            application: inputs.application.to_owned(),
            is_filtered: FILTERS.iter().any(|option| inputs.extra.has(option)),
            is_cluster,
            pg_restore: tools.program("pg_restore"),
            env,
        }
    }

    /// Every file in the order in which it gets its name: the manifest is the last, so that it stands for all.
    pub(crate) fn artifacts(&self) -> Vec<Artifact> {
        self.parts()
            .map(|part| part.artifact.clone())
            .chain([self.manifest.clone()])
            .collect()
    }

    /// The parts, the manifest left out.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &PlannedPart> {
        [
            self.roles.as_ref(),
            self.settings.as_ref(),
            self.after.as_ref(),
            Some(&self.database),
        ]
        .into_iter()
        .flatten()
    }

    /// The program that dumps.
    pub(crate) fn dump_program(&self, snapshot: Option<&str>) -> Program {
        let mut program = self.dump.clone();
        if let (Some(snapshot), false) = (snapshot, self.is_cluster) {
            program.args.push(format!("--snapshot={snapshot}").into());
        }
        program
    }

    /// `pg_restore` on the archive, with these arguments.
    pub(crate) fn pg_restore(&self, args: Vec<OsString>) -> Program {
        Program {
            path: self.pg_restore.clone(),
            args,
            env: self.env.clone(),
        }
    }
}

fn dump_program(inputs: &Inputs<'_>, output: &Path, env: Vec<(OsString, OsString)>) -> Program {
    let Inputs {
        args,
        tools,
        extra,
        lock_wait_timeout,
        ..
    } = *inputs;
    let server = argv::Server {
        host: &args.node_fqdn,
        port: args.node_port,
        user: &args.node_user,
    };
    if args.code == BackupCode::Cluster {
        return Program {
            path: tools.program("pg_dumpall"),
            args: argv::pg_dumpall(&server, lock_wait_timeout, extra),
            env,
        };
    }
    let argv = argv::pg_dump(&argv::PgDump {
        server,
        dbname: &args.dbname,
        code: args.code,
        encoding: inputs.encoding,
        client: tools.release.major(),
        directory: output,
        snapshot: None,
        lock_wait_timeout,
        extra,
    });
    Program {
        path: tools.program("pg_dump"),
        args: argv,
        env,
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = |args: &[OsString]| {
            args.iter()
                .map(|word| format!("[{}]", word.display()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        for part in [&self.roles, &self.settings].into_iter().flatten() {
            writeln!(f, "write {}", part.artifact.partial_path().display())?;
        }
        writeln!(
            f,
            "run {} {}",
            self.dump.path.display(),
            words(&self.dump.args)
        )?;
        writeln!(
            f,
            "check and flush {}",
            self.database.artifact.partial_path().display()
        )?;
        for artifact in self.artifacts() {
            writeln!(f, "publish {}", artifact.path().display())?;
        }
        Ok(())
    }
}

//! The command lines of the programs that `cron` and `at` start, read by the same declarations by which they are written
//! (`domain::text::flags`).

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command, value_parser};

use crate::domain::ids::{DefId, NodeId, RequestId, RestoreDefId, SnapshotId};
use crate::domain::pg_version::{InvalidVersion, PgMajor, PgRelease};
use crate::domain::status::BackupCode;
use crate::domain::text::encoded_value;
use crate::domain::text::flags::{Declaration, Flag, FlagValue, Need, Switch, Takes};
use crate::exit_code::ExitCode;

/// What a program's help says besides its flags.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The program's name.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Why values are encoded, the beginning of a sentence.
    pub encoded: &'static str,
    /// What its exit codes mean.
    pub exit_status: &'static str,
}

/// The command line of a program, for reading one, for its help, and for the documents that are made from it.
pub fn command(about: &About, flags: &'static [Declaration]) -> Command {
    let twins: Vec<&str> = flags.iter().filter_map(|flag| flag.twin).collect();
    let command = Command::new(about.name)
        .about(about.summary)
        .version(crate::VERSION)
        .after_help(format!(
            "{}, with the suffix -encoded: {}.\n\n{}",
            about.encoded,
            twins.join(", "),
            about.exit_status
        ));
    let command = flags.iter().flat_map(arguments).fold(command, Command::arg);
    groups(flags).into_iter().fold(command, Command::group)
}

/// Prints why there is nothing to run: a wrong command line, or a question for help or the version, which go to standard output
/// and are no failure. The exit code to end with.
pub fn not_run(error: &clap::Error) -> ExitCode {
    // A closed output is nobody's concern.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::Usage
    } else {
        ExitCode::Success
    }
}

/// A command line that has been read.
#[derive(Debug)]
pub struct CommandLine(ArgMatches);

impl CommandLine {
    /// Reads a command line. The error is clap's, which also stands for `--help` and `--version`.
    ///
    /// # Errors
    /// See above.
    pub fn read(
        command: Command,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Self, clap::Error> {
        command.try_get_matches_from(arguments).map(Self)
    }

    /// Whether a flag without a value is there.
    pub fn has(&self, flag: &Flag<Switch>) -> bool {
        self.0.get_flag(flag.name())
    }

    /// A flag's value, where it has one that is not encoded.
    pub fn value<T: FlagValue + Any + Clone + Send + Sync>(&self, flag: &Flag<T>) -> Option<T> {
        self.0.get_one::<T>(flag.name()).cloned()
    }

    /// The value of a flag that must be there.
    ///
    /// # Errors
    /// Where it is not.
    pub fn needed<T: FlagValue + Any + Clone + Send + Sync>(
        &self,
        flag: &Flag<T>,
    ) -> Result<T, clap::Error> {
        self.value(flag)
            .ok_or_else(|| wrong(&format!("{} needs a value", flag.name())))
    }

    /// A flag's text, or what its twin carries encoded; of the two there is one at most.
    ///
    /// # Errors
    /// A text that is not encoded.
    pub fn text(&self, flag: &Flag<String>) -> Result<Option<String>, clap::Error> {
        match self.value(flag) {
            Some(value) => Ok(Some(value)),
            None => self.decoded(&flag.declaration),
        }
    }

    /// The same for a flag that must be there, and not be empty.
    ///
    /// # Errors
    /// A text that is not encoded, or none.
    pub fn needed_text(&self, flag: &Flag<String>) -> Result<String, clap::Error> {
        not_empty(self.text(flag)?, &flag.declaration)
    }

    /// The same for a path.
    ///
    /// # Errors
    /// A text that is not encoded, or none.
    pub fn needed_path(&self, flag: &Flag<PathBuf>) -> Result<PathBuf, clap::Error> {
        match self.value(flag) {
            Some(path) => Ok(path),
            None => Ok(not_empty(self.decoded(&flag.declaration)?, &flag.declaration)?.into()),
        }
    }

    fn decoded(&self, declaration: &Declaration) -> Result<Option<String>, clap::Error> {
        declaration
            .twin
            .and_then(|twin| self.0.get_one::<String>(twin))
            .map(|value| encoded_value::decode(value))
            .transpose()
            .map_err(|error| wrong(&error.to_string()))
    }
}

/// Why a command line is wrong, as far as clap cannot know.
pub fn wrong(message: &str) -> clap::Error {
    clap::Error::raw(
        clap::error::ErrorKind::ValueValidation,
        format!("{message}\n"),
    )
}

fn not_empty(value: Option<String>, declaration: &Declaration) -> Result<String, clap::Error> {
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| wrong(&format!("{} needs a value", declaration.name)))
}

/// A flag, and its twin if it has one.
fn arguments(flag: &'static Declaration) -> impl Iterator<Item = Arg> {
    let is_text = flag.takes == Takes::Text;
    let plain = argument(flag.name)
        .help(flag.help)
        .required(flag.need == Need::Required && flag.twin.is_none());
    let plain = match parser(flag.takes) {
        None => plain.action(ArgAction::SetTrue),
        Some(parser) => plain
            .value_name(flag.value_name)
            .value_parser(parser)
            .action(ArgAction::Set)
            .allow_hyphen_values(is_text && flag.twin.is_some()),
    };
    let twin = flag.twin.map(|twin| {
        argument(twin)
            .value_name(flag.value_name)
            .value_parser(value_parser!(String))
            .hide(true)
    });
    [Some(plain), twin].into_iter().flatten()
}

fn argument(name: &'static str) -> Arg {
    Arg::new(name).long(name.trim_start_matches('-'))
}

/// Flags of which there may be one only: those that are declared as a group, and a flag with its twin.
fn groups(flags: &'static [Declaration]) -> Vec<ArgGroup> {
    let mut declared: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for flag in flags {
        if let Need::OneOf(group) = flag.need {
            declared.entry(group).or_default().push(flag.name);
        }
    }
    let declared = declared
        .into_iter()
        .map(|(group, names)| ArgGroup::new(group).required(true).args(names));
    let twins = flags.iter().filter_map(|flag| {
        let group = ArgGroup::new(flag.name.trim_start_matches('-'));
        let required = flag.need == Need::Required;
        Some(group.required(required).args([flag.name, flag.twin?]))
    });
    // All flags together. It demands nothing; the usage below clap's errors lists them by it.
    let all = flags.iter().flat_map(|flag| [Some(flag.name), flag.twin]);
    let all = ArgGroup::new("flags").multiple(true).args(all.flatten());
    [all].into_iter().chain(declared).chain(twins).collect()
}

/// How a value is read; none for a flag without one.
fn parser(takes: Takes) -> Option<ValueParser> {
    Some(match takes {
        Takes::Nothing => return None,
        Takes::Text => value_parser!(String),
        Takes::Path => value_parser!(PathBuf),
        Takes::Truth => value_parser!(bool),
        Takes::Port => value_parser!(u16).into(),
        Takes::NodeId => value_parser!(NodeId).into(),
        Takes::DefId => value_parser!(DefId).into(),
        Takes::SnapshotId => value_parser!(SnapshotId).into(),
        Takes::RestoreDefId => value_parser!(RestoreDefId).into(),
        Takes::RequestId => value_parser!(RequestId).into(),
        Takes::Code => value_parser!(BackupCode).into(),
        Takes::Major => ValueParser::new(major),
        Takes::Release => ValueParser::new(release),
    })
}

/// Control passes the snapshot's release as the catalogue has it: `15`, `9.6`.
fn major(text: &str) -> Result<PgMajor, InvalidVersion> {
    text.parse()
}

/// `15.18`, or as rows of 1.x have it: `10`, `9.6`.
fn release(text: &str) -> Result<PgRelease, InvalidVersion> {
    if let Ok(major) = text.parse::<PgMajor>() {
        return Ok(PgRelease::new(major, 0));
    }
    text.parse()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::domain::backup::dump_job::DumpJob;
    use crate::domain::backup::{BackupOrigin, dump_flags};
    use crate::domain::node::PgsqlNode;
    use crate::domain::restore::restore_flags;
    use crate::domain::restore::restore_job::RestoreJob;
    use crate::domain::status::ServerStatus;

    const ABOUT: About = About {
        name: "job",
        summary: "",
        encoded: "",
        exit_status: "",
    };

    fn read(argv: Vec<String>, flags: &'static [Declaration]) -> CommandLine {
        CommandLine::read(command(&ABOUT, flags), argv.into_iter().map(OsString::from)).unwrap()
    }

    /// Every flag that a job writes, and every value, in whatever form it is written.
    #[test]
    fn trap_15_what_a_job_writes_its_program_reads() {
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
        let (program, config) = (Path::new("/usr/bin/job"), Path::new("/etc/x.conf"));
        for value in [
            "Orders", "it's", "50%", "-leading", "--dbname", "é", "l\nb%41",
        ] {
            let root = Path::new("/srv").join(value);
            let dump = DumpJob {
                program,
                config: Some(config),
                node: &node,
                origin: BackupOrigin::Snapshot(SnapshotId::new(3)),
                dbname: value,
                code: BackupCode::Data,
                encryption: true,
                root_backup_dir: &root,
                extra_parameters: value,
                pg_dump_release: Some("9.6"),
                requested: Some(RequestId::new(5)),
            };
            for argv in [dump.argv(), dump.argv_without_percent_signs()] {
                use dump_flags::*;
                let line = read(argv.unwrap(), FLAGS);
                assert_eq!(line.value(&CONFIG).unwrap(), config);
                assert_eq!(line.needed_text(&NODE_FQDN).unwrap(), "-node2");
                assert_eq!(line.needed(&NODE_ID).unwrap(), node.id);
                assert_eq!(line.needed(&NODE_PORT).unwrap(), 5432);
                assert_eq!(line.needed_text(&NODE_USER).unwrap(), "a b");
                assert_eq!(line.value(&DEF_ID), None);
                assert_eq!(line.value(&SNAPSHOT_ID), Some(SnapshotId::new(3)));
                assert_eq!(line.text(&DBNAME).unwrap().unwrap(), value);
                assert_eq!(line.needed(&BACKUP_CODE).unwrap(), BackupCode::Data);
                assert!(line.needed(&ENCRYPTION).unwrap());
                assert_eq!(line.needed_path(&ROOT_BACKUP_DIR).unwrap(), root);
                assert_eq!(line.text(&EXTRA_PARAMETERS).unwrap().unwrap(), value);
                assert_eq!(line.value(&PG_DUMP_RELEASE).unwrap().to_string(), "9.6");
                assert_eq!(line.value(&REQUESTED_RUN), Some(RequestId::new(5)));
            }
            let files = ["a", "b", "c", "d"].map(|file| root.join(file));
            let restore = RestoreJob {
                program,
                config: Some(config),
                node: &node,
                restore: RestoreDefId::new(3),
                code: BackupCode::Full,
                dump_file: &files[0],
                roles_file: Some(&files[1]),
                settings_file: Some(&files[2]),
                manifest_file: Some(&files[3]),
                checksum: Some("ab"),
                source_dbname: value,
                target_dbname: value,
                renamed_dbname: Some(value),
                extra_parameters: value,
                roles: &[value.to_owned()],
                pg_release: "15.18",
                root_backup_dir: &root,
            };
            {
                use restore_flags::*;
                let line = read(restore.argv().unwrap(), FLAGS);
                assert_eq!(line.value(&CONFIG).unwrap(), config);
                assert!(!line.has(&DRY_RUN));
                assert_eq!(line.needed_text(&NODE_FQDN).unwrap(), "-node2");
                assert_eq!(line.needed(&NODE_ID).unwrap(), node.id);
                assert_eq!(line.needed(&NODE_PORT).unwrap(), 5432);
                assert_eq!(line.needed_text(&NODE_USER).unwrap(), "a b");
                assert_eq!(line.needed(&RESTORE_DEF).unwrap(), restore.restore);
                assert_eq!(line.needed(&BACKUP_CODE).unwrap(), BackupCode::Full);
                let given = [PGDUMP_FILE, ROLES_FILE, SETTINGS_FILE, MANIFEST_FILE];
                for (flag, file) in given.iter().zip(&files) {
                    assert_eq!(Path::new(&line.needed_text(flag).unwrap()), file);
                }
                assert_eq!(line.value(&CHECKSUM).unwrap(), "ab");
                for flag in [
                    SOURCE_DBNAME,
                    TARGET_DBNAME,
                    RENAMED_DBNAME,
                    EXTRA_PARAMETERS,
                ] {
                    assert_eq!(line.text(&flag).unwrap().unwrap(), value, "{flag:?}");
                }
                assert!(line.needed_text(&ROLE_LIST).unwrap().contains(value));
                assert_eq!(line.value(&PG_RELEASE).unwrap().to_string(), "15.18");
                assert_eq!(
                    Path::new(&line.needed_text(&ROOT_BACKUP_DIR).unwrap()),
                    root
                );
            }
        }
    }

    #[test]
    fn a_twin_is_named_after_its_flag_and_no_flag_is_declared_twice() {
        for flags in [dump_flags::FLAGS, restore_flags::FLAGS] {
            let mut names: Vec<&str> = flags.iter().map(|flag| flag.name).collect();
            for flag in flags {
                if let Some(twin) = flag.twin {
                    assert_eq!(twin, format!("{}-encoded", flag.name));
                    names.push(twin);
                }
            }
            let declared = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), declared);
            command(&ABOUT, flags).debug_assert();
        }
    }
}

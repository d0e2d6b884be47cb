//! A cron that runs one crontab in a copy of the Debian, with a clock of its own that runs fast, and jobs that leave a trace.
//!
//! The clock is libfaketime's, under cron alone: jobs see the machine's. Which minute of cron's a job was started in is told by the
//! witness, a job of every minute: whatever starts nearest to it was started in its minute.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::dump_job::DumpJob;
use pgbackman_core::domain::ids::{DefId, NodeId};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::time_zone::Zone;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::sys::crontab::{Header, dump_line, render};
use pgbackman_dump::args::Args;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::wait;

use crate::cron::node;

/// Names the Debian (`crates/xtask/src/crons.rs`).
const VARIABLE: &str = "PGBACKMAN_TEST_CRONS";
/// The user of the jobs in it.
const USER: &str = "pgbackman";
const USER_ID: u32 = 64_321;
/// The definition of the witness.
const WITNESS: i64 = 10_000;
/// What every definition has besides its name.
pub(super) const EXTRA: &str = "-T 'a b%' --inserts";
/// In place of `pgbackman_dump`: the time and the arguments.
const RECORD: &str = "#!/bin/sh\nat=$(date +%s%N)\nprintf '%s\\0' \"$@\" > \"/traces/~$$\"\nmv \"/traces/~$$\" \"/traces/$at.$$\"\n";
/// Central European time, as a `TZ` string that needs no files.
const ZONE: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// The crons: the directory of each one's files, its program and what it is started with.
pub(super) const CRONS: [(&str, &str, &str); 3] = [
    ("debian-12", "cron", "-f"),
    ("debian-13", "cron", "-f"),
    ("cronie", "crond", "-n"),
];

/// [`ZONE`] for the domain, in 2026.
pub(super) fn zone() -> Zone {
    let change = |at: &str, hours: i32| {
        let offset = chrono::FixedOffset::east_opt(hours * 3600).unwrap();
        (at.parse().unwrap(), offset)
    };
    Zone::new([
        change("2025-10-26T01:00:00Z", 1),
        change("2026-03-29T01:00:00Z", 2),
        change("2026-10-25T01:00:00Z", 1),
    ])
}

/// A backup definition.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) dbname: String,
    pub(super) schedule: Schedule,
}

impl Definition {
    pub(super) fn new(dbname: &str, schedule: &str) -> Self {
        let fields: Vec<&str> = schedule.split(' ').collect();
        Self {
            dbname: dbname.to_owned(),
            schedule: Schedule::parse(fields.try_into().unwrap()).unwrap(),
        }
    }
}

/// A start of a job.
#[derive(Debug)]
pub(super) struct Start {
    /// Which definition's.
    pub(super) definition: usize,
    /// The minute of cron's clock.
    pub(super) minute: DateTime<Utc>,
    /// cron's clock then, as well as it can be told.
    pub(super) clock: DateTime<Utc>,
    /// Seconds of a clock that nobody sets, and that runs as fast.
    pub(super) uptime: u64,
    /// What the program was given.
    pub(super) args: Args,
}

/// What a cron is run over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// Its clock at the start, in local time.
    pub(super) local: &'static str,
    /// How many full minutes of it.
    pub(super) minutes: usize,
    /// How fast it runs.
    pub(super) speed: u32,
}

/// Runs a cron with a line for each definition, and gives the jobs that it has started in these minutes.
pub(super) fn run(
    (name, program, flag): (&str, &str, &str),
    time: Time,
    definitions: &[Definition],
) -> Vec<Start> {
    let Time {
        local,
        minutes,
        speed,
    } = time;
    let scene = Scene::new(name, program);
    scene.install(definitions);
    let mut cron = scene.start(program, flag, time);
    let first = first_minute(local);
    wait::until(
        Duration::from_secs(60 + 180 * minutes as u64 / u64::from(speed)),
        format!("{minutes} minutes of {name}"),
        || {
            (scene
                .traces()
                .iter()
                .filter(|trace| trace.is_witness())
                .count()
                > minutes)
                .then_some(())
        },
    );
    cron.kill().unwrap();
    cron.wait().unwrap();
    let traces = scene.traces();
    let witnesses: Vec<Duration> = traces
        .iter()
        .filter(|trace| trace.is_witness())
        .map(|trace| trace.at)
        .collect();
    let starts = traces.into_iter().filter(|trace| !trace.is_witness());
    starts
        .map(|trace| {
            let nearest = (0..witnesses.len())
                .min_by_key(|index| witnesses[*index].abs_diff(trace.at))
                .unwrap();
            (nearest, trace)
        })
        // The last minute may be half a one.
        .filter(|(number, _)| *number < minutes)
        .map(|(number, trace)| {
            let minute = first + TimeDelta::minutes(i64::try_from(number).unwrap());
            let later = trace.at.saturating_sub(witnesses[number]) * speed;
            Start {
                definition: usize::try_from(trace.definition()).unwrap() - 1,
                minute,
                clock: minute + TimeDelta::seconds(i64::try_from(later.as_secs()).unwrap().min(59)),
                uptime: (trace.at * speed).as_secs(),
                args: trace.args,
            }
        })
        .collect()
}

/// The first whole minute after a local time, in UTC.
pub(super) fn first_minute(local: &str) -> DateTime<Utc> {
    use chrono::Timelike as _;
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%d %H:%M:%S").unwrap();
    let start = local.and_local_timezone(zone()).earliest().unwrap();
    let start = start.with_timezone(&Utc);
    start.with_second(0).unwrap() + TimeDelta::minutes(1)
}

/// What a job has left.
struct Trace {
    at: Duration,
    args: Args,
}

impl Trace {
    fn definition(&self) -> i64 {
        match self.args.origin {
            BackupOrigin::Definition(id) => id.get(),
            BackupOrigin::Snapshot(_) => unreachable!("no line is a snapshot's"),
        }
    }

    fn is_witness(&self) -> bool {
        self.definition() == WITNESS
    }
}

/// A copy of the Debian with one cron's files.
struct Scene(TempRoot);

impl Scene {
    fn new(name: &str, program: &str) -> Self {
        let debian = std::env::var_os(VARIABLE).map(PathBuf::from);
        let debian = debian.expect("cargo xtask test --crons says where the Debian is");
        let scene = Self(TempRoot::new("crons"));
        // Nothing in it is changed in place: links are as good as a copy, and made at once.
        let linked = Command::new("cp")
            .args(["--archive", "--link", "--no-target-directory"])
            .arg(&debian)
            .arg(scene.root())
            .status();
        assert!(linked.unwrap().success(), "the Debian could not be copied");
        let files = debian.join("crons").join(name);
        let version = fs::read_to_string(files.join("version")).unwrap();
        eprintln!("{name}: {}", version.trim());
        for file in [format!("usr/sbin/{program}")]
            .into_iter()
            .chain(pam_files(&files))
        {
            fs::copy(files.join(&file), scene.root().join(&file)).unwrap();
        }
        scene.accounts();
        for (directory, mode) in [
            ("etc/cron.d", 0o755),
            ("var/spool/cron/crontabs", 0o730),
            ("traces", 0o777),
        ] {
            let path = scene.root().join(directory);
            fs::create_dir_all(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        for entry in fs::read_dir(scene.root().join("etc/cron.d")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        scene.write("usr/bin/pgbackman_dump", RECORD, 0o755);
        scene
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("root")
    }

    /// Writes a file anew: the old one is a link to the Debian's.
    fn write(&self, file: &str, text: &str, mode: u32) {
        let path = self.root().join(file);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn accounts(&self) {
        for (file, line, mode) in [
            (
                "etc/passwd",
                format!("{USER}:x:{USER_ID}:{USER_ID}::/:/bin/sh\n"),
                0o644,
            ),
            ("etc/group", format!("{USER}:x:{USER_ID}:\n"), 0o644),
            (
                "etc/shadow",
                format!("{USER}:*:19000:0:99999:7:::\n"),
                0o640,
            ),
        ] {
            let known = fs::read_to_string(self.root().join(file)).unwrap();
            self.write(file, &(known + &line), mode);
        }
        chown(self.root().join("etc/shadow"), Some(0), Some(0)).unwrap();
    }

    /// The crontab that control would write.
    fn install(&self, definitions: &[Definition]) {
        let mut lines = vec![line(WITNESS, &Definition::new("witness", "* * * * *"))];
        lines.extend(
            (1..)
                .zip(definitions)
                .map(|(id, definition)| line(id, definition)),
        );
        let header = Header {
            node_id: NodeId::new(1),
            node: "node1.example.org:5432",
            server: "backup01.example.org",
            mailto: "root",
            generated: Utc::now(),
        };
        let files = render(Path::new("/etc/cron.d/pgsql_node_1"), &header, &lines);
        assert_eq!(files.len(), 1);
        self.write("etc/cron.d/pgsql_node_1", &files[0].content, 0o644);
    }

    fn start(&self, program: &str, flag: &str, time: Time) -> Child {
        Command::new("unshare")
            .args(["--mount", "--pid", "--ipc", "--fork", "--kill-child"])
            .arg(format!("--root={}", self.root().display()))
            .args([
                "--mount-proc=/proc",
                "--",
                "/usr/bin/env",
                "--ignore-environment",
            ])
            .arg("PATH=/usr/sbin:/usr/bin")
            .arg(format!("TZ={ZONE}"))
            .arg(format!("LD_PRELOAD={}", self.faketime()))
            .arg(format!("FAKETIME=@{} x{}", time.local, time.speed))
            .arg(format!("/usr/sbin/{program}"))
            .arg(flag)
            .stdin(Stdio::null())
            .spawn()
            .expect("cannot start unshare (package util-linux)")
    }

    /// libfaketime's place, below the directory of the machine's architecture.
    fn faketime(&self) -> String {
        let place = fs::read_dir(self.root().join("usr/lib"))
            .unwrap()
            .map(|entry| entry.unwrap().path().join("faketime/libfaketime.so.1"))
            .find(|path| path.exists())
            .expect("libfaketime in the Debian");
        format!("/{}", place.strip_prefix(self.root()).unwrap().display())
    }

    /// What jobs have left so far, in order.
    fn traces(&self) -> Vec<Trace> {
        let entries = fs::read_dir(self.root().join("traces")).unwrap();
        let mut traces: Vec<Trace> = entries
            .filter_map(|entry| {
                let path = entry.unwrap().path();
                let at = path.file_stem()?.to_str()?.parse().ok()?;
                let text = fs::read_to_string(&path).unwrap();
                let words = std::iter::once("pgbackman_dump").chain(text.split_terminator('\0'));
                Some(Trace {
                    at: Duration::from_nanos(at),
                    args: Args::parse(words.map(Into::into)).unwrap(),
                })
            })
            .collect();
        traces.sort_by_key(|trace| trace.at);
        traces
    }
}

/// What PAM is to do for a cron.
fn pam_files(files: &Path) -> Vec<String> {
    fs::read_dir(files.join("etc/pam.d"))
        .unwrap()
        .map(|entry| format!("etc/pam.d/{}", entry.unwrap().file_name().display()))
        .collect()
}

/// A definition's line, as control makes it.
fn line(id: i64, definition: &Definition) -> String {
    let node = node();
    let job = DumpJob {
        program: Path::new("/usr/bin/pgbackman_dump"),
        config: Some(Path::new("/etc/pgbackman/pgbackman.conf")),
        node: &node,
        origin: BackupOrigin::Definition(DefId::new(id)),
        dbname: &definition.dbname,
        code: BackupCode::Full,
        encryption: false,
        root_backup_dir: Path::new("/srv/pgbackman"),
        extra_parameters: EXTRA,
        pg_dump_release: None,
        requested: None,
    };
    dump_line(&job, &definition.schedule, Some(USER)).unwrap()
}

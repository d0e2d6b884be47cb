//! A namespace with cron in it, and jobs that leave a trace.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::sys::crontab::{JobLine, job_line};
use pgbackman_tests::namespace::{JOB_USER, Namespace, job_account};
use pgbackman_tests::processes::children_of;
use pgbackman_tests::sandbox::{Daemon, Sandbox};
use pgbackman_tests::wait;

/// cron looks once a minute; the rest is for a busy machine.
pub(super) const TWO_MINUTES: Duration = Duration::from_secs(150);

/// Saves its arguments after the first, NUL-terminated, in the file that the first names.
const RECORD: &str =
    "#!/bin/sh\nout=$1\nshift\nprintf '%s\\0' \"$@\" > \"$out~new\"\nmv \"$out~new\" \"$out\"\n";
/// Adds the minute to the file that its argument names.
const STAMP: &str = "#!/bin/sh\ndate +%Y-%m-%dT%H:%M >> \"$1\"\n";
/// Saves its environment, NUL-terminated, in the file that its argument names.
const ENVIRONMENT: &str = "#!/bin/sh\ncat /proc/$$/environ > \"$1~new\"\nmv \"$1~new\" \"$1\"\n";

/// A backup server with a running cron.
#[derive(Debug)]
pub(super) struct Lab {
    cron: Option<Daemon>,
    pub(super) inside: Namespace,
    pub(super) sandbox: Sandbox<'static>,
}

impl Lab {
    /// One whose cron is not running yet.
    pub(super) fn new() -> Self {
        let sandbox = Sandbox::for_namespace_without_catalogue();
        for (name, script) in [
            ("record", RECORD),
            ("stamp", STAMP),
            ("environment", ENVIRONMENT),
        ] {
            let path = sandbox.bin_dir().join(name);
            fs::write(&path, script).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let traces = sandbox.home().join("traces");
        fs::create_dir(&traces).unwrap();
        job_account().own(&traces);
        let inside = Namespace::around(&sandbox);
        Self {
            cron: None,
            inside,
            sandbox,
        }
    }

    pub(super) fn start_cron(&mut self) {
        self.cron = Some(self.inside.start_cron());
    }

    /// Starts cron in the time zone of a POSIX `TZ` string.
    pub(super) fn start_cron_in(&mut self, zone: &str) {
        self.cron = Some(self.inside.start_cron_in(zone));
    }

    /// Where the job of this name leaves its trace.
    pub(super) fn trace(&self, name: &str) -> PathBuf {
        self.sandbox.home().join("traces").join(name)
    }

    /// Which jobs have left one.
    pub(super) fn traces(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.sandbox.home().join("traces")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.ends_with("~new")).collect()
    }

    /// A script's path and its trace's, as words of a command.
    pub(super) fn words(&self, script: &str, trace: &str) -> Vec<String> {
        [self.sandbox.bin_dir().join(script), self.trace(trace)]
            .map(|path| path.into_os_string().into_string().unwrap())
            .to_vec()
    }

    /// A line that runs `script` each minute.
    pub(super) fn each_minute(&self, script: &str, trace: &str) -> String {
        line(["*"; 5], &self.words(script, trace))
    }

    /// Writes a file of `/etc/cron.d`: out of cron's sight, then renamed.
    pub(super) fn install(&self, name: &str, content: &str) -> PathBuf {
        let path = self.sandbox.crontab_dir().join(name);
        let making = self.sandbox.path().join("making");
        fs::write(&making, content).unwrap();
        fs::set_permissions(&making, fs::Permissions::from_mode(0o644)).unwrap();
        fs::rename(&making, &path).unwrap();
        path
    }

    /// Waits until all these jobs have left a trace, and cron has no job running any more.
    pub(super) fn wait_for(&self, expected: &[&str]) {
        wait::until(TWO_MINUTES, format!("traces of {expected:?}"), || {
            let traces = self.traces();
            expected
                .iter()
                .all(|name| traces.contains(*name))
                .then_some(())
        });
        self.wait_until_idle();
    }

    /// Waits until all jobs that cron has started have ended.
    pub(super) fn wait_until_idle(&self) {
        let nsenter = self.cron.as_ref().expect("cron was started").pid();
        let cron = *children_of(nsenter)
            .first()
            .expect("nsenter waits for cron");
        wait::until(Duration::from_secs(60), "the end of cron's jobs", || {
            children_of(cron).is_empty().then_some(())
        });
    }

    /// The log's messages that name a file of `/etc/cron.d`.
    pub(super) fn log_about(&self, name: &str) -> Vec<String> {
        let about = format!("cron.d/{name}");
        let ends_there = |message: &String| {
            message
                .split_whitespace()
                .any(|word| word.trim_matches(['(', ')', ':', ',']).ends_with(&about))
        };
        self.inside
            .syslog()
            .into_iter()
            .filter(ends_there)
            .collect()
    }
}

/// The line that control would write for this command.
pub(super) fn line(fields: [&str; 5], argv: &[String]) -> String {
    let schedule = Schedule::parse(fields).unwrap();
    let job = JobLine {
        schedule: &schedule,
        user: Some(JOB_USER),
        argv,
    };
    job_line(&job).unwrap()
}

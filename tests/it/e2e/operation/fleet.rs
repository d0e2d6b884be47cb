//! Three nodes with sixty databases, a backup server for them, and who acts on it: cron, `at`, control, maintenance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use pgbackman_core::exit_code::ExitCode;
use pgbackman_tests::namespace::Namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::Proxy;
use pgbackman_tests::sandbox::{Output, Sandbox, run};
use pgbackman_tests::simulated::{self, NOW, at, cron};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::clock::{Minute, has_pass, time, time_of_pass};
use super::failures::{Failures, KILLED, STEPS};
use super::model::{Model, Of, SUCCEEDED, WARNING};
use super::registration::QUARANTINE;
use crate::e2e::scene::DEADLINE;

/// What cron starts in one minute runs beside each other, as far as two cores carry it.
const BESIDE: usize = 3;

/// Everything. The fields are dropped in this order.
pub(super) struct Fleet<'c> {
    pub(super) inside: Namespace,
    pub(super) proxy: Proxy,
    pub(super) sandbox: Sandbox<'c>,
    pub(super) nodes: Vec<Cluster>,
    pub(super) random: StdRng,
    pub(super) model: Model,
    pub(super) failures: Failures,
    /// The definitions, in the order of the databases.
    pub(super) ids: Vec<i64>,
    /// Counts the runs that were killed.
    pub(super) killed: usize,
}

impl<'c> Fleet<'c> {
    /// The fleet before anything has happened, its definitions in the crontabs.
    pub(super) fn new(catalogue: &'c Cluster, seed: u64) -> Self {
        let mut sandbox = Sandbox::for_namespace_on(catalogue);
        sandbox.simulate_time();
        let proxy = Proxy::unix(catalogue);
        sandbox.reach_catalogue_at(proxy.host(), proxy.port());
        let mut fleet = Self {
            inside: Namespace::around(&sandbox),
            proxy,
            sandbox,
            nodes: [Version::Installed, Version::V16, Version::V18]
                .map(Cluster::private)
                .into(),
            random: StdRng::seed_from_u64(seed),
            model: Model::default(),
            failures: Failures::default(),
            ids: Vec::new(),
            killed: 0,
        };
        simulated::set_time(fleet.sandbox.catalogue(), time(0));
        fleet.make_databases();
        fleet.register();
        fleet.control(time(0));
        fleet
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        self.sandbox.catalogue().psql(sql)
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        let said = self.sql(sql);
        said.parse()
            .unwrap_or_else(|_| panic!("not a number: {said:?} from {sql}"))
    }

    /// The directory of a node's backups.
    pub(super) fn partition(&self, node: usize) -> PathBuf {
        self.sandbox
            .backup_root()
            .join(format!("pgsql_node_{}", node + 1))
    }

    fn command(
        &self,
        program: &str,
        arguments: &[&str],
        now: chrono::DateTime<chrono::Utc>,
    ) -> Command {
        let mut command = self.sandbox.command(program);
        command.args(arguments).env(NOW, now.to_rfc3339());
        command
    }

    /// Control brings everything up to date, as it does within moments of a change.
    pub(super) fn control(&self, now: chrono::DateTime<chrono::Utc>) {
        let output = self
            .inside
            .run(&self.command("pgbackman_control", &["--once"], now));
        assert_eq!(output.code, 0, "{}\n{}", output.stderr, self.sandbox.log());
        assert_eq!(
            self.number("SELECT count(*) FROM job_queue WHERE backup_server_id = 1"),
            0
        );
    }

    /// Cron's minute.
    pub(super) fn cron(&mut self, minute: Minute) {
        let jobs = cron::due(&self.sandbox.crontab_dir(), time(minute));
        let jobs: BTreeMap<i64, cron::Job> = jobs
            .into_iter()
            .map(|job| (job.definition().expect("a dump of a definition"), job))
            .collect();
        let started: BTreeSet<i64> = jobs.keys().copied().collect();
        assert_eq!(
            started,
            self.model.due(minute),
            "started in minute {minute} ({})",
            time(minute)
        );
        let mut waiting = Vec::new();
        for (id, job) in jobs {
            let definition = &self.model.definitions[&id];
            let status = self.failures.status_of(id, definition);
            let may_be_killed =
                status == SUCCEEDED && definition.code == "FULL" && id != self.orphaned();
            let kill = (may_be_killed && self.random.random_bool(0.08))
                .then(|| STEPS[self.random.random_range(0..STEPS.len())]);
            assert_eq!(job.user, self.sandbox.os_user());
            let mut command = job.command(&self.sandbox.home(), time(minute));
            if let Some((step, _)) = kill {
                command = killed_at(&command, step);
            }
            self.killed += usize::from(kill.is_some());
            waiting.push((
                id,
                kill.map_or(status, |(_, status)| status),
                kill.is_some(),
                command,
            ));
        }
        for (id, status, is_killed, output) in self.run_beside_each_other(waiting) {
            let code = output.code;
            let as_expected = match status {
                _ if is_killed => code == KILLED,
                SUCCEEDED => code == 0,
                WARNING => true,
                _ => code != 0,
            };
            assert!(
                as_expected,
                "definition {id} in minute {minute} was to be {status} (killed: {is_killed}): {output:?}\n{}",
                self.sandbox.log()
            );
            self.model.ran(Of::Definition(id), minute, status);
        }
    }

    fn run_beside_each_other(
        &self,
        waiting: Vec<(i64, &'static str, bool, Command)>,
    ) -> Vec<(i64, &'static str, bool, Output)> {
        let (waiting, done) = (Mutex::new(waiting), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..BESIDE {
                scope.spawn(|| {
                    loop {
                        let next = waiting.lock().unwrap().pop();
                        let Some((id, status, is_killed, command)) = next else {
                            break;
                        };
                        let output =
                            run(&mut self.inside.enter_as_job_user(&command), b"", DEADLINE);
                        done.lock().unwrap().push((id, status, is_killed, output));
                    }
                });
            }
        });
        done.into_inner().unwrap()
    }

    /// What `at` was told to start in this minute.
    pub(super) fn at(&mut self, minute: Minute) {
        for (text, output) in at::run_due(&self.inside, time(minute)) {
            assert_eq!(output.code, 0, "{text}: {output:?}\n{}", self.sandbox.log());
            let marker = text.trim_end().rsplit(' ').next().unwrap();
            match marker.split_once('=') {
                Some(("snapshot", id)) => {
                    self.model
                        .ran(Of::Snapshot(id.parse().unwrap()), minute, SUCCEEDED);
                }
                Some(("restore", _)) => {
                    let run = self.model.runs.values_mut().find(|run| run.has_restore);
                    run.expect("one restore waits").has_restore = false;
                }
                _ => panic!("whose job is this? {text}"),
            }
        }
    }

    /// One run of maintenance, with more in its environment.
    pub(super) fn maintain(
        &self,
        now: chrono::DateTime<chrono::Utc>,
        more: &[(&str, &str)],
    ) -> Output {
        let mut command = self.command("pgbackman_maintenance", &["--cron"], now);
        command.envs(more.iter().copied());
        self.inside.run(&command)
    }

    /// Maintenance's pass of a minute, if one is due: the model makes it, too, and both must agree.
    pub(super) fn pass_if_due(&mut self, minute: Minute) {
        if has_pass(minute) {
            if self.failures.catalogue_is_away {
                let output = self.maintain(time_of_pass(minute), &[]);
                assert_eq!(
                    output.code,
                    i32::from(ExitCode::CatalogueUnavailable as u8),
                    "{output:?}"
                );
            } else {
                self.pass(minute);
            }
        }
    }

    /// A pass while the catalogue is there.
    pub(super) fn pass(&mut self, minute: Minute) {
        let now = time_of_pass(minute);
        self.learn_entries();
        let failures = &self.failures;
        self.model.pass(
            minute,
            |definition| failures.is_missing(definition),
            QUARANTINE,
        );
        // Some are killed on the way, and started again by the service manager; none of those in which a database is counted
        // as missing for the first times.
        let moment = match minute {
            // The first result that has waited is registered, and its file is still there: it is told twice.
            34 => Some(1),
            24 | 39 | 54 => Some(self.random.random_range(1..40_u32)),
            _ => None,
        };
        if let Some(moment) = moment {
            let output = self.maintain(now, &[("PGBACKMAN_TEST_KILL_AFTER", &moment.to_string())]);
            assert!([0, 1, KILLED].contains(&output.code), "{output:?}");
            assert!(moment > 1 || output.code == KILLED, "{output:?}");
        }
        let output = self.maintain(now, &[]);
        assert!(
            [0, 1].contains(&output.code),
            "{output:?}\n{}",
            self.sandbox.log()
        );
        self.compare(minute);
        self.control(now);
    }
}

/// The command of a dump that kills itself at a step.
fn killed_at(command: &Command, step: &str) -> Command {
    let mut arguments = command.get_args();
    let mut killed = Command::new(command.get_program());
    killed.args(arguments.next());
    killed.args([
        format!("PGBACKMAN_TEST_AT={step}"),
        "PGBACKMAN_TEST_SIGNAL=KILL".to_owned(),
    ]);
    killed.args(arguments);
    if let Some(directory) = command.get_current_dir() {
        killed.current_dir(directory);
    }
    killed
}

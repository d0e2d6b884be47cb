//! A backup server in a directory: configuration, programs, backup root, crontab directory, log, and a catalogue in a
//! database of its own.

mod config;
mod daemon;
mod output;
mod programs;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::unistd::{Uid, User};
use tokio_postgres::Client;

pub use daemon::Daemon;
pub use output::{Output, run};
pub use programs::place_binary;

use crate::base::{Account, TempRoot, libpq_variables};
use crate::namespace;
use crate::postgres::{Cluster, TestDatabase, Version};
use config::Setting;

/// How long a program may take before its test fails.
const DEADLINE: Duration = Duration::from_secs(120);

/// A backup server of one test. Everything of it goes when this is dropped.
#[derive(Debug)]
pub struct Sandbox<'c> {
    database: Option<TestDatabase<'c>>,
    host: PathBuf,
    port: u16,
    dbname: String,
    jobs: JobUser,
    settings: Vec<Setting>,
    root: TempRoot,
}

impl Sandbox<'static> {
    /// A sandbox whose catalogue lies in the shared server of the distribution's release.
    pub fn new() -> Self {
        Self::on(Cluster::shared(Version::Installed))
    }

    /// The same for a [`crate::namespace::Namespace`]: the jobs' user is the one that exists inside it.
    pub fn for_namespace() -> Self {
        Self::with_jobs_of(
            JobUser::inside_namespaces(),
            Cluster::shared(Version::Installed),
        )
    }
}

impl Default for Sandbox<'static> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'c> Sandbox<'c> {
    /// The FQDN that the configuration gives this backup server.
    pub const BACKUP_SERVER: &'static str = "backup01.example.net";

    /// A sandbox whose catalogue lies in `cluster`.
    pub fn on(cluster: &'c Cluster) -> Self {
        Self::with_jobs_of(JobUser::outside(), cluster)
    }

    /// [`Sandbox::for_namespace`] with the catalogue in `cluster`.
    pub fn for_namespace_on(cluster: &'c Cluster) -> Self {
        Self::with_jobs_of(JobUser::inside_namespaces(), cluster)
    }

    fn with_jobs_of(jobs: JobUser, cluster: &'c Cluster) -> Self {
        let database = crate::catalogue::database(cluster);
        let dbname = database.name().to_owned();
        let mut sandbox = Self::prepare(jobs, cluster.socket_dir(), cluster.port(), dbname);
        database.psql(&sandbox.catalogue_defaults());
        sandbox.database = Some(database);
        sandbox
    }

    /// [`Sandbox::without_catalogue`] for a namespace.
    pub fn for_namespace_without_catalogue() -> Self {
        let nowhere = Path::new("/nonexistent");
        Self::prepare(
            JobUser::inside_namespaces(),
            nowhere,
            5432,
            "pgbackman".to_owned(),
        )
    }

    /// A sandbox whose configuration names a server that is not there: for what happens before there is a catalogue.
    pub fn without_catalogue() -> Self {
        let nowhere = Path::new("/nonexistent");
        Self::prepare(JobUser::outside(), nowhere, 5432, "pgbackman".to_owned())
    }

    fn prepare(jobs: JobUser, host: &Path, port: u16, dbname: String) -> Self {
        let mut sandbox = Self {
            database: None,
            host: host.to_owned(),
            port,
            dbname,
            jobs,
            settings: Vec::new(),
            root: TempRoot::new("sb"),
        };
        sandbox.make_directories();
        programs::install(&sandbox.bin_dir());
        sandbox.settings = config::defaults(&sandbox);
        sandbox.write_config();
        sandbox
    }

    fn make_directories(&self) {
        for dir in [
            self.bin_dir(),
            self.crontab_dir(),
            self.backup_root(),
            self.home(),
            self.log_dir(),
        ] {
            fs::create_dir(&dir).unwrap();
            fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let tmp = self.path().join("tmp");
        fs::create_dir(&tmp).unwrap();
        for dir in [self.backup_root(), self.home(), self.log_dir(), tmp] {
            self.jobs.account.own(&dir);
        }
    }

    /// The catalogue's defaults point into the sandbox instead of `/srv`, `/etc` and `/usr`.
    fn catalogue_defaults(&self) -> String {
        let values = [
            ("backup_server", "root_backup_partition", self.backup_root()),
            (
                "backup_server",
                "pgbackman_dump",
                self.bin_dir().join("pgbackman_dump"),
            ),
            (
                "backup_server",
                "pgbackman_restore",
                self.bin_dir().join("pgbackman_restore"),
            ),
            (
                "pgsql_node",
                "pgnode_backup_partition",
                self.backup_root().join("pgsql_node_%%pgnode%%"),
            ),
            (
                "pgsql_node",
                "pgnode_crontab_file",
                self.crontab_dir().join("pgsql_node_%%pgnode%%"),
            ),
        ];
        values.iter().fold(String::new(), |mut sql, (table, parameter, path)| {
            let path = path.display();
            let _ = writeln!(
                sql,
                "UPDATE {table}_default_config SET value = '{path}' WHERE parameter = '{parameter}';"
            );
            sql
        })
    }

    /// From here on dump, restore, control and maintenance have the clock of [`crate::simulated::NOW`].
    pub fn simulate_time(&self) {
        programs::install_with_clocks(&self.bin_dir());
        crate::simulated::give_time_to(self.catalogue());
    }

    /// Sets a value of the configuration file, in TOML's notation (`"OFF"` with its quotes, `70` without), and writes
    /// the file anew.
    pub fn configure(&mut self, section: &str, key: &str, toml_value: &str) -> &mut Self {
        self.settings
            .retain(|setting| !(setting.section == section && setting.key == key));
        self.settings.push(Setting {
            section: section.to_owned(),
            key: key.to_owned(),
            value: toml_value.to_owned(),
        });
        self.write_config();
        self
    }

    /// Lets the programs find the catalogue at another address: a proxy's.
    pub fn reach_catalogue_at(&mut self, host: &str, port: u16) -> &mut Self {
        self.configure("pgbackman_database", "host", &config::quoted(host));
        self.configure("pgbackman_database", "port", &port.to_string())
    }

    fn write_config(&self) {
        fs::write(self.config_path(), config::render(&self.settings)).unwrap();
    }

    /// The sandbox's directory.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The configuration file.
    pub fn config_path(&self) -> PathBuf {
        self.path().join("pgbackman.conf")
    }

    /// The directory of the programs, under their real names.
    pub fn bin_dir(&self) -> PathBuf {
        self.path().join("bin")
    }

    /// Where the nodes' crontabs are written.
    pub fn crontab_dir(&self) -> PathBuf {
        self.path().join("cron.d")
    }

    /// The root of the backups; owned by the jobs' user.
    pub fn backup_root(&self) -> PathBuf {
        self.path().join("backups")
    }

    /// `$HOME` of the programs.
    pub fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    fn log_dir(&self) -> PathBuf {
        self.path().join("log")
    }

    /// The programs' log file.
    pub fn log_file(&self) -> PathBuf {
        self.log_dir().join("pgbackman.log")
    }

    /// What the programs have logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The user that the configuration names as `os_user`: jobs run as this user, backups are owned by it.
    pub fn os_user(&self) -> &str {
        &self.jobs.name
    }

    /// The catalogue's database.
    pub fn catalogue(&self) -> &TestDatabase<'c> {
        self.database
            .as_ref()
            .expect("dropped only with the sandbox")
    }

    /// A connection to the catalogue as its owner.
    pub async fn connect(&self) -> Client {
        self.catalogue()
            .cluster()
            .connect_as(&self.dbname, "pgbackman_role_rw")
            .await
    }

    /// A program with the sandbox's environment and nothing inherited; `--config` is added.
    pub fn command(&self, program: &str) -> Command {
        let mut command = self.bare_command(program);
        command.arg("--config").arg(self.config_path());
        command
    }

    /// [`Sandbox::command`] without `--config`.
    pub fn bare_command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin_dir().join(program));
        for name in libpq_variables() {
            command.env_remove(name);
        }
        command
            .env("HOME", self.home())
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            // A terminal's pager is the one that a test names.
            .env("PAGER", "")
            .env_remove("PGBACKMAN_PAGER")
            .env_remove("LESS")
            .env_remove("NOTIFY_SOCKET")
            .current_dir(self.path());
        command
    }

    /// [`Sandbox::command`] as the jobs' user, in the directory cron would use; by the caller without root.
    pub fn job_command(&self, program: &str) -> Command {
        let mut command = self.command(program);
        if Uid::effective().is_root() {
            command
                .uid(self.jobs.account.uid)
                .gid(self.jobs.account.gid);
        }
        command.current_dir(self.home());
        command
    }

    /// Runs a program to its end.
    #[track_caller]
    pub fn run<I: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = I>,
    ) -> Output {
        run(self.command(program).args(args), b"", DEADLINE)
    }

    /// Runs a program to its end with something on standard input.
    #[track_caller]
    pub fn run_with_input<I: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = I>,
        input: &[u8],
    ) -> Output {
        run(self.command(program).args(args), input, DEADLINE)
    }

    /// Runs a program to its end as the jobs' user, as cron and `at` do.
    #[track_caller]
    pub fn run_job<I: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = I>,
    ) -> Output {
        run(self.job_command(program).args(args), b"", DEADLINE)
    }

    /// `pgbackman -C '<command>'`.
    #[track_caller]
    pub fn shell(&self, command: &str) -> Output {
        self.run("pgbackman", ["-C", command])
    }

    /// Starts a program that keeps running.
    pub fn spawn<I: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = I>,
    ) -> Daemon {
        let said = self
            .log_dir()
            .join(format!("{program}-{:08x}.out", rand::random::<u32>()));
        Daemon::spawn(self.command(program).args(args), &said)
    }

    /// Starts a program that keeps running as the jobs' user.
    pub fn spawn_job<I: AsRef<std::ffi::OsStr>>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = I>,
    ) -> Daemon {
        let said = self
            .log_dir()
            .join(format!("{program}-{:08x}.out", rand::random::<u32>()));
        Daemon::spawn(self.job_command(program).args(args), &said)
    }
}

/// Who runs the jobs.
#[derive(Debug)]
struct JobUser {
    name: String,
    account: Account,
}

impl JobUser {
    /// The caller, or when that is root the account that servers run as.
    fn outside() -> Self {
        let account = Account::unprivileged();
        let user = User::from_uid(account.uid.into()).unwrap();
        let name = user.expect("the account has a name").name;
        Self { name, account }
    }

    fn inside_namespaces() -> Self {
        Self {
            name: namespace::JOB_USER.to_owned(),
            account: namespace::job_account(),
        }
    }
}

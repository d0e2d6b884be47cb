//! A backup server with real cron and control, the nodes it backs up, and an operator at the shell.

use std::fmt;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use openssl::sha::sha256;
use pgbackman_tests::namespace::{Namespace, job_account};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::processes::children_of;
use pgbackman_tests::sandbox::{Daemon, Output, Sandbox};
use pgbackman_tests::wait;
use serde_json::Value;

/// Up to a minute until cron looks, and then as many dumps at once as there are definitions.
pub(crate) const DEADLINE: Duration = Duration::from_secs(240);

/// Everything of one test. The fields are dropped in this order.
#[derive(Debug)]
pub(crate) struct Scene {
    cron: Daemon,
    control: Daemon,
    inside: Namespace,
    pub(crate) sandbox: Sandbox<'static>,
}

impl Scene {
    /// A registered backup server whose control and cron are running, with an empty catalogue.
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::for_namespace();
        let inside = Namespace::around(&sandbox);
        let control = inside.spawn(&sandbox.command("pgbackman_control"));
        Self::with(sandbox, inside, control)
    }

    /// The same with `scheduler = "crontab"`: control runs as the jobs' user, who has this crontab already.
    pub(super) fn unprivileged(own_crontab: &str) -> Self {
        let mut sandbox = Sandbox::for_namespace();
        sandbox.configure("backup_server", "scheduler", "\"crontab\"");
        let inside = Namespace::around(&sandbox);
        let mut crontab = inside.enter_as_job_user(Command::new("crontab").arg("-"));
        pgbackman_tests::sandbox::run(&mut crontab, own_crontab.as_bytes(), DEADLINE).success();
        let mut control = sandbox.command("pgbackman_control");
        control.current_dir(sandbox.home());
        let control = inside.spawn_as_job_user(&control);
        Self::with(sandbox, inside, control)
    }

    fn with(sandbox: Sandbox<'static>, inside: Namespace, control: Daemon) -> Self {
        let cron = inside.start_cron();
        let scene = Self {
            cron,
            control,
            inside,
            sandbox,
        };
        scene
            .shell(&[
                "register_backup_server",
                "backup01",
                "example.net",
                "Of a test",
            ])
            .success();
        scene
    }

    /// The crontab of the jobs' user, as `crontab -l` shows it.
    #[track_caller]
    pub(super) fn user_crontab(&self) -> String {
        self.inside
            .run_as_job_user(Command::new("crontab").arg("-l"))
            .success()
    }

    /// Runs a command of the shell, each word quoted as an operator would.
    #[track_caller]
    pub(crate) fn shell(&self, words: &[&str]) -> Output {
        let mut command = self.sandbox.command("pgbackman");
        command.args(["-o", "json", "-C", &shell_line(words)]);
        self.inside.run(&command)
    }

    /// What a `show_` command says, as the list under its result's name.
    #[track_caller]
    pub(crate) fn show(&self, words: &[&str]) -> Value {
        let said = self.shell(words).success();
        let mut json: Value =
            serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
        json[words[0].strip_prefix("show_").expect("a show_ command")].take()
    }

    /// Registers a node by its socket's directory; gives the name by which the shell knows it.
    #[track_caller]
    pub(crate) fn register_node(&self, node: &Cluster) -> String {
        let (dir, port) = (node.socket_dir().to_str().unwrap(), node.port().to_string());
        self.shell(&[
            "register_pgsql_node",
            dir,
            "",
            &port,
            Cluster::SUPERUSER,
            "RUNNING",
            "Of a test",
        ])
        .success();
        dir.to_owned()
    }

    /// Starts a program beside control and cron.
    pub(super) fn start(&self, program: &str) -> Daemon {
        self.inside.spawn(&self.sandbox.command(program))
    }

    /// Ends control: nobody puts a crontab right.
    pub(super) fn end_control(&mut self) {
        kill(inner(&self.control), Signal::SIGTERM).unwrap();
        self.control.wait(DEADLINE);
    }

    /// Holds cron (SIGSTOP), or lets it go on (SIGCONT).
    pub(super) fn signal_cron(&self, signal: Signal) {
        kill(inner(&self.cron), signal).unwrap();
    }

    /// Registers a definition that runs each minute.
    #[track_caller]
    pub(crate) fn define(&self, node: &str, dbname: &str, code: &str) -> Output {
        self.define_at(node, dbname, code, "*")
    }

    /// Registers a definition that runs in this minute of each hour.
    #[track_caller]
    pub(super) fn define_at(&self, node: &str, dbname: &str, code: &str, minute: &str) -> Output {
        self.shell(&[
            "register_backup_definition",
            Sandbox::BACKUP_SERVER,
            node,
            dbname,
            "",
            minute,
            "*",
            "*",
            "*",
            "*",
            code,
            "false",
            "7 days",
            "1",
            "",
            "ACTIVE",
            "Of a test",
        ])
    }

    /// The rows of a query in the catalogue, as objects.
    #[track_caller]
    pub(crate) fn rows(&self, sql: &str) -> Vec<Value> {
        let said = self
            .sandbox
            .catalogue()
            .psql(&format!("SELECT row_to_json(q) FROM ({sql}) AS q"));
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Waits until each of so many definitions has a backup in the catalogue, and gives the first one of each, in the
    /// order of the definitions.
    #[track_caller]
    pub(crate) fn wait_for_backups(&self, definitions: usize) -> Vec<Value> {
        let progress = Progress {
            scene: self,
            definitions,
        };
        let rows = wait::until(DEADLINE, progress, || {
            let rows = self.rows(FIRST_BACKUPS);
            (rows.len() >= definitions).then_some(rows)
        });
        for row in &rows {
            assert_eq!(row["execution_status"], "SUCCEEDED", "{row:#}");
            assert_eq!(row["execution_method"], "CRON", "{row:#}");
        }
        rows
    }

    /// Waits until control has written so many jobs into the crontabs, and gives their lines in the files' order.
    #[track_caller]
    pub(crate) fn wait_for_jobs(&self, count: usize) -> Vec<String> {
        wait::until(DEADLINE, format!("{count} jobs in the crontabs"), || {
            let jobs = self.jobs();
            (jobs.len() == count).then_some(jobs)
        })
    }

    fn jobs(&self) -> Vec<String> {
        let is_job = |line: &&str| line.contains("pgbackman_dump");
        self.crontab()
            .lines()
            .filter(is_job)
            .map(str::to_owned)
            .collect()
    }

    /// All files that cron reads in the crontab directory, one after the other: none with a dot in its name, as one has that
    /// is still being written.
    pub(super) fn crontab(&self) -> String {
        let entries = fs::read_dir(self.sandbox.crontab_dir()).unwrap();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| !entry.file_name().as_encoded_bytes().contains(&b'.'))
            .map(|entry| entry.path())
            .collect();
        files.sort();
        // A file may be replaced while this reads the directory.
        files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap_or_default())
            .collect()
    }
}

/// What nsenter has started, and waits for.
fn inner(daemon: &Daemon) -> Pid {
    *children_of(daemon.pid())
        .first()
        .expect("nsenter waits for its program")
}

/// The first backup of each definition.
const FIRST_BACKUPS: &str =
    "SELECT DISTINCT ON (def_id) * FROM backup_catalog ORDER BY def_id, bck_id";

/// What is waited for, and, once that is in vain, what everybody has said.
struct Progress<'s> {
    scene: &'s Scene,
    definitions: usize,
}

impl fmt::Display for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scene, definitions } = self;
        let found = scene.rows(FIRST_BACKUPS).len();
        writeln!(
            f,
            "backups of {definitions} definitions; there are {found}. The log:"
        )?;
        writeln!(
            f,
            "{}\ncron: {:#?}",
            scene.sandbox.log(),
            scene.inside.syslog()
        )
    }
}

/// A command line of the shell: the command, and its parameters in single quotes, as POSIX has them.
pub(crate) fn shell_line(words: &[&str]) -> String {
    words[1..].iter().fold(words[0].to_owned(), |line, word| {
        format!("{line} '{}'", word.replace('\'', r"'\''"))
    })
}

/// Checks a backup on disk against its manifest: every file there, as long as said, with the checksum said, nothing
/// besides, readable by the jobs' user alone.
#[track_caller]
pub(crate) fn verify(backup: &Value) {
    let path = Path::new(backup["manifest_file"].as_str().expect("a manifest"));
    let bytes = fs::read(path).unwrap();
    assert_eq!(
        backup["checksum"].as_str().unwrap(),
        hex(&sha256(&bytes)),
        "{}",
        path.display()
    );
    let manifest: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(manifest["backup"]["dbname"], backup["dbname"]);
    let dir = path.parent().unwrap();
    let mut listed = Vec::new();
    for file in manifest["files"].as_array().unwrap() {
        let file_path = dir.join(file["path"].as_str().unwrap());
        let content =
            fs::read(&file_path).unwrap_or_else(|error| panic!("{}: {error}", file_path.display()));
        assert_eq!(file["size"], content.len(), "{}", file_path.display());
        assert_eq!(
            file["sha256"].as_str().unwrap(),
            hex(&sha256(&content)),
            "{}",
            file_path.display()
        );
        listed.push(file_path);
    }
    let mut found = Vec::new();
    for column in [
        "pg_dump_file",
        "pg_dump_roles_file",
        "pg_dump_dbconfig_file",
    ] {
        if let Some(part) = backup[column].as_str() {
            gather(Path::new(part), &mut found);
        }
    }
    listed.sort();
    found.sort();
    assert_eq!(listed, found);
}

/// All regular files from `path` down; every one and every directory must be private to the jobs' user.
fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    let found = fs::symlink_metadata(path).unwrap();
    let mode = if found.is_dir() { 0o700 } else { 0o600 };
    assert_eq!(
        found.permissions().mode() & 0o7777,
        mode,
        "{}",
        path.display()
    );
    assert_eq!(found.uid(), job_account().uid, "{}", path.display());
    if found.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), files);
        }
    } else {
        files.push(path.to_owned());
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Restores a FULL backup into another cluster with the plain client tools, as the manual says.
#[track_caller]
pub(crate) fn restore(backup: &Value, target: &Cluster) {
    for column in ["pg_dump_roles_file", "pg_dump_dbconfig_file"] {
        let file = backup[column].as_str().unwrap();
        let mut psql = target.command("psql");
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            "postgres",
            "-f",
            file,
        ]);
        pgbackman_tests::sandbox::run(&mut psql, b"", DEADLINE).success();
    }
    let mut pg_restore = target.command("pg_restore");
    let database = conninfo_value(backup["dbname"].as_str().unwrap());
    pg_restore
        .args(["--exit-on-error", "-d", &format!("dbname={database}")])
        .arg(backup["pg_dump_file"].as_str().unwrap());
    pgbackman_tests::sandbox::run(&mut pg_restore, b"", DEADLINE).success();
}

/// A value of a connection string (libpq: "Keyword/Value Connection Strings").
fn conninfo_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// What `pg_dump` says of a database, without what changes from dump to dump; and the database's own attributes, since
/// `pg_dump --create` refuses a name with a newline.
#[track_caller]
pub(crate) fn content(cluster: &Cluster, dbname: &str) -> Vec<String> {
    let attributes = "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datacl, \
            datconnlimit, (SELECT array_agg(setconfig) FROM pg_db_role_setting WHERE setdatabase = d.oid) \
        FROM pg_database AS d WHERE datname = current_database()";
    let attributes = cluster.psql(dbname, attributes);
    let mut pg_dump = cluster.command("pg_dump");
    pg_dump.args(["-d", &format!("dbname={}", conninfo_value(dbname))]);
    let text = pgbackman_tests::sandbox::run(&mut pg_dump, b"", DEADLINE).success();
    let lasting =
        |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    std::iter::once(attributes.as_str())
        .chain(text.lines().filter(lasting))
        .map(str::to_owned)
        .collect()
}

/// An identifier of SQL.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The releases of the test servers, each with a server of its own.
pub(crate) fn one_of_each() -> Vec<Cluster> {
    Version::ALL.into_iter().map(Cluster::private).collect()
}

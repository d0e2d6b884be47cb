//! Real cron and atd, with their files to themselves: fresh mount, process and IPC namespaces.
//!
//! Inside, `/etc/cron.d` is the sandbox's crontab directory; `/etc/crontab`, `/etc/passwd`, `/etc/group`, `/etc/shadow`,
//! `/etc/at.deny`, `/var/spool/cron`, `/run` and `/dev/log` are the namespace's own; there is a user `pgbackman`. Nothing
//! outside changes, and when the test ends, in whatever way, the kernel ends every process inside.

mod files;
pub mod init;
mod not_run;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix::unistd::{Pid, User};

pub use not_run::available;

use crate::base::{Account, TempRoot};
use crate::built::built_binary;
use crate::processes::children_of;
use crate::sandbox::{Daemon, Output, Sandbox, run};

/// The user of the jobs inside.
pub const JOB_USER: &str = "pgbackman";
/// The jobs' user and group ID when the machine has no such user: in the range that nobody hands out (Debian policy,
/// 9.2.2: 60000–64999 is for packages that ask for one).
const UNUSED_ID: u32 = 64_321;
/// How long a program inside may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// The account of [`JOB_USER`]: the machine's, or the one that namespaces add.
pub fn job_account() -> Account {
    let known = User::from_name(JOB_USER).unwrap();
    known.map_or(
        Account {
            uid: UNUSED_ID,
            gid: UNUSED_ID,
        },
        |user| Account {
            uid: user.uid.as_raw(),
            gid: user.gid.as_raw(),
        },
    )
}

/// A running namespace around a sandbox.
#[derive(Debug)]
pub struct Namespace {
    /// `unshare`, whose only child is the namespace's process 1.
    unshare: Child,
    first: Pid,
    said: Arc<Mutex<Vec<String>>>,
    root: TempRoot,
}

impl Namespace {
    /// Makes one around a sandbox of [`Sandbox::for_namespace`]. Ask [`available`] first.
    pub fn around(sandbox: &Sandbox<'_>) -> Self {
        assert_eq!(
            sandbox.os_user(),
            JOB_USER,
            "made by Sandbox::for_namespace"
        );
        let root = TempRoot::new("ns");
        let mounts = files::prepare(root.path(), sandbox);
        fs::write(root.path().join(init::MOUNTS), mounts).unwrap();
        fs::create_dir(root.path().join(init::DEVICES)).unwrap();
        let said = listen(&root);
        let mut unshare = Command::new("unshare")
            .args(["--mount", "--pid", "--ipc", "--fork", "--kill-child", "--"])
            .arg(built_binary("pgbackman-test-namespace"))
            .arg(root.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("cannot start unshare (package util-linux)");
        let mut line = String::new();
        BufReader::new(unshare.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert_eq!(
            line, "ready\n",
            "the namespace was not made; its complaint stands above"
        );
        let id = Pid::from_raw(i32::try_from(unshare.id()).expect("a process ID"));
        let first = *children_of(id).first().expect("unshare --fork has a child");
        Self {
            unshare,
            first,
            said,
            root,
        }
    }

    /// `command`, to be run inside as root: the same program, arguments, changes to the environment and directory.
    pub fn enter(&self, command: &Command) -> Command {
        self.enter_with(command, None)
    }

    /// `command`, to be run inside as the jobs' user.
    pub fn enter_as_job_user(&self, command: &Command) -> Command {
        self.enter_with(command, Some(job_account()))
    }

    fn enter_with(&self, command: &Command, account: Option<Account>) -> Command {
        let mut inside = Command::new("nsenter");
        inside.args([
            "--target",
            &self.first.to_string(),
            "--mount",
            "--pid",
            "--ipc",
        ]);
        if let Some(account) = account {
            inside
                .arg(format!("--setuid={}", account.uid))
                .arg(format!("--setgid={}", account.gid));
        }
        let dir = command.get_current_dir().unwrap_or_else(|| "/".as_ref());
        inside.arg(format!("--wdns={}", dir.display())).arg("--");
        inside.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => inside.env(name, value),
                None => inside.env_remove(name),
            };
        }
        inside
    }

    /// Runs a program inside as root, to its end.
    #[track_caller]
    pub fn run(&self, command: &Command) -> Output {
        run(&mut self.enter(command), b"", DEADLINE)
    }

    /// Runs a program inside as the jobs' user, to its end.
    #[track_caller]
    pub fn run_as_job_user(&self, command: &Command) -> Output {
        run(&mut self.enter_as_job_user(command), b"", DEADLINE)
    }

    /// Starts a program inside as root; it goes on until it is stopped or dropped.
    pub fn spawn(&self, command: &Command) -> Daemon {
        self.spawn_entered(self.enter(command))
    }

    /// Starts a program inside as the jobs' user; it goes on until it is stopped or dropped.
    pub fn spawn_as_job_user(&self, command: &Command) -> Daemon {
        self.spawn_entered(self.enter_as_job_user(command))
    }

    fn spawn_entered(&self, mut command: Command) -> Daemon {
        let said = self
            .root
            .path()
            .join(format!("said-{:08x}", rand::random::<u32>()));
        Daemon::spawn(&mut command, &said)
    }

    /// Starts the distribution's cron. It logs the start and end of jobs (`-L 3`).
    pub fn start_cron(&self) -> Daemon {
        self.spawn(&cron())
    }

    /// [`Namespace::start_cron`] in a time zone: a POSIX `TZ` string can change the clock at any minute (tzset(3)).
    pub fn start_cron_in(&self, zone: &str) -> Daemon {
        self.spawn(cron().env("TZ", zone))
    }

    /// Starts the distribution's atd, without a pause between jobs (`-b 1`).
    pub fn start_atd(&self) -> Daemon {
        let mut atd = Command::new("/usr/sbin/atd");
        atd.args(["-f", "-b", "1"]);
        self.spawn(&atd)
    }

    /// What cron, atd and others inside have sent to the system's log so far, a message per element.
    pub fn syslog(&self) -> Vec<String> {
        self.said
            .lock()
            .expect("the listener does not panic")
            .clone()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.unshare.stdin.take());
        let _ = self.unshare.wait();
    }
}

fn cron() -> Command {
    let mut cron = Command::new("/usr/sbin/cron");
    cron.args(["-f", "-L", "3"]);
    cron
}

/// Gathers what is sent to the socket that is `/dev/log` inside.
fn listen(root: &TempRoot) -> Arc<Mutex<Vec<String>>> {
    let path = root.path().join(init::SYSLOG);
    let socket = UnixDatagram::bind(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&said);
    std::thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read) = socket.recv(&mut buffer) {
            let message = String::from_utf8_lossy(&buffer[..read]).into_owned();
            heard
                .lock()
                .expect("nobody panics while reading the log")
                .push(message);
        }
    });
    said
}

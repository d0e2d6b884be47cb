//! Where everything temporary lies, and how what killed tests left behind is cleared.
//!
//! All directories are children of one base directory with a short path: a Unix socket's path is limited to 107 bytes,
//! and the users that run servers and cron jobs must be able to reach it (trap 30a), so that neither `$TMPDIR` nor the
//! build directory will do.

use std::ffi::OsString;
use std::fs::{self, File};
use std::iter;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Once;

use nix::fcntl::{Flock, FlockArg};
use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::sys::statvfs::statvfs;
use nix::unistd::{Uid, User, chown};

use crate::watchdog::{self, Watchdog};

/// The file in each temporary directory that its watchdog keeps locked while the directory is in use.
pub const OWNER_LOCK: &str = "owner.lock";

/// Where Linux has a file system in memory.
const MEMORY: &str = "/dev/shm";

/// The directory under which the harness makes all others: `$PGBACKMAN_TEST_DIR`, or one in `/var/tmp` named by user.
pub fn base_dir() -> PathBuf {
    own_directory(named_dir().unwrap_or_else(|| dir_below("/var/tmp")))
}

/// The directory for the data directories of servers, which are hundreds of files that live for seconds: in memory where there is
/// plenty of it, because a file system on a disk spends more time on finding inodes for them than servers spend on queries.
/// Otherwise, and where `$PGBACKMAN_TEST_DIR` is set, it is [`base_dir`].
fn servers_dir() -> PathBuf {
    if named_dir().is_none() && memory_is_plenty() {
        own_directory(dir_below(MEMORY))
    } else {
        base_dir()
    }
}

/// All of these directories that there are.
fn all_dirs() -> Vec<PathBuf> {
    let memory = dir_below(MEMORY);
    let in_memory = memory.is_dir().then(|| own_directory(memory));
    iter::once(base_dir()).chain(in_memory).collect()
}

fn named_dir() -> Option<PathBuf> {
    std::env::var_os("PGBACKMAN_TEST_DIR").map(PathBuf::from)
}

fn dir_below(parent: &str) -> PathBuf {
    Path::new(parent).join(format!("pgbackman-test-{}", Uid::effective()))
}

/// Whether a run's servers fit beside all else: they have needed less than 2 GiB together.
fn memory_is_plenty() -> bool {
    const GIB: u64 = 1 << 30;
    let is_memory = statfs(MEMORY).is_ok_and(|found| found.filesystem_type() == TMPFS_MAGIC);
    let room = statvfs(MEMORY).map_or(0, |found| found.blocks_available() * found.fragment_size());
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB")?.parse::<u64>().ok())
        .map_or(0, |kib| kib << 10);
    is_memory && room >= 4 * GIB && available >= 6 * GIB
}

fn own_directory(dir: PathBuf) -> PathBuf {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&dir)
        .unwrap_or_else(|error| panic!("cannot create {}: {error}", dir.display()));
    let found = fs::symlink_metadata(&dir).unwrap();
    assert!(
        found.is_dir() && found.uid() == Uid::effective().as_raw(),
        "{} is not a directory of this user's: remove it, or set PGBACKMAN_TEST_DIR to one that is",
        dir.display()
    );
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// The account that servers run as: this user, or when that is root (whom PostgreSQL refuses) an unprivileged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// User ID.
    pub uid: u32,
    /// Primary group's ID.
    pub gid: u32,
}

impl Account {
    /// `postgres` if the machine has it, else `nobody`, when called by root; otherwise the caller.
    pub fn unprivileged() -> Self {
        if !Uid::effective().is_root() {
            return Self {
                uid: Uid::effective().as_raw(),
                gid: nix::unistd::Gid::effective().as_raw(),
            };
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
            .expect("root runs the tests, and neither user `postgres` nor `nobody` exists to run servers")
    }

    /// Makes `path` this account's. Does nothing without root, when everything is this account's already.
    pub fn own(self, path: &Path) {
        if Uid::effective().is_root() {
            chown(path, Some(self.uid.into()), Some(self.gid.into())).unwrap_or_else(|error| {
                panic!(
                    "cannot give {} to uid {}: {error}",
                    path.display(),
                    self.uid
                )
            });
        }
    }
}

/// A directory of one test, removed with everything that runs in it when dropped, and also when the test is killed.
#[derive(Debug)]
pub struct TempRoot {
    path: PathBuf,
    /// Dropped last of all: then the watchdog ends the server in the directory, and removes it.
    watchdog: Option<Watchdog>,
}

impl TempRoot {
    /// Makes `<base>/<prefix>-<random>`, mode 0755, watched.
    pub fn new(prefix: &str) -> Self {
        Self::below(&base_dir(), prefix)
    }

    /// The same where data directories of servers are quick to make and to remove: nothing else belongs there.
    pub fn for_files_of_servers(prefix: &str) -> Self {
        Self::below(&servers_dir(), prefix)
    }

    fn below(base: &Path, prefix: &str) -> Self {
        sweep_once();
        // The sweeper must not see a directory that no watchdog has locked yet.
        let _creating = lock(&base.join("sweep.lock"), FlockArg::LockShared).unwrap();
        let path = base.join(format!("{prefix}-{:08x}", rand::random::<u32>()));
        fs::DirBuilder::new().mode(0o755).create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let watchdog = Watchdog::over(&path);
        Self {
            path,
            watchdog: Some(watchdog),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory stays when this is dropped, for a look at what a failed test left: its servers end.
    pub fn keep(&mut self) {
        fs::write(self.path.join(watchdog::KEEP), b"").unwrap();
    }
}

impl Drop for TempRoot {
    fn drop(&mut self) {
        if std::thread::panicking() && std::env::var_os("PGBACKMAN_TEST_KEEP").is_some() {
            let _ = fs::write(self.path.join(watchdog::KEEP), b"");
            eprintln!("kept for a look: {}", self.path.display());
        }
        drop(self.watchdog.take());
    }
}

/// Opens (creating it) and locks `path`; `None` when a non-blocking request found it locked.
pub(crate) fn lock(path: &Path, how: FlockArg) -> Option<Flock<File>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
    match Flock::lock(file, how) {
        Ok(held) => Some(held),
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => None,
        Err((_, error)) => panic!("cannot lock {}: {error}", path.display()),
    }
}

/// Once per process: removes the directories whose watchdog is gone too (the machine went down, or somebody killed all).
fn sweep_once() {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(|| all_dirs().iter().for_each(|base| sweep(base)));
}

fn sweep(base: &Path) {
    let Some(_sweeping) = lock(&base.join("sweep.lock"), FlockArg::LockExclusiveNonblock) else {
        return;
    };
    for entry in fs::read_dir(base).unwrap().flatten() {
        let dir = entry.path();
        if !dir.join(watchdog::KEEP).exists() && is_abandoned(&dir) {
            watchdog::clear(&dir);
        }
    }
}

/// Whether a directory's watchdog is gone. A directory that another process is removing, lock first, is not ours to sweep.
fn is_abandoned(dir: &Path) -> bool {
    File::options()
        .write(true)
        .open(dir.join(OWNER_LOCK))
        .is_ok_and(|file| Flock::lock(file, FlockArg::LockExclusiveNonblock).is_ok())
}

/// The variables of libpq, which a test's programs must not inherit from whoever runs the tests.
pub fn libpq_variables() -> Vec<OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_string_lossy().starts_with("PG"))
        .collect()
}

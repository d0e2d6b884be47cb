//! The built programs of this package, where every user can start them.
//!
//! The build directory may lie below a home that others cannot enter (`/root` is 0700), and tests start programs as other users:
//! each program is linked into a directory of the harness's.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::base::base_dir;

/// What the names of these directories begin with; a hash of the build directory's path follows.
const PREFIX: &str = "bin-";

/// How long a program is kept whose build is gone.
const A_DAY: Duration = Duration::from_secs(86_400);

/// A built binary of this package, in a directory that every user can enter. It is the one beside the running binary, or (for test
/// binaries, in `deps/`) one directory above.
pub fn built_binary(name: &str) -> PathBuf {
    let built = in_build_directory(name);
    let build_directory = built.parent().unwrap();
    if is_ours(build_directory) {
        // The running program itself was started from there.
        return built;
    }
    let mut hasher = DefaultHasher::new();
    build_directory.hash(&mut hasher);
    let directory = base_dir().join(format!("{PREFIX}{:016x}", hasher.finish()));
    let linked = directory.join(name);
    if !is_same(&built, &linked) {
        fs::create_dir_all(&directory).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o755)).unwrap();
        put(&built, &linked);
        remove_what_lost_its_build(&directory);
    }
    linked
}

fn in_build_directory(name: &str) -> PathBuf {
    let running = std::env::current_exe().unwrap();
    let own_dir = running.parent().unwrap();
    [Some(own_dir), own_dir.parent()]
        .into_iter()
        .flatten()
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "{name} is not built beside {}: run `cargo build -p pgbackman-tests --bins`",
                running.display()
            )
        })
}

fn is_ours(directory: &Path) -> bool {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(PREFIX) && directory.parent() == Some(&base_dir())
}

/// Whether this is the build: a link to it, or a copy.
fn is_same(built: &Path, linked: &Path) -> bool {
    let built = fs::metadata(built).unwrap();
    fs::metadata(linked).is_ok_and(|linked| {
        (built.dev(), built.ino()) == (linked.dev(), linked.ino())
            || (built.len(), built.modified().unwrap())
                == (linked.len(), linked.modified().unwrap())
    })
}

/// Puts the build in place at once, whoever else does so meanwhile: as a hard link, because binaries are large; as a copy where the
/// build directory is on another file system or others may not run what is there.
fn put(built: &Path, linked: &Path) {
    let meta = fs::metadata(built).unwrap();
    let making = linked.with_extension(format!("{:08x}", rand::random::<u32>()));
    let may_be_run = meta.mode() & 0o005 == 0o005;
    if !may_be_run || fs::hard_link(built, &making).is_err() {
        // By a process of its own: what we had open for writing a child of another test would have open too, and nobody can start
        // it then ("text file busy").
        let copied = Command::new("cp")
            .args(["--preserve=timestamps", "--"])
            .args([built, making.as_path()])
            .status()
            .unwrap();
        assert!(copied.success(), "cannot copy {}", built.display());
        fs::set_permissions(&making, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::rename(&making, linked).unwrap();
    // Where both are links to one file, rename(2) does nothing.
    let _ = fs::remove_file(&making);
}

/// Removes programs of other build directories that nobody has built or tested for a day.
fn remove_what_lost_its_build(own: &Path) {
    for directory in fs::read_dir(base_dir()).unwrap().flatten() {
        let path = directory.path();
        if path == own || !is_ours(&path) {
            continue;
        }
        for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
            let is_old = entry.metadata().is_ok_and(|meta| {
                let age = meta.modified().map(|made| made.elapsed());
                meta.nlink() == 1 && age.is_ok_and(|age| age.is_ok_and(|age| age > A_DAY))
            });
            if is_old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

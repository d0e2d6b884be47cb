//! Client tools that fail in ways in which the real ones do not on demand.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use crate::postgres::Version;
use crate::sandbox::Sandbox;

/// A directory with the client tools of a release, some of which are scripts. Use it only for failures that a real tool
/// and a real server will not produce; whatever they will is to be tested with them.
#[derive(Debug)]
pub struct FakeTools {
    dir: PathBuf,
    version: Version,
}

impl FakeTools {
    /// Links to all of the release's real tools, in the sandbox; the sandbox's configuration names this directory and no
    /// other.
    pub fn instead_of(version: Version, sandbox: &mut Sandbox<'_>) -> Self {
        let dir = sandbox
            .path()
            .join(format!("fake-{:08x}", rand::random::<u32>()));
        fs::create_dir(&dir).unwrap();
        for entry in fs::read_dir(version.bin_dir()).unwrap() {
            let tool = entry.unwrap();
            symlink(tool.path(), dir.join(tool.file_name())).unwrap();
        }
        sandbox.configure(
            "backup_server",
            "bin_dirs",
            &format!("[\"{}\"]", dir.display()),
        );
        Self { dir, version }
    }

    /// Makes `tool` a script of `/bin/sh`. In it, `$REAL` is the real tool, so that `exec "$REAL" "$@"` leaves the tool
    /// as it is; `--version` is always answered by the real one.
    pub fn script(&self, tool: &str, body: &str) -> &Self {
        let real = self.version.bin_dir().join(tool);
        let text = format!(
            "#!/bin/sh\nREAL='{}'\ncase \"$1\" in -V|--version) exec \"$REAL\" \"$1\";; esac\n{body}\n",
            real.display()
        );
        let path = self.dir.join(tool);
        fs::remove_file(&path).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

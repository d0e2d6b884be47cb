//! What a process that handles passwords does first.
#![forbid(unsafe_code)]

use std::io;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

/// Makes what this process and its children write private from the first byte (trap 31), and lets neither leave a core file,
/// which would hold passwords (trap 32).
///
/// The limit on core files reaches the children; the mark "not dumpable" holds for this process, and also keeps other
/// processes of the same user from attaching to it.
pub fn keep_secrets() -> io::Result<()> {
    umask(Mode::from_bits_truncate(0o077));
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    prctl::set_dumpable(false)?;
    Ok(())
}

//! Watches how the script of a whole node ends, while it is read.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use pgbackman_core::pgtools::scripts::script_end::ScriptEnd;

/// What was seen of the script's end.
pub(crate) type Seen = Rc<RefCell<ScriptEnd>>;

/// Passes a script on, and keeps its end.
pub(crate) struct Watched<R> {
    script: R,
    end: Seen,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.script.read(buffer)?;
        self.end.borrow_mut().see(&buffer[..read]);
        Ok(read)
    }
}

/// A script that is watched, and what is seen.
pub(crate) fn watch<R>(script: R) -> (Watched<R>, Seen) {
    let end = Seen::default();
    let watched = Watched {
        script,
        end: Rc::clone(&end),
    };
    (watched, end)
}

/// An error where the script, read to its end, did not end with the mark of `pg_dumpall`.
pub(crate) fn check(end: &Seen) -> io::Result<()> {
    if end.borrow().is_whole() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "it does not end with the end mark of pg_dumpall, so that a part of it is missing",
    ))
}

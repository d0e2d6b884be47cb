//! Changes that are noticed by who compares times in whole seconds, as cron does (trap 18b).
//!
//! cron reads a directory again when its time is another one than when it last looked, and in it the files whose own time is another
//! one. Of two changes in one second, with cron's look between them, it would never see the second one. So what is changed here
//! gets a time that nothing in the directory has had before.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::directory::Directory;

/// A change to a directory that is about to be made.
#[derive(Debug)]
pub struct Change<'a> {
    directory: &'a Directory,
    before: SystemTime,
}

impl<'a> Change<'a> {
    /// Before anything is changed.
    ///
    /// # Errors
    /// The system does not tell the directory's time.
    pub fn begin(directory: &'a Directory) -> io::Result<Self> {
        Ok(Self {
            directory,
            before: directory.modified()?,
        })
    }

    /// A whole second that is later than now and than the directory's time before.
    pub fn time(&self) -> SystemTime {
        let latest = self.before.max(SystemTime::now());
        let seconds = latest
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        UNIX_EPOCH + Duration::from_secs(seconds.saturating_add(1))
    }

    /// The change is made: gives the directory its new time. One that belongs to somebody else keeps the one it has.
    pub fn end(self) {
        if let Err(error) = self.directory.set_modified(self.time()) {
            tracing::debug!(
                "could not set the modification time of {}: {error}",
                self.directory.path().display()
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_18b_every_change_has_another_second() {
        let place = tempfile::tempdir().unwrap();
        let directory = Directory::open_trusted(place.path()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..20 {
            let change = Change::begin(&directory).unwrap();
            std::fs::write(place.path().join("x"), "").unwrap();
            // What cron may see between the two.
            seen.push(directory.modified().unwrap());
            let time = change.time();
            change.end();
            let now = directory.modified().unwrap();
            assert!(now >= time);
            let seconds = |time: &SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs();
            assert!(seen.iter().all(|before| seconds(before) != seconds(&now)));
            seen.push(now);
            std::fs::remove_file(place.path().join("x")).unwrap();
            directory.set_modified(now).unwrap();
        }
    }
}

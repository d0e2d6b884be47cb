//! Whose a job is: a comment in its text, by which control finds it again.

use std::fmt;

use thiserror::Error;

use crate::domain::ids::{RequestId, RestoreDefId, ServerId, SnapshotId};

/// How every marker begins.
const BEGINNING: &str = "# PgBackMan at job:";

/// What a job does once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AtJob {
    /// Takes a snapshot.
    Snapshot(SnapshotId),
    /// Restores a backup.
    Restore(RestoreDefId),
    /// Runs a backup definition outside its schedule.
    Run(RequestId),
}

impl fmt::Display for AtJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Snapshot(id) => write!(f, "snapshot {id}"),
            Self::Restore(id) => write!(f, "restore {id}"),
            Self::Run(id) => write!(f, "requested run {id}"),
        }
    }
}

/// Says of a job which catalogue, which backup server and which definition it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    catalogue: String,
    server: ServerId,
    job: AtJob,
}

/// A catalogue's mark that is no plain word.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} cannot be part of a job's marker")]
pub struct UnusableCatalogue(String);

impl Marker {
    /// The marker of a job; `catalogue` tells this catalogue from every other one whose jobs the machine may have.
    ///
    /// # Errors
    /// When `catalogue` has other characters than ASCII letters, digits, `-` and `.`, or is empty.
    pub fn new(
        catalogue: impl Into<String>,
        server: ServerId,
        job: AtJob,
    ) -> Result<Self, UnusableCatalogue> {
        let catalogue = catalogue.into();
        if is_plain_word(&catalogue) {
            Ok(Self {
                catalogue,
                server,
                job,
            })
        } else {
            Err(UnusableCatalogue(catalogue))
        }
    }

    /// What the job does.
    pub const fn job(&self) -> AtJob {
        self.job
    }

    /// Whether a job belongs to this catalogue and backup server.
    pub fn is_of(&self, catalogue: &str, server: ServerId) -> bool {
        self.catalogue == catalogue && self.server == server
    }

    /// The marker in a job's text. It must be the last line: a text that was cut off, or one that has a marker inside
    /// another value, is nobody's.
    pub fn find(text: &str) -> Option<Self> {
        let last = text.trim_end_matches('\n').rsplit('\n').next()?;
        let marker = Self::parse(last)?;
        // Only what is written back the same was written by us.
        (marker.to_string() == last).then_some(marker)
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix(BEGINNING)?.split_whitespace();
        let catalogue = words.next()?.strip_prefix("catalogue=")?;
        let server = words.next()?.strip_prefix("server=")?.parse().ok()?;
        let job = match words.next()?.split_once('=')? {
            ("snapshot", id) => AtJob::Snapshot(id.parse().ok()?),
            ("restore", id) => AtJob::Restore(id.parse().ok()?),
            ("run", id) => AtJob::Run(id.parse().ok()?),
            _ => return None,
        };
        Self::new(catalogue, server, job).ok()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            catalogue,
            server,
            job,
        } = self;
        let (kind, id) = match job {
            AtJob::Snapshot(id) => ("snapshot", id.get()),
            AtJob::Restore(id) => ("restore", id.get()),
            AtJob::Run(id) => ("run", id.get()),
        };
        write!(
            f,
            "{BEGINNING} catalogue={catalogue} server={server} {kind}={id}"
        )
    }
}

fn is_plain_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    !text.is_empty() && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(job: AtJob) -> Marker {
        Marker::new("ab-12.5", ServerId::new(3), job).unwrap()
    }

    #[test]
    fn a_marker_is_found_in_the_last_line_only() {
        for job in [
            AtJob::Snapshot(SnapshotId::new(7)),
            AtJob::Restore(RestoreDefId::new(7)),
            AtJob::Run(RequestId::new(7)),
        ] {
            let marker = marker(job);
            assert_eq!(
                Marker::find(&format!("#!/bin/sh\nx\n{marker}\n\n")),
                Some(marker.clone())
            );
            assert_eq!(Marker::find(&format!("{marker}\nx\n")), None);
            assert_eq!(Marker::find(&format!("x {marker}\n")), None);
            assert_eq!(Marker::find(&format!("{marker} \n")), None);
        }
        let text = marker(AtJob::Snapshot(SnapshotId::new(7))).to_string();
        for other in [
            text.replace("snapshot", "backup"),
            text.replace("=7", "=07"),
            text.replace("server=3", "server="),
            text.replace("catalogue", "catalog"),
            text[..text.len() - 1].to_owned(),
            String::new(),
        ] {
            assert_eq!(Marker::find(&other), None, "{other:?}");
        }
    }

    #[test]
    fn another_catalogues_job_is_not_ours() {
        let marker = marker(AtJob::Snapshot(SnapshotId::new(7)));
        assert!(marker.is_of("ab-12.5", ServerId::new(3)));
        assert!(!marker.is_of("ab-12.6", ServerId::new(3)));
        assert!(!marker.is_of("ab-12.5", ServerId::new(4)));
        for word in ["", "a b", "a\nb", "$x", "é"] {
            assert!(
                Marker::new(word, ServerId::new(3), marker.job()).is_err(),
                "{word:?}"
            );
        }
    }
}

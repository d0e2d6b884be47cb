//! The entries as `pg_restore --list` shows them.

use super::Archive;
use super::toc::Entry;
use crate::domain::pg_version::PgRelease;
use crate::pgtools::archive_list::{self, ArchiveList};

/// Entries that set up the session of a restore; no list shows them.
const OF_THE_SESSION: [&str; 3] = ["ENCODING", "STDSTRINGS", "SEARCHPATH"];

impl Entry {
    /// Whether `pg_restore` without `--create` restores it: it makes or holds something, which is not the database itself.
    pub fn is_listed(&self) -> bool {
        let of_database = self.is("DATABASE")
            || self.is("DATABASE PROPERTIES")
            || (["ACL", "COMMENT", "SECURITY LABEL"]
                .iter()
                .any(|kind| self.is(kind))
                && self.tag.starts_with(b"DATABASE "));
        let of_session = OF_THE_SESSION.iter().any(|kind| self.is(kind));
        !of_database && !of_session && (self.has_data || !self.definition.is_empty())
    }

    /// Whether it is data, for a restore of the schema only: rows, positions of sequences, and large objects with what is said
    /// of them.
    pub fn is_data(&self) -> bool {
        let of_large_object = ["ACL", "COMMENT", "SECURITY LABEL"]
            .iter()
            .any(|kind| self.is(kind))
            && self.tag.starts_with(b"LARGE OBJECT");
        self.has_data
            || of_large_object
            || ["SEQUENCE SET", "BLOB", "BLOB METADATA", "BLOBS"]
                .iter()
                .any(|kind| self.is(kind))
    }

    /// What a list shows of it: kind, schema (`-` where there is none), name and owner. Names are shown as well as they
    /// can be, without line breaks.
    pub fn shown(&self) -> String {
        let clean = |text: &[u8]| String::from_utf8_lossy(text).replace(['\n', '\r'], " ");
        let schema = if self.schema.is_empty() {
            "-".to_owned()
        } else {
            clean(&self.schema)
        };
        format!(
            "{} {schema} {} {}",
            clean(&self.kind),
            clean(&self.tag),
            clean(&self.owner)
        )
    }
}

impl Archive {
    /// The list that `pg_restore --list` gives of the archive.
    pub fn list(&self) -> ArchiveList {
        self.list_of(&|_| true)
    }

    /// The list of some of its entries.
    pub fn list_of(&self, wanted: &dyn Fn(&Entry) -> bool) -> ArchiveList {
        let entries = self
            .entries
            .iter()
            .filter(|entry| entry.is_listed() && wanted(entry));
        ArchiveList {
            made_by: self.made_by(),
            dumped_from: release(&self.header.server_version),
            entries: entries.map(line).collect(),
            leaves_out: false,
        }
    }

    /// The release of the `pg_dump` that made the archive.
    pub fn made_by(&self) -> Option<PgRelease> {
        release(&self.header.dump_version)
    }
}

fn release(text: &[u8]) -> Option<PgRelease> {
    let text = String::from_utf8_lossy(text);
    text.split_whitespace().next()?.parse().ok()
}

fn line(entry: &Entry) -> archive_list::Entry {
    let described = entry.shown();
    let number = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    archive_list::Entry {
        line: format!(
            "{}; {} {} {described}",
            entry.id,
            number(&entry.class),
            number(&entry.object)
        ),
        described,
    }
}

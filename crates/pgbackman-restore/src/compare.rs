//! What the target has after a restore, compared with what the archive should have brought: entry by entry, under the name that
//! it has there. What a database has beside that (what extensions made, what belongs to a constraint, the server's own objects)
//! never stands for something that is missing.

mod contents;
mod expected;
mod found;
mod privileges;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pgbackman_core::archive::{Archive, ArchiveError, Entry, Present};
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::pgtools::archive_list::ArchiveList;

use self::expected::{Expected, Expecting};
use self::found::Found;

/// How many missing objects of a kind are named.
const NAMED: usize = 3;

/// The archive as it is compared: the entries that were restored, and which of them have data.
#[derive(Debug)]
pub(crate) struct Restored {
    entries: Vec<Entry>,
    present: BTreeMap<u32, Present>,
    made_by: Option<PgMajor>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// How many of each kind there are.
    pub(crate) said: String,
    /// The statements that compute what is missing from what is there.
    pub(crate) left_to_do: Vec<String>,
}

/// What was compared: of each kind how many are listed, and what of them is not there.
#[derive(Debug, Default)]
struct OfKind {
    listed: u64,
    missing: Vec<String>,
}

/// All of them.
type Kinds = BTreeMap<String, OfKind>;

impl Restored {
    /// Reads the archive; `list` says which of its entries were to be restored.
    pub(crate) fn read(archive: &Path, list: &ArchiveList) -> Result<Self, ArchiveError> {
        let archive = Archive::open(archive)?;
        let wanted: BTreeSet<u32> = list
            .entries
            .iter()
            .filter_map(|entry| entry.line.split_once(';')?.0.parse().ok())
            .collect();
        let present = archive.present()?;
        Ok(Self {
            present,
            made_by: list
                .made_by
                .map(pgbackman_core::domain::pg_version::PgRelease::major),
            entries: archive
                .entries
                .into_iter()
                .filter(|entry| wanted.contains(&entry.id))
                .collect(),
        })
    }

    /// Looks for everything, and fails where something is missing; says what there is.
    pub(crate) async fn compare(
        &self,
        session: &Session,
        major: PgMajor,
        is_superuser: bool,
        parameters: &RestoreParameters,
    ) -> Result<Compared, Failure> {
        let Some(found) = Found::read(session, major, &self.entries).await? else {
            return Ok(Compared {
                said: "nothing, because a server of this version cannot be checked".to_owned(),
                ..Compared::default()
            });
        };
        let (mut kinds, uncompared) = self.objects(parameters, is_superuser, found);
        let contents = contents::inspect(session, major, &self.entries, &self.present).await?;
        for (kind, missing) in contents.missing {
            kinds.entry(kind).or_default().missing.push(missing);
        }
        for (kind, listed) in contents.listed {
            kinds.entry(kind).or_default().listed += listed;
        }
        let missing: Vec<String> = kinds
            .iter()
            .filter(|(_, of_kind)| !of_kind.missing.is_empty())
            .map(|(kind, of_kind)| of_kind.describe(kind))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::failed(format!(
                "pg_restore reported no error, but the database lacks objects of the archive's list: {}",
                missing.join("; ")
            )));
        }
        let mut said: Vec<String> = kinds
            .iter()
            .map(|(kind, of_kind)| format!("{} {kind}", of_kind.listed))
            .collect();
        if !uncompared.is_empty() {
            said.push(format!("not compared: {}", uncompared.join(", ")));
        }
        if !contents.unknown.is_empty() {
            said.push(format!("not checked: {}", contents.unknown.join(", ")));
        }
        Ok(Compared {
            said: said.join(", "),
            left_to_do: contents.waiting,
        })
    }

    /// The objects; also the kinds that are not compared.
    fn objects(
        &self,
        parameters: &RestoreParameters,
        is_superuser: bool,
        mut found: Found,
    ) -> (Kinds, Vec<String>) {
        let expecting = Expecting {
            parameters,
            made_by: self.made_by,
            is_superuser,
        };
        let mut kinds = Kinds::new();
        let mut uncompared = BTreeSet::new();
        let mut unnamed = Vec::new();
        for entry in &self.entries {
            let kind = String::from_utf8_lossy(&entry.kind).into_owned();
            let Some(expected) = expecting.of(entry) else {
                if !contents::KINDS.contains(&kind.as_str()) {
                    uncompared.insert(kind);
                }
                continue;
            };
            let of_kind = kinds.entry(kind).or_default();
            of_kind.listed += 1;
            match found.has(&expected) {
                Some(true) => {}
                Some(false) => of_kind.missing.push(named(entry)),
                None => unnamed.push((entry, expected)),
            }
        }
        // Old clients and some kinds spell the names otherwise: then as many as are left of the kind.
        for (entry, expected) in unnamed {
            let is_there = match &expected {
                Expected::Labelled { class, kind, .. } => {
                    found.take_left(class, kind) || found.take(class, "")
                }
                _ => true,
            };
            if !is_there {
                let kind = String::from_utf8_lossy(&entry.kind).into_owned();
                kinds.entry(kind).or_default().missing.push(named(entry));
            }
        }
        (kinds, uncompared.into_iter().collect())
    }
}

/// What a message calls an entry: schema, name and owner.
fn named(entry: &Entry) -> String {
    let shown = entry.shown();
    let kind = String::from_utf8_lossy(&entry.kind);
    shown
        .strip_prefix(&*kind)
        .unwrap_or(&shown)
        .trim()
        .to_owned()
}

impl OfKind {
    /// `0 INDEX of 2 (missing: public i owner, public j owner)`.
    fn describe(&self, kind: &str) -> String {
        let missing = self.missing.len();
        let there = self
            .listed
            .saturating_sub(u64::try_from(missing).unwrap_or(u64::MAX));
        let mut named: Vec<&str> = self
            .missing
            .iter()
            .take(NAMED)
            .map(String::as_str)
            .collect();
        if missing > NAMED {
            named.push("and more");
        }
        format!(
            "{there} {kind} of {} (missing: {})",
            self.listed,
            named.join(", ")
        )
    }
}

#[cfg(test)]
#[path = "compare/tests.rs"]
mod tests;

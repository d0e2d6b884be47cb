//! Restores from which entries of the archive were taken: what is missing is found, of every kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use pgbackman_core::archive::{Archive, Entry};
use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::subject::Subject;
use super::{NODE, WHOLE};
use crate::restore::support::RestoreLab;

/// Kinds that show nothing by themselves. The functions of a type make its shell, too, and statistics are computed anew.
const UNSEEN: [&str; 2] = ["SHELL TYPE", "STATISTICS DATA"];

/// What is computed from the rows, so that it is a WARNING.
const COMPUTED: &str = "MATERIALIZED VIEW DATA";

/// A `pg_restore` that leaves out what is asked for, and says nothing of what fails thereby.
pub(super) struct LeavingOut {
    list: PathBuf,
}

impl LeavingOut {
    pub(super) fn instead_of(version: Version, sandbox: &mut Sandbox<'_>) -> Self {
        let list = sandbox.path().join("entries.list");
        let tools = FakeTools::instead_of(version, sandbox);
        tools.script(
            "pg_restore",
            &format!(
                "case \" $* \" in *--list*|*--file*) exec \"$REAL\" \"$@\";; esac\n[ -e {0} ] || exec \"$REAL\" \"$@\"\n\
                 \"$REAL\" --use-list={0} \"$@\" 2>/dev/null || exit 0",
                list.display()
            ),
        );
        Self { list }
    }

    /// From now on everything is restored.
    #[cfg(feature = "long")]
    pub(super) fn nothing(&self) {
        if let Err(error) = fs::remove_file(&self.list) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }

    /// From now on these are left out.
    pub(super) fn leave_out(&self, archive: &Archive, left_out: &BTreeSet<u32>) {
        let kept = archive.list().entries.into_iter().filter(|entry| {
            let id = entry.line.split(';').next().unwrap();
            !left_out.contains(&id.parse().unwrap())
        });
        let lines: Vec<String> = kept.map(|entry| entry.line).collect();
        fs::write(&self.list, lines.join("\n")).unwrap();
    }
}

/// Whether the lack of an entry shows.
pub(super) fn is_seen(entry: &Entry) -> bool {
    entry.is_listed() && !UNSEEN.iter().any(|kind| entry.is(kind))
}

/// The kinds of all entries that cannot be without this one, by its number.
fn dependants(archive: &Archive) -> BTreeMap<u32, BTreeSet<&[u8]>> {
    let mut kinds: BTreeMap<u32, BTreeSet<&[u8]>> = BTreeMap::new();
    let mut all: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    // What an entry depends on, whatever the order.
    let direct: BTreeMap<u32, &Entry> = archive.entries.iter().map(|one| (one.id, one)).collect();
    for entry in &archive.entries {
        let (mut ahead, mut seen) = (entry.depends_on.clone(), BTreeSet::new());
        while let Some(id) = ahead.pop() {
            if seen.insert(id) {
                ahead.extend(direct.get(&id).into_iter().flat_map(|one| &one.depends_on));
            }
        }
        all.insert(entry.id, seen);
    }
    for entry in &archive.entries {
        for id in &all[&entry.id] {
            kinds.entry(*id).or_default().insert(&entry.kind);
        }
    }
    kinds
}

/// One entry of each kind, in as few restores as show each of them by itself.
fn in_waves(archive: &Archive) -> Vec<Vec<&Entry>> {
    let dependants = dependants(archive);
    let none = BTreeSet::new();
    let of = |entry: &Entry| dependants.get(&entry.id).unwrap_or(&none);
    let mut one_of_each: BTreeMap<&[u8], &Entry> = BTreeMap::new();
    for entry in archive.entries.iter().filter(|entry| is_seen(entry)) {
        let is_public = entry.tag == b"public" || entry.tag.ends_with(b"SCHEMA public");
        if entry.is(COMPUTED) || is_public || shows_nothing(entry, archive) {
            continue;
        }
        let chosen = one_of_each.entry(&entry.kind).or_insert(entry);
        if of(entry).len() < of(chosen).len() {
            *chosen = entry;
        }
    }
    let mut waves: Vec<Vec<&Entry>> = Vec::new();
    for entry in one_of_each.into_values() {
        let fits = |wave: &Vec<&Entry>| {
            wave.iter().all(|other| {
                !is_alone(entry)
                    && !is_alone(other)
                    && !of(other).contains(entry.kind.as_slice())
                    && !of(entry).contains(other.kind.as_slice())
            })
        };
        match waves.iter_mut().find(|wave| fits(wave)) {
            Some(wave) => wave.push(entry),
            None => waves.push(vec![entry]),
        }
    }
    waves
}

/// Without a large object `pg_restore` ends where its bytes come.
fn is_alone(entry: &Entry) -> bool {
    entry.is("BLOB") || entry.is("BLOB METADATA")
}

/// Rows of a table without any, and sequences that nobody has used.
fn shows_nothing(entry: &Entry, archive: &Archive) -> bool {
    (entry.has_data && !archive.present().unwrap().contains_key(&entry.id))
        || (entry.is("SEQUENCE SET") && entry.definition.ends_with(b", false);\n"))
}

#[test]
fn b1_whatever_is_taken_from_an_archive_is_missed() {
    one_of_each_kind(Version::V18, 3);
}

/// Takes one entry of each kind from the backup of a seed.
pub(super) fn one_of_each_kind(version: Version, seed: u64) {
    let cluster = Cluster::private(version);
    cluster.psql_script("postgres", NODE);
    let mut lab = RestoreLab::new(&cluster, &cluster);
    let leaving_out = LeavingOut::instead_of(version, &mut lab.lab.sandbox);
    let subject = Subject::build(&lab, seed, WHOLE);
    let archive = Archive::open(&subject.backup.dump_file).unwrap();
    let (mut kinds, mut waves) = (0, 0);
    for (at, wave) in in_waves(&archive).into_iter().enumerate() {
        kinds += wave.len();
        waves += 1;
        leaving_out.leave_out(&archive, &wave.iter().map(|entry| entry.id).collect());
        lab.restore(&subject.backup, &format!("wave_{at}")).run();
        let result = lab.last_result();
        assert_eq!(result["status"], "ERROR", "{wave:#?}: {result:#?}");
        for entry in wave {
            let shown = entry.shown();
            let kind = String::from_utf8_lossy(&entry.kind);
            let name = shown[kind.len()..].trim();
            assert!(
                result["message"].contains(&format!(" {kind} of "))
                    && result["message"].contains(name),
                "{shown} is missing: {}",
                result["message"]
            );
        }
    }
    println!("{kinds} kinds in {waves} waves");
    assert!(kinds > 50, "{kinds}");
    let computed = archive.entries.iter().filter(|entry| entry.is(COMPUTED));
    leaving_out.leave_out(&archive, &computed.map(|entry| entry.id).collect());
    lab.restore(&subject.backup, "uncomputed").run();
    let result = lab.last_result();
    assert_eq!(result["status"], "WARNING", "{result:#?}");
    assert!(
        result["message"].contains("run in the database: REFRESH MATERIALIZED VIEW "),
        "{result:#?}"
    );
}

//! What the lines so far would have deleted, so that later lines cannot name it.

use std::collections::BTreeMap;

use pgbackman_core::catalogue::backups;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::{BckId, DefId, NodeId, RestoreDefId, ServerId, SnapshotId};

use crate::declaration::spec::Spec;
use crate::dispatch::positional;
use crate::error::CommandError;
use crate::line::lexer::Word;
use crate::session::shell::Shell;
use crate::values::kind::Kind;

/// An object that a line can delete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Server(ServerId),
    Node(NodeId),
    Definition(DefId),
    /// All existing definitions of a database.
    Database(NodeId, String),
    Snapshot(SnapshotId),
    Restore(RestoreDefId),
}

/// The deleted objects, each with the line that deletes it.
#[derive(Debug, Default)]
pub(super) struct Gone(BTreeMap<Thing, String>);

impl Gone {
    /// Refuses a name that an earlier line deletes.
    ///
    /// # Errors
    /// The deleted name, and the line.
    pub(super) fn refuse(&self, thing: &Thing, what: &str) -> Result<(), CommandError> {
        match self.0.get(thing) {
            Some(place) => Err(CommandError::Invalid(format!(
                "{what} no longer exists at this point: {place} deletes it"
            ))),
            None => Ok(()),
        }
    }

    /// Whether an earlier line deletes it.
    pub(super) fn has(&self, thing: &Thing) -> bool {
        self.0.contains_key(thing)
    }

    /// Refuses a line that names definitions, snapshots, restores or backups by an ID that an earlier line deletes.
    ///
    /// # Errors
    /// As for [`Gone::refuse`], or that the catalogue is unavailable.
    pub(super) fn refuse_ids(
        &self,
        shell: &Shell,
        spec: &'static Spec,
        words: &[Word],
    ) -> Result<(), CommandError> {
        for id in positional::values_of_kind(spec, words, Kind::DefId) {
            let Ok(definition) = id.parse() else { continue };
            let what = format!("Backup definition with DefID: {definition}");
            self.refuse_definition(shell, definition, &what)?;
        }
        for id in positional::values_of_kind(spec, words, Kind::BckId) {
            let Ok(backup) = id.parse() else { continue };
            self.refuse_backup(shell, backup)?;
        }
        for thing in ids(spec, words) {
            let what = match &thing {
                Thing::Snapshot(id) => format!("Snapshot definition with SnapshotID: {id}"),
                Thing::Restore(id) => format!("Restore definition with RestoreDef: {id}"),
                _ => continue,
            };
            self.refuse(&thing, &what)?;
        }
        Ok(())
    }

    fn refuse_definition(&self, shell: &Shell, id: DefId, what: &str) -> Result<(), CommandError> {
        self.refuse(&Thing::Definition(id), what)?;
        let databases = |thing| matches!(thing, &Thing::Database(..));
        if !self.0.keys().any(databases) {
            return Ok(());
        }
        match shell.definition(&id.to_string()) {
            Ok(found) => self.refuse(&Thing::Database(found.node, found.dbname), what),
            // The caller that looks for it reports it.
            Err(CommandError::Invalid(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A definition or snapshot with backups is deleted by force, and its backups with it.
    fn refuse_backup(&self, shell: &Shell, id: BckId) -> Result<(), CommandError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let what = format!("Backup with BckID: {id}");
        match shell.read(async |session| backups::origin(&**session, id).await)? {
            Some(BackupOrigin::Definition(id)) => self.refuse_definition(shell, id, &what),
            Some(BackupOrigin::Snapshot(id)) => self.refuse(&Thing::Snapshot(id), &what),
            // The caller that looks for it reports it.
            None => Ok(()),
        }
    }

    /// Records what a command deletes; `hosts` are the servers and nodes that it names.
    pub(super) fn note(
        &mut self,
        spec: &'static Spec,
        words: &[Word],
        hosts: Vec<Thing>,
        place: &str,
    ) {
        let database = || positional::values_of_kind(spec, words, Kind::Database);
        let deleted = match (spec.name, &hosts[..]) {
            ("delete_backup_definition_dbname", [Thing::Node(node)]) => database()
                .into_iter()
                .map(|dbname| Thing::Database(*node, dbname.to_owned()))
                .collect(),
            ("delete_backup_server" | "delete_pgsql_node", _) => hosts,
            (name, _) if name.starts_with("delete_") => ids(spec, words),
            _ => return,
        };
        for thing in deleted {
            self.0.entry(thing).or_insert_with(|| place.to_owned());
        }
    }
}

/// The definitions, snapshots and restores that a line names by their IDs.
fn ids(spec: &'static Spec, words: &[Word]) -> Vec<Thing> {
    let of = |kind| positional::values_of_kind(spec, words, kind).into_iter();
    let definitions = of(Kind::DefId).filter_map(|id| id.parse().ok().map(Thing::Definition));
    let snapshots = of(Kind::SnapshotId).filter_map(|id| id.parse().ok().map(Thing::Snapshot));
    let restores = of(Kind::RestoreDef).filter_map(|id| id.parse().ok().map(Thing::Restore));
    definitions.chain(snapshots).chain(restores).collect()
}

//! Names of databases that exist on the target.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use thiserror::Error;

use super::{BackupFacts, Finding, Level, Request, Subject};
use crate::domain::pg_version::PgMajor;
use crate::domain::restore::target_facts::TargetFacts;
use crate::domain::status::BackupCode;
use crate::domain::text::selector::{self, SelectorError};

/// The longest name that PostgreSQL keeps whole, bytes (`NAMEDATALEN` - 1).
const LONGEST_NAME: usize = 63;

/// Databases that every cluster has and that no restore takes the place of.
const TEMPLATES: [&str; 2] = ["template0", "template1"];

/// Databases that a CLUSTER backup finds on every target.
const IN_EVERY_CLUSTER: [&str; 3] = ["postgres", "template0", "template1"];

/// First version in which a name has no line break (release notes of 19; trap 15).
const WITHOUT_LINE_BREAKS: PgMajor = PgMajor::new(19);

/// The name that is offered for an existing database: `x_YYYY_MM_DDTHHMMSS`, cut so that PostgreSQL keeps it whole.
pub fn default_rename(dbname: &str, now: NaiveDateTime) -> String {
    let suffix = now.format("_%Y_%m_%dT%H%M%S").to_string();
    let mut end = dbname.len().min(LONGEST_NAME - suffix.len());
    while !dbname.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{suffix}", &dbname[..end])
}

pub(super) fn database(
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let findings = match backup.code {
        BackupCode::Cluster => whole_node(backup, target, request),
        BackupCode::Data => existing(backup, target, request),
        _ => new(target, request),
    };
    findings
        .into_iter()
        .map(|finding| match finding.subject {
            Subject::General => finding.about(Subject::Database),
            _ => finding,
        })
        .collect()
}

/// A whole node goes only onto one without the databases it holds, unless each is renamed.
fn whole_node(backup: &BackupFacts, target: &TargetFacts, request: &Request<'_>) -> Vec<Finding> {
    let renames = match renames(request.renamed_dbname.unwrap_or_default()) {
        Ok(renames) => renames,
        Err(reason) => {
            return vec![
                Finding::refused(
                    reason.to_string(),
                    "Specify a list of old=new, separated by commas.",
                )
                .about(Subject::Renamed),
            ];
        }
    };
    let Some(needs) = &backup.needs else {
        let others = target
            .databases
            .iter()
            .any(|name| !IN_EVERY_CLUSTER.contains(&name.as_str()));
        return if others {
            vec![Finding::warning(
                "The backup does not list its databases, and the target PgSQL node has databases: the restore ends \
                 with an error at a database with the same name.",
            )]
        } else {
            Vec::new()
        };
    };
    let held = needs.databases.iter().map(|database| &database.name);
    let refused: Vec<Finding> = held
        .filter_map(|name| invalid(name, target).or_else(|| broken(name, target)))
        .collect();
    if !refused.is_empty() {
        return refused;
    }
    let (renamed, taken): (Vec<&str>, Vec<&str>) = needs
        .databases
        .iter()
        .map(|database| database.name.as_str())
        .filter(|name| !IN_EVERY_CLUSTER.contains(name) && target.databases.contains(*name))
        .partition(|name| renames.contains_key(*name));
    if taken.is_empty() && !renamed.is_empty() {
        return renamed
            .into_iter()
            .map(|name| renaming(name, &renames[name], target).about(Subject::Renamed))
            .collect();
    }
    if taken.is_empty() {
        let held: Vec<&str> = needs.databases.iter().map(|d| d.name.as_str()).collect();
        return vec![Finding::ok(format!(
            "The whole node is restored; none of its databases exists on target PgSQL node: {}.",
            held.join(", ")
        ))];
    }
    vec![Finding::refused(
        format!(
            "Databases of the backup that exist on target PgSQL node: {}.",
            taken.join(", ")
        ),
        "Rename each of them there (ALTER DATABASE … RENAME TO …), or choose another target; pgbackman_restore also takes \
         --renamed-dbname 'old=new,…'.",
    )]
}

/// Why a list says nothing of how databases are to be renamed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum RenamesFault {
    /// It is no list.
    #[error("{0}.")]
    List(#[from] SelectorError),
    /// An item without two names.
    #[error("{0:?} does not have the form old=new.")]
    NoPair(String),
    /// Two databases would get one name.
    #[error("Two databases cannot both be renamed to {0}.")]
    Same(String),
}

/// The names for the existing databases; no two get the same.
fn renames(list: &str) -> Result<BTreeMap<String, String>, RenamesFault> {
    let mut renames: BTreeMap<String, String> = BTreeMap::new();
    for item in selector::parse_list(list)? {
        let Some((old, new)) = item.name.split_once('=') else {
            return Err(RenamesFault::NoPair(item.name));
        };
        if renames.values().any(|other| other == new) {
            return Err(RenamesFault::Same(new.to_owned()));
        }
        renames.insert(old.to_owned(), new.to_owned());
    }
    Ok(renames)
}

/// Rows are restored into a database that is there, with its tables.
fn existing(backup: &BackupFacts, target: &TargetFacts, request: &Request<'_>) -> Vec<Finding> {
    const ADVICE: &str = "Restore a backup with the code SCHEMA or FULL first.";
    /// Maximum number of tables named in one message.
    const NAMED: usize = 10;
    let name = request.target_dbname;
    if request.renamed_dbname.is_some() {
        return vec![Finding::refused(
            "A DATA backup is restored into the tables of an existing database, which is therefore not renamed.",
            "Omit the new name.",
        )];
    }
    if let Some(finding) = invalid(name, target) {
        return vec![finding];
    }
    if !target.databases.contains(name) {
        return vec![Finding::refused(
            format!(
                "Target DBname {name} does not exist on target PgSQL node, and a DATA backup contains no tables."
            ),
            ADVICE,
        )];
    }
    let lacking = backup.contents.as_ref().map(|read| &read.lacking_tables);
    if let Some(tables) = lacking.filter(|tables| !tables.is_empty()) {
        return vec![Finding::refused(
            format!(
                "Target DBname {name} lacks {} of the backup's tables: {}.",
                tables.len(),
                tables[..tables.len().min(NAMED)].join(", ")
            ),
            ADVICE,
        )];
    }
    let needed = backup.needs.as_ref().and_then(|needs| needs.objects);
    match (target.tables_in_target, needed) {
        (Some(0), needed) if needed != Some(0) => vec![Finding::refused(
            format!("Target DBname {name} has no tables, and a DATA backup contains none."),
            ADVICE,
        )],
        _ => vec![Finding::ok(format!(
            "Target DBname {name} exists on target PgSQL node; the backup's rows are added to its tables."
        ))],
    }
}

fn new(target: &TargetFacts, request: &Request<'_>) -> Vec<Finding> {
    let name = request.target_dbname;
    if let Some(finding) = unusable(name, target) {
        return vec![finding];
    }
    if TEMPLATES.contains(&name) {
        return vec![Finding::refused(
            format!("Target DBname {name} is a template that every cluster needs."),
            "Choose another name.",
        )];
    }
    if let Some(finding) = invalid(name, target) {
        return vec![finding];
    }
    if !target.databases.contains(name) {
        return vec![Finding::ok(format!(
            "Target DBname {name} does not exist on target PgSQL node."
        ))];
    }
    let exists = "Target DBname already exists on target PgSQL node.";
    match request.renamed_dbname {
        None => vec![
            Finding::new(Level::Conflict, Subject::Database, exists)
                .advise("Specify a new name for the existing database, or another target DBname."),
        ],
        Some(renamed) => vec![
            Finding::warning(exists),
            renaming(name, renamed, target).about(Subject::Renamed),
        ],
    }
}

fn renaming(name: &str, renamed: &str, target: &TargetFacts) -> Finding {
    if let Some(finding) = unusable(renamed, target) {
        return finding;
    }
    if renamed == name || target.databases.contains(renamed) {
        return Finding::refused(
            "Renamed database already exist on target PgSQL node.",
            "Choose another name.",
        );
    }
    if let Some(count) = target.prepared.get(name) {
        return Finding::refused(
            format!(
                "Target DBname {name} has {count} prepared transactions and cannot be renamed."
            ),
            "Commit them or roll them back (pg_prepared_xacts lists them).",
        );
    }
    Finding::ok(format!(
        "Renamed DBname {renamed} does not exist on target PgSQL node."
    ))
}

/// What an interrupted DROP DATABASE leaves has the name, and nobody can connect to it.
fn invalid(name: &str, target: &TargetFacts) -> Option<Finding> {
    target.invalid_databases.contains(name).then(|| {
        Finding::refused(
            format!(
                "The target has an invalid database \"{name}\", left by an interrupted DROP DATABASE."
            ),
            "Drop it first (DROP DATABASE).",
        )
    })
}

/// A whole node's databases keep their names.
fn broken(name: &str, target: &TargetFacts) -> Option<Finding> {
    has_a_line_break_too_many(name, target).then(|| {
        Finding::refused(
            format!(
                "The name of the database {name:?} contains a line break, which PostgreSQL 19 and newer refuse."
            ),
            "Rename it on its node and take another backup, or restore it alone, from a backup of its own, under another name.",
        )
    })
}

/// Whether the target takes no such name of a database, a role or a tablespace.
pub(super) fn has_a_line_break_too_many(name: &str, target: &TargetFacts) -> bool {
    target.release.major() >= WITHOUT_LINE_BREAKS && name.contains(['\n', '\r'])
}

/// What no database can be called; a longer name would be cut without a word.
fn unusable(name: &str, target: &TargetFacts) -> Option<Finding> {
    let reason = if name.is_empty() {
        "is empty"
    } else if name.len() > LONGEST_NAME {
        "is longer than 63 bytes"
    } else if name.contains('\0') {
        "contains a NUL character"
    } else if has_a_line_break_too_many(name, target) {
        "contains a line break, which PostgreSQL 19 and newer refuse"
    } else {
        return None;
    };
    Some(Finding::refused(
        format!("The DBname {name:?} {reason}."),
        "Choose another name.",
    ))
}

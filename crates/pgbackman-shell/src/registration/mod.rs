//! What the commands have in common that register something for one, several or all databases of a node.

pub mod crontab_check;
pub mod databases;
pub mod host;
pub mod refusals;
pub mod single_run;
pub(crate) mod warnings;

use std::borrow::Cow;

use pgbackman_core::domain::backup::database_selection::DatabaseSelection;
use pgbackman_core::domain::status::BackupCode;

use crate::error::CommandError;
use crate::output::cell::printable;

/// The code CLUSTER is for a whole node, every other one for databases.
///
/// # Errors
/// When code and databases do not belong together.
pub fn check_scope(selection: &DatabaseSelection, code: BackupCode) -> Result<(), CommandError> {
    let whole = *selection == DatabaseSelection::WholeNode;
    let refused = match (code, whole) {
        (BackupCode::Cluster, false) => {
            "The code CLUSTER backs up a whole PgSQL node; leave DBname empty"
        }
        (code, true) if code != BackupCode::Cluster => {
            "An empty DBname means the whole PgSQL node and requires the code CLUSTER"
        }
        _ => return Ok(()),
    };
    Err(CommandError::Invalid(refused.to_owned()))
}

/// All are registered in one statement, so that a refusal leaves none behind; that is said where there were several.
/// `what` ends the sentence `None of the 3 …`.
pub fn none_of(error: CommandError, wanted: usize, what: &str) -> CommandError {
    match error {
        CommandError::Failed {
            what: tried,
            message,
            detail,
        } if wanted > 1 => {
            let none = format!("None of the {wanted} {what}.");
            let detail = detail.map_or(none.clone(), |detail| format!("{detail} {none}"));
            CommandError::Failed {
                what: tried,
                message,
                detail: Some(detail),
            }
        }
        CommandError::Explained {
            what: tried,
            words,
            exception,
        } if wanted > 1 => CommandError::Explained {
            what: tried,
            words: format!("{words} None of the {wanted} {what}."),
            exception,
        },
        error => error,
    }
}

/// A database's name on one line; for the whole node what its backup's files are called by.
pub fn shown(dbname: &str) -> Cow<'_, str> {
    if dbname.is_empty() {
        Cow::Borrowed(BackupCode::Cluster.as_str())
    } else {
        printable(dbname)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_cluster_and_the_whole_node_belong_together() {
        for (dbname, code, accepted) in [
            ("", BackupCode::Cluster, true),
            ("x", BackupCode::Full, true),
            ("x", BackupCode::Cluster, false),
            ("", BackupCode::Full, false),
        ] {
            let selection = DatabaseSelection::parse(dbname).unwrap();
            assert_eq!(
                check_scope(&selection, code).is_ok(),
                accepted,
                "{dbname:?} {code}"
            );
        }
    }

    #[test]
    fn a_refusal_of_several_says_that_none_was_created() {
        let refusal = || CommandError::Failed {
            what: "x".to_owned(),
            message: "m".to_owned(),
            detail: None,
        };
        let said = |wanted| match none_of(refusal(), wanted, "definitions was created") {
            CommandError::Failed { detail, .. } => detail,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            said(3).as_deref(),
            Some("None of the 3 definitions was created.")
        );
        assert_eq!(said(1), None);
    }
}

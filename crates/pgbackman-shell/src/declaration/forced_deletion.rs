//! Forced deletion, which several commands share: the optional word that also deletes the backups, and the warnings
//! before the operator confirms it.

use pgbackman_core::catalogue::definitions::{Consequences, Deletion};

use crate::declaration::spec::{Parameter, Warning};
use crate::error::CommandError;
use crate::values::answers::Answers;
use crate::values::kind::{FORCE, Kind, forced};

/// The parameter. On the line, it is either omitted or the word `force-deletion`.
pub const fn parameter(warning: Warning) -> Parameter {
    Parameter::new(
        FORCE,
        "Force deletion (y/n)",
        Kind::Force,
        "Delete the backups in the catalogue too, regardless of their retention",
    )
    .warning(warning)
}

/// Reads the answer.
///
/// # Errors
/// If the answer is neither yes nor no.
pub fn read(answers: &Answers) -> Result<Deletion, CommandError> {
    let forced = forced(answers.text(FORCE))?;
    Ok(if forced {
        Deletion::Forced
    } else {
        Deletion::Plain
    })
}

/// The end of the message about a deletion.
pub const fn ending(deletion: Deletion) -> &'static str {
    match deletion {
        Deletion::Plain => "deleted.",
        Deletion::Forced => "deleted with force.",
    }
}

/// The warnings: what a forced deletion deletes too, and what prevents it.
pub fn warnings(consequences: &Consequences) -> Vec<String> {
    let mut refused = Vec::new();
    if !consequences.restores.is_empty() {
        let restores: Vec<_> = consequences
            .restores
            .iter()
            .map(ToString::to_string)
            .collect();
        refused.push(format!(
            "It cannot be deleted yet: a registered or running restore needs one of its backups. RestoreDef: {}",
            restores.join(", ")
        ));
    }
    if !consequences.kept.is_empty() {
        let kept: Vec<_> = consequences.kept.iter().map(ToString::to_string).collect();
        refused.push(format!(
            "It cannot be deleted yet: some of its backups are pinned; release them first (release_backup). BckID: {}",
            kept.join(", ")
        ));
    }
    if !refused.is_empty() {
        return refused;
    }
    let backups = match consequences.backups {
        0 => return Vec::new(),
        1 => "1 backup is".to_owned(),
        several => format!("{several} backups are"),
    };
    vec![format!(
        "{backups} deleted from the catalogue with it, regardless of retention; maintenance deletes the files"
    )]
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::{BckId, RestoreDefId};

    use super::*;

    #[test]
    fn the_word_is_optional_and_nothing_else_forces() {
        let answered = |value: &str| {
            let mut answers = Answers::default();
            answers.push(FORCE, value, true);
            read(&answers)
        };
        assert_eq!(read(&Answers::default()).unwrap(), Deletion::Plain);
        for (value, deletion) in [
            ("force-deletion", Deletion::Forced),
            ("force", Deletion::Forced),
            ("y", Deletion::Forced),
            ("n", Deletion::Plain),
            ("", Deletion::Plain),
        ] {
            assert_eq!(answered(value).unwrap(), deletion, "{value:?}");
        }
        assert!(answered("forced").is_err());
    }

    #[test]
    fn an_operator_is_told_of_backups_and_of_restores_that_need_them() {
        let mut consequences = Consequences {
            definitions: 1,
            backups: 0,
            restores: Vec::new(),
            kept: Vec::new(),
        };
        assert!(warnings(&consequences).is_empty());
        consequences.backups = 2;
        let lines = warnings(&consequences);
        assert!(lines[0].starts_with("2 backups are deleted"), "{lines:?}");
        consequences.restores = vec![RestoreDefId::new(3), RestoreDefId::new(7)];
        let lines = warnings(&consequences);
        assert!(lines[0].ends_with("RestoreDef: 3, 7"), "{lines:?}");
        consequences.kept = vec![BckId::new(5)];
        let lines = warnings(&consequences);
        assert!(lines[1].ends_with("BckID: 5"), "{lines:?}");
    }
}

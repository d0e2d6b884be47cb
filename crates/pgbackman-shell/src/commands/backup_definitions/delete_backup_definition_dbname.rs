//! `delete_backup_definition_dbname`

use pgbackman_core::catalogue::definitions::{self, Consequences, Deletion};
use pgbackman_core::domain::node::PgsqlNode;

use crate::declaration::defaults::NODE;
use crate::declaration::forced_deletion;
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::line::lexer;
use crate::output::cell::printable;
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{FORCE, Kind};

/// `delete_backup_definition_dbname`
#[derive(Debug)]
pub(super) struct DeleteBackupDefinitionDbname {
    node: String,
    dbname: String,
    deletion: Deletion,
}

impl Command for DeleteBackupDefinitionDbname {
    const SPEC: &'static Spec = &Spec {
        name: "delete_backup_definition_dbname",
        subject: Subject::Definitions,
        summary: "Deletes all backup definitions of a database, on every backup server",
        details: "Snapshots of the database are not affected. The name is taken literally, as one name. Either all \
                  definitions are deleted or none: the command is refused while the catalogue contains backups of one of \
                  them, or while one is running. With force-deletion the backups are deleted too; see \
                  delete_backup_definition_id.",
        example: "delete_backup_definition_dbname pg-node01.example.net Scratch force-deletion",
        parameters: &[
            Parameter::new(
                NODE,
                "NodeID / FQDN",
                Kind::Node,
                "PgSQL node of the database",
            ),
            Parameter::new(
                "dbname",
                "DBname",
                Kind::Database,
                "Database whose definitions are to be deleted",
            )
            .warning(existing),
            forced_deletion::parameter(consequences),
        ],
        forms: &[
            Form::Words(&[NODE, "dbname"]),
            Form::Words(&[NODE, "dbname", FORCE]),
        ],
        confirmation: Some("Are you sure you want to delete this backup definition? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text(NODE).to_owned(),
            dbname: answers.text("dbname").to_owned(),
            deletion: forced_deletion::read(answers)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.node(&self.node)?;
        let deleted = shell
            .write(async |session| {
                definitions::delete_by_dbname(&**session, node.id, &self.dbname, self.deletion)
                    .await
            })
            .map_err(|error| self.refused(shell, error, &node))?;
        if deleted == 0 {
            return Err(none(&node, &self.dbname));
        }
        let ending = forced_deletion::ending(self.deletion);
        let dbname = printable(&self.dbname);
        let mut lines = vec![format!("Backup definition for DBname: {dbname} {ending}")];
        if deleted > 1 {
            lines.push(format!("{deleted} backup definitions deleted."));
        }
        shell.done(&lines)
    }
}

impl DeleteBackupDefinitionDbname {
    fn refused(&self, shell: &Shell, error: CommandError, node: &PgsqlNode) -> CommandError {
        let ids = shell.read(async |session| {
            definitions::ids_of_dbname(&**session, node.id, &self.dbname).await
        });
        let command = format!(
            "{} {} {}",
            Self::SPEC.name,
            node.address(),
            lexer::quote(&self.dbname)
        );
        match ids {
            Ok(ids) => refusals::definitions_of(shell, error, ids, &command, &self.dbname),
            Err(_) => error,
        }
    }
}

fn chosen(shell: &Shell, answers: &Answers) -> Result<(PgsqlNode, Consequences), CommandError> {
    let node = shell.node(answers.text(NODE))?;
    let dbname = answers.text("dbname");
    let found = shell.read(async |session| {
        definitions::consequences_by_dbname(&**session, node.id, dbname).await
    })?;
    Ok((node, found))
}

/// If nothing matches, the dialogue ends here.
fn existing(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    match chosen(shell, answers)? {
        (node, found) if found.definitions == 0 => Err(none(&node, answers.text("dbname"))),
        _ => Ok(Vec::new()),
    }
}

fn consequences(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    if forced_deletion::read(answers)? == Deletion::Plain {
        return Ok(Vec::new());
    }
    let (_, found) = chosen(shell, answers)?;
    Ok(forced_deletion::warnings(&found))
}

fn none(node: &PgsqlNode, dbname: &str) -> CommandError {
    CommandError::Invalid(format!(
        "No backup definition was deleted: PgSQL node [{}] has none for DBname [{}]; show_backup_definitions lists the backup \
         definitions",
        node.fqdn(),
        printable(dbname)
    ))
}

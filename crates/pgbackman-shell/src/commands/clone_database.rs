//! `clone_database`

mod declaration;

use chrono::{DateTime, Local, Utc};
use declaration::{DETAILS, FORMS, PARAMETERS};
use pgbackman_core::catalog::clones::{self, ClonedDatabase, NewClones};
use pgbackman_core::domain::at_time;
use pgbackman_core::domain::backup_needs::BackupNeeds;
use pgbackman_core::domain::database_selection::DatabaseSelection;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore_check::{BackupFacts, Reuse};
use pgbackman_core::domain::restore_parameters::{self, RestoreParameters};
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::target_facts::TargetFacts;

use crate::answers::Answers;
use crate::databases;
use crate::defaults::{NODE, SERVER};
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::prompt;
use crate::restore::{self, Answered, BackupServerLook, Case};
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// The question before anything is registered, asked of the values and again of what was found.
const CONFIRMATION: &str = "Are all values correct (yes/no)";

/// How what conflicts is answered on the line.
const ANSWER: &str =
    "One more parameter answers this: the name that the existing database is renamed to.";
const ANSWER_FOR_SEVERAL: &str = "Rename each of them on the target (ALTER DATABASE … RENAME TO …), or clone one after the \
                                  other with the name that the existing database is renamed to.";

/// The database that every node has, and that all databases of a node do not mean here.
const IN_EVERY_NODE: &str = "postgres";

/// `clone_database`
#[derive(Debug)]
pub(super) struct CloneDatabase {
    node: String,
    selection: DatabaseSelection,
    target_node: String,
    target_dbname: String,
    at_time: String,
    server: String,
    extra_parameters: String,
    renamed_dbname: String,
    prompted: bool,
}

impl Command for CloneDatabase {
    const SPEC: &'static Spec = &Spec {
        name: "clone_database",
        summary: "Copies a database, or all of a PgSQL node, to another PgSQL node",
        details: DETAILS,
        example: "clone_database pg-node01.example.net Orders pg-node02.example.net Orders_test now \"\" \"\"",
        parameters: PARAMETERS,
        forms: FORMS,
        confirmation: Some(CONFIRMATION),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let selection = DatabaseSelection::parse(answers.text("dbname"))
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        Ok(Self {
            node: answers.text(NODE).to_owned(),
            selection: if selection == DatabaseSelection::WholeNode {
                DatabaseSelection::All
            } else {
                selection
            },
            target_node: answers.text("target_node").to_owned(),
            target_dbname: answers.text("target_dbname").to_owned(),
            at_time: answers.text("at_time").to_owned(),
            server: answers.text(SERVER).to_owned(),
            extra_parameters: answers.text("extra_parameters").to_owned(),
            renamed_dbname: answers.text("renamed_dbname").to_owned(),
            prompted: answers.were_prompted(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        let prepared = self.prepare(shell)?;
        for copy in &prepared.copies {
            prepared.case(copy).settle(shell, &self.answered())?;
        }
        Ok(())
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let prepared = self.prepare(shell)?;
        let mut databases = Vec::new();
        for copy in &prepared.copies {
            if prepared.copies.len() > 1 {
                shell.dialogue(&format!("[DBname {}]", printable(&copy.backup.dbname)))?;
            }
            let case = prepared.case(copy);
            let answered = if self.prompted {
                case.ask(shell, Reuse::All)?
            } else {
                case.settle(shell, &self.answered())?;
                self.answered()
            };
            databases.push(ClonedDatabase {
                dbname: copy.backup.dbname.clone(),
                target_dbname: copy.target_dbname.clone(),
                renamed_dbname: answered
                    .renamed
                    .filter(|_| copy.target.databases.contains(&copy.target_dbname)),
            });
        }
        let new = NewClones {
            server: prepared.server.id,
            node: prepared.node.id,
            target: prepared.target_node.id,
            databases,
            at_time: prepared.at_time,
            extra_parameters: self.extra_parameters.clone(),
        };
        restore::accepted(shell, "Clone accepted", &self.values(&new, &prepared))?;
        if self.prompted {
            prompt::confirm(shell, CONFIRMATION)?;
        }
        // One statement: all are registered or none.
        shell.write(async |session| clones::register_all(&**session, &new).await)?;
        let node = prepared.target_node.fqdn();
        let done = new.databases.iter().map(|database| {
            format!(
                "Clone of dbname: [{}] to dbname: [{}] on PgSQL node [{node}] registered.",
                printable(&database.dbname),
                printable(&database.target_dbname)
            )
        });
        shell.done(&done.collect::<Vec<_>>())
    }
}

/// One database with what was found of its target.
struct Copy {
    backup: BackupFacts,
    target_dbname: String,
    target: TargetFacts,
}

/// What was found out before anything is asked.
struct Prepared {
    at_time: DateTime<Utc>,
    parameters: RestoreParameters,
    server: BackupServer,
    node: PgsqlNode,
    target_node: PgsqlNode,
    look: BackupServerLook,
    copies: Vec<Copy>,
}

impl Prepared {
    fn case<'p>(&'p self, copy: &'p Copy) -> Case<'p> {
        Case {
            what: "clone",
            answers: if self.copies.len() > 1 {
                ANSWER_FOR_SEVERAL
            } else {
                ANSWER
            },
            backup: &copy.backup,
            target: &copy.target,
            target_dbname: &copy.target_dbname,
            parameters: &self.parameters,
            installed: self.look.installed.as_deref(),
            taken: false,
        }
    }
}

impl CloneDatabase {
    /// Roles are used without a question: a clone begins when nobody is there to answer one.
    fn answered(&self) -> Answered {
        Answered {
            renamed: (!self.renamed_dbname.is_empty()).then(|| self.renamed_dbname.clone()),
            reuse: Reuse::All,
        }
    }

    /// Looks at the databases, the backup server and the target.
    fn prepare(&self, shell: &Shell) -> Result<Prepared, CommandError> {
        let at_time = at_time::parse(&self.at_time, shell.now(), &Local)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        let parameters = restore_parameters::check(&self.extra_parameters, None)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        let server = shell.server(&self.server)?;
        let node = shell.node(&self.node)?;
        let target_node = shell.node(&self.target_node)?;
        let names = self.databases(shell, &node)?;
        self.check_names(&names, &node, &target_node)?;
        shell.dialogue("[Processing clone data]")?;
        let look = BackupServerLook::new(shell, &server)?;
        let installed = look.installed.as_deref();
        let mut backups = Vec::new();
        for name in &names {
            backups.push(restore::will_need(shell, &node, name, installed)?);
        }
        // The target is asked once, for the needs of all.
        let needs = BackupNeeds {
            databases: backups
                .iter()
                .filter_map(|backup| backup.needs.as_ref())
                .flat_map(|needs| needs.databases.clone())
                .collect(),
            ..BackupNeeds::default()
        };
        let target = restore::target(shell, &target_node, Some(&needs), None)?;
        let copies = backups.into_iter().map(|backup| Copy {
            target_dbname: if self.target_dbname.is_empty() {
                backup.dbname.clone()
            } else {
                self.target_dbname.clone()
            },
            backup,
            target: target.clone(),
        });
        Ok(Prepared {
            at_time,
            parameters,
            server,
            copies: copies.collect(),
            node,
            target_node,
            look,
        })
    }

    fn databases(&self, shell: &Shell, node: &PgsqlNode) -> Result<Vec<String>, CommandError> {
        let selected = databases::selected(shell, node, &self.selection, &[])?;
        let all = self.selection == DatabaseSelection::All;
        let names: Vec<String> = selected
            .into_iter()
            .map(|database| database.name)
            .filter(|name| !all || name != IN_EVERY_NODE)
            .collect();
        if names.is_empty() {
            return Err(CommandError::Invalid(format!(
                "There is no database to clone on the PgSQL node [{}]",
                node.fqdn()
            )));
        }
        Ok(names)
    }

    /// One name is for one database, and no database takes its own place.
    fn check_names(
        &self,
        names: &[String],
        node: &PgsqlNode,
        target: &PgsqlNode,
    ) -> Result<(), CommandError> {
        let [only] = names else {
            if self.target_dbname.is_empty() && self.renamed_dbname.is_empty() {
                return if node.id == target.id {
                    Err(CommandError::Invalid(own_place(&names.join(", "))))
                } else {
                    Ok(())
                };
            }
            return Err(CommandError::Invalid(
                "Several databases are cloned under their own names: Target DBname and the name for an existing database \
                 must be empty"
                    .to_owned(),
            ));
        };
        let same_name = self.target_dbname.is_empty() || self.target_dbname == *only;
        if node.id == target.id && same_name {
            return Err(CommandError::Invalid(own_place(only)));
        }
        Ok(())
    }

    fn values(&self, new: &NewClones, prepared: &Prepared) -> [(&'static str, String); 8] {
        let list = |name: fn(&ClonedDatabase) -> &str| {
            let names: Vec<&str> = new.databases.iter().map(name).collect();
            names.join(", ")
        };
        let machine = |id: String, fqdn: String| format!("[{id}] {fqdn}");
        let Prepared {
            server,
            node,
            target_node,
            ..
        } = prepared;
        [
            ("AT time", at_time::shown(new.at_time, &Local)),
            ("PgSQL node", machine(node.id.to_string(), node.fqdn())),
            ("DBname", list(|database| &database.dbname)),
            (
                "Backup server",
                machine(server.id.to_string(), server.fqdn()),
            ),
            (
                "Target PgSQL node",
                machine(target_node.id.to_string(), target_node.fqdn()),
            ),
            ("Target DBname", list(|database| &database.target_dbname)),
            ("Extra restore parameters", self.extra_parameters.clone()),
            (
                "Existing database will be renamed to",
                new.databases
                    .iter()
                    .filter_map(|database| database.renamed_dbname.as_deref())
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        ]
    }
}

fn own_place(names: &str) -> String {
    format!(
        "A clone on the same PgSQL node needs another name: {} would take its own place",
        printable(names)
    )
}

//! `clone_database`

mod declaration;
mod prepared;

use chrono::Local;
use declaration::{DETAILS, FORMS, PARAMETERS};
use pgbackman_core::catalogue::restores::clones::{self, ClonedDatabase, NewClones};
use pgbackman_core::domain::backup::database_selection::DatabaseSelection;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::backup_needs::BackupNeeds;
use pgbackman_core::domain::restore::restore_check::Reuse;
use pgbackman_core::domain::restore::restore_parameters;
use pgbackman_core::domain::schedule::at_time;
use pgbackman_core::domain::text::selector;
use prepared::{Copy, Prepared};

use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::spec::{Command, Spec, Subject};
use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::registration::{databases, warnings};
use crate::restore::{self, Answered, BackupServerLook, SettingsOf};
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// The question before anything is registered.
const CONFIRMATION: &str = "Are all values correct (yes/no)";

/// The database that every node has, and that is excluded from all databases of a node here.
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
        subject: Subject::Clones,
        summary: "Copies a database, or all of a PgSQL node, to another PgSQL node",
        details: DETAILS,
        example: "clone_database pg-node01.example.net Orders pg-node02.example.net Orders_test now \"\" \"\"",
        parameters: PARAMETERS,
        forms: FORMS,
        // Confirmed only once, together with the findings.
        confirmation: None,
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
        self.settle(shell, &prepared).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let prepared = self.prepare(shell)?;
        let databases = if self.prompted {
            ask(shell, &prepared)?
        } else {
            self.settle(shell, &prepared)?
        };
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
        // One statement, so that all or none are registered.
        shell.write(async |session| clones::register_all(&**session, &new).await)?;
        let node = prepared.target_node.fqdn();
        let done = new.databases.iter().map(|database| {
            format!(
                "Clone of dbname: [{}] to dbname: [{}] on PgSQL node [{node}] registered.",
                printable(&database.dbname),
                printable(&database.target_dbname)
            )
        });
        shell.done(&done.collect::<Vec<_>>())?;
        warnings::silent_control(shell, &prepared.server, "clone")
    }
}

/// Asks about each database. If one of several cannot be cloned, or the operator declines, it is skipped and the
/// others continue.
fn ask(shell: &mut Shell, prepared: &Prepared) -> Result<Vec<ClonedDatabase>, CommandError> {
    let mut databases = Vec::new();
    let mut last = None;
    for copy in &prepared.copies {
        prepared.announce(shell, copy)?;
        let error = match prepared.case(copy).ask(shell, Reuse::All) {
            Ok(answered) => {
                databases.push(copy.clone_of(answered));
                continue;
            }
            Err(error) if prepared.copies.len() == 1 => return Err(error),
            Err(error) => error,
        };
        let (CommandError::Stopped(reason)
        | CommandError::Failed {
            message: reason, ..
        }) = &error
        else {
            return Err(error);
        };
        shell.dialogue(&format!(
            "[WARNING]: DBname {} is left out. {reason}",
            printable(&copy.backup.dbname)
        ))?;
        last = Some(error);
    }
    match last {
        Some(error) if databases.is_empty() => Err(error),
        _ => Ok(databases),
    }
}

impl CloneDatabase {
    /// Checks every database with the answers on the line. All conflicts and errors are reported together, and
    /// nothing is registered.
    fn settle(
        &self,
        shell: &Shell,
        prepared: &Prepared,
    ) -> Result<Vec<ClonedDatabase>, CommandError> {
        let several = prepared.copies.len() > 1;
        let mut databases = Vec::new();
        let mut messages: Vec<String> = Vec::new();
        let mut details: Vec<String> = Vec::new();
        for copy in &prepared.copies {
            prepared.announce(shell, copy)?;
            let answered = self.answered(copy, several)?;
            match prepared.case(copy).settle(shell, &answered) {
                Ok(()) => databases.push(copy.clone_of(answered)),
                Err(CommandError::Failed {
                    message, detail, ..
                }) if several => {
                    messages.push(format!("[{}] {message}", printable(&copy.backup.dbname)));
                    details.extend(detail.filter(|one| !details.contains(one)));
                }
                Err(error) => return Err(error),
            }
        }
        if messages.is_empty() {
            return Ok(databases);
        }
        Err(CommandError::Failed {
            what: "register these clones".to_owned(),
            message: messages.join(" "),
            detail: Some(details.join(" ")),
        })
    }

    /// Roles are used without a question, because nobody is there to answer when a clone starts.
    fn answered(&self, copy: &Copy, several: bool) -> Result<Answered, CommandError> {
        let renamed = if several {
            self.renames()?
                .into_iter()
                .find_map(|(old, new)| (old == copy.target_dbname).then_some(new))
        } else {
            (!self.renamed_dbname.is_empty()).then(|| self.renamed_dbname.clone())
        };
        Ok(Answered {
            renamed,
            reuse: Reuse::All,
        })
    }

    /// The new names of the existing databases.
    fn renames(&self) -> Result<Vec<(String, String)>, CommandError> {
        let items = selector::parse_list(&self.renamed_dbname)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        items
            .into_iter()
            .map(|item| match item.name.split_once('=') {
                Some((old, new)) => Ok((old.to_owned(), new.to_owned())),
                None => Err(CommandError::Invalid(format!(
                    "{:?} does not assign the new names; for several existing databases, write a list of old=new",
                    item.name
                ))),
            })
            .collect()
    }

    /// Inspects the databases, the backup server and the target.
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
        // The target is inspected once, for the requirements of all databases.
        let needs = BackupNeeds {
            databases: backups
                .iter()
                .filter_map(|backup| backup.needs.as_ref())
                .flat_map(|needs| needs.databases.clone())
                .collect(),
            ..BackupNeeds::default()
        };
        let target = restore::target(shell, &target_node, Some(&needs), None)?;
        let mut copies = Vec::new();
        for backup in backups {
            let target_dbname = if self.target_dbname.is_empty() {
                backup.dbname.clone()
            } else {
                self.target_dbname.clone()
            };
            let settings = SettingsOf {
                backup: &backup,
                parameters: &parameters,
                target_dbname: &target_dbname,
                node: &target_node,
                target: &target,
            };
            copies.push(Copy {
                settings: settings.of_database(shell, &node)?,
                target_dbname,
                backup,
                target: target.clone(),
            });
        }
        Ok(Prepared {
            at_time,
            parameters,
            server,
            node,
            target_node,
            look,
            copies,
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

    /// One name is only valid for one database, and no database may replace itself.
    fn check_names(
        &self,
        names: &[String],
        node: &PgsqlNode,
        target: &PgsqlNode,
    ) -> Result<(), CommandError> {
        let [only] = names else {
            if !self.target_dbname.is_empty() {
                return Err(CommandError::Invalid(
                    "Several databases are cloned under their own names; leave Target DBname empty"
                        .to_owned(),
                ));
            }
            if node.id == target.id {
                return Err(CommandError::Invalid(own_place(&names.join(", "))));
            }
            let renames = self.renames()?;
            return match renames.iter().find(|(old, _)| !names.contains(old)) {
                None => Ok(()),
                Some((old, _)) => Err(CommandError::Invalid(format!(
                    "{old:?} is not one of the databases to clone"
                ))),
            };
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
        "A clone on the same PgSQL node needs another name: {} is the name of the source",
        printable(names)
    )
}

//! A command that shows a list, or the details of one object, as it is in the catalogue. Such commands differ only in
//! their [`ListCommand`]; the columns are those of its report.

use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::reports::{CatalogFilter, Field, Filter, Report};
use pgbackman_core::domain::ids::{BckId, DefId, NodeId, RestoreId, ServerId};

use crate::declaration::filters::{
    self, DBNAME, DEFID, NODE, SERVER, STATUS, TARGET_DBNAME, TARGET_NODE, TypedCatalogFilter,
    TypedFilter,
};
use crate::declaration::spec::{DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::output::Format;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The name of a list and its help; the fields are those of [`Spec`].
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The name that is typed.
    pub name: &'static str,
    /// Its subject.
    pub subject: Subject,
    /// The summary, without a full stop.
    pub summary: &'static str,
    /// Additional help; may be empty.
    pub details: &'static str,
    /// A valid example line.
    pub example: &'static str,
}

/// Which rows are shown; determines the parameters.
#[derive(Debug, Clone, Copy)]
pub enum Rows {
    /// All there are.
    All(fn() -> Report),
    /// Those of some backup servers.
    Servers(fn(Option<Vec<ServerId>>) -> Report),
    /// Those of some backup servers, PgSQL nodes and databases.
    Filtered(fn(&Filter) -> Report),
    /// The same, filtered by the target nodes and databases of restores.
    Restores(fn(&Filter) -> Report),
    /// Backups, which also have a definition and a status.
    Backups(fn(&CatalogFilter) -> Report),
    /// The rows of one backup server.
    Server(fn(ServerId) -> Report),
    /// The rows of one PgSQL node.
    Node(fn(NodeId) -> Report),
    /// The rows of one backup definition.
    Definition(fn(DefId) -> Report),
    /// One backup.
    Backup(fn(BckId) -> Report),
    /// One restore.
    Restore(fn(RestoreId) -> Report),
}

/// Parameters, and the forms in which they are given.
type Declared = (&'static [Parameter], &'static [Form]);

/// These parameters, and the form that has all of them in this order.
macro_rules! in_order {
    ($($parameter:expr),+) => {{
        const PARAMETERS: &[Parameter] = &[$($parameter),+];
        const KEYS: &[&str] = &[$($parameter.key),+];
        (PARAMETERS, &[Form::Words(KEYS)])
    }};
}

/// How the rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As a list, row by row as they come.
    List,
    /// As a list of few rows that are expensive to find: queried once, as a whole.
    WholeList,
    /// One row, as a vertical table.
    Details,
}

/// A command that shows a report.
#[derive(Debug)]
pub struct ListCommand {
    /// The declaration.
    pub spec: Spec,
    rows: Rows,
    shape: Shape,
}

impl ListCommand {
    /// Creates a command that shows these rows.
    pub const fn new(about: About, rows: Rows, shape: Shape) -> Self {
        let (parameters, forms) = rows.parameters();
        Self {
            spec: Spec {
                name: about.name,
                subject: about.subject,
                summary: about.summary,
                details: about.details,
                example: about.example,
                parameters,
                forms,
                confirmation: None,
                filters: !parameters.is_empty(),
            },
            rows,
            shape,
        }
    }

    /// Its fields for programs.
    pub fn fields(&self) -> &'static [Field] {
        self.rows.any().layout().fields
    }

    /// Shows the rows that the answers select.
    ///
    /// # Errors
    /// For an unknown name, an error of the catalogue, or if the rows cannot be written.
    pub fn run(&self, shell: &Shell, answers: &Answers) -> Result<(), CommandError> {
        let mut report = self.rows.report(shell, answers)?;
        if shell.format() == Format::Table {
            report = report.in_a_table();
        }
        match self.shape {
            Shape::List => shell.show_list(&report),
            Shape::WholeList => shell.show_list_at_once(&report),
            Shape::Details if shell.show_details(&report)? => Ok(()),
            Shape::Details => self.rows.nothing(answers),
        }
    }
}

impl Rows {
    const fn parameters(self) -> Declared {
        match self {
            Self::All(_) => (&[], &[]),
            Self::Servers(_) => in_order!(SERVER),
            Self::Filtered(_) => in_order!(SERVER, NODE, DBNAME),
            Self::Restores(_) => in_order!(SERVER, TARGET_NODE, TARGET_DBNAME),
            Self::Backups(_) => in_order!(SERVER, NODE, DBNAME, DEFID, STATUS),
            Self::Server(_) => in_order!(THE_SERVER),
            Self::Node(_) => in_order!(THE_NODE),
            Self::Definition(_) => in_order!(THE_DEFINITION),
            Self::Backup(_) => in_order!(THE_BACKUP),
            Self::Restore(_) => in_order!(THE_RESTORE),
        }
    }

    /// The report of rows without their own parameter.
    fn any(self) -> Report {
        match self {
            Self::All(report) => report(),
            Self::Servers(report) => report(None),
            Self::Filtered(report) | Self::Restores(report) => report(&Filter::default()),
            Self::Backups(report) => report(&CatalogFilter::default()),
            Self::Server(report) => report(ServerId::new(1)),
            Self::Node(report) => report(NodeId::new(1)),
            Self::Definition(report) => report(DefId::new(1)),
            Self::Backup(report) => report(BckId::new(1)),
            Self::Restore(report) => report(RestoreId::new(1)),
        }
    }

    /// The report of the rows that the answers select.
    fn report(self, shell: &Shell, answers: &Answers) -> Result<Report, CommandError> {
        Ok(match self {
            Self::All(report) => report(),
            Self::Servers(report) => {
                let servers = filters::selector(answers, SERVER.key)?;
                report(filters::servers(shell, &servers)?)
            }
            Self::Filtered(report) | Self::Restores(report) => {
                report(&TypedFilter::read(answers)?.resolve(shell)?)
            }
            Self::Backups(report) => report(&TypedCatalogFilter::read(answers)?.resolve(shell)?),
            Self::Server(report) => report(shell.server(answers.text(THE_SERVER.key))?.id),
            Self::Node(report) => report(shell.node(answers.text(THE_NODE.key))?.id),
            Self::Definition(report) => {
                let id = answers.parse(THE_DEFINITION.key)?;
                // For an unknown definition the list would be empty, as for one without backups.
                shell.read(async |session| definitions::by_id(&**session, id).await)?;
                report(id)
            }
            Self::Backup(report) => report(answers.parse(THE_BACKUP.key)?),
            Self::Restore(report) => report(answers.parse(THE_RESTORE.key)?),
        })
    }

    /// The error if the details of an object were not found.
    fn nothing(self, answers: &Answers) -> Result<(), CommandError> {
        let (what, advice) = match self {
            Self::Backup(_) => {
                let id: BckId = answers.parse(THE_BACKUP.key)?;
                (
                    format!("BckID [{id}]"),
                    "show_backup_catalog lists the backups",
                )
            }
            Self::Restore(_) => {
                let id: RestoreId = answers.parse(THE_RESTORE.key)?;
                (
                    format!("RestoreID [{id}]"),
                    "show_restore_catalog lists the restores",
                )
            }
            // Statistics always have a row.
            _ => return Ok(()),
        };
        Err(CommandError::Invalid(format!(
            "{what} does not exist in the catalogue; {advice}"
        )))
    }
}

const THE_SERVER: Parameter =
    Parameter::new("server", "SrvID / FQDN", Kind::Server, "Backup server")
        .default(DefaultSource::BackupServer);

const THE_NODE: Parameter = Parameter::new("node", "NodeID / FQDN", Kind::Node, "PgSQL node");

const THE_DEFINITION: Parameter =
    Parameter::new("defid", "DefID", Kind::DefId, "The backup definition");

const THE_BACKUP: Parameter = Parameter::new(
    "bckid",
    "BckID",
    Kind::BckId,
    "Backup, as listed by show_backup_catalog",
);

const THE_RESTORE: Parameter = Parameter::new(
    "restoreid",
    "RestoreID",
    Kind::RestoreId,
    "Restore, as listed by show_restore_catalog",
);

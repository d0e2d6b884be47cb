//! Looks for what the backup does not hold, or will not give back, when the program that dumps has ended and the snapshot of the
//! backup is still there. What cannot be checked is said, and makes no backup fail.

pub(crate) mod said;
pub(crate) mod verdict;

use std::fs::File;
use std::io::BufReader;

use pgbackman_core::archive::Archive;
use pgbackman_core::config::Environment;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::shortcomings::{self as asked, OwnObject, SequencePositions};
use pgbackman_core::node::{NodeError, databases, left_out};
use pgbackman_core::pgtools::archive_sequences;

use crate::args::Args;
use crate::cluster::appendix::OwnObjects;
use crate::plan::Plan;
use crate::source::{Source, connect_to};
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::job::tool::Tools;

/// The first client that writes an empty list so that a server takes it.
const FIRST_WITH_EMPTY_LISTS: PgMajor = PgMajor::new(19);

/// What is checked.
pub(crate) struct OmissionCheck<'a> {
    /// The command line.
    pub(crate) args: &'a Args,
    /// The process's environment.
    pub(crate) env: &'a Environment,
    /// The node.
    pub(crate) source: &'a Source,
    /// The files.
    pub(crate) plan: &'a Plan,
    /// The client's major version.
    pub(crate) client: PgMajor,
    /// Where the sequences were before the snapshot was taken, where that is known.
    pub(crate) sequences: Option<&'a SequencePositions>,
    /// Own objects that are in the script of a whole node.
    pub(crate) appended: Option<&'a OwnObjects>,
}

/// What the check has found.
#[derive(Debug, Default)]
pub(crate) struct Omissions {
    /// What an operator must know, in words.
    pub(crate) warnings: Vec<String>,
    /// What is to be made after the contents, since it is in no archive.
    pub(crate) own_objects: Vec<OwnObject>,
}

impl OmissionCheck<'_> {
    /// Everything that an operator must know, and what belongs in a file of its own.
    pub(crate) async fn run(&self, tools: &mut Tools<'_>) -> Result<Omissions, Failure> {
        let log = &self.plan.database.log;
        let mut warnings = File::open(log)
            .and_then(|file| said::warnings(BufReader::new(file)))
            .map_err(doing(format!("read the log file {}", log.display())))?;
        let session = &self.source.session;
        let mut own_objects = Vec::new();
        let asking = async {
            if self.args.code == BackupCode::Cluster {
                self.of_node(session).await
            } else {
                self.of_database(session, &mut own_objects).await
            }
        };
        let answered = tools
            .bounds()
            .within("check what is missing from the backup", asking)
            .await?;
        warnings.extend(or_said(answered));
        if self.args.code != BackupCode::Cluster {
            warnings.extend(self.of_archive(&mut own_objects, tools).await?);
        }
        Ok(Omissions {
            warnings,
            own_objects,
        })
    }

    /// What the catalogs of one database show.
    async fn of_database(
        &self,
        client: &Session,
        own_objects: &mut Vec<OwnObject>,
    ) -> Result<Vec<String>, NodeError> {
        let mut found = Vec::new();
        let has_objects = self.args.code != BackupCode::Data;
        if has_objects {
            if self.client < FIRST_WITH_EMPTY_LISTS {
                let functions = asked::empty_list_functions(client).await?;
                found.extend(verdict::empty_lists_of_functions(&functions));
            }
            found.extend(verdict::languages_without_handler(
                &left_out::languages_without_handler(client).await?,
            ));
            if !self.plan.is_filtered {
                let objects = left_out::objects_of_no_schema_that_is_dumped(client).await?;
                found.extend(verdict::in_no_schema_that_is_dumped(&objects));
                let extensions = left_out::owners_of_extensions(client).await?;
                found.extend(verdict::owners_of_extensions(&extensions));
            }
            if self.source.release.major() >= PgMajor::new(10) {
                *own_objects = asked::own_objects_of_extension_tables(client).await?;
            }
        }
        if self.source.is_standby && self.has_data() && !self.extra().has("no-unlogged-table-data")
        {
            found.extend(verdict::unlogged(&asked::unlogged_tables(client).await?));
        }
        Ok(found)
    }

    /// What the shared catalogs show, and those of each database.
    async fn of_node(&self, client: &Session) -> Result<Vec<String>, NodeError> {
        let mut found = verdict::passed_over(&asked::passed_over_databases(client).await?);
        if self.client < FIRST_WITH_EMPTY_LISTS {
            let settings = asked::empty_list_settings(client).await?;
            found.extend(verdict::empty_lists_of_settings(&settings));
        }
        let extra = self.extra();
        let left_out: Vec<&str> = extra.values("exclude-database").collect();
        for database in databases::list(&**client).await? {
            if database.allows_connections && !left_out.contains(&database.name.as_str()) {
                let sentences = self.in_database(&database.name).await;
                found.extend(
                    sentences
                        .into_iter()
                        .map(|said| format!("database \"{}\": {said}", database.name)),
                );
            }
        }
        Ok(found)
    }

    async fn in_database(&self, name: &str) -> Vec<String> {
        match connect_to(self.args, self.env, name).await {
            Ok(session) => {
                let mut own = Vec::new();
                let answered = match session.batch_execute("SET search_path TO pg_catalog").await {
                    Ok(()) => self
                        .of_database(&session, &mut own)
                        .await
                        .map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                session.close().await;
                let mut found = or_said(answered);
                let appended = self.appended.and_then(|all| all.get(name));
                own.retain(|one| !appended.is_some_and(|there| there.contains(one)));
                found.extend(verdict::own_objects(&own));
                found
            }
            Err(error) => or_said(Err(error)),
        }
    }

    /// What is wrong between the archive and the snapshot from which it was made.
    async fn of_archive(
        &self,
        own_objects: &mut Vec<OwnObject>,
        tools: &mut Tools<'_>,
    ) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        let session = &self.source.session;
        let asking = asked::schemas_of_extensions(session);
        let extensions = tools
            .bounds()
            .within("read the schemas of the extensions", asking)
            .await?;
        let extensions = match extensions {
            Ok(extensions) => extensions,
            Err(error) => return Ok(vec![not_looked(&error)]),
        };
        let looks_at_sequences =
            self.has_data() && self.source.release.major() >= PgMajor::new(10) && {
                let asking = asked::has_sequences(session);
                let answered = tools.bounds().within("read the sequences", asking).await?;
                match answered {
                    Ok(has) => has,
                    Err(error) => return Ok(vec![not_looked(&error)]),
                }
            };
        if extensions.is_empty() && !looks_at_sequences && own_objects.is_empty() {
            return Ok(found);
        }
        let archive = match Archive::open(&self.plan.database.artifact.partial_path()) {
            Ok(archive) => archive,
            Err(error) => return Ok(vec![not_looked(&error)]),
        };
        let holds = |kind: &str, name: &str| {
            let mut entries = archive.entries.iter();
            entries.any(|entry| entry.is(kind) && entry.tag == name.as_bytes())
        };
        found.extend(verdict::extensions_without_schema(&extensions, holds));
        // Where the extension was left out by choice, so is what lies on its tables.
        let is_made = |object: &OwnObject| !object.is_gone && holds("EXTENSION", &object.extension);
        let lost: Vec<OwnObject> = own_objects.extract_if(.., |one| !is_made(one)).collect();
        let said = lost
            .iter()
            .filter(|one| holds("EXTENSION", &one.extension) || !self.plan.is_filtered);
        found.extend(verdict::own_objects(said));
        if looks_at_sequences {
            let states: Vec<u8> = archive
                .entries
                .iter()
                .filter(|entry| entry.is("SEQUENCE SET"))
                .flat_map(|entry| entry.definition.iter().copied())
                .collect();
            let states = archive_sequences::read(states.as_slice())
                .map_err(doing("read the sequences of the archive"))?;
            let asking = asked::sequences_behind(session, &states, self.sequences);
            let answered = tools
                .bounds()
                .within("compare the sequences with their columns", asking)
                .await?;
            found.extend(or_said(
                answered.map(|behind| verdict::sequences(&behind).into_iter().collect()),
            ));
        }
        Ok(found)
    }

    fn has_data(&self) -> bool {
        self.args.code != BackupCode::Schema
    }

    /// The extra parameters, which were checked when the run was planned.
    fn extra(&self) -> ExtraParameters {
        ExtraParameters::parse(
            &self.args.extra_parameters,
            Tool::for_code(self.args.code),
            Some(self.client),
        )
        .unwrap_or_default()
    }
}

fn or_said(answered: Result<Vec<String>, impl std::fmt::Display>) -> Vec<String> {
    answered.unwrap_or_else(|error| vec![not_looked(&error)])
}

fn not_looked(error: &impl std::fmt::Display) -> String {
    format!("could not check what is missing from the backup: {error}")
}

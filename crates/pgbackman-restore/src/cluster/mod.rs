//! The script of a whole node: what it makes, and how it is run on a target that has some of it already, or is of another version.

pub(crate) mod run;
pub(crate) mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use pgbackman_core::pgtools::other_version::{self, Assignment};
use pgbackman_core::pgtools::own_session::OwnObjects;
use pgbackman_core::pgtools::quote::identifier;
use pgbackman_core::pgtools::role_attributes::{self, RoleAttributes};
use pgbackman_core::pgtools::scripts::script_end::Watched;
use pgbackman_core::pgtools::scripts::settings_script::{self, CreateOptions, Wanted};
use pgbackman_core::pgtools::sql_statements::{Statement, Statements};
use pgbackman_core::pgtools::sql_tokens::Token;

use crate::cluster::run::Making;
use crate::cluster::terms::{Reading, Terms, Verdict};

/// What a script makes.
#[derive(Debug, Clone, Default)]
pub(crate) struct ClusterScript {
    /// Its roles, in order.
    pub(crate) roles: Vec<String>,
    /// What it says of each.
    pub(crate) attributes: BTreeMap<String, RoleAttributes>,
    /// Those with an attribute that only a superuser can give.
    pub(crate) privileged: BTreeSet<String>,
    /// The databases it makes, in order.
    pub(crate) databases: Vec<String>,
    /// How it makes them, in the same order.
    pub(crate) options: Vec<CreateOptions>,
    /// Collations of the server's own that it uses.
    pub(crate) collations: BTreeSet<String>,
    /// Functions that no server takes as they are written.
    pub(crate) broken_functions: BTreeSet<String>,
    /// The tablespaces it makes.
    pub(crate) tablespaces: Vec<String>,
    /// The encoding that it begins in: that of the database that `pg_dumpall` connected to first, or SQL_ASCII, where every
    /// byte stays what it is.
    pub(crate) encoding: Option<String>,
    /// Settings of its roles and databases.
    pub(crate) settings: BTreeSet<Assignment>,
    /// An operator's own objects on tables of extensions, by database: they are made after everything else, each by itself.
    pub(crate) own_objects: Vec<(String, Vec<String>)>,
    /// Whether strings are written as for `standard_conforming_strings = off`.
    pub(crate) escaping_strings: bool,
    /// How many statements it has.
    pub(crate) statements: u32,
}

/// What of a script a target does not take.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// What it has nothing for.
    pub(crate) left_out: BTreeSet<String>,
    /// What it cannot have.
    pub(crate) refused: BTreeSet<String>,
}

/// Bytes of the script that are read at once.
const READ_AT_ONCE: usize = 256 * 1024;

fn open(path: &Path) -> io::Result<Statements<BufReader<MultiGzDecoder<File>>>> {
    Ok(Statements::new(BufReader::with_capacity(
        READ_AT_ONCE,
        MultiGzDecoder::new(File::open(path)?),
    )))
}

/// Reads a script to its end, which also proves that it is whole: gzip's trailer and the mark of `pg_dumpall`.
///
/// # Errors
/// Also a script that ends in the middle of something, or without the mark.
pub(crate) fn read(path: &Path) -> io::Result<ClusterScript> {
    let mut watched = Watched::new(MultiGzDecoder::new(File::open(path)?));
    let mut statements = Statements::new(BufReader::with_capacity(READ_AT_ONCE, &mut watched));
    let mut found = ClusterScript::default();
    let mut own = OwnObjects::default();
    while let Some(statement) = statements.read_next()? {
        found.statements += 1;
        if own.hear(&statement) {
            continue;
        }
        note(&statement, &mut found)?;
        found
            .collations
            .extend(other_version::collations(&statement.tokens));
        found
            .broken_functions
            .extend(other_version::function_with_an_empty_list(
                &statement.tokens,
            ));
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut io::sink())?;
        }
    }
    watched.check()?;
    found.own_objects = own.found()?;
    Ok(found)
}

/// Judges each statement for a target: what the script needs of one had to be known before it could be asked.
///
/// # Errors
/// The script's.
pub(crate) fn judge(path: &Path, terms: &Terms) -> io::Result<Judged> {
    let mut statements = open(path)?;
    let mut reading = Reading::new(terms);
    let mut judged = Judged::default();
    let mut own = OwnObjects::default();
    while let Some(statement) = statements.read_next()? {
        if own.hear(&statement) {
            continue;
        }
        match reading.judge(&statement) {
            Verdict::Run(_) | Verdict::IsThere => {}
            Verdict::LeftOut(what) => {
                judged.left_out.insert(what);
            }
            Verdict::Refused(what) => {
                judged.refused.insert(what);
            }
        }
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut io::sink())?;
        }
    }
    Ok(judged)
}

fn note(statement: &Statement, found: &mut ClusterScript) -> io::Result<()> {
    role_attributes::gather(&statement.tokens, &mut found.attributes);
    found.escaping_strings |= other_version::escapes_strings(&statement.tokens);
    found.settings.extend(Assignment::of(statement, 0));
    if found.encoding.is_none() && statement.begins(&["set", "client_encoding"]) {
        found.encoding = statement.tokens.last().and_then(|token| match token {
            Token::Literal(name) => Some(String::from_utf8_lossy(name).into_owned()),
            Token::Word(_) | Token::Quoted(_) | Token::Symbol(_) => None,
        });
    }
    let Some(name) = statement.name(2) else {
        return Ok(());
    };
    if statement.begins(&["create", "role"]) {
        found.roles.push(name);
    } else if statement.begins(&["create", "database"]) {
        found.options.push(options(statement, &name)?);
        found.databases.push(name);
    } else if statement.begins(&["create", "tablespace"]) {
        found.tablespaces.push(name);
    } else if statement.begins(&["alter", "role"]) {
        let privileged = ["superuser", "replication", "bypassrls"];
        if statement
            .tokens
            .iter()
            .any(|token| privileged.iter().any(|word| token.is_word(word)))
        {
            found.privileged.insert(name);
        }
    }
    Ok(())
}

/// What a CREATE DATABASE asks of the target.
fn options(statement: &Statement, name: &str) -> io::Result<CreateOptions> {
    let as_it_is = Wanted {
        name,
        map: &|_| None,
        owner: true,
        privileges: true,
        tablespace: true,
    };
    Ok(settings_script::read(&statement.text, &as_it_is)?.options)
}

/// Writes the script for a target, as [`Terms`] has it. `heard` is told of every statement.
///
/// # Errors
/// The script's, and those of whoever reads.
pub(crate) fn write(
    path: &Path,
    terms: &Terms,
    making: &Making,
    to: OwnedFd,
    heard: &dyn Fn(),
) -> io::Result<()> {
    let mut statements = open(path)?;
    let mut reading = Reading::new(terms);
    let mut out = BufWriter::with_capacity(256 * 1024, File::from(to));
    let mut own = OwnObjects::default();
    while let Some(statement) = statements.read_next()? {
        if own.hear(&statement) {
            heard();
            continue;
        }
        let runs = match reading.judge(&statement) {
            Verdict::Run(mut changes) => {
                let before = statement.before();
                out.write_all(before)?;
                if names_a_database(&statement) {
                    out.write_all(UNCONVERTED)?;
                }
                let mark = making.mark(&statement);
                if let Some(mark) = mark {
                    making.begin(&mut out)?;
                    changes.push((2, identifier(mark)));
                }
                out.write_all(&statement.whole_with(&changes)[before.len()..])?;
                if let Some(mark) = mark {
                    making.go_on(&statement, mark, &mut out)?;
                }
                true
            }
            // The plan has refused what the target cannot have.
            Verdict::IsThere | Verdict::LeftOut(_) | Verdict::Refused(_) => {
                out.write_all(statement.before())?;
                false
            }
        };
        if let Some(more) = reading.added() {
            out.write_all(more.as_bytes())?;
        }
        if statement.is_copy_from_stdin() {
            if runs {
                statements.copy_data(&mut out)?;
            } else {
                statements.copy_data(&mut io::sink())?;
            }
        }
        heard();
    }
    out.flush()
}

/// Lets every byte be what it is, until the next `\connect`.
const UNCONVERTED: &[u8] = b"SET client_encoding TO 'SQL_ASCII';\n";

/// Whether a statement makes a database, or gives it its owner, with letters outside ASCII. `pg_dump` has written it in the
/// encoding of that database, and it is run in another one: a server would convert the names. Scripts that were made before
/// that was known are still restored.
fn names_a_database(statement: &Statement) -> bool {
    let gives_owner = statement.begins(&["alter", "database"])
        && statement
            .tokens
            .get(3)
            .is_some_and(|token| token.is_word("owner"));
    (gives_owner || statement.begins(&["create", "database"])) && !statement.with(&[]).is_ascii()
}

#[cfg(test)]
mod tests;

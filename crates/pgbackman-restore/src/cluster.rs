//! The script of a whole node: what it makes, and how it is run on a node that has some of its roles already.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use flate2::read::MultiGzDecoder;
use pgbackman_core::pgtools::role_map::sets;
use pgbackman_core::pgtools::settings_script::{self, CreateOptions, Wanted};
use pgbackman_core::pgtools::sql_statements::{Statement, Statements};

/// What a script makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ClusterScript {
    /// Its roles, in order.
    pub(crate) roles: Vec<String>,
    /// Those with an attribute that only a superuser can give.
    pub(crate) privileged: BTreeSet<String>,
    /// The databases it makes, in order.
    pub(crate) databases: Vec<String>,
    /// How it makes them, in the same order.
    pub(crate) options: Vec<CreateOptions>,
    /// The tablespaces it makes.
    pub(crate) tablespaces: Vec<String>,
    /// How many statements it has.
    pub(crate) statements: u32,
}

fn open(path: &Path) -> io::Result<Statements<BufReader<MultiGzDecoder<File>>>> {
    Ok(Statements::new(BufReader::with_capacity(
        256 * 1024,
        MultiGzDecoder::new(File::open(path)?),
    )))
}

/// Reads a script to its end, which also proves that it is whole as far as gzip knows.
///
/// # Errors
/// Also a script that ends in the middle of something.
pub(crate) fn read(path: &Path) -> io::Result<ClusterScript> {
    let mut statements = open(path)?;
    let mut found = ClusterScript::default();
    while let Some(statement) = statements.read_next()? {
        found.statements += 1;
        note(&statement, &mut found)?;
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut io::sink())?;
        }
    }
    Ok(found)
}

fn note(statement: &Statement, found: &mut ClusterScript) -> io::Result<()> {
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

/// What the target has.
#[derive(Debug, Clone)]
pub(crate) struct Existing {
    pub(crate) roles: BTreeSet<String>,
    pub(crate) tablespaces: BTreeSet<String>,
    /// Settings of the script that it does not know.
    pub(crate) refused_settings: Vec<&'static str>,
}

/// Writes the script for a target: roles and tablespaces that are there stay as they are, and memberships between two such
/// roles too. `heard` is told of every statement.
///
/// # Errors
/// The script's, and those of whoever reads.
pub(crate) fn write(
    path: &Path,
    existing: &Existing,
    to: OwnedFd,
    heard: &dyn Fn(),
) -> io::Result<()> {
    let mut statements = open(path)?;
    let mut out = BufWriter::with_capacity(256 * 1024, File::from(to));
    while let Some(statement) = statements.read_next()? {
        if is_there(&statement, existing) || sets(&statement, &existing.refused_settings) {
            out.write_all(statement.before())?;
        } else {
            out.write_all(&statement.text)?;
        }
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut out)?;
        }
        heard();
    }
    out.flush()
}

/// Whether a statement is about roles and tablespaces only that are there already.
fn is_there(statement: &Statement, existing: &Existing) -> bool {
    let role = |at: usize| {
        statement
            .name(at)
            .is_some_and(|name| existing.roles.contains(&name))
    };
    if statement.begins(&["create", "role"]) || statement.begins(&["alter", "role"]) {
        // ALTER ROLE … IN DATABASE belongs to a database of the script.
        return role(2)
            && !statement
                .tokens
                .get(3)
                .is_some_and(|token| token.is_word("in"));
    }
    if statement.begins(&["comment", "on", "role"]) {
        return role(3);
    }
    if statement.begins(&["create", "tablespace"]) {
        return statement
            .name(2)
            .is_some_and(|name| existing.tablespaces.contains(&name));
    }
    let is_membership = statement.begins(&["grant"])
        && statement
            .tokens
            .get(2)
            .is_some_and(|token| token.is_word("to"));
    is_membership && role(1) && role(3)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const SCRIPT: &str = "--\n\\restrict abc\n\nSET transaction_timeout = 0;\n\nCREATE ROLE postgres;\n\
        ALTER ROLE postgres WITH SUPERUSER;\nCREATE ROLE \"New\";\nALTER ROLE \"New\" WITH NOSUPERUSER PASSWORD 'x';\n\
        GRANT postgres TO there;\nGRANT postgres TO \"New\" GRANTED BY postgres;\n\\unrestrict abc\n\\connect template1\n\
        CREATE DATABASE \"Shop\" WITH TEMPLATE = template0;\nALTER ROLE postgres IN DATABASE \"Shop\" SET x TO 'y';\n\
        \\connect \"Shop\"\nCOPY t (a) FROM stdin;\nCREATE DATABASE no;\n\\.\nCREATE TABLESPACE fast LOCATION '/x';\n";

    fn gzipped(dir: &tempfile::TempDir) -> std::path::PathBuf {
        let path = dir.path().join("x.sql.gz");
        let mut gz = flate2::write::GzEncoder::new(
            File::create(&path).unwrap(),
            flate2::Compression::default(),
        );
        gz.write_all(SCRIPT.as_bytes()).unwrap();
        gz.finish().unwrap();
        path
    }

    #[test]
    fn a_script_is_read_and_written_without_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = gzipped(&dir);
        let found = read(&path).unwrap();
        assert_eq!(found.roles, ["postgres", "New"]);
        assert_eq!(found.databases, ["Shop"]);
        assert_eq!(found.tablespaces, ["fast"]);
        assert_eq!(found.privileged.iter().collect::<Vec<_>>(), ["postgres"]);
        let existing = Existing {
            roles: ["postgres", "there"].map(str::to_owned).into(),
            tablespaces: ["fast".to_owned()].into(),
            refused_settings: vec!["transaction_timeout"],
        };
        let (mut reader, writer) = io::pipe().unwrap();
        write(&path, &existing, writer.into(), &|| ()).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        for gone in [
            "CREATE ROLE postgres",
            "ALTER ROLE postgres WITH",
            "GRANT postgres TO there",
            "TABLESPACE",
            "transaction_timeout",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in [
            "\\restrict abc",
            "CREATE ROLE \"New\"",
            "\"New\" GRANTED BY",
            "IN DATABASE",
            "\\connect \"Shop\"",
            "\\.\n",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn trap_3_a_truncated_script_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = gzipped(&dir);
        let whole = std::fs::read(&path).unwrap();
        for length in [whole.len() / 2, whole.len() - 4] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read(&path).is_err(), "cut at {length}");
        }
    }
}

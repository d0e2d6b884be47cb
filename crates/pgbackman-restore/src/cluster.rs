//! The script of a whole node: what it makes, and how it is run on a target that has some of it already, or is of another version.

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
use pgbackman_core::pgtools::settings_script::{self, CreateOptions, Wanted};
use pgbackman_core::pgtools::sql_statements::{Statement, Statements};
use pgbackman_core::pgtools::sql_tokens::Token;

use crate::cluster_run::Making;
use crate::cluster_terms::{Reading, Terms, Verdict};
use crate::watched;

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
    let (watched, end) = watched::watch(MultiGzDecoder::new(File::open(path)?));
    let mut statements = Statements::new(BufReader::with_capacity(READ_AT_ONCE, watched));
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
        if statement.is_copy_from_stdin() {
            statements.copy_data(&mut io::sink())?;
        }
    }
    watched::check(&end)?;
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
mod tests {
    use std::io::Read;

    use pgbackman_core::domain::pg_version::PgMajor;
    use pgbackman_core::pgtools::other_version::Knows;

    use super::*;
    use crate::cluster_run::of_nothing;
    use crate::cluster_terms::Closed;

    /// A target of this version with two roles and a tablespace.
    fn target_of(major: u16) -> Terms {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Terms {
            knows: Knows {
                major: PgMajor::new(major),
                parameters: names(&["work_mem", "x"]),
                refused_settings: BTreeMap::new(),
                compressions: BTreeSet::new(),
                builtins: Box::default(),
                mapped_roles: BTreeMap::new(),
                roles: names(&["postgres", "there"]),
                not_inheriting: BTreeSet::new(),
            },
            tablespaces: names(&["fast"]),
            refused_settings: vec!["transaction_timeout"],
            closed: BTreeMap::new(),
            in_use: None,
        }
    }

    fn written(path: &Path, terms: &Terms) -> String {
        let (mut reader, writer) = io::pipe().unwrap();
        write(path, terms, &of_nothing(), writer.into(), &|| ()).unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    const SCRIPT: &str = "--\n\\restrict abc\n\nSET transaction_timeout = 0;\n\nCREATE ROLE postgres;\n\
        ALTER ROLE postgres WITH SUPERUSER;\nCREATE ROLE \"New\";\nALTER ROLE \"New\" WITH NOSUPERUSER PASSWORD 'x';\n\
        GRANT postgres TO there;\nGRANT postgres TO \"New\" GRANTED BY postgres;\n\\unrestrict abc\n\\connect template1\n\
        CREATE DATABASE \"Shop\" WITH TEMPLATE = template0;\nALTER ROLE postgres IN DATABASE \"Shop\" SET x TO 'y';\n\
        \\connect \"Shop\"\nCOPY t (a) FROM stdin;\nCREATE DATABASE no;\n\\.\nCREATE TABLESPACE fast LOCATION '/x';\n";

    const END: &str = "--\n-- PostgreSQL database cluster dump complete\n--\n\n";

    fn gzipped(dir: &tempfile::TempDir, script: &str) -> std::path::PathBuf {
        gzipped_as_it_is(dir, &[script, END].concat())
    }

    fn gzipped_as_it_is(dir: &tempfile::TempDir, script: &str) -> std::path::PathBuf {
        let path = dir.path().join("x.sql.gz");
        let mut gz = flate2::write::GzEncoder::new(
            File::create(&path).unwrap(),
            flate2::Compression::default(),
        );
        gz.write_all(script.as_bytes()).unwrap();
        gz.finish().unwrap();
        path
    }

    #[test]
    fn a_script_is_read_and_written_without_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = gzipped(&dir, SCRIPT);
        let terms = target_of(16);
        let found = read(&path).unwrap();
        assert_eq!(found.roles, ["postgres", "New"]);
        assert_eq!(found.databases, ["Shop"]);
        assert_eq!(found.tablespaces, ["fast"]);
        assert_eq!(found.privileged.iter().collect::<Vec<_>>(), ["postgres"]);
        assert!(judge(&path, &terms).unwrap().refused.is_empty());
        let text = written(&path, &terms);
        for gone in [
            "CREATE ROLE postgres",
            "ALTER ROLE postgres WITH",
            "GRANT postgres TO there",
            "GRANTED BY",
            "TABLESPACE",
            "transaction_timeout",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in [
            "\\restrict abc",
            "CREATE ROLE \"New\"",
            "GRANT postgres TO \"New\"",
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
        let path = gzipped(&dir, SCRIPT);
        let whole = std::fs::read(&path).unwrap();
        for length in [whole.len() / 2, whole.len() - 4] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read(&path).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn b16_a_script_without_its_end_mark_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        for cut in [SCRIPT.to_owned(), [SCRIPT, &END[..END.len() - 10]].concat()] {
            let error = read(&gzipped_as_it_is(&dir, &cut)).unwrap_err();
            assert!(error.to_string().contains("end mark"), "{error}");
        }
    }

    /// As `pg_dumpall` of 16 writes it.
    const OF_16: &str = "CREATE ROLE a;\nALTER ROLE a WITH NOSUPERUSER INHERIT NOCREATEROLE;\nCREATE ROLE b;\n\
        ALTER ROLE b WITH NOSUPERUSER NOINHERIT;\nALTER ROLE b SET new_parameter TO '1';\n\
        GRANT a TO b WITH INHERIT FALSE GRANTED BY postgres;\nGRANT b TO a WITH ADMIN OPTION, INHERIT TRUE GRANTED BY there;\n\
        \\connect template1\n\n-- Dumped from database version 16.4\n\nSET statement_timeout = 0;\n\
        SELECT pg_catalog.set_config('search_path', '', false);\n\
        -- Database \"Shop\" dump\n\n-- Dumped from database version 16.4\n\nSET statement_timeout = 0;\n\
        CREATE DATABASE \"Shop\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';\n\
        ALTER DATABASE \"Shop\" OWNER TO a;\n\\unrestrict x\n\\connect \"Shop\"\n\\restrict x\n\n\
        SET statement_timeout = 0;\nCREATE TABLE public.t (a integer);\n\\connect postgres\n\n\
        -- Dumped from database version 16.4\n\nSET statement_timeout = 0;\nCREATE TABLE public.old (a integer);\n\
        COPY public.old (a) FROM stdin;\n17\n\\.\n\nSELECT pg_catalog.setval('public.s', 3);\nCREATE DATABASE second;\n\
        \\connect second\n\nSET statement_timeout = 0;\n";

    #[test]
    fn a_script_is_fitted_to_an_older_target() {
        let dir = tempfile::tempdir().unwrap();
        let path = gzipped(&dir, OF_16);
        let mut terms = target_of(12);
        let judged = judge(&path, &terms).unwrap();
        assert!(judged.refused.is_empty(), "{:?}", judged.refused);
        assert!(
            judged
                .left_out
                .iter()
                .any(|what| what.contains("new_parameter"))
        );
        assert_eq!(judged.left_out.len(), 1);
        let text = written(&path, &terms);
        for gone in [
            "INHERIT TRUE GRANTED",
            "new_parameter",
            "LOCALE_PROVIDER",
            " LOCALE =",
        ] {
            assert!(!text.contains(gone), "{gone}: {text}");
        }
        for kept in [
            "LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8'",
            "public.old",
            "17\n\\.\n",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        // Once in each of the databases that it makes, behind their \connect.
        let mut parts = text.split("\\connect ");
        let closes = parts
            .by_ref()
            .map(|part| part.matches("REVOKE CREATE ON SCHEMA public").count());
        assert_eq!(closes.collect::<Vec<_>>(), [0, 0, 1, 0, 1], "{text}");
        let same = written(&path, &target_of(16));
        assert!(!same.contains("REVOKE CREATE") && same.contains("LOCALE_PROVIDER"));

        // What is in the target's own database postgres stays alone.
        terms.closed = BTreeMap::from([("postgres", Closed::HoldsSomething)]);
        let judged = judge(&path, &terms).unwrap();
        assert!(
            judged
                .left_out
                .iter()
                .any(|what| what == "everything in the database postgres, since the target's holds something of its own")
        );
        let text = written(&path, &terms);
        assert!(
            !text.contains("public.old") && !text.contains("17\n") && !text.contains("setval"),
            "{text}"
        );
        assert!(text.contains("CREATE DATABASE second") && text.contains("\\connect postgres"));
    }

    #[test]
    fn trap_9b_a_target_in_use_keeps_what_belongs_to_every_role_and_database() {
        let dir = tempfile::tempdir().unwrap();
        let script = "ALTER ROLE ALL SET work_mem TO '1MB';\nALTER ROLE ALL SET x TO '2';\n\
            ALTER DATABASE \"postgres\" OWNER TO \"New\";\nGRANT CONNECT ON DATABASE \"postgres\" TO there;\n\
            ALTER ROLE there IN DATABASE template1 SET x TO 'y';\nALTER DATABASE shop SET x TO '3';\n";
        let path = gzipped(&dir, script);
        let mut terms = target_of(16);
        assert!(judge(&path, &terms).unwrap().left_out.is_empty());
        terms.in_use = Some(BTreeSet::from(["ALTER ROLE ALL SET x TO '2'".to_owned()]));
        let left_out: Vec<String> = judge(&path, &terms).unwrap().left_out.into_iter().collect();
        let of = |what: &str, sql: &str| {
            format!("what belongs to {what}, since the target is in use: {sql}")
        };
        assert_eq!(
            left_out,
            [
                of("every role", "ALTER ROLE ALL SET work_mem TO '1MB'"),
                of(
                    "the database postgres",
                    "ALTER DATABASE \"postgres\" OWNER TO \"New\""
                ),
                of(
                    "the database postgres",
                    "GRANT CONNECT ON DATABASE \"postgres\" TO there"
                ),
                of(
                    "the database template1",
                    "ALTER ROLE there IN DATABASE template1 SET x TO 'y'"
                ),
            ]
        );
        let text = written(&path, &terms);
        assert!(
            text.contains("ALTER DATABASE shop") && !text.contains("ROLE ALL"),
            "{text}"
        );
    }

    #[test]
    fn a_script_with_what_an_older_target_cannot_have_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let script = OF_16
            .replace(
                "GRANT a TO b WITH INHERIT FALSE",
                "GRANT a TO b WITH INHERIT TRUE",
            )
            .replace(
                "(a integer);\n\\connect postgres",
                "(a integer GENERATED ALWAYS AS (1));\n\\connect postgres",
            );
        let path = gzipped(&dir, &script);
        let judged = judge(&path, &target_of(15)).unwrap();
        assert_eq!(judged.refused.len(), 2, "{:?}", judged.refused);
        assert!(judge(&path, &target_of(18)).unwrap().refused.is_empty());
    }
}

//! The contents of a `pg_dumpall` script: rows and sequences of each database, as a digest of each table. Used to
//! compare two scripts that one program has written of two servers: their definitions may differ between major
//! versions, but their rows may not.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use pgbackman_core::pgtools::internal_options::{self, Sets};
use pgbackman_core::pgtools::sql_statements::Statements;
use sha2::{Digest as _, Sha256};

use super::SUPERUSER;

/// Digest and number of lines of each table with rows, by database and the statement that fills it.
pub(super) type Contents = BTreeMap<(String, String), (u64, [u8; 32])>;

/// Reads a script.
pub(super) fn of(script: &Path) -> io::Result<Contents> {
    let mut contents = Contents::new();
    let mut database = String::new();
    let mut table: Option<(String, u64, Sha256)> = None;
    each_line(script, |line| {
        if let Some((name, lines, digest)) = &mut table {
            if line == b"\\.\n" {
                let key = (database.clone(), std::mem::take(name));
                contents.insert(key, (*lines, digest.clone().finalize().into()));
                table = None;
            } else {
                *lines += 1;
                digest.update(line);
            }
            return Ok(());
        }
        let text = String::from_utf8_lossy(line);
        if let Some(name) = text.strip_prefix("\\connect ") {
            name.trim_end().clone_into(&mut database);
        } else if text.starts_with("COPY ") && text.ends_with(" FROM stdin;\n") {
            table = Some((text.trim_end().to_owned(), 0, Sha256::new()));
        } else if text.starts_with("SELECT pg_catalog.setval(") {
            contents.insert((database.clone(), text.trim_end().to_owned()), (1, [0; 32]));
        }
        Ok(())
    })?;
    Ok(contents)
}

/// Writes the script without the statement that creates the role of every new cluster, and without internal options
/// of columns that a new server does not know and would refuse.
pub(super) fn for_new_cluster(script: &Path, target: &Path) -> io::Result<()> {
    let first_role = format!("CREATE ROLE {SUPERUSER};\n");
    let mut written = BufWriter::new(File::create(target)?);
    let mut is_left_out = false;
    each_line(script, |line| {
        if !is_left_out && line == first_role.as_bytes() {
            is_left_out = true;
            return Ok(());
        }
        if line.starts_with(b"ALTER TABLE ") && internal_options::may_be_in(line) {
            return written.write_all(&without_internal_options(line)?);
        }
        written.write_all(line)
    })?;
    written.flush()
}

fn without_internal_options(line: &[u8]) -> io::Result<Vec<u8>> {
    let Some(statement) = Statements::new(line).read_next()? else {
        return Ok(line.to_owned());
    };
    Ok(match internal_options::set_by(&statement) {
        Some(Sets::Alone) => Vec::new(),
        Some(Sets::Among(changes)) => statement.whole_with(&changes),
        None => line.to_owned(),
    })
}

fn each_line(script: &Path, mut take: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut reader = BufReader::new(File::open(script)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        take(&line)?;
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const SCRIPT: &str = "CREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER;\n\\connect a\n\nCOPY public.t (n) FROM stdin;\n\
        1\n2\n\\.\n\nCOPY public.u (x) FROM stdin;\nCREATE ROLE postgres;\n\\.\nSELECT pg_catalog.setval('public.s', 7, true);\n";

    fn contents_of(text: &str) -> Contents {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("script");
        fs::write(&file, text).unwrap();
        of(&file).unwrap()
    }

    #[test]
    fn another_row_another_table_another_database_and_another_sequence_are_seen() {
        let whole = contents_of(SCRIPT);
        assert_eq!(whole.len(), 3);
        // What is no row is not compared.
        assert_eq!(
            contents_of(&SCRIPT.replace("WITH SUPERUSER", "WITH X")),
            whole
        );
        for (from, to) in [
            ("2\n\\.", "3\n\\."),
            ("2\n\\.", "2\n2\n\\."),
            ("public.u", "public.v"),
            ("\\connect a", "\\connect b"),
            ("7, true", "8, true"),
        ] {
            assert_ne!(contents_of(&SCRIPT.replace(from, to)), whole, "{from}");
        }
    }

    #[test]
    fn only_the_first_role_is_left_out_and_no_row() {
        let directory = tempfile::tempdir().unwrap();
        let (script, target) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&script, SCRIPT).unwrap();
        for_new_cluster(&script, &target).unwrap();
        assert_eq!(
            fs::read_to_string(&target).unwrap(),
            SCRIPT.replacen("CREATE ROLE postgres;\n", "", 1)
        );
    }

    #[test]
    fn options_that_the_old_server_keeps_for_itself_are_left_out() {
        let alter =
            |options: &str| format!("ALTER TABLE ONLY public.t ALTER COLUMN n SET ({options});\n");
        let (alone, among) = (
            alter("pg_attver=22158952"),
            alter("pg_attver=22158952, n_distinct=5"),
        );
        let directory = tempfile::tempdir().unwrap();
        let (script, target) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&script, format!("{alone}{among}SELECT 1;\n")).unwrap();
        for_new_cluster(&script, &target).unwrap();
        let written = fs::read_to_string(&target).unwrap();
        assert!(
            !written.contains("pg_attver") && written.contains("SET ( n_distinct=5);"),
            "{written}"
        );
        assert!(written.ends_with("SELECT 1;\n"), "{written}");
    }
}

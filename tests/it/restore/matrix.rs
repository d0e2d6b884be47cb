//! Every backup code × {same node, other node} × {target absent, exists} × {same name, other name} × {roles absent, present}:
//! afterwards everything is as on the source, and what was there before is there under its new name.

use pgbackman_tests::postgres::{Cluster, Version};

use super::state::{described, wipe};
use super::support::{Backup, RestoreLab, content};
use crate::dump::support::{identifier, literal};
use crate::roundtrip::{DBNAME, NOT_NEEDED, assert_same, build, globals};

/// Another name for the restored database.
const OTHER: &str = "Another \"one\"; %$(x)";
/// The name for a database that is there: 63 bytes.
const RENAMED: &str = "renamed äöüäöüäöüäöüäöüäöüäöüäöüäöüx";

/// One cell of the matrix.
#[derive(Debug, Clone, Copy)]
struct Cell {
    other_node: bool,
    exists: bool,
    other_name: bool,
    roles_present: bool,
}

fn cells() -> impl Iterator<Item = Cell> {
    (0..16_u8).map(|bits| Cell {
        other_node: bits & 1 > 0,
        exists: bits & 2 > 0,
        other_name: bits & 4 > 0,
        roles_present: bits & 8 > 0,
    })
}

/// What the source was.
struct Original {
    described: String,
    schema: String,
    content: String,
    globals: String,
}

/// A source that has been backed up, and another node.
struct Matrix<'c> {
    same: RestoreLab<'c>,
    other: RestoreLab<'c>,
    original: Original,
}

impl<'c> Matrix<'c> {
    fn new(source: &'c Cluster, other: &'c Cluster) -> Self {
        build(source);
        let original = Original {
            described: described(source, DBNAME, &[]),
            schema: described(source, DBNAME, &["--schema-only"]),
            content: content(source, DBNAME),
            globals: {
                for role in NOT_NEEDED {
                    source.psql("postgres", &format!("DROP ROLE {role}"));
                }
                globals(source)
            },
        };
        Self {
            same: RestoreLab::new(source, source),
            other: RestoreLab::new(source, other),
            original,
        }
    }

    fn lab(&self, cell: Cell) -> &RestoreLab<'c> {
        if cell.other_node {
            &self.other
        } else {
            &self.same
        }
    }
}

fn make_roles(cluster: &Cluster, backup: &Backup) {
    let said = cluster
        .command("psql")
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--dbname=postgres",
            "--file",
        ])
        .arg(backup.roles_file.as_ref().unwrap())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}

/// Brings the target into the cell's state; returns the name to restore under.
fn arrange(matrix: &Matrix<'_>, cell: Cell, roles_of: &Backup) -> &'static str {
    let target = matrix.lab(cell).target;
    let name = if cell.other_name { OTHER } else { DBNAME };
    wipe(target);
    if cell.roles_present {
        make_roles(target, roles_of);
    }
    if cell.exists {
        target.psql_script(
            "postgres",
            &format!("CREATE DATABASE {};", identifier(name)),
        );
        target.psql_script(name, "CREATE TABLE before AS SELECT 42 AS n;");
    }
    name
}

fn assert_before_is_there(target: &Cluster, cell: Cell) {
    let said = target.psql(
        "postgres",
        &format!(
            "SELECT count(*) FROM pg_database WHERE datname = {}",
            literal(RENAMED)
        ),
    );
    assert_eq!(said.trim() == "1", cell.exists, "{cell:?}");
    if cell.exists {
        assert_eq!(
            target.psql(RENAMED, "SELECT n FROM before").trim(),
            "42",
            "{cell:?}"
        );
    }
}

#[test]
fn trap_9a_full() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let matrix = Matrix::new(&source, &other);
    let backups = [&matrix.same, &matrix.other].map(|lab| lab.backup(DBNAME, "FULL"));
    for cell in cells() {
        let backup = &backups[usize::from(cell.other_node)];
        let name = arrange(&matrix, cell, backup);
        let lab = matrix.lab(cell);
        lab.restore(backup, name).renaming(RENAMED).succeed();
        let log = std::fs::read_to_string(&lab.last_result()["log"]).unwrap();
        assert!(
            !log.contains("differs from the backup's"),
            "{cell:?}: {log}"
        );
        let target = lab.target;
        assert_same(&described(target, name, &[]), &matrix.original.described);
        assert_same(&globals(target), &matrix.original.globals);
        assert_before_is_there(target, cell);
        let result = lab.last_result();
        assert_eq!(result["renamed"], if cell.exists { RENAMED } else { "" });
        assert_eq!(result["roles"] == "{}", cell.roles_present, "{cell:?}");
    }
}

#[test]
fn trap_9a_schema() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let matrix = Matrix::new(&source, &other);
    let backups = [&matrix.same, &matrix.other].map(|lab| lab.backup(DBNAME, "SCHEMA"));
    for cell in cells() {
        let backup = &backups[usize::from(cell.other_node)];
        let name = arrange(&matrix, cell, backup);
        let lab = matrix.lab(cell);
        lab.restore(backup, name).renaming(RENAMED).succeed();
        assert_same(
            &described(lab.target, name, &["--schema-only"]),
            &matrix.original.schema,
        );
        assert_same(&globals(lab.target), &matrix.original.globals);
        assert_eq!(
            lab.target
                .psql(name, "SELECT count(*) FROM public.plain")
                .trim(),
            "0"
        );
        assert_before_is_there(lab.target, cell);
    }
}

/// A DATA backup goes into a database with the tables, which has the roles; without one it is refused.
#[test]
fn trap_9a_data() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let matrix = Matrix::new(&source, &other);
    let take = |code| [&matrix.same, &matrix.other].map(|lab| lab.backup(DBNAME, code));
    let (schemas, backups) = (take("SCHEMA"), take("DATA"));
    for cell in cells() {
        let node = usize::from(cell.other_node);
        let lab = matrix.lab(cell);
        let name = arrange(
            &matrix,
            Cell {
                exists: false,
                ..cell
            },
            &schemas[node],
        );
        if !cell.exists {
            lab.restore(&backups[node], name)
                .refused(&["does not exist on target PgSQL node", "SCHEMA or FULL"]);
            continue;
        }
        lab.restore(&schemas[node], name).succeed();
        lab.restore(&backups[node], name).succeed();
        // Materialized views are computed anew from the rows.
        assert_same(&content(lab.target, name), &matrix.original.content);
        assert_same(&globals(lab.target), &matrix.original.globals);
        lab.restore(&backups[node], name)
            .renaming(RENAMED)
            .refused(&["Omit the new name"]);
        assert_before_is_there(
            lab.target,
            Cell {
                exists: false,
                ..cell
            },
        );
    }
}

/// An RDS backup has no roles: where the target lacks them it is refused, and others can take their place.
#[test]
fn trap_9a_rds() {
    let (source, other) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let matrix = Matrix::new(&source, &other);
    let take = |code| [&matrix.same, &matrix.other].map(|lab| lab.backup(DBNAME, code));
    let (fulls, backups) = (take("FULL"), take("RDS"));
    for cell in cells() {
        let node = usize::from(cell.other_node);
        let lab = matrix.lab(cell);
        let name = arrange(&matrix, cell, &fulls[node]);
        let restore = lab.restore(&backups[node], name).renaming(RENAMED);
        if !cell.roles_present {
            restore.refused(&["Owner One", "--map-role"]);
            continue;
        }
        restore.succeed();
        assert_same(&content(lab.target, name), &matrix.original.content);
        let encoding = format!(
            "SELECT pg_encoding_to_char(encoding) || datcollate FROM pg_database WHERE datname = {}",
            literal(name)
        );
        assert_eq!(lab.target.psql("postgres", &encoding).trim(), "LATIN1C");
        assert_before_is_there(lab.target, cell);
    }
}

/// The database over itself: what was there goes on under its new name, with everything.
#[test]
fn trap_10_a_database_over_itself() {
    let source = Cluster::private(Version::Installed);
    build(&source);
    let lab = RestoreLab::new(&source, &source);
    let backup = lab.backup(DBNAME, "FULL");
    let before = described(&source, DBNAME, &[]);
    let session = source
        .command("psql")
        .args(["--dbname", "postgres", "--command"])
        .arg("SELECT 1")
        .output();
    assert!(session.unwrap().status.success());
    lab.restore(&backup, DBNAME).renaming(RENAMED).succeed();
    assert_same(&described(&source, DBNAME, &[]), &before);
    assert_same(&described(&source, RENAMED, &[]), &before);
}

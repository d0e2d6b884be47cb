//! The table of backups and restores between the releases of PostgreSQL, which the tests of `--matrix` fill.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::task::{say, step};

/// Names the file to which the tests add a line for each restore: source, target, code and outcome between tabs.
pub(crate) const VARIABLE: &str = "PGBACKMAN_TEST_MATRIX_TABLE";

/// The file.
pub(crate) struct Table(PathBuf);

impl Table {
    /// An empty one.
    pub(crate) fn begin(directory: &Path) -> Self {
        let path = directory.join("tests-matrix.tsv");
        let _ = fs::remove_file(&path);
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Shows what the tests wrote.
    pub(crate) fn show(&self) {
        step("source × target");
        for line in rendered(&fs::read_to_string(&self.0).unwrap_or_default()) {
            say(&line);
        }
        say(&format!("(the same as a file: {})", self.0.display()));
    }
}

/// A line per source and target, a column per code.
fn rendered(report: &str) -> Vec<String> {
    let mut cells: BTreeMap<(&str, &str), BTreeMap<&str, &str>> = BTreeMap::new();
    let mut codes = BTreeSet::new();
    for line in report.lines() {
        let mut words = line.splitn(4, '\t');
        let (Some(source), Some(target), Some(code), Some(outcome)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        codes.insert(code);
        cells
            .entry((source, target))
            .or_default()
            .insert(code, outcome);
    }
    let mut rows = vec![
        ["source", "target"]
            .into_iter()
            .chain(codes.iter().copied())
            .map(str::to_owned)
            .collect::<Vec<_>>(),
    ];
    for ((source, target), outcomes) in cells {
        let outcomes = codes
            .iter()
            .map(|code| outcomes.get(code).copied().unwrap_or("-"));
        rows.push(
            [source, target]
                .into_iter()
                .chain(outcomes)
                .map(str::to_owned)
                .collect(),
        );
    }
    let widths: Vec<usize> = (0..codes.len() + 2)
        .map(|column| {
            let of_column = rows.iter().map(|row| row[column].chars().count());
            of_column.max().unwrap_or_default()
        })
        .collect();
    rows.iter()
        .map(|row| {
            let padded = row.iter().zip(&widths);
            padded
                .map(|(text, width)| format!("{text:width$}"))
                .collect::<Vec<_>>()
                .join("  ")
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restores_become_a_table() {
        let report =
            "13\t12\tFULL\tSUCCEEDED\n12\t12\tFULL\tSUCCEEDED\n13\t12\tCLUSTER\trefused\nhalf a li";
        assert_eq!(
            rendered(report),
            [
                "source  target  CLUSTER  FULL",
                "12      12      -        SUCCEEDED",
                "13      12      refused  SUCCEEDED",
            ]
        );
    }
}

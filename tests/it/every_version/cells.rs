//! The restores from one source onto every target.

use std::fs::OpenOptions;
use std::io::Write as _;

use pgbackman_tests::postgres::Cluster;

use super::likeness::{assert_alike, database, globals};
use super::source::{NAME, SECOND, Source};
use crate::restore::state::wipe;
use crate::restore::support::{Backup, RestoreLab};

/// Restores everything everywhere, and compares.
pub(super) fn restore_everywhere<'c>(
    mut source: Source<'c>,
    targets: &'c [Cluster],
) -> RestoreLab<'c> {
    for target in targets {
        source.lab = source.lab.onto(target);
        let cell = Cell {
            source: &source,
            target,
        };
        cell.full();
        cell.rds();
        cell.schema_and_data();
        cell.cluster();
    }
    source.lab
}

/// One source and one target.
struct Cell<'s, 'c> {
    source: &'s Source<'c>,
    target: &'c Cluster,
}

impl Cell<'_, '_> {
    fn majors(&self) -> (u32, u32) {
        (self.source.major(), self.target.version().major())
    }

    /// What an operator is told of a restore that succeeded: what an older target has to do without.
    fn expected_warnings(&self, code: &str) -> Vec<&'static str> {
        let (source, target) = self.majors();
        let mut warnings = Vec::new();
        if source >= 17 && target < 17 {
            warnings.push("transaction_timeout");
        }
        if source >= 15 && target < 15 && matches!(code, "FULL" | "SCHEMA" | "DATA" | "CLUSTER") {
            warnings.push("PARAMETER");
        }
        warnings
    }

    /// Restores; the status and its reason must be what is expected.
    fn restore(&self, backup: &Backup, code: &str, name: &str, warnings: &[&str]) {
        let (source, target) = self.majors();
        let output = self.source.lab.restore(backup, name).run();
        let result = self.source.lab.last_result();
        let both = format!("{code} of {source} onto {target}");
        let log = std::fs::read_to_string(&result["log"]).unwrap_or_default();
        let (expected, code_expected) = if warnings.is_empty() {
            ("SUCCEEDED", 0)
        } else {
            ("WARNING", 8)
        };
        assert_eq!(output.code, code_expected, "{both}: {result:#?}\n{log}");
        assert_eq!(result["status"], expected, "{both}: {result:#?}");
        for word in warnings {
            assert!(result["message"].contains(word), "{both}: {result:#?}");
        }
        note(source, target, code, expected);
    }

    fn full(&self) {
        wipe(self.target);
        let warnings = self.expected_warnings("FULL");
        self.restore(&self.source.full, "FULL", NAME, &warnings);
        self.assert_globals_alike("FULL");
        self.assert_like("FULL", NAME, &["--create"], &self.source.like.whole);
    }

    /// The roles are there since [`Self::full`].
    fn rds(&self) {
        let warnings = self.expected_warnings("RDS");
        self.restore(&self.source.rds, "RDS", "rds", &warnings);
        self.assert_like("RDS", "rds", &[], &self.source.like.content);
    }

    fn schema_and_data(&self) {
        wipe(self.target);
        let warnings = self.expected_warnings("SCHEMA");
        self.restore(&self.source.schema, "SCHEMA", NAME, &warnings);
        self.assert_globals_alike("SCHEMA");
        let warnings: Vec<_> = self.expected_warnings("DATA");
        // Its roles are there.
        let warnings: Vec<_> = warnings
            .into_iter()
            .filter(|word| *word != "PARAMETER")
            .collect();
        self.restore(&self.source.data, "DATA", NAME, &warnings);
        self.assert_like(
            "SCHEMA and DATA",
            NAME,
            &["--create"],
            &self.source.like.whole,
        );
    }

    fn cluster(&self) {
        wipe(self.target);
        let warnings = self.expected_warnings("CLUSTER");
        self.restore(&self.source.cluster, "CLUSTER", "", &warnings);
        self.assert_globals_alike("CLUSTER");
        self.assert_like("CLUSTER", NAME, &["--create"], &self.source.like.whole);
        self.assert_like("CLUSTER", SECOND, &["--create"], &self.source.like.second);
    }

    fn assert_globals_alike(&self, what: &str) {
        let (source, target) = self.majors();
        assert_alike(
            &format!("{what}: globals"),
            (&globals(self.target), target),
            (&self.source.like.globals, source),
        );
    }

    fn assert_like(&self, what: &str, name: &str, arguments: &[&str], original: &str) {
        let (source, target) = self.majors();
        assert_alike(
            what,
            (&database(self.target, name, arguments), target),
            (original, source),
        );
    }
}

/// Adds a line to the table that `cargo xtask test --matrix` shows.
pub(super) fn note(source: u32, target: u32, code: &str, outcome: &str) {
    let Some(path) = std::env::var_os("PGBACKMAN_TEST_MATRIX_TABLE") else {
        return;
    };
    // One write of one line: several tests add to the file.
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut table| {
            table.write_all(format!("{source}\t{target}\t{code}\t{outcome}\n").as_bytes())
        })
        .unwrap();
}

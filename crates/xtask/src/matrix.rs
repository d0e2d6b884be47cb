//! The tests of `--matrix`: the servers they need, and what came of them.

use std::path::Path;
use std::process::Command;

use crate::debian::newer_servers::{self, Absent};
use crate::process::run;
use crate::servers::server_releases;
use crate::task::{Result, TaskError};
use crate::version_table::{self, Table};

/// Sees to it that the servers of every release are there; returns those that cannot be had, which are of newer releases only.
///
/// # Errors
///
/// When an older one is not there and cannot be fetched, or does not run on this machine.
pub(crate) fn servers(offline: bool) -> Result<Vec<Absent>> {
    server_releases::ensure(offline)?;
    Ok(newer_servers::ensure(
        &server_releases::directory(),
        offline,
    ))
}

/// Runs the tests, shows their table in this directory, and says which releases were not there: then the matrix fails, too, and
/// what it says of the others stands.
///
/// # Errors
///
/// When a test fails, or a release is not there.
pub(crate) fn tests(tests: &mut Command, directory: &Path, absent: &[Absent]) -> Result<()> {
    let table = Table::begin(directory);
    let outcome = run(tests.env(version_table::VARIABLE, table.path()));
    table.show();
    verdict(outcome, absent)
}

fn verdict(outcome: Result<()>, absent: &[Absent]) -> Result<()> {
    if absent.is_empty() {
        return outcome;
    }
    let mut said: Vec<String> = absent
        .iter()
        .map(|Absent { major, reason }| {
            format!(
                "PostgreSQL {major} was not tested; its tests only fail for this reason: {reason}"
            )
        })
        .collect();
    if let Err(failed) = outcome {
        said.push(failed.to_string());
    }
    Err(TaskError::new(said.join("\n")))
}

#[cfg(test)]
mod tests_of_this {
    use super::*;

    #[test]
    fn a_release_that_is_not_there_fails_the_matrix_and_is_named() {
        assert!(verdict(Ok(()), &[]).is_ok());
        let absent = [Absent {
            major: "19",
            reason: TaskError::new("no network"),
        }];
        let error = verdict(Ok(()), &absent).unwrap_err().to_string();
        assert!(
            error.starts_with("PostgreSQL 19 was not tested") && error.ends_with("no network"),
            "{error}"
        );
    }
}

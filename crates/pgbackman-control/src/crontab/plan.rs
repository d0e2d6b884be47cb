//! From definitions to crontab lines: pure.

use std::path::Path;

use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::definition::BackupDefinition;
use pgbackman_core::domain::backup::dump_job::DumpJob;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::schedule::{Schedule, ScheduleError};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::sys::crontab::{DumpLineProblem, dump_line};
use thiserror::Error;

/// What all jobs of a backup server have in common; everything has passed the local trust boundaries.
#[derive(Debug, Clone, Copy)]
pub struct JobSettings<'a> {
    /// `pgbackman_dump`.
    pub program: &'a Path,
    /// The configuration control runs with.
    pub config: Option<&'a Path>,
    /// The server's `root_backup_partition`.
    pub root_backup_dir: &'a Path,
    /// Who runs the jobs; `None` in a user's own crontab.
    pub user: Option<&'a str>,
}

/// A node's crontab, and what is to be said at its definitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The lines of the definitions that can be scheduled, in order of ID.
    pub lines: Vec<String>,
    /// What has changed: why a definition cannot be scheduled, or that it can again.
    pub problems: Vec<(DefId, Option<String>)>,
    /// How many were left out.
    pub left_out: usize,
}

/// Why a definition has no line.
#[derive(Debug, Error)]
enum DefinitionProblem {
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error(transparent)]
    Line(#[from] DumpLineProblem),
    #[error("backup code {0} is not supported; update the definition to another code")]
    Code(BackupCode),
}

/// One line per definition; one that cron would refuse is left out, since it would make cron ignore the whole file
/// (trap 18).
pub fn plan(
    node: &PgsqlNode,
    definitions: &[BackupDefinition],
    settings: &JobSettings<'_>,
) -> Plan {
    let mut plan = Plan::default();
    for definition in definitions {
        let problem = match line(node, definition, settings) {
            Ok(line) => {
                plan.lines.push(line);
                None
            }
            Err(problem) => {
                plan.left_out += 1;
                Some(format!("not in the crontab: {problem}"))
            }
        };
        if problem != definition.problem {
            plan.problems.push((definition.id, problem));
        }
    }
    plan
}

fn line(
    node: &PgsqlNode,
    definition: &BackupDefinition,
    settings: &JobSettings<'_>,
) -> Result<String, DefinitionProblem> {
    if definition.code == BackupCode::Config {
        return Err(DefinitionProblem::Code(definition.code));
    }
    let schedule = Schedule::parse(definition.cron_fields.each_ref().map(String::as_str))?;
    let job = DumpJob {
        program: settings.program,
        config: settings.config,
        node,
        origin: BackupOrigin::Definition(definition.id),
        dbname: &definition.dbname,
        code: definition.code,
        encryption: definition.encryption,
        root_backup_dir: settings.root_backup_dir,
        extra_parameters: &definition.extra_parameters,
        pg_dump_release: None,
        requested: None,
    };
    Ok(dump_line(&job, &schedule, settings.user)?)
}

#[cfg(test)]
mod tests {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::{TimeVal, TimeValLike as _};

    use super::*;
    use crate::test_values::{definition, node};

    fn settings() -> JobSettings<'static> {
        JobSettings {
            program: Path::new("/usr/bin/pgbackman_dump"),
            config: None,
            root_backup_dir: Path::new("/srv/pgbackman"),
            user: Some("pgbackman"),
        }
    }

    #[test]
    fn trap_18_one_bad_definition_is_left_out_and_says_why() {
        let mut bad_field = definition(2);
        bad_field.cron_fields[0] = "99 77 foo".to_owned();
        let mut newline = definition(3);
        newline.cron_fields[4] = "*\n* * * * * root touch /x".to_owned();
        let mut too_long = definition(4);
        too_long.extra_parameters = "-t x ".repeat(300);
        let mut config = definition(5);
        config.code = BackupCode::Config;
        let all = [
            definition(1),
            bad_field,
            newline,
            too_long,
            config,
            definition(6),
        ];
        let plan = plan(&node(1), &all, &settings());
        assert_eq!((plan.lines.len(), plan.left_out), (2, 4));
        assert!(plan.lines[0].contains("--def-id 1 ") && plan.lines[1].contains("--def-id 6 "));
        assert!(
            plan.lines
                .iter()
                .all(|line| line.matches('\n').count() == 1 && line.ends_with('\n'))
        );
        let said: Vec<i64> = plan.problems.iter().map(|(id, _)| id.get()).collect();
        assert_eq!(said, [2, 3, 4, 5]);
        let texts: Vec<&str> = plan
            .problems
            .iter()
            .filter_map(|(_, text)| text.as_deref())
            .collect();
        assert!(
            texts[0].contains("99 77 foo") && texts[2].contains("998"),
            "{texts:?}"
        );
    }

    #[test]
    fn only_what_has_changed_is_said_again() {
        let mut bad = definition(1);
        bad.cron_fields[0] = "x".to_owned();
        let first = plan(&node(1), std::slice::from_ref(&bad), &settings());
        bad.problem.clone_from(&first.problems[0].1);
        assert_eq!(
            plan(&node(1), std::slice::from_ref(&bad), &settings()).problems,
            []
        );
        bad.cron_fields[0] = "0".to_owned();
        assert_eq!(
            plan(&node(1), &[bad], &settings()).problems,
            [(DefId::new(1), None)]
        );
    }

    #[test]
    fn trap_29c_a_code_without_a_program_has_no_line_and_encryption_is_passed_on() {
        let mut encrypted = definition(1);
        encrypted.encryption = true;
        let plan = plan(&node(1), &[encrypted], &settings());
        assert!(plan.lines[0].contains("--encryption true"));
    }

    /// What a plan of so many definitions costs this thread, whatever else the machine does; the least of some.
    fn processor_time(definitions: i64, times: usize) -> TimeVal {
        let definitions: Vec<BackupDefinition> = (1..=definitions).map(definition).collect();
        let used = || {
            getrusage(UsageWho::RUSAGE_THREAD)
                .expect("a thread may ask for its own usage")
                .user_time()
        };
        (0..times)
            .map(|_| {
                let before = used();
                let plan = plan(&node(1), &definitions, &settings());
                assert_eq!(plan.lines.len(), definitions.len());
                used() - before
            })
            .min()
            .expect("one at least")
    }

    #[test]
    fn trap_24_ten_thousand_definitions_take_linear_time() {
        let (few, many) = (processor_time(1_000, 3), processor_time(10_000, 1));
        // Ten times as much if it is linear, a hundred times if every line looks at all the others.
        assert!(
            many.num_microseconds() < 40 * few.num_microseconds(),
            "{few} for 1 000, {many} for 10 000"
        );
    }
}

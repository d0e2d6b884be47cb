//! The line of a backup definition: of the forms that say the same, the one that most crons read alike.

use thiserror::Error;

use super::line::{JobLine, LineProblem, job_line};
use crate::domain::backup::dump_flags::CRON_SCHEDULE;
use crate::domain::backup::dump_job::DumpJob;
use crate::domain::schedule::Schedule;
use crate::domain::text::flags::UnusableArgument;

/// Why a definition has no line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DumpLineProblem {
    /// A value that no command line can carry.
    #[error(transparent)]
    Argument(#[from] UnusableArgument),
    /// A line that cron would refuse.
    #[error(transparent)]
    Line(#[from] LineProblem),
}

/// The line that runs a definition's job, with its schedule for the job's own use and without a `%` in its values. A command that is
/// too long for cron like that is written without the schedule, and then with the `%`, which takes less room: no definition loses
/// its line for them.
///
/// # Errors
/// When there is no line for the job that cron takes.
pub fn dump_line(
    job: &DumpJob<'_>,
    schedule: &Schedule,
    user: Option<&str>,
) -> Result<String, DumpLineProblem> {
    let line = |argv: &[String]| {
        job_line(&JobLine {
            schedule,
            user,
            argv,
        })
    };
    let plain = job.argv_without_percent_signs()?;
    let mut whole = plain.clone();
    whole.extend([CRON_SCHEDULE.name().to_owned(), schedule.in_numbers()]);
    for argv in [whole, plain] {
        match line(&argv) {
            Err(LineProblem::TooLong { .. }) => {}
            written => return Ok(written?),
        }
    }
    Ok(line(&job.argv()?)?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::LONGEST_COMMAND;
    use super::*;
    use crate::domain::backup::BackupOrigin;
    use crate::domain::ids::{DefId, NodeId};
    use crate::domain::node::PgsqlNode;
    use crate::domain::status::{BackupCode, ServerStatus};

    fn line(dbname: &str, extra_parameters: &str) -> Result<String, DumpLineProblem> {
        let node = PgsqlNode {
            id: NodeId::new(1),
            hostname: "node1".to_owned(),
            domain: "example.org".to_owned(),
            port: 5432,
            admin_user: "postgres".to_owned(),
            status: ServerStatus::Running,
            remarks: String::new(),
            system_identifier: None,
            window_until: None,
        };
        let job = DumpJob {
            program: Path::new("/usr/bin/pgbackman_dump"),
            config: None,
            node: &node,
            origin: BackupOrigin::Definition(DefId::new(1)),
            dbname,
            code: BackupCode::Full,
            encryption: false,
            root_backup_dir: Path::new("/srv/pgbackman"),
            extra_parameters,
            pg_dump_release: None,
            requested: None,
        };
        let schedule = Schedule::parse(["1", "2", "*", "*", "sun"]).unwrap();
        dump_line(&job, &schedule, Some("pgbackman"))
    }

    #[test]
    fn c9_no_value_has_a_percent_sign() {
        let line = line("100%", "-T 'a%'").unwrap();
        assert!(line.starts_with("1 2 * * 0 pgbackman "), "{line}");
        assert!(line.contains(" --dbname-encoded=100=25 "), "{line}");
        assert!(line.ends_with(" --cron-schedule '1 2 * * 0'\n"), "{line}");
        assert!(!line.contains('%'), "{line}");
    }

    #[test]
    fn c9_a_long_line_that_had_room_before_still_has() {
        let words = |count: usize| "-T é".repeat(count);
        let fits = (1..400)
            .rev()
            .find(|count| line("50%", &words(*count)).is_ok())
            .unwrap();
        let written = line("50%", &words(fits)).unwrap();
        assert!(!written.contains("--cron-schedule"), "{written}");
        assert!(written.len() > LONGEST_COMMAND - 20, "{}", written.len());
        let extra = format!("{}%", words(fits - 2));
        assert!(line("shop", &extra).unwrap().contains(r"\%'"));
    }

    #[test]
    fn trap_18_what_no_form_makes_short_enough_is_refused() {
        assert!(matches!(
            line("100%", &"-T x ".repeat(300)),
            Err(DumpLineProblem::Line(LineProblem::TooLong { .. }))
        ));
    }
}

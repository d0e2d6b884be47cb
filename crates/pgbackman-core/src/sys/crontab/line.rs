//! One job's line.

use thiserror::Error;

use super::quote::cron_word;
use crate::domain::schedule::Schedule;

/// The longest command cron 3.0pl1 reads, in bytes (`MAX_COMMAND` less its end; measured: 998 run, 999 make cron ignore
/// the whole file; trap 18). It counts what is in the file, escapes included.
pub const LONGEST_COMMAND: usize = 998;

/// A job as cron is to run it.
#[derive(Debug, Clone, Copy)]
pub struct JobLine<'a> {
    /// When.
    pub schedule: &'a Schedule,
    /// As whom; `None` in a user's own crontab, which has no such column.
    pub user: Option<&'a str>,
    /// The program and its arguments.
    pub argv: &'a [String],
}

/// Why a job cannot become a line that cron accepts. The texts are shown at the definition.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineProblem {
    /// The command is longer than cron reads.
    #[error(
        "the command would be {length} bytes long, but cron ignores a crontab with a command of more than \
         {LONGEST_COMMAND}; shorten the extra parameters or the paths"
    )]
    TooLong {
        /// Bytes of the command after quoting.
        length: usize,
    },
    /// A character that would end the line or change what cron reads.
    #[error("{value:?} contains a control character, and cannot be written to a crontab")]
    ControlCharacter {
        /// The word it is in.
        value: String,
    },
    /// The user column would be read as something else.
    #[error("{user:?} cannot be written to a crontab as a user name")]
    User {
        /// The name as configured.
        user: String,
    },
    /// There is nothing to run.
    #[error("the command is empty")]
    Empty,
}

/// The line of a job, with its newline (cron ignores a last line without one: trap 19). Its schedule has numbers only.
pub fn job_line(job: &JobLine<'_>) -> Result<String, LineProblem> {
    let command = command(job.argv)?;
    let schedule = job.schedule.in_numbers();
    Ok(match job.user {
        Some(user) => format!("{schedule} {} {command}\n", check_user(user)?),
        None => format!("{schedule} {command}\n"),
    })
}

fn command(argv: &[String]) -> Result<String, LineProblem> {
    if argv.is_empty() {
        return Err(LineProblem::Empty);
    }
    if let Some(value) = argv
        .iter()
        .find(|value| value.chars().any(char::is_control))
    {
        return Err(LineProblem::ControlCharacter {
            value: value.clone(),
        });
    }
    let command = argv
        .iter()
        .map(|value| cron_word(value))
        .collect::<Vec<_>>()
        .join(" ");
    match command.len() {
        length if length > LONGEST_COMMAND => Err(LineProblem::TooLong { length }),
        _ => Ok(command),
    }
}

/// The characters that account names may have on Debian and Red Hat; none of them means anything to cron.
fn check_user(user: &str) -> Result<&str, LineProblem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$".contains(&byte);
    if user.is_empty() || user.starts_with('-') || !user.bytes().all(allowed) {
        return Err(LineProblem::User {
            user: user.to_owned(),
        });
    }
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(user: Option<&str>, argv: &[&str]) -> Result<String, LineProblem> {
        let schedule = Schedule::parse(["30", "4", "*", "*", "1-5"]).unwrap();
        let argv: Vec<String> = argv.iter().map(|&word| word.to_owned()).collect();
        job_line(&JobLine {
            schedule: &schedule,
            user,
            argv: &argv,
        })
    }

    #[test]
    fn a_line_has_five_fields_user_and_command() {
        let words = ["/usr/bin/pgbackman_dump", "--dbname", "my db"];
        assert_eq!(
            line(Some("pgbackman"), &words).unwrap(),
            "30 4 * * 1-5 pgbackman /usr/bin/pgbackman_dump --dbname 'my db'\n"
        );
        assert_eq!(
            line(None, &words).unwrap(),
            "30 4 * * 1-5 /usr/bin/pgbackman_dump --dbname 'my db'\n"
        );
    }

    #[test]
    fn c9_the_schedule_of_a_line_has_numbers_only() {
        let schedule = Schedule::parse(["0", "2", "13", "nov-DEC", "sun,fri"]).unwrap();
        let job = JobLine {
            schedule: &schedule,
            user: None,
            argv: &["/p".to_owned()],
        };
        assert_eq!(job_line(&job).unwrap(), "0 2 13 11-12 0,5 /p\n");
        assert_eq!(schedule.fields()[3], "nov-DEC");
    }

    #[test]
    fn trap_18_a_command_over_998_bytes_is_refused_as_cron_counts_it() {
        let rest = LONGEST_COMMAND - "/p ".len();
        assert!(line(None, &["/p", &"x".repeat(rest)]).is_ok());
        assert_eq!(
            line(None, &["/p", &"x".repeat(rest + 1)]),
            Err(LineProblem::TooLong { length: 999 })
        );
        // Every % takes two bytes and every quote four, and the whole is in quotes.
        assert!(line(None, &["/p", &"%".repeat((rest - 2) / 2)]).is_ok());
        assert!(line(None, &["/p", &"%".repeat((rest - 2) / 2 + 1)]).is_err());
        // Bytes, not characters.
        assert!(line(None, &["/p", &"€".repeat(400)]).is_err());
    }

    #[test]
    fn trap_16_a_newline_never_becomes_a_line() {
        for value in ["a\nb", "a\rb", "a\tb", "a\u{85}b", "\u{7f}", "\0"] {
            assert_eq!(
                line(None, &["/p", value]),
                Err(LineProblem::ControlCharacter {
                    value: value.to_owned()
                })
            );
        }
    }

    #[test]
    fn a_user_name_is_one_plain_word() {
        for user in ["", "root x", "-x", "a\nb", "ro'ot", "a%b"] {
            assert_eq!(
                line(Some(user), &["/p"]),
                Err(LineProblem::User {
                    user: user.to_owned()
                })
            );
        }
        assert_eq!(line(None, &[]), Err(LineProblem::Empty));
    }
}

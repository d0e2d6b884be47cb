//! The text of a job: what the shell that `atd` starts is given to read.

use std::path::Path;

use thiserror::Error;

use super::marker::Marker;
use crate::domain::text::words;

/// The longest argument that Linux lets a program have, in bytes (`MAX_ARG_STRLEN` less its end; execve(2)).
pub const LONGEST_ARGUMENT: usize = 131_071;

/// What the program finds around it: as much as a job of cron's (trap 20).
#[derive(Debug, Clone, Copy)]
pub struct JobEnvironment<'a> {
    /// Login name of the account the program runs as.
    pub user: &'a str,
    /// Its home directory.
    pub home: &'a Path,
}

/// Why a job has no text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScriptProblem {
    /// A NUL ends an argument.
    #[error("{value:?} contains a NUL character, which is not allowed in an argument")]
    Nul {
        /// The word it is in.
        value: String,
    },
    /// Linux would refuse to start the program.
    #[error(
        "an argument would be {length} bytes long, but the system allows at most {LONGEST_ARGUMENT}; shorten the extra \
         parameters"
    )]
    TooLong {
        /// Bytes of the argument.
        length: usize,
    },
    /// A path that is not UTF-8.
    #[error("the home directory {path:?} is not UTF-8")]
    NotText {
        /// The path, as far as it can be shown.
        path: String,
    },
    /// There is nothing to run.
    #[error("the command is empty")]
    Empty,
}

/// The text of a job that runs `argv` in place of the shell.
///
/// The zone of time in which the job was submitted is not the program's, so `TZ` goes. The command stands between braces,
/// and the marker in the last line: of a text that was cut off on its way the shell runs nothing, and nobody takes it for
/// a whole one. Nothing is left to read on standard input, which is this text.
pub fn script(
    argv: &[String],
    environment: &JobEnvironment<'_>,
    marker: &Marker,
) -> Result<String, ScriptProblem> {
    if argv.is_empty() {
        return Err(ScriptProblem::Empty);
    }
    let home = environment
        .home
        .to_str()
        .ok_or_else(|| ScriptProblem::NotText {
            path: environment.home.to_string_lossy().into_owned(),
        })?;
    let command = argv
        .iter()
        .map(|word| sh_word(word))
        .collect::<Result<Vec<_>, _>>()?
        .join(" ");
    let (home, user) = (sh_word(home)?, sh_word(environment.user)?);
    Ok(format!(
        "# Made by pgbackman_control, which looks after it: delete the definition instead of this job.\n\
         {{\n\
         unset TZ\n\
         umask 077\n\
         PATH=/usr/bin:/bin HOME={home} LOGNAME={user} SHELL=/bin/sh\n\
         export PATH HOME LOGNAME SHELL\n\
         exec {command} </dev/null\n\
         }}\n\
         {marker}\n"
    ))
}

/// Writes `value` so that a POSIX shell reads exactly it as one word.
///
/// # Errors
/// For a NUL, and for more than [`LONGEST_ARGUMENT`].
pub fn sh_word(value: &str) -> Result<String, ScriptProblem> {
    if value.contains('\0') {
        return Err(ScriptProblem::Nul {
            value: value.to_owned(),
        });
    }
    if value.len() > LONGEST_ARGUMENT {
        return Err(ScriptProblem::TooLong {
            length: value.len(),
        });
    }
    Ok(words::quote(value, is_plain))
}

/// Characters that mean nothing to a shell, at any place of a word.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:,@+%".contains(character)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;

    use super::super::marker::AtJob;
    use super::*;
    use crate::domain::ids::{ServerId, SnapshotId};

    const HOSTILE: [&str; 28] = [
        "shop",
        "",
        "Orders",
        "my db",
        "o'brien",
        "''",
        "'",
        "say \"hi\"",
        r"back\slash",
        r"\",
        r"\'",
        "100%",
        "a\nb",
        "\n",
        "a\r\n\tb",
        "inj$(touch /x)",
        "c;id>/x;#",
        "$HOME",
        "a$x",
        "$$",
        "`id`",
        "-leading",
        "~root",
        "*?[a]{b,c}",
        "a=b",
        "!x",
        "\u{7f}\u{1b}[0m",
        "žluťoučký kůň €\u{202e}",
    ];

    fn text(argv: &[String]) -> String {
        let environment = JobEnvironment {
            user: "o'pgbackman $(id)",
            home: Path::new("/srv/with space"),
        };
        let marker =
            Marker::new("c", ServerId::new(1), AtJob::Snapshot(SnapshotId::new(1))).unwrap();
        script(argv, &environment, &marker).unwrap()
    }

    /// What a shell that reads the text on standard input, as atd's does, makes of it.
    fn run(shell: &str, text: &str) -> Vec<u8> {
        let mut child = Command::new(shell)
            .env_clear()
            .env("TZ", "UTC0")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap().stdout
    }

    fn seen(shell: &str, values: &[String]) -> Vec<String> {
        let mut argv = vec!["printf".to_owned(), r"%s\0".to_owned(), "first".to_owned()];
        argv.extend_from_slice(values);
        let output = String::from_utf8(run(shell, &text(&argv))).unwrap();
        output
            .split_terminator('\0')
            .skip(1)
            .map(str::to_owned)
            .collect()
    }

    fn owned(values: &[&str]) -> Vec<String> {
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[test]
    fn trap_14_hostile_values_reach_the_program_as_one_argument() {
        for shell in ["/bin/sh", "/bin/bash"] {
            assert_eq!(seen(shell, &owned(&HOSTILE)), HOSTILE, "{shell}");
        }
    }

    #[test]
    fn trap_22_the_program_finds_the_surroundings_of_a_job_and_nothing_of_the_submitters() {
        let environment = String::from_utf8(run("/bin/sh", &text(&owned(&["env"])))).unwrap();
        let mut lines: Vec<&str> = environment.lines().collect();
        lines.retain(|line| !line.starts_with("PWD=") && !line.starts_with("OLDPWD="));
        lines.sort_unstable();
        assert_eq!(
            lines,
            [
                "HOME=/srv/with space",
                "LOGNAME=o'pgbackman $(id)",
                "PATH=/usr/bin:/bin",
                "SHELL=/bin/sh"
            ]
        );
        assert_eq!(
            run("/bin/sh", &text(&owned(&["cat"]))),
            b"",
            "the text is not its input"
        );
    }

    #[test]
    fn of_a_text_that_was_cut_off_nothing_is_run() {
        let whole = text(&owned(&["printf", "%s", "a b", "c", "-d"]));
        assert_eq!(run("/bin/sh", &whole), b"a bc-d");
        let end = whole.rfind("}\n").unwrap();
        for cut in (0..=end).filter(|cut| whole.is_char_boundary(*cut)) {
            assert_eq!(run("/bin/sh", &whole[..cut]), b"", "{}", &whole[..cut]);
            assert_eq!(Marker::find(&whole[..cut]), None);
        }
        assert!(Marker::find(&whole).is_some());
    }

    #[test]
    fn what_no_argument_can_hold_is_refused() {
        assert!(matches!(sh_word("a\0b"), Err(ScriptProblem::Nul { .. })));
        assert!(sh_word(&"x".repeat(LONGEST_ARGUMENT)).is_ok());
        assert!(matches!(
            sh_word(&"x".repeat(LONGEST_ARGUMENT + 1)),
            Err(ScriptProblem::TooLong { length: 131_072 })
        ));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Batches of values, because starting a shell is what costs here.
        #[test]
        fn trap_14_any_values_reach_the_program_unchanged(
            values in proptest::collection::vec(
                prop_oneof![
                    proptest::string::string_regex("[\\\\%'\"$`;&|\n\r a(){}#~-]{0,12}").unwrap(),
                    proptest::string::string_regex(r"[^\x00]{0,20}").unwrap(),
                ],
                0..40,
            )
        ) {
            prop_assert_eq!(&seen("/bin/sh", &values), &values);
        }

        #[test]
        fn a_marker_inside_a_value_is_not_the_jobs(id in 2i64..1000, before in "[^\\x00]{0,10}") {
            let forged = Marker::new("c", ServerId::new(1), AtJob::Snapshot(SnapshotId::new(id))).unwrap();
            let value = format!("{before}\n{forged}\n");
            let found = Marker::find(&text(&[value]));
            prop_assert_eq!(found.map(|marker| marker.job()), Some(AtJob::Snapshot(SnapshotId::new(1))));
        }
    }
}

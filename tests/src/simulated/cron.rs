//! What Debian's cron 3.0pl1 makes of a directory of crontabs at a minute (crontab(5), and traps 18 to 21): the one place
//! where the tests say it. Written from its documentation and from what was measured with the real one (`tests/it/cron`), not
//! from the code that writes the crontabs.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};

use super::NOW;

/// A line of a crontab in `/etc/cron.d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    fields: [Field; 5],
    /// Who runs it.
    pub user: String,
    /// What the shell is given.
    pub command: String,
    /// The variables that stand above it.
    pub environment: Vec<(String, String)>,
}

/// The values that a field allows, and whether it begins with `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    allowed: Vec<u32>,
    star: bool,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The jobs that cron would start at a minute, in the order of the files' names and lines.
///
/// # Panics
/// When cron would ignore a file whole: no file that control has written may be like that.
pub fn due(directory: &Path, now: DateTime<Utc>) -> Vec<Job> {
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let jobs = files
        .iter()
        .filter(|path| has_a_name_for_cron(path))
        .flat_map(|path| {
            let meta = fs::symlink_metadata(path).unwrap();
            let safe = meta.is_file()
                && meta.uid() == 0
                && meta.nlink() == 1
                && meta.permissions().mode() & 0o022 == 0;
            assert!(safe, "cron ignores {}: {meta:?}", path.display());
            read(&fs::read_to_string(path).unwrap())
                .unwrap_or_else(|reason| panic!("cron ignores {}: {reason}", path.display()))
        });
    jobs.filter(|job| job.is_due(now)).collect()
}

fn has_a_name_for_cron(path: &Path) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.chars().all(allowed))
}

/// Reads a crontab.
///
/// # Errors
/// Why cron ignores it whole.
pub fn read(text: &str) -> Result<Vec<Job>, String> {
    if !text.is_empty() && !text.ends_with('\n') {
        return Err("the last line has no end".to_owned());
    }
    let (mut jobs, mut environment) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let line = line.trim_start_matches([' ', '\t']);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((name, value)) = assignment(line) {
            environment.retain(|(known, _)| *known != name);
            environment.push((name, value));
            continue;
        }
        jobs.push(job(line, &environment).ok_or_else(|| format!("bad line: {line}"))?);
    }
    Ok(jobs)
}

/// `NAME = value`, the value possibly in quotes; a line of a job has no `=` before its first blank field.
fn assignment(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return None;
    }
    let value = value.trim();
    let unquoted = ['"', '\''].iter().find_map(|quote| {
        value
            .strip_prefix(*quote)
            .and_then(|rest| rest.strip_suffix(*quote))
    });
    Some((name.to_owned(), unquoted.unwrap_or(value).to_owned()))
}

fn job(line: &str, environment: &[(String, String)]) -> Option<Job> {
    let mut rest = line;
    let mut word = || {
        let (word, more) = rest.split_once([' ', '\t'])?;
        rest = more.trim_start_matches([' ', '\t']);
        Some(word.to_owned())
    };
    let fields = [
        field(&word()?, 0, 59, &[])?,
        field(&word()?, 0, 23, &[])?,
        field(&word()?, 1, 31, &[])?,
        field(&word()?, 1, 12, &MONTHS)?,
        weekdays(&word()?)?,
    ];
    let user = word()?;
    // Measured: a command of more than 998 characters makes the file useless.
    (!rest.is_empty() && rest.len() <= 998).then(|| Job {
        fields,
        user,
        command: for_the_shell(rest),
        environment: environment.to_vec(),
    })
}

/// Sunday is 0 and 7.
fn weekdays(text: &str) -> Option<Field> {
    let mut days = field(text, 0, 7, &DAYS)?;
    if days.allowed.contains(&7) {
        days.allowed.push(0);
    }
    Some(days)
}

/// Lists of values, ranges and `*`, each of the last two with a step; names stand for numbers.
fn field(text: &str, low: u32, high: u32, names: &[&str]) -> Option<Field> {
    // Months are counted from one, days of the week from nought.
    let first = u32::from(names.len() == MONTHS.len());
    let number = |text: &str| -> Option<u32> {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(text));
        let value = match named {
            Some(place) => u32::try_from(place).ok()? + first,
            None => text.parse().ok()?,
        };
        (low..=high).contains(&value).then_some(value)
    };
    let mut allowed = Vec::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (low, high),
            Some((from, to)) => (number(from)?, number(to)?),
            // A step needs a range.
            None if part.contains('/') => return None,
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        allowed.extend((from..=to).step_by(usize::try_from(step).ok()?));
    }
    Some(Field {
        allowed,
        star: text.starts_with('*'),
    })
}

/// An unescaped `%` ends the command; `\%` and `\\` lose their backslash.
fn for_the_shell(text: &str) -> String {
    let mut command = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '%' => break,
            '\\' => match characters.next() {
                Some(escaped @ ('%' | '\\')) => command.push(escaped),
                Some(other) => command.extend(['\\', other]),
                None => command.push('\\'),
            },
            c => command.push(c),
        }
    }
    command
}

impl Job {
    /// Whether cron starts it in this minute: of day of month and day of week either is enough, unless one begins with `*`.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let values = [
            now.minute(),
            now.hour(),
            now.day(),
            now.month(),
            now.weekday().num_days_from_sunday(),
        ];
        let hit: Vec<bool> = self
            .fields
            .iter()
            .zip(values)
            .map(|(field, value)| field.allowed.contains(&value))
            .collect();
        let day = if self.fields[2].star || self.fields[4].star {
            hit[2] && hit[4]
        } else {
            hit[2] || hit[4]
        };
        hit[0] && hit[1] && hit[3] && day
    }

    /// What cron runs, to be entered as its user: the shell with the variables of the crontab and those of the account, and
    /// the time.
    pub fn command(&self, home: &Path, now: DateTime<Utc>) -> Command {
        let mut command = Command::new("env");
        command.arg("-i").current_dir(home);
        let mut shell = "/bin/sh";
        for (name, value) in [
            ("HOME", home.to_str().expect("a path of the tests")),
            ("LOGNAME", &self.user),
            ("PATH", "/usr/bin:/bin"),
            ("SHELL", "/bin/sh"),
            (NOW, &now.to_rfc3339()),
        ] {
            command.arg(format!("{name}={value}"));
        }
        for (name, value) in &self.environment {
            if name == "SHELL" {
                shell = value;
            }
            command.arg(format!("{name}={value}"));
        }
        command.args([shell, "-c", &self.command]);
        command
    }

    /// The number behind `--def-id`.
    pub fn definition(&self) -> Option<i64> {
        let (_, behind) = self.command.split_once("--def-id ")?;
        let number = behind.split(' ').next()?;
        number.trim_matches('\'').parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;

    fn is_due(fields: &str, day: u32, hour: u32, minute: u32) -> bool {
        let jobs = read(&format!("{fields} nobody true\n")).unwrap();
        jobs[0].is_due(
            Utc.with_ymd_and_hms(2028, 12, day, hour, minute, 0)
                .unwrap(),
        )
    }

    #[test]
    fn trap_21_of_two_restricted_days_either_is_enough() {
        // The 31st of December 2028 is a Sunday.
        for (fields, on_30, on_31) in [
            ("5 4 * * *", true, true),
            ("5 4 30 * 0", true, true),
            ("5 4 30 * 7", true, true),
            ("5 4 * * sun", false, true),
            ("5 4 */2 * mon-sat", false, false),
            ("5 4 29-30 dec *", true, false),
            ("5 4 31 1 *", false, false),
        ] {
            assert_eq!(is_due(fields, 30, 4, 5), on_30, "{fields}");
            assert_eq!(is_due(fields, 31, 4, 5), on_31, "{fields}");
        }
        assert!(is_due("1-59/20,7 3 * * *", 30, 3, 41) && !is_due("1-59/20,7 3 * * *", 30, 3, 40));
    }

    #[test]
    fn trap_18_what_cron_refuses_makes_the_file_useless() {
        for bad in [
            "5/15 * * * *",
            "60 * * * *",
            "* * * * mo",
            "9-5 * * * *",
            "* * * *",
        ] {
            assert!(read(&format!("{bad} nobody true\n")).is_err(), "{bad}");
        }
        assert!(read("* * * * * nobody true").is_err());
        assert!(read(&format!("* * * * * nobody {}\n", "x".repeat(999))).is_err());
    }

    #[test]
    fn trap_19_percent_signs_and_variables() {
        let jobs = read("# x\nMAILTO=\"a@b\"\n* * * * * me a\\%b \\\\ c%input\n").unwrap();
        assert_eq!(jobs[0].command, "a%b \\ c");
        assert_eq!(jobs[0].user, "me");
        assert_eq!(
            jobs[0].environment,
            [("MAILTO".to_owned(), "a@b".to_owned())]
        );
    }
}

//! The line of a check: status, what is wrong, performance data. Whatever a database is called, it is one line, and the
//! first `|` in it is ours.

use std::fmt;
use std::fmt::Write as _;

use super::{Level, Pair};

/// So many problems are named; monitoring systems cut long lines.
const NAMED: usize = 5;
/// No problem is longer, in characters.
const LONGEST: usize = 200;

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measured {
    /// Without limits.
    Plain,
    /// More is worse.
    More(Pair),
    /// The same, in seconds.
    Seconds(Pair),
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    problems: Vec<(Level, String)>,
    performance: String,
    /// Definitions that cron runs.
    pub(super) scheduled: usize,
    /// Definitions that it does not.
    pub(super) stopped: usize,
}

impl Verdict {
    /// Nothing can be said, for this reason.
    pub fn unknown(reason: &str) -> Self {
        Self {
            problems: vec![(Level::Unknown, reason.to_owned())],
            ..Self::default()
        }
    }

    /// The worst of it.
    pub fn level(&self) -> Level {
        let levels = self.problems.iter().map(|(level, _)| *level);
        levels.max().unwrap_or(Level::Ok)
    }

    pub(super) fn add(&mut self, level: Level, problem: &str) {
        self.problems.push((level, problem.to_owned()));
    }

    pub(super) fn measure(&mut self, label: &str, value: u64, measured: Measured) {
        let (unit, limits) = match measured {
            Measured::Plain => ("", Pair::default()),
            Measured::More(limits) => ("", limits),
            Measured::Seconds(limits) => ("s", limits),
        };
        // A plain number as a range means more than it; ours are from it on.
        let limit = |limit: Option<u64>| {
            limit.map_or_else(String::new, |limit| limit.saturating_sub(1).to_string())
        };
        let (warning, critical) = (limit(limits.warning), limit(limits.critical));
        // Writing to a String cannot fail.
        let _ = write!(
            self.performance,
            " {label}={value}{unit};{warning};{critical};0"
        );
    }

    pub(super) fn measure_percent(&mut self, label: &str, value: f64, limits: Pair) {
        let limit =
            |limit: Option<u64>| limit.map_or_else(String::new, |limit| format!("{limit}:"));
        let (warning, critical) = (limit(limits.warning), limit(limits.critical));
        let _ = write!(
            self.performance,
            " {label}={value:.1}%;{warning};{critical};0;100"
        );
    }

    fn text(&self) -> String {
        if self.problems.is_empty() {
            let stopped = match self.stopped {
                0 => String::new(),
                stopped => format!(", {stopped} stopped"),
            };
            return format!(
                "{} backup definitions are as they should be{stopped}",
                self.scheduled
            );
        }
        let mut problems: Vec<&(Level, String)> = self.problems.iter().collect();
        // What is worse comes first; otherwise the order stays.
        problems.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
        let mut named: Vec<String> = problems
            .iter()
            .take(NAMED)
            .map(|(_, text)| harmless(text))
            .collect();
        if problems.len() > NAMED {
            named.push(format!("and {} more", problems.len() - NAMED));
        }
        named.join("; ")
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PGBACKMAN {} - {}", self.level().as_str(), self.text())?;
        if self.performance.is_empty() {
            Ok(())
        } else {
            write!(f, " |{}", self.performance)
        }
    }
}

/// Names as they may be: nothing that ends the line or begins the performance data, nothing that controls a terminal.
fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for (number, character) in text.chars().enumerate() {
        if number >= LONGEST {
            shown.push('…');
            break;
        }
        match character {
            '|' => shown.push_str("\\x7c"),
            // Those that separate lines without being control characters too.
            '\u{2028}' | '\u{2029}' => shown.extend(character.escape_unicode()),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_worst_comes_first_and_many_are_counted() {
        let mut verdict = Verdict::default();
        for number in 0..5 {
            verdict.add(Level::Warning, &format!("w{number}"));
        }
        verdict.add(Level::Critical, "c");
        verdict.measure("missed", 2, Measured::More(Pair::new(1, 2)));
        verdict.measure_percent("free", 42.25, Pair::new(10, 5));
        assert_eq!(
            verdict.to_string(),
            "PGBACKMAN CRITICAL - c; w0; w1; w2; w3; and 1 more | missed=2;0;1;0 free=42.2%;10:;5:;0;100"
        );
        assert_eq!(verdict.level() as u8, 2);
    }

    #[test]
    fn without_problems_it_says_how_much_it_looked_at() {
        let verdict = Verdict {
            scheduled: 3,
            stopped: 1,
            ..Verdict::default()
        };
        assert_eq!(
            verdict.to_string(),
            "PGBACKMAN OK - 3 backup definitions are as they should be, 1 stopped"
        );
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_line_or_the_performance_data(name in ".*") {
            let mut verdict = Verdict::default();
            verdict.add(Level::Critical, &name);
            verdict.measure("missed", 1, Measured::Plain);
            let line = verdict.to_string();
            prop_assert_eq!(line.matches('|').count(), 1, "{}", line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
            prop_assert!(line.ends_with("| missed=1;;;0"), "{:?}", line);
        }
    }
}

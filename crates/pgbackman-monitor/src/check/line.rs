//! The line of a check: status, problems, performance data. Whatever a database is called, the result is one line,
//! and its first `|` is ours.

use std::fmt;

use pgbackman_core::catalogue::attention::{Concern, Judgement, Level, Measure, Measured};

/// Maximum number of problems named in the line; monitoring systems cut long lines.
const NAMED: usize = 5;
/// The maximum length of a problem, in characters.
const LONGEST: usize = 200;

/// The result of a check.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The judgement.
    Judged(Judgement),
    /// Nothing could be checked, for this reason.
    Unknown(String),
}

impl Verdict {
    /// The worst level.
    pub fn level(&self) -> Level {
        match self {
            Self::Judged(judgement) => judgement.level(),
            Self::Unknown(_) => Level::Unknown,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PGBACKMAN {} - ", self.level().as_str())?;
        match self {
            Self::Unknown(reason) => f.write_str(&harmless(reason)),
            Self::Judged(judgement) => {
                f.write_str(&text(judgement))?;
                if !judgement.measures.is_empty() {
                    f.write_str(" |")?;
                }
                judgement
                    .measures
                    .iter()
                    .try_for_each(|measure| performance(measure, f))
            }
        }
    }
}

fn text(judgement: &Judgement) -> String {
    let mut text = state(judgement);
    for window in judgement.windows.iter().take(NAMED) {
        text.push_str("; ");
        text.push_str(&harmless(&window.to_string()));
    }
    text
}

/// What is wrong, or how much is not.
fn state(judgement: &Judgement) -> String {
    if judgement.concerns.is_empty() {
        let stopped = match judgement.stopped {
            0 => String::new(),
            stopped => format!(", {stopped} stopped"),
        };
        return match judgement.scheduled {
            1 => format!("1 backup definition is OK{stopped}"),
            scheduled => {
                format!("{scheduled} backup definitions are OK{stopped}")
            }
        };
    }
    let mut concerns: Vec<&Concern> = judgement.concerns.iter().collect();
    // More severe problems first; otherwise the order is kept.
    concerns.sort_by_key(|concern| std::cmp::Reverse(concern.level));
    let mut named: Vec<String> = concerns
        .iter()
        .take(NAMED)
        .map(|concern| harmless(&concern.text))
        .collect();
    if concerns.len() > NAMED {
        named.push(format!("and {} more", concerns.len() - NAMED));
    }
    named.join("; ")
}

/// A number as performance data.
fn performance(measure: &Measure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Measure {
        label,
        value,
        measured,
    } = measure;
    // A plain number as a range means "greater than", but our limits mean "at least".
    let limit = |limit: Option<u64>| {
        limit.map_or_else(String::new, |limit| limit.saturating_sub(1).to_string())
    };
    let (unit, limits) = match measured {
        Measured::PercentLeft(limits) => {
            let limit =
                |limit: Option<u64>| limit.map_or_else(String::new, |limit| format!("{limit}:"));
            let (warning, critical) = (limit(limits.warning), limit(limits.critical));
            return write!(f, " {label}={value:.1}%;{warning};{critical};0;100");
        }
        Measured::Plain => ("", None),
        Measured::More(limits) => ("", Some(limits)),
        Measured::Seconds(limits) => ("s", Some(limits)),
    };
    let warning = limit(limits.and_then(|limits| limits.warning));
    let critical = limit(limits.and_then(|limits| limits.critical));
    write!(f, " {label}={value:.0}{unit};{warning};{critical};0")
}

/// Sanitizes names: nothing may end the line, begin the performance data, or control a terminal.
fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for (number, character) in text.chars().enumerate() {
        if number >= LONGEST {
            shown.push('…');
            break;
        }
        match character {
            '|' => shown.push_str("\\x7c"),
            // These separate lines without being control characters.
            '\u{2028}' | '\u{2029}' => shown.extend(character.escape_unicode()),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use pgbackman_core::catalogue::attention::{Kind, Pair, Window};
    use proptest::prelude::*;

    use super::*;

    fn concern(level: Level, text: &str) -> Concern {
        Concern {
            kind: Kind::Failed,
            level,
            text: text.to_owned(),
        }
    }

    fn measure(label: &'static str, value: f64, measured: Measured) -> Measure {
        Measure {
            label,
            value,
            measured,
        }
    }

    #[test]
    fn the_worst_comes_first_and_many_are_counted() {
        let mut judgement = Judgement::default();
        for number in 0..5 {
            let text = format!("w{number}");
            judgement.concerns.push(concern(Level::Warning, &text));
        }
        judgement.concerns.push(concern(Level::Critical, "c"));
        judgement.measures = vec![
            measure("missed", 2.0, Measured::More(Pair::new(1, 2))),
            measure("free", 42.25, Measured::PercentLeft(Pair::new(10, 5))),
        ];
        let verdict = Verdict::Judged(judgement);
        assert_eq!(
            verdict.to_string(),
            "PGBACKMAN CRITICAL - c; w0; w1; w2; w3; and 1 more | missed=2;0;1;0 free=42.2%;10:;5:;0;100"
        );
        assert_eq!(verdict.level() as u8, 2);
    }

    #[test]
    fn without_problems_it_says_how_much_it_looked_at() {
        let ok = |scheduled, stopped| {
            let judgement = Judgement {
                scheduled,
                stopped,
                ..Judgement::default()
            };
            Verdict::Judged(judgement).to_string()
        };
        assert_eq!(
            ok(3, 1),
            "PGBACKMAN OK - 3 backup definitions are OK, 1 stopped"
        );
        assert_eq!(ok(1, 0), "PGBACKMAN OK - 1 backup definition is OK");
    }

    #[test]
    fn f2_a_maintenance_window_is_said_and_is_no_concern() {
        let judgement = Judgement {
            scheduled: 1,
            windows: vec![Window {
                node: "pg1:5432".to_owned(),
                until: "2026-11-30T23:00:00Z".parse().unwrap(),
                definitions: 2,
            }],
            ..Judgement::default()
        };
        let verdict = Verdict::Judged(judgement);
        assert_eq!(verdict.level(), Level::Ok);
        assert_eq!(
            verdict.to_string(),
            "PGBACKMAN OK - 1 backup definition is OK; PgSQL node pg1:5432 is in a maintenance window until \
             2026-11-30 23:00 UTC (2 backup definitions)"
        );
    }

    proptest! {
        #[test]
        fn no_name_breaks_the_line_or_the_performance_data(name in ".*") {
            let judgement = Judgement {
                concerns: vec![concern(Level::Critical, &name)],
                measures: vec![measure("missed", 1.0, Measured::Plain)],
                ..Judgement::default()
            };
            let line = Verdict::Judged(judgement).to_string();
            prop_assert_eq!(line.matches('|').count(), 1, "{}", line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
            prop_assert!(line.ends_with("| missed=1;;;0"), "{:?}", line);
        }
    }
}

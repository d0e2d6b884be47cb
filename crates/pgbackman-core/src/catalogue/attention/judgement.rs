//! What a judgement is: concerns, and the numbers behind them.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Kind, Level, Pair};

/// Something that needs attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// What kind of thing.
    pub kind: Kind,
    /// How bad it is.
    pub level: Level,
    /// What is wrong, on what, in one sentence without a full stop. Names in it are as they are: whoever prints it escapes.
    pub text: String,
}

/// The unit and the limits of a measured number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// A number without limits.
    Plain,
    /// More is worse.
    More(Pair),
    /// Seconds; more is worse.
    Seconds(Pair),
    /// Percent; less is worse.
    PercentLeft(Pair),
}

/// A number that the judgement is based on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// Its name.
    pub label: &'static str,
    /// Its value.
    pub value: f64,
    /// Its unit and limits.
    pub measured: Measured,
}

/// The result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judgement {
    /// What needs attention; empty only when all is well.
    pub concerns: Vec<Concern>,
    /// The numbers behind it.
    pub measures: Vec<Measure>,
    /// How many definitions cron runs.
    pub scheduled: usize,
    /// How many definitions it does not, besides those in a maintenance window.
    pub stopped: usize,
    /// The nodes in a maintenance window: nothing is expected of their definitions.
    pub windows: Vec<Window>,
}

/// A node in a maintenance window, which is information and no concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// `fqdn:port`.
    pub node: String,
    /// When it ends.
    pub until: DateTime<Utc>,
    /// How many ACTIVE definitions do not run until then.
    pub definitions: usize,
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, until) = (&self.node, shown(self.until));
        let waiting = counted(self.definitions, "backup definition");
        write!(
            f,
            "PgSQL node {node} is in a maintenance window until {until} ({waiting})"
        )
    }
}

impl Judgement {
    /// The worst level.
    pub fn level(&self) -> Level {
        let levels = self.concerns.iter().map(|concern| concern.level);
        levels.max().unwrap_or(Level::Ok)
    }

    pub(super) fn add(&mut self, kind: Kind, level: Level, text: impl Into<String>) {
        self.concerns.push(Concern {
            kind,
            level,
            text: text.into(),
        });
    }

    pub(super) fn measure(&mut self, label: &'static str, value: u64, measured: Measured) {
        #[allow(clippy::cast_precision_loss)] // Counts and seconds.
        let value = value as f64;
        self.measures.push(Measure {
            label,
            value,
            measured,
        });
    }

    pub(super) fn measure_percent(&mut self, label: &'static str, value: f64, limits: Pair) {
        self.measures.push(Measure {
            label,
            value,
            measured: Measured::PercentLeft(limits),
        });
    }
}

/// `1 backup definition`, `2 backup definitions`.
pub(super) fn counted(number: usize, what: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

pub(super) fn shown(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

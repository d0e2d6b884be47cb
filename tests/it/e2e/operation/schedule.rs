//! Schedules of every kind, each with the minutes that it means, written down by hand.

use std::collections::BTreeSet;

use chrono::Timelike as _;
use rand::RngExt as _;
use rand::rngs::StdRng;

use super::clock::{Minute, time};

/// On which side of midnight a schedule runs: before it is Sunday, the 31st of December, 23 h; after it Monday, the 1st of
/// January, 0 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Both,
    Before,
    After,
    Neither,
}

/// Five fields of cron and what they mean.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    pub(super) fields: [String; 5],
    minutes: BTreeSet<u32>,
    side: Side,
}

/// So many kinds there are.
pub(super) const KINDS: usize = 14;
/// A kind that runs often, and while the catalogue is away.
pub(super) const OFTEN: usize = 12;

impl Schedule {
    /// A schedule of a kind.
    pub(super) fn of_kind(kind: usize, random: &mut StdRng) -> Self {
        let mut any = || random.random_range(0..60_u32);
        match kind {
            0 => {
                let minute = any();
                Self::new(&format!("{minute} * * * *"), [minute], Side::Both)
            }
            1 => Self::new("*/20 * * * *", [0, 20, 40], Side::Both),
            2 => {
                let minutes = [any(), any(), any()];
                let [a, b, c] = minutes;
                Self::new(&format!("{a},{b},{c} * * * *"), minutes, Side::Both)
            }
            3 => Self::new("5-50/15 * * * *", [5, 20, 35, 50], Side::Both),
            4 => Self::new("*/10 23 * * *", [0, 10, 20, 30, 40, 50], Side::Before),
            5 => Self::new("3-59/12 0-6 * * *", [3, 15, 27, 39, 51], Side::After),
            6 => Self::new("4,24 * 1 * *", [4, 24], Side::After),
            7 => Self::new("30-59/9 * * dec *", [30, 39, 48, 57], Side::Before),
            8 => Self::new("1-59/14 * * * mon", [1, 15, 29, 43, 57], Side::After),
            // Either of two restricted days is enough.
            9 => Self::new("25,26 * 31 * mon", [25, 26], Side::Both),
            // But a day that begins with a star restricts like any other field.
            10 => Self::new("*/30 * */2 * sun", [0, 30], Side::Before),
            11 => Self::new("* * 30 2 *", 0..60, Side::Neither),
            OFTEN => Self::new("*/12 * * * *", (0..60).step_by(12), Side::Both),
            _ => Self::new(
                "7-59/13 22-23,0 * 12,1 0,1",
                [7, 20, 33, 46, 59],
                Side::Both,
            ),
        }
    }

    fn new(fields: &str, minutes: impl IntoIterator<Item = u32>, side: Side) -> Self {
        let fields: Vec<String> = fields.split(' ').map(str::to_owned).collect();
        Self {
            fields: fields.try_into().unwrap(),
            minutes: minutes.into_iter().collect(),
            side,
        }
    }

    /// Whether cron is to start it in a minute.
    pub(super) fn is_due(&self, minute: Minute) -> bool {
        let time = time(minute);
        let side = if time.hour() == 23 {
            Side::Before
        } else {
            Side::After
        };
        self.minutes.contains(&time.minute()) && (self.side == Side::Both || self.side == side)
    }
}

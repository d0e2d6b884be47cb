//! Taking times.

use std::time::{Duration, Instant};

use crate::task::Result;

/// How long something takes.
///
/// # Errors
///
/// Its own.
pub(super) fn time(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

/// The middle one of some times; with an even number, the later of the two in the middle.
pub(super) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Two things that do the same work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// The median of ours.
    pub(super) ours: Duration,
    /// The median of what it is compared with.
    pub(super) theirs: Duration,
}

impl Pair {
    /// Measures both in turn, `rounds` times, after one round that does not count: caches are warm for both, and whatever
    /// else the machine does hits both alike.
    ///
    /// # Errors
    ///
    /// Those of the work.
    pub(super) fn measure(
        rounds: usize,
        mut ours: impl FnMut() -> Result<Duration>,
        mut theirs: impl FnMut() -> Result<Duration>,
    ) -> Result<Self> {
        theirs()?;
        ours()?;
        let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            // Who goes first alternates too.
            if round % 2 == 0 {
                their_times.push(theirs()?);
                our_times.push(ours()?);
            } else {
                our_times.push(ours()?);
                their_times.push(theirs()?);
            }
        }
        Ok(Self {
            ours: median(our_times),
            theirs: median(their_times),
        })
    }

    /// How many times as long ours takes.
    pub(super) fn ratio(self) -> f64 {
        self.ours.as_secs_f64() / self.theirs.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted() {
        let ms = |values: &[u64]| values.iter().map(|&v| Duration::from_millis(v)).collect();
        assert_eq!(median(ms(&[9, 1, 5])), Duration::from_millis(5));
        assert_eq!(median(ms(&[4, 2])), Duration::from_millis(4));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }

    #[test]
    fn the_first_round_does_not_count() {
        let mut first = true;
        let pair = Pair::measure(
            3,
            || {
                let slow = std::mem::take(&mut first);
                Ok(Duration::from_secs(if slow { 100 } else { 2 }))
            },
            || Ok(Duration::from_secs(1)),
        )
        .unwrap();
        assert!((pair.ratio() - 2.0).abs() < f64::EPSILON);
    }
}

//! The table of results.

use std::fmt;
use std::time::Duration;

use super::timing::Pair;
use crate::task::say;

/// One row.
#[derive(Debug)]
struct Row {
    what: String,
    ours: String,
    compared: String,
    ratio: String,
    legacy: &'static str,
}

/// All rows so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
}

impl Report {
    /// Adds a comparison with the client program alone. `legacy` is what PgBackMan 1.2 was measured at.
    pub(super) fn pair(&mut self, what: &str, pair: Pair, legacy: &'static str) {
        self.add(Row {
            what: what.to_owned(),
            ours: shown(pair.ours),
            compared: shown(pair.theirs),
            ratio: format!("{:.2}", pair.ratio()),
            legacy,
        });
    }

    /// Adds a time with nothing to compare it with but PgBackMan 1.2.
    pub(super) fn time(&mut self, what: &str, time: Duration, legacy: &'static str) {
        self.add(Row {
            what: what.to_owned(),
            ours: shown(time),
            compared: String::new(),
            ratio: String::new(),
            legacy,
        });
    }

    /// Adds the time of a list and the memory it took, in KiB.
    pub(super) fn list(&mut self, what: &str, time: Duration, peak: u64, legacy: &'static str) {
        self.add(Row {
            what: what.to_owned(),
            ours: format!("{}, {} MiB", shown(time), peak / 1024),
            compared: String::new(),
            ratio: String::new(),
            legacy,
        });
    }

    /// Adds a pass of maintenance: time, memory in KiB and number of statements, beside `rm -r` where there is something to
    /// delete.
    pub(super) fn pass(
        &mut self,
        what: &str,
        (time, peak, statements): (Duration, u64, usize),
        alone: Option<Duration>,
        legacy: &'static str,
    ) {
        self.add(Row {
            what: what.to_owned(),
            ours: format!(
                "{}, {} MiB, {statements} statements",
                shown(time),
                peak / 1024
            ),
            compared: alone.map(shown).unwrap_or_default(),
            ratio: alone
                .map(|alone| format!("{:.2}", time.as_secs_f64() / alone.as_secs_f64()))
                .unwrap_or_default(),
            legacy,
        });
    }

    fn add(&mut self, row: Row) {
        say(&format!("{}: {} {}", row.what, row.ours, row.ratio));
        self.rows.push(row);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| measured | 2.0 | client or `rm -r` alone | ratio | PgBackMan 1.2 |"
        )?;
        writeln!(f, "| --- | --: | --: | --: | --: |")?;
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} | {} | {} |",
                row.what, row.ours, row.compared, row.ratio, row.legacy
            )?;
        }
        Ok(())
    }
}

/// A time in the unit that suits it.
fn shown(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{:.0} ms", time.as_secs_f64() * 1000.0)
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_both_times_and_their_ratio() {
        let mut report = Report::default();
        report.pair(
            "a dump",
            Pair {
                ours: Duration::from_millis(1500),
                theirs: Duration::from_millis(500),
            },
            "25 s",
        );
        let text = report.to_string();
        assert!(
            text.ends_with("| a dump | 1.50 s | 500 ms | 3.00 | 25 s |\n"),
            "{text}"
        );
    }
}

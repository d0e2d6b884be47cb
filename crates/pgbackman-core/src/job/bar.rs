//! What a person sees who runs a job at a terminal: a line on standard error with phase, bytes, rate and time left, and in the end one
//! line with the result. Without a terminal nothing is written.

use std::fmt::{Display, Write};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::interval;

use crate::catalogue::runs::progress::HowFar;
use crate::domain::status::ExecutionStatus;
use crate::domain::text::shown;
use crate::domain::text::size::Size;

/// How often the line is drawn again.
const PACE: Duration = Duration::from_millis(250);

/// The line, where there is a terminal.
#[derive(Debug)]
pub struct Bar(Option<Shown>);

#[derive(Debug)]
struct Shown {
    bar: ProgressBar,
    drawing: AbortHandle,
}

impl Bar {
    /// Shows how far a run is until [`Bar::end`], where standard error is a terminal. `how_far` may look at files: it runs on a thread of
    /// its own.
    pub fn show(how_far: impl Fn() -> HowFar + Send + Sync + 'static) -> Self {
        if !io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(spinning());
        let (drawn, how_far) = (bar.clone(), Arc::new(how_far));
        let drawing = tokio::spawn(async move {
            let mut ticks = interval(PACE);
            loop {
                ticks.tick().await;
                let asked = Arc::clone(&how_far);
                if let Ok(now) = spawn_blocking(move || asked()).await {
                    draw(&drawn, &now);
                }
            }
        });
        Self(Some(Shown {
            bar,
            drawing: drawing.abort_handle(),
        }))
    }

    /// Removes the line: what is written to standard error from now on stands by itself.
    pub fn clear(&self) {
        if let Some(shown) = &self.0 {
            shown.drawing.abort();
            shown.bar.finish_and_clear();
        }
    }

    /// Ends with one line about the result.
    pub fn end(self, result: &impl Display) {
        self.clear();
        if self.0.is_some() {
            // A terminal that is gone is nobody's concern.
            let _ = writeln!(io::stderr(), "{result}");
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.drawing.abort();
        self.bar.finish_and_clear();
    }
}

fn draw(bar: &ProgressBar, now: &HowFar) {
    match (now.objects, now.bytes_expected, now.bytes_done) {
        (Some((done, total)), _, _) => {
            bar.set_length(total.into());
            bar.set_style(counting());
            bar.set_position(done.into());
        }
        (None, Some(total), Some(done)) if total > 0 => {
            // An estimate may be too small.
            bar.set_length(total.max(done));
            bar.set_style(measuring());
            bar.set_position(done);
        }
        (None, _, Some(done)) => {
            bar.set_style(growing());
            bar.set_position(done);
        }
        (None, _, None) => bar.set_style(spinning()),
    }
    bar.set_message(now.phase);
    bar.tick();
}

/// Sizes as everywhere else; indicatif has other units.
fn style(template: &str) -> ProgressStyle {
    // The templates are constants, and a test reads all of them.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("size", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}", Size(state.pos()));
        })
        .with_key("expected", |state: &ProgressState, out: &mut dyn Write| {
            let _ = write!(out, "{}", Size(state.len().unwrap_or_default()));
        })
        .with_key("rate", |state: &ProgressState, out: &mut dyn Write| {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Bytes a second.
            let rate = state.per_sec().max(0.0) as u64;
            let _ = write!(out, "{}/s", Size(rate));
        })
}

fn spinning() -> ProgressStyle {
    style(SPINNING)
}

fn growing() -> ProgressStyle {
    style(GROWING)
}

fn measuring() -> ProgressStyle {
    style(MEASURING)
}

fn counting() -> ProgressStyle {
    style(COUNTING)
}

/// While there is nothing to count.
const SPINNING: &str = "{spinner} {msg} {elapsed}";
/// While bytes are counted whose end is not known.
const GROWING: &str = "{spinner} {msg} {size}, {rate}, {elapsed}";
/// While bytes are counted.
const MEASURING: &str =
    "{spinner} {msg} {size} of {expected}, {rate}, {elapsed}, {eta} left {wide_bar}";
/// While objects are counted.
const COUNTING: &str = "{spinner} {msg} {pos} of {len} objects {elapsed}, {eta} left {wide_bar}";

/// How a run ended: `SUCCEEDED, 35.0 MB, 6 s, BckID 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub status: ExecutionStatus,
    /// What the backup takes, bytes; none of a restore.
    pub bytes: Option<u64>,
    /// How long it took.
    pub took: TimeDelta,
    /// What it is called in the catalogue, or why it is not there.
    pub entry: String,
}

impl Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(bytes) = self.bytes.filter(|bytes| *bytes > 0) {
            write!(f, ", {}", Size(bytes))?;
        }
        let seconds = self.took.num_seconds().max(0);
        if seconds < 60 {
            write!(f, ", {seconds} s")?;
        } else {
            write!(f, ", {}", shown::days_and_clock(seconds.unsigned_abs()))?;
        }
        write!(f, ", {}", self.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_one() {
        for template in [SPINNING, GROWING, MEASURING, COUNTING] {
            ProgressStyle::with_template(template).unwrap();
        }
    }

    #[test]
    fn a_result_is_one_line() {
        let ending = |bytes, seconds| Ending {
            status: ExecutionStatus::Succeeded,
            bytes,
            took: TimeDelta::seconds(seconds),
            entry: "BckID 3".to_owned(),
        };
        assert_eq!(
            ending(Some(35 << 20), 6).to_string(),
            "SUCCEEDED, 35.0 MB, 6 s, BckID 3"
        );
        assert_eq!(
            ending(None, 3_723).to_string(),
            "SUCCEEDED, 1:02:03, BckID 3"
        );
    }

    #[tokio::test]
    async fn without_a_terminal_nothing_is_drawn() {
        // Tests write to a pipe or a file; at a terminal there is nothing to test.
        if io::stderr().is_terminal() {
            return;
        }
        let bar = Bar::show(|| panic!("nobody may ask"));
        assert!(bar.0.is_none());
        bar.end(&"SUCCEEDED");
    }
}

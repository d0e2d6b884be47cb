//! The days of a definition as a calendar: one column per week, one row per day of the week. The shape of a day shows
//! its state as well as its colour does.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};
use maud::{Markup, html};

use super::class;
use crate::days::{Day, History, Window};

/// Distance between days.
const STEP: i64 = 14;
/// The size of a day.
const CELL: i64 = 12;
/// Space above for the months, and on the left for the days of the week.
const TOP: i64 = 14;
const LEFT: i64 = 22;

/// The states with a shape, in the order of the legend.
pub(super) const LEGEND: [Day; 6] = [
    Day::Good,
    Day::Warning,
    Day::Failed,
    Day::Missing,
    Day::Running,
    Day::Quiet,
];

/// The calendar; `title` names it for screen readers.
pub(super) fn calendar(title: &str, history: &History, window: &Window) -> Markup {
    let weeks = week(window.last, window) + 1;
    let (width, height) = (LEFT + weeks * STEP, TOP + 7 * STEP);
    let days: Vec<(NaiveDate, Day)> = window.days().zip(history.days.iter().copied()).collect();
    html! {
        svg.calendar role="img" viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) {
            title { (title) ": " (summary(history)) }
            @for (row, word) in [(0, "Mo"), (2, "We"), (4, "Fr")] {
                text x="0" y=(TOP + row * STEP + 10) { (word) }
            }
            @for (week, month) in months(window) {
                text x=(LEFT + week * STEP) y="10" { (month) }
            }
            @for what in LEGEND {
                @let path = shapes(&days, what, window);
                @if !path.is_empty() { path class=(class(what)) d=(path) {} }
            }
            // A text for each day with a problem.
            @for (day, what) in days.iter().filter(|(_, what)| !matches!(what, Day::Good | Day::Quiet)) {
                @let (x, y) = place(*day, window);
                rect.hint x=(x) y=(y) width=(CELL) height=(CELL) { title { (day) ": " (what.word()) } }
            }
        }
    }
}

/// The shape of one state, for the legend.
pub(super) fn sample(what: Day) -> Markup {
    html! {
        svg.sample aria-hidden="true" viewBox="0 0 12 12" width="12" height="12" {
            path class=(class(what)) d=(shape(what, 0, 0)) {}
        }
    }
}

/// Number of days by state.
pub(super) fn summary(history: &History) -> String {
    let parts: Vec<String> = [
        Day::Good,
        Day::Warning,
        Day::Failed,
        Day::Missing,
        Day::Running,
    ]
    .into_iter()
    .filter_map(|what| {
        let count = history.counts.get(&what)?;
        Some(format!("{count} {}", what.word()))
    })
    .collect();
    if parts.is_empty() {
        "no backups".to_owned()
    } else {
        parts.join(", ")
    }
}

/// All days of one state as one path; succeeded days in a row are joined.
fn shapes(days: &[(NaiveDate, Day)], what: Day, window: &Window) -> String {
    days.iter()
        .filter(|(_, day)| *day == what)
        .fold(String::new(), |mut path, (day, _)| {
            let (x, y) = place(*day, window);
            path.push_str(&shape(what, x, y));
            path
        })
}

fn shape(what: Day, x: i64, y: i64) -> String {
    let mut path = String::new();
    // Writing to a String cannot fail.
    let _ = match what {
        Day::Good => write!(path, "M{x} {y}h12v12h-12z"),
        // A triangle, as on a road sign.
        Day::Warning => write!(path, "M{} {y}l6 12h-12z", x + 6),
        // A cross.
        Day::Failed => write!(
            path,
            "M{x} {}l3-3 3 3 3-3 3 3-3 3 3 3-3 3-3-3-3 3-3-3 3-3z",
            y + 3
        ),
        // An empty frame.
        Day::Missing => write!(path, "M{x} {y}h12v12h-12zm2.5 2.5v7h7v-7z"),
        // A circle.
        Day::Running => write!(path, "M{x} {}a6 6 0 1 0 12 0a6 6 0 1 0-12 0z", y + 6),
        // A point.
        Day::Quiet => write!(path, "M{} {}h2v2h-2z", x + 5, y + 5),
    };
    path
}

fn place(day: NaiveDate, window: &Window) -> (i64, i64) {
    let row = i64::from(day.weekday().num_days_from_monday());
    (LEFT + week(day, window) * STEP, TOP + row * STEP)
}

/// The column of a day.
fn week(day: NaiveDate, window: &Window) -> i64 {
    let monday =
        |day: NaiveDate| day - chrono::TimeDelta::days(day.weekday().num_days_from_monday().into());
    (monday(day) - monday(window.first)).num_days() / 7
}

/// The months with the columns in which they begin; a month is omitted if its name does not fit.
fn months(window: &Window) -> Vec<(i64, String)> {
    let mut months: Vec<(i64, String)> = Vec::new();
    for day in window
        .days()
        .filter(|day| day.day() == 1 || *day == window.first)
    {
        let column = week(day, window);
        if months.last().is_some_and(|(last, _)| column - last < 2) {
            months.pop();
        }
        months.push((column, day.format("%b").to_string()));
    }
    months
}

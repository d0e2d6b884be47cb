//! Charts as SVG, drawn in a box that is stretched to the page. Their texts are in HTML beside the chart, and are not
//! stretched.

use std::fmt::Write as _;

use maud::{Markup, html};

/// The size of the box.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

/// A part of the box, by position and value.
fn x(index: usize, count: usize) -> f64 {
    let (index, count) = (as_f64(index), as_f64(count.max(1)));
    WIDTH * (index + 0.5) / count
}

/// The number of days is small.
#[allow(clippy::cast_precision_loss)]
fn as_f64(number: usize) -> f64 {
    number as f64
}

/// A measure per day: one bar for each day that has a value.
pub(super) fn bars(title: &str, count: usize, values: &[(usize, f64)]) -> Markup {
    let greatest = values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let width = WIDTH / as_f64(count.max(1)) * 0.8;
    let mut path = String::new();
    for (index, value) in values {
        let height = if greatest > 0.0 {
            (HEIGHT * value / greatest).max(1.0)
        } else {
            1.0
        };
        // Writing to a String cannot fail.
        let _ = write!(
            path,
            "M{:.1} {HEIGHT}v-{height:.1}h{width:.1}v{height:.1}z",
            x(*index, count) - width / 2.0
        );
    }
    html! {
        svg.chart role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
            title { (title) }
            path.bar d=(path) {}
        }
    }
}

/// Stacked bars; each part has its own class.
pub(super) fn stacks(title: &str, parts: &[(&str, Vec<u32>)]) -> Markup {
    let count = parts.first().map_or(0, |(_, values)| values.len());
    let sums: Vec<u32> = (0..count)
        .map(|index| parts.iter().map(|(_, values)| values[index]).sum())
        .collect();
    let greatest = f64::from(sums.iter().copied().max().unwrap_or(0).max(1));
    let width = WIDTH / as_f64(count.max(1)) * 0.8;
    let mut below = vec![0.0; count];
    let mut paths = Vec::new();
    for (class, values) in parts {
        let mut path = String::new();
        for (index, value) in values.iter().enumerate().filter(|(_, value)| **value > 0) {
            let height = HEIGHT * f64::from(*value) / greatest;
            let bottom = HEIGHT - below[index];
            below[index] += height;
            let _ = write!(
                path,
                "M{:.1} {bottom:.1}v-{height:.1}h{width:.1}v{height:.1}z",
                x(index, count) - width / 2.0
            );
        }
        paths.push((*class, path));
    }
    html! {
        svg.chart role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
            title { (title) }
            @for (class, path) in paths {
                @if !path.is_empty() { path class=(class) d=(path) {} }
            }
        }
    }
}

/// Free space per day (days before today, bytes), and its forecast: until the disk is full, or for `ahead` days.
pub(super) fn forecast(
    title: &str,
    history: &[(i64, f64)],
    today: f64,
    per_day: f64,
    total: f64,
    ahead: i64,
) -> Markup {
    #[allow(clippy::cast_precision_loss)] // The number of days is small.
    let days = |days: i64| days as f64;
    let first = history.first().map_or(1, |(ago, _)| *ago).max(1);
    let all = days(first + ahead);
    let point = |day: f64, free: f64| {
        let free = free.clamp(0.0, total.max(1.0));
        format!(
            "{:.1} {:.1}",
            WIDTH * day / all,
            HEIGHT - HEIGHT * free / total.max(1.0)
        )
    };
    let past: Vec<String> = history
        .iter()
        .map(|(ago, free)| point(days(first - ago), *free))
        .chain([point(days(first), today)])
        .collect();
    let until = if per_day > 0.0 {
        (today / per_day).min(days(ahead))
    } else {
        days(ahead)
    };
    let end = point(days(first) + until, today - per_day * until);
    let now = WIDTH * days(first) / all;
    html! {
        svg.chart.forecast role="img" viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) preserveAspectRatio="none" {
            title { (title) }
            path.area d=(format!("M{} V{HEIGHT} H0z", past.join("L"))) {}
            path.line d=(format!("M{}", past.join("L"))) {}
            path.ahead d=(format!("M{}L{end}", point(days(first), today))) {}
            path.now d=(format!("M{now:.1} 0V{HEIGHT}")) {}
        }
    }
}

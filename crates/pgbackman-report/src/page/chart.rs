//! Charts as SVG: drawn in a box of their own that is stretched to the page, with their texts beside it in HTML, which is not.

use std::fmt::Write as _;

use maud::{Markup, html};

/// The box that is drawn in.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 100.0;

/// A share of the box, by place and value.
fn x(index: usize, count: usize) -> f64 {
    let (index, count) = (as_f64(index), as_f64(count.max(1)));
    WIDTH * (index + 0.5) / count
}

/// Numbers of days are small.
#[allow(clippy::cast_precision_loss)]
fn as_f64(number: usize) -> f64 {
    number as f64
}

/// A measure day by day: a bar for each day that has one.
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

/// Bars of parts on top of each other; each part has a class of its own.
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

/// What was free day by day (days before today, bytes), and what will be: until it is used up, or `ahead` days on.
pub(super) fn forecast(
    title: &str,
    history: &[(i64, f64)],
    today: f64,
    per_day: f64,
    total: f64,
    ahead: i64,
) -> Markup {
    #[allow(clippy::cast_precision_loss)] // Numbers of days are small.
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

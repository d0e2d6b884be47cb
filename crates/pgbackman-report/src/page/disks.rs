//! The disks: their usage, what retention frees, and when they will be full.

use chrono::TimeDelta;
use maud::{Markup, html};
use pgbackman_core::catalogue::attention::{Level, Room};
use pgbackman_core::catalogue::runs::run_history::Space;

use super::{chart, counted, name, size, visible};
use crate::fleet::Fleet;

/// No forecast beyond this many days (10 years).
const YEARS: f64 = 3650.0;
/// The forecast of the chart in days.
const AHEAD: i64 = 90;

/// The section: disks with problems are visible, the others can be expanded.
pub(super) fn section(fleet: &Fleet) -> Markup {
    let (troubled, others): (Vec<_>, Vec<_>) = fleet
        .space
        .iter()
        .filter_map(|space| Some((space, space.path.as_deref()?)))
        .partition(|(space, _)| needs_attention(space, fleet));
    let cards = |disks: &[(&Space, &str)]| {
        html! { div.disks { @for (space, path) in disks { (disk(space, path, fleet)) } } }
    };
    html! {
        section {
            h2 { "Disks" }
            @if troubled.is_empty() && others.is_empty() {
                p { "No disk is known yet; pgbackman_control reports disks." }
            }
            @if !troubled.is_empty() { (cards(&troubled)) }
            @if !others.is_empty() {
                details {
                    summary {
                        (counted(others.len() as u64, if troubled.is_empty() { "disk" } else { "more disk" }))
                        " without problems"
                        @if let Some(next) = next_full(&others) { ", the first of them full in " (next) " days" }
                    }
                    (cards(&others))
                }
            }
        }
    }
}

/// Whether an operator has to act, by the judgement of the check.
fn needs_attention(space: &Space, fleet: &Fleet) -> bool {
    room(space).is_some_and(|room| room.level(&fleet.limits) > Level::Ok)
}

fn is_full(space: &Space) -> bool {
    room(space).is_some_and(|room| room.is_full())
}

fn room(space: &Space) -> Option<Room> {
    Some(Room {
        free: space.free?,
        total: space.bytes?,
        days_left: space.days_left,
    })
}

/// In how many days the first of these disks will be full, if within 10 years.
fn next_full(disks: &[(&Space, &str)]) -> Option<i64> {
    let days = disks.iter().filter_map(|(space, _)| space.days_left);
    let first = days.fold(f64::INFINITY, f64::min);
    // Between 0 and 3650.
    #[allow(clippy::cast_possible_truncation)]
    (first <= YEARS).then_some(first as i64)
}

fn disk(space: &Space, path: &str, fleet: &Fleet) -> Markup {
    let (free, total) = (
        space.free.unwrap_or_default(),
        space.bytes.unwrap_or_default(),
    );
    let title = format!("{} {}", visible(&space.server_fqdn), visible(path));
    let history: Vec<(i64, f64)> = space
        .history
        .iter()
        .filter(|(day, _)| *day >= fleet.window.first && *day < fleet.window.last)
        .map(|(day, free)| ((fleet.window.last - *day).num_days(), *free))
        .collect();
    let begins = history.first().map_or(fleet.window.last, |(ago, _)| {
        fleet.window.last - TimeDelta::days(*ago)
    });
    html! {
        article.disk {
            h3 { (name(path)) " on " (name(&space.server_fqdn)) }
            p class=[needs_attention(space, fleet).then_some("alarm")] { b { (full(space, fleet)) } }
            (chart::forecast(&format!("Free space of {title} per day, and the forecast"), &history, free, space.growth.unwrap_or_default(), total, AHEAD))
            div.axis { span { (begins) } span { "today" } span { (fleet.window.last + TimeDelta::days(AHEAD)) } }
            dl {
                div { dt { "Free" } dd { (size(free)) " of " (size(total)) } }
                div { dt { "Backups" } dd { (size(space.used)) " (" (space.backups) ")" } }
                div { dt { "Growth per day" } dd { @match space.growth { Some(growth) => (size(growth)), None => "unknown" } } }
                div { dt { "Retention frees in 7 days" } dd { (size(space.within_week)) } }
                div { dt { "Retention frees in 30 days" } dd { (size(space.within_month)) } }
            }
        }
    }
}

fn full(space: &Space, fleet: &Fleet) -> String {
    if is_full(space) {
        return format!("Full: {} free", size(space.free.unwrap_or_default()));
    }
    match (space.growth, space.days_left) {
        (None, _) => "It is not known yet when it will be full".to_owned(),
        (Some(_), None) => "Will not become full at this rate".to_owned(),
        (Some(_), Some(days)) if days > YEARS => "Not full within 10 years".to_owned(),
        (Some(_), Some(days)) => {
            // Between 0 and 3650.
            #[allow(clippy::cast_possible_truncation)]
            let days = days as i64;
            let date = fleet.window.last + TimeDelta::days(days);
            match days {
                0 => "Full within a day".to_owned(),
                1 => format!("Full in 1 day: {date}"),
                _ => format!("Full in {days} days: {date}"),
            }
        }
    }
}

//! The disks: what is on them, what goes, and when they are full.

use chrono::TimeDelta;
use maud::{Markup, html};
use pgbackman_core::catalogue::runs::run_history::Space;

use super::{chart, name, size, visible};
use crate::fleet::Fleet;

/// So many days are looked ahead.
const AHEAD: i64 = 90;
/// A disk that is full within so many days is marked.
const SOON: f64 = 30.0;

/// The section.
pub(super) fn section(fleet: &Fleet) -> Markup {
    html! {
        section {
            h2 { "Disks" }
            @if !fleet.space.iter().any(|space| space.path.is_some()) {
                p { "Nothing is known of the disks yet: pgbackman_control looks at them." }
            }
            div.disks {
                @for space in &fleet.space {
                    @if let Some(path) = &space.path { (disk(space, path, fleet)) }
                }
            }
        }
    }
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
    let soon = space.days_left.is_some_and(|days| days < SOON);
    html! {
        article.disk {
            h3 { (name(path)) " on " (name(&space.server_fqdn)) }
            p class=[soon.then_some("alarm")] { b { (full(space, fleet)) } }
            (chart::forecast(&format!("Free space of {title}, day by day, and as it will be"), &history, free, space.growth.unwrap_or_default(), total, AHEAD))
            div.axis { span { (begins) } span { "today" } span { (fleet.window.last + TimeDelta::days(AHEAD)) } }
            dl {
                div { dt { "Free" } dd { (size(free)) " of " (size(total)) } }
                div { dt { "Backups" } dd { (size(space.used)) " (" (space.backups) ")" } }
                div { dt { "Growth a day" } dd { @match space.growth { Some(growth) => (size(growth)), None => "unknown" } } }
                div { dt { "Retention frees in 7 days" } dd { (size(space.within_week)) } }
                div { dt { "in 30 days" } dd { (size(space.within_month)) } }
            }
        }
    }
}

fn full(space: &Space, fleet: &Fleet) -> String {
    match (space.growth, space.days_left) {
        (None, _) => "When it is full is not known yet".to_owned(),
        (Some(_), None) => "Not full at this rate".to_owned(),
        (Some(_), Some(days)) if days > 3650.0 => "Not full within 10 years".to_owned(),
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

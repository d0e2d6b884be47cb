//! The part of the page above the definitions: current state, the fleet day by day, the largest backups; and the
//! origin of the page.

use maud::{Markup, html};
use pgbackman_core::VERSION;
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};
use pgbackman_core::domain::text::shown::days_and_clock;
use pgbackman_core::domain::text::size::Size;

use super::files::damaged;
use super::losing::restored;
use super::{chart, counted, name, node, size, subject, visible};
use crate::days::Day;
use crate::fleet::Fleet;
use crate::losing::age;

/// Maximum number of databases without a definition that are named.
const UNDEFINED: usize = 200;

/// The title of the page.
pub(super) fn site(fleet: &Fleet) -> String {
    let servers: Vec<&str> = whole_servers(fleet)
        .map(|space| space.server_fqdn.as_str())
        .collect();
    fleet.origin.name(&servers)
}

/// Who created the page, about what and when; also part of a printed or mailed page.
pub(super) fn footer(fleet: &Fleet) -> Markup {
    let origin = &fleet.origin;
    html! {
        footer {
            p {
                "PgBackMan " (VERSION) ", pgbackman_report on " (name(&origin.machine)) ". Catalogue: "
                (name(&origin.catalogue)) ". Backups of " (name(&site(fleet))) " as of "
                (fleet.window.time(fleet.window.now)) " " (visible(&fleet.window.zone_name)) "."
            }
        }
    }
}

/// The title, and the scope of the page.
pub(super) fn header(fleet: &Fleet) -> Markup {
    let window = &fleet.window;
    html! {
        header {
            h1 { "Backups of " (name(&site(fleet))) }
            p {
                (counted(window.days().count() as u64, "day")) " to " (window.last) ", as of "
                time datetime=(window.now.to_rfc3339()) { (window.time(window.now)) }
                ". Times are in the zone " b { (visible(&window.zone_name)) } "."
                @if !fleet.scope.is_empty() {
                    " Only "
                    @for (index, one) in fleet.scope.iter().enumerate() {
                        @if index > 0 { ", " }
                        b { (name(one)) }
                    }
                    "."
                }
            }
        }
    }
}

/// The current state in numbers.
pub(super) fn tiles(fleet: &Fleet) -> Markup {
    let standing = |what: Day| fleet.standing.get(&what).copied().unwrap_or(0);
    let all: u32 = fleet.standing.values().sum();
    let used: f64 = whole_servers(fleet).map(|space| space.used).sum();
    let tile = |class: &str, number: String, what: &str| {
        html! { li class=(class) { b { (number) } " " (what) } }
    };
    html! {
        ul.tiles {
            (tile("", all.to_string(), "definitions"))
            (tile("good", standing(Day::Good).to_string(), "last backup succeeded"))
            @for (what, words) in [
                (Day::Failed, "last backup failed"),
                (Day::Missing, "last backup missing"),
                (Day::Warning, "last backup with a warning"),
                (Day::Running, "running now"),
                (Day::Quiet, "without any backup"),
            ] {
                @if standing(what) > 0 { (tile(super::class(what), standing(what).to_string(), words)) }
            }
            (tile("", size(used), "kept on disk"))
            @if damaged(fleet) > 0 {
                (tile("failed", damaged(fleet).to_string(), "backups damaged"))
            }
            @if !fleet.undefined.is_empty() {
                (tile("missing", fleet.undefined.len().to_string(), "databases not backed up"))
            }
            @if let Some(seconds) = fleet.losing.greatest() {
                (tile("", age(seconds), "age of the newest usable backup, at most"))
            }
            @if let Some(restore) = restored(fleet) {
                (tile("", days_and_clock(restore.seconds.unwrap_or_default()), "duration of the last restore"))
            }
        }
    }
}

fn whole_servers(
    fleet: &Fleet,
) -> impl Iterator<Item = &pgbackman_core::catalogue::runs::run_history::Space> {
    fleet.space.iter().filter(|space| space.path.is_none())
}

/// The whole fleet, day by day.
pub(super) fn fleet_charts(fleet: &Fleet) -> Markup {
    let part = |what: Day| -> Vec<u32> {
        fleet
            .days
            .iter()
            .map(|day| day.definitions.get(&what).copied().unwrap_or(0))
            .collect()
    };
    let parts = [
        ("good", part(Day::Good)),
        ("warning", part(Day::Warning)),
        ("failed", part(Day::Failed)),
        ("missing", part(Day::Missing)),
    ];
    let bad: u32 = parts[1..].iter().flat_map(|(_, values)| values).sum();
    let measured = |measure: fn(&crate::days::Measure) -> u64| -> Vec<(usize, f64)> {
        let days = fleet.days.iter().map(|day| measure(&day.measure));
        // Bytes and seconds of a day are far below the exact range of f64.
        #[allow(clippy::cast_precision_loss)]
        days.enumerate()
            .filter(|(_, value)| *value > 0)
            .map(|(index, value)| (index, value as f64))
            .collect()
    };
    let (bytes, seconds) = (
        measured(|measure| measure.bytes),
        measured(|measure| measure.seconds),
    );
    let greatest =
        |values: &[(usize, f64)]| values.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let longest = days_and_clock(greatest(&seconds) as u64);
    html! {
        section {
            h2 { "Day by day" }
            div.charts {
                figure {
                    figcaption { "Definitions per day (" (bad) " with problems)" }
                    (chart::stacks("Definitions per day, by the results of their backups", &parts))
                    (axis(fleet))
                }
                figure {
                    figcaption { "Written per day (max " (size(greatest(&bytes))) ")" }
                    (chart::bars("Bytes written per day", fleet.days.len(), &bytes))
                    (axis(fleet))
                }
                figure {
                    figcaption { "Backup time per day (max " (longest) ")" }
                    (chart::bars("Total duration of all backups per day", fleet.days.len(), &seconds))
                    (axis(fleet))
                }
            }
        }
    }
}

/// The first and last day of a chart.
fn axis(fleet: &Fleet) -> Markup {
    html! { div.axis { span { (fleet.window.first) } span { (fleet.window.last) } } }
}

/// Databases without a backup.
pub(super) fn undefined(fleet: &Fleet) -> Markup {
    let databases = &fleet.undefined;
    html! {
        section {
            h2 { "Databases not backed up" }
            @if databases.is_empty() {
                p { "None is known: every database of the running nodes has a backup definition, or maintenance has not listed their databases yet." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Databases not backed up" {
                    table {
                        thead { tr { th { "Database" } th { "Node" } th { "Inspection since" } th { "In a CLUSTER backup" } } }
                        tbody {
                            @for database in databases.iter().take(UNDEFINED) {
                                tr {
                                    td data-label="Database" { b { (name(&database.dbname)) } }
                                    td data-label="Node" { bdi { (visible(&database.node_fqdn)) ":" (database.port) } }
                                    td.when data-label="Inspection since" { (fleet.window.time(database.first_seen)) }
                                    td data-label="In a CLUSTER backup" { @if database.in_cluster_backup { "yes" } @else { "no" } }
                                }
                            }
                        }
                    }
                }
                @if databases.len() > UNDEFINED { p { "And " (databases.len() - UNDEFINED) " more." } }
            }
        }
    }
}

/// The largest and the slowest backups.
pub(super) fn tops(fleet: &Fleet) -> Markup {
    let table = |measure: &str,
                 list: &[(ReportedDefinition, EndedRun)],
                 shown: &dyn Fn(&EndedRun) -> String| {
        html! {
            div.scroll tabindex="0" role="region" aria-label={ "Backups by " (measure.to_lowercase()) } {
                table {
                    thead { tr { th { "Database" } th { "Node" } th.number { (measure) } th { "Taken" } } }
                    tbody {
                        @for (definition, run) in list {
                            tr {
                                td data-label="Database" { b { bdi { (subject(definition)) } } }
                                td data-label="Node" { bdi { (node(definition)) } }
                                td.number data-label=(measure) { (shown(run)) }
                                td.when data-label="Taken" { (fleet.window.time(run.started)) }
                            }
                        }
                    }
                }
            }
        }
    };
    html! {
        section.pair {
            div {
                h2 { "Largest backups" }
                (table("Size", &fleet.largest, &|run| Size(run.bytes).to_string()))
            }
            div {
                h2 { "Slowest backups" }
                (table("Duration", &fleet.slowest, &|run| {
                    days_and_clock((run.finished - run.started).num_seconds().unsigned_abs())
                }))
            }
        }
    }
}

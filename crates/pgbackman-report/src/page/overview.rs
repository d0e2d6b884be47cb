//! What stands above the single definitions: how things stand, what needs a look, the fleet day by day, the largest.

use maud::{Markup, html};
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};
use pgbackman_core::domain::text::shown::days_and_clock;
use pgbackman_core::domain::text::size::Size;

use super::files::damaged;
use super::{badge, chart, counted, name, node, size, subject, visible};
use crate::days::Day;
use crate::fleet::{Fleet, Shown};

/// What needs a look, the worst first.
const TROUBLE: [Day; 3] = [Day::Failed, Day::Missing, Day::Warning];
/// So many definitions are named above; all that are shown are below.
const NAMED: usize = 25;
/// So many databases without a definition are named.
const UNDEFINED: usize = 200;

/// The title, and what the page is about.
pub(super) fn header(fleet: &Fleet) -> Markup {
    let window = &fleet.window;
    html! {
        header {
            h1 { "Backups" }
            p {
                (counted(window.days().count() as u64, "day")) " to " (window.last) ", as of "
                time datetime=(window.now.to_rfc3339()) { (window.time(window.now)) }
                ". Times are those of " b { (visible(&window.zone_name)) } "."
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

/// How things stand, in numbers.
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
            (tile("good", standing(Day::Good).to_string(), "last backup good"))
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
                (tile("missing", fleet.undefined.len().to_string(), "databases without a definition"))
            }
        }
    }
}

fn whole_servers(
    fleet: &Fleet,
) -> impl Iterator<Item = &pgbackman_core::catalogue::runs::run_history::Space> {
    fleet.space.iter().filter(|space| space.path.is_none())
}

/// The definitions whose last backup is not good, and the last failures.
pub(super) fn attention(fleet: &Fleet) -> Markup {
    let troubled: Vec<&Shown> = fleet
        .shown
        .iter()
        .filter(|shown| TROUBLE.contains(&shown.history.now))
        .collect();
    let all: u32 = TROUBLE
        .iter()
        .filter_map(|what| fleet.standing.get(what))
        .sum();
    let named = troubled.len().min(NAMED);
    html! {
        section {
            h2 { "What needs a look" }
            @if all == 0 {
                p { "Nothing: the last backup of every definition is good." }
            } @else {
                div.scroll tabindex="0" {
                    table {
                        thead { tr { th { "Database" } th { "Node" } th { "Last backup" } th { "Last good one" } th { "Why" } } }
                        tbody {
                            @for shown in troubled.iter().take(NAMED) { (trouble(shown, fleet)) }
                        }
                    }
                }
                @if u64::from(all) > named as u64 {
                    p { "And " (u64::from(all) - named as u64) " more." }
                }
            }
            @if !fleet.failures.is_empty() {
                h3 { "The last failures, one of each definition" }
                ol.failures {
                    @for (definition, run) in &fleet.failures {
                        li {
                            time { (fleet.window.time(run.started)) } " "
                            b { bdi { (subject(definition)) } } " on " bdi { (node(definition)) }
                            @if let Some(message) = &run.message { pre { (message) } }
                        }
                    }
                }
            }
        }
    }
}

fn trouble(shown: &Shown, fleet: &Fleet) -> Markup {
    let (definition, history) = (&shown.definition, &shown.history);
    html! {
        tr {
            td data-label="Database" { b { bdi { (subject(definition)) } } }
            td data-label="Node" { bdi { (node(definition)) } }
            td data-label="Last backup" { (badge(history.now)) }
            td.when data-label="Last good one" { @match &history.last_good {
                Some(run) => (fleet.window.time(run.started)),
                None => "none in these days",
            } }
            td data-label="Why" { @match (&history.last_failed, history.now) {
                (Some(run), Day::Failed) => (first_line(run.message.as_deref().unwrap_or_default())),
                (_, Day::Missing) => "cron should have started it, and nothing is known of a run",
                _ => (first_line(history.last_good.as_ref().and_then(|run| run.message.as_deref()).unwrap_or_default())),
            } }
        }
    }
}

fn first_line(text: &str) -> String {
    visible(text.lines().next().unwrap_or_default())
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
        // Bytes and seconds of a day are far below what a f64 holds exactly.
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
                    figcaption { "Definitions: good, and above them " (bad) " days with trouble" }
                    (chart::stacks("Definitions a day, by how their backups ended", &parts))
                    (axis(fleet))
                }
                figure {
                    figcaption { "Written a day, at most " (size(greatest(&bytes))) }
                    (chart::bars("Bytes written a day", fleet.days.len(), &bytes))
                    (axis(fleet))
                }
                figure {
                    figcaption { "Time of all backups together a day, at most " (longest) }
                    (chart::bars("Time of all backups together a day", fleet.days.len(), &seconds))
                    (axis(fleet))
                }
            }
        }
    }
}

/// The days on which a chart begins and ends.
fn axis(fleet: &Fleet) -> Markup {
    html! { div.axis { span { (fleet.window.first) } span { (fleet.window.last) } } }
}

/// Databases that nobody backs up.
pub(super) fn undefined(fleet: &Fleet) -> Markup {
    let databases = &fleet.undefined;
    html! {
        section {
            h2 { "Databases without a definition" }
            @if databases.is_empty() {
                p { "None is known: each database of every running node has a definition, or nobody has looked yet." }
            } @else {
                div.scroll tabindex="0" {
                    table {
                        thead { tr { th { "Database" } th { "Node" } th { "Seen since" } th { "In a backup of the whole node" } } }
                        tbody {
                            @for database in databases.iter().take(UNDEFINED) {
                                tr {
                                    td data-label="Database" { b { (name(&database.dbname)) } }
                                    td data-label="Node" { bdi { (visible(&database.node_fqdn)) ":" (database.port) } }
                                    td.when data-label="Seen since" { (fleet.window.time(database.first_seen)) }
                                    td data-label="In a backup of the whole node" { @if database.in_cluster_backup { "yes" } @else { "no" } }
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

/// The largest and the slowest.
pub(super) fn tops(fleet: &Fleet) -> Markup {
    let table = |measure: &str,
                 list: &[(ReportedDefinition, EndedRun)],
                 shown: &dyn Fn(&EndedRun) -> String| {
        html! {
            div.scroll tabindex="0" {
                table {
                    thead { tr { th { "Database" } th { "Node" } th.number { (measure) } th { "Backup of" } } }
                    tbody {
                        @for (definition, run) in list {
                            tr {
                                td data-label="Database" { b { bdi { (subject(definition)) } } }
                                td data-label="Node" { bdi { (node(definition)) } }
                                td.number data-label=(measure) { (shown(run)) }
                                td.when data-label="Backup of" { (fleet.window.time(run.started)) }
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
                h2 { "The largest" }
                (table("Size", &fleet.largest, &|run| Size(run.bytes).to_string()))
            }
            div {
                h2 { "The slowest" }
                (table("Took", &fleet.slowest, &|run| {
                    days_and_clock((run.finished - run.started).num_seconds().unsigned_abs())
                }))
            }
        }
    }
}

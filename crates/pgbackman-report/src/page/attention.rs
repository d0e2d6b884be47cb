//! Problems that need attention, most severe first, and the last failures.

use maud::{Markup, html};
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};

use super::{badge, counted, node, subject, visible};
use crate::concerns;
use crate::days::Day;
use crate::fleet::{Fleet, Shown};

/// Results that need attention, most severe first.
const TROUBLE: [Day; 3] = [Day::Failed, Day::Missing, Day::Warning];
/// Maximum number of definitions in this section; all shown definitions are in their own section.
const NAMED: usize = 25;
/// Number of failures shown before the reader expands the rest.
const OPEN: usize = 3;

/// The definitions whose last backup is not usable, and all other problems.
pub(super) fn section(fleet: &Fleet) -> Markup {
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
    let concerns = concerns::of(fleet);
    html! {
        section {
            h2 { "Needs attention" }
            @if all == 0 && concerns.is_empty() {
                p { "Nothing: every scheduled definition has a usable backup that is not too old, the daemons respond, and the disks have space." }
            }
            @if !concerns.is_empty() {
                ul.concerns {
                    @for concern in &concerns.named {
                        li { (super::level(concern.level)) " " (visible(&concern.text)) }
                    }
                    @if concerns.more > 0 {
                        li { "And " (concerns.more) " more: pgbackman_status_info --check counts them." }
                    }
                }
            }
            @for note in concerns::notes(fleet) {
                p { (visible(&note)) "." }
            }
            @if all > 0 {
                div.scroll tabindex="0" role="region" aria-label="Definitions whose last backup failed, is missing or has a warning" {
                    table {
                        thead { tr { th { "Database" } th { "Node" } th { "Last backup" } th { "Last usable backup" } th { "Reason" } } }
                        tbody {
                            @for shown in troubled.iter().take(NAMED) { (trouble(shown, fleet)) }
                        }
                    }
                }
                @if u64::from(all) > named as u64 {
                    p { "And " (u64::from(all) - named as u64) " more." }
                }
            }
        }
    }
}

/// The last failures: the first ones are visible, the others can be expanded.
pub(super) fn failures(fleet: &Fleet) -> Markup {
    let (open, folded) = fleet.failures.split_at(OPEN.min(fleet.failures.len()));
    html! {
        @if !open.is_empty() {
            section {
                h2 { "Last failures, one per definition" }
                ol.failures { @for (definition, run) in open { (failure(definition, run, fleet)) } }
                @if !folded.is_empty() {
                    details {
                        summary { (counted(folded.len() as u64, "more definition")) }
                        ol.failures start=(OPEN + 1) {
                            @for (definition, run) in folded { (failure(definition, run, fleet)) }
                        }
                    }
                }
            }
        }
    }
}

fn failure(definition: &ReportedDefinition, run: &EndedRun, fleet: &Fleet) -> Markup {
    html! {
        li {
            time { (fleet.window.time(run.started)) } " "
            b { bdi { (subject(definition)) } } " on " bdi { (node(definition)) }
            @if let Some(message) = &run.message { pre { (message) } }
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
            td.when data-label="Last usable backup" { @match &history.last_good {
                Some(run) => (fleet.window.time(run.started)),
                None => "none in the period shown",
            } }
            td data-label="Reason" { @match (&history.last_failed, history.now) {
                (Some(run), Day::Failed) => (first_line(run.message.as_deref().unwrap_or_default())),
                (_, Day::Missing) => "missed: cron never started it",
                _ => (first_line(history.last_good.as_ref().and_then(|run| run.message.as_deref()).unwrap_or_default())),
            } }
        }
    }
}

fn first_line(text: &str) -> String {
    visible(text.lines().next().unwrap_or_default())
}

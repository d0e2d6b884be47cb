//! How much data could be lost, and how long a restore takes: both as measured.

use maud::{Markup, html};
use pgbackman_core::catalogue::runs::last_restores::EndedRestore;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::domain::text::shown::days_and_clock;
use pgbackman_core::domain::text::size::Size;

use super::{badge, counted, name, node, subject, visible};
use crate::days::Day;
use crate::fleet::Fleet;
use crate::losing::age;

/// The newest restore that succeeded and whose duration is known.
pub(super) fn restored(fleet: &Fleet) -> Option<&EndedRestore> {
    let gave_back = |restore: &&EndedRestore| {
        restore.status != ExecutionStatus::Error && restore.seconds.is_some()
    };
    fleet.restores.iter().find(gave_back)
}

/// The section.
pub(super) fn section(fleet: &Fleet) -> Markup {
    let losing = &fleet.losing;
    html! {
        section {
            h2 { "Losing and restoring" }
            @if let (Some(greatest), Some((definition, run))) = (losing.greatest(), &losing.oldest) {
                p {
                    "The newest usable backup of each database is at most " b { (age(greatest)) } " old ("
                    bdi { (subject(definition)) } " on " bdi { (node(definition)) } ", " (fleet.window.time(run.started)) ")"
                    @if let Some(half) = losing.half() { "; half of them are at most " b { (age(half)) } " old" }
                    "."
                }
            }
            @if losing.without > 0 {
                p { b { (counted(losing.without, "active definition")) } " without a usable backup in the period shown." }
            }
            @if fleet.restores.is_empty() {
                p { "No restore is recorded. Only a restore proves that a backup can be restored, and shows how long it takes." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="The last restores" {
                    table {
                        thead { tr { th { "Restored" } th { "To" } th { "Result" } th.number { "Size of the backup" } th.number { "Duration" } th { "Finished" } } }
                        tbody {
                            @for restore in &fleet.restores {
                                tr {
                                    td data-label="Restored" { b { (name(&restore.source_dbname)) } }
                                    td data-label="To" { (name(&restore.target_dbname)) " on " bdi { (place(restore)) } }
                                    td data-label="Result" { (badge(Day::from(restore.status))) }
                                    td.number data-label="Size of the backup" { @if restore.bytes > 0 { (Size(restore.bytes)) } @else { "not known" } }
                                    td.number data-label="Duration" { @match restore.seconds {
                                        Some(seconds) => (days_and_clock(seconds)),
                                        None => "not known",
                                    } }
                                    td.when data-label="Finished" { (fleet.window.time(restore.finished)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The node, with its port unless it is the default.
fn place(restore: &EndedRestore) -> String {
    match restore.port {
        5432 => visible(&restore.target_fqdn),
        port => format!("{}:{port}", visible(&restore.target_fqdn)),
    }
}

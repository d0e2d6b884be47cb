//! The state of the backups' files.

use maud::{Markup, html};
use pgbackman_core::catalogue::backups::files_found::LastLook;

use super::{counted, name, visible};
use crate::fleet::Fleet;

/// Maximum number of lines shown.
const SHOWN: usize = 50;

/// Damaged backups, backups that could not be checked, and servers that do not check their backups.
pub(super) fn section(fleet: &Fleet) -> Markup {
    let overdue: Vec<&LastLook> = fleet
        .looks
        .iter()
        .filter(|look| look.overdue_since(fleet.window.now).is_some())
        .collect();
    html! {
        section {
            h2 { "Backup files" }
            @if fleet.not_whole.is_empty() {
                p { "No backup is known to be damaged. Backup servers check the files of all backups once a day." }
            } @else {
                div.scroll tabindex="0" role="region" aria-label="Backups whose files are damaged or could not be checked" {
                    table {
                        thead { tr { th { "Node" } th { "Backup server" } th { "Files" } th { "Since" } th { "Problem of the newest one" } } }
                        tbody {
                            @for found in fleet.not_whole.iter().take(SHOWN) {
                                tr {
                                    td data-label="Node" { (name(&found.node_name)) }
                                    td data-label="Backup server" { (name(&found.server_fqdn)) }
                                    td data-label="Files" { @if found.is_damaged {
                                        span class="badge failed" { (backups(found.backups)) " damaged" }
                                    } @else {
                                        span class="badge warning" { (backups(found.backups)) " not checked" }
                                    } }
                                    td.when data-label="Since" { (fleet.window.time(found.since)) }
                                    td data-label="Problem of the newest one" { "BckID " (found.newest) ": " (visible(&found.problem)) }
                                }
                            }
                        }
                    }
                }
                @if fleet.not_whole.len() > SHOWN { p { "And " (fleet.not_whole.len() - SHOWN) " more lines." } }
            }
            @for look in overdue {
                p {
                    b { (name(&look.server_fqdn)) }
                    " has not checked the files of all its backups since " (fleet.window.time(look.since)) "."
                }
            }
        }
    }
}

/// Number of damaged backups.
pub(super) fn damaged(fleet: &Fleet) -> u64 {
    let damaged = fleet.not_whole.iter().filter(|found| found.is_damaged);
    damaged
        .map(|found| u64::try_from(found.backups).unwrap_or(0))
        .sum()
}

fn backups(count: i64) -> String {
    counted(u64::try_from(count).unwrap_or(0), "backup")
}

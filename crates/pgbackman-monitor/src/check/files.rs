//! What the looks at the files of backups mean for the check.

use super::line::{Measured, Verdict};
use super::{Level, Pair, Picture};

/// A damaged backup cannot be restored; what nobody looked at may be damaged.
pub(super) fn judge(picture: &Picture, verdict: &mut Verdict) {
    let (mut damaged, mut unseen) = (0, 0);
    for found in &picture.files {
        let (level, what) = match found.files.as_str() {
            "damaged" => {
                damaged += found.count;
                (Level::Critical, "that are damaged")
            }
            "not looked at" => {
                unseen += found.count;
                (Level::Warning, "that could not be looked at")
            }
            _ => continue,
        };
        let text = format!(
            "backups of {} on {} {what}: {}",
            found.node, found.server_fqdn, found.count
        );
        verdict.add(level, &text);
    }
    for look in &picture.looks {
        if look.overdue_since(picture.now).is_some() {
            let days = (picture.now - look.since).num_days();
            let text = format!(
                "maintenance on {} has not looked at the files of all backups for {days} days",
                look.server_fqdn
            );
            verdict.add(Level::Warning, &text);
        }
    }
    verdict.measure("damaged", damaged, Measured::More(Pair::new(1, 1)));
    let warning = Pair {
        warning: Some(1),
        critical: None,
    };
    verdict.measure("not_looked_at", unseen, Measured::More(warning));
}

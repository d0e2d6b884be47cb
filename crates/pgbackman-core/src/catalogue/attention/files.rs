//! The result of the daily check of the backups' files.

use super::judgement::{Judgement, Measured};
use super::{Kind, Level, Pair, Picture};

/// A damaged backup cannot be restored; one whose files could not be checked may be damaged.
pub(super) fn judge(picture: &Picture, judgement: &mut Judgement) {
    let (mut damaged, mut unseen) = (0, 0);
    for found in &picture.files {
        let (level, what) = match found.files.as_str() {
            "damaged" => {
                damaged += found.count;
                (Level::Critical, "that are damaged")
            }
            "not looked at" => {
                unseen += found.count;
                (Level::Warning, "that could not be checked")
            }
            _ => continue,
        };
        let text = format!(
            "backups of {} on {} {what}: {}",
            found.node, found.server_fqdn, found.count
        );
        judgement.add(Kind::Files, level, text);
    }
    for look in &picture.looks {
        if look.overdue_since(picture.now).is_some() {
            let days = (picture.now - look.since).num_days();
            let text = format!(
                "maintenance on {} has not checked the files of all backups for {days} days",
                look.server_fqdn
            );
            judgement.add(Kind::Files, Level::Warning, text);
        }
    }
    judgement.measure("damaged", damaged, Measured::More(Pair::new(1, 1)));
    judgement.measure("not_looked_at", unseen, Measured::More(Pair::warning(1)));
}

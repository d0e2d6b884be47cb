//! The whole judgement: that of each kind of thing, one after the other.

use super::judgement::{Judgement, Measured};
use super::{Kind, Level, Limits, Picture};
use super::{daemons, definitions, files, notified, space};
use crate::domain::catalogue_server::Standing;

/// Judges all of it.
pub fn judge(picture: &Picture, limits: &Limits) -> Judgement {
    let mut judgement = Judgement::default();
    definitions::judge(picture, limits, &mut judgement);
    daemons::judge(picture, limits, &mut judgement);
    files::judge(picture, &mut judgement);
    queues(picture, limits, &mut judgement);
    space::judge(picture, limits, &mut judgement);
    notified::judge(picture, &mut judgement);
    catalogue_server(picture, &mut judgement);
    judgement
}

/// One that cannot be started again takes all bookkeeping with it when it stops.
fn catalogue_server(picture: &Picture, judgement: &mut Judgement) {
    let Some(standing) = picture.catalogue_server else {
        return;
    };
    let level = match standing {
        Standing::Current => return,
        Standing::Outdated { .. } => Level::Warning,
        Standing::Removed { .. } => Level::Critical,
    };
    if let Some(problem) = standing.problem() {
        judgement.add(Kind::CatalogueServer, level, problem);
    }
}

fn queues(picture: &Picture, limits: &Limits, judgement: &mut Judgement) {
    let (mut waiting, mut longest) = (0, 0);
    for queue in &picture.queues {
        waiting += queue.length;
        longest = longest.max(queue.oldest_seconds);
        let level = limits.queue.of(queue.oldest_seconds);
        if queue.length > 0 && level > Level::Ok {
            let text = format!(
                "{} jobs have been waiting for control on {}, up to {} s",
                queue.length, queue.server_fqdn, queue.oldest_seconds
            );
            judgement.add(Kind::Queue, level, text);
        }
    }
    judgement.measure("queue", waiting, Measured::Plain);
    judgement.measure("queue_age", longest, Measured::Seconds(limits.queue));
}

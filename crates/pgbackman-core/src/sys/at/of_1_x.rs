//! Jobs that 1.x gave to `at`. They have no marker: they are known by their only line, a call of `su` with a program of
//! PgBackMan and its flags in 1.x's order.

use super::job_number::JobNumber;
use super::marker::AtJob;
use crate::domain::ids::NodeId;

/// A job of 1.x in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobOf1x {
    /// Its number.
    pub number: JobNumber,
    /// Whether it has begun.
    pub is_running: bool,
    /// What it is for.
    pub job: AtJob,
    /// The node that is backed up or restored to.
    pub node: NodeId,
}

/// What a job's text says that 1.x wrote; `None` for any other text.
///
/// The flags that are looked for stand before any value that an operator chose freely, but for the node's name and user,
/// which have no spaces.
pub(super) fn recognise(text: &str) -> Option<(AtJob, NodeId)> {
    let command = text.lines().find_map(|line| {
        line.strip_prefix("su -l ")?
            .split_once(" -c \"")
            .map(|(_, command)| command)
    })?;
    let (program, flags) = command.split_once(' ')?;
    let node = NodeId::new(number(flags, "--node-id")?);
    let job = match program.rsplit('/').next()? {
        "pgbackman_dump" => AtJob::Snapshot(id(flags, "--snapshot-id")?),
        "pgbackman_restore" => AtJob::Restore(id(flags, "--restore-def")?),
        _ => return None,
    };
    Some((job, node))
}

fn id<T: std::str::FromStr>(flags: &str, flag: &str) -> Option<T> {
    number(flags, flag)?.to_string().parse().ok()
}

/// The number behind the first occurrence of a flag.
fn number(flags: &str, flag: &str) -> Option<i64> {
    let mut words = flags.split(' ');
    words.find(|word| *word == flag)?;
    words
        .next()?
        .trim_end_matches('"')
        .parse()
        .ok()
        .filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{RestoreDefId, SnapshotId};

    const SNAPSHOT: &str = "su -l pgbackman -c \"/usr/bin/pgbackman_dump --node-fqdn n1.example.net --node-id 4 --node-port 5432 \
        --node-user postgres --snapshot-id 3 --pg-dump-release 9.6 --dbname shop --encryption false --backup-code FULL \
        --root-backup-dir /srv/pgbackman --extra-backup-parameters \\\"'--jobs=2'\\\"\"\n";

    #[test]
    fn jobs_of_1_x_are_told_from_others() {
        let preamble = "#!/bin/sh\n# atrun uid=0 gid=0\numask 22\nHOME=/root; export HOME\ncd /root || {\n exit 1\n}\n";
        let node = NodeId::new(4);
        let snapshot = (AtJob::Snapshot(SnapshotId::new(3)), node);
        assert_eq!(recognise(&format!("{preamble}{SNAPSHOT}")), Some(snapshot));
        let restore = "su -l pgbackman -c \"/usr/bin/pgbackman_restore --node-fqdn n --node-id 4 --restore-def 12\"\n";
        let expected = (AtJob::Restore(RestoreDefId::new(12)), node);
        assert_eq!(recognise(restore), Some(expected));
        for other in [
            "",
            "su -l pgbackman -c \"/usr/bin/pgbackman_dump --node-id 4 --def-id 3\"\n",
            "su -l pgbackman -c \"/usr/bin/vacuumdb --node-id 4 --snapshot-id 3\"\n",
            "su -l pgbackman -c \"/usr/bin/pgbackman_dump --node-id x --snapshot-id 3\"\n",
            "echo su -l pgbackman -c \"/usr/bin/pgbackman_dump --node-id 4 --snapshot-id 3\"\n",
            "runuser -u pgbackman -- /usr/bin/pgbackman_dump --node-id 4 --snapshot-id 3\n",
        ] {
            assert_eq!(recognise(other), None, "{other}");
        }
    }

    #[test]
    fn a_value_that_looks_like_a_flag_changes_nothing() {
        let text = SNAPSHOT.replace("--dbname shop", "--dbname a --snapshot-id 9 --node-id 8");
        assert_eq!(
            recognise(&text),
            Some((AtJob::Snapshot(SnapshotId::new(3)), NodeId::new(4)))
        );
    }
}

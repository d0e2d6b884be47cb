//! The files of a node's crontab.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, Utc};
use thiserror::Error;

use super::environment::environment_lines;
use crate::domain::ids::NodeId;

/// Jobs in one file. cron 3.0pl1 ignores a file of more than about 10 000 lines whole (10 003 ran, 10 012 did not:
/// trap 18a).
pub const JOBS_PER_FILE: usize = 5_000;

const FILE_LINE: &str = "# File: ";
const NODE_ID_LINE: &str = "# NodeID: ";
const GENERATED_LINE: &str = "# Generated: ";
const AUTOMATIC_LINE: &str = "# This crontab is generated automatically by pgbackman_control";
/// What 1.2 wrote into its headers, over two lines.
const LEGACY_LINES: [&str; 2] = [
    "# This crontab file is generated automatically",
    "# and contains the backup jobs to be run",
];
/// A header is looked for in so many lines.
const HEADER_LINES: usize = 12;

/// What stands above the jobs.
#[derive(Debug, Clone)]
pub struct Header<'a> {
    /// The node.
    pub node_id: NodeId,
    /// Its name with its port.
    pub node: &'a str,
    /// This backup server's name.
    pub server: &'a str,
    /// The node's `logs_email`, as the catalogue has it.
    pub mailto: &'a str,
    /// When this was made; the only part that may differ between equal crontabs.
    pub generated: DateTime<Utc>,
}

/// One file of a node's crontab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrontabFile {
    /// Where it belongs.
    pub path: PathBuf,
    /// The whole text.
    pub content: String,
}

/// Whose an existing file in a crontab directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOrigin {
    /// Made by control for this node.
    Node(NodeId),
    /// Made by PgBackMan 1.x, which named the node only by its FQDN.
    Legacy,
    /// Not ours: it is neither overwritten nor removed.
    Foreign,
}

/// A file name that cron would pass over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "cron ignores a file named {name:?}: only letters, digits, `_` and `-` are allowed in the name of a crontab; \
     change pgnode_crontab_file"
)]
pub struct InvalidFileName {
    /// The name.
    pub name: String,
}

/// Checks the name of a file in `/etc/cron.d`: any other character (a dot, a `~`) makes cron ignore it silently
/// (trap 19).
pub fn check_file_name(path: &Path) -> Result<&OsStr, InvalidFileName> {
    let name = path.file_name().unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if name.is_empty() || !name.as_bytes().iter().all(plain) {
        return Err(InvalidFileName {
            name: name.to_string_lossy().into_owned(),
        });
    }
    Ok(name)
}

/// The path of the file with this number, counted from 1: `pgsql_node_7`, `pgsql_node_7_2`, …
pub fn file_path(base: &Path, number: usize) -> PathBuf {
    if number <= 1 {
        return base.to_owned();
    }
    let mut path = base.as_os_str().to_owned();
    path.push(format!("_{number}"));
    PathBuf::from(path)
}

/// All files of a node's crontab, at least one: a node without jobs (a stopped one) has a file without them.
///
/// `lines` come from [`super::job_line`], in the order of definitions.
pub fn render(base: &Path, header: &Header<'_>, lines: &[String]) -> Vec<CrontabFile> {
    let chunks: Vec<&[String]> = if lines.is_empty() {
        vec![&[]]
    } else {
        lines.chunks(JOBS_PER_FILE).collect()
    };
    chunks
        .into_iter()
        .enumerate()
        .map(|(index, jobs)| {
            let path = file_path(base, index + 1);
            let mut content = header_text(&path, header);
            content.extend(jobs.iter().map(String::as_str));
            CrontabFile { path, content }
        })
        .collect()
}

/// Whether two files say the same but for the time they were made at.
pub fn same_jobs(one: &str, other: &str) -> bool {
    let said = |text: &'_ str| -> bool { !text.starts_with(GENERATED_LINE) };
    one.ends_with('\n') == other.ends_with('\n')
        && one
            .lines()
            .filter(|line| said(line))
            .eq(other.lines().filter(|line| said(line)))
}

/// Tells from its header who made a file.
pub fn identify(content: &str) -> FileOrigin {
    let header: Vec<&str> = content.lines().take(HEADER_LINES).collect();
    if header.contains(&AUTOMATIC_LINE) {
        let id = header
            .iter()
            .find_map(|line| line.strip_prefix(NODE_ID_LINE)?.parse().ok());
        return id.map_or(FileOrigin::Foreign, FileOrigin::Node);
    }
    if LEGACY_LINES.iter().all(|line| header.contains(line)) {
        return FileOrigin::Legacy;
    }
    FileOrigin::Foreign
}

fn header_text(path: &Path, header: &Header<'_>) -> String {
    let mut text = String::new();
    let generated = header.generated.to_rfc3339_opts(SecondsFormat::Secs, true);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "{FILE_LINE}{}\n#\n{AUTOMATIC_LINE}\n# from the backup definitions in the catalogue; changes made here are lost.\n\
         #\n# PgSQL node: {}\n{NODE_ID_LINE}{}\n# Backup server: {}\n{GENERATED_LINE}{generated}\n#\n{}\n",
        comment(&path.to_string_lossy()),
        comment(header.node),
        header.node_id,
        comment(header.server),
        environment_lines(header.mailto),
    );
    text
}

/// A value inside a comment: what would end the line becomes `?` (trap 16).
fn comment(value: &str) -> String {
    value
        .chars()
        .map(|character| {
            if character.is_control() {
                '?'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn header() -> Header<'static> {
        Header {
            node_id: NodeId::new(7),
            node: "pg-node01.example.net:5432",
            server: "backup01.example.net",
            mailto: "ops@example.net",
            generated: Utc.with_ymd_and_hms(2026, 11, 21, 4, 43, 48).unwrap(),
        }
    }

    fn jobs(count: usize) -> Vec<String> {
        (1..=count)
            .map(|number| format!("0 4 * * * pgbackman /usr/bin/true {number}\n"))
            .collect()
    }

    #[test]
    fn a_file_has_header_environment_and_jobs() {
        let files = render(Path::new("/etc/cron.d/pgsql_node_7"), &header(), &jobs(1));
        assert_eq!(
            files[0].content,
            "# File: /etc/cron.d/pgsql_node_7\n\
             #\n\
             # This crontab is generated automatically by pgbackman_control\n\
             # from the backup definitions in the catalogue; changes made here are lost.\n\
             #\n\
             # PgSQL node: pg-node01.example.net:5432\n\
             # NodeID: 7\n\
             # Backup server: backup01.example.net\n\
             # Generated: 2026-11-21T04:43:48Z\n\
             #\n\
             SHELL=/bin/sh\n\
             PATH=/usr/sbin:/usr/bin:/sbin:/bin\n\
             MAILTO=ops@example.net\n\
             \n\
             0 4 * * * pgbackman /usr/bin/true 1\n"
        );
        assert_eq!(files.len(), 1);
    }

    #[test]
    fn trap_18a_ten_thousand_jobs_are_split_and_every_job_is_there_once() {
        let lines = jobs(10_001);
        let files = render(Path::new("/etc/cron.d/pgsql_node_7"), &header(), &lines);
        let names: Vec<_> = files
            .iter()
            .map(|file| file.path.to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "/etc/cron.d/pgsql_node_7",
                "/etc/cron.d/pgsql_node_7_2",
                "/etc/cron.d/pgsql_node_7_3"
            ]
        );
        let mut found = Vec::new();
        for file in &files {
            assert!(file.content.lines().count() < 6_000);
            assert!(file.content.ends_with('\n'));
            check_file_name(&file.path).unwrap();
            found.extend(
                file.content
                    .lines()
                    .filter(|line| line.starts_with("0 4 "))
                    .map(|line| format!("{line}\n")),
            );
        }
        assert_eq!(found, lines);
    }

    #[test]
    fn a_stopped_node_has_a_file_without_jobs() {
        let files = render(Path::new("/etc/cron.d/pgsql_node_7"), &header(), &[]);
        assert_eq!(files.len(), 1);
        assert!(
            files[0]
                .content
                .lines()
                .all(|line| line.is_empty() || line.starts_with('#') || line.contains('='))
        );
    }

    #[test]
    fn trap_16_no_value_of_the_header_becomes_a_line() {
        let hostile = "x\n* * * * * root touch /x\r\n";
        let header = Header {
            node: hostile,
            server: hostile,
            mailto: hostile,
            ..header()
        };
        let files = render(
            Path::new("/etc/cron.d/a\n* * * * * root touch"),
            &header,
            &[],
        );
        for line in files[0].content.lines() {
            assert!(
                line.is_empty()
                    || line.starts_with('#')
                    || line.starts_with("SHELL=")
                    || line.starts_with("PATH="),
                "{line:?}"
            );
        }
        assert!(!files[0].content.contains('\r'));
    }

    #[test]
    fn only_the_time_may_differ() {
        let base = Path::new("/etc/cron.d/pgsql_node_7");
        let later = Header {
            generated: Utc::now(),
            ..header()
        };
        let (one, other) = (
            render(base, &header(), &jobs(2)),
            render(base, &later, &jobs(2)),
        );
        assert_ne!(one, other);
        assert!(same_jobs(&one[0].content, &other[0].content));
        assert!(!same_jobs(
            &one[0].content,
            &render(base, &later, &jobs(3))[0].content
        ));
        assert!(!same_jobs(&one[0].content, one[0].content.trim_end()));
    }

    #[test]
    fn trap_19_a_name_that_cron_ignores_is_refused() {
        for name in ["pgsql.node", "node~", "", ".hidden", "a b", "näme", "a/.."] {
            assert!(
                check_file_name(&Path::new("/etc/cron.d").join(name)).is_err(),
                "{name:?}"
            );
        }
        assert!(check_file_name(Path::new("/")).is_err());
        assert!(check_file_name(Path::new("/etc/cron.d/pgsql_node_1_2")).is_ok());
    }

    #[test]
    fn a_file_tells_who_made_it() {
        let ours = &render(Path::new("/etc/cron.d/x"), &header(), &jobs(1))[0].content;
        assert_eq!(identify(ours), FileOrigin::Node(NodeId::new(7)));
        let legacy = "# File: /etc/cron.d/pgsql_node_1\n# \n# This crontab file is generated automatically\n\
                      # and contains the backup jobs to be run\n# for the PgSQL node a\n\n";
        assert_eq!(identify(legacy), FileOrigin::Legacy);
        assert_eq!(
            identify("SHELL=/bin/sh\n09,39 * * * * root php\n"),
            FileOrigin::Foreign
        );
        assert_eq!(identify(""), FileOrigin::Foreign);
    }
}

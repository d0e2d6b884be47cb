//! What a job's program gets is what the definition says, whatever is in it.

use std::fs;
use std::path::Path;

use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::dump_job::DumpJob;
use pgbackman_core::domain::ids::{DefId, NodeId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::{BackupCode, ServerStatus};
use pgbackman_core::domain::text::encoded_value;
use pgbackman_tests::namespace;

use super::lab::{Lab, line};

/// The names of trap 15, and what broke quoting elsewhere.
pub(crate) const HOSTILE_NAMES: [&str; 17] = [
    "Orders",
    "my db",
    "o'brien",
    "say \"hi\"",
    r"back\slash",
    r"trailing\",
    r"\%\\%",
    "100%",
    "inj$(touch /x)",
    "`touch /x`",
    "c;id>/x;#",
    "a&b|c",
    "-leading",
    "*?[a] ~root",
    "two\nlines",
    "tab\tand\rreturn",
    "žluťoučký kůň úpěl ďábelské ódy €€€€€€",
];

/// A node of which nothing matters but that lines can be made for it.
pub(crate) fn node() -> PgsqlNode {
    PgsqlNode {
        id: NodeId::new(1),
        hostname: "node1".to_owned(),
        domain: "example.org".to_owned(),
        port: 5432,
        admin_user: "postgres".to_owned(),
        status: ServerStatus::Running,
        remarks: String::new(),
        system_identifier: None,
        window_until: None,
    }
}

#[test]
fn trap_15_hostile_names_reach_the_program_unchanged_through_real_cron() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    let node = node();
    let mut expected = Vec::new();
    let mut content = String::new();
    for (number, name) in HOSTILE_NAMES.iter().enumerate() {
        let job = DumpJob {
            program: Path::new("/to/be/replaced"),
            config: None,
            node: &node,
            origin: BackupOrigin::Definition(DefId::new(1)),
            dbname: name,
            code: BackupCode::Full,
            encryption: false,
            root_backup_dir: Path::new("/srv/pgbackman"),
            extra_parameters: "-T 'a b%' --inserts",
            pg_dump_release: None,
            requested: None,
        };
        let arguments = job.argv().unwrap().split_off(1);
        let mut argv = lab.words("record", &number.to_string());
        argv.extend(arguments.iter().cloned());
        content.push_str(&line(["*"; 5], &argv));
        expected.push(arguments);
    }
    lab.install("hostile", &content);
    lab.start_cron();

    let numbers: Vec<_> = (0..HOSTILE_NAMES.len())
        .map(|number| number.to_string())
        .collect();
    lab.wait_for(&numbers.iter().map(String::as_str).collect::<Vec<_>>());

    for ((number, name), arguments) in numbers.iter().zip(HOSTILE_NAMES).zip(expected) {
        let seen = fs::read_to_string(lab.trace(number)).unwrap();
        let seen: Vec<_> = seen.split_terminator('\0').collect();
        assert_eq!(seen, arguments, "{name:?}");
        assert_eq!(dbname_of(&seen), name);
    }
    assert!(!Path::new("/x").exists(), "a part of a name was run");
}

/// The database name that a command line carries, in whichever of its three forms.
fn dbname_of(arguments: &[&str]) -> String {
    let after = |flag: &str| arguments.iter().find_map(|word| word.strip_prefix(flag));
    if let Some(encoded) = after("--dbname-encoded=") {
        return encoded_value::decode(encoded).unwrap();
    }
    let two_words = || {
        arguments
            .windows(2)
            .find_map(|pair| (pair[0] == "--dbname").then_some(pair[1]))
    };
    after("--dbname=")
        .or_else(two_words)
        .expect("a database name")
        .to_owned()
}

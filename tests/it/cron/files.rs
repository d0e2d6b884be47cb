//! Which files cron reads, and what a job finds in its environment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use nix::unistd::chown;
use pgbackman_tests::namespace;

use super::lab::Lab;

#[test]
fn trap_18_one_bad_line_makes_cron_ignore_the_whole_file() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    // Control's own limit is in the line; cron's is tried with lines written by hand.
    let padded = |trace: &str, length: usize| {
        let words = lab.words("record", trace).join(" ");
        format!(
            "* * * * * pgbackman {words} {}\n",
            "x".repeat(length - words.len() - 1)
        )
    };
    let bad_lines = [
        ("badfield", "99 77 foo * * pgbackman /bin/true\n".to_owned()),
        ("badstep", "5/15 * * * * pgbackman /bin/true\n".to_owned()),
        (
            "nouser",
            "* * * * * nobody-of-this-name /bin/true\n".to_owned(),
        ),
        ("long", padded("too-long", 999)),
    ];
    for (name, bad_line) in &bad_lines {
        lab.install(
            name,
            &format!("{}{bad_line}", lab.each_minute("record", name)),
        );
    }
    let good = lab.each_minute("record", "good");
    lab.install("good", &format!("{good}{}", padded("longest", 998)));
    lab.start_cron();

    lab.wait_for(&["good", "longest"]);

    assert_eq!(Vec::from_iter(lab.traces()), ["good", "longest"]);
    for (name, _) in bad_lines {
        let log = lab.log_about(name);
        assert!(
            log.iter()
                .any(|message| message.contains("bad ") || message.contains("too long")),
            "{name}: {log:?}"
        );
    }
    let longest = fs::read_to_string(lab.trace("longest")).unwrap();
    assert!(
        longest.ends_with("xxx\0"),
        "the command was cut: {longest:?}"
    );
}

#[test]
fn trap_19_cron_silently_ignores_files_that_it_does_not_trust() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    let mut traces = Vec::new();
    for name in [
        "with.dot",
        "ending~",
        "tmp-new.tmp",
        "writable",
        "foreign",
        "linked",
        "cut",
        "good",
    ] {
        let trace = name.replace('.', "_");
        let path = lab.install(name, &lab.each_minute("record", &trace));
        match name {
            "writable" => fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap(),
            "foreign" => chown(&path, Some(1.into()), None).unwrap(),
            "linked" => fs::hard_link(&path, lab.sandbox.path().join("second-link")).unwrap(),
            "cut" => {
                let text = fs::read_to_string(&path).unwrap();
                fs::write(&path, text.trim_end_matches('\n')).unwrap();
            }
            _ => {}
        }
        traces.push(trace);
    }
    // A carriage return is part of the last argument.
    let crlf = lab.each_minute("record", "crlf").replace('\n', " last\r\n");
    lab.install("crlf", &crlf);
    lab.start_cron();

    lab.wait_for(&["good", "crlf"]);

    assert_eq!(Vec::from_iter(lab.traces()), ["crlf", "good"]);
    assert_eq!(fs::read_to_string(lab.trace("crlf")).unwrap(), "last\r\0");
}

#[test]
fn trap_20_a_new_file_is_seen_at_the_next_minute_and_jobs_get_five_variables() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    lab.install("witness", &lab.each_minute("stamp", "witness"));
    lab.start_cron();
    lab.wait_for(&["witness"]);

    lab.install("late", &lab.each_minute("environment", "late"));
    lab.wait_for(&["late"]);

    let minutes = fs::read_to_string(lab.trace("witness")).unwrap();
    assert_eq!(
        minutes.lines().count(),
        2,
        "the next minute after the first: {minutes}"
    );
    let environment = fs::read_to_string(lab.trace("late")).unwrap();
    let variables: BTreeMap<_, _> = environment
        .split_terminator('\0')
        .map(|entry| entry.split_once('=').unwrap())
        .collect();
    let home = lab.sandbox.home();
    let expected = BTreeMap::from([
        ("HOME", home.to_str().unwrap()),
        ("LOGNAME", "pgbackman"),
        ("PATH", "/usr/bin:/bin"),
        ("PWD", home.to_str().unwrap()),
        ("SHELL", "/bin/sh"),
    ]);
    assert_eq!(variables, expected);
}

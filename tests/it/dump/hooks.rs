//! Hooks before and after a backup (`[pgbackman_hooks]`).

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::{Lab, identifier, names_in};

/// A program that may be a hook: these lines of a shell's.
pub(crate) fn program(lab: &Lab<'_>, name: &str, lines: &str) -> PathBuf {
    let path = lab.sandbox.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Sets a hook.
pub(crate) fn set(lab: &mut Lab<'_>, key: &str, words: &[&str]) {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    let value = format!("[{}]", words.join(", "));
    lab.sandbox.configure("pgbackman_hooks", key, &value);
}

/// A file that the job user may write.
pub(crate) fn notebook(lab: &Lab<'_>) -> PathBuf {
    let path = lab.sandbox.path().join("notes");
    fs::write(&path, "").unwrap();
    lab.give_to_jobs(&path);
    path
}

#[test]
fn hooks_run_before_and_after_each_backup_and_are_told_of_it() {
    let cluster = Cluster::private(Version::Installed);
    // A name that would be more than a word to a shell.
    let name = "a b'; touch \"$HOME\"; $(id)";
    cluster.psql("postgres", &format!("CREATE DATABASE {}", identifier(name)));
    let mut lab = Lab::new(&cluster);
    let notes = notebook(&lab);
    let told = program(
        &lab,
        "hook",
        "[ -z \"$PGBACKMAN_DUMP_FILE\" ] || test -e \"$PGBACKMAN_DUMP_FILE\" || exit 1\n\
         printf '%s|%s|%s|%s|%s\\n' \"$1\" \"$PGBACKMAN_HOOK\" \"$PGBACKMAN_DBNAME\" \"$PGBACKMAN_STATUS\" \"$PGPASSWORD\" >> \"$2\"",
    );
    let (told, file) = (told.to_str().unwrap(), notes.to_str().unwrap());
    set(&mut lab, "before_backup", &[told, "one; word", file]);
    set(&mut lab, "after_backup", &[told, "after", file]);
    lab.define(name, "FULL").succeed();
    assert_eq!(
        fs::read_to_string(&notes).unwrap(),
        format!("one; word|before_backup|{name}||\nafter|after_backup|{name}|SUCCEEDED|\n")
    );
    // After a failure too.
    fs::write(&notes, "").unwrap();
    let missing = lab.define("nowhere", "FULL");
    assert_eq!(missing.run().code, 1);
    assert!(
        fs::read_to_string(&notes)
            .unwrap()
            .ends_with("after|after_backup|nowhere|ERROR|\n")
    );
}

#[test]
fn a_hook_that_fails_is_a_warning_and_a_required_one_an_error_before_anything_is_written() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let mut lab = Lab::new(cluster);
    let failing = program(&lab, "failing", "echo 'the volume is busy' >&2; exit 3");
    let failing = failing.to_str().unwrap().to_owned();
    let job = |lab: &Lab<'_>| lab.define(database.name(), "FULL").run();
    let last = |lab: &Lab<'_>| {
        let of = |column| lab.catalogued(column).pop().unwrap();
        (of("execution_status"), of("error_message"))
    };
    for key in ["before_backup", "after_backup"] {
        set(&mut lab, key, &[&failing]);
        assert_eq!(job(&lab).code, 8, "{}", lab.sandbox.log());
        let (status, reason) = last(&lab);
        assert_eq!(status, "WARNING");
        assert!(
            reason.contains(&format!("the hook {key} failed: "))
                && reason.contains("exit status 3: the volume is busy"),
            "{reason}"
        );
        set(&mut lab, key, &[]);
    }
    lab.assert_only_complete_backups();
    let before = names_in(&lab.dump_dir());
    set(&mut lab, "before_backup", &[&failing]);
    lab.sandbox
        .configure("pgbackman_hooks", "before_backup_required", "\"ON\"");
    assert_eq!(job(&lab).code, 1);
    let (status, reason) = last(&lab);
    assert_eq!(status, "ERROR");
    assert!(reason.contains("the hook before_backup failed"), "{reason}");
    assert_eq!(names_in(&lab.dump_dir()), before);
    assert!(lab.records().is_empty());
}

#[test]
fn a_hook_that_hangs_is_ended_with_all_that_it_started() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let mut lab = Lab::new(cluster);
    let hanging = program(&lab, "hanging", "sleep 1000 & sleep 1000");
    set(&mut lab, "after_backup", &[hanging.to_str().unwrap()]);
    lab.sandbox
        .configure("pgbackman_hooks", "hook_timeout", "\"1s\"");
    let output = lab.define(database.name(), "FULL").run();
    assert_eq!(output.code, 8, "{}", output.stderr);
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "WARNING");
    assert!(
        reason.contains("did not end within hook_timeout (1 s)"),
        "{reason}"
    );
    lab.assert_nobody_survives();
    lab.assert_only_complete_backups();
}

/// Only the local configuration names hooks: nothing in the catalogue does, and no program that others may replace is run.
#[test]
fn the_catalogue_sets_no_hook_and_a_program_that_others_may_write_is_refused() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let mut lab = Lab::new(cluster);
    let notes = notebook(&lab);
    let writes = format!("echo ran >> {}", notes.display());
    let hook = program(&lab, "hook", &writes);
    let hook = hook.to_str().unwrap().to_owned();
    let catalogue = lab.sandbox.catalogue();
    for table in [
        "backup_server_config (server_id, parameter, value)",
        "pgsql_node_config (node_id, parameter, value)",
        "backup_server_default_config (parameter, value)",
        "pgsql_node_default_config (parameter, value)",
    ] {
        for key in ["before_backup", "after_backup"] {
            let id = if table.contains("_id") { "1, " } else { "" };
            // Whatever becomes of the statement.
            catalogue.psql(&format!(
                "DO $$ BEGIN INSERT INTO {table} VALUES ({id}'{key}', '[\"{hook}\"]'); \
                 EXCEPTION WHEN OTHERS THEN NULL; END $$"
            ));
        }
    }
    lab.define(database.name(), "FULL").succeed();
    assert_eq!(fs::read_to_string(&notes).unwrap(), "");
    set(&mut lab, "before_backup", &[&hook]);
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o777)).unwrap();
    let output = lab.define(database.name(), "FULL").run();
    assert_eq!(output.code, 8, "{}", output.stderr);
    let reason = lab.catalogued("error_message").pop().unwrap();
    assert!(reason.contains("must not have write access"), "{reason}");
    assert_eq!(fs::read_to_string(&notes).unwrap(), "");
}

//! Hooks before and after a restore (`[pgbackman_hooks]`).

use std::fs;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;
use crate::dump::hooks::{notebook, program, set};
use crate::dump::support::Lab;

#[test]
fn hooks_run_before_and_after_each_restore() {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    let mut lab = RestoreLab::of(Lab::new(&source), &source);
    let backup = lab.backup("shop", "FULL");
    let notes = notebook(&lab.lab);
    let telling = program(
        &lab.lab,
        "telling",
        "echo \"$PGBACKMAN_HOOK $PGBACKMAN_DBNAME $PGBACKMAN_RESTORE_DEF $PGBACKMAN_STATUS\" >> \"$1\"",
    );
    let (telling, file) = (telling.to_str().unwrap(), notes.to_str().unwrap());
    set(&mut lab.lab, "before_restore", &[telling, file]);
    set(&mut lab.lab, "after_restore", &[telling, file]);
    lab.restore(&backup, "copy").succeed();
    assert_eq!(
        fs::read_to_string(&notes).unwrap(),
        "before_restore copy 1 \nafter_restore copy 1 SUCCEEDED\n"
    );
    // A failure is a WARNING; one that is required an ERROR before the target is touched.
    let failing = program(&lab.lab, "failing", "echo 'not now' >&2; exit 1");
    set(&mut lab.lab, "after_restore", &[failing.to_str().unwrap()]);
    assert_eq!(lab.restore(&backup, "second").run().code, 8);
    let result = lab.last_result();
    assert_eq!(result["status"], "WARNING");
    assert!(
        result["message"].contains("the hook after_restore failed"),
        "{result:?}"
    );
    set(&mut lab.lab, "before_restore", &[failing.to_str().unwrap()]);
    lab.lab
        .sandbox
        .configure("pgbackman_hooks", "before_restore_required", "\"ON\"");
    let before = lab.databases();
    let output = lab.restore(&backup, "third").run();
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert_eq!(lab.last_result()["status"], "ERROR");
    assert_eq!(lab.databases(), before);
}

//! D1: what monitoring says of damaged backups and of those that nobody looked at.

use pgbackman_tests::exposition;
use pgbackman_tests::sandbox::Sandbox;

use super::scene::{backup, define, healthy_daemons, register, sql, status_info};

fn check(sandbox: &Sandbox<'_>, words: &[&str]) -> (i32, String) {
    let said = status_info(sandbox, &[&["--check"], words].concat());
    (said.code, said.stdout + &said.stderr)
}

/// The values of a metric by these labels.
fn metrics(sandbox: &Sandbox<'_>) -> (Option<f64>, Option<f64>, f64) {
    let file = sandbox.path().join("pgbackman.prom");
    let arguments = [std::ffi::OsStr::new("--textfile"), file.as_os_str()];
    sandbox.run("pgbackman_exporter", arguments).success();
    let all = exposition::read(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let found = |files| {
        all["pgbackman_kept_backups"]
            .value(&[("pgsql_node", "pg1.example.net:5432"), ("files", files)])
    };
    let age = &all["pgbackman_files_look_age_seconds"];
    let age = age.value(&[("backup_server", "backup01.example.net")]);
    (found("damaged"), found("not_looked_at"), age.unwrap())
}

#[test]
fn d1_damage_is_critical_and_what_nobody_looks_at_a_warning() {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    let (shop, crm) = (define(&sandbox, "shop"), define(&sandbox, "crm"));
    for definition in [shop, crm] {
        backup(&sandbox, definition, "1 min", "SUCCEEDED");
    }
    let looked = |state: &str, ended: &str| {
        sql(
            &sandbox,
            &format!(
                "SELECT record_looks_at_files(now(), ARRAY[1], ARRAY['{state}'], ARRAY['/srv/x is missing']); \
                 DELETE FROM file_look; \
                 INSERT INTO file_look (backup_server_id, begun, ended) VALUES (1, now(), now() - interval '{ended}')"
            ),
        );
    };
    looked("whole", "47 hours");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 0, "{line}");
    assert!(
        line.contains(" damaged=0;0;0;0 not_looked_at=0;0;;0 "),
        "{line}"
    );
    let (damaged, unseen, age) = metrics(&sandbox);
    assert_eq!((damaged, unseen), (None, None));
    assert!((169_200.0..170_000.0).contains(&age), "{age}");

    looked("damaged", "1 hour");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 2, "{line}");
    let wanted = "PGBACKMAN CRITICAL - backups of pg1.example.net:5432 on backup01.example.net that are damaged: 1 |";
    assert!(line.starts_with(wanted), "{line}");
    assert!(line.contains(" damaged=1;0;0;0 "), "{line}");
    assert_eq!(metrics(&sandbox).0, Some(1.0));
    // It is the backup of one definition.
    assert_eq!(check(&sandbox, &["-d", &shop.to_string()]).0, 2);
    assert_eq!(check(&sandbox, &["-d", &crm.to_string()]).0, 0);

    looked("not looked at", "1 hour");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 1, "{line}");
    assert!(
        line.contains(
            "WARNING - backups of pg1.example.net:5432 on backup01.example.net that could not be checked: 1 |"
        ),
        "{line}"
    );
    assert_eq!(metrics(&sandbox).1, Some(1.0));

    looked("whole", "49 hours");
    let (code, line) = check(&sandbox, &[]);
    assert_eq!(code, 1, "{line}");
    let wanted =
        "maintenance on backup01.example.net has not checked the files of all backups for 2 days |";
    assert!(line.contains(wanted), "{line}");
}

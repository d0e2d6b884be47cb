//! What 1.2's control had written, after the upgrade and a pass of ours.

use std::fs;

use super::OldServer;

/// A crontab as 1.2 wrote it, for a node.
fn of_1_2(file: &str) -> String {
    format!(
        "# File: {file}\n# \n# This crontab file is generated automatically\n# and contains the backup jobs to be run\n\
         # for the PgSQL node n1.example.net\n# in the backup server backup01.example.net\n# \n\
         # Generated: 2026-01-21 04:43:48.323275+00\n#\nSHELL=/bin/bash\nPATH=/sbin:/bin:/usr/sbin:/usr/bin\n\
         MAILTO=ops@example.org\n\n41 01 * * * pgbackman /usr/bin/pgbackman_dump --node-fqdn n1.example.net --node-id 1 \
         --def-id 1 --dbname shop\n"
    )
}

#[test]
fn crontabs_and_caches_of_1_2_are_replaced_and_others_stay() {
    let server = OldServer::new();
    let [ours, foreign] = [1, 2].map(|node| {
        server
            .sandbox
            .crontab_dir()
            .join(format!("pgsql_node_{node}"))
    });
    fs::write(&ours, of_1_2(ours.to_str().unwrap())).unwrap();
    fs::write(&foreign, "0 0 * * * root /usr/local/bin/mine\n").unwrap();
    server.setup(&["--upgrade"]).success();
    // A definition of node 2 on this server, whose file is somebody's.
    server
        .database
        .psql("UPDATE backup_definition SET job_status = 'ACTIVE' WHERE def_id = 4");

    // This control has no namespace around it: it must find nothing to hand to the machine's own `at`.
    server.database.psql(
        "UPDATE snapshot_definition SET status = 'ERROR'; UPDATE restore_definition SET status = 'ERROR'",
    );

    let said = server.sandbox.run("pgbackman_control", ["--once"]);
    assert_ne!(said.code, 0, "the foreign file was not reported");
    assert!(
        said.stderr.contains(foreign.to_str().unwrap()),
        "{}",
        said.stderr
    );
    let crontab = fs::read_to_string(&ours).unwrap();
    assert!(
        crontab.contains("generated automatically by pgbackman_control"),
        "{crontab}"
    );
    for definition in ["--def-id 1 ", "--def-id 2 ", "--def-id 3 "] {
        assert_eq!(
            crontab.matches(definition).count(),
            1,
            "{definition}: {crontab}"
        );
    }
    assert!(!crontab.contains("/usr/bin/pgbackman_dump"), "{crontab}");
    assert_eq!(
        fs::read_to_string(&foreign).unwrap(),
        "0 0 * * * root /usr/local/bin/mine\n"
    );
}

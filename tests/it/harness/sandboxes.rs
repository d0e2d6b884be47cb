//! A sandbox has a catalogue of its own and programs that find it.

use pgbackman_tests::sandbox::Sandbox;

#[tokio::test]
async fn every_sandbox_has_a_catalogue_that_points_into_it() {
    let (one, other) = (Sandbox::new(), Sandbox::new());
    for sandbox in [&one, &other] {
        let client = sandbox.connect().await;
        let sql = "SELECT value FROM backup_server_default_config WHERE parameter = 'root_backup_partition'";
        let root: String = client.query_one(sql, &[]).await.unwrap().get(0);
        assert_eq!(root, sandbox.backup_root().to_str().unwrap());
    }
    assert_ne!(one.catalogue().name(), other.catalogue().name());
}

#[test]
fn the_programs_of_a_sandbox_run_under_their_own_names() {
    let sandbox = Sandbox::without_catalogue();
    for program in [
        "pgbackman",
        "pgbackman_control",
        "pgbackman_dump",
        "pgbackman_setup",
    ] {
        let said = pgbackman_tests::sandbox::run(
            sandbox.bare_command(program).arg("--version"),
            b"",
            std::time::Duration::from_secs(20),
        );
        assert_eq!(
            said.success().trim(),
            format!("{program} {}", pgbackman_core::VERSION)
        );
    }
}

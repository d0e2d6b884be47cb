//! What the packages' scripts do as root, and names that another user owns (case S3).

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use pgbackman_tests::base::TempRoot;

fn packaging() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging")
}

#[test]
fn s3_the_places_of_backups_are_remembered_in_a_directory_of_roots() {
    let root = TempRoot::new("prerm");
    let place = |name: &str| root.path().join(name);
    for name in ["etc", "misc", "home"] {
        fs::create_dir(place(name)).unwrap();
    }
    fs::write(
        place("etc/pgbackman.conf"),
        "[backup_server]\nbackup_roots = [\"/srv/pgbackman\", \"/mnt/more\"]\n",
    )
    .unwrap();
    fs::write(place("secret"), "root's own\n").unwrap();
    symlink(place("secret"), place("home/.backup-roots")).unwrap();
    let script = fs::read_to_string(packaging().join("debian/prerm")).unwrap();
    let (definitions, _) = script.split_once("\ncase ").unwrap();
    let path = |name: &str| place(name).display().to_string();
    let script = definitions
        .replace("/etc/pgbackman", &path("etc"))
        .replace("/var/lib/misc", &path("misc"))
        .replace("/var/lib/pgbackman", &path("home"))
        + "\nremember_places\n";
    let done = Command::new("sh").arg("-c").arg(script).status().unwrap();
    assert!(done.success());
    assert_eq!(fs::read_to_string(place("secret")).unwrap(), "root's own\n");
    assert_eq!(
        fs::read_to_string(place("misc/pgbackman.backup-roots")).unwrap(),
        "/srv/pgbackman\n/mnt/more\n"
    );
}

#[test]
fn s3_no_script_of_a_package_writes_to_a_name_of_the_user_pgbackman() {
    let mut looked_at = 0;
    for directory in ["debian", "rpm", "init"] {
        for entry in fs::read_dir(packaging().join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            looked_at += 1;
            for own in [
                "/var/lib/pgbackman/",
                "/var/log/pgbackman/",
                "/srv/pgbackman/",
            ] {
                let writes = |line: &&str| {
                    line.contains(&format!(">{own}"))
                        || line.contains(&format!("> {own}"))
                        || ["chown", "chmod", "cat ", "cp ", "mv ", "install ", "tee "]
                            .iter()
                            .any(|program| line.contains(program))
                            && line.contains(own)
                };
                let found: Vec<&str> = text.lines().filter(writes).collect();
                assert!(found.is_empty(), "{}: {found:?}", path.display());
            }
        }
    }
    assert!(looked_at > 5);
}

#[test]
fn b4_an_update_of_postgresqls_package_restarts_the_catalogue_that_the_configuration_names() {
    let triggers = fs::read_to_string(packaging().join("debian/triggers")).unwrap();
    assert!(triggers.contains("\ninterest-noawait /usr/lib/postgresql\n"));
    let root = TempRoot::new("postinst");
    let place = |name: &str| root.path().join(name).display().to_string();
    fs::create_dir_all(place("catalogue/etc")).unwrap();
    fs::write(place("catalogue/etc/postgresql.conf"), "").unwrap();
    let program = place("pgbackman_setup");
    fs::write(
        &program,
        format!("#!/bin/sh\necho \"$@\" >>{}\nexit 1\n", place("called")),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let script = fs::read_to_string(packaging().join("debian/postinst")).unwrap();
    let script = script.replace(
        "CONFIG=/etc/pgbackman/pgbackman.conf",
        &format!("CONFIG={}", place("conf")),
    );
    let triggered = |host: &str| {
        fs::write(
            place("conf"),
            format!("[pgbackman_database]\n#host = \"/x/run\"\n{host}\n"),
        )
        .unwrap();
        let path = format!("{}:/usr/bin:/bin", root.path().display());
        let mut command = Command::new("sh");
        let done = command.args([
            "-c",
            &script,
            "postinst",
            "triggered",
            "/usr/lib/postgresql",
        ]);
        assert!(done.env("PATH", path).status().unwrap().success());
    };
    // What is no private catalogue of this machine is left alone.
    for host in [
        "",
        "host = \"db1.example.net\"",
        "host = \"/run/postgresql\"",
        "host = \"/nowhere/run\"",
    ] {
        triggered(host);
        assert!(!Path::new(&place("called")).exists(), "{host}");
    }
    triggered(&format!("host = \"{}\"", place("catalogue/run")));
    assert_eq!(
        fs::read_to_string(place("called")).unwrap(),
        format!(
            "--config {} embedded --dir {} --restart-if-updated\n",
            place("conf"),
            place("catalogue")
        )
    );
}

/// `deb-systemd-helper was-enabled` says yes of a unit of which it has no state, as at a first installation.
#[test]
fn f5_a_first_installation_enables_no_unit_and_an_upgrade_keeps_what_is_enabled() {
    let root = TempRoot::new("enabled");
    let said = root.path().join("said");
    let helper = root.path().join("deb-systemd-helper");
    fs::write(
        &helper,
        format!("#!/bin/sh\necho \"$*\" >> {}\n", said.display()),
    )
    .unwrap();
    fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    let script = fs::read_to_string(packaging().join("debian/postinst")).unwrap();
    let (definitions, rest) = script.split_once("\ncase ").unwrap();
    assert!(rest.contains("know_units \"$2\""));
    let definitions =
        definitions.replace("@UNITS@", "pgbackman.service pgbackman-exporter.service");
    let path = format!("{}:/usr/bin:/bin", root.path().display());
    let called = |version: &str| {
        fs::write(&said, "").unwrap();
        let done = Command::new("sh")
            .arg("-c")
            .arg(format!("{definitions}\nknow_units '{version}'\n"))
            .env("PATH", &path)
            .status()
            .unwrap();
        assert!(done.success());
        fs::read_to_string(&said).unwrap()
    };
    let first = called("");
    assert!(
        first.contains("update-state pgbackman-exporter.service")
            && !first.lines().any(|line| line.starts_with("enable ")),
        "{first}"
    );
    let upgrade = called("1.9.0-1");
    assert!(
        upgrade.contains("enable pgbackman-exporter.service"),
        "{upgrade}"
    );
}

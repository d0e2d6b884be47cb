//! Runs that fail: what they say, and that nothing of them looks like a backup.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use pgbackman_core::handoff::cache::{NodeCache, ServerCache};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::small_disk::SmallDisk;

use super::job::Job;
use super::support::{Lab, names_in};

/// Client programs that do what they are told to, in a directory that the configuration trusts.
struct FakeTools {
    directory: PathBuf,
}

impl FakeTools {
    /// The real programs, until one is replaced.
    fn new(lab: &mut Lab<'_>) -> Self {
        let directory = lab.sandbox.path().join("fake");
        fs::create_dir(&directory).unwrap();
        lab.sandbox.configure(
            "backup_server",
            "bin_dirs",
            &format!("[\"{}\"]", directory.display()),
        );
        let tools = Self { directory };
        for name in ["pg_dump", "pg_dumpall", "pg_restore"] {
            tools.replace(name, "exec \"$REAL\" \"$@\"");
        }
        tools
    }

    /// A program as a script; `$REAL` is the real one, which also answers `--version`.
    fn replace(&self, name: &str, script: &str) {
        let real = Version::Installed.bin_dir().join(name);
        let path = self.directory.join(name);
        let text = format!(
            "#!/bin/sh\nREAL='{}'\ncase \"$1\" in --version) exec \"$REAL\" --version;; esac\n{script}\n",
            real.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// The run ended as ERROR with these words, and nothing of it is on disk but its logs.
#[track_caller]
fn assert_failed(job: &Job<'_, '_>, code: i32, words: &[&str]) {
    let output = job.run();
    let log = job.lab.sandbox.log();
    assert_eq!(output.code, code, "{}\n{log}", output.stderr);
    let statuses = job.lab.catalogued("execution_status");
    assert_eq!(statuses.last().map(String::as_str), Some("ERROR"), "{log}");
    let reason = job.lab.catalogued("error_message").pop().unwrap();
    for word in words {
        assert!(reason.contains(word), "{word:?} is not in {reason:?}");
    }
    assert_eq!(job.lab.dumped(), Vec::<String>::new());
    assert!(job.lab.records().is_empty() && job.lab.pending().is_empty());
}

#[test]
fn trap_1_a_pg_dumpall_that_fails_after_its_last_line_is_no_backup() {
    let mut lab = Lab::new(Cluster::shared(Version::Installed));
    let tools = FakeTools::new(&mut lab);
    tools.replace("pg_dumpall", "printf -- '--\\n-- PostgreSQL database cluster dump complete\\n--\\n\\n'; echo 'pg_dumpall: error: told to fail' >&2; exit 1");
    assert_failed(
        &lab.define("", "CLUSTER"),
        1,
        &["pg_dumpall", "exit status 1", "told to fail"],
    );
}

#[test]
fn trap_1_a_pg_dumpall_that_stops_half_way_without_an_error_is_no_backup() {
    let mut lab = Lab::new(Cluster::shared(Version::Installed));
    let tools = FakeTools::new(&mut lab);
    tools.replace("pg_dumpall", "echo 'CREATE ROLE a;'; exit 0");
    assert_failed(
        &lab.define("", "CLUSTER"),
        1,
        &["pg_dumpall", "is incomplete"],
    );
    tools.replace("pg_dumpall", "exit 0");
    assert_failed(&lab.define("", "CLUSTER"), 1, &["0 bytes"]);
    tools.replace("pg_dumpall", "kill -9 $$");
    assert_failed(&lab.define("", "CLUSTER"), 1, &["SIGKILL"]);
}

#[test]
fn trap_1_a_real_pg_dumpall_that_fails_is_an_error() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE ROLE weak LOGIN");
    let lab = Lab::new(&cluster);
    let mut job = lab.define("", "CLUSTER");
    job.user = "weak".to_owned();
    assert_failed(&job, 1, &["permission denied", "pg_authid"]);
}

#[test]
fn trap_4_an_archive_that_is_not_whole_is_no_backup_whatever_pg_dump_says() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS n");
    let mut lab = Lab::new(cluster);
    let tools = FakeTools::new(&mut lab);
    let job = lab.define(database.name(), "FULL");
    let find_file =
        "for word in \"$@\"; do case \"$word\" in --file=*) FILE=${word#--file=};; esac; done";
    tools.replace(
        "pg_dump",
        &format!("{find_file}\n\"$REAL\" \"$@\" || exit 1\nrm \"$FILE\"/[0-9]*.dat.gz"),
    );
    assert_failed(&job, 1, &["incomplete or damaged", "TABLE DATA public t"]);
    tools.replace(
        "pg_dump",
        &format!("{find_file}\n\"$REAL\" \"$@\" || exit 1\n: > \"$FILE\"/toc.dat"),
    );
    assert_failed(&job, 1, &["incomplete or damaged", "toc.dat"]);
    tools.replace("pg_dump", "exit 0");
    assert_failed(&job, 1, &["incomplete or damaged"]);
    tools.replace(
        "pg_dump",
        &format!("{find_file}\n\"$REAL\" \"$@\"\necho 'pg_dump: error: told to fail' >&2; exit 1"),
    );
    assert_failed(
        &job,
        1,
        &["pg_dump ended with exit status 1", "told to fail"],
    );
    tools.replace("pg_dump", "exec \"$REAL\" \"$@\"");
    job.succeed();
}

#[test]
fn roles_that_the_archive_names_and_the_roles_file_has_not_make_a_warning() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t (n int)");
    let mut lab = Lab::new(cluster);
    let tools = FakeTools::new(&mut lab);
    let job = lab.define(database.name(), "FULL");
    // Another owner of the same length in the archive's table of contents.
    tools.replace(
        "pg_dump",
        "\"$REAL\" \"$@\" || exit 1\nfor argument in \"$@\"; do case \"$argument\" in --file=*) \
         sed -i 's/postgres/stranger/g' \"${argument#--file=}/toc.dat\";; esac; done",
    );
    let output = job.run();
    assert_eq!(output.code, 8, "{}", lab.sandbox.log());
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "WARNING");
    assert!(reason.contains("stranger"), "{reason}");
    assert_eq!(lab.assert_only_complete_backups().len(), 1);
}

#[test]
fn trap_2_a_full_disk_leaves_no_partial_file_and_says_why() {
    if !pgbackman_tests::namespace::available() {
        return;
    }
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT md5(n::text) || md5((n + 1)::text) AS x FROM generate_series(1, 50000) n");
    let mut lab = Lab::new(&cluster);
    // Otherwise the run would see beforehand that there is no room.
    lab.sandbox
        .configure("pgbackman_dump", "check_disk_space", "\"OFF\"");
    let _small = SmallDisk::over(&lab.dump_dir(), 512);
    assert_failed(
        &lab.define(database.name(), "FULL"),
        1,
        &["No space left on device"],
    );
    assert_failed(&lab.define("", "CLUSTER"), 1, &["No space left on device"]);
    let free = nix::sys::statvfs::statvfs(&lab.dump_dir()).unwrap();
    assert!(
        free.blocks_free() * 10 > free.blocks() * 9,
        "the disk is still full"
    );
}

#[test]
fn trap_4_forced_row_security_fails_late_and_is_an_error() {
    let cluster = Cluster::private(Version::Installed);
    let database = cluster.database();
    cluster.psql("postgres", "CREATE ROLE weak LOGIN");
    database.psql(
        "GRANT CREATE ON SCHEMA public TO weak; CREATE TABLE big AS SELECT repeat('x', 100) FROM generate_series(1, 20000); \
         ALTER TABLE big OWNER TO weak; CREATE TABLE t AS SELECT 1 AS n; ALTER TABLE t OWNER TO weak; \
         ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY",
    );
    let lab = Lab::new(&cluster);
    let mut job = lab.define(database.name(), "RDS");
    job.user = "weak".to_owned();
    assert_failed(&job, 1, &["pg_dump", "row-level security"]);
}

#[test]
fn trap_5_every_failure_is_registered_in_words() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    assert_failed(
        &lab.define("No Such Database", "FULL"),
        1,
        &["\"No Such Database\"", "does not exist"],
    );
    let mut job = lab.define(database.name(), "FULL");
    job.port = 1;
    assert_failed(&job, 1, &["could not connect", ".s.PGSQL.1"]);
    let mut job = lab.define(database.name(), "FULL");
    job.user = "nobody at all".to_owned();
    assert_failed(&job, 1, &["nobody at all"]);
    let job = lab.define_with(database.name(), "FULL", "--file=/tmp/x");
    assert_failed(&job, 6, &["--file"]);
    let times = lab.catalogued("finished >= started AND started > now() - interval '5 minutes' AND duration = finished - started");
    assert!(times.iter().all(|good| good == "true"), "{times:?}");
}

#[test]
fn trap_9_a_server_that_no_client_can_serve_is_a_clear_error_and_a_newer_client_serves_an_older_server()
 {
    let old = Cluster::shared(Version::Installed);
    let new = Cluster::shared(Version::V18);
    let only = |lab: &mut Lab<'_>, version: Version| {
        lab.sandbox.configure(
            "backup_server",
            "bin_dirs",
            &format!("[\"{}\"]", version.bin_dir().display()),
        );
    };
    let database = new.database();
    let mut lab = Lab::new(new);
    only(&mut lab, Version::V16);
    assert_failed(
        &lab.define(database.name(), "FULL"),
        1,
        &["found no pg_dump", "18"],
    );

    let database = old.database();
    let mut lab = Lab::new(old);
    only(&mut lab, Version::V18);
    lab.define(database.name(), "FULL").succeed();
    assert_eq!(lab.catalogued("pg_dump_release"), [Version::V18.release()]);
    assert!(
        lab.dumped().iter().all(|name| name.contains("-v18-")),
        "{:?}",
        lab.dumped()
    );

    let mut lab = Lab::new(old);
    lab.sandbox
        .configure("backup_server", "bin_dirs", "[\"/nonexistent\"]");
    assert_failed(
        &lab.define(database.name(), "FULL"),
        1,
        &["found no pg_dump"],
    );
}

#[test]
fn trap_30_a_missing_or_damaged_cache_is_a_clear_error_and_registered() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let root = lab.sandbox.backup_root();
    let job = lab.define(database.name(), "FULL");
    let server_cache = ServerCache::path(&root, Sandbox::BACKUP_SERVER);
    let node_cache = NodeCache::path(&root, lab.node_id);
    for content in [
        fs::read_to_string(&server_cache).unwrap(),
        fs::read_to_string(&node_cache).unwrap(),
    ] {
        assert!(!content.to_lowercase().contains("password"), "{content}");
    }
    fs::remove_file(&server_cache).unwrap();
    assert_failed(
        &job,
        1,
        &[
            "backup_server_backup01.example.net.cache",
            "does not exist",
            "pgbackman_control",
        ],
    );
    lab.write_caches();
    fs::write(&node_cache, "version = 1\nnode_id").unwrap();
    assert_failed(
        &job,
        1,
        &[&format!("pgsql_node_{}.cache", lab.node_id), "damaged"],
    );
    // Without either, the catalogue says which server this is.
    fs::remove_file(&server_cache).unwrap();
    assert_failed(&job, 1, &["does not exist"]);
    lab.write_caches();
    job.succeed();
}

#[test]
fn what_the_local_configuration_does_not_allow_is_refused() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let mut job = lab.define(database.name(), "FULL");
    job.root = PathBuf::from("/var/tmp");
    assert_failed(&job, 6, &["backup_roots"]);
    assert!(!Path::new("/var/tmp/run").exists());
}

#[test]
fn a_node_directory_that_is_missing_is_not_made() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    fs::remove_dir(lab.log_dir()).unwrap();
    assert_failed(&job, 1, &["log", "mounted"]);
    assert_eq!(names_in(&lab.partition()), ["dump"]);
}

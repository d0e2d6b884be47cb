//! D1: what can happen to the files of a backup, and which of it the daily look sees.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use pgbackman_core::domain::backup::{BackupOrigin, BackupPart};
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::manifest::{Manifest, ManifestFile, Part};

use super::support::{Site, noon};

/// The files of a backup.
struct Files {
    archive: PathBuf,
    roles: PathBuf,
    settings: PathBuf,
    manifest: PathBuf,
}

fn files(site: &Site<'_>, backup: i64) -> Files {
    let column = |column: &str| {
        let sql = format!("SELECT {column} FROM backup_catalog WHERE bck_id = {backup}");
        PathBuf::from(site.sql(&sql))
    };
    Files {
        archive: column("pg_dump_file"),
        roles: column("pg_dump_roles_file"),
        settings: column("pg_dump_dbconfig_file"),
        manifest: column("manifest_file"),
    }
}

fn cut(path: &Path, keep: impl Fn(u64) -> u64) {
    let file = File::options().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(keep(length)).unwrap();
}

/// Another content of the same size.
fn flip_a_bit(path: &Path) {
    let mut content = fs::read(path).unwrap();
    content[0] ^= 1;
    fs::write(path, content).unwrap();
}

fn data(files: &Files) -> PathBuf {
    files.archive.join("3001.dat.gz")
}

/// What happens, and what is said of it; nothing where no look can see it.
type Damage = (&'static str, fn(&Files), Option<&'static str>);

const DAMAGES: [Damage; 18] = [
    (
        "the last byte is cut",
        |f| cut(&data(f), |length| length - 1),
        Some("has 3 bytes instead of 4"),
    ),
    (
        "half is left",
        |f| cut(&data(f), |length| length / 2),
        Some("has 2 bytes instead of 4"),
    ),
    (
        "emptied",
        |f| cut(&data(f), |_| 0),
        Some("has 0 bytes instead of 4"),
    ),
    (
        "deleted",
        |f| fs::remove_file(data(f)).unwrap(),
        Some("3001.dat.gz is missing"),
    ),
    (
        "toc.dat deleted",
        |f| fs::remove_file(f.archive.join("toc.dat")).unwrap(),
        Some("toc.dat is missing"),
    ),
    (
        "toc.dat cut",
        |f| cut(&f.archive.join("toc.dat"), |_| 1),
        Some("has 1 bytes instead of 5"),
    ),
    (
        "a directory in place of a file",
        |f| {
            fs::remove_file(data(f)).unwrap();
            fs::create_dir(data(f)).unwrap();
        },
        Some("is a directory"),
    ),
    (
        "roles truncated",
        |f| cut(&f.roles, |_| 5),
        Some("USERS.sql has 5 bytes instead of 11"),
    ),
    (
        "roles deleted",
        |f| fs::remove_file(&f.roles).unwrap(),
        Some("USERS.sql is missing"),
    ),
    (
        "roles replaced by a link",
        |f| {
            fs::remove_file(&f.roles).unwrap();
            symlink("/etc/passwd", &f.roles).unwrap();
        },
        Some("USERS.sql is a symbolic link"),
    ),
    (
        "settings truncated",
        |f| cut(&f.settings, |_| 0),
        Some("DBCONFIG.sql has 0 bytes instead of 15"),
    ),
    (
        "archive deleted",
        |f| fs::remove_dir_all(&f.archive).unwrap(),
        Some("DATABASE.sql is missing"),
    ),
    (
        "archive replaced by a link",
        |f| {
            let away = f.archive.with_extension("away");
            fs::rename(&f.archive, &away).unwrap();
            symlink(&away, &f.archive).unwrap();
        },
        Some("DATABASE.sql is a symbolic link"),
    ),
    (
        "manifest deleted",
        |f| fs::remove_file(&f.manifest).unwrap(),
        Some("MANIFEST.json is missing"),
    ),
    (
        "manifest emptied",
        |f| cut(&f.manifest, |_| 0),
        Some("MANIFEST.json is damaged"),
    ),
    ("a bit of the data", |f| flip_a_bit(&data(f)), None),
    (
        "a bit of toc.dat",
        |f| flip_a_bit(&f.archive.join("toc.dat")),
        None,
    ),
    (
        "a file too many",
        |f| fs::write(f.archive.join("3002.dat.gz"), "more").unwrap(),
        None,
    ),
];

/// A CLUSTER backup: one file, and a manifest.
fn cluster_backup(site: &Site<'_>, definition: i64) -> i64 {
    let origin = BackupOrigin::Definition(DefId::new(definition));
    let mut result = site.files(origin, noon(9));
    for path in [&result.dump.file, &result.roles.file, &result.dbconfig.file]
        .into_iter()
        .flatten()
    {
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    let script = site
        .dump_dir()
        .join("CLUSTER-node1-cCLUSTER-20201109T120000.sql.gz");
    let content = b"a script";
    site.file(&script, content);
    let none = BackupPart {
        file: None,
        size: None,
        log: None,
    };
    result.code = BackupCode::Cluster;
    result.dump.file = Some(script.clone());
    result.dump.size = Some(8);
    result.roles = none.clone();
    result.dbconfig = none;
    let listed = ManifestFile {
        part: Part::Database,
        path: script.file_name().unwrap().into(),
        size: content.len() as u64,
        sha256: sha256_hex(content),
    };
    let manifest = result.manifest_file.clone().unwrap();
    let document = Manifest::new(result.clone(), vec![listed]);
    site.file(&manifest, &document.to_bytes().unwrap());
    site.register(&result)
}

#[test]
fn d1_the_daily_look_finds_every_damage_that_a_look_can_see() {
    let site = Site::new();
    let definition = site.define("shop");
    let damaged: Vec<(i64, Damage)> = DAMAGES
        .into_iter()
        .zip(1..)
        .map(|(damage, hour)| {
            let backup = site.backup(definition, noon(8) + chrono::TimeDelta::hours(hour));
            (damage.1)(&files(&site, backup));
            (backup, damage)
        })
        .collect();
    let whole_script = cluster_backup(&site, definition);
    let cut_script = cluster_backup(&site, site.define("crm"));
    let script = files(&site, cut_script).archive;
    // The two have the same file; it is as long as one of them says.
    site.sql(&format!(
        "UPDATE backup_catalog SET bck_id = bck_id + 1000 WHERE bck_id = {whole_script}"
    ));
    cut(&script, |length| length - 2);

    assert_eq!(site.pass(noon(10)).code, 1, "damage is a problem");
    for (backup, (what, _, told)) in damaged {
        assert_found(&site, backup, what, told);
    }
    assert_found(
        &site,
        cut_script,
        "CLUSTER",
        Some("sql.gz has 6 bytes instead of 8"),
    );
    // It is known now, and no problem of the pass any more.
    site.pass(noon(11)).success();
}

/// What the catalogue has of it; what the run was stays.
#[track_caller]
fn assert_found(site: &Site<'_>, backup: i64, what: &str, told: Option<&str>) {
    let found = site.sql(&format!(
        "SELECT execution_status || ' ' || files_state || ' ' || (files_since = files_looked_at)::text || ' ' \
             || coalesce(files_problem, '') FROM backup_catalog WHERE bck_id = {backup}"
    ));
    match told {
        Some(told) => {
            assert!(
                found.starts_with("SUCCEEDED damaged true "),
                "{what}: {found}"
            );
            assert!(found.contains(told), "{what}: {found}");
        }
        None => assert_eq!(found.trim_end(), "SUCCEEDED whole true", "{what}"),
    }
}

#[test]
fn d1_a_dump_directory_that_is_gone_below_a_marked_directory_is_damage() {
    let site = Site::new();
    let definition = site.define("shop");
    let lost = [1, 2].map(|day| site.backup(definition, noon(day)));
    site.pass(noon(3)).success();
    let state = |backup: i64| {
        site.sql(&format!(
            "SELECT files_state || ': ' || files_problem FROM backup_catalog WHERE bck_id = {backup}"
        ))
    };
    let (dump, away) = (site.dump_dir(), site.partition(site.node).join("away"));
    fs::rename(&dump, &away).unwrap();
    site.pass(noon(5));
    for backup in lost {
        let said = state(backup);
        assert!(said.starts_with("damaged: "), "{said}");
        assert!(
            said.contains(&format!(
                "is missing, because the directory {} is missing",
                dump.display()
            )),
            "{said}"
        );
    }
    // A file in its place is no directory either; with the directory everything is back.
    fs::write(&dump, "").unwrap();
    site.pass(noon(7));
    assert!(
        state(lost[0]).starts_with("damaged: "),
        "{}",
        state(lost[0])
    );
    fs::remove_file(&dump).unwrap();
    fs::rename(&away, &dump).unwrap();
    site.pass(noon(9)).success();
    let whole = "SELECT count(*) FROM backup_catalog WHERE files_state = 'whole'";
    assert_eq!(site.number(whole), 2);
    // Where its mark is gone, too, the directory may be a mount point without its file system.
    fs::rename(&dump, &away).unwrap();
    let mark = site.partition(site.node).join(".pgbackman-directory");
    fs::rename(&mark, mark.with_extension("away")).unwrap();
    site.pass(noon(11));
    assert!(
        state(lost[0]).starts_with("not looked at: "),
        "{}",
        state(lost[0])
    );
    assert_eq!(site.number("SELECT count(*) FROM backup_catalog"), 2);
}

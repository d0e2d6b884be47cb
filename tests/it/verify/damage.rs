//! A hundred random damages of each format and compression: which level finds them. With a manifest everything is found; what reading
//! alone cannot know is listed here, and in the manual ("Proving backups").

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use pgbackman_core::proof::{Level, Subject, prove};
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Cluster, Version};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

use crate::dump::support::Lab;

/// Damages of one archive.
const DAMAGES: usize = 100;

/// Keys, text, numbers, an empty table, large objects.
const SAMPLE: &str = "CREATE TABLE a AS SELECT n, md5(n::text) AS t, n / 7.0 AS r FROM generate_series(1, 2000) n;
    CREATE TABLE b AS SELECT n FROM generate_series(1, 50) n; CREATE TABLE c (t text);
    SELECT lo_from_bytea(0, convert_to(repeat(md5(n::text), 40), 'UTF8')) FROM generate_series(1, 3) n;";

/// What is done to a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Damage {
    Cut,
    Empty,
    Missing,
    Bit,
    Another,
    EditedManifest,
}

const KINDS: [Damage; 6] = [
    Damage::Cut,
    Damage::Empty,
    Damage::Missing,
    Damage::Bit,
    Damage::Another,
    Damage::EditedManifest,
];

/// What a backup is made of, and a second backup of the same database whose rows are others.
struct Pair {
    name: String,
    whole: PathBuf,
    other: PathBuf,
}

fn proves(path: &Path, level: Level) -> bool {
    let (threads, never) = (NonZero::new(2).unwrap(), AtomicBool::new(false));
    Subject::open(path).is_ok_and(|subject| prove(&subject, level, threads, &never).is_ok())
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(status.unwrap().success());
}

fn is_manifest(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-MANIFEST.json")
}

/// Does it to one file of the backup in `at`; whether that file holds contents, and is not the list.
fn damage(kind: Damage, pair: &Pair, at: &Path, random: &mut StdRng) -> Option<PathBuf> {
    let files = files_below(at);
    let manifest = files.iter().find(|path| is_manifest(path)).unwrap().clone();
    let candidates: Vec<&PathBuf> = files
        .iter()
        .filter(|path| !is_manifest(path) && fs::metadata(path).unwrap().len() > 0)
        .collect();
    let target = candidates[random.random_range(0..candidates.len())].clone();
    let bytes = fs::read(&target).unwrap();
    match kind {
        Damage::Cut => fs::write(
            &target,
            &bytes[..random.random_range(1..bytes.len().max(2))],
        )
        .unwrap(),
        Damage::Empty => fs::write(&target, b"").unwrap(),
        Damage::Missing => fs::remove_file(&target).unwrap(),
        Damage::Bit => {
            let mut bytes = bytes.clone();
            let place = random.random_range(0..bytes.len());
            bytes[place] ^= 1 << random.random_range(0..8);
            fs::write(&target, bytes).unwrap();
        }
        Damage::Another => {
            let same = pair.other.join(target.strip_prefix(at).unwrap());
            let others = fs::read(same).unwrap();
            if others == bytes {
                return None;
            }
            fs::write(&target, others).unwrap();
        }
        Damage::EditedManifest => {
            let mut document: Value =
                serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
            let described = document["files"].as_array_mut().unwrap();
            let one = random.random_range(0..described.len());
            if random.random() {
                described[one]["size"] = (described[one]["size"].as_u64().unwrap() + 1).into();
            } else {
                described[one]["sha256"] = "00".repeat(32).into();
            }
            fs::write(&manifest, serde_json::to_vec(&document).unwrap()).unwrap();
            return Some(manifest);
        }
    }
    (fs::read(&target).ok().as_deref() != Some(&bytes)).then_some(target)
}

/// Backups of two states of one database, each in a directory of its own and under the same names.
fn pair(lab: &Lab<'_>, root: &Path, dbname: &str, code: &str, extra: &str) -> Pair {
    let name = format!("{code}{}", extra.replace("--compress=", " "));
    let mut taken = Vec::new();
    for state in ["whole", "other"] {
        if state == "other" {
            lab.node
                .psql("shop", "UPDATE a SET t = md5(t); UPDATE b SET n = n + 1");
        }
        assert_eq!(
            lab.define_with(dbname, code, extra).run().code,
            0,
            "{}",
            lab.sandbox.log()
        );
        let directory = root.join(format!("{} {state}", name.trim()));
        copy(&lab.dump_dir(), &directory);
        for entry in fs::read_dir(lab.dump_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
        }
        rename_alike(&directory);
        taken.push(directory);
    }
    let other = taken.pop().unwrap();
    Pair {
        name,
        whole: taken.pop().unwrap(),
        other,
    }
}

/// Gives all backups the same names: those of a run hold its time.
fn rename_alike(directory: &Path) {
    let manifest = fs::read_dir(directory)
        .unwrap()
        .map(|one| one.unwrap().path());
    let manifest = manifest.into_iter().find(|path| is_manifest(path)).unwrap();
    let name = manifest.file_name().unwrap().to_str().unwrap();
    let stem = name.strip_suffix("-MANIFEST.json").unwrap();
    let text = fs::read_to_string(&manifest)
        .unwrap()
        .replace(stem, "backup-v17-cX-1");
    fs::write(&manifest, text).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let new = path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .replace(stem, "backup-v17-cX-1");
        fs::rename(&path, directory.join(new)).unwrap();
    }
}

/// The same archive in the custom format, beside the roles and settings of the other.
fn in_custom_format(lab: &Lab<'_>, of: &Pair, compression: &str) -> Pair {
    let name = format!("custom {compression}");
    let mut made = Vec::new();
    for from in [&of.whole, &of.other] {
        if made.len() == 1 {
            lab.node
                .psql("shop", "UPDATE a SET t = md5(t); UPDATE b SET n = n + 1");
        }
        let directory = from.with_file_name(format!("{name} {}", made.len()));
        copy(from, &directory);
        let archive = directory.join("backup-v17-cX-1-DATABASE.sql");
        fs::remove_dir_all(&archive).unwrap();
        let mut dump = lab.node.command("pg_dump");
        dump.args(["-Fc", "-Z", compression, "-f"])
            .arg(&archive)
            .arg("shop");
        assert!(dump.status().unwrap().success());
        let manifest = directory.join("backup-v17-cX-1-MANIFEST.json");
        let mut document: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        let bytes = fs::read(&archive).unwrap();
        let files = document["files"].as_array_mut().unwrap();
        files.retain(|file| file["part"] != "database");
        files.push(serde_json::json!({"part": "database", "path": "backup-v17-cX-1-DATABASE.sql", "size": bytes.len(),
            "sha256": pgbackman_core::domain::text::hex::sha256_hex(&bytes)}));
        fs::write(&manifest, serde_json::to_vec(&document).unwrap()).unwrap();
        made.push(directory);
    }
    let other = made.pop().unwrap();
    Pair {
        name,
        whole: made.pop().unwrap(),
        other,
    }
}

#[test]
fn every_damage_is_found_with_a_manifest_and_cuts_are_found_without_one() {
    let cluster = Cluster::private(Version::V17);
    cluster.psql("postgres", "CREATE DATABASE shop");
    cluster.psql("shop", SAMPLE);
    let lab = Lab::new(&cluster);
    let root = TempRoot::new("verify");
    let mut pairs = Vec::new();
    for compression in ["none", "gzip", "lz4", "zstd"] {
        let directory = pair(
            &lab,
            root.path(),
            "shop",
            "FULL",
            &format!("--compress={compression}"),
        );
        pairs.push(in_custom_format(&lab, &directory, compression));
        pairs.push(directory);
    }
    pairs.push(pair(&lab, root.path(), "", "CLUSTER", ""));
    let seed = std::env::var("PGBACKMAN_TEST_SEED").map_or(15, |seed| seed.parse().unwrap());
    let mut random = StdRng::seed_from_u64(seed);
    // Of each backup and kind of damage: how many there were, and how many reading alone found.
    let mut found: BTreeMap<(String, Damage), (usize, usize)> = BTreeMap::new();
    let at = root.path().join("damaged");
    for pair in &pairs {
        let manifest = files_below(&pair.whole)
            .into_iter()
            .find(|path| is_manifest(path))
            .unwrap();
        let manifest = at.join(manifest.file_name().unwrap());
        copy(&pair.whole, &at);
        assert!(proves(&manifest, Level::Read), "{}", pair.name);
        let mut done = 0;
        while done < DAMAGES {
            let kind = KINDS[done % KINDS.len()];
            copy(&pair.whole, &at);
            let Some(file) = damage(kind, pair, &at, &mut random) else {
                // Both backups have the same file there.
                done += usize::from(kind == Damage::Another);
                continue;
            };
            done += 1;
            assert!(
                !proves(&manifest, Level::Checksum),
                "{}: {kind:?} of {} was not found (seed {seed})",
                pair.name,
                file.display()
            );
            fs::remove_file(&manifest).unwrap();
            let archive = files_below(&at).into_iter().map(|path| {
                path.strip_prefix(&at)
                    .unwrap()
                    .components()
                    .next()
                    .map(|one| at.join(one))
                    .unwrap()
            });
            let archive = archive.into_iter().find(|path| {
                let name = path.to_string_lossy();
                name.ends_with("-DATABASE.sql") || name.ends_with(".sql.gz")
            });
            let is_found = !archive.is_some_and(|archive| proves(&archive, Level::Read));
            let counts = found.entry((pair.name.clone(), kind)).or_default();
            counts.0 += 1;
            counts.1 += usize::from(is_found);
            let holds_contents = !file.to_string_lossy().ends_with("-USERS.sql")
                && !file.to_string_lossy().ends_with("-DBCONFIG.sql");
            // An uncompressed large object has no end mark, and an empty one of lz4 and zstd is an empty file.
            let is_large_object = file
                .file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("blob_");
            let shows_no_end = is_large_object
                && (pair.name.contains("none")
                    || kind == Damage::Empty && !pair.name.contains("gzip"));
            if matches!(kind, Damage::Cut | Damage::Empty | Damage::Missing)
                && holds_contents
                && !shows_no_end
            {
                assert!(
                    is_found,
                    "{}: {kind:?} of {} (seed {seed})",
                    pair.name,
                    file.display()
                );
            }
        }
    }
    for ((name, kind), (all, read)) in &found {
        println!("{name:15} {kind:?}: {read} of {all} found by reading");
    }
    assert!(found.values().map(|(all, _)| all).sum::<usize>() > 700);
}

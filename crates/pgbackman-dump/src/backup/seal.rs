//! Flushes every file of a backup and takes its checksum, for the manifest.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use pgbackman_core::handoff::manifest::{ManifestFile, Part, checksum};
use pgbackman_core::handoff::run::{Artifact, ArtifactKind};

/// Flushes and describes the files of a complete artifact that still has its `.partial` name; the description has the final
/// ones, relative to the artifact's directory. Ends early with `Interrupted` when `stop` is set.
pub(crate) fn seal(
    artifact: &Artifact,
    part: Part,
    stop: &AtomicBool,
) -> io::Result<Vec<ManifestFile>> {
    let partial = artifact.partial_path();
    match artifact.kind {
        ArtifactKind::File => Ok(vec![seal_file(
            &partial,
            PathBuf::from(&artifact.name),
            part,
            stop,
        )?]),
        ArtifactKind::Directory => {
            let mut files = Vec::new();
            for entry in fs::read_dir(&partial).map_err(|error| on(&partial, "list", &error))? {
                let entry = entry?;
                let name = Path::new(&artifact.name).join(entry.file_name());
                files.push(seal_file(&entry.path(), name, part, stop)?);
            }
            flush_directory(&partial)?;
            Ok(files)
        }
    }
}

/// Flushes a directory: what was created in it, or renamed, is there after a power cut.
pub(crate) fn flush_directory(path: &Path) -> io::Result<()> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| on(path, "flush", &error))
}

fn seal_file(
    path: &Path,
    name: PathBuf,
    part: Part,
    stop: &AtomicBool,
) -> io::Result<ManifestFile> {
    let mut file = File::open(path).map_err(|error| on(path, "open", &error))?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(format!(
            "{} is not a regular file",
            path.display()
        )));
    }
    let (size, sha256) = checksum(&mut file, stop).map_err(|error| on(path, "read", &error))?;
    file.sync_all().map_err(|error| on(path, "flush", &error))?;
    Ok(ManifestFile {
        part,
        path: name,
        size,
        sha256,
    })
}

fn on(path: &Path, action: &str, error: &io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("could not {action} {}: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_directory_is_described_under_its_final_name() {
        let dir = tempfile::tempdir().unwrap();
        let artifact = Artifact {
            kind: ArtifactKind::Directory,
            directory: dir.path().to_owned(),
            name: "x-DATABASE.sql".into(),
        };
        fs::create_dir(artifact.partial_path()).unwrap();
        fs::write(artifact.partial_path().join("toc.dat"), "abc").unwrap();
        let files = seal(&artifact, Part::Database, &AtomicBool::new(false)).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].path, Path::new("x-DATABASE.sql/toc.dat"));
        assert_eq!(files[0].size, 3);
        // SHA-256 of "abc": FIPS 180-2, appendix B.1.
        assert_eq!(
            files[0].sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(seal(&artifact, Part::Database, &AtomicBool::new(true)).is_err());
    }
}

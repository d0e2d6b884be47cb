//! Archives that are not read.

use super::*;

#[test]
fn files_that_are_not_there_or_elsewhere_are_noticed() {
    let made = directory(16, 1, ROWS);
    std::fs::rename(&made.data, made.dir.path().join("9.dat.tmp")).unwrap();
    let archive = Archive::open(made.dir.path()).unwrap();
    for error in [
        archive.check_files().unwrap_err(),
        archive.read_to_end(&AtomicBool::new(false)).unwrap_err(),
    ] {
        assert!(matches!(error.reason, Reason::Missing), "{error}");
    }
    let made = directory(16, 1, ROWS);
    for list in [
        "77 ../blob_77.dat\n",
        "77\n",
        "x blob_77.dat\n",
        "77 blob_77.dat",
    ] {
        std::fs::write(made.dir.path().join("blobs.toc"), list).unwrap();
        read(made.dir.path()).expect_err(list);
    }
    std::fs::remove_file(made.dir.path().join("toc.dat")).unwrap();
    let error = Archive::open(made.dir.path()).unwrap_err();
    assert!(error.to_string().contains("toc.dat"), "{error}");
}

#[test]
fn a_newer_archive_is_named() {
    let made = directory(16, 1, ROWS);
    let toc = made.dir.path().join("toc.dat");
    let mut bytes = std::fs::read(&toc).unwrap();
    for (major, minor) in [(1, 17), (2, 0), (1, 11)] {
        (bytes[5], bytes[6]) = (major, minor);
        std::fs::write(&toc, &bytes).unwrap();
        let error = Archive::open(made.dir.path()).unwrap_err();
        assert!(matches!(error.reason, Reason::Version(..)), "{error}");
        assert!(
            error.to_string().contains(&format!("{major}.{minor}")),
            "{error}"
        );
    }
}

proptest! {
    /// Whatever is in the files: an answer or an error, no panic, and no memory that is not there.
    #[test]
    fn nonsense_gives_an_error(
        is_custom in any::<bool>(),
        compression in 0..4_u8,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let made = directory(16, compression, ROWS);
        let file = made.dir.path().join(if is_custom { "custom" } else { "toc.dat" });
        let mut bytes = if is_custom { custom(16, compression) } else { std::fs::read(&file).unwrap() };
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        std::fs::write(&file, bytes).unwrap();
        let path = if is_custom { file.as_path() } else { made.dir.path() };
        if let Ok(archive) = Archive::open(path) {
            let _any_answer = (archive.read_to_end(&AtomicBool::new(false)), archive.roles(), archive.list());
        }
    }
}

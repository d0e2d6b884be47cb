//! Small archives written here, whole and damaged. What real `pg_dump`s write is compared with `pg_restore` in
//! `tests/it/roundtrip`.

mod refused;

use std::io::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const ROWS: &str = "1\tone\n2\t\\\\.\n3\tthree\n\\.\n\n\n";

/// An archive that has these entries, and no files.
pub(super) fn archive_of(entries: Vec<Entry>) -> Archive {
    Archive {
        path: PathBuf::new(),
        header: Header {
            minor: 16,
            format: Format::Directory,
            compression: Compression::None,
            dbname: Vec::new(),
            server_version: b"18.4".to_vec(),
            dump_version: b"18.4".to_vec(),
            int_size: 4,
            offset_size: 8,
        },
        entries,
        data_at: 0,
    }
}

/// Writes archives as `pg_dump` does.
struct Writer {
    minor: u8,
    format: u8,
    bytes: Vec<u8>,
}

impl Writer {
    fn new(minor: u8, format: u8, compression: u8) -> Self {
        let mut writer = Self {
            minor,
            format,
            bytes: Vec::new(),
        };
        writer.bytes.extend(b"PGDMP");
        writer.bytes.extend([1, minor, 0, 4, 8, format]);
        if minor >= 15 {
            writer.bytes.push(compression);
        } else {
            writer.int(i32::from(compression));
        }
        for number in [1, 2, 3, 4, 5, 126, 0] {
            writer.int(number);
        }
        for text in ["db", "15.18 (Debian)", "15.18 (Debian)"] {
            writer.text(Some(text));
        }
        writer
    }

    fn int(&mut self, value: i32) {
        self.bytes.push(u8::from(value < 0));
        self.bytes.extend(value.unsigned_abs().to_le_bytes());
    }

    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => {
                self.int(text.len().try_into().unwrap());
                self.bytes.extend(text.as_bytes());
            }
            None => self.int(-1),
        }
    }

    fn entry(&mut self, id: i32, kind: &str, tag: &str, sql: &str, copy: &str, file: Option<&str>) {
        self.int(id);
        self.int(i32::from(file.is_some()));
        for text in ["1259", "16385", tag, kind] {
            self.text(Some(text));
        }
        self.int(if file.is_some() { 3 } else { 2 });
        for text in [sql, "DROP it;", copy, "public", ""] {
            self.text(Some(text));
        }
        if self.minor >= 14 {
            self.text(Some("heap"));
        }
        if self.minor >= 16 {
            self.int(i32::from(b'r'));
        }
        self.text(Some("keeper"));
        self.text(Some("false"));
        self.text(Some("7"));
        self.text(None);
        if self.format == 3 {
            self.text(Some(file.unwrap_or_default()));
        } else {
            self.bytes.extend([1; 9]);
        }
    }

    /// A table, its rows, and one large object.
    fn contents(mut self) -> Vec<u8> {
        self.int(5);
        self.entry(
            1,
            "ENCODING",
            "ENCODING",
            "SET client_encoding = 'UTF8';",
            "",
            None,
        );
        self.entry(7, "TABLE", "odd\nname", "CREATE TABLE t (i int);", "", None);
        self.entry(
            8,
            "ACL",
            "TABLE t",
            "GRANT SELECT ON TABLE t TO reader;",
            "",
            None,
        );
        self.entry(
            9,
            "TABLE DATA",
            "t",
            "",
            "COPY t FROM stdin;\n",
            Some("9.dat"),
        );
        self.entry(10, "BLOBS", "BLOBS", "", "", Some("blobs.toc"));
        self.bytes
    }
}

/// Compresses; the numbers are the archive's.
fn packed(data: &[u8], compression: u8, custom: bool) -> Vec<u8> {
    match compression {
        0 => data.to_vec(),
        1 if custom => {
            let mut packer =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(data).unwrap();
            packer.finish().unwrap()
        }
        1 => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(data).unwrap();
            packer.finish().unwrap()
        }
        2 => {
            let mut packer = lz4_flex::frame::FrameEncoder::new(Vec::new());
            packer.write_all(data).unwrap();
            packer.finish().unwrap()
        }
        _ => zstd::encode_all(data, 3).unwrap(),
    }
}

const SUFFIXES: [&str; 4] = ["", ".gz", ".lz4", ".zst"];

struct Made {
    dir: tempfile::TempDir,
    data: PathBuf,
    large_object: PathBuf,
}

fn directory(minor: u8, compression: u8, rows: &str) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let suffix = SUFFIXES[usize::from(compression)];
    let data = dir.path().join(format!("9.dat{suffix}"));
    let large_object = dir.path().join(format!("blob_77.dat{suffix}"));
    let toc = Writer::new(minor, 3, compression).contents();
    std::fs::write(dir.path().join("toc.dat"), toc).unwrap();
    std::fs::write(&data, packed(rows.as_bytes(), compression, false)).unwrap();
    std::fs::write(&large_object, packed(b"large", compression, false)).unwrap();
    std::fs::write(dir.path().join("blobs.toc"), "77 blob_77.dat\n").unwrap();
    Made {
        dir,
        data,
        large_object,
    }
}

fn custom(minor: u8, compression: u8) -> Vec<u8> {
    let mut writer = Writer::new(minor, 1, compression);
    let head = std::mem::take(&mut writer.bytes);
    let mut writer = Writer {
        bytes: Writer {
            bytes: head,
            ..writer
        }
        .contents(),
        minor,
        format: 1,
    };
    let stream = |writer: &mut Writer, data: &[u8]| {
        for chunk in packed(data, compression, true).chunks(7) {
            writer.int(chunk.len().try_into().unwrap());
            writer.bytes.extend(chunk);
        }
        writer.int(0);
    };
    writer.bytes.push(1);
    writer.int(9);
    stream(&mut writer, ROWS.as_bytes());
    writer.bytes.push(3);
    writer.int(10);
    writer.int(77);
    stream(&mut writer, b"large");
    writer.int(0);
    writer.bytes
}

fn read(path: &Path) -> Result<Contents, ArchiveError> {
    Archive::open(path)?.read_to_end(&AtomicBool::new(false))
}

fn is_right(contents: &Contents) {
    assert_eq!(contents.of(9), Some(Amount::Rows(3)));
    assert_eq!(contents.of(10), Some(Amount::LargeObjects(1)));
    assert_eq!(contents.measured[1].bytes, 5);
}

#[test]
fn every_version_and_compression_is_read_to_its_end() {
    for minor in 12..=16 {
        for compression in 0..4_u8 {
            if minor < 15 && compression > 1 {
                continue;
            }
            let made = directory(minor, compression, ROWS);
            let archive = Archive::open(made.dir.path()).unwrap();
            archive.check_files().unwrap();
            is_right(&archive.read_to_end(&AtomicBool::new(false)).unwrap());
            let shown: Vec<String> = archive
                .list()
                .entries
                .into_iter()
                .map(|one| one.line)
                .collect();
            assert_eq!(
                shown,
                [
                    "7; 1259 16385 TABLE public odd name keeper",
                    "8; 1259 16385 ACL public TABLE t keeper",
                    "9; 1259 16385 TABLE DATA public t keeper",
                    "10; 1259 16385 BLOBS public BLOBS keeper",
                ]
            );
            assert_eq!(archive.list().made_by.unwrap().to_string(), "15.18");
            let roles: Vec<Vec<u8>> = archive.roles().unwrap().into_iter().collect();
            assert_eq!(roles, [b"keeper".to_vec(), b"reader".to_vec()]);
            assert_eq!(archive.entries[1].depends_on, [7]);

            let file = made.dir.path().join("custom");
            std::fs::write(&file, custom(minor, compression)).unwrap();
            is_right(&read(&file).unwrap());
        }
    }
}

#[test]
fn b16_every_cut_of_every_file_is_noticed() {
    for compression in 0..4_u8 {
        let made = directory(16, compression, ROWS);
        let mut paths = vec![made.data.clone()];
        // The table of contents is never compressed: once is enough.
        if compression == 0 {
            paths.push(made.dir.path().join("toc.dat"));
        }
        for path in paths {
            let whole = std::fs::read(&path).unwrap();
            for length in 0..whole.len() {
                std::fs::write(&path, &whole[..length]).unwrap();
                let error = read(made.dir.path()).expect_err(&format!("{compression}: {length}"));
                assert_eq!(error.file, path, "{error}");
            }
            std::fs::write(&path, &whole).unwrap();
            is_right(&read(made.dir.path()).unwrap());
        }
        // Uncompressed, a large object has no end that could be checked.
        if compression > 0 {
            let whole = std::fs::read(&made.large_object).unwrap();
            // Of lz4 and zstd an empty file is an empty large object.
            let shortest = usize::from(compression > 1);
            for length in shortest..whole.len() {
                std::fs::write(&made.large_object, &whole[..length]).unwrap();
                let error = read(made.dir.path()).expect_err(&format!("{compression}: {length}"));
                assert!(error.to_string().contains("BLOBS"), "{error}");
            }
        }
        let file = made.dir.path().join("custom");
        let whole = custom(16, compression);
        let data_at = Writer::new(16, 1, compression).contents().len();
        for length in data_at - 20..whole.len() {
            std::fs::write(&file, &whole[..length]).unwrap();
            read(&file).expect_err(&format!("custom, {compression}: {length}"));
        }
    }
}

#[test]
fn b16_rows_end_with_the_mark_on_a_line_of_its_own() {
    for (rows, count) in [("\\.\n\n\n", Some(0)), ("\n\\.\n\n\n", Some(1))] {
        let made = directory(16, 1, rows);
        assert_eq!(
            read(made.dir.path()).unwrap().of(9),
            count.map(Amount::Rows)
        );
    }
    for rows in [
        "1\n2\n",
        "1\n\\.\n",
        "1\n\\.\n\n",
        "1\\.\n\n\n",
        "1\n\\.\n\n\n\n",
        "",
    ] {
        let made = directory(16, 1, rows);
        let error = read(made.dir.path()).unwrap_err();
        assert!(
            matches!(error.reason, Reason::NoEndMark),
            "{rows:?}: {error}"
        );
        assert!(error.to_string().contains("TABLE DATA public t"), "{error}");
    }
}

#[test]
fn b16_what_stands_behind_a_stream_is_noticed_and_so_is_a_wrong_trailer() {
    for compression in 1..4_u8 {
        let made = directory(16, compression, ROWS);
        let whole = std::fs::read(&made.data).unwrap();
        let twice = [whole.as_slice(), whole.as_slice()].concat();
        for longer in [twice, [whole.as_slice(), b"x"].concat()] {
            std::fs::write(&made.data, longer).unwrap();
            let error = read(made.dir.path()).unwrap_err();
            assert!(
                matches!(error.reason, Reason::Trailing),
                "{compression}: {error}"
            );
        }
    }
    let made = directory(16, 1, ROWS);
    let whole = std::fs::read(&made.data).unwrap();
    for at in whole.len() - 8..whole.len() {
        let mut wrong = whole.clone();
        wrong[at] ^= 1;
        std::fs::write(&made.data, wrong).unwrap();
        read(made.dir.path()).expect_err("the trailer has another checksum or length");
    }
}

//! Gives a copied cluster a system identifier of its own.
//!
//! Clusters are copied from a template, but PgBackMan tells clusters apart by the identifier that `initdb` gave them.
//! The identifier is the first field of `global/pg_control` (PostgreSQL: `src/include/catalog/pg_control.h`), which
//! ends in a CRC-32C of all before it; the log's pages repeat it, so `pg_resetwal` must write a new log afterwards.

use std::path::Path;

/// Writes `identifier` into the control file of the stopped cluster in `data`.
pub(super) fn set_system_identifier(data: &Path, identifier: u64) {
    let path = data.join("global/pg_control");
    let mut bytes = std::fs::read(&path).unwrap();
    let end =
        checksummed_length(&bytes).expect("pg_control holds a CRC-32C of what stands before it");
    bytes[..8].copy_from_slice(&identifier.to_ne_bytes());
    let checksum = crc32c(&bytes[..end]);
    bytes[end..end + 4].copy_from_slice(&checksum.to_ne_bytes());
    std::fs::write(&path, bytes).unwrap();
}

/// Where the checksum stands. That differs between versions, but only one place holds the right value.
fn checksummed_length(bytes: &[u8]) -> Option<usize> {
    (64..bytes.len().min(512) - 4)
        .step_by(4)
        .find(|end| bytes[*end..end + 4] == crc32c(&bytes[..*end]).to_ne_bytes())
}

/// CRC-32C (Castagnoli), bit by bit: a few hundred bytes, once per cluster.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0x82F6_3B78
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc32c_of_the_standard_check_string() {
        assert_eq!(super::crc32c(b"123456789"), 0xE306_9283);
    }
}

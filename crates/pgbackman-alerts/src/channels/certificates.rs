//! The certificates that an alert channel trusts.

use std::fs;
use std::path::Path;

use super::error::CertificateError;

/// Reads the certificates of a PEM file, as DER.
pub(super) fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, CertificateError> {
    let all = openssl::x509::X509::stack_from_pem(&fs::read(path)?)?;
    if all.is_empty() {
        return Err(CertificateError::Empty);
    }
    Ok(all
        .iter()
        .map(|one| one.to_der())
        .collect::<Result<_, _>>()?)
}

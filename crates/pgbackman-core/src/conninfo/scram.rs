//! Passwords as the server stores them, so that a password set here reaches neither the server's log nor the network.
//!
//! The form is PostgreSQL's SCRAM secret, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (PostgreSQL
//! documentation, "pg_authid"; RFC 5803 and RFC 7677).

use openssl::base64::encode_block;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::PKey;
use openssl::sha::sha256;
use openssl::sign::Signer;

use crate::secret::Secret;

/// As many as PostgreSQL itself uses (`scram_iterations`).
const ITERATIONS: usize = 4_096;

/// Why no SCRAM secret can be made of a password.
#[derive(Debug, thiserror::Error)]
pub enum ScramError {
    /// Other characters would have to be normalised first (SASLprep), or end a line of a password file.
    #[error(
        "the password has characters that are not printable ASCII, or none at all; choose another one"
    )]
    Characters,
    /// OpenSSL failed.
    #[error("could not compute the SCRAM secret")]
    Openssl(#[from] ErrorStack),
}

/// The SCRAM secret of a password, for `ALTER ROLE … PASSWORD`. The salt is to be random.
///
/// # Errors
///
/// [`ScramError`] for an empty password or one that is not printable ASCII.
pub fn scram_secret(password: &Secret, salt: [u8; 16]) -> Result<String, ScramError> {
    let plain = password.expose();
    if plain.is_empty() || !plain.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(ScramError::Characters);
    }
    let mut salted = [0_u8; 32];
    pbkdf2_hmac(
        plain.as_bytes(),
        &salt,
        ITERATIONS,
        MessageDigest::sha256(),
        &mut salted,
    )?;
    let stored_key = sha256(&hmac(&salted, b"Client Key")?);
    let server_key = hmac(&salted, b"Server Key")?;
    Ok(format!(
        "SCRAM-SHA-256${ITERATIONS}:{}${}:{}",
        encode_block(&salt),
        encode_block(&stored_key),
        encode_block(&server_key)
    ))
}

fn hmac(key: &[u8], text: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let key = PKey::hmac(key)?;
    let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
    signer.update(text)?;
    signer.sign_to_vec()
}

#[cfg(test)]
mod tests {
    use super::scram_secret;
    use crate::secret::Secret;

    /// The keys were computed with another implementation (Python's hashlib and hmac).
    #[test]
    fn the_secret_is_what_others_compute() {
        let secret = scram_secret(&Secret::new("pencil"), *b"0123456789abcdef").unwrap();
        assert_eq!(
            secret,
            "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQpbZ77WudtqufPwikHXGRt6g2QJ4zns8bZLw273DRM=:jn2amWP1q1h+jgjy0YTO14S6/F02SV7taipOeB7ef20="
        );
    }

    #[test]
    fn a_password_that_needs_normalising_is_refused() {
        for password in ["", "pässword", "two\nlines", "tab\t"] {
            assert!(scram_secret(&Secret::new(password), [0; 16]).is_err());
        }
    }
}

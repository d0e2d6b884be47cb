//! Passwords as the server stores them, so that a password set here reaches neither the server's log nor the network.
//!
//! The form is PostgreSQL's SCRAM secret, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (PostgreSQL
//! documentation, "pg_authid"; RFC 5803 and RFC 7677), made by the client library with a random salt of 16 bytes and as many
//! iterations as PostgreSQL itself uses (4096, `scram_iterations`).

use postgres_protocol::password::scram_sha_256;
use thiserror::Error;

use crate::secret::Secret;

/// A password of which no SCRAM secret is made: other characters end a line of a password file, or mean another password to a
/// client that does not normalise them (SASLprep).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the password is empty, or contains characters that are not printable ASCII; choose another one"
)]
pub struct ScramError;

/// The SCRAM secret of a password, for `ALTER ROLE … PASSWORD`.
///
/// # Errors
///
/// [`ScramError`] for an empty password or one that is not printable ASCII.
pub fn scram_secret(password: &Secret) -> Result<String, ScramError> {
    let plain = password.expose().as_bytes();
    if plain.is_empty() || !plain.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err(ScramError);
    }
    Ok(scram_sha_256(plain))
}

#[cfg(test)]
mod tests {
    use openssl::base64::{decode_block, encode_block};
    use openssl::hash::MessageDigest;
    use openssl::pkcs5::pbkdf2_hmac;
    use openssl::pkey::PKey;
    use openssl::sha::sha256;
    use openssl::sign::Signer;
    use proptest::prelude::*;

    use super::*;

    /// The same from RFC 5802 with `OpenSSL`'s functions.
    fn by_openssl(password: &str, salt: &[u8]) -> String {
        let hmac = |key: &[u8], text: &[u8]| {
            let key = PKey::hmac(key).unwrap();
            let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
            signer.update(text).unwrap();
            signer.sign_to_vec().unwrap()
        };
        let mut salted = [0_u8; 32];
        let digest = MessageDigest::sha256();
        pbkdf2_hmac(password.as_bytes(), salt, 4_096, digest, &mut salted).unwrap();
        format!(
            "SCRAM-SHA-256$4096:{}${}:{}",
            encode_block(salt),
            encode_block(&sha256(&hmac(&salted, b"Client Key"))),
            encode_block(&hmac(&salted, b"Server Key"))
        )
    }

    fn salt_of(secret: &str) -> Vec<u8> {
        let salt = secret.split(['$', ':']).nth(2).unwrap();
        decode_block(salt).unwrap()
    }

    /// The keys were computed with a third implementation (Python's hashlib and hmac).
    #[test]
    fn the_secret_is_what_others_compute() {
        assert_eq!(
            by_openssl("pencil", b"0123456789abcdef"),
            "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$nQpbZ77WudtqufPwikHXGRt6g2QJ4zns8bZLw273DRM=:jn2amWP1q1h+jgjy0YTO14S6/F02SV7taipOeB7ef20="
        );
        let [one, two] = [(), ()].map(|()| scram_secret(&Secret::new("pencil")).unwrap());
        assert_eq!(one, by_openssl("pencil", &salt_of(&one)));
        assert_ne!(salt_of(&one), salt_of(&two));
    }

    #[test]
    fn a_password_that_needs_normalising_is_refused() {
        for password in ["", "pässword", "two\nlines", "tab\t"] {
            assert_eq!(scram_secret(&Secret::new(password)), Err(ScramError));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn every_printable_password_is_taken_as_it_is(password in "[ -~]{1,40}") {
            let secret = scram_secret(&Secret::new(password.as_str())).unwrap();
            let salt = salt_of(&secret);
            prop_assert_eq!(salt.len(), 16);
            prop_assert_eq!(secret, by_openssl(&password, &salt));
        }
    }
}

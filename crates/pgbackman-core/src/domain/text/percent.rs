//! Percent-encoding: of file names, and of the values in command lines that PgBackMan 2.0.0 wrote (see
//! [`crate::domain::text::encoded_value`]).

use percent_encoding::{percent_decode_str, percent_encode_byte};
use thiserror::Error;

/// A text that [`encode_where`] cannot have written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not percent-encoded UTF-8: {reason}")]
pub struct DecodeError {
    /// The text as it was given.
    pub value: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Replaces every byte of the characters for which `must_encode` is true, and `%` itself, by `%XX`.
pub fn encode_where(text: &str, must_encode: impl Fn(usize, char) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if character == '%' || must_encode(at, character) {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).bytes();
            encoded.extend(bytes.map(percent_encode_byte));
        } else {
            encoded.push(character);
        }
    }
    encoded
}

/// The text that [`encode_where`] was given.
///
/// # Errors
/// When a `%` is not followed by two hexadecimal digits, or the result is not UTF-8.
pub fn decode(text: &str) -> Result<String, DecodeError> {
    let error = |reason| DecodeError {
        value: text.to_owned(),
        reason,
    };
    // The library leaves other signs as they are.
    let is_encoded = |after: &str| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_encoded) {
        return Err(error("a % must be followed by two hexadecimal digits"));
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) => Ok(decoded.into_owned()),
        Err(_) => Err(error("the decoded bytes are not UTF-8")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damaged_values_are_refused() {
        for text in ["%", "%4", "%GG", "a%", "%FF", "%+1", "%%41", "%4%31", "%é"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_place_of_a_character_may_decide_and_a_percent_sign_is_always_encoded() {
        let first = |text: &str| encode_where(text, |at, _| at == 0);
        assert_eq!(first("a%é-"), "%61%25é-");
        assert_eq!(first("é"), "%C3%A9");
        assert_eq!(
            encode_where("%/", |_, character| character == '/'),
            "%25%2F"
        );
        assert_eq!(decode("%61%25%c3%A9-").unwrap(), "a%é-");
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(text in any::<String>()) {
            let encoded = encode_where(&text, |_, character| !character.is_ascii_alphanumeric());
            prop_assert_eq!(decode(&encoded), Ok(text));
        }

        #[test]
        fn decoding_never_panics(text in any::<String>()) {
            let _ = decode(&text);
        }
    }
}

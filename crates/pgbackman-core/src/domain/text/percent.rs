//! Percent-encoding: of file names, and of the values in command lines that PgBackMan 2.0.0 wrote (see
//! [`crate::domain::text::encoded_value`]).

use std::fmt::Write as _;

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
            for byte in character.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
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
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = (
                rest.next().and_then(hex_value),
                rest.next().and_then(hex_value),
            );
            let (Some(high), Some(low)) = digits else {
                return Err(error("a % must be followed by two hexadecimal digits"));
            };
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| error("the decoded bytes are not UTF-8"))
}

fn hex_value(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn damaged_values_are_refused() {
        for text in ["%", "%4", "%GG", "a%", "%FF", "%+1"] {
            assert!(decode(text).is_err(), "{text:?}");
        }
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

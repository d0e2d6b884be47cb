//! Values that a crontab line cannot carry, or not for every cron: the values of the flags `--…-encoded`.
//!
//! Each byte that is not plain stands as `=XX`, as in quoted-printable mail. There is no `%` among the characters, which crons
//! read differently (one ends the command at it, another removes the backslash before it, a third keeps both). PgBackMan 2.0.0
//! wrote `%XX`; such a value has a `%`, and a new one never has one, so each is known for what it is.

use percent_encoding::percent_encode_byte;
use thiserror::Error;

use crate::domain::text::percent;

/// A text that neither [`encode`] nor PgBackMan 2.0.0 can have written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not an encoded value: {reason}")]
pub struct DecodeError {
    /// The text as it was given.
    pub value: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Encodes everything but ASCII letters, digits, `-`, `_` and `.`, so that the result passes every cron, `at` and a shell
/// unchanged in every locale.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('=');
            encoded.push_str(&percent_encode_byte(byte)[1..]);
        }
    }
    encoded
}

/// The text that [`encode`], or the percent-encoding of PgBackMan 2.0.0, was given.
///
/// # Errors
/// When the value is neither. One that has a `=` must be exactly what [`encode`] writes: whoever typed a value that was not
/// encoded at all is told so, and gets no other value than the one that was meant.
pub fn decode(value: &str) -> Result<String, DecodeError> {
    let error = |reason| DecodeError {
        value: value.to_owned(),
        reason,
    };
    if value.contains('%') {
        return percent::decode(value).map_err(|old| error(old.reason));
    }
    if !value.contains('=') {
        return Ok(value.to_owned());
    }
    let as_percent: String = value
        .chars()
        .map(|character| if character == '=' { '%' } else { character })
        .collect();
    let text = percent::decode(&as_percent)
        .map_err(|_| error("a = must be followed by two hexadecimal digits of a UTF-8 text"))?;
    if encode(&text) == value {
        Ok(text)
    } else {
        Err(error(
            "it contains a character that must be encoded, or encodes one that must not be",
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn c9_an_encoded_value_is_plain_ascii_without_a_percent_sign() {
        assert_eq!(encode("a b\n%=ü-_.Z"), "a=20b=0A=25=3D=C3=BC-_.Z");
    }

    #[test]
    fn c9_what_2_0_0_has_encoded_is_still_read() {
        for (old, text) in [
            ("two%0Alines%20%25", "two\nlines %"),
            ("a%3Db", "a=b"),
            ("a=b%0A", "a=b\n"),
            ("plain-name_1.x", "plain-name_1.x"),
        ] {
            assert_eq!(decode(old).unwrap(), text);
        }
    }

    #[test]
    fn a_value_that_nobody_has_encoded_is_refused() {
        for value in [
            "%",
            "%4",
            "%GG",
            "a%",
            "%FF",
            "=",
            "=4",
            "=GG",
            "=FF",
            "=0a",
            "a=b",
            "=41",
            "two words=0A",
            "=+1",
        ] {
            assert!(decode(value).is_err(), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_encoded(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(!encoded.contains('%'));
            prop_assert_eq!(decode(&encoded), Ok(text));
        }

        #[test]
        fn decoding_never_panics(text in "[=%0-9A-Fa-f]{0,12}") {
            let _ = decode(&text);
        }
    }
}

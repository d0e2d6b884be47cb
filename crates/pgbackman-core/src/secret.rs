//! Values that must never be shown: passwords above all (trap 32).
#![forbid(unsafe_code)]

use std::fmt;

/// A password or the like. `Debug` and `Display` show a placeholder; only [`Secret::expose`] gives the value away, so
/// that a search for that name finds every place where one is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What is shown instead of a secret.
const PLACEHOLDER: &str = "********";

impl Secret {
    /// Takes a value into custody.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that hands it to a server.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the value is the empty string.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(PLACEHOLDER)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(PLACEHOLDER)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn trap_32_a_secret_is_shown_as_a_placeholder() {
        let secret = Secret::new("geheim");
        assert_eq!(format!("{secret} {secret:?}"), "******** ********");
        assert!(!format!("{:#?}", Some(&secret)).contains("geheim"));
        assert_eq!(secret.expose(), "geheim");
    }
}

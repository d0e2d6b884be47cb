//! The values of a server's or a node's configuration, read from the text that the catalogue keeps.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::catalogue::error::CatalogError;

/// Parameters by name, with what to say when one is missing or unreadable.
pub(super) struct Values<'a> {
    pub(super) action: &'static str,
    pub(super) map: &'a BTreeMap<String, String>,
}

impl Values<'_> {
    pub(super) fn text(&self, parameter: &str) -> Result<String, CatalogError> {
        self.map
            .get(parameter)
            .cloned()
            .ok_or_else(|| CatalogError::Decode {
                action: self.action,
                reason: format!("parameter {parameter} is missing"),
            })
    }

    pub(super) fn parse<T: FromStr<Err: Display>>(
        &self,
        parameter: &str,
    ) -> Result<T, CatalogError> {
        let text = self.text(parameter)?;
        text.parse().map_err(|error| CatalogError::Decode {
            action: self.action,
            reason: format!("parameter {parameter} has the value {text:?}: {error}"),
        })
    }
}

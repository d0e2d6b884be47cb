//! Extra parameters of a definition: additional options for the client tool, against an allow-list per tool and client
//! version (`docs/spec/programs.md`, "pgbackman_dump and pgbackman_restore").
//!
//! Options are recognised as `getopt_long` recognises them (abbreviated long names, bundled letters, values attached or
//! in the next word) and passed on under their full names, so that client and check cannot disagree. Values keep their
//! case (trap 15a) and never meet a shell (trap 14).

mod fault;
mod options;
mod tool;

use thiserror::Error;

pub use self::fault::{Allowed, WordFault};
use self::options::{OptionSpec, Rule};
pub use self::tool::Tool;
use crate::domain::pg_version::PgMajor;
use crate::domain::text::words::{self, SplitError};

/// Why extra parameters are refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExtraParametersError {
    /// Quotes do not close.
    #[error("the extra parameters are refused: {0}")]
    Split(#[from] SplitError),
    /// One of the words.
    #[error("the extra parameter {word:?} is refused: {reason}")]
    Word {
        /// The word as it was given.
        word: String,
        /// Why.
        reason: WordFault,
    },
}

/// Checked parameters, ready for an argument vector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraParameters {
    words: Vec<String>,
    /// Full names (letters where there is no name) of the options among them, each with its value.
    options: Vec<(&'static str, Option<String>)>,
}

impl ExtraParameters {
    /// Reads and checks extra parameters.
    ///
    /// `client` is the major version of the client that will get them; where it is not known yet (at registration, with
    /// the node away), an option that any version has is taken, and checked again when the backup runs.
    pub fn parse(
        text: &str,
        tool: Tool,
        client: Option<PgMajor>,
    ) -> Result<Self, ExtraParametersError> {
        let mut parser = Parser {
            tool,
            client,
            parsed: Self::default(),
        };
        let mut words = words::split(text)?.into_iter();
        while let Some(word) = words.next() {
            parser
                .word(&word, &mut words)
                .map_err(|reason| ExtraParametersError::Word { word, reason })?;
        }
        Ok(parser.parsed)
    }

    /// The words for the argument vector: `--name=value`, `-x`.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether an option is among them, by its full name (`no-large-objects`); names that differ between versions are
    /// asked for one by one.
    pub fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }

    /// The values given to an option by its full name, in order.
    pub fn values<'o>(&'o self, option: &'o str) -> impl Iterator<Item = &'o str> {
        self.options
            .iter()
            .filter(move |(name, _)| *name == option)
            .filter_map(|(_, value)| value.as_deref())
    }
}

struct Parser {
    tool: Tool,
    client: Option<PgMajor>,
    parsed: ExtraParameters,
}

impl Parser {
    /// One word, and the next ones where it needs a value.
    fn word(
        &mut self,
        word: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), WordFault> {
        if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            let option = self.long_option(name)?;
            return self.take(option, value, rest);
        }
        match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() && !word.starts_with("--") => {
                self.letters(letters, rest)
            }
            _ => Err(WordFault::NoOption(self.tool)),
        }
    }

    /// `-xO`, `-Tlog`, `-T` and the next word.
    fn letters(
        &mut self,
        letters: &str,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), WordFault> {
        for (at, letter) in letters.char_indices() {
            let option = self
                .options()
                .find(|option| option.short == Some(letter))
                .ok_or_else(|| self.unknown(format!("-{letter}")))?;
            let after = &letters[at + letter.len_utf8()..];
            if option.takes_value {
                let attached = (!after.is_empty()).then(|| after.to_owned());
                return self.take(option, attached, rest);
            }
            self.take(option, None, rest)?;
        }
        Ok(())
    }

    /// The option a long name means: itself, or what it is the beginning of, where that is one option only.
    fn long_option(&self, name: &str) -> Result<&'static OptionSpec, WordFault> {
        if let Some(exact) = self.options().find(|option| option.long == name) {
            return Ok(exact);
        }
        let candidates: Vec<_> = self
            .options()
            .filter(|option| option.long.starts_with(name))
            .collect();
        match candidates.as_slice() {
            [only] => Ok(only),
            [] => Err(self.unknown(format!("--{name}"))),
            several => Err(WordFault::Ambiguous {
                option: format!("--{name}"),
                candidates: several.iter().map(|option| option.display()).collect(),
            }),
        }
    }

    /// Judges an option with its value and keeps it.
    fn take(
        &mut self,
        option: &'static OptionSpec,
        attached: Option<String>,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), WordFault> {
        let name = option.display();
        if let Rule::Refused(reason) = option.rule {
            return Err(WordFault::Forbidden {
                option: name,
                reason,
            });
        }
        let value = match (option.takes_value, attached) {
            (true, Some(value)) => Some(value),
            (true, None) => match rest.next() {
                Some(value) => Some(value),
                None => return Err(WordFault::NoValue(name)),
            },
            (false, Some(_)) => return Err(WordFault::SurplusValue(name)),
            (false, None) => None,
        };
        if let Some(value) = &value {
            check_value(option.rule, value, self.client).map_err(|allowed| WordFault::Value {
                option: name.clone(),
                allowed,
            })?;
        }
        if !matches!(option.rule, Rule::Own) {
            self.parsed.words.push(match &value {
                Some(value) => format!("{name}={value}"),
                None => name,
            });
        }
        self.parsed.options.push((option.long, value));
        Ok(())
    }

    fn options(&self) -> impl Iterator<Item = &'static OptionSpec> + use<> {
        options::of(self.tool, self.client.map(PgMajor::number))
    }

    fn unknown(&self, option: String) -> WordFault {
        WordFault::Unknown {
            tool: self.tool,
            major: self.client,
            option,
        }
    }
}

/// Whether a value is allowed; otherwise what is.
fn check_value(rule: Rule, value: &str, client: Option<PgMajor>) -> Result<(), Allowed> {
    match rule {
        Rule::Allowed | Rule::Own | Rule::Refused(_) => Ok(()),
        Rule::Number(low, high) => match value.parse::<i32>() {
            Ok(number) if (low..=high).contains(&number) => Ok(()),
            _ => Err(Allowed::Number(low, high)),
        },
        Rule::OneOf(allowed) => {
            if allowed.iter().any(|one| one.eq_ignore_ascii_case(value)) {
                Ok(())
            } else {
                Err(Allowed::OneOf(allowed))
            }
        }
        Rule::Compression => check_compression(value, client),
    }
}

/// `0` to `9`; from 16 on also a method and its detail (`zstd:9`, `gzip:level=5`, `zstd:long`).
fn check_compression(value: &str, client: Option<PgMajor>) -> Result<(), Allowed> {
    if matches!(value.as_bytes(), [b'0'..=b'9']) {
        return Ok(());
    }
    if client.is_some_and(|client| client < PgMajor::new(16)) {
        return Err(Allowed::Level);
    }
    let (method, detail) = value.split_once(':').unwrap_or((value, "level=1"));
    let detail_is_plain = !detail.is_empty()
        && detail
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "=,-".contains(character));
    if matches!(method, "gzip" | "lz4" | "zstd" | "none") && detail_is_plain {
        return Ok(());
    }
    Err(Allowed::Compression)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

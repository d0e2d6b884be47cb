//! The answers to a command's parameters, from the line or its prompts.

use std::str::FromStr;

use crate::error::CommandError;

/// One parameter's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The parameter's key.
    pub key: String,
    /// The value; if none was given, the default.
    pub value: String,
    /// Whether it was given, instead of the default.
    pub given: bool,
}

/// The answers so far, in the order they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    answers: Vec<Answer>,
    prompted: bool,
}

impl Answers {
    /// Creates an empty set for a dialogue, in which conflicts can be resolved by questions.
    pub fn of_dialogue() -> Self {
        Self {
            answers: Vec::new(),
            prompted: true,
        }
    }

    /// Whether they were given in a dialogue, and not on the line.
    pub const fn were_prompted(&self) -> bool {
        self.prompted
    }

    /// Adds an answer.
    pub fn push(&mut self, key: impl Into<String>, value: impl Into<String>, given: bool) {
        self.answers.push(Answer {
            key: key.into(),
            value: value.into(),
            given,
        });
    }

    /// The answer under a key.
    pub fn get(&self, key: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.key == key)
    }

    /// The value under a key; empty if the form has no such parameter.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).map_or("", |answer| answer.value.as_str())
    }

    /// Whether a value was given, instead of the default.
    pub fn given(&self, key: &str) -> bool {
        self.get(key).is_some_and(|answer| answer.given)
    }

    /// The value under a key as its type.
    ///
    /// # Errors
    /// The type's own message.
    pub fn parse<T>(&self, key: &str) -> Result<T, CommandError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        self.text(key)
            .parse()
            .map_err(|error: T::Err| CommandError::Invalid(error.to_string()))
    }

    /// All answers.
    pub fn iter(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter()
    }
}

//! What an operator selects: filters of the `show_` lists, lists of names (`docs/spec/shell.md`, "Rules common to all
//! commands").

use thiserror::Error;

/// A list that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{text:?} is not a list of names: {reason}; names are separated by commas, and one that contains a comma is written in double quotes"
)]
pub struct SelectorError {
    /// The text as it was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// One name of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListItem {
    /// The name, without its quotes, otherwise exactly as typed.
    pub name: String,
    /// Whether it was written in double quotes: then it is a name and never a key word.
    pub quoted: bool,
}

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector<T> {
    /// No restriction.
    All,
    /// Any of these.
    AnyOf(Vec<T>),
}

impl Selector<String> {
    /// Reads a filter: `all`, `*` and the empty text select everything, anything else is a list. Case matters in names,
    /// not in `all`; `"all"` and `"*"` in double quotes are names.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let items = parse_list(text)?;
        if items.is_empty() || items.iter().any(ListItem::means_all) {
            return Ok(Self::All);
        }
        Ok(Self::AnyOf(
            items.into_iter().map(|item| item.name).collect(),
        ))
    }
}

impl<T> Selector<T> {
    /// Turns every name into something else, an ID or a status; the first failure is the result.
    pub fn try_map<U, E>(self, convert: impl FnMut(T) -> Result<U, E>) -> Result<Selector<U>, E> {
        Ok(match self {
            Self::All => Selector::All,
            Self::AnyOf(items) => {
                Selector::AnyOf(items.into_iter().map(convert).collect::<Result<_, _>>()?)
            }
        })
    }

    /// `None` for everything, else the list: the form in which queries take it as a parameter (trap 17).
    pub fn as_slice(&self) -> Option<&[T]> {
        match self {
            Self::All => None,
            Self::AnyOf(items) => Some(items),
        }
    }
}

impl ListItem {
    /// Whether it is the key word `all` or `*`.
    fn means_all(&self) -> bool {
        !self.quoted && (self.name == "*" || self.name.eq_ignore_ascii_case("all"))
    }
}

/// Splits a comma-separated list. Blanks around a name do not belong to it. A name that begins with a double quote ends
/// at the next single one; two stand for one, as in an SQL identifier. The empty text is the empty list.
pub fn parse_list(text: &str) -> Result<Vec<ListItem>, SelectorError> {
    let error = |reason| SelectorError {
        text: text.to_owned(),
        reason,
    };
    let mut items = Vec::new();
    let mut rest = text.trim();
    if rest.is_empty() {
        return Ok(items);
    }
    loop {
        let (item, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                take_quoted(quoted).ok_or_else(|| error("a double quote is not closed"))?
            }
            None => take_plain(rest),
        };
        if item.name.is_empty() && !item.quoted {
            return Err(error("a name is missing"));
        }
        items.push(item);
        let after = after.trim_start();
        if after.is_empty() {
            return Ok(items);
        }
        rest = after
            .strip_prefix(',')
            .ok_or_else(|| error("something follows a closing double quote"))?
            .trim_start();
    }
}

/// Up to the next comma.
fn take_plain(text: &str) -> (ListItem, &str) {
    let (name, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
    (
        ListItem {
            name: name.trim_end().to_owned(),
            quoted: false,
        },
        rest,
    )
}

/// Up to the closing quote; `None` where there is none.
fn take_quoted(text: &str) -> Option<(ListItem, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(doubled) => {
                name.push('"');
                rest = doubled;
            }
            None => return Some((ListItem { name, quoted: true }, after)),
        }
    }
}

/// A name as [`parse_list`] reads it back: in double quotes where it needs them.
pub fn quote_item(name: &str) -> String {
    let item = ListItem {
        name: name.to_owned(),
        quoted: false,
    };
    let needs_quotes = name.is_empty()
        || name.starts_with(['"', '#'])
        || name.contains(',')
        || name.trim() != name
        || item.means_all();
    if needs_quotes {
        format!("\"{}\"", name.replace('"', "\"\""))
    } else {
        item.name
    }
}

/// What a typed value says where an empty one means the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// `""`: use the default.
    Default,
    /// `#empty#`: clear the value.
    Clear,
    /// The value, exactly as typed.
    Value(&'a str),
}

impl<'a> Given<'a> {
    /// Reads a typed value.
    pub fn from_text(text: &'a str) -> Self {
        match text {
            "" => Self::Default,
            "#empty#" => Self::Clear,
            value => Self::Value(value),
        }
    }

    /// The value to store: the default where nothing was given, empty where it is cleared.
    pub fn or_default(self, default: &'a str) -> &'a str {
        match self {
            Self::Default => default,
            Self::Clear => "",
            Self::Value(value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Selector<String> {
        Selector::parse(text).unwrap()
    }

    fn any_of(names: &[&str]) -> Selector<String> {
        Selector::AnyOf(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn everything_is_selected_by_all_a_star_and_nothing() {
        for text in ["", "all", "ALL", "*", "  all ", "shop, all"] {
            assert_eq!(names(text), Selector::All, "{text:?}");
        }
    }

    #[test]
    fn trap_15_names_are_taken_as_typed_and_quotes_protect_commas_and_key_words() {
        assert_eq!(
            names("Orders, odd-db ,O'Brien"),
            any_of(&["Orders", "odd-db", "O'Brien"])
        );
        assert_eq!(names(r#""a,b",c"#), any_of(&["a,b", "c"]));
        assert_eq!(names(r#""all","*""#), any_of(&["all", "*"]));
        assert_eq!(
            names(r#"" say ""hi"" ",we"ird"#),
            any_of(&[" say \"hi\" ", "we\"ird"])
        );
        assert_eq!(names("%,_,$(id);x\ny"), any_of(&["%", "_", "$(id);x\ny"]));
        assert_eq!(names(r#""""#), any_of(&[""]));
    }

    #[test]
    fn a_list_with_a_gap_or_an_open_quote_is_refused() {
        for text in [",", "a,", ",a", "a,,b", "\"a", "\"a\"b", "\"a\" b"] {
            assert!(Selector::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_empty_value_is_the_default_and_a_word_clears() {
        assert_eq!(Given::from_text("").or_default("x"), "x");
        assert_eq!(Given::from_text("#empty#").or_default("x"), "");
        assert_eq!(Given::from_text(" Y ").or_default("x"), " Y ");
    }

    proptest! {
        #[test]
        fn quoted_names_are_read_back(names in prop::collection::vec(any::<String>(), 1..5)) {
            let text: Vec<String> = names.iter().map(|name| quote_item(name)).collect();
            prop_assert_eq!(Selector::parse(&text.join(",")), Ok(Selector::AnyOf(names)));
        }

        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = Selector::parse(&text);
        }
    }
}

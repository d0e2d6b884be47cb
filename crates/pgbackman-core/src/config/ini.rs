//! The configuration file of PgBackMan 1.x, as far as it has to be told from TOML and read for conversion.

/// A line of an INI file that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `[name]`
    Section(&'a str),
    /// `key=value` or `key: value`, both trimmed.
    Setting(&'a str, &'a str),
    /// Anything else.
    Unknown(&'a str),
}

/// The lines of an INI file with their numbers from 1, without comments and empty lines.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Line<'_>)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            return None;
        }
        Some((index + 1, read(line)))
    })
}

fn read(line: &str) -> Line<'_> {
    if let Some(name) = line
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        return Line::Section(name.trim());
    }
    match line.split_once(['=', ':']) {
        Some((key, value)) if is_key(key.trim()) => Line::Setting(key.trim(), value.trim()),
        _ => Line::Unknown(line),
    }
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether the text is an INI file: the first setting whose value TOML cannot read because it is a text without quotes
/// or no value at all, with the line as TOML wants it.
pub(super) fn recognise(text: &str) -> Option<(usize, String)> {
    lines(text).find_map(|(number, line)| match line {
        Line::Setting(key, value) if is_unquoted(value) => {
            let shown = if key.contains("password") {
                "…"
            } else {
                value
            };
            Some((number, format!("{key} = {}", quoted(shown))))
        }
        _ => None,
    })
}

/// Whether TOML would refuse the value for want of quotes.
fn is_unquoted(value: &str) -> bool {
    let Some(first) = value.chars().next() else {
        return true;
    };
    let word = value.split('#').next().unwrap_or_default().trim();
    let is_toml_word = matches!(word, "true" | "false" | "inf" | "nan");
    (first.is_alphabetic() || first == '/') && !is_toml_word
}

/// A text as TOML writes it, in quotes.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

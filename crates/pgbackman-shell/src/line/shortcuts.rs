//! Shortcuts, and the command at the beginning of a line.

use std::borrow::Cow;

/// Shortcuts that replace a command at the start of a line, with their commands.
pub const SHORTCUTS: [(&str, &str); 8] = [
    (r"\q", "quit"),
    (r"\?", "help"),
    (r"\h", "help"),
    (r"\s", "show_history"),
    (r"\x", "set output_style=switch"),
    (r"\!", "shell"),
    ("!", "shell"),
    ("?", "help"),
];

/// The command of a line, and the rest of the line. An argument may follow a shortcut directly (`!ls`).
pub(crate) fn split_name(line: &str) -> (String, Cow<'_, str>) {
    for (shortcut, meaning) in SHORTCUTS {
        if let Some(rest) = line.strip_prefix(shortcut) {
            let rest = rest.trim_start();
            return match meaning.split_once(' ') {
                // `\x auto`, as in psql.
                Some((name, words)) if !rest.trim_end_matches(';').is_empty() => {
                    let setting = words.split('=').next().unwrap_or(words);
                    (name.to_owned(), format!("{setting}={rest}").into())
                }
                Some((name, words)) => (name.to_owned(), words.into()),
                None => (meaning.to_owned(), rest.into()),
            };
        }
    }
    // A `;` at the end of a line is not part of a name.
    let (name, rest) = line
        .split_once(char::is_whitespace)
        .unwrap_or((line.trim_end_matches(';'), ""));
    (name.to_owned(), rest.trim_start().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcuts_stand_for_commands() {
        for (line, name, rest) in [
            (r"\q", "quit", ""),
            (r"\h quit", "help", "quit"),
            ("!ls 'a b'", "shell", "ls 'a b'"),
            (r"\! id", "shell", "id"),
            (r"\x", "set", "output_style=switch"),
            (r"\x auto", "set", "output_style=auto"),
            ("show_pgsql_nodes", "show_pgsql_nodes", ""),
            ("quit;", "quit", ""),
            ("set  output_format=csv", "set", "output_format=csv"),
        ] {
            assert_eq!(split_name(line), (name.to_owned(), rest.into()), "{line}");
        }
    }
}

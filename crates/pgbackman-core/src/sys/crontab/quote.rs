//! One argument as cron and then the shell read it.

use crate::domain::text::words;

/// Writes `value` so that `/bin/sh`, given the command by cron, sees exactly it as one word.
///
/// cron reads the command first: an unescaped `%` ends it, a backslash takes the special meaning from the next character,
/// and the backslash before a `%` is removed; Debian's cron also turns `\\` into `\` (measured), others do not. It knows no
/// quotes. The shell then removes the quotes. So inside single quotes `%` becomes `\%`, and a backslash of the value must
/// never stand directly before a backslash or `%` that follows it: closing and opening the quotes (`\''%`) separates
/// them, since the shell joins the pieces again. That reads the same whichever way cron treats `\\`.
///
/// The value must not contain a newline, which would end the line, nor a NUL, which no argument can hold:
/// [`super::job_line`] sees to that.
pub fn cron_word(value: &str) -> String {
    words::unless_plain(value, is_plain, in_quotes)
}

fn in_quotes(value: &str) -> String {
    let mut word = String::with_capacity(value.len() + 2);
    word.push('\'');
    let mut after_backslash = false;
    for character in value.chars() {
        if after_backslash && matches!(character, '\\' | '%') {
            word.push_str("''");
        }
        match character {
            '\'' => word.push_str(r"'\''"),
            '%' => word.push_str(r"\%"),
            other => word.push(other),
        }
        after_backslash = character == '\\';
    }
    word.push('\'');
    word
}

/// Characters that mean nothing to cron or any shell, at any place of a word.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-./:,@+=".contains(character)
}

#[cfg(test)]
mod tests {
    use super::super::test_cron::{Cron, arguments_seen_by_a_job, command_for_the_shell};
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: [&str; 22] = [
        "shop",
        "",
        "Orders",
        "my db",
        "o'brien",
        "say \"hi\"",
        r"back\slash",
        r"\",
        r"\\",
        r"\\\",
        r"\%",
        r"\\%\%%",
        "100%",
        "%",
        "inj$(touch /x)",
        "c;id>/x;#",
        "`id`",
        "-leading",
        "~root",
        "*?[a]",
        r"'\'%\''%'",
        "žluťoučký kůň €",
    ];

    #[test]
    fn trap_14_hostile_values_reach_the_program_as_one_argument() {
        let words: Vec<String> = HOSTILE.iter().map(|value| cron_word(value)).collect();
        for cron in [Cron::Debian, Cron::Isc] {
            assert_eq!(
                arguments_seen_by_a_job(cron, &words.join(" ")),
                HOSTILE,
                "{cron:?}"
            );
        }
    }

    #[test]
    fn harmless_values_stay_readable() {
        for value in [
            "/usr/bin/pgbackman_dump",
            "pg-node01.example.net",
            "--def-id",
            "true",
            "a,b",
            "x@y+z=1",
        ] {
            assert_eq!(cron_word(value), value);
        }
    }

    #[test]
    fn no_percent_sign_ends_the_command() {
        assert_eq!(
            command_for_the_shell(Cron::Debian, &cron_word(r"a\%b")),
            r"'a\''%b'"
        );
        assert_eq!(command_for_the_shell(Cron::Debian, "a%b"), "a");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Batches of values, because starting a shell is what costs here.
        #[test]
        fn trap_14_any_values_reach_the_program_unchanged(
            values in proptest::collection::vec(
                prop_oneof![
                    proptest::string::string_regex(r#"[\\%'"$`;&| a-]{0,12}"#).unwrap(),
                    proptest::string::string_regex(r"[^\x00-\x1f\x7f]{0,20}").unwrap(),
                ],
                0..40,
            )
        ) {
            let words: Vec<String> = values.iter().map(|value| cron_word(value)).collect();
            for cron in [Cron::Debian, Cron::Isc] {
                prop_assert_eq!(&arguments_seen_by_a_job(cron, &words.join(" ")), &values);
            }
        }
    }
}

//! Words that documents do not use (`docs/style.md`): a reader searches for the field's term.

/// A phrase that no page has, and what to write.
const BANNED: [(&str, &str); 16] = [
    ("user of the jobs", "job user"),
    ("whoever", "the person, program or role that …"),
    ("so many", "the number, or N"),
    ("is told of", "alert, or notification"),
    ("heard of", "heartbeat"),
    ("sign of life", "heartbeat"),
    ("signs of life", "heartbeats"),
    ("way of sending", "alert channel"),
    ("good backup", "usable backup"),
    ("anew", "again, or a verb with re-"),
    ("goes on", "continues"),
    ("put right", "undo, repair or correct"),
    ("for ever", "without limit"),
    ("belongs into", "belongs to, or a verb"),
    ("lies in", "is in"),
    ("stands in", "is in"),
];

/// The banned phrases of a page, each with what to write. Code, in which programs are quoted, does not count.
pub(super) fn banned(text: &str) -> Vec<String> {
    let prose = without_code(text).to_lowercase();
    let prose = prose.split_whitespace().collect::<Vec<_>>().join(" ");
    BANNED
        .iter()
        .filter(|(phrase, _)| has(&prose, phrase))
        .map(|(phrase, instead)| format!("\"{phrase}\": write \"{instead}\" (docs/style.md)"))
        .collect()
}

/// Whether a phrase is there as words of its own.
fn has(prose: &str, phrase: &str) -> bool {
    let is_end = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    prose.match_indices(phrase).any(|(at, _)| {
        is_end(prose[..at].chars().next_back()) && is_end(prose[at + phrase.len()..].chars().next())
    })
}

/// The text without blocks of code and without code inside of lines.
fn without_code(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.extend(line.split('`').step_by(2));
            prose.push('\n');
        }
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_words_are_found_across_lines_and_not_in_code() {
        assert_eq!(
            banned("as the user of\nthe jobs"),
            ["\"user of the jobs\": write \"job user\" (docs/style.md)"]
        );
        assert!(banned("`never heard of: …`\n```text\nanew\n```\nmanewer\n").is_empty());
        assert_eq!(banned("Whoever made it anew").len(), 2);
    }
}

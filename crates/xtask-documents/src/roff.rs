//! Text as a manual page has it (groff_man(7)).

/// The longest line of what is written here.
const WIDTH: usize = 120;

/// A text with its words in lines: hyphens and backslashes as they are typed, `code` and the names of other manual pages, as
/// `pg_restore(1)`, in bold.
pub(crate) fn paragraph(text: &str) -> String {
    let mut lines = String::new();
    let mut length = 0;
    let mut in_code = false;
    for word in text.split_whitespace() {
        let word = word_of(word, &mut in_code);
        if length > 0 && length + 1 + word.len() > WIDTH {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        // A line that begins with one of these is a request.
        if length == 0 && word.starts_with(['.', '\'']) {
            lines.push_str("\\&");
        }
        length += word.len();
        lines.push_str(&word);
    }
    lines.push('\n');
    lines
}

/// A word; backticks, which begin and end code, become changes of the font.
fn word_of(word: &str, in_code: &mut bool) -> String {
    let name_ends = ["(1)", "(5)", "(8)"].iter().find_map(|end| word.find(end));
    if let (Some(end), false) = (name_ends, *in_code) {
        let (name, rest) = word.split_at(end);
        let begin = name.rfind('(').map_or(0, |at| at + 1);
        let (before, name) = name.split_at(begin);
        return format!("{}{}{}", escaped(before), bold(name), escaped(rest));
    }
    let mut text = String::new();
    for (index, part) in word.split('`').enumerate() {
        if index > 0 {
            *in_code = !*in_code;
            text.push_str(if *in_code { "\\fB" } else { "\\fR" });
        }
        text.push_str(&escaped(part));
    }
    text
}

/// A word in bold.
pub(crate) fn bold(word: &str) -> String {
    format!("\\fB{}\\fR", escaped(word))
}

/// A word in italics, which stands for a value.
pub(crate) fn italic(word: &str) -> String {
    format!("\\fI{}\\fR", escaped(word))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pages_and_code_are_bold_and_hyphens_are_those_that_are_typed() {
        assert_eq!(
            paragraph("As `--no-dump x` of pg_restore(1), (see pgbackman_dump(8)): a\\b"),
            "As \\fB\\-\\-no\\-dump x\\fR of \\fBpg_restore\\fR(1), (see \\fBpgbackman_dump\\fR(8)): a\\eb\n"
        );
    }

    #[test]
    fn no_line_is_taken_for_a_request() {
        assert_eq!(paragraph(".partial files"), "\\&.partial files\n");
        let long = ["word"; 40].join(" ");
        let lines = paragraph(&long);
        assert!(lines.lines().all(|line| line.len() <= WIDTH));
        assert_eq!(lines.split_whitespace().count(), 40);
    }
}

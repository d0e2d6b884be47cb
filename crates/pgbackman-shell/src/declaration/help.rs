//! The output of `help`: the list of commands, the page of a command, and the topics.

use std::fmt::Write as _;

use crate::declaration::registry::Commands;
use crate::declaration::spec::{DefaultSource, Parameter, Spec, Subject};
use crate::line::shortcuts::SHORTCUTS;
use crate::values::kind::Kind;

/// Help topics that are not commands.
pub const TOPICS: [&str; 2] = ["shortcuts", "support"];

/// The width of the pages: that of the manual, regardless of the terminal.
const WIDTH: usize = 80;

/// The column at which summaries begin.
const SUMMARIES: usize = 33;

/// The list of commands by subject, one line each.
pub fn overview(commands: &Commands) -> String {
    let mut page =
        "\nDocumented commands (type help <topic>):\n========================================\n"
            .to_owned();
    for subject in Subject::ALL {
        let _ = writeln!(page, "\n{}:\n", subject.heading());
        for entry in commands.all() {
            if entry.spec.subject == subject {
                page.push_str(&line(entry.spec));
            }
        }
    }
    let _ = write!(
        page,
        "\nMiscellaneous help topics:\n==========================\n{}\n",
        columns(&TOPICS, WIDTH)
    );
    page
}

/// A command and its summary.
fn line(spec: &Spec) -> String {
    let first = format!("  {:<width$}", spec.name, width = SUMMARIES - 3);
    let under = " ".repeat(SUMMARIES - 1);
    if first.len() < SUMMARIES {
        wrap(&first, &under, spec.summary)
    } else {
        format!("{first}\n{}", wrap(&under, &under, spec.summary))
    }
}

/// The commands that have a word in their name, subject or summary; `None` if there are none.
fn about(commands: &Commands, word: &str) -> Option<String> {
    let lines: String = commands
        .all()
        .filter(|entry| {
            let spec = entry.spec;
            [spec.name, spec.subject.heading(), spec.summary]
                .iter()
                .any(|text| text.to_lowercase().contains(word))
        })
        .map(|entry| line(entry.spec))
        .collect();
    (!lines.is_empty()).then(|| format!("\nCommands about {word}:\n\n{lines}"))
}

/// The page of a command or topic; for any other word, the commands about it.
pub fn page(commands: &Commands, topic: &str) -> Option<String> {
    match topic.to_lowercase().as_str() {
        "shortcuts" => Some(shortcuts()),
        "support" => Some(support()),
        word => match commands.find(word) {
            Some(entry) => Some(command(entry.spec)),
            None => about(commands, word),
        },
    }
}

/// The page of a command: summary, forms, parameters, example.
pub fn command(spec: &Spec) -> String {
    let mut page = String::from("\n");
    page.push_str(&wrap("", "", &sentence(spec.summary)));
    page.push('\n');
    for synopsis in spec.synopses() {
        let under = " ".repeat("Command: ".len() + spec.name.len() + 1);
        page.push_str(&wrap("Command: ", &under, &synopsis));
    }
    if let Some(first) = spec
        .parameters
        .first()
        .filter(|_| spec.parameters.len() > 1)
    {
        let by_name = format!(
            "Parameters can also be given by name, as {}=VALUE, after those without a name. Omitted parameters then \
             get their defaults.",
            first.key
        );
        page.push('\n');
        page.push_str(&wrap("", "", &by_name));
    }
    if !spec.runs_bare() {
        page.push_str("\nWithout parameters, the command prompts for them.\n");
    }
    if !spec.parameters.is_empty() {
        page.push_str("\nParameters:\n");
        for parameter in spec.parameters {
            let heading = format!("{} – {}", parameter.key, sentence(parameter.help));
            page.push('\n');
            page.push_str(&wrap("  ", "      ", &heading));
            page.push_str(&wrap(
                "      Allowed: ",
                "      ",
                &sentence(&parameter.kind.describe()),
            ));
            page.push_str(&wrap(
                "      Default: ",
                "      ",
                &sentence(&default_in_words(parameter)),
            ));
        }
    }
    for paragraph in spec
        .details
        .split("\n\n")
        .filter(|paragraph| !paragraph.is_empty())
    {
        page.push('\n');
        page.push_str(&wrap("", "", paragraph));
    }
    let _ = writeln!(page, "\nExample:\n\n  {}", spec.example);
    page
}

/// Wraps a text at [`WIDTH`] characters: the first line begins with `first`, the others with `rest`.
fn wrap(first: &str, rest: &str, text: &str) -> String {
    let mut wrapped = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(wrapped, "{line}");
            rest.clone_into(&mut line);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    let _ = writeln!(wrapped, "{line}");
    wrapped
}

/// The source of a parameter's default, as text.
pub fn default_in_words(parameter: &Parameter) -> String {
    match parameter.default {
        DefaultSource::Required if parameter.kind == Kind::Force => {
            "n if it is omitted on the command line; none in a dialogue".to_owned()
        }
        DefaultSource::Required => "none (required)".to_owned(),
        DefaultSource::Empty => "empty".to_owned(),
        DefaultSource::Text(text) => text.to_owned(),
        DefaultSource::BackupServer => {
            "the configured backup server, or else this machine".to_owned()
        }
        DefaultSource::BackupServerOrAll => {
            "the configured backup server, or else this machine; all if that is not a backup server"
                .to_owned()
        }
        DefaultSource::ServerDefault(row) => {
            format!("{row} of the default configuration of backup servers")
        }
        DefaultSource::NodeDefault(row) => {
            format!("{row} of the default configuration of PgSQL nodes")
        }
        DefaultSource::ServerRow(_)
        | DefaultSource::NodeRow(_)
        | DefaultSource::DefinitionRow(_)
        | DefaultSource::ServerConfig => "the current value".to_owned(),
        DefaultSource::NodeConfig(row) => format!("{row} of the PgSQL node's configuration"),
        DefaultSource::RandomIn(row) => {
            format!("a random value within {row} of the PgSQL node's configuration")
        }
        DefaultSource::RandomTag => "a random word".to_owned(),
        DefaultSource::Answer(key) => format!("the value of {key}"),
        DefaultSource::BackupDbname => "the backup's".to_owned(),
        DefaultSource::InAMinute => "one minute from now".to_owned(),
    }
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

fn shortcuts() -> String {
    let mut page = "\nShortcuts of commands:\n\n".to_owned();
    for (shortcut, name) in SHORTCUTS {
        let _ = writeln!(page, "  {shortcut:<4} {name}");
    }
    let keys = "Tab completes commands and values, Ctrl-R searches the history, Ctrl-C cancels a line or a dialogue, \
        Ctrl-D leaves the shell.";
    page.push('\n');
    page.push_str(&wrap("", "", keys));
    page
}

fn support() -> String {
    let version = format!(
        "PgBackMan {}. For details, see the manual and the man pages of the programs.",
        pgbackman_core::VERSION
    );
    let report = "When you report a problem, state what you typed, what was shown, what you expected, and the \
        versions of PgBackMan and of the PostgreSQL servers involved. Include the lines of the log file around that \
        time.";
    format!("\n{}\n{}", wrap("", "", &version), wrap("", "", report))
}

/// The names in columns, read downwards, as many columns as fit the width.
fn columns(names: &[&str], width: usize) -> String {
    let widest = names.iter().map(|name| name.len()).max().unwrap_or(0) + 2;
    let count = (width / widest).clamp(1, names.len().max(1));
    let rows = names.len().div_ceil(count);
    let mut text = String::new();
    for row in 0..rows {
        let mut line = String::new();
        for name in names.iter().skip(row).step_by(rows) {
            let _ = write!(line, "{name:<widest$}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_in_columns_read_downwards() {
        assert_eq!(columns(&["a", "b", "c", "d", "e"], 9), "a  c  e\nb  d\n");
        assert_eq!(columns(&["long_name"], 4), "long_name\n");
    }

    #[test]
    fn texts_are_wrapped_between_words() {
        let text = wrap("Command: ", "    ", &"word ".repeat(30));
        assert!(
            text.lines()
                .all(|line| line.len() <= WIDTH && !line.ends_with(' ')),
            "{text}"
        );
        assert_eq!(text.split_whitespace().count(), 31);
        assert!(text.lines().nth(1).unwrap().starts_with("    word"));
    }

    #[test]
    fn every_command_has_a_page_with_its_parameters_and_an_example() {
        let commands = crate::commands::commands();
        for entry in commands.all() {
            let page = page(commands, entry.spec.name).unwrap();
            assert!(page.contains(entry.spec.example), "{page}");
            for parameter in entry.spec.parameters {
                assert!(page.contains(parameter.key), "{page}");
            }
        }
        let about = page(commands, "Retention").unwrap();
        assert!(
            about.contains("update_retention_policy") && about.contains("keep_backup"),
            "{about}"
        );
        assert_eq!(page(commands, "xyzzy"), None);
        assert!(overview(commands).lines().all(|line| line.len() <= WIDTH));
        assert!(TOPICS.iter().all(|topic| page(commands, topic).is_some()));
    }
}

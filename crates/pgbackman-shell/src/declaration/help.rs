//! What `help` shows: the list of commands, one command's page, and the topics that are no command.

use std::fmt::Write as _;

use crate::declaration::registry::Commands;
use crate::declaration::spec::{DefaultSource, Parameter, Spec, Subject};
use crate::line::shortcuts::SHORTCUTS;
use crate::values::kind::Kind;

/// Pages of help that belong to no command.
pub const TOPICS: [&str; 2] = ["shortcuts", "support"];

/// The width of the pages: the manual's, whatever the terminal.
const WIDTH: usize = 80;

/// Where summaries begin behind the names of commands.
const SUMMARIES: usize = 33;

/// The list of commands by subject, a line for each.
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

/// A command and what it does.
fn line(spec: &Spec) -> String {
    let first = format!("  {:<width$}", spec.name, width = SUMMARIES - 3);
    let under = " ".repeat(SUMMARIES - 1);
    if first.len() < SUMMARIES {
        wrap(&first, &under, spec.summary)
    } else {
        format!("{first}\n{}", wrap(&under, &under, spec.summary))
    }
}

/// The commands that have a word in their name, their subject or what they do; `None` where none has.
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

/// The page of a command or topic; of any other word, the commands that have to do with it.
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

/// One command's page: what it does, its forms, its parameters, an example.
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
            "Parameters can also be given by name, as {}=VALUE, after those without a name. What is left out then gets its \
             default.",
            first.key
        );
        page.push('\n');
        page.push_str(&wrap("", "", &by_name));
    }
    if !spec.runs_bare() {
        page.push_str("\nWithout parameters it asks for them.\n");
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

/// The words of a text in lines of at most [`WIDTH`] characters: the first after `first`, the others after `rest`.
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

/// Where a parameter's default comes from, in words.
pub fn default_in_words(parameter: &Parameter) -> String {
    match parameter.default {
        DefaultSource::Required if parameter.kind == Kind::Force => {
            "n where it is left out of the line; none in a dialogue".to_owned()
        }
        DefaultSource::Required => "none, it must be given".to_owned(),
        DefaultSource::Empty => "nothing".to_owned(),
        DefaultSource::Text(text) => text.to_owned(),
        DefaultSource::BackupServer => "the configured backup server, else this machine".to_owned(),
        DefaultSource::BackupServerOrAll => {
            "the configured backup server, else this machine; all if that is not a backup server"
                .to_owned()
        }
        DefaultSource::ServerDefault(row) => {
            format!("{row} of the configuration new backup servers get")
        }
        DefaultSource::NodeDefault(row) => {
            format!("{row} of the configuration new PgSQL nodes get")
        }
        DefaultSource::ServerRow(_)
        | DefaultSource::NodeRow(_)
        | DefaultSource::DefinitionRow(_)
        | DefaultSource::ServerConfig => "the current value".to_owned(),
        DefaultSource::NodeConfig(row) => format!("{row} of the PgSQL node's configuration"),
        DefaultSource::RandomIn(row) => {
            format!("a random value inside {row} of the PgSQL node's configuration")
        }
        DefaultSource::RandomTag => "a random word".to_owned(),
        DefaultSource::Answer(key) => format!("that of {key}"),
        DefaultSource::BackupDbname => "the backup's".to_owned(),
        DefaultSource::InAMinute => "in a minute from now".to_owned(),
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
    let keys = "Tab completes commands and values, Ctrl-R searches the history, Ctrl-C leaves a line or a dialogue, \
                Ctrl-D leaves the shell.";
    page.push('\n');
    page.push_str(&wrap("", "", keys));
    page
}

fn support() -> String {
    let version = format!(
        "PgBackMan {}. The manual, and the manual pages of the programs, describe at length what this shell says in short.",
        pgbackman_core::VERSION
    );
    let report = "A good report of a problem says what was typed, what was shown, what was expected instead, and the \
                  versions of PgBackMan and of the PostgreSQL servers involved. The lines around that time in the log \
                  file belong to it too.";
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

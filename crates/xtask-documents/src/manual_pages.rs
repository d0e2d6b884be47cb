//! The manual pages: their section OPTIONS is made from a program's command line, the rest is written by hand in `docs/man`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};

use crate::roff::{bold, italic, paragraph};
use crate::{Document, DocumentError, longer_texts, read};

/// What begins the section that is made.
const OPTIONS: &str = "\n.SH OPTIONS\n";

/// What begins the next one.
const SECTION: &str = "\n.SH ";

/// Said in the source of every page, so that nobody edits what is made.
const REMARK: &str = ".\\\" Made by `cargo xtask docs` from the help texts and from crates/xtask-documents/src/longer_texts.rs.\n";

/// A program's page, with the section OPTIONS that its command line makes.
///
/// # Errors
///
/// When the program has no page, or the page no such section with another one behind it.
pub(crate) fn page(root: &Path, program: &Command) -> Result<Document, DocumentError> {
    let name = program.get_name();
    let path = ["1", "8"]
        .map(|section| PathBuf::from(format!("docs/man/{name}.{section}")))
        .into_iter()
        .find(|path| root.join(path).is_file())
        .ok_or_else(|| {
            DocumentError::Missing(format!("docs/man has no page {name}.1 or {name}.8"))
        })?;
    let page = read(&root.join(&path))?;
    let text = with_options(&page, &options(program)).ok_or_else(|| {
        DocumentError::Missing(format!(
            "{} needs a line `.SH OPTIONS`, followed by another section",
            path.display()
        ))
    })?;
    Ok(Document { path, text })
}

/// A page with this text as its section OPTIONS.
fn with_options(page: &str, options: &str) -> Option<String> {
    let begin = page.find(OPTIONS)? + OPTIONS.len();
    let end = begin - 1 + page[begin - 1..].find(SECTION)?;
    Some([&page[..begin], REMARK, options.trim_end(), &page[end..]].concat())
}

/// The text of a program's section.
fn options(program: &Command) -> String {
    // Its subcommands get the options that are valid for all of them, and --help.
    let mut program = program.clone();
    program.build();
    let name = program.get_name();
    let mut text = section(name, &program, "");
    for task in program.get_subcommands() {
        if task.get_name() != "help" {
            let _ = writeln!(text, ".SS Of {}", task.get_name());
            text += &section(name, task, task.get_name());
        }
    }
    if let Some(closing) = longer_texts::of(name, "", "") {
        let _ = write!(text, ".PP\n{}", paragraph(closing));
    }
    text
}

/// The options of a program, or of one of its tasks.
fn section(program: &str, command: &Command, task: &str) -> String {
    let arguments = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .filter(|arg| task.is_empty() || !(arg.is_global_set() || is_common(arg)));
    let mut text = String::new();
    for arg in arguments {
        let more = longer_texts::of(program, task, arg.get_id().as_str());
        let told = paragraph(&told(arg, more));
        let _ = write!(text, ".TP\n{}\n{told}", heading(arg));
    }
    text
}

/// Whether clap itself has added the option.
fn is_common(arg: &Arg) -> bool {
    matches!(
        arg.get_action(),
        ArgAction::Help | ArgAction::HelpShort | ArgAction::HelpLong | ArgAction::Version
    )
}

/// The option as it is typed.
fn heading(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| bold(&format!("-{short}")));
    let long = arg.get_long().map(|long| bold(&format!("--{long}")));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    let flags = flags.join(", ");
    if !arg.get_action().takes_values() {
        return flags;
    }
    let value: Vec<String> = names(arg).iter().map(|name| italic(name)).collect();
    let value = value.join(" ");
    let may_be_left_out = arg
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    match (flags.is_empty(), may_be_left_out) {
        (true, _) => value,
        (false, true) => format!("{flags} [{value}]"),
        (false, false) => format!("{flags} {value}"),
    }
}

/// The names of an option's values.
fn names(arg: &Arg) -> &[clap::builder::Str] {
    arg.get_value_names().unwrap_or_default()
}

/// The description of an option: its help, the values that it takes, its default, and what only the page says.
fn told(arg: &Arg, more: Option<&str>) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let mut text = sentence(&help.map(ToString::to_string).unwrap_or_default());
    if arg.get_action().takes_values() {
        let allowed: Vec<String> = arg
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| {
                let help = value.get_help().map(|help| format!(" ({help})"));
                format!("`{}`{}", value.get_name(), help.unwrap_or_default())
            })
            .collect();
        // A name like `true|false` says it already.
        if !(allowed.is_empty() || names(arg).iter().any(|name| name.contains('|'))) {
            let _ = write!(text, " Allowed: {}.", allowed.join(", "));
        }
        let defaults = arg.get_default_values().iter();
        let defaults: Vec<String> = defaults
            .map(|value| value.to_string_lossy().into_owned())
            .collect();
        if !defaults.is_empty() {
            let _ = write!(text, " Default: {}.", defaults.join(" "));
        }
    }
    if let Some(more) = more {
        text = format!("{text} {more}");
    }
    text
}

/// A help text as sentences: with a full stop at its end, and with a default that it names in brackets as a sentence of its own.
fn sentence(help: &str) -> String {
    let help = help.trim();
    for (begin, end) in [(" [default: ", ']'), (" (default: ", ')')] {
        let default = help
            .strip_suffix(end)
            .and_then(|help| help.rsplit_once(begin));
        if let Some((help, default)) = default {
            return format!("{} Default: {default}.", sentence(help));
        }
    }
    match help.chars().last() {
        None | Some('.') => help.to_owned(),
        Some(_) => format!("{help}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_with_their_values_and_defaults_and_hidden_ones_are_not() {
        let program = Command::new("x")
            .disable_version_flag(true)
            .arg(
                Arg::new("a")
                    .short('a')
                    .long("all-of")
                    .value_name("N")
                    .default_value("7")
                    .help("How many"),
            )
            .arg(
                Arg::new("b")
                    .long("be")
                    .value_name("B")
                    .value_parser(["c", "d"])
                    .num_args(0..=1)
                    .help("Which."),
            )
            .arg(Arg::new("e").long("e").hide(true))
            .subcommand(
                Command::new("go").arg(Arg::new("f").value_name("FILE").help("It [default: f]")),
            );
        let text = options(&program);
        let expected = ".TP\n\\fB\\-a\\fR, \\fB\\-\\-all\\-of\\fR \\fIN\\fR\nHow many. Default: 7.\n\
                        .TP\n\\fB\\-\\-be\\fR [\\fIB\\fR]\nWhich. Allowed: \\fBc\\fR, \\fBd\\fR.\n\
                        .TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(
            text.ends_with(".SS Of go\n.TP\n\\fIFILE\\fR\nIt. Default: f.\n"),
            "{text}"
        );
    }

    #[test]
    fn only_the_section_is_replaced() {
        let page = ".TH X\n.SH OPTIONS\nold\n.SH FILES\nf\n";
        assert_eq!(
            with_options(page, "new\n").unwrap(),
            format!(".TH X\n.SH OPTIONS\n{REMARK}new\n.SH FILES\nf\n")
        );
        assert_eq!(with_options(".SH OPTIONS\nno end\n", ""), None);
        let empty = ".TH X\n.SH OPTIONS\n.SH FILES\n";
        assert!(
            with_options(empty, "new\n")
                .unwrap()
                .ends_with("new\n.SH FILES\n")
        );
    }
}

//! Prompts, their defaults and the questions.

use pgbackman_shell::commands;
use pgbackman_shell::declaration::filters;
use pgbackman_shell::declaration::spec::{Asked, DefaultSource, Parameter};

use super::{Row, quoted, rows, specification};

/// A prompt of the specification: its label, and what it shows in brackets.
#[derive(Debug, PartialEq)]
struct Prompt {
    label: String,
    default: Option<String>,
    tight: bool,
}

fn prompt(text: &str) -> Prompt {
    let Some((label, default)) = text.split_once('[') else {
        return Prompt {
            label: text.to_owned(),
            default: None,
            tight: false,
        };
    };
    Prompt {
        label: label.trim_end().to_owned(),
        default: Some(default.trim_end_matches(']').to_owned()),
        tight: !label.ends_with(' '),
    }
}

/// The prompts of a row: what stands between `P` and the confirmation. A default that stands behind the last of several
/// prompts (`each [(row)]`) holds for all of them.
fn prompts(row: &Row) -> Vec<Prompt> {
    let Some((_, text)) = row
        .parameters
        .split_once("P `")
        .or_else(|| row.parameters.split_once("P one `"))
    else {
        return Vec::new();
    };
    // `SrvID` comes before the family of directories in the same cell.
    let text = format!("`{text}");
    let text = text.split("; confirm").next().unwrap();
    let mut prompts: Vec<Prompt> = quoted(text).iter().map(|text| prompt(text)).collect();
    if text.contains("each `[(row)]`") {
        let each = prompts.pop().unwrap().default;
        for prompt in prompts.iter_mut().filter(|prompt| prompt.default.is_none()) {
            prompt.default.clone_from(&each);
        }
    }
    prompts
}

/// How the specification writes a default of this source.
fn notation(default: DefaultSource) -> String {
    let text = match default {
        DefaultSource::Required => "",
        DefaultSource::Empty => "[]",
        DefaultSource::Text(text) => return format!("[{text}]"),
        DefaultSource::BackupServer | DefaultSource::BackupServerOrAll => "[(default)]",
        DefaultSource::ServerDefault(_) | DefaultSource::NodeDefault(_) => "[(cfg)]",
        DefaultSource::ServerRow(_)
        | DefaultSource::NodeRow(_)
        | DefaultSource::DefinitionRow(_)
        | DefaultSource::ServerConfig
        | DefaultSource::NodeConfig(_)
        | DefaultSource::RandomIn(_) => "[(row)]",
        DefaultSource::RandomTag => "[random]",
        DefaultSource::InAMinute => "[now + 1 min]",
        DefaultSource::BackupDbname => "[the backup's]",
        DefaultSource::Answer(key) => return format!("[{key}]"),
    };
    text.to_owned()
}

#[test]
fn prompts_are_those_of_the_specification() {
    let rows = rows();
    let mut compared = 0;
    for entry in commands::all().filter(|entry| !entry.spec.filters) {
        let spec = entry.spec;
        let expected = prompts(&rows[spec.name]);
        let asked: Vec<&Parameter> = spec
            .parameters
            .iter()
            .filter(|parameter| !matches!(parameter.asked, Asked::Never))
            .collect();
        if expected.is_empty() {
            continue;
        }
        let labels: Vec<&str> = expected
            .iter()
            .map(|prompt| prompt.label.trim_end_matches(" <major>"))
            .collect();
        assert_eq!(
            asked
                .iter()
                .map(|parameter| parameter.label)
                .collect::<Vec<_>>(),
            labels,
            "{}",
            spec.name
        );
        // The row of register_backup_definition gives labels only.
        for (parameter, prompt) in asked
            .iter()
            .zip(&expected)
            .filter(|_| spec.name != "register_backup_definition")
        {
            let shown = prompt
                .default
                .as_ref()
                .map_or(String::new(), |default| format!("[{default}]"));
            let required = parameter.default == DefaultSource::Required;
            // A row of the configuration is the current value of an update, and the default of anything else.
            let configured = matches!(parameter.default, DefaultSource::NodeConfig(_));
            assert!(
                shown == notation(parameter.default)
                    || (shown.is_empty() && required)
                    || (shown == "[(cfg)]" && configured),
                "{}: {}",
                spec.name,
                prompt.label
            );
            assert_eq!(
                prompt.tight, parameter.tight,
                "{}: {}",
                spec.name, prompt.label
            );
        }
        compared += 1;
    }
    assert!(
        compared >= 13,
        "only {compared} commands' prompts were found in the specification"
    );
}

#[test]
fn the_prompts_of_filters_are_those_of_the_specification() {
    let text = specification();
    let line = text
        .lines()
        .find(|line| line.contains("*filters of the `show_` lists*"))
        .unwrap();
    let of_lists = [
        filters::SERVER,
        filters::NODE,
        filters::DBNAME,
        filters::TARGET_NODE,
        filters::TARGET_DBNAME,
        filters::DEFID,
        filters::STATUS,
    ];
    let declared =
        of_lists.map(|parameter| format!("`{} {}`", parameter.label, notation(parameter.default)));
    for prompt in &declared {
        assert!(
            line.contains(prompt.as_str()),
            "{prompt} is not in the specification"
        );
    }
    for name in [
        "show_backup_details",
        "show_restore_details",
        "show_pgsql_node_config",
        "show_pgsql_node_stats",
        "show_databases_without_backup_definitions",
    ] {
        let parameter = commands::find(name).unwrap().spec.parameters[0];
        assert_eq!(parameter.default, DefaultSource::Required, "{name}");
        assert!(line.contains(&format!("`{}`", parameter.label)), "{name}");
    }
}

#[test]
fn confirmations_are_those_of_the_specification() {
    let rows = rows();
    for entry in commands::all() {
        let cell = &rows[entry.spec.name].parameters;
        let Some((_, text)) = cell.split_once("confirm ") else {
            assert_eq!(entry.spec.confirmation, None, "{}", entry.spec.name);
            continue;
        };
        let question = entry.spec.confirmation.unwrap();
        match quoted(text).first().map(String::as_str) {
            Some("… to update …") => {
                assert_eq!(question, "Are all values to update correct (yes/no)");
            }
            None if text.starts_with("as above") => {
                assert_eq!(entry.spec.name, "delete_backup_definition_dbname");
                let above = commands::find("delete_backup_definition_id").unwrap();
                assert_eq!(above.spec.confirmation, Some(question));
            }
            Some(expected) => assert_eq!(question, expected, "{}", entry.spec.name),
            None => assert!(
                text.starts_with("as for a server") && question.contains("delete this server"),
                "{text}"
            ),
        }
    }
}

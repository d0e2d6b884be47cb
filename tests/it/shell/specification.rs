//! What is declared and shown, compared with `docs/spec/shell.md` itself: prompts, defaults, questions, headings, results.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use pgbackman_core::catalog::reports::{self, CatalogFilter, Filter, Layout};
use pgbackman_core::domain::ids::{BckId, NodeId, ServerId};
use pgbackman_shell::commands;
use pgbackman_shell::filters;
use pgbackman_shell::spec::{Asked, DefaultSource, Parameter};

use super::transcripts::{directory, names};

fn specification() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/shell.md");
    fs::read_to_string(file).unwrap()
}

/// A row of the table of commands: what stands in its second and third cell.
struct Row {
    parameters: String,
    result: String,
}

/// The rows by command; one row may describe several.
fn rows() -> BTreeMap<String, Row> {
    let mut rows = BTreeMap::new();
    for line in specification()
        .lines()
        .filter(|line| line.starts_with("| `"))
    {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [commands, parameters, result] = cells[..] else {
            panic!("not three cells: {line}")
        };
        for command in quoted(commands) {
            let name = command.split_whitespace().next().unwrap().to_owned();
            rows.insert(
                name,
                Row {
                    parameters: parameters.to_owned(),
                    result: result.to_owned(),
                },
            );
        }
    }
    rows
}

/// The texts in backticks.
fn quoted(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

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
fn notation(default: DefaultSource) -> &'static str {
    match default {
        DefaultSource::Required => "",
        DefaultSource::Empty => "[]",
        DefaultSource::Text(_) => "[all]",
        DefaultSource::BackupServer => "[(default)]",
        DefaultSource::ServerDefault(_) | DefaultSource::NodeDefault(_) => "[(cfg)]",
        DefaultSource::ServerRow(_)
        | DefaultSource::NodeRow(_)
        | DefaultSource::ServerConfig
        | DefaultSource::NodeConfig(_)
        | DefaultSource::RandomIn(_) => "[(row)]",
        DefaultSource::RandomTag => "[random]",
        DefaultSource::InAMinute => "[now + 1 min]",
    }
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
            assert!(
                shown == notation(parameter.default) || (shown.is_empty() && required),
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
        compared >= 10,
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
    for name in ["show_backup_details", "show_pgsql_node_config"] {
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
            Some(expected) => assert_eq!(question, expected, "{}", entry.spec.name),
            None => assert!(
                text.starts_with("as for a server") && question.contains("delete this server"),
                "{text}"
            ),
        }
    }
}

/// The layout behind each list of the main job.
fn layouts() -> Vec<&'static Layout> {
    let all = [
        reports::backup_servers(),
        reports::pgsql_nodes(),
        reports::backup_definitions(&Filter::default()),
        reports::backup_catalog(&CatalogFilter::default()),
        reports::backup_details(BckId::new(1)),
        reports::jobs_queue(),
        reports::backup_server_config(ServerId::new(1)),
        reports::pgsql_node_config(NodeId::new(1)),
    ];
    all.iter().map(reports::Report::layout).collect()
}

#[test]
fn headings_are_those_of_the_specification() {
    let rows = rows();
    for layout in layouts() {
        let cell = rows[&format!("show_{}", layout.name)]
            .result
            .trim_start_matches("vertical table: ");
        let cell = cell.split(';').next().unwrap();
        let headings: Vec<&str> = cell
            .split([',', '·'])
            .map(|heading| heading.trim().trim_end_matches(" |"))
            .collect();
        let shown: Vec<&str> = layout.columns.iter().map(|column| column.heading).collect();
        assert_eq!(shown, headings, "{}", layout.name);
        let groups: usize = cell.matches('·').count();
        assert_eq!(layout.groups.len(), groups, "{}: groups", layout.name);
    }
}

/// Whether a line is what a result of the specification stands for: `<…>`, `N`, `x` and `[csv]` stand for values.
fn is_instance(line: &str, pattern: &str) -> bool {
    let fixed = pattern
        .replace("<fqdn>", "\0")
        .replace("N updated", "\0 updated")
        .replace("dbname: x", "dbname: \0")
        .replace("[csv]", "[\0]");
    let mut rest = line;
    for (index, part) in fixed.split('\0').enumerate() {
        match rest.find(part) {
            Some(at) if index > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty()
}

#[test]
fn every_result_of_the_specification_is_shown_in_a_transcript() {
    let shown: Vec<String> = names()
        .into_iter()
        .flat_map(|name| {
            let text = fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let rows = rows();
    let mut found = 0;
    for entry in commands::all() {
        for result in quoted(&rows[entry.spec.name].result)
            .iter()
            .filter(|text| text.starts_with("[Done]"))
        {
            assert!(
                shown.iter().any(|line| is_instance(line, result)),
                "{}: no transcript shows {result}",
                entry.spec.name
            );
            found += 1;
        }
    }
    assert!(
        found >= 10,
        "only {found} results were found in the specification"
    );
}

#[test]
fn messages_common_to_all_commands_are_those_of_the_specification() {
    let text = specification();
    let shown = |name: &str| fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
    let all: String = names().iter().map(|name| shown(name)).collect();
    for message in [
        "[ERROR] - Wrong number of parameters used.",
        "          Type help or \\? to list commands",
        "[ABORTED] Command interrupted by the user.",
        "[ERROR] - This command does not accept parameters.",
        "[ERROR]: Could not delete this backup server",
        "does not exist in The PgSQL node",
    ] {
        let written = message.replace(
            "Could not delete this backup server",
            "Could not delete this backup job definition",
        );
        assert!(
            text.contains(&written),
            "the specification has no {written:?}"
        );
        assert!(all.contains(message), "no transcript shows {message:?}");
    }
    assert!(all.contains(&"-".repeat(56)) && all.contains(&"#".repeat(68)));
    assert!(all.lines().any(|line| line == "-".repeat(46)));
}

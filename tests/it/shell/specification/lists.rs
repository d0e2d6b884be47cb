//! Headings of tables, and the keys of JSON and CSV.

use std::fs;

use pgbackman_core::catalogue::reports::{self, CatalogFilter, Filter, Layout};
use pgbackman_core::domain::ids::{BckId, DefId, NodeId, RestoreId, ServerId};
use pgbackman_shell::commands;

use super::super::transcripts::{directory, names};
use super::{quoted, rows};

/// The layout behind each list of the catalogue.
fn layouts() -> Vec<&'static Layout> {
    let filter = Filter::default();
    let all = [
        reports::alerts(&filter),
        reports::backups_in_progress(),
        reports::maintenance_windows(),
        reports::backup_servers(),
        reports::pgsql_nodes(),
        reports::backup_definitions(&filter),
        reports::empty_backup_catalogs(),
        reports::snapshot_definitions(&filter),
        reports::snapshots_in_progress(),
        reports::restore_definitions(&filter),
        reports::restore_catalog(&filter),
        reports::restores_in_progress(),
        reports::clones(&filter),
        reports::daemons(),
        reports::backup_catalog(&CatalogFilter::default()),
        reports::backup_details(BckId::new(1)),
        reports::restore_details(RestoreId::new(1)),
        reports::disk_space(None),
        reports::jobs_queue(),
        reports::retention(DefId::new(1)),
        reports::retry_policies(&filter),
        reports::pgsql_node_questions(),
        reports::backup_server_config(ServerId::new(1)),
        reports::pgsql_node_config(NodeId::new(1)),
        reports::pgbackman_stats(),
        reports::backup_server_stats(ServerId::new(1)),
        reports::pgsql_node_stats(NodeId::new(1)),
    ];
    all.iter().map(reports::Report::layout).collect()
}

/// What a cell says is shown, in groups: `·` separates them, `a / b x` stands for `a x` and `b x`, and what stands in
/// parentheses behind a heading's backticks or a code explains it.
fn headings(cell: &str) -> Vec<Vec<String>> {
    let cell = cell
        .split(';')
        .next()
        .unwrap()
        .trim_start_matches("vertical table: ")
        .trim_start_matches("vertical: ");
    cell.split('·')
        .map(|group| {
            group
                .split(", ")
                .flat_map(|heading| alternatives(heading.trim().trim_end_matches(" |")))
                .map(|heading| {
                    let explained = heading.find(" (YYYY").or_else(|| heading.find(" (`"));
                    heading[..explained.unwrap_or(heading.len())].to_owned()
                })
                .collect()
        })
        .collect()
}

/// `Backup job defs with CLUSTER / DATA code` is two headings, and so is `Oldest / Newest backup`.
fn alternatives(heading: &str) -> Vec<String> {
    let parts: Vec<&str> = heading.split(" / ").collect();
    let [first, middle @ .., last] = &parts[..] else {
        return vec![heading.to_owned()];
    };
    let (lead, first) = first.rsplit_once(' ').unwrap_or(("", first));
    let (last, trail) = last.split_once(' ').unwrap();
    let words = std::iter::once(first)
        .chain(middle.iter().copied())
        .chain([last]);
    words
        .map(|word| format!("{lead} {word} {trail}").trim().to_owned())
        .collect()
}

/// The headings of each list, in groups, as the specification gives them.
fn specified(name: &str) -> Vec<Vec<String>> {
    let rows = rows();
    let own = |name: &str| headings(&rows[name].result);
    match name {
        "show_empty_backup_catalogs" => {
            assert_eq!(
                rows[name].result.trim(),
                "as definitions, with Registered after DefID"
            );
            let mut groups = own("show_backup_definitions");
            groups[0].insert(1, "Registered".to_owned());
            groups
        }
        "show_backup_server_stats" | "show_pgsql_node_stats" => {
            // One row of the table describes both: what is said of the one, then of the other.
            let told = &rows[name].result;
            let texts: Vec<String> = quoted(told)
                .into_iter()
                .filter(|text| !text.starts_with('['))
                .collect();
            assert_eq!(texts[0], "Different databases");
            assert!(told.contains("(without the last line)"), "{told}");
            let of_node = name == "show_pgsql_node_stats";
            let first = if of_node { &texts[3..5] } else { &texts[1..3] };
            let mut groups: Vec<Vec<String>> =
                first.iter().map(|text| vec![text.clone()]).collect();
            let common = own("show_pgbackman_stats");
            let from = common
                .iter()
                .position(|group| group[0] == texts[0])
                .unwrap();
            groups.extend(common[from..].iter().cloned());
            if of_node {
                groups.last_mut().unwrap().pop();
            }
            groups
        }
        name => own(name),
    }
}

#[test]
fn headings_are_those_of_the_specification() {
    for layout in layouts() {
        let name = format!("show_{}", layout.name);
        let groups = specified(&name);
        let shown: Vec<&str> = layout.columns.iter().map(|column| column.heading).collect();
        assert_eq!(shown, groups.concat(), "{name}");
        let mut begin = 0;
        let begins: Vec<usize> = groups
            .iter()
            .map(|group| {
                begin += group.len();
                begin
            })
            .collect();
        assert_eq!(layout.groups, &begins[..begins.len() - 1], "{name}: groups");
    }
}

#[test]
fn every_list_that_is_shown_is_compared() {
    let mut compared: Vec<String> = layouts()
        .iter()
        .map(|layout| format!("show_{}", layout.name))
        .collect();
    // These two do not come from the catalogue, and the session's lines are no table.
    compared.extend(OTHER_LISTS.map(str::to_owned));
    compared.push("show_history".to_owned());
    let shown: Vec<&str> = commands::all()
        .map(|entry| entry.spec.name)
        .filter(|name| name.starts_with("show_"))
        .collect();
    for name in shown {
        assert!(compared.iter().any(|known| known == name), "{name}");
    }
}

/// What is shown without being a report of the catalogue.
const OTHER_LISTS: [&str; 2] = [
    "show_databases_without_backup_definitions",
    "show_pgbackman_config",
];

/// The lines of a transcript behind a command, up to the next command.
fn answer_to(name: &str, command: &str) -> Vec<String> {
    let text = fs::read_to_string(directory().join(format!("{name}.out"))).unwrap();
    let typed = format!("[pgbackman]$ {command}");
    text.lines()
        .skip_while(|line| **line != typed)
        .skip(1)
        .take_while(|line| !line.starts_with("[pgbackman]$ "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn lists_that_are_not_the_catalogues_have_the_specifications_headings() {
    let [databases, configuration] = OTHER_LISTS;
    let header = answer_to("coverage", &format!("{databases} all"))
        .into_iter()
        .find(|line| line.starts_with('|'))
        .unwrap();
    let shown: Vec<&str> = header.trim_matches('|').split('|').map(str::trim).collect();
    assert_eq!(shown, headings(&rows()[databases].result).concat());

    // `HEADING: Label, Label`, and a sentence about the values at the end.
    let told = rows()[configuration].result.clone();
    let (_, told) = told.split_once("never a password: ").unwrap();
    let (told, _) = told.split_once(". The modus").unwrap();
    let mut expected = Vec::new();
    for (index, group) in told.split('·').enumerate() {
        if index > 0 {
            expected.push(String::new());
        }
        let labels = match group.split_once(": ") {
            Some((heading, labels)) if !heading.contains(['`', ',']) => {
                expected.push(heading.trim().to_owned());
                labels
            }
            _ => group,
        };
        let labels = headings(labels).concat();
        expected.extend(labels.iter().map(|label| format!("{label}:")));
    }
    let shown: Vec<String> = answer_to("pgbackman_config", configuration)
        .iter()
        .filter_map(|line| line.strip_prefix('|'))
        .map(|line| line.split('|').next().unwrap().trim().to_owned())
        .collect();
    assert_eq!(shown, expected);
    let all: String = names()
        .iter()
        .map(|name| fs::read_to_string(directory().join(format!("{name}.out"))).unwrap())
        .collect();
    assert!(!all.to_lowercase().contains("smtp password"));
}

/// The key of a heading by the rules of the specification.
fn key(heading: &str) -> String {
    match heading {
        "ID." => return "backup_server_id".to_owned(),
        "ID" => return "pgsql_node_id".to_owned(),
        // Keys of 1.2 ("Where the manual of 1.0 and PgBackMan 1.2 differ"), and a column of the catalogue.
        "Pg_dump/all release" => return "pg_dump_release".to_owned(),
        "Pg_dump/all backup release" => return "pg_dump_backup_release".to_owned(),
        "ProcPID" => return "procpid".to_owned(),
        _ => {}
    }
    let heading = heading.split(" (").next().unwrap();
    let heading = heading.replace("PgSQL", "pgsql").replace("e-mail", "email");
    let mut key = String::new();
    let mut last = ' ';
    for c in heading.chars() {
        if c == ' ' {
            key.push('_');
        } else {
            // `BckID`, `RestoreDef`: a capital behind a small letter begins a word.
            if c.is_uppercase() && last.is_lowercase() {
                key.push('_');
            }
            key.extend(c.to_lowercase());
        }
        last = c;
    }
    key
}

#[test]
fn keys_are_made_from_the_headings_as_the_specification_says() {
    for layout in layouts() {
        for column in layout.columns {
            assert_eq!(
                column.key,
                key(column.heading),
                "show_{}: {}",
                layout.name,
                column.heading
            );
        }
    }
    let [databases, configuration] = OTHER_LISTS;
    let shown = |transcript: &str, command: &str, keys: &[String]| {
        let answers = fs::read_to_string(directory().join(format!("{transcript}.out"))).unwrap();
        let header = keys.join(",");
        assert!(
            answers.lines().any(|line| line == header),
            "{command}: {header}"
        );
    };
    let keys = |headings: Vec<Vec<String>>| {
        let keys = headings.concat();
        keys.iter().map(|heading| key(heading)).collect::<Vec<_>>()
    };
    shown(
        "coverage",
        databases,
        &keys(headings(&rows()[databases].result)),
    );
    let labels: Vec<String> = answer_to("pgbackman_config", configuration)
        .iter()
        .filter_map(|line| line.strip_prefix("| "))
        .filter_map(|line| line.split_once(": ").map(|(label, _)| key(label)))
        .collect();
    shown("pgbackman_config", configuration, &labels);
}

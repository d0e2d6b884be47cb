//! Which databases of a node a registration is for (`register_backup_definition`; `docs/spec/shell.md`, "Commands").

use std::collections::BTreeSet;

use thiserror::Error;

use crate::domain::text::selector::{ListItem, SelectorError, parse_list};

/// Every database of the node but `template0` and `template1`.
pub const ALL_DATABASES: &str = "#all_databases#";

/// Those without any backup definition.
pub const WITHOUT_BACKUP_DEFINITIONS: &str = "#databases_without_backup_definitions#";

/// The same, under the name 1.2 also takes.
pub const WITHOUT_BACKUPS: &str = "#databases_without_backups#";

/// Databases that belong to the node itself, not to its users.
pub const TEMPLATES: [&str; 2] = ["template0", "template1"];

/// What was typed for `dbname`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseSelection {
    /// Nothing: the whole node (CLUSTER).
    WholeNode,
    /// [`ALL_DATABASES`].
    All,
    /// [`WITHOUT_BACKUP_DEFINITIONS`] or [`WITHOUT_BACKUPS`].
    WithoutDefinitions,
    /// These, in the order given.
    Names(Vec<String>),
}

/// A name that is not on the node.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Database [{0}] does not exist on the PgSQL node")]
pub struct NotOnNode(pub String);

impl DatabaseSelection {
    /// Reads a list or one of the special names (in any case, alone, not in double quotes).
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let items = parse_list(text)?;
        let special = |name: &str| {
            items
                .iter()
                .any(|item| !item.quoted && item.name.eq_ignore_ascii_case(name))
        };
        let all = special(ALL_DATABASES);
        let without = special(WITHOUT_BACKUP_DEFINITIONS) || special(WITHOUT_BACKUPS);
        match items.len() {
            0 => Ok(Self::WholeNode),
            1 if all => Ok(Self::All),
            1 if without => Ok(Self::WithoutDefinitions),
            _ if all || without => Err(SelectorError {
                text: text.to_owned(),
                reason: "a special name cannot be part of a list",
            }),
            _ => Ok(Self::Names(distinct(items))),
        }
    }

    /// Whether it may stand for more than one database, so that each gets a random time of its own.
    pub fn may_be_several(&self) -> bool {
        match self {
            Self::WholeNode => false,
            Self::All | Self::WithoutDefinitions => true,
            Self::Names(names) => names.len() > 1,
        }
    }

    /// The databases: `on_node` is what the node lists, `defined` those with a definition, `exceptions` what the operator
    /// leaves out (from [`parse_exceptions`]). The whole node is one empty name.
    ///
    /// # Errors
    /// A name, also among the exceptions, that is not on the node.
    pub fn resolve(
        &self,
        on_node: &[String],
        defined: &BTreeSet<String>,
        exceptions: &[String],
    ) -> Result<Vec<String>, NotOnNode> {
        let must_exist = |name: &String| {
            if on_node.contains(name) {
                Ok(name.clone())
            } else {
                Err(NotOnNode(name.clone()))
            }
        };
        let users = || {
            on_node
                .iter()
                .filter(|name| !TEMPLATES.contains(&name.as_str()))
                .cloned()
        };
        for name in exceptions {
            must_exist(name)?;
        }
        let mut names: Vec<String> = match self {
            Self::WholeNode => return Ok(vec![String::new()]),
            Self::All => users().collect(),
            Self::WithoutDefinitions => users().filter(|name| !defined.contains(name)).collect(),
            Self::Names(names) => names.iter().map(must_exist).collect::<Result<_, _>>()?,
        };
        names.retain(|name| !exceptions.contains(name));
        Ok(names)
    }
}

/// Reads the exceptions, a list of names.
pub fn parse_exceptions(text: &str) -> Result<Vec<String>, SelectorError> {
    Ok(distinct(parse_list(text)?))
}

/// Each name once, in the order given.
fn distinct(items: Vec<ListItem>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    items
        .into_iter()
        .map(|item| item.name)
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn resolve(selection: &str, exceptions: &str) -> Result<Vec<String>, NotOnNode> {
        let on_node = strings(&[
            "postgres",
            "template0",
            "template1",
            "shop",
            "Orders",
            "#all_databases#",
        ]);
        let defined = BTreeSet::from(["shop".to_owned(), "gone".to_owned()]);
        let exceptions = parse_exceptions(exceptions).unwrap();
        DatabaseSelection::parse(selection)
            .unwrap()
            .resolve(&on_node, &defined, &exceptions)
    }

    #[test]
    fn special_names_stand_for_the_nodes_own_databases_without_the_templates() {
        let all = Ok(strings(&["postgres", "shop", "Orders", "#all_databases#"]));
        assert_eq!(resolve("#all_databases#", ""), all);
        assert_eq!(
            resolve("#ALL_databases#", "shop, postgres"),
            Ok(strings(&["Orders", "#all_databases#"]))
        );
        for name in [
            "#databases_without_backup_definitions#",
            "#databases_without_backups#",
        ] {
            assert_eq!(
                resolve(name, "\"#all_databases#\""),
                Ok(strings(&["postgres", "Orders"]))
            );
        }
    }

    #[test]
    fn names_are_exact_distinct_and_must_exist() {
        assert_eq!(
            resolve("Orders,shop,Orders", ""),
            Ok(strings(&["Orders", "shop"]))
        );
        assert_eq!(resolve("template1", ""), Ok(strings(&["template1"])));
        assert_eq!(resolve("orders", ""), Err(NotOnNode("orders".to_owned())));
        assert_eq!(
            resolve("#all_databases#", "nope"),
            Err(NotOnNode("nope".to_owned()))
        );
        assert_eq!(
            resolve("\"#all_databases#\"", ""),
            Ok(strings(&["#all_databases#"]))
        );
    }

    #[test]
    fn the_whole_node_is_one_empty_name() {
        assert_eq!(resolve("", ""), Ok(strings(&[""])));
        assert!(!DatabaseSelection::parse("").unwrap().may_be_several());
        assert!(
            DatabaseSelection::parse("#all_databases#")
                .unwrap()
                .may_be_several()
        );
    }

    #[test]
    fn a_special_name_in_a_list_is_refused() {
        assert!(DatabaseSelection::parse("shop,#all_databases#").is_err());
    }
}

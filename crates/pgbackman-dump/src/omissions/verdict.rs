//! What an operator must know of an otherwise usable backup, in words: what it does not hold, and what will not come back from it.

use pgbackman_core::node::shortcomings::{Behind, OwnObject, PassedOver, SettingsOf};
use pgbackman_core::pgtools::quote::literal;

use pgbackman_core::job::failure::some_of;

/// Functions whose empty list of names a client before 19 writes as a syntax error.
pub(crate) fn empty_lists_of_functions(functions: &[String]) -> Option<String> {
    (!functions.is_empty()).then(|| {
        format!(
            "the archive cannot be restored as it is, because pg_dump before 19 writes an empty list of names as a \
             syntax error: the function {}; take the backup with the client programs of PostgreSQL 19, or set a list \
             that is not empty (ALTER FUNCTION … SET search_path TO pg_catalog)",
            some_of(functions)
        )
    })
}

/// The same of roles and databases in a script of the whole node.
pub(crate) fn empty_lists_of_settings(settings: &[SettingsOf]) -> Option<String> {
    let named: Vec<String> = settings.iter().map(owner_of_settings).collect();
    (!named.is_empty()).then(|| {
        format!(
            "the script cannot be restored as it is, because pg_dumpall before 19 writes an empty list of names as a \
             syntax error: the settings of {}; take the backup with the client programs of PostgreSQL 19, or reset \
             that setting",
            some_of(&named)
        )
    })
}

fn owner_of_settings(settings: &SettingsOf) -> String {
    match (&settings.role, &settings.database) {
        (Some(role), Some(database)) => {
            format!("the role \"{role}\" in the database \"{database}\"")
        }
        (Some(role), None) => format!("the role \"{role}\""),
        (None, Some(database)) => format!("the database \"{database}\""),
        (None, None) => "all roles".to_owned(),
    }
}

/// Databases that are not in a backup of the whole node.
pub(crate) fn passed_over(databases: &[PassedOver]) -> Vec<String> {
    let those = |is_invalid| -> Vec<String> {
        databases
            .iter()
            .filter(|database| database.is_invalid == is_invalid)
            .map(|database| database.name.clone())
            .collect()
    };
    let (closed, invalid) = (those(false), those(true));
    let mut sentences = Vec::new();
    if !closed.is_empty() {
        sentences.push(format!(
            "not in this backup, because the database accepts no connections: {}",
            some_of(&closed)
        ));
    }
    if !invalid.is_empty() {
        sentences.push(format!(
            "not in this backup, because an earlier DROP DATABASE was interrupted (repeat it): {}",
            some_of(&invalid)
        ));
    }
    sentences
}

/// Languages that the archive makes without their handler.
pub(crate) fn languages_without_handler(languages: &[String]) -> Option<String> {
    (!languages.is_empty()).then(|| {
        format!(
            "the archive cannot be restored as it is, because pg_dump writes a language without its handler if one of \
             its functions is in pg_catalog: the language {}; drop it, or create it again with functions in a schema \
             of your own",
            some_of(languages)
        )
    })
}

/// Objects that the archive does not have, because of their schema.
pub(crate) fn in_no_schema_that_is_dumped(objects: &[String]) -> Option<String> {
    (!objects.is_empty()).then(|| {
        format!(
            "not in this backup, because pg_dump omits objects in pg_catalog and information_schema: {}; move them to \
             a schema of your own (ALTER … SET SCHEMA)",
            some_of(objects)
        )
    })
}

/// Extensions that will belong to another role.
pub(crate) fn owners_of_extensions(extensions: &[(String, String)]) -> Option<String> {
    let named: Vec<String> = extensions
        .iter()
        .map(|(name, owner)| format!("{name} of the role {owner}"))
        .collect();
    (!named.is_empty()).then(|| {
        format!(
            "a restored extension will belong to the role that restores it, because no statement changes the owner of \
             an extension: {}; if that matters, create the extension as its owner before the contents are restored, or \
             let a superuser own it",
            some_of(&named)
        )
    })
}

/// Rows that a standby does not have.
pub(crate) fn unlogged(tables: &[String]) -> Option<String> {
    (!tables.is_empty()).then(|| {
        format!(
            "the rows of unlogged tables are not in this backup, because the node is a standby: {}",
            some_of(tables)
        )
    })
}

/// Extensions that are in an archive without the schema in which they lie.
pub(crate) fn extensions_without_schema(
    extensions: &[(String, String)],
    holds: impl Fn(&str, &str) -> bool,
) -> Option<String> {
    let lacking: Vec<String> = extensions
        .iter()
        .filter(|(name, schema)| holds("EXTENSION", name) && !holds("SCHEMA", schema))
        .map(|(name, schema)| format!("{name} in the schema {schema}"))
        .collect();
    (!lacking.is_empty()).then(|| {
        format!(
            "the archive contains an extension without its schema, and cannot be restored as it is: {}; do not exclude \
             the schema (-N), or exclude the extension as well (--exclude-extension, since 17)",
            some_of(&lacking)
        )
    })
}

/// Objects of an operator's own on tables of extensions that no file of the backup has.
pub(crate) fn own_objects<'a>(objects: impl IntoIterator<Item = &'a OwnObject>) -> Option<String> {
    let named: Vec<String> = objects.into_iter().map(in_full).collect();
    (!named.is_empty()).then(|| {
        format!(
            "not in this backup, because pg_dump omits the tables of an extension and everything on them: {}",
            some_of(&named)
        )
    })
}

fn in_full(object: &OwnObject) -> String {
    let OwnObject {
        kind,
        name,
        relation,
        extension,
        statements,
        is_gone,
    } = object;
    let named = format!("the {kind} \"{name}\" on {relation} of the extension {extension}");
    match (is_gone, &statements[..]) {
        (true, _) => format!("{named}, which was dropped during the backup"),
        (false, []) => named,
        (false, _) => format!("{named} (after a restore: {})", statements.join("; ")),
    }
}

/// A sequence that gives values which its column has.
pub(crate) fn sequences(behind: &[Behind]) -> Option<String> {
    let named: Vec<String> = behind
        .iter()
        .map(|sequence| {
            format!(
                "{} of {}.{}, which has {} (after a restore: SELECT pg_catalog.setval({}, {}))",
                sequence.sequence.name,
                sequence.relation,
                sequence.column,
                sequence.reached,
                literal(&sequence.sequence.name),
                sequence.reached
            )
        })
        .collect();
    (!named.is_empty()).then(|| {
        format!(
            "the archive contains a sequence whose next values are already in its column, because a snapshot does not \
             include sequences: {}",
            some_of(&named)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b7_databases_are_named_by_what_keeps_them_out() {
        let database = |name: &str, is_invalid| PassedOver {
            name: name.into(),
            is_invalid,
        };
        assert_eq!(
            passed_over(&[
                database("a", false),
                database("b", true),
                database("c", false)
            ]),
            [
                "not in this backup, because the database accepts no connections: a; c",
                "not in this backup, because an earlier DROP DATABASE was interrupted (repeat it): b",
            ]
        );
        assert!(passed_over(&[]).is_empty());
    }

    #[test]
    fn b17_an_extension_needs_its_schema() {
        let extensions = [("hstore".to_owned(), "sales".to_owned())];
        let said = |archive: &[&str]| {
            extensions_without_schema(&extensions, |kind, _| archive.contains(&kind)).is_some()
        };
        assert!(said(&["EXTENSION"]));
        assert!(!said(&["EXTENSION", "SCHEMA"]));
        assert!(!said(&["SCHEMA"]));
    }

    #[test]
    fn v1_whose_settings_they_are_is_said() {
        let settings = |role: Option<&str>, database: Option<&str>| SettingsOf {
            role: role.map(Into::into),
            database: database.map(Into::into),
        };
        let said = empty_lists_of_settings(&[
            settings(Some("r"), None),
            settings(None, Some("d")),
            settings(Some("r"), Some("d")),
        ])
        .unwrap();
        assert!(
            said.contains(
                "the settings of the role \"r\"; the database \"d\"; the role \"r\" in the database \"d\";"
            ),
            "{said}"
        );
        assert_eq!(empty_lists_of_settings(&[]), None);
    }
}

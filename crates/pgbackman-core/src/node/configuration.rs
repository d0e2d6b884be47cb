//! Settings of roles and databases (`pg_db_role_setting`) as the end of an ALTER statement.

use crate::pgtools::list_setting::{Calling, is_list, through_session};
use crate::pgtools::quote::{identifier, literal};

/// One element of `setconfig`: `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter.
    pub name: String,
    /// Its value as the server stores it.
    pub value: String,
}

impl Setting {
    /// Splits an element of `setconfig`; `None` where it has no `=`, which no server writes.
    pub fn from_element(element: &str) -> Option<Self> {
        let (name, value) = element.split_once('=')?;
        Some(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The statements that give it to whom `alter` names (`ALTER ROLE x`): one, but for a list that SET cannot write.
    pub fn statements(&self, alter: &str, calling: Calling) -> Vec<String> {
        let names = is_list(&self.name)
            .then(|| split_names(&self.value))
            .flatten();
        let constants = match names {
            Some(names) if names.iter().all(String::is_empty) && names.len() < 2 => {
                return through_session(&self.name, &self.value, alter, calling).into();
            }
            Some(names) => names
                .iter()
                .map(|name| literal(name))
                .collect::<Vec<_>>()
                .join(", "),
            None => literal(&self.value),
        };
        vec![format!(
            "{alter} SET {} TO {constants}",
            identifier(&self.name)
        )]
    }
}

/// The names of a stored list: separated by commas, in double quotes where they need them. `None` where it is no list.
fn split_names(value: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = value.trim();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let after = if let Some(quoted) = rest.strip_prefix('"') {
            let (name, after) = quoted_name(quoted)?;
            names.push(name);
            after
        } else {
            let (name, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            names.push(name.trim_end().to_owned());
            after
        };
        match after.trim_start() {
            "" => return Some(names),
            more => rest = more.strip_prefix(',')?.trim_start(),
        }
    }
}

/// Up to the closing quote; two quotes stand for one.
fn quoted_name(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(element: &str, calling: Calling) -> Vec<String> {
        let setting = Setting::from_element(element).unwrap();
        setting.statements("ALTER ROLE r", calling)
    }

    #[test]
    fn v1_an_empty_list_and_an_empty_name_come_through_the_session() {
        assert_eq!(
            statements("search_path=", Calling::Sql),
            [
                "SELECT pg_catalog.set_config('pgbackman.kept', pg_catalog.current_setting('search_path'), false)",
                "SELECT pg_catalog.set_config('search_path', '', false)",
                "ALTER ROLE r SET \"search_path\" FROM CURRENT",
                "SELECT pg_catalog.set_config('search_path', pg_catalog.current_setting('pgbackman.kept'), false)",
            ]
        );
        let one = statements(r#"local_preload_libraries="""#, Calling::PlPgSql);
        assert_eq!(
            one[1],
            r#"PERFORM pg_catalog.set_config('local_preload_libraries', '""', true)"#
        );
        assert_eq!(
            statements("app.x=", Calling::Sql),
            [r#"ALTER ROLE r SET "app.x" TO ''"#]
        );
    }

    #[test]
    fn lists_of_names_are_constants_of_their_own_and_other_values_one() {
        for (element, expected) in [
            (
                r#"search_path="$user", public, "My ""S"", x""#,
                r#"SET "search_path" TO '$user', 'public', 'My "S", x'"#,
            ),
            ("DateStyle=ISO, DMY", r#"SET "DateStyle" TO 'ISO, DMY'"#),
            ("work_mem=64MB", r#"SET "work_mem" TO '64MB'"#),
            (r"app.x=it's=\1", r#"SET "app.x" TO E'it''s=\\1'"#),
            (
                "temp_tablespaces=a, \"B c\"",
                r#"SET "temp_tablespaces" TO 'a', 'B c'"#,
            ),
        ] {
            assert_eq!(
                statements(element, Calling::Sql),
                [format!("ALTER ROLE r {expected}")],
                "{element}"
            );
        }
        assert_eq!(Setting::from_element("nothing"), None);
    }
}

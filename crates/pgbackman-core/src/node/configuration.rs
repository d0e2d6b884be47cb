//! Settings of roles and databases (`pg_db_role_setting`) as the end of an ALTER statement.

use crate::pgtools::quote::{identifier, literal};

/// One element of `setconfig`: `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter.
    pub name: String,
    /// Its value as the server stores it.
    pub value: String,
}

/// Parameters whose stored value is a list of quoted names, each of which must be a constant of its own in SET: the
/// `GUC_LIST_QUOTE` parameters, as in PostgreSQL's `variable_is_guc_list_quote` (src/bin/pg_dump/dumputils.c).
const LISTS_OF_NAMES: &[&str] = &[
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

impl Setting {
    /// Splits an element of `setconfig`; `None` where it has no `=`, which no server writes.
    pub fn from_element(element: &str) -> Option<Self> {
        let (name, value) = element.split_once('=')?;
        Some(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// `SET "name" TO 'value'`.
    pub fn assignment(&self) -> String {
        format!("SET {} TO {}", identifier(&self.name), self.constants())
    }

    fn constants(&self) -> String {
        let is_list = LISTS_OF_NAMES
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&self.name));
        match is_list.then(|| split_names(&self.value)).flatten() {
            Some(names) if !names.is_empty() => names
                .iter()
                .map(|name| literal(name))
                .collect::<Vec<_>>()
                .join(", "),
            _ => literal(&self.value),
        }
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

    #[test]
    fn lists_of_names_are_constants_of_their_own_and_other_values_one() {
        for (element, expected) in [
            (
                r#"search_path="$user", public, "My ""S"", x""#,
                r#"SET "search_path" TO '$user', 'public', 'My "S", x'"#,
            ),
            (r#"search_path="""#, r#"SET "search_path" TO ''"#),
            ("search_path=", r#"SET "search_path" TO ''"#),
            ("DateStyle=ISO, DMY", r#"SET "DateStyle" TO 'ISO, DMY'"#),
            ("work_mem=64MB", r#"SET "work_mem" TO '64MB'"#),
            (r"app.x=it's=\1", r#"SET "app.x" TO E'it''s=\\1'"#),
            (
                "temp_tablespaces=a, \"B c\"",
                r#"SET "temp_tablespaces" TO 'a', 'B c'"#,
            ),
        ] {
            assert_eq!(
                Setting::from_element(element).unwrap().assignment(),
                expected,
                "{element}"
            );
        }
        assert_eq!(Setting::from_element("nothing"), None);
    }
}

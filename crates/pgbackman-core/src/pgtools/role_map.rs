//! Replaces roles in a script as `pg_restore` writes it, where statements name them: owners, grantees, grantors, policies, user
//! mappings. Streaming: of the data of COPY nothing is held.

use std::io::{self, BufRead, Write};

use super::archive_roles::positions;
use super::internal_options::{self, Sets};
use super::quote::identifier;
use super::sql_statements::{Statement, Statements};

/// Copies a script with roles replaced: `map` gives the new name of a role, or `None` for one that stays. Statements that
/// `skip` means are left out, and so are options of columns that servers keep for themselves; what stands before them stays.
///
/// # Errors
/// The reader's, the writer's, and a script that ends inside quotes or data.
pub fn replace(
    script: impl BufRead,
    out: &mut dyn Write,
    map: &dyn Fn(&str) -> Option<String>,
    skip: &dyn Fn(&Statement) -> bool,
) -> io::Result<()> {
    let mut statements = Statements::new(script);
    while let Some(statement) = statements.read_next()? {
        let options = internal_options::set_by(&statement);
        if skip(&statement) || options == Some(Sets::Alone) {
            out.write_all(statement.before())?;
        } else {
            let mut changes = replacements(&statement, map);
            if let Some(Sets::Among(options)) = options {
                changes.extend(options);
            }
            out.write_all(&statement.whole_with(&changes))?;
        }
        if statement.is_copy_from_stdin() {
            statements.copy_data(out)?;
        }
    }
    out.flush()
}

/// Whether a statement is `SET` of one of these parameters.
pub fn sets(statement: &Statement, parameters: &[&str]) -> bool {
    statement.begins(&["set"])
        && statement
            .tokens
            .get(1)
            .is_some_and(|token| parameters.iter().any(|name| token.is_word(name)))
}

/// Which tokens of a statement become which text.
pub(super) fn replacements(
    statement: &Statement,
    map: &dyn Fn(&str) -> Option<String>,
) -> Vec<(usize, String)> {
    positions(&statement.tokens)
        .into_iter()
        .filter_map(|at| {
            let name = match &statement.tokens[at] {
                super::sql_tokens::Token::Literal(text) => {
                    String::from_utf8_lossy(text).into_owned()
                }
                _ => statement.name(at)?,
            };
            Some((at, identifier(&map(&name)?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(script: &str) -> String {
        let map = |name: &str| match name {
            "old" => Some("New \"One\"".to_owned()),
            "Old Two" => Some("two".to_owned()),
            _ => None,
        };
        let mut out = Vec::new();
        let skip = |statement: &Statement| sets(statement, &["unknown"]);
        replace(script.as_bytes(), &mut out, &map, &skip).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn roles_are_replaced_where_statements_name_them_and_nowhere_else() {
        let script = "\\restrict abc\n\
            SET unknown = 0;\n\
            -- Owner: old\n\
            CREATE TABLE old.old (old int DEFAULT 'GRANT x TO old');\n\
            ALTER TABLE old.old OWNER TO old;\n\
            COPY old.old (old) FROM stdin;\nALTER TABLE x OWNER TO old;\n\\.\n\n\
            GRANT SELECT(old) ON TABLE old.old TO other, \"Old Two\" GRANTED BY old;\n\
            CREATE POLICY old ON old.old FOR SELECT TO old USING ((old = 1));\n\
            CREATE USER MAPPING FOR \"Old Two\" SERVER s OPTIONS (\"user\" 'old');\n\
            ALTER DEFAULT PRIVILEGES FOR ROLE old IN SCHEMA old GRANT SELECT ON TABLES TO old;\n\
            SET SESSION AUTHORIZATION 'Old Two';\n\
            \\unrestrict abc\n";
        let expected = "\\restrict abc\n\
            \n\
            -- Owner: old\n\
            CREATE TABLE old.old (old int DEFAULT 'GRANT x TO old');\n\
            ALTER TABLE old.old OWNER TO \"New \"\"One\"\"\";\n\
            COPY old.old (old) FROM stdin;\nALTER TABLE x OWNER TO old;\n\\.\n\n\
            GRANT SELECT(old) ON TABLE old.old TO other, \"two\" GRANTED BY \"New \"\"One\"\"\";\n\
            CREATE POLICY old ON old.old FOR SELECT TO \"New \"\"One\"\"\" USING ((old = 1));\n\
            CREATE USER MAPPING FOR \"two\" SERVER s OPTIONS (\"user\" 'old');\n\
            ALTER DEFAULT PRIVILEGES FOR ROLE \"New \"\"One\"\"\" IN SCHEMA old GRANT SELECT ON TABLES TO \"New \"\"One\"\"\";\n\
            SET SESSION AUTHORIZATION \"two\";\n\
            \\unrestrict abc\n";
        assert_eq!(mapped(script), expected);
    }
}

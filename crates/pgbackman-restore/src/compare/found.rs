//! What the database has.

use std::collections::BTreeMap;

use pgbackman_core::archive::Entry;
use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::job::failure::{Failure, doing};

use super::expected::{Expected, comparable};
use super::privileges::{Given, Which};

/// Objects, by the first version that can be asked for them.
const OBJECTS: [(PgMajor, &str); 4] = [
    (PgMajor::old(9, 3), include_str!("objects.sql")),
    (PgMajor::old(9, 5), include_str!("objects_9_5.sql")),
    (PgMajor::new(10), include_str!("objects_10.sql")),
    (PgMajor::new(15), include_str!("objects_15.sql")),
];

/// What an entry can be about, by the first version that has it.
const NAMED: [(PgMajor, &str); 3] = [
    (PgMajor::old(9, 4), include_str!("named_objects.sql")),
    (PgMajor::old(9, 5), include_str!("named_9_5.sql")),
    (PgMajor::new(10), include_str!("named_10.sql")),
];

/// The first version that may compile queries.
const COMPILING: PgMajor = PgMajor::new(11);

/// Comments and security labels.
const LABELS: &str = include_str!("labels.sql");

/// Privileges.
const PRIVILEGES: &str = include_str!("privileges.sql");

/// What the catalogs show: how many of each class and name, and the comments that the server makes by itself.
#[derive(Debug, Default)]
pub(super) struct Found {
    by_name: BTreeMap<(String, String), u64>,
    texts: BTreeMap<String, String>,
    /// Classes that could not be asked for.
    unknown: Vec<&'static str>,
}

impl Found {
    /// Reads it; `None` where a server of this version is not asked. What no entry is about is not asked for.
    pub(super) async fn read(
        session: &Session,
        major: PgMajor,
        entries: &[Entry],
    ) -> Result<Option<Self>, Failure> {
        if major < OBJECTS[0].0 {
            return Ok(None);
        }
        if major >= COMPILING {
            // Queries of a large catalog cost so much that they would be compiled, for longer than they take.
            session
                .batch_execute("SET jit TO off")
                .await
                .map_err(doing("prepare to count the restored objects"))?;
        }
        let mut found = Self::default();
        for (_, sql) in OBJECTS.iter().filter(|(since, _)| major >= *since) {
            found.ask(session, sql, 2).await?;
        }
        let is_about = |kinds: &[&str]| {
            entries
                .iter()
                .any(|entry| kinds.iter().any(|kind| entry.is(kind)))
        };
        if major < NAMED[0].0 {
            found.unknown = vec!["ACL", "DEFAULT ACL", "COMMENT", "SECURITY LABEL"];
            return Ok(Some(found));
        }
        let named: Vec<&str> = NAMED
            .iter()
            .filter(|(since, _)| major >= *since)
            .map(|(_, sql)| *sql)
            .collect();
        let named = named.join("\nUNION ALL\n");
        if is_about(&["COMMENT", "SECURITY LABEL"]) {
            let sql = LABELS.replacen("({named})", &format!("({named})"), 1);
            found.ask(session, &sql, 3).await?;
        }
        if is_about(&["ACL", "DEFAULT ACL"]) {
            let sql = PRIVILEGES.replacen("({named})", &format!("({named})"), 1);
            found.ask(session, &sql, 2).await?;
        }
        Ok(Some(found))
    }

    /// Asks a query of class, name, and perhaps text.
    async fn ask(&mut self, session: &Session, sql: &str, columns: usize) -> Result<(), Failure> {
        const DOING: &str = "count the restored objects";
        let (names, text) = if columns == 3 {
            ("class, name, text", "f.text")
        } else {
            ("class, name", "NULL::pg_catalog.text")
        };
        // As bytes: names of a database in SQL_ASCII are in no encoding.
        let sql = format!(
            "SELECT f.class, pg_catalog.convert_to(f.name, pg_catalog.getdatabaseencoding()), \
             pg_catalog.convert_to({text}, pg_catalog.getdatabaseencoding()) FROM ({sql}\n) AS f ({names})"
        );
        for row in session.query(&sql, &[]).await.map_err(doing(DOING))? {
            let class: &str = row.try_get(0).map_err(doing(DOING))?;
            let name: Option<&[u8]> = row.try_get(1).map_err(doing(DOING))?;
            let text: Option<&[u8]> = row.try_get(2).map_err(doing(DOING))?;
            let name = name.map(String::from_utf8_lossy).unwrap_or_default();
            match text {
                Some(text) => {
                    let text = String::from_utf8_lossy(text);
                    self.add_text(&name, &text);
                }
                None => self.add(class, &name),
            }
        }
        Ok(())
    }

    pub(super) fn add(&mut self, class: &str, name: &str) {
        let name = comparable(class, name);
        *self.by_name.entry((class.to_owned(), name)).or_default() += 1;
    }

    /// The comment of what has one by itself: it stands for no other.
    pub(super) fn add_text(&mut self, name: &str, text: &str) {
        self.texts
            .insert(comparable("COMMENT", name), comparable("", text));
    }

    /// Whether it is there; what was found for one entry is not found for another. `None`: not under this name.
    pub(super) fn has(&mut self, expected: &Expected) -> Option<bool> {
        match expected {
            Expected::Object(class, name) => Some(self.take(class, name)),
            Expected::LargeObjects(numbers) => Some(
                numbers
                    .iter()
                    .all(|number| self.take("BLOB", &format!("- {number}"))),
            ),
            Expected::Labelled {
                class, name, text, ..
            } => {
                if self.unknown.contains(class) {
                    return Some(true);
                }
                if let Some(text) = text {
                    let known = self.texts.get(name);
                    return Some(known.is_some_and(|known| is_text(known, text)));
                }
                self.take(class, name).then_some(true)
            }
            Expected::Privileges {
                class,
                object,
                given,
                must_show,
            } => Some(self.unknown.contains(class) || self.gives(class, object, given, *must_show)),
        }
    }

    /// Takes one of what no entry was found for; `kind` is what its name begins with.
    pub(super) fn take_left(&mut self, class: &str, kind: &str) -> bool {
        let from = (class.to_owned(), kind.to_owned());
        let left = self
            .by_name
            .range_mut(from..)
            .take_while(|((of, name), _)| of == class && name.starts_with(kind))
            .map(|(_, count)| count)
            .find(|count| **count > 0);
        left.is_some_and(|count| {
            *count -= 1;
            true
        })
    }

    /// Takes one away; whether there was one.
    pub(super) fn take(&mut self, class: &str, name: &str) -> bool {
        match self.by_name.get_mut(&(class.to_owned(), name.to_owned())) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether the object gives what its statements gave, and gives nothing to whom they left nothing.
    fn gives(&self, class: &str, object: &str, given: &[Given], must_show: bool) -> bool {
        let beginning = |beginning: String| {
            let from = (class.to_owned(), beginning.clone());
            self.by_name
                .range(from..)
                .map(|((of, name), _)| (of, name))
                .take_while(move |(of, name)| *of == class && name.starts_with(&beginning))
                .map(|(_, name)| name)
        };
        if beginning(format!("{object}\u{1}")).next().is_none() {
            return !must_show;
        }
        let of_role = |grantee: &str| comparable(class, &format!("{object}\u{1}{grantee}\u{1}"));
        let has = |grantee: &str, which: &Which| match which {
            Which::All => beginning(of_role(grantee)).next().is_some(),
            Which::AllToGrant => beginning(of_role(grantee)).any(|name| name.ends_with('*')),
            Which::One(privilege) => self
                .by_name
                .contains_key(&(class.to_owned(), of_role(grantee) + privilege)),
        };
        given.iter().all(|one| {
            one.granted.iter().all(|which| has(&one.grantee, which))
                && !one.revoked.iter().any(|which| has(&one.grantee, which))
        })
    }
}

/// Whether a comment is the one of the statement, of which as much is known as its reader keeps.
fn is_text(known: &str, said: &str) -> bool {
    let said = comparable("", said);
    known.starts_with(&said)
}

//! The password file, `~/.pgpass` (PostgreSQL documentation, "The Password File").

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::secret::Secret;

const READABLE_BY_OTHERS: u32 = 0o077;

/// What a password file gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Lookup {
    /// A line matches.
    Found(Secret),
    /// There is no such file, or no line matches.
    Nothing,
    /// The file is there and was not used, for this reason.
    Ignored(String),
}

/// What is being connected to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) dbname: &'a str,
    pub(super) user: &'a str,
}

/// Looks the password up. A file that is not a plain file, or that group or others can do anything with, is ignored, as
/// libpq does.
pub(super) fn look_up(file: &Path, connection: Connection<'_>) -> Lookup {
    let ignored = |reason: String| {
        Lookup::Ignored(format!(
            "the password file {} was ignored: {reason}",
            file.display()
        ))
    };
    let metadata = match fs::metadata(file) {
        Ok(metadata) => metadata,
        Err(error) if absent(&error) => return Lookup::Nothing,
        Err(error) => return ignored(error.to_string()),
    };
    if !metadata.is_file() {
        return ignored("it is not a regular file".to_owned());
    }
    if metadata.mode() & READABLE_BY_OTHERS != 0 {
        return ignored(format!(
            "its mode is {:04o}; group and others must have no access to it (`chmod 0600`)",
            metadata.mode() & 0o7777
        ));
    }
    match fs::read(file) {
        Ok(bytes) => find(&String::from_utf8_lossy(&bytes), connection)
            .map_or(Lookup::Nothing, Lookup::Found),
        Err(error) => ignored(error.to_string()),
    }
}

fn absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// The password of the first line that matches.
fn find(text: &str, connection: Connection<'_>) -> Option<Secret> {
    let port = connection.port.to_string();
    let wanted = [connection.host, &port, connection.dbname, connection.user];
    text.lines()
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .filter(|line| !line.starts_with('#'))
        .find_map(|line| password_of(line, wanted))
}

/// The password of one line, if its four fields match.
fn password_of(line: &str, wanted: [&str; 4]) -> Option<Secret> {
    let mut rest = line;
    for value in wanted {
        let (field, after) = field(rest)?;
        if !matches(field, value) {
            return None;
        }
        rest = after;
    }
    let (password, _) = cut(rest);
    Some(Secret::new(unescape(password))).filter(|password| !password.is_empty())
}

/// The text before the first colon that no backslash protects, as it stands, and the text after it; none without colon.
fn field(text: &str) -> Option<(&str, &str)> {
    match cut(text) {
        (field, Some(rest)) => Some((field, rest)),
        (_, None) => None,
    }
}

fn cut(text: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

/// Whether a field is `*` or stands for the value. An escaped star is a star.
fn matches(field: &str, value: &str) -> bool {
    field == "*" || unescape(field) == value
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            // A backslash at the end of the line protects nothing and stands for itself.
            '\\' => plain.push(characters.next().unwrap_or('\\')),
            _ => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use proptest::prelude::*;

    use super::{Connection, Lookup, find, look_up};

    const CONNECTION: Connection<'_> = Connection {
        host: "db.example.net",
        port: 5432,
        dbname: "pgbackman",
        user: "pgbackman_role_rw",
    };

    fn password(text: &str, connection: Connection<'_>) -> Option<String> {
        find(text, connection).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn the_first_matching_line_counts() {
        let text = "# comment:*:*:*:no\n\nother:*:*:*:no\ndb.example.net:*:pgbackman:*:yes\n*:*:*:*:late\n";
        assert_eq!(password(text, CONNECTION).as_deref(), Some("yes"));
        assert_eq!(password("*:5433:*:*:no\n", CONNECTION), None);
        assert_eq!(password("*:5432:*:*\n", CONNECTION), None);
    }

    #[test]
    fn backslashes_protect_colons_and_backslashes() {
        let connection = Connection {
            dbname: r"odd:db\",
            ..CONNECTION
        };
        let text = "*:*:odd\\:db\\\\:*:pass\\:wo\\\\rd:ignored\n";
        assert_eq!(password(text, connection).as_deref(), Some(r"pass:wo\rd"));
        let star = Connection {
            dbname: "*",
            ..CONNECTION
        };
        assert_eq!(password("*:*:\\*:*:star\n", star).as_deref(), Some("star"));
        assert_eq!(password("*:*:\\*:*:star\n", CONNECTION), None);
    }

    #[test]
    fn a_file_that_others_can_read_is_ignored_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(".pgpass");
        fs::write(&file, "*:*:*:*:geheim\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let Lookup::Ignored(reason) = look_up(&file, CONNECTION) else {
            panic!("the file was used");
        };
        assert!(reason.contains("its mode is 0644"), "{reason}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(look_up(&file, CONNECTION), Lookup::Found(_)));
        assert_eq!(
            look_up(&directory.path().join("none"), CONNECTION),
            Lookup::Nothing
        );
        assert!(matches!(
            look_up(directory.path(), CONNECTION),
            Lookup::Ignored(_)
        ));
    }

    fn escaped(text: &str) -> String {
        text.replace('\\', "\\\\").replace(':', "\\:")
    }

    proptest! {
        #[test]
        fn any_names_and_password_are_found_again_when_escaped(
            dbname in "[^\r\n]{1,20}", user in "[^\r\n]{1,20}", secret in "[^\r\n]{1,20}"
        ) {
            let line = format!("*:*:{}:{}:{}\n", escaped(&dbname), escaped(&user), escaped(&secret));
            let connection = Connection { dbname: &dbname, user: &user, ..CONNECTION };
            prop_assert_eq!(password(&line, connection), Some(secret));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = find(&text, CONNECTION);
        }
    }
}

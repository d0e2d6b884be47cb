//! What an entry of an archive must have left in the database.

use pgbackman_core::archive::Entry;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::pgtools::sql_tokens::{Token, Tokens};

use super::privileges::{self, Given};

/// Kinds of entries, and the class of objects that each is looked for in.
const CLASSES: [(&str, &str); 47] = [
    ("MATERIALIZED VIEW", "RELATION"),
    ("FOREIGN TABLE", "RELATION"),
    ("TABLE", "RELATION"),
    ("VIEW", "RELATION"),
    ("SEQUENCE", "RELATION"),
    ("INDEX", "RELATION"),
    ("INDEX ATTACH", "ATTACH"),
    ("TABLE ATTACH", "ATTACH"),
    ("SEQUENCE OWNED BY", "OWNED SEQUENCE"),
    ("DEFAULT", "DEFAULT"),
    ("CONSTRAINT", "CONSTRAINT"),
    ("FK CONSTRAINT", "CONSTRAINT"),
    ("CHECK CONSTRAINT", "CONSTRAINT"),
    ("TRIGGER", "TRIGGER"),
    ("RULE", "RULE"),
    ("FUNCTION", "ROUTINE"),
    ("PROCEDURE", "ROUTINE"),
    ("AGGREGATE", "ROUTINE"),
    ("TYPE", "TYPE"),
    ("SHELL TYPE", "SHELL TYPE"),
    ("DOMAIN", "TYPE"),
    ("COLLATION", "COLLATION"),
    ("CONVERSION", "CONVERSION"),
    ("OPERATOR", "OPERATOR"),
    ("OPERATOR CLASS", "OPERATOR CLASS"),
    ("OPERATOR FAMILY", "OPERATOR FAMILY"),
    ("TEXT SEARCH CONFIGURATION", "TEXT SEARCH CONFIGURATION"),
    ("TEXT SEARCH DICTIONARY", "TEXT SEARCH DICTIONARY"),
    ("TEXT SEARCH PARSER", "TEXT SEARCH PARSER"),
    ("TEXT SEARCH TEMPLATE", "TEXT SEARCH TEMPLATE"),
    ("SCHEMA", "SCHEMA"),
    ("EXTENSION", "EXTENSION"),
    ("EVENT TRIGGER", "EVENT TRIGGER"),
    ("PROCEDURAL LANGUAGE", "PROCEDURAL LANGUAGE"),
    ("ACCESS METHOD", "ACCESS METHOD"),
    ("FOREIGN DATA WRAPPER", "FOREIGN DATA WRAPPER"),
    ("SERVER", "SERVER"),
    ("STATISTICS", "STATISTICS"),
    ("CAST", "CAST"),
    ("USER MAPPING", "USER MAPPING"),
    ("TRANSFORM", "TRANSFORM"),
    ("POLICY", "POLICY"),
    ("ROW SECURITY", "ROW SECURITY"),
    ("PUBLICATION", "PUBLICATION"),
    ("PUBLICATION TABLE", "PUBLICATION TABLE"),
    (
        "PUBLICATION TABLES IN SCHEMA",
        "PUBLICATION TABLES IN SCHEMA",
    ),
    ("SUBSCRIPTION", "SUBSCRIPTION"),
];

/// Classes of whose names clients and mapped roles have other ways: what has none of the names is counted.
const COUNTED: [&str; 3] = ["CAST", "USER MAPPING", "TRANSFORM"];

/// Options that leave out a kind, which some clients list all the same.
const LEFT_OUT: [(&str, &str); 7] = [
    ("POLICY", "--no-policies"),
    ("ROW SECURITY", "--no-policies"),
    ("PUBLICATION", "--no-publications"),
    ("SUBSCRIPTION", "--no-subscriptions"),
    ("COMMENT", "--no-comments"),
    ("SECURITY LABEL", "--no-security-labels"),
    // Large objects are data.
    ("BLOB", "--schema-only"),
];

/// Names of routines have arguments, whose types clients write in different ways.
const ROUTINE: &str = "ROUTINE";

/// Who has the schema public of a new database since 15.
const DATABASE_OWNER: &[u8] = b"pg_database_owner";

/// The first client that says whose the schema public is.
const OWNED_PUBLIC: PgMajor = PgMajor::new(15);

/// What must be there.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// An object of this class and name.
    Object(&'static str, String),
    /// Large objects.
    LargeObjects(Vec<String>),
    /// A comment or a security label of an object of this kind and name, or an object of a class whose names differ; also the text
    /// where the server has one by itself.
    Labelled {
        class: &'static str,
        kind: String,
        name: String,
        text: Option<String>,
    },
    /// Privileges on an object.
    Privileges {
        class: &'static str,
        object: String,
        given: Vec<Given>,
        /// Whether a database without any entry for the object lacks them. Else the object's name is spelled otherwise.
        must_show: bool,
    },
}

/// What the restore was asked for, and with what.
pub(super) struct Expecting<'a> {
    pub(super) parameters: &'a RestoreParameters,
    pub(super) made_by: Option<PgMajor>,
    /// Whether the restore may do everything: the comment of an extension is its owner's.
    pub(super) is_superuser: bool,
}

impl Expecting<'_> {
    /// `None` where an entry of this kind, or this one, shows nothing.
    pub(super) fn of(&self, entry: &Entry) -> Option<Expected> {
        let kind = std::str::from_utf8(&entry.kind).ok()?;
        let is_left_out = LEFT_OUT.iter().any(|(left_out, option)| {
            kind.starts_with(left_out) && self.parameters.words().iter().any(|word| word == option)
        });
        if is_left_out {
            return None;
        }
        match kind {
            "ACL" | "DEFAULT ACL" if self.parameters.no_privileges() => None,
            "ACL" => Some(self.privileges(entry)),
            "DEFAULT ACL" => Some(self.default_privileges(entry)),
            "COMMENT" if !self.is_superuser && entry.tag.starts_with(b"EXTENSION ") => None,
            "COMMENT" => labelled("COMMENT", entry),
            "SECURITY LABEL" => labelled("SECURITY LABEL", entry),
            "BLOB" | "BLOB METADATA" => Some(Expected::LargeObjects(large_objects(entry))),
            "TRIGGER" => Some(match state_of_trigger(entry) {
                Some(state) => object("TRIGGER STATE", &format!("{} {state}", name(entry))),
                None => object("TRIGGER", &name(entry)),
            }),
            "TYPE" if is_shell(entry) => Some(object("SHELL TYPE", &name(entry))),
            "SCHEMA" if entry.tag == b"public" => self.schema_public(entry),
            _ => {
                let (_, class) = CLASSES.iter().find(|(listed, _)| *listed == kind)?;
                Some(if COUNTED.contains(class) {
                    Expected::Labelled {
                        class,
                        kind: String::new(),
                        name: comparable(class, &name(entry)),
                        text: None,
                    }
                } else {
                    object(class, &name(entry))
                })
            }
        }
    }

    /// Every database has it.
    fn schema_public(&self, entry: &Entry) -> Option<Expected> {
        let is_said = self.made_by.is_some_and(|major| major >= OWNED_PUBLIC)
            && !self.parameters.no_owner()
            && !matches!(entry.owner.as_slice(), b"" | DATABASE_OWNER);
        is_said.then(|| {
            let owner = self.parameters.mapped(&text(&entry.owner)).to_owned();
            object("SCHEMA OWNER", &format!("- public {owner}"))
        })
    }

    fn privileges(&self, entry: &Entry) -> Expected {
        let mut tag = text(&entry.tag);
        // The entry of several has the privileges of each.
        if let Some(numbers) = tag.strip_prefix("LARGE OBJECTS ") {
            let first = numbers.split("..").next().unwrap_or(numbers);
            tag = format!("LARGE OBJECT {first}");
        }
        for (written, granted) in [
            ("PROCEDURE ", "FUNCTION "),
            ("AGGREGATE ", "FUNCTION "),
            ("DOMAIN ", "TYPE "),
        ] {
            if let Some(name) = tag.strip_prefix(written) {
                tag = format!("{granted}{name}");
            }
        }
        let must_show = tag.starts_with("COLUMN ")
            || tag.starts_with("LARGE OBJECT ")
            || [&b"pg_catalog"[..], b"information_schema"].contains(&entry.schema.as_slice());
        Expected::Privileges {
            class: "ACL",
            object: comparable("ACL", &format!("{} {tag}", schema(entry))),
            given: self.given(entry),
            must_show,
        }
    }

    fn default_privileges(&self, entry: &Entry) -> Expected {
        let owner = self.parameters.mapped(&text(&entry.owner)).to_owned();
        let given = self.given(entry);
        // What the server gives by itself is no entry: another version may give as much.
        let must_show = !entry.schema.is_empty()
            || given
                .iter()
                .any(|one| one.grantee != owner || one.granted.is_empty());
        let object = format!("{} {}\u{2}{owner}", schema(entry), text(&entry.tag));
        Expected::Privileges {
            class: "DEFAULT ACL",
            object: comparable("DEFAULT ACL", &object),
            given,
            must_show,
        }
    }

    fn given(&self, entry: &Entry) -> Vec<Given> {
        privileges::read(&entry.definition, &|role| {
            self.parameters.mapped(role).to_owned()
        })
    }
}

fn object(class: &'static str, name: &str) -> Expected {
    Expected::Object(class, comparable(class, name))
}

/// The text of an archive, which does not say in what encoding: what is beyond ASCII is compared as one character.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn schema(entry: &Entry) -> String {
    if entry.schema.is_empty() {
        "-".to_owned()
    } else {
        text(&entry.schema)
    }
}

/// `schema name`.
fn name(entry: &Entry) -> String {
    format!("{} {}", schema(entry), text(&entry.tag))
}

/// An entry `COLUMN "My table".a` about an object.
fn labelled(class: &'static str, entry: &Entry) -> Option<Expected> {
    let (mut tag, mut said) = (text(&entry.tag), None);
    if class == "COMMENT" {
        said = Some(last_literal(&entry.definition).unwrap_or_default());
        // That there is none, of an object that would have one.
        if said.as_deref() == Some("") {
            return None;
        }
    }
    for (written, known) in [
        ("PROCEDURE ", "FUNCTION "),
        ("AGGREGATE ", "FUNCTION "),
        ("PROCEDURAL LANGUAGE ", "LANGUAGE "),
    ] {
        if let Some(name) = tag.strip_prefix(written) {
            tag = format!("{known}{name}");
        }
    }
    let has_one_by_itself =
        class == "COMMENT" && (tag == "SCHEMA public" || tag.starts_with("EXTENSION "));
    let kind = tag.split(' ').next().unwrap_or_default();
    Some(Expected::Labelled {
        class,
        kind: comparable(class, &format!("{} {kind}", schema(entry))),
        name: comparable(class, &format!("{} {tag}", schema(entry))),
        text: said.filter(|_| has_one_by_itself),
    })
}

fn last_literal(definition: &[u8]) -> Option<String> {
    Tokens::new(definition)
        .map_while(Result::ok)
        .filter_map(|token| match token {
            Token::Literal(value) => Some(text(&value)),
            _ => None,
        })
        .last()
}

/// The numbers that an entry of large objects is about: in its name, or one in each line.
fn large_objects(entry: &Entry) -> Vec<String> {
    let lines = if entry.is("BLOB") {
        text(&entry.tag)
    } else {
        text(&entry.definition)
    };
    lines
        .split_whitespace()
        .filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Whether the type is made by its name alone.
fn is_shell(entry: &Entry) -> bool {
    let mut tokens = Tokens::new(entry.definition.as_slice()).map_while(Result::ok);
    !entry.definition.is_empty() && !tokens.any(|token| token == Token::Symbol(b'('))
}

/// Whether the trigger of a partition fires, as the catalogs say it; `None` for a trigger that is made.
fn state_of_trigger(entry: &Entry) -> Option<char> {
    let mut tokens = Tokens::new(entry.definition.as_slice()).map_while(Result::ok);
    tokens.next().filter(|token| token.is_word("alter"))?;
    let mut before = None;
    for token in tokens {
        match &token {
            Token::Word(word) if word == b"trigger" => break,
            _ => before = Some(token),
        }
    }
    let states = [
        ("disable", 'D'),
        ("enable", 'O'),
        ("always", 'A'),
        ("replica", 'R'),
    ];
    let before = before?;
    states
        .iter()
        .find(|(word, _)| before.is_word(word))
        .map(|(_, state)| *state)
}

/// A name as both sides can have it: an archive has it in the encoding of the database, which it does not say, a list shows a
/// line break as a blank, a routine has arguments, and what an entry is about may be quoted.
pub(super) fn comparable(class: &str, name: &str) -> String {
    let name = if class == ROUTINE {
        name.split('(').next().unwrap_or_default()
    } else {
        name
    };
    let is_quoted =
        COUNTED.contains(&class) || ["ACL", "COMMENT", "SECURITY LABEL"].contains(&class);
    let mut comparable = String::with_capacity(name.len());
    let mut in_ascii = true;
    for character in name.chars() {
        if character.is_ascii() {
            match character {
                '"' if is_quoted => {}
                '\n' | '\r' => comparable.push(' '),
                other => comparable.push(other),
            }
        } else if in_ascii {
            comparable.push('?');
        }
        in_ascii = character.is_ascii();
    }
    comparable
}

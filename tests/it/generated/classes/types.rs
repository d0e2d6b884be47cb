//! Types, domains and collations.

use super::super::maker::Maker;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("enum", enumeration),
    class("composite type", composite),
    class("domain", domain),
    class("range", range),
    class("base type", base),
    class("shell type", shell),
    class("collation", collation),
];

const USAGE: [&str; 1] = ["USAGE"];

fn enumeration(m: &mut Maker) {
    let (name, table) = (m.place("mood"), m.place("moody"));
    m.add(format!(
        "CREATE TYPE {name} AS ENUM ('sad', 'it''s ok', '')"
    ));
    m.made("TYPE", &name, &USAGE);
    m.add(format!(
        "CREATE TABLE {table} (m {name} DEFAULT 'sad', many {name}[])"
    ));
    m.add(format!("INSERT INTO {table} DEFAULT VALUES"));
}

fn composite(m: &mut Maker) {
    let (name, other) = (m.place("pair"), m.place("nested"));
    m.add(format!(
        "CREATE TYPE {name} AS (\"an A\" integer, b text COLLATE \"C\")"
    ));
    m.comment("COLUMN", &format!("{name}.\"an A\""));
    m.made("TYPE", &name, &USAGE);
    m.add(format!("CREATE TYPE {other} AS (p {name}, q {name}[])"));
    let table = m.place("typed");
    m.add(format!(
        "CREATE TABLE {table} OF {name} (PRIMARY KEY (\"an A\"))"
    ));
}

fn domain(m: &mut Maker) {
    let (name, check) = (m.place("small"), m.name("c"));
    m.add(format!(
        "CREATE DOMAIN {name} AS integer DEFAULT 5 CONSTRAINT {check} CHECK (VALUE < 1000)"
    ));
    m.comment("CONSTRAINT", &format!("{check} ON DOMAIN {name}"));
    if m.chance(0.5) {
        m.add(format!(
            "ALTER DOMAIN {name} ADD CONSTRAINT later CHECK (VALUE > 0) NOT VALID"
        ));
        m.comment("CONSTRAINT", &format!("later ON DOMAIN {name}"));
    }
    m.made("DOMAIN", &name, &USAGE);
    let table = m.place("of_domain");
    m.add(format!("CREATE TABLE {table} (s {name}, l {name}[])"));
    m.add(format!("INSERT INTO {table} VALUES (3, '{{4}}')"));
}

fn range(m: &mut Maker) {
    let (name, table) = (m.place("span"), m.place("spans"));
    m.add(format!(
        "CREATE TYPE {name} AS RANGE (subtype = float8, subtype_diff = float8mi)"
    ));
    m.made("TYPE", &name, &USAGE);
    m.add(format!(
        "CREATE TABLE {table} (s {name}, EXCLUDE USING gist (s WITH &&))"
    ));
    m.add(format!("INSERT INTO {table} VALUES ('[1,2)'), ('[2,3)')"));
}

/// Its functions need the type, and it needs them: a shell type comes first.
fn base(m: &mut Maker) {
    let (name, input, output) = (m.place("base"), m.place("base_in"), m.place("base_out"));
    m.add(format!("CREATE TYPE {name}"));
    m.add(format!(
        "CREATE FUNCTION {input}(cstring) RETURNS {name} LANGUAGE internal IMMUTABLE STRICT AS 'textin'"
    ));
    m.add(format!(
        "CREATE FUNCTION {output}({name}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout'"
    ));
    m.add(format!(
        "CREATE TYPE {name} (INPUT = {input}, OUTPUT = {output}, LIKE = text)"
    ));
    m.made("TYPE", &name, &USAGE);
    let table = m.place("based");
    m.add(format!("CREATE TABLE {table} (b {name})"));
    m.add(format!("INSERT INTO {table} VALUES ('one'), ('t w o')"));
}

fn shell(m: &mut Maker) {
    let name = m.place("shell");
    m.add(format!("CREATE TYPE {name}"));
}

fn collation(m: &mut Maker) {
    let (name, table) = (m.place("plain"), m.place("collated"));
    m.add(format!(
        "CREATE COLLATION {name} (provider = libc, locale = 'C')"
    ));
    m.made("COLLATION", &name, &[]);
    m.add(format!(
        "CREATE TABLE {table} (a text COLLATE {name}, b text)"
    ));
    let index = m.name("i");
    m.add(format!(
        "CREATE INDEX {index} ON {table} (b COLLATE {name} text_pattern_ops DESC)"
    ));
}

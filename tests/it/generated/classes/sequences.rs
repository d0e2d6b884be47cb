//! Sequences, identity, large objects.

use super::super::maker::Maker;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("sequence", sequence),
    class("owned sequences", owned),
    class("identity", identity),
    class("large object", large_object),
];

fn sequence(m: &mut Maker) {
    let name = m.place("seq");
    let how = m.pick(&[
        "",
        " AS smallint CYCLE",
        " INCREMENT -2 MAXVALUE 100 START 50 CACHE 5",
    ]);
    m.add(format!("CREATE SEQUENCE {name}{how}"));
    if m.chance(0.6) {
        m.add(format!(
            "SELECT nextval('{}'), nextval('{}')",
            name.replace('\'', "''"),
            name.replace('\'', "''")
        ));
    }
    m.made("SEQUENCE", &name, &["USAGE", "SELECT", "UPDATE"]);
}

/// One of `serial`, one that a column was given later.
fn owned(m: &mut Maker) {
    let (table, sequence) = (m.place("numbered"), m.name("own"));
    m.add(format!(
        "CREATE TABLE {table} (id serial PRIMARY KEY, small smallserial, t text DEFAULT 'it''s; x')"
    ));
    m.add(format!("INSERT INTO {table} (t) VALUES ('one'), ('two')"));
    let schema = table.split('.').next().unwrap_or_default().to_owned();
    m.add(format!("CREATE SEQUENCE {schema}.{sequence} START 7"));
    m.add(format!(
        "ALTER SEQUENCE {schema}.{sequence} OWNED BY {table}.t"
    ));
    m.comment("SEQUENCE", &format!("{schema}.{sequence}"));
}

fn identity(m: &mut Maker) {
    let table = m.place("ident");
    let how = m.pick(&["ALWAYS", "BY DEFAULT"]);
    m.add(format!(
        "CREATE TABLE {table} (id integer GENERATED {how} AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY, \
         a integer, twice integer GENERATED ALWAYS AS (a * 2) STORED)"
    ));
    m.add(format!("INSERT INTO {table} (a) VALUES (1), (2)"));
    m.made("TABLE", &table, &["SELECT"]);
    m.comment("COLUMN", &format!("{table}.twice"));
}

fn large_object(m: &mut Maker) {
    for _ in 0..=m.number(3) {
        let number = 90_000 + m.number(9_000);
        m.add(format!("SELECT lo_from_bytea({number}, decode('00ff27', 'hex')) WHERE NOT EXISTS (SELECT FROM pg_largeobject_metadata WHERE oid = {number})"));
        m.made("LARGE OBJECT", &number.to_string(), &["SELECT", "UPDATE"]);
    }
}

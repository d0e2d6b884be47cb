//! Partitioned tables, and what of theirs a partition has otherwise.

use super::super::maker::{Maker, TABLE_PRIVILEGES};
use super::tables::schema_of;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("partitions", partitions),
    class("triggers of partitions", triggers),
    class("keys of partitions", keys),
    class("partition that came later", attached),
];

/// By range, list and hash, in two levels.
fn partitions(m: &mut Maker) {
    let table = m.place("parted");
    m.add(format!("CREATE TABLE {table} (k integer NOT NULL, l text, v integer DEFAULT 1) PARTITION BY RANGE (k)"));
    m.made("TABLE", &table, &TABLE_PRIVILEGES);
    let (low, high, rest) = (m.place("p"), m.place("p"), m.place("p"));
    m.add(format!("CREATE TABLE {low} PARTITION OF {table} (v DEFAULT 2, CHECK (v <> 9)) FOR VALUES FROM (MINVALUE) TO (10)"));
    m.add(format!("CREATE TABLE {high} PARTITION OF {table} FOR VALUES FROM (10) TO (20) PARTITION BY LIST (l)"));
    let of_a = m.place("pp");
    m.add(format!(
        "CREATE TABLE {of_a} PARTITION OF {high} FOR VALUES IN ('a', NULL)"
    ));
    m.add(format!("CREATE TABLE {rest} PARTITION OF {table} DEFAULT"));
    m.add(format!(
        "INSERT INTO {table} (k, l) VALUES (1, 'x'), (11, 'a'), (50, 'z')"
    ));
    m.made("TABLE", &of_a, &TABLE_PRIVILEGES);
    let hashed = m.place("hashed");
    m.add(format!(
        "CREATE TABLE {hashed} (k integer) PARTITION BY HASH (k)"
    ));
    for remainder in 0..2 {
        let part = m.place("h");
        m.add(format!("CREATE TABLE {part} PARTITION OF {hashed} FOR VALUES WITH (MODULUS 2, REMAINDER {remainder})"));
    }
    m.add(format!("INSERT INTO {hashed} SELECT generate_series(1, 9)"));
}

/// One of the partitions does not fire, or fires always.
fn triggers(m: &mut Maker) {
    let (table, function, name) = (m.place("watched"), m.trigger_function(), m.name("trg"));
    m.add(format!(
        "CREATE TABLE {table} (k integer) PARTITION BY RANGE (k)"
    ));
    let parts = [m.place("w"), m.place("w"), m.place("w")];
    for (at, part) in parts.iter().enumerate() {
        m.add(format!(
            "CREATE TABLE {part} PARTITION OF {table} FOR VALUES FROM ({at}) TO ({})",
            at + 1
        ));
    }
    m.add(format!(
        "CREATE TRIGGER {name} AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
    ));
    m.comment("TRIGGER", &format!("{name} ON {table}"));
    let state = m.pick(&["DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"]);
    m.add(format!("ALTER TABLE {} {state} TRIGGER {name}", parts[0]));
    let own = m.name("own");
    m.add(format!(
        "CREATE TRIGGER {own} BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
        parts[1]
    ));
    m.comment("TRIGGER", &format!("{own} ON {}", parts[1]));
}

fn keys(m: &mut Maker) {
    let (table, unique, part) = (m.place("keyed"), m.name("uk"), m.place("k"));
    let other = m.table().name;
    m.add(format!(
        "CREATE TABLE {table} (k integer PRIMARY KEY, o integer REFERENCES {other}, CONSTRAINT {unique} UNIQUE (k, o), CHECK (k <> 5)) \
         PARTITION BY RANGE (k)"
    ));
    m.add(format!(
        "CREATE TABLE {part} PARTITION OF {table} FOR VALUES FROM (0) TO (100)"
    ));
    m.add(format!("INSERT INTO {table} VALUES (1, NULL)"));
    m.comment("CONSTRAINT", &format!("{unique} ON {table}"));
    m.comment("INDEX", &format!("{}.{unique}", schema_of(&table)));
    let child = m.table().name;
    m.add(format!(
        "ALTER TABLE {child} ADD k integer REFERENCES {table}"
    ));
    let index = m.name("ix");
    m.add(format!("CREATE INDEX {index} ON ONLY {table} (o)"));
    if m.chance(0.5) {
        let own = m.name("ix");
        m.add(format!("CREATE INDEX {own} ON {part} (o)"));
        m.add(format!(
            "ALTER INDEX {0}.{index} ATTACH PARTITION {1}.{own}",
            schema_of(&table),
            schema_of(&part)
        ));
    }
}

fn attached(m: &mut Maker) {
    let (table, part) = (m.place("grown"), m.place("g"));
    m.add(format!(
        "CREATE TABLE {table} (a integer, b text) PARTITION BY LIST (a)"
    ));
    m.add(format!(
        "CREATE TABLE {part} (b text, a integer, CONSTRAINT c_own CHECK (b <> 'x'))"
    ));
    m.add(format!("INSERT INTO {part} VALUES ('y', 1)"));
    m.add(format!(
        "ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES IN (1)"
    ));
    m.comment("CONSTRAINT", &format!("c_own ON {part}"));
}

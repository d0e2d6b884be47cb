//! Tables, their constraints, indexes, triggers, rules, statistics.

use super::super::maker::{Maker, TABLE_PRIVILEGES};
use super::{Class, class, since};

pub(super) const CLASSES: &[Class] = &[
    class("constraints", constraints),
    class("foreign keys", foreign_keys),
    class("exclusion", exclusion),
    class("indexes", indexes),
    class("options of tables and columns", options),
    class("inheritance", inheritance),
    class("triggers", triggers),
    class("rules", rules),
    class("statistics", statistics),
    class("columns with privileges", columns),
    since(15, "keys in which nulls are equal", equal_nulls),
    since(18, "columns that are computed when read", virtual_column),
    since(18, "not null that is not checked yet", not_null_not_valid),
];

fn constraints(m: &mut Maker) {
    let (table, check, unique) = (m.table().name, m.name("chk"), m.name("uniq"));
    m.add(format!(
        "ALTER TABLE {table} ADD CONSTRAINT {check} CHECK (n <> 13)"
    ));
    m.add(format!(
        "ALTER TABLE {table} ADD CONSTRAINT {unique} UNIQUE (n, a) DEFERRABLE INITIALLY DEFERRED"
    ));
    m.comment("CONSTRAINT", &format!("{check} ON {table}"));
    m.comment("CONSTRAINT", &format!("{unique} ON {table}"));
    if m.chance(0.7) {
        let later = m.name("later");
        m.add(format!(
            "ALTER TABLE {table} ADD CONSTRAINT {later} CHECK (id <> 1) NOT VALID"
        ));
        m.comment("CONSTRAINT", &format!("{later} ON {table}"));
    }
    if m.chance(0.5) {
        m.add(format!(
            "ALTER TABLE {table} ADD CHECK (length(a) < 100) NO INHERIT"
        ));
    }
}

/// Also in a circle, and one that rows break.
fn foreign_keys(m: &mut Maker) {
    let (one, other) = (m.table().name, m.table().name);
    let (key, back) = (m.name("fk"), m.name("fk"));
    m.add(format!("UPDATE {one} SET n = NULL"));
    m.add(format!("UPDATE {other} SET n = NULL"));
    m.add(format!("ALTER TABLE {one} ADD CONSTRAINT {key} FOREIGN KEY (n) REFERENCES {other} ON DELETE SET NULL DEFERRABLE"));
    m.add(format!("ALTER TABLE {other} ADD CONSTRAINT {back} FOREIGN KEY (n) REFERENCES {one} MATCH FULL ON UPDATE CASCADE"));
    m.comment("CONSTRAINT", &format!("{key} ON {one}"));
    let third = m.table().name;
    m.add(format!(
        "ALTER TABLE {third} ADD FOREIGN KEY (n) REFERENCES {one} NOT VALID"
    ));
}

fn exclusion(m: &mut Maker) {
    let (table, name) = (m.place("booked"), m.name("excl"));
    m.add(format!(
        "CREATE TABLE {table} (r int4range, c circle, CONSTRAINT {name} EXCLUDE USING gist (r WITH &&) WHERE (r <> 'empty'))"
    ));
    m.add(format!(
        "INSERT INTO {table} VALUES ('[1,3)', '<(0,0),1>'), ('[3,5)', NULL)"
    ));
    m.comment("CONSTRAINT", &format!("{name} ON {table}"));
    m.comment("INDEX", &format!("{}.{name}", schema_of(&table)));
}

fn indexes(m: &mut Maker) {
    let table = m.table().name;
    let kinds = [
        "(n DESC NULLS LAST) INCLUDE (a)",
        "(lower(a) text_pattern_ops) WHERE n > 5",
        "USING hash (a)",
        "USING brin (d) WITH (pages_per_range = 16)",
        "USING gin (to_tsvector('simple', a))",
        "(n, (n + id)) WITH (fillfactor = 70)",
    ];
    for _ in 0..3 {
        let (kind, name) = (m.pick(&kinds), m.name("ix"));
        let unique = if kind.starts_with("(n DESC") {
            " UNIQUE"
        } else {
            ""
        };
        m.add(format!("CREATE{unique} INDEX {name} ON {table} {kind}"));
        m.comment("INDEX", &format!("{}.{name}", schema_of(&table)));
        if kind.contains("n + id") {
            m.add(format!(
                "ALTER INDEX {}.{name} ALTER COLUMN 2 SET STATISTICS 400",
                schema_of(&table)
            ));
        }
    }
    if m.chance(0.4) {
        let name = m.name("ix");
        m.add(format!("CREATE INDEX {name} ON {table} (d)"));
        m.add(format!("ALTER TABLE {table} CLUSTER ON {name}"));
    }
}

fn options(m: &mut Maker) {
    let table = m.table().name;
    m.add(format!("ALTER TABLE {table} SET (fillfactor = 60, autovacuum_enabled = off, toast.autovacuum_enabled = off)"));
    m.add(format!("ALTER TABLE {table} ALTER a SET STATISTICS 300, ALTER a SET STORAGE EXTERNAL, ALTER n SET (n_distinct = -0.5)"));
    let identity = m.pick(&["FULL", "NOTHING", "DEFAULT"]);
    m.add(format!("ALTER TABLE {table} REPLICA IDENTITY {identity}"));
    let unlogged = m.place("unlogged");
    m.add(format!(
        "CREATE UNLOGGED TABLE {unlogged} (i integer, j json, x xml)"
    ));
    m.add(format!("INSERT INTO {unlogged} (i) VALUES (1)"));
    let dropped = m.place("dropped");
    m.add(format!("CREATE TABLE {dropped} (gone integer, stays text)"));
    m.add(format!("INSERT INTO {dropped} VALUES (1, 'x')"));
    m.add(format!(
        "ALTER TABLE {dropped} DROP gone, ADD more integer DEFAULT 3"
    ));
    let empty = m.place("empty");
    m.add(format!("CREATE TABLE {empty} ()"));
}

fn inheritance(m: &mut Maker) {
    let parent = m.table().name;
    let child = m.place("child");
    m.add(format!("CREATE TABLE {child} (more integer, n integer DEFAULT 4, CHECK (more > 0)) INHERITS ({parent})"));
    m.add(format!("INSERT INTO {child} (id, more) VALUES (77, 1)"));
    m.made("TABLE", &child, &TABLE_PRIVILEGES);
    let grandchild = m.place("grandchild");
    m.add(format!("CREATE TABLE {grandchild} () INHERITS ({child})"));
    m.add(format!(
        "ALTER TABLE {grandchild} ALTER a SET DEFAULT 'own'"
    ));
}

/// A trigger of every kind and state.
fn triggers(m: &mut Maker) {
    let (table, function) = (m.table().name, m.trigger_function());
    let kinds = [
        "BEFORE INSERT OR UPDATE OF n",
        "AFTER DELETE",
        "AFTER UPDATE",
    ];
    for state in ["ENABLE", "DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"] {
        if m.chance(0.4) {
            continue;
        }
        let (name, kind) = (m.name("trg"), m.pick(&kinds));
        m.add(format!("CREATE TRIGGER {name} {kind} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}('it''s', 2)"));
        m.add(format!("ALTER TABLE {table} {state} TRIGGER {name}"));
        m.comment("TRIGGER", &format!("{name} ON {table}"));
    }
    let name = m.name("ct");
    m.add(format!(
        "CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.n > 3) \
         EXECUTE FUNCTION {function}()"
    ));
    let name = m.name("st");
    m.add(format!(
        "CREATE TRIGGER {name} AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    ));
}

fn rules(m: &mut Maker) {
    let (table, log, name) = (m.table().name, m.table().name, m.name("rule"));
    m.add(format!("CREATE RULE {name} AS ON DELETE TO {table} WHERE OLD.n > 5 DO ALSO INSERT INTO {log} (id) VALUES (OLD.id + 1000)"));
    m.comment("RULE", &format!("{name} ON {table}"));
    if m.chance(0.5) {
        m.add(format!("ALTER TABLE {table} DISABLE RULE {name}"));
    }
}

fn statistics(m: &mut Maker) {
    let (table, name) = (m.table().name, m.place("stat"));
    let kinds = m.pick(&["", " (ndistinct)", " (dependencies, mcv)"]);
    m.add(format!(
        "CREATE STATISTICS {name}{kinds} ON n, a FROM {table}"
    ));
    m.made("STATISTICS", &name, &[]);
    if m.version >= 14 {
        let other = m.place("stat");
        m.add(format!(
            "CREATE STATISTICS {other} ON (n + id), lower(a) FROM {table}"
        ));
        m.add(format!("ALTER STATISTICS {other} SET STATISTICS 55"));
    }
}

fn columns(m: &mut Maker) {
    let table = m.table().name;
    m.comment("COLUMN", &format!("{table}.a"));
    m.add(format!(
        "GRANT SELECT (id, a), UPDATE (n) ON {table} TO generated_reader"
    ));
    if m.chance(0.5) {
        m.add(format!("GRANT INSERT (d) ON {table} TO PUBLIC"));
    }
}

fn equal_nulls(m: &mut Maker) {
    let table = m.table().name;
    m.add(format!(
        "ALTER TABLE {table} ADD UNIQUE NULLS NOT DISTINCT (n)"
    ));
}

fn virtual_column(m: &mut Maker) {
    let table = m.place("computed");
    m.add(format!(
        "CREATE TABLE {table} (a integer, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL)"
    ));
    m.add(format!("INSERT INTO {table} VALUES (1)"));
}

fn not_null_not_valid(m: &mut Maker) {
    let (table, name) = (m.table().name, m.name("nn"));
    m.add(format!("INSERT INTO {table} (id) VALUES (99)"));
    m.add(format!(
        "ALTER TABLE {table} ADD CONSTRAINT {name} NOT NULL n NOT VALID"
    ));
    m.comment("CONSTRAINT", &format!("{name} ON {table}"));
}

/// The schema of a name that has one.
pub(super) fn schema_of(name: &str) -> &str {
    // Schemas of generated databases have no point in their names.
    name.split_once('.').map_or(name, |(schema, _)| schema)
}

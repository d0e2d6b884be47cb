//! Views, also those that an archive has in two parts, and materialized ones.

use super::super::maker::{Maker, TABLE_PRIVILEGES};
use super::tables::schema_of;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("view", view),
    class("view over a key", over_key),
    class("view in a circle", circular),
    class("view with a rule", with_rule),
    class("materialized view", materialized),
    class("materialized view over a key", materialized_over_key),
    class(
        "materialized view that a restore cannot compute",
        uncomputable,
    ),
];

fn view(m: &mut Maker) {
    let (table, name, top) = (m.table().name, m.place("v"), m.place("v"));
    m.add(format!("CREATE VIEW {name} WITH (security_barrier) AS SELECT id, a, n FROM {table} WHERE n > 5 WITH LOCAL CHECK OPTION"));
    m.made("VIEW", &name, &TABLE_PRIVILEGES);
    m.comment("COLUMN", &format!("{name}.a"));
    m.add(format!("ALTER VIEW {name} ALTER COLUMN n SET DEFAULT 6"));
    let itself = top.split_once('.').map_or(top.as_str(), |(_, name)| name);
    m.add(format!("CREATE RECURSIVE VIEW {top} (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM {itself} WHERE n < 3"));
}

/// Its query needs the primary key: the archive makes a view of the same columns first.
fn over_key(m: &mut Maker) {
    let (table, name) = (m.table().name, m.place("by_key"));
    m.add(format!(
        "CREATE VIEW {name} AS SELECT id, a, n FROM {table} GROUP BY id"
    ));
    m.made("VIEW", &name, &TABLE_PRIVILEGES);
    if m.chance(0.5) {
        let top = m.place("over");
        m.add(format!("CREATE VIEW {top} AS SELECT * FROM {name}"));
    }
}

fn circular(m: &mut Maker) {
    let (name, function) = (m.place("loop"), m.place("of_loop"));
    m.add(format!(
        "CREATE VIEW {name} AS SELECT 1 AS one, 'x'::text AS two"
    ));
    m.add(format!(
        "CREATE FUNCTION {function}() RETURNS SETOF {name} LANGUAGE sql AS 'SELECT 1, NULL::text'"
    ));
    m.add(format!(
        "CREATE OR REPLACE VIEW {name} AS SELECT one, two FROM {function}()"
    ));
    m.made("VIEW", &name, &TABLE_PRIVILEGES);
}

fn with_rule(m: &mut Maker) {
    let (table, name, rule) = (m.table().name, m.place("writable"), m.name("on_insert"));
    let function = m.trigger_function();
    m.add(format!(
        "CREATE VIEW {name} AS SELECT id, count(*) AS c FROM {table} GROUP BY id"
    ));
    m.add(format!("CREATE RULE {rule} AS ON INSERT TO {name} DO INSTEAD INSERT INTO {table} (id) VALUES (NEW.id)"));
    m.comment("RULE", &format!("{rule} ON {name}"));
    let trigger = m.name("instead");
    m.add(format!("CREATE TRIGGER {trigger} INSTEAD OF UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}()"));
    m.comment("TRIGGER", &format!("{trigger} ON {name}"));
}

fn materialized(m: &mut Maker) {
    let (table, name, top) = (m.table().name, m.place("mv"), m.place("a_mv"));
    let filled = m.pick(&["", " WITH NO DATA"]);
    m.add(format!(
        "CREATE MATERIALIZED VIEW {name} AS SELECT n, count(*) AS c FROM {table} GROUP BY n{filled}"
    ));
    m.made("MATERIALIZED VIEW", &name, &["SELECT"]);
    if filled.is_empty() {
        m.add(format!(
            "CREATE MATERIALIZED VIEW {top} AS SELECT sum(c) AS s FROM {name}"
        ));
    }
    let index = m.name("ix");
    m.add(format!("CREATE UNIQUE INDEX {index} ON {name} (n)"));
    m.comment("INDEX", &format!("{}.{index}", schema_of(&name)));
}

fn materialized_over_key(m: &mut Maker) {
    let (table, name) = (m.table().name, m.place("mv_by_key"));
    m.add(format!(
        "CREATE MATERIALIZED VIEW {name} AS SELECT id, a FROM {table} GROUP BY id"
    ));
    m.made("MATERIALIZED VIEW", &name, &["SELECT"]);
}

/// Its function has come to name a table without a schema, which a restore does not find (case B9).
fn uncomputable(m: &mut Maker) {
    let (table, function, name) = (
        m.name("unqualified"),
        m.place("counts"),
        m.place("mv_fails"),
    );
    m.add(format!("CREATE TABLE public.{table} (i integer)"));
    for schema in ["public.", ""] {
        let query = format!("SELECT count(*) FROM {schema}{table}").replace('\'', "''");
        m.add(format!(
            "CREATE OR REPLACE FUNCTION {function}() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN ({query}); END'"
        ));
        if !schema.is_empty() {
            m.add(format!(
                "CREATE MATERIALIZED VIEW {name} AS SELECT {function}() AS n"
            ));
        }
    }
}

//! What concerns the whole database: extensions, event triggers, publications, subscriptions.

use super::super::maker::Maker;
use super::{Class, class, since};

pub(super) const CLASSES: &[Class] = &[
    class("extension", extension),
    class("event trigger", event_trigger),
    class("publication", publication),
    since(15, "publication of parts", publication_of_parts),
    class("subscription", subscription),
    class("schema public", public),
];

/// The name of an extension is its own: whoever had it already keeps it. Objects of one's own on its tables are in no dump.
fn extension(m: &mut Maker) {
    let known = [
        "citext",
        "hstore",
        "pg_trgm",
        "btree_gist",
        "seg",
        "unaccent",
        "dict_int",
        "lo",
        "pg_stat_statements",
    ];
    let there: Vec<&str> = known
        .into_iter()
        .filter(|name| m.extensions.iter().any(|own| own == name))
        .collect();
    if there.is_empty() {
        return;
    }
    let (name, schema) = (m.pick(&there), m.schema());
    m.add(format!(
        "CREATE EXTENSION IF NOT EXISTS {name} SCHEMA {schema}"
    ));
    if m.chance(0.4) {
        m.add(format!(
            "COMMENT ON EXTENSION {name} IS 'ours, not the server''s'"
        ));
    }
    // Names that the extension has as well.
    let (table, function) = (m.table().name, m.schema());
    m.add(format!("CREATE OR REPLACE FUNCTION {function}.similarity(integer) RETURNS real LANGUAGE sql AS 'SELECT 1::real'"));
    m.comment("FUNCTION", &format!("{function}.similarity(integer)"));
    if name == "citext" {
        m.add(format!(
            "ALTER TABLE {table} ADD ci {schema}.citext DEFAULT 'X'"
        ));
    }
}

fn event_trigger(m: &mut Maker) {
    let (name, function) = (m.name("evt"), m.place("on_ddl"));
    m.add(format!(
        "CREATE FUNCTION {function}() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
    ));
    let event = m.pick(&[
        "ddl_command_start",
        "ddl_command_end",
        "sql_drop",
        "table_rewrite",
    ]);
    let filter = m.pick(&["", " WHEN TAG IN ('ALTER TABLE')"]);
    m.add(format!(
        "CREATE EVENT TRIGGER {name} ON {event}{filter} EXECUTE FUNCTION {function}()"
    ));
    let state = m.pick(&["ENABLE", "DISABLE", "ENABLE REPLICA", "ENABLE ALWAYS"]);
    m.add(format!("ALTER EVENT TRIGGER {name} {state}"));
    m.comment("EVENT TRIGGER", &name);
}

fn publication(m: &mut Maker) {
    let name = m.name("pub");
    let (one, other) = (m.table().name, m.table().name);
    if m.chance(0.3) {
        m.add(format!("CREATE PUBLICATION {name} FOR ALL TABLES"));
    } else {
        m.add(format!("CREATE PUBLICATION {name} FOR TABLE {one}, ONLY {other} WITH (publish = 'insert, truncate')"));
    }
    m.comment("PUBLICATION", &name);
}

fn publication_of_parts(m: &mut Maker) {
    let (name, table, schema) = (m.name("pub"), m.table().name, m.schema());
    m.add(format!(
        "CREATE PUBLICATION {name} FOR TABLE {table} (id, a) WHERE (id > 5)"
    ));
    let whole = m.name("pub");
    m.add(format!(
        "CREATE PUBLICATION {whole} FOR TABLES IN SCHEMA {schema}"
    ));
}

/// One that never connects, and has no slot that a copy could drop.
fn subscription(m: &mut Maker) {
    let name = m.name("sub");
    m.add(format!(
        "CREATE SUBSCRIPTION {name} CONNECTION 'host=''no where'' dbname=x' PUBLICATION p, \"Q\" \
         WITH (connect = false, slot_name = NONE, enabled = false)"
    ));
    m.comment("SUBSCRIPTION", &name);
}

fn public(m: &mut Maker) {
    let how = m.pick(&[
        "COMMENT ON SCHEMA public IS 'ours'",
        "COMMENT ON SCHEMA public IS NULL",
        "ALTER SCHEMA public OWNER TO generated_owner",
        "GRANT CREATE ON SCHEMA public TO generated_reader",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT ALL ON SCHEMA public TO PUBLIC",
    ]);
    m.add(how);
}

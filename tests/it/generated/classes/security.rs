//! Policies, privileges that come later, privileges on the server's own objects. Security labels are not among them: no provider of
//! labels is shipped with a server.

use super::super::maker::{Maker, ROLES};
use super::tables::schema_of;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("policies", policies),
    class("default privileges", default_privileges),
    class("privileges on the server's own", privileges_of_catalogs),
    class("privileges by way of another", chained),
];

fn policies(m: &mut Maker) {
    let (table, name) = (m.table().name, m.name("pol"));
    m.add(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
    if m.chance(0.4) {
        m.add(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"));
    }
    m.add(format!("CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR UPDATE TO generated_reader USING (n > 3) WITH CHECK (a = current_user)"));
    m.comment("POLICY", &format!("{name} ON {table}"));
    let other = m.name("pol");
    m.add(format!("CREATE POLICY {other} ON {table} USING (true)"));
}

fn default_privileges(m: &mut Maker) {
    let (schema, role) = (m.schema(), m.pick(&ROLES));
    m.add(format!("ALTER DEFAULT PRIVILEGES FOR ROLE generated_owner IN SCHEMA {schema} GRANT SELECT, INSERT ON TABLES TO {role}"));
    match m.number(4) {
        0 => m.add("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"),
        1 => m.add("ALTER DEFAULT PRIVILEGES FOR ROLE generated_owner GRANT USAGE ON SEQUENCES TO generated_reader WITH GRANT OPTION"),
        2 => m.add("ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC"),
        _ => m.add("ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO generated_reader"),
    }
}

fn privileges_of_catalogs(m: &mut Maker) {
    let what = m.pick(&[
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO generated_reader",
        "REVOKE SELECT ON pg_catalog.pg_proc FROM PUBLIC",
        "GRANT SELECT ON pg_catalog.pg_authid TO generated_reader",
        "GRANT SELECT (rolname) ON pg_catalog.pg_authid TO generated_reader",
        "REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
        "REVOKE ALL ON FUNCTION pg_catalog.lo_import(text) FROM generated_reader",
    ]);
    m.add(what);
}

/// Who was granted it with the option to grant it grants it.
fn chained(m: &mut Maker) {
    let table = m.table().name;
    let reader = ROLES[0];
    m.add(format!(
        "GRANT SELECT ON {table} TO {reader} WITH GRANT OPTION"
    ));
    let schema = schema_of(&table);
    m.add(format!("GRANT USAGE ON SCHEMA {schema} TO {reader}"));
    m.add(format!("SET SESSION AUTHORIZATION {reader}"));
    m.add(format!("GRANT SELECT ON {table} TO {}", ROLES[1]));
    m.add("RESET SESSION AUTHORIZATION");
}

//! Settings of the database, and of roles in it, of every type; its comment and its privileges.

use super::super::maker::{Maker, ROLES};
use super::{Class, class, since};

pub(super) const CLASSES: &[Class] = &[
    class("settings of the database", settings),
    class("settings of a role in the database", of_role),
    since(17, "settings since 17", since_17),
    class("the database itself", itself),
];

/// A value of every type, some of them odd.
const VALUES: [&str; 18] = [
    "work_mem TO '1234kB'",
    "enable_seqscan TO off",
    "random_page_cost TO 1.25",
    "search_path TO \"$user\", public, \"odd, \"\"schema\"",
    "search_path TO ''",
    "search_path TO \"sch\u{e9}ma\", public",
    "app.town TO 'Z\u{fc}rich'",
    "DateStyle TO 'SQL, DMY'",
    "client_min_messages TO warning",
    "\"app\".\"name\" TO 'it''s; a \\ b'",
    "app.lines TO E'two\\nlines'",
    "app.empty TO ''",
    "TimeZone TO 'Europe/Vienna'",
    "default_transaction_isolation TO 'repeatable read'",
    "statement_timeout TO '90s'",
    "temp_tablespaces TO ''",
    "bytea_output TO escape",
    "default_text_search_config TO 'pg_catalog.german'",
];

fn settings(m: &mut Maker) {
    for _ in 0..3 {
        let value = m.pick(&VALUES);
        m.add(format!("ALTER DATABASE {} SET {value}", m.database.clone()));
    }
}

fn of_role(m: &mut Maker) {
    for _ in 0..2 {
        let (value, role) = (m.pick(&VALUES), m.pick(&ROLES));
        m.add(format!(
            "ALTER ROLE {role} IN DATABASE {} SET {value}",
            m.database.clone()
        ));
    }
    if m.chance(0.3) {
        m.add(format!(
            "ALTER ROLE {} IN DATABASE {} SET role TO generated_reader",
            ROLES[1],
            m.database.clone()
        ));
    }
}

fn since_17(m: &mut Maker) {
    m.add(format!(
        "ALTER DATABASE {} SET transaction_timeout TO '1h'",
        m.database.clone()
    ));
}

fn itself(m: &mut Maker) {
    let database = m.database.clone();
    m.comment("DATABASE", &database);
    let role = m.pick(&ROLES);
    match m.number(4) {
        0 => m.add(format!(
            "GRANT CREATE, TEMPORARY ON DATABASE {database} TO {role}"
        )),
        1 => m.add(format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")),
        2 => m.add(format!(
            "ALTER DATABASE {database} OWNER TO generated_owner"
        )),
        _ => m.add(format!("ALTER DATABASE {database} CONNECTION LIMIT 7")),
    }
}

//! Functions, procedures, aggregates, languages.

use super::super::maker::Maker;
use super::{Class, class, since};

pub(super) const CLASSES: &[Class] = &[
    class("functions of one name", overloaded),
    class("function with settings", with_settings),
    class("function of every clause", clauses),
    class("procedure", procedure),
    class("aggregate", aggregate),
    class("language", language),
    class("transform", transform),
    since(14, "function with a body of SQL", sql_body),
];

const EXECUTE: [&str; 1] = ["EXECUTE"];

fn overloaded(m: &mut Maker) {
    let name = m.place("f");
    for arguments in [
        "integer",
        "text, VARIADIC integer[]",
        "a numeric DEFAULT 1, OUT b date",
    ] {
        m.add(format!(
            "CREATE FUNCTION {name}({arguments}) {} LANGUAGE sql AS 'SELECT NULL::date'",
            returns(arguments)
        ));
        let signature = match arguments {
            "integer" => "integer",
            "text, VARIADIC integer[]" => "text, VARIADIC integer[]",
            _ => "numeric",
        };
        m.made("FUNCTION", &format!("{name}({signature})"), &EXECUTE);
    }
}

fn returns(arguments: &str) -> &'static str {
    if arguments.contains("OUT") {
        ""
    } else {
        "RETURNS date"
    }
}

fn with_settings(m: &mut Maker) {
    let name = m.place("careful");
    m.add(format!(
        "CREATE FUNCTION {name}() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER \
         SET search_path TO pg_catalog, \"odd, schema\", pg_temp SET work_mem TO '1MB' SET app.its TO 'a\\b''c' \
         SET datestyle TO 'SQL, DMY' SET statement_timeout FROM CURRENT AS 'BEGIN RETURN 1; END'"
    ));
    m.made("FUNCTION", &format!("{name}()"), &EXECUTE);
    let nothing = m.place("nowhere");
    m.add(format!(
        "CREATE FUNCTION {nothing}() RETURNS integer LANGUAGE sql SET search_path TO '' AS 'SELECT 1'"
    ));
}

fn clauses(m: &mut Maker) {
    let name = m.place("rich");
    m.add(format!(
        "CREATE FUNCTION {name}(INOUT a integer, b text DEFAULT 'x;''y') RETURNS SETOF integer LANGUAGE sql \
         STABLE STRICT LEAKPROOF PARALLEL SAFE COST 7 ROWS 3 AS $body$ SELECT $1; -- a comment\n $body$"
    ));
    m.made("FUNCTION", &format!("{name}(integer, text)"), &EXECUTE);
}

fn procedure(m: &mut Maker) {
    let name = m.place("proc");
    m.add(format!(
        "CREATE PROCEDURE {name}(a integer, INOUT b text) LANGUAGE plpgsql AS 'BEGIN b := a; END'"
    ));
    m.made("PROCEDURE", &format!("{name}(integer, text)"), &EXECUTE);
}

fn aggregate(m: &mut Maker) {
    let name = m.place("total");
    m.add(format!("CREATE AGGREGATE {name}(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', PARALLEL = SAFE)"));
    m.made("AGGREGATE", &format!("{name}(integer)"), &EXECUTE);
    let ordered = m.place("mid");
    m.add(format!(
        "CREATE AGGREGATE {ordered}(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, \
         FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)"
    ));
    m.made(
        "AGGREGATE",
        &format!("{ordered}(float8 ORDER BY anyelement)"),
        &[],
    );
}

/// One whose handler is the server's own comes back as an extension only.
fn language(m: &mut Maker) {
    let (name, handler) = (m.name("lang"), m.place("handler"));
    m.add(format!(
        "CREATE FUNCTION {handler}() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'"
    ));
    m.add(format!("CREATE TRUSTED LANGUAGE {name} HANDLER {handler}"));
    m.made("LANGUAGE", &name, &["USAGE"]);
    let function = m.place("spoken");
    m.add(format!(
        "CREATE FUNCTION {function}() RETURNS integer LANGUAGE {name} AS 'BEGIN RETURN 1; END'"
    ));
}

fn transform(m: &mut Maker) {
    let name = m.place("heard");
    m.add(format!("CREATE TYPE {name} AS (a integer)"));
    m.add(format!("CREATE TRANSFORM FOR {name} LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal))"));
    m.comment("TRANSFORM FOR", &format!("{name} LANGUAGE plpgsql"));
}

fn sql_body(m: &mut Maker) {
    let (name, table) = (m.place("atomic"), m.table());
    m.add(format!(
        "CREATE FUNCTION {name}(i integer) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM {} WHERE id > i; END",
        table.name
    ));
    m.made("FUNCTION", &format!("{name}(integer)"), &EXECUTE);
}

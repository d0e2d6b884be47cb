//! Casts, operators, their classes and families, access methods, conversions.

use super::super::maker::Maker;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("cast", cast),
    class("operators", operators),
    class("operator class", operator_class),
    class("operator family", operator_family),
    class("access method", access_method),
    class("conversion", conversion),
];

fn cast(m: &mut Maker) {
    let (kind, function) = (m.place("castable"), m.place("to_int"));
    m.add(format!("CREATE TYPE {kind} AS (a integer)"));
    m.add(format!("CREATE FUNCTION {function}({kind}) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).a'"));
    let how = m.pick(&["", " AS ASSIGNMENT", " AS IMPLICIT"]);
    m.add(format!(
        "CREATE CAST ({kind} AS integer) WITH FUNCTION {function}({kind}){how}"
    ));
    m.comment("CAST", &format!("({kind} AS integer)"));
    if m.chance(0.5) {
        m.add(format!("CREATE CAST ({kind} AS text) WITH INOUT"));
    }
}

/// Several of one name, which only their types tell apart.
fn operators(m: &mut Maker) {
    let (kind, schema) = (m.place("added"), m.schema());
    let (function, left) = (m.place("plus"), m.place("minus"));
    m.add(format!("CREATE TYPE {kind} AS (a integer)"));
    m.add(format!("CREATE FUNCTION {function}({kind}, integer) RETURNS integer LANGUAGE sql AS 'SELECT ($1).a + $2'"));
    m.add(format!(
        "CREATE FUNCTION {left}({kind}) RETURNS integer LANGUAGE sql AS 'SELECT -($1).a'"
    ));
    m.add(format!(
        "CREATE OPERATOR {schema}.+ (LEFTARG = {kind}, RIGHTARG = integer, FUNCTION = {function})"
    ));
    m.add(format!(
        "CREATE OPERATOR {schema}.- (RIGHTARG = {kind}, FUNCTION = {left})"
    ));
    m.made("OPERATOR", &format!("{schema}.+ ({kind}, integer)"), &[]);
    m.made("OPERATOR", &format!("{schema}.- (NONE, {kind})"), &[]);
    if m.chance(0.5) {
        let swapped = m.place("sulp");
        m.add(format!("CREATE FUNCTION {swapped}(integer, {kind}) RETURNS integer LANGUAGE sql AS 'SELECT ($2).a + $1'"));
        m.add(format!(
            "CREATE OPERATOR {schema}.+ (LEFTARG = integer, RIGHTARG = {kind}, FUNCTION = {swapped}, COMMUTATOR = OPERATOR({schema}.+))"
        ));
    }
}

fn operator_class(m: &mut Maker) {
    let name = m.place("ops");
    m.add(format!(
        "CREATE OPERATOR CLASS {name} FOR TYPE integer USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, \
         OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer)"
    ));
    let using = format!("{name} USING btree");
    m.comment("OPERATOR CLASS", &using);
    m.comment("OPERATOR FAMILY", &using);
    let (table, index) = (m.table(), m.name("i"));
    m.add(format!("CREATE INDEX {index} ON {} (n {name})", table.name));
}

fn operator_family(m: &mut Maker) {
    let name = m.place("family");
    m.add(format!("CREATE OPERATOR FAMILY {name} USING btree"));
    m.comment("OPERATOR FAMILY", &format!("{name} USING btree"));
    if m.chance(0.6) {
        m.add(format!("ALTER OPERATOR FAMILY {name} USING btree ADD OPERATOR 1 < (integer, bigint), FUNCTION 1 btint48cmp(integer, bigint)"));
    }
}

fn access_method(m: &mut Maker) {
    let name = m.name("am");
    m.add(format!(
        "CREATE ACCESS METHOD {name} TYPE TABLE HANDLER heap_tableam_handler"
    ));
    m.comment("ACCESS METHOD", &name);
    let table = m.place("accessed");
    m.add(format!("CREATE TABLE {table} (i integer) USING {name}"));
}

fn conversion(m: &mut Maker) {
    let name = m.place("conv");
    m.add(format!(
        "CREATE CONVERSION {name} FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"
    ));
    m.made("CONVERSION", &name, &[]);
}

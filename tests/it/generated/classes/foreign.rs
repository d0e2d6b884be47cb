//! Foreign data, without any server that is there.

use super::super::maker::Maker;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[class("foreign data", foreign)];

fn foreign(m: &mut Maker) {
    let (wrapper, server, table) = (m.name("fdw"), m.name("far"), m.place("ft"));
    m.add(format!(
        "CREATE FOREIGN DATA WRAPPER {wrapper} OPTIONS (debug 'it''s')"
    ));
    m.made("FOREIGN DATA WRAPPER", &wrapper, &["USAGE"]);
    m.add(format!("CREATE SERVER {server} TYPE 'none' VERSION '1' FOREIGN DATA WRAPPER {wrapper} OPTIONS (host 'nowhere')"));
    m.made("SERVER", &server, &["USAGE"]);
    m.add(format!(
        "CREATE USER MAPPING FOR postgres SERVER {server} OPTIONS (\"user\" 'x', password 'it''s')"
    ));
    if m.chance(0.5) {
        m.add(format!("CREATE USER MAPPING FOR PUBLIC SERVER {server}"));
    }
    m.add(format!("CREATE FOREIGN TABLE {table} (i integer OPTIONS (name 'I') NOT NULL DEFAULT 4, CHECK (i > 0)) SERVER {server} OPTIONS (t 'x')"));
    m.made("FOREIGN TABLE", &table, &["SELECT"]);
    m.comment("COLUMN", &format!("{table}.i"));
    let (parted, part) = (m.place("part_far"), m.place("pf"));
    m.add(format!(
        "CREATE TABLE {parted} (i integer) PARTITION BY RANGE (i)"
    ));
    m.add(format!("CREATE FOREIGN TABLE {part} PARTITION OF {parted} FOR VALUES FROM (0) TO (9) SERVER {server}"));
}

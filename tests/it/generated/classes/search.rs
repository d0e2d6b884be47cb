//! Objects of text search.

use super::super::maker::Maker;
use super::{Class, class};

pub(super) const CLASSES: &[Class] = &[
    class("text search configuration", configuration),
    class("text search dictionary", dictionary),
    class("text search parser", parser),
    class("text search template", template),
];

fn configuration(m: &mut Maker) {
    let (name, words) = (m.place("search"), m.place("words"));
    m.add(format!(
        "CREATE TEXT SEARCH DICTIONARY {words} (TEMPLATE = simple, accept = false)"
    ));
    m.add(format!(
        "CREATE TEXT SEARCH CONFIGURATION {name} (COPY = english)"
    ));
    m.add(format!(
        "ALTER TEXT SEARCH CONFIGURATION {name} ALTER MAPPING FOR asciiword WITH {words}, simple"
    ));
    m.made("TEXT SEARCH CONFIGURATION", &name, &[]);
}

fn dictionary(m: &mut Maker) {
    let name = m.place("stem");
    m.add(format!(
        "CREATE TEXT SEARCH DICTIONARY {name} (TEMPLATE = snowball, language = german)"
    ));
    m.made("TEXT SEARCH DICTIONARY", &name, &[]);
}

fn parser(m: &mut Maker) {
    let name = m.place("parser");
    m.add(format!(
        "CREATE TEXT SEARCH PARSER {name} (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)"
    ));
    m.made("TEXT SEARCH PARSER", &name, &[]);
}

fn template(m: &mut Maker) {
    let name = m.place("template");
    m.add(format!(
        "CREATE TEXT SEARCH TEMPLATE {name} (INIT = dsimple_init, LEXIZE = dsimple_lexize)"
    ));
    m.made("TEXT SEARCH TEMPLATE", &name, &[]);
}

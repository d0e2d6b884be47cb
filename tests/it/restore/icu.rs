//! Locales and collations of ICU, by their names.

use pgbackman_tests::postgres::{Cluster, Version};

use super::state::described;
use super::support::{RestoreLab, content};
use crate::roundtrip::assert_same;

/// The distribution's server knows ICU; those of 16 to 18 that are tested do not.
#[test]
fn locales_and_collations_of_icu_come_back_and_a_target_without_them_is_refused() {
    let source = Cluster::private(Version::Installed);
    let asked = "SELECT count(*) FROM pg_collation WHERE collname = 'nb-NO-x-icu'";
    assert_eq!(
        source.psql("postgres", asked).trim(),
        "1",
        "the installed PostgreSQL was built without ICU"
    );
    source.psql_script(
        "postgres",
        "CREATE DATABASE norsk TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'nb-NO' LC_COLLATE 'C' LC_CTYPE 'C';\n\
         CREATE DATABASE root TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'und' LC_COLLATE 'C' LC_CTYPE 'C';\n\
         CREATE DATABASE columns TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C';",
    );
    source.psql(
        "norsk",
        "CREATE TABLE t AS SELECT unnest(ARRAY['ål', 'alt', 'øl', 'zz']) AS x",
    );
    source.psql_script(
        "columns",
        "CREATE TABLE t (a text COLLATE \"und-x-icu\", b text COLLATE \"nb-NO-x-icu\" DEFAULT 'COLLATE pg_catalog.\"x\"');\n\
         CREATE COLLATION numeric_first (provider = icu, locale = 'en-u-kn-true');\n\
         CREATE INDEX i ON t (a COLLATE numeric_first);",
    );
    let target = Cluster::private(Version::Installed);
    let lab = RestoreLab::new(&source, &target);
    for name in ["norsk", "root", "columns"] {
        let backup = lab.backup(name, "FULL");
        lab.restore(&backup, name).succeed();
        assert_same(
            &described(&target, name, &[]),
            &described(&source, name, &[]),
        );
        assert_eq!(content(&target, name), content(&source, name));
    }
    let order = "SELECT string_agg(x, ' ' ORDER BY x) FROM t";
    assert_eq!(target.psql("norsk", order).trim(), "alt zz øl ål");

    let without = Cluster::private(Version::V16);
    let lab = RestoreLab::new(&source, &without);
    let backup = lab.backup("norsk", "FULL");
    lab.restore(&backup, "norsk").refused(&["ICU"]);
    let backup = lab.backup("columns", "FULL");
    lab.restore(&backup, "columns")
        .refused(&["\"nb-NO-x-icu\", \"und-x-icu\"", "built without ICU"]);
    let backup = lab.backup("", "CLUSTER");
    lab.restore(&backup, "")
        .refused(&["The database norsk has the ICU locale nb-NO"]);
}

#[test]
fn a_target_whose_imported_collations_were_removed_knows_icu_all_the_same() {
    let source = Cluster::private(Version::Installed);
    source.psql(
        "postgres",
        "CREATE DATABASE norsk TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'nb-NO' LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    let target = Cluster::private(Version::Installed);
    target.psql(
        "postgres",
        "DELETE FROM pg_collation WHERE collprovider = 'i'",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("norsk", "FULL");
    lab.restore(&backup, "norsk").succeed();
    assert_eq!(
        target.psql(
            "postgres",
            "SELECT datlocprovider, daticulocale FROM pg_database WHERE datname = 'norsk'"
        ),
        "i|nb-NO"
    );
}

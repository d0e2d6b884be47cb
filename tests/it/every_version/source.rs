//! A node with roles, settings, privileges and a database that every version from 12 on can have, backed up with every code.

use pgbackman_tests::postgres::Cluster;

use super::likeness::Likeness;
use crate::restore::support::{Backup, RestoreLab};
use crate::roundtrip::{NOT_NEEDED, build_for_every_version};

/// The database, which is LATIN1 on a UTF8 node. `pg_dumpall` takes no name with a newline.
pub(super) const NAME: &str = "Orders \"1\"; $x ü";
/// A second one, for CLUSTER.
pub(super) const SECOND: &str = "second";

/// A node that has been backed up.
pub(super) struct Source<'c> {
    pub(super) lab: RestoreLab<'c>,
    pub(super) node: &'c Cluster,
    pub(super) full: Backup,
    pub(super) schema: Backup,
    pub(super) data: Backup,
    pub(super) rds: Backup,
    pub(super) cluster: Backup,
    pub(super) like: Likeness,
}

impl<'c> Source<'c> {
    pub(super) fn build(node: &'c Cluster) -> Self {
        build_for_every_version(node, NAME);
        for role in NOT_NEEDED {
            node.psql("postgres", &format!("DROP ROLE {role}"));
        }
        node.psql_script(
            "postgres",
            &format!(
                "CREATE DATABASE {SECOND} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8';"
            ),
        );
        node.psql_script(
            SECOND,
            "CREATE TABLE t AS SELECT n, 'it''s; $x$' AS x FROM generate_series(1, 100) n; GRANT SELECT ON t TO reader;",
        );
        node.psql_script(NAME, MORE);
        if node.version().major() >= 15 {
            node.psql_script("postgres", include_str!("../roundtrip/sql/cluster_15.sql"));
        }
        let lab = super::lab(node);
        Self {
            full: lab.backup(NAME, "FULL"),
            schema: lab.backup(NAME, "SCHEMA"),
            data: lab.backup(NAME, "DATA"),
            rds: lab.backup(NAME, "RDS"),
            cluster: lab.backup("", "CLUSTER"),
            like: Likeness::of(node),
            lab,
            node,
        }
    }

    pub(super) fn major(&self) -> u32 {
        self.node.version().major()
    }
}

/// Materialized views that read others, and what 12 has besides.
const MORE: &str = "\
    CREATE MATERIALIZED VIEW public.totals AS SELECT count(*) AS n, sum(length(note)) AS length FROM public.plain;\n\
    CREATE MATERIALIZED VIEW public.a_total_of_totals AS SELECT n * 2 AS twice FROM public.totals;\n\
    CREATE TABLE public.parts (id int GENERATED ALWAYS AS IDENTITY, day date NOT NULL, double int GENERATED ALWAYS AS (2) STORED) \
        PARTITION BY RANGE (day);\n\
    CREATE TABLE public.parts_2026 PARTITION OF public.parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n\
    CREATE INDEX ON public.parts (day) INCLUDE (id);\n\
    INSERT INTO public.parts (day) SELECT '2026-01-01'::date + n FROM generate_series(0, 50) n;\n\
    CREATE PROCEDURE public.p(n int) LANGUAGE sql AS 'SELECT 1';\n\
    CREATE STATISTICS public.st ON id, day FROM public.parts;\n";

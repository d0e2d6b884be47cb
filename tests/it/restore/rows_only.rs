//! Rows that go into tables that are there, and what an archive has that a target cannot take whatever its version.

use std::fs;

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

#[test]
fn triggers_that_rows_fire_are_named_and_positions_come_with_a_table() {
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    let shop = "CREATE TABLE audit (what text); CREATE TABLE t (id serial, n int); CREATE TABLE plain (id int GENERATED ALWAYS AS IDENTITY);
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'begin insert into public.audit values (tg_name); return new; end';
        CREATE TRIGGER audits BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TRIGGER sleeps BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE t DISABLE TRIGGER sleeps;
        CREATE TRIGGER watches AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
        CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE TRIGGER clones AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION note();";
    for cluster in [&source, &target] {
        cluster.psql("postgres", "CREATE DATABASE shop");
        cluster.psql_script("shop", shop);
    }
    source.psql_script(
        "shop",
        "INSERT INTO t (n) VALUES (1), (2); INSERT INTO plain DEFAULT VALUES; INSERT INTO p VALUES (1); TRUNCATE audit;",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "DATA");
    let output = lab.restore(&backup, "shop").with("-t t -t p1").run();
    assert_eq!(output.code, 8, "{}", output.stderr);
    let message = &lab.last_result()["message"];
    assert!(
        message.contains("audits on public.t") && message.contains("clones on public.p1"),
        "{message}"
    );
    for silent in ["sleeps", "watches"] {
        assert!(!message.contains(silent), "{message}");
    }
    assert_eq!(
        target.psql("shop", "SELECT nextval('t_id_seq')").trim(),
        "3"
    );
    assert_eq!(
        target.psql("shop", "SELECT nextval('plain_id_seq')").trim(),
        "1"
    );
    target.psql("shop", "TRUNCATE t, p, audit");
    lab.restore(&backup, "shop")
        .with("-t t -t p1 --disable-triggers")
        .succeed();
    assert_eq!(
        target.psql("shop", "SELECT count(*) FROM audit").trim(),
        "0"
    );
}

#[test]
fn a_compression_that_the_target_was_built_without_is_refused_before_anything_is_changed() {
    let (source, target) = (
        Cluster::private(Version::V17),
        Cluster::private(Version::V18),
    );
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script(
        "shop",
        "CREATE TABLE packed (id int, note text COMPRESSION lz4); CREATE TABLE plain (note text); INSERT INTO plain VALUES ('x');",
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup("shop", "FULL");
    lab.restore(&backup, "shop").refused(&[
        "the compression lz4 of a column (public.packed)",
        "the target was not changed",
    ]);
    lab.restore(&backup, "shop").with("-t plain").succeed();
    assert_eq!(target.psql("shop", "SELECT note FROM plain").trim(), "x");
    // A whole node's script.
    let cluster = lab.backup("", "CLUSTER");
    target.psql("postgres", "DROP DATABASE shop");
    lab.restore(&cluster, "")
        .refused(&["the compression lz4 of a column (public.packed)"]);
}

#[test]
fn v1_a_function_that_no_server_takes_is_named_before_anything_is_changed() {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql_script(
        "shop",
        "CREATE TABLE plain (n int); CREATE FUNCTION empty() RETURNS int LANGUAGE sql AS 'select 1';
         SELECT set_config('search_path', '', false); ALTER FUNCTION public.empty() SET search_path FROM CURRENT;",
    );
    let lab = RestoreLab::new(&source, &source);
    let backup = lab.backup_that_exits(8, "shop", "FULL");
    lab.restore(&backup, "copy").refused(&[
        "pg_dump before 19 writes as a syntax error: public.empty",
        "the target was not changed",
    ]);
    lab.restore(&backup, "copy").with("-t plain").succeed();
}

#[test]
fn an_archive_of_a_newer_format_is_refused_by_name() {
    let source = Cluster::private(Version::Installed);
    source.psql("postgres", "CREATE DATABASE shop");
    source.psql("shop", "CREATE TABLE t (n int)");
    let lab = RestoreLab::new(&source, &source);
    let mut backup = lab.backup("shop", "FULL");
    // Nothing but the archive itself says what it is.
    fs::remove_file(backup.manifest_file.take().unwrap()).unwrap();
    backup.checksum = None;
    let toc = backup.dump_file.join("toc.dat");
    let mut bytes = fs::read(&toc).unwrap();
    // Behind PGDMP and the first number of the version.
    bytes[6] = 17;
    fs::write(&toc, bytes).unwrap();
    lab.restore(&backup, "copy").refused(&[
        "version 1.17 of pg_dump's archive format",
        "use a newer release of PgBackMan",
        "the target was not changed",
    ]);
}

//! What is where, and how to continue.

use super::backups::FullBackup;
use super::{restore, sample};
use crate::installation::{HOST, Layout, Node, SUPERUSER};
use crate::task::step;

/// Says it.
pub(super) fn say_goodbye(layout: &Layout, node: &Node<'_>, full: &FullBackup, with_cron: bool) {
    step("Done. Where things are");
    let dir = layout.dir().display();
    let config = layout.config();
    let config = config.display();
    let pgpass = layout.password_file();
    let keeps_running = if with_cron {
        "pgbackman_control, cron and atd run in a namespace of their own, and so do both PostgreSQL servers"
    } else {
        "pgbackman_control and both PostgreSQL servers keep running; there is no cron"
    };
    println!(
        "
    {dir}/
      bin/                 the programs
      catalogue/           the embedded catalogue, and the configuration: pgbackman.conf
      node/                the sample PostgreSQL node
      backups/             the backups, by node
      cron.d/              the crontab that control writes
      log/                 the output of the services; the programs' own log is {program_log}

    {keeps_running}.
    The backup that was restored: {archive}

    Look around:

      export PGPASSFILE={pgpass}
          the password of the sample node, for the shell and psql
      {dir}/bin/pgbackman --config {config}
          the shell. Try: help, show_backup_definitions all all all, show_backup_details {bck_id}
      {dir}/bin/pgbackman --config {config} -o json -C 'show_backup_catalog all all all all all'
      {dir}/bin/pgbackman_report --config {config} --html {dir}/report.html
          a page that shows all backups, for a browser
      {dir}/bin/pgbackman_status_info --config {config} --check
          checks what needs attention (nobody is notified of failures yet)
      psql -h {HOST} -p {port} -U {superuser} {restored} -c '\\dt sales.*' -c 'SELECT count(*) FROM sales.\"Order\"'
          the restored database, whose tables are in the schemas sales and Stock Keeping; {sample} is the original

    It does not restart after a reboot: `cargo xtask quickstart` creates it again.

    Back up the other databases too, and watch {dir}/cron.d/pgsql_node_1 change:

      {dir}/bin/pgbackman --config {config} -C 'register_backup_definition 1 1 #databases_without_backup_definitions# \"\" \"\" \"\" * * * FULL \
         false \"7 days\" 1 \"\" ACTIVE \"\"'

    To install PgBackMan permanently, see README.md, \"Ten minutes from nothing to a restored backup\". The manual is docs/manual. Remove everything with: cargo xtask quickstart --clean --dir {dir}
",
        archive = full.archive.display(),
        bck_id = full.bck_id,
        program_log = layout.program_log().display(),
        pgpass = pgpass.display(),
        port = node.port(),
        superuser = SUPERUSER,
        restored = restore::RESTORED,
        sample = sample::DATABASE,
    );
}

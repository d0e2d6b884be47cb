//! A machine with systemd, from the installation to the purge.

use std::fs;
use std::path::Path;

use super::machine::{Init, Machine, outside};
use super::observed::{BACKUPS, CONFIG, PATIENCE, catalogue, count_manifests};
use super::script::{install, nothing_is_enabled};
use super::{expect, minor, root, watched};
use crate::task::{Context, Result, TaskError, say, step};

/// How long what is done in the background may take; cron and at look once a minute.
/// The life of the package.
///
/// # Errors
///
/// When something is not as it should be.
pub(super) fn run(bare: &Path, place: &Path, first: &Path, newer: &Path) -> Result<()> {
    step("a machine with systemd: installation");
    root::copy(bare, place, &[first, newer])?;
    root::first_suite(place)?;
    let mut machine = Machine::start(place, Init::Systemd, &place.with_extension("console"))?;
    let said = install(&machine, first)?;
    nothing_is_enabled(&machine)?;
    after_installation(&machine, &said)?;
    two_commands(&mut machine)?;
    watched::run(&mut machine, place)?;
    by_cron(&mut machine)?;
    minor::run(&mut machine, place)?;
    restored(&mut machine)?;
    upgraded(&mut machine, place, newer)?;
    purged(&machine, place)
}

fn after_installation(machine: &Machine, said: &str) -> Result<()> {
    expect(
        said.contains("pgbackman_setup server --embedded"),
        "the installation prints the next steps",
    )?;
    let account = machine.run("getent", &["passwd", "pgbackman"])?;
    expect(
        account.trim().ends_with(":/var/lib/pgbackman:/bin/sh"),
        "the job user exists",
    )?;
    let modes = machine.run(
        "stat",
        &[
            "--format=%a %U %n",
            BACKUPS,
            "/var/log/pgbackman",
            "/var/lib/pgbackman",
        ],
    )?;
    expect(
        modes
            == "700 pgbackman /srv/pgbackman\n750 pgbackman /var/log/pgbackman\n750 pgbackman /var/lib/pgbackman\n",
        "its directories are its own",
    )?;
    let (code, said) = machine.code("systemctl", &["is-active", "pgbackman-control"])?;
    expect(
        code != Some(0),
        &format!("control does not run yet: {}", said.trim()),
    )?;
    let units = machine.run("find", &["/usr/lib/systemd/system", "-name", "pgbackman*"])?;
    let units: Vec<&str> = units.lines().collect();
    let mut arguments = vec!["verify", "--man=no"];
    arguments.extend(&units);
    let said = machine.run("systemd-analyze", &arguments)?;
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("pgbackman"))
        .collect();
    expect(
        ours.is_empty(),
        &format!(
            "systemd reports no problems in {} units{}",
            units.len(),
            ours.join("\n")
        ),
    )
}

/// What the installation promised.
fn two_commands(machine: &mut Machine) -> Result<()> {
    step("two commands to a first backup");
    sample(machine)?;
    let said = machine.run("pgbackman_setup", &["server", "--embedded"])?;
    println!("{}", indented(&said));
    let said = machine.run("pgbackman_setup", &["node", "--local", "--now"])?;
    println!("{}", indented(&said));
    wait_for_backups(machine, "AT", 1)?;
    say("the first backup SUCCEEDED");
    let (code, said) = machine.code("pgbackman_setup", &["server", "--check"])?;
    println!("{}", indented(&said));
    // Nobody has said yet to whom failures are reported.
    let warned = said
        .lines()
        .filter(|line| line.contains("[WARNING]"))
        .count();
    expect(
        code == Some(8) && warned == 1 && said.contains("nobody is notified of failed backups"),
        "everything is OK in pgbackman_setup server --check, except that nobody is notified of failures",
    )
}

/// Something to back up, in the server that Debian's package has made.
fn sample(machine: &Machine) -> Result<()> {
    let sql =
        "CREATE TABLE item AS SELECT n, md5(n::text) AS word FROM generate_series(1, 1000) AS n";
    for arguments in [
        &["createdb", "orders"][..],
        &["psql", "--quiet", "--dbname=orders", "--command", sql],
    ] {
        let mut all = vec!["-u", "postgres", "--"];
        all.extend(arguments);
        machine.run("runuser", &all)?;
    }
    Ok(())
}

fn by_cron(machine: &mut Machine) -> Result<()> {
    step("backups by cron");
    shell(
        machine,
        "register_backup_definition 1 /var/run/postgresql orders \"\" * * * * * FULL false \"7 days\" 2 \"\" ACTIVE \
         \"every minute\"",
    )?;
    wait_for_backups(machine, "CRON", 1)?;
    say("cron has taken one");
    Ok(())
}

fn restored(machine: &mut Machine) -> Result<()> {
    step("a restore");
    let list = catalogue(machine)?;
    let backup = list
        .iter()
        .find(|row| row.dbname == "orders" && row.method == "CRON")
        .ok_or_else(|| TaskError::new("the catalogue has no backup of orders"))?;
    shell(
        machine,
        &format!(
            "register_restore_definition now {} /var/run/postgresql orders_again \"\" \"\" all",
            backup.bck_id
        ),
    )?;
    let count = machine.wait(PATIENCE, "the restored database", |machine| {
        let (code, said) = machine
            .code(
                "runuser",
                &[
                    "-u",
                    "postgres",
                    "--",
                    "psql",
                    "--no-align",
                    "--tuples-only",
                    "--dbname=orders_again",
                    "--command=SELECT count(*) FROM item",
                ],
            )
            .ok()?;
        (code == Some(0)).then(|| said.trim().to_owned())
    })?;
    expect(count == "1000", "the restored table has its 1000 rows")
}

fn upgraded(machine: &mut Machine, place: &Path, newer: &Path) -> Result<()> {
    step("upgrade");
    let config = outside(place, CONFIG);
    let before = fs::read_to_string(&config).context(|| "the configuration is gone".into())?;
    let before = format!("{before}\n# An administrator's remark.\n");
    fs::write(&config, &before).context(|| "could not change the configuration".into())?;
    let pid = main_pid(machine)?;
    let taken = catalogue(machine)?.len();
    install(machine, newer)?;
    let version = machine.run(
        "dpkg-query",
        &["--show", "--showformat=${Version}", "pgbackman"],
    )?;
    expect(
        version.starts_with("2.0.1"),
        &format!("the newer package is installed ({version})"),
    )?;
    let after = fs::read_to_string(&config).unwrap_or_default();
    expect(after == before, "the changed configuration is kept")?;
    expect(
        outside(place, "/etc/pgbackman/pgbackman.conf.dpkg-dist").exists(),
        "the new one is next to it",
    )?;
    let again = main_pid(machine)?;
    expect(again != pid, "control was started again")?;
    machine.wait(PATIENCE, "a backup after the upgrade", |machine| {
        (catalogue(machine).ok()?.len() > taken).then_some(())
    })?;
    say("backups continue");
    Ok(())
}

fn purged(machine: &Machine, place: &Path) -> Result<()> {
    step("removal and purge");
    let manifests = || count_manifests(&outside(place, BACKUPS));
    let before = manifests();
    machine.run("apt-get", &["remove", "--yes", "--quiet", "pgbackman"])?;
    let (code, _) = machine.code("systemctl", &["is-active", "--quiet", "pgbackman-control"])?;
    expect(code != Some(0), "after the removal control has stopped")?;
    let crontabs = machine.run("find", &["/etc/cron.d", "-name", "pgsql_node_*"])?;
    expect(
        crontabs.trim().is_empty(),
        "cron does not start removed programs",
    )?;
    expect(
        outside(place, CONFIG).exists(),
        "the configuration is kept until the purge",
    )?;
    let said = machine.run("apt-get", &["purge", "--yes", "--quiet", "pgbackman"])?;
    println!(
        "{}",
        indented(
            said.lines()
                .skip_while(|line| !line.starts_with("PgBackMan:"))
                .collect::<Vec<_>>()
                .join("\n")
                .as_str()
        )
    );
    expect(!outside(place, CONFIG).exists(), "then it is deleted")?;
    expect(
        !outside(place, "/var/log/pgbackman").exists(),
        "and so is the log",
    )?;
    let after = manifests();
    expect(
        before > 0 && after >= before,
        &format!("all {before} backups still exist"),
    )?;
    expect(
        said.contains(&format!("{BACKUPS}: {after} backups")),
        "the purge prints their location",
    )
}

/// The process of control.
fn main_pid(machine: &Machine) -> Result<String> {
    machine.run(
        "systemctl",
        &["show", "--property=MainPID", "pgbackman-control"],
    )
}

/// One command of the shell, as the job user: who reaches the node.
fn shell(machine: &Machine, command: &str) -> Result<String> {
    machine.run(
        "env",
        &[
            "HOME=/var/lib/pgbackman",
            "runuser",
            "-u",
            "pgbackman",
            "--",
            "pgbackman",
            "-C",
            command,
        ],
    )
}

/// Waits until so many backups of the database SUCCEEDED; one that did not ends it.
fn wait_for_backups(machine: &mut Machine, method: &str, wanted: usize) -> Result<()> {
    let mut bad = None;
    machine.wait(PATIENCE, &format!("a backup by {method}"), |machine| {
        let rows = catalogue(machine).ok()?;
        bad = rows
            .iter()
            .find(|row| row.status == "ERROR")
            .map(|row| row.bck_id.clone());
        let good = rows
            .iter()
            .filter(|row| {
                row.dbname == "orders" && row.method == method && row.status == "SUCCEEDED"
            })
            .count();
        (bad.is_some() || good >= wanted).then_some(())
    })?;
    match bad {
        None => Ok(()),
        Some(id) => Err(TaskError::new(shell(
            machine,
            &format!("show_backup_details {id}"),
        )?)),
    }
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("    | {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

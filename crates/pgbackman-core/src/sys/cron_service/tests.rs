use std::fs;

use super::*;

fn process(name: &str, program: &str, arguments: &[&str]) -> Process {
    Process {
        pid: 100,
        name: name.to_owned(),
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
        program: Some(PathBuf::from(program)),
        of_this_system: true,
    }
}

fn package(name: &str) -> Package {
    Package {
        name: name.to_owned(),
        version: "1.2-3".to_owned(),
    }
}

fn kinds(processes: &[Process], owner: &dyn Fn(&Path) -> Option<Package>) -> Vec<Kind> {
    let root = tempfile::tempdir().unwrap();
    let crons = of(processes, root.path(), owner);
    crons.here.iter().map(|cron| cron.kind).collect()
}

#[test]
fn c9_a_cron_is_known_by_its_package_and_its_program() {
    let nobody = |_: &Path| None;
    let cron = process("cron", "/usr/sbin/cron", &["/usr/sbin/cron", "-f"]);
    let crond = process("crond", "/usr/sbin/crond", &["/usr/sbin/crond", "-n"]);
    assert_eq!(
        kinds(std::slice::from_ref(&cron), &|_| Some(package("cron"))),
        [Kind::Debian]
    );
    assert_eq!(
        kinds(std::slice::from_ref(&crond), &|_| Some(package("cronie"))),
        [Kind::Cronie]
    );
    assert_eq!(kinds(&[cron], &nobody), [Kind::Unknown]);
    assert_eq!(
        kinds(&[crond], &|_| Some(package("dcron"))),
        [Kind::Unknown]
    );
    for (name, arguments) in [
        ("crond", vec!["crond"]),
        ("busybox", vec!["busybox", "crond"]),
    ] {
        let busybox = process(name, "/usr/bin/busybox", &arguments);
        assert_eq!(kinds(&[busybox], &nobody), [Kind::BusyBox]);
    }
    let shell = process("sh", "/usr/bin/busybox", &["sh"]);
    assert_eq!(kinds(&[shell], &nobody), []);
    let parts = ["bcron-sched", "bcron-spool"]
        .map(|name| process(name, &format!("/usr/sbin/{name}"), &[name]));
    assert_eq!(kinds(&parts, &|_| Some(package("bcron"))), [Kind::Bcron]);
}

#[test]
fn c9_a_job_of_cron_is_no_second_cron_and_that_of_a_container_none_of_ours() {
    let cron = process("cron", "/usr/sbin/cron", &["/usr/sbin/cron"]);
    let inside = Process {
        pid: 812,
        of_this_system: false,
        ..process("crond", "/usr/sbin/crond", &["crond"])
    };
    let root = tempfile::tempdir().unwrap();
    let crons = of(&[cron.clone(), cron, inside], root.path(), &|_| None);
    assert_eq!(crons.here.len(), 1);
    assert_eq!(crons.elsewhere, [("crond".to_owned(), 812)]);
}

#[test]
fn c9_systemd_cron_is_there_where_systemd_runs_its_generator() {
    let root = tempfile::tempdir().unwrap();
    let generator = root.path().join(SYSTEMD_CRON[0]);
    fs::create_dir_all(generator.parent().unwrap()).unwrap();
    fs::write(&generator, "").unwrap();
    let found = || of(&[], root.path(), &|_| Some(package("systemd-cron"))).here;
    assert_eq!(found(), []);
    fs::create_dir_all(root.path().join(SYSTEMD_RUNS)).unwrap();
    assert_eq!(found()[0].kind, Kind::SystemdCron);
    assert!(found()[0].to_string().starts_with("systemd-cron 1.2-3 ("));
}

#[test]
fn c9_an_installed_cron_is_known_without_its_process() {
    let root = tempfile::tempdir().unwrap();
    let sbin = root.path().join("usr/sbin");
    fs::create_dir_all(&sbin).unwrap();
    let kinds = |owner: Owner<'_>| -> Vec<Kind> {
        let crons = installed_below(root.path(), owner);
        crons.iter().map(|cron| cron.kind).collect()
    };
    assert_eq!(kinds(&|_| None), []);
    fs::write(sbin.join("busybox"), "").unwrap();
    std::os::unix::fs::symlink("busybox", sbin.join("crond")).unwrap();
    assert_eq!(kinds(&|_| None), [Kind::BusyBox]);
    fs::remove_file(sbin.join("crond")).unwrap();
    fs::write(sbin.join("bcron-sched"), "").unwrap();
    assert_eq!(kinds(&|_| Some(package("bcron"))), [Kind::Bcron]);
}

#[test]
fn c11_cronie_reads_names_with_dots_and_lets_only_root_in() {
    for name in ["pgsql_node_1", "pgsql_node_1.bak", "a,b", "x.dpkg-old"] {
        assert!(Kind::Cronie.reads(name), "{name}");
    }
    for name in [".hidden", "tilde~", "x.rpmsave"] {
        assert!(!Kind::Cronie.reads(name), "{name}");
    }
    assert!(!Kind::Debian.reads("pgsql_node_1.bak"));
    assert!(Kind::Debian.lets_everybody_in() && !Kind::Cronie.lets_everybody_in());
}

//! What long lists cost.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use super::fleet::Fleet;

/// What the shell may take at most while it shows 100 000 rows, in KiB. 1.2 took 448, 57 and 821 MiB (trap 36); this one
/// takes 15 MiB, whatever the form.
const BOUND: u64 = 32 * 1024;

/// What triggers would do about each backup is not looked at.
const FILL: &str = "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, retention_period, \
        retention_redundancy, job_status) VALUES (1, 1, 'shop', 'FULL', '7 days', 1, 'ACTIVE'); \
    SET session_replication_role = replica; \
    INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, pg_dump_file, \
        pg_dump_file_size, global_log_file, execution_status, execution_method) \
    SELECT 1, 1, 1, 'shop æøå ' || n % 500, t, t + interval '6 s', interval '6 s', '/srv/' || n, n, '/log', 'SUCCEEDED', 'CRON' \
    FROM generate_series(1, 100000) AS n \
    CROSS JOIN LATERAL (SELECT timestamptz '2020-01-01' + n * interval '1 min') AS moment (t); \
    ANALYZE backup_catalog";

/// The most memory a process has taken so far, in KiB (`VmHWM`, proc(5)).
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn trap_36_a_hundred_thousand_rows_are_shown_without_being_held() {
    let fleet = Fleet::new();
    fleet.query(FILL);
    for (format, lines) in [
        ("table", 100_004),
        ("csv", 100_001),
        ("json", 100_002),
        ("json2", 100_002),
    ] {
        let mut child = fleet
            .sandbox
            .command("pgbackman")
            .args(["-o", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The shell still lives, waiting for its next command, when the end of the list has been read.
        writeln!(
            stdin,
            "show_backup_catalog all all all all all\nshell echo END-OF-LIST"
        )
        .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let shown = stdout
            .lines()
            .map(Result::unwrap)
            .take_while(|line| line != "END-OF-LIST")
            .filter(|line| !line.starts_with(['#', '-']))
            .count();
        let peak = peak(child.id());
        drop(stdin);
        child.wait().unwrap();
        println!("{format}: {shown} lines, {peak} KiB");
        assert_eq!(shown, lines, "{format}");
        assert!(peak < BOUND, "{format} took {peak} KiB");
    }
}

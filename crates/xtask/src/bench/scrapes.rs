//! What monitoring costs.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use super::memory::{memory_of, memory_until_end};
use super::report::Report;
use super::timing::median;
use super::{Bench, catalogue};
use crate::task::{Context, Result, TaskError, step};

/// Number of scrapes at the same time.
const TOGETHER: usize = 16;
/// How often a check is made.
const ROUNDS: usize = 5;
/// How long the exporter may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts to reach it.
const PAUSE: Duration = Duration::from_millis(20);

/// A scrape, many at once, and a check of everything.
pub(super) fn measure(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step("monitoring");
    let address = free_address()?;
    let log = File::create(bench.layout.log().join("exporter.out"))
        .context(|| "could not write the exporter's output".into())?;
    let mut exporter = program(bench, "pgbackman_exporter")
        .args(["--listen", &address.to_string()])
        .stderr(log)
        .spawn()
        .context(|| "could not start pgbackman_exporter".into())?;
    let scraped = scrapes(bench, report, address, &exporter);
    end(&mut exporter)?;
    scraped?;
    checks(bench, report)
}

fn scrapes(
    bench: &Bench<'_>,
    report: &mut Report,
    address: SocketAddr,
    exporter: &Child,
) -> Result<()> {
    let ((first, took), statements) =
        catalogue::statements_of(bench, "pgbackman_exporter", || {
            let deadline = Instant::now() + PATIENCE;
            while TcpStream::connect(address).is_err() {
                if Instant::now() > deadline {
                    return Err(TaskError::new("pgbackman_exporter does not listen"));
                }
                sleep(PAUSE);
            }
            let began = Instant::now();
            let body = scrape(address)?;
            Ok((body, began.elapsed()))
        })?;
    let began = Instant::now();
    scope(|threads| {
        let asked: Vec<_> = (0..TOGETHER)
            .map(|_| threads.spawn(|| scrape(address)))
            .collect();
        for one in asked {
            one.join()
                .map_err(|_| TaskError::new("a scrape panicked"))??;
        }
        Ok::<(), TaskError>(())
    })?;
    let together = began.elapsed();
    let peak = memory_of(exporter.id()).unwrap_or(0);
    let what = format!(
        "one scrape: {} MiB, {statements} statements; memory after {TOGETHER} more at once",
        first / 1024 / 1024
    );
    report.list(&what, took, peak, "");
    report.time(
        &format!("{TOGETHER} scrapes at once, from the cache"),
        together,
        "",
    );
    Ok(())
}

fn checks(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    let (mut times, mut peak) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut check = program(bench, "pgbackman_status_info")
            .args(["-p", "job_queue"])
            .spawn()
            .context(|| "could not start pgbackman_status_info".into())?;
        peak = memory_until_end(&mut check)?.max(peak);
        times.push(began.elapsed());
    }
    report.list(
        "pgbackman_status_info -p job_queue",
        median(times),
        peak,
        "",
    );
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        // It ends with its judgement of the bench's fleet, which is not good.
        program(bench, "pgbackman_status_info")
            .args(["--check", "--timeout", "60s"])
            .status()
            .context(|| "could not start pgbackman_status_info".into())?;
        times.push(began.elapsed());
    }
    report.time(
        "pgbackman_status_info --check of all of them",
        median(times),
        "",
    );
    Ok(())
}

/// A program with the bench's configuration, whose output nobody reads.
pub(super) fn program(bench: &Bench<'_>, name: &str) -> Command {
    let mut program = Command::new(bench.layout.program(name));
    program
        .env("PGPASSFILE", bench.layout.password_file())
        .arg("--config")
        .arg(bench.layout.config())
        .stdout(std::process::Stdio::null());
    program
}

/// A port that nobody listens on now.
fn free_address() -> Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .context(|| "could not find a free port".into())
}

/// The length of what `/metrics` answers.
fn scrape(address: SocketAddr) -> Result<usize> {
    let failed = || "could not ask pgbackman_exporter".to_owned();
    let mut stream = TcpStream::connect(address).context(failed)?;
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: bench\r\n\r\n")
        .context(failed)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).context(failed)?;
    let text = String::from_utf8_lossy(&answer);
    if text.contains("\npgbackman_up 1\n") && text.ends_with("# EOF\n") {
        Ok(answer.len())
    } else {
        Err(TaskError::new(
            "pgbackman_exporter cannot connect to the catalogue",
        ))
    }
}

/// It has nothing to lose.
fn end(exporter: &mut Child) -> Result<()> {
    exporter
        .kill()
        .and_then(|()| exporter.wait())
        .map(drop)
        .context(|| "could not end pgbackman_exporter".into())
}

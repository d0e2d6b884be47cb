//! `pgbackman_report`: a page that shows the backups of a fleet.
//!
//! `fleet` reads the catalogue, `days` determines the state of each day of a definition, and `page` writes the page.
//! The template library (`maud`) escapes everything that is not markup; only this crate's own style and script are
//! inserted unescaped.
#![forbid(unsafe_code)]

pub mod args;
pub mod concerns;
pub mod days;
pub mod fleet;
pub mod losing;
pub mod origin;
pub mod page;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use pgbackman_core::catalogue::schema::version;
use pgbackman_core::clock::{Clock, SystemClock};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, Destination, connect};
use pgbackman_core::exit_code::{Exit, ExitCode as Code, because};
use pgbackman_core::sys::atomic_file;
use pgbackman_core::telemetry::{self, Console};

use args::Args;
use origin::Origin;

/// Timeout for connecting to the catalogue.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Everybody who may access the directory may read the page: a web server, for instance.
const PAGE_MODE: u32 = 0o644;

/// Runs the program with this process's arguments.
pub fn main() -> ExitCode {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    main_with(&clock)
}

/// [`main`] at a time that a test sets.
pub fn main_with(clock: &Arc<dyn Clock>) -> ExitCode {
    let args = Args::parse();
    match run(&args, clock) {
        Ok(()) => Code::Success.into(),
        Err(exit) => {
            // A closed standard error is ignored.
            let _ = writeln!(io::stderr(), "pgbackman_report: {exit}");
            exit.code.into()
        }
    }
}

fn run(args: &Args, clock: &Arc<dyn Clock>) -> Result<(), Exit> {
    let env = Environment::of_process();
    let config =
        Config::load(args.config.as_deref(), &env).map_err(Exit::of(Code::Configuration))?;
    telemetry::init(
        &config.logging,
        &env,
        "pgbackman_report",
        Console::Fallback,
        Arc::clone(clock),
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(because(
            Code::Failure,
            "the program's runtime could not be started",
        ))?;
    let fleet = runtime.block_on(read(args, &config, &env, clock.as_ref()))?;
    let mut html = Vec::new();
    page::write(&fleet, &mut html)
        .and_then(|()| put(&args.html, &html))
        .map_err(because(Code::Failure, "could not write the page"))
}

/// The data of the page, from one snapshot of the catalogue.
async fn read(
    args: &Args,
    config: &Config,
    env: &Environment,
    clock: &dyn Clock,
) -> Result<fleet::Fleet, Exit> {
    let target = ConnectTarget::catalogue(config);
    let mut session = connect(&target, env, CONNECT_TIMEOUT)
        .await
        .map_err(Exit::of(Code::CatalogueUnavailable))?;
    version::check(&session)
        .await
        .map_err(Exit::of(Code::VersionMismatch))?;
    let destination = Destination::of(&target, env).ok();
    let origin = Origin::new(args.site.clone(), destination.as_ref(), env.machine_fqdn());
    let fleet = fleet::read(&mut session, args, origin, config, clock.now()).await?;
    session.close().await;
    Ok(fleet)
}

fn put(path: &Path, html: &[u8]) -> io::Result<()> {
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        out.write_all(html)?;
        return out.flush();
    }
    atomic_file::write(path, html, PAGE_MODE, None)
}

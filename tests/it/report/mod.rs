//! `pgbackman_report`: the page itself, with a parser of the standard, and in a browser.

#[cfg(feature = "browser")]
mod browser;
mod page;

use pgbackman_tests::sandbox::Sandbox;

/// The page on standard output, with more arguments.
fn page(sandbox: &Sandbox<'_>, arguments: &[&str]) -> String {
    let all = [&["--html", "-"], arguments].concat();
    sandbox.run("pgbackman_report", all).success()
}

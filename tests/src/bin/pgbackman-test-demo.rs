//! Writes the page of a made-up fleet into a directory, and pictures of it: `cargo xtask report`.
#![forbid(unsafe_code)]
// A demonstration: what it cannot do ends it.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::Utc;
use pgbackman_tests::browser::Browser;
use pgbackman_tests::demo_fleet::DemoFleet;
use pgbackman_tests::sandbox::Sandbox;

/// The size of the README's picture.
const README: (u32, u32) = (1100, 675);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, rest @ ..] = &arguments[..] else {
        eprintln!("usage: pgbackman-test-demo DIR [--pictures]");
        return ExitCode::from(2);
    };
    let directory = PathBuf::from(directory);
    fs::create_dir_all(&directory).unwrap();
    let page = fs::canonicalize(&directory).unwrap().join("report.html");
    let sandbox = Sandbox::new();
    DemoFleet::forty(6, Utc::now()).write_into(sandbox.catalogue());
    let out = page.to_str().unwrap();
    print!(
        "{}",
        sandbox.run("pgbackman_report", ["--html", out]).success()
    );
    println!("{}", sandbox.shell("show_disk_space all").success());
    println!(
        "{} ({} bytes)",
        page.display(),
        fs::metadata(&page).unwrap().len()
    );
    if rest.iter().any(|word| word == "--pictures") {
        let mut browser = Browser::start();
        for (name, width, dark) in [
            ("desktop", 1280, false),
            ("dark", 1280, true),
            ("phone", 360, false),
        ] {
            browser.open(&page, width, dark);
            fs::write(
                directory.join(format!("{name}.png")),
                browser.screenshot(true),
            )
            .unwrap();
            fs::write(
                directory.join(format!("{name}-first.png")),
                browser.screenshot(false),
            )
            .unwrap();
        }
        fs::write(directory.join("paper.pdf"), browser.pdf()).unwrap();
        // What the README shows: docs/pictures.
        for (name, dark) in [("report-light", false), ("report-dark", true)] {
            browser.open(&page, README.0, dark);
            let file = directory.join(format!("{name}.png"));
            fs::write(file, browser.beginning(README)).unwrap();
        }
    }
    ExitCode::SUCCESS
}

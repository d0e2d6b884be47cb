//! The page in a real browser: `cargo xtask test --browser`.

use std::fs;

use chrono::Utc;
use pgbackman_tests::browser::Browser;
use pgbackman_tests::demo_fleet::DemoFleet;
use pgbackman_tests::sandbox::Sandbox;

use super::page;

/// Names axe-core's script (`crates/xtask/src/registries/axe.rs`).
const AXE: &str = "PGBACKMAN_TEST_AXE";

#[test]
fn axe_finds_no_violation_in_any_colours_at_any_width() {
    let axe = fs::read_to_string(std::env::var_os(AXE).unwrap()).unwrap();
    let (full, new) = (Sandbox::new(), Sandbox::new());
    DemoFleet::forty(6, Utc::now()).write_into(full.catalogue());
    let mut browser = Browser::start();
    for (name, sandbox) in [("fleet", &full), ("nothing yet", &new)] {
        let file = sandbox.path().join("page.html");
        fs::write(&file, page(sandbox, &[])).unwrap();
        for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
            browser.open(&file, width, dark);
            // What is folded is looked at, too.
            browser.evaluate(
                "document.querySelectorAll('details').forEach((one) => { one.open = true; })",
            );
            let found = browser.violations(&axe);
            assert!(found.is_empty(), "{name}, {width}, dark {dark}: {found:#?}");
        }
    }
    // It would say something.
    browser.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')");
    let found = browser.violations(&axe);
    assert!(
        found.iter().any(|one| one.starts_with("image-alt ")),
        "{found:?}"
    );
}

#[test]
fn the_page_is_quiet_fetches_nothing_and_fits_a_telephone() {
    let sandbox = Sandbox::new();
    let mut fleet = DemoFleet::forty(6, Utc::now());
    fleet.databases[0] =
        "<img src=http://example.net/x onerror=\"document.title='taken'\">".to_owned();
    fleet.databases[1] =
        "a_name_of_sixty_three_bytes_without_any_place_to_break_it_at_all".to_owned();
    fleet.write_into(sandbox.catalogue());
    let file = sandbox.path().join("page.html");
    fs::write(&file, page(&sandbox, &[])).unwrap();
    let mut browser = Browser::start();
    for (width, dark) in [(1280, false), (360, false), (360, true)] {
        browser.open(&file, width, dark);
        let overflow = browser.evaluate("document.documentElement.scrollWidth - window.innerWidth");
        assert_eq!(overflow, 0, "{width} pixels are not enough");
        assert_eq!(
            browser.evaluate("document.querySelectorAll('article.definition').length"),
            40
        );
        // The script has run, and nothing else.
        assert_eq!(
            browser.evaluate("document.getElementById('count').value"),
            "40 of 40"
        );
        assert_ne!(browser.evaluate("document.title"), "taken");
        assert_eq!(browser.complaints(), Vec::<String>::new());
        assert_eq!(browser.requests(), Vec::<String>::new());
    }
    browser.evaluate("(() => { const words = document.getElementById('filter'); words.value = 'WIKI pg3'; words.dispatchEvent(new Event('input')); })()");
    let shown = browser.evaluate("[...document.querySelectorAll('article.definition')].filter((one) => one.offsetParent).length");
    let named = browser.evaluate("[...document.querySelectorAll('article.definition')].filter((one) => one.dataset.words.includes('wiki') && one.dataset.words.includes('pg3')).length");
    assert_eq!(shown, named);
    assert!(named.as_u64().unwrap() > 0);
    // Every picture has a name, every heading its place.
    assert_eq!(browser.evaluate("[...document.querySelectorAll('svg[role=img]')].filter((one) => !one.querySelector('title')?.textContent).length"), 0);
    assert!(browser.pdf().starts_with(b"%PDF"));
}

//! Tests of the target's facts.

use super::*;

#[test]
fn a_socket_directory_and_a_loopback_address_are_this_machine() {
    for (name, expected) in [
        ("/run/postgresql", true),
        ("127.0.0.1", true),
        ("::1", true),
        ("localhost", true),
        ("10.0.0.1", false),
        ("localhost.example.net", false),
    ] {
        assert_eq!(is_this_machine(name), expected, "{name}");
    }
}

#[test]
fn a_version_is_asked_only_for_what_it_has() {
    assert_eq!(icu_query(140_000), None);
    assert!(icu_query(150_000).is_some());
    for (version, has_provider, has_trusted) in [
        (90_200, false, false),
        (90_600, false, false),
        (100_000, true, false),
        (120_000, true, false),
        (130_000, true, true),
        (180_000, true, true),
    ] {
        let (locales, extensions) = (locales_query(version), extensions_query(version));
        assert_eq!(locales.contains("collprovider"), has_provider, "{version}");
        assert_eq!(extensions.contains("v.trusted"), has_trusted, "{version}");
        assert!(!locales.contains("/*") && !extensions.contains("/*"));
    }
}

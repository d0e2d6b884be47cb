//! The order of the layers of `pgbackman-core` (`ARCHITECTURE.md`): a module imports none that is below it.

use std::path::Path;

/// The layers, from the one that knows nothing of the others to the one that knows them all.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &[
        "config",
        "conninfo",
        "secret",
        "error",
        "exit_code",
        "clock",
        "telemetry",
        "steps",
    ],
    &["sys"],
    &["pgtools"],
    &["archive"],
    &["node"],
    &["catalogue"],
    &["daemon"],
    &["handoff"],
    &["proof"],
    &["job"],
];

/// Where the layers are.
const CORE: &str = "crates/pgbackman-core/src";

/// Where a source file of the core imports from a layer above its own, each as `path:line: why`. Tests may.
pub(crate) fn breaches(path: &Path, text: &str) -> Vec<String> {
    let Some(module) = module(path) else {
        return Vec::new();
    };
    let Some(own) = layer(&module) else {
        return vec![format!(
            "{}: the module `{module}` is in no layer; add it to the list in ARCHITECTURE.md, in lib.rs and in xtask's layers.rs",
            path.display()
        )];
    };
    let product = text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]");
    let mut found = Vec::new();
    for (number, line) in product.enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for imported in line.split("crate::").skip(1).map(first_word) {
            if layer(imported).is_some_and(|layer| layer > own) {
                found.push(format!(
                    "{}:{}: `{module}` imports from `{imported}`, which is a layer above it",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
    found
}

/// The module of the core's root that a file belongs to; none where it is no product's code.
fn module(path: &Path) -> Option<String> {
    let inside = path.strip_prefix(CORE).ok()?;
    let is_test = inside.file_stem()?.to_string_lossy().ends_with("tests");
    let first = inside.components().next()?.as_os_str().to_string_lossy();
    let module = first.trim_end_matches(".rs").to_owned();
    // `alone` is compiled for tests only.
    (!is_test && !["lib", "alone"].contains(&module.as_str())).then_some(module)
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The identifier that a text begins with.
fn first_word(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches_of(file: &str, text: &str) -> Vec<String> {
        breaches(&Path::new(CORE).join(file), text)
    }

    #[test]
    fn an_import_from_above_is_found_and_no_other() {
        let above = breaches_of("pgtools/x.rs", "use a;\nuse crate::node::roles;\n");
        assert_eq!(
            above,
            [format!(
                "{CORE}/pgtools/x.rs:2: `pgtools` imports from `node`, which is a layer above it"
            )]
        );
        for (file, text) in [
            ("node/x.rs", "use crate::pgtools::quote;"),
            ("node/x.rs", "/// See [`crate::job`]."),
            ("node/x.rs", "#[cfg(test)]\nuse crate::job::bounds;"),
            ("node/tests.rs", "use crate::job::bounds;"),
            ("node/x.rs", "use crate::VERSION;"),
        ] {
            assert_eq!(breaches_of(file, text), [""; 0], "{file}: {text}");
        }
        assert_eq!(
            breaches(
                Path::new("crates/pgbackman-dump/src/a.rs"),
                "use crate::job;"
            ),
            [""; 0]
        );
    }

    #[test]
    fn a_module_without_a_layer_is_named() {
        assert!(breaches_of("news/mod.rs", "")[0].contains("`news` is in no layer"));
    }
}

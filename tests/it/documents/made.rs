//! The documents that are made from the code are what it makes.

use std::fs;

use super::files::root;

#[test]
fn what_is_made_from_the_code_is_committed_as_it_is_made() {
    let documents = xtask_documents::all(&root()).unwrap();
    for path in [
        "docs/manual/commands.md",
        "docs/man/pgbackman.1",
        "completions/bash/pgbackman",
        "docs/schemas/show_backup_catalog.json",
    ] {
        assert!(
            documents
                .iter()
                .any(|document| document.path.ends_with(path)),
            "{path} is not made"
        );
    }
    let old: Vec<String> = documents
        .into_iter()
        .filter(|made| fs::read_to_string(root().join(&made.path)).unwrap_or_default() != made.text)
        .map(|made| made.path.display().to_string())
        .collect();
    assert!(
        old.is_empty(),
        "run `cargo xtask docs` and commit what it writes: {}",
        old.join(", ")
    );
}

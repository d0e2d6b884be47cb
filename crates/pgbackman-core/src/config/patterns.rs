//! Patterns of directories, in which `*` stands for part of one name.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Whether the path has the pattern's parts, one by one.
pub(super) fn matches(pattern: &Path, path: &Path) -> bool {
    let mut parts = path.components();
    let each = pattern
        .components()
        .all(|wanted| parts.next().is_some_and(|part| matches_part(wanted, part)));
    each && parts.next().is_none()
}

fn matches_part(pattern: Component<'_>, part: Component<'_>) -> bool {
    match (pattern.as_os_str().to_str(), part.as_os_str().to_str()) {
        (Some(pattern), Some(part)) => matches_name(pattern, part),
        _ => pattern == part,
    }
}

/// Whether `name` matches `pattern`, in which `*` stands for any characters; like a shell's, it matches no leading dot.
fn matches_name(pattern: &str, name: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return pattern == name;
    };
    if head.is_empty() && name.starts_with('.') {
        return false;
    }
    name.strip_prefix(head).is_some_and(|rest| {
        rest.char_indices()
            .map(|(at, _)| at)
            .chain([rest.len()])
            .any(|at| matches_tail(tail, &rest[at..]))
    })
}

/// As [`matches_name`], after a `*`, where a dot is a character like any other.
fn matches_tail(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name.strip_prefix(head).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| matches_tail(tail, &rest[at..]))
        }),
    }
}

/// The existing directories that a pattern names, sorted.
pub(super) fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let wanted = part.as_os_str().to_string_lossy();
        found = if wanted.contains('*') {
            found
                .iter()
                .flat_map(|directory| matching_entries(directory, &wanted))
                .collect()
        } else {
            found.iter().map(|directory| directory.join(part)).collect()
        };
    }
    found.retain(|directory| directory.is_dir());
    found.sort();
    found
}

fn matching_entries(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| matches_name(pattern, &entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches_name;

    proptest! {
        #[test]
        fn a_star_stands_for_any_part(head in "[a-z]{0,5}", middle in "[a-z.]{0,5}", tail in "[a-z]{0,5}") {
            prop_assume!(!(head.is_empty() && middle.starts_with('.')));
            let pattern = format!("{head}*{tail}");
            let name = format!("{head}{middle}{tail}");
            prop_assert!(matches_name(&pattern, &name), "{pattern} {name}");
        }
    }
}

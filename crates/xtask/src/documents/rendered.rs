//! The links of the rendered pages: each leads to a file that is there, and to a place in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::task::{Context, Result};

/// The links that lead nowhere: page and link.
///
/// # Errors
///
/// When a page cannot be read.
pub(super) fn broken(directory: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let cannot = || format!("could not read {}", directory.display());
        for entry in fs::read_dir(&directory).context(cannot)? {
            let path = entry.context(cannot)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "html") {
                let text = fs::read_to_string(&path)
                    .context(|| format!("could not read {}", path.display()))?;
                pages.insert(path, text);
            }
        }
    }
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(path, text)| (path, values(text, " id=\"").collect()))
        .collect();
    let mut broken = Vec::new();
    for (path, text) in &pages {
        // The page for addresses that do not exist is served at any of them.
        if path.ends_with("404.html") {
            continue;
        }
        for link in values(text, " href=\"").chain(values(text, " src=\"")) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                inside(path.parent().unwrap_or(directory), file)
            };
            let fine = match ids.get(&target) {
                Some(ids) => anchor.is_empty() || ids.contains(anchor),
                None => target.exists(),
            };
            if !fine {
                broken.push(format!("{}: {link} has no target", path.display()));
            }
        }
    }
    Ok(broken)
}

/// The path that a link means, seen from a directory.
fn inside(directory: &Path, link: &str) -> PathBuf {
    link.split('/')
        .fold(directory.to_owned(), |path, part| match part {
            "" | "." => path,
            ".." => path.parent().map(Path::to_owned).unwrap_or_default(),
            part => path.join(part),
        })
}

/// The values of an attribute in HTML.
fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_seen_from_its_page() {
        assert_eq!(
            inside(Path::new("/a/b"), "../c.html"),
            Path::new("/a/c.html")
        );
        let found: Vec<&str> =
            values("<a href=\"b.html#x\"></a><a href=\"#y\"></a>", " href=\"").collect();
        assert_eq!(found, ["b.html#x", "#y"]);
    }
}

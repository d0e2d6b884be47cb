//! What a search can check in the documents: every link, as it is written and as it is rendered, leads somewhere, and every
//! line of a diagram too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::task::{Context, Result};
use crate::workspace::tracked_files;

use super::site::Page;
use super::{diagram, markdown};

/// What is wrong with the links of the Markdown files that git knows: file, link, reason.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn broken_in_sources(root: &Path) -> Result<Vec<String>> {
    let files: Vec<PathBuf> = tracked_files(root, &["*.md"])?;
    let mut anchors = BTreeMap::new();
    let mut links = Vec::new();
    for file in files {
        let text = fs::read_to_string(root.join(&file))
            .context(|| format!("could not read {}", file.display()))?;
        let own: BTreeSet<String> = markdown::headings(&text)
            .into_iter()
            .map(|heading| heading.anchor)
            .collect();
        links.extend(
            markdown::links(&text)
                .into_iter()
                .map(|link| (file.clone(), link)),
        );
        anchors.insert(file, own);
    }
    Ok(links
        .into_iter()
        .filter_map(|(file, link)| {
            let why = source_problem(root, &file, &link, &anchors)?;
            Some(format!("{}: {link}: {why}", file.display()))
        })
        .collect())
}

fn source_problem(
    root: &Path,
    file: &Path,
    link: &str,
    anchors: &BTreeMap<PathBuf, BTreeSet<String>>,
) -> Option<String> {
    if link.starts_with("https://") || link.starts_with("http://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        file.to_owned()
    } else {
        normal(&file.parent().unwrap_or(Path::new("")).join(path))
    };
    if !root.join(&target).exists() {
        return Some(format!("there is no {}", target.display()));
    }
    if anchor.is_empty() {
        return None;
    }
    match anchors.get(&target) {
        Some(known) if known.contains(anchor) => None,
        _ => Some(format!("{} has no heading #{anchor}", target.display())),
    }
}

/// A path without `.` and `..`, as far as it can be without looking at the disk.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// What is wrong with the links of the rendered pages: page, link, reason.
pub(super) fn broken_in_pages(pages: &[Page]) -> Vec<String> {
    let ids: BTreeMap<&str, BTreeSet<&str>> = pages
        .iter()
        .map(|page| (page.name.as_str(), values(&page.html, " id=\"").collect()))
        .collect();
    let mut broken = Vec::new();
    for page in pages {
        for href in values(&page.html, " href=\"") {
            if href.starts_with("https://") {
                continue;
            }
            let (name, anchor) = href.split_once('#').unwrap_or((href, ""));
            let name = if name.is_empty() { &page.name } else { name };
            let fine = ids
                .get(name)
                .is_some_and(|ids| anchor.is_empty() || ids.contains(anchor));
            if !fine {
                broken.push(format!("{}: {href} leads nowhere", page.name));
            }
        }
    }
    broken
}

/// What is wrong with the diagrams of the manual: file, title, line.
///
/// # Errors
///
/// When a chapter cannot be read.
pub(super) fn broken_diagrams(root: &Path) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    for file in tracked_files(root, &["docs/manual/*.md"])? {
        let text = fs::read_to_string(root.join(&file))
            .context(|| format!("could not read {}", file.display()))?;
        for (source, title) in markdown::diagrams(&text) {
            if title.is_empty() {
                broken.push(format!("{}: a diagram without a title", file.display()));
            }
            broken.extend(
                diagram::loose_ends(&source)
                    .into_iter()
                    .map(|end| format!("{}: {title}: {end}", file.display())),
            );
        }
    }
    Ok(broken)
}

/// The values of an attribute in HTML that this program has made.
fn values<'a>(html: &'a str, attribute: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(attribute)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::site;
    use crate::workspace;

    #[test]
    fn every_link_of_the_documents_leads_somewhere() {
        let broken = broken_in_sources(&workspace::root().unwrap()).unwrap();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    #[test]
    fn every_link_of_the_rendered_manual_leads_somewhere() {
        let pages = site::pages(&workspace::root().unwrap()).unwrap();
        assert!(pages.len() > 10);
        let broken = broken_in_pages(&pages);
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    #[test]
    fn every_diagram_of_the_manual_is_whole() {
        let root = workspace::root().unwrap();
        let broken = broken_diagrams(&root).unwrap();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        let drawn: usize = fs::read_dir(site::manual(&root))
            .unwrap()
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .map(|text| markdown::diagrams(&text).len())
            .sum();
        assert!(drawn >= 4, "the manual has only {drawn} diagrams");
    }

    #[test]
    fn a_link_to_nowhere_is_found() {
        let root = workspace::root().unwrap();
        let mut anchors = BTreeMap::new();
        anchors.insert(PathBuf::from("README.md"), BTreeSet::from(["a".to_owned()]));
        let problem = |link| source_problem(&root, Path::new("README.md"), link, &anchors);
        assert_eq!(problem("#a"), None);
        assert_eq!(problem("docs/../LICENSE"), None);
        assert!(problem("#b").is_some());
        assert!(problem("docs/nothing.md").is_some());
        let page = |name: &str, html: &str| Page {
            name: name.to_owned(),
            html: html.to_owned(),
        };
        let pages = [
            page("a.html", "<a href=\"b.html#x\"></a><a href=\"#y\"></a>"),
            page("b.html", "<p id=\"x\"></p>"),
        ];
        assert_eq!(broken_in_pages(&pages), ["a.html: #y leads nowhere"]);
    }
}

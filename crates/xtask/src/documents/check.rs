//! What a search can check in the documents, without the programs that render them: every link leads somewhere, every chapter
//! and every diagram has its place, and the manual pages use nothing but a few requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::task::{Context, Result};
use crate::workspace::tracked_files;

use super::{markdown, words};

/// The requests that manual pages may use (groff_man(7)), and comments.
const REQUESTS: [&str; 17] = [
    "\\\"", "TH", "SH", "SS", "PP", "TP", "B", "I", "BI", "BR", "IB", "IR", "RB", "RI", "br", "nf",
    "fi",
];

/// The escapes that they may use.
const ESCAPES: [&str; 9] = ["-", "e", "&", "(aq", "[u2026]", "fB", "fI", "fR", "fP"];

/// The documents that are checked for banned words. The style guide, which quotes them, is not one of them.
const IN_PLAIN_ENGLISH: [&str; 11] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "tests/README.md",
    "findings/README.md",
    "docs/README.md",
    "docs/adr",
    "docs/man",
    "docs/manual",
    "docs/spec",
];

/// Everything that is wrong with the documents below `root`, each with its file.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) fn faults(root: &Path) -> Result<Vec<String>> {
    let mut faults = broken_links(root)?;
    faults.extend(without_place(root)?);
    for page in tracked_files(root, &["docs/man"])? {
        let text = read(root, &page)?;
        faults.extend(
            unknown_markup(&text)
                .into_iter()
                .map(|fault| format!("{}: {fault}", page.display())),
        );
    }
    for page in tracked_files(root, &IN_PLAIN_ENGLISH)? {
        let text = read(root, &page)?;
        faults.extend(
            words::banned(&text)
                .into_iter()
                .map(|fault| format!("{}: {fault}", page.display())),
        );
    }
    Ok(faults)
}

fn read(root: &Path, file: &Path) -> Result<String> {
    fs::read_to_string(root.join(file)).context(|| format!("could not read {}", file.display()))
}

/// What is wrong with the links of the Markdown files that git knows: file, link, reason.
fn broken_links(root: &Path) -> Result<Vec<String>> {
    let files: Vec<PathBuf> = tracked_files(root, &["*.md"])?;
    let mut anchors = BTreeMap::new();
    let mut links = Vec::new();
    for file in files {
        let text = read(root, &file)?;
        let own: BTreeSet<String> = markdown::anchors(&text).into_iter().collect();
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
    let target = target(file, path);
    if !root.join(&target).exists() {
        return Some(format!("there is no {}", target.display()));
    }
    if file.starts_with("docs/manual") && !is_in_the_book(&target) {
        return Some(format!("the book has no {}", target.display()));
    }
    if anchor.is_empty() {
        return None;
    }
    match anchors.get(&target) {
        Some(known) if known.contains(anchor) => None,
        _ => Some(format!("{} has no heading #{anchor}", target.display())),
    }
}

/// Whether a file becomes a part of the book (see [`super::book`]), which the manual's pages may link to.
fn is_in_the_book(target: &Path) -> bool {
    let places = [
        "docs/manual",
        "docs/man",
        "docs/diagrams",
        "docs/monitoring",
        "CHANGELOG.md",
    ];
    places.iter().any(|place| target.starts_with(place))
}

/// The file that a link's path means, from the root.
fn target(file: &Path, path: &str) -> PathBuf {
    if path.is_empty() {
        file.to_owned()
    } else {
        normal(&file.parent().unwrap_or(Path::new("")).join(path))
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

/// Chapters and manual pages that the manual's table of contents does not name, diagrams that no chapter shows or that say
/// nothing to those who cannot see them.
fn without_place(root: &Path) -> Result<Vec<String>> {
    let contents = Path::new("docs/manual/README.md");
    let named = targets(contents, &read(root, contents)?);
    let mut shown = BTreeSet::new();
    let mut faults = Vec::new();
    for file in tracked_files(root, &["docs/manual/*.md", "docs/man"])? {
        if file.starts_with("docs/manual") {
            shown.extend(targets(&file, &read(root, &file)?));
        }
        if file != contents && !named.contains(&file) {
            faults.push(format!(
                "{} is not in the table of contents, {}",
                file.display(),
                contents.display()
            ));
        }
    }
    for file in tracked_files(root, &["docs/diagrams"])? {
        if !shown.contains(&file) {
            faults.push(format!("{}: no chapter includes it", file.display()));
        }
        let text = read(root, &file)?;
        let is_drawing = text.starts_with("<svg ") && text.trim_end().ends_with("</svg>");
        if !is_drawing || !text.contains("<title>") {
            faults.push(format!(
                "{}: it is not an SVG with a <title>",
                file.display()
            ));
        }
    }
    Ok(faults)
}

/// The files that a text's links lead to.
fn targets(file: &Path, text: &str) -> BTreeSet<PathBuf> {
    markdown::links(text)
        .iter()
        .map(|link| target(file, link.split('#').next().unwrap_or_default()))
        .collect()
}

/// Requests and escapes of a manual page that not every reader of manual pages may know, each with its line.
fn unknown_markup(page: &str) -> Vec<String> {
    let mut unknown = Vec::new();
    for (number, line) in page.lines().enumerate() {
        let number = number + 1;
        if let Some(request) = line.strip_prefix('.') {
            let name = request.split(' ').next().unwrap_or_default();
            if !REQUESTS.contains(&name) {
                unknown.push(format!("line {number}: unknown request .{name}"));
            }
            if name == "\\\"" {
                continue;
            }
        }
        for escape in line.split('\\').skip(1) {
            if !ESCAPES.iter().any(|known| escape.starts_with(known)) {
                unknown.push(format!("line {number}: unknown escape \\{escape}"));
            }
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn nothing_is_wrong_with_the_documents() {
        let faults = faults(&workspace::root().unwrap()).unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
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
        let chapter = Path::new("docs/manual/alerts.md");
        let problem = |link| source_problem(&root, chapter, link, &anchors);
        assert_eq!(problem("../../CHANGELOG.md"), None);
        assert!(problem("../../README.md").is_some());
    }

    #[test]
    fn markup_that_is_not_known_is_named() {
        let page = ".\\\" a \\x\n.TH X 8\n.XX b\nc \\-\\fBd\\fR \\*(Tm\n";
        assert_eq!(
            unknown_markup(page),
            [
                "line 3: unknown request .XX",
                "line 4: unknown escape \\*(Tm"
            ]
        );
    }
}

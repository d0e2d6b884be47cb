//! The manual as a book of web pages: mdBook renders the chapters, mandoc the manual pages of the programs.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{output, run};
use crate::task::{Context, Result};
use crate::workspace::tracked_files;

use super::markdown;

/// How mdBook makes the book.
const SETTINGS: &str = "\
[book]
title = \"PgBackMan\"
language = \"en\"
src = \"src\"

[output.html]
additional-css = [\"book.css\"]
no-section-label = true

[output.html.print]
enable = false
";

/// Tables without headings, and the definition lists of manual pages.
const STYLE: &str = "\
thead:not(:has(th:not(:empty))) { display: none; }
table { margin-inline: 0; }
dl.Bl-tag > dt { margin-top: 0.8rem; }
dl.Bl-tag > dd { margin-inline-start: 2rem; }
table.head, table.foot { display: none; }
main img { max-width: 100%; }
";

/// Makes the book's pages in a directory, which is made again.
///
/// # Errors
///
/// When a file cannot be read or written, or one of the two programs fails.
pub(super) fn make(root: &Path, mdbook: &Path, work: &Path, pages: &Path) -> Result<()> {
    let source = work.join("src");
    if source.exists() {
        fs::remove_dir_all(&source).context(|| format!("could not clear {}", source.display()))?;
    }
    write(&work.join("book.toml"), SETTINGS)?;
    write(&work.join("book.css"), STYLE)?;
    for file in tracked_files(root, &["docs/manual", "docs/diagrams", "docs/monitoring"])? {
        let place = file
            .strip_prefix("docs/manual")
            .or_else(|_| file.strip_prefix("docs"))
            .unwrap_or(&file);
        let place = source.join(place);
        if file.extension().is_some_and(|end| end == "md") {
            write(&place, &chapter(&read(root, &file)?))?;
        } else {
            write(&place, &read(root, &file)?)?;
        }
    }
    write(
        &source.join("CHANGELOG.md"),
        &chapter(&read(root, Path::new("CHANGELOG.md"))?),
    )?;
    let programs = tracked_files(root, &["docs/man"])?;
    for file in &programs {
        let name = name_of(file);
        let html = output(
            Command::new("mandoc")
                .args(["-T", "html", "-O", "fragment"])
                .arg(root.join(file)),
        )?;
        let page = format!("# {}\n\n{}\n", shown(&name), fragment(&html, &programs));
        write(&source.join("man").join(format!("{name}.md")), &page)?;
    }
    let contents = read(root, Path::new("docs/manual/README.md"))?;
    write(&source.join("SUMMARY.md"), &summary(&contents, &programs))?;
    run(Command::new(mdbook)
        .arg("build")
        .arg("--dest-dir")
        .arg(pages)
        .arg(work))
}

fn read(root: &Path, file: &Path) -> Result<String> {
    fs::read_to_string(root.join(file)).context(|| format!("could not read {}", file.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    let cannot = || format!("could not write {}", path.display());
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).context(cannot)?;
    }
    fs::write(path, text).context(cannot)
}

fn name_of(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// `pgbackman_dump.8` as it is written: `pgbackman_dump(8)`.
fn shown(name: &str) -> String {
    name.rsplit_once('.').map_or_else(
        || name.to_owned(),
        |(name, section)| format!("{name}({section})"),
    )
}

/// A chapter whose links lead to places in the book: what is beside the manual in `docs` is inside it there.
fn chapter(text: &str) -> String {
    let text = text
        .replace("](../../", "](")
        .replace("](../", "](")
        .replace("](docs/manual/", "](")
        .replace("](docs/man/", "](man/");
    let mut parts = text.split("](man/");
    let mut chapter = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (page, rest) = part.split_once(')').unwrap_or((part, ""));
        let _ = write!(chapter, "](man/{page}.md){rest}");
    }
    chapter
}

/// What mandoc makes of a manual page, as a part of a page of the book: its sections below the page's title, links to the other
/// pages, and no line that is empty, which would end it for Markdown.
fn fragment(html: &str, programs: &[PathBuf]) -> String {
    let mut html = html
        .replace("<h2", "<h3")
        .replace("</h2>", "</h3>")
        .replace("<h1", "<h2")
        .replace("</h1>", "</h2>");
    for file in programs {
        let name = name_of(file);
        if let Some((program, section)) = name.rsplit_once('.') {
            html = html.replace(
                &format!("<b>{program}</b>({section})"),
                &format!("<a href=\"{name}.html\"><b>{program}</b>({section})</a>"),
            );
        }
    }
    html.lines()
        .filter(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The book's contents: those of the manual, the manual pages, and the changes.
fn summary(contents: &str, programs: &[PathBuf]) -> String {
    let mut summary = String::from("# PgBackMan\n\n[The manual](README.md)\n");
    for line in contents.lines() {
        if let Some(part) = line.strip_prefix("## ") {
            let _ = write!(summary, "\n# {part}\n\n");
            continue;
        }
        let is_entry = line
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if is_entry && markdown::links(line.trim_start()).len() == 1 {
            let indent = if line.starts_with(' ') { "  " } else { "" };
            let entry = line.find('[').zip(line.find(')'));
            if let Some(link) = entry.and_then(|(begin, end)| line.get(begin..=end)) {
                let _ = writeln!(summary, "{indent}- {link}");
            }
        }
    }
    summary.push_str("\n# Manual pages\n\n");
    for file in programs {
        let name = name_of(file);
        let _ = writeln!(summary, "- [{}](man/{name}.md)", shown(&name));
    }
    summary.push_str("\n# Changes\n\n- [Changes](CHANGELOG.md)\n");
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_places_in_the_book() {
        assert_eq!(
            chapter("[a](../man/x.8) [b](c.md#d) [e](../../CHANGELOG.md) ![f](../diagrams/g.svg)"),
            "[a](man/x.8.md) [b](c.md#d) [e](CHANGELOG.md) ![f](diagrams/g.svg)"
        );
    }

    #[test]
    fn the_contents_are_those_of_the_manual() {
        let contents =
            "# M\n\n## Setup\n\n1. [A](a.md): b (c)\n   - [D](d.md): e\n\n[x(8)](../man/x.8)\n";
        let summary = summary(contents, &[PathBuf::from("docs/man/x.8")]);
        assert!(
            summary.contains("\n# Setup\n\n- [A](a.md)\n  - [D](d.md)\n\n# Manual pages\n\n- [x(8)](man/x.8.md)\n"),
            "{summary}"
        );
    }

    #[test]
    fn a_manual_page_becomes_one_block_with_links() {
        let html = "<h1>A</h1>\n\n<b>x</b>(8), <b>y</b>(1)\n";
        assert_eq!(
            fragment(html, &[PathBuf::from("docs/man/x.8")]),
            "<h2>A</h2>\n<a href=\"x.8.html\"><b>x</b>(8)</a>, <b>y</b>(1)"
        );
    }
}

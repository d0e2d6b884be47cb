//! The manual as HTML: one page per chapter, in the order of its table of contents, and one per program.

use std::fs;
use std::path::{Path, PathBuf};

use crate::task::{Context, Result, TaskError};

use super::html::{Entry, Frame, page};
use super::markdown::{self, Target};
use super::roff;

/// A page of the rendered manual.
#[derive(Debug)]
pub(super) struct Page {
    /// Its name in the directory of all pages.
    pub(super) name: String,
    /// The whole of it.
    pub(super) html: String,
}

/// A chapter as it is written.
struct Chapter {
    /// Its file's name in `docs/manual`.
    file: String,
    text: String,
}

impl Chapter {
    fn title(&self) -> String {
        markdown::headings(&self.text)
            .first()
            .map_or_else(|| self.file.clone(), |heading| heading.text.clone())
    }
}

/// Where the chapters are.
pub(super) fn manual(root: &Path) -> PathBuf {
    root.join("docs/manual")
}

/// Every page, from the files below `root`.
///
/// # Errors
///
/// When a file cannot be read, a chapter is not in the table of contents, or a manual page uses what is not known.
pub(super) fn pages(root: &Path) -> Result<Vec<Page>> {
    let chapters = chapters(root)?;
    let programs = manual_pages(root)?;
    let entries: Vec<Entry> = chapters
        .iter()
        .map(|chapter| Entry {
            href: page_name(&chapter.file),
            title: chapter.title(),
        })
        .collect();
    let program_entries: Vec<Entry> = programs
        .iter()
        .map(|(name, _)| Entry {
            href: format!("{name}.html"),
            title: shown_name(name),
        })
        .collect();
    let mut pages = Vec::new();
    for (chapter, entry) in chapters.iter().zip(&entries) {
        let sections: Vec<Entry> = markdown::headings(&chapter.text)
            .into_iter()
            .filter(|heading| heading.level == 2 && entry.href != "index.html")
            .map(|heading| Entry {
                href: format!("#{}", heading.anchor),
                title: heading.text,
            })
            .collect();
        let body = markdown::html(&chapter.text, &|link| target(root, link));
        pages.push(Page {
            name: entry.href.clone(),
            html: page(
                &Frame {
                    entry,
                    chapters: &entries,
                    programs: &program_entries,
                    sections: &sections,
                },
                &body,
            ),
        });
    }
    for ((name, text), entry) in programs.iter().zip(&program_entries) {
        let body =
            roff::html(text).map_err(|what| TaskError::new(format!("docs/man/{name}: {what}")))?;
        pages.push(Page {
            name: entry.href.clone(),
            html: page(
                &Frame {
                    entry,
                    chapters: &entries,
                    programs: &program_entries,
                    sections: &[],
                },
                &body,
            ),
        });
    }
    Ok(pages)
}

/// `pgbackman_dump.8` as it is written: `pgbackman_dump(8)`.
fn shown_name(name: &str) -> String {
    name.rsplit_once('.').map_or_else(
        || name.to_owned(),
        |(name, section)| format!("{name}({section})"),
    )
}

/// The page a file of the manual becomes.
fn page_name(file: &str) -> String {
    match file.strip_suffix(".md") {
        Some("README") => "index.html".to_owned(),
        Some(name) => format!("{name}.html"),
        None => format!("{file}.html"),
    }
}

/// Whether a link's path is that of a chapter, seen from another chapter.
fn is_chapter(path: &str) -> bool {
    !path.contains('/') && Path::new(path).extension().is_some_and(|end| end == "md")
}

/// The chapters in order: the table of contents first, then what it links to.
fn chapters(root: &Path) -> Result<Vec<Chapter>> {
    let directory = manual(root);
    let read = |file: &str| {
        fs::read_to_string(directory.join(file))
            .context(|| format!("could not read docs/manual/{file}"))
    };
    let contents = read("README.md")?;
    let mut files: Vec<String> = Vec::new();
    for link in markdown::links(&contents) {
        let file = link.split('#').next().unwrap_or_default();
        let is_chapter =
            Path::new(file).extension().is_some_and(|end| end == "md") && !file.contains('/');
        if is_chapter && !files.iter().any(|known| known == file) {
            files.push(file.to_owned());
        }
    }
    let mut chapters = vec![Chapter {
        file: "README.md".to_owned(),
        text: contents,
    }];
    for file in files {
        let text = read(&file)?;
        chapters.push(Chapter { file, text });
    }
    for file in names(&directory)? {
        if !chapters.iter().any(|chapter| chapter.file == file) {
            return Err(TaskError::new(format!(
                "docs/manual/{file} is not in the table of contents, docs/manual/README.md"
            )));
        }
    }
    Ok(chapters)
}

/// The programs' manual pages: name and text.
fn manual_pages(root: &Path) -> Result<Vec<(String, String)>> {
    let directory = root.join("docs/man");
    names(&directory)?
        .into_iter()
        .map(|name| {
            let text = fs::read_to_string(directory.join(&name))
                .context(|| format!("could not read docs/man/{name}"))?;
            Ok((name, text))
        })
        .collect()
}

/// The names of a directory's files, sorted.
fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let cannot = || format!("could not read {}", directory.display());
    for entry in fs::read_dir(directory).context(cannot)? {
        names.push(
            entry
                .context(cannot)?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

/// Where a link of a chapter leads.
fn target(root: &Path, link: &str) -> Target {
    if link.starts_with("https://") || link.starts_with('#') {
        return Target::Href(link.to_owned());
    }
    let (path, anchor) = link
        .split_once('#')
        .map_or((link, String::new()), |(path, anchor)| {
            (path, format!("#{anchor}"))
        });
    if let Some(page) = path.strip_prefix("../man/").filter(|page| !page.is_empty()) {
        return Target::Href(format!("{page}.html"));
    }
    if is_chapter(path) && manual(root).join(path).is_file() {
        return Target::Href(format!("{}{anchor}", page_name(path)));
    }
    let path = path.trim_start_matches("../");
    Target::Source(path.to_owned())
}

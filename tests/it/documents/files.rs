//! The files of the manual, and what stands in them in which form.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the sources.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file of the manual.
pub(super) fn manual(name: &str) -> PathBuf {
    root().join("docs/manual").join(name)
}

/// The text of a file of the manual.
pub(super) fn chapter(name: &str) -> String {
    fs::read_to_string(manual(name)).unwrap()
}

/// Every file of the manual: name and text.
pub(super) fn chapters() -> Vec<(String, String)> {
    let mut chapters: Vec<(String, String)> = fs::read_dir(manual(""))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    chapters.sort();
    chapters
}

/// The code of a Markdown text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Code {
    /// What stands between backticks inside a line.
    pub(super) spans: Vec<String>,
    /// The lines of code blocks, with the word that names the block's language.
    pub(super) lines: Vec<(String, String)>,
}

/// Takes the code out of a text.
pub(super) fn code(text: &str) -> Code {
    let mut code = Code::default();
    let mut language: Option<String> = None;
    let mut prose = String::new();
    for line in text.lines() {
        if let Some(fence) = line.trim_start().strip_prefix("```") {
            language = match language {
                Some(_) => None,
                None => Some(fence.split(' ').next().unwrap_or_default().to_owned()),
            };
        } else if let Some(language) = &language {
            code.lines.push((language.clone(), line.to_owned()));
        } else {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    // A span may go on in the next line of its paragraph, never in the next paragraph.
    for paragraph in prose.split("\n\n") {
        let spans = paragraph.split('`').skip(1).step_by(2);
        code.spans
            .extend(spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    code
}

#[test]
fn code_is_told_from_prose() {
    let found = code("a `b\nc` d\n\n```console\n$ e `f`\n```\n`g`\n");
    assert_eq!(found.spans, ["b c", "g"]);
    assert_eq!(found.lines, [("console".to_owned(), "$ e `f`".to_owned())]);
}

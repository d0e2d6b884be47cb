//! What every HTML page is made of.

use std::fmt::Write as _;

/// The look of every page; it stands in the page itself, so that a page can be handed on alone.
const STYLE: &str = include_str!("style.css");

/// A text as it may stand in HTML, in attributes too.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A link in the navigation.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Where it leads.
    pub(super) href: String,
    /// What it says.
    pub(super) title: String,
}

/// What a page needs besides its text.
pub(super) struct Frame<'a> {
    /// The page itself.
    pub(super) entry: &'a Entry,
    /// The chapters, in order.
    pub(super) chapters: &'a [Entry],
    /// The manual pages of the programs.
    pub(super) programs: &'a [Entry],
    /// The sections of this page.
    pub(super) sections: &'a [Entry],
}

/// A whole page around its text.
pub(super) fn page(frame: &Frame<'_>, body: &str) -> String {
    let title = if frame.entry.href == "index.html" {
        escaped(&frame.entry.title)
    } else {
        format!("{} – PgBackMan", escaped(&frame.entry.title))
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#text\">To the text</a>\n\
         <a class=\"down\" href=\"#chapters\">Chapters</a>\n\
         <nav class=\"side\" id=\"chapters\" aria-label=\"Chapters\">\n{}</nav>\n\
         <main id=\"text\">\n{body}{}</main>\n</body>\n</html>\n",
        navigation(frame),
        neighbours(frame)
    )
}

/// The chapters, with the sections of the one that is shown, and the manual pages.
fn navigation(frame: &Frame<'_>) -> String {
    let mut text = String::from("<ul>\n");
    for entry in frame.chapters {
        item(entry, frame, &mut text);
    }
    text.push_str("</ul>\n<p>Manual pages</p>\n<ul>\n");
    for entry in frame.programs {
        item(entry, frame, &mut text);
    }
    text.push_str("</ul>\n");
    text
}

fn item(entry: &Entry, frame: &Frame<'_>, text: &mut String) {
    let here = entry.href == frame.entry.href;
    let mark = if here { " aria-current=\"page\"" } else { "" };
    let _ = write!(
        text,
        "<li><a href=\"{}\"{mark}>{}</a>",
        escaped(&entry.href),
        escaped(&entry.title)
    );
    if here && !frame.sections.is_empty() {
        text.push_str("\n<ul>\n");
        for section in frame.sections {
            let _ = writeln!(
                text,
                "<li><a href=\"{}\">{}</a></li>",
                escaped(&section.href),
                escaped(&section.title)
            );
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</li>\n");
}

/// The links to the chapter before and the one after.
fn neighbours(frame: &Frame<'_>) -> String {
    let Some(place) = frame
        .chapters
        .iter()
        .position(|entry| entry.href == frame.entry.href)
    else {
        return String::new();
    };
    let link = |entry: Option<&Entry>, rel: &str, before: &str, after: &str| {
        entry.map_or(String::from("<span></span>"), |entry| {
            format!(
                "<a rel=\"{rel}\" href=\"{}\">{before}{}{after}</a>",
                escaped(&entry.href),
                escaped(&entry.title)
            )
        })
    };
    let previous = place.checked_sub(1).and_then(|at| frame.chapters.get(at));
    format!(
        "<nav class=\"neighbours\" aria-label=\"Neighbours\">\n{}\n{}\n</nav>\n",
        link(previous, "prev", "← ", ""),
        link(frame.chapters.get(place + 1), "next", "", " →")
    )
}

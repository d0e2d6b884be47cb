//! The manual's Markdown as HTML: what its viewers on the web make of it, with anchors at headings, diagrams and tables.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

use super::diagram;
use super::html::escaped;

/// A heading of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    /// 1 for the page's title.
    pub(super) level: u8,
    /// Its text, without markup.
    pub(super) text: String,
    /// The anchor, as the usual viewers of Markdown make it.
    pub(super) anchor: String,
}

/// Where a link of the Markdown leads in the rendered pages.
pub(super) enum Target {
    /// To this address.
    Href(String),
    /// To a file that is not rendered: its name is said instead.
    Source(String),
}

fn parse(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES).collect()
}

/// The headings of a text, in order.
pub(super) fn headings(text: &str) -> Vec<Heading> {
    let events = parse(text);
    let mut used = BTreeMap::new();
    events
        .iter()
        .enumerate()
        .filter_map(|(index, event)| match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let text = plain(&events[index..]);
                Some(Heading {
                    level: *level as u8,
                    anchor: anchor(&text, &mut used),
                    text,
                })
            }
            _ => None,
        })
        .collect()
}

/// The destinations of all links and images of a text.
pub(super) fn links(text: &str) -> Vec<String> {
    parse(text)
        .into_iter()
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                Some(dest_url.into_string())
            }
            _ => None,
        })
        .collect()
}

/// The diagrams of a text: source and title.
pub(super) fn diagrams(text: &str) -> Vec<(String, String)> {
    let events = parse(text);
    events
        .iter()
        .enumerate()
        .filter_map(|(index, event)| match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let title = info.strip_prefix("diagram")?;
                Some((plain(&events[index..]), title.trim().to_owned()))
            }
            _ => None,
        })
        .collect()
}

/// The text of what begins with the first event, up to its end.
fn plain(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    let mut depth = 0;
    for event in events {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Text(part) | Event::Code(part) => text.push_str(part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    text
}

/// The anchor of a heading: lower case, spaces as hyphens, other punctuation dropped; a number behind one that was used.
fn anchor(text: &str, used: &mut BTreeMap<String, usize>) -> String {
    let base: String = text
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
            _ => None,
        })
        .collect();
    let count = used.entry(base.clone()).or_insert(0);
    *count += 1;
    if *count == 1 {
        base
    } else {
        format!("{base}-{}", *count - 1)
    }
}

/// The HTML of a text; `target` says where its links lead.
pub(super) fn html(text: &str, target: &dyn Fn(&str) -> Target) -> String {
    let mut headings = headings(text).into_iter();
    let mut anchor = String::new();
    let mut to_source = false;
    let mut code: Option<(String, String)> = None;
    let mut events = Vec::new();
    for event in parse(text) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let info = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                code = Some((info, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                let (info, source) = code.take().unwrap_or_default();
                events.push(raw(block(&info, &source)));
            }
            Event::Text(part) if code.is_some() => {
                if let Some((_, source)) = &mut code {
                    source.push_str(&part);
                }
            }
            Event::Start(Tag::Heading { level, .. }) => {
                anchor = headings.next().map(|h| h.anchor).unwrap_or_default();
                events.push(raw(format!("<{level} id=\"{}\">", escaped(&anchor))));
            }
            Event::End(TagEnd::Heading(level)) => {
                let here = escaped(&anchor);
                events.push(raw(format!(
                    "<a class=\"here\" href=\"#{here}\" aria-label=\"Link to this section\">#</a></{level}>\n"
                )));
            }
            Event::Start(Tag::Table(alignment)) => {
                events.push(raw("<div class=\"table\">".to_owned()));
                events.push(Event::Start(Tag::Table(alignment)));
            }
            Event::End(TagEnd::Table) => {
                events.push(Event::End(TagEnd::Table));
                events.push(raw("</div>\n".to_owned()));
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            }) => match target(&dest_url) {
                Target::Href(href) => events.push(Event::Start(Tag::Link {
                    link_type,
                    dest_url: href.into(),
                    title,
                    id,
                })),
                Target::Source(path) => {
                    to_source = true;
                    events.push(raw(format!(
                        "<span title=\"{} in the sources\">",
                        escaped(&path)
                    )));
                }
            },
            Event::End(TagEnd::Link) if to_source => {
                to_source = false;
                events.push(raw("</span>".to_owned()));
            }
            other => events.push(other),
        }
    }
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events.into_iter());
    without_empty_heads(html)
}

fn raw(html: String) -> Event<'static> {
    Event::InlineHtml(CowStr::from(html))
}

/// A table whose heading says nothing is shown without it.
fn without_empty_heads(html: String) -> String {
    (1..=6).fold(html, |html, columns| {
        let head = format!("<thead><tr>{}</tr></thead>", "<th></th>".repeat(columns));
        html.replace(&head, "")
    })
}

/// A code block: a diagram as a figure, everything else as it stands, what is typed marked.
fn block(info: &str, source: &str) -> String {
    if let Some(title) = info.strip_prefix("diagram") {
        let title = title.trim();
        return format!(
            "<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n",
            diagram::svg(source, title),
            escaped(title)
        );
    }
    let mut text = String::from("<pre><code>");
    for line in source.lines() {
        let prompt = prompts(info)
            .iter()
            .find(|prompt| line.starts_with(**prompt));
        match prompt {
            Some(prompt) => {
                let _ = write!(
                    text,
                    "{}<b>{}</b>",
                    escaped(prompt),
                    escaped(&line[prompt.len()..])
                );
            }
            None => text.push_str(&escaped(line)),
        }
        text.push('\n');
    }
    text.push_str("</code></pre>\n");
    text
}

/// What stands before a line that is typed, in a block of this kind.
fn prompts(info: &str) -> &'static [&'static str] {
    match info {
        "console" => &["$ ", "# "],
        "text" => &["[pgbackman]$ "],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> String {
        html(text, &|link| match link.strip_suffix(".md") {
            Some(page) => Target::Href(format!("{page}.html")),
            None => Target::Source(link.to_owned()),
        })
    }

    #[test]
    fn anchors_are_those_of_the_usual_viewers() {
        let text = "# The shell\n## `show_x`\n## A, b: c\n## A, b: c\n";
        let anchors: Vec<String> = headings(text).into_iter().map(|h| h.anchor).collect();
        assert_eq!(anchors, ["the-shell", "show_x", "a-b-c", "a-b-c-1"]);
        let html = rendered(text);
        assert!(
            html.contains("<h2 id=\"a-b-c-1\">A, b: c<a class=\"here\""),
            "{html}"
        );
    }

    #[test]
    fn links_lead_to_pages_or_name_their_source() {
        assert_eq!(links("[a](b.md) and [c](d.rs)"), ["b.md", "d.rs"]);
        let html = rendered("[a](b.md) and [c](d.rs)");
        assert!(html.contains("<a href=\"b.html\">a</a>"));
        assert!(html.contains("<span title=\"d.rs in the sources\">c</span>"));
    }

    #[test]
    fn what_is_typed_is_marked_and_everything_is_escaped() {
        let html = rendered(
            "```console\n$ a <b>\nc\n```\n```text\n[pgbackman]$ help\n# Domain []: x\n```\n",
        );
        assert!(html.contains("$ <b>a &lt;b&gt;</b>\nc\n"), "{html}");
        assert!(html.contains("[pgbackman]$ <b>help</b>\n# Domain []: x\n"));
    }

    #[test]
    fn diagrams_become_figures_and_tables_may_have_no_heading() {
        let text = "```diagram A line\n──►\n```\n\n| | |\n| --- | --- |\n| a | b |\n";
        assert_eq!(diagrams(text), [("──►\n".to_owned(), "A line".to_owned())]);
        let html = rendered(text);
        assert!(html.contains("<figcaption>A line</figcaption>"));
        assert!(html.contains("<div class=\"table\">") && !html.contains("<thead>"));
    }
}

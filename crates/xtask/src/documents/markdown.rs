//! What a search needs of Markdown: headings with their anchors, and links.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag};

fn parse(text: &str) -> Vec<Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES).collect()
}

/// The anchors of a text's headings, in order, as the usual viewers of Markdown make them.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let events = parse(text);
    let mut used = BTreeMap::new();
    events
        .iter()
        .enumerate()
        .filter_map(|(index, event)| match event {
            Event::Start(Tag::Heading { .. }) => Some(anchor(&plain(&events[index..]), &mut used)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_the_usual_viewers() {
        let text = "# The shell\n## `show_x`\n## A, b: c\n## A, b: c\n";
        assert_eq!(anchors(text), ["the-shell", "show_x", "a-b-c", "a-b-c-1"]);
    }

    #[test]
    fn links_and_images_are_found() {
        assert_eq!(
            links("[a](b.md#c) and ![d](e.svg)\n```\n[f](g)\n```\n"),
            ["b.md#c", "e.svg"]
        );
    }
}

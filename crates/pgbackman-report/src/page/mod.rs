//! The page. [`maud`] escapes everything that comes from the catalogue; `visible` shows characters that would be
//! invisible.

mod attention;
mod calendar;
mod chart;
mod definitions;
mod disks;
mod files;
mod head;
mod losing;
mod overview;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use pgbackman_core::catalogue::attention::Level;
use pgbackman_core::catalogue::runs::run_history::ReportedDefinition;
use pgbackman_core::domain::text::size::Size;

use crate::days::Day;
use crate::fleet::Fleet;

/// The style of the page.
const STYLE: &str = include_str!("style.css");
/// The script that filters the definitions; the page is complete without it.
const SCRIPT: &str = include_str!("script.js");

/// Writes the page.
///
/// # Errors
/// If it cannot be written.
pub fn write(fleet: &Fleet, out: &mut impl Write) -> io::Result<()> {
    let begin = html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        (head::head(fleet))
        (PreEscaped("<body>"))
        (overview::header(fleet))
        (PreEscaped("<main>"))
        (overview::tiles(fleet))
        (attention::section(fleet))
        (disks::section(fleet))
        (attention::failures(fleet))
        (losing::section(fleet))
        (overview::undefined(fleet))
        (files::section(fleet))
        (overview::fleet_charts(fleet))
        (overview::tops(fleet))
        (definitions::beginning(fleet))
    };
    out.write_all(begin.into_string().as_bytes())?;
    // One after the other, because the page may be long.
    for (number, shown) in fleet.shown.iter().enumerate() {
        let article = definitions::article(number, shown, &fleet.window);
        out.write_all(article.into_string().as_bytes())?;
    }
    let end = html! {
        (definitions::end(fleet))
        (PreEscaped("</main>"))
        (overview::footer(fleet))
        script { (PreEscaped(SCRIPT)) }
        (PreEscaped("</body></html>\n"))
    };
    out.write_all(end.into_string().as_bytes())
}

/// Makes invisible characters of a text visible: control characters, and those that change the direction of text.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// A name from the catalogue, isolated from the direction of the text around it.
fn name(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// The database or databases that a definition backs up.
fn subject(definition: &ReportedDefinition) -> String {
    if definition.dbname.is_empty() {
        "CLUSTER (the whole node)".to_owned()
    } else {
        visible(&definition.dbname)
    }
}

/// The node, with its port unless it is the default.
fn node(definition: &ReportedDefinition) -> String {
    let fqdn = visible(&definition.node_fqdn);
    match definition.port {
        5432 => fqdn,
        port => format!("{fqdn}:{port}"),
    }
}

/// A state as a word and a colour.
fn badge(day: Day) -> Markup {
    html! { span class={ "badge " (class(day)) } { (day.word()) } }
}

/// The urgency of a problem as a word and a colour.
fn level(level: Level) -> Markup {
    let (class, word) = match level {
        Level::Critical | Level::Unknown => ("failed", "critical"),
        Level::Ok | Level::Warning => ("warning", "warning"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

/// The CSS class of a state.
fn class(day: Day) -> &'static str {
    match day {
        Day::Quiet => "quiet",
        Day::Good => "good",
        Day::Running => "running",
        Day::Warning => "warning",
        Day::Missing => "missing",
        Day::Failed => "failed",
    }
}

/// A computed number of bytes.
fn size(bytes: f64) -> String {
    // Sizes of disks are far below the range of u64; a negative size is shown with its sign.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let text = Size(bytes.abs().round() as u64).to_string();
    if bytes <= -1.0 {
        format!("−{text}")
    } else {
        text
    }
}

/// `1 backup`, `2 backups`.
fn counted(number: impl Into<u64>, what: &str) -> String {
    let number = number.into();
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_to_be_seen_is_shown() {
        assert_eq!(visible("a\nb\u{202e}c\u{1b}"), "a\\nb\\u{202e}c\\u{1b}");
        assert_eq!(visible("Ørsta <b>"), "Ørsta <b>");
        let escaped = name("<script>alert(1)</script>\"'&").into_string();
        assert_eq!(
            escaped,
            "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;&quot;'&amp;</bdi>"
        );
    }

    #[test]
    fn amounts_are_readable() {
        assert_eq!(size(-1536.0), "−1.5 kB");
        assert_eq!(size(0.2), "0 bytes");
        assert_eq!(counted(1_u32, "backup"), "1 backup");
        assert_eq!(counted(0_u32, "backup"), "0 backups");
    }
}

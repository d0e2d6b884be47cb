//! The definitions in detail.

use maud::{Markup, PreEscaped, html};
use pgbackman_core::domain::text::shown::days_and_clock;
use pgbackman_core::domain::text::size::Size;

use super::{badge, calendar, chart, class, name, node, subject, visible};
use crate::days::{Day, Window};
use crate::fleet::{Fleet, Shown};
use crate::losing::age;

/// Maximum number of days with problems that are listed for a definition, the last ones.
const LISTED: usize = 40;

/// The beginning of the section: the legend, and the filter, which only the script shows.
pub(super) fn beginning(fleet: &Fleet) -> Markup {
    html! {
        (PreEscaped("<section id=\"definitions\">"))
        h2 { "Definitions" }
        p.legend {
            @for what in calendar::LEGEND {
                span { (calendar::sample(what)) " " (what.word()) }
            }
        }
        form.filter hidden {
            label { "Show only " input #filter type="search" placeholder="database, node, server" autocomplete="off"; }
            label { input #trouble type="checkbox"; " with problems" }
            output #count {}
        }
        @if fleet.shown.is_empty() { p { "There are no backup definitions." } }
        (PreEscaped("<div class=\"definitions\">"))
    }
}

/// The end of the section.
pub(super) fn end(fleet: &Fleet) -> Markup {
    html! {
        (PreEscaped("</div>"))
        @if fleet.left_out > 0 {
            p {
                (fleet.left_out) " more definitions are only counted; the definitions above have the most problems. \
                    Use "
                code { "--server" } ", " code { "--node" } " or " code { "--limit" } " to see others."
            }
        }
        (PreEscaped("</section>"))
    }
}

/// One definition.
pub(super) fn article(number: usize, shown: &Shown, window: &Window) -> Markup {
    let (definition, history) = (&shown.definition, &shown.history);
    let what = format!("{} on {}", subject(definition), node(definition));
    let heading = format!("d{number}");
    let words = format!(
        "{} {} {} {}",
        subject(definition),
        node(definition),
        visible(&definition.server_fqdn),
        definition.id
    )
    .to_lowercase();
    let troubled = !matches!(history.now, Day::Good | Day::Running | Day::Quiet);
    html! {
        article class={ "definition " (class(history.now)) } aria-labelledby=(heading) data-words=(words) data-trouble=[troubled.then_some("")] {
            div.what {
                h3 id=(heading) { bdi { (subject(definition)) } }
                p.where { bdi { (node(definition)) } }
                p { (badge(history.now)) " " (calendar::summary(history)) }
                p.facts {
                    "DefID " (definition.id) ", " (definition.code) ", " code { (visible(&definition.schedule_text)) } ", "
                    @if definition.is_scheduled { "ACTIVE" } @else { (definition.status) " or its node is STOPPED" }
                    ", backup server " (name(&definition.server_fqdn))
                    @if let Some(run) = &history.last_good {
                        ", newest usable backup " (age((window.now - run.started).num_seconds().max(0))) " old"
                    }
                }
            }
            (calendar::calendar(&what, history, window))
            div.charts { (measures(&what, shown, window)) }
            (details(shown, window))
        }
    }
}

fn measures(what: &str, shown: &Shown, window: &Window) -> Markup {
    let measures = &shown.history.measures;
    let Some((_, last)) = measures.last_key_value() else {
        return html! { p { "No usable backup in the period shown." } };
    };
    // Bytes and seconds of a backup are far below the exact range of f64.
    #[allow(clippy::cast_precision_loss)]
    let values = |measure: fn(&crate::days::Measure) -> u64| -> Vec<(usize, f64)> {
        measures
            .iter()
            .map(|(index, one)| (*index, measure(one) as f64))
            .collect()
    };
    let range = |measure: fn(&crate::days::Measure) -> u64| {
        let all = || measures.values().map(measure);
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    };
    let (smallest, largest) = range(|measure| measure.bytes);
    let (shortest, longest) = range(|measure| measure.seconds);
    html! {
        figure {
            figcaption { "Size " (Size(last.bytes)) " (" (Size(smallest)) "–" (Size(largest)) ")" }
            (chart::bars(&format!("Size of the backups of {what}"), window.len(), &values(|measure| measure.bytes)))
        }
        figure {
            figcaption { "Duration " (days_and_clock(last.seconds)) " (" (days_and_clock(shortest)) "–" (days_and_clock(longest)) ")" }
            (chart::bars(&format!("Duration of the backups of {what}"), window.len(), &values(|measure| measure.seconds)))
        }
    }
}

/// The days with problems as text, and the reason of the last failure.
fn details(shown: &Shown, window: &Window) -> Markup {
    let history = &shown.history;
    let days: Vec<String> = window
        .days()
        .zip(&history.days)
        .filter(|(_, day)| matches!(day, Day::Failed | Day::Missing | Day::Warning))
        .map(|(date, day)| format!("{date} {}", day.word()))
        .collect();
    if days.is_empty() {
        return html! {};
    }
    let earlier = days.len().saturating_sub(LISTED);
    html! {
        details {
            summary { "Days with problems: " (days.len()) }
            @if earlier > 0 { p { (earlier) " earlier days, and:" } }
            ul { @for day in &days[earlier..] { li { (day) } } }
            @if let Some(run) = &history.last_failed {
                p { "Reason of the last failure, " (window.time(run.started)) ":" }
                pre { (run.message.as_deref().unwrap_or("no reason was recorded")) }
            }
        }
    }
}

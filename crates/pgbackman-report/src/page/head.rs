//! The head of the page: title, style, and content security policy.

use maud::{Markup, PreEscaped, html};
use openssl::base64::encode_block;
use openssl::sha::sha256;

use super::{SCRIPT, STYLE, overview, visible};
use crate::fleet::Fleet;

/// The policy allows only this style and this script: whatever a name in the catalogue contains, the browser runs and
/// loads nothing else.
pub(super) fn head(fleet: &Fleet) -> Markup {
    let hash = |text: &str| encode_block(&sha256(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex";
            link rel="icon" href="data:,";
            title { "Backups of " (visible(&overview::site(fleet))) ", " (fleet.window.last) " (PgBackMan)" }
            style { (PreEscaped(STYLE)) }
        }
    }
}

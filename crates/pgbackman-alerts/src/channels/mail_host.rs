//! The name of this host in mails.

/// The characters that are allowed in a host name in mail headers and in HELO.
pub(super) fn mail_host(name: &str) -> String {
    let kept = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let name: String = name.chars().filter(kept).collect();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name
    }
}

//! The result of a check, and its output.

use serde::Serialize;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::setup) enum Level {
    /// No problem.
    Ok,
    /// Backups are taken, but an operator should look at the problem.
    Warning,
    /// Some or all backups are not taken.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::setup) struct Finding {
    /// The subject of the check, as a word: `catalogue`, `node`, `clock`.
    pub(in crate::setup) check: &'static str,
    /// The object: the name of a node, a directory.
    pub(in crate::setup) of: String,
    /// The severity.
    pub(in crate::setup) level: Level,
    /// The finding.
    pub(in crate::setup) found: String,
    /// The remedy, unless the severity is OK.
    #[serde(rename = "do")]
    pub(in crate::setup) advice: Option<String>,
}

impl Finding {
    /// A finding without a problem.
    pub(in crate::setup) fn ok(
        check: &'static str,
        of: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            check,
            of: of.into(),
            level: Level::Ok,
            found: found.into(),
            advice: None,
        }
    }

    /// A warning.
    pub(in crate::setup) fn warning(
        check: &'static str,
        of: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            advice: Some(advice.into()),
            ..Self::ok(check, of, found)
        }
    }

    /// An error.
    pub(in crate::setup) fn error(
        check: &'static str,
        of: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            ..Self::warning(check, of, found, advice)
        }
    }
}

/// The highest severity; OK if there are no findings.
pub(super) fn worst(findings: &[Finding]) -> Level {
    findings
        .iter()
        .map(|finding| finding.level)
        .max()
        .unwrap_or(Level::Ok)
}

/// One line per finding, followed by the remedy; then the number of findings by severity.
pub(super) fn as_text(findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    for finding in findings {
        lines.push(on_one_line(&format!(
            "[{}]: {} {}: {}",
            finding.level.as_str(),
            finding.check,
            finding.of,
            finding.found
        )));
        if let Some(advice) = &finding.advice {
            lines.push(format!("    do: {}", on_one_line(advice)));
        }
    }
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    lines.push(format!(
        "{} checks: {} OK, {} warnings, {} errors",
        findings.len(),
        count(Level::Ok),
        count(Level::Warning),
        count(Level::Error)
    ));
    lines.join("\n")
}

/// A JSON document.
pub(super) fn as_json(findings: &[Finding]) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        status: Level,
        checks: &'a [Finding],
    }
    let document = Document {
        status: worst(findings),
        checks: findings,
    };
    // Texts and a severity can always be serialized.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Escapes control characters, so that a server's message or a name in the catalogue cannot start a line.
fn on_one_line(text: &str) -> String {
    text.chars()
        .flat_map(|character| {
            let mut escaped = character.escape_default();
            let plain = std::iter::once(character);
            let control = character.is_control();
            std::iter::from_fn(move || if control { escaped.next() } else { None })
                .chain(plain.filter(move |_| !control))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("clock", "catalogue", "0 ms ahead"),
            Finding::error("node", "pg\n[OK]: forged", "does not answer", "see to it"),
            Finding::warning("clock", "n", "3 s ahead", "mend it"),
        ]
    }

    #[test]
    fn a_line_each_with_what_to_do_and_the_worst_decides() {
        let text = as_text(&findings());
        assert_eq!(
            text,
            "[OK]: clock catalogue: 0 ms ahead\n\
             [ERROR]: node pg\\n[OK]: forged: does not answer\n    do: see to it\n\
             [WARNING]: clock n: 3 s ahead\n    do: mend it\n\
             3 checks: 1 OK, 1 warnings, 1 errors"
        );
        assert_eq!(worst(&findings()), Level::Error);
        assert_eq!(worst(&[]), Level::Ok);
    }

    #[test]
    fn the_document_has_the_same() {
        let document: serde_json::Value = serde_json::from_str(&as_json(&findings())).unwrap();
        assert_eq!(document["status"], "ERROR");
        assert_eq!(document["checks"][1]["of"], "pg\n[OK]: forged");
        assert_eq!(document["checks"][0]["do"], serde_json::Value::Null);
        assert_eq!(document["checks"][2]["do"], "mend it");
    }
}

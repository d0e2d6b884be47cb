//! What a check says, and how it is shown.

use serde::Serialize;

/// How good or bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::setup) enum Level {
    /// As it should be.
    Ok,
    /// Backups are taken, but something should be looked at.
    Warning,
    /// Backups are not taken, or not all.
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

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::setup) struct Finding {
    /// What was checked, in a word: `catalogue`, `node`, `clock`.
    pub(in crate::setup) check: &'static str,
    /// Of what: a node's name, a directory.
    pub(in crate::setup) of: String,
    /// The judgement.
    pub(in crate::setup) level: Level,
    /// What was found.
    pub(in crate::setup) found: String,
    /// What to do, unless it is OK.
    #[serde(rename = "do")]
    pub(in crate::setup) advice: Option<String>,
}

impl Finding {
    /// As it should be.
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

    /// To be looked at.
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

    /// To be mended.
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

/// The worst of all; nothing at all is no error.
pub(super) fn worst(findings: &[Finding]) -> Level {
    findings
        .iter()
        .map(|finding| finding.level)
        .max()
        .unwrap_or(Level::Ok)
}

/// A line each, and below it what to do; at the end how many there are of each kind.
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

/// One document for programs.
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
    // Texts and a status: there is nothing in them that JSON could not hold.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// A server's answer, or a name in the catalogue, makes no line of its own.
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

//! A strict reader of metrics as Prometheus's exporters show them: whatever a scraper might take amiss is refused.

use std::collections::{BTreeMap, BTreeSet};

/// A metric with everything that is said of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Family {
    /// What it is.
    pub help: String,
    /// `gauge`, ….
    pub kind: String,
    /// Its labels and values.
    pub samples: Vec<(BTreeMap<String, String>, f64)>,
}

impl Family {
    /// The value of the only sample with these labels (among others).
    pub fn value(&self, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = |sample: &&(BTreeMap<String, String>, f64)| {
            labels
                .iter()
                .all(|(name, value)| sample.0.get(*name).is_some_and(|found| found == value))
        };
        let found: Vec<f64> = self
            .samples
            .iter()
            .filter(fits)
            .map(|sample| sample.1)
            .collect();
        assert!(found.len() < 2, "several samples have {labels:?}");
        found.first().copied()
    }
}

/// All metrics of a text, by name.
///
/// # Errors
/// The first line that is not as it should be.
pub fn read(text: &str) -> Result<BTreeMap<String, Family>, String> {
    let body = text
        .strip_suffix("# EOF\n")
        .ok_or("it does not end in # EOF")?;
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("a line without an end".to_owned());
    }
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut series = BTreeSet::new();
    for line in body.split_terminator('\n') {
        let wrong = |what: &str| format!("{what}: {line:?}");
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').ok_or_else(|| wrong("no help"))?;
            if !is_name(name) || families.contains_key(name) {
                return Err(wrong("a bad name, or one that was there before"));
            }
            name.clone_into(&mut current);
            help.clone_into(&mut families.entry(current.clone()).or_default().help);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let family = families
                .get_mut(&current)
                .ok_or_else(|| wrong("no help before it"))?;
            let kind = rest
                .strip_prefix(current.as_str())
                .and_then(|rest| rest.strip_prefix(' '));
            kind.ok_or_else(|| wrong("of another metric"))?
                .clone_into(&mut family.kind);
            if !family.samples.is_empty() || !["gauge", "counter"].contains(&family.kind.as_str()) {
                return Err(wrong("after samples, or of an unknown type"));
            }
        } else {
            let (labels, value) = sample(line, &current).map_err(|what| wrong(&what))?;
            if !series.insert((current.clone(), labels.clone())) {
                return Err(wrong("twice"));
            }
            let family = families
                .get_mut(&current)
                .ok_or_else(|| wrong("of no metric"))?;
            if family.kind.is_empty() {
                return Err(wrong("before its type"));
            }
            family.samples.push((labels, value));
        }
    }
    Ok(families)
}

fn sample(line: &str, name: &str) -> Result<(BTreeMap<String, String>, f64), String> {
    let rest = line
        .strip_prefix(name)
        .ok_or("a sample of another metric")?;
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (BTreeMap::new(), rest),
    };
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    let number: f64 = value.parse().map_err(|_| "no number")?;
    if !number.is_finite() || value.starts_with('+') {
        return Err("no finite number".to_owned());
    }
    Ok((labels, number))
}

/// The labels up to and with the closing brace, and what follows it.
fn labels(mut rest: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut labels = BTreeMap::new();
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("a label without a value")?;
        if !is_name(name) || name.contains(':') {
            return Err(format!("a bad label {name:?}"));
        }
        let (value, after) = quoted(after)?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("the label {name} twice"));
        }
        if let Some(after) = after.strip_prefix('}') {
            return Ok((labels, after));
        }
        rest = after.strip_prefix(',').ok_or("no comma between labels")?;
    }
}

/// A value up to its closing quote, and what follows.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return Ok((value, &text[position + 1..])),
            '\\' => value.push(match characters.next().map(|(_, escaped)| escaped) {
                Some('\\') => '\\',
                Some('"') => '"',
                Some('n') => '\n',
                other => return Err(format!("a bad escape {other:?}")),
            }),
            other => value.push(other),
        }
    }
    Err("a value without an end".to_owned())
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    let first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    characters.next().is_some_and(first) && characters.all(|c| first(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_right_is_read() {
        let text =
            "# HELP a What.\n# TYPE a gauge\na{x=\"q\\\"\\\\\\n,}\",y=\"\"} 1.5\na 2\n# EOF\n";
        let families = read(text).unwrap();
        assert_eq!(families["a"].value(&[("x", "q\"\\\n,}")]), Some(1.5));
        assert_eq!(families["a"].samples.len(), 2);
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let head = "# HELP a What.\n# TYPE a gauge\n";
        for body in [
            "a 1",
            "a 1\n\n",
            "b 1\n",
            "a{x=\"1\"} NaN\n",
            "a{x=\"1} 1\n",
            "a{x=\"\\t\"} 1\n",
            "a{x=\"1\"y=\"2\"} 1\n",
            "a{x=\"1\",x=\"2\"} 1\n",
            "a{1=\"1\"} 1\n",
            "a 1\na 2\n",
            "a  1\n",
            "a 1 \n",
            "# HELP a Again.\n",
        ] {
            assert!(read(&format!("{head}{body}# EOF\n")).is_err(), "{body:?}");
        }
        assert!(read("").is_err());
    }
}

//! The template of a mail about one alert: text with `$name`, `${name}`, and `$$` for a dollar sign, as in 1.2.

use std::fmt;

/// The built-in template, used if there is no template file.
pub const SHIPPED: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../etc/pgbackman_alerts.template"
));

/// The names of the variables; those of 1.2 first.
pub const VARIABLES: [&str; 16] = [
    "alert_id",
    "registered",
    "alert_type",
    "ref_id",
    "bck_id",
    "backup_server_fqdn",
    "pgsql_node_fqdn",
    "dbname",
    "execution_status",
    "error_message",
    "date",
    "pgsql_node_port",
    "summary",
    "message",
    "resolved",
    "resolution",
];

/// A checked template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(&'static str),
}

/// All errors of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(Vec<(usize, String)>);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, problem) in &self.0 {
            write!(f, "line {line}: {problem}; ")?;
        }
        write!(
            f,
            "the variables are ${}; write $$ for a dollar sign",
            VARIABLES.join(", $")
        )
    }
}

impl std::error::Error for TemplateError {}

impl Template {
    /// Parses and checks a template.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut problems = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, dollar) = rest.split_at(at);
            parts.push(Part::Text(before.to_owned()));
            let behind = &dollar[1..];
            let line = 1 + text[..text.len() - dollar.len()].matches('\n').count();
            if let Some(after) = behind.strip_prefix('$') {
                parts.push(Part::Text("$".to_owned()));
                rest = after;
                continue;
            }
            let (name, after) = name(behind);
            match VARIABLES.into_iter().find(|known| Some(*known) == name) {
                Some(known) => parts.push(Part::Variable(known)),
                None => problems.push((
                    line,
                    match name {
                        Some(name) => format!("unknown variable ${name}"),
                        None => "a dollar sign without the name of a variable".to_owned(),
                    },
                )),
            }
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        if problems.is_empty() {
            Ok(Self(parts))
        } else {
            Err(TemplateError(problems))
        }
    }

    /// Replaces the variables with their values. A line whose variables are all empty is omitted: an alert about a
    /// server has no database.
    pub fn render(&self, value: impl Fn(&'static str) -> String) -> String {
        self.lines()
            .filter(|line| {
                let mut variables = line.variables().peekable();
                variables.peek().is_none() || variables.any(|name| !value(name).is_empty())
            })
            .map(|line| line.filled(&value))
            .collect()
    }

    /// The lines, with their line ends.
    fn lines(&self) -> impl Iterator<Item = Self> {
        let mut lines = vec![Self(Vec::new())];
        for part in &self.0 {
            let Part::Text(text) = part else {
                push(&mut lines, part.clone());
                continue;
            };
            for piece in text.split_inclusive('\n') {
                push(&mut lines, Part::Text(piece.to_owned()));
                if piece.ends_with('\n') {
                    lines.push(Self(Vec::new()));
                }
            }
        }
        lines.into_iter()
    }

    fn variables(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(*name),
            Part::Text(_) => None,
        })
    }

    fn filled(&self, value: &impl Fn(&'static str) -> String) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) => text.clone(),
                Part::Variable(name) => value(name),
            })
            .collect()
    }
}

fn push(lines: &mut [Template], part: Part) {
    if let Some(Template(parts)) = lines.last_mut() {
        parts.push(part);
    }
}

/// The name at the beginning of a text, and the rest.
fn name(text: &str) -> (Option<&str>, &str) {
    if let Some(inside) = text.strip_prefix('{') {
        return match inside.split_once('}') {
            Some((name, after)) if !name.is_empty() => (Some(name), after),
            _ => (None, inside),
        };
    }
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, after) = text.split_at(end);
    ((!name.is_empty()).then_some(name), after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn variables_stand_behind_a_dollar_sign_and_in_braces() {
        let template = Template::parse("$dbname: ${dbname}s cost $$5 ($alert_id)$").unwrap_err();
        assert!(template.to_string().starts_with(
            "line 1: a dollar sign without the name of a variable; the variables are $alert_id, "
        ));
        let template = Template::parse("$dbname: ${dbname}s cost $$5 ($alert_id)").unwrap();
        // A value is never read for variables.
        assert_eq!(
            template.render(|name| if name == "dbname" {
                "$date".to_owned()
            } else {
                "7".to_owned()
            }),
            "$date: $dates cost $5 (7)"
        );
        assert!(Template::parse(SHIPPED).is_ok());
    }

    #[test]
    fn a_line_whose_variables_are_all_empty_is_left_out() {
        let template =
            Template::parse("A $dbname\n\nB $bck_id of $alert_id\nC $bck_id$$\nend").unwrap();
        let value = |name| {
            if name == "alert_id" {
                "7".to_owned()
            } else {
                String::new()
            }
        };
        assert_eq!(template.render(value), "\nB  of 7\nend");
    }

    #[test]
    fn unknown_variables_are_named_with_their_lines() {
        let error = Template::parse("$dbname\n$nosuch ${bck_id\n$DBNAME")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2: unknown variable $nosuch"),
            "{error}"
        );
        assert!(
            error.contains("line 2: a dollar sign without the name of a variable"),
            "{error}"
        );
        assert!(
            error.contains("line 3: unknown variable $DBNAME"),
            "{error}"
        );
        assert!(error.contains("$error_message"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z$ {}\\n_ä]{0,40}") {
            if let Ok(template) = Template::parse(&text) {
                template.render(|name| format!("<{name}>"));
            }
        }
    }
}

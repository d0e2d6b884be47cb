//! The programs' manual pages as HTML: the few requests of `man(7)` that `docs/man` uses, and no others.

use std::fmt::Write as _;

use super::html::escaped;

/// The HTML of a manual page.
///
/// # Errors
///
/// Naming the line with a request that is not known here.
pub(super) fn html(page: &str) -> Result<String, String> {
    let mut writer = Writer::default();
    for (number, line) in page.lines().enumerate() {
        writer
            .line(line)
            .map_err(|what| format!("line {}: {what}: {line}", number + 1))?;
    }
    writer.close();
    Ok(writer.out)
}

/// What an open paragraph is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Open {
    #[default]
    Nothing,
    Paragraph,
    /// The tag of a definition: its next line of text is the tag.
    Tag,
    Definition,
}

#[derive(Default)]
struct Writer {
    out: String,
    open: Open,
    in_list: bool,
    as_it_stands: bool,
}

impl Writer {
    fn line(&mut self, line: &str) -> Result<(), String> {
        let Some(request) = line.strip_prefix('.') else {
            self.text(&inline(line)?);
            return Ok(());
        };
        let (name, rest) = request.split_once(' ').unwrap_or((request, ""));
        let words = words(rest);
        match name {
            "\\\"" => {}
            "TH" => {
                let [title, section, ..] = &words[..] else {
                    return Err("a title and a section are expected".to_owned());
                };
                let title = format!("{}({section})", title.to_lowercase());
                let _ = writeln!(self.out, "<h1>{}</h1>", escaped(&title));
            }
            "SH" | "SS" => {
                self.close();
                let level = if name == "SH" { 2 } else { 3 };
                let title = sentence_case(&words.join(" "));
                let id = title.to_lowercase().replace(' ', "-");
                let _ = writeln!(
                    self.out,
                    "<h{level} id=\"{}\">{}</h{level}>",
                    escaped(&id),
                    escaped(&title)
                );
            }
            "PP" => self.close(),
            "TP" => {
                self.end_block();
                if !self.in_list {
                    self.out.push_str("<dl class=\"man\">\n");
                    self.in_list = true;
                }
                self.open = Open::Tag;
            }
            "nf" => {
                self.close();
                self.out.push_str("<pre><code>");
                self.as_it_stands = true;
            }
            "fi" => {
                self.out.push_str("</code></pre>\n");
                self.as_it_stands = false;
            }
            "br" => self.out.push_str("<br>\n"),
            "B" | "I" => {
                let text = inline(&words.join(" "))?;
                self.text(&font(name, &text));
            }
            "BI" | "BR" | "IR" | "RB" | "RI" | "IB" => {
                let mut text = String::new();
                for (index, word) in words.iter().enumerate() {
                    let kind = &name[index % 2..=index % 2];
                    text.push_str(&font(kind, &inline(word)?));
                }
                self.text(&text);
            }
            _ => return Err("an unknown request".to_owned()),
        }
        Ok(())
    }

    /// A line of text, already HTML.
    fn text(&mut self, html: &str) {
        match self.open {
            _ if self.as_it_stands => {}
            Open::Nothing => {
                self.out.push_str("<p>");
                self.open = Open::Paragraph;
            }
            Open::Tag => {
                let _ = writeln!(self.out, "<dt>{html}</dt>\n<dd>");
                self.open = Open::Definition;
                return;
            }
            Open::Paragraph | Open::Definition => {}
        }
        let _ = writeln!(self.out, "{html}");
    }

    fn end_block(&mut self) {
        match self.open {
            Open::Paragraph => self.out.push_str("</p>\n"),
            Open::Definition => self.out.push_str("</dd>\n"),
            Open::Tag | Open::Nothing => {}
        }
        self.open = Open::Nothing;
    }

    fn close(&mut self) {
        self.end_block();
        if self.in_list {
            self.out.push_str("</dl>\n");
            self.in_list = false;
        }
    }
}

fn font(kind: &str, html: &str) -> String {
    match kind {
        "B" => format!("<strong>{html}</strong>"),
        "I" => format!("<em>{html}</em>"),
        _ => html.to_owned(),
    }
}

/// `EXIT STATUS` as `Exit status`.
fn sentence_case(title: &str) -> String {
    if title.chars().any(char::is_lowercase) {
        return title.to_owned();
    }
    let mut characters = title.chars();
    characters.next().map_or(String::new(), |first| {
        format!("{first}{}", characters.as_str().to_lowercase())
    })
}

/// The words of a request: separated by spaces, or between double quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut started) = (false, false);
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                started = true;
            }
            ' ' if !quoted => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            c => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// Escapes of a text as HTML: `\-`, `\e`, `\&`, `\(aq`, `\[u2026]`, and the fonts `\fB`, `\fI`, `\fR`.
fn inline(text: &str) -> Result<String, String> {
    let mut html = String::new();
    let mut open = "";
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        html.push_str(&escaped(&rest[..at]));
        rest = &rest[at + 1..];
        let known: &[(&str, &str, &str)] = &[
            ("-", "-", ""),
            ("e", "\\", ""),
            ("&", "", ""),
            ("(aq", "'", ""),
            ("[u2026]", "…", ""),
            ("fB", "<strong>", "</strong>"),
            ("fI", "<em>", "</em>"),
            ("fR", "", ""),
            ("fP", "", ""),
        ];
        let Some((escape, start, end)) = known.iter().find(|(escape, ..)| rest.starts_with(escape))
        else {
            return Err("an unknown escape".to_owned());
        };
        if escape.starts_with('f') {
            html.push_str(open);
            open = end;
        }
        html.push_str(start);
        rest = &rest[escape.len()..];
    }
    html.push_str(&escaped(rest));
    html.push_str(open);
    Ok(html)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_html() {
        let page = ".TH X 8 \"\" \"P\"\n.SH EXIT STATUS\nA\n.BR b (8),\nc.\n.PP\nD \\fIe\\fR.\n.TP\n.BI \\-\\-x \" N\"\nDoes <it>.\n";
        assert_eq!(
            html(page).unwrap(),
            "<h1>x(8)</h1>\n<h2 id=\"exit-status\">Exit status</h2>\n<p>A\n<strong>b</strong>(8),\nc.\n</p>\n\
             <p>D <em>e</em>.\n</p>\n<dl class=\"man\">\n<dt><strong>--x</strong><em> N</em></dt>\n<dd>\nDoes &lt;it&gt;.\n</dd>\n</dl>\n"
        );
    }

    #[test]
    fn what_is_not_known_is_named() {
        assert!(html("a\n.XX b\n").unwrap_err().starts_with("line 2"));
        assert!(html("\\*(Tm").unwrap_err().contains("escape"));
    }
}

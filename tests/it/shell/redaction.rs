//! Making what the shell shows the same in every run: times, ports, random minutes and the sandbox's place. What takes
//! their place has their width, so that tables keep their form.

/// In place of `2026-11-21 04:48:12+00:00`.
const TIME: &str = "YYYY-MM-DD HH:MM:SS+00:00";

/// Takes out of a text what differs between runs.
pub(super) struct Redaction {
    /// A node's port, of five digits.
    pub(super) port: u16,
    /// The sandbox's directory.
    pub(super) sandbox: String,
    /// Where the catalogue is: texts, and what takes their places.
    pub(super) catalogue: Vec<(String, &'static str)>,
}

impl Redaction {
    /// The text as every run gives it.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut text = text
            .replace(&self.port.to_string(), "<pt#>")
            .replace(&self.sandbox, "<sandbox>");
        for (place, by) in &self.catalogue {
            text = text.replace(place, by);
        }
        let lines = text
            .lines()
            .map(|line| random_prompt(&random_schedule(&elapsed(&at_times(&times(line))))))
            .map(|line| age(&free_space(&line)));
        collapse_tables(&lines.collect::<Vec<_>>())
    }
}

fn shape(c: char) -> char {
    if c.is_ascii_digit() { '0' } else { c }
}

/// Replaces what has the shape (`0` stands for a digit) of `pattern`.
fn replace_shape(line: &str, pattern: &str, by: &str) -> String {
    let shaped: String = line.chars().map(shape).collect();
    let mut result = String::new();
    let mut rest = 0;
    // Shapes are looked for byte by byte: digits are replaced by digits, so positions agree.
    while let Some(found) = shaped[rest..].find(pattern) {
        result.push_str(&line[rest..rest + found]);
        result.push_str(by);
        rest += found + pattern.len();
    }
    result.push_str(&line[rest..]);
    result
}

fn times(line: &str) -> String {
    let line = replace_shape(line, "0000-00-00 00:00:00+00:00", TIME);
    replace_shape(&line, "_0000_00_00T000000", "_YYYY_MM_DDTHHMMSS")
}

/// `202611210448`, the form of `at`. IDs have leading zeros.
fn at_times(line: &str) -> String {
    let bytes = line.as_bytes();
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let starts = |index: &usize| {
        bytes[*index..].starts_with(b"20")
            && (index.wrapping_add(1)..index + 12).all(is_digit)
            && !is_digit(index + 12)
            && (*index == 0 || !is_digit(index - 1))
    };
    let mut text = line.to_owned();
    for index in (0..bytes.len()).filter(starts) {
        text.replace_range(index..index + 12, "YYYYMMDDHHMI");
    }
    text
}

/// `3 days, 2:00:01`, how long something has been going on in the transcripts.
fn elapsed(line: &str) -> String {
    replace_shape(line, "0 days, 0:00:00", "D days, H:MM:SS")
}

/// `41 03 * * *`: minute and hour drawn at random have two digits, those of the transcripts one.
fn random_schedule(line: &str) -> String {
    replace_shape(line, "00 00 * * *", "MM HH * * *")
}

/// What a database took, and what is free, as a restore's target shows it.
fn free_space(line: &str) -> String {
    let Some((before, free)) = line.split_once("[OK]: The database had a size of ") else {
        return line.to_owned();
    };
    let Some((_, after)) = free.split_once(" MB are free") else {
        return line.to_owned();
    };
    format!("{before}[OK]: The database had a size of <n> MB; <n> MB are free{after}")
}

/// `YYYY-MM-DD HH:MM:SS+00:00, 9 d 6 h ago`, when the backup of a restore ended.
fn age(line: &str) -> String {
    match line.split_once("Backup finished: ") {
        Some((before, after)) if after.ends_with(" ago") => {
            let time = after.split(", ").next().unwrap_or(after);
            format!("{before}Backup finished: {time}, <age> ago")
        }
        _ => line.to_owned(),
    }
}

fn random_prompt(line: &str) -> String {
    for (label, by) in [("# Minutes cron [", "MM]"), ("# Hours cron [", "HH]")] {
        if let Some(rest) = line
            .strip_prefix(label)
            .filter(|rest| rest.chars().nth(2) == Some(']'))
        {
            return format!("{label}{by}{}", &rest[3..]);
        }
    }
    if let Some(rest) = line.strip_prefix("# Tag [").and_then(|rest| rest.get(8..)) {
        return format!("# Tag [XXXXXXXX{rest}");
    }
    line.to_owned()
}

/// Squeezes the columns of tables that show the sandbox's directory, whose length differs between machines.
fn collapse_tables(lines: &[String]) -> String {
    let is_table = |line: &str| line.starts_with(['+', '|']);
    let mut text = String::new();
    let mut index = 0;
    while index < lines.len() {
        let length = lines[index..]
            .iter()
            .take_while(|line| is_table(line))
            .count()
            .max(1);
        let block = &lines[index..index + length];
        let squeeze =
            is_table(&lines[index]) && block.iter().any(|line| line.contains("<sandbox>"));
        for line in block {
            text.push_str(
                if squeeze {
                    squeezed(line)
                } else {
                    line.clone()
                }
                .trim_end(),
            );
            text.push('\n');
        }
        index += length;
    }
    text
}

fn squeezed(line: &str) -> String {
    let mut text = String::new();
    for c in line.chars() {
        if !(matches!(c, ' ' | '-') && text.ends_with(c)) {
            text.push(c);
        }
    }
    text
}

#[test]
fn what_differs_between_runs_is_replaced_by_something_as_wide() {
    let redaction = Redaction {
        port: 43210,
        sandbox: "/tmp/sb1".to_owned(),
        catalogue: vec![("t_7".to_owned(), "<dbname>")],
    };
    assert_eq!(
        redaction.apply("| t_7 | 00202611210448 | 202611210448 | 3 days, 2:00:01"),
        "| <dbname> | 00202611210448 | YYYYMMDDHHMI | D days, H:MM:SS\n"
    );
    assert_eq!(
        redaction
            .apply("| 2026-11-21 07:51:09+00:00 | 43210 | 16 03 * * * |\n# Minutes cron [41]: 7"),
        "| YYYY-MM-DD HH:MM:SS+00:00 | <pt#> | MM HH * * * |\n# Minutes cron [MM]: 7\n"
    );
    assert_eq!(
        redaction.apply("+-----+\n| /tmp/sb1/x   |\n"),
        "+-+\n| <sandbox>/x |\n"
    );
}

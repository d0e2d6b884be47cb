//! Settings of a session, which the operator changes with `set NAME=VALUE`.

use std::cell::Cell;
use std::str::FromStr;

use thiserror::Error;

use crate::output::{Format, Ids, Style, UnknownFormat, UnknownIds, UnknownStyle};

/// Minimum similarity of a suggested name (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.8;

/// The value that toggles a setting; the shortcut `\x` uses it.
const SWITCH: &str = "switch";

/// The settings in force.
#[derive(Debug)]
pub struct Settings {
    format: Cell<Format>,
    style: Cell<Style>,
    ids: Cell<Ids>,
    pager: Cell<bool>,
}

/// A change of one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `output_format`
    Format(Format),
    /// `output_style`
    Style(Style),
    /// `output_style=switch`
    SwitchStyle,
    /// `ids`
    Ids(Ids),
    /// `pager`
    Pager(bool),
}

/// The names of the settings, and their allowed values.
pub fn all() -> [(&'static str, Vec<&'static str>); 4] {
    [
        ("output_format", Format::ALL.map(Format::as_str).to_vec()),
        ("output_style", Style::ALL.map(Style::as_str).to_vec()),
        ("ids", Ids::ALL.map(Ids::as_str).to_vec()),
        ("pager", vec!["on", "off"]),
    ]
}

/// The settings in one line, for help and for refusals.
pub fn describe() -> String {
    let each = all().map(|(name, values)| format!("{name}={}", values.join("|")));
    each.join(", ")
}

impl Settings {
    /// Settings at the beginning of a session.
    pub const fn new(format: Format, style: Style) -> Self {
        Self {
            format: Cell::new(format),
            style: Cell::new(style),
            ids: Cell::new(Ids::Padded),
            pager: Cell::new(true),
        }
    }

    /// The form of lists and details.
    pub fn format(&self) -> Format {
        self.format.get()
    }

    /// The layout of tables.
    pub fn style(&self) -> Style {
        self.style.get()
    }

    /// The format of IDs.
    pub fn ids(&self) -> Ids {
        self.ids.get()
    }

    /// Whether lists longer than the screen are shown in a pager, if there is one.
    pub fn pager(&self) -> bool {
        self.pager.get()
    }

    /// Each setting with its value and the allowed values.
    pub fn rows(&self) -> Vec<[String; 3]> {
        let pager = if self.pager() { "on" } else { "off" };
        let values = [
            self.format().as_str(),
            self.style().as_str(),
            self.ids().as_str(),
            pager,
        ];
        all()
            .into_iter()
            .zip(values)
            .map(|((name, allowed), value)| [name.to_owned(), value.to_owned(), allowed.join(", ")])
            .collect()
    }

    /// Applies a change; returns the message about it.
    pub fn change(&self, setting: Setting) -> String {
        match setting {
            Setting::Format(format) => {
                self.format.set(format);
                format!("Output format changed to [{format}]")
            }
            Setting::Style(style) => {
                self.style.set(style);
                format!("Output style changed to [{style}]")
            }
            Setting::SwitchStyle => self.change(Setting::Style(self.style().other())),
            Setting::Ids(ids) => {
                self.ids.set(ids);
                format!("IDs changed to [{ids}]")
            }
            Setting::Pager(on) => {
                self.pager.set(on);
                format!("Pager changed to [{}]", if on { "on" } else { "off" })
            }
        }
    }
}

/// An invalid change of a setting.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingError {
    /// It has no `=`.
    #[error("{0:?} is not of the form SETTING=VALUE; allowed: {allowed}", allowed = describe())]
    NoValue(String),
    /// No setting has the name.
    #[error("{name:?} is not a setting.{} Allowed: {}", meant(nearest.as_ref()), describe())]
    Unknown {
        /// The name, in lower case.
        name: String,
        /// A setting with a similar name.
        nearest: Option<&'static str>,
    },
    /// `output_format`
    #[error(transparent)]
    Format(#[from] UnknownFormat),
    /// `output_style`
    #[error(transparent)]
    Style(#[from] UnknownStyle),
    /// `ids`
    #[error(transparent)]
    Ids(#[from] UnknownIds),
    /// `pager`
    #[error("{0:?} is not a value for pager; allowed: on, off")]
    Pager(String),
}

impl FromStr for Setting {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, SettingError> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| SettingError::NoValue(text.to_owned()))?;
        let value = value.trim();
        let name = name.trim().to_lowercase();
        match name.as_str() {
            "output_format" => Ok(Self::Format(value.parse::<Format>()?)),
            "output_style" if value.eq_ignore_ascii_case(SWITCH) => Ok(Self::SwitchStyle),
            "output_style" => Ok(Self::Style(value.parse::<Style>()?)),
            "ids" => Ok(Self::Ids(value.parse::<Ids>()?)),
            "pager" => match value.to_lowercase().as_str() {
                "on" => Ok(Self::Pager(true)),
                "off" => Ok(Self::Pager(false)),
                _ => Err(SettingError::Pager(value.to_owned())),
            },
            unknown => Err(SettingError::Unknown {
                name: unknown.to_owned(),
                nearest: nearest(unknown),
            }),
        }
    }
}

/// A setting with a name similar to an unknown one.
fn nearest(unknown: &str) -> Option<&'static str> {
    all()
        .into_iter()
        .map(|(name, _)| (strsim::jaro_winkler(unknown, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn meant(nearest: Option<&&str>) -> String {
    nearest.map_or(String::new(), |name| format!(" Did you mean: {name}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_in_any_case_and_said_when_changed() {
        let settings = Settings::new(Format::Table, Style::Horizontal);
        for (text, said) in [
            ("output_format=csv", "Output format changed to [csv]"),
            (
                "Output_Style = VERTICAL",
                "Output style changed to [vertical]",
            ),
            (
                "output_style=switch",
                "Output style changed to [horizontal]",
            ),
            ("output_style=on", "Output style changed to [vertical]"),
            ("output_style=auto", "Output style changed to [auto]"),
            ("output_style=off", "Output style changed to [horizontal]"),
            ("ids=plain", "IDs changed to [plain]"),
            ("pager=off", "Pager changed to [off]"),
        ] {
            assert_eq!(settings.change(text.parse().unwrap()), said);
        }
        assert_eq!(settings.format(), Format::Csv);
        assert_eq!(settings.style(), Style::Horizontal);
        assert!(!settings.pager());
    }

    #[test]
    fn an_unknown_setting_is_met_with_the_one_it_looks_like() {
        let refused = |text: &str| text.parse::<Setting>().unwrap_err().to_string();
        assert!(refused("ouput_fromat=csv").contains("Did you mean: output_format?"));
        assert!(refused("output_stile=x").contains("Did you mean: output_style?"));
        let text = refused("xyzzy=1");
        assert!(
            !text.contains("Did you mean") && text.contains("pager=on|off"),
            "{text}"
        );
        assert!(refused("output_format=xml").contains("table, csv, json"));
        assert!(refused("csv").contains("output_format=table|csv|json"));
    }
}

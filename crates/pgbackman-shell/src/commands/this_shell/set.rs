//! `set`

use crate::declaration::spec::{Asked, Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::output::{Align, Column, Field, Type};
use crate::session::settings::{Setting, SettingError};
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// Additional help.
const DETAILS: &str = "\
output_format is the format of lists and details: table, csv, json (every value a string, as the table shows it) or json2
(numbers, sizes in bytes, ISO 8601 times, durations in seconds; the schemas are in docs/schemas).

output_style is the layout of tables: horizontal, with a line for each row; vertical, with a block for each row and a line for
each column; or auto, which is horizontal if the table fits the screen and vertical if it does not. auto is the default on a
terminal. The shortcut \\x switches between vertical and horizontal; \\x auto, \\x on and \\x off choose one.

ids controls whether IDs are padded with zeros (padded) or not (plain).

pager controls whether tables that are longer or wider than the screen are shown in a pager. The variables PGBACKMAN_PAGER and
PAGER name the pager. Without them it is less, if it is installed. An empty variable means no pager.";

const COLUMNS: [Column; 3] = [
    column("Setting", "setting"),
    column("Value", "value"),
    column("Allowed", "allowed"),
];

/// The fields for programs.
pub(super) const FIELDS: [Field; 3] = [
    Field::new("setting", Type::Text),
    Field::new("value", Type::Text),
    Field::new("allowed", Type::Text).about("Allowed values, separated by commas"),
];

const fn column(heading: &'static str, key: &'static str) -> Column {
    Column {
        heading,
        key,
        align: Align::Left,
    }
}

/// `set`
#[derive(Debug)]
pub(super) struct Set {
    setting: Option<Setting>,
}

impl Command for Set {
    const SPEC: &'static Spec = &Spec {
        name: "set",
        subject: Subject::Shell,
        summary: "Shows the settings of this session, or changes one",
        details: DETAILS,
        example: "set output_format=csv",
        parameters: &[Parameter::new(
            "setting",
            "Parameter=value",
            Kind::Setting,
            "Setting and its new value",
        )
        .default(DefaultSource::Empty)
        .asked(Asked::Never)],
        forms: &[Form::Words(&[]), Form::Words(&["setting"])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let setting = match answers.text("setting") {
            "" => None,
            text => Some(
                text.parse()
                    .map_err(|error: SettingError| CommandError::Invalid(error.to_string()))?,
            ),
        };
        Ok(Self { setting })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let Some(setting) = self.setting else {
            let rows = shell.settings().rows();
            return shell.show_rows("settings", &COLUMNS, &FIELDS, &rows);
        };
        let said = shell.settings().change(setting);
        shell.done(&[said])
    }
}

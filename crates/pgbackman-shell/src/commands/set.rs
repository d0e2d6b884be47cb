//! `set`

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::settings::{Setting, SettingError};
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// What an operator must know besides.
const DETAILS: &str = "\
output_format is the format of lists and details: table, csv or json.

output_style is the layout of tables: horizontal, with a line for each row, or vertical, with a block for each row and a
line for each column, for narrow terminals. The shortcut \\x switches between the two.

pager controls whether tables that are longer than the screen are shown in a pager. The variables PGBACKMAN_PAGER and PAGER
name the pager. Without them there is none.";

/// `set`
#[derive(Debug)]
pub(super) struct Set {
    setting: Setting,
}

impl Command for Set {
    const SPEC: &'static Spec = &Spec {
        name: "set",
        summary: "Changes a setting of this session",
        details: DETAILS,
        example: "set output_format=csv",
        parameters: &[Parameter::new(
            "setting",
            "Parameter=value",
            Kind::Setting,
            "Setting and its new value",
        )],
        forms: &[Form::Words(&["setting"])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            setting: answers
                .text("setting")
                .parse()
                .map_err(|error: SettingError| CommandError::Invalid(error.to_string()))?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let said = shell.settings().change(self.setting);
        shell.done(&[said])
    }
}

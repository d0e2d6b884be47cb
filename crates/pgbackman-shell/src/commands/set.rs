//! `set`

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::settings::Setting;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// What an operator must know besides.
const DETAILS: &str = "\
output_format is the form of lists and details: table, csv or json.

output_style is the way a list lies in a table: horizontal, a line for each row, or vertical, a block for each row with a
line for each column, which suits a narrow terminal. The shortcut \\x switches between the two.

pager says whether a table that is longer than the screen goes through a pager: the one that the variable PGBACKMAN_PAGER
or PAGER names. Without such a variable there is none.";

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
            "The setting and its new value",
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
                .map_err(CommandError::Invalid)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let said = shell.settings().change(self.setting);
        shell.done(&[said])
    }
}

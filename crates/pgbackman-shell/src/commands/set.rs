//! `set`

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::output::Format;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `set`
#[derive(Debug)]
pub(super) struct Set {
    format: Format,
}

impl Command for Set {
    const SPEC: &'static Spec = &Spec {
        name: "set",
        summary: "Changes a setting of this session",
        details: "The only setting is output_format: table, csv or json.",
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
        let text = answers.text("setting");
        let refused = || {
            CommandError::Invalid(format!(
                "{text:?} is not a setting; allowed: {}",
                Kind::Setting.describe()
            ))
        };
        let (name, value) = text.split_once('=').ok_or_else(refused)?;
        if !name.trim().eq_ignore_ascii_case("output_format") {
            return Err(refused());
        }
        Ok(Self {
            format: value.trim().parse().map_err(|_| refused())?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.set_format(self.format);
        shell.done(&[format!("Output format changed to [{}]", self.format)])
    }
}

//! `help`

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Asked, Command, DefaultSource, Form, Parameter, Spec};
use crate::{dispatch, help};

/// `help`
#[derive(Debug)]
pub(super) struct Help {
    topic: Option<String>,
}

impl Command for Help {
    const SPEC: &'static Spec = &Spec {
        name: "help",
        summary: "Lists the commands, or explains one",
        details: "Besides commands there are the topics `shortcuts` and `support`.",
        example: "help show_backup_catalog",
        parameters: &[Parameter::new(
            "command",
            "Command",
            Kind::CommandName,
            "Command or topic to explain",
        )
        .default(DefaultSource::Empty)
        .asked(Asked::Never)],
        forms: &[Form::Words(&[]), Form::Words(&["command"])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let topic = answers.text("command");
        Ok(Self {
            topic: (!topic.is_empty()).then(|| topic.to_owned()),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let Some(topic) = self.topic else {
            return shell.say(&help::overview());
        };
        match help::page(&topic) {
            Some(page) => shell.say(&page),
            None => Err(CommandError::Unknown {
                nearest: dispatch::nearest(&topic),
                name: topic,
            }),
        }
    }
}

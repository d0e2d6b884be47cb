//! `show_retention`

use pgbackman_core::catalog::{definitions, reports};
use pgbackman_core::domain::ids::DefId;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `show_retention`
#[derive(Debug)]
pub(super) struct ShowRetention {
    definition: DefId,
}

impl Command for ShowRetention {
    const SPEC: &'static Spec = &Spec {
        name: "show_retention",
        summary: "Shows why each backup of a definition is kept and when it expires",
        details: "The command applies the same rules as pgbackman_maintenance, as of now. Times are the earliest possible \
                  ones: a backup that is kept until newer ones exist may be kept longer.",
        example: "show_retention 12",
        parameters: &[Parameter::new(
            "defid",
            "DefID",
            Kind::DefId,
            "The backup definition",
        )],
        forms: &[Form::Words(&["defid"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            definition: answers.parse("defid")?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.definition;
        shell.read(async |session| definitions::by_id(&**session, id).await)?;
        shell.show_list(&reports::retention(id))
    }
}

//! `register_backup_server`

use pgbackman_core::catalogue::nodes::servers;

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::host::{self, Host};
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `register_backup_server`
#[derive(Debug)]
pub(super) struct RegisterBackupServer {
    host: Host,
    remarks: String,
}

impl Command for RegisterBackupServer {
    const SPEC: &'static Spec = &Spec {
        name: "register_backup_server",
        subject: Subject::Servers,
        summary: "Registers a backup server",
        details: "The name must be the one under which PgBackMan runs on that machine, because its pgbackman_control \
            looks for it in the catalogue. A host name with dots is treated as an FQDN: the part after the first dot \
            is its domain, unless you give another one. A host name that is an IP address or ends in a dot has no \
            domain.",
        example: "register_backup_server pg-backup01 example.net \"Main backup server\"",
        parameters: &[
            Parameter::new(
                "hostname",
                "Hostname",
                Kind::Hostname,
                "Host name of the machine, or its FQDN",
            )
            .default(DefaultSource::Empty),
            Parameter::new("domain", "Domain", Kind::Domain, "Domain of the machine")
                .default(DefaultSource::ServerDefault("domain")),
            Parameter::new("remarks", "Remarks", Kind::Text, "Free-text comment")
                .default(DefaultSource::Empty)
                .told(host::told),
        ],
        forms: &[Form::Words(&["hostname", "domain", "remarks"])],
        confirmation: Some("Are all values correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            host: Host::read(answers),
            remarks: answers.text("remarks").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let Host { hostname, domain } = &self.host;
        // A refused INSERT would take an ID all the same.
        let registered =
            shell.read(async |session| servers::registered(&**session, hostname, domain).await)?;
        if let Some(server) = registered {
            return Err(refusals::taken(
                "backup server",
                format!(
                    "Backup server {} is already registered (SrvID {}).",
                    server.fqdn(),
                    server.id
                ),
            ));
        }
        let server = shell.write(async |session| {
            servers::register(&**session, hostname, domain, &self.remarks).await
        })?;
        shell.done(&[format!("Backup server {} registered.", server.fqdn())])
    }
}

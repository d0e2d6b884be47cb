//! Parameters of the configuration of a node or a backup server that 1.2 has, and that change neither: whoever sets one is
//! told what stays as it is.

use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;

use crate::values::answers::Answers;

/// What a registered node keeps in spite of what was answered, a sentence for each parameter.
pub fn of_node(node: &PgsqlNode, answers: &Answers) -> Vec<String> {
    let kept = [
        ("domain", "domain", node.domain.clone()),
        ("admin_user", "admin user", node.admin_user.clone()),
        ("pgport", "port", node.port.to_string()),
        ("pgsql_node_status", "status", node.status.to_string()),
    ];
    let ignored = kept.iter().filter(|(parameter, _, own)| {
        answers.given(parameter) && !answers.text(parameter).eq_ignore_ascii_case(own)
    });
    ignored
        .map(|(parameter, word, own)| {
            let advice = if *parameter == "domain" {
                "The domain of a registered node cannot be changed."
            } else {
                "update_pgsql_node changes the node."
            };
            format!(
                "{parameter} is only a default of the configuration: PgSQL node {} keeps the {word} [{own}]. {advice}",
                node.id
            )
        })
        .collect()
}

/// What a backup server keeps in spite of what was answered, a sentence for each parameter.
pub fn of_server(server: &BackupServer, answers: &Answers) -> Vec<String> {
    let mut lines = Vec::new();
    let domain = answers.text("domain");
    if answers.given("domain") && !domain.eq_ignore_ascii_case(&server.domain) {
        lines.push(format!(
            "domain is only a default of the configuration: backup server {} keeps the domain [{}]. The domain of a \
             registered backup server cannot be changed.",
            server.id, server.domain
        ));
    }
    let unused = ["admin_user", "backup_server_status", "root_cron_file"];
    for parameter in unused.iter().filter(|parameter| answers.given(parameter)) {
        lines.push(format!(
            "{parameter} is not used; it exists for scripts of 1.2."
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::ServerId;
    use pgbackman_core::domain::status::ServerStatus;

    use super::*;

    #[test]
    fn f25_a_server_names_what_it_keeps() {
        let server = BackupServer {
            id: ServerId::new(3),
            hostname: "backup01".to_owned(),
            domain: "example.net".to_owned(),
            status: ServerStatus::Running,
            remarks: String::new(),
        };
        let mut answers = Answers::default();
        answers.push("domain", "example.net", true);
        answers.push("time_zone", "UTC", true);
        assert_eq!(of_server(&server, &answers), Vec::<String>::new());
        let mut answers = Answers::default();
        answers.push("domain", "example.org", true);
        answers.push("root_cron_file", "/etc/crontab", true);
        let lines = of_server(&server, &answers).join("\n");
        assert!(lines.contains("keeps the domain [example.net]"), "{lines}");
        assert!(lines.contains("root_cron_file is not used"), "{lines}");
    }
}

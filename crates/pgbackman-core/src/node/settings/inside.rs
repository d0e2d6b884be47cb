//! Texts outside ASCII that belong to the cluster: their statements are run in a session of the database, which sees in them, after the
//! server's conversion, the same bytes (`node::shared_text`). Names in them are as the database sees them, too.

use super::super::configuration::Setting;
use crate::pgtools::list_setting::Calling;
use crate::pgtools::quote::{identifier, literal};

/// Texts of a role that no session of a UTF8 database can give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleTexts {
    /// The role.
    pub role: String,
    /// The comment on it.
    pub comment: Option<String>,
    /// Its security labels: provider and label.
    pub labels: Vec<(String, String)>,
    /// Its settings in every database.
    pub settings: Vec<Setting>,
}

/// What is run in a session of the database itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inside {
    /// The database's name, as it sees it.
    pub name: String,
    /// The comment on it.
    pub comment: Option<String>,
    /// Its security labels: provider and label.
    pub labels: Vec<(String, String)>,
    /// `ALTER DATABASE … SET`.
    pub settings: Vec<Setting>,
    /// `ALTER ROLE … IN DATABASE … SET`: the role, as the database sees its name, and its settings.
    pub role_settings: Vec<(String, Vec<Setting>)>,
    /// What belongs to roles in every database.
    pub roles: Vec<RoleTexts>,
}

impl Inside {
    /// The statements, without semicolons.
    pub fn statements(&self) -> Vec<String> {
        let database = format!("DATABASE {}", identifier(&self.name));
        let mut statements = Vec::new();
        settings(
            &mut statements,
            &format!("ALTER {database}"),
            &self.settings,
        );
        for (role, own) in &self.role_settings {
            let alter = format!("ALTER ROLE {} IN {database}", identifier(role));
            settings(&mut statements, &alter, own);
        }
        texts(
            &mut statements,
            &database,
            self.comment.as_deref(),
            &self.labels,
        );
        for role in &self.roles {
            let named = format!("ROLE {}", identifier(&role.role));
            settings(&mut statements, &format!("ALTER {named}"), &role.settings);
            texts(
                &mut statements,
                &named,
                role.comment.as_deref(),
                &role.labels,
            );
        }
        statements
    }
}

fn texts(
    statements: &mut Vec<String>,
    object: &str,
    comment: Option<&str>,
    labels: &[(String, String)],
) {
    let comment = comment.map(|text| format!("COMMENT ON {object} IS {}", literal(text)));
    statements.extend(comment);
    statements.extend(labels.iter().map(|(provider, label)| {
        format!(
            "SECURITY LABEL FOR {} ON {object} IS {}",
            identifier(provider),
            literal(label)
        )
    }));
}

/// The statements of settings.
pub(super) fn settings(statements: &mut Vec<String>, alter: &str, settings: &[Setting]) {
    let of = |setting: &Setting| setting.statements(alter, Calling::Sql);
    statements.extend(settings.iter().flat_map(of));
}

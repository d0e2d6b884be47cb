//! What a process finds around itself, taken once and passed on, so that the library reads no process-wide state.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User, gethostname};

use super::fqdn;

/// The environment of a program: its variables, the user it runs as, the machine.
///
/// [`Environment::of_process`] is the only function of the library that looks at the process itself.
#[derive(Clone)]
pub struct Environment {
    vars: BTreeMap<String, String>,
    /// What connections to nodes, and client programs, see instead.
    node_vars: BTreeMap<String, String>,
    home: Option<PathBuf>,
    uid: u32,
    user_name: Option<String>,
    machine_fqdn: String,
}

impl Environment {
    /// The environment of the running process. Variables whose name or value is not UTF-8 are left out.
    ///
    /// The home directory is `$HOME`, else that of the password database, as libpq finds it since version 15.
    pub fn of_process() -> Self {
        let vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let uid = Uid::effective();
        let user = User::from_uid(uid).ok().flatten();
        let home = vars
            .get("HOME")
            .filter(|home| !home.is_empty())
            .map(PathBuf::from)
            .or_else(|| user.as_ref().map(|user| user.dir.clone()));
        let hostname = gethostname()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        Self {
            vars,
            node_vars: BTreeMap::new(),
            home,
            uid: uid.as_raw(),
            user_name: user.map(|user| user.name),
            machine_fqdn: fqdn::of_machine(&hostname),
        }
    }

    /// An environment with nothing in it but a user, for tests and for programs that act for another user.
    pub fn new(uid: u32, user_name: impl Into<String>) -> Self {
        Self {
            vars: BTreeMap::new(),
            node_vars: BTreeMap::new(),
            home: None,
            uid,
            user_name: Some(user_name.into()),
            machine_fqdn: "localhost".to_owned(),
        }
    }

    /// The same environment with one variable set. `HOME` sets the home directory too.
    #[must_use]
    pub fn with_var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        if name == "HOME" {
            self.home = Some(PathBuf::from(&value));
        }
        self.vars.insert(name, value);
        self
    }

    /// The same environment in which connections to nodes, and client programs, see this variable, and nothing else does.
    #[must_use]
    pub fn with_node_var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.node_vars.insert(name.into(), value.into());
        self
    }

    /// What connections to nodes, and client programs, see.
    #[must_use]
    pub fn for_nodes(&self) -> Self {
        let mut env = self.clone();
        env.vars.extend(self.node_vars.clone());
        env
    }

    /// The same environment with another home directory.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// The same environment on a machine of another name.
    #[must_use]
    pub fn with_machine_fqdn(mut self, fqdn: impl Into<String>) -> Self {
        self.machine_fqdn = fqdn.into();
        self
    }

    /// A variable's value; an empty one counts as not set, as libpq treats its variables.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// Whether a variable is set, be it to nothing.
    pub fn is_set(&self, name: &str) -> bool {
        self.vars.contains_key(name)
    }

    /// The home directory, if there is one.
    pub fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The effective user's number; 0 is root.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// The effective user's name, if the password database knows it.
    pub fn user_name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }

    /// This machine's fully qualified name, or its bare host name where no domain is known.
    pub fn machine_fqdn(&self) -> &str {
        &self.machine_fqdn
    }
}

/// Shows the variables' names only: `PGPASSWORD` may be among them (trap 32).
impl fmt::Debug for Environment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Environment")
            .field("vars", &self.vars.keys().collect::<Vec<_>>())
            .field("node_vars", &self.node_vars.keys().collect::<Vec<_>>())
            .field("home", &self.home)
            .field("uid", &self.uid)
            .field("user_name", &self.user_name)
            .field("machine_fqdn", &self.machine_fqdn)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Environment;

    #[test]
    fn trap_32_an_environment_shows_no_values() {
        let environment = Environment::new(0, "root").with_var("PGPASSWORD", "geheim");
        let shown = format!("{environment:?}");
        assert!(shown.contains("PGPASSWORD"));
        assert!(!shown.contains("geheim"));
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let environment = Environment::new(0, "root").with_var("PGHOST", "");
        assert_eq!(environment.var("PGHOST"), None);
    }
}

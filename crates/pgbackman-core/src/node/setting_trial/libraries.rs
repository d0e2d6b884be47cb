//! Libraries that a role or database preloads: where the target lacks one, nobody who has the setting can log in.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Asking, NodeError};
use crate::conninfo::Session;
use crate::pgtools::other_version::{Assignment, Value};

const WHAT: &str = "the libraries that the backup's settings preload";

/// What a library's file may be called.
const SUFFIXES: [&str; 4] = ["", ".so", ".dylib", ".dll"];

/// Where a server looks for libraries.
#[derive(Debug)]
struct Places {
    /// `$libdir`.
    own: String,
    /// `dynamic_library_path`.
    path: String,
}

impl Places {
    /// The files of which one must be there, as the server's loader looks for them.
    fn candidates(&self, parameter: &str, library: &str) -> Vec<String> {
        let named = if library.contains('/') {
            vec![library.to_owned()]
        } else if parameter == "local_preload_libraries" {
            vec![format!("$libdir/plugins/{library}")]
        } else {
            self.path
                .split(':')
                .map(|directory| format!("{directory}/{library}"))
                .collect()
        };
        let suffixed = |name: String| {
            let name = name.replacen("$libdir", &self.own, 1);
            SUFFIXES.map(|suffix| format!("{name}{suffix}"))
        };
        named.into_iter().flat_map(suffixed).collect()
    }
}

/// Adds those settings to `refused` that preload what is not there, as far as the role may look.
pub(super) async fn check(
    session: &Session,
    may_look: bool,
    settings: &BTreeSet<Assignment>,
    refused: &mut BTreeMap<String, String>,
) -> Result<(), NodeError> {
    let preloading = |setting: &&Assignment| {
        let names = ["local_preload_libraries", "session_preload_libraries"];
        names.contains(&setting.parameter.as_str())
    };
    let preloading: Vec<&Assignment> = settings.iter().filter(preloading).collect();
    if preloading.is_empty() || !may_look {
        return Ok(());
    }
    let row = session
        .query_one(include_str!("../sql/places_of_libraries.sql"), &[])
        .await
        .asking(WHAT)?;
    let places = Places {
        own: row.try_get(0).asking(WHAT)?,
        path: row.try_get(1).asking(WHAT)?,
    };
    for setting in preloading {
        let Value::Constants(names) = &setting.value else {
            continue;
        };
        for name in names.iter().filter(|name| !name.is_empty()) {
            let candidates = places.candidates(&setting.parameter, name);
            let row = session
                .query_one(include_str!("../sql/has_a_file.sql"), &[&candidates])
                .await
                .asking(WHAT)?;
            if !row.try_get::<_, bool>(0).asking(WHAT)? {
                let reason = format!(
                    "the target has no library \"{name}\", so nobody with this setting could log in"
                );
                refused.insert(setting.sql.clone(), reason);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn v3_a_library_is_looked_for_where_the_server_does() {
        let places = Places {
            own: "/lib".to_owned(),
            path: "$libdir:/more".to_owned(),
        };
        let found = |parameter, name| places.candidates(parameter, name);
        assert_eq!(
            found("session_preload_libraries", "auto_explain")
                .into_iter()
                .filter(|name| Path::new(name).extension().is_some_and(|end| end == "so"))
                .collect::<Vec<_>>(),
            ["/lib/auto_explain.so", "/more/auto_explain.so"]
        );
        assert_eq!(
            found("local_preload_libraries", "x")[1],
            "/lib/plugins/x.so"
        );
        assert_eq!(found("session_preload_libraries", "$libdir/x")[0], "/lib/x");
    }
}

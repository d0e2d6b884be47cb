//! The programs that the local configuration names: hooks, and the command that receives alerts.

use std::path::Path;

use pgbackman_core::config::{Config, check_ownership};
use pgbackman_core::job::hook::{Moment, objection};
use pgbackman_core::sys::privilege::User;
use pgbackman_core::sys::programs;

use super::Finding;

/// A finding for each program; none where none is configured.
pub(super) fn all(config: &Config, job_user: Option<&User>) -> Vec<Finding> {
    let hooks = Moment::ALL.into_iter().filter_map(|moment| {
        let program = moment.words(&config.hooks).first()?;
        let uid = job_user.map_or(0, |user| user.owner.uid);
        Some(hook(
            moment,
            moment.is_required(&config.hooks),
            problem(Path::new(program), uid),
            program,
        ))
    });
    let command = config
        .alerts
        .alert_command
        .first()
        .map(|program| alert_command(program, programs::exists(program)));
    hooks.chain(command).collect()
}

/// Why the job user cannot run this program.
fn problem(program: &Path, uid: u32) -> Option<String> {
    match check_ownership(program, uid) {
        Err(error) => Some(objection(program, &error)),
        Ok(()) if !programs::is_executable(program) => {
            Some(format!("{} is not an executable file", program.display()))
        }
        Ok(()) => None,
    }
}

fn hook(moment: Moment, is_required: bool, problem: Option<String>, program: &str) -> Finding {
    let advice = format!("correct {moment} in [pgbackman_hooks], or the program's owner and mode");
    match problem {
        None => Finding::ok("hooks", moment.as_str(), format!("{program} can be run")),
        Some(problem) if is_required => Finding::error(
            "hooks",
            moment.as_str(),
            format!("{problem}; it is required, so every run fails"),
            advice,
        ),
        Some(problem) => Finding::warning("hooks", moment.as_str(), problem, advice),
    }
}

fn alert_command(program: &str, exists: bool) -> Finding {
    if exists {
        return Finding::ok(
            "alerts",
            "alert_command",
            format!("the program {program} exists"),
        );
    }
    Finding::warning(
        "alerts",
        "alert_command",
        format!("could not find the program {program}: alerts are not sent by it"),
        "correct alert_command in [pgbackman_alerts], and try it with pgbackman_alerts --test",
    )
}

#[cfg(test)]
mod tests {
    use pgbackman_core::config::Environment;

    use super::*;
    use crate::setup::check::finding::Level;

    #[test]
    fn f33_a_hook_or_an_alert_command_that_does_not_exist_is_found() {
        let mut config = Config::defaults(&Environment::new(0, "root"));
        assert!(all(&config, None).is_empty());
        config.hooks.before_backup = vec!["/bin/nosuch".to_owned()];
        config.hooks.before_backup_required = true;
        config.hooks.after_backup = vec!["/etc/passwd".to_owned()];
        config.hooks.after_restore = vec!["/bin/true".to_owned()];
        config.alerts.alert_command = vec!["/usr/bin/nosuchalert".to_owned()];
        let found: Vec<_> = all(&config, None)
            .into_iter()
            .map(|finding| (finding.level, finding.of, finding.found))
            .collect();
        assert_eq!(
            found[0],
            (
                Level::Error,
                "before_backup".to_owned(),
                "could not find the program /bin/nosuch: No such file or directory (os error 2); \
                 it is required, so every run fails"
                    .to_owned()
            )
        );
        assert_eq!(found[1].0, Level::Warning);
        assert!(found[1].2.contains("not an executable file"), "{found:?}");
        assert_eq!((found[2].0, found[3].0), (Level::Ok, Level::Warning));
    }
}

//! The schedules of definitions as an operator chose them: the five cron fields. Minute and hour may be chosen at
//! random, so that the dumps of a fleet are spread over the night (`docs/spec/catalogue.md`, "Default
//! configuration").

use pgbackman_core::catalogue::nodes::config_params::NodeConfig;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::schedule::cron_field::Field;

use crate::declaration::defaults;
use crate::declaration::definition_parameters::CRON;
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// The answers to the five cron fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenTimes {
    minute: Time,
    hour: Time,
    days: [String; 3],
}

/// A minute or an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Time {
    /// The field; if it was not given, a random one for a single definition.
    field: String,
    /// Whether it was given, so that it applies to every definition.
    given: bool,
}

impl ChosenTimes {
    /// Reads `minute`, `hour`, `day_month`, `month` and `weekday`.
    pub fn read(answers: &Answers) -> Self {
        let time = |key: &str| Time {
            field: answers.text(key).to_owned(),
            given: answers.given(key),
        };
        Self {
            minute: time(CRON[0]),
            hour: time(CRON[1]),
            days: [CRON[2], CRON[3], CRON[4]].map(|key| answers.text(key).to_owned()),
        }
    }

    /// The schedule of one definition. One of several gets its own minute and hour within the node's intervals,
    /// unless they were given.
    ///
    /// # Errors
    /// For a field, or an interval of the node, that cron would refuse.
    pub fn schedule(
        &self,
        shell: &Shell,
        several: bool,
        config: &NodeConfig,
    ) -> Result<Schedule, CommandError> {
        let field = |time: &Time, field: Field, interval: &str| {
            if several && !time.given {
                defaults::random_value(shell, field, interval)
            } else {
                Ok(time.field.clone())
            }
        };
        let minute = field(&self.minute, Field::Minute, &config.minutes_interval)?;
        let hour = field(&self.hour, Field::Hour, &config.hours_interval)?;
        let [day, month, weekday] = &self.days;
        Schedule::parse([&minute, &hour, day, month, weekday])
            .map_err(|error| CommandError::Invalid(error.to_string()))
    }
}

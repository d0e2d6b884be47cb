//! More hours, each with other schedules, policies and moments: `cargo xtask test --long`.

use pgbackman_tests::namespace;

use super::an_hour;

#[test]
fn two_other_hours_of_operation_end_as_the_model_says() {
    if !namespace::available() {
        return;
    }
    for seed in [11, 12] {
        an_hour(seed);
    }
}

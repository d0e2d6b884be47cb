//! Tests of `cluster.rs`.

use super::parent_of_zombie;

#[test]
fn r4_a_zombie_is_known_by_its_state() {
    assert_eq!(
        parent_of_zombie("812 (postgres) Z 77 812 812 0 -1"),
        Some(77)
    );
    assert_eq!(parent_of_zombie("812 (a) Z 1 (b) S 77 812 812 0 -1"), None);
    assert_eq!(parent_of_zombie("812 (postgres) S 77 812"), None);
    assert_eq!(parent_of_zombie(""), None);
}

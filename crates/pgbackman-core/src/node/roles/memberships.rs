//! The order in which memberships can be granted.

use std::collections::BTreeSet;

use super::needed::Membership;

/// Since 16 nobody grants a role who does not hold it with ADMIN OPTION himself: whoever grants comes after the grant he
/// has that from. The order is otherwise kept; a chain without a beginning (from before 16, where the grantor was not
/// checked) comes last.
pub(super) fn in_grantable_order(memberships: &[Membership]) -> Vec<&Membership> {
    let mut waiting: Vec<&Membership> = memberships.iter().collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    let mut admins: BTreeSet<(&str, &str)> = BTreeSet::new();
    loop {
        let before = waiting.len();
        waiting.retain(|membership| {
            let grantor = membership
                .grantor
                .as_deref()
                .filter(|_| !membership.by_bootstrap_superuser);
            let ready =
                grantor.is_none_or(|grantor| admins.contains(&(membership.role.as_str(), grantor)));
            if ready {
                ordered.push(*membership);
                if membership.admin {
                    admins.insert((&membership.role, &membership.member));
                }
            }
            !ready
        });
        if waiting.len() == before {
            ordered.extend(waiting);
            return ordered;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn membership(role: &str, member: &str, grantor: &str, admin: bool) -> Membership {
        Membership {
            role: role.to_owned(),
            member: member.to_owned(),
            grantor: Some(grantor.to_owned()),
            by_bootstrap_superuser: grantor == "postgres",
            admin,
            options: None,
        }
    }

    #[test]
    fn whoever_grants_has_the_admin_option_first() {
        let memberships = [
            membership("r", "a", "b", false),
            membership("r", "b", "c", true),
            membership("r", "c", "postgres", true),
            membership("s", "x", "unknown", false),
        ];
        let ordered = in_grantable_order(&memberships);
        let members: Vec<&str> = ordered
            .iter()
            .map(|membership| membership.member.as_str())
            .collect();
        assert_eq!(members, ["c", "b", "a", "x"]);
    }
}

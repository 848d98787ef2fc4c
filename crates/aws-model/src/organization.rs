//! Small hand-kept tables about policies: services that RCPs cover, condition keys with new names.

use crate::table;

/// Whether resource control policies cover the resources of the service with this action prefix
/// (AWS Organizations User Guide, "Resource control policies"). Compared without case.
pub fn rcp_covers(prefix: &str) -> bool {
    table::lines(table::RCP_SERVICES).any(|covered| covered.eq_ignore_ascii_case(prefix))
}

/// The new name of a condition key that no action carries any more under its old name. Compared
/// without case.
pub fn renamed_condition_key(name: &str) -> Option<&'static str> {
    table::lines(table::RENAMED_KEYS)
        .filter_map(|line| line.split_once('\t'))
        .find(|(old, _)| old.eq_ignore_ascii_case(name))
        .map(|(_, new)| new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action_service, condition_key};

    #[test]
    fn every_covered_service_has_actions() {
        for prefix in table::lines(table::RCP_SERVICES) {
            assert!(action_service(prefix).is_some(), "{prefix}");
        }
        assert!(rcp_covers("S3") && rcp_covers("kms") && !rcp_covers("sagemaker"));
    }

    #[test]
    fn old_keys_are_listed_by_no_action_and_new_ones_are() {
        let carried = |name: &str| {
            crate::actions_of("sagemaker").iter().any(|action| {
                let own = action.condition_keys.iter();
                let of_resources = action
                    .resources
                    .iter()
                    .flat_map(|r| r.condition_keys.iter());
                own.chain(of_resources).any(|key| *key == name)
            })
        };
        for line in table::lines(table::RENAMED_KEYS) {
            let (old, new) = line.split_once('\t').expect("two fields");
            assert!(condition_key(old).is_some() && !carried(old), "{old}");
            assert!(carried(new), "{new}");
            assert_eq!(renamed_condition_key(&old.to_ascii_uppercase()), Some(new));
        }
    }
}

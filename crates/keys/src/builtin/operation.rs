//! The operations that the built-in KMS knows (KMS API reference; KMS Developer Guide, "Key states of
//! AWS KMS keys").

/// What an operation does with a key in some state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnState {
    /// It works
    Works,
    /// `DisabledException`
    Disabled,
    /// `KMSInvalidStateException`
    Invalid,
}

/// Facts of an operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// It can use a key of another account.
    pub(super) crosses: bool,
    /// Its model has `InvalidArnException`; others answer `NotFoundException` to a malformed ARN.
    pub(super) names_invalid_arn: bool,
    pub(super) if_disabled: OnState,
    pub(super) if_pending: OnState,
    /// CloudTrail's `readOnly`.
    pub(super) reads: bool,
}

use OnState::{Disabled as X1, Invalid as X3, Works as OK};

const fn operation(
    name: &'static str,
    [crosses, names_invalid_arn, reads]: [bool; 3],
    if_disabled: OnState,
    if_pending: OnState,
) -> Operation {
    Operation {
        name,
        crosses,
        names_invalid_arn,
        if_disabled,
        if_pending,
        reads,
    }
}

const T: bool = true;
const F: bool = false;

/// Every operation: other account, `InvalidArnException`, read only; then what happens to a disabled
/// key and to one that is pending deletion. What the rotation operations do is not documented for both
/// states: on-demand rotation is refused, listing works.
const OPERATIONS: [Operation; 34] = [
    operation("CancelKeyDeletion", [F, T, F], X3, OK),
    operation("CreateAlias", [F, F, F], OK, X3),
    operation("CreateGrant", [T, T, F], X1, X3),
    operation("CreateKey", [F, T, F], OK, OK),
    operation("Decrypt", [T, F, T], X1, X3),
    operation("DeleteAlias", [F, F, F], OK, OK),
    operation("DescribeKey", [T, T, T], OK, OK),
    operation("DisableKey", [F, T, F], OK, X3),
    operation("DisableKeyRotation", [F, T, F], X1, X3),
    operation("EnableKey", [F, T, F], OK, X3),
    operation("EnableKeyRotation", [F, T, F], X1, X3),
    operation("Encrypt", [T, F, T], X1, X3),
    operation("GenerateDataKey", [T, F, T], X1, X3),
    operation("GenerateDataKeyWithoutPlaintext", [T, F, T], X1, X3),
    operation("GenerateRandom", [F, F, T], OK, OK),
    operation("GetKeyPolicy", [F, T, T], OK, OK),
    operation("GetKeyRotationStatus", [T, T, T], OK, OK),
    operation("ListAliases", [F, T, T], OK, OK),
    operation("ListGrants", [T, T, T], OK, OK),
    operation("ListKeyPolicies", [F, T, T], OK, OK),
    operation("ListKeyRotations", [F, T, T], OK, OK),
    operation("ListKeys", [F, F, T], OK, OK),
    operation("ListResourceTags", [F, T, T], OK, OK),
    operation("ListRetirableGrants", [F, T, T], OK, OK),
    operation("PutKeyPolicy", [F, T, F], OK, OK),
    operation("ReEncrypt", [T, F, T], X1, X3),
    operation("RetireGrant", [T, T, F], OK, OK),
    operation("RevokeGrant", [T, T, F], OK, OK),
    operation("RotateKeyOnDemand", [F, T, F], X1, X3),
    operation("ScheduleKeyDeletion", [F, T, F], OK, X3),
    operation("TagResource", [F, T, F], OK, X3),
    operation("UntagResource", [F, T, F], OK, X3),
    operation("UpdateAlias", [F, F, F], OK, X3),
    operation("UpdateKeyDescription", [F, T, F], OK, X3),
];

impl Operation {
    /// The operation of this name.
    pub(super) fn of_name(name: &str) -> Option<&'static Self> {
        OPERATIONS
            .binary_search_by(|operation| operation.name.cmp(name))
            .ok()
            .and_then(|at| OPERATIONS.get(at))
    }
}

/// Names of the operations.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPERATIONS.iter().map(|operation| operation.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(OPERATIONS.is_sorted_by(|one, two| one.name < two.name));
        assert!(names().all(|name| Operation::of_name(name).is_some()));
        assert!(Operation::of_name("Sign").is_none());
    }
}

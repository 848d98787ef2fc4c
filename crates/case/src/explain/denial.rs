//! What the text of a denial says: which kind of policy denied, and which one.
//!
//! AWS: "Troubleshoot access denied error messages", IAM User Guide.

/// A denial, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Denial {
    /// Key of the kind of policy.
    pub(super) policy: Option<&'static str>,
    /// A statement denied; else nothing allowed.
    pub(super) is_explicit: bool,
    /// ARN of the policy.
    pub(super) arn: Option<String>,
    pub(super) action: Option<String>,
    pub(super) resource: Option<String>,
}

const KINDS: [(&str, &str); 8] = [
    ("service control policy", "explain-policy-scp"),
    ("resource control policy", "explain-policy-rcp"),
    ("identity-based policy", "explain-policy-identity"),
    ("resource-based policy", "explain-policy-resource"),
    ("permissions boundary", "explain-policy-boundary"),
    ("session policy", "explain-policy-session"),
    ("vpc endpoint policy", "explain-policy-endpoint"),
    ("role trust policy", "explain-policy-trust"),
];

/// Whether an error code says that access was denied.
pub(super) fn is_denial(code: &str) -> bool {
    const CODES: [&str; 9] = [
        "AccessDenied",
        "AccessDeniedException",
        "Client.UnauthorizedOperation",
        "UnauthorizedOperation",
        "UnauthorizedException",
        "Client.UnauthorizedAccess",
        "NotAuthorized",
        "AuthorizationError",
        "VpceAccessDenied",
    ];
    CODES.contains(&code)
}

pub(super) fn read(message: &str) -> Denial {
    let mut denial = Denial {
        action: word_after(message, "perform: "),
        resource: word_after(message, "on resource: "),
        ..Denial::default()
    };
    // Lower case of ASCII keeps the positions.
    let lower = message.to_ascii_lowercase();
    let explicit = "with an explicit deny in a";
    let found = lower.find(explicit).map(|at| (at + explicit.len(), true));
    let found = found.or_else(|| {
        let implicit = "because no ";
        lower.find(implicit).map(|at| (at + implicit.len(), false))
    });
    let Some((start, is_explicit)) = found else {
        return denial;
    };
    let rest = lower.get(start..).unwrap_or_default();
    // `a` or `an`; the policy stands next.
    let near = rest.strip_prefix('n').unwrap_or(rest).trim_start();
    let kind = KINDS.iter().find(|(name, _)| near.starts_with(name));
    let Some((name, key)) = kind else {
        return denial;
    };
    denial.policy = Some(key);
    denial.is_explicit = is_explicit;
    let after = lower.len() - near.len() + name.len();
    let after = message.get(after..).unwrap_or_default();
    denial.arn = after
        .strip_prefix(": ")
        .filter(|rest| rest.starts_with("arn:"))
        .and_then(|_| word_after(after, ": "));
    denial
}

fn word_after(text: &str, before: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    let word = rest.split_whitespace().next()?;
    let word = word.trim_end_matches(['.', ',']).trim_matches('"');
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_denying_policy_is_named() {
        let scp = read(
            "User: arn:aws:iam::111122223333:user/a is not authorized to perform: sagemaker:CreateModel on resource: arn:aws:sagemaker:eu-west-1:111122223333:model/m with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1",
        );
        assert_eq!(scp.policy, Some("explain-policy-scp"));
        assert!(scp.is_explicit);
        assert_eq!(
            scp.arn.as_deref(),
            Some("arn:aws:organizations::999999999999:policy/o-x/service_control_policy/p-1")
        );
        assert_eq!(scp.action.as_deref(), Some("sagemaker:CreateModel"));
        assert_eq!(
            scp.resource.as_deref(),
            Some("arn:aws:sagemaker:eu-west-1:111122223333:model/m")
        );
        let none = read(
            "User: u is not authorized to perform: iam:PassRole on resource: r because no identity-based policy allows the iam:PassRole action",
        );
        assert_eq!(none.policy, Some("explain-policy-identity"));
        assert!(!none.is_explicit);
        assert_eq!(none.arn, None);
        let identity =
            read("x with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/p");
        assert_eq!(identity.policy, Some("explain-policy-identity"));
        assert_eq!(identity.arn.as_deref(), Some("arn:aws:iam::1:policy/p"));
    }

    #[test]
    fn other_texts_name_none() {
        for text in [
            "",
            "Access Denied",
            "because no ",
            "with an explicit deny in a",
            "because no é policy allows",
            "İ because no session policy",
        ] {
            let denial = read(text);
            assert!(denial.arn.is_none(), "{text}");
        }
    }
}

//! Statements that give more than is meant.

use rempart_aws_model::AccessLevel;

use super::view::View;
use super::{
    NO_MFA, NOT_ACTION_ALLOW, NOT_PRINCIPAL, NOT_PRINCIPAL_ALLOW, NOT_RESOURCE_ALLOW, Options,
    PASS_ROLE_SERVICE, PASS_ROLE_STAR, PUBLIC, Report, WIDE_KMS, WIDE_S3, WIDE_SERVICE, some_of,
};
use crate::document::PolicyKind;

pub(crate) fn check(view: &View, options: &Options, report: &mut Report) {
    principals(view, report);
    if view.is_deny() {
        return;
    }
    let grants = !matches!(
        view.policy.kind,
        PolicyKind::ServiceControl
            | PolicyKind::ResourceControl
            | PolicyKind::PermissionsBoundary
            | PolicyKind::VpcEndpoint
    );
    // Limits allow widely on purpose.
    if !grants {
        return;
    }
    if view.statement.action.negated {
        report.add(
            NOT_ACTION_ALLOW,
            view,
            view.statement.action.position,
            "Allow with NotAction allows every other action, those that AWS adds later included"
                .to_owned(),
        );
    }
    if let Some(resource) = view
        .statement
        .resource
        .as_ref()
        .filter(|resource| resource.negated)
    {
        report.add(
            NOT_RESOURCE_ALLOW,
            view,
            resource.position,
            "Allow with NotResource allows every other resource, those made later included"
                .to_owned(),
        );
    }
    pass_role(view, report);
    if options.is_execution_role {
        execution_role(view, report);
    }
}

fn principals(view: &View, report: &mut Report) {
    let Some(principal) = &view.statement.principal else {
        return;
    };
    let place = principal.position;
    match (principal.negated, view.is_deny()) {
        (true, false) => report.add(
            NOT_PRINCIPAL_ALLOW,
            view,
            place,
            "AWS does not support Allow with NotPrincipal: where it is taken, it allows everybody else, anonymous callers included".to_owned(),
        ),
        (true, true) => report.advise(
            NOT_PRINCIPAL,
            view,
            place,
            "Deny with NotPrincipal also hits listed principals unless account, role and session are all listed, and always those with a permissions boundary".to_owned(),
            "use Principal `*` with ArnNotLike on aws:PrincipalArn",
        ),
        (false, false) => {
            let is_everybody = principal.entries.iter().any(|(_, value)| &*value.text == "*");
            let kind = view.policy.kind;
            let is_limit = matches!(kind, PolicyKind::VpcEndpoint | PolicyKind::ResourceControl);
            if is_everybody && view.statement.conditions.is_empty() && !is_limit {
                report.add(
                    PUBLIC,
                    view,
                    place,
                    "everybody is allowed, and no condition limits whom".to_owned(),
                );
            }
        }
        (false, true) => {}
    }
}

fn pass_role(view: &View, report: &mut Report) {
    let names = view.patterns.iter().filter(|pattern| {
        let text = pattern.written.text.to_ascii_lowercase();
        text == "iam:passrole" || text == "iam:pass*"
    });
    let Some(pattern) = names.into_iter().next() else {
        return;
    };
    let place = pattern.written.position;
    let is_star = view.statement.resource.as_ref().is_some_and(|resource| {
        !resource.negated
            && resource.values.iter().any(|value| {
                let last = value.text.splitn(6, ':').nth(5).unwrap_or(&value.text);
                matches!(last, "*" | "role/*")
            })
    });
    let names_service = view.tests_of("iam:PassedToService").next().is_some();
    if is_star {
        report.advise(
            PASS_ROLE_STAR,
            view,
            place,
            "iam:PassRole on every role lets the holder act as the most powerful one".to_owned(),
            "name the execution roles that may be passed",
        );
    }
    if !names_service {
        report.advise(
            PASS_ROLE_SERVICE,
            view,
            place,
            "the role can be passed to any service".to_owned(),
            "add StringEquals on iam:PassedToService, for example sagemaker.amazonaws.com",
        );
    }
}

fn execution_role(view: &View, report: &mut Report) {
    let is_star = view.statement.resource.as_ref().is_some_and(|resource| {
        resource.values.iter().any(|value| {
            let last = value.text.splitn(6, ':').nth(5).unwrap_or(&value.text);
            matches!(last, "*" | "*/*" | "key/*")
        })
    });
    for pattern in &view.patterns {
        let place = pattern.written.position;
        let text = pattern.written.text.to_ascii_lowercase();
        let (service, name) = text.split_once(':').unwrap_or((&text, ""));
        let is_whole = matches!(name, "*" | "") && view.statement.conditions.is_empty();
        if is_whole {
            report.add(
                WIDE_SERVICE,
                view,
                place,
                format!(
                    "an execution role needs few actions, and `{}` gives all",
                    pattern.written.text
                ),
            );
        }
        if is_star && service == "s3" && reads_or_writes(pattern) {
            report.advise(
                WIDE_S3,
                view,
                place,
                format!(
                    "`{}` on every bucket: a notebook that is taken over reads all data",
                    pattern.written.text
                ),
                "name the buckets and prefixes of the project",
            );
        }
        if is_star
            && service == "kms"
            && reads_or_writes(pattern)
            && view.tests_of("kms:ViaService").next().is_none()
        {
            report.advise(
                WIDE_KMS,
                view,
                place,
                format!("`{}` on every key", pattern.written.text),
                "name the keys, or limit the use by kms:ViaService",
            );
        }
    }
    let has_mfa = view.tests_of("aws:MultiFactorAuthPresent").next().is_some();
    let destroys: Vec<&str> = view
        .patterns
        .iter()
        .filter(|pattern| !pattern.has_wildcard)
        .flat_map(|pattern| &pattern.actions)
        .filter(|action| action.name.starts_with("Delete") || action.name == "ScheduleKeyDeletion")
        .map(|action| action.name)
        .collect();
    if !has_mfa && !destroys.is_empty() {
        report.advise(
            NO_MFA,
            view,
            view.statement.action.position,
            format!("{} without MFA", some_of(&destroys, 3)),
            "leave it to a person, under Bool aws:MultiFactorAuthPresent true",
        );
    }
}

fn reads_or_writes(pattern: &super::view::ActionPattern) -> bool {
    pattern.actions.iter().any(|action| {
        matches!(
            action.level,
            AccessLevel::Read | AccessLevel::Write | AccessLevel::PermissionsManagement
        )
    })
}

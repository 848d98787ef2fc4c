//! Changes of one's own policies, boundary and groups, or of those of another.

use std::sync::Arc;

use rempart_policy::Known;

use super::{Alter, Alteration, Need, Stepper};
use crate::model::StepKind;

impl Stepper<'_> {
    pub(super) fn alterations(&mut self) {
        let direct = [
            ("iam:PutRolePolicy", Alteration::AnyPolicy),
            ("iam:AttachRolePolicy", Alteration::AnyPolicy),
            ("iam:PutUserPolicy", Alteration::AnyPolicy),
            ("iam:AttachUserPolicy", Alteration::AnyPolicy),
            ("iam:DeleteRolePermissionsBoundary", Alteration::NoBoundary),
            ("iam:DeleteUserPermissionsBoundary", Alteration::NoBoundary),
            ("iam:PutGroupPolicy", Alteration::AnyPolicy),
            ("iam:AttachGroupPolicy", Alteration::AnyPolicy),
            ("iam:CreatePolicyVersion", Alteration::AnyPolicy),
            ("iam:AddUserToGroup", Alteration::AnyPolicy),
        ];
        let picture = &self.moment.picture;
        for (action, what) in direct {
            for (arn, verdict) in self.open_targets(action) {
                let need = Need {
                    action: action.to_owned(),
                    resource: Some(arn.to_string()),
                    verdict,
                };
                let whom: Vec<(Arc<str>, Alteration)> = match action {
                    "iam:PutGroupPolicy" | "iam:AttachGroupPolicy" => {
                        let name = arn.rsplit('/').next().unwrap_or_default();
                        let account = arn.split(':').nth(4).unwrap_or_default();
                        let people = picture.people.iter().filter(|person| {
                            person.identity.account.as_str() == account
                                && person.groups.iter().any(|group| group == name)
                        });
                        people
                            .map(|one| (Arc::clone(&one.arn), what.clone()))
                            .collect()
                    }
                    "iam:CreatePolicyVersion" => {
                        let has = |person: &&crate::picture::Person| {
                            person.attached.iter().any(|policy| **policy == *arn)
                        };
                        let people = picture.people.iter().filter(has);
                        people
                            .map(|one| (Arc::clone(&one.arn), what.clone()))
                            .collect()
                    }
                    // The users that join are named in the request alone: any that is gained.
                    "iam:AddUserToGroup" => {
                        vec![("*".into(), Alteration::Joins(Arc::clone(&arn)))]
                    }
                    _ => vec![(Arc::clone(&arn), what.clone())],
                };
                for (who, what) in whom {
                    let has_boundary = picture.by_arn.get(&who).and_then(|at| picture.person(*at));
                    let is_idle = what == Alteration::NoBoundary
                        && has_boundary
                            .is_none_or(|one| matches!(one.identity.boundary, Known::Is(None)));
                    if is_idle {
                        continue;
                    }
                    let to = who.to_string();
                    let found = self.step(
                        StepKind::PolicyChange,
                        &to,
                        Some(&arn),
                        std::slice::from_ref(&need),
                        None,
                    );
                    if let Some((step, _)) = found {
                        self.expansion.alters.push(Alter { who, what, step });
                    }
                }
            }
        }
    }
}

//! Roles that can be assumed: by identities, and by federated subjects.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::ActionName;
use rempart_policy::{Principal, Reference};

use super::{Need, Stepper};
use crate::model::{StepKind, Suspect};
use crate::node::{Actor, base_arn};
use crate::picture::Map;
use crate::targets::Target;
use crate::verdict::{Asker, Verdict};

impl Stepper<'_> {
    pub(super) fn assume_role(&mut self) {
        let Ok(action) = ActionName::parse("sts:AssumeRole") else {
            return;
        };
        let picture = &self.moment.picture;
        let actor = self.asker.actor;
        let mentions = actor.mentions(&action);
        let mut direct: BTreeSet<usize> = BTreeSet::new();
        let mut by_account: BTreeSet<usize> = BTreeSet::new();
        let mut names = vec![actor.arn.to_string(), actor.principal.as_str().to_owned()];
        names.extend(actor.facts.unique_id.as_ref().map(ToString::to_string));
        // Sessions of a role carry no path, and roles may be named without it.
        for name in &names {
            direct.extend(picture.admitting.get(name).into_iter().flatten());
        }
        direct.extend(picture.admitting.get("*").into_iter().flatten());
        if let Some(account) = actor.account {
            by_account.extend(
                picture
                    .admitting
                    .get(account.as_str())
                    .into_iter()
                    .flatten(),
            );
        }
        let candidates = if mentions {
            direct
                .union(&by_account)
                .copied()
                .collect::<BTreeSet<usize>>()
        } else {
            direct
        };
        // Records show steps whatever the policies say.
        let key = (Arc::clone(&self.key.arn), "sts:assumerole".to_owned());
        let logged: Vec<&str> = self
            .successes
            .get(&key)
            .into_iter()
            .flatten()
            .flat_map(|one| one.resources.iter().map(String::as_str))
            .collect();
        let mut all = candidates;
        for arn in logged {
            let base = base_arn(picture, arn);
            match picture.by_arn.get(&base) {
                Some(place) => {
                    all.insert(*place);
                }
                None if base.contains(":role/") => {
                    if let Some(need) = self.need(&base, "sts:AssumeRole") {
                        self.add(StepKind::AssumeRole, &base, None, &[need], None);
                    }
                }
                None => {}
            }
        }
        let mut memory: Map<(u32, u32), Arc<Verdict>> = Map::default();
        for place in all {
            let Some(person) = picture.person(place) else {
                continue;
            };
            let Some(at) = self.moment.index.get(&person.arn) else {
                continue;
            };
            let class = self.expansion.table.class(*at);
            let trust = picture.trust_of.get(place).copied().unwrap_or(u32::MAX);
            let known = memory.get(&(class, trust)).cloned();
            let verdict = match (known, picture.targets.get(*at)) {
                (Some(known), _) => known,
                (None, Some(target)) => {
                    let target = Target {
                        policy: person.trust.clone(),
                        ..target.clone()
                    };
                    let asked = Arc::new(self.asker.ask(&target, &action));
                    memory.insert((class, trust), Arc::clone(&asked));
                    asked
                }
                (None, None) => continue,
            };
            let mut verdict = verdict;
            if *verdict.proof.resource != *person.arn {
                let mut own = (*verdict).clone();
                own.proof.resource = Arc::clone(&person.arn);
                verdict = Arc::new(own);
            }
            let need = Need {
                action: "sts:AssumeRole".to_owned(),
                resource: Some(person.arn.to_string()),
                verdict,
            };
            let arn = Arc::clone(&person.arn);
            self.add(StepKind::AssumeRole, &arn, None, &[need], None);
        }
    }

    pub(super) fn federation(&mut self, suspect: Option<&Suspect>) {
        let Some(federated) = suspect.and_then(|suspect| suspect.federated.as_ref()) else {
            return;
        };
        let name = if federated.provider.contains(":saml-provider/") {
            "sts:AssumeRoleWithSAML"
        } else {
            "sts:AssumeRoleWithWebIdentity"
        };
        let Ok(action) = ActionName::parse(name) else {
            return;
        };
        let actor = Actor {
            principal: Principal::Provider {
                name: federated.provider.as_str().into(),
            },
            ..self.asker.actor.bare()
        };
        let mut asker = Asker {
            actor: &actor,
            picture: &self.moment.picture,
            keys: &self.moment.keys,
            reference: Reference::new(),
        };
        let keys: Vec<_> = federated
            .keys
            .iter()
            .map(|(key, value)| {
                let state = rempart_policy::context::KeyState::Single(value.as_str().into());
                (rempart_policy::context::KeyName::new(key), state)
            })
            .collect();
        let candidates = self.moment.picture.admitting.get(&federated.provider);
        let mut found = Vec::new();
        for place in candidates.into_iter().flatten() {
            let Some(person) = self.moment.picture.person(*place) else {
                continue;
            };
            let at = self.moment.index.get(&person.arn);
            let Some(target) = at.and_then(|at| self.moment.picture.targets.get(*at)) else {
                continue;
            };
            let target = Target {
                policy: person.trust.clone(),
                ..target.clone()
            };
            let stack = asker.stack(&target);
            let verdict = Arc::new(asker.ask_with(&stack, &target, &action, &keys));
            let need = Need {
                action: name.to_owned(),
                resource: Some(person.arn.to_string()),
                verdict,
            };
            found.push((Arc::clone(&person.arn), need));
        }
        for (arn, need) in found {
            self.add(StepKind::Federation, &arn, None, &[need], None);
        }
    }
}

//! Roles passed to new compute.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use rempart_aws_model::{ActionName, SageMakerField, operations_with_field};
use rempart_policy::context::{KeyName, KeyState};
use rempart_policy::document::Effect;
use rempart_policy::{Known, Principal, Reference};

use super::{Need, Stepper};
use crate::actions::{UNRELATED, example_of};
use crate::model::{Label, StepKind};
use crate::node::Actor;
use crate::picture::Map;
use crate::targets::Target;
use crate::verdict::{Asker, Verdict};

const TABLE: &str = include_str!("../../data/pass-role.txt");
/// Names that are tried for new resources, beside one that no policy means.
const MOST_NAMES: usize = 16;

struct Line {
    service: &'static str,
    runs_code: bool,
    actions: Vec<String>,
}

static LINES: LazyLock<Vec<Line>> = LazyLock::new(|| {
    let mut lines: Vec<Line> = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if let (Some(service), Some(brings)) = (words.next(), words.next()) {
            lines.push(Line {
                service,
                runs_code: brings == "code",
                actions: words.map(ToOwned::to_owned).collect(),
            });
        }
    }
    let known: BTreeSet<String> = lines.iter().flat_map(|line| line.actions.clone()).collect();
    let mut more = Vec::new();
    for operation in operations_with_field(SageMakerField::Role) {
        let action = format!("sagemaker:{}", operation.name());
        let facts = rempart_aws_model::action(&action);
        if !known.contains(&action) && facts.is_some() {
            more.push(Line {
                service: "sagemaker.amazonaws.com",
                runs_code: false,
                actions: vec![action],
            });
        }
    }
    lines.extend(more);
    lines
});

/// Adds the steps.
pub(super) fn steps(stepper: &mut Stepper<'_>) {
    let Ok(pass) = ActionName::parse("iam:PassRole") else {
        return;
    };
    let actor = stepper.asker.actor;
    let Some(account) = actor.account else {
        return;
    };
    if !actor.mentions(&pass) {
        return;
    }
    let picture = &stepper.moment.picture;
    // The best way of each service, those that run code first.
    let mut ways: Vec<(&'static str, bool, Vec<Need>)> = Vec::new();
    let regions: BTreeSet<String> = picture
        .targets
        .iter()
        .filter(|target| target.is_new && target.account == Some(account))
        .filter_map(|target| target.region.as_deref().map(ToOwned::to_owned))
        .collect();
    let region = regions
        .iter()
        .next()
        .cloned()
        .unwrap_or_else(|| "us-east-1".to_owned());
    for line in LINES.iter() {
        if !picture.trusting.contains_key(line.service) {
            continue;
        }
        let asked: Vec<ActionName> = line
            .actions
            .iter()
            .filter_map(|name| ActionName::parse(name).ok())
            .collect();
        if !asked.iter().all(|name| actor.mentions(name)) {
            continue;
        }
        let has_code = ways.iter().any(|(service, code, needs)| {
            let weakest = needs.iter().map(|need| need.verdict.label).min();
            *service == line.service && *code && weakest == Some(Label::Reachable)
        });
        if has_code {
            continue;
        }
        if let Some(needs) = allowed(stepper, line, account.as_str(), &region) {
            ways.push((line.service, line.runs_code, needs));
        }
    }
    let weakest = |needs: &[Need]| needs.iter().map(|need| need.verdict.label).min();
    ways.sort_by_key(|(service, code, needs)| {
        (
            *service,
            !*code,
            std::cmp::Reverse(weakest(needs)),
            needs.len(),
        )
    });
    ways.dedup_by_key(|(service, ..)| *service);
    for (service, runs_code, needs) in ways {
        let mut passed: Map<u32, Arc<Verdict>> = Map::default();
        let mut trusted: Map<u32, Arc<Verdict>> = Map::default();
        let roles = picture.trusting.get(service).into_iter().flatten();
        for place in roles {
            let Some(person) = picture.person(*place) else {
                continue;
            };
            let Some(at) = stepper.moment.index.get(&person.arn).copied() else {
                continue;
            };
            let Some(target) = picture.targets.get(at) else {
                continue;
            };
            // A role is passed within its account.
            if person.identity.account != account {
                continue;
            }
            let class = stepper.expansion.table.class(at);
            let pass_verdict = match passed.get(&class) {
                Some(known) => Arc::clone(known),
                None => {
                    let keys = [
                        key("iam:PassedToService", KeyState::Single(service.into())),
                        key("iam:AssociatedResourceArn", KeyState::Unknown),
                    ];
                    let stack = stepper.asker.stack(target);
                    let asked = Arc::new(stepper.asker.ask_with(&stack, target, &pass, &keys));
                    passed.insert(class, Arc::clone(&asked));
                    asked
                }
            };
            if pass_verdict.label < Label::Unknown {
                continue;
            }
            let trust_id = picture.trust_of.get(*place).copied().unwrap_or(u32::MAX);
            let trust = match trusted.get(&trust_id) {
                Some(known) => Arc::clone(known),
                None => {
                    let asked = Arc::new(trusts(stepper, person, target, service));
                    trusted.insert(trust_id, Arc::clone(&asked));
                    asked
                }
            };
            let about = |verdict: &Arc<Verdict>| {
                let mut own = (**verdict).clone();
                own.proof.resource = Arc::clone(&person.arn);
                Arc::new(own)
            };
            let mut all = vec![Need {
                action: "iam:PassRole".to_owned(),
                resource: Some(person.arn.to_string()),
                verdict: about(&pass_verdict),
            }];
            all.extend(needs.iter().cloned().map(|need| Need {
                // A record of the operation shows this step only if it names the role.
                resource: Some(person.arn.to_string()),
                ..need
            }));
            let mut trust = (*about(&trust)).clone();
            trust.proof.action = "sts:AssumeRole".into();
            let acts = (!runs_code).then_some("what-the-service-does");
            if trust.label < Label::Unknown {
                continue;
            }
            all.push(Need {
                action: format!("sts:AssumeRole by {service}"),
                resource: None,
                verdict: Arc::new(trust),
            });
            let arn = Arc::clone(&person.arn);
            stepper.add(StepKind::PassRole, &arn, Some(service), &all, acts);
        }
    }
}

fn key(name: &str, state: KeyState) -> (KeyName, KeyState) {
    (KeyName::new(name), state)
}

/// Whether the actions of a way are allowed on new resources of one name.
fn allowed(
    stepper: &mut Stepper<'_>,
    line: &Line,
    account: &str,
    region: &str,
) -> Option<Vec<Need>> {
    let mut names: Vec<String> = vec![UNRELATED.to_owned()];
    if let Known::Is(policies) = &stepper.asker.actor.stack.identity {
        for policy in policies {
            for name in line
                .actions
                .iter()
                .filter_map(|name| ActionName::parse(name).ok())
            {
                for (_, statement) in policy.concerning(&name) {
                    if statement.effect == Effect::Deny {
                        continue;
                    }
                    let values = statement.resource.iter().flat_map(|one| &one.values);
                    for value in values {
                        let last = value.text.splitn(6, ':').nth(5).unwrap_or_default();
                        let name = last.split_once('/').map_or(last, |(_, name)| name);
                        let name = name.replace('*', UNRELATED).replace('?', "z");
                        if !name.is_empty() && !name.contains("${") && !names.contains(&name) {
                            names.push(name);
                        }
                    }
                }
            }
        }
    }
    names.truncate(MOST_NAMES);
    let mut best: Option<Vec<Need>> = None;
    for name in names {
        let mut needs = Vec::new();
        for action in &line.actions {
            let arn = example_of(action, account, region, &name);
            let verdict = stepper.about(&arn, action)?;
            let is_open = verdict.label >= Label::Unknown;
            needs.push(Need {
                action: action.clone(),
                resource: None,
                verdict,
            });
            if !is_open {
                break;
            }
        }
        let label = |needs: &[Need]| needs.iter().map(|need| need.verdict.label).min();
        let found = label(&needs);
        if found < Some(Label::Unknown) || needs.len() < line.actions.len() {
            continue;
        }
        if best.as_deref().and_then(label) < found {
            best = Some(needs);
        }
    }
    best
}

/// Whether a role lets a service assume it.
fn trusts(
    stepper: &Stepper<'_>,
    person: &crate::picture::Person,
    target: &Target,
    service: &str,
) -> Verdict {
    let actor = Actor {
        principal: Principal::Service {
            name: service.into(),
        },
        ..stepper.asker.actor.bare()
    };
    let mut asker = Asker {
        actor: &actor,
        picture: stepper.asker.picture,
        keys: stepper.asker.keys,
        reference: Reference::new(),
    };
    let target = Target {
        policy: person.trust.clone(),
        ..target.clone()
    };
    let keys = [
        key(
            "aws:SourceAccount",
            KeyState::Single(person.identity.account.as_str().into()),
        ),
        key("aws:SourceArn", KeyState::Unknown),
        key("aws:SourceOrgID", KeyState::Unknown),
    ];
    let stack = asker.stack(&target);
    match ActionName::parse("sts:AssumeRole") {
        Ok(action) => asker.ask_with(&stack, &target, &action, &keys),
        Err(_) => Verdict {
            label: Label::Unknown,
            conditions: Arc::from([]),
            proof: crate::model::Proof {
                action: "sts:AssumeRole".into(),
                resource: Arc::clone(&person.arn),
                decision: "Unsupported",
                layer: None,
                statements: Vec::new(),
                reason: None,
            },
        },
    }
}

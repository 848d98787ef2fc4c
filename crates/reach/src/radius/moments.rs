//! The moments at which policies are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rempart_aws_model::AccountId;
use rempart_estate::{Estate, Place};
use rempart_policy::Policies;

use crate::asked::Keys;
use crate::changes::{Applied, State};
use crate::classes::Matches;
use crate::model::{Missing, Options, PolicyChange, PolicyTime, Suspect, World};
use crate::node::session_policies;
use crate::picture::{Controls, Map, Picture, controls_of, permission};
use crate::steps::Moment;
use crate::targets::{Compute, Target, gather};

const DETAILS: &str = "iam:GetAccountAuthorizationDetails";

/// What was made of snapshots and changes.
#[derive(Debug, Default)]
pub(super) struct Moments {
    pub(super) moments: Vec<Moment>,
    pub(super) as_of: Vec<PolicyTime>,
    pub(super) not_understood: Vec<(String, String)>,
    pub(super) left_out: usize,
    pub(super) parts_left_out: usize,
}

/// What moments share while resources do not change.
struct Shared {
    version: usize,
    targets: Arc<Vec<Target>>,
    computes: Arc<Vec<Compute>>,
    matches: Arc<Matches>,
    missing: BTreeSet<Missing>,
}

/// The moments between the first bad event and containment.
pub(super) fn of(
    world: &World<'_>,
    suspects: &[Suspect],
    (from, to): (Timestamp, Timestamp),
    options: &Options,
    missing: &mut BTreeSet<Missing>,
) -> Moments {
    let mut made = Moments::default();
    // Nearest first: those before the first bad event, the latest of them first, then those after it.
    let mut ordered = world.clone();
    ordered.estates.sort_by_key(|(_, at)| {
        let distance = at.as_second() - from.as_second();
        (distance > 0, distance.abs())
    });
    let mut changes: Vec<&PolicyChange> = world.changes.iter().collect();
    changes.sort_by(|a, b| (a.time, &a.evidence).cmp(&(b.time, &b.evidence)));
    let mut state = State::default();
    let accounts = base(
        &ordered, suspects, from, &changes, &mut state, &mut made, missing,
    );
    let controls = controls_of(&ordered, &accounts, missing);
    let mut shared = None;
    let mut push = |start: Timestamp, state: &State, made: &mut Moments| {
        let (moment, parts) = moment(start, &ordered, suspects, state, &controls, &mut shared);
        made.parts_left_out = made.parts_left_out.max(parts);
        made.moments.push(moment);
    };
    state.grantees.clear();
    push(from, &state, &mut made);
    let inside: Vec<&PolicyChange> = changes
        .into_iter()
        .filter(|change| change.time > from && change.time <= to)
        .collect();
    let mut times: BTreeSet<Timestamp> = BTreeSet::new();
    let mut pending: Vec<(Timestamp, Vec<&PolicyChange>)> = Vec::new();
    for change in inside {
        if times.insert(change.time) {
            pending.push((change.time, Vec::new()));
        }
        if let Some((_, group)) = pending.last_mut() {
            group.push(change);
        }
    }
    // Too many: neighbours are looked at together, when the last of them has happened.
    let room = options.most_moments.saturating_sub(1).max(1);
    let stride = pending.len().div_ceil(room).max(1);
    for group in pending.chunks(stride) {
        let mut is_changed = false;
        for change in group.iter().flat_map(|(_, changes)| changes) {
            match state.apply(change) {
                Applied::Done => is_changed = true,
                Applied::Ignored => {}
                Applied::NotUnderstood(reason) => {
                    made.not_understood.push((change.evidence.clone(), reason));
                }
            }
        }
        let last = group.last().map(|(time, _)| *time);
        if let (true, Some(last)) = (is_changed, last) {
            made.left_out += group.len() - 1;
            push(last, &state, &mut made);
            state.grantees.clear();
        }
    }
    made
}

/// The state at the first bad event, and the accounts that are known.
fn base(
    world: &World<'_>,
    suspects: &[Suspect],
    from: Timestamp,
    changes: &[&PolicyChange],
    state: &mut State,
    made: &mut Moments,
    missing: &mut BTreeSet<Missing>,
) -> BTreeSet<AccountId> {
    let mut accounts: BTreeSet<AccountId> = BTreeSet::new();
    let named = suspects
        .iter()
        .filter_map(|suspect| suspect.arn.split(':').nth(4));
    let mut wanted: BTreeSet<String> = named.map(ToOwned::to_owned).collect();
    for (estate, _) in &world.estates {
        wanted.extend(estate.places().iter().map(|place| place.account.clone()));
    }
    for account in wanted {
        let Ok(parsed) = AccountId::parse(&account) else {
            continue;
        };
        accounts.insert(parsed);
        let mut why = None;
        let mut found: Option<(&Estate, Timestamp, serde_json::Value)> = None;
        for (estate, at) in &world.estates {
            match estate.answer_in(DETAILS, &Place::new(&*account, "global")) {
                Ok(answer) => {
                    found = Some((estate, *at, (*answer.body).clone()));
                    break;
                }
                Err(gap) => {
                    why.get_or_insert(gap);
                }
            }
        }
        let Some((_, at, details)) = found else {
            let is_given = world.inventory.is_some_and(|inventory| {
                inventory
                    .identities()
                    .iter()
                    .any(|one| one.account == parsed)
            });
            if !is_given {
                let reason = why.as_ref().map_or_else(
                    || "there is no snapshot of the account".to_owned(),
                    ToString::to_string,
                );
                let permission =
                    why.map_or_else(|| DETAILS.to_owned(), |gap| permission(DETAILS, &gap));
                missing.insert(Missing {
                    what: format!("users, roles and policies of account {account}: {reason}"),
                    permission,
                    limits: format!("everything that identities of account {account} could do"),
                });
            }
            continue;
        };
        state
            .details
            .insert(account.clone(), with_known_policies(details));
        let own: Vec<&&PolicyChange> = changes
            .iter()
            .filter(|change| change.account == account)
            .collect();
        let mut count = 0;
        let mut note = |change: &PolicyChange, applied: Applied| match applied {
            Applied::Done => count += 1,
            Applied::Ignored => {}
            Applied::NotUnderstood(reason) => {
                made.not_understood.push((change.evidence.clone(), reason));
            }
        };
        if at <= from {
            for change in own.iter().filter(|one| one.time > at && one.time <= from) {
                let applied = state.apply(change);
                note(change, applied);
            }
        } else {
            for change in own
                .iter()
                .rev()
                .filter(|one| one.time > from && one.time <= at)
            {
                let applied = state.undo(change);
                note(change, applied);
            }
        }
        made.as_of.push(PolicyTime {
            account,
            snapshot: at.to_string(),
            is_before: at <= from,
            changes: count,
        });
    }
    if world.estates.is_empty() && world.inventory.is_none() {
        missing.extend(everything());
    }
    accounts
}

/// Adds the one policy of AWS whose content is fixed by its purpose, so that attaching it later is
/// understood (AWS Managed Policy Reference, "AdministratorAccess").
fn with_known_policies(mut details: serde_json::Value) -> serde_json::Value {
    const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
    let known = crate::picture::elements(&details, "Policies")
        .any(|policy| crate::picture::text(policy, "Arn") == ADMINISTRATOR);
    if let (false, Some(members)) = (known, details.as_object_mut()) {
        let policies = members
            .entry("Policies")
            .or_insert_with(|| serde_json::json!([]));
        if let Some(policies) = policies.as_array_mut() {
            policies.push(serde_json::json!({"Arn": ADMINISTRATOR, "DefaultVersionId": "v1",
                "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": true, "Document":
                    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#}]}));
        }
    }
    details
}

/// What to collect when there is nothing.
fn everything() -> Vec<Missing> {
    let wanted = [
        (
            "resources of SageMaker",
            "sagemaker:List*, sagemaker:Describe*",
        ),
        (
            "buckets, their policies and encryption",
            "s3:ListAllMyBuckets, s3:GetBucketPolicy, s3:GetEncryptionConfiguration, s3:GetBucketPublicAccessBlock",
        ),
        (
            "keys, their policies and grants",
            "kms:ListKeys, kms:GetKeyPolicy, kms:ListGrants",
        ),
        (
            "secrets and their policies",
            "secretsmanager:ListSecrets, secretsmanager:GetResourcePolicy",
        ),
        ("parameters", "ssm:DescribeParameters"),
        (
            "repositories and their policies",
            "ecr:DescribeRepositories, ecr:GetRepositoryPolicy",
        ),
    ];
    wanted
        .into_iter()
        .map(|(what, permission)| Missing {
            what: what.to_owned(),
            permission: permission.to_owned(),
            limits: "everything that no record shows".to_owned(),
        })
        .collect()
}

fn moment(
    start: Timestamp,
    world: &World<'_>,
    suspects: &[Suspect],
    state: &State,
    controls: &BTreeMap<AccountId, Controls>,
    shared: &mut Option<Shared>,
) -> (Moment, usize) {
    let mut picture = Picture::of(state, world, controls);
    let mut parts = 0;
    let is_same = shared
        .as_ref()
        .is_some_and(|one| one.version == state.resources_version);
    if !is_same {
        let found = gather(world, state, &picture);
        parts = found.parts_left_out;
        *shared = Some(Shared {
            version: state.resources_version,
            matches: Arc::new(Matches::new(&found.targets)),
            targets: Arc::new(found.targets),
            computes: Arc::new(found.computes),
            missing: found.missing,
        });
    }
    let mut index: Map<Arc<str>, usize> = Map::default();
    let mut matches = None;
    if let Some(shared) = shared {
        picture.targets = Arc::clone(&shared.targets);
        picture.computes = Arc::clone(&shared.computes);
        picture.missing.extend(shared.missing.iter().cloned());
        for (place, target) in shared.targets.iter().enumerate() {
            index.entry(Arc::clone(&target.decided)).or_insert(place);
            index.entry(Arc::clone(&target.arn)).or_insert(place);
        }
        matches = Some(Arc::clone(&shared.matches));
    }
    let sessions: Vec<Policies> = suspects
        .iter()
        .filter_map(|suspect| session_policies(&picture, suspect).known().cloned())
        .collect();
    let keys = Keys::of(&picture, &picture.targets, &sessions);
    let matches = matches.unwrap_or_else(|| Arc::new(Matches::new(&[])));
    (
        Moment {
            start,
            picture,
            index,
            matches,
            keys,
            structure: state.structure,
            grantees: state.grantees.clone(),
        },
        parts,
    )
}

//! Which resources of SageMaker refer to a key, a bucket, a subnet, a security group or a VPC.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::OnceLock;

use rempart_estate::{Estate, Gap, Kind, Place, Resource};
use serde_json::Value as Json;

use super::buckets::BUCKET;
use super::keys::KEY;
use super::references::{Reference, SECURITY_GROUP, SUBNET, VPC, may_name, references};
use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "ml_used",
        arity: 2,
        run: ml_used,
    },
    Function {
        name: "ml_uses",
        arity: 3,
        run: ml_uses,
    },
];

/// The index, built when it is first asked for.
#[derive(Default)]
pub(super) struct Uses(OnceLock<Index>);

#[derive(Default)]
struct Index {
    /// By kind of the target and its name.
    by_target: HashMap<Target, Vec<Use>>,
    /// Why more uses may exist, by place and kind of the users.
    missing: BTreeMap<(Place, &'static str), Vec<Doubt>>,
    /// Places and kinds of which a list was collected.
    asked: Vec<(Place, &'static str)>,
}

/// What is referred to. Names of keys are bound to a place, those of the others are not.
type Target = (&'static str, String, Option<Place>);

/// Why there may be a use that is not in the index.
#[derive(PartialEq)]
struct Doubt {
    /// The kind of the target; `None` when it may be of any.
    target: Option<&'static str>,
    reason: Unknown,
}

struct Use {
    kind: &'static str,
    id: String,
    place: Place,
    member: String,
}

/// `ml_used(kind, reference)`: whether a resource of SageMaker refers to a key, bucket, subnet, security
/// group or VPC. Kinds that the collection left out are not waited for.
fn ml_used<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let asked = Asked::new(context, arguments)?;
    if asked.uses().next().is_some() {
        return Ok(Value::Bool(true));
    }
    match asked.missing(None).into_iter().reduce(Unknown::and) {
        Some(unknown) => Err(unknown),
        None => Ok(Value::Bool(false)),
    }
}

/// `ml_uses(kind, reference, users)`: the resources of kind `users` that refer to a key, bucket, subnet,
/// security group or VPC, each with its `kind`, its `id` and the `member` that refers. What could not be
/// read is an element that may be there or not.
fn ml_uses<'a>(context: &Context<'a>, arguments: &[Value<'a>]) -> Answered<'a> {
    let asked = Asked::new(context, arguments)?;
    let users = text_argument(arguments, 2)?;
    let found = asked.uses().filter(|found| found.kind == users);
    let mut uses: Vec<Value<'a>> = found.map(value).collect();
    for unknown in asked.missing(Some(users)) {
        uses.push(Value::Missing(Rc::new(unknown)));
    }
    Ok(Value::List(Rc::new(uses)))
}

/// A question about one target.
struct Asked<'a> {
    index: &'a Index,
    place: &'a Place,
    target: Target,
}

impl<'a> Asked<'a> {
    fn new(context: &Context<'a>, arguments: &[Value<'a>]) -> Result<Self, Unknown> {
        let kind = text_argument(arguments, 0)?;
        let reference = text_argument(arguments, 1)?;
        let known = [BUCKET, SUBNET, SECURITY_GROUP, VPC];
        let target: Target = if kind == KEY {
            let key = context.find(KEY, reference)?;
            (KEY, key.id.clone(), Some(key.place.clone()))
        } else if let Some(known) = known.into_iter().find(|known| *known == kind) {
            (known, reference.to_owned(), None)
        } else {
            return Err(Unknown::new(
                ReasonCode::Unsupported,
                format!("uses of {kind} are not known"),
            ));
        };
        let session = context.session;
        let index = session.indexes.uses.0.get_or_init(|| build(session.estate));
        let asked = Self {
            index,
            place: context.place,
            target,
        };
        // One of them is named as evidence; there may be thousands.
        if let Some(first) = asked.uses().next()
            && let Ok(resource) = session.estate.find(first.kind, &first.id, &first.place)
        {
            context.body(resource)?;
        }
        Ok(asked)
    }

    fn uses(&self) -> impl Iterator<Item = &'a Use> {
        let found = self.index.by_target.get(&self.target);
        found.into_iter().flatten()
    }

    /// Why there may be more uses; by resources of one kind, or of any.
    fn missing(&self, users: Option<&str>) -> Vec<Unknown> {
        let mut missing = Vec::new();
        // Buckets are used from all regions.
        let concerns = |place: &Place| {
            place.account == self.place.account
                && (self.target.0 == BUCKET || place.region == self.place.region)
        };
        for ((place, kind), doubts) in &self.index.missing {
            if concerns(place) && users.is_none_or(|users| users == *kind) {
                let about = |doubt: &&Doubt| doubt.target.is_none_or(|kind| kind == self.target.0);
                let doubts = doubts.iter().filter(about);
                missing.extend(doubts.map(|doubt| doubt.reason.clone()));
            }
        }
        let mut asked = self.index.asked.iter();
        let was_asked = |(place, kind): &(Place, &str)| {
            concerns(place) && users.is_none_or(|users| users == *kind)
        };
        if !asked.any(was_asked) {
            missing.push(Unknown::new(
                ReasonCode::NotCollected,
                match users {
                    Some(users) => format!("no list of {users} was collected"),
                    None => "no list of resources of SageMaker was collected".to_owned(),
                },
            ));
        }
        missing
    }
}

fn value<'a>(found: &Use) -> Value<'a> {
    let text = |text: &str| Value::text(text.to_owned());
    Value::Map(Rc::new(vec![
        ("kind".to_owned(), text(found.kind)),
        ("id".to_owned(), text(&found.id)),
        ("member".to_owned(), text(&found.member)),
    ]))
}

fn build(estate: &Estate) -> Index {
    let mut index = Index::default();
    let mut vpcs = HashMap::new();
    let own = |kind: &&Kind| {
        let name = kind.name();
        name.starts_with("AWS::SageMaker::")
            || name.starts_with("SageMaker:") && !name.ends_with('*')
    };
    for kind in rempart_estate::kinds().iter().filter(own) {
        for place in estate.places() {
            match estate.listing(kind.name(), place) {
                None => index.asked.push((place.clone(), kind.name())),
                // Left out by the user, or a service that is not there: nothing is missing.
                Some(Gap::NotCollected { .. }) => {}
                Some(missing) => index.note(place, kind.name(), None, missing),
            }
        }
        for resource in estate.resources(kind.name()) {
            match estate.body(resource) {
                Err(missing) => index.note(&resource.place, resource.kind, None, missing),
                Ok(body) => {
                    let asked = (resource.place.clone(), resource.kind);
                    if index.asked.last() != Some(&asked) {
                        index.asked.push(asked);
                    }
                    let mut found = Vec::new();
                    references(&body, "", 0, &mut found);
                    for (target, member) in found {
                        index.refer(estate, resource, target, &member, &mut vpcs);
                    }
                }
            }
        }
    }
    index.asked.sort_unstable();
    index.asked.dedup();
    index
}

impl Index {
    fn note(
        &mut self,
        place: &Place,
        kind: &'static str,
        target: Option<&'static str>,
        missing: Gap,
    ) {
        // Jobs that are too old to count, or a service that is not there: nothing is missing.
        if matches!(missing, Gap::NotEvaluated { .. } | Gap::NotInRegion { .. }) {
            return;
        }
        self.doubt(place, kind, target, gap(missing));
    }

    fn doubt(
        &mut self,
        place: &Place,
        kind: &'static str,
        target: Option<&'static str>,
        reason: Unknown,
    ) {
        let doubts = self.missing.entry((place.clone(), kind)).or_default();
        let doubt = Doubt { target, reason };
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }

    fn refer(
        &mut self,
        estate: &Estate,
        resource: &Resource,
        reference: Reference,
        member: &str,
        vpcs: &mut HashMap<String, Result<String, Gap>>,
    ) {
        let (place, kind) = (&resource.place, resource.kind);
        let target: Target = match reference {
            Reference::Key(key) => match estate.find(KEY, &key, place) {
                Ok(key) => (KEY, key.id.clone(), Some(key.place.clone())),
                // The control of the resource reports a key that leads nowhere. Only an alias may mean
                // a key that is known by other names.
                Err(Gap::Unresolvable { .. }) => return,
                Err(missing) => {
                    if key.contains("alias/") {
                        self.note(place, kind, Some(KEY), missing);
                    }
                    return;
                }
            },
            Reference::Bucket(name) => (BUCKET, name, None),
            Reference::SecurityGroup(id) => (SECURITY_GROUP, id, None),
            Reference::Vpc(id) => (VPC, id, None),
            Reference::Subnet(id) => {
                let vpc = vpcs
                    .entry(id.clone())
                    .or_insert_with(|| vpc_of(estate, &id, place))
                    .clone();
                match vpc {
                    Ok(vpc) => self.add((VPC, vpc, None), resource, member),
                    Err(Gap::Unresolvable { .. }) => {}
                    Err(missing) => self.note(place, kind, Some(VPC), missing),
                }
                (SUBNET, id, None)
            }
            Reference::Unknown(reason) => {
                let reason = Unknown::new(
                    ReasonCode::KnownAfterApply,
                    format!("{} {}: {member}: {reason}", kind, resource.id),
                );
                for target in may_name(kind, member) {
                    self.doubt(place, kind, *target, reason.clone());
                }
                return;
            }
        };
        self.add(target, resource, member);
    }

    fn add(&mut self, target: Target, resource: &Resource, member: &str) {
        let uses = self.by_target.entry(target).or_default();
        let same = |last: &Use| {
            last.kind == resource.kind && last.id == resource.id && last.member == member
        };
        if !uses.last().is_some_and(same) {
            uses.push(Use {
                kind: resource.kind,
                id: resource.id.clone(),
                place: resource.place.clone(),
                member: member.to_owned(),
            });
        }
    }
}

fn vpc_of(estate: &Estate, subnet: &str, from: &Place) -> Result<String, Gap> {
    let subnet = estate.find(SUBNET, subnet, from)?;
    let body = estate.body(subnet)?;
    let vpc = body.get("VpcId");
    match vpc.and_then(Json::as_str) {
        Some(vpc) => Ok(vpc.to_owned()),
        None => Err(Gap::KnownAfterApply {
            path: format!("VpcId of {}", subnet.id),
        }),
    }
}

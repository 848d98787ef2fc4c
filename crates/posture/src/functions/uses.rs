//! Which resources of SageMaker refer to a key, a bucket, a subnet, a security group or a VPC.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::OnceLock;

use rempart_estate::{Estate, Gap, Kind, Place, Resource};
use serde_json::Value as Json;

use super::buckets::{BUCKET, bucket_of};
use super::keys::KEY;
use super::{Answered, Function, text_argument};
use crate::context::{Context, gap};
use crate::expression::{ReasonCode, Unknown, Value};

const SUBNET: &str = "AWS::EC2::Subnet";
const SECURITY_GROUP: &str = "AWS::EC2::SecurityGroup";
const VPC: &str = "AWS::EC2::VPC";
/// Deepest member that is searched for references.
const DEEPEST: usize = 64;

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
    missing: BTreeMap<(Place, &'static str), Vec<Unknown>>,
    /// Places and kinds of which a list was collected.
    asked: Vec<(Place, &'static str)>,
}

/// What is referred to. Names of keys are bound to a place, those of the others are not.
type Target = (&'static str, String, Option<Place>);

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
        for ((place, kind), unknown) in &self.index.missing {
            if concerns(place) && users.is_none_or(|users| users == *kind) {
                missing.extend(unknown.iter().cloned());
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
                Some(missing) => index.note(place, kind.name(), missing),
            }
        }
        for resource in estate.resources(kind.name()) {
            match estate.body(resource) {
                Err(missing) => index.note(&resource.place, resource.kind, missing),
                Ok(body) => {
                    let asked = (resource.place.clone(), resource.kind);
                    if index.asked.last() != Some(&asked) {
                        index.asked.push(asked);
                    }
                    let mut found = Vec::new();
                    references(&body, "", 0, &mut found);
                    for (target, member) in found {
                        index.refer(estate, resource, &target, &member, &mut vpcs);
                    }
                }
            }
        }
    }
    index.asked.sort_unstable();
    index.asked.dedup();
    index
}

/// A reference in the body of a resource.
enum Reference {
    Key(String),
    Bucket(String),
    Subnet(String),
    SecurityGroup(String),
    Vpc(String),
}

impl Index {
    fn note(&mut self, place: &Place, kind: &'static str, missing: Gap) {
        // Left out by the user, or a service that is not there: nothing is missing.
        if matches!(
            missing,
            Gap::NotCollected { .. } | Gap::NotEvaluated { .. } | Gap::NotInRegion { .. }
        ) {
            return;
        }
        let unknown = self.missing.entry((place.clone(), kind)).or_default();
        let reason = gap(missing);
        if !unknown.contains(&reason) {
            unknown.push(reason);
        }
    }

    fn refer(
        &mut self,
        estate: &Estate,
        resource: &Resource,
        reference: &Reference,
        member: &str,
        vpcs: &mut HashMap<String, Option<String>>,
    ) {
        let target: Target = match reference {
            Reference::Key(key) => match estate.find(KEY, key, &resource.place) {
                Ok(key) => (KEY, key.id.clone(), Some(key.place.clone())),
                // The control of the resource reports a key that leads nowhere.
                Err(_) => return,
            },
            Reference::Bucket(name) => (BUCKET, name.clone(), None),
            Reference::SecurityGroup(id) => (SECURITY_GROUP, id.clone(), None),
            Reference::Vpc(id) => (VPC, id.clone(), None),
            Reference::Subnet(id) => {
                let vpc = vpcs
                    .entry(id.clone())
                    .or_insert_with(|| vpc_of(estate, id, &resource.place))
                    .clone();
                if let Some(vpc) = vpc {
                    self.add((VPC, vpc, None), resource, member);
                }
                (SUBNET, id.clone(), None)
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

fn vpc_of(estate: &Estate, subnet: &str, from: &Place) -> Option<String> {
    let subnet = estate.find(SUBNET, subnet, from).ok()?;
    let body = estate.body(subnet).ok()?;
    Some(body.get("VpcId")?.as_str()?.to_owned())
}

/// The references in a body, with the members at which they stand.
fn references(value: &Json, member: &str, depth: usize, found: &mut Vec<(Reference, String)>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Json::String(text) => {
            if let Some(reference) = reference(text, member) {
                found.push((reference, member.to_owned()));
            }
        }
        Json::Array(list) => {
            let element = format!("{member}[]");
            for value in list {
                references(value, &element, depth + 1, found);
            }
        }
        Json::Object(object) => {
            for (name, value) in object {
                let path = match member {
                    "" => name.clone(),
                    _ => format!("{member}.{name}"),
                };
                references(value, &path, depth + 1, found);
            }
        }
        _ => {}
    }
}

fn reference(text: &str, member: &str) -> Option<Reference> {
    let last = member.rsplit('.').next().unwrap_or_default();
    if last.contains("Kms") {
        return Some(Reference::Key(text.to_owned()));
    }
    // Only what may be a name is copied: bodies hold long texts as well.
    if text.len() > 2048 {
        return None;
    }
    if text.starts_with("s3://") {
        return bucket_of(text).map(|name| Reference::Bucket(name.to_owned()));
    }
    let text = text.to_owned();
    if text.starts_with("subnet-") {
        Some(Reference::Subnet(text))
    } else if text.starts_with("sg-") {
        Some(Reference::SecurityGroup(text))
    } else if text.starts_with("vpc-") {
        Some(Reference::Vpc(text))
    } else {
        None
    }
}

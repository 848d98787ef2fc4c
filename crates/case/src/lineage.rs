//! From what the intruder wrote to what runs on it: data → job → model → endpoint.
//!
//! One pass over the intruder's and everybody else's calls by time. A call that uses what is tainted
//! taints what it makes; each such step is an edge with its records.

use std::collections::{BTreeMap, HashMap};

use rempart_trail::json::{Json, Kind};

use crate::material::Event;
use crate::model::Certainty;
use crate::targets::Touch;
use crate::view::{Deed, View};

/// Objects that one edge names.
const MOST_OBJECTS: usize = 50;
/// Deepest level of a request that is looked into.
const DEEPEST: usize = 16;

/// One thing went into another.
#[derive(Clone, Debug)]
pub(crate) struct Edge<'a> {
    /// The end of the message key `q05-<kind>`.
    pub(crate) kind: &'static str,
    /// What went in; never empty.
    pub(crate) from: Vec<String>,
    /// What came out.
    pub(crate) to: String,
    /// The records of both ends, by time.
    pub(crate) events: Vec<&'a Event>,
    /// How certain.
    pub(crate) certainty: Certainty,
    /// Somebody else took it in without knowing.
    pub(crate) by_other: bool,
    /// Place in the order of statements.
    pub(crate) rank: u8,
}

#[derive(Default)]
struct Taint<'a> {
    /// Objects written (`s3://bucket/key`).
    objects: BTreeMap<String, &'a Event>,
    /// Where tainted jobs write (`s3://bucket/prefix/job`), and the job.
    outputs: Vec<(String, String, &'a Event)>,
    /// Models, packages, configurations, by kind, account, Region and name.
    made: HashMap<(&'static str, String), (String, &'a Event)>,
}

/// All edges, by time.
pub(crate) fn edges<'a>(view: &View<'a>) -> Vec<Edge<'a>> {
    let Some((first, _)) = view.window() else {
        return Vec::new();
    };
    let mut all: Vec<(&Deed<'a>, bool)> = view.deeds.iter().map(|deed| (deed, false)).collect();
    all.extend(
        view.around
            .iter()
            .filter(|deed| deed.event.time >= first)
            .map(|deed| (deed, true)),
    );
    all.retain(|(deed, _)| deed.succeeded());
    all.sort_by(|(left, _), (right, _)| {
        (left.event.time, &left.event.id).cmp(&(right.event.time, &right.event.id))
    });
    let mut taint = Taint::default();
    let mut edges = Vec::new();
    for (deed, by_other) in all {
        step(deed, by_other, &mut taint, &mut edges);
    }
    edges
}

fn step<'a>(deed: &Deed<'a>, by_other: bool, taint: &mut Taint<'a>, edges: &mut Vec<Edge<'a>>) {
    let event = deed.event;
    if deed.is("write-objects") && !by_other {
        for target in &deed.targets {
            if let Some(address) = target.name.strip_prefix("arn:aws:s3:::") {
                taint.objects.insert(format!("s3://{address}"), event);
            }
        }
        return;
    }
    if &*event.service != "sagemaker" {
        return;
    }
    let mut edge = |kind, from: Vec<String>, to: &str, mut events: Vec<&'a Event>, certainty| {
        events.push(event);
        let rank = if kind == "job" { 1 } else { 2 };
        edges.push(Edge {
            kind,
            from,
            to: to.to_owned(),
            events,
            certainty,
            by_other,
            rank,
        });
    };
    match &*event.name {
        "CreateTrainingJob"
        | "CreateProcessingJob"
        | "CreateTransformJob"
        | "CreateHyperParameterTuningJob"
        | "CreateAutoMLJob"
        | "CreateAutoMLJobV2" => {
            let (from, events) = used(deed, taint);
            let Some(job) = deed.main.clone().filter(|_| !from.is_empty()) else {
                return;
            };
            let name = job.rsplit('/').next().unwrap_or(&job).to_owned();
            for target in deed
                .targets
                .iter()
                .filter(|target| target.touch == Touch::Written)
            {
                if target.name.starts_with("s3://") {
                    let base = target.name.trim_end_matches('/');
                    let prefix = match &*event.name {
                        "CreateTrainingJob" => format!("{base}/{name}/"),
                        _ => format!("{base}/"),
                    };
                    taint.outputs.push((prefix, job.clone(), event));
                }
            }
            edge("job", from, &job, events, Certainty::Derived);
        }
        "CreateModelPackage" => {
            let (from, events) = used(deed, taint);
            let Some(package) = deed.main.clone().filter(|_| !from.is_empty()) else {
                return;
            };
            taint
                .made
                .insert(("package", package.clone()), (package.clone(), event));
            edge("package", from, &package, events, Certainty::Derived);
        }
        "UpdateModelPackage" => {
            let package = event.requested(&["modelPackageArn"]).unwrap_or_default();
            let status = event
                .requested(&["modelApprovalStatus"])
                .unwrap_or_default();
            if let Some((name, made)) = taint.made.get(&("package", package)).cloned()
                && status == "Approved"
            {
                edge(
                    "approved",
                    vec![name.clone()],
                    &name,
                    vec![made],
                    Certainty::Observed,
                );
            }
        }
        "CreateModel" => {
            let (mut from, mut events) = used(deed, taint);
            for package in texts(event, "modelPackageName") {
                if let Some((name, made)) = taint.made.get(&("package", package)) {
                    from.push(name.clone());
                    events.push(made);
                }
            }
            let name = event.requested(&["modelName"]).unwrap_or_default();
            let model = deed.main.clone().unwrap_or_else(|| name.clone());
            let is_foreign = !by_other
                && (!deed.facts.foreign_images.is_empty()
                    || !deed.facts.public_images.is_empty()
                    || !deed.facts.foreign_buckets.is_empty());
            if is_foreign {
                let images = deed
                    .facts
                    .foreign_images
                    .iter()
                    .chain(&deed.facts.public_images);
                let mut outside: Vec<String> = images.cloned().collect();
                outside.extend(
                    deed.facts
                        .foreign_buckets
                        .iter()
                        .map(|bucket| format!("s3://{bucket}")),
                );
                edge("outside", outside, &model, Vec::new(), Certainty::Observed);
            }
            if !from.is_empty() || is_foreign {
                taint
                    .made
                    .insert(("model", local(event, &name)), (model.clone(), event));
            }
            if !from.is_empty() {
                edge("model", from, &model, events, Certainty::Derived);
            }
        }
        "CreateEndpointConfig" => {
            let mut from = Vec::new();
            let mut events = Vec::new();
            for model in texts(event, "modelName") {
                if let Some((name, made)) = taint.made.get(&("model", local(event, &model))) {
                    from.push(name.clone());
                    events.push(*made);
                }
            }
            let name = event.requested(&["endpointConfigName"]).unwrap_or_default();
            let config = deed.main.clone().filter(|_| !from.is_empty());
            if let Some(config) = config {
                taint
                    .made
                    .insert(("config", local(event, &name)), (config.clone(), event));
                edge("config", from, &config, events, Certainty::Observed);
            }
        }
        "CreateEndpoint" | "UpdateEndpoint" => {
            let name = event.requested(&["endpointConfigName"]).unwrap_or_default();
            if let Some((config, made)) = taint.made.get(&("config", local(event, &name))).cloned()
                && let Some(endpoint) = deed.main.clone()
            {
                edge(
                    "endpoint",
                    vec![config],
                    &endpoint,
                    vec![made],
                    Certainty::Observed,
                );
            }
        }
        _ => {}
    }
}

fn local(event: &Event, name: &str) -> String {
    format!("{} {} {name}", event.account, event.region)
}

/// Tainted objects and outputs that a call reads, with the records that tainted them.
fn used<'a>(deed: &Deed<'a>, taint: &Taint<'a>) -> (Vec<String>, Vec<&'a Event>) {
    let mut from = Vec::new();
    let mut events: Vec<&'a Event> = Vec::new();
    let reads = deed
        .targets
        .iter()
        .filter(|target| target.touch == Touch::Read);
    for target in reads.filter(|target| target.name.starts_with("s3://")) {
        let address = &target.name;
        let below = taint.objects.range(address.clone()..);
        let below = below.take_while(|(uri, _)| uri.starts_with(address.as_str()));
        for (uri, event) in below.take(MOST_OBJECTS) {
            from.push(uri.clone());
            events.push(event);
        }
        for (prefix, job, event) in &taint.outputs {
            if (address.starts_with(prefix.as_str()) || prefix.starts_with(address.as_str()))
                && !from.contains(job)
            {
                from.push(job.clone());
                events.push(event);
            }
        }
    }
    events.sort_by(|left, right| (left.time, &left.id).cmp(&(right.time, &right.id)));
    events.dedup_by(|left, right| left.id == right.id);
    (from, events)
}

/// Texts of a member anywhere in the request.
fn texts(event: &Event, member: &str) -> Vec<String> {
    fn walk(value: Json<'_>, member: &str, depth: usize, found: &mut Vec<String>) {
        if depth > DEEPEST {
            return;
        }
        match value.kind() {
            Kind::Object => {
                for (key, inner) in value.entries() {
                    match inner.as_str().filter(|_| key.is(member)) {
                        Some(text) => found.push(text.into_owned()),
                        None => walk(inner, member, depth + 1, found),
                    }
                }
            }
            Kind::Array => value
                .elements()
                .for_each(|inner| walk(inner, member, depth + 1, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Some(request) = event.request() {
        walk(request, member, 0, &mut found);
    }
    found
}

//! A bundle of STIX 2.1: the incident, its indicators and techniques.
//! Specification: <https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html>.

use std::collections::{BTreeMap, BTreeSet};

use rempart_case::{Case, Certainty, Indicator};
use rempart_findings::{Framework, Technique, visible};
use rempart_locale::Language;
use serde_json::{Map, Value, json};

use super::NO_TIME;
use super::pattern::{observed, pattern};
use super::stix_objects::{common, object_id, observable_id, timestamp};
use crate::view::View;
use crate::words::name;

/// The case as a STIX 2.1 bundle: an identity, an incident, a report that holds all, an indicator
/// with its pattern and observable object for each indicator, an attack pattern for each technique,
/// and relationships. Ids follow from the content; times are those of the case.
#[must_use]
pub fn stix(case: &Case, language: Language) -> String {
    let view = View::new(case, None, language);
    let bundle = Bundle::new(&view);
    let mut text = bundle.finish().to_string();
    text.push('\n');
    text
}

struct Bundle<'a> {
    view: &'a View<'a>,
    author: String,
    incident: String,
    /// When the objects were made: the last time that the case knows.
    at: String,
    /// By id, so that each is there once.
    objects: BTreeMap<String, Value>,
}

impl<'a> Bundle<'a> {
    fn new(view: &'a View<'a>) -> Self {
        let case = view.case;
        let times = [&case.overview.last_activity, &case.inputs.last_event];
        let at = times.into_iter().flatten().find_map(|time| timestamp(time));
        let mut bundle = Self {
            view,
            author: object_id("identity", "rempart"),
            incident: object_id("incident", &case.id),
            at: at.unwrap_or_else(|| timestamp(NO_TIME).unwrap_or_default()),
            objects: BTreeMap::new(),
        };
        bundle.frame();
        for indicator in &case.indicators {
            bundle.indicator(indicator);
        }
        bundle.techniques();
        bundle
    }

    fn add(&mut self, object: Map<String, Value>) -> String {
        let id = object
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        self.objects.insert(id.clone(), Value::Object(object));
        id
    }

    fn object(&self, kind: &str, id: &str, members: Value) -> Map<String, Value> {
        let mut object = common(kind, id, &self.at, &self.author);
        if let Value::Object(members) = members {
            object.extend(members);
        }
        object
    }

    fn frame(&mut self) {
        let author = self.author.clone();
        let mut identity = self.object(
            "identity",
            &author,
            json!({ "name": "Rempart", "identity_class": "system", "description": visible(&self.view.case.tool) }),
        );
        identity.remove("created_by_ref");
        self.add(identity);
        let headline = self.view.headline();
        let incident = self.object(
            "incident",
            &self.incident,
            json!({ "name": visible(&self.view.case.id), "description": headline.as_str() }),
        );
        self.add(incident);
    }

    fn indicator(&mut self, indicator: &Indicator) {
        let pattern = pattern(indicator);
        let id = object_id("indicator", &format!("{}\n{pattern}", self.view.case.id));
        let from = timestamp(&indicator.first).unwrap_or_else(|| self.at.clone());
        let reason = self.view.words.say(&indicator.reason);
        let object = self.object(
            "indicator",
            &id,
            json!({
                "name": format!("{}: {}", visible(&indicator.kind), visible(&indicator.value)),
                "description": reason.as_str(),
                "indicator_types": ["malicious-activity"],
                "pattern": pattern,
                "pattern_type": "stix",
                "pattern_version": "2.1",
                "valid_from": from,
                "confidence": confidence(indicator.certainty),
                "labels": [name(&indicator.certainty)],
            }),
        );
        let id = self.add(object);
        let incident = self.incident.clone();
        self.relate(&id, "related-to", &incident);
        let Some(observed) = observed(indicator) else {
            return;
        };
        let object_id = observable_id(observed.kind, &observed.contributing);
        let mut object = Map::new();
        object.insert("type".to_owned(), json!(observed.kind));
        object.insert("spec_version".to_owned(), json!("2.1"));
        object.insert("id".to_owned(), json!(object_id));
        if let Value::Object(members) = observed.contributing {
            object.extend(members);
        }
        object.extend(observed.further);
        let object = self.add(object);
        self.relate(&id, "related-to", &object);
    }

    fn techniques(&mut self) {
        let steps = self.view.case.steps.iter();
        let techniques: BTreeSet<&Technique> = steps.flat_map(|step| &step.techniques).collect();
        for technique in techniques {
            // Another spelling of an id would make an address that leads elsewhere.
            let Some(known) = Technique::from_tag(&technique.id) else {
                continue;
            };
            let source = match known.framework {
                Framework::Attack => "mitre-attack",
                Framework::Atlas => "mitre-atlas",
            };
            let id = object_id("attack-pattern", &known.id);
            let title = technique.name.as_deref().unwrap_or(&known.id);
            let object = self.object(
                "attack-pattern",
                &id,
                json!({
                    "name": visible(title),
                    "external_references": [{
                        "source_name": source, "external_id": known.id, "url": known.url(),
                    }],
                }),
            );
            let id = self.add(object);
            let incident = self.incident.clone();
            self.relate(&id, "related-to", &incident);
        }
    }

    fn relate(&mut self, source: &str, kind: &str, target: &str) {
        let id = object_id("relationship", &format!("{source}\n{kind}\n{target}"));
        let object = self.object(
            "relationship",
            &id,
            json!({ "relationship_type": kind, "source_ref": source, "target_ref": target }),
        );
        self.add(object);
    }

    fn finish(mut self) -> Value {
        let references: Vec<_> = self.objects.keys().cloned().collect();
        let id = object_id("report", &self.view.case.id);
        let headline = self.view.headline();
        let report = self.object(
            "report",
            &id,
            json!({
                "name": headline.as_str(),
                "report_types": ["attack-pattern", "indicator"],
                "published": self.at,
                "object_refs": references,
                "lang": self.view.words.language().code(),
            }),
        );
        self.add(report);
        json!({
            "type": "bundle",
            "id": object_id("bundle", &self.view.case.id),
            "objects": self.objects.into_values().collect::<Vec<_>>(),
        })
    }
}

/// The scale of the specification: 0 to 100.
const fn confidence(certainty: Certainty) -> u8 {
    match certainty {
        Certainty::Observed => 95,
        Certainty::Derived => 80,
        Certainty::Inferred => 50,
        Certainty::Claimed => 30,
    }
}

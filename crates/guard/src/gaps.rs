//! What no condition key can enforce: fields of SageMaker requests that decide about network, keys,
//! instances or scripts, and that no policy sees; and operations that no action guards.
//!
//! The computation asks two tables only: which fields the request of an operation has, and which
//! condition keys its action lists. Whether a gap matters is a judgement; it is kept as data, reviewed
//! by hand, and a field that nobody judged is reported as untriaged.

mod candidate;
mod feature;
mod text;
mod triage;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

pub use candidate::{Candidate, KeyOfAction, candidates};
pub use feature::{FEATURES, Feature};
pub use text::text;
pub use triage::Triage;

use triage::Judgement;

/// Fields of one operation that a feature's condition key does not limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// Name of the feature.
    pub feature: &'static str,
    /// Service of the models, `sagemaker` for the control plane.
    pub service: Box<str>,
    /// The operation.
    pub operation: Box<str>,
    /// Paths of the fields.
    pub fields: Vec<Box<str>>,
    /// The condition keys that would be needed, any of them.
    pub needed_keys: &'static [&'static str],
    /// Whether the action lists one of them, but nothing says that it shows these fields.
    pub action_lists_key: bool,
    /// What the gap means.
    pub triage: Triage,
    /// The condition key that limits the fields instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_key: Option<&'static str>,
    /// What the fields do.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: &'static str,
    /// What to do about it.
    pub remedy: String,
}

/// An operation without an action in the authorization reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WithoutAction {
    /// Service of the models.
    pub service: Box<str>,
    /// The operation.
    pub operation: Box<str>,
    /// Whether it only reads.
    pub read_only: bool,
}

/// How far a feature's condition key reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Name of the feature.
    pub feature: &'static str,
    /// In words.
    pub title: &'static str,
    /// Its condition keys.
    pub keys: &'static [&'static str],
    /// Operations whose action lists one of them.
    pub covered: Vec<Box<str>>,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GapReport {
    /// Where the tables come from, and when the triage was reviewed.
    pub sources: Vec<&'static str>,
    /// The features.
    pub coverage: Vec<Coverage>,
    /// The gaps, by feature and operation.
    pub gaps: Vec<Gap>,
    /// Operations without an action. Whether a policy stops them is not documented.
    pub without_action: Vec<WithoutAction>,
    /// Lines of the triage that are about no gap: the reference gained a key, or the field is gone.
    pub closed: Vec<String>,
}

impl GapReport {
    /// The gaps that nobody judged.
    pub fn untriaged(&self) -> impl Iterator<Item = &Gap> {
        let mut gaps = self.gaps.iter();
        std::iter::from_fn(move || gaps.find(|gap| gap.triage == Triage::Untriaged))
    }
}

/// The gaps of SageMaker, from the tables of this version.
#[must_use]
pub fn report() -> GapReport {
    report_of(&candidates())
}

/// The gaps of these operations.
#[must_use]
pub fn report_of(candidates: &[Candidate]) -> GapReport {
    let judgements = triage::judgements();
    let mut used = vec![false; judgements.len()];
    let mut gaps = Vec::new();
    let mut coverage = Vec::new();
    for feature in &FEATURES {
        let covered = candidates
            .iter()
            .filter(|candidate| feature.keys.iter().any(|key| candidate.lists(key)));
        coverage.push(Coverage {
            feature: feature.name,
            title: feature.title,
            keys: feature.keys,
            covered: covered
                .map(|candidate| candidate.operation.clone())
                .collect(),
        });
        for candidate in candidates.iter().filter(|candidate| !candidate.read_only) {
            gaps.extend(of_feature(feature, candidate, &judgements, &mut used));
        }
    }
    let without_action = candidates
        .iter()
        .filter(|candidate| candidate.keys.is_none())
        .map(|candidate| WithoutAction {
            service: candidate.service.clone(),
            operation: candidate.operation.clone(),
            read_only: candidate.read_only,
        });
    let unused = judgements.iter().zip(&used).filter(|(_, used)| !**used);
    GapReport {
        sources: sources(),
        coverage,
        gaps,
        without_action: without_action.collect(),
        closed: unused
            .map(|(judgement, _)| format!("{} {}", judgement.feature, judgement.operation))
            .collect(),
    }
}

/// Triage, other key and note.
type Judged = (Triage, Option<&'static str>, &'static str);

/// The fields of a feature that its key does not limit, by judgement.
fn of_feature(
    feature: &'static Feature,
    candidate: &Candidate,
    judgements: &[Judgement],
    used: &mut [bool],
) -> Vec<Gap> {
    let action_lists_key = feature.keys.iter().any(|key| candidate.lists(key));
    let mut fields: BTreeMap<Judged, Vec<Box<str>>> = BTreeMap::new();
    for path in candidate.fields.iter().filter(|path| feature.is_in(path)) {
        let shown_by = candidate.shown_by(path);
        // A key that is filled from the field limits it where the feature is covered at all; a key
        // of another feature is a judgement of its own.
        if shown_by
            .iter()
            .any(|key| action_lists_key || feature.keys.contains(key))
        {
            continue;
        }
        let found = judgements
            .iter()
            .zip(used.iter_mut())
            .find(|(judgement, _)| {
                judgement.is_about(feature.name, &candidate.operation, path)
                // The other key may have gone since.
                && judgement.other_key.is_none_or(|key| shown_by.contains(&key))
            });
        let entry = match found {
            _ if candidate.keys.is_none() => (Triage::NoAction, None, ""),
            Some((judgement, used)) => {
                *used = true;
                (judgement.triage, judgement.other_key, judgement.note)
            }
            None => (Triage::Untriaged, None, ""),
        };
        fields.entry(entry).or_default().push(path.clone());
    }
    let gap = |((triage, other_key, note), fields)| Gap {
        feature: feature.name,
        service: candidate.service.clone(),
        operation: candidate.operation.clone(),
        fields,
        needed_keys: feature.keys,
        action_lists_key,
        triage,
        other_key,
        note,
        remedy: remedy(triage, candidate, other_key),
    };
    fields.into_iter().map(gap).collect()
}

fn remedy(triage: Triage, candidate: &Candidate, other_key: Option<&str>) -> String {
    let action = format!("{}:{}", candidate.prefix, candidate.operation);
    match triage {
        Triage::Real | Triage::Untriaged => {
            format!("deny {action} except for a named automation role, and watch it")
        }
        Triage::Unclear => format!(
            "try in an account of your own whether the key shows the field; until then deny {action} except for a named automation role"
        ),
        Triage::Inner => {
            format!("deny {action} except for roles that publish, and watch its validation jobs")
        }
        Triage::OtherKey => format!("use {}", other_key.unwrap_or("the other key")),
        Triage::Declarative => "none: the field starts nothing".to_owned(),
        Triage::NoAction => {
            "watch the event: which action a policy would have to deny is not documented".to_owned()
        }
    }
}

fn sources() -> Vec<&'static str> {
    let of_model = rempart_aws_model::tables()
        .iter()
        .filter(|table| matches!(table.file_name(), "actions.txt" | "shapes.txt"))
        .filter_map(|table| table.header("source"));
    of_model.chain(triage::reviewed()).collect()
}

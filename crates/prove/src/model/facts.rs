//! What holds for every request, whatever its values.

use rempart_aws_model::FieldPath;
use rempart_policy::Principal;

use super::{Bound, Model};
use crate::ask::Ask;
use crate::formula::{ComponentId, Formula};
use crate::language::{Glob, Language};

/// Global keys that every signed request carries (IAM User Guide, "AWS global condition context
/// keys", section "Availability" of each).
const ALWAYS_PRESENT: [&str; 7] = [
    "aws:viaawsservice",
    "aws:securetransport",
    "aws:currenttime",
    "aws:epochtime",
    "aws:requestedregion",
    "aws:useragent",
    "aws:userid",
];

pub(super) fn is_always_present(folded: &str) -> bool {
    ALWAYS_PRESENT.contains(&folded)
}

/// Adds facts about the components that exist.
pub(super) fn add(model: &mut Model) {
    network(model);
    tags(model);
    structure(model);
}

fn component(model: &Model, folded: &str) -> Option<ComponentId> {
    let mut keys = model.keys.iter();
    keys.find_map(|(name, bound)| match bound {
        Bound::Component(id, _) if name.folded() == folded => Some(*id),
        _ => None,
    })
}

fn imply(model: &mut Model, condition: Formula, then: Formula) {
    let formulas = &mut model.problem.formulas;
    let not = formulas.not(condition);
    let fact = formulas.any([not, then]);
    if fact != Formula::TRUE {
        model.problem.facts.push(fact);
    }
}

/// A request comes through a VPC endpoint, and then has no public source address, or it does not
/// (IAM User Guide, `aws:SourceIp`, `aws:SourceVpce`). What a service sends for the caller may have
/// either.
fn network(model: &mut Model) {
    let source_ip = component(model, "aws:sourceip");
    let via = component(model, "aws:viaawsservice");
    let endpoint = component(model, "aws:sourcevpce");
    for key in ["aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip"] {
        let Some(id) = component(model, key) else {
            continue;
        };
        if let Some(source_ip) = source_ip {
            let (present, absent) = (model.problem.present(id), model.problem.absent(source_ip));
            imply(model, present, absent);
        }
        if let Some(endpoint) = endpoint.filter(|endpoint| *endpoint != id) {
            let (private, present) = (model.problem.present(endpoint), model.problem.present(id));
            imply(model, private, present);
            imply(model, present, private);
        }
    }
    // Where a service principal calls from is not documented.
    let is_service = matches!(model.representative.principal(), Principal::Service { .. });
    if let (Some(source_ip), Some(endpoint), Some(via), false) =
        (source_ip, endpoint, via, is_service)
    {
        let no = Ask::Bool {
            yes: false,
            no: true,
        };
        let direct = model.problem.some(via, no, true);
        let public = model.problem.absent(endpoint);
        let is_direct_public = model.problem.formulas.all([direct, public]);
        let has_address = model.problem.present(source_ip);
        imply(model, is_direct_public, has_address);
    }
}

/// `aws:TagKeys` holds the keys of the tags that `aws:RequestTag/…` shows. An action that takes tags
/// away names keys without values.
fn tags(model: &mut Model) {
    let Some(tag_keys) = component(model, "aws:tagkeys") else {
        return;
    };
    let tags: Vec<(String, ComponentId)> = model
        .keys
        .iter()
        .filter_map(|(name, bound)| match bound {
            Bound::Component(id, _) => {
                let is_tag = name.folded().starts_with("aws:requesttag/");
                let tag = name.as_str().split_once('/')?.1;
                is_tag.then(|| (tag.to_owned(), *id))
            }
            _ => None,
        })
        .collect();
    for (tag, id) in tags {
        let ask = Ask::Text(Language::new([Glob::without_case(&tag)]));
        let named = model.problem.some(tag_keys, ask, true);
        let present = model.problem.present(id);
        if !takes_tags_away(model.action.name) {
            imply(model, named, present);
        }
        imply(model, present, named);
    }
}

fn takes_tags_away(action: &str) -> bool {
    let folded = action.to_ascii_lowercase();
    let is_about_tags = folded.contains("tag");
    let takes_away = ["untag", "delete", "remove", "disassociate", "clear"];
    is_about_tags && takes_away.iter().any(|word| folded.contains(word))
}

/// A member needs its structure, and a structure its required members.
fn structure(model: &mut Model) {
    let mut fields: Vec<(Vec<FieldPath>, ComponentId)> = Vec::new();
    for (name, bound) in &model.keys {
        let Bound::Component(id, _) = bound else {
            continue;
        };
        let mut entries = model.fields.iter();
        let entry = entries.find(|entry| entry.key.eq_ignore_ascii_case(name.as_str()));
        if let Some(entry) = entry.filter(|entry| !entry.fields.is_empty()) {
            fields.push((entry.fields.clone(), *id));
        }
    }
    let all = rempart_aws_model::request_fields(model.action);
    for (path, id) in &model.bare_fields {
        if let Some(field) = all.iter().find(|field| field.path == *path) {
            fields.push((vec![field.clone()], *id));
        }
    }
    for (paths, id) in &fields {
        for (others, other_id) in &fields {
            if id != other_id && (lie_inside(paths, others) || come_with(paths, others)) {
                let (present, other) =
                    (model.problem.present(*id), model.problem.present(*other_id));
                imply(model, present, other);
            }
        }
    }
}

/// Whether the first fields are members of the second, so that they need it.
fn lie_inside(paths: &[FieldPath], others: &[FieldPath]) -> bool {
    let ([field], [other]) = (paths, others) else {
        return false;
    };
    let rest = field.path.strip_prefix(&*other.path);
    !field.path.contains("[]") && rest.is_some_and(|rest| rest.starts_with('.'))
}

/// Whether every structure that holds one of the first fields also holds one of the second, which it
/// requires.
fn come_with(paths: &[FieldPath], others: &[FieldPath]) -> bool {
    let parent = |field: &FieldPath| {
        let (parent, _) = field.path.rsplit_once('.')?;
        Some(parent.to_owned())
    };
    paths.iter().all(|field| {
        let parent_of_field = parent(field);
        parent_of_field.is_some()
            && others
                .iter()
                .any(|other| other.required_in_parent && parent(other) == parent_of_field)
    })
}

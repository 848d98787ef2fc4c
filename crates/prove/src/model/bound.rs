//! Where the value of a condition key comes from, and what values it can have.

use std::collections::BTreeSet;
use std::sync::Arc;

use rempart_aws_model::{
    ConditionKeyType, FieldForm, KeyFields, ShapeKind, condition_key, renamed_condition_key,
};
use rempart_policy::context::{KeyName, KeyState};

use super::{Bound, Caller, Model, Presence, SHORT_ENUMERATION, examples, facts};
use crate::ask::{Ask, Domain, Kind};
use crate::formula::Formula;
use crate::language::{Glob, Language};
use crate::problem::{Component, Switch};

impl Model {
    pub(super) fn new_bound(&mut self, name: &KeyName) -> Bound {
        let is_arn = name.folded() == "aws:principalarn";
        let is_class = !matches!(self.setting.caller, Caller::Named(_));
        if is_arn && is_class {
            return self.principal_arn(name);
        }
        if let Some(KeyState::Single(value)) = self.representative.context().get(name) {
            let follows_name = matches!(name.folded(), "aws:username" | "aws:userid");
            if !(follows_name && is_class) {
                return Bound::Fixed(Arc::clone(value));
            }
        }
        // Users have a name, and they alone (IAM User Guide, `aws:username`).
        let is_user = matches!(self.setting.caller, Caller::AnyUser(_));
        if name.folded() == "aws:username" && !is_user {
            return Bound::Absent;
        }
        if let Some(new) = renamed_condition_key(name.as_str()) {
            let of = self.bind(&KeyName::new(new));
            if matches!(of, Bound::Absent) {
                return Bound::Absent;
            }
            let switch = Switch {
                key: name.as_str().into(),
                on: format!("AWS still fills the old key with the value of `{new}`").into(),
                off: "AWS no longer fills the old key".into(),
            };
            let filled = self.problem.switch(switch);
            return match self.setting.presence {
                Presence::Always => of,
                Presence::IffPresent => Bound::Absent,
                Presence::Unknown => Bound::Renamed(Box::new(of), filled),
            };
        }
        let Some(key) = condition_key(name.as_str()) else {
            self.assumptions.insert(format!(
                "no request carries `{}`: the reference does not list it",
                name.as_str()
            ));
            return Bound::Absent;
        };
        if !self.is_listed(key.name, name.folded()) {
            return Bound::Absent;
        }
        let of_fields = self.fields.iter().find(|entry| entry.key == key.name);
        let entry = of_fields.cloned();
        let of_kind = |kind| Domain {
            kind,
            ..Domain::default()
        };
        let mut domain = match key.value_type {
            ConditionKeyType::Bool => listed(["false", "true"]),
            ConditionKeyType::Arn => within(Glob::arn("*")),
            ConditionKeyType::Numeric => of_kind(Kind::Number),
            ConditionKeyType::Date => of_kind(Kind::Date),
            ConditionKeyType::IpAddress => of_kind(Kind::Address),
            _ => Domain::default(),
        };
        domain.may_be_empty = key.value_type == ConditionKeyType::String
            && !key.multivalued
            && may_be_empty(name.folded());
        if let Some(entry) = &entry {
            self.field_domain(entry, &mut domain);
        }
        let is_required = entry.as_ref().is_some_and(is_required)
            || facts::is_always_present(name.folded())
            || name.folded() == "aws:username";
        let id = self.problem.add_component(Component {
            name: name.as_str().into(),
            is_multi: key.multivalued,
            can_be_absent: !is_required,
            domain,
            asks: Vec::new(),
            examples: examples::of_key(name.as_str()),
        });
        let default = entry.as_ref().and_then(|entry| entry.default);
        if let Some(entry) = &entry {
            self.note_form(entry);
        }
        let default = default.map(|value| {
            let switch = Switch {
                key: name.as_str().into(),
                on: format!(
                    "AWS fills the key with the default `{value}` when the field is omitted"
                )
                .into(),
                off: "AWS leaves the key out when the field is omitted".into(),
            };
            let filled = match self.setting.presence {
                Presence::Always => Formula::TRUE,
                Presence::IffPresent => Formula::FALSE,
                Presence::Unknown => self.problem.switch(switch),
            };
            (value, filled)
        });
        Bound::Component(id, default)
    }

    /// Whether requests of the action can carry the key.
    fn is_listed(&self, key: &str, folded: &str) -> bool {
        let by_action_only = ["aws:requesttag/", "aws:resourcetag/"]
            .iter()
            .any(|start| folded.starts_with(start))
            || folded == "aws:tagkeys";
        let Some(found) = condition_key(key) else {
            return false;
        };
        if !by_action_only {
            return self.action.carries(found);
        }
        // Global in name, but carried only where the reference lists them.
        let start = folded.split('/').next().unwrap_or_default();
        let same = |listed: &&str| {
            let listed = listed.to_ascii_lowercase();
            listed.split('/').next() == Some(start)
        };
        let of_type = |name: &str| {
            rempart_aws_model::action_service(self.action.prefix)
                .and_then(|service| service.resource_type(name))
                .is_some_and(|resource| resource.condition_keys.iter().any(same))
        };
        self.action.condition_keys.iter().any(same)
            || self
                .action
                .resources
                .iter()
                .any(|resource| resource.condition_keys.iter().any(same) || of_type(resource.name))
    }

    fn principal_arn(&mut self, name: &KeyName) -> Bound {
        let (pattern, example) = match &self.setting.caller {
            Caller::AnyRole(account) => (
                format!("arn:aws:iam::{account}:role/?*"),
                examples::role(*account),
            ),
            Caller::AnyUser(account) => (
                format!("arn:aws:iam::{account}:user/?*"),
                examples::user(*account),
            ),
            Caller::Named(_) => return Bound::Absent,
        };
        let id = self.problem.add_component(Component {
            name: name.as_str().into(),
            is_multi: false,
            can_be_absent: false,
            domain: within(Some(Glob::like(&pattern))),
            asks: Vec::new(),
            examples: vec![example.into()],
        });
        if matches!(self.setting.caller, Caller::AnyRole(_)) {
            let linked = Glob::like("arn:aws:iam::*:role/aws-service-role/*");
            let is_other = self
                .problem
                .some(id, Ask::Text(Language::new([linked])), false);
            self.problem.facts.push(is_other);
            self.assumptions
                .insert("service-linked roles are outside: no SCP or RCP concerns them".to_owned());
        }
        Bound::Component(id, None)
    }

    /// Values that the fields of a key can have.
    fn field_domain(&mut self, entry: &KeyFields, domain: &mut Domain) {
        // The API refuses empty names, and what it takes an empty text for it takes as omitted.
        domain.may_be_empty = false;
        if entry.form == FieldForm::Presence {
            *domain = listed(["true"]);
            return;
        }
        let kinds: BTreeSet<&'static str> = entry
            .fields
            .iter()
            .map(|field| kind_name(field.kind))
            .collect();
        if kinds.len() != 1 {
            return;
        }
        match entry.fields.first().map(|field| field.kind) {
            Some(ShapeKind::Boolean) => *domain = listed(["false", "true"]),
            Some(ShapeKind::Integer | ShapeKind::Long) => domain.is_whole = true,
            Some(ShapeKind::Enum) => {
                let values = examples::enumeration(self.action, &entry.fields);
                if !values.is_empty() && values.len() <= SHORT_ENUMERATION {
                    let mut values: Vec<Box<str>> = values.into_iter().map(Into::into).collect();
                    values.sort_unstable();
                    domain.listed = Some(values);
                }
            }
            _ => {}
        }
    }

    fn note_form(&mut self, entry: &KeyFields) {
        if entry.form == FieldForm::Arn {
            self.assumptions.insert(format!(
                "`{}` holds the ARN of what the field names, also when the field holds a name, id or alias",
                entry.key
            ));
        }
        if entry.fields.len() > 1 || entry.fields.iter().any(|field| field.is_repeated) {
            let is_multi = condition_key(entry.key).is_some_and(|key| key.multivalued);
            self.assumptions.insert(if is_multi {
                format!("`{}` holds the values of all parts of the request", entry.key)
            } else {
                format!(
                    "all parts of a request agree on `{}`: AWS does not say which part the key shows",
                    entry.key
                )
            });
        }
    }
}

/// Whether a request may carry the key with an empty text: tags, and what callers write themselves.
/// What AWS fills in of caller, network and organisation is never empty.
fn may_be_empty(folded: &str) -> bool {
    let Some(name) = folded.strip_prefix("aws:") else {
        return true;
    };
    let is_tag = ["requesttag/", "resourcetag/", "principaltag/"]
        .iter()
        .any(|start| name.starts_with(start));
    is_tag || matches!(name, "referer" | "useragent")
}

/// Whether every request has the field.
fn is_required(entry: &KeyFields) -> bool {
    entry.fields.iter().any(|field| field.required)
}

pub(super) fn listed<const N: usize>(values: [&str; N]) -> Domain {
    Domain {
        listed: Some(values.map(Into::into).into()),
        ..Domain::default()
    }
}

pub(super) fn within(glob: Option<Glob>) -> Domain {
    Domain {
        within: glob.map(|glob| Language::new([glob])),
        ..Domain::default()
    }
}

fn kind_name(kind: ShapeKind) -> &'static str {
    match kind {
        ShapeKind::Boolean => "boolean",
        ShapeKind::Integer | ShapeKind::Long => "whole",
        ShapeKind::Enum => "enum",
        _ => "other",
    }
}

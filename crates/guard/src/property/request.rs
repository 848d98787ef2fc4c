//! Requests that must stay allowed, and what policies say to them.

use std::sync::Arc;

use rempart_aws_model::{
    AccountId, Action, ActionName, action, condition_key, key_fields, renamed_condition_key,
};
use rempart_policy::context::{Context, KeyName, KeyState};
use rempart_policy::{Decision, Layer, Principal, Reference, Request, Stack};
use rempart_prove::{Predicate, Presence, Subject, Test, example_resource};
use rempart_sigma::yaml::{Node, Position, Yaml};

use super::condition::{field, text, texts};
use super::read::Fault;
use crate::parameters::Parameters;

/// A request in terms of its fields.
#[derive(Debug, Clone)]
pub struct PermittedRequest {
    /// The action.
    pub action: ActionName,
    /// Who calls, where it matters.
    pub caller: Option<String>,
    /// The resource, where it matters.
    pub resource: Option<String>,
    /// Fields by the names that were written, what they are, and their values.
    pub fields: Vec<(String, Subject, Vec<String>)>,
    /// Condition keys that no field fills: caller, network, tags.
    pub keys: Vec<(String, Vec<String>)>,
}

/// What policies say to a request in every way in which AWS may fill omitted keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Liveness {
    /// It is allowed in every way
    Allowed,
    /// It is not
    Denied {
        /// The statements that deny it
        by: Vec<String>,
        /// What AWS would have to do for it to be denied; empty when it is denied in any case
        when: Vec<String>,
    },
    /// It cannot be told
    Unknown(String),
}

impl PermittedRequest {
    /// Reads `{request, action, fields, keys, without, caller, resource}`; `base` finds the named
    /// requests to start from.
    pub(super) fn read(
        node: &Node,
        base: &dyn Fn(&str) -> Option<PermittedRequest>,
        parameters: &Parameters,
    ) -> Result<Self, Fault> {
        let mut request = None;
        if let Some(node) = node.get("request") {
            let name = text(node)?;
            request = match base(&name) {
                Some(found) => Some(found),
                None => return Err(Fault::new(node.at, format!("there is no request `{name}`"))),
            };
        }
        if let Some(node) = node.get("action") {
            let name = text(node)?;
            let name =
                ActionName::parse(&name).map_err(|error| Fault::new(node.at, error.to_string()))?;
            request = Some(match request {
                Some(request) => Self {
                    action: name,
                    ..request
                },
                None => Self {
                    action: name,
                    caller: None,
                    resource: None,
                    fields: Vec::new(),
                    keys: Vec::new(),
                },
            });
        }
        let Some(mut request) = request else {
            return Err(Fault::new(
                node.at,
                "a permitted request names a `request` or an `action`",
            ));
        };
        let Some(action) = action(request.action.as_str()) else {
            let message = format!(
                "the reference lists no action `{}`",
                request.action.as_str()
            );
            return Err(Fault::new(node.at, message));
        };
        for entry in node.entries() {
            match entry.key.as_str() {
                "name" | "request" | "action" => {}
                "caller" => request.caller = Some(one(&entry.value, parameters)?),
                "resource" => request.resource = Some(one(&entry.value, parameters)?),
                "fields" => {
                    for field in entry.value.entries() {
                        let values = texts(&field.value, parameters)?;
                        request.set_field(action, &field.key, values, field.at)?;
                    }
                }
                "keys" => {
                    for key in entry.value.entries() {
                        let values = texts(&key.value, parameters)?;
                        if condition_key(&key.key).is_none() {
                            let message = format!("there is no condition key `{}`", key.key);
                            return Err(Fault::new(key.at, message));
                        }
                        request
                            .keys
                            .retain(|(name, _)| !name.eq_ignore_ascii_case(&key.key));
                        request.keys.push((key.key.clone(), values));
                    }
                }
                "without" => {
                    let nodes: Vec<&Node> = match &entry.value.value {
                        Yaml::List(nodes) => nodes.iter().collect(),
                        _ => vec![&entry.value],
                    };
                    for node in nodes {
                        request.remove(action, &text(node)?, node.at)?;
                    }
                }
                other => {
                    let message = format!("`{other}` is no part of a permitted request");
                    return Err(Fault::new(entry.at, message));
                }
            }
        }
        request.complete(action, node.at)?;
        Ok(request)
    }

    fn set_field(
        &mut self,
        action: &Action,
        name: &str,
        values: Vec<String>,
        at: Position,
    ) -> Result<(), Fault> {
        let Some(subject) = field(action, &[name.to_owned()]) else {
            let message = format!("{} has no field `{name}`", action.name);
            return Err(Fault::new(at, message));
        };
        self.fields.retain(|(other, ..)| other != name);
        self.fields.push((name.to_owned(), subject, values));
        Ok(())
    }

    fn remove(&mut self, action: &Action, name: &str, at: Position) -> Result<(), Fault> {
        let before = self.fields.len() + self.keys.len();
        let subject = field(action, &[name.to_owned()]);
        self.fields
            .retain(|(other, of, _)| other != name && Some(of) != subject.as_ref());
        self.keys
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        if before == self.fields.len() + self.keys.len() {
            return Err(Fault::new(
                at,
                format!("the request has no `{name}` to leave out"),
            ));
        }
        Ok(())
    }

    /// A request that the API would refuse proves nothing.
    fn complete(&self, action: &Action, at: Position) -> Result<(), Fault> {
        for entry in key_fields(action) {
            let is_required = entry.fields.iter().any(|field| field.required);
            let is_given = self
                .fields
                .iter()
                .any(|(_, subject, _)| *subject == Subject::Key(entry.key.into()));
            if is_required && !is_given {
                let path = entry.fields.first().map_or("", |field| &field.path);
                let message = format!("{} requires `{path}`", action.name);
                return Err(Fault::new(at, message));
            }
        }
        Ok(())
    }

    /// Whether the request has a property.
    pub fn has(&self, predicate: &Predicate) -> bool {
        match predicate {
            Predicate::Always => true,
            Predicate::All(parts) => parts.iter().all(|part| self.has(part)),
            Predicate::Any(parts) => parts.iter().any(|part| self.has(part)),
            Predicate::Not(inner) => !self.has(inner),
            Predicate::Test(subject, Test::Omitted) => self.given(subject).is_empty(),
            Predicate::Test(subject, test) => test.holds_for(&self.values(subject)),
        }
    }

    /// The values that the request gives for a part.
    fn given(&self, subject: &Subject) -> Vec<String> {
        let mut fields = self.fields.iter();
        if let Some((_, _, values)) = fields.find(|(_, of, _)| of == subject) {
            return values.clone();
        }
        match subject {
            Subject::Resource => self.resource.iter().cloned().collect(),
            Subject::Field(_) => Vec::new(),
            Subject::Key(key) if key.eq_ignore_ascii_case("aws:PrincipalArn") => {
                self.caller.iter().cloned().collect()
            }
            Subject::Key(key) => {
                let mut keys = self.keys.iter();
                let found = keys.find(|(name, _)| name.eq_ignore_ascii_case(key));
                found.map(|(_, values)| values.clone()).unwrap_or_default()
            }
        }
    }

    /// The values of a part, the API's default included.
    fn values(&self, subject: &Subject) -> Vec<String> {
        let given = self.given(subject);
        let Subject::Key(key) = subject else {
            return given;
        };
        if !given.is_empty() {
            return given;
        }
        let default = action(self.action.as_str()).and_then(|action| {
            let mut found = key_fields(action)
                .iter()
                .filter(|entry| entry.key.eq_ignore_ascii_case(key));
            found.next()?.default
        });
        default.map(ToOwned::to_owned).into_iter().collect()
    }

    /// What policies say, whatever AWS fills in for omitted fields.
    pub fn liveness(&self, stack: &Stack, account: AccountId, presence: Presence) -> Liveness {
        let mut by: Vec<String> = Vec::new();
        let mut when: Vec<Vec<String>> = Vec::new();
        let mut ways = 0;
        for (context, words) in self.contexts(stack, presence) {
            ways += 1;
            let request = match self.request(account, context) {
                Ok(request) => request,
                Err(reason) => return Liveness::Unknown(reason),
            };
            let mut reference = Reference::new();
            let outcome = stack.decide(&request);
            if outcome.decision == Decision::Allowed {
                continue;
            }
            let explained = stack.explain(&request, &mut reference);
            if outcome.decision == Decision::Unsupported {
                return Liveness::Unknown(explained.reason.unwrap_or_default());
            }
            for statement in &explained.statements {
                let name = match &statement.sid {
                    Some(sid) => format!("{}: {sid}", statement.policy),
                    None => format!("{}: statement {}", statement.policy, statement.number),
                };
                let denies = statement.effect == "Deny";
                if denies && !by.contains(&name) {
                    by.push(name);
                }
            }
            if by.is_empty() {
                let layer = outcome.decided_by.map_or("", Layer::title);
                by.push(format!("nothing in {layer} allows it"));
            }
            when.push(words);
        }
        if when.is_empty() {
            return Liveness::Allowed;
        }
        let always = when.len() == ways;
        Liveness::Denied {
            by,
            when: if always {
                Vec::new()
            } else {
                when.into_iter().next().unwrap_or_default()
            },
        }
    }

    /// The condition keys of the request, once for each way of filling keys.
    fn contexts(&self, stack: &Stack, presence: Presence) -> Vec<(Context, Vec<String>)> {
        let mut context = Context::new();
        for (_, subject, values) in &self.fields {
            if let Subject::Key(key) = subject {
                set(&mut context, key, values);
            }
        }
        for (key, values) in &self.keys {
            set(&mut context, key, values);
        }
        let mentioned: Vec<KeyName> = stack.keys();
        let mut all = vec![(context, Vec::new())];
        let Some(action) = action(self.action.as_str()) else {
            return all;
        };
        let mut options: Vec<FilledKey> = Vec::new();
        for entry in key_fields(action) {
            if let Some(default) = entry.default {
                options.push(FilledKey {
                    key: entry.key.to_owned(),
                    values: vec![default.to_owned()],
                    on: format!("AWS fills `{}` with the default `{default}`", entry.key),
                    off: format!("AWS leaves `{}` out", entry.key),
                });
            }
        }
        for key in &mentioned {
            if let Some(new) = renamed_condition_key(key.as_str()) {
                let given = all.first().and_then(|(context, _)| {
                    let state = context.get(&KeyName::new(new))?;
                    Some(
                        state
                            .values()
                            .iter()
                            .map(|value| value.to_string())
                            .collect(),
                    )
                });
                if let Some(values) = given {
                    options.push(FilledKey {
                        key: key.as_str().to_owned(),
                        values,
                        on: format!("AWS still fills the old key `{}`", key.as_str()),
                        off: format!("AWS no longer fills the old key `{}`", key.as_str()),
                    });
                }
            }
        }
        for option in options {
            let name = KeyName::new(&option.key);
            let matters = mentioned.iter().any(|other| other.is_same(&name));
            let is_given = all
                .first()
                .is_some_and(|(context, _)| context.get(&name).is_some());
            if !matters || is_given || presence == Presence::IffPresent {
                continue;
            }
            let mut filled: Vec<(Context, Vec<String>)> = all.clone();
            for (context, told) in &mut filled {
                set(context, &option.key, &option.values);
                told.push(option.on.clone());
            }
            if presence == Presence::Always {
                all = filled;
            } else {
                for (_, told) in &mut all {
                    told.push(option.off.clone());
                }
                all.extend(filled);
            }
        }
        all
    }

    fn request(&self, account: AccountId, context: Context) -> Result<Request, String> {
        let caller = self
            .caller
            .clone()
            .unwrap_or_else(|| format!("arn:aws:iam::{account}:role/DataScientist"));
        let principal = Principal::parse(&caller).map_err(|error| error.to_string())?;
        let resource = match (&self.resource, action(self.action.as_str())) {
            (Some(resource), _) => resource.clone(),
            (None, Some(action)) => example_resource(action, Some(account), "aws"),
            (None, None) => "*".to_owned(),
        };
        Ok(Request::new(
            &mut Reference::new(),
            self.action.clone(),
            principal,
            &resource,
            Some(account),
            context,
        ))
    }

    /// Fields of the request that policies cannot see.
    pub fn invisible_fields(&self) -> impl Iterator<Item = &str> {
        self.fields
            .iter()
            .filter_map(|(name, subject, _)| match subject {
                Subject::Field(_) => Some(name.as_str()),
                _ => None,
            })
    }
}

/// A key that AWS may or may not fill.
struct FilledKey {
    key: String,
    values: Vec<String>,
    /// What AWS does when it is filled, in words.
    on: String,
    /// And when it is not.
    off: String,
}

fn one(node: &Node, parameters: &Parameters) -> Result<String, Fault> {
    match texts(node, parameters)?.into_iter().next() {
        Some(text) => Ok(text),
        None => Err(Fault::new(node.at, "a value is needed")),
    }
}

fn set(context: &mut Context, key: &str, values: &[String]) {
    let is_multi = condition_key(key).is_some_and(|key| key.multivalued);
    let shared: Vec<Arc<str>> = values.iter().map(|value| value.as_str().into()).collect();
    let state = match (is_multi, shared.as_slice()) {
        (false, [single]) => KeyState::Single(Arc::clone(single)),
        _ => KeyState::Several(shared.into()),
    };
    context.set(KeyName::new(key), state);
}

//! Changes of users, groups, roles and their policies.

use serde_json::{Map, Value, json};

use super::{Applied, State, document, text};
use crate::model::PolicyChange;

/// Names of what a kind of identity has.
struct Kind {
    list: &'static str,
    name: &'static str,
    parameter: &'static str,
    inline: &'static str,
}

const ROLE: Kind = Kind {
    list: "RoleDetailList",
    name: "RoleName",
    parameter: "roleName",
    inline: "RolePolicyList",
};
const USER: Kind = Kind {
    list: "UserDetailList",
    name: "UserName",
    parameter: "userName",
    inline: "UserPolicyList",
};
const GROUP: Kind = Kind {
    list: "GroupDetailList",
    name: "GroupName",
    parameter: "groupName",
    inline: "GroupPolicyList",
};

type Entity = Map<String, Value>;

impl State {
    pub(super) fn iam(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        let name = change.event_name.as_str();
        let kind = if name.contains("Role") {
            &ROLE
        } else if name.contains("User") {
            &USER
        } else {
            &GROUP
        };
        match name {
            "PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy" | "DeleteRolePolicy"
            | "DeleteUserPolicy" | "DeleteGroupPolicy" => self.inline(change, kind, forward),
            "AttachRolePolicy" | "AttachUserPolicy" | "AttachGroupPolicy" => {
                self.attached(change, kind, forward)
            }
            "DetachRolePolicy" | "DetachUserPolicy" | "DetachGroupPolicy" => {
                self.attached(change, kind, !forward)
            }
            "PutRolePermissionsBoundary"
            | "PutUserPermissionsBoundary"
            | "DeleteRolePermissionsBoundary"
            | "DeleteUserPermissionsBoundary" => self.boundary(change, kind, forward),
            "UpdateAssumeRolePolicy" => self.trust(change, forward),
            "AddUserToGroup" => self.membership(change, forward),
            "RemoveUserFromGroup" => self.membership(change, !forward),
            "CreatePolicy" => self.new_policy(change, forward),
            "CreatePolicyVersion" | "SetDefaultPolicyVersion" => self.version(change, forward),
            "CreateRole" | "CreateUser" | "CreateGroup" => self.created(change, kind, forward),
            "DeleteRole" | "DeleteUser" | "DeleteGroup" => self.deleted(change, kind, forward),
            _ => Applied::Ignored,
        }
    }

    fn list(&mut self, account: &str, list: &str) -> Option<&mut Vec<Value>> {
        let details = self.details.get_mut(account)?.as_object_mut()?;
        details
            .entry(list)
            .or_insert_with(|| json!([]))
            .as_array_mut()
    }

    fn entity(&mut self, change: &PolicyChange, kind: &Kind) -> Result<&mut Entity, String> {
        let wanted = text(&change.request, kind.parameter)
            .ok_or_else(|| format!("requestParameters has no {}", kind.parameter))?
            .to_owned();
        let list = self.list(&change.account, kind.list);
        let found = list.into_iter().flatten().find(|one| {
            // IAM names are unique whatever their case.
            text(one, kind.name).is_some_and(|name| name.eq_ignore_ascii_case(&wanted))
        });
        found
            .and_then(Value::as_object_mut)
            .ok_or_else(|| format!("the snapshot has no {wanted:?}"))
    }

    fn inline(&mut self, change: &PolicyChange, kind: &Kind, forward: bool) -> Applied {
        let Some(policy) = text(&change.request, "policyName") else {
            return Applied::NotUnderstood("requestParameters has no policyName".to_owned());
        };
        let is_put = change.event_name.starts_with("Put");
        let put = document(&change.request, "policyDocument");
        let entity = match self.entity(change, kind) {
            Ok(entity) => entity,
            Err(reason) => return Applied::NotUnderstood(reason),
        };
        let arn = arn_of(entity);
        let item = format!("inline:{policy}");
        let is_known = entity
            .get(kind.inline)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .any(|one| {
                text(one, "PolicyName") == Some(policy)
                    && put.is_some()
                    && document(one, "PolicyDocument") == put
            });
        if is_put && forward && is_known {
            return Applied::Ignored;
        }
        let is_whole = is_put && forward && put.is_some();
        edit(entity, kind.inline, |policies| {
            policies.retain(|one| text(one, "PolicyName") != Some(policy));
            if let (true, Some(put)) = (is_whole, put) {
                policies.push(json!({"PolicyName": policy, "PolicyDocument": put}));
            }
        });
        if kind.list == GROUP.list {
            self.structure += 1;
        }
        match (is_put, forward) {
            (true, true) if is_whole => self.clear_unknown(&arn, &item),
            (false, true) => self.clear_unknown(&arn, &item),
            // Put without a document in the record, or a state before it.
            _ => self.set_unknown(&arn, &item, change),
        }
        Applied::Done
    }

    fn attached(&mut self, change: &PolicyChange, kind: &Kind, attach: bool) -> Applied {
        let Some(policy) = text(&change.request, "policyArn") else {
            return Applied::NotUnderstood("requestParameters has no policyArn".to_owned());
        };
        self.structure += 1;
        match self.entity(change, kind) {
            Ok(entity) => {
                edit(entity, "AttachedManagedPolicies", |policies| {
                    policies.retain(|one| text(one, "PolicyArn") != Some(policy));
                    if attach {
                        let name = policy.rsplit('/').next().unwrap_or(policy);
                        policies.push(json!({"PolicyName": name, "PolicyArn": policy}));
                    }
                });
                Applied::Done
            }
            Err(reason) => Applied::NotUnderstood(reason),
        }
    }

    fn boundary(&mut self, change: &PolicyChange, kind: &Kind, forward: bool) -> Applied {
        let entity = match self.entity(change, kind) {
            Ok(entity) => entity,
            Err(reason) => return Applied::NotUnderstood(reason),
        };
        let arn = arn_of(entity);
        entity.remove("PermissionsBoundary");
        self.resources_version += 1;
        self.structure += 1;
        let Ok(entity) = self.entity(change, kind) else {
            return Applied::Done;
        };
        if !forward {
            self.set_unknown(&arn, "boundary", change);
            return Applied::Done;
        }
        if change.event_name.starts_with("Put") {
            let Some(policy) = text(&change.request, "permissionsBoundary") else {
                self.set_unknown(&arn, "boundary", change);
                return Applied::Done;
            };
            let boundary =
                json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy});
            entity.insert("PermissionsBoundary".to_owned(), boundary);
        }
        self.clear_unknown(&arn, "boundary");
        Applied::Done
    }

    fn trust(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        let put = document(&change.request, "policyDocument").filter(|_| forward);
        let entity = match self.entity(change, &ROLE) {
            Ok(entity) => entity,
            Err(reason) => return Applied::NotUnderstood(reason),
        };
        let arn = arn_of(entity);
        let known = entity
            .get("AssumeRolePolicyDocument")
            .and_then(Value::as_str);
        if put.is_some() && known == put.as_deref() {
            return Applied::Ignored;
        }
        self.structure += 1;
        let Ok(entity) = self.entity(change, &ROLE) else {
            return Applied::Done;
        };
        match put {
            Some(put) => {
                entity.insert("AssumeRolePolicyDocument".to_owned(), Value::String(put));
                self.clear_unknown(&arn, "trust");
            }
            None => self.set_unknown(&arn, "trust", change),
        }
        Applied::Done
    }

    fn membership(&mut self, change: &PolicyChange, add: bool) -> Applied {
        let Some(group) = text(&change.request, "groupName") else {
            return Applied::NotUnderstood("requestParameters has no groupName".to_owned());
        };
        self.structure += 1;
        match self.entity(change, &USER) {
            Ok(entity) => {
                edit(entity, "GroupList", |groups| {
                    groups.retain(|one| one.as_str() != Some(group));
                    if add {
                        groups.push(Value::String(group.to_owned()));
                    }
                });
                Applied::Done
            }
            Err(reason) => Applied::NotUnderstood(reason),
        }
    }

    fn new_policy(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        let arn = change
            .response
            .get("policy")
            .and_then(|one| text(one, "arn"));
        let (Some(arn), Some(put)) = (arn, document(&change.request, "policyDocument")) else {
            return Applied::NotUnderstood("the record names no policy and document".to_owned());
        };
        self.resources_version += 1;
        self.structure += 1;
        let Some(policies) = self.list(&change.account, "Policies") else {
            return Applied::NotUnderstood("the account has no snapshot".to_owned());
        };
        policies.retain(|one| text(one, "Arn") != Some(arn));
        if forward {
            policies.push(
                json!({"Arn": arn, "DefaultVersionId": "v1", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": true, "Document": put}]}),
            );
        }
        Applied::Done
    }

    fn version(&mut self, change: &PolicyChange, forward: bool) -> Applied {
        let Some(arn) = text(&change.request, "policyArn") else {
            return Applied::NotUnderstood("requestParameters has no policyArn".to_owned());
        };
        let is_new = change.event_name == "CreatePolicyVersion";
        let put = document(&change.request, "policyDocument");
        let is_default =
            !is_new || change.request.get("setAsDefault").and_then(Value::as_bool) == Some(true);
        let created = change.response.get("policyVersion");
        let id = created
            .and_then(|version| text(version, "versionId"))
            .or_else(|| text(&change.request, "versionId"))
            .map(ToOwned::to_owned);
        let policies = self.list(&change.account, "Policies");
        let policy = policies
            .into_iter()
            .flatten()
            .find(|one| text(one, "Arn") == Some(arn))
            .and_then(Value::as_object_mut);
        let Some(policy) = policy else {
            return Applied::NotUnderstood(format!("the snapshot has no {arn:?}"));
        };
        edit(policy, "PolicyVersionList", |versions| {
            if is_new {
                versions.retain(|one| id.is_none() || text(one, "VersionId") != id.as_deref());
            }
            if is_new && forward {
                let id = id
                    .clone()
                    .unwrap_or_else(|| format!("of {}", change.evidence));
                versions.push(json!({"VersionId": id, "IsDefaultVersion": false,
                    "Document": put.unwrap_or_default()}));
            }
            if is_default {
                let last = versions.last().and_then(|one| text(one, "VersionId"));
                let chosen = match (forward, is_new) {
                    (true, true) => last.map(ToOwned::to_owned),
                    (true, false) => id.clone(),
                    // If only one other version is left, it was the default; otherwise it cannot be told.
                    (false, true) if versions.len() == 1 => last.map(ToOwned::to_owned),
                    (false, _) => None,
                };
                for version in versions.iter_mut().filter_map(Value::as_object_mut) {
                    let is_chosen =
                        version.get("VersionId").and_then(Value::as_str) == chosen.as_deref();
                    version.insert("IsDefaultVersion".to_owned(), Value::Bool(is_chosen));
                }
            }
        });
        Applied::Done
    }

    fn created(&mut self, change: &PolicyChange, kind: &Kind, forward: bool) -> Applied {
        let member = kind.parameter.trim_end_matches("Name");
        let response = change.response.get(member);
        let arn = response.and_then(|one| text(one, "arn"));
        let name = text(&change.request, kind.parameter);
        let (Some(arn), Some(name)) = (arn, name) else {
            return Applied::NotUnderstood("the record names no new identity".to_owned());
        };
        let mut entity = json!({"Arn": arn, kind.name: name});
        let set = |entity: &mut Value, member: &str, value: Option<String>| {
            if let (Some(entity), Some(value)) = (entity.as_object_mut(), value) {
                entity.insert(member.to_owned(), Value::String(value));
            }
        };
        let trust = document(&change.request, "assumeRolePolicyDocument");
        set(&mut entity, "AssumeRolePolicyDocument", trust);
        for (member, id) in [("RoleId", "roleId"), ("UserId", "userId")] {
            let id = response.and_then(|one| text(one, id));
            set(&mut entity, member, id.map(ToOwned::to_owned));
        }
        if let Some(boundary) = text(&change.request, "permissionsBoundary")
            && let Some(entity) = entity.as_object_mut()
        {
            let boundary = json!({"PermissionsBoundaryArn": boundary});
            entity.insert("PermissionsBoundary".to_owned(), boundary);
        }
        self.resources_version += 1;
        self.structure += 1;
        let Some(list) = self.list(&change.account, kind.list) else {
            return Applied::NotUnderstood("the account has no snapshot".to_owned());
        };
        list.retain(|one| text(one, "Arn") != Some(arn));
        if forward {
            list.push(entity);
        }
        let arn = arn.to_owned();
        self.clear_unknown(&arn, "existence");
        Applied::Done
    }

    fn deleted(&mut self, change: &PolicyChange, kind: &Kind, forward: bool) -> Applied {
        let Some(name) = text(&change.request, kind.parameter).map(ToOwned::to_owned) else {
            return Applied::NotUnderstood(format!("requestParameters has no {}", kind.parameter));
        };
        let word = kind.parameter.trim_end_matches("Name");
        let arn = format!("arn:aws:iam::{}:{word}/{name}", change.account);
        self.resources_version += 1;
        self.structure += 1;
        let Some(list) = self.list(&change.account, kind.list) else {
            return Applied::NotUnderstood("the account has no snapshot".to_owned());
        };
        if forward {
            list.retain(|one| text(one, kind.name) != Some(&*name));
            self.clear_unknown(&arn, "existence");
        } else {
            // It was there, and the record does not say with which policies.
            list.push(json!({"Arn": arn, kind.name: name}));
            self.set_unknown(&arn, "existence", change);
            self.set_unknown(&arn, "trust", change);
        }
        Applied::Done
    }
}

fn arn_of(entity: &Entity) -> String {
    let arn = entity.get("Arn").and_then(Value::as_str);
    arn.unwrap_or_default().to_owned()
}

/// Changes a list of an object; what is no list becomes one.
fn edit<T>(entity: &mut Entity, name: &str, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
    let mut elements = match entity.remove(name) {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    };
    let result = change(&mut elements);
    entity.insert(name.to_owned(), Value::Array(elements));
    result
}

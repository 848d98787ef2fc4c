//! Roles, users, groups and policies, put together as `iam:GetAccountAuthorizationDetails` answers.
//!
//! Terraform and CloudFormation write attachments as resources of their own. One whose role is not
//! known may belong to every role: each then has an unknown policy more.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::assemble::{Assembly, Known};
use super::identity::attribute;
use super::text::url_encode;
use super::unknown::{CHOSEN_BY_AWS, contains_unknown, unknown, unknown_reason};

const OPERATION: &str = "iam:GetAccountAuthorizationDetails";

/// What is attached to one role, user or group.
#[derive(Debug, Default, Clone)]
struct Attached {
    managed: Vec<Value>,
    inline: Vec<Value>,
    groups: Vec<Value>,
    profiles: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Role,
    User,
    Group,
}

#[derive(Debug, Default)]
struct Attachments {
    by_name: BTreeMap<(Sort, String), Attached>,
    /// To whom it is attached is not known.
    anywhere: BTreeMap<Sort, Attached>,
    /// Number of holders of each managed policy, by ARN.
    holders: BTreeMap<String, u64>,
}

pub(crate) fn assemble(known: &[Known<'_>], assembly: &mut Assembly<'_>) {
    let mut attachments = Attachments::default();
    for one in known.iter().filter(|one| one.map.part == Some("iam")) {
        attachments.read(one, assembly);
    }
    for one in known.iter().filter(|one| one.map.part == Some("iam")) {
        let item = match one.declared.type_name.as_str() {
            "aws_iam_role" | "AWS::IAM::Role" => role(one, &mut attachments),
            "aws_iam_user" | "AWS::IAM::User" => user(one, &mut attachments),
            "aws_iam_group" | "AWS::IAM::Group" => group(one, &mut attachments),
            "aws_iam_policy" | "AWS::IAM::ManagedPolicy" => policy(one, &attachments),
            _ => continue,
        };
        let (list, item) = item;
        assembly.add_item(one, OPERATION, list, item);
    }
}

impl Attachments {
    fn read(&mut self, known: &Known<'_>, assembly: &mut Assembly<'_>) {
        let value = |names: &[&str]| given(known, names);
        let managed = value(&["policy_arn", "policy_arns"]);
        let inline = || {
            let name = text(known, &["name", "PolicyName"]);
            let document = value(&["policy", "PolicyDocument"]);
            json!({
                "PolicyName": name.unwrap_or_else(|| known.identity.id.clone()),
                "PolicyDocument": document.map_or_else(|| unknown("not given"), document_text),
            })
        };
        let roles = value(&["role", "role_name", "roles", "RoleName", "Roles"]);
        let users = value(&["user", "users", "UserName", "Users"]);
        let groups = value(&["group", "groups", "GroupName", "Groups"]);
        let by_sort = [
            (Sort::Role, roles),
            (Sort::User, users),
            (Sort::Group, groups),
        ];
        match known.declared.type_name.as_str() {
            "aws_iam_role_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment"
            | "aws_iam_policy_attachment"
            | "aws_iam_role_policy_attachments_exclusive" => {
                let policies = list(managed);
                for (sort, holders) in by_sort {
                    self.attach(sort, holders, &policies, |attached| &mut attached.managed);
                }
            }
            "AWS::IAM::ManagedPolicy" => {
                let arn = known.identity.arn.clone().unwrap_or_default();
                for (sort, holders) in by_sort {
                    let policy = [Value::String(arn.clone())];
                    self.attach(sort, holders, &policy, |attached| &mut attached.managed);
                }
            }
            "aws_iam_role_policy"
            | "aws_iam_user_policy"
            | "aws_iam_group_policy"
            | "AWS::IAM::Policy"
            | "AWS::IAM::RolePolicy"
            | "AWS::IAM::UserPolicy"
            | "AWS::IAM::GroupPolicy" => {
                for (sort, holders) in by_sort {
                    self.attach(sort, holders, &[inline()], |attached| &mut attached.inline);
                }
            }
            "aws_iam_group_membership" | "AWS::IAM::UserToGroupAddition" => {
                let group = list(value(&["group", "GroupName"]));
                let users = value(&["users", "Users"]);
                self.attach(Sort::User, users, &group, |attached| &mut attached.groups);
            }
            "aws_iam_user_group_membership" => {
                let groups = list(value(&["groups"]));
                let user = value(&["user"]);
                self.attach(Sort::User, user, &groups, |attached| &mut attached.groups);
            }
            "aws_iam_instance_profile" | "AWS::IAM::InstanceProfile" => {
                let profile = json!({
                    "InstanceProfileName": known.identity.id,
                    "Arn": known.identity.arn,
                    "Path": text(known, &["path", "Path"]).unwrap_or_else(|| "/".to_owned()),
                });
                let roles = value(&["role", "Roles"]);
                self.attach(Sort::Role, roles, &[profile], |attached| {
                    &mut attached.profiles
                });
            }
            "aws_iam_role" | "aws_iam_user" | "aws_iam_group" | "aws_iam_policy"
            | "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {}
            other => assembly.problem(known, format!("{other} is not put together")),
        }
    }

    fn attach(
        &mut self,
        sort: Sort,
        holders: Option<&Value>,
        what: &[Value],
        slot: fn(&mut Attached) -> &mut Vec<Value>,
    ) {
        for holder in list(holders) {
            let attached = match &holder {
                Value::String(name) => self.by_name.entry((sort, name.clone())).or_default(),
                _ => self.anywhere.entry(sort).or_default(),
            };
            slot(attached).extend(what.iter().cloned());
            for policy in what.iter().filter_map(Value::as_str) {
                *self.holders.entry(policy.to_owned()).or_default() += 1;
            }
        }
    }

    /// Everything attached to a resource, its own attributes included.
    fn of(&mut self, sort: Sort, known: &Known<'_>) -> Attached {
        let own = self.by_name.remove(&(sort, known.identity.id.clone()));
        let mut attached = own.unwrap_or_default();
        let is_written_alone =
            known.declared.is_new && (!attached.managed.is_empty() || !attached.inline.is_empty());
        for policy in list(given(known, &["managed_policy_arns", "ManagedPolicyArns"])) {
            if !attached.managed.contains(&policy) {
                attached.managed.push(policy);
            }
        }
        for block in list(given(known, &["inline_policy", "Policies"])) {
            let member = |names: &[&str]| names.iter().find_map(|name| block.get(*name));
            let name = member(&["name", "PolicyName"]);
            let document = member(&["policy", "PolicyDocument"]);
            match (name, document) {
                // Not in the configuration, unless a `dynamic` block makes some.
                _ if unknown_reason(&block) == Some(CHOSEN_BY_AWS) && is_written_alone => {}
                _ if unknown_reason(&block).is_some() => attached.inline.push(block.clone()),
                (_, Some(document)) => attached.inline.push(json!({
                    "PolicyName": name,
                    "PolicyDocument": document_text(document),
                })),
                _ => {}
            }
        }
        attached.groups.extend(list(given(known, &["Groups"])));
        if let Some(anywhere) = self.anywhere.get(&sort) {
            let maybe = |values: &[Value], into: &mut Vec<Value>| {
                if !values.is_empty() {
                    into.push(unknown(
                        "an attachment whose holder is not known may belong here",
                    ));
                }
            };
            maybe(&anywhere.managed, &mut attached.managed);
            maybe(&anywhere.inline, &mut attached.inline);
            maybe(&anywhere.groups, &mut attached.groups);
        }
        attached
    }
}

impl Attached {
    fn managed(&self) -> Value {
        let policies = self.managed.iter().map(|policy| match policy {
            Value::String(arn) => json!({
                "PolicyArn": arn,
                "PolicyName": arn.rsplit('/').next().unwrap_or_default(),
            }),
            other => other.clone(),
        });
        Value::Array(policies.collect())
    }
}

fn role(known: &Known<'_>, attachments: &mut Attachments) -> (&'static str, Map<String, Value>) {
    let attached = attachments.of(Sort::Role, known);
    let mut item = common(known, "RoleName");
    let trust = given(known, &["assume_role_policy", "AssumeRolePolicyDocument"]);
    if let Some(trust) = trust {
        item.insert("AssumeRolePolicyDocument".to_owned(), document_text(trust));
    }
    item.insert(
        "RolePolicyList".to_owned(),
        Value::Array(attached.inline.clone()),
    );
    item.insert("AttachedManagedPolicies".to_owned(), attached.managed());
    item.insert(
        "InstanceProfileList".to_owned(),
        Value::Array(attached.profiles),
    );
    ("RoleDetailList", item)
}

fn user(known: &Known<'_>, attachments: &mut Attachments) -> (&'static str, Map<String, Value>) {
    let attached = attachments.of(Sort::User, known);
    let mut item = common(known, "UserName");
    item.insert(
        "UserPolicyList".to_owned(),
        Value::Array(attached.inline.clone()),
    );
    item.insert("AttachedManagedPolicies".to_owned(), attached.managed());
    item.insert("GroupList".to_owned(), Value::Array(attached.groups));
    ("UserDetailList", item)
}

fn group(known: &Known<'_>, attachments: &mut Attachments) -> (&'static str, Map<String, Value>) {
    let attached = attachments.of(Sort::Group, known);
    let mut item = common(known, "GroupName");
    item.insert(
        "GroupPolicyList".to_owned(),
        Value::Array(attached.inline.clone()),
    );
    item.insert("AttachedManagedPolicies".to_owned(), attached.managed());
    ("GroupDetailList", item)
}

fn policy(known: &Known<'_>, attachments: &Attachments) -> (&'static str, Map<String, Value>) {
    let arn = known.identity.arn.clone().unwrap_or_default();
    let name = text(known, &["name", "ManagedPolicyName"]);
    let document = given(known, &["policy", "PolicyDocument"]);
    let mut item = Map::new();
    let mut set = |name: &str, value: Value| item.insert(name.to_owned(), value);
    let last = |arn: &str| arn.rsplit('/').next().unwrap_or_default().to_owned();
    set(
        "PolicyName",
        Value::String(name.unwrap_or_else(|| last(&arn))),
    );
    let holders = attachments.holders.get(&arn).copied().unwrap_or(0);
    set("AttachmentCount", Value::from(holders));
    set("Arn", Value::String(arn));
    set("DefaultVersionId", Value::from("v1"));
    set(
        "PolicyVersionList",
        json!([{
            "VersionId": "v1",
            "IsDefaultVersion": true,
            "Document": document.map_or_else(|| unknown("not given"), document_text),
        }]),
    );
    if let Some(path) = given(known, &["path", "Path"]) {
        set("Path", path.clone());
    }
    ("Policies", item)
}

fn common(known: &Known<'_>, name: &str) -> Map<String, Value> {
    let mut item = Map::new();
    item.insert(name.to_owned(), Value::String(known.identity.id.clone()));
    if let Some(arn) = &known.identity.arn {
        item.insert("Arn".to_owned(), Value::String(arn.clone()));
    }
    if let Some(path) = given(known, &["path", "Path"]) {
        item.insert("Path".to_owned(), path.clone());
    }
    let boundary = given(known, &["permissions_boundary", "PermissionsBoundary"]);
    if let Some(boundary) = boundary {
        let boundary = match boundary {
            Value::String(_) => json!({
                "PermissionsBoundaryArn": boundary,
                "PermissionsBoundaryType": "Policy",
            }),
            other => other.clone(),
        };
        item.insert("PermissionsBoundary".to_owned(), boundary);
    }
    match given(known, &["tags_all", "tags", "Tags"]) {
        Some(Value::Object(tags)) if unknown_reason(&Value::Object(tags.clone())).is_none() => {
            let tags = tags
                .iter()
                .map(|(key, value)| json!({"Key": key, "Value": value}));
            item.insert("Tags".to_owned(), Value::Array(tags.collect()));
        }
        Some(tags) => {
            item.insert("Tags".to_owned(), tags.clone());
        }
        None => {}
    }
    item
}

/// A document as IAM answers it: URL-encoded text.
fn document_text(document: &Value) -> Value {
    match document {
        Value::String(text) => Value::String(url_encode(text)),
        Value::Object(_) if unknown_reason(document).is_some() => document.clone(),
        _ if contains_unknown(document) => unknown("a part of the document is unknown"),
        other => Value::String(url_encode(&other.to_string())),
    }
}

fn given<'k>(known: &'k Known<'_>, names: &[&str]) -> Option<&'k Value> {
    names.iter().find_map(|name| {
        let value = attribute(&known.values, name)?;
        let is_empty = value.as_str().is_some_and(str::is_empty);
        (!is_empty).then_some(value)
    })
}

fn text(known: &Known<'_>, names: &[&str]) -> Option<String> {
    given(known, names)?.as_str().map(str::to_owned)
}

fn list(value: Option<&Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
    }
}

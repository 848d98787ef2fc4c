//! `AddTags`, `ListTags`, `DeleteTags`.

use std::collections::BTreeMap;
use std::sync::Arc;

use rempart_aws_wire::ServiceError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::access::{Keys, request_tags, tag_keys};
use super::input::{count, text, texts};
use super::refusal::invalid;
use super::{Call, Control, required, rules};
use crate::group::Group;
use crate::registry::GroupArn;

/// Tags on a page; the model lets no smaller page be asked for.
const PAGE: usize = 50;

/// The last key of a page.
#[derive(Serialize, Deserialize)]
struct Place(String);

impl Control {
    pub(super) fn add_tags(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let added = rules::tags(call.input)?;
        let group = self.tagged(call, "sagemaker:AddTags", request_tags(&added))?;
        watch(call, &added);
        let now = call.connection.time;
        let tags = self.parts.registry.update(group.id, |group| {
            group.tags.extend(added);
            rules::check_tags(&group.tags)?;
            group.modified = now;
            Ok::<_, ServiceError>(tags_json(&group.tags))
        })?;
        Ok(json!({ "Tags": tags }))
    }

    pub(super) fn list_tags(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let group = self.tagged(call, "sagemaker:ListTags", Keys::new())?;
        let question = format!("ListTags\0{}\0{}", group.arn, group.id.0);
        let size = count(call.input, "MaxResults").unwrap_or(PAGE).max(1);
        let token = text(call.input, "NextToken").filter(|token| !token.is_empty());
        let after = match token {
            Some(token) => Some(self.tokens.open::<Place>(&question, token)?.0),
            None => None,
        };
        let mut rest = group
            .tags
            .iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
            .peekable();
        let page: Vec<(&String, &String)> = rest.by_ref().take(size).collect();
        let mut answer = Map::new();
        if let (Some((last, _)), true) = (page.last(), rest.peek().is_some()) {
            let token = self.tokens.seal(&question, &Place((*last).clone()))?;
            answer.insert("NextToken".to_owned(), token.into());
        }
        let page: Vec<Value> = page.into_iter().map(tag_json).collect();
        answer.insert("Tags".to_owned(), page.into());
        Ok(Value::Object(answer))
    }

    pub(super) fn delete_tags(&self, call: &mut Call<'_>) -> Result<Value, ServiceError> {
        let input = call.input;
        let keys = vec![tag_keys(texts(input, "TagKeys"))];
        let group = self.tagged(call, "sagemaker:DeleteTags", keys)?;
        for key in texts(input, "TagKeys") {
            rules::check_tag_key(key)?;
        }
        let now = call.connection.time;
        self.parts.registry.update(group.id, |group| {
            for key in texts(input, "TagKeys") {
                group.tags.remove(key);
            }
            group.modified = now;
            Ok::<_, ServiceError>(())
        })?;
        Ok(json!({}))
    }

    fn tagged(
        &self,
        call: &mut Call<'_>,
        action: &str,
        keys: Keys,
    ) -> Result<Arc<Group>, ServiceError> {
        let arn = required(call.input, "ResourceArn")?;
        if GroupArn::parse(arn).is_none() {
            return Err(invalid(
                "ResourceArn is not the ARN of a FeatureGroup; other resources are not kept here.",
            ));
        }
        self.target(call, action, arn, keys)
    }
}

pub(super) fn watch(call: &mut Call<'_>, tags: &BTreeMap<String, String>) {
    for (key, value) in tags {
        call.trace.watch("a tag key", key);
        call.trace.watch("a tag value", value);
    }
}

pub(super) fn tags_json(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(tag_json).collect()
}

fn tag_json((key, value): (&String, &String)) -> Value {
    json!({ "Key": key, "Value": value })
}
